"""Each euro once: the arithmetic against a second account of its rules, laws, rules by example, and what is shown."""

import datetime as dt
import itertools
import json
import re
from contextlib import nullcontext
from functools import partial
from math import fsum
from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import invented
import summit_analysis as sa
import witness
from printed import BOUNDS, LAST_DAY, READERS, SUMMIT_DAY, unspaced
from refusals import misses
from summit_analysis import RULES, announced_by_day, charts, explain_ladder, ladder, new_or_known, status, total
from summit_analysis.base.errors import ChoiceError, FrameError, MissingRateError
from summit_analysis.ledger import schema
from summit_analysis.ledger.checks import circles
from summit_analysis.ledger.tables import _as_lines
from summit_analysis.pledges.claims import Only, date_claims, select
from summit_analysis.pledges.once import Forest, Once, forest_of
from summit_analysis.pledges.status import dated_updates, last_day, last_news, valued_updates
from witness import KINDS

BILLION = 1e9
BOTH = ("summit", "comparator")
RUNGS = ["naive", "once", "new-money", "site", "works"]
CHOOSE, SOFTBANK, FLUIDSTACK = "cmp-fra-choose-france-2025", "cmp-fra-softbank-75bn", "fluidstack-supercomputer"

few = settings(max_examples=60)
RANDOM = st.randoms(use_true_random=True)


def bn(*amounts):
    return tuple(round(amount / BILLION, 1) for amount in amounts)


def bounds(found):
    return found.low, found.high


def reasons(found):
    return found.left_out.set_index("pledge_id")["reason"].to_dict()


# --- the forest of envelopes against a plain walk from parent to parent


@st.composite
def forests(draw, *, circular=False):
    """Draw {id: parent}, ids in any order; a parent may be unknown, missing or, if circular, anything."""
    names = [f"p{number}" for number in range(draw(st.integers(0, 25)))]
    parents = {
        name: draw(st.sampled_from([None, np.nan, "elsewhere", *(names if circular else names[:number])]))
        for number, name in enumerate(names)
    }
    return {name: parents[name] for name in draw(st.permutations(names))}


def climb(parents, name):
    """Return what stands above `name`, nearest first; stops where a circle closes."""
    above, here = [], parents[name]
    while here in parents and here not in above:
        above.append(here)
        here = parents[here]
    return above


@few
@given(forests(), RANDOM)
def test_a_forest_is_what_a_walk_from_parent_to_parent_finds(parents, random):
    grown = Forest(parents.keys(), parents.values())
    assert sorted(grown.order) == sorted(parents)
    for name in parents:
        above, inside = climb(parents, name), grown.within(name)
        assert grown.ancestors(name) == above
        assert grown.parent[name] == (above[0] if above else None)
        assert grown.parts[name] == [part for part, parent in parents.items() if parent == name]
        assert len(inside) == len(set(inside))
        assert set(inside) == {part for part in parents if name in {part, *climb(parents, part)}}
        assert all(grown.order.index(envelope) < grown.order.index(name) for envelope in above)
    # some of them: each hangs on the nearest that is chosen
    chosen = [name for name in parents if random.random() < 0.5]
    nearest = {name: next((above for above in climb(parents, name) if above in chosen), None) for name in chosen}
    assert list(grown.among(chosen).parent.items()) == list(nearest.items())


@given(forests(circular=True))
def test_a_circle_is_found_exactly_and_refused(parents):
    on_circle = [name for name in parents if name in climb(parents, name)]
    assert circles(parents.keys(), parents.values()) == on_circle
    refused = pytest.raises(FrameError, match=rf"circle through {on_circle[0]}\b") if on_circle else nullcontext()
    with refused:
        assert len(Forest(parents.keys(), parents.values()).order) == len(parents)


def test_a_chain_of_five_thousand_is_climbed_and_a_ring_of_them_found():
    names = [f"p{number}" for number in range(5000)]
    chain = Forest(names, [None, *names[:-1]])
    assert chain.order == names
    assert chain.ancestors("p4999") == names[-2::-1]
    assert len(chain.within("p2500")) == 2500
    assert circles(names, [names[-1], *names[:-1]]) == names


# --- the sum against the witness, and laws that hold for any ledger

PARTS = ["parts_low", "parts_high", "unallocated_low", "unallocated_high"]
ROW = {"pledge_id": "str", "parent_id": "str", "low": float, "high": float, "open_high": bool}
ROW |= {"excluded": "str", "withdrawn": "str"}
TIE = dict.fromkeys(["pledge_a", "pledge_b", "relation"], "str")


def row_of(pledge, figure, parent=None, withdrawn="no", excluded=""):
    low, high = figure if isinstance(figure, tuple | list) else (figure, figure)
    return dict(zip(ROW, (pledge, parent, low, high, False, excluded, withdrawn), strict=True))


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
        excluded = random.choice(["no money", "undated", *witness.GONE]) if random.random() < excluded_share else ""
        withdrawn = "yes" if excluded == "withdrawn" else "possibly" if random.random() < 0.15 else "no"
        above = parent or random.choice([None, f"{prefix}not-here"])
        rows.append(row_of(pledge, figure, above, withdrawn, excluded) | {"open_high": random.random() < 0.1})
    # ids say nothing about depth or place
    random.shuffle(rows)
    names = random.sample([row["pledge_id"] for row in rows] + [f"{prefix}not-here"], len(rows) + 1)
    relations = random.choice([["overlaps", "restates", "overlaps", "restates", "detail", "succeeds"], ["restates"]])
    pairs = [tuple(random.sample(names, 2)) for _ in range(random.choice([0, 2, 5, 8]))]
    return rows, [(*pair, meaning) for pair, meaning in {pair: random.choice(relations) for pair in pairs}.items()]


def count(rows, ties):
    rows, ties = pd.DataFrame(rows, columns=list(ROW)).astype(ROW), pd.DataFrame(ties, columns=list(TIE)).astype(TIE)
    return Once(rows, ties, Forest(rows["pledge_id"], rows["parent_id"]))


def loop_total(rows, ties):
    """Put what `Once` finds into the shape of `witness.total`."""
    result = count(rows, ties)
    once, of_total = result.rows[result.rows["counted"]], result.ties[result.ties["within"] == ""]
    found = {"counted": {*once["pledge_id"]}}
    found["left_out"] = {row["pledge_id"] for row in rows} - found["counted"]
    for bound, summed in zip(BOUNDS, result.sums(), strict=True):
        found |= {bound: summed, f"naive_{bound}": fsum(result.rows[bound].dropna())}
        found[f"off_{bound}"] = fsum(of_total[bound])
        assert summed == fsum([*once[bound], *-of_total[bound]])
    envelopes = result.envelopes.set_index("pledge_id")[PARTS]
    return found | {"parts": {pledge: tuple(values) for pledge, *values in envelopes.itertuples(name=None)}}


def sums(rows, ties):
    return count(rows, ties).sums()


ledgers = st.builds(some_ledger, RANDOM)


def test_hundred_ledgers_try_every_rule_and_the_witness_agrees_on_each_in_any_order():
    seen = set()
    for seed in range(100):
        rows, ties = some_ledger(random := Random(seed))
        result, told = count(rows, ties), loop_total(rows, ties)
        assert told == witness.total(rows, ties), seed
        assert all(0 <= low <= high for *_, low, high in [*told["parts"].values(), (told["low"], told["high"])])
        assert told == loop_total(random.sample(rows, len(rows)), random.sample(ties, len(ties))), seed
        seen |= {(tie.relation, tie.within != "") for tie in result.ties.itertuples() if tie.low > 0}
        seen |= {f"{tie.relation} again" for tie in result.ties.itertuples() if tie.low == tie.high == 0}
        seen |= {*result.rows["reason"]} | {*PARTS} - {name for name in PARTS if not result.envelopes[name].any()}
    assert seen >= {("restates", False), ("restates", True), ("overlaps", False), ("overlaps", True)}
    assert seen >= {("withdrawn", False), ("succeeded", False), ("possibly-withdrawn", False), "overlaps again"}
    assert seen >= {"", "no money", "undated", "withdrawn", "succeeded", *PARTS}


@few
@given(ledgers)
def test_every_euro_is_counted_left_out_or_taken_off_and_who_stands_for_a_row_is_above_it(ledger):
    rows, ties = ledger
    found, result = loop_total(rows, ties), count(rows, ties).rows
    for bound in BOUNDS:
        left_out = [row[bound] for row in rows if row["pledge_id"] in found["left_out"] and row[bound] is not None]
        assert found[f"naive_{bound}"] == fsum([found[bound], *left_out, found[f"off_{bound}"]])
    assert result["pledge_id"].tolist() == [row["pledge_id"] for row in rows]
    assert (result["counted"] ^ result["reason"].ne("")).all()
    parents, nearest = {row["pledge_id"]: row["parent_id"] for row in rows}, witness.hang(rows)
    for row in result.itertuples():
        assert (row.counted_in == row.pledge_id) == row.counted
        assert row.counted_in in {"", row.pledge_id, *climb(parents, row.pledge_id)} & (found["counted"] | {""})
        if row.excluded not in witness.TRANSPARENT:
            assert (None if pd.isna(row.parent_id) else row.parent_id) == nearest[row.pledge_id]


@few
@given(ledgers, RANDOM)
def test_a_row_more_or_less_moves_the_total_as_far_as_its_envelope_lets_it(ledger, random):
    rows, ties = ledger
    low, high = sums(rows, ties)
    parents = {row["parent_id"] for row in rows}
    standing = {row["pledge_id"] for row in rows if row["low"] is not None and not row["excluded"]}
    # a part added to a whole with a figure changes nothing
    if standing:
        whole = random.choice([row["pledge_id"] for row in rows if row["pledge_id"] in standing])
        part = row_of("new", float(random.randint(0, 60)), whole) | {"open_high": random.random() < 0.5}
        place = random.randint(0, len(rows))
        assert sums([*rows[:place], part, *rows[place:]], ties) == (low, high)
    # a part withdrawn takes off no more than it may hold
    if parts := [row for row in rows if row["pledge_id"] in standing - parents and row["parent_id"] in standing]:
        part = random.choice(parts)
        gone = [row | {"excluded": "withdrawn", "withdrawn": "yes"} if row is part else row for row in rows]
        (most, same), (less, still) = sums(rows, []), sums(gone, [])
        assert most - part["high"] <= less <= most
        assert still == same
    # a leaf taken away never raises the upper bound, with one exception: where the leaf says money again, or is said
    # again, the tie that took money off goes with it
    repeated = {pledge for *pair, relation in ties if relation == "restates" for pledge in pair}
    if leaves := {row["pledge_id"] for row in rows} - parents - repeated:
        leaf = random.choice(sorted(leaves))
        rest = [row for row in rows if row["pledge_id"] != leaf], [tie for tie in ties if leaf not in tie]
        assert sums(*rest)[1] <= high


@few
@given(ledgers, st.builds(some_ledger, RANDOM, st.just("other-")))
def test_forests_without_ties_between_them_add_up(one, other):
    both, first, second = loop_total(one[0] + other[0], one[1] + other[1]), loop_total(*one), loop_total(*other)
    for key in ["low", "high", "naive_low", "naive_high", "off_low", "off_high"]:
        assert both[key] == first[key] + second[key]
    assert both["parts"] == first["parts"] | second["parts"]


def test_cents_once_put_the_bounds_out_of_order():
    # one bound is summed in another order than the other: 0.1 + 0.2 is not 0.3
    rows = [row_of("a", (0.1, 0.3)), row_of("b", (0.2, 0.3)), row_of("c", 0.3)]
    low, high = sums(rows, [("c", "a", "restates"), ("b", "c", "overlaps")])
    assert low <= high


# --- rules by example, on pledges that nobody made


FAMILIES = """
alone 7
overfull 100 | -a 80 | -b 50
maybe-overfull 100 | -a 90-120
barely-overfull 100 | -a 101
just-full 100 | -a 100
no-figure ? | -a 40 | -b 3-5 | -c ?
bare-middle 100 | -a ? recipient_country=DEU | -b 40 inside=bare-middle-a recipient_country=DEU
tied 100 | -part 20-30 | tied-twice 25 | tied-other 50-60
tied-part overlaps tied-other | tied-twice overlaps tied-other | tied-twice overlaps tied
deep 100 | -part 60 | -part-of-part 10 inside=deep-part | deep-twin 30 | -part-of-part overlaps deep-twin
nest 100 | -part 60 | -a 30 inside=nest-part | -b 30 inside=nest-part | -a overlaps nest-b
said-first 60 | said-again 20-30 | said-again restates said-first
holder 100 | -again 30 | -rest 60 | older-words 30 | holder-again restates older-words
both-again 10 | -part 6 | again-whole 10 | again-part 6 | both-again restates again-whole |\
 -part restates again-part
two-again 2-3 | -a 0-1 | -b 0-2 | two-first 1 | two-other 2 | -a restates two-first | -b restates two-other
in-again 100 | -part 10-12 | -part-of-it 6 inside=in-again-part | in-first 50 | in-other 6 |\
 -part-of-it restates in-other | -part restates in-first
two-ties 0-4 | -a 3 inside= | -b 3 inside= | two-ties overlaps two-ties-a | -b overlaps two-ties
half-a-year 5 group=comparator horizon_start=2025-01-01 horizon_end=2025-06-30
a-year 5 group=comparator horizon_start=2025-01-01 horizon_end=2025-12-31
two-years 5 group=comparator horizon_start=2025-01-01 horizon_end=2026-12-31
no-day 50 announced_on= | -part 20
land 50 money_kind=none | -part 20
"""
"""Families that have one thing each to tell of the sum."""
UPDATES = """
grows 10 | enlarged 2025-03-01 99 part | enlarged 2025-03-02 99 raised | enlarged 2025-03-03 99 spent |\
 enlarged 2025-03-04 99 component | enlarged 2025-03-05 99 restated | enlarged 2025-04-01 5 increase |\
 enlarged 2025-05-01 8 new-total | enlarged 2025-06-01 2 increase PRESS | enlarged 2025-06-01 9 new-total
leaves 10 | withdrawn | -part 4
fresh 90-100 | -old 30-40 new_money=no announced_on=2024-05-13 | -tranche 20 new_money=no announced_on=2025-05-19
half 100 new_money=partly | -new 30 | -unknown 20 new_money=unknown
aged 50 | -part ? new_money=no announced_on=2024-05-13
first 50 | again 20 new_money=no announced_on=2025-05-19 | again restates first
older 60-80 | younger 50 | older overlaps younger
whole 90-100 | operating | -a 30-40 | site-chosen | financed 10 raised |\
 -b 20 announced_on=2024-05-13 new_money=no | operating
said-whole 100 | permitted 100 restated | -a 30
sum-of-more 50 | under-construction 500 component
some-day 50 | operating updated_period=2025-06
too-much 50 | site-chosen 80 part
left 50 | site-chosen 2025-03-01 | withdrawn 2025-07-01
may-leave 20 | -part 10 | withdrawn updated_period=2025-06 | -piece 5 inside=may-leave-part |\
 withdrawn updated_period=2025-06
grows-some-day 10 | enlarged updated_period= 8 new-total
enlarged-only 50 | enlarged 60 new-total
capped ? | claim 10 qualifier=up-to amount_low= | enlarged 12 new-total
floored ? | claim 10 qualifier=at-least amount_high= | enlarged 12 new-total
"""
"""Families of which something became."""
KINDS_OF_MONEY = """
filled 100 money_kind=mixed | -private 60 | -public 40 money_kind=public | -again 20 money_kind=mixed
filled-again overlaps filled-public
not-filled 100 money_kind=mixed | -private 60
gone-package 100 | withdrawn | gone-part 30 inside=gone-package money_kind=public
"""
"""Packages of several kinds of money, filled by their parts or not, and one that leaves."""
DOCUMENTED = """
on-paper 40 | operating
paid 40 | financed 5 raised | operating 2025-07-01 7 spent |\
 announced 2025-07-02 3 contracted | announced 2025-07-03 9 firm
no-amount-package 50 | no-amount ? inside=no-amount-package | financed 6 raised
pack 100 | -old 20 new_money=no announced_on=2025-05-19 | claim 20 AGENCY claimed_on=2024-11-01
bare-package 60 | bare-part ? inside=bare-package new_money=no announced_on=2025-05-19
for-firms 10 purpose=fund
half-a-year-later 10 announced_on=2025-08-01
left-they-say 50 | withdrawn DIGEST
"""
"""Pledges of which a sum is documented, or the age or kind is in question."""


@pytest.fixture(scope="module")
def small(copy_tables):
    return invented.write(copy_tables(), FAMILIES + UPDATES + KINDS_OF_MONEY + DOCUMENTED)


ONCE = {
    ("alone",): (7, 7),
    # the envelope counts, its parts do not
    ("overfull",): (100, 100),
    ("maybe-overfull",): (100, 100),
    # without a figure it counts as its parts
    ("no-figure",): (43, 45),
    ("bare-middle",): (100, 100),
    ("land",): (20, 20),
    ("no-day",): (50, 50),
    # the part may be 30, the other at most 50: so 30; twice comes off once, though two ties name it
    ("tied", "tied-other", "tied-twice"): (175 - 30 - 25, 185),
    ("tied", "tied-other"): (150 - 30, 160),
    ("tied-other", "tied-part"): (70 - 20, 90),
    ("tied",): (100, 100),
    # said again comes off both bounds
    ("said-first", "said-again"): (60, 60),
    ("said-again",): (20, 30),
    ("deep", "deep-twin"): (130 - 10, 130),
    # nothing of the envelope is left, and not less
    ("both-again", "again-whole", "again-part"): (16, 16),
    # taken off one after the other they would leave 0 to 2 or 1 to 1, as the order has it; at once, 0 to 2
    ("two-again", "two-first", "two-other"): (3, 5),
    # 156 in all, less the part of 10 to 12: the six are among the ten
    ("in-again", "in-first", "in-other"): (144, 146),
    # each tie takes off the smaller row, which may be all of the other
    ("two-ties", "two-ties-a", "two-ties-b"): (6, 10),
}
DEDUCTIONS = {
    ("tied", "tied-other", "tied-twice"): [
        ("tied-part", "tied-other", "overlaps", "", 30, 0, "may be the same money"),
        ("tied-twice", "tied", "overlaps", "", 25, 0, "may be the same money"),
        ("tied-twice", "tied-other", "overlaps", "", 0, 0, "taken off already"),
    ],
    ("said-first", "said-again"): [("said-again", "said-first", "restates", "", 20, 30, "the same money said again")],
}
FINDINGS = {
    "overfull": [("parts-above-envelope", "overfull", 130, 130)],
    # the parts may just as well be less
    "maybe-overfull": [],
    "barely-overfull": [("parts-above-envelope", "barely-overfull", 101, 101)],
    "just-full": [],
}
SPLITS = {
    (("no-figure",), "purpose"): {"compute": (43, 45), "unallocated": (0, 0)},
    # the part without a figure counts as what is inside it
    (("bare-middle",), "recipient_country"): {"DEU": (40, 40), "unallocated": (60, 60)},
    # the part may be the other's money, all 20 or 30 of it
    (("tied", "tied-other"), "money_kind"): {"private": (50, 90), "unallocated": (70, 80)},
    (("said-first", "said-again"), "money_kind"): {"private": (60, 60), "unallocated": (0, 0)},
    # a part that says money of another row again is worth nothing of its own
    (("holder", "older-words"), "pledge_id"): {
        **{"older-words": (30, 30), "holder-again": (0, 0), "holder-rest": (60, 60), "unallocated": (10, 10)},
    },
    # what parts of a part share leaves the part its figure
    (("nest",), "pledge_id"): {"nest-part": (60, 60), "unallocated": (40, 40)},
    # parts that say more than their package: each may be the one that says too much
    (("overfull",), "pledge_id"): {"overfull-a": (50, 80), "overfull-b": (20, 50), "unallocated": (0, 0)},
    # what a part of a part shares may be the part's or the other's
    (("deep", "deep-twin"), "pledge_id"): {"deep-twin": (20, 30), "deep-part": (50, 60), "unallocated": (40, 40)},
}


def split(found):
    column = found.split.columns[0]
    return {row[column]: (row["low"], row["high"]) for row in found.split.to_dict("records")}


def test_each_family_counts_once_and_names_what_comes_off_and_what_does_not_fit(small):
    assert {where: bounds(total(small, where=where)) for where in ONCE} == ONCE
    found = {where: list(total(small, where=where).ties.itertuples(index=False, name=None)) for where in DEDUCTIONS}
    assert found == DEDUCTIONS
    found = {where: total(small, where=where).findings for where in FINDINGS}
    assert {where: list(one.itertuples(index=False, name=None)) for where, one in found.items()} == FINDINGS


def test_a_split_loses_nothing_and_counts_nothing_twice(small, ledger):
    found = {(where, by): list(split(total(small, where=where, by=by)).items()) for where, by in SPLITS}
    assert found == {asked: list(parts.items()) for asked, parts in SPLITS.items()}
    # the Champions are of no single country: money of nobody in particular is in the split too
    assert sum(high for _, high in split(total(ledger, where="investai", by="pledger_country")).values()) == 220e9


COLUMNS = ["pledge_id", "money_kind", "purpose", "recipient_country", "pledger_kind", "new_money", "pledger_country"]


def test_no_share_of_a_split_is_negative_and_all_of_them_are_no_more_than_the_total(ledger, small):
    asked = [(ledger, {"to": to, "as_of": day, "where": BOTH}) for to in ("EUR", "USD") for day in (None, LAST_DAY)]
    asked += [(ledger, {"rule": "latest"}), (small, {}), (small, {"as_of": LAST_DAY})]
    asked += [(invented.some_ledger(Random(seed), ledger), {"to": to}) for seed in range(25) for to in ("EUR", "USD")]
    for (one, options), by in itertools.product(asked, COLUMNS):
        found = total(one, by=by, **options)
        shares, cent = found.split[BOUNDS], 1e-9 * found.naive.high + 0.005
        assert (shares["low"] >= 0).all(), (options, by)
        assert (shares["low"] <= shares["high"]).all(), (options, by)
        assert fsum(shares["low"]) <= found.high + cent, (options, by)
        assert fsum(shares["high"]) >= found.high - cent, (options, by)
        assert (shares["high"] <= found.high + cent).all(), (options, by)


def test_an_envelope_without_a_figure_counts_as_its_parts(small):
    found = total(small, where="no-figure")
    assert reasons(found) == {"no-figure": "no figure, counts as its parts", "no-figure-c": "no figure"}
    # what its parts say is its figure, so only the silent part is named
    assert found.unquantified["pledge_id"].tolist() == ["no-figure-c"]
    assert "o amount was given for The no-figure-c" in found.sentence()
    assert found.naive == sa.Amount(43, 45, "EUR", open_high=True)
    assert total(small, where="alone").naive == sa.Amount(7, 7, "EUR")
    answer = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    assert [answer[name] for name in ("low", "high", "naive_low", "naive_high")] == [43, 45, 43, 45]
    assert {row["pledge_id"]: row["low"] for row in answer["left_out"]} == {"no-figure": None, "no-figure-c": None}


def test_what_hangs_on_a_row_in_no_sum_stands_on_its_own_and_what_has_left_takes_its_parts_along(small):
    for where, reason in (("no-day", "undated"), ("land", "no money")):
        found = total(small, where=where, as_of=SUMMIT_DAY)
        assert reasons(found) == {where: reason}
        assert (found.counted["pledge_id"].tolist(), found.low) == ([f"{where}-part"], 20)
    # what is possibly withdrawn inside what is possibly withdrawn comes off once
    assert bounds(total(small, where="may-leave", as_of="2025-06-15")) == (10, 20)
    assert bounds(total(small, where="leaves", as_of="2025-05-31")) == (10, 10)
    found = total(small, where="leaves", as_of="2025-06-01")
    assert bounds(found) == (0, 0)
    assert reasons(found) == {"leaves": "withdrawn", "leaves-part": "inside a withdrawn pledge"}
    # before the announcement there is nothing
    nothing = total(small, where="alone", as_of="2025-02-09")
    assert (nothing.low, len(nothing.counted), len(nothing.left_out)) == (0, 0, 0)
    assert total(small, where="alone", as_of="2025-02-10").low == 7


def test_only_new_totals_and_increases_change_an_amount(small):
    # shares and restatements change nothing; an increase and a total of one day are one step
    figures = {None: 10, "2025-03-31": 10, "2025-04-01": 15, "2025-05-01": 8, "2025-06-01": 9, LAST_DAY: 9}
    found = {day: total(small, where="grows", as_of=day) for day in figures}
    assert {day: bounds(one) for day, one in found.items()} == {day: (one, one) for day, one in figures.items()}
    by_claims = {day for day, one in found.items() if one.counted["amount_by"].item() == "claims"}
    assert by_claims == {None, "2025-03-31"}
    assert total(small, where="grows", rule="article", as_of=LAST_DAY).counted.empty
    # a new total is exact
    ends = [total(small, where=["capped", "floored"], as_of=day).amount for day in (None, LAST_DAY)]
    assert ends == [sa.Amount(20, 20, "EUR", open_low=True, open_high=True), sa.Amount(24, 24, "EUR")]
    # an undated total in dollars once made every total as of a day fail: it is known on the last day
    found = {day: total(small, "USD", where="grows-some-day", as_of=day).amount for day in ("2026-09-30", LAST_DAY)}
    rates = [float(sa.quote("EUR", "USD", on=day).rate) for day in ("2025-02-10", LAST_DAY)]
    assert [one.low for one in found.values()] == pytest.approx([10 * rates[0], 8 * rates[1]])


def test_spending_of_one_year_is_named_where_it_is_added_to_plans_of_several(ledger, small):
    found = total(small, where=["half-a-year", "a-year", "two-years"])
    one_year = found.counted.set_index("pledge_id")["one_year"].to_dict()
    assert one_year == {"half-a-year": True, "a-year": True, "two-years": False}
    names = ("microsoft-capex-fy", "alphabet-capex-", "meta-capex-", "amazon-capex-")
    capex, found = [f"cmp-usa-{name}2025" for name in names], total(ledger, where="comparator")
    assert found.counted.loc[found.counted["one_year"], "pledge_id"].tolist() == capex
    for lang, said in (("en", "spending of a single year"), ("fr", "dépenses d’une seule année")):
        named = ledger.names(lang)
        assert all(named[pledge] in found.sentence(lang).partition(said)[2] for pledge in capex)
        # a sum of one year's spending alone, and pledges of the summit, are of one kind
        assert said not in total(ledger, where=capex).sentence(lang)
        assert said not in total(ledger).sentence(lang)


# --- the totals of the ledger

DAYS = [None, "2025-02-09", SUMMIT_DAY, "2025-06-30", "2026-07-30", LAST_DAY]
SELECTIONS = [
    *itertools.product(["EUR"], RULES, ["summit", "article", BOTH], DAYS, [None]),
    *itertools.product(["USD"], RULES, [BOTH], DAYS, [None]),
    *itertools.product(["EUR"], RULES, [None], [None, LAST_DAY], [*itertools.combinations(KINDS, 2), ("private",)]),
]


def expected(ledger, rule, where, day):
    mentioned = ledger.claims.loc[ledger.claims["source_id"] == "seed-article", "pledge_id"]
    rows = ledger.pledges[ledger.pledges["group"].eq("summit") | (where in ("article", BOTH))]
    if "article" in (rule, where):
        rows = rows[rows["pledge_id"].isin(mentioned)]
    return sorted(rows.loc[~(rows["announced_on"] > (day or "2099-01-01")), "pledge_id"])


def test_every_row_once_and_every_cent(ledger):
    for to, rule, where, day, kinds in SELECTIONS:
        found, asked = total(ledger, to, rule, where, as_of=day, money_kinds=kinds), (to, rule, where, day, kinds)
        rows = sorted([*found.counted["pledge_id"], *found.left_out["pledge_id"]])
        assert kinds or rows == expected(ledger, rule, where, day), asked
        assert (found.left_out["reason"] != "").all()
        off = found.ties[found.ties["within"] == ""]
        for bound in BOUNDS:
            parts = [getattr(found, bound), *found.left_out[bound].dropna(), *off[bound]]
            assert fsum(parts) == pytest.approx(getattr(found.naive, bound), rel=0, abs=0.005), asked
        assert 0 < found.low <= found.high <= found.naive.high
        assert (found.rule, found.as_of, found.money_kinds) == (rule, day, kinds)


def test_a_total_prints_as_its_sentence_on_five_lines_at_most_and_its_dollars_are_no_formula(ledger):
    once, long = total(ledger, where="france-109bn"), repr(total(ledger, where=BOTH)).splitlines()
    assert " ".join(repr(once).split()) == " ".join(once.sentence().split())
    assert (len(long), long[-1][-2:]) == (5, " …")
    assert max(map(len, long)) <= 120
    page = total(ledger, to="USD")._repr_html_()
    assert page.count("<span>$</span>") == page.count("$") > 1


def test_the_sentence_counts_whom_nobody_dates_and_says_at_most_only_where_companies_recur(ledger):
    for day in (dt.datetime(2025, 2, 11, 20), "2025-02-11 20:00", dt.date(2025, 2, 11)):
        then = total(ledger, as_of=day)
        assert then.as_of == SUMMIT_DAY
    undated = sum(reason == "undated" for reason in reasons(then).values())
    assert f"the day of their announcement is not known: {undated}" in then.sentence(long=True)
    places = {"france-109bn": False, "investai": False, ("france-109bn", "investai"): True}
    assert {where: "at most" in total(ledger, where=where).sentence().lower() for where in places} == places


KINDS_OF = {
    # what its parts fill is of their kinds, though the third says money of the second again
    "filled": {"private": (60, 60), "public": (40, 40)},
    "not-filled": {"mixed": (100, 100)},
    # a part counts with its package
    "overfull": {"private": (100, 100)},
}


def test_what_a_total_says_of_a_kind_once_was_not_what_it_said_when_asked_for_it(small, ledger):
    asked = [(ledger, {"rule": rule, "as_of": day}) for rule in RULES for day in (None, SUMMIT_DAY, LAST_DAY)]
    asked += [(ledger, {"to": "USD"}), *((small, {"where": name}) for name in KINDS_OF)]
    asked += [(invented.some_ledger(Random(seed), ledger), {}) for seed in range(20)]
    for one, options in asked:
        whole = total(one, **options)
        sentence = unspaced(whole.sentence(long=True)).partition("double counting (")[2]
        for kind in whole.kinds["money_kind"]:
            alone = total(one, money_kinds=kind, **options)
            assert sa.format_amount(sa.Amount(*bounds(alone), alone.to)) in sentence, (options, kind)
        assert fsum(whole.kinds["high"]) >= whole.high - 0.005
    for name, parts in KINDS_OF.items():
        kinds = total(small, where=name).kinds
        assert {row.money_kind: bounds(row) for row in kinds.itertuples()} == parts
    # a part once stood on its own where the package that it left with was of another kind
    for kind in KINDS:
        assert bounds(total(small, where="gone-package", as_of="2025-06-01", money_kinds=kind)) == (0, 0)


def test_kinds_of_money_are_a_choice(ledger):
    whole, private = total(ledger), total(ledger, money_kinds="private")
    assert "of private money" in private.sentence()
    both = total(ledger, money_kinds=["mixed", "private"])
    assert "de fonds privés et mixtes, sans double compte" in unspaced(both.sentence("fr"))
    # all three are the whole
    every = total(ledger, money_kinds=KINDS)
    assert (bounds(every), every.sentence()) == (bounds(whole), whole.sentence())
    assert "money" not in whole.sentence()
    # order, repetition and a generator make no difference
    one = total(ledger, money_kinds=["mixed", "public"])
    for same in (["public", "mixed"], ("mixed", "public", "mixed"), (kind for kind in ("public", "mixed"))):
        other = total(ledger, money_kinds=same)
        assert (bounds(other), other.money_kinds) == (bounds(one), ("public", "mixed"))


def test_a_withdrawal_comes_off_the_low_figure_and_a_successor_stands_for_what_it_succeeds(ledger):
    days = {"2025-12-31": (109, "part of an envelope"), "2026-09-30": (99, "part of an envelope")}
    for day, (low, reason) in (days | {LAST_DAY: (99, "withdrawn")}).items():
        found = total(ledger, where="france-109bn", as_of=day)
        assert (bn(*bounds(found)), reasons(found)[FLUIDSTACK]) == ((low, 109), reason)
        gone = found.ties[found.ties["within"].eq("")]
        assert gone[["pledge_a", *BOUNDS]].values.tolist() == [[FLUIDSTACK, 10e9, 0.0]] * (low < 109)
        findings = found.findings.query("finding == 'withdrawn-part'")
        assert findings[["pledge_id", *BOUNDS]].values.tolist() == [[FLUIDSTACK, 10e9, 10e9]] * (low < 109)
        assert ("withdrawn: Fluidstack" in found.sentence(long=True)) == (reason == "withdrawn")
    days = {None: ("succeeded", 75), "2026-05-29": ("", 0), "2026-05-30": ("succeeded", 75)}
    for day, (reason, low) in (days | {LAST_DAY: ("withdrawn", 75)}).items():
        found = total(ledger, where=[FLUIDSTACK, SOFTBANK], as_of=day)
        # before that, the one that may have left is still worth up to 10
        assert (reasons(found).get(FLUIDSTACK, ""), *bn(*bounds(found))) == (reason, low, low or 10)
    # what restates another comes off both bounds when both are there; `detail` only spells that out
    assert "restates" not in set(total(ledger, where=CHOOSE).ties["relation"])
    found = total(ledger, where=[CHOOSE, "france-109bn"])
    again = found.ties.loc[found.ties["relation"] == "restates", ["pledge_a", *BOUNDS]]
    assert again.values.tolist() == [[f"{CHOOSE}-ai", 17e9, 20.8e9]]
    assert bn(*bounds(found)) == (109 + 37 - 17, 109 + 40.8 - 20.8)
    assert "detail" not in set(found.ties["relation"])


def test_who_left_by_hearsay_once_had_left_for_sure(small):
    for lang, said in (("en", "The left-they-say (reportedly)"), ("fr", "Le left-they-say (à confirmer)")):
        sentence = total(small, where=["left-they-say", "left"], as_of=LAST_DAY).sentence(lang, long=True)
        names = small.names(lang)
        assert said in unspaced(sentence)
        assert re.search(rf"{names['left']}\b(?! \()", unspaced(sentence).replace(said, "")), sentence
        # once the company says so itself
    assert "reportedly" not in total(small, where="left", as_of=LAST_DAY).sentence(long=True)
    # a copy of another's text is hearsay, too
    for read_as, doubtful in (("mirror", True), ("original", False)):
        changed = invented.change(small, "sources", f"source_id == '{invented.DIGEST}'", {"read_as": read_as})
        assert ("reportedly" in total(changed, where="left-they-say", as_of=LAST_DAY).sentence(long=True)) == doubtful


LATE = {"en": "11 February 2052 (the data end on {} 2026)", "fr": "11 février 2052 (les données s’arrêtent au {} 2026)"}
LAST = {"en": ("30 September", "1 October"), "fr": ("30 septembre", "1ᵉʳ octobre")}
"""Of the news about money, and of the lists."""


def test_a_day_after_the_data_once_passed_without_a_word(ledger):
    drawn = (charts.total, charts.envelope, charts.ladder, charts.status, charts.intersections)
    say = {draw.__name__: lambda draw=draw, **asked: draw(ledger, **asked).subtitle for draw in drawn}
    say["total"] = lambda lang, **asked: total(ledger, **asked).sentence(lang)
    say["page"] = lambda **asked: sa.explore(ledger, **asked).sentence
    for (name, said), lang in itertools.product(say.items(), LATE):
        # a list of signatories may have been read after the last news about money
        lists, known = name == "intersections", LAST_DAY if name == "intersections" else last_news(ledger).date()
        assert LATE[lang].format(LAST[lang][lists]) in unspaced(said(as_of="2052-02-11", lang=lang)), name
        assert not re.search("the data end|s’arrêtent", said(as_of=known, lang=lang)), name


# --- the ladder, each row by its own updates

LADDERS = [
    *[{"rule": rule} for rule in RULES],
    *[{"as_of": day} for day in (SUMMIT_DAY, "2025-06-30", "2026-03-01", LAST_DAY)],
    *[{"where": where} for where in ("comparator", "article", "france-109bn", BOTH)],
    {"rule": "article", "as_of": SUMMIT_DAY},
    {"rule": "latest", "where": BOTH, "as_of": "2025-06-30"},
    {"to": "USD", "as_of": LAST_DAY},
    {"where": "investai", "as_of": "2024-05-20"},
]
NEW = {
    # at least 90 less at most 40 that is old, at most 100 less at least 30
    ("fresh",): (50, 70),
    # partly new: surely the part that is, possibly all
    ("half",): (30, 100),
    # an old part that names no sum takes nothing away
    ("aged",): (50, 50),
    # a part that was known before its package is older money, whenever it was announced again
    ("pack",): (80, 80),
    # a part of which nothing is known once was a KeyError
    ("bare-package",): (60, 60),
    ("first", "again"): (50, 50),
    # money that two rows may share is surely new once only
    ("older", "younger"): (60, 130),
}
REACHED = {
    # news of a package without a sum say nothing of it: what its part raised, at most all of that part
    ("whole", None): ((10, 40), (10, 40)),
    ("whole", "2025-05-31"): ((0, 0), (0, 0)),
    ("said-whole", None): ((100, 100), (100, 100)),
    # a part never has what only its envelope's update says
    ("said-whole-a", None): ((0, 0), (0, 0)),
    # a sum of another scope: some of it, possibly all
    ("sum-of-more", None): ((0, 50), (0, 50)),
    # a pledge without an amount comes in with the money that is documented
    ("no-amount-package", None): ((6, 6), (6, 6)),
    ("no-amount-package", "2025-05-31"): ((0, 0), (0, 0)),
    # of what was paid the larger sum; that no more is firm says nothing of a site
    ("paid", None): ((7, 40), (7, 40)),
    ("on-paper", None): ((0, 40), (0, 40)),
    ("some-day", "2025-05-31"): ((0, 0), (0, 0)),
    ("some-day", "2025-06-15"): ((0, 50), (0, 50)),
    ("some-day", "2025-06-30"): ((0, 50), (0, 50)),
    # no row brings more than itself
    ("too-much", None): ((50, 50), (0, 0)),
    ("left", "2025-06-30"): ((0, 50), (0, 0)),
    ("left", "2025-07-01"): ((0, 0), (0, 0)),
    ("left", None): ((0, 0), (0, 0)),
    ("enlarged-only", LAST_DAY): ((0, 0), (0, 0)),
}


def names(cell):
    return {name for name in cell.split(";") if name}


def rungs(ledger, **options):
    return {row.rung: (row.low, row.high) for row in ladder(ledger, **options).itertuples()}


@pytest.mark.parametrize("options", LADDERS, ids=str)
def test_each_rung_lies_inside_the_one_above_and_its_rows_add_up_to_it(ledger, options):
    table, pieces, found = (function(ledger, **options) for function in (ladder, explain_ladder, total))
    assert table["rung"].tolist() == RUNGS
    assert ((table["low"] >= 0) & (table["low"] <= table["high"])).all()
    for bound in BOUNDS:
        assert table[bound].is_monotonic_decreasing
        once = [getattr(found.naive, bound), getattr(found, bound)]
        assert table[bound].tolist()[:2] == pytest.approx(once, abs=0.01)
    bare = table["unquantified"].map(names).tolist()
    assert bare[1] == set(found.unquantified["pledge_id"])
    assert all(inner <= outer for outer, inner in itertools.pairwise(bare))
    assert set(pieces["what"]) <= {"pledge", "tie"}
    for row in table.itertuples():
        mine = pieces[pieces["rung"] == row.rung]
        known = mine.dropna(subset="low")
        assert [fsum(known[bound]) for bound in BOUNDS] == pytest.approx([row.low, row.high], abs=0.01), row.rung
        assert set(mine.loc[mine["low"].isna(), "pledge_id"]) == names(row.unquantified)
        assert row.pledges == (known["what"] == "pledge").sum()
        assert (known.loc[known["what"] == "tie", BOUNDS] <= 0).all(axis=None)
    # what has come somewhere stands for itself, not for its package, and says who told so
    there, told = pieces[pieces["rung"].isin(["site", "works"]) & pieces["what"].eq("pledge")], ledger.updates
    assert set(there["pledge_id"]) <= set(told["pledge_id"])
    for row in there.itertuples():
        assert names(row.source_ids) & set(told.loc[told["pledge_id"] == row.pledge_id, "source_id"])


def test_what_is_certainly_and_possibly_new_has_a_site_and_more(small):
    assert {where: rungs(small, where=where)["new-money"] for where in NEW} == NEW
    shown = {(where, day): rungs(small, where=where, as_of=day) for where, day in REACHED}
    assert {asked: (one["site"], one["works"]) for asked, one in shown.items()} == REACHED


PAID = [
    # of one kind the largest sum, never added
    ("paid", 40, 40, 3, "contracted", "2025-07-02"),
    ("paid", 40, 40, 9, "firm", "2025-07-03"),
    ("paid", 40, 40, 5, "raised", "2025-06-01"),
    ("paid", 40, 40, 7, "spent", "2025-07-01"),
    ("no-amount", None, None, 6, "raised", "2025-06-01"),
]
COUNTS_AS = {
    # who holds nothing but older money stands for itself
    **{"overfull": "package", "no-figure": "package", "on-paper": "project", "overfull-a": "project"},
    **{"alone": "project", "pack": "project", "for-firms": "fund", "half-a-year-later": "later"},
    **{"pack-old": "later", "fresh-old": "older", "a-year": "comparator"},
}


def test_documented_money_once_vanished_in_what_was_pledged(small):
    found = sa.documented(small)
    mine = invented.records(found[found["pledge_id"].isin(["on-paper", "paid", "no-amount"])].drop(columns="source_id"))
    assert [tuple(row.values()) for row in mine] == PAID
    then = sa.documented(small, as_of="2025-07-01")
    assert then.loc[then["pledge_id"] == "paid", "kind"].tolist() == ["raised", "spent"]
    beside = status(small).set_index("pledge_id")[["documented", "firm"]]
    assert beside.loc["paid"].tolist() == [7, 9]
    assert beside.loc["on-paper"].isna().all()
    names = ["on-paper", "paid", "no-amount-package"]
    assert ladder(small, where=names)["documented"].tolist() == [7 + 6] * len(RUNGS)
    # in dollars at the rate of the day on which each was paid
    paid = sa.documented(small, to="USD").set_index(["pledge_id", "kind"])["documented"].loc["paid"]
    rates = [float(sa.quote("EUR", "USD", on=day).rate) for day in ("2025-06-01", "2025-07-01")]
    assert [paid["raised"] / 5, paid["spent"] / 7] == pytest.approx(rates)


def test_packages_funds_and_older_plans_once_were_counted_as_pledges_of_the_event(small):
    found = status(small).set_index("pledge_id")["counts_as"]
    assert {name: found[name] for name in COUNTS_AS} == COUNTS_AS


def known_since(ledger):
    """The first day on which anything was known of each pledge."""
    told = dated_updates(ledger).rename(columns={"last_on": "known_on"})
    days = pd.concat([table[["pledge_id", "known_on"]] for table in (date_claims(ledger), told)]).dropna()
    first = days.groupby("pledge_id")["known_on"].min().dt.strftime("%Y-%m-%d")
    return dict.fromkeys(ledger.pledges["pledge_id"], "~") | first.to_dict()


def test_kinds_and_ladder_are_those_of_a_second_account(ledger):
    asked = [(ledger, {"where": BOTH}), (ledger, {"to": "USD", "as_of": "2026-07-01"})]
    asked += [(invented.some_ledger(Random(seed), ledger), {}) for seed in range(40)]
    asked += [(one, {"to": "USD", "as_of": "2025-05-01"}) for one, options in asked if not options]
    for one, options in asked:
        rows = invented.records(select(one, **options))
        ties = list(one.overlaps[["pledge_a", "pledge_b", "relation"]].itertuples(index=False, name=None))
        news = invented.records(valued_updates(one, options.get("to", "EUR"), options.get("as_of")))
        expected, found = witness.ladder(rows, ties, news, known_since(one)), rungs(one, **options)
        for kind in KINDS:
            whole = witness.total(witness.of_kind(rows, ties, kind), ties)
            found[kind] = bounds(total(one, money_kinds=kind, **options))
            expected[kind] = whole["low"], whole["high"]
        assert set(found) == set(expected)
        for name, ends in expected.items():
            assert found[name] == pytest.approx(ends, rel=1e-9, abs=1e-6), name
            assert found[name][0] <= found[name][1], name


# --- day by day


def test_each_day_is_the_total_as_of_it(ledger):
    days = ["2025-02-05", "2025-02-06", "2025-02-08", "2025-02-09", "2025-06-01", LAST_DAY]
    for options in ({}, {"rule": "latest"}, {"to": "usd", "where": "france-109bn"}):
        asked = announced_by_day(ledger, days=days[::-1], **options)
        assert asked["day"].dt.strftime("%Y-%m-%d").tolist() == days
        totals = [bounds(total(ledger, as_of=day, **options)) for day in days]
        assert [bounds(row) for row in asked.itertuples()] == totals
    # one day alone is a day
    pd.testing.assert_frame_equal(announced_by_day(ledger, days=LAST_DAY), announced_by_day(ledger, days=[LAST_DAY]))


def test_no_day_is_missed_on_which_the_total_changes_and_on_each_something_does(ledger):
    made = [(invented.some_ledger(Random(seed), ledger), "USD", rule) for seed, rule in enumerate(READERS * 3)]
    for one, to, rule in [(ledger, "EUR", "full-range"), *made]:
        found = announced_by_day(one, to=to, rule=rule)
        assert (found[BOUNDS].diff().ne(0).any(axis=1) | found["new"].ne("")).all()
        days = pd.concat([one.claims["claimed_on"], one.pledges["announced_on"], one.updates["updated_on"]])
        for day in sorted({*days.dropna(), last_day(one)}):
            row = found[found["day"] <= day].tail(1)
            known = tuple(row[BOUNDS].iloc[0]) if len(row) else (0, 0)
            assert bounds(total(one, to, rule, as_of=day.date())) == pytest.approx(known), (rule, day)


STAIRS = """
small-part ? inside=big announced_on=2025-02-06 | claim 30e9-50e9 claimed_on=2025-02-06
second-part ? inside=big announced_on=2025-02-07 | claim 20e9 claimed_on=2025-02-07
other ? announced_on=2025-02-07 | claim 5e9 claimed_on=2025-02-07 | withdrawn 2025-03-01 |\
 claim 6e9 PRESS claimed_on=2025-02-20 | claim 5.5e9 AGENCY claimed_on=2025-02-25
big ? announced_on=2025-02-09 | claim 100e9 claimed_on=2025-02-09
late-part ? inside=big announced_on=2025-02-11 | claim 10e9 claimed_on=2025-02-11
bare ? announced_on=2025-02-12
undated ? announced_on=
"""


def test_an_invented_staircase(copy_tables):
    ledger = invented.write(copy_tables(), STAIRS)
    found = announced_by_day(ledger, where=["big", "other", "bare"])
    shown = found.assign(day=found["day"].dt.strftime("%m-%d"), low=found["low"] / 1e9, high=found["high"] / 1e9)
    assert list(shown.itertuples(index=False, name=None)) == [
        ("02-06", 30, 50, "small-part", "small-part", ""),
        ("02-07", 55, 75, "second-part;other", "second-part;other", ""),
        ("02-09", 105, 105, "big", "big", "small-part;second-part"),
        ("02-11", 105, 105, "late-part", "", ""),
        ("02-12", 105, 105, "bare", "", ""),
        # a claim that only says so later; one inside those before it changes nothing
        ("02-20", 105, 106, "", "", ""),
        ("03-01", 100, 100, "", "", ""),
    ]
    # without a day of announcement there is no step
    nothing = announced_by_day(ledger, where="undated")
    assert nothing.empty
    assert nothing.columns.tolist() == found.columns.tolist()


def test_what_is_new_or_known_adds_up_to_the_rung_and_to_the_total(ledger):
    known, found = new_or_known(ledger), total(ledger, as_of=SUMMIT_DAY)
    rung = ladder(ledger, as_of=SUMMIT_DAY).set_index("rung").loc["new-money"]
    assert known[["low_new", "high_new"]].sum().tolist() == pytest.approx(rung[BOUNDS].tolist())
    counted = known[known["counted_in"] == known["pledge_id"]]
    assert counted["pledge_id"].tolist() == found.counted["pledge_id"].tolist()
    off = found.ties.loc[found.ties["within"] == "", BOUNDS].sum()
    assert (counted[BOUNDS].sum() - off).tolist() == pytest.approx(bounds(found))
    # nothing that a package brings is older money
    assert not known.loc[known["new_money"] == "no", ["low_new", "high_new"]].any(axis=None)
    other = new_or_known(ledger, week=("2025-02-09", "2025-02-09")).set_index("pledge_id")
    assert other.loc["mgx-campus", ["announced", "counted_in"]].tolist() == ["before", "france-109bn"]
    assert "investai" not in other.index


# --- kept


def test_what_is_worked_out_from_a_ledger_is_worked_out_once(ledger, anew):
    works = total, explain_ladder, announced_by_day, new_or_known, forest_of, sa.timeline
    assert anew(*(partial(work, ledger) for work in works)) == []


# --- what cannot be asked

SELECTING = [total, ladder, explain_ladder, announced_by_day, new_or_known, sa.total_by_convention]
WRONG = [
    *[(ask, {"rule": "newest"}, "rule='newest' is not known; choose one of: full-range") for ask in SELECTING],
    *[(ask, {"where": "nowhere"}, "where='nowhere' is not known; choose one of") for ask in SELECTING],
    *[(ask, {name: []}, "the selection is empty") for ask in SELECTING for name in ("only", "where")],
    *[(ask, {"only": "mgx-campus", "where": "summit"}, "hand in one of them") for ask in SELECTING],
    # an empty or wrong choice once made a total of nothing, or a bare error
    *[(ask, {name: 5}, "pledges are selected by name, not by 5") for ask in SELECTING for name in ("only", "where")],
    *[(ask, {"as_of": 5}, "5 is not a day") for ask in (total, ladder, explain_ladder, status, sa.documented)],
    *[(ask, {"to": ["EUR"]}, "unknown currency") for ask in (*SELECTING, status, sa.documented)],
    *[(total, {"where": where}, "where=") for where in ("", "Summit", ["summit", "nowhere"])],
    *[(total, {"by": by}, f"by={by!r} is not known") for by in ("country", "", "low", ["purpose"])],
    *[(total, {"money_kinds": kinds}, ", ".join(KINDS)) for kinds in ("none", ["private", "gold"], [], "", 5, [[]])],
    (lambda ledger, lang: total(ledger).sentence(lang), {"lang": "de"}, "'de'"),
    (total, {"as_of": "2025-02-30"}, "'2025-02-30' is not a day"),
    *[(announced_by_day, {"days": days}, "is not a day") for days in ("x", 3, ["tomorrow"])],
    (new_or_known, {"week": ("a", "b")}, "'a' is not a day"),
    *[(new_or_known, {"week": week}, "is not a week") for week in (("2025-02-09",), "2025-02-09", DAYS[2:0:-1])],
    *[(sa.envelope_by_rule, {"envelope": one}, "is not known") for one in ("nowhere", 3, ["france-109bn"])],
    # once where=frame was told that 'pledge_id' is not known, a mask that False is not, and mgx-campos had no near name
    (total, {"where": "qqq"}, "choose one of: summit, comparator, article, a pledge id or name"),
    (total, {"where": "mgx-campos"}, "choose one of: mgx-campus"),
    (total, {"only": "Brookfild"}, "brookfield-france-ai"),
    (ladder, {"where": pd.Series([True, False])}, "of a mask ledger.pledges.loc[mask, 'pledge_id']"),
    (total, {"where": pd.DataFrame(columns=["pledge_id", "low"])}, "of a frame frame['pledge_id']"),
]


def test_what_is_not_known_is_our_error(ledger):
    rows = {str(row): (partial(ask, ledger, **given), re.escape(said)) for row, (ask, given, said) in enumerate(WRONG)}
    assert misses((ChoiceError, FrameError, MissingRateError), rows) == {}


def test_pledges_are_selected_by_id_label_or_alias_and_an_exact_list_is_exact(ledger):
    whole = total(ledger, where="mgx-campus")
    for name in ("MGX campus", "Campus MGX", "mgx CAMPUS", "MGX"):
        assert total(ledger, where=name).once.low == whole.once.low, name
    assert set(whole.once.low) > {"mgx-campus"}
    once, twice = (total(ledger, where=where) for where in ("france-109bn", ["mgx-campus", "france-109bn"] * 2))
    assert (bounds(twice), twice.naive) == (bounds(once), once.naive)
    mine = ["mgx-campus", "evroc-mougins", "france-109bn"]
    assert set(total(ledger, only=mine).once.low) == set(mine)
    assert set(total(ledger, only=mine).counted["pledge_id"]) == {"france-109bn"}
    for ask in (ladder, explain_ladder, announced_by_day, new_or_known, sa.total_by_convention):
        pd.testing.assert_frame_equal(ask(ledger, only="mgx-campus"), ask(ledger, where=Only(("mgx-campus",))))


@given(st.data())
@settings(max_examples=12)
def test_a_smaller_ledger_is_consistent(ledger, copy_tables, data):
    ids = data.draw(st.lists(st.sampled_from(ledger.pledges["pledge_id"].tolist()), min_size=1, unique=True))
    small, folder = ledger.filter(pledge_id=ids), copy_tables()
    assert set(small.pledges["pledge_id"]) == set(ids)
    assert small.digest != ledger.digest
    for table in schema.resources():
        header = ",".join(schema.fields(table)) + "\n"
        folder.path(table).write_bytes(header.encode() + _as_lines(table, getattr(small, table)))
    assert sa.check(folder).empty
    alone = [row for row in ids if not set(forest_of(ledger).ancestors(row)) & set(ids)]
    found = total(small, only=alone)
    assert (found.low, found.high) == pytest.approx((total(ledger, only=alone).low, total(ledger, only=alone).high))


OF_A_LEDGER = [total, sa.explore, ladder, status, sa.timeline, sa.value_claims, charts.total, sa.check_statements]
OF_A_LEDGER += [lambda ledger, of=of: of(ledger, "x") for of in (sa.envelope_by_rule, sa.claimed_counts)]


@pytest.mark.parametrize("wanted", OF_A_LEDGER)
def test_a_path_once_passed_for_a_ledger(wanted):
    with pytest.raises(FrameError, match=re.escape("'data' is not a ledger; hand in load()")):
        wanted("data")
