"""Over how many years a pledge is to be spent."""

from __future__ import annotations

import pandas as pd

_DAYS_PER_YEAR = 365.25


def years_between(begins: pd.Series, ends: pd.Series) -> pd.Series:
    """Count the years from one day or year to another, both counted whole.

    Parameters
    ----------
    begins, ends : pandas.Series of str
        ``YYYY`` or ``YYYY-MM-DD``, as ``horizon_start`` and ``horizon_end`` of the table ``pledges``.

    Returns
    -------
    pandas.Series of float
        NaN where one of the two is missing.

    >>> years_between(pd.Series(["2025", "2024-07-01"]), pd.Series(["2029", "2025-06-30"])).tolist()
    [5.0, 1.0]
    """
    # a year alone counts whole
    first = pd.to_datetime(begins.where(begins.str.len() != 4, begins + "-01-01"))
    last = pd.to_datetime(ends.where(ends.str.len() != 4, ends + "-12-31"))
    return (((last - first).dt.days + 1) / _DAYS_PER_YEAR).round(2)
