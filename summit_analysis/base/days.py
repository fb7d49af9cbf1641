"""Days: how one is written, how a column of them is read, on which the ECB publishes, how long a period is."""

import re
from datetime import date
from functools import cache
from typing import Any, Literal

import numpy as np
import pandas as pd

from summit_analysis.base.errors import FrameError

Period = Literal["day", "month", "year"]
UNITS = {"day": "D", "month": "M", "year": "Y"}
"""What numpy calls the periods."""

ONE_DAY = np.timedelta64(1, "D")
NO_DAY = np.datetime64("NaT", "D")

_DAY = re.compile(
    "[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]([01][0-9]|2[0-3])(:[0-5][0-9](:[0-6][0-9]([.,][0-9]+)?)?)?"
    " ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2}){0,2})?)?"
)
_LONGER = re.compile("[0-9]{4}(-[0-9]{2})?")


def period_bounds(period: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return the first and the last day of periods written YYYY or YYYY-MM (NaT where empty)."""
    begins = pd.Series(np.array(period.fillna("NaT").tolist(), "datetime64[D]"), period.index).astype("datetime64[us]")
    months, years = (begins.to_numpy(f"datetime64[{unit}]") + np.array(1, f"timedelta64[{unit}]") for unit in "MY")
    after = np.where(period.str.len() == 7, months, years.astype(months.dtype)).astype("datetime64[D]")
    return begins, pd.Series(after - ONE_DAY, period.index).astype(begins.dtype)


def day_or_period(rows: pd.DataFrame, what: str) -> pd.Series:
    """Write the day on which something was ``published`` or ``updated``, or the period in which it was."""
    return rows[f"{what}_on"].dt.strftime("%Y-%m-%d").fillna(rows[f"{what}_period"])


def one_day(day: object, period: str = "day") -> np.datetime64[date]:
    """Read one day: ISO text with or without hours, a date, a time, or what lies within one period.

    Raises
    ------
    FrameError
        If it is something else, or reaches beyond the period.

    >>> one_day("2025-02-10 23:30:00-05:00"), one_day("2025-02", period="month")
    (np.datetime64('2025-02-10'), np.datetime64('2025-02-01'))
    """
    text = day.strip() if isinstance(day, str) else ""
    try:
        if _DAY.fullmatch(text):
            return np.datetime64(date.fromisoformat(text[:10]), "D")
        if isinstance(day, date | np.datetime64):
            return np.datetime64(pd.Timestamp(day).date(), "D")
        span: Any = pd.Period(text) if _LONGER.fullmatch(text) else day
        ends = np.array([span.start_time.date(), span.end_time.date()], dtype="datetime64[D]")
        fits = [length for length, unit in UNITS.items() if len(set(ends.astype(f"datetime64[{unit}]"))) == 1]
        remedy = f'write YYYY-MM-DD, or take the mean rate with period="{fits[0]}"'
    # of what is longer than a year nothing fits
    except (AttributeError, IndexError, ValueError, TypeError) as error:
        raise FrameError(f"{day!r} is not a day; write YYYY-MM-DD") from error
    if period in fits:
        return np.datetime64(ends[0])
    raise FrameError(f"{str(day)!r} reaches beyond one {period}; {remedy}")


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

    >>> read_days(pd.Series(["2025-02-10", "2025-02-10 23:30:00-05:00"]))
    array(['2025-02-10', '2025-02-10'], dtype='datetime64[D]')
    """
    if isinstance(values.dtype, np.dtype) and values.dtype.kind == "M":
        return np.asarray(values)
    # days of Arrow are no times to it
    if values.dtype.kind == "M" and values.dtype.type is not date:
        return np.asarray(values.dt.tz_localize(None).to_numpy("datetime64[us]"))
    # each of them once: even ten million rows hold some thousand days
    codes, each = pd.factorize(values)
    days = np.full(len(each) + 1, NO_DAY)
    for place, day in enumerate(each):
        try:
            if str(day).strip():
                days[place] = one_day(day, period)
        except FrameError as error:
            row = values.index[np.flatnonzero(codes == place)[0]]
            raise FrameError(f"column {values.name!r}, row {row}: {error}") from error
    return np.asarray(days[codes])


@cache
def is_target_day(day: date) -> bool:
    """Tell whether the ECB publishes on `day`: no weekend, no closing day of the TARGET calendar since 2002."""
    from dateutil.easter import easter

    closed = {(1, 1), (5, 1), (12, 25), (12, 26)}
    good_friday_or_easter_monday = (day - easter(day.year)).days in (-2, 1)
    return day.weekday() < 5 and (day.month, day.day) not in closed and not good_friday_or_easter_monday
