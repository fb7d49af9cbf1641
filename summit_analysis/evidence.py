"""What speaks for and against a pledge: how an amount fits it, who else prints it, what stands beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from summit_analysis.aliases import Grade
from summit_analysis.envelopes import Forest
from summit_analysis.hulls import RATE_SLACK, Figure, Fit, Hull, Hulls
from summit_analysis.naming import Hit

if TYPE_CHECKING:
    from summit_analysis.surroundings import Mention

PART, OTHER = 2, 3
"""Less than half of a pledge may be a part of it; more than three times it may be another business of a company."""
THOUSAND = 1000
"""Million and billion, *million* and *milliard*, are mistaken for each other."""

TRUE = (Fit.printed, Fit.inside, Fit.true_floor)
"""Fits that agree with the standing claims."""

_BRANCHED_OUT = ("company", "asset-manager", "sovereign-fund", "government", "public-bank")
"""Kinds of pledgers that promise money in more than one country."""
_OTHER_MONEY = re.compile(
    r"(?i)\b(?:revenues?|turnover|sales|profits?|losse?s?|valu(?:ed|ation)|market (?:cap\w*|value)|fine[ds]|fine of|"
    r"lawsuit|gdp|chiffre d.affaires|bénéfices?|pertes?|valoris\w+|capitalisation|amendes?|pib)\b"
)


class Evidence:
    """Holds amounts against the pledges of a ledger, one at a time."""

    def __init__(self, hulls: Hulls) -> None:
        self.hulls = hulls
        pledges = hulls.ledger.pledges
        self._pledges = pledges.set_index("pledge_id")
        self._forest = Forest(pledges["pledge_id"], pledges["parent_id"])

    # --- figures

    def fit(self, mention: Mention, pledge: str) -> tuple[Fit, float, str]:
        """Return how an amount fits a pledge, how far it is off, and in which currency the two were compared."""
        own = self.hulls.own_currency(pledge)
        found = self._fit_in(mention.figure, pledge, mention.currency or own)
        if mention.inferred and found[0] not in TRUE and mention.currency != own:
            # a currency carried over from an earlier sentence is the writer's only by our guess
            again = self._fit_in(mention.figure, pledge, own)
            return again if again[0] is Fit.printed else found
        return found

    def _fit_in(self, figure: Figure, pledge: str, currency: str) -> tuple[Fit, float, str]:
        hull = self.hull(pledge, currency)
        if hull is None:
            return Fit.unknown, np.nan, currency
        slack = RATE_SLACK if hull.converted and not self.is_other_currency(figure, pledge) else 0.0
        return (*hull.fit(figure, slack), currency)

    def hull(self, pledge: str, currency: str = "") -> Hull | None:
        """Return the hull of a pledge in a currency, by default its own; nothing if it has no figure or no rate."""
        currency = currency or self.hulls.own_currency(pledge)
        return self.hulls.hulls(currency).get(pledge) if currency else None

    def is_other_currency(self, figure: Figure, pledge: str) -> bool:
        """Whether the bare number is the one that the pledge's claims print in their own currency."""
        hull = self.hull(pledge)
        return hull is not None and hull.fit(figure)[0] is Fit.printed

    def is_thousandfold(self, figure: Figure, hull: Hull) -> bool:
        """Whether the amount would be printed if million stood for billion, or the other way round."""
        return any(hull.fit(figure.times(factor))[0] is Fit.printed for factor in (THOUSAND, 1 / THOUSAND))

    def printing(self, mention: Mention, *, standing: bool) -> list[str]:
        """Return the pledges of which a claim prints exactly this amount in this currency, in table order."""
        if not mention.quantified or not mention.currency:
            return []
        low, high = (Figure(end, end, half, half) for end, half in mention.figure.ends)
        return [
            pledge
            for pledge, claims in self.hulls.claims(mention.currency).items()
            if any(
                claim.stands is standing
                and claim.currency == mention.currency
                and low.means([claim.low])
                and high.means([claim.high])
                for claim in claims
            )
        ]

    def fallen(self, mention: Mention, pledge: str) -> str:
        """Return the standing of the claim about a pledge that prints this amount and does not stand, else nothing."""
        if pledge not in self.printing(mention, standing=False):
            return ""
        claim = self.hulls.nearest(pledge, mention.figure, mention.currency, standing=False)
        return "" if claim is None or claim.stands else claim.standing

    # --- what is meant

    def is_meant(self, mention: Mention, hit: Hit, pledge: str) -> bool:
        """Whether a name surely means this pledge: its own name, or its pledger's with something beside it."""
        grade = hit.grade(pledge)
        if grade is Grade.weak or self.is_abroad(mention, pledge):
            return False
        row = self._pledges.loc[pledge]
        there = row["recipient_country"] in mention.countries and row["recipient_country"] != row["pledger_country"]
        beside = any(pledge == other and one.text != hit.text for one, other, _ in named(mention))
        return grade is Grade.own or there or beside

    def is_abroad(self, mention: Mention, pledge: str) -> bool:
        """Whether a pledger with business in many countries is spoken of together with others than the recipient."""
        row = self._pledges.loc[pledge]
        others = mention.countries - {row["pledger_country"]}
        return row["pledger_kind"] in _BRANCHED_OUT and bool(others) and row["recipient_country"] not in others

    def is_far(self, mention: Mention, pledge: str, hull: Hull, *, one_of_many: bool) -> bool:
        """Whether an amount may be a part of the pledge, or another business of a pledger with several pledges."""
        if self.is_thousandfold(mention.figure, hull):
            return False
        elsewhere = one_of_many and self._pledges.at[pledge, "recipient_country"] not in mention.countries
        return mention.figure.high * PART < hull.low or (elsewhere and mention.figure.low > hull.high * OTHER)

    def parts(self, pledge: str) -> list[str]:
        """Return all pledges inside an envelope."""
        return [part for part in self._forest.ids[self._forest.within(pledge)] if part != pledge]

    def in_line(self, one: str, other: str) -> bool:
        """Whether one of two pledges holds the other."""
        return one in self._forest.ancestors(other) or other in self._forest.ancestors(one)

    def of_one_family(self, pledges: list[str]) -> bool:
        """Whether all pledges lie in the same outermost envelope."""
        return len(set(self._forest.roots[self._forest.ids.get_indexer(pledges)])) == 1


def speaks_of_other_money(mention: Mention) -> bool:
    """Whether the sentence speaks of turnover, worth, fines or the like."""
    return bool(_OTHER_MONEY.search(mention.sentence))


def named(mention: Mention) -> Iterator[tuple[Hit, str, Grade]]:
    """Yield each pledge that a name of the sentence may mean, the nearest first; an amount that is a name is sure."""
    for hit in mention.hits:
        for pledge in dict.fromkeys(name.pledge_id for name in hit.names):
            is_amount = any(name.is_amount and name.pledge_id == pledge for name in hit.names)
            yield hit, pledge, Grade.own if is_amount and not mention.distances[hit] else hit.grade(pledge)


def is_nearer(mention: Mention, one: Hit | None, other: Hit | None) -> bool:
    """Whether one of two names stands nearer to the amount."""
    return one is not None and other is not None and mention.distances[one] < mention.distances[other]
