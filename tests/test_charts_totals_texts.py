"""What the tree of an envelope and the ladder say in words: true, in both languages, and nowhere cut or covered."""

import dataclasses
from functools import partial

import pandas as pd
import pytest
from matplotlib.colors import to_hex

from pictures import LANGS, assert_no_sentence_is_shared, assert_texts_fit, draw_all, in_both_languages
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
EACH = in_both_languages(DRAW)
FADED = "#f0f0f0"
"""The bars of what fell away, which texts may cross."""


@pytest.fixture(scope="module")
def charts(ledger):
    return draw_all(ledger, {name: partial(draw, **how) for name, (draw, how) in DRAW.items()})


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
        assert_no_sentence_is_shared(english, french)


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


@EACH
def test_texts_are_legible_and_lie_inside_apart_and_on_no_bar(charts, name, lang):
    chart = charts[name, lang]
    (axes,) = chart.figure.axes
    solid = [bar for bar in axes.patches if to_hex(bar.get_facecolor()) != FADED and bar.get_width()]
    assert len(solid) >= len(chart.data) - 1
    assert_texts_fit(chart, [bar.get_window_extent() for bar in solid], more_than=2 * len(chart.data))
