"""The rules of the total, said once more, row by row, without any library: a second account."""

from math import fsum

TRANSPARENT, GONE = {"no money", "undated"}, {"withdrawn", "succeeded"}  # without, and with, all that is inside


def hang(rows):
    """Say on which row each row hangs: its nearest ancestor among the rows that is not transparent, or None."""
    by_id = {row["pledge_id"]: row for row in rows}

    def above(row):
        parent = by_id.get(row["parent_id"])
        return above(parent) if parent and parent["excluded"] in TRANSPARENT else parent and parent["pledge_id"]

    return {pledge: above(row) for pledge, row in by_id.items()}


def add(bounds, minus=()):
    """Add pairs of low and high, less the pairs taken off."""
    return tuple(fsum([pair[side] for pair in bounds] + [-pair[side] for pair in minus]) for side in (0, 1))


def total(rows, ties):
    """Count every euro once in a forest of envelopes; a scope is an envelope, or None for the whole total."""
    row_of, parent = {row["pledge_id"]: row for row in rows}, hang(rows)
    place = {pledge: position for position, pledge in enumerate([None, *row_of])}
    low, high = ({pledge: row[bound] for pledge, row in row_of.items()} for bound in ("low", "high"))
    path = {pledge: [pledge] for pledge in row_of}  # from the row itself up to its root
    for steps in path.values():
        while parent[steps[-1]] is not None:
            steps.append(parent[steps[-1]])
    gone = {row for row in row_of if any(row_of[step]["excluded"] in GONE for step in path[row])}
    live = [row for row in row_of if not row_of[row]["excluded"] and row not in gone]
    inside = {row: [part for part in live if parent[part] == row] for row in row_of}
    quantified = {row for row in live if low[row] is not None}
    counted = {row for row in quantified if not quantified & set(path[row][1:])}
    unsure = gone | {row for row in quantified if row_of[row]["withdrawn"] == "possibly"}  # only the outermost counts
    left = {x for x in unsure if low[x] is not None and counted & set(path[x]) and not unsure & set(path[x][1:])}
    standing, again, overlaps, parts, off = {}, {}, [], {}, {scope: [] for scope in [None, *quantified]}

    def container(row, scope):  # the topmost figure on the path that is inside the scope
        return [step for step in path[row] if step in quantified and scope in [None, *path[step][1:]]][-1]

    def limit(row, scope):
        return low[row] if container(row, scope) == row else high[row]

    def take(scope, box, from_low, from_high=0):
        before = standing.get((scope, box), (low[box], high[box]))
        standing[scope, box] = after = sorted((max(0, before[0] - from_low), max(0, before[1] - from_high)))
        off[scope].append((before[0] - after[0], before[1] - after[1]))

    def figures(row):
        return (low[row], high[row]) if row in quantified else add([figures(part) for part in inside[row]])

    def unknown(row):  # parts without any figure, or "at least": nobody knows how much they hold
        return not inside[row] or any(row_of[x]["open_high"] if x in quantified else unknown(x) for x in inside[row])

    for a, b, relation in ties:
        if {a, b} <= quantified and a not in path[b] and b not in path[a]:
            scope = next((step for step in path[a] if step in path[b] and step in quantified), None)
            (_, smaller), (_, other) = sorted([(limit(a, scope), a), (limit(b, scope), b)])
            if relation == "restates":
                again.setdefault((scope, container(a, scope)), set()).add(a)
            elif relation == "overlaps":
                overlaps.append((place[scope], place[smaller], place[other], scope, smaller))
    for (scope, box), said in again.items():
        take(scope, box, *(fsum(of[x] for x in said if not said & {*path[x][1:]}) for of in (low, high)))
    due = [*((None, row) for row in row_of if row in left), *((scope, row) for *_, scope, row in sorted(overlaps))]
    for scope, row in dict.fromkeys(due):
        if not again.get((scope, container(row, scope)), set()) & set(path[row]):
            take(scope, container(row, scope), limit(row, scope))
    for row in (row for row in quantified if inside[row]):
        least, most = add([figures(part) for part in inside[row]], minus=off[row])
        own_low = max(0, low[row] - fsum(high[x] for x in left if row in path[x][1:]))
        parts[row] = (least, most, 0 if unknown(row) else max(0, own_low - most), max(0, high[row] - least))
    sums = {"": add([figures(row) for row in counted], minus=off[None]), "off_": add(off[None])}
    found = {name + bound: pair[side] for name, pair in sums.items() for side, bound in enumerate(("low", "high"))}
    return found | {"counted": counted, "left_out": set(row_of) - counted, "parts": parts}
