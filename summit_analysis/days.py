"""Days: how one is written, and on which of them the ECB publishes."""

from __future__ import annotations

from datetime import date
from functools import cache

import numpy as np
import pandas as pd

from summit_analysis.errors import FrameError

ONE_DAY = np.timedelta64(1, "D")
NO_DAY = np.datetime64("NaT", "D")


def one_day(day: str | date) -> np.datetime64[date]:
    """Read one day (ISO text, date or timestamp), or raise `FrameError`."""
    try:
        if not isinstance(day, str | date | np.datetime64):
            raise TypeError
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
