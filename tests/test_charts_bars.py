"""The figure of a total: each bar is a row or a group, its texts are true, fit, and exist in both languages."""

import dataclasses
import itertools
import re
from functools import partial

import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.text import Annotation

from pictures import (
    LANGS,
    assert_no_sentence_is_shared,
    assert_texts_fit,
    draw_all,
    in_both_languages,
    one_line,
    picture,
)
from summit_analysis import Amount, charts, format_amount, total
from summit_analysis.base.errors import ChoiceError, FrameError
from summit_analysis.report.explore import GROUPS

SUMMIT_DAY, LAST_DAY = "2025-02-11", "2026-10-01"
DRAW = {
    "each pledge": {},
    "last day": {"as_of": LAST_DAY},
    "by purpose": {"by": "purpose"},
    "by country": {"by": "recipient_country", "to": "USD", "as_of": SUMMIT_DAY},
    "by pledger": {"by": "pledger"},
    "private in yen": {"by": "new_money", "to": "JPY", "money_kinds": "private"},
    "article": {"rule": "article", "as_of": SUMMIT_DAY, "money_kinds": ["public", "mixed"]},
}
EACH = in_both_languages(DRAW)
BILLION = 1e9


@pytest.fixture(scope="module")
def figures(ledger):
    return draw_all(ledger, {name: partial(charts.total, **how) for name, how in DRAW.items()})


# --- the rows


@pytest.mark.parametrize("name", DRAW)
def test_the_rows_are_those_of_the_total(ledger, figures, name):
    how, data = DRAW[name], figures[name, "en"].data
    found = total(ledger, **how)
    by = how.get("by", "pledge_id")
    rows = found.counted if by == "pledge_id" else found.split[found.split["high"] > 0]
    columns = ["low", "high"]
    expected = rows.assign(**{by: rows[by].fillna("")}).set_index(by)[columns]
    drawn = data.assign(**{by: data[by].fillna("")}).set_index(by)[columns]
    pd.testing.assert_frame_equal(drawn.sort_index(), expected.sort_index())
    named = data[data[by] != "unallocated"]
    assert named["high"].is_monotonic_decreasing
    # what nothing explains comes last
    assert data[by].tolist().count("unallocated") == 0 or data[by].iloc[-1] == "unallocated"


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


def test_without_groups_the_flags_are_those_of_the_rows(ledger, figures):
    data = figures["each pledge", "en"].data.set_index("pledge_id")
    counted = total(ledger).counted.set_index("pledge_id").loc[data.index]
    assert data[["open_low", "open_high"]].equals(counted[["open_low", "open_high"]])
    assert data["open_high"].any()


@pytest.mark.parametrize("how", [{"as_of": "2001-01-01"}, {"money_kinds": "mixed", "as_of": "2024-06-01"}])
def test_nothing_to_draw_is_our_error(ledger, how):
    with pytest.raises(FrameError, match="no pledge is counted"):
        charts.total(ledger, **how)


def test_what_is_not_known_is_our_error(ledger):
    with pytest.raises(ChoiceError, match="'de'"):
        charts.total(ledger, lang="de")
    with pytest.raises(ChoiceError, match="'colour'"):
        charts.total(ledger, by="colour")


# --- the marks are the rows


@EACH
def test_bars_are_the_rows(figures, name, lang):
    chart = figures[name, lang]
    (axes,) = chart.figure.axes
    shown = {place: [] for place in range(len(chart.data))}
    for bar in axes.patches:
        if bar.get_width():
            colour = "hatched" if bar.get_hatch() else to_hex(bar.get_facecolor(), keep_alpha=True)
            shown[round(bar.get_y() + bar.get_height() / 2)].append((*bar.get_bbox().intervalx, colour))
    dark = shown[0][0][2][:7]
    for row in chart.data.itertuples():
        low, high = row.low / BILLION, row.high / BILLION
        spans = [(0, low, f"{dark}ff"), (low, high, f"{dark}{round(0.35 * 255):02x}")]
        expected = [(0, high, "hatched")] if row[1] == "unallocated" else [one for one in spans if one[0] < one[1]]
        found = sorted(shown[row.Index])
        assert [colour for *_, colour in found] == [colour for *_, colour in expected]
        assert [edge for *edges, _ in found for edge in edges] == pytest.approx(
            [edge for *edges, _ in expected for edge in edges]
        )
    least, most = axes.get_xlim()
    assert least == 0 < chart.data["high"].max() / BILLION < most


@EACH
def test_each_bar_has_its_name_and_its_amount(ledger, figures, name, lang):
    chart, how = figures[name, lang], DRAW[name]
    (axes,) = chart.figure.axes
    beside = {text.xy[1]: text.get_text() for text in axes.texts if isinstance(text, Annotation)}
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert len(set(labels)) == len(labels) == len(chart.data) == len(beside)
    for row in chart.data.itertuples():
        amount = Amount(row.low, row.high, how.get("to", "EUR"), row.open_low, row.open_high)
        assert beside[row.Index] == format_amount(amount, lang=lang)
        if "by" not in how:
            assert labels[row.Index] == ledger.names(lang)[row.pledge_id]


@pytest.mark.parametrize(("by", "lang"), list(itertools.product(GROUPS, LANGS)))
def test_every_group_of_the_ledger_has_a_name_in_words(ledger, by, lang):
    from summit_analysis.charts.money import group_names

    values = [*ledger.pledges.loc[ledger.pledges["money_kind"] != "none", by].unique(), "unallocated"]
    names = group_names(values, by, ledger, lang)
    assert len(set(names)) == len(names)
    codes = {value for value, name in zip(values, names, strict=True) if value == name}
    # words that are the same in both languages and in the table
    assert codes <= {"private", "public", "mixed", "cloud", "energy", "research", "company"}


# --- the texts


@EACH
def test_the_texts_say_what_is_drawn(ledger, figures, name, lang):
    chart, how = figures[name, lang], DRAW[name]
    found = total(ledger, **how)
    amount = format_amount(Amount(found.low, found.high, found.to), lang=lang)
    assert amount in chart.title
    assert amount in chart.alt
    assert how.get("rule", "full-range") in chart.subtitle
    assert how.get("to", "EUR") in chart.subtitle
    assert bool(re.search("202[56]", chart.subtitle)) == ("as_of" in how)
    assert (("only" if lang == "en" else "seulement") in chart.subtitle) == ("money_kinds" in how)
    hatched = "Hatched" if lang == "en" else "Hachuré"
    assert (hatched in chart.subtitle) == (chart.data.iloc[:, 0] == "unallocated").any()
    names = ledger.names(lang)[found.unquantified["pledge_id"]]
    assert [one for one in names if one not in chart.alt] == []
    for row in chart.data.itertuples():
        assert format_amount(Amount(row.low, row.high, found.to, row.open_low, row.open_high), lang=lang) in chart.alt


def test_what_may_be_the_same_money_is_said_beside_the_rows(ledger, figures):
    for name in ("each pledge", "last day"):
        ties = total(ledger, **DRAW[name]).ties
        off = ties.loc[(ties["within"] == "") & (ties["relation"] == "overlaps"), "low"].sum()
        assert off > 0
        assert f"{format_amount(Amount(off, off, 'EUR'))} may be the same money" in figures[name, "en"].alt
    # what was withdrawn is off the lower sum too, but is not the same money
    assert "perhaps withdrawn: Fluidstack" in figures["last day", "en"].alt
    assert "perhaps withdrawn" not in figures["each pledge", "en"].alt
    # of the groups it has been taken off already
    assert "same money" not in figures["by purpose", "en"].alt


def test_the_sources_are_those_of_the_claims_read(ledger, figures):
    assert set(figures["article", "en"].source_ids) == {"seed-article"}
    every = set(figures["each pledge", "en"].source_ids)
    counted = total(ledger).counted["pledge_id"]
    claims = ledger.claims[ledger.claims["pledge_id"].isin(counted)]
    assert every == set(claims.loc[claims["standing"].isin(["stands", "derived"]), "source_id"])


def test_an_update_that_changed_an_amount_is_a_source(ledger):
    found = total(ledger, as_of="2026-10-01")
    changed = found.counted.loc[found.counted["amount_by"] != "claims", "amount_by"]
    chart = charts.total(ledger, as_of="2026-10-01")
    assert set(changed) <= set(chart.source_ids)


def test_the_two_languages_share_the_rows_and_no_sentence(figures):
    for name in DRAW:
        english, french = figures[name, "en"], figures[name, "fr"]
        pd.testing.assert_frame_equal(english.data, french.data)
        assert_no_sentence_is_shared(english, french)


def test_a_changed_claim_changes_text_and_picture(ledger):
    claims = ledger.claims.copy()
    one = claims["pledge_id"] == "bpifrance-ai-2029"
    claims.loc[one, ["amount_low", "amount_high"]] += 1e9
    before, after = charts.total(ledger), charts.total(dataclasses.replace(ledger, claims=claims))
    assert before.text() != after.text()
    assert before.png() != after.png()


# --- they fit


@EACH
def test_every_text_lies_inside_the_canvas_and_covers_nothing(figures, name, lang):
    chart = figures[name, lang]
    bars = [bar.get_window_extent() for bar in chart.figure.axes[0].patches if bar.get_width()]
    assert_texts_fit(chart, bars, more_than=2 * len(chart.data))


# --- the pictures themselves


@picture("total-by-pledge.png")
def test_picture_of_the_total_by_pledge(figures):
    return figures["each pledge", "en"].figure


@picture("total-by-purpose.png")
def test_picture_of_the_total_by_purpose(figures):
    return figures["by purpose", "en"].figure
