"""The arithmetic of envelopes against a second account of its rules, and laws that hold for any ledger."""

from math import fsum
from random import Random

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import witness
from summit_analysis.pledges.once import Forest, Once

BOUNDS = ["low", "high"]
PARTS = ["parts_low", "parts_high", "unallocated_low", "unallocated_high"]
ROW = {
    "pledge_id": "str",
    "parent_id": "str",
    "low": float,
    "high": float,
    "open_high": bool,
    "excluded": "str",
    "withdrawn": "str",
}
TIE = dict.fromkeys(["pledge_a", "pledge_b", "relation"], "str")


def some_ledger(random, prefix=""):
    """Make up to 25 rows of depth 5 at most, and up to 8 ties; amounts so small that bounds meet and run out."""
    rows, depth, most = [], {"": 0}, random.choice([6, 12, 40])
    nested, excluded_share = random.choice([0.6, 0.9, 0.95]), random.choice([0.03, 0.2])
    for number in range(random.randint(1, 25)):
        shallow = [pledge for pledge in depth if depth[pledge] < 5]
        parent = random.choice(shallow) if random.random() < nested else ""
        pledge = f"{prefix}{number:02d}"
        depth[pledge] = depth[parent] + 1
        figure = sorted(float(random.randint(0, most)) for _ in BOUNDS)
        if random.random() < 0.3:
            figure = [figure[0]] * 2
        elif random.random() < 0.25:
            figure = [None] * 2
        reasons = ["no money", "undated", "withdrawn", "succeeded"] if random.random() < excluded_share else [""]
        excluded = random.choice(reasons)
        rows.append(
            {
                "pledge_id": pledge,
                "parent_id": parent or random.choice([None, f"{prefix}not-here"]),
                "low": figure[0],
                "high": figure[1],
                "open_high": random.random() < 0.1,
                "excluded": excluded,
                "withdrawn": "yes" if excluded == "withdrawn" else "possibly" if random.random() < 0.15 else "no",
            }
        )
    # ids say nothing about depth or place
    random.shuffle(rows)
    names = [row["pledge_id"] for row in rows] + [f"{prefix}not-here"]
    random.shuffle(names)
    relation, mixed = {}, ["overlaps", "restates", "overlaps", "restates", "detail", "succeeds"]
    relations = random.choice([mixed, mixed, ["restates"]])
    for _ in range(random.choice([0, 2, 5, 8])):
        pair = tuple(random.sample(names, 2))
        relation[pair] = random.choice(relations)
    return rows, [(*pair, meaning) for pair, meaning in relation.items()]


def count(rows, ties):
    rows, ties = pd.DataFrame(rows, columns=list(ROW)).astype(ROW), pd.DataFrame(ties, columns=list(TIE)).astype(TIE)
    return Once(rows, ties, Forest(rows["pledge_id"], rows["parent_id"]))


def loop_total(rows, ties):
    """Put what `Once` finds into the shape of `witness.total`."""
    result = count(rows, ties)
    once, of_total = result.rows[result.rows["counted"]], result.ties[result.ties["within"] == ""]
    total = {bound: fsum([*once[bound], *-of_total[bound]]) for bound in BOUNDS}
    total |= {f"naive_{bound}": fsum(result.rows[bound].dropna()) for bound in BOUNDS}
    total |= {f"off_{bound}": fsum(of_total[bound]) for bound in BOUNDS}
    total["counted"] = {*once["pledge_id"]}
    total["left_out"] = {row["pledge_id"] for row in rows} - total["counted"]
    envelopes = result.envelopes.set_index("pledge_id")[PARTS]
    return total | {"parts": {pledge: tuple(values) for pledge, *values in envelopes.itertuples(name=None)}}


def bounds(rows, ties):
    total = loop_total(rows, ties)
    return total["low"], total["high"]


def row_of(pledge, figure, parent=None, withdrawn="no"):
    low, high = figure if isinstance(figure, tuple) else (figure, figure)
    row = {"pledge_id": pledge, "parent_id": parent, "low": low, "high": high}
    return row | {"open_high": False, "excluded": "", "withdrawn": withdrawn}


EXAMPLES = {
    # nothing of the envelope is left, and not less
    "an envelope and its part both said again": (
        [row_of("whole", 10.0), row_of("part", 6.0, "whole"), row_of("earlier", 10.0), row_of("older", 6.0)],
        [("whole", "earlier", "restates"), ("part", "older", "restates")],
        (16.0, 16.0),
    ),
    # taken off one after the other they would leave 0 to 2 or 1 to 1, as the order has it; at once, 0 to 2
    "two parts said again come off as one sum": (
        [
            row_of("whole", (2.0, 3.0)),
            row_of("part", (0.0, 1.0), "whole"),
            row_of("other part", (0.0, 2.0), "whole"),
            row_of("earlier", 1.0),
            row_of("older", 2.0),
        ],
        [("part", "earlier", "restates"), ("other part", "older", "restates")],
        (3.0, 5.0),
    ),
    # 156 in all, less the part of 10 to 12: the six are among the ten
    "what is said again inside what is said again comes off once": (
        [
            row_of("whole", 100.0),
            row_of("part", (10.0, 12.0), "whole"),
            row_of("part of it", 6.0, "part"),
            row_of("earlier", 50.0),
            row_of("older", 6.0),
        ],
        [("part of it", "older", "restates"), ("part", "earlier", "restates")],
        (144.0, 146.0),
    ),
    "what is possibly withdrawn inside what is possibly withdrawn comes off once": (
        [
            row_of("envelope", 20.0),
            row_of("part", 10.0, "envelope", withdrawn="possibly"),
            row_of("piece", 5.0, "part", withdrawn="possibly"),
        ],
        [],
        (10.0, 20.0),
    ),
}


@pytest.mark.parametrize(("rows", "ties", "expected"), EXAMPLES.values(), ids=EXAMPLES)
def test_a_rule_by_example_whatever_the_order_of_ties(rows, ties, expected):
    for order in (1, -1):
        assert loop_total(rows, ties[::order]) == witness.total(rows, ties[::order])
        assert bounds(rows, ties[::order]) == expected


few = settings(max_examples=60)
ledgers = st.builds(some_ledger, st.randoms(use_true_random=True))


@few
@given(ledgers, st.randoms(use_true_random=True))
def test_the_loops_and_the_witness_agree_in_any_order(ledger, random):
    rows, ties = ledger
    told = loop_total(rows, ties)
    assert told == witness.total(rows, ties)
    assert told == loop_total(random.sample(rows, len(rows)), random.sample(ties, len(ties)))


def test_sixty_ledgers_try_every_rule_and_the_witness_agrees_on_each():
    seen = set()
    for seed in range(60):
        rows, ties = some_ledger(Random(seed))
        assert loop_total(rows, ties) == witness.total(rows, ties), seed
        result = count(rows, ties)
        seen |= {(tie.relation, tie.within != "") for tie in result.ties.itertuples() if tie.low > 0}
        seen |= {f"{tie.relation} again" for tie in result.ties.itertuples() if tie.low == tie.high == 0}
        seen |= {*result.rows["reason"]} | {*PARTS} - {name for name in PARTS if not result.envelopes[name].any()}
    assert seen >= {("restates", False), ("restates", True), ("overlaps", False), ("overlaps", True)}
    assert seen >= {("withdrawn", False), ("succeeded", False), ("possibly-withdrawn", False), "overlaps again"}
    assert seen >= {"", "no money", "undated", "withdrawn", "succeeded", *PARTS}


@few
@given(ledgers)
def test_every_sum_is_in_order_and_every_euro_is_counted_left_out_or_taken_off(ledger):
    rows, ties = ledger
    total = loop_total(rows, ties)
    assert 0 <= total["low"] <= total["high"]
    for parts_low, parts_high, unallocated_low, unallocated_high in total["parts"].values():
        assert 0 <= parts_low <= parts_high
        assert 0 <= unallocated_low <= unallocated_high
    for bound in BOUNDS:
        left_out = [row[bound] for row in rows if row["pledge_id"] in total["left_out"] and row[bound] is not None]
        assert total[f"naive_{bound}"] == fsum([total[bound], *left_out, total[f"off_{bound}"]])
    described = count(rows, ties).rows
    assert described["pledge_id"].tolist() == [row["pledge_id"] for row in rows]
    assert (described["counted"] ^ described["reason"].ne("")).all()


@few
@given(ledgers, st.randoms(use_true_random=True))
def test_a_row_more_or_less_moves_the_total_as_far_as_its_envelope_lets_it(ledger, random):
    rows, ties = ledger
    low, high = bounds(rows, ties)
    parents = {row["parent_id"] for row in rows}
    standing = {row["pledge_id"] for row in rows if row["low"] is not None and not row["excluded"]}
    # a part added to a whole with a figure changes nothing
    if standing:
        whole = random.choice([row["pledge_id"] for row in rows if row["pledge_id"] in standing])
        part = row_of("new", float(random.randint(0, 60)), whole) | {"open_high": random.random() < 0.5}
        place = random.randint(0, len(rows))
        assert bounds([*rows[:place], part, *rows[place:]], ties) == (low, high)
    # a part withdrawn takes off no more than it may hold
    if parts := [row for row in rows if row["pledge_id"] in standing - parents and row["parent_id"] in standing]:
        part = random.choice(parts)
        gone = [row | {"excluded": "withdrawn", "withdrawn": "yes"} if row is part else row for row in rows]
        (most, same), (less, still) = bounds(rows, []), bounds(gone, [])
        assert most - part["high"] <= less <= most
        assert still == same
    # a leaf taken away never raises the upper bound, with one exception: where the leaf says money again, or is said
    # again, the tie that took money off goes with it
    repeated = {pledge for *pair, relation in ties if relation == "restates" for pledge in pair}
    if leaves := {row["pledge_id"] for row in rows} - parents - repeated:
        leaf = random.choice(sorted(leaves))
        rest = [row for row in rows if row["pledge_id"] != leaf], [tie for tie in ties if leaf not in tie]
        assert bounds(*rest)[1] <= high


@few
@given(ledgers, st.builds(some_ledger, st.randoms(use_true_random=True), st.just("other-")))
def test_forests_without_ties_between_them_add_up(one, other):
    both = loop_total(one[0] + other[0], one[1] + other[1])
    parts = [loop_total(*one), loop_total(*other)]
    for key in ["low", "high", "naive_low", "naive_high", "off_low", "off_high"]:
        assert both[key] == parts[0][key] + parts[1][key]
    assert both["parts"] == parts[0]["parts"] | parts[1]["parts"]
