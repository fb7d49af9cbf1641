"""The ladder from the careless sum to the hard core: nested, explained row by row, each row by its own updates."""

import itertools
import math

import pandas as pd
import pytest

import invented
from summit_analysis import RULES, explain_ladder, ladder, load, total
from summit_analysis.base.errors import ChoiceError, FrameError

RUNGS = ["naive", "once", "new-money", "site", "works"]
BOUNDS = ["low", "high"]
SUMMIT_DAY, LAST_DAY = "2025-02-11", "2026-10-01"
BOTH = ("summit", "comparator")
SETTINGS = [
    *[{"rule": rule} for rule in RULES],
    *[{"as_of": day} for day in (SUMMIT_DAY, "2025-06-30", "2026-03-01", LAST_DAY)],
    *[{"where": where} for where in ("comparator", "article", "france-109bn", BOTH)],
    {"rule": "article", "as_of": SUMMIT_DAY},
    {"rule": "latest", "where": BOTH, "as_of": "2025-06-30"},
    {"to": "USD", "as_of": LAST_DAY},
]


def rungs(ledger, **settings):
    """The ladder as {rung: (low, high)}."""
    return {row.rung: (row.low, row.high) for row in ladder(ledger, **settings).itertuples()}


def names(cell):
    return {name for name in cell.split(";") if name}


# --- the summit


def test_the_ladder_of_the_summit(ledger):
    table = ladder(ledger)
    assert table["rung"].tolist() == RUNGS
    shown = (table[BOUNDS] / 1e9).round(1).values.tolist()
    assert shown == [[758.1, 781.6], [376.9, 404.0], [142.2, 375.6], [47.1, 75.0], [7.1, 7.2]]
    assert table["pledges"].is_monotonic_decreasing
    all_three = {"mistral-essonne", "orange-ai", "thales-ai"}
    assert table["unquantified"].map(names).tolist() == [all_three] * 3 + [{"mistral-essonne"}] * 2


def test_on_the_day_of_the_summit_nothing_had_more_than_perhaps_a_site(ledger):
    shown = rungs(ledger, rule="article", as_of=SUMMIT_DAY)
    assert [round(bound / 1e9, 1) for bound in shown["naive"] + shown["once"]] == [632.8, 632.8, 321.4, 321.4]
    # of the campus of 50 billion some page says, without a day in 2025, that its site was chosen
    assert shown["site"] == (0, 50e9)
    assert shown["works"] == (0, 0)


@pytest.mark.parametrize(("day", "reached"), [("2026-02-10", False), (SUMMIT_DAY, False), ("2026-02-11", True)])
def test_a_row_without_figure_is_named_where_it_has_come(ledger, day, reached):
    table = ladder(ledger, as_of=day).set_index("rung")["unquantified"].map(names)
    assert "mistral-essonne" in table["once"]
    assert [("mistral-essonne" in table[rung]) for rung in ("site", "works")] == [reached, reached]


@pytest.fixture(scope="module", params=SETTINGS, ids=str)
def walk(request, ledger):
    """The ladder, its rows and the total of one setting."""
    return tuple(function(ledger, **request.param) for function in (ladder, explain_ladder, total))


def test_each_rung_lies_inside_the_one_above(walk):
    table, _, found = walk
    assert (table["low"] >= 0).all()
    assert (table["low"] <= table["high"]).all()
    for bound in BOUNDS:
        assert table[bound].is_monotonic_decreasing
        once = [getattr(found.naive, bound), getattr(found, bound)]
        assert table[bound].tolist()[:2] == pytest.approx(once, abs=0.01)
    bare = table["unquantified"].map(names).tolist()
    assert bare[1] == set(found.unquantified["pledge_id"])
    assert all(inner <= outer for outer, inner in itertools.pairwise(bare))


def test_the_rows_of_each_rung_add_up_to_the_ladder(walk):
    table, pieces, _ = walk
    assert set(pieces["what"]) <= {"pledge", "tie"}
    for row in table.itertuples():
        mine = pieces[pieces["rung"] == row.rung]
        known = mine.dropna(subset="low")
        assert [math.fsum(known[bound]) for bound in BOUNDS] == pytest.approx([row.low, row.high], abs=0.01), row.rung
        assert set(mine.loc[mine["low"].isna(), "pledge_id"]) == names(row.unquantified)
        assert row.pledges == (known["what"] == "pledge").sum()
        assert (known.loc[known["what"] == "tie", BOUNDS] <= 0).all(axis=None)


# --- what is new


@pytest.mark.parametrize(
    ("where", "new"),
    [
        # 2.5 of the 3 billion, and 1.2 of the 6, had been promised before
        ("iliad-ai", (0, 0.5e9)),
        ("iliad-opcore", (0, 0)),
        ("amazon-aws-2031", (0, 4.8e9)),
        ("amazon-choose-france-2024", (0, 0)),
        # the tranche came after the envelope: it is no older money
        ("mgx-campus", (30e9, 50e9)),
        ("digital-realty-france", (0, 6e9)),
        ("amazon-aws-2022-plan", (0, 0)),
        ("orange-ai", (0, 0)),
    ],
)
def test_old_parts_are_not_new_and_later_tranches_take_nothing_off(ledger, where, new):
    assert rungs(ledger, where=where)["new-money"] == new


@pytest.fixture(scope="module")
def small(copy_tables):
    """Families of pledges that nobody made."""
    tables, pledge, update = copy_tables(), invented.pledge, invented.update
    pledge(tables, "fresh", (90, 100))
    pledge(tables, "fresh-old", (30, 40), "fresh", new_money="no", announced_on="2024-05-13")
    pledge(tables, "fresh-tranche", 20, "fresh", new_money="no", announced_on="2025-05-19")
    pledge(tables, "half", 100, new_money="partly")
    pledge(tables, "half-new", 30, "half")
    pledge(tables, "half-unknown", 20, "half", new_money="unknown")
    pledge(tables, "first", 50)
    pledge(tables, "again", 20, new_money="no", announced_on="2025-05-19")
    invented.tie(tables, "again", "restates", "first")
    pledge(tables, "older", (60, 80))
    pledge(tables, "younger", 50)
    invented.tie(tables, "older", "overlaps", "younger")

    pledge(tables, "whole", (90, 100))
    pledge(tables, "whole-a", (30, 40), "whole")
    pledge(tables, "whole-b", 20, "whole", announced_on="2024-05-13", new_money="no")
    update(tables, "whole", "operating")
    update(tables, "whole-a", "site-chosen")
    update(tables, "whole-a", "financed", amount=10, amount_is="raised")
    update(tables, "whole-b", "operating")
    pledge(tables, "said-whole", 100)
    pledge(tables, "said-whole-a", 30, "said-whole")
    update(tables, "said-whole", "permitted", amount=100, amount_is="restated")
    pledge(tables, "sum-of-more", 50)
    update(tables, "sum-of-more", "under-construction", amount=500, amount_is="component")
    pledge(tables, "some-day", 50)
    update(tables, "some-day", "operating", on="", updated_period="2025-06")
    pledge(tables, "too-much", 50)
    update(tables, "too-much", "site-chosen", amount=80, amount_is="part")
    pledge(tables, "left", 50)
    update(tables, "left", "site-chosen", on="2025-03-01")
    update(tables, "left", "withdrawn", on="2025-07-01")
    pledge(tables, "enlarged-only", 50)
    update(tables, "enlarged-only", "enlarged", amount=60, amount_is="new-total")
    return load(tables)


@pytest.mark.parametrize(
    ("where", "new"),
    [
        # at least 90 less at most 40 that is old, at most 100 less at least 30
        ("fresh", (50, 70)),
        # partly new: surely the part that is, possibly all
        ("half", (30, 100)),
        (["first", "again"], (50, 50)),
        # money that two rows may share is surely new once only
        (["older", "younger"], (60, 130)),
    ],
    ids=str,
)
def test_what_is_certainly_and_possibly_new(small, where, new):
    assert rungs(small, where=where)["new-money"] == new


# --- what has a site, and more


@pytest.mark.parametrize(
    ("where", "day", "site", "works"),
    [
        # the envelope's update names no amount, so only its part counts; old money has no place here
        ("whole", None, (30, 40), (10, 10)),
        ("whole", "2025-05-31", (0, 0), (0, 0)),
        ("said-whole", None, (100, 100), (100, 100)),
        # a part never has what only its envelope's update says
        ("said-whole-a", None, (0, 0), (0, 0)),
        # a sum of another scope: some of it, possibly all
        ("sum-of-more", None, (0, 50), (0, 50)),
        ("some-day", "2025-05-31", (0, 0), (0, 0)),
        ("some-day", "2025-06-15", (0, 50), (0, 50)),
        ("some-day", "2025-06-30", (50, 50), (50, 50)),
        # no row brings more than itself
        ("too-much", None, (50, 50), (0, 0)),
        ("left", "2025-06-30", (50, 50), (0, 0)),
        ("left", "2025-07-01", (0, 0), (0, 0)),
        ("left", None, (0, 0), (0, 0)),
        ("enlarged-only", LAST_DAY, (0, 0), (0, 0)),
    ],
)
def test_each_row_by_its_own_updates(small, where, day, site, works):
    shown = rungs(small, where=where, as_of=day)
    assert (shown["site"], shown["works"]) == (site, works)


def test_an_update_of_the_109_without_an_amount_marks_nothing(ledger):
    updates = ledger.updates[ledger.updates["pledge_id"] == "france-109bn"]
    assert pd.isna(updates.loc[updates["status"] == "site-chosen", "amount"]).all()
    low, high = rungs(ledger, where="france-109bn")["site"]
    assert (low, high) == (46.7e9, 74.55e9)


# --- words and days


@pytest.mark.parametrize(
    ("settings", "error"),
    [({"rule": "newest"}, ChoiceError), ({"where": "mgx"}, ChoiceError), ({"as_of": "2025-02-30"}, FrameError)],
)
def test_an_unknown_word_or_day_is_our_error(ledger, settings, error):
    (value,) = settings.values()
    for function in (ladder, explain_ladder):
        with pytest.raises(error, match=value):
            function(ledger, **settings)


@pytest.mark.parametrize(
    "settings", [{"where": "investai", "as_of": "2024-05-20"}, {"rule": "article", "where": "comparator"}]
)
def test_where_nothing_is_selected_every_rung_is_empty(ledger, settings):
    assert rungs(ledger, **settings) == dict.fromkeys(RUNGS, (0, 0))
