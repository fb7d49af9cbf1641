"""The rows a total is about: which pledges are selected, which exist as of a day, and at what amount."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from summit_analysis.conversion import normalise
from summit_analysis.days import one_day
from summit_analysis.envelopes import Forest
from summit_analysis.errors import ChoiceError, listed_words
from summit_analysis.outcomes import dated_updates
from summit_analysis.rates import EURO, clean_code
from summit_analysis.resolving import Rule, resolve_claims
from summit_analysis.sources import SEED

if TYPE_CHECKING:
    from summit_analysis.tables import Ledger

GROUPS = ("summit", "comparator", "article")
MONEY_KINDS = ("private", "public", "mixed")
_WHERE = (*GROUPS, "a pledge id such as france-109bn")


def select(
    ledger: Ledger,
    *,
    to: str = EURO,
    rule: Rule = "full-range",
    where: str | Iterable[str] | None = None,
    as_of: str | dt.date | None = None,
    money_kinds: str | Iterable[str] | None = None,
) -> pd.DataFrame:
    """Return the selected pledges that exist as of a day, each with one amount.

    Parameters
    ----------
    ledger : Ledger
    to : str
        ISO 4217 code.
    rule : str
        See `resolve_claims`.
    where : str or iterable of str, optional
        ``summit`` (default), ``comparator``, ``article`` (what the article mentions), a pledge id (it and all inside
        it), or several of these.
    as_of : str or datetime.date, optional
        Rows exist from their announcement; updates that change the amount, withdrawals and successions count from
        their day. Default: all rows, as announced.
    money_kinds : str or iterable of str, optional
        Only pledges of this kind of money, or of these: ``private``, ``public``, ``mixed``. An envelope of another
        kind is not selected, so that its parts of the kinds named count on their own. Default: every kind.

    Returns
    -------
    pandas.DataFrame
        One row per pledge, in table order: the columns of `resolve_claims` with ``announced_on``, ``money_kind``,
        ``recipient_country``, ``new_money``, ``parent_id`` as in the table, and

        - ``amount_by``: ``claims``, or the ids of the sources of the update that changed it;
        - ``excluded``: why the row is in no sum (``no money``, ``undated``, ``withdrawn``, ``succeeded``), else empty;
        - ``withdrawn``: ``yes``, ``possibly`` or ``no``.

    Raises
    ------
    ChoiceError
        If `where` names neither a group nor a pledge, or `money_kinds` no kind of money.
    """
    columns = [
        "pledge_id",
        "group",
        "announced_on",
        "money_kind",
        "recipient_country",
        "purpose",
        "new_money",
        "parent_id",
    ]
    to = clean_code(to)
    rows = resolve_claims(ledger, rule, as_of, to=to).merge(ledger.pledges[columns], on="pledge_id", how="left")
    rows = rows[rows["pledge_id"].isin(_wanted(ledger, where))]
    if money_kinds is not None:
        rows = rows[rows["money_kind"].isin(known_kinds(money_kinds))]
    rows = rows.assign(amount_by="claims", withdrawn="no", excluded="")
    if as_of is not None:
        day = pd.Timestamp(one_day(as_of).item())
        rows = rows[~(rows["announced_on"] > day)]
        updates = dated_updates(ledger, as_of)
        if rule != "article":
            rows = _changed(rows, updates[updates["happened"] == "yes"], ledger, to)
        gone = updates[updates["status"].eq("withdrawn") & updates["happened"].ne("no")]
        sure = rows["pledge_id"].isin(gone.loc[gone["happened"] == "yes", "pledge_id"])
        maybe = rows["pledge_id"].isin(gone["pledge_id"])
        rows = rows.assign(withdrawn=np.select([sure, maybe], ["yes", "possibly"], "no"))
        rows = rows.assign(excluded=np.where(sure, "withdrawn", np.where(rows["announced_on"].isna(), "undated", "")))
    succeeded = _succeeded(ledger, rows)
    excluded = rows["excluded"].mask(rows["pledge_id"].isin(succeeded) & rows["excluded"].eq(""), "succeeded")
    return rows.assign(excluded=excluded.mask(rows["money_kind"] == "none", "no money")).reset_index(drop=True)


def nearest_selected(ledger_pledges: pd.DataFrame, kept: pd.Index) -> pd.Series:
    """Return for each kept pledge the nearest envelope above it that is kept too (missing for none).

    Parameters
    ----------
    ledger_pledges : pandas.DataFrame
        ``pledge_id`` and ``parent_id`` of the whole ledger.
    kept : pandas.Index of str
    """
    forest = Forest(ledger_pledges["pledge_id"], ledger_pledges["parent_id"])
    is_kept = forest.ids.isin(kept)
    nearest = forest.parent.copy()
    for level in range(1, int(forest.depth.max(initial=0)) + 1):
        here = forest.at_depth(level)
        above = nearest[here]
        nearest[here] = np.where(is_kept[above], above, nearest[above])
    parents = pd.Series(forest.ids.to_numpy(dtype=object, copy=True), index=forest.ids).to_numpy()[nearest]
    found = pd.Series(np.where(nearest >= 0, parents, None), index=forest.ids, dtype="str")
    return found.reindex(kept)


def _wanted(ledger: Ledger, where: str | Iterable[str] | None) -> set[str]:
    words = ["summit"] if where is None else listed_words("where", where, _WHERE)
    pledges, wanted = ledger.pledges, set()
    forest = Forest(pledges["pledge_id"], pledges["parent_id"])
    for word in words:
        if word in ("summit", "comparator"):
            wanted |= set(pledges.loc[pledges["group"] == word, "pledge_id"])
        elif word == "article":
            wanted |= set(ledger.claims.loc[ledger.claims["source_id"] == SEED, "pledge_id"])
        elif word in forest.ids:
            wanted |= set(forest.ids[forest.within(word)])
        else:
            raise ChoiceError("where", word, _WHERE)
    return wanted


def known_kinds(money_kinds: str | Iterable[str]) -> list[str]:
    """Return the kinds of money named, in the order of `MONEY_KINDS`, or raise `ChoiceError`."""
    kinds = listed_words("money_kinds", money_kinds, MONEY_KINDS)
    if unknown := [kind for kind in kinds if kind not in MONEY_KINDS]:
        raise ChoiceError("money_kinds", unknown[0], MONEY_KINDS)
    return [kind for kind in MONEY_KINDS if kind in kinds]


def _changed(rows: pd.DataFrame, updates: pd.DataFrame, ledger: Ledger, to: str) -> pd.DataFrame:
    """Apply new totals and increases in order of time; an increase and a total of one day are one step said twice."""
    steps = updates[updates["amount_is"].isin(["new-total", "increase"]) & updates["pledge_id"].isin(rows["pledge_id"])]
    if steps.empty:
        return rows
    steps = normalise(steps, amounts="amount", date="last_on", to=to, rates=ledger.rates)
    totals = steps[steps["amount_is"] == "new-total"]
    said = set(zip(totals["pledge_id"], totals["last_on"], strict=True))
    changed = rows.set_index("pledge_id")
    for _, step in steps.iterrows():
        pledge, amount = step["pledge_id"], step[f"amount_{to}"]
        if step["amount_is"] == "new-total":
            changed.loc[pledge, ["low", "high", "open_low", "open_high", "scale"]] = [
                amount,
                amount,
                False,
                False,
                np.nan,
            ]
        elif (pledge, step["last_on"]) not in said:
            changed.loc[pledge, ["low", "high"]] += amount
        else:
            continue
        changed.loc[pledge, "amount_by"] = step["source_id"]
    return changed.reset_index()


def _succeeded(ledger: Ledger, rows: pd.DataFrame) -> set[str]:
    ties = ledger.overlaps[ledger.overlaps["relation"] == "succeeds"]
    standing = set(rows.loc[rows["excluded"] == "", "pledge_id"])
    return set(ties.loc[ties["pledge_a"].isin(standing) & ties["pledge_b"].isin(standing), "pledge_b"])
