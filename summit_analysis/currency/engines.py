"""`normalise` for every kind of frame: pandas, polars, PyArrow, DuckDB, Dask, PySpark."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, TypedDict, TypeVar

import numpy as np
import pandas as pd

from summit_analysis.base.days import NO_DAY, day_asked, one_day
from summit_analysis.base.errors import FrameError, MissingRateError
from summit_analysis.currency import convert
from summit_analysis.currency.convert import (
    adopt,
    check_numbers,
    extra_installed,
    is_dask,
    listed_names,
    normalise_frame,
)
from summit_analysis.currency.rates import EURO, REMEDIES, Convention, Period, Rates, clean_code, convention

if TYPE_CHECKING:
    import dask.dataframe as dd
    import duckdb
    import narwhals.stable.v2 as nw
    import pyarrow as pa
    from narwhals.schema import Schema
    from pyspark.sql import DataFrame as SparkFrame


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
    found = normalise_frame(
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


# columns of the join; no ledger has such names
_ASKED, _CODE, _DAY, _RATE = "__summit_asked", "__summit_code", "__summit_day", "__summit_of_"
_TRUNCATED = {"month": "1mo", "year": "1y"}
_WORDS = ("rate_source", "rate_status")


def join_rates(
    frame: nw.LazyFrame[Any],
    added: Sequence[str],
    *,
    amounts: Sequence[str],
    currency: str,
    date: str | None,
    to: str,
    on: str | dt.date | None,
    period: Period,
    rates: Rates | None,
    provenance: bool,
    errors: str,
) -> nw.LazyFrame[Any]:
    """Do what the kernel of `normalise` does, by joining the tidy table of rates.

    Parameters
    ----------
    frame : narwhals.LazyFrame
        With the columns that the kernel needs, and none of those that it adds.
    added : sequence of str
        Names of the columns to add.
    amounts, currency, date, to, on, period, rates, provenance, errors
        As for `normalise`.

    Raises
    ------
    FrameError
        If the column of days holds something else.
    MissingRateError
        With ``errors="raise"``, after one query.
    """
    import narwhals.stable.v2 as nw

    rule, target = convention(Rates.embedded() if rates is None else rates, period), clean_code(to)
    # the kernel, which has been asked on no rows, refuses a frame without any day
    day = str(date)
    asked = day_asked(frame.collect_schema(), day, period) if on is None else nw.lit(one_day(on, period).item())
    code = nw.col(currency).cast(nw.String).str.strip_chars().str.to_uppercase().fill_null("")
    keyed = frame.with_columns(asked.alias(_ASKED), code.alias(_CODE)).with_columns(_inside(rule).alias(_DAY))
    table = tidy_rates(rule, target)
    words = {name: table[name].cat.categories for name in _WORDS}
    # a number for each word: half the memory
    table = table.assign(**{name: table[name].cat.codes for name in _WORDS})
    joined = _look_up(keyed, table if provenance else table[["day", "code", "factor"]], rule.rates.currencies)

    # a NaN is a missing amount, as in pandas
    figures = [nw.col(name).cast(nw.Float64).fill_nan(None) for name in amounts]
    factor = nw.col(_RATE + "factor")
    if errors == "raise":
        counted = nw.any_horizontal(*(~figure.is_null() for figure in figures), ignore_nulls=True)
        lost = joined.filter(counted, factor.is_null()).group_by(_CODE, _ASKED).agg(nw.len().alias("rows"))
        pairs = lost.collect("pyarrow").to_native().to_pandas()
        if len(pairs):
            raise MissingRateError(_name_missing(pairs, rule, target))
    results = {name: figure * factor for name, figure in zip(added, figures, strict=False)}
    results |= {name: nw.col(_RATE + name) for name in added[len(figures) :]}
    if provenance:
        results |= {name: _spelt(results[name], words[name]) for name in _WORDS}
        unlisted = nw.when(nw.col(_CODE) == "").then(nw.lit("no currency")).otherwise(nw.lit("unknown currency"))
        results["rate_status"] = nw.coalesce(results["rate_status"], unlisted)
    return joined.select(*frame.collect_schema().names(), *(result.alias(name) for name, result in results.items()))


def _inside(rule: Convention) -> nw.Expr:
    """Find the day of the table that stands for the day asked for."""
    import narwhals.stable.v2 as nw

    no_date, earliest, latest = (day.item() for day in calendar(rule)[[0, 1, -1]])
    asked = nw.col(_ASKED)
    start = asked.dt.truncate(_TRUNCATED[rule.period]) if rule.period in _TRUNCATED else asked
    late = nw.when(start > latest).then(nw.lit(latest)).otherwise(start)
    return nw.when(start < earliest).then(nw.lit(earliest)).otherwise(late).fill_null(no_date)


def _spelt(number: nw.Expr, words: Sequence[str]) -> nw.Expr:
    import narwhals.stable.v2 as nw

    return nw.coalesce(*(nw.when(number == place).then(nw.lit(word)) for place, word in enumerate(words)))


def _look_up(keyed: nw.LazyFrame[Any], table: pd.DataFrame, currencies: Sequence[str]) -> nw.LazyFrame[Any]:
    """Bring the table of rates to where the frame is computed, and join it."""
    import narwhals.stable.v2 as nw

    rates = as_arrow(table.rename(columns=lambda name: {"day": _DAY, "code": _CODE}.get(name, _RATE + name)))
    native = keyed.to_native()
    if keyed.implementation.is_pyspark():
        in_spark: nw.LazyFrame[Any] = nw.from_native(_look_up_in_spark(native, rates, currencies))
        return in_spark
    if keyed.implementation.is_duckdb():
        return keyed.join(nw.from_native(_beside(native, rates)), on=[_DAY, _CODE], how="left")
    import polars as pl

    joined: pl.LazyFrame = native.join(pl.LazyFrame(rates), on=[_DAY, _CODE], how="left", maintain_order="left")
    return nw.from_native(joined)


def _beside(relation: duckdb.DuckDBPyRelation, summit_analysis_rates: pa.Table) -> duckdb.DuckDBPyRelation:
    # only the relation knows its connection; DuckDB finds an Arrow table by the name of a variable of this function
    rows = relation.query("summit_analysis_frame", "FROM summit_analysis_rates")
    # only a statement that gives no rows has no relation
    assert rows is not None
    return rows


def _look_up_in_spark(frame: SparkFrame, rates: pa.Table, currencies: Sequence[str]) -> SparkFrame:
    """Join one row per day, with an array over the currencies in each cell.

    A broadcast row per day and currency takes 300 MB of the driver's memory, 1 GB by default, and four times as long.
    """
    import pyarrow as pa
    from pyspark.sql import functions as sql

    width = len(currencies)
    ends = pa.array(np.arange(0, len(rates) + 1, width, dtype=np.int32))
    names = [name for name in rates.column_names if name not in (_DAY, _CODE)]
    arrays = {name: pa.ListArray.from_arrays(ends, rates[name].combine_chunks()) for name in names}
    by_day = pa.table({_DAY: rates[_DAY].combine_chunks()[::width]} | arrays)
    joined = frame.join(sql.broadcast(frame.sparkSession.createDataFrame(by_day)), on=_DAY, how="left")
    # 0 where the currency is not listed; `get` counts from 0 and gives NULL for -1
    place = sql.array_position(sql.lit(list(currencies)), sql.col(_CODE)).cast("int")
    return joined.withColumns({name: sql.get(sql.col(name), place - 1) for name in names})


def _name_missing(pairs: pd.DataFrame, rule: Convention, target: str) -> pd.DataFrame:
    """Gather the pairs that found no rate into the frame that `MissingRateError` carries.

    Parameters
    ----------
    pairs : pandas.DataFrame
        Code and day asked for, and ``rows`` (how many rows of the ledger have them).
    rule : Convention
    target : str
        ISO 4217 code.
    """
    days = pairs[_ASKED].to_numpy(dtype="datetime64[D]")
    blamed = [rule.blame(code, target, day) for code, day in zip(pairs[_CODE], days, strict=True)]
    named = pd.DataFrame(blamed, columns=["currency", "rate_status"])
    named["date"] = np.where(np.isnat(days), "", days.astype(str))
    named["rows"] = pairs["rows"].to_numpy()
    missing = named.groupby(["currency", "date", "rate_status"], as_index=False)["rows"].sum()
    # a frame without an order of rows has no first one
    return missing.assign(first_row=None, remedy=missing["rate_status"].map(REMEDIES))


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


AnyFrame = TypeVar("AnyFrame")


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
    frame: AnyFrame,
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
) -> AnyFrame:
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
        Column of days: days, times, ISO text with or without hours, categories of these; in pandas also objects of
        `datetime` or ``Period``. A time counts for the day written in its own zone (DuckDB, PySpark: the session's).
        For a month ``2025-02`` will do, for a year ``2025``. Needed unless `on` is given.
    to : str
        ISO 4217 code of the target.
    on : str or datetime.date, optional
        One day (month, year) whose rate serves all rows.
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
        If a column is missing, exists already, or holds the wrong kind of values, or a date reaches beyond the period
        (``2025-02`` for the rate on the day). Text that is not a day is found when
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
        amounts=listed_names(amounts),
        currency=currency,
        date=date,
        to=to,
        on=on,
        period=period,
        rates=rates,
        provenance=provenance,
        errors=errors,
    )
    converted: AnyFrame = _convert(frame, options)
    return converted


def _convert(frame: Any, options: _Options) -> Any:
    """Hand a frame of any kind to whoever knows that kind: what comes in comes out."""
    if isinstance(frame, pd.DataFrame):
        return convert.normalise_frame(frame, **options)
    if is_dask(frame):
        return _in_partitions(frame, options)
    with extra_installed():
        import narwhals.stable.v2 as nw

        adopted = adopt(frame)
        added = _check(adopted.collect_schema(), options)
        if isinstance(adopted, nw.LazyFrame):
            return join_rates(adopted, added, **options).to_native()
        return _through_pandas(adopted, added, options).to_native()


def _check(schema: Schema, options: _Options) -> list[str]:
    """Refuse what the kernel refuses, by calling it on no rows, and return the names of the columns it adds."""
    check_numbers(schema, options["amounts"])
    empty = pd.DataFrame({name: pd.Series(dtype="float64") for name in schema})
    return list(convert.normalise_frame(empty, **options).columns[len(schema) :])


def _in_partitions(frame: dd.DataFrame, options: _Options) -> dd.DataFrame:
    from dask.delayed import delayed

    meta = convert.normalise_frame(frame._meta, **options)
    handed: dict[str, object] = {**options}
    if options["rates"] is not None:
        # one copy for each worker, not one for each partition
        handed["rates"] = delayed(options["rates"], traverse=False)
    converted: dd.DataFrame = frame.map_partitions(convert.normalise_frame, **handed, meta=meta)
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
    converted = convert.normalise_frame(frame.select(**needed).to_pandas(), **options)
    columns = nw.from_arrow(as_arrow(converted[added]), backend=frame.implementation)
    return nw.concat([frame, columns], how="horizontal")
