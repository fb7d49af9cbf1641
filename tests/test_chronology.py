"""One axis keeps what is known of each day; announced money counts each euro once as of every day."""

import csv
import datetime as dt

import numpy as np
import pandas as pd
import pytest

import invented
from summit_analysis import (
    announced_by_day,
    check,
    ladder,
    load,
    new_or_known,
    timeline,
    total,
)
from summit_analysis.base import files
from summit_analysis.base.errors import ChoiceError, FrameError, LedgerError
from summit_analysis.pledges.status import last_day
from summit_analysis.timeline import WHAT

BILLION = 1e9
SOURCE = "elysee-businessday-20250211"


def cells(table):
    """Read a table as text, without the code under test."""
    with (files.shipped("data") / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def rows(ledger):
    return timeline(ledger)


@pytest.fixture(scope="module")
def by_day(ledger):
    return announced_by_day(ledger)


# --- one axis


def test_every_row_of_the_four_tables_is_there_once(rows):
    keys = {"event": ("events", "event_id"), "announcement": ("pledges", "pledge_id")}
    keys |= {"update": ("updates", "pledge_id"), "declaration": ("declarations", "declaration_id")}
    assert set(WHAT) == set(keys) == set(rows["what"])
    for what, (table, key) in keys.items():
        assert sorted(rows.loc[rows["what"] == what, "id"]) == sorted(row[key] for row in cells(table))


def test_days_and_precision_of_events_are_those_of_the_table(rows):
    events = rows[rows["what"] == "event"].set_index("id")
    for row in cells("events"):
        found = events.loc[row["event_id"]]
        assert [f"{found[end]:%Y-%m-%d}" for end in ("first_on", "last_on")] == [row["starts_on"], row["ends_on"]]
        assert found["precision"] == (row["precision"] or "window")
        assert (found["kind"], found["label"]) == (row["kind"], row["title_en"])
    assert {"day", "window"} == set(events["precision"])


def test_a_period_keeps_its_first_and_last_day(ledger, rows):
    updates = rows[rows["what"] == "update"]
    assert set(updates["precision"]) == {"day", "month", "year", "unknown"}
    seen = {}
    for row in cells("updates"):
        found = updates[(updates["id"] == row["pledge_id"]) & (updates["source_id"] == row["source_id"])]
        period = row["updated_on"] or row["updated_period"]
        precision = {10: "day", 7: "month", 4: "year", 0: "unknown"}[len(period)]
        assert precision in set(found["precision"])
        seen.setdefault(precision, period)
        one = found[found["precision"] == precision].iloc[0]
        if precision == "unknown":
            assert pd.isna(one["first_on"])
            assert pd.isna(one["last_on"])
        elif precision != "day":
            begins = pd.Period(period)
            assert one["first_on"] == begins.start_time
            assert one["last_on"] == min(begins.end_time.normalize(), last_day(ledger))
    assert len(seen) == 4


def test_undated_announcements_are_unknown_and_stand_last(rows):
    undated = {row["pledge_id"] for row in cells("pledges") if not row["announced_on"]}
    announced = rows[rows["what"] == "announcement"]
    assert set(announced.loc[announced["precision"] == "unknown", "id"]) == undated
    assert rows["first_on"].dropna().is_monotonic_increasing
    assert rows.loc[rows["first_on"].isna()].index.min() == rows["first_on"].notna().sum()


@pytest.mark.parametrize(
    ("pledge_id", "lang", "amount"),
    [
        ("mgx-campus", "en", "up to €30–50bn"),
        ("mgx-campus", "fr", "jusqu'à 30–50\xa0Md\xa0€"),
        ("mistral-essonne", "en", "several billion €"),
        ("orange-ai", "en", ""),
        ("france-35-sites", "en", ""),
    ],
)
def test_amounts_are_the_figures_printed(ledger, pledge_id, lang, amount):
    rows = timeline(ledger, kinds="announcement", lang=lang).query("what == 'announcement'").set_index("id")
    assert rows.loc[pledge_id, "amount"] == amount


def test_an_update_keeps_its_own_currency(rows):
    updates = rows[(rows["what"] == "update") & rows["low"].notna()]
    assert {"EUR", "USD"} <= set(updates["currency"])
    told = {(row["pledge_id"], row["source_id"], float(row["amount"])) for row in cells("updates") if row["amount"]}
    assert set(zip(updates["id"], updates["source_id"], updates["low"], strict=True)) == told
    assert (updates["amount"] != "").all()


def test_every_row_that_rests_on_a_source_names_it(ledger, rows):
    claimed = set(ledger.claims["pledge_id"])
    bare = rows[rows["source_id"].isna()]
    assert set(bare["what"]) == {"announcement"}
    assert not claimed & set(bare["id"])
    assert set(rows["source_id"].dropna()) <= set(ledger.sources["source_id"])


def test_french_labels(ledger):
    rows = timeline(ledger, lang="fr")
    events = rows[rows["what"] == "event"].set_index("id")["label"]
    assert events.to_dict() == {row["event_id"]: row["title_fr"] for row in cells("events")}
    updates = rows[rows["what"] == "update"]
    assert "Campus MGX : site choisi" in set(updates["label"])
    assert updates["label"].notna().all()


def test_kinds_pick_by_either_word(ledger, rows):
    assert set(timeline(ledger, kinds="event")["what"]) == {"event"}
    both = timeline(ledger, kinds=["withdrawn", "counter-summit"])
    assert set(both["kind"]) == {"withdrawn", "counter-summit"}
    assert len(both) == rows["kind"].isin(["withdrawn", "counter-summit"]).sum()


def test_since_and_until_keep_what_may_have_happened_between(ledger):
    rows = timeline(ledger, since="2025-09-12", until=dt.date(2025, 9, 20))
    # ran from 10 September to 10 October
    assert "fouju-consultation" in set(rows["id"])
    # an update of which only the year is known
    assert (rows["precision"] == "year").any()
    assert "unknown" not in set(rows["precision"])
    assert (rows["first_on"] <= "2025-09-20").all()
    assert (rows["last_on"] >= "2025-09-12").all()


@pytest.mark.parametrize(
    ("asked", "error", "said"),
    [
        ({"kinds": "party"}, ChoiceError, "'party'"),
        ({"lang": "de"}, ChoiceError, "'de'"),
        ({"since": "2025-02-30"}, FrameError, "2025-02-30"),
        ({"since": "2025-02-11", "until": "2025-02-06"}, FrameError, "later than"),
    ],
)
def test_what_cannot_be_asked_is_our_error(ledger, asked, error, said):
    with pytest.raises(error, match=said):
        timeline(ledger, **asked)


# --- events that cannot be


def test_an_event_on_an_impossible_day_is_found(tables):
    row = tables.edit("events", "event_id", "vance-speech", "starts_on", "2025-02-30")
    found = check(tables)
    assert (found["table"] == "events").all()
    assert found.loc[0, ["row", "column", "value"]].tolist() == [row, "starts_on", "2025-02-30"]
    with pytest.raises(LedgerError, match=rf"events, row {row}, starts_on: '2025-02-30'.*YYYY-MM-DD"):
        load(tables)


def test_an_event_that_ends_before_it_starts_is_found(tables):
    row = tables.edit("events", "event_id", "delhi-summit", "ends_on", "2026-02-15")
    found = check(tables)
    assert found[["table", "row", "column", "problem"]].values.tolist() == [
        ["events", row, "ends_on", "before starts_on"]
    ]
    with pytest.raises(LedgerError, match=rf"events, row {row}, ends_on: '2026-02-15' before starts_on"):
        load(tables)


def test_a_new_event_with_a_window_keeps_it(tables):
    days = {"starts_on": "2025-03-01", "ends_on": "2025-03-31"}
    titles = {"title_en": "Something in March", "title_fr": "Quelque chose en mars"}
    invented.add(tables, "events", event_id="in-march", kind="business", source_id=SOURCE, **days, **titles)
    found = timeline(load(tables), kinds="event").set_index("id").loc["in-march"]
    assert found[["first_on", "last_on", "precision"]].tolist() == [*map(pd.Timestamp, days.values()), "window"]


# --- money by day


def test_days_asked_for_are_totals_as_of_that_day(ledger):
    days = ["2025-02-05", "2025-02-06", "2025-02-08", "2025-02-09", "2025-06-01", "2026-10-01"]
    found = announced_by_day(ledger, days=days[::-1])
    assert found["day"].dt.strftime("%Y-%m-%d").tolist() == days
    for row, day in zip(found.itertuples(), days, strict=True):
        whole = total(ledger, as_of=day)
        assert (row.low, row.high) == (whole.low, whole.high)


def test_the_days_are_those_on_which_something_changes(ledger, by_day):
    assert by_day["day"].is_monotonic_increasing
    changed = by_day[["low", "high"]].diff().ne(0).any(axis=1) | by_day["new"].ne("")
    assert changed.all()
    # on a day between two of them nothing has changed since the earlier one
    middles = by_day["day"] + (by_day["day"].shift(-1).fillna(last_day(ledger)) - by_day["day"]) // 2
    for day, row in zip(middles.dt.date, by_day.itertuples(), strict=True):
        found = total(ledger, as_of=day)
        assert (found.low, found.high) == (row.low, row.high), day


@pytest.mark.parametrize(("rule", "to", "where"), [("latest", "EUR", None), ("full-range", "USD", "france-109bn")])
def test_other_rules_currencies_and_selections(ledger, rule, to, where):
    found = announced_by_day(ledger, rule=rule, to=to, where=where)
    for row in found.iloc[[0, len(found) // 2, -1]].itertuples():
        whole = total(ledger, to=to, rule=rule, where=where, as_of=row.day.date())
        assert (row.low, row.high) == (whole.low, whole.high)


def test_every_announcement_is_new_once(by_day):
    announced = {row["pledge_id"] for row in cells("pledges") if row["group"] == "summit" and row["announced_on"]}
    new = ";".join(by_day["new"]).strip(";").replace(";;", ";").split(";")
    assert sorted(name for name in new if name) == sorted(announced)
    for row in by_day.itertuples():
        assert set(row.new_counted.split(";")) <= set(row.new.split(";")) | {""}


def test_the_campus_counts_until_its_envelope_stands_for_it(by_day):
    days = by_day.set_index("day")
    step = days.loc["2025-02-06", ["low", "high"]] - days.loc["2025-02-03", ["low", "high"]]
    # MGX 30 to 50, and a top-up of 0.4
    assert step.tolist() == pytest.approx([30.4 * BILLION, 50.4 * BILLION])
    assert "mgx-campus" in days.loc["2025-02-06", "new_counted"].split(";")
    eve, day = days.loc["2025-02-08"], days.loc["2025-02-09"]
    inside = set(day["now_inside"].split(";"))
    assert {"mgx-campus", "brookfield-france-ai", "iliad-ai", "telehouse-france", "equinix-france"} < inside
    # what the envelope brings is what it holds beyond them
    assert day["low"] - eve["low"] == pytest.approx((109 - 30 - 20 - 1.2 - 3 - 1 - 0.63) * BILLION)
    assert day["high"] - eve["high"] == pytest.approx((109 - 50 - 20 - 1.2 - 3 - 1 - 0.63) * BILLION)


def test_an_invented_staircase(copy_tables):
    tables = copy_tables()
    days = {"small-part": "2025-02-06", "second-part": "2025-02-07", "other": "2025-02-07"}
    days |= {"big": "2025-02-09", "late-part": "2025-02-11", "bare": "2025-02-12"}
    figures = {"small-part": (30e9, 50e9), "second-part": 20e9, "other": 5e9, "big": 100e9, "late-part": 10e9}
    for name, day in days.items():
        invented.pledge(tables, name, inside="big" if name.endswith("part") else "", announced_on=day)
        if name in figures:
            invented.claim(tables, name, figures[name], claimed_on=day)
    invented.update(tables, "other", "withdrawn", "2025-03-01")
    found = announced_by_day(load(tables), where=["big", "other", "bare"])
    shown = [
        (f"{row.day:%m-%d}", row.low / BILLION, row.high / BILLION, row.new, row.new_counted, row.now_inside)
        for row in found.itertuples()
    ]
    assert shown == [
        ("02-06", 30, 50, "small-part", "small-part", ""),
        ("02-07", 55, 75, "second-part;other", "second-part;other", ""),
        ("02-09", 105, 105, "big", "big", "small-part;second-part"),
        ("02-11", 105, 105, "late-part", "", ""),
        ("02-12", 105, 105, "bare", "", ""),
        ("03-01", 100, 100, "", "", ""),
    ]


def test_without_pledges_there_is_no_day(copy_tables):
    tables = copy_tables()
    invented.pledge(tables, "undated", 5e9, announced_on="")
    found = announced_by_day(load(tables), where="undated")
    assert found.empty
    assert found.columns.tolist() == ["day", "low", "high", "new", "new_counted", "now_inside"]


@pytest.mark.parametrize(
    ("asked", "error"), [({"days": ["tomorrow"]}, FrameError), ({"where": "nowhere"}, ChoiceError)]
)
def test_what_cannot_be_followed_is_our_error(ledger, asked, error):
    with pytest.raises(error):
        announced_by_day(ledger, **asked)


# --- new or known


@pytest.fixture(scope="module")
def known(ledger):
    return new_or_known(ledger)


def test_new_money_adds_up_to_the_rung_of_the_ladder(ledger, known):
    rung = ladder(ledger, as_of="2025-02-11").set_index("rung").loc["new-money"]
    assert known[["low_new", "high_new"]].sum().tolist() == pytest.approx(rung[["low", "high"]].tolist())


def test_what_counts_adds_up_to_the_total(ledger, known):
    found = total(ledger, as_of="2025-02-11")
    counted = known[known["counted_in"] == known["pledge_id"]]
    assert counted["pledge_id"].tolist() == found.counted["pledge_id"].tolist()
    off = found.ties.loc[found.ties["within"] == "", ["low", "high"]].sum()
    assert (counted[["low", "high"]].sum() - off).tolist() == pytest.approx([found.low, found.high])


def test_before_in_the_week_or_undated(known):
    days = {row["pledge_id"]: row["announced_on"] for row in cells("pledges") if row["group"] == "summit"}
    words = {row["pledge_id"]: row["new_money"] for row in cells("pledges")}
    assert set(known["pledge_id"]) == {name for name, day in days.items() if day <= "2025-02-11"}
    for row in known.itertuples():
        day = days[row.pledge_id]
        assert row.announced == ("undated" if not day else "before" if day < "2025-02-06" else "in-week")
        assert row.new_money == words[row.pledge_id]
    assert set(known["announced"]) == {"before", "in-week", "undated"}


def test_old_money_is_not_new(known):
    old = known[known["new_money"] == "no"]
    assert len(old) > 5
    assert np.all(old[["low_new", "high_new"]] == 0)
    assert (known["low_new"] <= known["high_new"]).all()


def test_another_week(ledger):
    found = new_or_known(ledger, week=("2025-02-09", "2025-02-09")).set_index("pledge_id")
    assert found.loc["mgx-campus", ["announced", "counted_in"]].tolist() == ["before", "france-109bn"]
    assert "investai" not in found.index
