"""Decide for each amount of a sentence which pledges it agrees with, which it contradicts, and to which it is new."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from summit_analysis.aliases import Grade
from summit_analysis.evidence import TRUE, Evidence, is_nearer, named, speaks_of_other_money
from summit_analysis.hulls import RATE_SLACK, Fit, Hulls
from summit_analysis.matches import Match, Verdict
from summit_analysis.naming import BARRIER, Hit

if TYPE_CHECKING:
    from summit_analysis.surroundings import Mention

BESIDE = 40
"""Characters between an amount and the same amount in another currency."""
CLEARLY = 0.05
"""A contradiction is strong from this share of the hull on."""

_OVERTAKEN = ("superseded", "tally")
"""Standings of claims that were no mistake."""


class Judge:
    """Holds amounts against the hulls of a ledger's pledges."""

    def __init__(self, hulls: Hulls) -> None:
        self.hulls, self.evidence = hulls, Evidence(hulls)

    def judge(self, sentence: list[Mention]) -> list[tuple[Mention, list[Match]]]:
        """Return the matches of each amount of one sentence, the best first."""
        first = [(mention, self._agreements(mention) if mention.quantified else []) for mention in sentence]
        stated = {match.pledge_id for _, matches in first for match in matches}
        judged = [(mention, matches or self._otherwise(mention, stated)) for mention, matches in first]
        return [(mention, self._restated(mention, matches, judged) or matches) for mention, matches in judged]

    # --- agreement

    def _agreements(self, mention: Mention) -> list[Match]:
        """Return the pledges that are surely named and that the amount fits, those of the best and nearest name."""
        options = [
            (match.fit is not Fit.printed, mention.distances[hit], -grade, match)
            for hit, pledge, grade in named(mention)
            if grade > Grade.weak
            for match in [self._match(mention, pledge, hit)]
            if match.fit is Fit.printed or (match.fit in TRUE and not self.evidence.is_abroad(mention, pledge))
        ]
        best = min((option[:3] for option in options), default=None)
        found = {option[3].pledge_id: option[3] for option in options if option[:3] == best}
        return self._with_slips(mention, [self._beside_nearer(mention, match) for match in found.values()])

    def _beside_nearer(self, mention: Mention, match: Match) -> Match:
        """Weaken an agreement if another pledge is named nearer, or right beside an amount that is itself the name."""
        by_amount = match.hit is not None and not mention.distances[match.hit]
        others = {
            pledge: is_nearer(mention, hit, match.hit) and not self.evidence.in_line(pledge, match.pledge_id)
            for hit, pledge, grade in named(mention)
            if grade is Grade.own and hit is not match.hit and not mention.is_apart(hit)
            if not by_amount or mention.distances[hit] < BARRIER
        }
        nearer = tuple(pledge for pledge, is_nearer_one in others.items() if by_amount or is_nearer_one)
        if match.pledge_id in others or not nearer:
            return match
        return replace(match, because="beside" if by_amount else "farther", strong=False, also=nearer)

    def _with_slips(self, mention: Mention, found: list[Match]) -> list[Match]:
        """Add a pledge named too, nearer or as a part, to which only a claim that does not stand gives the amount."""
        agreeing = [match.pledge_id for match in found]
        reach = min((mention.distances[match.hit] for match in found if match.hit), default=0)
        slips = [
            replace(self._match(mention, pledge, hit), verdict=Verdict.known_not_standing, because="too", by="both")
            for hit, pledge, grade in named(mention)
            if grade is Grade.own and pledge not in agreeing and not mention.is_apart(hit)
            if mention.distances[hit] < reach or any(self.evidence.in_line(pledge, other) for other in agreeing)
            if self.evidence.fallen(mention, pledge)
        ]
        if slips and slips[0].hit is not None and mention.distances[slips[0].hit] < reach:
            found = [replace(match, strong=False) for match in found]
        return found + [replace(slip, strong=False) for slip in slips[:1]]

    def _parts(self, mention: Mention) -> list[Match]:
        """Return the parts of the nearest named envelope that print the amount."""
        for hit, envelope, grade in named(mention):
            inside = self.evidence.parts(envelope) if grade > Grade.weak else []
            matches = [self._match(mention, pledge, hit, because="part", also=(envelope,)) for pledge in inside]
            if found := [match for match in matches if match.fit is Fit.printed]:
                return self._with_slips(mention, [replace(match, strong=False) for match in found])
        return []

    def _weakly(self, mention: Mention) -> list[Match]:
        """Return the pledges that print the amount and are named only vaguely, those of the nearest name."""
        matches = [self._match(mention, pledge, hit) for hit, pledge, grade in named(mention) if grade is Grade.weak]
        found = [match for match in matches if match.fit is Fit.printed]
        return [replace(match, strong=False) for match in found if match.hit is found[0].hit]

    def _alone(self, mention: Mention) -> list[Match]:
        """Return the pledges of which a claim prints the amount in its own currency, standing claims first."""
        for because, standing in (("alone", True), ("fallen", False)):
            verdict = Verdict.agrees if standing else Verdict.known_not_standing
            pledges = self.evidence.printing(mention, standing=standing)
            if len(pledges) > 1 and any(grade is Grade.own for _, _, grade in named(mention)):
                return [Match(Verdict.new, "elsewhere", also=tuple(pledges))]
            if pledges:
                matches = [self._match(mention, pledge, None, because=because) for pledge in pledges]
                return [replace(match, verdict=verdict, by="amount", strong=False) for match in matches]
        return []

    def _restated(
        self, mention: Mention, matches: list[Match], judged: list[tuple[Mention, list[Match]]]
    ) -> list[Match]:
        """Return what the amount beside this one says, if this is the same sum in another currency.

        A contradiction of a pledge that is named goes before an agreement with one that is not.
        """
        told = {match.verdict for match in matches if match.by in ("name", "both")}
        if not mention.quantified or Verdict.agrees in told:
            return []
        for other, theirs in judged:
            agreeing = [match for match in theirs if match.verdict is Verdict.agrees]
            if Verdict.contradicts in told:
                agreeing = [match for match in agreeing if match.by != "amount"]
            if agreeing and self._is_same_sum(mention, other, agreeing[0].pledge_id):
                return [replace(match, because="restated", by="amount", strong=False) for match in agreeing]
            against = [match for match in theirs if match.verdict is Verdict.contradicts]
            if against and not told and self._is_same_sum(mention, other, against[0].pledge_id):
                return self._contradictions(mention, [self._match(mention, one.pledge_id, one.hit) for one in against])
        return []

    def _is_same_sum(self, mention: Mention, other: Mention, pledge: str) -> bool:
        """Whether an amount is the one beside it in another currency, at the rate of the pledge's nearest claim."""
        if mention.gap(other) > BESIDE or mention.currency in ("", other.currency):
            return False
        claim = self.hulls.nearest(pledge, other.figure, other.currency, standing=True)
        factor = self.hulls.factor(claim, mention.currency)
        return mention.figure.means({other.figure.low * factor, other.figure.high * factor}, RATE_SLACK)

    # --- no agreement

    def _otherwise(self, mention: Mention, stated: set[str]) -> list[Match]:
        if not mention.quantified:
            return self._bare(mention)
        if parts := self._parts(mention):
            return parts
        weak, against = self._weakly(mention), self._against(mention, stated)
        if weak and against:
            known = self.evidence.fallen(mention, against[0].pledge_id)
            same = [match for match in weak if match.hit is against[0].hit and self._prints(mention, match)]
            if same or (not known and is_nearer(mention, weak[0].hit, against[0].hit)):
                return self._with_slips(mention, same or weak)
        return (
            against
            or weak
            or ([] if speaks_of_other_money(mention) else self._alone(mention))
            or [Match(Verdict.new, "unknown")]
        )

    def _prints(self, mention: Mention, match: Match) -> bool:
        """Whether a claim about the pledge prints the amount in its own currency."""
        return match.pledge_id in self.evidence.printing(mention, standing=True)

    def _bare(self, mention: Mention) -> list[Match]:
        for hit in mention.hits:
            pledges = [pledge for one, pledge, grade in named(mention) if one is hit and grade > Grade.weak]
            if pledges:
                return [Match(Verdict.unquantified, "bare", pledge, "name", hit=hit) for pledge in pledges]
        return [Match(Verdict.unquantified, "bare")]

    def _against(self, mention: Mention, stated: set[str]) -> list[Match]:
        """Return what the nearest name speaks against, unless its sum stands elsewhere in the sentence."""
        for hit in mention.hits:
            pledges = list(dict.fromkeys(name.pledge_id for name in hit.names if name.grade > Grade.weak))
            if not pledges or mention.is_apart(hit) or not stated.isdisjoint(pledges):
                continue
            meant = [pledge for pledge in pledges if self.evidence.is_meant(mention, hit, pledge)]
            if meant:
                return self._contradictions(mention, [self._match(mention, pledge, hit) for pledge in meant])
            if all(self.evidence.is_abroad(mention, pledge) for pledge in pledges):
                return [Match(Verdict.new, "abroad", by="name", hit=hit, also=tuple(pledges))]
        return []

    def _contradictions(self, mention: Mention, matches: list[Match]) -> list[Match]:
        meant = tuple(match.pledge_id for match in matches)
        if speaks_of_other_money(mention):
            return [Match(Verdict.new, "other money", by="name", hit=matches[0].hit, also=meant)]
        known = [match for match in matches if match.fit is not Fit.unknown]
        if not known:
            return [self._incomparable(match) for match in matches]
        slips = [match for match in known if match.fit not in TRUE and self.evidence.fallen(mention, match.pledge_id)]
        near = slips or [match for match in known if not self._is_far(mention, match, len(known) > 1)]
        roomy = [] if slips else [match for match in near if match.fit is Fit.room]
        if roomy or not near:
            return [_not_held_against(roomy or known, "room" if roomy else "far", meant)]
        one_family = self.evidence.of_one_family([match.pledge_id for match in slips or known])
        near.sort(key=lambda match: abs(match.off))
        return [self._contradiction(mention, match, one_family) for match in near]

    def _is_far(self, mention: Mention, match: Match, one_of_many: bool) -> bool:
        hull = self.hulls.hulls(match.currency)[match.pledge_id]
        return self.evidence.is_far(mention, match.pledge_id, hull, one_of_many=one_of_many)

    def _incomparable(self, match: Match) -> Match:
        has_figure = self.evidence.hull(match.pledge_id) is not None
        verdict, because = (Verdict.new, "no rate") if has_figure else (Verdict.unquantified, "no figure")
        return replace(match, verdict=verdict, because=because, by="name", strong=False)

    def _contradiction(self, mention: Mention, match: Match, one_family: bool) -> Match:
        pledge = match.pledge_id
        if self.evidence.fallen(mention, pledge) in _OVERTAKEN:
            return replace(match, verdict=Verdict.known_not_standing, because="fallen", by="both", strong=False)
        hull = self.hulls.hulls(match.currency)[pledge]
        strong = one_family and abs(match.off) >= CLEARLY * (hull.high if match.off > 0 else hull.low)
        printing = self.evidence.printing(mention, standing=True)
        also = tuple(other for other in printing if self.evidence.in_line(other, pledge))
        because = "thousand" if self.evidence.is_thousandfold(mention.figure, hull) else "outside"
        return replace(match, verdict=Verdict.contradicts, because=because, by="name", strong=strong, also=also)

    def _match(
        self, mention: Mention, pledge: str, hit: Hit | None, *, because: str = "", also: tuple[str, ...] = ()
    ) -> Match:
        fit, off, currency = self.evidence.fit(mention, pledge)
        because = because or fit.value
        return Match(Verdict.agrees, because, pledge, "both", fit is Fit.printed, fit, off, currency, hit, also)


def _not_held_against(matches: list[Match], because: str, meant: tuple[str, ...]) -> Match:
    """Return one match for an amount that is new although pledges are named; its pledge if it can be only one."""
    pledge = matches[0].pledge_id if len(matches) == 1 else ""
    return replace(
        matches[0], verdict=Verdict.new, because=because, pledge_id=pledge, by="name", strong=False, also=meant
    )
