"""The matrix of steps shows every pledge with money once, and each of its marks is an update."""

import dataclasses
import re
from functools import partial

import pandas as pd
import pytest
from matplotlib.colors import to_hex

from pictures import assert_no_sentence_is_shared, assert_texts_fit, draw_all, in_both_languages, picture, spots
from summit_analysis import charts, status
from summit_analysis.base.errors import ChoiceError, FrameError
from summit_analysis.pledges.status import last_day

STEPS = ["announced", "site-chosen", "financed", "permitted", "under-construction", "operating"]
CHANGES = {"enlarged", "scaled-back", "withdrawn"}
DAYS = [None, "2025-06-30", "2026-03-01"]
LANGS = pytest.mark.parametrize("lang", ["en", "fr"])
EACH = in_both_languages(DAYS, "day")


@pytest.fixture(scope="module")
def figures(ledger):
    return draw_all(ledger, {day: partial(charts.status, as_of=day) for day in DAYS})


# --- the rows


@EACH
def test_every_pledge_with_money_that_exists_is_there_once(ledger, figures, day, lang):
    pledges = ledger.pledges[(ledger.pledges["group"] == "summit") & (ledger.pledges["money_kind"] != "none")]
    if day:
        pledges = pledges[~(pledges["announced_on"] > day)]
    assert sorted(figures[day, lang].data["pledge_id"]) == sorted(pledges["pledge_id"])


@EACH
def test_rows_are_sorted_by_furthest_step_then_name(ledger, figures, day, lang):
    data = figures[day, lang].data
    places = data["furthest"].map(STEPS.index)
    assert places.is_monotonic_decreasing
    possible = data["furthest_possible"].map(STEPS.index)
    plain = str.maketrans("ÉÎéèêîçô", "EIeeeico")
    for _, group in data.groupby([places, possible]):
        names = group["pledge_id"].map(ledger.names(lang)).str.translate(plain).str.casefold()
        assert names.is_monotonic_increasing


@EACH
def test_steps_agree_with_status(ledger, figures, day, lang):
    data = figures[day, lang].data.set_index("pledge_id")
    # an undated pledge is possible on the figure, and has no row as of a day
    data = data[data["announced"] != "possibly"]
    known = status(ledger, day).set_index("pledge_id").loc[data.index]
    for step in ("furthest", "furthest_possible", "last_change"):
        if step != "last_change" or day is None:
            assert data[step].fillna("").tolist() == known[step].fillna("").tolist()
    for pledge, row in data.iterrows():
        evidence = row[row["furthest"]]
        assert evidence == (known.loc[pledge, "strength"] if row["furthest"] != "announced" else evidence)
        beyond = STEPS[STEPS.index(row["furthest"]) + 1 :]
        assert set(row[beyond]) <= {"", "possibly"}


def test_every_step_and_last_change_reported_is_in_the_rows(ledger, figures):
    data = figures[None, "en"].data.set_index("pledge_id")
    updates = ledger.updates[ledger.updates["pledge_id"].isin(data.index)]
    steps = updates[updates["status"].isin(STEPS[1:])]
    reported = {(row.pledge_id, row.status) for row in steps.itertuples()}
    shown = {(p, step) for p, row in data.iterrows() for step in STEPS[1:] if row[step] not in ("", "passed")}
    assert shown == reported
    changed = set(updates.loc[updates["status"].isin(CHANGES), "pledge_id"])
    assert set(data.index[data["last_change"].notna()]) == changed
    assert data.loc["fluidstack-supercomputer", ["last_change", "change_on"]].tolist() == ["withdrawn", "2026"]


def test_what_only_a_period_dates_is_possible_within_it(figures):
    data = figures["2025-06-30", "en"].data.set_index("pledge_id")
    assert data.loc["mgx-campus", ["furthest", "site-chosen"]].tolist() == ["announced", "possibly"]
    data = figures["2026-03-01", "en"].data.set_index("pledge_id")
    assert data.loc["mgx-campus", "site-chosen"] == "primary"
    assert data.loc["fluidstack-supercomputer", ["last_change", "change_by"]].tolist() == ["withdrawn", "possibly"]


def test_the_last_day_is_the_default(ledger, figures):
    assert charts.status(ledger, as_of=last_day(ledger).date()).text() == figures[None, "en"].text()


def test_before_anything_happened_there_is_nothing_to_draw(ledger):
    with pytest.raises(FrameError, match="2024-01-01"):
        charts.status(ledger, as_of="2024-01-01")


def test_an_unknown_language_is_our_error(ledger):
    with pytest.raises(ChoiceError, match="'de'"):
        charts.status(ledger, lang="de")


# --- the marks are the rows


def marks(axes):
    """Return {(x, y): (filled, number of corners)} of the markers drawn."""
    found = {}
    for points in axes.collections:
        ((x, y),) = points.get_offsets()
        face, edge = to_hex(points.get_facecolor()[0]), to_hex(points.get_edgecolor()[0])
        assert (x, y) not in found
        found[round(float(x), 3), int(y)] = face == edge, len(points.get_paths()[0].vertices)
    return found


@EACH
def test_bands_reach_the_furthest_step(figures, day, lang):
    chart = figures[day, lang]
    (axes,) = chart.figure.axes
    ends = {round(bar.get_y() + bar.get_height() / 2): bar.get_x() + bar.get_width() for bar in axes.patches}
    wanted = {
        place: STEPS.index(row["furthest"])
        for place, row in chart.data.iterrows()
        if row["furthest"] != "announced" or row["announced"] != "possibly"
    }
    assert {place: int(end) for place, end in ends.items()} == wanted


@EACH
def test_markers_are_the_updates(figures, day, lang):
    chart = figures[day, lang]
    (axes,) = chart.figure.axes
    shown = marks(axes)
    at = min((x for x, _ in shown if x != int(x)), default=None)
    wanted = {}
    for place, row in chart.data.iterrows():
        for number, step in enumerate(STEPS):
            if row[step] not in ("", "passed"):
                wanted[number, place] = row[step] in ("primary", "news")
        if isinstance(row["last_change"], str):
            wanted[at, place] = row["change_by"] in ("primary", "news")
    assert {spot: filled for spot, (filled, _) in shown.items()} == wanted
    # a circle has many more corners than a square
    circles = {spot for spot, (_, corners) in shown.items() if corners > 20}
    assert circles == {
        (number, place)
        for place, row in chart.data.iterrows()
        for number, step in enumerate(STEPS)
        if row[step] == "possibly"
    }


@EACH
def test_each_row_has_its_name_and_its_change(ledger, figures, day, lang):
    chart = figures[day, lang]
    (axes,) = chart.figure.axes
    labels = dict(zip(axes.get_yticks(), (label.get_text() for label in axes.get_yticklabels()), strict=True))
    assert labels == chart.data["pledge_id"].map(ledger.names(lang)).to_dict()
    beside = {text.get_position()[1]: text.get_text() for text in axes.texts if text.get_position()[1] in labels}
    changed = chart.data[chart.data["last_change"].notna()]
    assert sorted(beside) == sorted(changed.index)
    for row in changed.itertuples():
        year = isinstance(row.change_on, str) and row.change_by != "possibly"
        assert not year or row.change_on[:4] in beside[row.Index]


# --- the texts say it


@EACH
def test_the_title_counts_the_rows(figures, day, lang):
    chart = figures[day, lang]
    further = chart.data["furthest"] != "announced"
    none = chart.data["furthest_possible"] == "announced"
    maybe = int((~further & ~none).sum())
    counts = [int(further.sum()), len(chart.data), *([maybe] if maybe else []), int(none.sum())]
    assert [int(number) for number in re.findall(r"\d+", chart.title)] == counts


@EACH
def test_the_circle_is_explained_where_it_is_drawn(figures, day, lang):
    assert ("○" in figures[day, lang].subtitle) == (day is not None)


@EACH
def test_pledges_that_nobody_dates_are_counted_as_of_a_day(ledger, figures, day, lang):
    data, words = figures[day, lang].data, {"en": "not known: {} pledges", "fr": "inconnu : {} promesses"}[lang]
    undated = int(data["announced_on"].isna().sum())
    assert undated == 7
    assert (words.format(undated) in figures[day, lang].subtitle) == (day is not None)


@LANGS
def test_alt_text_names_every_pledge(ledger, figures, lang):
    alt = figures[None, lang].alt
    assert [name for name in figures[None, lang].data["pledge_id"].map(ledger.names(lang)) if name not in alt] == []


def test_the_first_of_a_month_is_french_in_french(ledger):
    chart = charts.status(ledger, as_of="2026-05-01", lang="fr")
    assert "au 1er mai 2026" in chart.subtitle


def test_sources_are_those_of_the_updates_drawn(ledger, figures):
    data = figures[None, "en"].data
    drawn = set(";".join(data["source_ids"]).strip(";").split(";")) - {""}
    shown = ledger.updates[ledger.updates["status"].isin({*STEPS[1:], *CHANGES})]
    assert drawn == set(shown.loc[shown["pledge_id"].isin(data["pledge_id"]), "source_id"])


def test_the_two_languages_share_the_rows_and_no_sentence(figures):
    english, french = figures[None, "en"], figures[None, "fr"]
    pd.testing.assert_frame_equal(*(c.data.sort_values("pledge_id", ignore_index=True) for c in (english, french)))
    assert_no_sentence_is_shared(english, french)


def test_a_changed_update_changes_text_and_picture(ledger, figures):
    updates = ledger.updates.copy()
    updates.loc[updates["pledge_id"] == "evroc-mougins", "status"] = "unclear"
    other = charts.status(dataclasses.replace(ledger, updates=updates))
    assert other.text() != figures[None, "en"].text()
    assert other.title != figures[None, "en"].title


# --- the texts fit


@EACH
def test_texts_are_legible_and_lie_inside_apart_and_on_no_mark(figures, day, lang):
    chart = figures[day, lang]
    (axes,) = chart.figure.axes
    assert_texts_fit(chart, spots(axes, 4) + [bar.get_window_extent() for bar in axes.patches], more_than=45)


# --- the picture itself


@picture("what-became-of-it.png")
def test_picture_of_what_became_of_it(figures):
    return figures[None, "en"].figure
