"""Hold the amounts found in a text against the ledger: what agrees, what contradicts, what is new."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from summit_analysis.days import one_day
from summit_analysis.hulls import Fit, Hulls
from summit_analysis.judging import Judge
from summit_analysis.matches import Match, Verdict
from summit_analysis.naming import Names
from summit_analysis.quotes import quote
from summit_analysis.rates import EURO, clean_code
from summit_analysis.reasons import Reasons
from summit_analysis.surroundings import Mention, by_sentence

if TYPE_CHECKING:
    from summit_analysis.tables import Ledger

_DTYPES = {
    "amount": "int64",
    "span": "str",
    "low": "float64",
    "high": "float64",
    "currency": "str",
    "qualifier": "str",
    "verdict": "str",
    "pledge_id": "str",
    "by": "str",
    "strength": "str",
    "tied": "bool",
    "claim_id": "str",
    "source_id": "str",
    "standing": "str",
    "hull_low": "float64",
    "hull_high": "float64",
    "off_by": "float64",
    "off_by_pct": "float64",
    "rate": "float64",
    "rate_date": "datetime64[s]",
    "alias": "str",
    "spelling": "str",
    "reason": "str",
}

_LOOK_AT_ALL = (Verdict.contradicts, Verdict.known_not_standing)
"""Verdicts for which the nearest claim may be one that does not stand."""


def match_claims(
    ledger: Ledger, amounts: pd.DataFrame, *, on: str | dt.date | None = None, to: str = EURO
) -> pd.DataFrame:
    """Say of each amount of a text which pledges it agrees with, which it contradicts, and to which it is new.

    Parameters
    ----------
    ledger : Ledger
    amounts : pandas.DataFrame
        As `find_amounts` returns it; never changed.
    on : str or datetime.date, optional
        The text's day, at whose rate currencies are compared. Left out, each claim is converted at the rate of the day
        it is valued on.
    to : str
        ISO 4217 code of the currency of ``off_by``.

    Returns
    -------
    pandas.DataFrame
        One row per amount and pledge that it concerns, the best first, or one row without a pledge:

        - ``amount``: position of the row in `amounts`; its ``span``, ``low``, ``high``, ``currency``, ``qualifier``;
        - ``verdict``: see the notes; ``by``: ``amount``, ``name`` (beside it in the sentence) or ``both``;
        - ``strength``: ``strong`` or ``weak``; ``tied``: several pledges fit equally well, and all are shown;
        - ``pledge_id``; ``claim_id``, ``source_id``, ``standing``: the claim whose figures are nearest;
        - ``hull_low``, ``hull_high``: what its standing claims span, in `to`;
        - ``off_by`` (in `to`), ``off_by_pct`` (of the nearer end of the hull): how far the figure lies above (+) or
          below (-) the hull; 0 if rounding explains it;
        - ``rate`` (as published) and ``rate_date``, if the nearest claim is in another currency;
        - ``alias``: the name as printed in the text; ``spelling``: the right one, if it is misspelt;
        - ``reason``: in words.

    Raises
    ------
    FrameError
        If `amounts` lacks a column, or `on` is not a day.
    MissingRateError
        If there is no rate of `to`.

    Notes
    -----
    The *hull* of a pledge reaches from the lowest to the highest figure that its standing claims print (standing
    ``stands`` or ``derived``). An amount means all that rounds to its last printed digit: "109 billion" is 108.5 to
    109.5; called approximate, half a unit of its last digit that is not 0, at most 5 %; converted, 2.5 % more, unless
    it is the claims' own number in another currency.

    - ``agrees``: its pledge is named in the sentence and it lies in the hull, or it is an "at least" below it, hence
      true; or, without a name, a standing claim prints the same figure in the same currency. "Up to" is compared by the
      figure it names. A part of the envelope named agrees too, and so does the same sum given beside it in another
      currency. Agreement with any pledge named goes before contradiction. Strong if a sure name stands beside it and a
      standing claim prints the figure.
    - ``contradicts``: it lies outside the hull of the pledge that the nearest sure name means, and no standing claim
      leaves that end open (all say "at least", or the text does and one claim too; likewise "up to"). Sure is the
      pledge's own name, or its pledger's or place's together with a second name or the country that is to receive the
      money. Not held against a pledge: less than half of it, which may be a part, unless million and billion are mixed
      up; an amount whose sentence gives the pledge's sum elsewhere, has another amount in between, speaks of another
      country, or of turnover, worth, fines. Strong if the name is of one pledge and its parts, and it is off by 5 % or
      more.
    - ``known-not-standing``: only a claim that does not stand prints it, and its reason is given. A slip or the figure
      of something else, given as that of the pledge named, contradicts; one replaced at the launch does not.
    - ``unquantified``: the text prints no figure, or the ledger has none for the pledge named.
    - ``new``: all else. ``pledge_id`` then tells which pledge was named, if it is only one.

    >>> from summit_analysis import find_amounts
    >>> found = find_amounts("The EU AI Champions Initiative mobilises 200 billion euros.")
    >>> match_claims(ledger, found)[["verdict", "pledge_id", "off_by"]]
           verdict                   pledge_id        off_by
    0  contradicts  eu-ai-champions-initiative  5.000000e+10
    """
    to = clean_code(to)
    on = None if on is None else one_day(on).item()
    hulls = Hulls(ledger, on)
    _check_rate(hulls, to)
    judge = Judge(hulls)
    reasons = Reasons(judge, to)
    rows = [
        _row(mention, match, matches, reasons)
        for sentence in by_sentence(amounts, Names(ledger))
        for mention, matches in judge.judge(sentence)
        for match in matches
    ]
    return pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype=dtype) for name, dtype in _DTYPES.items()})


def _check_rate(hulls: Hulls, to: str) -> None:
    if hulls.on is None:
        hulls.valued(to)
    else:
        quote(EURO, to, on=hulls.on, rates=hulls.ledger.rates)


def _row(mention: Mention, match: Match, matches: list[Match], reasons: Reasons) -> dict[str, object]:
    hulls = reasons.hulls
    claim = hulls.nearest(match.pledge_id, mention.figure, match.currency, standing=match.verdict not in _LOOK_AT_ALL)
    hull = hulls.hulls(reasons.to).get(match.pledge_id)
    factor = hulls.factor(claim, reasons.to)
    off, off_pct = _off(match, hulls, factor)
    converted = claim if claim is not None and claim.currency != match.currency else None
    return {
        "amount": mention.position,
        "span": mention.span,
        "low": mention.figure.low,
        "high": mention.figure.high,
        "currency": mention.currency or None,
        "qualifier": mention.qualifier,
        "verdict": match.verdict.value,
        "pledge_id": match.pledge_id or None,
        "by": match.by or None,
        "strength": "strong" if match.strong else "weak" if match.pledge_id else None,
        "tied": match.because != "too" and sum(other.because == match.because for other in matches) > 1,
        "claim_id": None if claim is None else claim.claim_id,
        "source_id": None if claim is None else claim.source_id,
        "standing": None if claim is None else claim.standing,
        "hull_low": hull.low if hull else np.nan,
        "hull_high": hull.high if hull else np.nan,
        "off_by": off,
        "off_by_pct": off_pct,
        "rate": converted.rate if converted else np.nan,
        "rate_date": converted.rate_date if converted else pd.NaT,
        "alias": match.hit.text if match.hit else None,
        "spelling": (match.hit.spelling or None) if match.hit else None,
        "reason": reasons.reason(mention, match, claim, off, off_pct),
    }


def _off(match: Match, hulls: Hulls, factor: float) -> tuple[float, float]:
    """Return how far an amount is off, in the common currency and in % of the nearer end of the hull."""
    if match.fit is Fit.unknown or not match.pledge_id:
        return np.nan, np.nan
    if match.verdict is Verdict.agrees:
        return 0.0, 0.0
    hull = hulls.hulls(match.currency)[match.pledge_id]
    return match.off * factor, 100 * match.off / (hull.high if match.off > 0 else hull.low)
