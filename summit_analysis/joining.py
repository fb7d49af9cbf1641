"""`normalise` as one join, for engines that compute later and elsewhere: lazy polars, DuckDB, PySpark."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from summit_analysis.conventions import REMEDIES, Convention, Period, convention
from summit_analysis.days import day_asked, one_day
from summit_analysis.errors import MissingRateError
from summit_analysis.rates import Rates, clean_code
from summit_analysis.tidy import as_arrow, calendar, tidy_rates

if TYPE_CHECKING:
    import duckdb
    import narwhals.stable.v2 as nw
    import pyarrow as pa
    from pyspark.sql import DataFrame as SparkFrame

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
