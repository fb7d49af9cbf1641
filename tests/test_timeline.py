"""One axis keeps what is known of each day: events, announcements, updates and declarations."""

import datetime as dt
from functools import partial

import pandas as pd

import invented
from printed import cell, cells
from refusals import misses
from summit_analysis import load, timeline
from summit_analysis.base.errors import ChoiceError, FrameError
from summit_analysis.pledges.status import last_day
from summit_analysis.timeline import WHAT


def test_every_row_of_the_four_tables_is_there_once_in_order_of_time(ledger):
    rows = timeline(ledger)
    keys = {"event": ("events", "event_id"), "announcement": ("pledges", "pledge_id")}
    keys |= {"update": ("updates", "pledge_id"), "declaration": ("declarations", "declaration_id")}
    assert set(WHAT) == set(keys) == set(rows["what"])
    for what, (table, key) in keys.items():
        assert sorted(rows.loc[rows["what"] == what, "id"]) == sorted(row[key] for row in cells(table))
    assert rows["first_on"].dropna().is_monotonic_increasing
    assert rows.loc[rows["first_on"].isna()].index.min() == rows["first_on"].notna().sum()
    # whoever rests on a source names it
    bare = rows[rows["source_id"].isna()]
    assert set(bare["what"]) == {"announcement"}
    assert not set(ledger.claims["pledge_id"]) & set(bare["id"])
    assert set(rows["source_id"].dropna()) <= set(ledger.sources["source_id"])


def test_labels_are_those_of_the_tables_in_either_language_and_a_period_ends_with_the_data(ledger):
    titles = {lang: {row["event_id"]: row[f"title_{lang}"] for row in cells("events")} for lang in ("en", "fr")}
    signed = {row["declaration_id"]: row["title"] for row in cells("declarations")}
    frames = {lang: timeline(ledger, lang=lang) for lang in titles}
    for lang, rows in frames.items():
        for what, words in (("event", titles[lang]), ("announcement", ledger.names(lang)), ("declaration", signed)):
            mine = rows[rows["what"] == what]
            assert mine["label"].tolist() == [words[one] for one in mine["id"]]
    assert "Campus MGX\u00a0: site choisi" in set(frames["fr"]["label"])
    apart = ["label", "amount"]
    pd.testing.assert_frame_equal(frames["en"].drop(columns=apart), frames["fr"].drop(columns=apart))
    updates = frames["en"][frames["en"]["what"].eq("update") & frames["en"]["first_on"].notna()]
    for row in updates.itertuples():
        period = pd.Period(str(row.first_on.date())[: {"day": 10, "month": 7, "year": 4}[row.precision]])
        assert row.first_on == period.start_time
        assert row.last_on == min(period.end_time.normalize(), last_day(ledger))


def test_amounts_are_the_figures_printed(ledger):
    told = {
        ("mgx-campus", "en"): "up to €30–50bn",
        ("mgx-campus", "fr"): "jusqu’à 30–50\xa0Md\xa0€",
        ("mistral-essonne", "en"): "several billion €",
        ("orange-ai", "en"): "",
        ("france-35-sites", "en"): "",
    }
    rows = {lang: timeline(ledger, kinds="announcement", lang=lang).set_index("id")["amount"] for lang in ("en", "fr")}
    assert {(pledge, lang): rows[lang][pledge] for pledge, lang in told} == told


def test_kinds_since_and_until_keep_what_is_meant(ledger):
    rows = timeline(ledger)
    assert set(timeline(ledger, kinds="event")["what"]) == {"event"}
    both = timeline(ledger, kinds=["withdrawn", "counter-summit"])
    assert set(both["kind"]) == {"withdrawn", "counter-summit"}
    assert len(both) == rows["kind"].isin(["withdrawn", "counter-summit"]).sum()
    # what may have happened between the two days, which count: also an update of which only the year is known
    between = timeline(ledger, since="2025-09-12", until=dt.date(2025, 9, 20))
    meant = rows[(rows["first_on"] <= "2025-09-20") & (rows["last_on"] >= "2025-09-12")]
    pd.testing.assert_frame_equal(between, meant.reset_index(drop=True))
    assert {"day", "year"} <= set(between["precision"])
    assert len(timeline(ledger, since="2025-02-11", until="2025-02-11").query("precision == 'day'"))
    assert len(timeline(ledger, until="2025-09-20")) == (rows["first_on"] <= "2025-09-20").sum()


WRONG = [
    *[({"kinds": kinds}, "kinds=.* is not known; choose one of: aftermath") for kinds in ("party", 3, [], [["event"]])],
    *[({"lang": lang}, f"lang={lang!r} is not known") for lang in ("de", 3)],
    *[({"since": day}, f"{day!r} is not a day") for day in ("2025-02-30", 3)],
    ({"since": "2025-02-11", "until": "2025-02-06"}, "later than"),
]


def test_what_cannot_be_asked_is_our_error(ledger):
    rows = {str(asked): (partial(timeline, ledger, **asked), said) for asked, said in WRONG}
    assert misses((ChoiceError, FrameError), rows) == {}


def test_a_new_event_with_a_window_keeps_it(tables):
    days = {"starts_on": "2025-03-01", "ends_on": "2025-03-31"}
    titles = {"title_en": "Something in March", "title_fr": "Quelque chose en mars"}
    invented.add(tables, "events", event_id="in-march", kind="business", source_id=invented.PRIMARY, **days, **titles)
    found = timeline(load(tables), kinds="event").set_index("id").loc["in-march"]
    assert [*map(cell, found[["first_on", "last_on", "precision"]])] == [*days.values(), "window"]
