"""What the tree of an envelope and the ladder say in words: true, in both languages, and nowhere cut or covered."""

import dataclasses
import itertools
import re

import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from summit_analysis import Amount, ChoiceError, chart_envelope, chart_ladder, format_amount

SUMMIT_DAY = "2025-02-11"
DRAW = {
    "109": (chart_envelope, {}),
    "109 of the article": (chart_envelope, {"rule": "article", "as_of": SUMMIT_DAY}),
    "investai": (chart_envelope, {"envelope": "investai"}),
    "current ai": (chart_envelope, {"envelope": "current-ai-target-2-5bn"}),
    "stargate": (chart_envelope, {"envelope": "cmp-usa-stargate-500bn"}),
    "ladder": (chart_ladder, {}),
    "ladder of the article": (chart_ladder, {"rule": "article", "as_of": SUMMIT_DAY}),
    "ladder in dollars": (chart_ladder, {"to": "USD", "rule": "primary-first"}),
}
LANGS = ("en", "fr")
EACH = pytest.mark.parametrize(("name", "lang"), list(itertools.product(DRAW, LANGS)))
FADED = "#f0f0f0"
"""The bars of what fell away, which texts may cross."""


@pytest.fixture(scope="module")
def charts(ledger):
    drawn = {(name, lang): draw(ledger, lang=lang, **how) for name, (draw, how) in DRAW.items() for lang in LANGS}
    for chart in drawn.values():
        # tick labels and the layout come about only when a figure is drawn
        FigureCanvasAgg(chart.figure).draw()
    return drawn


# --- they are true


def direct(chart):
    """The rows of a ladder, or the direct parts of an envelope."""
    if "level" not in chart.data:
        return chart.data
    return chart.data[(chart.data["level"] == 1) & (chart.data["what"] == "pledge")]


@EACH
def test_subtitle_alt_text_and_source_say_what_is_drawn(ledger, charts, name, lang):
    chart, how = charts[name, lang], DRAW[name][1]
    to = how.get("to", "EUR")
    assert how.get("rule", "full-range") in chart.subtitle
    assert to in chart.subtitle
    assert ("2025" in chart.subtitle) == (how.get("as_of") == SUMMIT_DAY)
    for row in direct(chart).itertuples():
        assert format_amount(Amount(row.low, row.high, to), lang=lang) in chart.alt
        assert "level" not in chart.data or ledger.names(lang)[row.pledge_id] in chart.alt
    # the article's own sums have no other source
    assert (" et " in chart.source or " and " in chart.source) == (how.get("rule") != "article")


@pytest.mark.parametrize("name", ["109", "109 of the article", "current ai"])
def test_the_title_of_the_tree_is_its_finding(charts, name):
    data, title = charts[name, "en"].data, charts[name, "en"].title
    parts = direct(charts[name, "en"])
    rest = data[(data["level"] == 1) & (data["what"] == "unallocated")]["high"].item()
    figures = [(parts["low"].sum(), parts["high"].sum()), (data["low"][0], data["high"][0]), (rest, rest)]
    made, whole, left = (format_amount(Amount(low, high, "EUR")) for low, high in figures)
    assert title.split()[0] == str(len(parts))
    assert [text for text in (f"make {made}", f"of the {whole}", f"up to {left}") if text not in title] == []


def test_the_title_of_the_ladder_is_its_finding(charts):
    rungs = charts["ladder", "en"].data.set_index("rung")
    first, last = (format_amount(Amount(*rungs.loc[rung, ["low", "high"]], "EUR")) for rung in ("naive", "works"))
    assert charts["ladder", "en"].title.startswith(f"Of {first} added up carelessly, {last} has")


@pytest.mark.parametrize("lang", LANGS)
def test_the_parts_without_a_figure_are_named_in_picture_and_alt_text(ledger, charts, lang):
    chart = charts["109", lang]
    shown = " ".join(text.get_text() for text in chart.figure.axes[0].texts)
    bare = ledger.names(lang)[["mistral-essonne", "orange-ai", "thales-ai"]]
    assert [name for name in bare if name not in shown or name not in chart.alt] == []


def test_the_two_languages_share_the_rows_and_no_sentence(charts):
    for name in DRAW:
        english, french = charts[name, "en"], charts[name, "fr"]
        pd.testing.assert_frame_equal(english.data, french.data)
        for part in ("title", "subtitle", "alt", "source"):
            assert getattr(english, part) != getattr(french, part)
        assert not re.search(r"\d\.\d|€\d|\dbn", french.title + french.alt)


@pytest.mark.parametrize("draw", [chart_envelope, chart_ladder])
def test_a_changed_claim_changes_text_and_picture(ledger, draw):
    claims = ledger.claims.copy()
    one = claims["claim_id"] == "evroc-mougins--jdn-evroc-20250901"
    claims.loc[one, ["amount_low", "amount_high"]] += 1e9
    before, after = draw(ledger), draw(dataclasses.replace(ledger, claims=claims))
    assert before.text() != after.text()
    assert before.png() != after.png()


@pytest.mark.parametrize("draw", [chart_envelope, chart_ladder])
def test_an_unknown_language_is_our_error(ledger, draw):
    with pytest.raises(ChoiceError, match="'de'"):
        draw(ledger, lang="de")


# --- they fit


def visible_texts(figure):
    """Return the texts that are drawn; ticks outside the axis exist but are not."""
    hidden = set()
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        low, high = sorted(axis.get_view_interval())
        for tick in axis.get_major_ticks():
            if not low <= tick.get_loc() <= high:
                hidden |= {tick.label1, tick.label2}
    texts = figure.findobj(lambda artist: isinstance(artist, Text) and artist not in hidden)
    return [text for text in texts if text.get_visible() and text.get_text().strip()]


def box(text):
    # a text remembers the renderer of its last drawing, which had other pixels
    return text.get_window_extent(text.get_figure(root=True).canvas.get_renderer())


@EACH
def test_every_text_lies_inside_the_canvas_and_is_legible(charts, name, lang):
    figure = charts[name, lang].figure
    canvas = figure.bbox.padded(0.5)
    texts = visible_texts(figure)
    assert len(texts) > 2 * len(charts[name, lang].data)
    assert [t.get_text() for t in texts if Bbox.union([canvas, box(t)]).bounds != canvas.bounds] == []
    assert figure.get_figwidth() == 8
    assert min(text.get_fontsize() for text in texts) >= 8


@EACH
def test_no_text_overlaps_another(charts, name, lang):
    pairs = itertools.combinations(visible_texts(charts[name, lang].figure), 2)
    assert [(a.get_text(), b.get_text()) for a, b in pairs if box(a).overlaps(box(b))] == []


@EACH
def test_no_text_covers_a_bar(charts, name, lang):
    (axes,) = charts[name, lang].figure.axes
    solid = [bar for bar in axes.patches if to_hex(bar.get_facecolor()) != FADED and bar.get_width()]
    marks = [bar.get_window_extent() for bar in solid]
    texts = [text for text in visible_texts(charts[name, lang].figure) if text.get_color() != "white"]
    assert len(marks) >= len(charts[name, lang].data) - 1
    assert [text.get_text() for text in texts for mark in marks if box(text).overlaps(mark)] == []


@EACH
def test_white_texts_stand_on_a_dark_bar(charts, name, lang):
    (axes,) = charts[name, lang].figure.axes
    dark = [bar.get_window_extent() for bar in axes.patches if not bar.get_hatch() and bar.get_alpha() is None]
    for text in visible_texts(charts[name, lang].figure):
        if text.get_color() == "white":
            assert any(Bbox.union([bar, box(text)]).bounds == bar.bounds for bar in dark), text.get_text()


@EACH
def test_title_subtitle_and_source_stand_in_the_picture(charts, name, lang):
    chart = charts[name, lang]
    shown = [re.sub(r"\s+", " ", text.get_text()) for text in visible_texts(chart.figure)]
    assert {re.sub(r"\s+", " ", text) for text in (chart.title, chart.subtitle, chart.source)} <= set(shown)
