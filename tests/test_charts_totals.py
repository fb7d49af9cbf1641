"""The tree of an envelope and the ladder: each bar is a row; the texts are true, fit, and exist in both languages."""

import dataclasses
import re
from functools import partial

import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.text import Annotation

from pictures import LANGS, assert_no_sentence_is_shared, assert_texts_fit, draw_all, in_both_languages, picture
from summit_analysis import Amount, charts, format_amount, ladder, total
from summit_analysis.base.errors import ChoiceError, FrameError

SUMMIT_DAY, LAST_DAY = "2025-02-11", "2026-10-01"
TREES = {
    "109": {},
    "109 of the article": {"rule": "article", "as_of": SUMMIT_DAY},
    "investai": {"envelope": "investai"},
    "current ai": {"envelope": "current-ai-target-2-5bn", "to": "USD"},
    "stargate": {"envelope": "cmp-usa-stargate-500bn"},
}
LADDERS = {
    "ladder": {},
    "ladder of the article": {"rule": "article", "as_of": SUMMIT_DAY},
    "ladder in dollars": {"to": "USD", "rule": "primary-first"},
}
FADED = "#f0f0f0ff"
"""The bars of what fell away, which texts may cross."""
BILLION = 1e9
EACH_TREE = in_both_languages(TREES)
EACH_LADDER = in_both_languages(LADDERS)
EACH = in_both_languages([*TREES, *LADDERS])


@pytest.fixture(scope="module")
def figures(ledger):
    trees = {name: partial(charts.envelope, **how) for name, how in TREES.items()}
    return draw_all(ledger, trees | {name: partial(charts.ladder, **how) for name, how in LADDERS.items()})


# --- the rows


@pytest.mark.parametrize("name", TREES)
def test_the_tree_holds_every_sum_inside_the_envelope_once(ledger, figures, name):
    how = {"envelope": "france-109bn"} | TREES[name]
    data, found = figures[name, "en"].data, total(ledger, where=how.pop("envelope"), **how)
    rows = pd.concat([found.counted, found.left_out]).dropna(subset="low").set_index("pledge_id")
    pledges = data[data["what"] == "pledge"].set_index("pledge_id")
    assert sorted(pledges.index) == sorted(rows.index)
    columns = ["low", "high", "open_low", "open_high"]
    assert pledges[columns].astype(float).equals(rows.loc[pledges.index, columns].astype(float))
    left = found.unallocated[found.unallocated["unallocated_high"] > 0].set_index("pledge_id")
    rest = data[data["what"] == "unallocated"].set_index("pledge_id")
    assert rest["high"].to_dict() == left["unallocated_high"].to_dict()
    assert rest["low"].to_dict() == left["unallocated_low"].to_dict()


@pytest.mark.parametrize("name", TREES)
def test_each_row_stands_below_what_holds_it(ledger, figures, name):
    parent = ledger.pledges.set_index("pledge_id")["parent_id"]
    above = {}
    for row in figures[name, "en"].data.itertuples():
        holder = row.pledge_id if row.what == "unallocated" else parent[row.pledge_id]
        # a part of a part that is not drawn hangs on the next one above it
        assert row.level == 0 or holder == above[row.level - 1] or holder not in above.values()
        above = {level: pledge for level, pledge in above.items() if level < row.level} | {row.level: row.pledge_id}
    levels = figures[name, "en"].data["level"]
    assert levels[0] == 0 < levels[1:].min()


@pytest.mark.parametrize("name", LADDERS)
def test_the_ladder_drawn_is_the_ladder(ledger, figures, name):
    pd.testing.assert_frame_equal(figures[name, "en"].data, ladder(ledger, **LADDERS[name]))


@pytest.mark.parametrize("day", ["2025-12-31", LAST_DAY])
def test_the_sums_named_in_the_title_are_those_that_make_its_figure(ledger, day):
    chart = charts.envelope(ledger, as_of=day)
    held = total(ledger, where="france-109bn", as_of=day).unallocated.set_index("pledge_id").loc["france-109bn"]
    parts = chart.data[(chart.data["level"] == 1) & (chart.data["what"] == "pledge")]
    # what has been withdrawn by then is no part any more
    assert (parts["low"].sum(), parts["high"].sum()) == pytest.approx(
        tuple(held[["parts_low", "parts_high"]]), abs=0.01
    )
    assert chart.title.startswith(f"{len(parts)} named sums")


def test_before_anything_was_announced_there_is_no_ladder(ledger):
    with pytest.raises(FrameError, match="choose a later day"):
        charts.ladder(ledger, as_of="2020-01-01")


@pytest.mark.parametrize(
    "how", [{"envelope": "fluidstack-supercomputer"}, {"envelope": "mistral-essonne"}, {"as_of": "2025-01-01"}]
)
def test_an_envelope_with_nothing_to_draw_is_our_error(ledger, how):
    with pytest.raises(FrameError, match=how.get("envelope", "france-109bn")):
        charts.envelope(ledger, **how)


# --- the marks are the rows


def bars(chart):
    """{place: list of (left, right, colour or hatched)} of the bars that have a length, in billions."""
    (axes,) = chart.figure.axes
    found = {place: [] for place in range(len(chart.data))}
    for bar in axes.patches:
        colour = "hatched" if bar.get_hatch() else to_hex(bar.get_facecolor(), keep_alpha=True)
        if bar.get_width():
            found[round(bar.get_y() + bar.get_height() / 2)].append((*bar.get_bbox().intervalx, colour))
    return {place: sorted(shown) for place, shown in found.items()}


def wanted(low, high, dark):
    """A dark bar up to the lower figure, its pale twin from there to the upper one."""
    both = [(0, low / BILLION, dark), (low / BILLION, high / BILLION, f"{dark[:7]}{round(0.35 * 255):02x}")]
    return [span for span in both if span[0] < span[1]]


def assert_same(shown, expected):
    assert [colour for *_, colour in shown] == [colour for *_, colour in expected]
    assert [edge for *edges, _ in shown for edge in edges] == pytest.approx(
        [e for *edges, _ in expected for e in edges]
    )


@EACH_TREE
def test_bars_of_the_tree_are_its_rows(figures, name, lang):
    chart = figures[name, lang]
    shown = bars(chart)
    dark = shown[0][0][2]
    for row in chart.data.itertuples():
        left = [(0, row.high / BILLION, "hatched")]
        assert_same(shown[row.Index], left if row.what == "unallocated" else wanted(row.low, row.high, dark))
    least, most = chart.figure.axes[0].get_xlim()
    assert least == 0 < chart.data["high"].max() / BILLION < most


@EACH_LADDER
def test_bars_of_the_ladder_are_its_rungs_and_what_fell_away(figures, name, lang):
    chart = figures[name, lang]
    shown = bars(chart)
    dark, above = shown[0][0][2], chart.data["high"][0]
    for row in chart.data.itertuples():
        fell = [(row.high / BILLION, above / BILLION, FADED)] if row.high < above else []
        assert_same(shown[row.Index], wanted(row.low, row.high, dark) + fell)
        above = row.high


@EACH
def test_each_row_has_its_name_and_its_amount(ledger, figures, name, lang):
    chart = figures[name, lang]
    (axes,) = chart.figure.axes
    to = {**TREES, **LADDERS}[name].get("to", "EUR")
    labels = dict(zip(axes.get_yticks(), (label.get_text() for label in axes.get_yticklabels()), strict=True))
    beside = {}
    for text in axes.texts:
        if isinstance(text, Annotation):
            beside.setdefault(text.xy[1], []).append(text.get_text())
    assert list(labels) == list(range(len(chart.data))) == sorted(beside)
    for row in chart.data.itertuples():
        flags = (row.open_low, row.open_high) if name in TREES else (False, False)
        assert beside[row.Index][0] == format_amount(Amount(row.low, row.high, to, *flags), lang=lang)
        if name in TREES:
            # deeper rows are set further in
            indent, label = re.fullmatch(r"(\s*)(.*)", labels[row.Index]).groups()
            assert len(indent) == 4 * row.level
            assert (label == ledger.names(lang)[row.pledge_id]) == (row.what == "pledge")
        else:
            bare = ledger.names(lang)[[one for one in row.unquantified.split(";") if one]]
            assert [one for one in bare if one not in " ".join(beside[row.Index][1:])] == []
            assert len(beside[row.Index]) == 1 + bool(len(bare))


# --- they are true


def direct(chart):
    """The rows of a ladder, or the direct parts of an envelope."""
    if "level" not in chart.data:
        return chart.data
    return chart.data[(chart.data["level"] == 1) & (chart.data["what"] == "pledge")]


@EACH
def test_subtitle_alt_text_and_source_say_what_is_drawn(ledger, figures, name, lang):
    chart, how = figures[name, lang], {**TREES, **LADDERS}[name]
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
def test_the_title_of_the_tree_is_its_finding(figures, name):
    data, title = figures[name, "en"].data, figures[name, "en"].title
    parts = direct(figures[name, "en"])
    rest = data[(data["level"] == 1) & (data["what"] == "unallocated")]["high"].item()
    figures = [(parts["low"].sum(), parts["high"].sum()), (data["low"][0], data["high"][0]), (rest, rest)]
    made, whole, left = (format_amount(Amount(low, high, TREES[name].get("to", "EUR"))) for low, high in figures)
    assert title.split()[0] == str(len(parts))
    assert [text for text in (f"make {made}", f"of the {whole}", f"up to {left}") if text not in title] == []


def test_the_title_of_the_ladder_is_its_finding(figures):
    rungs = figures["ladder", "en"].data.set_index("rung")
    first, last = (format_amount(Amount(*rungs.loc[rung, ["low", "high"]], "EUR")) for rung in ("naive", "works"))
    assert figures["ladder", "en"].title.startswith(f"Of {first} added up carelessly, {last} has")


@pytest.mark.parametrize("lang", LANGS)
def test_the_parts_without_a_figure_are_named_in_picture_and_alt_text(ledger, figures, lang):
    chart = figures["109", lang]
    shown = " ".join(text.get_text() for text in chart.figure.axes[0].texts)
    bare = ledger.names(lang)[["mistral-essonne", "orange-ai", "thales-ai"]]
    assert [name for name in bare if name not in shown or name not in chart.alt] == []


def test_the_two_languages_share_the_rows_and_no_sentence(figures):
    for name in [*TREES, *LADDERS]:
        english, french = figures[name, "en"], figures[name, "fr"]
        pd.testing.assert_frame_equal(english.data, french.data)
        assert_no_sentence_is_shared(english, french)


@pytest.mark.parametrize("draw", [charts.envelope, charts.ladder])
def test_a_changed_claim_changes_text_and_picture(ledger, draw):
    claims = ledger.claims.copy()
    one = claims["claim_id"] == "evroc-mougins--jdn-evroc-20250901"
    claims.loc[one, ["amount_low", "amount_high"]] += 1e9
    before, after = draw(ledger), draw(dataclasses.replace(ledger, claims=claims))
    assert before.text() != after.text()
    assert before.png() != after.png()


@pytest.mark.parametrize("draw", [charts.envelope, charts.ladder])
def test_an_unknown_language_is_our_error(ledger, draw):
    with pytest.raises(ChoiceError, match="'de'"):
        draw(ledger, lang="de")


# --- they fit


@EACH
def test_texts_are_legible_and_lie_inside_apart_and_on_no_bar(figures, name, lang):
    chart = figures[name, lang]
    (axes,) = chart.figure.axes
    solid = [bar for bar in axes.patches if to_hex(bar.get_facecolor(), keep_alpha=True) != FADED and bar.get_width()]
    assert len(solid) >= len(chart.data) - 1
    assert_texts_fit(chart, [bar.get_window_extent() for bar in solid], more_than=2 * len(chart.data))


# --- the pictures themselves


@picture("parts-of-the-109.png")
def test_picture_of_the_parts_of_the_109(figures):
    return figures["109", "en"].figure


@picture("ladder.png")
def test_picture_of_the_ladder(figures):
    return figures["ladder", "en"].figure
