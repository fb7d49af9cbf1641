"""One contract for all figures, their primitives by hand, and of each figure what only it means.

Their rows and texts as of today stand in `golden/`; here is what must hold whatever they say.
"""

import base64
import dataclasses
import hashlib
import inspect
import io
import itertools
import json
import os
import re
import struct
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox
from PIL import Image

import summit_analysis as sa
from pictures import (
    LANGS,
    assert_no_sentence_is_shared,
    assert_texts_fit,
    laid_out,
    one_line,
    picture,
    spots,
    visible_texts,
)
from summit_analysis import Amount, charts, format_amount
from summit_analysis.base import files
from summit_analysis.base.errors import ChoiceError, FrameError, SummitAnalysisError
from summit_analysis.charts import marks
from summit_analysis.charts.canvas import DPI, STYLE
from summit_analysis.charts.evidence import LANES
from summit_analysis.charts.money import group_names
from summit_analysis.charts.signatures import CLASSES
from summit_analysis.ledger import schema
from summit_analysis.ledger.sources import publishers
from summit_analysis.pledges.status import last_day
from summit_analysis.report.explore import GROUPS
from summit_analysis.signatures import short_names, size

NAMES = sorted(set(charts.__all__) - {"Chart"})
SUMMIT_DAY, LAST_DAY = "2025-02-11", "2026-10-01"
TOTALS = {
    "total on the last day": {"as_of": LAST_DAY},
    "total by purpose": {"by": "purpose"},
    "total by country": {"by": "recipient_country", "to": "USD", "as_of": SUMMIT_DAY},
    "total by pledger": {"by": "pledger"},
    "total in yen": {"by": "new_money", "to": "JPY", "money_kinds": "private"},
    "total of the article": {"rule": "article", "as_of": SUMMIT_DAY, "money_kinds": ["public", "mixed"]},
}
TREES = {
    "envelope of the article": {"rule": "article", "as_of": SUMMIT_DAY},
    "envelope investai": {"envelope": "investai"},
    "envelope in dollars": {"envelope": "current-ai-target-2-5bn", "to": "USD"},
    "envelope stargate": {"envelope": "cmp-usa-stargate-500bn"},
}
LADDERS = {
    "ladder of the article": {"rule": "article", "as_of": SUMMIT_DAY},
    "ladder in dollars": {"to": "USD", "rule": "primary-first"},
}
EARLY = {
    "memberships 2025": {"as_of": "2025-06-01"},
    "intersections 2025": {"as_of": "2025-06-01"},
    "positions 2025": {"as_of": "2025-06-01"},
    "positions New Delhi": {"declaration": "newdelhi-2026"},
    "counts New Delhi": {"declaration": "newdelhi-2026"},
    "status 2025": {"as_of": "2025-06-30"},
    "status 2026": {"as_of": "2026-03-01"},
}
CASES = {**{name: {} for name in NAMES}, **TOTALS, **TREES, **LADDERS, **EARLY, "announced in dollars": {"to": "USD"}}
"""Options of each figure that is drawn, once a language; the first word names the function."""
PICTURES = {
    **{"announced": "announced-by-day", "claims": "claims-inside", "comparison": "comparison-per-year"},
    **{"conflicts": "conflicts", "counts": "counted-paris-2025", "envelope": "parts-of-the-109"},
    **{"intersections": "who-signed-exactly-what", "ladder": "ladder", "memberships": "who-signed-what"},
    **{"naive_sum": "careless-sum", "positions": "map-paris-2025", "sensitivity": "total-by-convention"},
    **{"share_of_gdp": "share-of-output", "statements": "article-by-verdict", "status": "what-became-of-it"},
    **{"timeline": "timeline", "total": "total-by-pledge", "total by purpose": "total-by-purpose"},
}
WRONG = {"lang": "de", "to": "XXX", "rule": "boldest", "as_of": "soon", "declaration": "paris", "by": "colour"}
WRONG |= {"envelope": "no-such-pledge", "money_kinds": "borrowed", "on": "soon"}
BILLION = 1e9
FADED = "#f0f0f0"
"""The bars of what fell away, which texts may cross."""


def each(cases):
    return pytest.mark.parametrize("case", cases)


@pytest.fixture(scope="session")
def draw(ledger):
    """Return a figure by its name in `CASES` and language; each is drawn once."""
    return cache(lambda case, lang="en": laid_out(getattr(charts, case.split()[0])(ledger, **CASES[case], lang=lang)))


def change(ledger, table, rows, cells):
    """Return the ledger with other cells in the rows of a query."""
    frame = getattr(ledger, table).copy()
    for column, value in cells.items():
        frame.loc[frame.eval(rows), column] = pd.Timestamp(value) if column.endswith("_on") else value
    return dataclasses.replace(ledger, **{table: frame})


def seen(chart):
    return " ".join(one_line(text.get_text()) for text in visible_texts(chart.figure))


def amount(row, to="EUR", lang="en"):
    return format_amount(Amount(row.low, row.high, to, row.open_low, row.open_high), lang=lang)


# --- the contract


def test_every_figure_is_drawn_here_and_has_a_picture():
    assert set(NAMES) == {case.split()[0] for case in CASES} == {case.split()[0] for case in PICTURES}
    assert sorted(PICTURES.values()) == sorted(path.stem for path in Path(__file__).with_name("baseline").glob("*.png"))


@each([pytest.param(case, marks=picture(f"{name}.png"), id=name) for case, name in PICTURES.items()])
def test_picture(draw, case):
    return draw(case).figure


def obstacles(case, chart):
    """Where no text may lie: bars, markers and ends of lines."""
    name = case.split()[0]
    if name == "positions":
        # the map of the world, and no band of its legend
        world = [shape for shape in chart.figure.axes[0].patches if str(shape.get_gid()) in marks.shapes()]
        return [Bbox.union([shape.get_window_extent() for shape in world]), *spots(chart.figure.axes[0], 3.5)]
    found = []
    for axes in chart.figure.axes:
        found += spots(axes, 3.5)
        if name not in ("timeline", "announced", "counts"):
            bars = [bar for bar in axes.patches if to_hex(bar.get_facecolor()) != FADED]
            found += [bar.get_window_extent() for bar in bars if bar.get_window_extent().width > 0]
        if name == "sensitivity":
            ends = [axes.transData.transform(spot) for line in axes.lines for spot in line.get_xydata()]
            found += [Bbox([end - 1, end + 1]) for end in ends]
    return found


def drawn(name):
    """Yield each case of a figure in each language."""
    return itertools.product([case for case in CASES if case.split()[0] == name], LANGS)


@each(NAMES)
def test_texts_are_legible_and_lie_inside_apart_and_on_no_mark(draw, case):
    for one, lang in drawn(case):
        chart = draw(one, lang)
        white = [text.get_text() for text in visible_texts(chart.figure) if text.get_color() == "white"]
        assert len(white) == (case == "naive_sum")
        places = obstacles(case, chart)
        assert len(places) > 2 or case == "announced"
        assert_texts_fit(chart, places, more_than=7, but=white)


@each(NAMES)
def test_the_two_languages_have_their_texts_and_sources_and_share_the_rows_and_no_sentence(ledger, draw, case):
    # names have another order, and labels other room
    free = ["label", "row", "side"] if case == "timeline" else []
    key = {"status": "pledge_id", "timeline": "id", "positions": "iso3", "memberships": "iso3"}.get(case)
    for one, _ in list(drawn(case))[::2]:
        charts_drawn = english, french = draw(one), draw(one, "fr")
        data = [chart.data.drop(columns=free) for chart in charts_drawn]
        pd.testing.assert_frame_equal(*(rows.sort_values(key, ignore_index=True) if key else rows for rows in data))
        assert english.name == french.name
        assert_no_sentence_is_shared(english, french)
        for chart in charts_drawn:
            assert all(part in chart.text() for part in (chart.title, chart.subtitle, chart.alt, chart.source))
            assert "{" not in chart.text()
            assert len(chart.alt) > 100
            # the first publisher named is one of those cited
            cited = sorted(set(chart.source_ids) & set(ledger.sources["source_id"]))
            first = re.match("Sources?\xa0?: (.*?)(, | and | et |;|\xa0;| \\(|$)", chart.source)[1]
            assert any(first in name for name in publishers(ledger.sources)[cited])
        said = [f"{chart.title} {chart.alt} {seen(chart)}" for chart in charts_drawn]
        assert not re.search(r"\d,\d(?!\d\d)|\d\sMd", said[0])
        assert not re.search(r"\d\.\d|€\d|\dbn", said[1])
    names = {"Dates", "Science", *ledger.entities.query("entity == name_fr")["entity"]}
    names |= set(publishers(ledger.sources).str.replace(r"^GitHub .*/(.*)$", r"\1 (GitHub)", regex=True))
    for named in (ledger.names, lambda lang: short_names(ledger, lang)):
        names |= set(named("en")) & set(named("fr"))
    shown = [{one_line(text.get_text()).strip() for text in visible_texts(draw(case, lang).figure)} for lang in LANGS]
    words = {part for text in set.intersection(*shown) for part in re.sub(r" \(\d[^a-z]*\)$", "", text).split(", ")}
    assert [word for word in words - names if re.search("[a-zà-ÿ]{4}", word)] == []


@each(NAMES)
def test_what_is_not_known_is_our_error(ledger, case):
    options = inspect.signature(getattr(charts, case)).parameters
    assert "lang" in options
    for option, value in WRONG.items():
        if option in options:
            with pytest.raises(ChoiceError if option == "lang" else SummitAnalysisError, match=value):
                getattr(charts, case)(ledger, **{option: [value] if (case, option) == ("sensitivity", "to") else value})


EVROC, FLUID = "claim_id == 'evroc-mougins--jdn-evroc-20250901'", "claim_id == 'fluidstack-supercomputer--seed-article'"
AMERICA = ("signatures", "iso3 == 'USA' and declaration_id == 'paris-2025'")
SIGNED = {"position": "signed", "date_basis": "list-of-that-day"}
EDITS = {
    **{name: ("claims", EVROC, {"amount_high": 9e10}) for name in ("envelope", "ladder")},
    **{name: ("claims", FLUID, {"amount_low": 9e10, "amount_high": 9e10}) for name in ("claims", "naive_sum")},
    **dict.fromkeys(("intersections", "memberships", "positions"), (*AMERICA, SIGNED)),
    "status": ("updates", "pledge_id == 'evroc-mougins'", {"status": "unclear"}),
    "timeline": ("events", "event_id == 'investai-launch'", dict.fromkeys(["starts_on", "ends_on"], "2025-02-09")),
    "total": ("claims", "pledge_id == 'bpifrance-ai-2029'", {"amount_high": 9e10}),
}


@each(EDITS)
def test_a_changed_cell_changes_title_text_and_picture(ledger, draw, case):
    other = getattr(charts, case)(change(ledger, *EDITS[case]))
    assert other.title != draw(case).title
    assert other.text() != draw(case).text()
    assert other.svg() != draw(case).svg()


def test_the_source_line_comes_from_the_rows_drawn(ledger):
    chart = charts.claims(change(ledger, "claims", "index >= 0", {"source_id": "afp-109bn-detail-20250210"}))
    assert chart.source.startswith("Source: AFP")
    assert "LeBigData" not in chart.source


def test_another_process_draws_the_same_bytes(draw):
    code = (
        "import hashlib; from summit_analysis import *; ledger = load()\n"
        f"for name in {NAMES}:\n"
        "    print(hashlib.sha256(getattr(charts, name)(ledger).svg()).hexdigest())"
    )
    # another seed orders sets differently
    environment = {**os.environ, "PYTHONHASHSEED": "1" if os.environ.get("PYTHONHASHSEED") == "0" else "0"}
    ran = [sys.executable, "-c", code]
    answer = subprocess.run(ran, capture_output=True, text=True, check=True, env=environment).stdout.split()
    assert answer == [hashlib.sha256(draw(name).svg()).hexdigest() for name in NAMES]


# --- what a chart is


@pytest.mark.parametrize("text", ["", " \n"])
def test_no_chart_without_its_texts_or_rows(draw, text):
    for part in ("name", "title", "alt", "source"):
        with pytest.raises(FrameError, match=part):
            dataclasses.replace(draw("total"), **{part: text})
    with pytest.raises(FrameError, match="no rows"):
        dataclasses.replace(draw("total"), data=draw("total").data.head(0))


def test_a_chart_prints_its_finding_and_where_its_rows_are(draw):
    first, second, last = repr(draw("total", "fr")).splitlines()
    assert (first, second) == (draw("total", "fr").title, draw("total", "fr").subtitle)
    assert f"{len(draw('total').data)} rows are in .data" in last


def test_help_lists_every_figure_on_a_line_of_its_own():
    assert sorted(re.findall(r"^- `(\w+)`: \w", charts.__doc__, re.MULTILINE)) == NAMES


def test_a_figure_loads_only_what_it_draws_with():
    code = "import sys; from summit_analysis import charts; charts.ladder; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "summit_analysis.charts.money" in loaded
    assert {"summit_analysis.charts.signatures", "matplotlib"} & set(loaded) == set()


def test_html_is_a_figure_with_picture_alt_text_and_source_whatever_rows_bring_in(draw):
    bad = '"><script>alert(1)</script>'
    for chart in (draw("ladder", "fr"), dataclasses.replace(draw("ladder"), alt=f"alt {bad}", source=f"source {bad}")):
        whole, image, caption = BeautifulSoup(chart.html(), "html.parser").find_all(True)
        assert [whole.name, image.name, caption.name] == ["figure", "img", "figcaption"]
        assert (image["alt"], caption.text) == (chart.alt, chart.source)
        kind, _, content = image["src"].partition(",")
        assert kind == "data:image/png;base64"
        assert base64.b64decode(content) == chart.png()
        assert chart._repr_mimebundle_() == {"text/plain": chart.text(), "text/html": chart.html()}


@each(["timeline"])
def test_save_writes_picture_drawing_and_rows(draw, tmp_path, case):
    chart = draw(case, "fr")
    paths = chart.save(tmp_path / "new")
    wanted = {kind: f"{chart.name}.{kind}" for kind in ("png", "svg", "csv")}
    assert {kind: path.name for kind, path in paths.items()} == wanted
    assert sorted((tmp_path / "new").iterdir()) == sorted(paths.values())
    header = paths["png"].read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", header[16:24]) == (1600, int(chart.figure.get_figheight() * 200))
    assert ET.parse(paths["svg"]).getroot().tag == "{http://www.w3.org/2000/svg}svg"
    rows = pd.read_csv(paths["csv"], keep_default_na=False, na_values=[""])
    assert rows.columns.tolist() == chart.data.columns.tolist()
    for column, values in chart.data.items():
        if pd.api.types.is_numeric_dtype(values):
            np.testing.assert_array_equal(rows[column].to_numpy(), values.to_numpy())
        elif pd.api.types.is_datetime64_any_dtype(values):
            assert pd.to_datetime(rows[column]).tolist() == values.tolist()
        else:
            assert rows[column].fillna("").astype("str").tolist() == values.fillna("").tolist()


def test_files_hold_no_day_and_no_program(draw):
    assert b"tEXt" not in draw("total").png()
    tree = ET.parse(io.BytesIO(draw("total").svg()))
    metadata = "".join(tree.getroot().find("{http://www.w3.org/2000/svg}metadata").itertext())
    assert not re.search(r"\d{4}-\d\d-\d\d|matplotlib", metadata, re.IGNORECASE)


def test_the_text_of_an_svg_is_text_and_what_lies_inside_another_is_moved_in(draw):
    texts = list(ET.parse(io.BytesIO(draw("envelope").svg())).getroot().iter("{http://www.w3.org/2000/svg}text"))
    assert "    MGX campus" in ["".join(text.itertext()) for text in texts]
    assert {text.get("{http://www.w3.org/XML/1998/namespace}space") for text in texts} == {"preserve"}


# --- the primitives, by hand

ROWS = pd.DataFrame({"low": [1e9, 0, 3e9], "high": [1e9, 2e9, 5e9]})
PALER = round(0.35 * 255)


def bars(axes):
    """{place: (left, right, colour or "hatched") of each bar that has a length}, in billions."""
    found = {}
    for bar in axes.patches:
        if bar.get_width():
            colour = "hatched" if bar.get_hatch() else to_hex(bar.get_facecolor(), keep_alpha=True)
            ends = (*(round(float(end), 6) for end in bar.get_bbox().intervalx), colour)
            found.setdefault(round(float(bar.get_y() + bar.get_height() / 2), 3), []).append(ends)
    return {place: sorted(shown) for place, shown in found.items()}


def ranged(row, hatched=False, *more):
    """What shows a row: dark to its lower figure, pale from there to the upper one; what nothing explains, hatched."""
    low, high, blue = round(row.low / BILLION, 6), round(row.high / BILLION, 6), "#0173b2"
    ends = [(0, low, f"{blue}ff"), (low, high, f"{blue}{PALER:02x}"), *more]
    return [(0, high, "hatched")] if hatched else [end for end in ends if end[0] < end[1]]


def said(axes):
    """{place: texts beside it}."""
    found = {}
    for text in axes.texts:
        if isinstance(text, Annotation):
            found.setdefault(text.xy[1], []).append(text.get_text())
    return found


def test_a_range_is_dark_up_to_its_lower_figure_and_pale_to_the_upper_one():
    axes = Figure().subplots()
    marks.draw_ranges(axes, np.arange(3), ROWS)
    blue, pale = "#0173b2ff", f"#0173b2{PALER:02x}"
    assert bars(axes) == {0: [(0, 1, blue)], 1: [(0, 2, pale)], 2: [(0, 3, blue), (3, 5, pale)]}
    dark, thin = (max(bar.get_height() for bar in axes.patches if bar.get_alpha() == alpha) for alpha in (None, 0.35))
    assert thin < dark < 1


def test_what_no_part_explains_is_hatched_up_to_its_upper_figure():
    axes = Figure().subplots()
    marks.draw_unallocated(axes, np.array([4]), ROWS.tail(1))
    assert bars(axes) == {4: [(0, 5, "hatched")]}


@pytest.mark.parametrize(("lang", "ticks"), [("en", {"0", "0.2", "1"}), ("fr", {"0", "0,2", "1"})])
def test_rows_are_named_the_summit_bold_and_the_margin_stands_below(lang, ticks):
    axes, names = Figure().subplots(), pd.Series({"b": "Bee", "a": "Ay"})
    rows = pd.DataFrame({"pledge_id": ["a", "b"], "group": ["summit", "comparator"]})
    marks.dress(axes, rows, np.array([0, 1]), 1, names, ["below"], lang)
    labels = [(label.get_text(), label.get_fontweight()) for label in axes.get_yticklabels()]
    assert labels == [("Ay", "bold"), ("Bee", "normal")]
    assert ticks <= {label.get_text() for label in axes.get_xticklabels()}
    bottom, top = axes.get_ylim()
    assert top < 0 < rows.index[-1] < axes.texts[0].get_position()[1] < bottom
    assert axes.texts[0].get_text() == "below"


def test_the_axis_of_money_has_the_decimals_of_the_language():
    for lang, text in (("en", "1.5"), ("fr", "1,5")):
        marks.money_axis(axes := Figure().subplots(), "billions", lang)
        assert axes.xaxis.get_major_formatter()(1.5) == text
        assert axes.get_xlabel() == "billions"


def test_the_first_row_that_is_free_is_taken_with_a_gap():
    taken = [[(0, 5)]]
    assert marks.free_row(taken, {"right": (6, 9)}, gap=2) == (1, "right")
    assert marks.free_row(taken, {"right": (8, 9)}, gap=2) == (0, "right")
    assert marks.free_row(taken, {"right": (1, 2), "left": (13, 20)}) == (0, "left")
    assert taken == [[(0, 5), (8, 9), (13, 20)], [(6, 9)]]


@pytest.mark.parametrize(
    ("points_a_day", "texts"), [(2, ["Oct", "2025", "Apr", "Jul"]), (0.3, ["2025", "Jul"]), (0.1, ["2025"])]
)
def test_months_are_named_as_many_as_have_room(points_a_day, texts):
    first, last = (marks.day_place(pd.Timestamp(day)) for day in ("2024-09-15", "2025-08-01"))
    places, found = marks.month_ticks(first, last, points_a_day, "en")
    assert found == texts
    assert places[texts.index("2025")] == marks.day_place(pd.Timestamp("2025-01-01"))


def test_areas_are_equal_and_the_map_is_whole():
    # the square of the Earth's radius in square kilometres; a coarse shape is off by a few per cent
    square = 6371.0**2
    for code, wanted in {"BRA": 8.51e6, "AUS": 7.69e6, "KAZ": 2.72e6, "GRL": 2.17e6, "UKR": 0.604e6}.items():
        assert marks.area(marks.shapes()[code]) * square == pytest.approx(wanted, rel=0.03)
    grid = np.array([[-169, 0], [191, 0], [11, 90], [11, -90]], dtype="float64")
    (west, east), (north, south) = marks.equal_earth(grid)[:2, 0], marks.equal_earth(grid)[2:, 1]
    assert (west, north) == pytest.approx((-east, -south))
    # from edge to edge the ellipse-like outline holds the sphere
    latitudes = np.linspace(-90, 90, 20001)
    outline = marks.equal_earth(np.column_stack([np.full_like(latitudes, 191.0), latitudes]))
    assert 2 * np.trapezoid(outline[:, 0], outline[:, 1]) == pytest.approx(4 * np.pi, rel=1e-6)


def test_the_map_file_is_well_formed_and_has_a_place_for_every_state(ledger):
    text = (files.shipped("data") / "world-110m.geojson").read_text(encoding="utf-8")
    assert len(text) < 200_000
    codes = [feature["properties"]["iso3"] for feature in json.loads(text)["features"]]
    assert codes == sorted(set(codes))
    assert all(re.fullmatch("[A-Z]{3}", code) for code in codes)
    assert marks.shapes().keys().isdisjoint(marks.points())
    assert marks.shapes().keys() | marks.points().keys() == set(codes)
    for shape in marks.shapes().values():
        assert all((ring[0] == ring[-1]).all() and len(ring) >= 4 for polygon in shape for ring in polygon)
    assert set(ledger.entities.query("entity_kind == 'state'")["iso3"]) <= set(codes)


# --- money


def test_the_careless_sum_hatches_what_an_envelope_of_the_article_holds(ledger, draw):
    data, (axes,) = draw("naive_sum", "fr").data, draw("naive_sum", "fr").figure.axes
    parent = ledger.pledges.set_index("pledge_id")["parent_id"].dropna().to_dict()

    def above(pledge):
        while pledge := parent.get(pledge):
            yield pledge

    again = [bool(set(above(one)) & set(data["pledge_id"])) for one in data["pledge_id"]]
    assert data["counted_again"].tolist() == again
    values = data["figure"].fillna(0) / BILLION
    drawn = sorted(axes.patches, key=lambda bar: bar.get_y())
    wanted = [*zip(values.cumsum() - values, values, strict=True), (0, values.sum())]
    np.testing.assert_allclose([(bar.get_x(), bar.get_width()) for bar in drawn], wanted, atol=1e-9)
    assert [bool(bar.get_hatch()) for bar in drawn] == [*again, False]


@each(["total", *TOTALS])
def test_a_total_is_drawn_the_largest_first_and_what_nothing_explains_last(ledger, draw, case):
    chart, how = draw(case, "fr"), CASES[case]
    found, data, (axes,) = sa.total(ledger, **how), chart.data, chart.figure.axes
    by = how.get("by", "pledge_id")
    rows = found.split[found.split["high"] > 0] if "by" in how else found.counted
    kept = [column for column in (by, "low", "high", "open_low", "open_high") if column in rows]
    one, other = (frame[kept].fillna({by: ""}).sort_values(by, ignore_index=True) for frame in (data, rows))
    pd.testing.assert_frame_equal(one, other)
    rest = data[by] == "unallocated"
    assert data.loc[~rest, "high"].is_monotonic_decreasing
    assert rest.sum() == 0 or rest.iloc[-1]
    wanted = [ranged(row, hatched) for row, hatched in zip(data.itertuples(), rest, strict=True)]
    shown = bars(axes)
    assert [shown[place] for place in data.index] == wanted
    assert said(axes) == {row.Index: [amount(row, found.to, "fr")] for row in data.itertuples()}
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert len(set(labels)) == len(labels) == len(data)
    assert "by" in how or labels == list(ledger.names("fr")[data["pledge_id"]])
    # the texts
    assert format_amount(Amount(found.low, found.high, found.to), lang="fr") in chart.title
    assert all(word in chart.subtitle for word in (how.get("rule", "full-range"), found.to))
    flags = ("Hachuré", rest.any()), ("202", "as_of" in how), ("seulement", "money_kinds" in how)
    assert all((word in chart.subtitle) == there for word, there in flags)
    assert [name for name in ledger.names("fr")[found.unquantified["pledge_id"]] if name not in chart.alt] == []


@pytest.mark.parametrize(
    ("money_kinds", "lang", "words"),
    [
        ("mixed", "en", "the largest part that has a name is gigafactories: €20bn"),
        ("mixed", "fr", "la plus grande part qui a un nom est gigafabriques : 20 Md €"),
        (None, "en", "the largest part is start-ups: €160bn"),
    ],
)
def test_the_title_does_not_pass_over_a_larger_bar_without_a_name(ledger, money_kinds, lang, words):
    title = charts.total(ledger, as_of=SUMMIT_DAY, money_kinds=money_kinds, by="purpose", lang=lang).title
    assert one_line(title).endswith(words)


def test_every_group_of_the_ledger_has_a_name_in_words(ledger):
    # words that are the same in both languages and in the table
    same = {"private", "public", "mixed", "cloud", "energy", "research", "company"}
    for by, lang in itertools.product(GROUPS, LANGS):
        values = [*ledger.pledges.loc[ledger.pledges["money_kind"] != "none", by].unique(), "unallocated"]
        names = group_names(values, by, ledger, lang)
        assert len(set(names)) == len(names)
        assert {value for value, name in zip(values, names, strict=True) if value == name} <= same


def test_what_may_be_the_same_money_is_said_beside_the_rows_of_a_total(ledger, draw):
    for case in ("total", "total on the last day"):
        ties = sa.total(ledger, **CASES[case]).ties
        off = ties.loc[(ties["within"] == "") & (ties["relation"] == "overlaps"), "low"].sum()
        assert off > 0
        assert f"{format_amount(Amount(off, off, 'EUR'))} may be the same money" in draw(case).alt
    # what was withdrawn is off the lower sum too, but is not the same money
    assert "perhaps withdrawn: Fluidstack" in draw("total on the last day").alt
    assert "perhaps withdrawn" not in draw("total").alt
    # of the groups it has been taken off already
    assert "same money" not in draw("total by purpose").alt


def test_the_sources_of_a_total_are_those_of_the_claims_read_and_of_the_updates_that_changed_them(ledger, draw):
    assert set(draw("total of the article").source_ids) == {"seed-article"}
    later = sa.total(ledger, as_of=LAST_DAY).counted["amount_by"]
    assert set(later[later != "claims"]) <= set(draw("total on the last day").source_ids)


@each(["envelope", *TREES])
def test_the_tree_holds_every_sum_inside_the_envelope_once_below_what_holds_it(ledger, draw, case):
    how = {"envelope": "france-109bn"} | CASES[case]
    chart, found = draw(case, "fr"), sa.total(ledger, where=how.pop("envelope"), **how)
    data, (axes,), names = chart.data, chart.figure.axes, ledger.names("fr")
    rows = pd.concat([found.counted, found.left_out]).dropna(subset="low").set_index("pledge_id")
    pledges = data[data["what"] == "pledge"].set_index("pledge_id")
    columns = ["low", "high", "open_low", "open_high"]
    assert pledges[columns].astype(float).sort_index().equals(rows[columns].astype(float).sort_index())
    left = found.unallocated[found.unallocated["unallocated_high"] > 0].set_index("pledge_id")
    rest = data[data["what"] == "unallocated"].set_index("pledge_id")
    for end in ("low", "high"):
        assert rest[end].to_dict() == left[f"unallocated_{end}"].to_dict()
    parent, above = ledger.pledges.set_index("pledge_id")["parent_id"], {}
    shown, beside = bars(axes), said(axes)
    for row, label in zip(data.itertuples(), axes.get_yticklabels(), strict=True):
        holder, text = row.pledge_id if row.what == "unallocated" else parent[row.pledge_id], label.get_text()
        # a part of a part that is not drawn hangs on the next one above it
        assert row.level == 0 or holder == above[row.level - 1] or holder not in above.values()
        above = {level: pledge for level, pledge in above.items() if level < row.level} | {row.level: row.pledge_id}
        assert shown[row.Index] == ranged(row, row.what == "unallocated")
        assert beside[row.Index] == [amount(row, found.to, "fr")]
        # deeper rows are set further in
        assert len(text) - len(text.lstrip()) == 4 * row.level
        assert (text.lstrip() == names[row.pledge_id]) == (row.what == "pledge")
    assert data["level"][0] == 0 < data["level"][1:].min()
    bare = names[found.unquantified["pledge_id"]]
    assert [name for name in bare if name not in seen(chart) or name not in chart.alt] == []
    assert ("2025" in chart.subtitle) == ("as_of" in how)


def direct(data):
    return data[(data["level"] == 1) & (data["what"] == "pledge")]


@pytest.mark.parametrize("day", [None, "2025-12-31", LAST_DAY])
def test_the_sums_named_in_the_title_of_the_tree_are_those_that_make_its_figure(ledger, day):
    chart = charts.envelope(ledger, as_of=day)
    held = sa.total(ledger, where="france-109bn", as_of=day).unallocated.set_index("pledge_id").loc["france-109bn"]
    parts = direct(chart.data)
    # what has been withdrawn by then is no part any more
    made = parts["low"].sum(), parts["high"].sum()
    assert made == pytest.approx(tuple(held[["parts_low", "parts_high"]]), abs=0.01)
    made, left = (format_amount(Amount(*ends, "EUR")) for ends in (made, [held["unallocated_high"]] * 2))
    assert chart.title.startswith(f"{len(parts)} named sums make {made} of the €")
    assert f"; up to {left}" in chart.title


@each(["ladder", *LADDERS])
def test_rungs_are_those_of_the_ladder_and_pale_is_what_fell_away(ledger, draw, case):
    data, (axes,) = draw(case, "fr").data, draw(case, "fr").figure.axes
    pd.testing.assert_frame_equal(data, sa.ladder(ledger, **CASES[case]))
    above, shown, beside = data["high"].shift(fill_value=data["high"][0]), bars(axes), said(axes)
    for row, before in zip(data.assign(open_low=False, open_high=False).itertuples(), above, strict=True):
        fell = (round(row.high / BILLION, 6), round(before / BILLION, 6), f"{FADED}ff")
        assert shown[row.Index] == ranged(row, False, fell)
        first, *more = beside[row.Index]
        assert first == amount(row, CASES[case].get("to", "EUR"), "fr")
        assert first in draw(case, "fr").alt
        bare = ledger.names("fr")[[one for one in row.unquantified.split(";") if one]]
        assert [one for one in bare if one not in " ".join(more)] == []
        assert len(more) == bool(len(bare))


STEPS_OF_WEEK = pd.date_range("2025-02-06", "2025-02-11")


def test_the_staircase_is_the_total_as_of_each_day_and_says_who(ledger, draw):
    data, (axes,) = draw("announced", "fr").data, draw("announced", "fr").figure.axes
    for line, end in zip(axes.lines, ("low", "high"), strict=True):
        assert line.get_drawstyle() == "steps-post"
        days = [marks.day_place(day) for day in [*data["day"], last_day(ledger)]]
        np.testing.assert_allclose(line.get_xdata(), [days[0], *days])
        np.testing.assert_allclose(line.get_ydata(), [0, *data[end] / BILLION, data[end].iloc[-1] / BILLION])
    for row in data.iloc[[0, 5, 8, -1]].itertuples():
        found = sa.total(ledger, as_of=row.day.date())
        assert (row.low, row.high) == (found.low, found.high)
    texts, week = [text.get_text() for text in axes.texts], data[data["day"].isin(STEPS_OF_WEEK)]
    assert (len(week), len(texts)) == (6, len(week) + 2)
    for row, text in zip(week.itertuples(), texts[1:-1], strict=True):
        assert any(ledger.names("fr")[pledge] in text for pledge in row.new_counted.split(";"))
    assert draw("announced in dollars").title.count("$") == 3
    assert "each dollar counted once" in draw("announced in dollars").subtitle
    # half the axis is the week, each of its days as wide as the next
    x = axes.transData.transform([(marks.day_place(day), 0) for day in STEPS_OF_WEEK])[:, 0]
    assert np.ptp(np.diff(x)) < 0.01
    assert 0.4 < 6 * (x[1] - x[0]) / axes.bbox.width < 0.6


def test_a_step_that_nobody_announced_has_its_amount(ledger):
    # only the claims about older pledges change within the week
    later = change(ledger, "pledges", "announced_on >= '2025-02-06'", {"announced_on": "2025-03-01"})
    chart = laid_out(charts.announced(later))
    assert set(chart.data.loc[chart.data["day"].isin(STEPS_OF_WEEK), "new"]) == {""}
    assert_texts_fit(chart, more_than=20)


# --- evidence


def paint(artist):
    face, edge = (np.atleast_2d(colour)[0] for colour in (artist.get_facecolor(), artist.get_edgecolor()))
    return to_hex(face) == to_hex(edge), to_hex(edge)


def claims_shown(axes):
    """What the picture shows of each claim: row label, low, high, filled, colour."""
    edges = sorted(line.get_ydata()[0] for line in axes.lines)
    labels, middles = [label.get_text() for label in axes.get_yticklabels()], axes.get_yticks()
    # a tick stands in the band it names
    assert all(low < middle < high for low, middle, high in zip([0, *edges], middles, edges, strict=False))
    for points in axes.collections:
        for x, y in points.get_offsets():
            yield labels[np.searchsorted(edges, y)], round(float(x), 6), round(float(x), 6), *paint(points)
    for wedge in axes.patches:
        x, y = wedge.get_xy().T
        yield labels[np.searchsorted(edges, y.mean())], round(x.min(), 6), round(x.max(), 6), *paint(wedge)


def test_every_claim_about_a_part_is_a_mark_hollow_if_no_rule_may_read_it(ledger, draw):
    data, (axes,) = draw("claims", "fr").data, draw("claims", "fr").figure.axes
    parts = ledger.pledges.loc[ledger.pledges["parent_id"] == "france-109bn", "pledge_id"]
    colours = [paint(handle)[1] for handle in axes.get_legend_handles_labels()[0]]
    colours = dict(zip(("primary", "news", "analysis", "seed"), colours, strict=True))
    assert len(set(colours.values())) == 4
    names, read = ledger.names("fr"), data["standing"].isin(["stands", "derived"])
    ends = (data[["low", "high"]] / BILLION).round(6).to_numpy()
    wanted = zip(data["pledge_id"].map(names), *ends.T, read, data["kind"].map(colours), strict=True)
    assert Counter(claims_shown(axes)) == Counter(wanted)
    assert 0 < read.sum() < len(read)
    assert (ends[:, 0] < ends[:, 1]).any()
    # arrows point where a figure is open
    arrows = [text for text in axes.texts if isinstance(text, Annotation) and text.arrow_patch]
    shown = Counter((round(float(arrow.xyann[0]), 6), bool(arrow.xy[0] > arrow.xyann[0])) for arrow in arrows)
    opened = data[data["qualifier"].isin(["at-least", "up-to"])]
    assert shown == Counter(zip(ends[data.index.isin(opened.index), 1], opened["qualifier"] == "at-least", strict=True))
    bare = names[parts[~parts.isin(data["pledge_id"])]]
    assert [name for name in bare if name not in seen(draw("claims", "fr"))] == []


@pytest.mark.parametrize(
    ("envelope", "to"),
    [("france-109bn", "EUR"), ("france-109bn", "JPY"), ("investai", "EUR"), ("openeurollm", "USD")],
)
def test_no_claim_lies_outside_the_axes_and_no_note_is_without_a_name(ledger, envelope, to):
    chart = charts.claims(ledger, envelope=envelope, to=to)
    left, right = chart.figure.axes[0].get_xlim()
    figures = chart.data[["low", "high"]] / BILLION
    assert left < figures.min().min()
    assert figures.max().max() < right
    said = [*(text.get_text() for text in chart.figure.axes[0].texts), *chart.alt.split(".")]
    assert [text for text in said if text.strip().endswith(":")] == []


STEPS = ["announced", "site-chosen", "financed", "permitted", "under-construction", "operating"]
STATUS = ["status", "status 2025", "status 2026"]


@each(STATUS)
def test_every_pledge_with_money_is_there_once_by_its_furthest_step_then_by_name(ledger, draw, case):
    day, data = CASES[case].get("as_of"), draw(case, "fr").data
    pledges = ledger.pledges[(ledger.pledges["group"] == "summit") & (ledger.pledges["money_kind"] != "none")]
    pledges = pledges[~(pledges["announced_on"] > day)] if day else pledges
    assert sorted(data["pledge_id"]) == sorted(pledges["pledge_id"])
    places, possible = data["furthest"].map(STEPS.index), data["furthest_possible"].map(STEPS.index)
    assert places.is_monotonic_decreasing
    plain = str.maketrans("ÉÎéèêîçô", "EIeeeico")
    for _, group in data.groupby([places, possible]):
        assert group["pledge_id"].map(ledger.names("fr")).str.translate(plain).str.casefold().is_monotonic_increasing
    # an undated pledge is possible on the figure, and has no row as of a day
    data = data[data["announced"] != "possibly"].set_index("pledge_id")
    known = sa.status(ledger, day).set_index("pledge_id").loc[data.index]
    for step in ["furthest", "furthest_possible", *([] if day else ["last_change"])]:
        assert data[step].fillna("").tolist() == known[step].fillna("").tolist()
    for pledge, row in data.iterrows():
        assert row["furthest"] == "announced" or row[row["furthest"]] == known.loc[pledge, "strength"]
        assert set(row[STEPS[STEPS.index(row["furthest"]) + 1 :]]) <= {"", "possibly"}


@each(STATUS)
def test_bands_reach_the_furthest_step_and_weak_evidence_is_hollow(ledger, draw, case):
    chart = draw(case, "fr")
    data, (axes,) = chart.data, chart.figure.axes
    ends = {round(bar.get_y() + bar.get_height() / 2): int(bar.get_x() + bar.get_width()) for bar in axes.patches}
    begun = data[(data["furthest"] != "announced") | (data["announced"] != "possibly")]
    assert ends == begun["furthest"].map(STEPS.index).to_dict()
    spots = [(round(float(x), 3), int(y)) for mark in axes.collections for x, y in mark.get_offsets()]
    steps = {(n, place): row[step] for place, row in data.iterrows() for n, step in enumerate(STEPS)}
    steps = {spot: evidence for spot, evidence in steps.items() if evidence not in ("", "passed")}
    changed = data[data["last_change"].notna()]
    marked = steps | {(max(spots)[0], row.Index): row.change_by for row in changed.itertuples()}
    # a circle has many more corners than a square
    shown = [(paint(mark)[0], len(mark.get_paths()[0]) > 20) for mark in axes.collections]
    wanted = {spot: (by in ("primary", "news"), spot in steps and by == "possibly") for spot, by in marked.items()}
    assert dict(zip(spots, shown, strict=True)) == wanted
    assert len(spots) == len(wanted)
    names = data["pledge_id"].map(ledger.names("fr"))
    assert [label.get_text() for label in axes.get_yticklabels()] == names.tolist()
    beside = {text.get_position()[1]: text.get_text() for text in axes.texts if text.get_position()[1] in names.index}
    assert sorted(beside) == sorted(changed.index)
    # the texts
    further, none = (data["furthest"] != "announced").sum(), (data["furthest_possible"] == "announced").sum()
    counted = [further, len(data), len(data) - further - none, none]
    assert [int(number) for number in re.findall(r"\d+", chart.title)] == [n for n in counted if n]
    undated = data["announced_on"].isna().sum()
    assert ("○" in chart.subtitle) == (f"inconnu : {undated} promesses" in chart.subtitle) == (case != "status")
    assert [name for name in names if name not in chart.alt] == []


def test_what_only_a_period_dates_is_possible_within_it(draw):
    data = draw("status 2025").data.set_index("pledge_id")
    assert data.loc["mgx-campus", ["furthest", "site-chosen"]].tolist() == ["announced", "possibly"]
    data = draw("status 2026").data.set_index("pledge_id")
    assert data.loc["mgx-campus", "site-chosen"] == "primary"
    assert data.loc["fluidstack-supercomputer", ["last_change", "change_by"]].tolist() == ["withdrawn", "possibly"]


def test_the_last_day_is_the_default_and_the_first_of_a_month_is_french_in_french(ledger, draw):
    assert charts.status(ledger, as_of=last_day(ledger).date()).text() == draw("status").text()
    assert "au 1er mai 2026" in charts.status(ledger, as_of="2026-05-01", lang="fr").subtitle


def test_the_timeline_is_every_event_once_in_the_lane_of_its_kind_hollow_if_no_day_is_known(ledger, draw):
    data = draw("timeline", "fr").data
    assert sorted(data["id"]) == sorted(ledger.events["event_id"])
    assert sorted(LANES) == sorted(schema.fields("events")["kind"]["constraints"]["enum"])
    for axes, panel in zip(draw("timeline", "fr").figure.axes, ("around", "week"), strict=True):
        rows = data[data["panel"] == panel]
        kinds = rows.sort_values("row")["kind"]
        assert kinds[kinds.ne(kinds.shift())].tolist() == [kind for kind in LANES if kind in set(kinds)]
        noon = {end: rows[end].map(marks.day_place) + 0.5 for end in ("first_on", "last_on")}
        shown = [(*mark.get_offsets()[:, 0], mark.get_offsets()[0, 1], paint(mark)[0]) for mark in axes.collections]
        assert shown == list(zip(*noon.values(), rows["row"], rows["precision"] == "day", strict=True))
        labels = {(text.get_text(), text.xy[1]): text for text in axes.texts if isinstance(text, Annotation)}
        for row in rows[rows["side"] != "key"].itertuples():
            text, end = labels[row.label, row.row], "last_on" if row.side == "right" else "first_on"
            assert text.xy[0] == noon[end][row.Index]
            assert text.get_horizontalalignment() == ("left" if row.side == "right" else "right")


def assert_in_place(chart):
    assert_texts_fit(chart, [mark for axes in chart.figure.axes for mark in spots(axes, 4)], more_than=20)
    return chart


def test_long_titles_become_numbers_with_a_key(ledger):
    long = "A title of eighty characters, which is all that the table lets anybody write "
    titles = [f"{long}{number:03d}" for number in range(len(ledger.events))]
    chart = assert_in_place(
        laid_out(charts.timeline(dataclasses.replace(ledger, events=ledger.events.assign(title_en=titles))))
    )
    keyed = chart.data[chart.data["side"] == "key"]
    assert 10 < len(keyed) < len(chart.data)
    shown = Counter(text.get_text() for text in visible_texts(chart.figure))
    for _, panel in keyed.groupby("panel", sort=False):
        for number, label in enumerate(panel["label"], 1):
            assert shown[f"{number}  {label}"] == 1
            assert shown[str(number)] >= 1
    assert not set(keyed["label"]) & set(shown)


def test_many_events_on_one_day_do_not_collide(ledger):
    day = pd.Timestamp("2025-02-08")
    events = ledger.events.assign(starts_on=day, ends_on=day, kind="science")
    chart = assert_in_place(laid_out(charts.timeline(dataclasses.replace(ledger, events=events))))
    assert set(chart.data["panel"]) == {"week"}
    assert len(chart.figure.axes) == 1


@pytest.mark.parametrize(
    ("first", "last", "side"),
    [("2020-01-01", "2029-12-31", "key"), ("2020-01-01", "2020-01-01", "right"), ("2029-12-31", "2029-12-31", "left")],
)
def test_an_event_years_long_or_years_away_keeps_the_axis_readable(ledger, first, last, side):
    long = change(ledger, "events", "event_id == 'mistral-debt'", {"starts_on": first, "ends_on": last})
    chart = assert_in_place(laid_out(charts.timeline(long)))
    assert chart.data.set_index("id").loc["mistral-debt", "side"] == side


# --- signatures


def look(mark):
    """Return form, filling and edge of a mark."""
    form = tuple(mark.get_paths()[0].vertices.round(2).ravel())
    return form, to_hex(mark.get_facecolor()[0]), to_hex(mark.get_edgecolor()[0])


@each(["memberships", "memberships 2025"])
def test_every_cell_of_the_matrix_is_a_mark_and_every_word_has_its_own(ledger, draw, case):
    data, (axes,) = draw(case, "fr").data, draw(case, "fr").figure.axes
    wanted = sa.memberships(ledger, CASES[case].get("as_of"))
    one, other = (frame.sort_values("iso3", ignore_index=True) for frame in (data, wanted))
    pd.testing.assert_frame_equal(one, other)
    dots = [mark for mark in axes.collections if isinstance(mark, PathCollection)]
    shown = Counter(look(mark) for mark in dots for _ in mark.get_offsets())
    words = Counter(data[data.columns[4:]].to_numpy().ravel())
    # the key shows each word once more
    assert sorted(shown.values()) == sorted(count + 1 for count in words.values())
    assert len({form for form, *_ in shown}) == len(words), "two words differ by colour alone"


@pytest.mark.parametrize(
    ("lang", "america", "order"),
    [
        ("en", "United States", "Armenia|AU Commission|Australia|IFAD (UN fund)|India|Israel*"),
        ("fr", "États-Unis", "Colombie|Commission de l’UA|Comores|Éthiopie|FIDA (fonds de l’ONU)|Fidji"),
    ],
)
def test_each_mark_of_the_matrix_stands_beside_its_name_in_the_order_of_what_is_drawn(draw, lang, america, order):
    (axes,) = draw("memberships", lang).figure.axes
    left, y = next(text.get_position() for text in axes.texts if text.get_text() == america)
    dots = [mark for mark in axes.collections if isinstance(mark, PathCollection)]
    spots = sorted((x, look(mark)[0]) for mark in dots for x, at in mark.get_offsets() if abs(at - y) < 0.01)
    row = [form for x, form in spots if left < x < left + 2.6]
    assert len(row) == 5
    assert row[0] == row[1] == row[2] == row[4] != row[3]
    texts = [text.get_text() for text in axes.texts]
    assert (places := [texts.index(name) for name in order.split("|")]) == sorted(places)


def test_before_anybody_refused_the_matrix_says_so(ledger):
    early = charts.memberships(ledger, as_of="2024-01-01")
    assert early.title.startswith("No government")
    assert "*" not in early.text()


def test_who_only_a_commentary_mentions_has_a_star(draw):
    for case in ("positions", "memberships"):
        assert re.search(r"Israel\*", seen(draw(case)))
        assert "* only a commentary says so" in draw(case).subtitle
    assert "*" not in draw("positions New Delhi").subtitle


@each(["intersections", "intersections 2025"])
def test_bars_and_dots_are_the_combinations_and_every_signatory_is_named_once(ledger, draw, case):
    data, (axes,) = draw(case, "fr").data, draw(case, "fr").figure.axes
    assert data.equals(sa.exclusive_intersections(ledger, CASES[case].get("as_of")))
    many, wide = data["states"] + data["organisations"], np.array([bar.get_width() for bar in axes.patches])
    assert wide / wide[0] == pytest.approx((many / many[0]).to_numpy())
    on, dots = data[data.columns[:5]].to_numpy().ravel(), [look(mark) for mark in axes.collections]
    filled, empty = ({dot for dot, there in zip(dots, on, strict=True) if there == wanted} for wanted in (True, False))
    assert len(filled) == len(empty) == 1
    assert ({fill for _, fill, _ in filled}, {fill for _, fill, _ in empty}) == ({"#0173b2"}, {"#d9d9d9"})
    codes, shown = ";".join(data["iso3s"]).split(";"), seen(draw(case, "fr")).replace(" ", "")
    assert len(codes) == len(set(codes)) == many.sum()
    names = ledger.entities.set_index("iso3")["name_fr"]
    assert [
        names[code] for code in codes if code not in ("IFD", "AUC") and names[code].replace(" ", "") not in shown
    ] == []


@each(["positions", "positions 2025", "positions New Delhi"])
def test_every_state_is_on_the_map_painted_by_its_class(ledger, draw, case):
    chart, how = draw(case, "fr"), CASES[case]
    (axes,), paris = chart.figure.axes, how.get("declaration", "paris-2025")
    states = sa.signatories(ledger, paris, how.get("as_of")).query("entity_kind == 'state'")["iso3"]
    shapes = [patch for patch in axes.patches if isinstance(patch, PathPatch)]
    painted, dotted = {patch.get_gid() for patch in shapes}, {mark.get_gid() for mark in axes.collections}
    drawn, classes = chart.data.set_index("iso3")["drawn"], chart.data.set_index("iso3")["shown_as"]
    kinds = {"shape": (True, False), "both": (True, True), "mark": (False, True)}
    assert {code: (code in painted, f"{code}-mark" in dotted) for code in states} == {
        code: kinds[drawn[code]] for code in states
    }
    paints = {}
    for patch in shapes:
        word = classes.get(patch.get_gid().removesuffix("-europe"), "other")
        paints.setdefault(word, set()).add((to_hex(patch.get_facecolor()), patch.get_hatch()))
    assert all(len(looks) == 1 for looks in paints.values())
    assert len({*itertools.chain(*paints.values())}) == len(paints)
    plain = [word for word, looks in paints.items() if next(iter(looks))[1] is None]
    assert sorted(plain) == ["listed", "other"], "more than two classes differ by colour alone"
    names = chart.data["name_fr"]
    assert [name for name in names[chart.data["shown_as"] != "listed"] if name not in seen(chart)] == []
    assert [name for name in names[chart.data["entity_kind"] == "state"] if name not in chart.alt] == []
    listed = sa.names_listed(ledger, paris, how.get("as_of")).drop("organisation")
    assert size(listed.reindex(["state", "organisation"], fill_value=0), "fr") in chart.title
    assert short_names(ledger, "fr")[paris] in chart.title


def test_between_two_lists_the_answers_are_unknown(draw):
    early = draw("positions 2025").data.query("entity_kind == 'state'")["shown_as"].value_counts()
    assert early[["listed", "unknown"]].tolist() == [55, 10]
    assert set(early.index) <= {*CLASSES, "other"}


@each(["counts", "counts New Delhi"])
def test_counts_are_the_figures_by_day_over_bands_of_the_names(ledger, draw, case):
    data, (axes,) = draw(case, "fr").data, draw(case, "fr").figure.axes
    declaration = CASES[case].get("declaration", "paris-2025")
    assert sorted(data["count"]) == sorted(sa.claimed_counts(ledger, declaration)["count"])
    shown = Counter((int(mark.get_offsets()[0][1]), paint(mark)[0]) for mark in axes.collections)
    # hollow: no list of that day agrees
    assert shown == Counter(zip(data["row"], data["difference"] == 0, strict=True))
    printed = Counter(text.get_text() for text in axes.texts if text.get_text().isdigit())
    assert printed == Counter(data["count"].astype("str"))
    # one band a row and panel, as wide as what is open
    assert len(axes.patches) == 2 * (data["row"].max() + 1)
    bands = Counter((round(bar.get_y() + 0.5), round(bar.get_width() - 0.5)) for bar in axes.patches)
    assert {(row.row, row.high - row.low) for row in data.itertuples()} <= set(bands)
    rows = data.drop_duplicates("row")
    assert rows["row"].tolist() == list(range(len(rows)))
    assert rows["as_of"].dropna().is_monotonic_increasing
    assert rows["as_of"].isna().tolist() == sorted(rows["as_of"].isna())
    assert size(sa.names_listed(ledger, declaration), "fr") in draw(case, "fr").title


# --- nothing to draw


def late(ledger):
    return change(ledger, "pledges", "announced_on < '2025-02-06'", {"announced_on": "2025-03-01"})


def without(table, rows):
    return lambda ledger: dataclasses.replace(ledger, **{table: getattr(ledger, table).pipe(rows)})


@pytest.mark.parametrize(
    ("figure", "how", "words"),
    [
        ("claims", {"envelope": "fluidstack-supercomputer"}, "fluidstack-supercomputer"),
        ("total", {"as_of": "2001-01-01"}, "no pledge is counted"),
        ("total", {"money_kinds": "mixed", "as_of": "2024-06-01"}, "no pledge is counted"),
        ("envelope", {"envelope": "fluidstack-supercomputer"}, "fluidstack-supercomputer"),
        ("envelope", {"envelope": "mistral-essonne"}, "mistral-essonne"),
        ("envelope", {"as_of": "2025-01-01"}, "france-109bn"),
        ("ladder", {"as_of": "2020-01-01"}, "choose a later day"),
        ("status", {"as_of": "2024-01-01"}, "2024-01-01"),
        ("positions", {"as_of": "2025-02-10"}, "adopted on 2025-02-11"),
        ("intersections", {"as_of": "2023-01-01"}, "2023-01-01"),
        ("timeline", without("events", lambda rows: rows.head(0)), "no event"),
        ("counts", without("counts", lambda rows: rows[rows["declaration_id"] != "paris-2025"]), "paris-2025"),
        ("announced", late, "before the summit week"),
    ],
)
def test_nothing_to_draw_is_our_error(ledger, figure, how, words):
    ledger, how = (how(ledger), {}) if callable(how) else (ledger, how)
    with pytest.raises(FrameError, match=words):
        getattr(charts, figure)(ledger, **how)


# --- the picture of a palette


def pixels(picture):
    return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).astype(int)


def exact(chart):
    """The picture as matplotlib itself writes it."""
    with matplotlib.rc_context(STYLE):
        chart.figure.savefig(picture := io.BytesIO(), format="png", dpi=DPI, facecolor="white")
    return picture.getvalue()


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_picture_has_the_ink_of_the_exact_one_and_takes_less_space(draw, lang):
    chart = draw("naive_sum", lang)
    assert len(chart.png()) < 0.7 * len(exact(chart))
    drawn, wanted = pixels(chart.png()), pixels(exact(chart))
    assert drawn.shape == wanted.shape
    assert (255 - drawn).sum() == pytest.approx((255 - wanted).sum(), rel=0.02)
    assert len({Image.open(io.BytesIO(one)).info["dpi"] for one in (chart.png(), exact(chart))}) == 1


@pytest.mark.parametrize(
    ("paint", "off"),
    [
        (lambda axes: axes.barh([0, 1], [1, 2], color=["#0173b2", "black"], edgecolor="#de8f05", hatch="//"), 1),
        (lambda axes: axes.imshow(np.dstack([*np.indices((50, 50)), np.zeros((50, 50))]) / 50), 0),
    ],
    ids=["few colours", "more than a palette holds"],
)
def test_surfaces_of_a_picture_are_one_step_off_at_most(draw, paint, off):
    paint((figure := Figure(figsize=(2, 2))).add_axes([0, 0, 1, 1], frameon=False, xticks=[], yticks=[]))
    chart = dataclasses.replace(draw("naive_sum"), figure=figure)
    assert np.abs(pixels(chart.png()) - pixels(exact(chart))).max() == off


@pytest.mark.parametrize("name", ["announced", "claims", "comparison", "conflicts", "envelope", "ladder", "naive_sum"])
def test_small_letters_once_were_another_currency(ledger, name):
    small, capital = (getattr(charts, name)(ledger, to=code) for code in ("usd", "USD"))
    assert small.text() == capital.text()
