"""The rules of amounts, totals and the ladder, said once more, row by row, without any library: a second account."""

import re
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


def total(rows, ties, shared=None):
    """Count every euro once in a forest of envelopes; a scope is an envelope, or None for the whole total.

    A list `shared` gets each pair of rows that may be the same money, with what it takes off the whole.
    """
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
                overlaps.append((place[scope], place[smaller], place[other], scope, smaller, other))
    for (scope, box), said in again.items():
        take(scope, box, *(fsum(of[x] for x in said if not said & {*path[x][1:]}) for of in (low, high)))
    due = {(None, row): None for row in row_of if row in left}
    for *_, scope, row, other in sorted(overlaps):
        due.setdefault((scope, row), other)
    for (scope, row), other in due.items():
        if not again.get((scope, container(row, scope)), set()) & set(path[row]):
            take(scope, container(row, scope), limit(row, scope))
            if shared is not None and scope is None and other:
                shared.append((row, other, off[None][-1][0]))
    for row in (row for row in quantified if inside[row]):
        least, most = add([figures(part) for part in inside[row]], minus=off[row])
        own_low = max(0, low[row] - fsum(high[x] for x in left if row in path[x][1:]))
        parts[row] = (least, most, 0 if unknown(row) else max(0, own_low - most), max(0, high[row] - least))
    sums = {"": add([figures(row) for row in counted], minus=off[None]), "off_": add(off[None])}
    sums["naive_"] = add([(low[row], high[row]) for row in row_of if low[row] is not None])
    found = {name + bound: pair[side] for name, pair in sums.items() for side, bound in enumerate(("low", "high"))}
    return found | {"counted": counted, "left_out": set(row_of) - counted, "parts": parts}


# --- rival claims

AGENCIES = {"AFP", "AP", "Reuters", "Bloomberg", "ANSA", "PA", "CP", "dpa", "EFE", "Kyodo", "Yonhap", "Xinhua", "TASS"}


def own_currency(claims):
    """The claim whose currency is that of most that state an amount, and whose day is that of the pledge."""
    claims = sorted(claims, key=lambda claim: (claim["known_on"] or "~", claim["valued_on"] or "~"))
    figured = [claim for claim in claims if claim["low"] is not None] or claims
    stated = [claim for claim in figured if claim["standing"] != "derived"] or figured
    said = [claim["currency"] for claim in stated]
    return max(stated, key=lambda claim: said.count(claim["currency"]))


def read(claims, rule):
    """The claims that a rule reads of those about one pledge that are accepted."""
    own = own_currency(claims)["currency"]
    claims = [one for one in claims if one["low"] is None or one["currency"] == own or one["standing"] != "derived"]
    if rule in ("full-range", "article"):
        return claims

    def rank(claim):
        agency = AGENCIES & set(re.findall(r"\w+", claim["publisher"]))
        speaks = 0 if claim["kind"] == "primary" or claim["attributed_is_pledger"] is True else 1 if agency else 2
        dated = claim["valued_by"] not in ("announcement-day", "nothing")
        first = (speaks,) if rule == "primary-first" else (0 if dated else 1,)
        return claim["low"] is None, *first

    best = [claim for claim in claims if rank(claim) == min(map(rank, claims))]
    return [claim for claim in best if claim["known_on"] == max(one["known_on"] or "" for one in best)]


def settle(claims, rule, rate, to):
    """One amount for one pledge: settled in its own currency, then put into another at one rate for low and high."""
    first, ends = own_currency(claims), []
    for claim in read(claims, rule):
        if claim["low"] is not None:
            at = rate(first["currency"], claim) / rate(claim["currency"], claim)
            ends += [claim["low"] * at, claim["high"] * at]
    into = rate(to, first) / rate(first["currency"], first)
    return (min(ends) * into, max(ends) * into) if ends else (None, None)


# --- what kind of money, what is new in it, how far it has come


class Pledges:
    """Rows of a ledger that know what stands above and inside them."""

    def __init__(self, rows):
        self.row, self.parent = {row["pledge_id"]: row for row in rows}, hang(rows)

    def path(self, row):
        return [row, *(self.path(self.parent[row]) if self.parent[row] is not None else [])]

    def inside(self, row):
        return [x for x in self.row if self.parent[x] == row and self.row[x]["excluded"] not in TRANSPARENT]

    def gone(self, row):
        return any(self.row[step]["excluded"] in GONE for step in self.path(row))

    def figured(self, row):
        return self.row[row]["low"] is not None and not self.row[row]["excluded"] and not self.gone(row)

    def kinds(self, package, ties):
        """The share of each kind of money in a package: that of its parts where these fill a mixed one."""
        said, parts = self.row[package], [row for row in self.inside(package) if self.figured(row)]
        if said["money_kind"] != "mixed" or not self.figured(package) or not parts:
            return {said["money_kind"]: 1.0}
        for a, b, relation in ties:
            paths = [[step for step in self.path(row) if self.figured(step)] for row in (a, b) if row in self.row]
            apart = len(paths) == 2 and self.figured(a) and self.figured(b) and a not in paths[1] and b not in paths[0]
            shared = [step for step in paths[0] if step in paths[1]] if apart else []
            if relation == "overlaps" and shared[:1] == [package]:
                tops = [path[path.index(package) - 1] for path in paths]
                sizes = [self.row[x]["low" if x == top else "high"] for x, top in zip((a, b), tops, strict=True)]
                smaller = min(zip(sizes, (a, b), strict=True))[1]
                parts = [row for row in parts if row != smaller]
        sums = [fsum(self.row[row][end] for row in parts) for end in ("low", "high")]
        missed = [abs(found - said[end]) > 0.01 * said[end] for found, end in zip(sums, ("low", "high"), strict=True)]
        if any(missed) or not sums[1]:
            return {said["money_kind"]: 1.0}
        of = {kind: [self.row[row]["high"] for row in parts if self.row[row]["money_kind"] == kind] for kind in KINDS}
        return {kind: fsum(highs) / sums[1] for kind, highs in of.items() if highs}


KINDS = ("private", "public", "mixed")


def of_kind(rows, ties, wanted):
    """What is left of the rows if one kind of money is meant."""
    pledges, found = Pledges(rows), []
    for name, row in pledges.row.items():
        steps = [] if row["excluded"] in TRANSPARENT else pledges.path(name)
        package = [name, *(step for step in steps if pledges.figured(step) or pledges.gone(step))][-1]
        kinds = pledges.kinds(package, ties)
        share = kinds.get(wanted, 0)
        if package != name and (len(kinds) > 1 or pledges.row[package]["money_kind"] not in kinds):
            share = 1 if share and row["money_kind"] == wanted else 0
        if share:
            ends = {end: row[end] if row[end] is None else row[end] * share for end in ("low", "high")}
            found.append({**row, **ends})
    kept = {row["pledge_id"] for row in found}
    for row in found:
        # who is left without his parent hangs on the next above that is there
        row["parent_id"] = next((step for step in pledges.path(row["pledge_id"])[1:] if step in kept), None)
    return found


SITE = {"site-chosen", "financed", "permitted", "under-construction", "operating"}
DOCUMENTED = {"raised", "spent", "contracted"}


def ladder(rows, ties, news, known):
    """The five rungs of rows, by what news say of each, and by the first day on which each was known."""
    pledges, shared = Pledges(rows), []
    whole = total(rows, ties, shared)
    again = {a for a, _, relation in ties if relation == "restates"}

    def old(row):
        one, above = pledges.row[row], pledges.row.get(pledges.parent[row])
        if one["new_money"] != "no" or row in again or not above or not one["announced_on"]:
            return one["new_money"] == "no"
        return not (one["announced_on"] >= (above["announced_on"] or "~") > "" and known[row] >= above["announced_on"])

    def fresh(row):
        """What is new in a row, and what is old."""
        one, parts = pledges.row[row], [fresh(part) for part in pledges.inside(row)]
        if pledges.gone(row):
            return (0, 0), (0, 0)
        if old(row):
            return (0, 0), (one["low"], one["high"]) if pledges.figured(row) else (0, 0)
        least, most = add([new for new, _ in parts])
        before = add([promised for _, promised in parts])
        if pledges.figured(row):
            least = min(max(0, one["low"] - before[1]) if one["new_money"] == "yes" else least, one["low"])
            most = one["high"] - before[0]
        else:
            paid = [x["figure"] for x in news if x["pledge_id"] == row and x["amount_is"] in DOCUMENTED]
            sure = [x["figure"] for x in news if x["pledge_id"] == row and x["happened"] == "yes"]
            floor = max([figure for figure in paid if figure in sure], default=0)
            least, most = max(least, floor), max(most, floor)
        return (max(0, min(least, most)), max(0, most)), before

    def said(row, one):
        """What one piece of news says of a row: at least, at most."""
        low, high = (pledges.row[row][end] for end in ("low", "high"))
        if not pledges.figured(row):
            return (one["figure"],) * 2 if one["amount_is"] in DOCUMENTED else (0, 0)
        if not isinstance(one["amount_is"], str) and pledges.inside(row):
            return 0, 0  # of a package its parts have news of their own
        if one["amount_is"] == "part":
            return min(one["figure"], low), min(one["figure"], high)
        if one["amount_is"] in ("restated", "new-total"):
            return low, high
        return (min(one["figure"], low) if one["amount_is"] in DOCUMENTED | {"firm"} else 0), high

    def come(row, statuses):
        if pledges.gone(row):
            return 0, 0
        mine = [one for one in news if one["pledge_id"] == row]
        if old(row) or any(one["status"] == "withdrawn" and one["happened"] == "yes" for one in mine):
            mine = []
        pieces = [(one["happened"], *said(row, one)) for one in mine if one["status"] in statuses]
        own = max([low for happened, low, _ in pieces if happened == "yes"], default=0)
        least, most = add([come(part, statuses) for part in pledges.inside(row)])
        least, most = max(own, least), max([high for *_, high in pieces], default=0) + most
        if pledges.figured(row):
            low, high = (pledges.row[row][end] for end in ("low", "high"))
            least, most = low if own >= low else least, min(high, most)
        return tuple(min(end, fresh(row)[0][1]) for end in (least, most))

    roots = [row for row in pledges.row if pledges.parent[row] is None]
    roots = [row for row in roots if pledges.row[row]["excluded"] not in TRANSPARENT]
    off = [(min(low, fresh(a)[0][0], fresh(b)[0][0]), 0) for a, b, low in shared]
    rungs = {"naive": (whole["naive_low"], whole["naive_high"]), "once": (whole["low"], whole["high"])}
    rungs["new-money"] = add([fresh(row)[0] for row in roots], minus=off)
    rungs |= {"site": add([come(row, SITE) for row in roots])}
    rungs |= {"works": add([come(row, SITE - {"site-chosen"}) for row in roots])}
    above = rungs["naive"]
    for rung, (low, high) in rungs.items():
        # no rung has more than the one above
        rungs[rung] = above = min(low, above[0]), min(high, above[1])
    return rungs
