"""What became of a pledge: how far it certainly came, how far perhaps, and on what evidence."""

import csv
import itertools

import pandas as pd
import pytest

import invented
from summit_analysis import load, status
from summit_analysis.base import files
from summit_analysis.base.errors import FrameError

STEPS = ["announced", "site-chosen", "financed", "permitted", "under-construction", "operating"]
STRENGTHS = ["primary", "news", "mirror", "undated"]


@pytest.fixture(scope="module")
def texts():
    """Sources by id and the list of updates as text, read without the code under test."""
    tables = []
    for name in ("sources", "updates"):
        with (files.shipped("data") / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            tables.append(list(csv.DictReader(file)))
    return {row["source_id"]: row for row in tables[0]}, tables[1]


@pytest.fixture(scope="module")
def last_day(texts):
    return max(source["published_on"] for source in texts[0].values())


@pytest.fixture(scope="module")
def outcome(ledger):
    """Return a function that gives one pledge's row of `status`, each day worked out once."""
    frames = {}

    def of(pledge, day=None):
        if day not in frames:
            frames[day] = status(ledger, day).set_index("pledge_id")
        return frames[day].loc[pledge]

    return of


def test_every_pledge_has_one_row_in_table_order(ledger):
    assert status(ledger)["pledge_id"].tolist() == ledger.pledges["pledge_id"].tolist()


def test_the_default_is_what_the_updates_say(texts, outcome, ledger):
    sources, updates = texts

    def strength(update):
        source = sources[update["source_id"]]
        if not update["updated_on"] and not update["updated_period"]:
            return "undated"
        return "mirror" if source["read_as"] == "mirror" else "primary" if source["kind"] == "primary" else "news"

    seen = set()
    for pledge in ledger.pledges["pledge_id"]:
        mine, row = [one for one in updates if one["pledge_id"] == pledge], outcome(pledge)
        furthest = max([one["status"] for one in mine if one["status"] in STEPS], key=STEPS.index, default="announced")
        evidence = [strength(one) for one in mine if one["status"] == furthest]
        assert row["furthest"] == row["furthest_possible"] == furthest
        assert [row["strength"]] == [min(evidence, key=STRENGTHS.index)] if evidence else pd.isna(row["strength"])
        assert row["withdrawn"] == ("yes" if any(one["status"] == "withdrawn" for one in mine) else "no")
        assert (row["updates"], sorted(row["source_ids"].split(";"))) == (
            len(mine),
            sorted(one["source_id"] for one in mine) or [""],
        )
        seen |= {furthest, *evidence}
    # each step and each strength is met at least once
    assert seen == {*STEPS, *STRENGTHS}


@pytest.mark.parametrize("day", ["1900-01-01", "2025-02-06", "2025-02-11", "2026-09-30"])
def test_status_once_called_announced_what_nobody_had_announced_by_then(ledger, day):
    announced = ledger.pledges.loc[ledger.pledges["announced_on"] <= day, "pledge_id"]
    found = status(ledger, day)
    assert found["pledge_id"].tolist() == announced.tolist()
    assert found.index.tolist() == list(range(len(announced)))


def test_the_last_day_and_any_later_one_equal_the_default(ledger, last_day):
    for day in (last_day, "2029-12-31"):
        pd.testing.assert_frame_equal(status(ledger, day), status(ledger))
    before = str((pd.Timestamp(last_day) - pd.Timedelta(days=1)).date())
    assert not status(ledger, before).equals(status(ledger))


# --- certain, possible, not yet


@pytest.mark.parametrize(
    ("pledge", "day", "certain", "possible"),
    [
        # a day is certain
        ("evroc-mougins", "2025-06-25", "announced", "announced"),
        ("evroc-mougins", "2025-06-26", "under-construction", "under-construction"),
        # finance found in September is a step back from works, so works stay the furthest
        ("evroc-mougins", "2025-09-01", "under-construction", "under-construction"),
        # some day of December 2025
        ("sesterce-valence", "2025-11-30", "announced", "announced"),
        ("sesterce-valence", "2025-12-01", "announced", "permitted"),
        ("sesterce-valence", "2025-12-30", "announced", "permitted"),
        ("sesterce-valence", "2025-12-31", "permitted", "permitted"),
        # a page without any date: possible on every day but the last
        ("digital-realty-choose-france-2025", "2025-06-01", "announced", "under-construction"),
        ("digital-realty-choose-france-2025", "2026-09-30", "announced", "under-construction"),
        ("digital-realty-choose-france-2025", None, "under-construction", "under-construction"),
        # the page of 2025 comes before the day on which the site was named
        ("mgx-campus", "2025-02-06", "announced", "site-chosen"),
        ("mgx-campus", "2025-09-09", "announced", "site-chosen"),
        ("mgx-campus", "2025-09-10", "site-chosen", "site-chosen"),
        ("orange-ai", None, "announced", "announced"),
    ],
)
def test_a_day_inside_a_period_is_possible_not_certain(outcome, pledge, day, certain, possible):
    assert tuple(outcome(pledge, day)[["furthest", "furthest_possible"]]) == (certain, possible)


@pytest.mark.parametrize(
    ("day", "answer"),
    [
        ("2025-12-31", "no"),
        ("2026-01-01", "possibly"),
        ("2026-09-30", "possibly"),
        ("2026-10-01", "yes"),
        (None, "yes"),
    ],
)
def test_fluidstack_left_on_an_unknown_day_of_2026(outcome, day, answer):
    row = outcome("fluidstack-supercomputer", day)
    assert row["withdrawn"] == answer
    # an announced pledge keeps its last step; leaving is a change, not a step
    assert row["furthest"] == "announced"
    assert (row["last_change"] == "withdrawn") == (answer == "yes")


@pytest.mark.parametrize(
    ("pledge", "day", "change", "on"),
    [
        ("investai-gigafactories-20bn", "2025-04-08", None, None),
        ("investai-gigafactories-20bn", "2026-06-01", "enlarged", "2025-04-09"),
        ("investai-gigafactories-20bn", "2026-06-02", "scaled-back", "2026-06-02"),
        # 65 sites by the middle of 2025: the change counts when the year is over
        ("france-35-sites", "2025-12-30", None, None),
        ("france-35-sites", "2025-12-31", "enlarged", "2025-12-31"),
        # nobody knows the day, and no day after the last one in the data can be meant
        ("fluidstack-supercomputer", None, "withdrawn", "2026-10-01"),
        ("brookfield-france-ai", None, "enlarged", "2026-06-02"),
    ],
)
def test_the_last_change_and_its_day(outcome, last_day, pledge, day, change, on):
    row = outcome(pledge, day)
    assert last_day == "2026-10-01"
    assert (row["last_change"] == change) if change else pd.isna(row["last_change"])
    assert (row["last_change_on"] == pd.Timestamp(on)) if on else pd.isna(row["last_change_on"])


def test_what_a_later_day_shows_never_goes_back(ledger):
    days = ["2024-01-01", "2025-02-11", "2025-06-30", "2025-12-31", "2026-06-30", None]
    frames = [status(ledger, day).set_index("pledge_id") for day in days]
    for before, later in itertools.pairwise(frames):
        # who was announced by a day was so on each later one
        after = later.loc[before.index]
        for column, order in (("furthest", STEPS), ("withdrawn", ["no", "possibly", "yes"])):
            assert (before[column].map(order.index) <= after[column].map(order.index)).all()
        assert (before["updates"] <= after["updates"]).all()
        assert (before["furthest"].map(STEPS.index) <= before["furthest_possible"].map(STEPS.index)).all()
    assert frames[0]["updates"].sum() == 0 < frames[1]["updates"].sum() < frames[-1]["updates"].sum()


# --- pledges that nobody made


@pytest.fixture(scope="module")
def small(copy_tables, ledger):
    tables, pledge, update = copy_tables(), invented.pledge, invented.update
    mirror = ledger.sources.loc[ledger.sources["read_as"] == "mirror", "source_id"].iloc[0]
    pledge(tables, "two-sources")
    update(tables, "two-sources", "permitted", source_id=mirror)
    update(tables, "two-sources", "permitted", on="2025-07-01", source_id=invented.PRESS)
    update(tables, "two-sources", "site-chosen", source_id=invented.PRIMARY)
    pledge(tables, "only-copied")
    update(tables, "only-copied", "operating", source_id=mirror)
    pledge(tables, "left-and-when")
    update(tables, "left-and-when", "withdrawn", on="", updated_period="2025-06")
    update(tables, "left-and-when", "withdrawn", on="2025-06-20", source_id=invented.PRESS)
    pledge(tables, "same-month")
    update(tables, "same-month", "scaled-back", on="2025-06-20")
    update(tables, "same-month", "enlarged", on="", updated_period="2025-06")
    return load(tables)


@pytest.mark.parametrize(
    ("pledge", "day", "strength"),
    [
        # of the furthest step, not of an earlier one; the strongest of those known by then
        ("two-sources", "2025-06-30", "mirror"),
        ("two-sources", "2025-07-01", "news"),
        ("two-sources", None, "news"),
        ("only-copied", None, "mirror"),
        ("left-and-when", None, None),
    ],
)
def test_strength_is_that_of_the_furthest_step(small, pledge, day, strength):
    found = status(small, day).set_index("pledge_id").loc[pledge, "strength"]
    assert found == strength if strength else pd.isna(found)


@pytest.mark.parametrize(
    ("day", "answer"),
    [("2025-05-31", "no"), ("2025-06-01", "possibly"), ("2025-06-19", "possibly"), ("2025-06-20", "yes")],
)
def test_the_surest_answer_wins(small, day, answer):
    assert status(small, day).set_index("pledge_id").loc["left-and-when", "withdrawn"] == answer


def test_of_a_month_and_a_day_inside_it_the_month_is_the_last(small):
    row = status(small).set_index("pledge_id").loc["same-month"]
    assert (row["last_change"], str(row["last_change_on"].date())) == ("enlarged", "2025-06-30")


@pytest.mark.parametrize("day", ["2026-02-29", "soon", ""])
def test_a_bad_day_is_our_error(ledger, day):
    with pytest.raises(FrameError):
        status(ledger, day)
