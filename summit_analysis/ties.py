"""What ties and withdrawals take off a sum, each row once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from summit_analysis.envelopes import NO_PARENT
from summit_analysis.tree import GONE, Tree

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
