"""A chart is what a person sees and what a test compares: its marks are the rows, its texts fit, its bytes stay."""

import base64
import dataclasses
import hashlib
import io
import os
import re
import struct
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox
from PIL import Image

from pictures import (
    assert_no_sentence_is_shared,
    assert_texts_fit,
    boxes,
    draw_all,
    in_both_languages,
    picture,
    spots,
    visible_texts,
)
from summit_analysis import charts
from summit_analysis.base.errors import ChoiceError, FrameError

DRAW = {"claims": charts.claims, "naive": charts.naive_sum}
EACH = in_both_languages(DRAW)
LANGS = pytest.mark.parametrize("lang", ["en", "fr"])
BILLION = 1e9


@pytest.fixture(scope="module")
def figures(ledger):
    return draw_all(ledger, DRAW)


# --- nothing without its texts


@EACH
@pytest.mark.parametrize("part", ["name", "title", "alt", "source"])
@pytest.mark.parametrize("text", ["", " \n"])
def test_no_chart_without_its_texts(figures, name, lang, part, text):
    with pytest.raises(FrameError, match=part):
        dataclasses.replace(figures[name, lang], **{part: text})


@EACH
def test_no_chart_without_rows(figures, name, lang):
    with pytest.raises(FrameError, match="no rows"):
        dataclasses.replace(figures[name, lang], data=figures[name, lang].data.head(0))


@pytest.mark.parametrize("draw", DRAW.values())
def test_an_unknown_language_is_our_error(ledger, draw):
    with pytest.raises(ChoiceError, match="'de'"):
        draw(ledger, lang="de")


@pytest.mark.parametrize("envelope", ["no-such-pledge", "fluidstack-supercomputer"])
def test_an_envelope_without_parts_is_our_error(ledger, envelope):
    with pytest.raises(FrameError, match=envelope):
        charts.claims(ledger, envelope=envelope)


# --- the rows drawn are the right ones


def test_every_claim_with_a_figure_about_a_part_of_the_109_is_drawn(ledger, figures):
    parts = ledger.pledges.loc[ledger.pledges["parent_id"] == "france-109bn", "pledge_id"]
    claims = ledger.claims[ledger.claims["pledge_id"].isin(parts)]
    with_figure = claims.dropna(subset=["amount_low", "amount_high"], how="all")
    assert sorted(figures["claims", "en"].data["claim_id"]) == sorted(with_figure["claim_id"])


def test_every_sum_of_the_article_is_drawn_and_makes_632_8(ledger, figures):
    article = ledger.claims.loc[ledger.claims["source_id"] == "seed-article", "claim_id"]
    data = figures["naive", "en"].data
    assert data["claim_id"].tolist() == article.tolist()
    assert round(data["figure"].sum() / BILLION, 1) == 632.8


def test_counted_again_means_that_an_envelope_is_in_the_article_too(ledger, figures):
    data = figures["naive", "en"].data
    parent = ledger.pledges.set_index("pledge_id")["parent_id"].dropna().to_dict()

    def above(pledge):
        while pledge := parent.get(pledge):
            yield pledge

    mentioned = set(data["pledge_id"])
    again = [any(pledge in mentioned for pledge in above(one)) for one in data["pledge_id"]]
    assert data["counted_again"].tolist() == again
    assert 0 < sum(again) < len(again)


# --- the marks are the rows


@LANGS
def test_bars_are_the_rows(ledger, figures, lang):
    chart = figures["naive", lang]
    (axes,) = chart.figure.axes
    bars = {round(bar.get_y() + bar.get_height() / 2): bar for bar in axes.patches}
    values = (chart.data["figure"].fillna(0) / BILLION).tolist()
    begins = np.concatenate([[0], np.cumsum(values)])
    assert sorted(bars) == list(range(len(values) + 1))
    for place, value in enumerate(values):
        assert bars[place].get_x() == pytest.approx(begins[place])
        assert bars[place].get_width() == pytest.approx(value)
        assert bool(bars[place].get_hatch()) == chart.data["counted_again"].iloc[place]
    assert bars[len(values)].get_x() == 0
    assert bars[len(values)].get_width() == pytest.approx(sum(values))
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels[:-1] == chart.data["pledge_id"].map(ledger.names(lang)).tolist()


def marks(chart):
    """Return what the picture shows of each claim: row label, low, high, filled, colour."""
    (axes,) = chart.figure.axes
    edges = sorted(line.get_ydata()[0] for line in axes.lines)
    labels = [label.get_text() for label in axes.get_yticklabels()]
    middles = [float(tick) for tick in axes.get_yticks()]

    def row(y):
        at = int(np.searchsorted(edges, y))
        # a tick must stand in the band it names
        assert ([0, *edges])[at] < middles[at] < edges[at]
        return labels[at]

    for points in axes.collections:
        for x, y in points.get_offsets():
            yield row(y), x, x, *paint(points)
    for wedge in axes.patches:
        (left, right), y = (wedge.get_xy()[:, 0].min(), wedge.get_xy()[:, 0].max()), wedge.get_xy()[:, 1].mean()
        yield row(y), left, right, *paint(wedge)


def paint(artist):
    face, edge = (np.atleast_2d(colour)[0] for colour in (artist.get_facecolor(), artist.get_edgecolor()))
    return to_hex(face) == to_hex(edge), to_hex(edge)


def legend_colours(chart):
    (axes,) = chart.figure.axes
    handles, _ = axes.get_legend_handles_labels()
    kinds = ["primary", "news", "analysis", "seed"]
    return dict(zip(kinds, (to_hex(handle.get_facecolor()[0]) for handle in handles), strict=True))


@LANGS
def test_marks_and_wedges_are_the_claims(ledger, figures, lang):
    chart = figures["claims", lang]
    colours = legend_colours(chart)
    assert len(set(colours.values())) == 4
    wanted = Counter(
        (
            ledger.names(lang)[row.pledge_id],
            round(row.low / BILLION, 6),
            round(row.high / BILLION, 6),
            row.standing in ("stands", "derived"),
            colours[row.kind],
        )
        for row in chart.data.itertuples()
    )
    shown = Counter((name, round(low, 6), round(high, 6), *rest) for name, low, high, *rest in marks(chart))
    assert shown == wanted
    assert any(low < high for _, low, high, *_ in shown), "no range is drawn as a range"


@LANGS
def test_arrows_point_where_a_figure_is_open(figures, lang):
    chart = figures["claims", lang]
    (axes,) = chart.figure.axes
    arrows = [text for text in axes.texts if isinstance(text, Annotation) and text.arrow_patch]
    shown = Counter((round(float(arrow.xyann[0]), 6), bool(arrow.xy[0] > arrow.xyann[0])) for arrow in arrows)
    opened = chart.data[chart.data["qualifier"].isin(["at-least", "up-to"])]
    wanted = Counter(
        (round(row.high / BILLION, 6), row.qualifier == "at-least") for row in opened.itertuples()
    )  # fmt: skip
    assert shown == wanted
    assert set(opened["qualifier"]) == {"at-least", "up-to"}


@LANGS
def test_pledges_without_a_figure_are_named_in_the_picture(ledger, figures, lang):
    chart = figures["claims", lang]
    parts = ledger.pledges.loc[ledger.pledges["parent_id"] == "france-109bn", "pledge_id"]
    bare = ledger.names(lang)[parts[~parts.isin(chart.data["pledge_id"])]]
    shown = " ".join(text.get_text() for text in chart.figure.axes[0].texts)
    assert len(bare) == 3
    assert all(name in shown for name in bare)


@LANGS
def test_no_note_without_a_name(ledger, lang):
    chart = charts.claims(ledger, envelope="investai", lang=lang)
    parts = ledger.pledges.loc[ledger.pledges["parent_id"] == "investai", "pledge_id"]
    assert set(parts) == set(chart.data["pledge_id"])
    said = [*(text.get_text() for text in chart.figure.axes[0].texts), *chart.alt.split(".")]
    assert [text for text in said if text.strip().endswith(":")] == []


@pytest.mark.parametrize(
    ("envelope", "to"),
    [("france-109bn", "EUR"), ("france-109bn", "JPY"), ("investai", "EUR"), ("openeurollm", "USD")],
)
def test_no_mark_lies_outside_the_axes(ledger, envelope, to):
    chart = charts.claims(ledger, envelope=envelope, to=to)
    left, right = chart.figure.axes[0].get_xlim()
    figures = chart.data[["low", "high"]] / BILLION
    assert left < figures.min().min()
    assert figures.max().max() < right


# --- the texts fit


@EACH
def test_texts_are_legible_and_lie_inside_apart_and_on_no_mark(figures, name, lang):
    chart = figures[name, lang]
    (axes,) = chart.figure.axes
    marks = [patch.get_window_extent() for patch in axes.patches] + spots(axes, 4)
    assert len(marks) >= len(chart.data)
    white = [text.get_text() for text in visible_texts(chart.figure) if text.get_color() == "white"]
    assert len(white) == (name == "naive")
    assert_texts_fit(chart, marks, more_than=20, but=white)


@LANGS
def test_the_white_sum_stands_on_its_dark_bar(figures, lang):
    figure = figures["naive", lang].figure
    (white,) = [text for text in visible_texts(figure) if text.get_color() == "white"]
    dark = [bar.get_window_extent() for bar in figure.axes[0].patches if not bar.get_hatch()]
    places = [place for text, place in boxes(figure) if text == white.get_text()]
    assert any(Bbox.union([bar, place]).bounds == bar.bounds for bar in dark for place in places)


def test_the_two_languages_share_the_rows_and_no_sentence(figures):
    for name in DRAW:
        english, french = figures[name, "en"], figures[name, "fr"]
        pd.testing.assert_frame_equal(english.data, french.data)
        assert english.name == french.name
        assert_no_sentence_is_shared(english, french)


@pytest.mark.parametrize("name", DRAW)
def test_french_numbers_have_a_decimal_comma(figures, name):
    chart = figures[name, "fr"]
    shown = " ".join([chart.title, chart.alt, *(text.get_text() for text in visible_texts(chart.figure))])
    assert re.search(r"\d,\d", shown)
    assert not re.search(r"\d\.\d|€\d|\dbn", shown)


# --- text, HTML, files


@EACH
def test_text_holds_all_that_is_drawn(figures, name, lang):
    chart = figures[name, lang]
    text = chart.text()
    for part in (chart.title, chart.subtitle, chart.alt, chart.source, *chart.data["claim_id"]):
        assert part in text


@pytest.mark.parametrize("draw", DRAW.values())
def test_a_changed_amount_changes_text_and_picture(ledger, draw):
    claims = ledger.claims.copy()
    one = claims.index[claims["claim_id"] == "fluidstack-supercomputer--seed-article"]
    assert len(one) == 1
    claims.loc[one, ["amount_low", "amount_high"]] += 1e9
    before, after = draw(ledger), draw(dataclasses.replace(ledger, claims=claims))
    assert before.text() != after.text()
    assert before.png() != after.png()


def test_the_source_line_comes_from_the_rows_drawn(ledger):
    claims = ledger.claims.assign(source_id="afp-109bn-detail-20250210")
    chart = charts.claims(dataclasses.replace(ledger, claims=claims))
    assert chart.source.startswith("Source: AFP")
    assert "LeBigData" not in chart.source


def elements(chart):
    return BeautifulSoup(chart.html(), "html.parser").find_all(True)


@EACH
def test_a_chart_prints_its_finding_and_where_its_rows_are(figures, name, lang):
    chart = figures[name, lang]
    lines = repr(chart).splitlines()
    assert len(lines) <= 5
    assert lines[0] == chart.title
    assert f"{len(chart.data)} rows are in .data" in lines[-1]


def test_help_lists_every_figure_on_a_line_of_its_own():
    listed = re.findall(r"^- `(\w+)`: \w", charts.__doc__, re.MULTILINE)
    assert sorted(listed) == sorted(set(charts.__all__) - {"Chart"})


def test_a_figure_loads_only_what_it_draws_with():
    code = "import sys; from summit_analysis import charts; charts.ladder; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "summit_analysis.charts.money" in loaded
    assert {"summit_analysis.charts.signatures", "matplotlib"} & set(loaded) == set()


@EACH
def test_html_is_a_figure_with_picture_alt_text_and_source(figures, name, lang):
    chart = figures[name, lang]
    figure, picture, caption = elements(chart)
    assert [figure.name, picture.name, caption.name] == ["figure", "img", "figcaption"]
    assert picture["alt"] == chart.alt
    assert caption.text == chart.source
    kind, _, content = picture["src"].partition(",")
    assert kind == "data:image/png;base64"
    assert base64.b64decode(content) == chart.png()


def pixels(picture):
    return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).astype(int)


def quick(chart):
    source = BeautifulSoup(chart.html(quick=True), "html.parser").img["src"]
    return base64.b64decode(source.partition(",")[2])


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_quick_picture_has_the_ink_of_the_exact_one_and_takes_less_space(figures, lang):
    chart = figures["naive", lang]
    assert len(quick(chart)) < 0.7 * len(chart.png())
    drawn, exact = pixels(quick(chart)), pixels(chart.png())
    assert drawn.shape == exact.shape
    assert (255 - drawn).sum() == pytest.approx((255 - exact).sum(), rel=0.02)


def test_surfaces_of_a_quick_picture_are_one_step_off_at_most(figures):
    figure = Figure(figsize=(2, 2))
    axes = figure.subplots()
    axes.barh([0, 1, 2], [1, 2, 3], color=["#0173b2", "black", "white"], edgecolor="#de8f05", hatch="//", alpha=0.7)
    axes.axis("off")
    chart = dataclasses.replace(figures["naive", "en"], figure=figure)
    assert np.abs(pixels(quick(chart)) - pixels(chart.png())).max() == 1


def test_a_quick_picture_of_more_colours_than_a_palette_holds_is_the_exact_one(figures):
    figure = Figure(figsize=(2, 2))
    figure.subplots().imshow(np.arange(2500).reshape(50, 50), cmap="viridis")
    chart = dataclasses.replace(figures["naive", "en"], figure=figure)
    assert quick(chart) == chart.png()


@EACH
def test_html_escapes_what_rows_bring_in(figures, name, lang):
    bad = '"><script>alert(1)</script>'
    chart = dataclasses.replace(figures[name, lang], alt=f"alt {bad}", source=f"source {bad}", title=f"title {bad}")
    _, picture, caption = elements(chart)
    assert (picture["alt"], caption.text) == (f"alt {bad}", f"source {bad}")


@EACH
def test_a_notebook_gets_text_and_html(figures, name, lang):
    chart = figures[name, lang]
    assert chart._repr_mimebundle_() == {"text/plain": chart.text(), "text/html": chart.html()}


@EACH
def test_save_writes_picture_drawing_and_rows(figures, tmp_path, name, lang):
    chart = figures[name, lang]
    paths = chart.save(tmp_path / "new")
    assert {kind: path.name for kind, path in paths.items()} == {
        kind: f"{chart.name}.{kind}" for kind in ("png", "svg", "csv")
    }
    assert sorted((tmp_path / "new").iterdir()) == sorted(paths.values())

    header = paths["png"].read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", header[16:24])
    assert (width, height) == (1600, round(chart.figure.get_figheight() * 200))

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


@EACH
def test_drawn_again_the_bytes_are_the_same(ledger, figures, name, lang):
    again = DRAW[name](ledger, lang=lang)
    assert again.svg() == figures[name, lang].svg() == figures[name, lang].svg()
    assert again.png() == figures[name, lang].png()


def test_another_process_draws_the_same_bytes(figures):
    code = (
        "import hashlib; from summit_analysis import *; ledger = load()\n"
        "for draw in (charts.claims, charts.naive_sum):\n"
        "    print(hashlib.sha256(draw(ledger).svg()).hexdigest())"
    )
    # another seed orders sets differently
    seed = "1" if os.environ.get("PYTHONHASHSEED") == "0" else "0"
    answer = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": seed},
    )
    assert answer.stdout.split() == [hashlib.sha256(figures[name, "en"].svg()).hexdigest() for name in DRAW]


@EACH
def test_files_hold_no_day_and_no_program(figures, name, lang):
    chart = figures[name, lang]
    assert b"tEXt" not in chart.png()
    tree = ET.parse(io.BytesIO(chart.svg()))
    metadata = "".join(tree.getroot().find("{http://www.w3.org/2000/svg}metadata").itertext())
    assert not re.search(r"\d{4}-\d\d-\d\d|matplotlib", metadata, re.IGNORECASE)


# --- the picture itself


@picture("careless-sum.png")
def test_picture_of_the_careless_sum(figures):
    return figures["naive", "en"].figure


@picture("claims-inside.png")
def test_picture_of_the_claims_inside_the_109_billion(figures):
    return figures["claims", "en"].figure
