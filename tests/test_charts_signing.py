"""Who signed, in pictures: marks are the answers, no listed state is missing from the map, and the texts fit."""

import dataclasses
import json
import re
from collections import Counter
from functools import partial

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from matplotlib.patches import PathPatch
from matplotlib.transforms import Bbox

from pictures import (
    assert_no_sentence_is_shared,
    assert_texts_fit,
    covering,
    draw_all,
    in_both_languages,
    picture,
    spots,
)
from summit_analysis import (
    charts,
    claimed_counts,
    exclusive_intersections,
    memberships,
    names_listed,
    signatories,
)
from summit_analysis.base import files
from summit_analysis.base.errors import ChoiceError, FrameError
from summit_analysis.charts.marks import area, equal_earth, points, shapes
from summit_analysis.charts.signatures import CLASSES
from summit_analysis.signatures import short_names, size

DRAW = {
    "matrix": charts.memberships,
    "groups": charts.intersections,
    "map": charts.positions,
    "counts": charts.counts,
    "matrix 2025": partial(charts.memberships, as_of="2025-06-01"),
    "groups 2025": partial(charts.intersections, as_of="2025-06-01"),
    "map 2025": partial(charts.positions, as_of="2025-06-01"),
    "map New Delhi": partial(charts.positions, declaration="newdelhi-2026"),
    "counts New Delhi": partial(charts.counts, declaration="newdelhi-2026"),
}
EACH = in_both_languages(DRAW)
LANGS = pytest.mark.parametrize("lang", ["en", "fr"])
MAPS = pytest.mark.parametrize(
    ("name", "declaration", "day"),
    [("map", "paris-2025", None), ("map 2025", "paris-2025", "2025-06-01"), ("map New Delhi", "newdelhi-2026", None)],
)


@pytest.fixture(scope="module")
def figures(ledger):
    return draw_all(ledger, DRAW)


# --- the matrix


def look(mark):
    """Return form, filling and edge of a mark."""
    form = tuple(mark.get_paths()[0].vertices.round(2).ravel())
    return form, to_hex(mark.get_facecolor()[0]), to_hex(mark.get_edgecolor()[0])


def looks(axes):
    """Return (x, y, look) of each mark."""
    marks = [mark for mark in axes.collections if isinstance(mark, PathCollection)]
    return [(*map(float, spot), look(mark)) for mark in marks for spot in mark.get_offsets()]


@pytest.mark.parametrize("name", ["matrix", "matrix 2025"])
@LANGS
def test_every_cell_is_a_mark_and_every_word_has_its_own(figures, name, lang):
    chart = figures[name, lang]
    words = chart.data[chart.data.columns[4:]]
    marks = Counter(mark for _, _, mark in looks(chart.figure.axes[0]))
    seen = Counter(words.to_numpy().ravel())
    # the key shows each word once more
    assert sorted(marks.values()) == sorted(count + 1 for count in seen.values())
    assert len({form for form, *_ in marks}) == len(seen), "two words differ by colour alone"


def test_the_matrix_is_the_frame_of_memberships(ledger, figures):
    for name, day in (("matrix", None), ("matrix 2025", "2025-06-01")):
        shown = figures[name, "fr"].data.sort_values("iso3", ignore_index=True)
        pd.testing.assert_frame_equal(shown, memberships(ledger, day).sort_values("iso3", ignore_index=True))


@LANGS
def test_each_mark_stands_beside_its_name(figures, lang):
    chart = figures["matrix", lang]
    (axes,) = chart.figure.axes
    names = {text.get_text(): text.get_position() for text in axes.texts}
    marks = sorted((x, at, form) for x, at, (form, *_) in looks(axes))
    left, y = names["United States" if lang == "en" else "États-Unis"]
    row = [form for x, at, form in marks if abs(at - y) < 0.01 and left < x < left + 2.6]
    assert len(row) == 5
    assert row[0] == row[1] == row[2] == row[4] != row[3]


@LANGS
def test_names_are_in_the_order_of_what_is_drawn(figures, lang):
    texts = [text.get_text() for text in figures["matrix", lang].figure.axes[0].texts]
    wanted = {
        "en": ["Armenia", "AU Commission", "Australia", "IFAD (UN fund)", "India", "Israel*"],
        "fr": ["Colombie", "Commission de l’UA", "Comores", "Éthiopie", "FIDA (fonds de l’ONU)", "Fidji"],
    }[lang]
    places = [texts.index(name) for name in wanted]
    assert places == sorted(places)


def test_the_title_names_who_changed_sides(figures):
    title = figures["matrix", "en"].title
    assert title.startswith("5 governments")
    assert re.findall("Israel|United Kingdom|United States|China|Saudi Arabia", title) == [
        *("Israel", "United Kingdom", "United States", "China", "Saudi Arabia"),
    ]


# --- the combinations


@pytest.mark.parametrize("name", ["groups", "groups 2025"])
@LANGS
def test_bars_and_dots_are_the_combinations(ledger, figures, name, lang):
    chart = figures[name, lang]
    (axes,) = chart.figure.axes
    many = chart.data["states"] + chart.data["organisations"]
    wide = np.array([bar.get_width() for bar in axes.patches])
    assert wide / wide[0] == pytest.approx((many / many[0]).to_numpy())
    declarations = chart.data.columns[:5]
    on = chart.data[declarations].to_numpy().ravel()
    marks = [look(mark) for mark in axes.collections]
    filled, empty = (
        {mark for mark, there in zip(marks, on, strict=True) if there == wanted} for wanted in (True, False)
    )
    assert len(filled) == len(empty) == 1
    assert filled != empty


@LANGS
def test_every_signatory_is_named_once(ledger, figures, lang):
    shown = " ".join(text.get_text() for text in figures["groups", lang].figure.axes[0].texts)
    codes = ";".join(exclusive_intersections(ledger)["iso3s"]).split(";")
    names = ledger.entities.set_index("iso3")["entity" if lang == "en" else "name_fr"]
    assert len(codes) == len(set(codes)) == 102
    short = {"IFD", "AUC"}
    assert [names[code] for code in codes if code not in short and names[code] not in shown] == []


def test_before_a_declaration_there_is_nothing_to_map_and_nobody_has_refused(ledger):
    with pytest.raises(FrameError, match="adopted on 2025-02-11"):
        charts.positions(ledger, as_of="2025-02-10")
    early = charts.memberships(ledger, as_of="2024-01-01")
    assert early.title.startswith("No government")
    assert "*" not in early.text()


def test_before_the_first_declaration_there_is_nothing_to_group(ledger):
    with pytest.raises(FrameError, match="2023-01-01"):
        charts.intersections(ledger, as_of="2023-01-01")


# --- the map


@MAPS
@LANGS
def test_no_state_of_the_tables_is_missing_from_the_map(ledger, figures, name, declaration, day, lang):
    chart = figures[name, lang]
    states = signatories(ledger, declaration, day).query("entity_kind == 'state'")
    (axes,) = chart.figure.axes
    patches = {patch.get_gid() for patch in axes.patches if isinstance(patch, PathPatch)}
    marks = {mark.get_gid() for mark in axes.collections}
    assert states[~states["iso3"].isin(patches) & ~(states["iso3"] + "-mark").isin(marks)].empty
    drawn = chart.data.set_index("iso3")["drawn"]
    for code in states["iso3"]:
        shown = (code in patches, f"{code}-mark" in marks)
        assert {"shape": (True, False), "both": (True, True), "mark": (False, True)}[drawn[code]] == shown


@MAPS
@LANGS
def test_each_state_is_painted_by_its_class(figures, name, declaration, day, lang):
    chart = figures[name, lang]
    (axes,) = chart.figure.axes
    classes = chart.data.set_index("iso3")["shown_as"]
    paints = {}
    for patch in axes.patches:
        if isinstance(patch, PathPatch):
            code = patch.get_gid().removesuffix("-europe")
            paint = to_hex(patch.get_facecolor()), patch.get_hatch()
            paints.setdefault(classes.get(code, "other"), set()).add(paint)
    assert all(len(looks) == 1 for looks in paints.values())
    plain = [looks for looks in paints.values() if next(iter(looks))[1] is None]
    assert len(plain) == 2, "more than two classes differ by colour alone"
    assert len({next(iter(looks)) for looks in paints.values()}) == len(paints)


def test_classes_are_the_answers(ledger, figures):
    shown = figures["map", "en"].data.query("entity_kind == 'state'")["shown_as"].value_counts().to_dict()
    assert shown == {"listed": 55, "added-later": 8, "attended-not-signed": 6, "declined": 3, "unresolved": 3}
    between = figures["map 2025", "en"].data.query("entity_kind == 'state'")["shown_as"].value_counts()
    assert between[["listed", "unknown"]].tolist() == [55, 10]
    assert set(shown) | set(between.index) <= {*CLASSES, "other"}


@LANGS
def test_those_of_each_class_are_named(ledger, figures, lang):
    chart = figures["map", lang]
    text = " ".join(text.get_text() for text in chart.figure.axes[0].texts)
    others = chart.data[chart.data["shown_as"] != "listed"]
    assert [name for name in others[f"name_{lang}"] if name not in text] == []
    assert [name for name in chart.data.query("entity_kind == 'state'")[f"name_{lang}"] if name not in chart.alt] == []


def test_the_names_of_who_only_a_commentary_mentions_have_a_star(figures):
    for name in ("map", "matrix"):
        assert re.search(r"Israel\*", " ".join(text.get_text() for text in figures[name, "en"].figure.axes[0].texts))
        assert "* only a commentary says so" in figures[name, "en"].subtitle
    assert "*" not in figures["map New Delhi", "en"].subtitle


def test_areas_are_equal_and_the_map_is_whole():
    # the square of the Earth's radius in square kilometres; a coarse shape is off by a few per cent
    square = 6371.0**2
    for code, wanted in {"BRA": 8.51e6, "AUS": 7.69e6, "KAZ": 2.72e6, "GRL": 2.17e6, "UKR": 0.604e6}.items():
        assert area(shapes()[code]) * square == pytest.approx(wanted, rel=0.03)
    grid = np.array([[-169, 0], [191, 0], [11, 90], [11, -90]], dtype="float64")
    (west, east), (north, south) = equal_earth(grid)[:2, 0], equal_earth(grid)[2:, 1]
    assert (west, north) == pytest.approx((-east, -south))
    # from edge to edge the ellipse-like outline holds the sphere
    latitudes = np.linspace(-90, 90, 20001)
    outline = equal_earth(np.column_stack([np.full_like(latitudes, 191.0), latitudes]))
    assert 2 * np.trapezoid(outline[:, 0], outline[:, 1]) == pytest.approx(4 * np.pi, rel=1e-6)


def test_the_map_file_is_well_formed():
    text = (files.shipped("data") / "world-110m.geojson").read_text(encoding="utf-8")
    assert len(text) < 200_000
    features = json.loads(text)["features"]
    codes = [feature["properties"]["iso3"] for feature in features]
    assert codes == sorted(set(codes))
    assert all(re.fullmatch("[A-Z]{3}", code) for code in codes)
    assert shapes().keys().isdisjoint(points())
    assert shapes().keys() | points().keys() == set(codes)
    for shape in shapes().values():
        assert all((ring[0] == ring[-1]).all() and len(ring) >= 4 for polygon in shape for ring in polygon)


def test_every_state_of_the_tables_has_a_place(ledger):
    states = ledger.entities.loc[ledger.entities["entity_kind"] == "state", "iso3"]
    assert sorted(set(states) - shapes().keys() - points().keys()) == []


# --- the counts


@pytest.mark.parametrize(("name", "declaration"), [("counts", "paris-2025"), ("counts New Delhi", "newdelhi-2026")])
@LANGS
def test_marks_are_the_figures_and_bands_the_names(ledger, figures, name, declaration, lang):
    chart = figures[name, lang]
    (axes,) = chart.figure.axes
    wanted = claimed_counts(ledger, declaration)
    assert sorted(chart.data["count"]) == sorted(wanted["count"])
    marks = Counter()
    for mark in axes.collections:
        ((_, y),) = mark.get_offsets()
        marks[int(y), to_hex(mark.get_facecolor()[0]) != "#ffffff"] += 1
    assert marks == Counter((row.row, row.difference == 0) for row in chart.data.itertuples())
    printed = Counter(text.get_text() for text in axes.texts if text.get_text().isdigit())
    assert printed == Counter(chart.data["count"].astype("str"))
    # one band a row and panel, as wide as what is open
    assert len(axes.patches) == 2 * (chart.data["row"].max() + 1)
    bands = Counter((round(bar.get_y() + 0.5), round(bar.get_width() - 0.5)) for bar in axes.patches)
    for row in chart.data.itertuples():
        assert (row.row, row.high - row.low) in bands


def test_counts_stand_in_order_of_days(figures):
    rows = figures["counts", "en"].data.drop_duplicates("row")
    assert rows["row"].tolist() == list(range(len(rows)))
    assert rows["as_of"].dropna().is_monotonic_increasing
    assert rows["as_of"].isna().tolist() == sorted(rows["as_of"].isna())


def test_without_counts_there_is_nothing_to_draw(ledger):
    with pytest.raises(FrameError, match="paris-2025"):
        charts.counts(
            dataclasses.replace(ledger, counts=ledger.counts[ledger.counts["declaration_id"] != "paris-2025"])
        )


# --- the texts say it, and fit


@EACH
def test_numbers_of_the_title_are_those_of_the_tables(ledger, figures, name, lang):
    title = figures[name, lang].title
    if name.startswith(("map", "counts")):
        declaration = "newdelhi-2026" if "Delhi" in name else "paris-2025"
        counts = names_listed(ledger, declaration, "2025-06-01" if "2025" in name else None)
        assert size(counts.drop("organisation").reindex(["state", "organisation"], fill_value=0), lang) in title
        assert short_names(ledger, lang)[declaration] in title


@pytest.mark.parametrize("draw", [charts.memberships, charts.intersections, charts.positions, charts.counts])
def test_what_is_unknown_is_our_error(ledger, draw):
    with pytest.raises(ChoiceError, match="'de'"):
        draw(ledger, lang="de")
    if draw in (charts.positions, charts.counts):
        with pytest.raises(ChoiceError, match="'paris'"):
            draw(ledger, declaration="paris")


def test_the_two_languages_share_the_rows_and_no_sentence(figures):
    for name in DRAW:
        english, french = figures[name, "en"], figures[name, "fr"]
        order = [column for column in ("iso3", "row", "measure") if column in english.data]
        one, other = (
            chart.data.sort_values(order, ignore_index=True) if order else chart.data for chart in (english, french)
        )
        pd.testing.assert_frame_equal(one, other)
        assert_no_sentence_is_shared(english, french)


@pytest.mark.parametrize("name", ["matrix", "groups", "map"])
def test_a_changed_row_changes_text_and_picture(ledger, figures, name):
    signatures = ledger.signatures.copy()
    row = (signatures["iso3"] == "USA") & (signatures["declaration_id"] == "paris-2025")
    signatures.loc[row, ["position", "date_basis"]] = ["signed", "list-of-that-day"]
    changed = DRAW[name](dataclasses.replace(ledger, signatures=signatures), lang="en")
    assert changed.text() != figures[name, "en"].text()
    assert changed.title != figures[name, "en"].title


@pytest.mark.parametrize("name", ["matrix", "map", "counts"])
def test_drawn_again_the_bytes_are_the_same(ledger, figures, name):
    assert DRAW[name](ledger, lang="en").svg() == figures[name, "en"].svg()


@EACH
def test_texts_are_legible_and_lie_inside_apart_and_on_no_mark(figures, name, lang):
    marks = spots(figures[name, lang].figure.axes[0], 3.5)
    assert marks
    assert_texts_fit(figures[name, lang], marks, more_than=7)


@pytest.mark.parametrize("name", ["map", "map 2025", "map New Delhi"])
@LANGS
def test_no_text_lies_on_the_map(figures, name, lang):
    figure = figures[name, lang].figure
    world = Bbox.union([p.get_window_extent() for p in figure.axes[0].patches if str(p.get_gid()) in shapes()])
    assert world.width > 0.9 * figure.bbox.width
    assert covering(figure, [world]) == []


# --- the pictures themselves


@picture("who-signed-what.png")
def test_picture_of_the_matrix(figures):
    return figures["matrix", "en"].figure


@picture("who-signed-exactly-what.png")
def test_picture_of_the_combinations(figures):
    return figures["groups", "en"].figure


@picture("map-paris-2025.png")
def test_picture_of_the_map(figures):
    return figures["map", "en"].figure


@picture("counted-paris-2025.png")
def test_picture_of_the_counts(figures):
    return figures["counts", "en"].figure
