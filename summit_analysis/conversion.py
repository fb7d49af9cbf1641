"""Put columns of amounts into one currency: the pandas kernel of `normalise`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from summit_analysis.conventions import REMEDIES, SAME, Convention, Period, convention, is_cross, missing_rates
from summit_analysis.errors import ChoiceError, FrameError, MissingRateError
from summit_analysis.rates import EURO, Rates, clean_code, one_day

BLOCK = 32_768
"""Rows converted at a time, so that the working arrays stay in the processor's cache."""

PROVENANCE = ("rate", "factor", "rate_date", "rate_source", "rate_status")


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
    """Add columns with the amounts in one currency, each at the rate of its own day.

    Parameters
    ----------
    frame : pandas.DataFrame
        Never changed.
    amounts : str or sequence of str
        Columns of numbers, in whole units of the row's currency.
    currency : str
        Column of ISO 4217 codes (text or categorical; blanks and case do not matter).
    date : str, optional
        Column of days: ISO text, ``datetime64`` (of a zone-aware one its local day), ``datetime.date`` or ``Period``.
        Needed unless `on` is given.
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
        Rows that carry an amount but have no rate: raise one error, or keep them with NaN and their status.

    Returns
    -------
    pandas.DataFrame
        A copy with ``<amount>_<to>`` (float64) for each amount column and, with provenance, ``rate`` (as published:
        units of the other currency per 1 EUR; of two other currencies, units of the source per 1 of the target),
        ``factor`` (what the amount was multiplied by), ``rate_date`` (day of publication; first day of a period),
        ``rate_source`` and ``rate_status``. Index and order of rows are kept.

    Raises
    ------
    FrameError
        If a column is missing, exists already, or holds the wrong kind of values.
    MissingRateError
        With ``errors="raise"``, each missing (currency, day) once.

    Notes
    -----
    Units per euro and cross rates as quotients of one day's rates follow the ECB's own convention.

    >>> pledge = pd.DataFrame({"amount": [400e6], "currency": ["USD"], "said": ["2025-02-10"]})
    >>> normalise(pledge, amounts="amount", date="said", provenance=False)["amount_EUR"].round().tolist()
    [387596899.0]
    """
    rates = Rates.embedded() if rates is None else rates
    amounts = [amounts] if isinstance(amounts, str) else list(amounts)
    target = clean_code(to)
    rule = convention(rates, period)
    _check_choices(target, rates, errors)
    _check_columns(frame, needed=[*amounts, currency, *([date] if on is None else [])])
    figures = {name: _figures(frame[name]) for name in amounts}
    codes = _codes(frame[currency], rates)
    dates = _dates(frame[date]) if on is None else np.full(len(frame), one_day(on))

    converted, factor = _multiply(figures, codes, dates, _factors(rule, target), rule)
    columns = {f"{name}_{target}": values for name, values in converted.items()}
    lost = np.isnan(factor) & ~np.logical_and.reduce([np.isnan(values) for values in figures.values()])
    if errors == "raise" and lost.any():
        raise MissingRateError(missing_rates(_reasons(frame[currency], codes, dates, lost, target, rule)))
    if provenance:
        columns |= _provenance(frame[currency], codes, dates, factor, target, rule)
    return _add(frame, columns)


def _multiply(
    figures: dict[str, np.ndarray], codes: np.ndarray, dates: np.ndarray, factors: np.ndarray, rule: Convention
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    width, flat = factors.shape[1], factors.ravel()
    factor = np.empty(len(codes))
    converted = {name: np.empty(len(codes)) for name in figures}
    for start in range(0, len(codes), BLOCK):
        part = slice(start, start + BLOCK)
        np.take(flat, rule.rows(dates[part]) * width + codes[part], out=factor[part])
        for name, values in figures.items():
            np.multiply(values[part], factor[part], out=converted[name][part])
    return converted, factor


def _factors(rule: Convention, target: str) -> np.ndarray:
    """What to multiply by, shape (periods + 1, currencies + 1): the spare row and column stand for "none"."""
    position = rule.rates.column[target]
    factors = _with_spare(rule.table[:, [position]] / rule.table)
    factors[:, position] = 1.0
    return factors


def _with_spare(table: np.ndarray) -> np.ndarray:
    return np.pad(table, ((0, 1), (0, 1)), constant_values=np.nan)


def _provenance(
    currency: pd.Series, codes: np.ndarray, dates: np.ndarray, factor: np.ndarray, target: str, rule: Convention
) -> dict[str, object]:
    rows, position = rule.rows(dates), rule.rates.column[target]
    published = rule.table / rule.table[:, [position]]
    published[:, rule.rates.column[EURO]] = rule.table[:, position]
    published = _with_spare(published)
    published[:, position] = 1.0

    same, known = codes == position, ~np.isnan(factor)
    stamped = known & ~same
    held = np.where(stamped, rows, 0)
    crossed = is_cross(codes, target, rule.rates)
    names = [*rule.names, SAME, *REMEDIES]
    status = np.where(same, len(rule.names), rule.statuses(held, dates, crossed=crossed))
    if not known.all():
        reasons = _reasons(currency, codes, dates, ~known, target, rule)["rate_status"]
        status[~known] = [names.index(reason) for reason in reasons]
    return {
        "rate": published[rows, codes],
        "factor": factor,
        "rate_date": np.where(stamped, rule.stamps[held], np.datetime64("NaT")).astype("datetime64[s]"),
        "rate_source": pd.Categorical.from_codes(np.where(known, 0, -1), categories=[rule.rates.source]),
        "rate_status": pd.Categorical.from_codes(status, categories=names),
    }


def _reasons(
    currency: pd.Series, codes: np.ndarray, dates: np.ndarray, lost: np.ndarray, target: str, rule: Convention
) -> pd.DataFrame:
    """Name for each row without a rate the currency, the day and the reason: of the source, else of the target."""
    days = dates[lost].astype("datetime64[D]")
    rows = pd.DataFrame({"currency": currency[lost].astype(object), "day": days.astype("datetime64[s]")})
    answers = {}
    for code, stamp in rows.drop_duplicates().itertuples(index=False):
        day = np.datetime64("NaT", "D") if pd.isna(stamp) else np.datetime64(stamp.date())
        answers[code, str(day)] = rule.blame("" if pd.isna(code) else clean_code(code), target, day)
    texts = np.where(np.isnat(days), "NaT", days.astype(str))
    pairs = [answers[code, text] for code, text in zip(rows["currency"], texts, strict=True)]
    named = pd.DataFrame(pairs, columns=["currency", "rate_status"], index=rows.index)
    return named.assign(date=np.where(texts == "NaT", "", texts))


def _codes(currency: pd.Series, rates: Rates) -> np.ndarray:
    """Position of each row's currency in the table of rates; one past the last for none or an unknown one."""
    if isinstance(currency.dtype, pd.CategoricalDtype):
        positions, labels = currency.cat.codes.to_numpy(), currency.cat.categories
    else:
        positions, labels = pd.factorize(currency)
    none = len(rates.currencies)
    known = [rates.column.get(clean_code(label), none) for label in labels]
    # a missing currency has position -1 and so takes the last entry
    return np.array([*known, none], dtype=np.intp)[positions]


def _dates(values: pd.Series) -> np.ndarray:
    """Read days of any of the accepted kinds as datetime64 without a zone."""
    if isinstance(values.dtype, pd.PeriodDtype):
        values = values.dt.to_timestamp()
    elif isinstance(values.dtype, pd.DatetimeTZDtype):
        values = values.dt.tz_localize(None)
    elif values.dtype.kind != "M":
        values = _parsed(values)
    return values.to_numpy()


def _parsed(values: pd.Series) -> pd.Series:
    texts = values.astype("str").str.strip()
    days = pd.to_datetime(texts.where(values.notna() & texts.ne("")), format="%Y-%m-%d", errors="coerce")
    bad = days.isna() & values.notna() & texts.ne("")
    if bad.any():
        place = int(bad.to_numpy().argmax())
        label, value = bad.index[place], values.iloc[place]
        raise FrameError(f"column {values.name!r}, row {label}: {value!r} is not a day; write YYYY-MM-DD")
    return days


def _figures(values: pd.Series) -> np.ndarray:
    if values.dtype.kind not in "iuf":
        raise FrameError(f"column {values.name!r} holds {values.dtype}, not numbers; convert it with pandas.to_numeric")
    return values.to_numpy(dtype="float64", na_value=np.nan)


def _check_choices(target: str, rates: Rates, errors: str) -> None:
    if errors not in ("raise", "coerce"):
        raise ChoiceError("errors", errors, ("raise", "coerce"))
    if target not in rates.column:
        row = pd.DataFrame({"currency": [target], "date": "", "rate_status": "unknown currency"})
        raise MissingRateError(missing_rates(row))


def _check_columns(frame: pd.DataFrame, *, needed: Sequence[str | None]) -> None:
    if None in needed:
        raise FrameError("no day given: name the column of days with date=, or one day for all rows with on=")
    lacking = [name for name in needed if name not in frame.columns]
    twice = [name for name in needed if list(frame.columns).count(name) > 1]
    if twice:
        raise FrameError(f"column {twice[0]!r} stands twice; rename one of the two")
    if lacking:
        raise FrameError(f"no column {lacking[0]!r}; the frame has: {', '.join(map(str, frame.columns))}")


def _add(frame: pd.DataFrame, columns: dict[str, object]) -> pd.DataFrame:
    taken = [name for name in columns if name in frame.columns]
    if taken:
        raise FrameError(f"column {taken[0]!r} exists already; drop or rename it first")
    return frame.assign(**columns)
