"""The ECB's euro foreign exchange reference rates: the file as published, read and checked."""

from __future__ import annotations

import gzip
import os
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from summit_analysis import files
from summit_analysis.errors import FrameError, LedgerError

RATES_FILE = "eurofxref-hist.csv.gz"
EURO = "EUR"


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

    Notes
    -----
    The ECB fixes the rates at 14:15 and publishes them about 16:00 CET on TARGET business days.
    """

    days: np.ndarray
    currencies: tuple[str, ...]
    table: np.ndarray
    source: str

    @classmethod
    @cache
    def embedded(cls) -> Rates:
        """Return the rates that ship with the package, read once."""
        return cls.from_ecb_csv(files.shipped("data") / RATES_FILE)

    @classmethod
    def from_ecb_csv(cls, path: str | os.PathLike[str]) -> Rates:
        """Read the ECB's history file (``eurofxref-hist.csv``), plain or gzipped.

        Raises
        ------
        LedgerError
            Naming row, column and value where the file is not what the ECB publishes.
        """
        path = Path(path)
        frame = _read_text(path)
        days = _read_days(path, frame["Date"])
        columns = [_read_rates(path, frame, code) for code in frame.columns[1:]]
        order = np.argsort(days)
        table = np.column_stack([np.ones(len(frame)), *columns])[order]
        return cls(days[order], (EURO, *frame.columns[1:]), table, f"ECB {path.name} to {days.max()}")

    @cached_property
    def column(self) -> dict[str, int]:
        """Position of each currency in `table`."""
        return {currency: position for position, currency in enumerate(self.currencies)}

    @cached_property
    def last_carried(self) -> np.datetime64:
        """Last calendar day that still takes the last published rate: the eve of the next TARGET business day."""
        day = self.days[-1]
        while not is_target_day((day + 1).item()):
            day = day + 1
        return day


def clean_code(code: object) -> str:
    """Strip and capitalise a currency code."""
    return str(code).strip().upper()


def one_day(day: str | date) -> np.datetime64:
    """Read one day (ISO text, date or timestamp), or raise `FrameError`."""
    try:
        day = date.fromisoformat(day) if isinstance(day, str) else pd.Timestamp(day).date()
        return np.datetime64(day, "D")
    except (ValueError, TypeError) as error:
        raise FrameError(f"{day!r} is not a day; write it as YYYY-MM-DD") from error


@cache
def is_target_day(day: date) -> bool:
    """Tell whether the ECB publishes on `day`: no weekend, no closing day of the TARGET calendar since 2002."""
    from dateutil.easter import easter

    closed = {(1, 1), (5, 1), (12, 25), (12, 26)}
    good_friday_or_easter_monday = (day - easter(day.year)).days in (-2, 1)
    return day.weekday() < 5 and (day.month, day.day) not in closed and not good_friday_or_easter_monday


def _read_text(path: Path) -> pd.DataFrame:
    try:
        with gzip.open(path, "rt", encoding="ascii") if path.suffix == ".gz" else path.open(encoding="ascii") as file:
            # `N/A` must stay text: pandas would make it NaN and hide a mistyped cell
            frame = pd.read_csv(file, dtype=str, keep_default_na=False)
    except FileNotFoundError as error:
        raise _defect(path, problem="file is missing") from error
    except (OSError, UnicodeDecodeError, EOFError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise _defect(path, problem=f"not readable as CSV ({error})") from error
    # every line of the ECB's file ends with a comma
    frame = frame.loc[:, [column for column in frame.columns if not column.startswith("Unnamed")]]
    if not len(frame) or frame.columns[0] != "Date" or {len(code) for code in frame.columns[1:]} != {3}:
        raise _defect(path, problem="header is not Date and currency codes, or there is no day")
    return frame


def _read_days(path: Path, texts: pd.Series) -> np.ndarray:
    days = pd.to_datetime(texts, format="%Y-%m-%d", errors="coerce")
    for bad, problem in ((days.isna(), "not a day"), (days.duplicated(), "day stands twice")):
        if bad.any():
            raise _defect(path, bad, "Date", texts, problem)
    return days.to_numpy().astype("datetime64[D]")


def _read_rates(path: Path, frame: pd.DataFrame, code: str) -> np.ndarray:
    texts = frame[code]
    printed = texts != "N/A"
    rates = pd.to_numeric(texts.where(printed), errors="coerce").astype("float64")
    bad = printed & ~(rates.gt(0) & np.isfinite(rates))
    if bad.any():
        raise _defect(path, bad, code, texts, "not a rate above zero, nor N/A")
    return rates.to_numpy()


def _defect(
    path: Path, bad: pd.Series | None = None, column: str = "", texts: pd.Series | None = None, problem: str = ""
) -> LedgerError:
    first = None if bad is None else int(bad.to_numpy().argmax())
    finding = {
        "table": path.name,
        "row": None if first is None else first + 2,
        "column": column,
        "value": "" if first is None or texts is None else texts.iloc[first],
        "problem": problem,
        "remedy": "Take the ECB's file eurofxref-hist.csv as it is",
    }
    return LedgerError(pd.DataFrame([finding]))
