"""`normalise` and grouped sums for pandas and, through Narwhals, polars, PyArrow, DuckDB, Dask and PySpark."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, TypedDict, TypeVar

import pandas as pd

from summit_analysis import conversion
from summit_analysis.conventions import Period
from summit_analysis.errors import FrameError, MissingExtraError
from summit_analysis.joining import join_rates
from summit_analysis.rates import EURO, Rates
from summit_analysis.tidy import as_arrow

if TYPE_CHECKING:
    import dask.dataframe as dd
    import narwhals.stable.v2 as nw
    from narwhals.schema import Schema

Frame = TypeVar("Frame")
_KINDS = ("polars", "pyarrow", "duckdb", "pyspark")


class _Options(TypedDict):
    """What `normalise` was asked for."""

    amounts: list[str]
    currency: str
    date: str | None
    to: str
    on: str | dt.date | None
    period: Period
    rates: Rates | None
    provenance: bool
    errors: Literal["raise", "coerce"]


def normalise(
    frame: Frame,
    *,
    amounts: str | Sequence[str],
    currency: str = "currency",
    date: str | None = None,
    to: str = EURO,
    on: str | dt.date | None = None,
    period: Period = "day",
    rates: Rates | None = None,
    provenance: bool = True,
    errors: Literal["raise", "coerce"] = "raise",
) -> Frame:
    """Add columns with the amounts in one currency, each at the rate of its own day.

    Parameters
    ----------
    frame : pandas, polars (eager or lazy), Dask or PySpark data frame, PyArrow table, or DuckDB relation
        Never changed. All but pandas need the extra ``engines``.
    amounts : str or sequence of str
        Columns of numbers, in whole units of the row's currency.
    currency : str
        Column of ISO 4217 codes (text or categorical; blanks and case do not matter).
    date : str, optional
        Column of days: ISO text, days, or times (of a zone-aware one its local day); in pandas also ``datetime.date``
        or ``Period``. Needed unless `on` is given.
    to : str
        ISO 4217 code of the target.
    on : str or datetime.date, optional
        One day whose rate serves all rows.
    period : {"day", "month", "year"}
        The rate on the day, or the mean of the rates published in the date's month or year.
    rates : Rates, optional
        Default: the embedded ECB reference rates.
    provenance : bool
        Also add how each row was converted.
    errors : {"raise", "coerce"}
        Rows with an amount but no rate: raise one error, or keep them without a converted amount, with their status.

    Returns
    -------
    frame of the kind handed in
        With ``<amount>_<to>`` (float64) for each amount column and, with provenance, ``rate`` (as published: units of
        the other currency per 1 EUR; of two other currencies, units of the source per 1 of the target), ``factor``
        (what the amount was multiplied by), ``rate_date`` (day of publication; first day of a period),
        ``rate_source`` and ``rate_status``; for a month or year also ``factor_low`` and ``factor_high``, of the days
        in it. Index and order of rows are kept, save where frames have no order: DuckDB, PySpark.

    Raises
    ------
    FrameError
        If a column is missing, exists already, or holds the wrong kind of values. Text that is not a day is found when
        a lazy polars, DuckDB or PySpark frame is computed, and then raises the engine's own error.
    MissingRateError
        With ``errors="raise"``, each missing (currency, day) once. Dask raises it when it computes, for the partition
        that fails first. For a lazy polars, DuckDB or PySpark frame one query over the columns named here looks for
        them at once; with ``errors="coerce"`` nothing is computed.
    MissingExtraError
        If a package of the extra ``engines`` is not installed.

    Notes
    -----
    Units per euro and cross rates as quotients of one day's rates follow the ECB's own convention.

    >>> pledge = pd.DataFrame({"amount": [400e6], "currency": ["USD"], "said": ["2025-02-10"]})
    >>> normalise(pledge, amounts="amount", date="said", provenance=False)["amount_EUR"].round().tolist()
    [387596899.0]
    """
    options = _Options(
        amounts=_listed(amounts),
        currency=currency,
        date=date,
        to=to,
        on=on,
        period=period,
        rates=rates,
        provenance=provenance,
        errors=errors,
    )
    converted: Frame = _convert(frame, options)
    return converted


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
    sums: Frame = _add_up(frame, _listed(by), _listed(amounts))
    return sums


def _convert(frame: Any, options: _Options) -> Any:
    """Hand a frame of any kind to whoever knows that kind: what comes in comes out."""
    if isinstance(frame, pd.DataFrame):
        return conversion.normalise(frame, **options)
    if _is_dask(frame):
        return _in_partitions(frame, options)
    with _extra_installed():
        import narwhals.stable.v2 as nw

        adopted = _adopt(frame)
        added = _check(adopted.collect_schema(), options)
        if isinstance(adopted, nw.LazyFrame):
            return join_rates(adopted, added, **options).to_native()
        return _through_pandas(adopted, added, options).to_native()


def _add_up(frame: Any, by: list[str], amounts: list[str]) -> Any:
    """Do for `grouped_sum` what `_convert` does for `normalise`."""
    if isinstance(frame, pd.DataFrame):
        return _sum_pandas(frame, by, amounts)
    if _is_dask(frame):
        meta = _sum_pandas(frame._meta, by, amounts)
        parts = frame.map_partitions(_sum_pandas, by, amounts, meta=meta)
        # the sums of all partitions are few: added up in one place they stay sorted and need no shuffle
        return parts.repartition(npartitions=1).map_partitions(_sum_pandas, by, amounts, meta=meta)
    with _extra_installed():
        return _sum(_adopt(frame), by, amounts).to_native()


def _listed(names: str | Iterable[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


@contextmanager
def _extra_installed() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingExtraError((error.name or "").partition(".")[0], "engines") from error


def _is_dask(frame: Any) -> bool:
    # whoever holds a Dask frame has imported it; Narwhals is about to let go of Dask
    dask = sys.modules.get("dask.dataframe")
    return dask is not None and isinstance(frame, dask.DataFrame)


def _adopt(frame: Any) -> nw.DataFrame[Any] | nw.LazyFrame[Any]:
    import narwhals.stable.v2 as nw

    adopted = nw.from_native(frame, pass_through=True)
    if isinstance(adopted, nw.DataFrame | nw.LazyFrame) and adopted.implementation.value in _KINDS:
        return adopted
    kinds = "a pandas, polars, Dask or PySpark data frame, a PyArrow table or a DuckDB relation"
    raise FrameError(f"{type(frame).__module__}.{type(frame).__name__} is no frame known here; hand in {kinds}")


def _check(schema: Schema, options: _Options) -> list[str]:
    """Refuse what the kernel refuses, by calling it on no rows, and return the names of the columns it adds."""
    _check_numbers(schema, options["amounts"])
    empty = pd.DataFrame({name: pd.Series(dtype="float64") for name in schema})
    return list(conversion.normalise(empty, **options).columns[len(schema) :])


def _check_numbers(schema: Schema, amounts: list[str]) -> None:
    for name in amounts:
        if name in schema and not schema[name].is_numeric():
            raise FrameError(f"column {name!r} holds {schema[name]}, not numbers; cast it first")


def _in_partitions(frame: dd.DataFrame, options: _Options) -> dd.DataFrame:
    from dask.delayed import delayed

    meta = conversion.normalise(frame._meta, **options)
    handed: dict[str, object] = {**options}
    if options["rates"] is not None:
        # one copy for each worker, not one for each partition
        handed["rates"] = delayed(options["rates"], traverse=False)
    converted: dd.DataFrame = frame.map_partitions(conversion.normalise, **handed, meta=meta)
    return converted


def _through_pandas(frame: nw.DataFrame[Any], added: list[str], options: _Options) -> nw.DataFrame[Any]:
    """Hand the columns that matter to the kernel: quicker than a join, and rows stay where they are."""
    import narwhals.stable.v2 as nw

    day = options["date"] if options["on"] is None else None
    needed = {name: nw.col(name) for name in (options["currency"], day) if name}
    if day and frame.schema[day] == nw.Date:
        # pandas would make each day an object
        needed[day] = nw.col(day).cast(nw.Datetime)
    needed |= {name: nw.col(name).cast(nw.Float64) for name in options["amounts"]}
    converted = conversion.normalise(frame.select(**needed).to_pandas(), **options)
    columns = nw.from_arrow(as_arrow(converted[added]), backend=frame.implementation)
    return nw.concat([frame, columns], how="horizontal")


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
    _check_numbers(schema, amounts)
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
