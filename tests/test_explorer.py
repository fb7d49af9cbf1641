"""One page about one total, by keywords and with controls that say the same; a wrong choice is a sentence, in place."""

import ast
import dataclasses
import datetime as dt
import itertools
import json
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from summit_analysis import RULES, charts, cite, explore, load, total
from summit_analysis.base import files
from summit_analysis.base.errors import ChoiceError, FrameError, MissingRateError
from summit_analysis.report.explore import GROUPS

SUMMIT_DAY, LAST_DAY = "2025-02-11", "2026-10-01"
FIRST = "The first day of an announcement in the ledger is 12 May 2024."
BAD = "<script>alert('summit')</script>"
VIEW = "application/vnd.jupyter.widget-view+json"
ASKED = [
    {},
    {"to": "USD", "rule": "article", "as_of": SUMMIT_DAY},
    {"money_kinds": ["public", "mixed"], "by": "purpose", "as_of": LAST_DAY},
    {"to": "JPY", "rule": "latest", "money_kinds": "private", "by": "recipient_country"},
]
EACH = pytest.mark.parametrize(("place", "lang"), list(itertools.product(range(len(ASKED)), ("en", "fr"))))


@pytest.fixture(scope="module")
def pages(ledger):
    return {(at, lang): explore(ledger, lang=lang, **asked) for at, asked in enumerate(ASKED) for lang in ("en", "fr")}


@pytest.fixture(scope="module")
def usual(pages):
    """The page of a call without settings."""
    return pages[0, "en"]


# --- the page by keywords


@EACH
def test_the_page_is_the_total_with_its_chart_and_sources(ledger, pages, place, lang):
    page, found = pages[place, lang], total(ledger, **ASKED[place])
    chart = charts.total(ledger, lang=lang, **ASKED[place])
    assert page.sentence == found.sentence(lang)
    assert page.chart.text() == chart.text()
    pd.testing.assert_frame_equal(page.total.counted, found.counted)
    pd.testing.assert_frame_equal(page.sources, cite(ledger.sources, chart.source_ids))
    assert page.sentence in page.text()
    assert chart.text() in page.text()
    assert [one for one in page.sources["citation"] if one not in page.text()] == []


@pytest.mark.parametrize(
    ("rule", "as_of", "kinds"),
    [
        (rule, day, (None, "private", ["public", "mixed"])[(row + column) % 3])
        for row, rule in enumerate(RULES)
        for column, day in enumerate((None, SUMMIT_DAY, LAST_DAY))
    ],
)
def test_every_pledge_is_counted_or_left_out_once_with_a_reason(ledger, rule, as_of, kinds):
    page, every = explore(ledger, rule=rule, as_of=as_of, money_kinds=kinds), total(ledger, rule=rule, as_of=as_of)
    told = pd.concat([page.total.counted, page.left_out])
    assert not told["pledge_id"].duplicated().any()
    assert set(told["pledge_id"]) == set(pd.concat([every.counted, every.left_out])["pledge_id"])
    assert (page.left_out["reason"] != "").all()
    other = page.left_out["reason"] == "another kind of money"
    asked = {kinds} if isinstance(kinds, str) else set(kinds or [])
    assert other.any() == bool(asked)
    assert not page.left_out.loc[other, "money_kind"].isin(asked).any()
    # every reason and kind has its words, in both languages
    for lang in ("en", "fr"):
        for table in dataclasses.replace(page, lang=lang).tables():
            for column in table.columns:
                assert column.key in ("amount", "counted_in", "pledge_b") or all(column.texts)


def test_what_has_no_figure_keeps_its_scale(usual):
    page = usual
    (row,) = page.left_out[page.left_out["pledge_id"] == "mistral-essonne"].itertuples()
    assert row.scale == 1e9
    assert "several billion €" in page.text()


def test_what_ties_take_off_is_told_pair_by_pair(ledger, usual):
    page = usual
    ties = page.total.ties
    pairs = ties[(ties["within"] == "") & (ties["low"] > 0)]
    (table,) = [table for table in page.tables() if table.caption == "Taken off the lower sum"]
    names = ledger.names()
    assert table.columns[0].texts == pairs["pledge_a"].map(names).tolist()
    assert table.columns[1].texts == pairs["pledge_b"].map(names).tolist()
    assert len(pairs) > 3


def test_what_has_left_its_envelope_is_not_called_the_same_money(ledger):
    page = explore(ledger, as_of=LAST_DAY)
    table = page.tables()[-1]
    told = dict(zip(table.columns[0].texts, table.columns[-1].texts, strict=True))
    assert told["Fluidstack"] == "withdrawn part of an envelope"
    assert told["Bpifrance"] == "may be the same money"


@EACH
def test_the_call_that_is_printed_gives_the_page_again(ledger, pages, place, lang):
    page = pages[place, lang]
    ast.parse(page.call)
    again = eval(page.call, {"explore": explore, "ledger": ledger})
    assert again.text() == page.text()
    assert again.html() == page.html()
    assert page.call in page.text()


def test_a_date_may_be_a_date(ledger):
    day = dt.date(2025, 2, 11)
    assert explore(ledger, as_of=day).text() == explore(ledger, as_of=SUMMIT_DAY).text()


def test_nothing_is_changed_in_the_ledger(ledger):
    fresh = load()
    explore(fresh, money_kinds="private", by="purpose", to="USD")
    for table in ("pledges", "claims", "updates", "sources", "overlaps"):
        pd.testing.assert_frame_equal(getattr(fresh, table), getattr(ledger, table))


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ({"to": "RUB"}, MissingRateError, "RUB"),
        ({"to": "XYZ"}, MissingRateError, "XYZ"),
        ({"rule": "newest"}, ChoiceError, "full-range"),
        ({"by": "colour"}, ChoiceError, "money_kind"),
        ({"money_kinds": []}, ChoiceError, "private, public, mixed"),
        ({"as_of": "February"}, FrameError, "YYYY-MM-DD"),
        ({"as_of": "2001-01-01"}, FrameError, f"1 January 2001. {FIRST}"),
        ({"as_of": "2001-01-01", "lang": "fr"}, FrameError, "1er janvier 2001"),
        ({"lang": "de"}, ChoiceError, "'de'"),
    ],
)
def test_what_cannot_be_is_our_error(ledger, asked, error, words):
    with pytest.raises(error, match=words):
        explore(ledger, **asked)


def test_nothing_gets_into_the_page_unescaped(ledger):
    evil = dataclasses.replace(
        ledger,
        sources=ledger.sources.assign(title=BAD, publisher=BAD),
        labels=ledger.labels.assign(label_en=BAD, label_fr=BAD),
    )
    page = BeautifulSoup(explore(evil).html(), "html.parser")
    assert page.find("script") is None
    assert BAD in page.text


@EACH
def test_the_page_folds_its_tables_and_links_its_sources(pages, place, lang):
    found = pages[place, lang]
    page = BeautifulSoup(found.html(), "html.parser")
    assert page.div["lang"] == lang
    folded = page.select("details")
    assert [fold.has_attr("open") for fold in folded] == [False, False]
    counts = [f"({len(found.left_out)})", f"({len(found.sources)})"]
    assert [fold.summary.text.split()[-1] for fold in folded] == counts
    assert page.img["alt"] == found.chart.alt
    links = [link["href"] for link in folded[1].select("a")]
    assert links == found.sources["url"].dropna().tolist()
    assert [box["tabindex"] for box in page.select("details > div")] == ["0", "0"]


# --- the controls


def all_of(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from all_of(child)


class Panel:
    """The controls of a page, found as a person finds them: by their labels."""

    def __init__(self, page):
        self.widgets = list(all_of(page.controls))
        self.by_label = {w.description: w for w in self.widgets if getattr(w, "description", "")}
        self.by_class = {name: w for w in self.widgets for name in w._dom_classes}

    def turn(self, label, value):
        self.by_label[label].value = value

    def shown(self, part):
        return BeautifulSoup(self.by_class[f"summit-explorer-{part}"].value, "html.parser")

    @property
    def sentence(self):
        return self.shown("sentence").text


@pytest.fixture
def panel(ledger):
    return Panel(explore(ledger, widgets=True))


def test_another_currency_is_another_sentence(ledger, panel, usual):
    assert panel.sentence == usual.sentence
    panel.turn("Currency", "USD")
    assert panel.sentence == explore(ledger, to="USD").sentence
    assert "$" in panel.sentence
    assert "€" not in panel.sentence
    assert panel.shown("chart").img["alt"] == explore(ledger, to="USD").chart.alt


@pytest.mark.parametrize(
    ("turned", "asked"),
    [
        ({"Rule": "latest"}, {"rule": "latest"}),
        ({"As of": dt.date(2025, 2, 9)}, {"as_of": "2025-02-09"}),
        ({"Group by": "purpose"}, {"by": "purpose"}),
        ({"mixed money": False}, {"money_kinds": ["private", "public"]}),
        (
            {"Currency": "GBP", "Rule": "article", "As of": dt.date(2025, 2, 11), "private money": False},
            {"to": "GBP", "rule": "article", "as_of": SUMMIT_DAY, "money_kinds": ["public", "mixed"]},
        ),
    ],
)
def test_the_page_follows_the_controls(ledger, panel, turned, asked):
    for label, value in turned.items():
        panel.turn(label, value)
    page = explore(ledger, **asked)
    for part, content in page.parts(folded=False).items():
        assert panel.by_class[f"summit-explorer-{part.replace('_', '-')}"].value == content
    assert panel.shown("call").code.text == page.call


def test_turned_back_it_is_as_before(panel, usual):
    turned = [("Currency", "USD", "EUR"), ("As of", dt.date(2025, 2, 9), None), ("Group by", "purpose", "")]
    for label, value, back in turned:
        panel.turn(label, value)
        panel.turn(label, back)
    assert panel.sentence == usual.sentence
    assert panel.shown("call").code.text == "explore(ledger)"


@pytest.mark.parametrize(
    ("label", "value", "words"),
    [
        ("As of", dt.date(2001, 1, 1), f"announced by 1 January 2001. {FIRST}"),
        ("As of", dt.date.min, FIRST),
        ("Currency", "RUB", "The ECB has no rate of Russian Ruble"),
        ("Currency", "HRK", "Choose another currency"),
    ],
)
def test_a_wrong_choice_is_a_sentence_in_place(panel, usual, label, value, words):
    before = panel.by_label[label].value
    panel.turn(label, value)
    alert = panel.shown("sentence").find(role="alert")
    assert words in alert.text
    assert "Error" not in alert.text
    # nothing of the page before may pass for the answer
    assert [panel.shown(part).text for part in ("chart", "left-out", "sources", "call")] == [""] * 4
    panel.turn(label, before)
    assert panel.sentence == usual.sentence
    assert panel.shown("chart").img


def test_without_any_kind_of_money_it_asks_for_one(ledger, panel):
    for kind in ("private money", "public money", "mixed money"):
        panel.turn(kind, False)
    assert panel.sentence == "Tick at least one kind of money."
    panel.turn("public money", True)
    assert panel.sentence == explore(ledger, money_kinds="public").sentence


def test_the_last_day_there_is_does_no_harm(panel):
    panel.turn("As of", dt.date.max)
    assert panel.sentence.startswith("As of 31 December 9999")


def test_controls_begin_where_the_call_does(ledger):
    asked = {"to": "HKD", "rule": "latest", "as_of": SUMMIT_DAY, "money_kinds": "private", "by": "pledger"}
    panel = Panel(explore(ledger, widgets=True, **asked))
    found = {label: widget.value for label, widget in panel.by_label.items()}
    kinds = {"private money": True, "public money": False, "mixed money": False}
    start = {"Currency": "HKD", "Rule": "latest", "As of": dt.date(2025, 2, 11), "Group by": "pledger"}
    assert found == start | kinds
    panel.turn("Currency", "EUR")
    assert panel.sentence == explore(ledger, **asked | {"to": "EUR"}).sentence


def test_the_menus_offer_every_currency_rule_and_group(ledger, panel):
    currencies = dict(panel.by_label["Currency"].options)
    assert set(currencies.values()) == set(ledger.rates.currencies)
    names = list(currencies)
    assert names[:2] == ["Euro (EUR)", "US Dollar (USD)"]
    french = Panel(explore(ledger, lang="fr", widgets=True)).by_label["Monnaie"].options
    assert [code for _, code in french[:2]] == ["EUR", "USD"]
    ended = [name for name in names if "no longer published" in name]
    assert "Russian Ruble (RUB), no longer published" in ended
    assert names[-len(ended) :] == ended
    assert names[2 : -len(ended)] == sorted(names[2 : -len(ended)], key=str.casefold)
    assert [value for _, value in panel.by_label["Rule"].options] == list(RULES)
    assert [value for _, value in panel.by_label["Group by"].options] == ["", *GROUPS]


def test_every_group_and_every_current_currency_can_be_chosen(ledger, panel):
    for by in GROUPS:
        panel.turn("Group by", by)
        assert panel.shown("chart").img
    ended = dict(zip(ledger.rates.currencies, ledger.rates.ended, strict=True))
    for code in ("DKK", "ISK", "BGN", "IDR"):
        panel.turn("Currency", code)
        assert bool(panel.shown("sentence").find(role="alert")) == bool(ended[code])


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_every_control_has_a_label_of_its_language_and_a_class_of_its_own(ledger, lang):
    panel = Panel(explore(ledger, lang=lang, widgets=True))
    controls = [widget for widget in panel.widgets if hasattr(widget, "value") and type(widget).__name__ != "HTML"]
    assert len(controls) == len(panel.by_label) == 7
    classes = {f"summit-explorer-{name}" for name in ("to", "rule", "as-of", "by", "private", "public", "mixed")}
    parts = {f"summit-explorer-{name}" for name in ("sentence", "chart", "left-out", "sources", "call", "kinds")}
    assert classes | parts | {"summit-explorer"} <= set(panel.by_class)
    if lang == "fr":
        english = Panel(explore(ledger, widgets=True))
        assert not set(panel.by_label) & set(english.by_label)
        assert panel.sentence == total(ledger).sentence("fr")
        panel.turn("Au", dt.date(2001, 1, 1))
        assert "n’était annoncé au 1er janvier 2001" in panel.sentence


def test_the_keys_of_the_controls_are_kept_from_jupyterlab(panel):
    # there the arrow of a menu would go to the next cell, and a letter typed would delete one
    (hidden,) = [widget for widget in panel.widgets if type(widget).__name__ == "Output"]
    (output,) = hidden.outputs
    assert "data-lm-suppress-shortcuts" in output["data"]["application/javascript"]
    assert hidden.layout.display == "none"


# --- what a notebook shows and keeps


def asking(allow_stdin):
    """A shell like that of a notebook, answering a front end that does or does not take input."""
    return SimpleNamespace(get_parent=lambda: {"content": {"allow_stdin": allow_stdin}})


@pytest.mark.parametrize(
    ("shell", "widgets", "there"),
    [
        (None, True, False),
        (SimpleNamespace(), True, False),
        (SimpleNamespace(get_parent=dict), True, False),
        (asking(False), True, False),
        (asking(True), True, True),
        (asking(True), False, False),
    ],
)
def test_controls_are_shown_where_somebody_can_turn_them(ledger, monkeypatch, shell, widgets, there):
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    page = explore(ledger, widgets=widgets)
    bundle = page._repr_mimebundle_()
    assert bundle["text/plain"] == page.text()
    # a viewer without widgets shows the page itself
    assert bundle["text/html"] == page.html()
    assert (VIEW in bundle) == there
    # a page that nobody can turn makes no widget: its state would end up in the notebook
    assert ("controls" in vars(page)) == there


NOTEBOOKS = sorted(files.shipped("notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: Path(path).stem)
def test_no_notebook_keeps_a_widget_that_cannot_be_loaded(path):
    text = path.read_text(encoding="utf-8")
    assert VIEW not in text
    assert "application/vnd.jupyter.widget-state+json" not in text
    assert "widgets" not in json.loads(text)["metadata"]


def test_the_first_notebook_ends_with_the_explorer(ledger):
    last = nbformat.read(files.shipped("notebooks") / "00-start-here.ipynb", as_version=4).cells[-1]
    assert "explore(ledger, widgets=True)" in last.source
    (output,) = last.outputs
    assert output["data"]["text/plain"].startswith(total(ledger).sentence())
    assert total(ledger).sentence() in BeautifulSoup(output["data"]["text/html"], "html.parser").text
