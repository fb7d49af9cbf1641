"""Who reviews a change of data sees which totals it moves against the last release."""

import functools

import pandas as pd
import pytest

import summit_analysis
from summit_analysis import load, moved_totals
from summit_analysis.pledges import compare


@pytest.fixture(scope="module", autouse=True)
def _added_up_once():
    """Each ledger has its totals computed once, however often they are asked for: that takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compare, "release_totals", functools.cache(compare.release_totals))
        yield


def test_the_stored_totals_are_those_of_a_release_that_was_made():
    stored = pd.read_csv(compare._FILE, dtype={"release": "str"})
    assert stored["release"].unique().tolist() <= [summit_analysis.__version__]
    assert stored["total"].is_unique
    assert len(stored) >= 40


def test_the_totals_are_those_that_the_library_gives(ledger):
    found = compare.release_totals(ledger).set_index("total")
    once = summit_analysis.total(ledger)
    assert tuple(found.loc["each euro once, full-range, as announced"]) == (once.low, once.high)
    assert (
        found.loc["names under paris-2025: state", "high"]
        == summit_analysis.names_listed(ledger, "paris-2025").loc["state", "high"]
    )


def test_a_changed_amount_shows_in_every_total_that_holds_it(tables):
    tables.edit("claims", "claim_id", "bpifrance-ai-2029--seed-article", "amount_low", "11000000000")
    tables.edit("claims", "claim_id", "bpifrance-ai-2029--seed-article", "amount_high", "11000000000")
    spoilt = load(tables)
    moved = moved_totals(spoilt).set_index("total")
    article = moved.loc["each euro once, article, as of 2025-02-11"]
    assert article["low"] - article["low_before"] == pytest.approx(1e9)
    assert not any(name.startswith("names under") for name in moved.index)
    lines = compare.moved_lines(spoilt)
    assert lines[0] == f"{len(moved)} total(s) moved since release {summit_analysis.__version__}:"
    assert any("€321,421,542,038 → €322,421,542,038" in line for line in lines)


def test_a_release_is_recorded_and_then_nothing_has_moved(ledger, tmp_path, monkeypatch):
    path = tmp_path / "last-release.csv"
    compare.record_release(ledger, path)
    monkeypatch.setattr(compare, "_FILE", path)
    assert moved_totals(ledger).empty
    assert compare.moved_lines(ledger) == [f"No total moved since release {summit_analysis.__version__}."]


def test_totals_that_are_new_or_gone_are_named(ledger, tmp_path, monkeypatch):
    path = tmp_path / "last-release.csv"
    compare.record_release(ledger, path)
    stored = pd.read_csv(path)
    stored.loc[0, "total"] = "something no longer added up"
    stored.to_csv(path, index=False)
    monkeypatch.setattr(compare, "_FILE", path)
    lines = compare.moved_lines(ledger)
    assert len(lines) == 3
    assert any("→ nothing" in line for line in lines)
    assert any("nothing →" in line for line in lines)
