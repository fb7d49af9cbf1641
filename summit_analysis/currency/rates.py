"""The ECB's euro reference rates: the file, the days, and which published rate holds for a date."""

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
from typing import Literal

import numpy as np
import pandas as pd

from summit_analysis.base import files
from summit_analysis.base.days import ONE_DAY, is_target_day
from summit_analysis.base.errors import ChoiceError, LedgerError

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


Period = Literal["day", "month", "year"]
PERIODS: tuple[Period, ...] = ("day", "month", "year")
_UNIT = {"day": "D", "month": "M", "year": "Y"}
_TICKS = {"D": 1, "h": 24, "m": 1440, "s": 86_400, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}
"""Ticks of a datetime64 unit in a day."""

SAME = "same currency"
REMEDIES = {
    "before start": "The ECB did not publish this rate yet; take a later day",
    "hole": "The rates of that day lack this currency; take a day that has it",
    "ended": "The ECB stopped publishing this currency; take an earlier day, or give the amount in another currency",
    "after end": "The stored rates end before that day; take an earlier one or update the rates",
    "unknown currency": "Not a currency of the ECB's list; write an ISO 4217 code such as EUR or USD",
    "no currency": "The currency is empty; fill it in",
    "no date": "The date is empty; fill it in, or fix one day for all rows",
}
"""Why a rate is missing, and what to do about it."""


@dataclass(frozen=True, eq=False)
class Convention:
    """A table of rates and the rule that assigns a row of it to a date.

    Attributes
    ----------
    period : {"day", "month", "year"}
        *day*: the rate of the last day of publication on or before the date, carried only over days that the file
        lacks for every currency. *month*, *year*: the arithmetic mean of the rates published in it.
    stamps : numpy.ndarray of datetime64[D], shape (p,)
        Day of publication, or first day of the period.
    table : numpy.ndarray of float64, shape (p, c)
        Units of currency per 1 EUR; NaN where none was published.
    marked : numpy.ndarray of bool, shape (p, c)
        The mean covers only part of the period: days of publication are still to come, or the currency was not
        published on all of them.
    rates : Rates
    row_of_slot : numpy.ndarray of int, shape (slots,)
        Row of `table` for each calendar day (month, year); the first and the last slot stand for "none", whose row
        is ``len(table)``.
    marked_of_slot : numpy.ndarray of bool, shape (slots,)
        The rate is carried from an earlier day.
    row_of_day : numpy.ndarray of int, shape (d,)
        Row of `table` for each day of publication.
    """

    period: Period
    stamps: np.ndarray
    table: np.ndarray
    marked: np.ndarray
    rates: Rates
    row_of_slot: np.ndarray
    marked_of_slot: np.ndarray
    row_of_day: np.ndarray

    def slots(self, dates: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """Return the slot of each date: 1 for the first one, the last slot for days outside and for NaT."""
        unit = _UNIT[self.period]
        first = self.stamps[0].astype(f"datetime64[{unit}]").astype(np.int64) - 1
        name, step = np.datetime_data(dates.dtype)
        if unit == "D" and name in _TICKS and step == 1:
            # as fast as a division can be; astype looks at each date as a calendar would
            out = np.floor_divide(dates.view(np.int64), _TICKS[name], out=out)
            np.subtract(out, first, out=out)
        else:
            out = np.subtract(dates.astype(f"datetime64[{unit}]").astype(np.int64), first, out=out)
        # a slot before the first one is, without its sign, larger than any
        unsigned = out.view(np.uint64)
        return np.minimum(unsigned, np.uint64(len(self.row_of_slot) - 1), out=unsigned).view(np.int64)

    def rows(self, dates: np.ndarray) -> np.ndarray:
        """Return the row of `table` for each date, and ``len(table)`` where none holds (NaT included)."""
        rows: np.ndarray = self.row_of_slot[self.slots(dates)]
        return rows

    @property
    def names(self) -> tuple[str, str, str, str]:
        """Statuses: plain, marked (carried or incomplete), and the same for a cross of two currencies."""
        if self.period == "day":
            return "published", "carried", "crossed", "crossed and carried"
        plain, marked = f"mean of {self.period}", f"mean of incomplete {self.period}"
        return plain, marked, f"crossed {plain}", f"crossed {marked}"

    def reason(self, currency: str, day: np.datetime64) -> str | None:
        """Say why `currency` has no rate on `day`: a key of `REMEDIES`, or None where it has one."""
        if currency not in self.rates.column:
            return "unknown currency"
        if np.isnat(day):
            return "no date"
        row = int(self.rows(np.array([day]))[0])
        published = np.flatnonzero(~np.isnan(self.table[:, self.rates.column[currency]]))
        if not len(published) or row < published[0] or day < self.stamps[0]:
            return "before start"
        if row > published[-1]:
            if published[-1] == len(self.table) - 1:
                return "after end"
            return "ended" if self.rates.ended[self.rates.column[currency]] else "hole"
        return None if row in published else "hole"

    @cached_property
    def sources(self) -> tuple[tuple[str, ...], np.ndarray]:
        """Names of sources, and for each row of `table` the position of its own; a mean names those of all its days."""
        rates = self.rates
        if self.period == "day" or len(rates.sources) == 1:
            return rates.sources, rates.source_of_day[: len(self.table)]
        used = pd.Series(rates.source_of_day).groupby(self.row_of_day).unique()
        mixes = used.map(lambda codes: " and ".join(rates.sources[code] for code in sorted(codes)))
        names = tuple(dict.fromkeys([rates.source, *mixes]))
        return names, mixes.map(names.index).to_numpy(dtype=np.int8)

    def blame(self, source: str, target: str, day: np.datetime64) -> tuple[str, str] | None:
        """Name the currency that keeps an amount from being converted, and why; None where nothing does."""
        if not source:
            return "", "no currency"
        why = {code: self.reason(code, day) for code in (source, target)}
        if source == target and why[source] != "unknown currency":
            return None
        # outside the file all are missing: the euro is not the one to blame
        return next(((code, reason) for code, reason in why.items() if reason and code != EURO), None)


@cache
def convention(rates: Rates, period: Period) -> Convention:
    """Return the convention `period` on these rates, computed once for each `Rates`.

    Raises
    ------
    ChoiceError
        If `period` is not one of day, month, year.
    """
    if period not in PERIODS:
        raise ChoiceError("period", period, PERIODS)
    none = len(rates.days)
    if period == "day":
        calendar = np.arange(rates.days[0], rates.last_carried + ONE_DAY)
        rows = np.searchsorted(rates.days, calendar, side="right") - 1
        carried = rates.days[rows] != calendar
        plain = np.zeros(rates.table.shape, dtype=bool)
        around = np.concatenate([[none], rows, [none]]), np.concatenate([[False], carried, [False]])
        return Convention(period, rates.days, rates.table, plain, rates, *around, np.arange(none))
    slots = rates.days.astype(f"datetime64[{_UNIT[period]}]")
    stamps, row_of_day, days = np.unique(slots, return_inverse=True, return_counts=True)
    grouped = pd.DataFrame(rates.table).groupby(row_of_day)
    marked = grouped.count().to_numpy() < days[:, None]
    # days of publication of the last period are still to come
    marked[-1] |= (rates.last_carried + ONE_DAY).astype(slots.dtype) == slots[-1]
    place = (stamps - stamps[0]).astype(int) + 1
    row_of_slot = np.full(place[-1] + 2, len(stamps))
    row_of_slot[place] = np.arange(len(stamps))
    means = grouped.mean().to_numpy()
    first_days = stamps.astype("datetime64[D]")
    return Convention(
        period, first_days, means, marked, rates, row_of_slot, np.zeros(len(row_of_slot), dtype=bool), row_of_day
    )


def missing_rates(rows: pd.DataFrame) -> pd.DataFrame:
    """Gather rows without a rate into the frame that `MissingRateError` carries.

    Parameters
    ----------
    rows : pandas.DataFrame
        ``currency``, ``date`` (text), ``rate_status``; the index labels the user's rows.
    """
    groups = rows.assign(first_row=rows.index).groupby(["currency", "date", "rate_status"], dropna=False, sort=False)
    missing = groups["first_row"].agg(rows="size", first_row="first").reset_index()
    return missing.assign(remedy=missing["rate_status"].map(REMEDIES))
