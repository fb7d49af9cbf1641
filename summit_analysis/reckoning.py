"""Count each euro once: the arithmetic of envelopes, parts and ties on rows that have one amount each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from summit_analysis.envelopes import NO_PARENT, Forest

GONE = ("withdrawn", "succeeded")
"""Exclusions that also take the row off the envelopes it was part of."""
TIE_COLUMNS = ["pledge_a", "pledge_b", "relation", "within", "low", "high", "reason"]
WHOLE = ""
"""Name of the scope of a tie that acts on the total, not inside an envelope."""


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
    once, and no envelope loses more than it holds. ``restates`` takes the row off both bounds.
    """
    tree = _Tree(rows)
    taken = _taken_off(tree, ties)
    envelopes = _envelopes(tree, taken)
    return Reckoning(tree.described(), taken, envelopes)


class _Tree:
    """The rows as arrays, with the row that stands for each."""

    def __init__(self, rows: pd.DataFrame) -> None:
        self.rows = rows
        excluded = rows["excluded"].to_numpy(dtype=object)
        self.in_tree = np.isin(excluded, ["", *GONE])
        parents = rows["parent_id"].where(self.in_tree)
        self.forest = Forest(rows["pledge_id"], parents.where(parents.isin(rows.loc[self.in_tree, "pledge_id"])))
        self.ids, self.parent = self.forest.ids, self.forest.parent
        self.low, self.high = rows["low"].to_numpy(dtype=float), rows["high"].to_numpy(dtype=float)
        self.levels = int(self.forest.depth.max(initial=0))
        self.gone = self._from_above(np.isin(excluded, GONE))
        self.quantified = (excluded == "") & ~self.gone & ~np.isnan(self.low)
        self.container = self._container()

    def _from_above(self, marked: np.ndarray) -> np.ndarray:
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


def _taken_off(tree: _Tree, ties: pd.DataFrame) -> pd.DataFrame:
    position = {name: place for place, name in enumerate(tree.ids)}
    known = ties[ties["pledge_a"].isin(position) & ties["pledge_b"].isin(position)]
    pairs = [(position[a], position[b], r) for a, b, r in zip(*(known[c] for c in TIE_COLUMNS[:3]), strict=True)]
    restated = [_restatement(tree, a, b) for a, b, relation in pairs if relation == "restates"]
    overlaps = [_overlap(tree, a, b) for a, b, relation in pairs if relation == "overlaps"]
    found = [one for one in restated if one] + _withdrawals(tree) + sorted(one for one in overlaps if one)
    room: dict[tuple[int, int], float] = {}
    done: set[tuple[int, int]] = set()
    rows = []
    for one in found:
        left = room.get((one.scope, one.container), tree.low[one.container])
        again = (one.scope, one.taken) in done
        low = 0.0 if again else min(one.low, left)
        room[one.scope, one.container] = left - low
        done.add((one.scope, one.taken))
        within = WHOLE if one.scope == NO_PARENT else tree.ids[one.scope]
        other = "" if one.other == NO_PARENT else tree.ids[one.other]
        reason = "taken off already" if again else one.reason
        rows.append((tree.ids[one.taken], other, one.relation, within, low, 0.0 if again else one.high, reason))
    return pd.DataFrame(rows, columns=TIE_COLUMNS).astype({"low": float, "high": float})


def _tops(tree: _Tree, a: int, b: int) -> tuple[int, int, int] | None:
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


def _overlap(tree: _Tree, a: int, b: int) -> _Deduction | None:
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


def _restatement(tree: _Tree, a: int, b: int) -> _Deduction | None:
    tops = _tops(tree, a, b)
    if tops is None:
        return None
    scope, container, _ = tops
    left = sorted((tree.low[container] - tree.low[a], tree.high[container] - tree.high[a]))
    low, high = (max(0.0, bound) for bound in left)
    off = tree.low[container] - low, tree.high[container] - high
    return _Deduction(scope, a, b, container, *off, "restates", "the same money said again")


def _withdrawals(tree: _Tree) -> list[_Deduction]:
    rows = tree.rows["excluded"].to_numpy(dtype=object)
    possibly = tree.quantified & tree.rows["withdrawn"].eq("possibly").to_numpy()
    found = []
    for row in np.flatnonzero(possibly | np.isin(rows, GONE)):
        above = tree.parent[row]
        inside = above != NO_PARENT and not tree.gone[above] and tree.container[above] != NO_PARENT
        if np.isnan(tree.high[row]) or not (inside or possibly[row]):
            continue
        container = int(tree.container[above]) if inside else int(row)
        amount = tree.high[row] if inside else tree.low[row]
        word = rows[row] or "possibly-withdrawn"
        found.append(
            _Deduction(NO_PARENT, int(row), NO_PARENT, container, amount, 0.0, word, f"{word} part of an envelope")
        )
    return found


def _envelopes(tree: _Tree, taken: pd.DataFrame) -> pd.DataFrame:
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
    position = {name: place for place, name in enumerate(tree.ids)}
    for tie in taken.itertuples(index=False):
        if tie.within != WHOLE:
            parts_low[position[tie.within]] -= tie.low
            parts_high[position[tie.within]] -= tie.high
        elif tie.relation not in ("overlaps", "restates"):
            above = [row for row in tree.path(position[tie.pledge_a])[1:] if tree.quantified[row]]
            own_low[above] = np.maximum(0, own_low[above] - tree.high[position[tie.pledge_a]])
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
