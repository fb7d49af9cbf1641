"""One axis keeps what is known of each day: events, announcements, updates and declarations."""

import datetime as dt
from functools import partial

import pandas as pd

from printed import cells
from refusals import misses
from summit_analysis import timeline
from summit_analysis.base.errors import ChoiceError, FrameError
from summit_analysis.pledges.status import last_day


def test_every_row_of_the_four_tables_is_there_once_in_order_of_time(ledger):
    rows = timeline(ledger)
    keys = {"event": ("events", "event_id"), "announcement": ("pledges", "pledge_id")}
    keys |= {"update": ("updates", "pledge_id"), "declaration": ("declarations", "declaration_id")}
    ids = rows.groupby("what")["id"].apply(sorted).to_dict()
    assert ids == {what: sorted(row[key] for row in cells(table)) for what, (table, key) in keys.items()}
    assert rows["first_on"].fillna(pd.Timestamp("2199-01-01")).is_monotonic_increasing
    # whoever rests on a source names it
    bare = rows[~rows["source_id"].isin(ledger.sources["source_id"])]
    assert set(bare["what"]) == {"announcement"}
    assert not set(ledger.claims["pledge_id"]) & set(bare["id"])


def test_labels_and_amounts_are_in_either_language_and_a_period_ends_with_the_data(ledger):
    english, french = (timeline(ledger, lang=lang) for lang in ("en", "fr"))
    titles = {row["event_id"]: row["title_fr"] for row in cells("events")} | ledger.names("fr").to_dict()
    told = french[french["what"].isin(["event", "announcement"])].set_index("id")
    assert told["label"].to_dict() == {one: titles[one] for one in told.index}
    assert told.loc["mgx-campus", "amount"] == "jusqu’à 30–50\xa0Md\xa0€"
    assert told.loc[["orange-ai", "france-35-sites"], "amount"].tolist() == ["", ""]
    assert "Campus MGX\u00a0: site choisi" in set(french["label"])
    apart = ["label", "amount"]
    pd.testing.assert_frame_equal(english.drop(columns=apart), french.drop(columns=apart))
    for row in english[english["what"].eq("update") & english["first_on"].notna()].itertuples():
        period = pd.Period(str(row.first_on.date())[: {"day": 10, "month": 7, "year": 4}[row.precision]])
        assert row.first_on == period.start_time
        assert row.last_on == min(period.end_time.normalize(), last_day(ledger))


def test_kinds_since_and_until_keep_what_is_meant(ledger):
    rows = timeline(ledger)
    meant = rows[rows["what"].eq("event") | rows["kind"].eq("withdrawn")].reset_index(drop=True)
    pd.testing.assert_frame_equal(timeline(ledger, kinds=["withdrawn", "event"]), meant)
    # what may have happened on a day, which counts at both ends: also an update of which only the year is known
    day = timeline(ledger, since="2025-02-11", until=dt.date(2025, 2, 11))
    meant = rows[(rows["first_on"] <= "2025-02-11") & (rows["last_on"] >= "2025-02-11")]
    pd.testing.assert_frame_equal(day, meant.reset_index(drop=True))
    assert {"day", "year"} <= set(day["precision"])
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
