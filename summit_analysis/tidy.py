"""The reference rates as a tidy table, one row per calendar day and currency, for engines that can only join."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from summit_analysis.conventions import REMEDIES, Convention, Period, convention
from summit_analysis.conversion import normalise
from summit_analysis.errors import FrameError, MissingRateError
from summit_analysis.rates import EURO, Rates, clean_code, one_day

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw
    import pyarrow as pa

# columns of the join; no ledger has such names
_ASKED, _CODE, _DAY, _RATE = "__summit_asked", "__summit_code", "__summit_day", "__summit_"

_SPARE = np.timedelta64(366, "D")
"""Days after the last published one that the table covers: an unfinished month or year ends within them."""


def calendar(rule: Convention) -> np.ndarray:
    """Return the days of the table: first one that stands for "no date", then the day before the rates, then theirs.

    The last one is after the end of the rates; earlier and later dates of a ledger take the nearest of these days.
    """
    return np.arange(rule.stamps[0] - 2, rule.rates.last_carried + _SPARE + 1)


@lru_cache(maxsize=8)
def tidy_rates(rule: Convention, target: str) -> pd.DataFrame:
    """Write out what the kernel of `normalise` would answer for every day and currency.

    Parameters
    ----------
    rule : Convention
    target : str
        ISO 4217 code.

    Returns
    -------
    pandas.DataFrame
        ``day``, ``code`` and the columns that tell how `normalise` converted a row, ``rate`` to ``rate_status``. Days
        carried from an earlier one stand as rows of their own; where there is no rate, ``rate_status`` says why and
        the rest is missing. Shared between calls: do not change it.
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
    )
    found = found.astype({"rate_source": "str", "rate_status": "str"}).drop(columns=["one", f"one_{target}"])
    lost = grid.assign(rate_status=reasons)[reasons != ""]
    return pd.concat([found, lost], ignore_index=True)


def _reasons(rule: Convention, target: str, days: np.ndarray) -> np.ndarray:
    """Say for each day and currency why there is no rate; "" where there is one."""
    missing = np.isnan(np.pad(rule.table, ((0, 1), (0, 0)), constant_values=np.nan))[rule.rows(days)]
    days = days.copy()
    days[0] = np.datetime64("NaT")
    columns = []
    for code, own in zip(rule.rates.currencies, missing.T, strict=True):
        # the reason changes only where a rate of one of the two comes or goes
        changes = np.diff(own * 2 + missing[:, rule.rates.column[target]]).nonzero()[0] + 1
        starts = np.union1d([0, 1], changes)
        words = [(rule.blame(code, target, day) or ("", ""))[1] for day in days[starts]]
        columns.append(np.repeat(words, np.diff(starts, append=len(days))))
    return np.column_stack(columns)


def as_arrow(frame: pd.DataFrame) -> pa.Table:
    """Turn columns of rates into Arrow: days, text and numbers, which every engine knows."""
    import pyarrow as pa

    kinds = {"M": pa.date32(), "f": pa.float64()}
    schema = pa.schema([(name, kinds.get(column.dtype.kind, pa.string())) for name, column in frame.items()])
    return pa.Table.from_pandas(frame, schema=schema, preserve_index=False)


def join_rates(
    frame: nw.LazyFrame,
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
) -> nw.LazyFrame:
    """Do what the kernel of `normalise` does, with one join.

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

    rates = Rates.embedded() if rates is None else rates
    rule, target = convention(rates, period), clean_code(to)
    days = calendar(rule)
    no_date, earliest, latest = (day.item() for day in days[[0, 1, -1]])
    asked = nw.lit(one_day(on).item()) if on is not None else _day(frame.collect_schema(), date)
    inside = nw.when(nw.col(_ASKED) < earliest).then(nw.lit(earliest)).otherwise(nw.col(_ASKED))
    inside = nw.when(nw.col(_ASKED) > latest).then(nw.lit(latest)).otherwise(inside)
    code = nw.col(currency).cast(nw.String).str.strip_chars().str.to_uppercase().fill_null("")
    keyed = frame.with_columns(asked.alias(_ASKED), code.alias(_CODE))
    keyed = keyed.with_columns(inside.fill_null(no_date).alias(_DAY))

    table = tidy_rates(rule, target)
    if on is not None:
        table = table[table["day"] == np.clip(one_day(on), days[1], days[-1])]
    if not provenance:
        table = table.loc[table["factor"].notna(), ["day", "code", "factor"]]
    tidy = as_arrow(table)
    tidy = tidy.rename_columns([{"day": _DAY, "code": _CODE}.get(name, _RATE + name) for name in tidy.column_names])
    joined = keyed.join(_beside(frame, tidy), on=[_DAY, _CODE], how="left")

    # a NaN is a missing amount, as in pandas, and would spoil sums
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
        unlisted = nw.when(nw.col(_CODE) == "").then(nw.lit("no currency")).otherwise(nw.lit("unknown currency"))
        results["rate_status"] = nw.coalesce(results["rate_status"], unlisted)
    return joined.select(*frame.collect_schema().names(), *(result.alias(name) for name, result in results.items()))


def _day(schema: nw.Schema, name: str) -> nw.Expr:
    import narwhals.stable.v2 as nw

    column, kind = nw.col(name), schema[name]
    if kind == nw.Date:
        return column
    if kind == nw.Datetime:
        return column.dt.date()
    if kind != nw.String:
        raise FrameError(f"column {name!r} holds {kind}, not days; cast it to a date")
    text = column.str.strip_chars()
    return nw.when(text != "").then(text).str.to_date("%Y-%m-%d")


def _beside(frame: nw.LazyFrame, summit_analysis_rates: pa.Table) -> nw.LazyFrame:
    """Bring the table of rates to where the frame is computed."""
    import narwhals.stable.v2 as nw

    native = frame.to_native()
    if frame.implementation.is_polars():
        return nw.from_arrow(summit_analysis_rates, backend="polars").lazy()
    if frame.implementation.is_duckdb():
        # only the relation knows its connection; DuckDB finds the Arrow table by the name of the variable
        return nw.from_native(native.query("summit_analysis_frame", "FROM summit_analysis_rates"))
    from pyspark.sql.functions import broadcast

    return nw.from_native(broadcast(native.sparkSession.createDataFrame(summit_analysis_rates)))


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
