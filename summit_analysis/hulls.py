"""What the standing claims about each pledge span, in any currency, and how an amount fits into it."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from summit_analysis.claims import RULED, date_claims, printed_figures, value_claims
from summit_analysis.conversion import normalise
from summit_analysis.errors import MissingRateError
from summit_analysis.rates import EURO
from summit_analysis.rounding import APPROX_AT_MOST

if TYPE_CHECKING:
    from summit_analysis.tables import Ledger

RATE_SLACK = 0.025
"""Share of a converted amount that the rate of another day may explain: in February 2025 the euro moved by 2.2 %."""

_KINDS = ("primary", "news", "analysis", "seed")
"""Kinds of sources, the best witness first."""
_JUST_OVER = 1 + 1e-9
"""What binary fractions may add to half a unit."""


class Fit(StrEnum):
    """How an amount stands to the figures of a pledge."""

    printed = "printed"
    """A standing claim prints this figure, rounding allowed for."""
    inside = "inside"
    """It lies between the lowest and the highest figure that standing claims print."""
    true_floor = "true-floor"
    """It is an "at least" that the standing figures fulfil."""
    room = "room"
    """No standing claim prints it, but their open ends leave room for it."""
    outside = "outside"
    """No standing claim can be true together with it."""
    unknown = "unknown"
    """The pledge has no standing figure, or none that can be converted."""


@dataclass(frozen=True)
class Figure:
    """The figures of an amount as printed, half a unit of the last digit of each, and which ends are open."""

    low: float
    high: float
    half_low: float
    half_high: float
    open_low: bool = False
    open_high: bool = False

    @property
    def ends(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The lower and the upper figure, each with half a unit of its last digit."""
        return (self.low, self.half_low), (self.high, self.half_high)

    def times(self, factor: float) -> Figure:
        """Return a figure `factor` times as large."""
        figures = {name: factor * getattr(self, name) for name in ("low", "high", "half_low", "half_high")}
        return replace(self, **figures)

    def means(self, values: Collection[float], slack: float = 0.0) -> bool:
        """Whether both figures, when rounded, may stand for one of `values`; of a coarse rounding 5 % count."""
        return all(
            any(abs(value - figure) <= _reach(figure, min(half, APPROX_AT_MOST * figure), slack) for value in values)
            for figure, half in self.ends
        )


def _reach(figure: float, half: float, slack: float) -> float:
    return half * _JUST_OVER + slack * figure


@dataclass(frozen=True)
class Hull:
    """What the standing claims about one pledge span, in one currency.

    Attributes
    ----------
    low, high : float
        Lowest and highest figure printed.
    floor, ceiling : float
        The logical bounds (`Amount.bounds`): 0 where every standing claim says "up to", infinite where every one says
        "at least"; a claim that closes an end closes it for all.
    some_ceiling, some_floor : bool
        At least one standing claim says "up to", "at least".
    figures : tuple of (float, float)
        Those of each standing claim.
    converted : bool
        No standing claim is in this currency.
    """

    low: float
    high: float
    floor: float
    ceiling: float
    some_ceiling: bool
    some_floor: bool
    figures: tuple[tuple[float, float], ...]
    converted: bool

    def fit(self, amount: Figure, slack: float = 0.0) -> tuple[Fit, float]:
        """Return how an amount fits, and by how much it lies above (+) or below (-) the hull, 0 unless rounding fails.

        An "up to" is compared by the figure it names, for that is how high the money may go; an "at least" below the
        hull is true. A figure beyond an open end of the ledger is not excluded by it.
        """
        off = self._off(amount, slack)
        if off == 0:
            printed = {value for figures in self.figures for value in figures}
            return (Fit.printed if amount.means(printed, slack) else Fit.inside), 0.0
        if off < 0 and amount.open_high:
            return Fit.true_floor, 0.0
        is_open = (
            self.floor == 0 or (amount.open_low and self.some_ceiling)
            if off < 0
            else np.isinf(self.ceiling) or (amount.open_high and self.some_floor)
        )
        return (Fit.room if is_open else Fit.outside), off

    def _off(self, amount: Figure, slack: float) -> float:
        if amount.high + _reach(amount.high, amount.half_high, slack) < self.low:
            return amount.high - self.low
        if amount.low - _reach(amount.low, amount.half_low, slack) > self.high:
            return amount.low - self.high
        return 0.0


class Claim(NamedTuple):
    """A claim with its figures in one currency (NaN without figure or rate) and as printed."""

    label: int
    claim_id: str
    pledge_id: str
    source_id: str
    currency: str
    standing: str
    standing_reason: str
    kind: str
    stands: bool
    own_low: float
    own_high: float
    open_low: bool
    open_high: bool
    low: float
    high: float
    rate: float
    rate_date: pd.Timestamp


class Hulls:
    """The claims of a ledger by pledge, and the hulls of the standing ones, worked out once for each currency."""

    def __init__(self, ledger: Ledger, on: dt.date | None = None) -> None:
        self.ledger, self.on = ledger, on
        self._printed = printed_figures(date_claims(ledger))
        self.valued = cache(self._valued)
        self.claims = cache(self._claims)
        self.hulls = cache(self._hulls)
        self.own_currency = cache(self._own_currency)

    def _claims(self, currency: str) -> dict[str, list[Claim]]:
        """Return the claims of each pledge, converted at the rate of the day asked for, else of the day of each."""
        try:
            valued = self.valued(currency)
        except MissingRateError:
            same = self._printed["currency"].eq(currency)
            valued = self._printed.assign(rate=np.nan, rate_date=pd.NaT)
            valued = valued.assign(**{f"{end}_{currency}": valued[end].where(same) for end in ("low", "high")})
        renamed = valued.assign(
            label=valued.index,
            kind=valued["source_id"].map(self.ledger.sources.set_index("source_id")["kind"]),
            stands=valued["standing"].isin(RULED),
            standing_reason=valued["standing_reason"].fillna("no reason given"),
            own_low=valued["low"],
            own_high=valued["high"],
            low=valued[f"low_{currency}"],
            high=valued[f"high_{currency}"],
        )
        found: dict[str, list[Claim]] = defaultdict(list)
        for row in renamed[list(Claim._fields)].itertuples(index=False):
            found[row.pledge_id].append(Claim(*row))
        return found

    def _valued(self, currency: str) -> pd.DataFrame:
        if self.on is None:
            return value_claims(self.ledger, to=currency)
        return normalise(
            self._printed, amounts=["low", "high"], on=self.on, to=currency, rates=self.ledger.rates, errors="coerce"
        )

    def _hulls(self, currency: str) -> dict[str, Hull]:
        return {pledge: hull for pledge, rows in self.claims(currency).items() if (hull := _hull(rows, currency))}

    def _own_currency(self, pledge_id: str) -> str:
        """Return the currency that most standing claims about a pledge use, nothing if it has no claim."""
        claims = self.claims(EURO).get(pledge_id, [])
        used = Counter(claim.currency for claim in claims if claim.stands) or Counter(
            claim.currency for claim in claims
        )
        return used.most_common(1)[0][0] if used else ""

    def nearest(self, pledge_id: str, amount: Figure, currency: str, *, standing: bool) -> Claim | None:
        """Return the claim nearest to an amount, of the standing ones or of all; of equals the best source's."""
        claims = self.claims(currency or self.own_currency(pledge_id) or EURO).get(pledge_id, [])
        eligible = [claim for claim in claims if claim.stands] if standing else claims
        return min(eligible or claims, key=lambda claim: _rank(claim, amount), default=None)

    def factor(self, claim: Claim | None, target: str) -> float:
        """Return what an amount in the currency of a claim's figures is multiplied by, at that claim's rates."""
        if claim is None or not claim.low > 0:
            return np.nan
        return next(one.low for one in self.claims(target)[claim.pledge_id] if one.label == claim.label) / claim.low


def _rank(claim: Claim, amount: Figure) -> tuple[float, bool, bool, int]:
    distance = abs(claim.low - amount.low) + abs(claim.high - amount.high)
    distance = np.inf if np.isnan(distance) else round(distance, 2)
    other_ends = (claim.open_low, claim.open_high) != (amount.open_low, amount.open_high)
    return distance, not claim.stands, other_ends, _KINDS.index(claim.kind)


def _hull(claims: list[Claim], currency: str) -> Hull | None:
    standing = [claim for claim in claims if claim.stands and not np.isnan(claim.low)]
    if not standing:
        return None
    low, high = min(claim.low for claim in standing), max(claim.high for claim in standing)
    return Hull(
        low,
        high,
        0.0 if all(claim.open_low for claim in standing) else low,
        np.inf if all(claim.open_high for claim in standing) else high,
        any(claim.open_low for claim in standing),
        any(claim.open_high for claim in standing),
        tuple((claim.low, claim.high) for claim in standing),
        all(claim.currency != currency for claim in standing),
    )
