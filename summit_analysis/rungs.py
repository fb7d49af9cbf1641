"""From hype to hard core: how much of the careless sum is counted once, new, has a site, and has more than a site."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from summit_analysis.descent import Descent
from summit_analysis.rates import EURO, clean_code
from summit_analysis.reckoning import reckon_selected
from summit_analysis.resolving import Rule
from summit_analysis.selection import select
from summit_analysis.ties import WHOLE

if TYPE_CHECKING:
    from summit_analysis.tables import Ledger

RUNGS = ("naive", "once", "new-money", "site", "works")
WORKS = ("financed", "permitted", "under-construction", "operating")
SITE = ("site-chosen", *WORKS)


def ladder(
    ledger: Ledger,
    to: str = EURO,
    rule: Rule = "full-range",
    where: str | Iterable[str] | None = None,
    as_of: str | dt.date | None = None,
) -> pd.DataFrame:
    """Descend from the careless sum to the money that has finance, a permit, works or a service.

    Parameters
    ----------
    ledger, to, rule, where, as_of
        As in `total`.

    Returns
    -------
    pandas.DataFrame
        One row per rung, each nested in the one above: ``rung`` (`RUNGS`), ``low``, ``high`` (whole units of `to`),
        ``pledges`` (how many rows carry it), ``unquantified`` (ids without a figure that reach the rung, joined by
        semicolons).

        - ``naive``: all rows added up;
        - ``once``: `total`;
        - ``new-money``: ``low`` is certainly, ``high`` possibly first promised by these announcements;
        - ``site``: has a site, or more; each row by its own updates, never by its envelope's;
        - ``works``: has finance, a permit, works or a service.

    Notes
    -----
    As of a day, a pledge that nobody dates is on no rung (`select`), and is not taken for money promised before either:
    what its envelope brings to ``new-money`` can then be higher by its figure than without `as_of`.

    In billions of euros; what has more than a site is one hundredth of the careless sum:

    >>> (ladder(ledger).set_index("rung")[["low", "high"]] / 1e9).round(1)
                 low   high
    rung
    naive      758.1  781.6
    once       376.9  404.0
    new-money  142.2  375.6
    site        47.1   75.0
    works        7.1    7.2
    """
    return explain_ladder(ledger, to, rule, where, as_of).pipe(_sums)


def explain_ladder(
    ledger: Ledger,
    to: str = EURO,
    rule: Rule = "full-range",
    where: str | Iterable[str] | None = None,
    as_of: str | dt.date | None = None,
) -> pd.DataFrame:
    """Return what each row brings to each rung of `ladder`.

    Returns
    -------
    pandas.DataFrame
        One row per rung and pledge that brings something, or per deduction: ``rung``, ``pledge_id``, ``low``,
        ``high`` (negative for what a tie takes off; NaN for a row without figure), ``what`` (``pledge`` or ``tie``).
        The amounts of a rung add up to `ladder`; a tie without pledge takes off what a rung would have beyond the one
        above.

    Who brings something to the lowest rung, Mistral without saying how much:

    >>> pieces = explain_ladder(ledger)
    >>> works = pieces.loc[pieces["rung"] == "works", ["pledge_id", "low", "high"]]
    >>> print(works.round(-6).to_string(index=False))
                  pledge_id          low         high
               france-109bn 6700000000.0 6750000000.0
    current-ai-target-2-5bn  385000000.0  387000000.0
                  roost-27m   26000000.0   26000000.0
            mistral-essonne          NaN          NaN
    """
    to = clean_code(to)
    rows = select(ledger, to=to, rule=rule, where=where, as_of=as_of)
    reckoning = reckon_selected(ledger, rows)
    tree = Descent(reckoning.rows, ledger, to, as_of)
    counted = reckoning.rows.loc[reckoning.rows["counted"], ["pledge_id", "low", "high"]]
    ties = reckoning.ties[reckoning.ties["within"].eq(WHOLE)]
    taken = ties.assign(pledge_id=ties["pledge_a"], low=-ties["low"], high=-ties["high"], what="tie")
    bare = rows.loc[rows["low"].isna() & rows["excluded"].eq(""), "pledge_id"]
    new = tree.new_money()
    site, works = tree.reached(SITE, new[1]), tree.reached(WORKS, new[1])
    parts = [
        _pieces("naive", rows[["pledge_id", "low", "high"]].dropna(), bare),
        _pieces("once", counted, bare).pipe(_with, "once", taken),
        _pieces("new-money", tree.tops(new), bare[bare.isin(tree.possibly_new())]).pipe(
            _with, "new-money", _shared(taken, tree, new)
        ),
        _pieces("site", tree.tops(site), bare[bare.isin(tree.marked(SITE))]),
        _pieces("works", tree.tops(works), bare[bare.isin(tree.marked(WORKS))]),
    ]
    return _limited(pd.concat(parts, ignore_index=True))


def _shared(taken: pd.DataFrame, tree: Descent, new: np.ndarray) -> pd.DataFrame:
    """What ties take off the certainly new money: no more than either row brings to it."""
    certain = pd.Series(new[0], tree.forest.ids)
    pairs = taken[taken["relation"] == "overlaps"]
    most = np.minimum(certain.reindex(pairs["pledge_a"]).to_numpy(), certain.reindex(pairs["pledge_b"]).to_numpy())
    off = pairs.assign(low=-np.minimum(-pairs["low"].to_numpy(), most), high=0.0)
    return off[off["low"] < 0]


def _pieces(rung: str, rows: pd.DataFrame, bare: pd.Series) -> pd.DataFrame:
    unnamed = pd.DataFrame({"pledge_id": list(bare), "low": np.nan, "high": np.nan})
    return pd.concat([rows, unnamed], ignore_index=True).assign(rung=rung, what="pledge")


def _with(pieces: pd.DataFrame, rung: str, taken: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([pieces, taken.assign(rung=rung)[["pledge_id", "low", "high", "rung", "what"]]], ignore_index=True)


def _limited(pieces: pd.DataFrame) -> pd.DataFrame:
    """Take off each rung what exceeds the one above: ties act on sums, and may leave less of a whole than of a part."""
    low, high, limits = math.inf, math.inf, []
    for rung in RUNGS:
        known = pieces[pieces["rung"].eq(rung) & pieces["low"].notna()]
        sums = math.fsum(known["low"]), math.fsum(known["high"])
        over = max(0.0, sums[0] - low), max(0.0, sums[1] - high)
        if any(over):
            limits.append({"rung": rung, "pledge_id": "", "low": -over[0], "high": -over[1], "what": "tie"})
        low, high = sums[0] - over[0], sums[1] - over[1]
    return pd.concat([pieces, pd.DataFrame(limits)], ignore_index=True) if limits else pieces


def _sums(pieces: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for rung in RUNGS:
        part = pieces[pieces["rung"] == rung]
        known = part[part["low"].notna()]
        low, high = math.fsum(known["low"]), math.fsum(known["high"])
        bare = part.loc[part["low"].isna(), "pledge_id"]
        rows.append((rung, low, high, int((known["what"] == "pledge").sum()), ";".join(bare)))
    return pd.DataFrame(rows, columns=["rung", "low", "high", "pledges", "unquantified"])
