"""A total in parts: by kind of money, and by any column of the pledges, each envelope opened into its direct parts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from summit_analysis.errors import ChoiceError
from summit_analysis.reckoning import Reckoning
from summit_analysis.selection import nearest_selected
from summit_analysis.ties import WHOLE

if TYPE_CHECKING:
    from summit_analysis.tables import Ledger

UNALLOCATED = "unallocated"
"""The group of what an envelope holds beyond its parts."""


def by_kind(reckoning: Reckoning) -> pd.DataFrame:
    """Split a total by the kind of money of the rows counted.

    Returns
    -------
    pandas.DataFrame
        ``money_kind``, ``low``, ``high``: what ties take off the total is taken off.
    """
    described, whole = reckoning.rows, reckoning.ties[reckoning.ties["within"] == WHOLE]
    kind = described.set_index("pledge_id")["money_kind"]
    stands = described.set_index("pledge_id")["counted_in"]
    parents = described.set_index("pledge_id")["parent_id"]
    # what is taken off comes out of the row that stands for the smaller of the two
    holder = [stands[p] or stands[parents[p]] for p in whole["pledge_a"]]
    off = whole.assign(money_kind=kind.reindex(holder).to_numpy(), low=-whole["low"], high=-whole["high"])
    columns = ["money_kind", "low", "high"]
    both = pd.concat([described.loc[described["counted"], columns], off[columns]])
    return both.groupby("money_kind")[["low", "high"]].agg(math.fsum).reset_index()


def by_group(ledger: Ledger, reckoning: Reckoning, by: str) -> pd.DataFrame:
    """Split the rows counted by a column of ``pledges``; of an envelope its direct parts, the rest is `UNALLOCATED`.

    Returns
    -------
    pandas.DataFrame
        The column `by`, ``low``, ``high``; rows counted themselves first, then those of envelopes, `UNALLOCATED` last.

    Raises
    ------
    ChoiceError
        If `by` is no column of ``pledges``.
    """
    described = reckoning.rows
    if not isinstance(by, str) or by not in ledger.pledges.columns:
        raise ChoiceError("by", by, ledger.pledges.columns)
    group = ledger.pledges.set_index("pledge_id", drop=False)[by]
    envelopes = reckoning.envelopes.set_index("pledge_id")
    counted = described.loc[described["counted"], "pledge_id"]
    whole = counted[~counted.isin(envelopes.index)]
    # a part may hang on a middle row without a figure, which counts as its parts
    figured = described.loc[described["low"].notna() & described["excluded"].eq(""), "pledge_id"]
    holder = described["pledge_id"].map(nearest_selected(described, pd.Index(figured)))
    parts = described[holder.isin(counted) & described["pledge_id"].isin(figured)]
    named = pd.concat([described[described["pledge_id"].isin(whole)], parts])
    off = _off(reckoning, named["pledge_id"]).reindex(named["pledge_id"]).fillna(0).to_numpy()
    named = named.assign(low=named["low"] - off[:, 0], high=named["high"] - off[:, 1])
    named = named.assign(**{by: named["pledge_id"].map(group)})[[by, "low", "high"]]
    left = envelopes.loc[envelopes.index.isin(counted), ["unallocated_low", "unallocated_high"]]
    rest = pd.DataFrame({by: [UNALLOCATED], "low": [left.iloc[:, 0].sum()], "high": [left.iloc[:, 1].sum()]})
    return pd.concat([named, rest]).groupby(by, sort=False, dropna=False)[["low", "high"]].sum().reset_index()


def _off(reckoning: Reckoning, named: pd.Series) -> pd.DataFrame:
    """What ties take off the bounds of the rows named, by id; of a row inside one of them, off that one."""
    parents = reckoning.rows.set_index("pledge_id")["parent_id"]
    holders = []
    for taken in reckoning.ties["pledge_a"]:
        holder = taken
        while isinstance(holder, str) and holder not in set(named):
            holder = parents[holder]
        holders.append(holder)
    return reckoning.ties[["low", "high"]].groupby(pd.Series(holders, dtype=object)).sum()
