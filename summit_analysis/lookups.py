"""Tables by day and currency: what an amount is multiplied by, and how that was come by."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from summit_analysis.conventions import REMEDIES, SAME, Convention
from summit_analysis.days import NO_DAY
from summit_analysis.rates import EURO


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
