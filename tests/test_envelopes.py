"""The forest of envelopes against a plain walk from parent to parent, on forests nobody thought of."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from summit_analysis.base.errors import FrameError
from summit_analysis.ledger.checks import circles
from summit_analysis.pledges.once import Forest


@st.composite
def forests(draw, *, circular=False):
    """Draw {id: parent}, ids in any order; a parent may be unknown, missing or, if circular, anything."""
    size = draw(st.integers(0, 25))
    names = [f"p{number}" for number in range(size)]
    parents = {}
    for number, name in enumerate(names):
        candidates = names if circular else names[:number]
        parents[name] = draw(st.sampled_from([None, "elsewhere", *candidates]))
    return {name: parents[name] for name in draw(st.permutations(names))}


def climb(parents, name):
    """Return what stands above `name`, nearest first; stops where a circle closes."""
    above, here = [], parents[name]
    while here in parents and here not in above:
        above.append(here)
        here = parents[here]
    return above


def forest(parents):
    return Forest(parents.keys(), parents.values())


@given(forests())
def test_ancestors_and_children_agree_with_a_walk(parents):
    grown = forest(parents)
    assert {name: grown.ancestors(name) for name in parents} == {name: climb(parents, name) for name in parents}
    for name in parents:
        assert grown.children(name) == [part for part, parent in parents.items() if parent == name]


@given(forests())
def test_within_is_an_envelope_and_all_it_holds(parents):
    grown = forest(parents)
    for name in parents:
        inside = grown.within(name)
        assert len(inside) == len(set(inside))
        assert set(inside) == {part for part in parents if name in {part, *climb(parents, part)}}


@given(forests(), st.data())
def test_among_hangs_each_pledge_on_the_nearest_envelope_that_is_chosen(parents, data):
    chosen = [name for name in parents if data.draw(st.booleans())]
    grown = forest(parents).among(chosen)
    nearest = {name: next((above for above in climb(parents, name) if above in chosen), None) for name in chosen}
    assert (list(grown.parent), grown.parent) == (chosen, nearest)


@given(forests())
def test_every_envelope_comes_before_its_parts(parents):
    order = forest(parents).order
    assert sorted(order) == sorted(parents)
    for name in order:
        assert all(order.index(envelope) < order.index(name) for envelope in climb(parents, name))


@given(forests(circular=True))
def test_a_circle_is_found_exactly_and_refused(parents):
    on_circle = [name for name in parents if name in climb(parents, name)]
    assert circles(parents.keys(), parents.values()) == on_circle
    if on_circle:
        with pytest.raises(FrameError, match=rf"circle through {on_circle[0]}\b"):
            forest(parents)
    else:
        assert len(forest(parents).order) == len(parents)


@pytest.mark.parametrize(
    ("parents", "expected"),
    [
        ({"a": "a"}, ["a"]),
        ({"a": "b", "b": "a", "c": "a"}, ["a", "b"]),
        ({"a": "b", "b": "c", "c": "a", "d": "e", "e": "d", "f": None}, ["a", "b", "c", "d", "e"]),
        ({"a": None, "b": "a"}, []),
    ],
    ids=["part of itself", "hanger-on", "two circles", "none"],
)
def test_circles_by_example(parents, expected):
    assert circles(parents.keys(), parents.values()) == expected


def test_a_chain_of_five_thousand_is_climbed_and_a_ring_of_them_found():
    names = [f"p{number}" for number in range(5000)]
    chain = Forest(names, [None, *names[:-1]])
    assert chain.order == names
    assert chain.ancestors("p4999") == names[-2::-1]
    assert len(chain.within("p2500")) == 2500
    assert circles(names, [names[-1], *names[:-1]]) == names


def test_a_parent_outside_the_selection_makes_a_root():
    assert Forest(["part"], ["envelope"]).parent == {"part": None}


@pytest.mark.parametrize("missing", [None, np.nan], ids=repr)
def test_a_missing_parent_is_no_parent(missing):
    assert Forest(["a", "b"], [missing, "a"]).parent == {"a": None, "b": "a"}


def test_an_id_may_stand_only_once():
    with pytest.raises(FrameError, match="twice: a;"):
        Forest(["a", "b", "a"], [None, None, "b"])
    assert circles(["a", "b", "a"], ["b", None, "a"]) == []


def test_a_refusal_names_five_and_not_five_thousand():
    names = list("abcdefg")
    with pytest.raises(FrameError, match="twice: a, b, c, d, e; each"):
        Forest(names * 2, [None] * 14)
    with pytest.raises(FrameError, match="through a, b, c, d, e; one"):
        Forest(names, [*names[1:], "a"])


def test_an_unknown_pledge_is_refused_by_name():
    for ask in (forest({"a": None}).ancestors, forest({"a": None}).children, forest({"a": None}).within):
        with pytest.raises(FrameError, match="'b'"):
            ask("b")


def test_the_ledger_is_a_forest_whose_envelope_of_109_billion_holds_named_parts(ledger):
    pledges = ledger.pledges
    grown = Forest(pledges["pledge_id"], pledges["parent_id"])
    assert grown.ancestors("mgx-campus-first-tranche") == ["mgx-campus", "france-109bn"]
    inside = set(grown.within("france-109bn"))
    assert {"france-109bn", "mgx-campus", "mgx-campus-first-tranche", "brookfield-cambrai"} <= inside
    assert "investai" not in inside
