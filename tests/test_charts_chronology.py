"""The timeline shows every event once, and the staircase every step; no label lies on another."""

import dataclasses
import re
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.text import Annotation

from pictures import (
    assert_no_sentence_is_shared,
    assert_texts_fit,
    draw_all,
    in_both_languages,
    laid_out,
    picture,
    spots,
    visible_texts,
)
from summit_analysis import charts, total
from summit_analysis.base.errors import ChoiceError, FrameError
from summit_analysis.charts.evidence import LANES
from summit_analysis.ledger import schema
from summit_analysis.pledges.status import last_day

DRAW = {"timeline": charts.timeline, "announced": charts.announced}
EACH = in_both_languages(DRAW)
LANGS = pytest.mark.parametrize("lang", ["en", "fr"])
BILLION = 1e9
LONG = "A title of eighty characters, which is all that the table lets anybody write now"


@pytest.fixture(scope="module")
def figures(ledger):
    return draw_all(ledger, DRAW)


# --- the texts fit


def assert_in_place(chart):
    assert_texts_fit(chart, [mark for axes in chart.figure.axes for mark in spots(axes, 4)], more_than=20)


@EACH
def test_texts_are_legible_and_lie_inside_apart_and_on_no_mark(figures, name, lang):
    assert_in_place(figures[name, lang])


def with_events(ledger, **columns):
    return dataclasses.replace(ledger, events=ledger.events.assign(**columns))


def test_long_titles_become_numbers_with_a_key(ledger):
    titles = [f"{LONG[:-3]}{number:03d}" for number in range(len(ledger.events))]
    chart = laid_out(charts.timeline(with_events(ledger, title_en=titles)))
    keyed = chart.data[chart.data["side"] == "key"]
    assert 10 < len(keyed) < len(chart.data)
    assert_in_place(chart)
    shown = Counter(text.get_text() for text in visible_texts(chart.figure))
    for _, panel in keyed.groupby("panel", sort=False):
        for number, label in enumerate(panel["label"], 1):
            assert shown[f"{number}  {label}"] == 1
            assert shown[str(number)] >= 1
    assert not set(keyed["label"]) & set(shown)


def test_many_events_on_one_day_do_not_collide(ledger):
    day = pd.Timestamp("2025-02-08")
    chart = laid_out(charts.timeline(with_events(ledger, starts_on=day, ends_on=day, kind="science")))
    assert set(chart.data["panel"]) == {"week"}
    assert len(chart.figure.axes) == 1
    assert_in_place(chart)


def test_an_event_as_long_as_the_axis_has_its_number(ledger):
    long = ledger.events["event_id"] == "mistral-debt"
    days = {"starts_on": "2020-01-01", "ends_on": "2029-12-31"}
    days = {end: ledger.events[end].mask(long, pd.Timestamp(day)) for end, day in days.items()}
    chart = laid_out(charts.timeline(with_events(ledger, **days)))
    assert chart.data.set_index("id").loc["mistral-debt", "side"] == "key"
    assert_in_place(chart)


@pytest.mark.parametrize("day", ["2020-01-01", "2029-12-31"])
def test_an_event_years_away_keeps_the_axis_readable(ledger, day):
    days = ledger.events["starts_on"].where(ledger.events["event_id"] != "mistral-debt", pd.Timestamp(day))
    chart = laid_out(charts.timeline(with_events(ledger, starts_on=days, ends_on=days)))
    assert_in_place(chart)


# --- the timeline is the events


@LANGS
def test_every_event_is_in_the_data_once(ledger, figures, lang):
    data = figures["timeline", lang].data
    assert sorted(data["id"]) == sorted(ledger.events["event_id"])
    events = ledger.events.set_index("event_id").loc[data["id"]]
    assert data["first_on"].tolist() == events["starts_on"].tolist()
    assert data["last_on"].tolist() == events["ends_on"].tolist()
    assert data["label"].tolist() == events[f"title_{lang}"].tolist()
    week = (events["starts_on"] >= "2025-02-06") & (events["ends_on"] <= "2025-02-11")
    assert data["panel"].eq("week").tolist() == week.tolist()


def test_there_is_a_lane_for_every_kind():
    assert sorted(LANES) == sorted(schema.fields("events")["kind"]["constraints"]["enum"])


def noon(day):
    return (day - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1) + 0.5


@LANGS
def test_marks_are_the_events(figures, lang):
    chart = figures["timeline", lang]
    for axes, panel in zip(chart.figure.axes, ("around", "week"), strict=True):
        rows = chart.data[chart.data["panel"] == panel]
        shown = Counter()
        for points in axes.collections:
            (first, y), (last, _) = points.get_offsets()
            filled = to_hex(points.get_facecolor()[0]) == to_hex(points.get_edgecolor()[0])
            shown[round(float(first), 3), round(float(last), 3), int(y), filled] += 1
        wanted = Counter(
            (noon(row.first_on), noon(row.last_on), row.row, row.precision == "day") for row in rows.itertuples()
        )
        assert shown == wanted


@LANGS
def test_labels_stand_beside_their_marks(figures, lang):
    chart = figures["timeline", lang]
    for axes, panel in zip(chart.figure.axes, ("around", "week"), strict=True):
        labels = {(text.get_text(), text.xy[1]): text for text in axes.texts if isinstance(text, Annotation)}
        for row in chart.data[chart.data["panel"] == panel].itertuples():
            if row.side == "key":
                continue
            text = labels[row.label, row.row]
            assert text.xy[0] == noon(row.last_on if row.side == "right" else row.first_on)
            assert text.get_horizontalalignment() == ("left" if row.side == "right" else "right")


@LANGS
def test_a_lane_is_one_block_under_its_name(figures, lang):
    data = figures["timeline", lang].data
    for _, panel in data.groupby("panel"):
        kinds = panel.sort_values("row")["kind"]
        assert kinds.ne(kinds.shift()).sum() == kinds.nunique()


@LANGS
def test_the_title_of_the_timeline_counts_the_rows(figures, lang):
    chart = figures["timeline", lang]
    week = chart.data[chart.data["panel"] == "week"]
    announced = week[week["kind"] == "announcement"]
    early = (announced["last_on"] < "2025-02-10").sum()
    found = [int(number) for number in re.findall(r"\d+", chart.title)]
    assert found == [len(week), len(chart.data), 6, early, len(announced)]


def test_without_events_there_is_nothing_to_draw(ledger):
    with pytest.raises(FrameError, match="no event"):
        charts.timeline(dataclasses.replace(ledger, events=ledger.events.head(0)))


# --- the staircase is the totals


@LANGS
def test_steps_are_totals_as_of_each_day(ledger, figures, lang):
    chart = figures["announced", lang]
    (axes,) = chart.figure.axes
    low, high = axes.lines
    days = [*chart.data["day"], last_day(ledger)]
    for line, end in ((low, "low"), (high, "high")):
        assert line.get_drawstyle() == "steps-post"
        np.testing.assert_allclose(line.get_xdata()[1:], [noon(day) - 0.5 for day in days])
        levels = chart.data[end] / BILLION
        np.testing.assert_allclose(line.get_ydata(), [0, *levels, levels.iloc[-1]])
    for row in chart.data.iloc[[0, 5, 8, -1]].itertuples():
        found = total(ledger, as_of=row.day.date())
        assert (row.low, row.high) == (found.low, found.high)


@LANGS
def test_each_day_of_the_week_says_who(ledger, figures, lang):
    chart = figures["announced", lang]
    (axes,) = chart.figure.axes
    texts, names = [text.get_text() for text in axes.texts], ledger.names(lang)
    week = chart.data[chart.data["day"].between("2025-02-06", "2025-02-11")]
    assert len(week) == 6
    assert len(texts) == len(week) + 2
    for row, text in zip(week.itertuples(), texts[1:-1], strict=True):
        assert any(names[pledge] in text for pledge in row.new_counted.split(";"))
    assert names["eu-ai-champions-initiative"] in texts[-2]


@LANGS
def test_the_axis_stretches_the_week(figures, lang):
    (axes,) = figures["announced", lang].figure.axes
    days = [noon(pd.Timestamp(f"2025-02-{day:02d}")) - 0.5 for day in range(6, 13)]
    x = axes.transData.transform([(day, 0) for day in days])[:, 0]
    assert np.ptp(np.diff(x)) < 0.01
    assert 0.4 < (x[-1] - x[0]) / axes.bbox.width < 0.6


def test_the_title_of_the_staircase_is_computed(figures):
    title = figures["announced", "en"].title
    assert re.findall(r"[\d.]+", title) == ["6", "6.8", "375", "140"]
    assert re.findall(r"\d[\d,]*", figures["announced", "fr"].title) == ["6", "6,8", "375", "140"]


def moved(ledger, which):
    """The pledges announced on some days, announced in March instead."""
    days = ledger.pledges["announced_on"]
    days = days.mask(which(days), pd.Timestamp("2025-03-01"))
    return dataclasses.replace(ledger, pledges=ledger.pledges.assign(announced_on=days))


def test_dollars_are_no_formula(ledger):
    chart = laid_out(charts.announced(ledger, to="USD"))
    assert chart.title.count("$") == 3
    assert "each dollar counted once" in chart.subtitle
    assert_in_place(chart)


def test_a_staircase_needs_money_before_the_week(ledger):
    with pytest.raises(FrameError, match="before the summit week"):
        charts.announced(moved(ledger, lambda days: days < "2025-02-06"))


def test_a_step_that_nobody_announced_has_its_amount(ledger):
    # only the claims about older pledges change within the week
    chart = laid_out(charts.announced(moved(ledger, lambda days: days >= "2025-02-06")))
    week = chart.data[chart.data["day"].between("2025-02-06", "2025-02-11")]
    assert set(week["new"]) == {""}
    assert_in_place(chart)


# --- both


@pytest.mark.parametrize("name", DRAW)
def test_the_two_languages_share_the_rows_and_no_sentence(figures, name):
    english, french = figures[name, "en"], figures[name, "fr"]
    free = ["label", "row", "side"] if name == "timeline" else []
    key = "id" if name == "timeline" else "day"
    frames = [one.data.drop(columns=free).sort_values(key, ignore_index=True) for one in (english, french)]
    pd.testing.assert_frame_equal(*frames)
    assert_no_sentence_is_shared(english, french)


@pytest.mark.parametrize("draw", DRAW.values())
def test_an_unknown_language_is_our_error(ledger, draw):
    with pytest.raises(ChoiceError, match="'de'"):
        draw(ledger, lang="de")


def test_a_changed_day_changes_text_and_title(ledger, figures):
    early = ledger.events["event_id"] == "investai-launch"
    days = {end: ledger.events[end].mask(early, pd.Timestamp("2025-02-09")) for end in ("starts_on", "ends_on")}
    other = charts.timeline(with_events(ledger, **days))
    assert other.text() != figures["timeline", "en"].text()
    assert other.title != figures["timeline", "en"].title


@picture("timeline.png")
def test_picture_of_the_timeline(figures):
    return figures["timeline", "en"].figure


@picture("announced-by-day.png")
def test_picture_of_the_staircase(figures):
    return figures["announced", "en"].figure
