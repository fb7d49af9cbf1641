"""The reference rates as a tidy table, one row per calendar day and currency, for engines that can only join."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from summit_analysis.conventions import Convention
from summit_analysis.conversion import normalise
from summit_analysis.days import NO_DAY

if TYPE_CHECKING:
    import pyarrow as pa

_UNIT = {"day": "D", "month": "M", "year": "Y"}


def calendar(rule: Convention) -> np.ndarray:
    """Return the days of the table: all calendar days, or the first one of each month or year.

    The first entry stands for "no date". The second lies before the rates, the last after their end: a ledger's earlier
    and later dates take these.
    """
    unit = f"datetime64[{_UNIT[rule.period]}]"
    first, last = (day.astype(unit).astype(int) for day in (rule.stamps[0], rule.rates.last_carried))
    return np.arange(first - 2, last + 2).astype(unit).astype("datetime64[D]")


@lru_cache(maxsize=8)
def tidy_rates(rule: Convention, target: str) -> pd.DataFrame:
    """Write out what the kernel of `normalise` answers for every day and currency.

    Parameters
    ----------
    rule : Convention
    target : str
        ISO 4217 code.

    Returns
    -------
    pandas.DataFrame
        For each day of `calendar` and each currency, both in order: ``day``, ``code`` and the columns that tell how
        `normalise` converts a row, ``rate`` to ``rate_status``. Days carried from an earlier one stand as rows of their
        own; where there is no rate, ``rate_status`` says why and the rest is missing. Shared between calls: do not
        change it.
    """
    days, currencies = calendar(rule), np.array(rule.rates.currencies)
    reasons = _reasons(rule, target, days).ravel()
    grid = pd.DataFrame({"day": np.repeat(days, len(currencies)), "code": np.tile(currencies, len(days))})
    # errors="raise": the kernel itself vouches that these rows have a rate
    found = normalise(
        grid[reasons == ""].assign(one=1.0),
        amounts="one",
        currency="code",
        date="day",
        to=target,
        period=rule.period,
        rates=rule.rates,
    ).drop(columns=["one", f"one_{target}"])
    why = pd.Categorical(reasons[reasons != ""], categories=found["rate_status"].cat.categories)
    table = pd.concat([found, grid[reasons != ""].assign(rate_status=why)]).sort_index()
    return table.astype({"rate_source": found["rate_source"].dtype})


def _reasons(rule: Convention, target: str, days: np.ndarray) -> np.ndarray:
    """Say for each day and currency why there is no rate; "" where there is one."""
    missing = np.isnan(np.pad(rule.table, ((0, 1), (0, 0)), constant_values=np.nan))[rule.rows(days)]
    days = days.copy()
    days[0] = NO_DAY
    columns = []
    for code, own in zip(rule.rates.currencies, missing.T, strict=True):
        # the reason changes only where a rate of one of the two comes or goes
        changes = np.diff(own * 2 + missing[:, rule.rates.column[target]]).nonzero()[0] + 1
        starts = np.union1d([0, 1], changes)
        words = [(rule.blame(code, target, day) or ("", ""))[1] for day in days[starts]]
        columns.append(np.repeat(words, np.diff(starts, append=len(days))))
    return np.column_stack(columns)


def as_arrow(frame: pd.DataFrame) -> pa.Table:
    """Turn columns of rates into Arrow: days, numbers and text, which every engine knows."""
    import pyarrow as pa

    kinds = {"M": pa.date32(), "f": pa.float64(), "i": pa.int8()}
    schema = pa.schema([(name, kinds.get(column.dtype.kind, pa.string())) for name, column in frame.items()])
    # given the schema at once, pandas would spell out a categorical word by word
    return pa.Table.from_pandas(frame, preserve_index=False).cast(schema)
