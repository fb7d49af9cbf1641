"""Which published rate holds for a date, what to call it, and why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
import pandas as pd

from summit_analysis.errors import ChoiceError
from summit_analysis.rates import EURO, Rates

Period = Literal["day", "month", "year"]
PERIODS: tuple[Period, ...] = ("day", "month", "year")
_UNIT = {"day": "D", "month": "M", "year": "Y"}

SAME = "same currency"
REMEDIES = {
    "before start": "The ECB did not publish this rate yet; take a later day",
    "hole": "The ECB published that day, but not this currency; take a day on which it did",
    "ended": "The ECB stopped publishing this currency; convert into its successor first",
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
    unfinished : bool
        The last period has days of publication still to come.
    rates : Rates
    """

    period: Period
    stamps: np.ndarray
    table: np.ndarray
    unfinished: bool
    rates: Rates
    _row_of_slot: np.ndarray

    def rows(self, dates: np.ndarray) -> np.ndarray:
        """Return the row of `table` for each date, and ``len(table)`` where none holds (NaT included)."""
        unit = _UNIT[self.period]
        slot = dates.astype(f"datetime64[{unit}]").view(np.int64) - self.stamps[0].astype(f"datetime64[{unit}]").view(
            np.int64
        )
        # NaT and days outside share the last slot
        end = len(self._row_of_slot) - 1
        return self._row_of_slot[np.where((slot >= 0) & (slot < end), slot, end)]

    def statuses(self, rows: np.ndarray, dates: np.ndarray, *, crossed: np.ndarray) -> np.ndarray:
        """Return for each row that has a rate the position of its status in `names`."""
        if self.period == "day":
            marked = self.stamps[rows] != dates.astype("datetime64[D]")
        else:
            marked = (rows == len(self.table) - 1) & self.unfinished
        return crossed.astype(np.int8) * 2 + marked

    @property
    def names(self) -> tuple[str, str, str, str]:
        """Statuses: plain, marked (carried or unfinished), and the same for a cross of two currencies."""
        if self.period == "day":
            return "published", "carried", "crossed", "crossed and carried"
        plain = (f"mean of {self.period}", f"mean of unfinished {self.period}")
        return *plain, *(f"crossed {name}" for name in plain)

    def reason(self, currency: str, day: np.datetime64) -> str | None:
        """Say why `currency` has no rate on `day`: a key of `REMEDIES`, or None where it has one."""
        if currency not in self.rates.column:
            return "unknown currency"
        if np.isnat(day):
            return "no date"
        row = int(self.rows(np.array([day]))[0])
        if row == len(self.table) and day < self.stamps[0]:
            return "before start"
        published = np.flatnonzero(~np.isnan(self.table[:, self.rates.column[currency]]))
        if not len(published) or row < published[0]:
            return "before start"
        if row > published[-1]:
            return "after end" if published[-1] == len(self.table) - 1 else "ended"
        return None if row in published else "hole"

    def blame(self, source: str, target: str, day: np.datetime64) -> tuple[str, str] | None:
        """Name the currency that keeps an amount from being converted, and why; None where nothing does."""
        if not source:
            return "", "no currency"
        why = {code: self.reason(code, day) for code in (source, target)}
        if source == target and why[source] != "unknown currency":
            return None
        # outside the file all are missing: the euro is not the one to blame
        return next(((code, why[code]) for code in why if why[code] and code != EURO), None)


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
    if period == "day":
        calendar = np.arange(rates.days[0], rates.last_carried + 1)
        row_of_slot = np.searchsorted(rates.days, calendar, side="right") - 1
        return Convention(period, rates.days, rates.table, False, rates, np.append(row_of_slot, len(rates.days)))
    slots = rates.days.astype(f"datetime64[{_UNIT[period]}]")
    means = pd.DataFrame(rates.table).groupby(slots.view(np.int64)).mean()
    stamps = means.index.to_numpy().view(slots.dtype)
    row_of_slot = np.full((stamps[-1] - stamps[0]).astype(int) + 2, len(stamps))
    row_of_slot[(stamps - stamps[0]).astype(int)] = np.arange(len(stamps))
    next_day = rates.last_carried + 1
    unfinished = bool(next_day.astype(slots.dtype) == slots[-1])
    return Convention(period, stamps.astype("datetime64[D]"), means.to_numpy(), unfinished, rates, row_of_slot)


def is_cross(codes: np.ndarray, target: str, rates: Rates) -> np.ndarray:
    """Mark the currency codes whose conversion into `target` divides two published rates."""
    if target == EURO:
        return np.zeros(len(codes), dtype=bool)
    return (codes != rates.column[EURO]) & (codes != rates.column[target])


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
