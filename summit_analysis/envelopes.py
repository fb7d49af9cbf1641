"""The forest of envelopes, by ids alone: which pledge is part of which, how deep, and what runs in circles."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import numpy as np
import pandas as pd

from summit_analysis.errors import FrameError

NO_PARENT = -1


class Forest:
    """Pledges and the envelopes they are part of.

    Parameters
    ----------
    ids : iterable of str
        Pledge ids, each once.
    parents : iterable of str or missing
        For each id the envelope it is part of. A parent that is not among `ids` makes the pledge a root, so that a
        selection of pledges is a forest too.

    Attributes
    ----------
    ids : pandas.Index
    parent : numpy.ndarray of int
        Position of each id's parent in `ids`, -1 for a root.

    Raises
    ------
    FrameError
        If an id stands twice, or if pledges are part of one another in a circle.
    """

    def __init__(self, ids: Iterable[str], parents: Iterable[str]) -> None:
        self.ids = pd.Index(ids)
        if self.ids.has_duplicates:
            twice = self.ids[self.ids.duplicated()].unique()
            raise FrameError(f"pledge ids stand twice: {', '.join(map(str, twice[:5]))}; each pledge needs one row")
        self.parent = _positions(self.ids, parents)
        self._depth, circle = _climb(self.parent)
        if len(circle):
            names = ", ".join(map(str, self.ids[circle][:5]))
            raise FrameError(f"envelopes run in a circle through {names}; one of them needs another parent_id")

    @property
    def depth(self) -> np.ndarray:
        """Number of envelopes above each pledge, shape (n,)."""
        return self._depth

    @cached_property
    def order(self) -> np.ndarray:
        """Positions sorted so that every envelope comes before its parts, shape (n,)."""
        return np.argsort(self.depth, kind="stable")

    @cached_property
    def _starts(self) -> np.ndarray:
        return np.append(0, np.cumsum(np.bincount(self.depth, minlength=1)))

    def at_depth(self, level: int) -> np.ndarray:
        """Positions of the pledges with `level` envelopes above them."""
        places: np.ndarray = self.order[self._starts[level] : self._starts[level + 1]]
        return places

    @cached_property
    def roots(self) -> np.ndarray:
        """For each pledge the position of the outermost envelope that holds it (itself for a root), shape (n,)."""
        root: np.ndarray = np.where(self.parent == NO_PARENT, np.arange(len(self.ids)), self.parent)
        while not np.array_equal(root, above := root[root]):
            root = above
        return root

    def ancestors(self, pledge_id: str) -> list[str]:
        """Return the envelopes above one pledge, nearest first."""
        found, here = [], self.parent[self._at(pledge_id)]
        while here != NO_PARENT:
            found.append(self.ids[here])
            here = self.parent[here]
        return found

    def children(self, pledge_id: str) -> list[str]:
        """Return the direct parts of one envelope, in table order."""
        return list(self.ids[self.parent == self._at(pledge_id)])

    def within(self, pledge_id: str) -> np.ndarray:
        """Mark the pledge itself and everything inside it, boolean of shape (n,)."""
        inside: np.ndarray = np.arange(len(self.ids)) == self._at(pledge_id)
        # parents come before parts, so a level at a time is enough
        for level in range(int(self.depth[inside][0]) + 1, int(self.depth.max(initial=0)) + 1):
            parts = self.at_depth(level)
            inside[parts] = inside[self.parent[parts]]
        return inside

    def _at(self, pledge_id: str) -> int:
        if pledge_id not in self.ids:
            raise FrameError(f"no pledge is called {pledge_id!r}; see ledger.pledges.pledge_id")
        place: int = self.ids.get_loc(pledge_id)
        return place


def circles(ids: Iterable[str], parents: Iterable[str]) -> list[str]:
    """Return the ids that are, through their parents, part of themselves."""
    index = pd.Index(ids)
    unique = ~index.duplicated()
    index = index[unique]
    _, circle = _climb(_positions(index, pd.Series(list(parents), dtype=object)[unique]))
    return list(index[circle])


def _positions(ids: pd.Index, parents: Iterable[str]) -> np.ndarray:
    above = pd.Series(list(parents), dtype=object)
    # get_indexer would match a missing parent with a missing id
    return np.where(above.isna(), NO_PARENT, ids.get_indexer(pd.Index(above)))


def _climb(parent: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each node's depth and the nodes on a circle, by doubling the stride of the climb each time."""
    reach = np.append(parent, NO_PARENT).astype(np.intp)
    depth = (reach != NO_PARENT).astype(np.intp)
    for _ in range(len(parent).bit_length() + 1):
        depth += depth[reach]
        reach = reach[reach]
    return depth[:-1], np.unique(reach[reach != NO_PARENT])
