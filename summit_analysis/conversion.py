"""Put columns of amounts into one currency: the pandas kernel of `normalise`."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from summit_analysis.coding import BLOCK, coded
from summit_analysis.conventions import Convention, Period, convention, missing_rates
from summit_analysis.days import one_day, read_days
from summit_analysis.errors import ChoiceError, FrameError, MissingRateError
from summit_analysis.frames import listed_names
from summit_analysis.lookups import Lookup
from summit_analysis.rates import EURO, Rates, clean_code

PROVENANCE = ("rate", "factor", "rate_date", "rate_source", "rate_status")
"""Columns that say how a row was converted."""


def normalise(
    frame: pd.DataFrame,
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
) -> pd.DataFrame:
    """Add columns with the amounts in one currency: the kernel of `engines.normalise`, for pandas frames.

    Parameters
    ----------
    frame : pandas.DataFrame
        Never changed.
    amounts, currency, date, to, on, period, rates, provenance, errors
        As for `engines.normalise`.

    Returns
    -------
    pandas.DataFrame
        A copy with the columns of `engines.normalise`; index and order of rows are kept.

    Raises
    ------
    FrameError
        If a column is missing, exists already, or holds the wrong kind of values.
    MissingRateError
        With ``errors="raise"``, each missing (currency, day) once.

    >>> pledge = pd.DataFrame({"amount": [400e6], "currency": ["USD"], "said": ["2025-02-10"]})
    >>> normalise(pledge, amounts="amount", date="said", provenance=False)["amount_EUR"].round().tolist()
    [387596899.0]
    """
    rates = Rates.embedded() if rates is None else rates
    amounts = listed_names(amounts)
    target = clean_code(to)
    rule = convention(rates, period)
    _check_choices(to, rates, errors)
    _check_columns(frame, currency, needed=[*amounts, currency, *([date] if on is None else [])])
    figures = {f"{name}_{target}": _figures(frame[name]) for name in amounts}
    codes, labels = coded(frame[currency], rates)
    dates = read_days(frame[date], period) if on is None else np.full(len(frame), one_day(on, period))

    lookup = Lookup(rule, labels, target)
    columns, lost = _convert(figures, codes, dates, lookup, _provenance_tables(lookup) if provenance else {})
    bare = np.logical_and.reduce([np.isnan(values[lost]) for values in figures.values()])
    if errors == "raise" and not bare.all():
        rows = lost[~bare]
        raise MissingRateError(missing_rates(_reasons(frame[currency].iloc[rows], dates[rows], target, rule)))
    if provenance:
        columns |= {name: columns.pop(name) for name in PROVENANCE}
        reasons = _reasons(frame[currency].iloc[lost], dates[lost], target, rule)["rate_status"]
        columns["rate_status"][lost] = [lookup.statuses.index(reason) for reason in reasons]
        words = {"rate_source": rule.sources[0], "rate_status": lookup.statuses}
        spelt = {name: pd.Categorical.from_codes(columns[name], categories=words[name]) for name in words}
        return _add(frame, columns | spelt)
    return _add(frame, columns)


def _provenance_tables(lookup: Lookup) -> dict[str, np.ndarray]:
    tables = {"rate": lookup.rate, "rate_date": lookup.rate_date}
    tables |= {"rate_source": lookup.source, "rate_status": lookup.status}
    if lookup.rule.period != "day":
        tables["factor_low"], tables["factor_high"] = lookup.extremes()
    return tables


def _convert(
    figures: dict[str, np.ndarray],
    codes: np.ndarray,
    dates: np.ndarray,
    lookup: Lookup,
    tables: dict[str, np.ndarray],
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Multiply block by block; return the new columns and the rows without a rate."""
    columns = {name: np.empty(len(codes)) for name in figures}
    columns |= {name: np.empty(len(codes), dtype=table.dtype) for name, table in tables.items()}
    if tables:
        columns["factor"] = np.empty(len(codes))
    lost = [np.empty(0, dtype=np.intp)]
    # used again for each block: fresh memory costs more than the arithmetic
    space, room = np.empty(BLOCK, dtype=np.int64), np.empty(BLOCK)
    for start in range(0, len(codes), BLOCK):
        part = slice(start, min(start + BLOCK, len(codes)))
        size = part.stop - start
        places = lookup.places(dates[part], codes[part], space[:size])
        # the places are within the tables by construction; "clip" spares numpy a check and a copy
        kept = columns["factor"][part] if "factor" in columns else room[:size]
        factor = lookup.factor.take(places, mode="clip", out=kept)
        for name, values in figures.items():
            np.multiply(values[part], factor, out=columns[name][part])
        for name, table in tables.items():
            table.take(places, mode="clip", out=columns[name][part])
        if math.isnan(factor.sum()):
            lost.append(start + np.flatnonzero(np.isnan(factor)))
    return columns, np.concatenate(lost)


def _reasons(currency: pd.Series, dates: np.ndarray, target: str, rule: Convention) -> pd.DataFrame:
    """Name for rows without a rate the currency to blame, the day and the reason."""
    codes = ["" if pd.isna(code) else clean_code(code) for code in currency]
    days = dates.astype("datetime64[D]").astype(str)
    pairs = list(zip(codes, days, strict=True))
    blamed = {pair: rule.blame(pair[0], target, np.datetime64(pair[1], "D")) for pair in set(pairs)}
    named = pd.DataFrame([blamed[pair] for pair in pairs], columns=["currency", "rate_status"], index=currency.index)
    return named.assign(date=np.where(days == "NaT", "", days))


def _figures(values: pd.Series) -> np.ndarray:
    if not pd.api.types.is_numeric_dtype(values) or values.dtype.kind in "bc":
        remedy = "make it whole numbers or floats (text: with pandas.to_numeric)"
        raise FrameError(f"column {values.name!r} holds {values.dtype}, not numbers; {remedy}")
    # for floats that are already such, to_numpy with na_value would look for missing ones and copy
    given = {} if values.dtype == "float64" else {"dtype": "float64", "na_value": np.nan}
    figures: np.ndarray = values.to_numpy(**given)
    return figures


def _check_choices(to: str, rates: Rates, errors: str) -> None:
    if errors not in ("raise", "coerce"):
        raise ChoiceError("errors", errors, ("raise", "coerce"))
    if not isinstance(to, str):
        raise ChoiceError("to", to, rates.currencies)
    if clean_code(to) not in rates.column:
        row = pd.DataFrame({"currency": [clean_code(to)], "date": "", "rate_status": "unknown currency"})
        raise MissingRateError(missing_rates(row))


def _check_columns(frame: pd.DataFrame, currency: str, *, needed: Sequence[str | None]) -> None:
    if currency is None:
        raise FrameError("no currency given: name the column of currencies with currency=")
    if None in needed:
        raise FrameError("no day given: name the column of days with date=, or one day for all rows with on=")
    lacking = [name for name in needed if name not in frame.columns]
    twice = [name for name in needed if list(frame.columns).count(name) > 1]
    if twice:
        raise FrameError(f"column {twice[0]!r} stands twice; rename one of the two")
    if lacking:
        raise FrameError(f"no column {lacking[0]!r}; the frame has: {', '.join(map(str, frame.columns))}")


def _add(frame: pd.DataFrame, columns: Mapping[str, object]) -> pd.DataFrame:
    taken = [name for name in columns if name in frame.columns]
    if taken:
        raise FrameError(f"column {taken[0]!r} exists already; drop or rename it first")
    # assign would copy each column
    whole = pd.concat([frame, pd.DataFrame(columns, index=frame.index, copy=False)], axis=1)
    # concat keeps only notes that both have
    whole.attrs = frame.attrs
    return whole
