"""Count each euro once: the arithmetic of envelopes, parts and ties on rows that have one amount each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from summit_analysis.selection import nearest_selected
from summit_analysis.ties import WHOLE, leaving, taken_off
from summit_analysis.tree import Tree

if TYPE_CHECKING:
    from summit_analysis.tables import Ledger

DROPPED = ("no money", "undated")
"""Exclusions that leave a row's parts standing on their own."""


@dataclass(frozen=True)
class Reckoning:
    """Which rows count, and what is taken off.

    Attributes
    ----------
    rows : pandas.DataFrame
        The rows handed in, with ``counted`` (bool), ``reason`` (why not, else empty) and ``counted_in`` (the row that
        stands for it in the sum, itself if counted).
    ties : pandas.DataFrame
        What is taken off: ``pledge_a``, ``pledge_b``, ``relation``, ``within`` (the envelope in whose parts it acts,
        empty for the total), ``low``, ``high`` (amounts taken off the two bounds), ``reason``.
    envelopes : pandas.DataFrame
        Each quantified envelope against its parts: ``pledge_id``, ``low``, ``high``, ``parts_low``, ``parts_high``,
        ``parts_open`` (a part has no figure or says at least), ``unallocated_low``, ``unallocated_high``.
    """

    rows: pd.DataFrame
    ties: pd.DataFrame
    envelopes: pd.DataFrame

    def sums(self) -> tuple[float, float]:
        """Return the two bounds of the total: the rows counted, less what ties of the total take off."""
        counted, whole = self.rows[self.rows["counted"]], self.ties[self.ties["within"] == WHOLE]
        low, high = (math.fsum([*counted[bound], *-whole[bound]]) for bound in ("low", "high"))
        # rounding may put the two a hair out of order
        return min(low, high), high


def reckon_selected(ledger: Ledger, rows: pd.DataFrame) -> Reckoning:
    """Count the rows of `select`, each inside the nearest envelope that is selected too.

    Parameters
    ----------
    ledger : Ledger
    rows : pandas.DataFrame
        As `select` returns them.
    """
    kept = rows.loc[~rows["excluded"].isin(DROPPED), "pledge_id"]
    nearest = nearest_selected(ledger.pledges, pd.Index(kept))
    return reckon(rows.assign(parent_id=rows["pledge_id"].map(nearest)), ledger.overlaps)


def reckon(rows: pd.DataFrame, ties: pd.DataFrame) -> Reckoning:
    """Count rows that have one amount each, every euro once.

    Parameters
    ----------
    rows : pandas.DataFrame
        ``pledge_id``, ``parent_id`` (an envelope among the rows, or missing), ``low``, ``high`` (NaN without figure),
        ``open_high``, ``excluded`` (why the row is in no sum, else empty), ``withdrawn`` (``yes``, ``possibly``,
        ``no``).
    ties : pandas.DataFrame
        ``pledge_a``, ``pledge_b``, ``relation``.

    Returns
    -------
    Reckoning

    Notes
    -----
    An envelope with a figure stands for all inside it; one without counts as its parts. A tie takes off the lower
    bound what the smaller of the two rows can at most contain: the low figure of a row that is itself counted, the
    high figure of one inside an envelope (the envelope's own figure does not move with it). Each row is taken off
    once, and no envelope loses more than it holds. ``restates`` takes the row off both bounds, and with it what is
    inside it.
    """
    tree = Tree(rows)
    taken = taken_off(tree, ties)
    envelopes = _envelopes(tree, taken)
    return Reckoning(tree.described(), taken, envelopes)


def _envelopes(tree: Tree, taken: pd.DataFrame) -> pd.DataFrame:
    count = len(tree.ids)
    parts_low, parts_high, parts = np.zeros(count), np.zeros(count), np.zeros(count, dtype=int)
    is_open = np.zeros(count, dtype=bool)
    open_high = tree.rows["open_high"].to_numpy(dtype=bool)
    live = tree.in_tree & ~tree.gone
    for level in range(tree.levels, 0, -1):
        here = tree.forest.at_depth(level)
        here = here[live[here]]
        above, printed = tree.parent[here], tree.quantified[here]
        parts_low += np.bincount(above, np.where(printed, tree.low[here], parts_low[here]), minlength=count)
        parts_high += np.bincount(above, np.where(printed, tree.high[here], parts_high[here]), minlength=count)
        parts += np.bincount(above, minlength=count)
        bare = ~printed & (parts[here] == 0)
        opened = np.where(printed, open_high[here], bare | is_open[here])
        is_open |= np.bincount(above, opened, minlength=count) > 0
    own_low = tree.low.copy()
    inner = taken[taken["within"] != WHOLE]
    places = tree.ids.get_indexer(pd.Index(inner["within"]))
    np.subtract.at(parts_low, places, inner["low"].to_numpy())
    np.subtract.at(parts_high, places, inner["high"].to_numpy())
    for row in leaving(tree):
        above = [place for place in tree.path(row)[1:] if tree.quantified[place]]
        own_low[above] = np.maximum(0, own_low[above] - tree.high[row])
    held = np.flatnonzero(tree.quantified & (parts > 0))
    frame = pd.DataFrame(
        {
            "pledge_id": tree.ids[held],
            "low": own_low[held],
            "high": tree.high[held],
            "parts_low": parts_low[held],
            "parts_high": parts_high[held],
            "parts_open": is_open[held],
        }
    )
    least = (frame["low"] - frame["parts_high"]).clip(lower=0)
    return frame.assign(
        # parts without a figure, or open above, may fill the envelope
        unallocated_low=least.where(~frame["parts_open"], 0.0),
        unallocated_high=(frame["high"] - frame["parts_low"]).clip(lower=0),
    )
