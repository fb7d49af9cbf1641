"""A total of some kinds of money: nothing else is in it, and it keeps the promises of every total."""

import itertools
import math

import pandas as pd
import pytest

from summit_analysis import RULES, total
from summit_analysis.base.errors import ChoiceError

KINDS = ("private", "public", "mixed")
SUBSETS = [subset for n in (1, 2, 3) for subset in itertools.combinations(KINDS, n)]
DAYS = (None, "2025-02-11", "2026-10-01")
EACH = pytest.mark.parametrize(("kinds", "rule", "as_of"), list(itertools.product(SUBSETS, RULES, DAYS)))


@EACH
def test_only_the_kinds_named_are_in_it_and_careless_is_once_plus_what_was_left_out(ledger, kinds, rule, as_of):
    found = total(ledger, rule=rule, as_of=as_of, money_kinds=kinds)
    rows = pd.concat([found.counted, found.left_out])
    assert set(rows["money_kind"]) <= set(kinds)
    assert not rows["pledge_id"].duplicated().any()
    whole = found.ties[found.ties["within"] == ""]
    for bound in ("low", "high"):
        once = getattr(found, bound)
        parts = [once, *found.left_out[bound].dropna(), *whole[bound]]
        assert math.fsum(parts) == pytest.approx(getattr(found.naive, bound), abs=0.01)
    assert found.money_kinds == kinds


@pytest.mark.parametrize("as_of", DAYS)
def test_all_three_are_the_whole(ledger, as_of):
    every, named = total(ledger, as_of=as_of), total(ledger, as_of=as_of, money_kinds=KINDS)
    assert (named.low, named.high) == (every.low, every.high)
    pd.testing.assert_frame_equal(named.counted, every.counted)
    # the sites on offer are no money and not asked for
    assert set(every.left_out["pledge_id"]) - set(named.left_out["pledge_id"]) <= {"france-35-sites"}
    assert named.sentence() == every.sentence()


def test_an_envelope_of_another_kind_leaves_its_parts_to_count(ledger):
    counted = set(total(ledger, money_kinds="private").counted["pledge_id"])
    assert "investai" not in counted
    assert {"eu-ai-champions-initiative", "france-109bn"} <= counted
    assert "investai-eu-top-up-50bn" in set(total(ledger, money_kinds=["public"]).counted["pledge_id"])


def test_the_sentence_says_that_parts_of_other_envelopes_count_too(ledger):
    found, whole = total(ledger, money_kinds="private"), total(ledger)
    share = whole.kinds.set_index("money_kind").loc["private"]
    assert found.low > share["low"]
    assert found.high > share["high"]
    assert "private pledges only, also those inside an envelope of another kind" in found.sentence()
    both = total(ledger, money_kinds=["mixed", "private"])
    assert "promesses de fonds privés et mixtes, aussi dans les enveloppes" in both.sentence("fr")
    assert "only" not in whole.sentence()


def test_order_repetition_and_a_generator_make_no_difference(ledger):
    one = total(ledger, money_kinds=["mixed", "public"])
    for same in (["public", "mixed"], ("mixed", "public", "mixed"), (kind for kind in ("public", "mixed"))):
        other = total(ledger, money_kinds=same)
        assert (other.low, other.high, other.money_kinds) == (one.low, one.high, ("public", "mixed"))


@pytest.mark.parametrize("wrong", ["none", "Private", ["private", "gold"], [], ""])
def test_an_unknown_kind_is_our_error(ledger, wrong):
    with pytest.raises(ChoiceError, match="private, public, mixed"):
        total(ledger, money_kinds=wrong)
