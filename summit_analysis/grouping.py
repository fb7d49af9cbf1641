"""Grouped sums for pandas and, through Narwhals, polars, PyArrow, DuckDB, Dask and PySpark."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd

from summit_analysis.errors import FrameError
from summit_analysis.frames import adopt, check_numbers, extra_installed, is_dask, listed_names

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

Frame = TypeVar("Frame")


def grouped_sum(frame: Frame, *, by: str | Sequence[str], amounts: str | Sequence[str]) -> Frame:
    """Add up columns of amounts for each group of rows.

    Parameters
    ----------
    frame : pandas, polars (eager or lazy), Dask or PySpark data frame, PyArrow table, or DuckDB relation
        Never changed. All but pandas need the extra ``engines``.
    by : str or sequence of str
        Columns whose values make the groups; rows without a value are a group of their own.
    amounts : str or sequence of str
        Columns of numbers, for instance those that `normalise` added.

    Returns
    -------
    frame of the kind handed in
        Sorted by the columns `by`, missing values last: these and the sums (float64). Missing amounts are left out; the
        sum of a group that has no amount is missing, not zero. Lazy where the frame handed in is lazy.

    Raises
    ------
    FrameError
        If a column is missing, is both grouped by and added up, or does not hold numbers.
    MissingExtraError
        If a package of the extra ``engines`` is not installed.

    >>> pledges = pd.DataFrame({"country": ["FR", "US", "FR"], "amount_EUR": [1e9, float("nan"), 2e9]})
    >>> grouped_sum(pledges, by="country", amounts="amount_EUR")
      country    amount_EUR
    0      FR  3.000000e+09
    1      US           NaN
    """
    sums: Frame = _add_up(frame, listed_names(by), listed_names(amounts))
    return sums


def _add_up(frame: Any, by: list[str], amounts: list[str]) -> Any:
    """Hand a frame of any kind to whoever knows that kind: what comes in comes out."""
    if isinstance(frame, pd.DataFrame):
        return _sum_pandas(frame, by, amounts)
    if is_dask(frame):
        meta = _sum_pandas(frame._meta, by, amounts)
        parts = frame.map_partitions(_sum_pandas, by, amounts, meta=meta)
        # the sums of all partitions are few: added up in one place they stay sorted and need no shuffle
        return parts.repartition(npartitions=1).map_partitions(_sum_pandas, by, amounts, meta=meta)
    with extra_installed():
        return _sum(adopt(frame), by, amounts).to_native()


def _sum_pandas(frame: pd.DataFrame, by: list[str], amounts: list[str]) -> pd.DataFrame:
    _check_groups(list(frame.columns), by, amounts)
    for name in amounts:
        if frame[name].dtype.kind not in "iuf":
            raise FrameError(f"column {name!r} holds {frame[name].dtype}, not numbers; cast it first")
    sums = frame.groupby(by, dropna=False, observed=True)[amounts].sum(min_count=1)
    return sums.astype("float64").reset_index()


def _sum(
    frame: nw.DataFrame[Any] | nw.LazyFrame[Any], by: list[str], amounts: list[str]
) -> nw.DataFrame[Any] | nw.LazyFrame[Any]:
    import narwhals.stable.v2 as nw

    schema = frame.collect_schema()
    _check_groups(schema.names(), by, amounts)
    check_numbers(schema, amounts)
    # a NaN would spoil the sum where it does not count as missing
    cleaned = frame.with_columns(nw.col(*amounts).cast(nw.Float64).fill_nan(None))
    count = {name: f"__summit_count_of_{name}" for name in amounts}
    counts = [nw.col(name).count().alias(count[name]) for name in amounts]
    sums = cleaned.group_by(by).agg(nw.col(*amounts).sum(), *counts)
    known = [nw.when(nw.col(count[name]) > 0).then(nw.col(name)).alias(name) for name in amounts]
    return sums.select(*by, *known).sort(by, nulls_last=True)


def _check_groups(columns: list[str], by: list[str], amounts: list[str]) -> None:
    lacking = [name for name in [*by, *amounts] if name not in columns]
    if lacking:
        raise FrameError(f"no column {lacking[0]!r}; the frame has: {', '.join(map(str, columns))}")
    twice = [name for name in amounts if name in by]
    if twice:
        raise FrameError(f"column {twice[0]!r} is both grouped by and added up; name it once")
