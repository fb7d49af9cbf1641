"""Selected rows as a tree of arrays: which row stands in a sum for each of them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from summit_analysis.envelopes import NO_PARENT, Forest

GONE = ("withdrawn", "succeeded")
"""Exclusions that also take the row off the envelopes it was part of."""


class Tree:
    """Rows with one amount each, their envelopes, and the row that stands for each in the sum.

    Parameters
    ----------
    rows : pandas.DataFrame
        As in `reckoning.reckon`.

    Attributes
    ----------
    low, high : numpy.ndarray of float
    gone : numpy.ndarray of bool
        Withdrawn, succeeded, or inside such a row.
    quantified : numpy.ndarray of bool
        Has a figure, and is neither excluded nor gone.
    container : numpy.ndarray of int
        Position of the outermost quantified row that holds it (itself if that is it), -1 for none.
    """

    def __init__(self, rows: pd.DataFrame) -> None:
        self.rows = rows
        excluded = rows["excluded"].to_numpy(dtype=object)
        self.in_tree = np.isin(excluded, ["", *GONE])
        parents = rows["parent_id"].where(self.in_tree)
        self.forest = Forest(rows["pledge_id"], parents.where(parents.isin(rows.loc[self.in_tree, "pledge_id"])))
        self.ids, self.parent = self.forest.ids, self.forest.parent
        self.low, self.high = rows["low"].to_numpy(dtype=float), rows["high"].to_numpy(dtype=float)
        self.levels = int(self.forest.depth.max(initial=0))
        self.gone = self.from_above(np.isin(excluded, GONE))
        self.quantified = (excluded == "") & ~self.gone & ~np.isnan(self.low)
        self.container = self._container()

    def from_above(self, marked: np.ndarray) -> np.ndarray:
        """Mark also everything inside the rows marked."""
        marked = marked.copy()
        for level in range(1, self.levels + 1):
            here = self.forest.at_depth(level)
            marked[here] |= marked[self.parent[here]]
        return marked

    def _container(self) -> np.ndarray:
        container = np.where(self.quantified, np.arange(len(self.ids)), NO_PARENT)
        for level in range(1, self.levels + 1):
            here = self.forest.at_depth(level)
            above = container[self.parent[here]]
            container[here] = np.where(above != NO_PARENT, above, container[here])
        return container

    def path(self, row: int) -> list[int]:
        """The row and the envelopes above it, nearest first."""
        found = [row]
        while self.parent[found[-1]] != NO_PARENT:
            found.append(int(self.parent[found[-1]]))
        return found

    def described(self) -> pd.DataFrame:
        """The rows with ``counted``, ``reason`` and ``counted_in`` (see `reckoning.Reckoning`)."""
        counted = self.container == np.arange(len(self.ids))
        names = self.ids.to_numpy(dtype=object)
        has_parts = np.isin(np.arange(len(self.ids)), self.parent)
        stands = np.where(self.container == NO_PARENT, "", names[self.container])
        reason = np.select(
            [
                self.rows["excluded"].ne("").to_numpy(),
                self.gone,
                counted,
                self.quantified,
                has_parts,
            ],
            [
                self.rows["excluded"].to_numpy(dtype=object),
                "inside a withdrawn pledge",
                "",
                "part of an envelope",
                "no figure, counts as its parts",
            ],
            "no figure",
        )
        stands = np.where(np.isin(reason, ["", "part of an envelope"]), stands, "")
        return self.rows.assign(counted=counted, reason=reason.astype(str), counted_in=stands.astype(str))
