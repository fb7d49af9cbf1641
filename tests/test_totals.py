"""Each euro once: the arithmetic against a second account of its rules, laws, rules by example, and what is said."""

import itertools
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
from printed import BOUNDS, LAST_DAY, READERS, SUMMIT_DAY, cell, unspaced
from refusals import misses
from summit_analysis import RULES, announced_by_day, charts, explain_ladder, ladder, status, total
from summit_analysis.base.errors import ChoiceError, FrameError, MissingRateError
from summit_analysis.base.text import records
from summit_analysis.ledger.checks import circles
from summit_analysis.pledges.claims import MONEY_KINDS, Only, select
from summit_analysis.pledges.once import Forest, Once, forest_of
from summit_analysis.pledges.status import last_day, last_news

BOTH = ("summit", "comparator")
SOFTBANK, FLUIDSTACK = "cmp-fra-softbank-75bn", "fluidstack-supercomputer"


def bounds(found):
    return found.low, found.high


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


@settings(max_examples=60)
@given(forests(), st.randoms(use_true_random=True))
def test_a_forest_is_what_a_walk_from_parent_to_parent_finds(parents, random):
    grown = Forest(parents.keys(), parents.values())
    for name in parents:
        above = climb(parents, name)
        assert grown.ancestors(name) == above
        assert sorted(grown.within(name)) == sorted(part for part in parents if name in [part, *climb(parents, part)])
        assert all(grown.order.index(envelope) < grown.order.index(name) for envelope in above)
    # some of them: each hangs on the nearest that is chosen
    chosen = [name for name in parents if random.random() < 0.5]
    nearest = {name: next((above for above in climb(parents, name) if above in chosen), None) for name in chosen}
    assert list(grown.among(chosen).parent.items()) == list(nearest.items())


@given(forests(circular=True))
def test_a_circle_is_found_exactly_and_refused(parents):
    on_circle = [name for name in parents if name in climb(parents, name)]
    assert circles(parents.keys(), parents.values()) == on_circle
    with pytest.raises(FrameError, match=rf"through {on_circle[0]}\b") if on_circle else nullcontext():
        assert len(Forest(parents.keys(), parents.values()).order) == len(parents)


def test_a_chain_of_five_thousand_is_climbed_and_a_ring_of_them_found():
    names = [f"p{number}" for number in range(5000)]
    chain = Forest(names, [None, *names[:-1]])
    assert (chain.order, chain.ancestors("p4999")) == (names, names[-2::-1])
    assert circles(names, [names[-1], *names[:-1]]) == names


# --- the sum against the witness

PARTS = ["parts_low", "parts_high", "unallocated_low", "unallocated_high"]
TIE = ["pledge_a", "pledge_b", "relation"]


def shape(result):
    """Put what `Once` finds into the shape of `witness.total`."""
    rows, of_total = result.rows, result.ties[result.ties["within"] == ""]
    found = {"counted": {*rows.loc[rows["counted"], "pledge_id"]}}
    found["left_out"] = {*rows["pledge_id"]} - found["counted"]
    for bound, summed in zip(BOUNDS, result.sums(), strict=True):
        found |= {bound: summed, f"off_{bound}": fsum(of_total[bound])}
    envelopes = result.envelopes.set_index("pledge_id")[PARTS]
    return found | {"parts": {pledge: tuple(values) for pledge, *values in envelopes.itertuples(name=None)}}


def test_many_ledgers_try_every_rule_and_the_witness_agrees_on_each_in_any_order(ledger):
    seen = set()
    for seed in range(150):
        one = invented.some_ledger(Random(seed), ledger, quarrel=0.5)
        # whole euros, so that neither account rounds
        rows = select(one, as_of="2025-06-15").round(dict.fromkeys(BOUNDS, 0))
        ties, forest = one.overlaps[TIE], forest_of(one)
        result, shuffled = Once(rows, ties, forest), (frame.sample(frac=1, random_state=seed) for frame in (rows, ties))
        assert shape(result) == witness.total(records(rows), [*ties.itertuples(index=False, name=None)]), seed
        assert shape(Once(*shuffled, forest)) == shape(result), seed
        for row in result.rows.itertuples():
            # who stands for a row is above it
            assert (row.counted, row.reason == "") == (row.counted_in == row.pledge_id,) * 2
            assert row.counted_in in {"", row.pledge_id, *forest.ancestors(row.pledge_id)}
        seen |= {(tie.relation, tie.within != "") for tie in result.ties.itertuples() if tie.low > 0}
        seen |= {f"{tie.relation} again" for tie in result.ties.itertuples() if tie.low == tie.high == 0}
        seen |= {*result.rows["reason"]} | {name for name in PARTS if result.envelopes[name].any()}
    assert seen >= {("restates", False), ("restates", True), ("overlaps", False), ("overlaps", True)}
    assert seen >= {("withdrawn", False), ("succeeded", False), ("possibly-withdrawn", False), "overlaps again"}
    assert seen >= {"", "no money", "undated", "withdrawn", "succeeded", *PARTS}


def test_cents_once_put_the_bounds_out_of_order():
    # one bound is summed in another order than the other: 0.1 + 0.2 is not 0.3
    rows = pd.DataFrame({"pledge_id": [*"abc"], "low": [0.1, 0.2, 0.3], "high": 0.3, "excluded": ""})
    ties = pd.DataFrame([("c", "a", "restates"), ("b", "c", "overlaps")], columns=TIE)
    low, high = Once(rows.assign(withdrawn="no", open_high=False), ties, Forest("abc", [None] * 3)).sums()
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
box 100 | -again 30 | -rest 60 | it 30 | box-again restates it
two-again 2-3 | -a 0-1 | -b 0-2 | two-first 1 | two-other 2 | -a restates two-first | -b restates two-other
half-a-year 5 group=comparator horizon_start=2025-01-01 horizon_end=2025-06-30
a-year 5 group=comparator horizon_start=2025-01-01 horizon_end=2025-12-31
two-years 5 group=comparator horizon_start=2025-01-01 horizon_end=2026-12-31
no-day 50 announced_on= | -part 20
land 50 money_kind=none | -part 20
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
bare-news ? | operating | -a 40
left 50 | site-chosen 2025-03-01 | withdrawn 2025-07-01
may-leave 20 | -part 10 | withdrawn updated_period=2025-06 | -piece 5 inside=may-leave-part |\
 withdrawn updated_period=2025-06
grows-some-day 10 | enlarged updated_period= 8 new-total
capped ? | claim 10 qualifier=up-to amount_low= | enlarged 12 new-total
floored ? | claim 10 qualifier=at-least amount_high= | enlarged 12 new-total
filled 100 money_kind=mixed | -private 60 | -public 40 money_kind=public | -again 20 money_kind=mixed
filled-again overlaps filled-public
not-filled 100 money_kind=mixed | -private 60
gone-package 100 | withdrawn | gone-part 30 inside=gone-package money_kind=public
paid 40 | financed 5 raised | operating 2025-07-01 7 spent |\
 announced 2025-07-02 3 contracted | announced 2025-07-03 9 firm
no-amount-package 50 | no-amount ? inside=no-amount-package | financed 6 raised
pack 100 | -old 20 new_money=no announced_on=2025-05-19 | claim 20 AGENCY claimed_on=2024-11-01
bare-package 60 | bare-part ? inside=bare-package new_money=no announced_on=2025-05-19
for-firms 10 purpose=fund
half-a-year-later 10 announced_on=2025-08-01
left-they-say 50 | withdrawn DIGEST
told 100 | -part 60 | -piece 20 inside=told-part | told-first 60 | told-other 50
told-part restates told-first | told-piece overlaps told-other
part-gone 100 announced_on=2025-02-11 | -a 30 | withdrawn
"""
"""Families that have one thing each to tell of the sum, of what became of them, of kinds of money, of what is paid."""


@pytest.fixture(scope="module")
def small(copy_tables):
    return invented.write(copy_tables(), FAMILIES)


ONCE = {
    # the envelope counts, its parts do not
    ("overfull",): (100, 100),
    # the part may be 30, the other at most 50: so 30; twice comes off once, though two ties name it
    ("tied", "tied-other", "tied-twice"): (175 - 30 - 25, 185),
    # said again comes off both bounds
    ("said-first", "said-again"): (60, 60),
    ("said-again",): (20, 30),
    # what lies inside a row that comes off goes with it
    ("told", "told-first", "told-other"): (150, 150),
    # taken off one after the other they would leave 0 to 2 or 1 to 1, as the order has it; at once, 0 to 2
    ("two-again", "two-first", "two-other"): (3, 5),
}
ABOVE, GONE = "parts-above-envelope", "withdrawn-part"
FINDINGS = {
    "overfull": [(ABOVE, "overfull", 130, 130)],
    "barely-overfull": [(ABOVE, "barely-overfull", 101, 101)],
    # the parts may just as well be less than their envelope
    "maybe-overfull": [],
    "just-full": [],
    "part-gone": [(GONE, "part-gone-a", 30, 30)],
}
FIRST = {"cmp-fra-softbank-first-45bn": "part of an envelope"}
LEFT_OUT = {
    # an envelope without a figure counts as its parts, a row in no sum leaves its parts standing
    ("no-figure", None): (43, 45, {"no-figure": "no figure, counts as its parts", "no-figure-c": "no figure"}),
    ("no-day", SUMMIT_DAY): (20, 20, {"no-day": "undated"}),
    ("land", None): (20, 20, {"land": "no money"}),
    # what has left takes its parts along; what may have left inside what may have left comes off once
    ("leaves", "2025-05-31"): (10, 10, {"leaves-part": "part of an envelope"}),
    ("leaves", "2025-06-01"): (0, 0, {"leaves": "withdrawn", "leaves-part": "inside a withdrawn pledge"}),
    ("part-gone", LAST_DAY): (70, 100, {"part-gone-a": "withdrawn"}),
    ("may-leave", "2025-06-15"): (10, 20, dict.fromkeys(["may-leave-part", "may-leave-piece"], "part of an envelope")),
    # before the announcement there is nothing
    ("alone", "2025-02-09"): (0, 0, {}),
    ("alone", "2025-02-10"): (7, 7, {}),
    # shares and restatements change nothing; an increase and a total of one day are one step
    ("grows", "2025-03-31"): (10, 10, {}),
    ("grows", "2025-04-01"): (15, 15, {}),
    ("grows", "2025-05-01"): (8, 8, {}),
    ("grows", LAST_DAY): (9, 9, {}),
    # a successor stands for what it succeeds; before that, the one that may have left is worth up to 10
    ((FLUIDSTACK, SOFTBANK), None): (75e9, 75e9, {FLUIDSTACK: "succeeded", **FIRST}),
    ((FLUIDSTACK, SOFTBANK), "2026-05-29"): (0, 10e9, {}),
    ((FLUIDSTACK, SOFTBANK), "2026-05-30"): (75e9, 75e9, {FLUIDSTACK: "succeeded", **FIRST}),
    ((FLUIDSTACK, SOFTBANK), LAST_DAY): (75e9, 75e9, {FLUIDSTACK: "withdrawn", **FIRST}),
}
SPLITS = {
    # the part without a figure counts as what is inside it
    (("no-figure",), "purpose"): {"compute": (43, 45), "unallocated": (0, 0)},
    (("bare-middle",), "recipient_country"): {"DEU": (40, 40), "unallocated": (60, 60)},
    # the part may be the other's money, all 20 or 30 of it
    (("tied", "tied-other"), "money_kind"): {"private": (50, 90), "unallocated": (70, 80)},
    # a part that says money of another row again is worth nothing of its own
    (("box", "it"), "pledge_id"): {"it": (30, 30), "box-again": (0, 0), "box-rest": (60, 60), "unallocated": (10, 10)},
    # what parts of a part share leaves the part its figure
    (("nest",), "pledge_id"): {"nest-part": (60, 60), "unallocated": (40, 40)},
    # parts that say more than their package: each may be the one that says too much
    (("overfull",), "pledge_id"): {"overfull-a": (50, 80), "overfull-b": (20, 50), "unallocated": (0, 0)},
    # what a part of a part shares may be the part's or the other's
    (("deep", "deep-twin"), "pledge_id"): {"deep-twin": (20, 30), "deep-part": (50, 60), "unallocated": (40, 40)},
}


def test_each_family_counts_once_and_names_what_comes_off_what_is_left_out_and_what_does_not_fit(small):
    assert {where: bounds(total(small, where=where)) for where in ONCE} == ONCE
    fit = {where: total(small, where=where, as_of=LAST_DAY).findings for where in FINDINGS}
    assert {where: [*rows.itertuples(index=False, name=None)] for where, rows in fit.items()} == FINDINGS
    found = {asked: total(small, where=asked[0], as_of=asked[1]) for asked in LEFT_OUT}
    reasons = {asked: dict(one.left_out[["pledge_id", "reason"]].to_numpy()) for asked, one in found.items()}
    assert {asked: (*bounds(one), reasons[asked]) for asked, one in found.items()} == LEFT_OUT
    bare = found["no-figure", None]
    assert bare.unquantified["pledge_id"].tolist() == ["no-figure-c"]
    assert bare.naive == sa.Amount(43, 45, "EUR", open_high=True)
    # a new total is exact
    ends = [total(small, where=["capped", "floored"], as_of=day).amount for day in (None, LAST_DAY)]
    assert ends == [sa.Amount(20, 20, "EUR", open_low=True, open_high=True), sa.Amount(24, 24, "EUR")]
    # only spending of a single year is named, of comparators
    whole = total(small, where=["half-a-year", "a-year", "two-years"])
    assert whole.counted["one_year"].tolist() == [True, True, False]


def test_an_undated_total_in_dollars_once_made_every_total_as_of_a_day_fail(small):
    found = [total(small, "USD", where="grows-some-day", as_of=day).low for day in ("2026-09-30", LAST_DAY)]
    rates = [float(sa.quote("EUR", "USD", on=day).rate) for day in ("2025-02-10", LAST_DAY)]
    assert found == pytest.approx([10 * rates[0], 8 * rates[1]])


def test_a_split_loses_nothing_and_counts_nothing_twice(small, ledger):
    def split(one, **asked):
        return [(group, tuple(ends)) for group, *ends in total(one, **asked).split.itertuples(index=False, name=None)]

    found = {(where, by): split(small, where=where, by=by) for where, by in SPLITS}
    assert found == {asked: list(parts.items()) for asked, parts in SPLITS.items()}
    # the Champions are of no single country: money of nobody in particular is in the split too
    assert sum(high for _, (_, high) in split(ledger, where="investai", by="pledger_country")) == 220e9


def test_no_share_of_a_split_is_negative_and_all_of_them_are_no_more_than_the_total(ledger, small):
    asked = [(ledger, {"to": "USD", "as_of": day, "where": BOTH}) for day in (None, LAST_DAY)]
    asked += [(ledger, {"rule": "latest"}), (small, {}), (small, {"as_of": LAST_DAY})]
    asked += [(invented.some_ledger(Random(seed), ledger), {}) for seed in range(25)]
    columns = ["pledge_id", "money_kind", "purpose", "recipient_country", "new_money", "pledger_country"]
    for (one, options), by in itertools.product(asked, columns):
        found = total(one, by=by, **options)
        shares, cent = found.split[BOUNDS], 1e-9 * found.naive.high + 0.005
        assert shares["low"].between(0, shares["high"]).all(), (options, by)
        assert fsum(shares["low"]) - cent <= found.high <= fsum(shares["high"]) + cent, (options, by)
        assert (shares["high"] <= found.high + cent).all(), (options, by)


def test_every_row_once_and_every_cent(ledger):
    mentioned = set(ledger.claims.loc[ledger.claims["source_id"] == "seed-article", "pledge_id"])
    for asked in itertools.product(RULES, ["summit", "article", BOTH], [None, "2025-02-09", SUMMIT_DAY, LAST_DAY]):
        rule, where, day = asked
        found = total(ledger, "USD", rule, where, as_of=day)
        rows = ledger.pledges[ledger.pledges["group"].eq("summit") | (where != "summit")]
        rows = set(rows.loc[~(rows["announced_on"] > (day or "2099-01-01")), "pledge_id"])
        rows = rows & mentioned if "article" in (rule, where) else rows
        assert sorted([*found.counted["pledge_id"], *found.left_out["pledge_id"]]) == sorted(rows), asked
        off = found.ties[found.ties["within"] == ""]
        for bound in BOUNDS:
            parts = [getattr(found, bound), *found.left_out[bound].dropna(), *off[bound]]
            assert fsum(parts) == pytest.approx(getattr(found.naive, bound), rel=0, abs=0.005), asked


KINDS_OF = {
    # what its parts fill is of their kinds, though the third says money of the second again
    "filled": {"private": (60, 60), "public": (40, 40)},
    "not-filled": {"mixed": (100, 100)},
    # a part counts with its package
    "overfull": {"private": (100, 100)},
}


def test_what_a_total_says_of_a_kind_once_was_not_what_it_said_when_asked_for_it(small, ledger):
    asked = [(ledger, {"rule": rule, "as_of": day}) for rule in RULES for day in (None, LAST_DAY)]
    asked += [(ledger, {"to": "USD"}), *((small, {"where": name}) for name in KINDS_OF)]
    asked += [(invented.some_ledger(Random(seed), ledger), {}) for seed in range(20)]
    for one, options in asked:
        whole = total(one, **options)
        sentence = unspaced(whole.sentence(long=True)).partition("double counting (")[2]
        for kind in whole.kinds["money_kind"]:
            alone = total(one, money_kinds=kind, **options)
            assert sa.format_amount(sa.Amount(*bounds(alone), alone.to)) in sentence, (options, kind)
        assert fsum(whole.kinds["high"]) >= whole.high - 0.005
    found = {name: total(small, where=name).kinds.itertuples() for name in KINDS_OF}
    assert {name: {row.money_kind: bounds(row) for row in rows} for name, rows in found.items()} == KINDS_OF
    # a part once stood on its own where the package that it left with was of another kind
    for kind in MONEY_KINDS:
        assert bounds(total(small, where="gone-package", as_of="2025-06-01", money_kinds=kind)) == (0, 0)
    # all three are the whole; order, repetition and a generator make no difference
    assert total(ledger, money_kinds=MONEY_KINDS).sentence() == total(ledger).sentence()
    same = ("mixed", "public", "mixed"), (kind for kind in ("public", "mixed"))
    assert {total(ledger, money_kinds=kinds).money_kinds for kinds in same} == {("public", "mixed")}


# --- what a total says

CAPEX = [f"cmp-usa-{name}2025" for name in ("microsoft-capex-fy", "alphabet-capex-", "meta-capex-", "amazon-capex-")]
LEFT = {"where": ["left-they-say", "left"], "as_of": LAST_DAY}
SAID = [
    ({"where": "comparator"}, "spending of a single year by Microsoft.*Alphabet.*Meta.*Amazon"),
    # one year's spending alone is of one kind
    ({"where": CAPEX}, "^(?!.*single year)"),
    ({"as_of": SUMMIT_DAY}, "the day of their announcement is not known: [1-9]"),
    ({"where": "investai"}, "^(?!.*t most)"),
    ({"money_kinds": ["mixed", "private"], "lang": "fr"}, "de fonds privés et mixtes, sans double compte"),
    # who left by hearsay once had left for sure
    (LEFT, r"withdrawn: The left and The left-they-say \(reportedly\)"),
    (LEFT | {"lang": "fr"}, r"Le left et Le left-they-say \(à confirmer\)"),
]


@pytest.mark.parametrize(("asked", "said"), SAID)
def test_a_sentence_names_what_a_reader_must_know(small, asked, said):
    options = {name: value for name, value in asked.items() if name != "lang"}
    sentence = unspaced(total(small, **options).sentence(asked.get("lang", "en"), long=True))
    assert re.search(said, sentence), sentence


def test_what_nobody_says_is_not_nothing(ledger):
    said = total(ledger, where="mistral-essonne").sentence
    assert (said().partition(". ")[0], "0 euro" in said("fr")) == (
        "All as announced, dated or not: no amount is known",
        False,
    )
    assert "€0 " in total(ledger, where="fluidstack-supercomputer", as_of=LAST_DAY).sentence()


def test_a_total_prints_as_its_sentence_on_five_lines_at_most_and_its_dollars_are_no_formula(ledger):
    once, long = total(ledger, where="france-109bn"), repr(total(ledger, where=BOTH)).splitlines()
    assert " ".join(repr(once).split()) == " ".join(once.sentence().split())
    assert (len(long), long[-1][-2:], max(map(len, long)) <= 120) == (5, " …", True)
    page = total(ledger, to="USD")._repr_html_()
    assert page.count("<span>$</span>") == page.count("$") > 1


def test_a_day_after_the_data_once_passed_without_a_word(ledger):
    drawn = (charts.total, charts.envelope, charts.ladder, charts.status, charts.intersections)
    say = {draw.__name__: lambda draw=draw, **asked: draw(ledger, **asked).subtitle for draw in drawn}
    say["total"] = lambda lang, **asked: total(ledger, **asked).sentence(lang)
    for (name, said), lang in itertools.product(say.items(), ("en", "fr")):
        # a list of signatories may have been read after the last news about money
        known, day = (LAST_DAY, 1) if name == "intersections" else (last_news(ledger).date(), 30)
        late = unspaced(said(as_of="2052-02-11", lang=lang))
        assert re.search(rf"2052 \((the data end on|les données s’arrêtent au) {day}\D", late), name
        assert not re.search("the data end|s’arrêtent", said(as_of=known, lang=lang)), name


# --- the ladder, each row by its own updates

LADDERS = [
    *[{"rule": rule, "as_of": day} for rule in RULES for day in (None, SUMMIT_DAY, LAST_DAY)],
    *[{"where": where, "as_of": "2025-06-30"} for where in ("comparator", "article", "france-109bn", BOTH)],
    {"to": "USD", "where": "investai", "as_of": "2024-05-20"},
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
    ("some-day", "2025-05-31"): ((0, 0), (0, 0)),
    ("some-day", "2025-06-15"): ((0, 50), (0, 50)),
    # news without a sum of a pledge without an amount say nothing of its parts; no row brings more than itself
    ("bare-news", None): ((0, 0), (0, 0)),
    ("too-much", None): ((50, 50), (0, 0)),
    ("left", "2025-06-30"): ((0, 50), (0, 0)),
    ("left", "2025-07-01"): ((0, 0), (0, 0)),
    ("grows", LAST_DAY): ((0, 0), (0, 0)),
}


def names(cell):
    return {name for name in cell.split(";") if name}


def test_each_rung_lies_inside_the_one_above_and_its_rows_add_up_to_it(ledger):
    asked = [(ledger, options) for options in LADDERS]
    asked += [(invented.some_ledger(Random(seed), ledger), {}) for seed in range(20)]
    for one, options in asked:
        table, pieces, found = (function(one, **options) for function in (ladder, explain_ladder, total))
        assert table["rung"].tolist() == ["naive", "once", "new-money", "site", "works"]
        assert table["low"].between(0, table["high"] + 1e-6).all(), options
        for bound in BOUNDS:
            assert table[bound].diff().max() <= 1e-6, options
            expected = [getattr(found.naive, bound), getattr(found, bound)]
            assert table[bound].tolist()[:2] == pytest.approx(expected, abs=0.01)
        bare = table["unquantified"].map(names).tolist()
        assert bare[1] >= set(found.unquantified["pledge_id"])
        assert all(inner <= outer for outer, inner in itertools.pairwise(bare))
        for row in table.itertuples():
            mine = pieces[pieces["rung"] == row.rung]
            known, ties = mine.dropna(subset="low"), mine["what"] == "tie"
            assert [fsum(known[bound]) for bound in BOUNDS] == pytest.approx([row.low, row.high], abs=0.01), row.rung
            assert set(mine.loc[mine["low"].isna(), "pledge_id"]) == names(row.unquantified)
            assert row.pledges == len(known) - ties.sum()
            assert (mine.loc[ties, BOUNDS] <= 0).all(axis=None)
        # what has come somewhere stands for itself, not for its package, and says who told so
        told = one.updates.groupby("pledge_id")["source_id"].agg(set)
        for row in pieces[pieces["rung"].isin(["site", "works"]) & pieces["what"].eq("pledge")].itertuples():
            assert names(row.source_ids) & told[row.pledge_id]


def test_what_is_certainly_and_possibly_new_has_a_site_and_more(small):
    def rungs(**options):
        return {row.rung: bounds(row) for row in ladder(small, **options).itertuples()}

    assert {where: rungs(where=where)["new-money"] for where in NEW} == NEW
    shown = {asked: rungs(where=asked[0], as_of=asked[1]) for asked in REACHED}
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
    **{"overfull": "package", "no-figure": "package", "some-day": "project", "overfull-a": "project"},
    **{"pack": "project", "for-firms": "fund", "half-a-year-later": "later"},
    **{"pack-old": "later", "fresh-old": "older", "a-year": "comparator"},
}


def test_documented_money_once_vanished_in_what_was_pledged(small):
    found = sa.documented(small).drop(columns="source_id")
    mine = found[found["pledge_id"].isin(["some-day", "paid", "no-amount"])]
    assert [tuple(map(cell, row)) for row in mine.itertuples(index=False)] == PAID
    then = sa.documented(small, as_of="2025-07-01")
    assert then.loc[then["pledge_id"] == "paid", "kind"].tolist() == ["raised", "spent"]
    beside = status(small).set_index("pledge_id")[["documented", "firm"]]
    assert beside.loc["paid"].tolist() == [7, 9]
    assert beside.loc["some-day"].isna().all()
    assert set(ladder(small, where=["some-day", "paid", "no-amount-package"])["documented"]) == {7 + 6}
    # in dollars at the rate of the day on which it was paid
    paid = sa.documented(small, to="USD").query("pledge_id == 'paid' and kind == 'spent'")["documented"].item()
    assert paid == pytest.approx(7 * float(sa.quote("EUR", "USD", on="2025-07-01").rate))


def test_packages_funds_and_older_plans_once_were_counted_as_pledges_of_the_event(small):
    found = status(small).set_index("pledge_id")["counts_as"]
    assert {name: found[name] for name in COUNTS_AS} == COUNTS_AS


def test_no_day_is_missed_on_which_the_total_changes_and_on_each_something_does(ledger, small):
    made = [(invented.some_ledger(Random(seed), ledger), "USD", rule) for seed, rule in enumerate(READERS * 2)]
    for one, to, rule in [(ledger, "EUR", "full-range"), *made]:
        found = announced_by_day(one, to=to, rule=rule)
        assert (found[BOUNDS].diff().ne(0).any(axis=1) | found["new"].ne("")).all()
        days = pd.concat([one.claims["claimed_on"], one.pledges["announced_on"], one.updates["updated_on"]])
        for day in sorted({*days.dropna(), last_day(one)}):
            row = found[found["day"] <= day].tail(1)
            known = tuple(row[BOUNDS].iloc[0]) if len(row) else (0, 0)
            assert bounds(total(one, to, rule, as_of=day.date())) == pytest.approx(known), (rule, day)
    # days asked for come in order; one alone is a day
    for days in ([LAST_DAY, SUMMIT_DAY], LAST_DAY):
        found = announced_by_day(ledger, days=days).set_index("day")
        expected = [total(ledger, as_of=day) for day in (SUMMIT_DAY, LAST_DAY) if day in days]
        assert list(found[BOUNDS].itertuples(index=False, name=None)) == [bounds(one) for one in expected]
    # who leaves is not inside another from then on
    steps = announced_by_day(small, where=["part-gone", "leaves"])[["new_counted", "now_inside"]]
    assert steps.values.tolist() == [["leaves;part-gone-a", ""], ["part-gone", "part-gone-a"], ["", ""]]


def test_nothing_that_is_older_money_is_new(ledger):
    brought = explain_ladder(ledger, as_of=SUMMIT_DAY).query("rung == 'new-money' and what == 'pledge'")
    money = brought["pledge_id"].map(ledger.pledges.set_index("pledge_id")["new_money"])
    assert "no" not in set(money) and len(money) > 9


# --- what is asked

SELECTING = [total, ladder, explain_ladder, announced_by_day, sa.total_by_convention]
WRONG = [
    *[(sa.resolve_claims, {"rule": rule}, ", ".join(RULES)) for rule in ("newest", "Article", None, ["latest"])],
    *[(sa.resolve_claims, {"as_of": day}, f"{day!r} is not a day") for day in ("2025-02-30", 3)],
    *[(ask, {"rule": "newest"}, "rule='newest' is not known; choose one of: full-range") for ask in SELECTING],
    *[(ask, {"where": "nowhere"}, "where='nowhere' is not known; choose one of") for ask in SELECTING],
    *[(ask, {"only": "mgx-campus", "where": "summit"}, "hand in one of them") for ask in SELECTING],
    # an empty or wrong choice once made a total of nothing, or a bare error
    *[(total, {name: []}, "the selection is empty") for name in ("only", "where")],
    *[(total, {name: 5}, "pledges are selected by name, not by 5") for name in ("only", "where")],
    *[(ask, {"as_of": 5}, "5 is not a day") for ask in (total, ladder, explain_ladder, status, sa.documented)],
    *[(ask, {"to": ["EUR"]}, "unknown currency") for ask in (*SELECTING, status, sa.documented)],
    *[(total, {"by": by}, f"by={by!r} is not known") for by in ("country", "", ["purpose"])],
    *[(total, {"money_kinds": kinds}, ", ".join(MONEY_KINDS)) for kinds in ("none", ["private", "gold"], [], 5, [[]])],
    *[(sa.total_by_convention, {"on": day}, day) for day in ("1998-12-31", "2031-01-01", "Sunday")],
    # once where=frame was told that 'pledge_id' is not known, a mask that False is not, and mgx-campos had no near name
    (total, {"where": "qqq"}, "choose one of: summit, comparator, article, a pledge id or name"),
    (total, {"where": "mgx-campos"}, "choose one of: mgx-campus"),
    (total, {"only": "Brookfild"}, "brookfield-france-ai"),
    (ladder, {"where": pd.Series([True, False])}, "of a mask ledger.pledges.loc[mask, 'pledge_id']"),
    (total, {"where": pd.DataFrame(columns=["pledge_id", "low"])}, "of a frame frame['pledge_id']"),
]


def test_what_is_not_known_is_our_error(ledger):
    rows = {str(row): (partial(ask, ledger, **given), re.escape(said)) for row, (ask, given, said) in enumerate(WRONG)}
    # a path once passed for a ledger
    works = [*SELECTING, sa.explore, status, sa.timeline, sa.value_claims, charts.total, sa.check_statements]
    rows |= {work.__name__: (partial(work, "data"), r"'data' is not a ledger; hand in load\(\)") for work in works}
    assert misses((ChoiceError, FrameError, MissingRateError), rows) == {}


def test_pledges_are_selected_by_id_label_or_alias_and_an_exact_list_is_exact(ledger):
    whole = total(ledger, where="mgx-campus").once.low
    assert set(whole) > {"mgx-campus"}
    for name in ("MGX campus", "Campus MGX", "mgx CAMPUS", "MGX"):
        assert total(ledger, where=name).once.low == whole, name
    # an id that is also an alias in capitals once named two pledges, both the same
    assert total(ledger, where="InvestAI").once.low == total(ledger, where="investai").once.low
    once, twice = (total(ledger, where=where) for where in ("france-109bn", ["mgx-campus", "france-109bn"] * 2))
    assert (bounds(twice), twice.naive) == (bounds(once), once.naive)
    mine = ["mgx-campus", "evroc-mougins", "france-109bn"]
    assert set(total(ledger, only=mine).once.low) == set(mine)
    for ask in SELECTING[1:]:
        pd.testing.assert_frame_equal(ask(ledger, only="mgx-campus"), ask(ledger, where=Only(("mgx-campus",))))
