"""Say in words why an amount agrees with the ledger, contradicts it, or is new to it."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from summit_analysis.amounts import Amount, format_amount
from summit_analysis.claims import RULED, printed_figures
from summit_analysis.display import long_day
from summit_analysis.hulls import Claim
from summit_analysis.judging import Judge
from summit_analysis.matches import Match, Verdict
from summit_analysis.surroundings import Mention

_TEXTS = {
    "printed": "{label}: standing claims say {standing}",
    "beside": "{label}, though {also} stands beside it: standing claims say {standing}",
    "farther": "{label}, though {also} is named nearer: standing claims say {standing}",
    "inside": "{label}: between the figures of standing claims, {standing}",
    "true-floor": "{label}: true of what standing claims say, {standing}",
    "part": "{label}, a part of {also}: standing claims say {standing}",
    "alone": "no name beside it; {label}: standing claims say {standing}",
    "restated": "the sum beside it in another currency; {label}: standing claims say {standing}",
    "outside": "{label}: standing claims say {standing}, this is {off}",
    "thousand": "{label}: standing claims say {standing}, this is {off}; million and billion mixed up?",
    "fallen": "{label}: known, but that claim does not stand ({fallen}); standing claims say {standing}",
    "too": "{label} is named too, but of it that claim does not stand ({fallen}); standing claims say {standing}",
    "room": "{label}: standing claims say {standing}, which leaves room for it",
    "far": "{also}: {size}; not held against it",
    "abroad": "{also} named, but with another country",
    "other money": "{also} named, but the sentence speaks of turnover, worth, fines or the like",
    "no rate": "{label}: standing claims say {standing}, and there is no reference rate for {currency}",
    "no figure": "{label}: the ledger has no figure for it",
    "bare": "no figure printed",
    "elsewhere": "the figure of {also}, of which none is named",
    "unknown": "no claim prints this amount, and no pledge is named beside it",
}


class Reasons:
    """Writes the reason of each match."""

    def __init__(self, judge: Judge, to: str) -> None:
        self.judge, self.hulls, self.to = judge, judge.hulls, to
        self.labels = judge.hulls.ledger.names()
        claims = printed_figures(judge.hulls.ledger.claims)
        self._figures = claims[claims["standing"].isin(RULED)]
        self._standing = cache(self._standing_figures)

    def reason(self, mention: Mention, match: Match, claim: Claim | None, off: float, off_pct: float) -> str:
        """Write the reason of one match.

        Parameters
        ----------
        mention : Mention
        match : Match
        claim : Claim or None
            The claim nearest to the amount.
        off, off_pct : float
            How far off it is, in the common currency and in %.
        """
        text = _TEXTS[match.because].format(
            label=self.labels.get(match.pledge_id, ""),
            standing=self._standing(match.pledge_id),
            also=", ".join(self.labels[list(match.also)]),
            off=self._off(off, off_pct),
            fallen=_fallen(claim),
            size=self._size(mention, match),
            currency=mention.currency,
        )
        return "; ".join(filter(None, [text, *self._notes(mention, match, claim)]))

    def _notes(self, mention: Mention, match: Match, claim: Claim | None) -> list[str]:
        notes = []
        if match.because == "bare" and match.pledge_id:
            notes.append(f"{self.labels[match.pledge_id]}: standing claims say {self._standing(match.pledge_id)}")
        if match.verdict is Verdict.contradicts:
            if self.judge.evidence.fallen(mention, match.pledge_id):
                notes.append(f"the ledger has it, but not standing ({_fallen(claim)})")
            if match.also:
                notes.append(f"it is the figure of {', '.join(self.labels[list(match.also)])}")
        if claim is not None and mention.quantified and match.currency not in ("", claim.currency):
            notes.append(self._conversion(mention, match, claim))
        if mention.inferred or match.currency not in ("", mention.currency):
            notes.append("its currency stands elsewhere in the text" if mention.currency else "it has no currency")
        if match.hit and match.hit.spelling:
            notes.append(f"“{match.hit.text}” is misspelt for {match.hit.spelling}")
        return notes

    def _conversion(self, mention: Mention, match: Match, claim: Claim) -> str:
        if self.judge.evidence.is_other_currency(mention.figure, match.pledge_id):
            return f"the same number in another currency, {match.currency} instead of {claim.currency}"
        if not claim.rate * claim.low > 0:
            return ""
        factor = claim.own_low / claim.low
        figure = mention.figure
        there = Amount(figure.low * factor, figure.high * factor, claim.currency)
        here = Amount(figure.low, figure.high, match.currency)
        day = long_day(claim.rate_date) if pd.notna(claim.rate_date) else "its period"
        return f"{format_amount(here)} is {format_amount(there)} at the ECB’s rate of {day}"

    def _standing_figures(self, pledge_id: str) -> str:
        """Write what the standing claims span, each currency for itself, the one most use first."""
        claims = self._figures[self._figures["pledge_id"] == pledge_id]
        texts = [_span(rows, currency) for currency, rows in claims.groupby("currency")]
        return " or ".join(text for _, text in sorted(texts, reverse=True)) or "nothing"

    def _off(self, off: float, off_pct: float) -> str:
        if np.isnan(off):
            return "something else"
        side = "more" if off > 0 else "less"
        return f"{format_amount(Amount(abs(off), abs(off), self.to))} ({_percent(abs(off_pct))} %) {side}"

    def _size(self, mention: Mention, match: Match) -> str:
        if match.because != "far":
            return ""
        low = self.hulls.hulls(match.currency)[match.also[0]].low
        is_small = mention.figure.high < low
        size = "less than half of the pledge, so perhaps a part" if is_small else "more than three times the pledge"
        return f"{self._standing(match.also[0])}, and this is {size}" if len(match.also) == 1 else "of another size"


def _percent(share: float) -> str:
    return f"{share:,.0f}" if share >= 100 else f"{share:.3g}"


def _span(rows: pd.DataFrame, currency: str) -> tuple[int, str]:
    open_ends = {end: bool(rows[end].all()) for end in ("open_low", "open_high")}
    amount = Amount(rows["low"].min(), rows["high"].max(), currency, **open_ends, scale=rows["scale"].max())
    return len(rows), format_amount(amount, digits=2)


def _fallen(claim: Claim | None) -> str:
    if claim is None:
        return ""
    return f"{claim.source_id}: {claim.standing}, {claim.standing_reason}"
