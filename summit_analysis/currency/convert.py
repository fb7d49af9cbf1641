"""Put columns of amounts, or one amount, into one currency."""

from __future__ import annotations

import datetime as dt
import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from summit_analysis.base.days import NO_DAY, one_day, read_days
from summit_analysis.base.errors import ChoiceError, FrameError, MissingExtraError, MissingRateError
from summit_analysis.currency.rates import (
    EURO,
    REMEDIES,
    SAME,
    Convention,
    Period,
    Rates,
    clean_code,
    convention,
    missing_rates,
)

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw
    from narwhals.schema import Schema


_KINDS = ("polars", "pyarrow", "duckdb", "pyspark")


def listed_names(names: str | Iterable[str]) -> list[str]:
    """Return one name or several as a list, or raise `FrameError` if there is none."""
    listed = [names] if isinstance(names, str) else list(names) if isinstance(names, Iterable) else []
    if not listed:
        raise FrameError(f"{names!r} names no column; give one name as text, or a list of names")
    return listed


@contextmanager
def extra_installed() -> Iterator[None]:
    """Say which package of the extra ``engines`` is missing, if one is."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingExtraError((error.name or "").partition(".")[0], "engines") from error


def is_dask(frame: Any) -> bool:
    """Whether a frame is one of Dask's."""
    # whoever holds a Dask frame has imported it; Narwhals is about to let go of Dask
    dask = sys.modules.get("dask.dataframe")
    return dask is not None and isinstance(frame, dask.DataFrame)


def adopt(frame: Any) -> nw.DataFrame[Any] | nw.LazyFrame[Any]:
    """Put a frame under the one roof of Narwhals, or raise `FrameError` if its kind is not known."""
    import narwhals.stable.v2 as nw

    adopted = nw.from_native(frame, pass_through=True)
    if isinstance(adopted, nw.DataFrame | nw.LazyFrame) and adopted.implementation.value in _KINDS:
        return adopted
    kinds = "a pandas, polars, Dask or PySpark data frame, a PyArrow table or a DuckDB relation"
    raise FrameError(f"{type(frame).__module__}.{type(frame).__name__} is no frame known here; hand in {kinds}")


def check_numbers(schema: Schema, amounts: list[str]) -> None:
    """Raise `FrameError` if a column of amounts holds something else."""
    for name in amounts:
        if name in schema and not schema[name].is_numeric():
            raise FrameError(f"column {name!r} holds {schema[name]}, not numbers; cast it first")


BLOCK = 65_536
"""Rows handled at a time, so that the working arrays stay in the processor's cache."""
MISSING = -1
_MOST_LABELS = 64
_BITS = 5
"""A letter's place in the alphabet, whatever its case, fits its five low bits."""


def coded(currency: pd.Series, rates: Rates) -> tuple[np.ndarray, list[str]]:
    """Return for each row the position of its currency in a list of texts.

    Parameters
    ----------
    currency : pandas.Series
        Text, categorical or Arrow dictionary.
    rates : Rates

    Returns
    -------
    codes : numpy.ndarray of int, shape (n,)
        -1 for a missing currency; where the list is `Rates.currencies`, also for an unknown one.
    labels : list of str
        Upper case, without blanks around.
    """
    if isinstance(currency.dtype, pd.CategoricalDtype):
        codes, texts = currency.cat.codes.to_numpy(), currency.cat.categories
    elif isinstance(currency.dtype, pd.ArrowDtype) and "dictionary" in str(currency.dtype):
        encoded = currency.array.__arrow_array__().combine_chunks()
        codes = encoded.indices.fill_null(MISSING).to_numpy(zero_copy_only=False)
        texts = encoded.dictionary.to_pylist()
    elif (packed := _from_letters(_letters(currency), rates)) is not None:
        return packed, list(rates.currencies)
    else:
        codes, texts = pd.factorize(currency)
    labels = [clean_code(text) for text in texts]
    if len(labels) > _MOST_LABELS:
        # many unknown texts: a table with a column for each would be large
        places = [rates.column.get(label, MISSING) for label in labels]
        return np.array([*places, MISSING], dtype=np.int16)[codes], list(rates.currencies)
    return codes, labels


def _letters(currency: pd.Series) -> list[np.ndarray] | None:
    """Return the bytes of the texts, shape (n, 3) for each chunk, if all are three bytes long and stored by Arrow."""
    # where there are few rows, tables with a column for every currency would cost more than hashing
    if getattr(currency.dtype, "storage", None) != "pyarrow" or len(currency) <= BLOCK:
        return None
    found = []
    for chunk in currency.array.__arrow_array__().chunks:
        _, offsets, data = chunk.buffers()
        width = np.int64 if str(chunk.type) == "large_string" else np.int32
        ends = np.frombuffer(offsets, dtype=width)[chunk.offset : chunk.offset + len(chunk) + 1]
        if chunk.null_count or data is None or not (np.diff(ends) == 3).all():
            return None
        found.append(np.frombuffer(data, dtype=np.uint8)[ends[0] : ends[-1]].reshape(-1, 3))
    return found


def _from_letters(chunks: list[np.ndarray] | None, rates: Rates) -> np.ndarray | None:
    """Look up three letters at once by their place in the alphabet; None where there are none, or other bytes."""
    if chunks is None:
        return None
    places = np.full(1 << 3 * _BITS, MISSING, dtype=np.int8)
    places[_key(np.array([list(code.encode()) for code in rates.currencies], dtype=np.uint8))] = range(
        len(rates.currencies)
    )
    codes = np.empty(sum(map(len, chunks)), dtype=np.int8)
    done = 0
    for letters in chunks:
        for start in range(0, len(letters), BLOCK):
            block = letters[start : start + BLOCK]
            if (np.bitwise_and(block, 0xC0) != 0x40).any():
                return None
            np.take(places, _key(block), out=codes[done : done + len(block)], mode="clip")
            done += len(block)
    return codes


def _key(letters: np.ndarray) -> np.ndarray:
    first, second, third = (np.bitwise_and(letters[:, place], 31).astype(np.int16) for place in range(3))
    key: np.ndarray = (first << 2 * _BITS) | (second << _BITS) | third
    return key


class Lookup:
    """Tables with a row for each slot of a convention and a column for each currency label, flattened.

    Parameters
    ----------
    rule : Convention
    labels : list of str
        Currencies, in the order of the codes that `places` is given.
    target : str

    Attributes
    ----------
    factor : numpy.ndarray of float64
        NaN where there is no rate; 1 for the target itself, with or without a date.

    Notes
    -----
    One more column than labels stands for "no currency": code -1 points at that of the slot before.
    """

    def __init__(self, rule: Convention, labels: list[str], target: str) -> None:
        self.rule, self.target = rule, rule.rates.column[target]
        none = len(rule.rates.currencies)
        self.columns = np.array([*(rule.rates.column.get(label, none) for label in labels), none])
        self.same = np.broadcast_to(self.columns == self.target, (len(rule.row_of_slot), len(self.columns)))
        self.factor = self._by_slot(rule.table[:, [self.target]] / rule.table, of_itself=1.0)

    def places(self, dates: np.ndarray, codes: np.ndarray, out: np.ndarray) -> np.ndarray:
        """Return where the tables hold the values of the given rows."""
        places = self.rule.slots(dates, out)
        np.multiply(places, len(self.columns), out=places)
        np.add(places, codes, out=places)
        return places

    @cached_property
    def rate(self) -> np.ndarray:
        """Rates as published: units of the other currency per 1 EUR; of a cross, of the source per 1 of the target."""
        rates = self.rule.table / self.rule.table[:, [self.target]]
        euro = self.rule.rates.column[EURO]
        rates[:, euro] = self.rule.table[:, self.target]
        return self._by_slot(rates, of_itself=1.0)

    @cached_property
    def rate_date(self) -> np.ndarray:
        """Day of publication, or first day of the period."""
        stamps = np.append(self.rule.stamps, NO_DAY)[self.rule.row_of_slot]
        known = ~np.isnan(self._square(self.factor)) & ~self.same
        return np.where(known, stamps[:, None], NO_DAY).astype("datetime64[s]").ravel()

    @cached_property
    def source(self) -> np.ndarray:
        """Position of the source among the names of `Convention.sources`, -1 where there is no rate."""
        of_slot = np.append(self.rule.sources[1], np.int8(-1))[self.rule.row_of_slot]
        sources = np.where(self.same, 0, of_slot[:, None])
        return np.where(np.isnan(self._square(self.factor)), -1, sources).astype(np.int8).ravel()

    @cached_property
    def statuses(self) -> list[str]:
        """The words that `status` points at."""
        return [*self.rule.names, SAME, *REMEDIES]

    @cached_property
    def status(self) -> np.ndarray:
        """Position of the status in `statuses`, -1 where there is no rate."""
        euro = self.rule.rates.column[EURO]
        crossed = (self.columns != euro) & (self.columns != self.target) & (self.target != euro)
        marked = self._by_slot(self.rule.marked, of_itself=0.0)
        marked = (self._square(marked) == 1) | self.rule.marked_of_slot[:, None]
        status = np.where(self.same, len(self.rule.names), 2 * crossed + marked)
        return np.where(np.isnan(self._square(self.factor)), -1, status).astype(np.int8).ravel()

    def extremes(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the lowest and the highest factor of the days in each period."""
        daily = self.rule.rates.table
        first = np.flatnonzero(np.diff(self.rule.row_of_day, prepend=-1))
        factors = daily[:, [self.target]] / daily
        # a day without a rate is passed over
        low, high = (end.reduceat(factors, first, axis=0) for end in (np.fmin, np.fmax))
        return self._by_slot(low, of_itself=1.0), self._by_slot(high, of_itself=1.0)

    def _by_slot(self, table: np.ndarray, *, of_itself: float) -> np.ndarray:
        spare = np.pad(table.astype(float), ((0, 1), (0, 1)), constant_values=np.nan)
        values = spare[:, self.columns].take(self.rule.row_of_slot, axis=0)
        values[self.same] = of_itself
        return values.ravel()

    def _square(self, flat: np.ndarray) -> np.ndarray:
        return flat.reshape(-1, len(self.columns))


PROVENANCE = ("rate", "factor", "rate_date", "rate_source", "rate_status")
"""Columns that say how a row was converted."""


def normalise_frame(
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
    >>> normalise_frame(pledge, amounts="amount", date="said", provenance=False)["amount_EUR"].round().tolist()
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


@dataclass(frozen=True)
class Quote:
    """A reference rate as exact decimals.

    Attributes
    ----------
    rate : decimal.Decimal
        As published: units of the other currency per 1 EUR. Of two currencies neither of which is the euro: units of
        the source per 1 unit of the target, the quotient of their two published rates.
    factor : decimal.Decimal
        What an amount is multiplied by.
    rate_date : datetime.date or None
        Day of publication; None between a currency and itself.
    source : str
    status : str
        ``published``, ``carried``, ``crossed``, ``crossed and carried`` or ``same currency``.

    A Sunday takes the rate of the Friday before, and says so:

    >>> found = quote("USD", "EUR", on="2025-02-09")
    >>> print(found.rate, found.rate_date, found.status)
    1.0377 2025-02-07 carried
    """

    rate: Decimal
    factor: Decimal
    rate_date: date | None
    source: str
    status: str


def quote(source: str, target: str = EURO, *, on: str | date, rates: Rates | None = None) -> Quote:
    """Return the reference rate from one currency to another on a day.

    Parameters
    ----------
    source, target : str
        ISO 4217 codes.
    on : str or datetime.date
        Day, ``YYYY-MM-DD``; without a publication that day, the last one before it holds.
    rates : Rates, optional
        Default: the embedded ECB reference rates.

    Raises
    ------
    MissingRateError
        If there is no rate; the message says why.
    FrameError
        If `on` is not a day.

    >>> quote("USD", "EUR", on="2025-02-09").rate_date
    datetime.date(2025, 2, 7)
    """
    rates = Rates.embedded() if rates is None else rates
    source, target, day = clean_code(source), clean_code(target), one_day(on)
    rule = convention(rates, "day")
    _refuse(source, target, day, rule)
    if source == target:
        return Quote(Decimal(1), Decimal(1), None, rates.source, SAME)
    place = rule.slots(np.array([day]))[0]
    row = rule.row_of_slot[place]
    per_euro = {code: _exact(rates.table[row, rates.column[code]]) for code in (source, target)}
    crossed = EURO not in (source, target)
    return Quote(
        rate=per_euro[target] if source == EURO else per_euro[source] / per_euro[target],
        factor=per_euro[target] / per_euro[source],
        rate_date=rule.stamps[row].item(),
        source=rates.sources[rates.source_of_day[row]],
        status=rule.names[2 * crossed + rule.marked_of_slot[place]],
    )


def _exact(rate: float) -> Decimal:
    # the shortest text of a float is the text that was read
    return Decimal(repr(float(rate)))


def _refuse(source: str, target: str, day: np.datetime64, rule: Convention) -> None:
    if found := rule.blame(source, target, day):
        row = pd.DataFrame({"currency": [found[0]], "date": str(day), "rate_status": found[1]}, index=[None])
        raise MissingRateError(missing_rates(row))


def describe_quote(found: Quote, source: str, target: str, *, on: str) -> str:
    """Say in a sentence which day's rate was used and why."""
    from babel.dates import format_date

    if found.rate_date is None:
        return "Same currency: nothing to convert."
    source, target = clean_code(source), clean_code(target)
    per = f"{target} per 1 EUR" if source == EURO else f"{source} per 1 {target}"
    day = format_date(found.rate_date, "EEEE d MMMM y", locale="en")
    asked = format_date(one_day(on).item(), "EEEE d MMMM y", locale="en")
    carried = f", the last one published on or before {asked}" if "carried" in found.status else ""
    crossed = ", divided from two euro rates" if "crossed" in found.status else ""
    # a published rate has at most six significant digits; a quotient is shown with as many
    rate = found.rate if "crossed" not in found.status else Decimal(f"{found.rate:.6g}")
    return f"Rate {rate.normalize():f} {per} of {day}{carried}{crossed}. Source: {found.source}."
