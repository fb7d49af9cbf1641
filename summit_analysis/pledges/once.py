"""Count each euro once: the arithmetic of envelopes, parts and ties."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from summit_analysis.base.errors import FrameError
from summit_analysis.ledger.tables import Ledger

NO_PARENT = -1


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


TIE_COLUMNS = ["pledge_a", "pledge_b", "relation", "within", "low", "high", "reason"]
WHOLE = ""
"""Name of the scope of a tie that acts on the total, not inside an envelope."""


@dataclass(frozen=True, order=True)
class _Deduction:
    """What one tie or withdrawal takes off the row `container` among the parts of `scope` (-1: in the total)."""

    scope: int
    taken: int
    other: int
    container: int
    low: float
    high: float
    relation: str
    reason: str


def taken_off(tree: Tree, ties: pd.DataFrame) -> pd.DataFrame:
    """List what is taken off: restatements first, then withdrawals, then overlaps.

    Parameters
    ----------
    tree : Tree
    ties : pandas.DataFrame
        ``pledge_a``, ``pledge_b``, ``relation``.

    Returns
    -------
    pandas.DataFrame
        See `reckoning.Reckoning.ties`.
    """
    ends = [tree.ids.get_indexer(pd.Index(ties[column])) for column in ("pledge_a", "pledge_b")]
    pairs = [pair for pair in zip(*ends, ties["relation"], strict=True) if min(pair[:2]) >= 0]
    restated = [_restatement(tree, a, b) for a, b, relation in pairs if relation == "restates"]
    overlaps = [_overlap(tree, a, b) for a, b, relation in pairs if relation == "overlaps"]
    found = [*sorted(filter(None, restated)), *_withdrawals(tree), *sorted(filter(None, overlaps))]
    left: dict[tuple[int, int], tuple[float, float]] = {}
    done: set[tuple[int, int]] = set()
    whole = {(one.scope, one.taken) for one in filter(None, restated)}
    rows = []
    for one in found:
        key = one.scope, one.container
        # what lies inside a row that comes off both bounds goes with it
        again = (one.scope, one.taken) in done or any((one.scope, row) in whole for row in tree.path(one.taken)[1:])
        before = left.get(key, (tree.low[one.container], tree.high[one.container]))
        after = before if again else _after(before, one)
        # all that is said again comes off before the two bounds are put in order
        low, high = (was - now for was, now in zip(_ordered(before), _ordered(after), strict=True))
        left[key] = after
        done.add((one.scope, one.taken))
        within = WHOLE if one.scope == NO_PARENT else tree.ids[one.scope]
        other = "" if one.other == NO_PARENT else tree.ids[one.other]
        reason = "taken off already" if again else one.reason
        rows.append((tree.ids[one.taken], other, one.relation, within, low, high, reason))
    return pd.DataFrame(rows, columns=TIE_COLUMNS).astype({"low": float, "high": float})


def _after(before: tuple[float, float], one: _Deduction) -> tuple[float, float]:
    if one.relation == "restates":
        return before[0] - one.low, before[1] - one.high
    least, most = _ordered(before)
    return max(0.0, least - one.low), most


def _ordered(bounds: tuple[float, float]) -> list[float]:
    return sorted(max(0.0, bound) for bound in bounds)


def _tops(tree: Tree, a: int, b: int) -> tuple[int, int, int] | None:
    """Where a tie acts, and the rows that stand there for its two; None where the same row stands for both."""
    if not (tree.quantified[a] and tree.quantified[b]):
        return None
    path_a, path_b = tree.path(a), tree.path(b)
    if a in path_b or b in path_a:
        return None
    shared = set(path_a) & set(path_b)
    scope = next((row for row in path_a if row in shared and tree.quantified[row]), NO_PARENT)

    def top(path: list[int]) -> int:
        inside = path if scope == NO_PARENT else path[: path.index(scope)]
        return next(row for row in reversed(inside) if tree.quantified[row])

    return scope, top(path_a), top(path_b)


def _overlap(tree: Tree, a: int, b: int) -> _Deduction | None:
    tops = _tops(tree, a, b)
    if tops is None:
        return None
    scope, *containers = tops
    # a row that is summed itself enters at its low figure; one inside an envelope may be as large as its high one
    limits = [tree.low[row] if row == top else tree.high[row] for row, top in zip((a, b), containers, strict=True)]
    smaller = min((0, 1), key=lambda side: (limits[side], tree.ids[(a, b)[side]]))
    taken, other = (a, b)[smaller], (b, a)[smaller]
    return _Deduction(
        scope, taken, other, containers[smaller], limits[smaller], 0.0, "overlaps", "may be the same money"
    )


def _restatement(tree: Tree, a: int, b: int) -> _Deduction | None:
    tops = _tops(tree, a, b)
    if tops is None:
        return None
    scope, container, _ = tops
    return _Deduction(scope, a, b, container, tree.low[a], tree.high[a], "restates", "the same money said again")


def leaving(tree: Tree) -> list[int]:
    """Return the outermost rows with a figure that are gone, or possibly withdrawn: what is inside them goes along."""
    possibly = tree.quantified & tree.rows["withdrawn"].eq("possibly").to_numpy()
    marked = possibly | np.isin(tree.rows["excluded"].to_numpy(dtype=object), GONE)
    return [int(row) for row in np.flatnonzero(marked & ~_inside(tree, tree.gone | possibly)) if tree.high[row] >= 0]


def _withdrawals(tree: Tree) -> list[_Deduction]:
    found = []
    for row in leaving(tree):
        above, word = int(tree.parent[row]), tree.rows["excluded"].iloc[row] or "possibly-withdrawn"
        inside = above != NO_PARENT and tree.container[above] != NO_PARENT
        if inside or tree.quantified[row]:
            container = int(tree.container[above]) if inside else row
            amount = tree.high[row] if inside else tree.low[row]
            reason = f"{word} part of an envelope"
            found.append(_Deduction(NO_PARENT, row, NO_PARENT, container, amount, 0.0, word, reason))
    return found


def _inside(tree: Tree, marked: np.ndarray) -> np.ndarray:
    """Mark the rows that have one of the marked rows above them."""
    below = tree.from_above(marked)
    return np.where(tree.parent == NO_PARENT, False, below[tree.parent])


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
