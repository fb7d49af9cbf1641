"""Days: how one is written, how a column of them is read, on which the ECB publishes, how long a period is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from summit_analysis.base.errors import FrameError

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw
    from narwhals.schema import Schema


def period_bounds(period: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return the first and the last day of periods written YYYY or YYYY-MM (NaT where empty)."""
    begins = pd.to_datetime(period.str.cat(["-01-01"] * len(period)).str[:10])
    month = begins + pd.offsets.MonthEnd(0)
    return begins, month.where(period.str.len() == 7, begins + pd.offsets.YearEnd(0)).where(begins.notna())


ONE_DAY = np.timedelta64(1, "D")
NO_DAY = np.datetime64("NaT", "D")

_HOURS = (
    "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3])(:[0-5][0-9](:[0-6][0-9]([.,][0-9]+)?)?)?"
    " ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2}){0,2})?"
)
_LONGER = {"month": ("[0-9]{4}-[0-9]{2}", "-01"), "year": ("[0-9]{4}", "-01-01")}
"""How a month and a year are written, and what makes them their first day."""


def one_day(day: str | date, period: str = "day") -> np.datetime64[date]:
    """Read one day (ISO text as in a column that `read_days` reads, date or timestamp), or raise `FrameError`."""
    try:
        if not isinstance(day, str | date | np.datetime64):
            raise TypeError
        if isinstance(day, str):
            rests = [rest for pattern, rest in _written(period) if re.fullmatch(pattern, day)]
            return np.datetime64(date.fromisoformat("".join([day[:10] if rests else day, *rests])), "D")
        return np.datetime64(pd.Timestamp(day).date(), "D")
    except (ValueError, TypeError) as error:
        raise FrameError(f"{day!r} is not a day; write it as YYYY-MM-DD") from error


def read_days(values: pd.Series, period: str = "day") -> np.ndarray:
    """Read a column of days, however pandas stores them.

    Parameters
    ----------
    values : pandas.Series
        Days or times of pandas or Arrow, periods, objects of `datetime`, ISO text with or without hours, or categories
        of these. A time counts for the day that is written in its own zone.
    period : {"day", "month", "year"}
        What they are looked up by: text and periods may be that long, and stand for their first day.

    Returns
    -------
    numpy.ndarray of datetime64
        Without a zone; NaT where the cell is empty.

    Raises
    ------
    FrameError
        Naming the first row that holds something else, or more than the period.

    >>> read_days(pd.Series(["2025-02-10", "2025-02-10 23:30:00-05:00"])).astype("datetime64[D]")
    array(['2025-02-10', '2025-02-10'], dtype='datetime64[D]')
    """
    kind = values.dtype
    if isinstance(kind, pd.CategoricalDtype):
        # each of them once, at the row where it first stands
        firsts = values[values.notna() & ~values.duplicated()]
        days = np.full(len(kind.categories) + 1, NO_DAY, dtype="datetime64[us]")
        days[firsts.cat.codes] = read_days(firsts.astype(kind.categories.dtype), period)
        return np.asarray(days[values.cat.codes])
    if isinstance(kind, pd.ArrowDtype) and (kind.kind == "M" or "dictionary" in str(kind)):
        return _of_arrow(values, period)
    if isinstance(kind, pd.PeriodDtype):
        return _of_periods(values, period)
    if isinstance(kind, pd.DatetimeTZDtype):
        values = values.dt.tz_localize(None)
    return np.asarray(values if values.dtype.kind == "M" else _of_text(values, period))


def day_asked(schema: Schema, name: str, period: str) -> nw.Expr:
    """Read a column of days where it is computed later and elsewhere, as `read_days` does.

    Raises
    ------
    FrameError
        If the column holds something else. Text is looked at when it is computed, by the engine itself.
    """
    import narwhals.stable.v2 as nw

    column, kind = nw.col(name), schema[name]
    if kind == nw.Date:
        return column
    if kind == nw.Datetime:
        return column.dt.date()
    if kind not in (nw.String, nw.Categorical, nw.Enum):
        raise FrameError(f"column {name!r} holds {kind}, not days; cast it to a date")
    text = column.cast(nw.String).str.strip_chars()
    for pattern, rest in _written(period):
        first = nw.concat_str(text.str.slice(0, 10), nw.lit(rest))
        text = nw.when(text.str.contains(f"^{pattern}$")).then(first).otherwise(text)
    return nw.when(text != "").then(text).str.to_date("%Y-%m-%d")


def _written(period: str) -> Iterator[tuple[str, str]]:
    """How a day may be written besides YYYY-MM-DD, and what follows its first ten characters."""
    yield _HOURS, ""
    yield from [_LONGER[length] for length in _within(period)]


def _within(period: str) -> list[str]:
    return ["month", "year"][: ["day", "month", "year"].index(period)]


def _of_arrow(values: pd.Series, period: str) -> np.ndarray:
    import pyarrow as pa
    import pyarrow.compute as pc

    cells: Any = values.array.__arrow_array__()
    if pa.types.is_dictionary(cells.type):
        return read_days(values.astype(pd.ArrowDtype(cells.type.value_type)), period)
    if pa.types.is_date(cells.type):
        cells = cells.cast(pa.timestamp("s" if pa.types.is_date32(cells.type) else "ms"))
    elif cells.type.tz is not None:
        cells = pc.local_timestamp(cells)
    days: np.ndarray = cells.to_numpy()
    return days


def _of_periods(values: pd.Series, period: str) -> np.ndarray:
    first, last = (values.dt.asfreq("D", how=end).astype("int64").to_numpy().view("M8[D]") for end in ("start", "end"))
    for place in np.flatnonzero(~_same(first, last, period))[:1]:
        fits = [length for length in _LONGER if _same(first[place], last[place], length)]
        raise _refusal(values, place, period, fits)
    return np.asarray(first)


def _same(first: np.ndarray, last: np.ndarray, period: str) -> np.ndarray:
    """Whether both days fall in one period; so do two that are missing."""
    unit = f"datetime64[{period[0].upper()}]"
    same: np.ndarray = (first.astype(unit) == last.astype(unit)) | np.isnat(first)
    return same


def _of_text(values: pd.Series, period: str) -> pd.Series:
    """Read what is no day to pandas by how it is written: objects write themselves as ISO text."""
    texts = values.astype("str").str.strip()
    given = values.notna() & texts.ne("")
    plain, other = texts.where(given), given & texts.str.len().ne(len("YYYY-MM-DD"))
    if other.any():
        rest = texts[other]
        for pattern, tail in _written(period):
            rest = rest.mask(rest.str.fullmatch(pattern), rest.str[:10] + tail)
        plain[other] = rest.array
    days = pd.to_datetime(plain, format="%Y-%m-%d", errors="coerce")
    for place in np.flatnonzero(days.isna() & given)[:1]:
        longer = [length for length, (pattern, _) in _LONGER.items() if re.fullmatch(pattern, texts.iloc[place])]
        raise _refusal(values, place, period, [length for length in longer if length not in _within(period)])
    return days


def _refusal(values: pd.Series, place: int, period: str, fits: list[str]) -> FrameError:
    value, row = values.iloc[place], f"column {values.name!r}, row {values.index[place]}"
    if fits:
        longer = f'{str(value)!r} reaches beyond one {period}; take the mean rate with period="{fits[0]}"'
        return FrameError(f"{row}: {longer}, or write YYYY-MM-DD")
    return FrameError(f"{row}: {value!r} is not a day; write YYYY-MM-DD")


@cache
def is_target_day(day: date) -> bool:
    """Tell whether the ECB publishes on `day`: no weekend, no closing day of the TARGET calendar since 2002."""
    from dateutil.easter import easter

    closed = {(1, 1), (5, 1), (12, 25), (12, 26)}
    good_friday_or_easter_monday = (day - easter(day.year)).days in (-2, 1)
    return day.weekday() < 5 and (day.month, day.day) not in closed and not good_friday_or_easter_monday
