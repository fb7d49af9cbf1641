"""The ECB's euro foreign exchange reference rates: the file as published, read and checked."""

from __future__ import annotations

import io
import os
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from summit_analysis import files
from summit_analysis.days import ONE_DAY, is_target_day
from summit_analysis.errors import LedgerError

RATES_FILE = "eurofxref-hist.csv.gz"
EURO = "EUR"
CURRENCY_CODE = re.compile("[A-Z]{3}")
_REMEDY = "Take the ECB's file eurofxref-hist.csv as it is"


@dataclass(frozen=True, eq=False)
class Rates:
    """Reference rates of many days and currencies.

    Parameters
    ----------
    days : numpy.ndarray of datetime64[D], shape (d,)
        Days of publication, ascending.
    currencies : tuple of str, length c
        ISO 4217 codes, the euro first.
    table : numpy.ndarray of float64, shape (d, c)
        Units of currency per 1 EUR, NaN where the ECB printed none; the euro's column is 1.
    source : str
        Goes into the column ``rate_source``.
    sources : tuple of str, optional
        `source`, then where the days come from that are not its own.
    source_of_day : numpy.ndarray of int8, shape (d,), optional
        Position in `sources`; default: all 0.

    Notes
    -----
    The ECB fixes the rates at 14:15 and publishes them about 16:00 CET on TARGET business days.

    One euro on the Monday of the summit, in dollars:

    >>> rates = Rates.embedded()
    >>> rates.table[rates.days == np.datetime64("2025-02-10"), rates.column["USD"]]
    array([1.032])
    """

    days: np.ndarray
    currencies: tuple[str, ...]
    table: np.ndarray
    source: str
    sources: tuple[str, ...] = ()
    source_of_day: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int8))

    def __post_init__(self) -> None:
        # the only way to fill a default that depends on other fields of a frozen class
        object.__setattr__(self, "sources", self.sources or (self.source,))
        if not len(self.source_of_day):
            object.__setattr__(self, "source_of_day", np.zeros(len(self.days), dtype=np.int8))

    @classmethod
    @cache
    def embedded(cls) -> Rates:
        """Return the rates that ship with the package, read once."""
        return cls.from_ecb_csv(files.shipped("data") / RATES_FILE)

    @classmethod
    def from_ecb_csv(cls, path: str | os.PathLike[str]) -> Rates:
        """Read the ECB's history file (``eurofxref-hist.csv``), plain or gzipped.

        Days that `update_rates` took from elsewhere are named in a list beside the file (`sources_path`).

        Raises
        ------
        LedgerError
            Naming row, column and value where the file is not what the ECB publishes.
        """
        path = Path(path)
        try:
            text = files.read_text(path)
        except FileNotFoundError as error:
            raise LedgerError(file_finding(path.name, problem="file is missing")) from error
        except (OSError, EOFError, zlib.error, ValueError) as error:
            raise LedgerError(file_finding(path.name, problem=f"not readable as CSV ({error})")) from error
        return cls.from_ecb_text(text, path.name, _read_sources(path))

    @classmethod
    def from_ecb_text(cls, text: str, name: str, elsewhere: Mapping[str, str] | None = None) -> Rates:
        """Read the text of the ECB's history file.

        Parameters
        ----------
        text : str
        name : str
            What to call it in `source` and in errors.
        elsewhere : mapping of str to str, optional
            Day and source of the rows that are not the ECB's.

        Raises
        ------
        LedgerError
            Naming row, column and value where the text is not what the ECB publishes.
        """
        frame = _quickly(text)
        frame = _cell_by_cell(text, name) if frame is None else frame
        order = np.argsort(frame["Date"].to_numpy())
        table = np.column_stack([np.ones(len(frame)), frame.iloc[:, 1:]])[order]
        published = frame["Date"].to_numpy().astype("datetime64[D]")[order]
        origins = [(elsewhere or {}).get(day, "") for day in published.astype(str)]
        others = sorted({*origins} - {""})
        source_of_day = np.array([["", *others].index(origin) for origin in origins], dtype=np.int8)
        source = f"ECB {name} to {published[source_of_day == 0].max(initial=published[0])}"
        return cls(published, (EURO, *frame.columns[1:]), table, source, (source, *others), source_of_day)

    @cached_property
    def column(self) -> dict[str, int]:
        """Position of each currency in `table`."""
        return {currency: position for position, currency in enumerate(self.currencies)}

    @cached_property
    def ended(self) -> np.ndarray:
        """Mark the columns of `table` that have no rate on the last day of `source`: other sources end nothing."""
        own = np.flatnonzero(self.source_of_day == 0)
        without: np.ndarray = np.isnan(self.table[own[-1:]]).any(axis=0)
        return without

    @cached_property
    def last_carried(self) -> np.datetime64[date]:
        """Last calendar day that still takes the last published rate: the eve of the next TARGET business day."""
        day: np.datetime64[date] = self.days[-1]
        while not is_target_day((day + ONE_DAY).item()):
            day += ONE_DAY
        return day


def clean_code(code: object) -> str:
    """Strip and capitalise a currency code."""
    return str(code).strip().upper()


def sources_path(path: Path) -> Path:
    """Name the list beside a file of rates that says which of its days are not the ECB's (``Date,Source``)."""
    return path.with_name(f"{path.name.partition('.')[0]}.sources.csv")


def _read_sources(path: Path) -> dict[str, str]:
    beside = sources_path(path)
    if not beside.exists():
        return {}
    try:
        listed = pd.read_csv(beside, dtype=str, keep_default_na=False).set_index("Date")
        elsewhere: dict[str, str] = listed["Source"].to_dict()
    except (OSError, ValueError, KeyError) as error:
        raise LedgerError(file_finding(beside.name, problem=f"not a list of Date and Source ({error})")) from error
    return elsewhere


def _quickly(text: str) -> pd.DataFrame | None:
    """Read the cells as numbers at once; None where any of them is not what the ECB prints."""
    try:
        frame = _named_columns(pd.read_csv(io.StringIO(text), keep_default_na=False, na_values=["N/A"]))
        rates = frame.iloc[:, 1:].to_numpy(dtype="float64")
        days = pd.to_datetime(frame["Date"], format="%Y-%m-%d")
    except (ValueError, KeyError):
        return None
    # a cell that reads as missing although it is not "N/A" must be named
    sound = np.isnan(rates).sum() == text.count("N/A") and (np.isnan(rates) | (rates > 0) & np.isfinite(rates)).all()
    sound = sound and text.isascii() and _has_header(frame) and days.is_unique and days.notna().all()
    return frame.assign(Date=days) if sound else None


def _cell_by_cell(text: str, name: str) -> pd.DataFrame:
    """Read the cells as text first, to name those that are wrong."""
    try:
        text.encode("ascii")
        # `N/A` must stay text: pandas would make it NaN and hide a mistyped cell
        frame = _named_columns(pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False))
    except ValueError as error:
        raise LedgerError(file_finding(name, problem=f"not readable as CSV ({error})")) from error
    if not _has_header(frame):
        raise LedgerError(file_finding(name, problem="header is not Date and currency codes, or there is no day"))
    days = pd.to_datetime(frame["Date"], format="%Y-%m-%d", errors="coerce")
    rates = frame.iloc[:, 1:].apply(pd.to_numeric, errors="coerce").astype("float64")
    defects = _wrong_cells(name, frame, days, rates)
    if len(defects):
        raise LedgerError(defects)
    return rates.assign(Date=days)[list(frame.columns)]


def _named_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Drop the column without a name: every line of the ECB's file ends with a comma."""
    return frame.loc[:, [column for column in frame.columns if not column.startswith("Unnamed")]]


def _has_header(frame: pd.DataFrame) -> bool:
    codes = frame.columns[1:]
    return (
        len(frame) > 0 and frame.columns[0] == "Date" and EURO not in codes and all(map(CURRENCY_CODE.fullmatch, codes))
    )


def _wrong_cells(name: str, frame: pd.DataFrame, days: pd.Series, rates: pd.DataFrame) -> pd.DataFrame:
    wrong = [("Date", days.isna(), "not a day"), ("Date", days.notna() & days.duplicated(), "day stands twice")]
    for code in rates:
        printed = frame[code] != "N/A"
        good = rates[code].gt(0) & np.isfinite(rates[code])
        wrong.append((code, printed & ~good, "not a rate above zero, nor N/A"))
    # rows in order; one with a comma too many shifts all cells, and then thousands are wrong
    found = sorted(
        (int(row) + 2, place, column, frame[column].iloc[row], problem)
        for place, (column, bad, problem) in enumerate(wrong)
        for row in np.flatnonzero(bad)
    )
    rows = pd.DataFrame(found, columns=["row", "place", "column", "value", "problem"]).drop(columns="place")
    return rows.assign(table=name, remedy=_REMEDY)[["table", "row", "column", "value", "problem", "remedy"]]


def file_finding(
    name: str, row: int | None = None, column: str = "", value: str = "", problem: str = ""
) -> pd.DataFrame:
    """Describe one defect of a file of rates, as `LedgerError` takes it."""
    finding = {"table": name, "row": row, "column": column, "value": value, "problem": problem, "remedy": _REMEDY}
    return pd.DataFrame([finding])
