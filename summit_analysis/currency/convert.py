"""How columns of amounts are converted: which rate holds on which day, and the one kernel that multiplies by it."""

from __future__ import annotations

import datetime as dt
import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from summit_analysis.base.days import NO_DAY, ONE_DAY, UNITS, Period, one_day, read_days
from summit_analysis.base.errors import FrameError, MissingRateError

if TYPE_CHECKING:
    from summit_analysis.currency.rates import Rates

Frame = TypeVar("Frame")

PROVENANCE = ("rate", "factor", "rate_date", "rate_source", "rate_status")
"""Columns that say how a row was converted."""
EXTREMES = ("factor_low", "factor_high")
"""With the mean of a period: the lowest and the highest factor of its days."""
SAME = "same currency"
_OWN_TABLE = "rates.csv in the ledger's folder: day, currency, rate per 1 euro, source"
REMEDIES = {
    "before start": "The ECB did not publish this rate yet; take a later day",
    "hole": f"The rates of that day lack this currency; take a day that has it, or put a rate into {_OWN_TABLE}",
    "ended": f"The ECB stopped publishing this currency; take an earlier day, or put rates into {_OWN_TABLE}",
    "after end": "The stored rates end before that day; take an earlier one, or update them: "
    "summit-analysis rates update --from ecb",
    "before the peg": f"Its fixed rate holds from a later day on; take one, or put rates into {_OWN_TABLE}",
    "after the peg": f"Its fixed rate holds no longer; take an earlier day, or put rates into {_OWN_TABLE}",
    "no own rate": "rates.csv has no rate of it for that day, nor for the 31 days before; add one there",
    "no rates": f"The code is right, but the ECB publishes no rate of it, nor is it fixed; put rates into {_OWN_TABLE}",
    "unknown currency": "No currency has this ISO 4217 code; write one like USD, AED or XOF",
    "no currency": "The currency is empty; fill it in",
    "no date": "The date is empty; fill it in, or fix one day for all rows",
}
"""Why a rate is missing, and what to do about it."""

BLOCK = 131_072
"""Rows handled at a time: few enough for the working arrays to stay in the cache, enough for threads to seldom meet."""
_TICKS = {"D": 1, "s": 86_400, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}
"""Ticks of a datetime64 unit in a day."""


@cache
def iso_currencies() -> frozenset[str]:
    """Return the ISO 4217 codes of all money that is or was legal tender somewhere."""
    from babel.core import get_global

    used = get_global("territory_currencies").values()
    return frozenset(code for territory in used for code, _, _, tender in territory if tender)


class Convention:
    """A table of rates and the rule that assigns a row of it to a date.

    Parameters
    ----------
    rates : Rates
    period : {"day", "month", "year"}
        *day*: the rate of the last day of publication on or before the date, carried only over days that the file
        lacks for every currency. *month*, *year*: the arithmetic mean of the rates published in it.

    Attributes
    ----------
    stamps : numpy.ndarray of datetime64, shape (p,)
        Days of publication, or the months or years.
    first : numpy.ndarray of int, shape (p,)
        Row of `rates.table` with the first day of each.
    row_of_slot : numpy.ndarray of int, shape (s,)
        Position in `stamps` for each calendar day (month, year) from the first one on, of one without rates that of the
        last one before it. The last slot stands for all others and for no date.
    per_euro : numpy.ndarray of float64, shape (c + 1, s)
        Units of each of `rates.convertible`, and then of no currency, per 1 EUR; NaN where there is no rate.
    origin : numpy.ndarray of int, shape (c + 1, s)
        On what it rests, as a position in `rates.sources`.
    dated : numpy.ndarray of datetime64, shape (c + 1, s)
        The day it is of; of a period its first one.
    marked : numpy.ndarray of bool, shape (c + 1, s)
        The rate is carried from an earlier day; the mean covers only part of the period, because days of publication
        are still to come or lack the currency.
    daily : numpy.ndarray of float64, shape (c + 1, d)
        Of a month or year: units per 1 EUR on each day of publication.
    manners : list of str
        Words for a rate that is there, plain and marked: of one currency, of a cross of two, of a peg, of an own rate.
    statuses : list of str
        All words for `rate_status`.
    """

    def __init__(self, rates: Rates, period: Period) -> None:
        self.rates, self.period, self.unit = rates, period, f"datetime64[{UNITS[period]}]"
        days = rates.days.astype(self.unit)
        self.stamps, self.first, row_of_day = np.unique(days, return_index=True, return_inverse=True)
        end = rates.last_carried.astype(self.unit) + np.array(1, f"timedelta64[{UNITS[period]}]")
        calendar = np.append(np.arange(days[0], end), NO_DAY.astype(self.unit))
        rows = np.searchsorted(self.stamps, calendar, side="right") - 1
        without = self.stamps[rows] != calendar
        if period == "day":
            # by calendar days, as a peg may begin on a Sunday
            self.per_euro, self.origin, self.dated = rates.filled(calendar, rows)
            self.per_euro[:, -1] = np.nan
            self.marked = np.broadcast_to(without, self.per_euro.shape)
            self.manners = ["published", "carried", "crossed", "crossed and carried", "pegged", "pegged", "own", "own"]
        else:
            self.daily, origin, _ = rates.filled(rates.days, np.arange(len(rates.days)))
            partial = np.logical_or.reduceat(np.isnan(self.daily), self.first, axis=1)
            partial[:, -1] |= (rates.last_carried + ONE_DAY).astype(self.unit) == days[-1]
            self.per_euro = pd.DataFrame(self.daily.T).groupby(row_of_day).mean().to_numpy().T[:, rows]
            self.per_euro[:, without] = np.nan
            self.origin = np.maximum.reduceat(origin, self.first, axis=1)[:, rows]
            self.dated = np.broadcast_to(self.stamps[rows].astype("datetime64[D]"), self.per_euro.shape)
            self.marked = partial[:, rows]
            self.manners = [
                f"{manner}{mean} {period}"
                for manner in ("", "crossed ", "pegged ", "own ")
                for mean in ("mean of", "mean of incomplete")
            ]
        self.row_of_slot = rows
        self.statuses = [*dict.fromkeys(self.manners), SAME, *REMEDIES]

    def slots(self, dates: np.ndarray) -> np.ndarray:
        """Return the slot of each date."""
        unit, _ = np.datetime_data(dates.dtype)
        if self.period == "day" and unit in _TICKS:
            # as fast as a division can be; astype looks at each date as a calendar would
            ticks = dates.view(np.int64) // _TICKS[unit]
        else:
            ticks = dates.astype(self.unit).astype(np.int64)
        # a slot before the first one is, without its sign, larger than any
        slots = (ticks - self.stamps[0].astype(np.int64)).view(np.uint64)
        return np.asarray(np.minimum(slots, np.uint64(len(self.row_of_slot) - 1)).view(np.int64))

    def reason(self, currency: str, day: np.datetime64) -> str | None:
        """Say why `currency` has no rate on `day`: a key of `REMEDIES`, or None where it has one."""
        if currency not in self.rates.column:
            return "no rates" if currency in iso_currencies() else "unknown currency" if currency else "no currency"
        slot, rates = self.slots(np.array([day]))[0], self.per_euro[self.rates.column[currency]]
        if np.isnat(day) or not np.isnan(rates[slot]):
            return "no date" if np.isnat(day) else None
        if day.astype(self.unit) < self.stamps[0]:
            return "before start"
        there = np.flatnonzero(~np.isnan(rates))
        if slot == len(rates) - 1 and (not len(there) or there[-1] == slot - 1):
            return "after end"
        begun, goes_on = (there < slot).any(), (there > slot).any()
        if currency in self.rates.currencies:
            return "before start" if not begun else "hole" if goes_on else "ended"
        pegged = (self.rates.pegs["currency"] == currency).any()
        return "no own rate" if not pegged else "after the peg" if begun else "before the peg"

    def blame(self, source: str, target: str, day: np.datetime64) -> tuple[str, str] | None:
        """Name the currency that keeps an amount from being converted, and why; None where nothing does."""
        if source == target and source in self.rates.column:
            return None
        # outside the file all are missing: the euro is not the one to blame
        why = {code: self.reason(code, day) for code in (source, target) if code != self.rates.currencies[0]}
        return next(((code, reason) for code, reason in why.items() if reason), None)


convention = lru_cache(maxsize=16)(Convention)
"""The convention of a period on some rates, worked out once for each `Rates`."""


@lru_cache(maxsize=32)
def tables(rule: Convention, target: str, *, provenance: bool) -> tuple[dict[str, np.ndarray], dict[str, list[str]]]:
    """Work out what a row can be given: for each currency in turn, and then for none, a cell for each slot.

    Returns
    -------
    cells : dict of str to numpy.ndarray
        ``factor`` (NaN where there is no rate; 1 for the target itself, with or without a date) and, with provenance,
        the other columns of `PROVENANCE`; of a mean also `EXTREMES`. Source and status are positions among the words;
        the source is -1, and the status says nothing, where there is no rate.
    words : dict of str to list of str
        What ``rate_source`` and ``rate_status`` can say.
    """
    euro, own, per_euro = 0, rule.rates.column[target], rule.per_euro

    def of_itself(table: np.ndarray, value: object) -> np.ndarray:
        table[own] = value
        return table.ravel()

    factor = per_euro[own] / per_euro
    if not provenance:
        return {"factor": of_itself(factor, 1.0)}, {}
    rate = per_euro / per_euro[own]
    rate[euro] = per_euro[own]
    unknown = np.isnan(factor)
    crossed = ~np.isin(np.arange(len(per_euro)), [euro, own])[:, None] & (own != euro)
    sources, many = rule.rates.sources, len(rule.rates.sources)
    kinds = np.array([kind for kind, _ in sources], np.int8)[rule.origin]
    manner = 2 * np.maximum(crossed, np.maximum(kinds, kinds[own])) + (rule.marked | rule.marked[own])
    status = np.array([rule.statuses.index(word) for word in rule.manners], np.int8)[manner]
    # both currencies have an origin; few of the pairs are there
    place, pairs = pd.factorize((many * rule.origin + rule.origin[own]).ravel())
    both = [sources[pair // many][1] + sources[pair % many][1] for pair in pairs]
    joined = ["; ".join(dict.fromkeys(said)) or rule.rates.source for said in both]
    # the first one is that of a currency in itself
    codes, names = pd.factorize(np.array([rule.rates.source, *joined], dtype=object))
    source = codes[1:][place].reshape(unknown.shape).astype(np.min_scalar_type(-len(names)))
    found = {
        "factor": of_itself(factor, 1.0),
        "rate": of_itself(rate, 1.0),
        "rate_date": of_itself(
            np.where(unknown, NO_DAY, np.minimum(rule.dated, rule.dated[own])).astype("datetime64[s]"), NO_DAY
        ),
        "rate_source": of_itself(np.where(unknown, source.dtype.type(-1), source), 0),
        "rate_status": of_itself(status, rule.statuses.index(SAME)),
    }
    if rule.period != "day":
        for name, end in zip(EXTREMES, (np.fmin, np.fmax), strict=True):
            # a day without a rate is passed over
            extremes = end.reduceat(rule.daily[own] / rule.daily, rule.first, axis=1)
            found[name] = of_itself(np.where(unknown, np.nan, extremes[:, rule.row_of_slot]), 1.0)
    return found, {"rate_source": list(names), "rate_status": rule.statuses}


@dataclass(frozen=True)
class Conversion:
    """What `Rates.convert` was asked for, checked; called with a pandas frame, it returns it with columns added.

    Attributes
    ----------
    rates, amounts, currency, date, to, on, period, provenance, errors
        As for `Rates.convert`; `amounts` is a list, `to` a code of `rates`.
    fixed : bool
        No column but a code is meant by `currency`.
    """

    rates: Rates
    amounts: list[str]
    currency: str
    date: str
    to: str
    on: str | dt.date | None
    period: Period
    provenance: bool
    errors: str
    fixed: bool = False

    @property
    def needed(self) -> list[str]:
        """Names of the columns that are read."""
        read = [(name, True) for name in self.amounts] + [(self.currency, not self.fixed), (self.date, self.on is None)]
        return list(dict.fromkeys(name for name, wanted in read if wanted))

    @property
    def added(self) -> list[str]:
        """Names of the columns that are added."""
        extremes = EXTREMES if self.period != "day" else ()
        return [f"{name}_{self.to}" for name in self.amounts] + [*extremes, *PROVENANCE] * bool(self.provenance)

    def for_columns(self, names: Sequence[object]) -> Conversion:
        """Tell whether `currency` is one of these columns or a code; refuse what is missing, twice or there already."""
        code = str(self.currency).strip().upper()
        if self.currency not in names and not self.fixed and (code in self.rates.column or code in iso_currencies()):
            return replace(self, currency=code, fixed=True).for_columns(names)
        for name in self.needed:
            if name not in names:
                remedy = "; for one day for all rows write on= instead of date=" if name == self.date else ""
                raise FrameError(f"no column {name!r}; the frame has: {', '.join(map(str, names))}{remedy}")
            if list(names).count(name) > 1:
                raise FrameError(f"column {name!r} stands twice; rename one of the two")
        for name in self.added:
            if name in names:
                raise FrameError(f"column {name!r} exists already; drop or rename it first")
        return self

    def __call__(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return a copy with the columns added; index, order and notes are kept."""
        added = self.columns(frame).items()
        return frame.assign(**{name: pd.Series(column, frame.index, copy=False) for name, column in added})

    def columns(self, frame: pd.DataFrame) -> dict[str, np.ndarray | pd.Categorical]:
        """Convert a frame that holds what is `needed`, and return the columns that are `added`."""
        rule, rows = convention(self.rates, self.period), len(frame)
        lookup, words = tables(rule, self.to, provenance=self.provenance)
        figures = {f"{name}_{self.to}": _figures(frame[name]) for name in self.amounts}
        one = pd.CategoricalDtype([self.currency])
        currency = pd.Series(self.currency, frame.index, dtype=one) if self.fixed else frame[self.currency]
        begins = _coder(currency, rule)
        day = None if self.on is None else one_day(self.on, self.period)
        dates = read_days(frame[self.date], self.period) if day is None else np.broadcast_to(day, rows)
        columns = {name: np.empty(rows, lookup.get(name, lookup["factor"]).dtype) for name in self.added}
        none = np.empty(0, dtype=np.intp)

        def convert(first: int) -> np.ndarray:
            part = slice(first, first + BLOCK)
            places = rule.slots(dates[part]) + begins(part)
            # the places are within the tables by construction; "clip" spares numpy a check and a copy
            kept = columns["factor"][part] if self.provenance else None
            factor = lookup["factor"].take(places, mode="clip", out=kept)
            for name, column in columns.items():
                if name in figures:
                    np.multiply(figures[name][part], factor, out=column[part])
                elif name != "factor":
                    lookup[name].take(places, mode="clip", out=column[part])
            # a sum is sooner done than a search
            return first + np.flatnonzero(np.isnan(factor)) if math.isnan(factor.sum()) else none

        # numpy and Arrow let threads run side by side
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            lost = np.concatenate([none, *pool.map(convert, range(0, rows, BLOCK))])
        wanted = lost[~np.all([np.isnan(values[lost]) for values in figures.values()], axis=0)]
        if self.errors == "raise" and len(wanted):
            raise MissingRateError(missing_rates(self._reasons(currency.iloc[wanted], dates[wanted])))
        if self.provenance:
            why = self._reasons(currency.iloc[lost], dates[lost])["rate_status"]
            columns["rate_status"][lost] = [rule.statuses.index(reason) for reason in why]
            columns |= {name: pd.Categorical.from_codes(columns[name], words[name], validate=False) for name in words}
        return columns

    def _reasons(self, currency: pd.Series, dates: np.ndarray) -> pd.DataFrame:
        """Name for rows without a rate the currency to blame, the day and the reason."""
        blame = cache(convention(self.rates, self.period).blame)
        codes = ["" if pd.isna(code) else str(code).strip().upper() for code in currency]
        days = dates.astype("datetime64[D]")
        blamed = [blame(code, self.to, day) for code, day in zip(codes, days, strict=True)]
        named = pd.DataFrame(blamed, columns=["currency", "rate_status"], index=currency.index)
        return named.assign(date=["" if np.isnat(day) else str(day) for day in days])


def _figures(values: pd.Series) -> np.ndarray:
    if not pd.api.types.is_numeric_dtype(values) or values.dtype.kind in "bc":
        raise FrameError(
            f"column {values.name!r} holds {values.dtype}, not numbers; make it whole numbers or floats "
            "(text: with pandas.to_numeric)"
        )
    # for floats that are already such, to_numpy with na_value would look for missing ones and copy
    given = {} if values.dtype == "float64" else {"dtype": "float64", "na_value": np.nan}
    return np.asarray(values.to_numpy(**given))


def _coder(currency: pd.Series, rule: Convention) -> Callable[[slice], np.ndarray]:
    """Return a function that says for some rows where in `tables` their currencies begin."""
    known, width = rule.rates.convertible, len(rule.row_of_slot)
    if isinstance(currency.array, pd.arrays.ArrowExtensionArray) and currency.dtype.type is str:
        cells, listed = currency.array.__arrow_array__().cast(pa.large_string()), pa.array(known, pa.large_string())
        of_letters = np.full(1 << 15, len(known))
        of_letters[_letters(listed)] = np.arange(len(known))

        def of_text(part: slice) -> np.ndarray:
            texts = cells[part].combine_chunks()
            letters = _letters(texts)
            if letters is None:
                trimmed = pc.utf8_upper(pc.utf8_trim_whitespace(texts))
                found = pc.index_in(trimmed, listed).fill_null(len(known)).to_numpy()
            else:
                found = of_letters.take(letters, mode="clip")
            return np.asarray(found * width)

        return of_text
    if isinstance(currency.dtype, pd.CategoricalDtype):
        codes, each = currency.cat.codes.to_numpy(), currency.cat.categories
    else:
        codes, each = pd.factorize(currency)
    # a missing currency has the code -1, which is the last of these
    begins = [rule.rates.column.get(str(code).strip().upper(), len(known)) for code in each] + [len(known)]
    places = np.array(begins) * width
    return lambda part: places.take(codes[part], mode="wrap")


def _letters(texts: pa.Array) -> np.ndarray | None:
    """Read texts of three letters as numbers, five bits a letter whatever its case; None where any is no such text."""
    _, ends, letters = texts.buffers()
    ends = np.frombuffer(ends, np.int64)[texts.offset :][: len(texts) + 1]
    if texts.null_count or (np.diff(ends) != 3).any():
        return None
    letters = np.frombuffer(letters, np.uint8)[ends[0] : ends[-1]]
    # the capital letters, the small ones, and what stands between them
    if ((letters & 0xC0) != 0x40).any():
        return None
    first, second, third = (letters[place::3].astype(np.int16) & 31 for place in range(3))
    return np.asarray(first << 10 | second << 5 | third)


def missing_rates(rows: pd.DataFrame) -> pd.DataFrame:
    """Gather rows without a rate into the frame that `MissingRateError` carries.

    Parameters
    ----------
    rows : pandas.DataFrame
        ``currency``, ``date`` (text), ``rate_status``; the index labels the user's rows.
    """
    groups = rows.assign(first_row=rows.index).groupby(["currency", "date", "rate_status"], sort=False)
    missing = groups["first_row"].agg(rows="size", first_row="first").reset_index()
    return missing.assign(remedy=missing["rate_status"].map(REMEDIES))


# --- frames of other engines: their batches go to the one kernel, their own kind comes back


def converted(frame: Frame, conversion: Conversion) -> Frame:
    """Hand a frame of any kind to whoever knows that kind: what comes in comes out.

    Raises
    ------
    FrameError
        If nobody knows it.
    """
    kind, given = type(frame), cast(Any, frame)
    named = kind.__module__.partition(".")[0].lstrip("_"), kind.__name__
    door = Conversion.__call__ if isinstance(frame, pd.DataFrame) else _DOORS.get(named)
    if door is None:
        raise FrameError(
            f"{kind.__module__}.{kind.__name__} is no frame known here; hand in a pandas, polars, Dask or PySpark data "
            "frame, a PyArrow table or a DuckDB relation"
        )
    # of a lazy frame of polars the names are work, and it warns who asks for them as if they were none
    if hasattr(frame, "collect_schema"):
        names = given.collect_schema().names()
    else:
        names = getattr(frame, "column_names", None) or given.columns
    return cast(Frame, door(conversion.for_columns(list(names)), given))


def _added(conversion: Conversion, rows: pa.Table) -> pa.Table:
    """Convert Arrow columns, at least those needed, and return those added: days, numbers and text, which all know."""
    rows = rows.select(conversion.needed)
    # polars counts categories without a sign, which pandas cannot; Arrow cannot take rows of views yet
    plain = [
        pa.string() if pa.types.is_dictionary(kind) or pa.types.is_string_view(kind) else kind
        for kind in rows.schema.types
    ]
    rows = rows.cast(pa.schema(zip(rows.column_names, plain, strict=True)))
    columns = conversion.columns(rows.to_pandas(types_mapper=pd.ArrowDtype))
    kinds = {"f": pa.float64(), "M": pa.date32()}
    cells = {name: pa.array(column, from_pandas=True) for name, column in columns.items()}
    return pa.table({name: cells[name].cast(kinds.get(columns[name].dtype.kind, pa.string())) for name in columns})


def _with_added(conversion: Conversion, rows: pa.Table) -> pa.Table:
    added = _added(conversion, rows)
    for name in added.column_names:
        rows = rows.append_column(name, added[name])
    return rows


def _polars(conversion: Conversion, frame: Any) -> Any:
    import polars as pl

    def convert(cells: Any) -> Any:
        return pl.DataFrame(_added(conversion, cells.struct.unnest().to_arrow())).to_struct()

    none = pl.DataFrame(schema=frame.select(conversion.needed).collect_schema()).to_struct()
    found = pl.struct(conversion.needed).map_batches(convert, return_dtype=convert(none).dtype)
    return frame.with_columns(found.struct.unnest())


def _duckdb(conversion: Conversion, relation: Any) -> Any:
    # only the relation knows its connection, so no function can be registered there; a reader of batches is read once
    summit_analysis_rows = _with_added(conversion, relation.to_arrow_table())  # noqa: F841
    # DuckDB finds an Arrow table by the name of a variable of this function
    return relation.query("summit_analysis_frame", "FROM summit_analysis_rows")


def _spark(conversion: Conversion, frame: Any) -> Any:
    from pyspark.sql.types import StructType

    def convert(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield from _with_added(conversion, pa.table(batch)).to_batches()

    session = frame.sparkSession
    none = session.createDataFrame([], frame.select(conversion.needed).schema).toArrow()
    added = session.createDataFrame(_added(conversion, none)).schema
    return frame.mapInArrow(convert, StructType([*frame.schema.fields, *added.fields]))


_DOORS: dict[tuple[str, str], Callable[[Conversion, Any], Any]] = {
    ("polars", "DataFrame"): lambda conversion, frame: _polars(conversion, frame.lazy()).collect(),
    ("polars", "LazyFrame"): _polars,
    ("pyarrow", "Table"): _with_added,
    ("duckdb", "DuckDBPyRelation"): _duckdb,
    ("dask", "DataFrame"): lambda conversion, frame: frame.map_partitions(conversion, meta=conversion(frame._meta)),
    ("pyspark", "DataFrame"): _spark,
}
