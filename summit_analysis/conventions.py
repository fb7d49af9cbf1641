"""Which published rate holds for a date, what to call it, and why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Literal

import numpy as np
import pandas as pd

from summit_analysis.days import ONE_DAY
from summit_analysis.errors import ChoiceError
from summit_analysis.rates import EURO, Rates

Period = Literal["day", "month", "year"]
PERIODS: tuple[Period, ...] = ("day", "month", "year")
_UNIT = {"day": "D", "month": "M", "year": "Y"}
_TICKS = {"D": 1, "h": 24, "m": 1440, "s": 86_400, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}
"""Ticks of a datetime64 unit in a day."""

SAME = "same currency"
REMEDIES = {
    "before start": "The ECB did not publish this rate yet; take a later day",
    "hole": "The rates of that day lack this currency; take a day that has it",
    "ended": "The ECB stopped publishing this currency; take an earlier day, or give the amount in another currency",
    "after end": "The stored rates end before that day; take an earlier one or update the rates",
    "unknown currency": "Not a currency of the ECB's list; write an ISO 4217 code such as EUR or USD",
    "no currency": "The currency is empty; fill it in",
    "no date": "The date is empty; fill it in, or fix one day for all rows",
}
"""Why a rate is missing, and what to do about it."""


@dataclass(frozen=True, eq=False)
class Convention:
    """A table of rates and the rule that assigns a row of it to a date.

    Attributes
    ----------
    period : {"day", "month", "year"}
        *day*: the rate of the last day of publication on or before the date, carried only over days that the file
        lacks for every currency. *month*, *year*: the arithmetic mean of the rates published in it.
    stamps : numpy.ndarray of datetime64[D], shape (p,)
        Day of publication, or first day of the period.
    table : numpy.ndarray of float64, shape (p, c)
        Units of currency per 1 EUR; NaN where none was published.
    marked : numpy.ndarray of bool, shape (p, c)
        The mean covers only part of the period: days of publication are still to come, or the currency was not
        published on all of them.
    rates : Rates
    row_of_slot : numpy.ndarray of int, shape (slots,)
        Row of `table` for each calendar day (month, year); the first and the last slot stand for "none", whose row
        is ``len(table)``.
    marked_of_slot : numpy.ndarray of bool, shape (slots,)
        The rate is carried from an earlier day.
    row_of_day : numpy.ndarray of int, shape (d,)
        Row of `table` for each day of publication.
    """

    period: Period
    stamps: np.ndarray
    table: np.ndarray
    marked: np.ndarray
    rates: Rates
    row_of_slot: np.ndarray
    marked_of_slot: np.ndarray
    row_of_day: np.ndarray

    def slots(self, dates: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """Return the slot of each date: 1 for the first one, the last slot for days outside and for NaT."""
        unit = _UNIT[self.period]
        first = self.stamps[0].astype(f"datetime64[{unit}]").astype(np.int64) - 1
        name, step = np.datetime_data(dates.dtype)
        if unit == "D" and name in _TICKS and step == 1:
            # as fast as a division can be; astype looks at each date as a calendar would
            out = np.floor_divide(dates.view(np.int64), _TICKS[name], out=out)
            np.subtract(out, first, out=out)
        else:
            out = np.subtract(dates.astype(f"datetime64[{unit}]").astype(np.int64), first, out=out)
        # a slot before the first one is, without its sign, larger than any
        unsigned = out.view(np.uint64)
        return np.minimum(unsigned, np.uint64(len(self.row_of_slot) - 1), out=unsigned).view(np.int64)

    def rows(self, dates: np.ndarray) -> np.ndarray:
        """Return the row of `table` for each date, and ``len(table)`` where none holds (NaT included)."""
        rows: np.ndarray = self.row_of_slot[self.slots(dates)]
        return rows

    @property
    def names(self) -> tuple[str, str, str, str]:
        """Statuses: plain, marked (carried or incomplete), and the same for a cross of two currencies."""
        if self.period == "day":
            return "published", "carried", "crossed", "crossed and carried"
        plain, marked = f"mean of {self.period}", f"mean of incomplete {self.period}"
        return plain, marked, f"crossed {plain}", f"crossed {marked}"

    def reason(self, currency: str, day: np.datetime64) -> str | None:
        """Say why `currency` has no rate on `day`: a key of `REMEDIES`, or None where it has one."""
        if currency not in self.rates.column:
            return "unknown currency"
        if np.isnat(day):
            return "no date"
        row = int(self.rows(np.array([day]))[0])
        published = np.flatnonzero(~np.isnan(self.table[:, self.rates.column[currency]]))
        if not len(published) or row < published[0] or day < self.stamps[0]:
            return "before start"
        if row > published[-1]:
            if published[-1] == len(self.table) - 1:
                return "after end"
            return "ended" if self.rates.ended[self.rates.column[currency]] else "hole"
        return None if row in published else "hole"

    @cached_property
    def sources(self) -> tuple[tuple[str, ...], np.ndarray]:
        """Names of sources, and for each row of `table` the position of its own; a mean names those of all its days."""
        rates = self.rates
        if self.period == "day" or len(rates.sources) == 1:
            return rates.sources, rates.source_of_day[: len(self.table)]
        used = pd.Series(rates.source_of_day).groupby(self.row_of_day).unique()
        mixes = used.map(lambda codes: " and ".join(rates.sources[code] for code in sorted(codes)))
        names = tuple(dict.fromkeys([rates.source, *mixes]))
        return names, mixes.map(names.index).to_numpy(dtype=np.int8)

    def blame(self, source: str, target: str, day: np.datetime64) -> tuple[str, str] | None:
        """Name the currency that keeps an amount from being converted, and why; None where nothing does."""
        if not source:
            return "", "no currency"
        why = {code: self.reason(code, day) for code in (source, target)}
        if source == target and why[source] != "unknown currency":
            return None
        # outside the file all are missing: the euro is not the one to blame
        return next(((code, reason) for code, reason in why.items() if reason and code != EURO), None)


@cache
def convention(rates: Rates, period: Period) -> Convention:
    """Return the convention `period` on these rates, computed once for each `Rates`.

    Raises
    ------
    ChoiceError
        If `period` is not one of day, month, year.
    """
    if period not in PERIODS:
        raise ChoiceError("period", period, PERIODS)
    none = len(rates.days)
    if period == "day":
        calendar = np.arange(rates.days[0], rates.last_carried + ONE_DAY)
        rows = np.searchsorted(rates.days, calendar, side="right") - 1
        carried = rates.days[rows] != calendar
        plain = np.zeros(rates.table.shape, dtype=bool)
        around = np.concatenate([[none], rows, [none]]), np.concatenate([[False], carried, [False]])
        return Convention(period, rates.days, rates.table, plain, rates, *around, np.arange(none))
    slots = rates.days.astype(f"datetime64[{_UNIT[period]}]")
    stamps, row_of_day, days = np.unique(slots, return_inverse=True, return_counts=True)
    grouped = pd.DataFrame(rates.table).groupby(row_of_day)
    marked = grouped.count().to_numpy() < days[:, None]
    # days of publication of the last period are still to come
    marked[-1] |= (rates.last_carried + ONE_DAY).astype(slots.dtype) == slots[-1]
    place = (stamps - stamps[0]).astype(int) + 1
    row_of_slot = np.full(place[-1] + 2, len(stamps))
    row_of_slot[place] = np.arange(len(stamps))
    means = grouped.mean().to_numpy()
    first_days = stamps.astype("datetime64[D]")
    return Convention(
        period, first_days, means, marked, rates, row_of_slot, np.zeros(len(row_of_slot), dtype=bool), row_of_day
    )


def missing_rates(rows: pd.DataFrame) -> pd.DataFrame:
    """Gather rows without a rate into the frame that `MissingRateError` carries.

    Parameters
    ----------
    rows : pandas.DataFrame
        ``currency``, ``date`` (text), ``rate_status``; the index labels the user's rows.
    """
    groups = rows.assign(first_row=rows.index).groupby(["currency", "date", "rate_status"], dropna=False, sort=False)
    missing = groups["first_row"].agg(rows="size", first_row="first").reset_index()
    return missing.assign(remedy=missing["rate_status"].map(REMEDIES))
