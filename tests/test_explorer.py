"""One page about one total, by keywords and with controls that say the same; a wrong choice is a sentence, in place."""

import ast
import dataclasses
import datetime as dt
from types import SimpleNamespace

import nbformat
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from refusals import misses
from summit_analysis import RULES, charts, cite, explore, load, total
from summit_analysis.base import files
from summit_analysis.base.errors import AbsentError, ChoiceError, FrameError, MissingRateError
from summit_analysis.base.text import long_day
from summit_analysis.pledges.claims import date_claims
from summit_analysis.report.explore import GROUPS

SUMMIT_DAY, LAST_DAY = "2025-02-11", "2026-10-01"
FIRST = "The first announcement in the ledger is of 12 May 2024."
ENDED = {"BGN", "CYP", "EEK", "LTL", "LVL", "MTL", "ROL", "SIT", "SKK", "HRK", "RUB", "TRL"}
BAD = "<script>alert('summit')</script>"
VIEW = "application/vnd.jupyter.widget-view+json"
ASKED = [
    {},
    {"to": "USD", "rule": "article", "as_of": SUMMIT_DAY},
    {"money_kinds": ["public", "mixed"], "by": "purpose", "as_of": LAST_DAY},
    {"to": "JPY", "rule": "latest", "money_kinds": "private", "by": "recipient_country"},
]


LANG = pytest.mark.parametrize("lang", ["en", "fr"])


@pytest.fixture(scope="module")
def usual(ledger):
    """The page of a call without settings."""
    return explore(ledger)


def parsed(content):
    return BeautifulSoup(content, "html.parser")


# --- the page by keywords


@LANG
@pytest.mark.parametrize("asked", ASKED, ids=["usual", "dollars", "kinds", "private"])
def test_the_page_is_the_total_with_its_chart_and_folded_sources_and_its_call_gives_it_again(ledger, asked, lang):
    page, found = explore(ledger, lang=lang, **asked), total(ledger, **asked)
    chart, text, shown = charts.total(ledger, lang=lang, **asked), page.text(), parsed(page.html())
    assert page.sentence == found.sentence(lang)
    assert page.chart.text() == chart.text()
    pd.testing.assert_frame_equal(page.total.counted, found.counted)
    pd.testing.assert_frame_equal(page.sources, cite(ledger.sources, chart.source_ids))
    assert [one for one in (page.sentence, chart.text(), page.call, *page.sources["citation"]) if one not in text] == []
    assert (shown.div["lang"], shown.img["alt"]) == (lang, f"{page.chart.alt} {page.chart.source}")
    folded = shown.select("details")
    assert [fold.has_attr("open") for fold in folded] == [False, False]
    counts = [f"({len(rows)})" for rows in (page.left_out, page.sources)]
    assert [fold.summary.text.split()[-1] for fold in folded] == counts
    assert [link["href"] for link in folded[1].select("a")] == page.sources["url"].dropna().tolist()
    # who uses the keyboard must be able to scroll them
    assert [box["tabindex"] for box in shown.select("details > div")] == ["0", "0"]
    ast.parse(page.call)
    again = eval(page.call, {"explore": explore, "ledger": ledger})
    assert (again.text(), again.html()) == (text, page.html())


@pytest.mark.parametrize("rule", RULES)
def test_every_pledge_is_counted_or_left_out_once_with_a_reason(ledger, rule):
    for place, day in enumerate((None, SUMMIT_DAY, LAST_DAY)):
        kinds = ([], ["private"], ["public", "mixed"])[(RULES.index(rule) + place) % 3]
        page, every = (
            explore(ledger, rule=rule, as_of=day, money_kinds=kinds or None),
            total(ledger, rule=rule, as_of=day),
        )
        told, left = pd.concat([page.total.counted, page.left_out]), page.left_out
        assert sorted(told["pledge_id"]) == sorted(pd.concat([every.counted, every.left_out])["pledge_id"])
        other = left["reason"] == "another kind of money"
        assert (left["reason"] != "").all()
        assert other.any() == bool(kinds)
        # a part is of the kind of its package
        whole = left["pledge_id"].isin(ledger.pledges.loc[ledger.pledges["parent_id"].isna(), "pledge_id"])
        assert not left.loc[other & whole, "money_kind"].isin(kinds).any()
        # every reason and kind has its words, in both languages
        for lang in ("en", "fr"):
            columns = [column for table in dataclasses.replace(page, lang=lang).tables() for column in table.columns]
            may_be_empty = ("amount", "counted_in", "pledge_b")
            assert [column.key for column in columns if column.key not in may_be_empty and not all(column.texts)] == []


def test_what_is_left_out_keeps_its_scale_and_its_reason_and_ties_are_told_pair_by_pair(ledger, usual):
    (row,) = usual.left_out[usual.left_out["pledge_id"] == "mistral-essonne"].itertuples()
    assert row.scale == 1e9 and "several billion €" in usual.text()
    ties, names = usual.total.ties, ledger.names()
    pairs = ties[(ties["within"] == "") & (ties["low"] > 0)]
    (table,) = [table for table in usual.tables() if table.caption == "Deducted from the low estimate"]
    for column, side in zip(table.columns, ("pledge_a", "pledge_b"), strict=False):
        assert column.texts == pairs[side].map(names).tolist()
    assert len(pairs) > 3
    # what has left its envelope is not called the same money
    table = explore(ledger, as_of=LAST_DAY).tables()[-1]
    told = dict(zip(table.columns[0].texts, table.columns[-1].texts, strict=True))
    assert (told["Fluidstack"], told["Bpifrance"]) == ("part of a package, withdrawn", "may be the same money")


def test_a_date_may_be_a_date_and_nothing_is_changed_in_the_ledger(ledger):
    fresh, asked = load(), {"money_kinds": "private", "by": "purpose", "to": "USD"}
    page = explore(fresh, as_of=dt.date(2025, 2, 11), **asked)
    assert page.text() == explore(ledger, as_of=SUMMIT_DAY, **asked).text()
    for table in ("pledges", "claims", "updates", "sources", "overlaps"):
        pd.testing.assert_frame_equal(getattr(fresh, table), getattr(ledger, table))


def test_what_cannot_be_is_our_error(ledger):
    refused = [
        (MissingRateError, {"to": "RUB"}, "RUB"),
        (MissingRateError, {"to": "XYZ"}, "XYZ"),
        (ChoiceError, {"rule": "newest"}, "full-range"),
        (ChoiceError, {"by": "colour"}, "money_kind"),
        (ChoiceError, {"money_kinds": []}, "private, public, mixed"),
        (ChoiceError, {"lang": "de"}, "'de'"),
        (FrameError, {"as_of": "February"}, "YYYY-MM-DD"),
        (FrameError, {"as_of": "2001-01-01"}, f"1 January 2001. {FIRST}"),
        (FrameError, {"as_of": "2001-01-01", "lang": "fr"}, "1ᵉʳ janvier 2001"),
    ]
    for error, asked, said in refused:
        assert misses(error, {str(asked): (lambda asked=asked: explore(ledger, **asked), said)}) == {}


def test_nothing_gets_into_the_page_unescaped(ledger):
    sources, labels = ledger.sources.assign(title=BAD, publisher=BAD), ledger.labels.assign(label_en=BAD, label_fr=BAD)
    page = parsed(explore(dataclasses.replace(ledger, sources=sources, labels=labels)).html())
    assert page.find("script") is None
    assert BAD in page.text


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

    def turn(self, turned):
        for label, value in turned.items():
            self.by_label[label].value = value

    def values(self):
        return {label: widget.value for label, widget in self.by_label.items()}

    def shown(self, part):
        return parsed(self.by_class[f"summit-explorer-{part}"].value)

    @property
    def sentence(self):
        return self.shown("sentence").text

    def shows(self, page):
        """Whether every part is that of a page."""
        parts = page.parts(folded=False).items()
        return all(self.by_class[f"summit-explorer-{part.replace('_', '-')}"].value == said for part, said in parts)


@pytest.fixture
def panel(ledger):
    return Panel(explore(ledger, widgets=True))


@pytest.mark.parametrize(
    ("turned", "asked"),
    [
        ({"Currency": "USD"}, {"to": "USD"}),
        ({"Rule": "latest"}, {"rule": "latest"}),
        ({"As of": dt.date(2025, 2, 9)}, {"as_of": "2025-02-09"}),
        ({"Group by": "purpose"}, {"by": "purpose"}),
        ({"mixed money": False}, {"money_kinds": ["private", "public"]}),
        (
            {"Currency": "GBP", "Rule": "article", "As of": dt.date(2025, 2, 11), "private money": False},
            {"to": "GBP", "rule": "article", "as_of": SUMMIT_DAY, "money_kinds": ["public", "mixed"]},
        ),
    ],
    ids=" ".join,
)
def test_the_page_follows_the_controls_and_turned_back_it_is_as_before(ledger, panel, usual, turned, asked):
    before, page = panel.values(), explore(ledger, **asked)
    assert panel.shows(usual)
    panel.turn(turned)
    assert panel.shows(page)
    assert panel.shown("call").code.text == page.call
    panel.turn({label: before[label] for label in turned})
    assert panel.shows(usual)


def test_a_wrong_choice_is_a_sentence_in_place_and_the_last_day_there_is_does_no_harm(ledger, panel, usual):
    before = panel.values()
    for day, words in ((dt.date(2001, 1, 1), f"announced by 1 January 2001. {FIRST}"), (dt.date.min, FIRST)):
        panel.turn({"As of": day})
        alert = panel.shown("sentence").find(role="alert")
        assert words in alert.text and "Error" not in alert.text
        # nothing of the page before may pass for the answer
        assert [panel.shown(part).text for part in ("chart", "left-out", "sources", "call")] == [""] * 4
        panel.turn({"As of": before["As of"]})
        assert panel.shows(usual)
    panel.turn(dict.fromkeys(["private money", "public money", "mixed money"], False))
    assert panel.sentence == "Tick at least one kind of money."
    panel.turn({"public money": True, "As of": dt.date.max})
    assert panel.sentence == explore(ledger, money_kinds="public", as_of=dt.date.max).sentence
    assert panel.sentence.startswith("As of 31 December 9999")


def test_controls_begin_where_the_call_does(ledger):
    asked = {"to": "HKD", "rule": "latest", "as_of": SUMMIT_DAY, "money_kinds": "private", "by": "pledger"}
    panel = Panel(explore(ledger, widgets=True, **asked))
    kinds = {"private money": True, "public money": False, "mixed money": False}
    start = {"Currency": "HKD", "Rule": "latest", "As of": dt.date(2025, 2, 11), "Group by": "pledger"}
    assert panel.values() == start | kinds
    panel.turn({"Currency": "EUR"})
    assert panel.shows(explore(ledger, **asked | {"to": "EUR"}))


def test_the_menus_offer_every_currency_that_can_answer_and_each_rule_and_group(ledger, panel):
    currencies = dict(panel.by_label["Currency"].options)
    names = list(currencies)
    assert names[:2] == ["Euro (EUR)", "US Dollar (USD)"]
    # there are claims later than the last rate of every currency that has ended
    assert set(currencies.values()) == set(ledger.rates.convertible) - ENDED
    assert names[2:] == sorted(names[2:], key=str.casefold)
    assert [value for _, value in panel.by_label["Rule"].options] == list(RULES)
    assert [value for _, value in panel.by_label["Group by"].options] == ["", *GROUPS]
    for label, value in [*(("Group by", by) for by in GROUPS), ("Currency", "DKK"), ("Currency", "IDR")]:
        panel.turn({label: value})
        assert panel.shown("chart").img, value
    is_early = date_claims(ledger)["valued_on"] < "2025-12-01"
    early = dataclasses.replace(ledger, claims=ledger.claims[is_early], updates=ledger.updates.head(0))
    panel = Panel(explore(early, widgets=True))
    assert panel.by_label["Currency"].options[-1] == ("Bulgarian Lev (BGN), no longer published", "BGN")
    panel.turn({"Currency": "BGN"})
    assert panel.shown("chart").img


@LANG
def test_every_control_has_a_label_of_its_language_a_class_of_its_own_and_its_keys(ledger, panel, lang):
    english, panel = panel, Panel(explore(ledger, lang=lang, widgets=True))
    controls = [widget for widget in panel.widgets if hasattr(widget, "value") and type(widget).__name__ != "HTML"]
    assert len(controls) == len(panel.by_label) == 7
    names = ("to", "rule", "as-of", "by", "private", "public", "mixed", "kinds")
    parts = ("sentence", "chart", "left-out", "sources", "call")
    assert {"summit-explorer", *(f"summit-explorer-{name}" for name in names + parts)} <= set(panel.by_class)
    # there the arrow of a menu would go to the next cell, and a letter typed would delete one
    (hidden,) = [widget for widget in panel.widgets if type(widget).__name__ == "Output"]
    assert "data-lm-suppress-shortcuts" in hidden.outputs[0]["data"]["application/javascript"]
    assert hidden.layout.display == "none"
    if lang == "fr":
        assert not set(panel.by_label) & set(english.by_label)
        assert [code for _, code in panel.by_label["Monnaie"].options[:2]] == ["EUR", "USD"]
        assert panel.sentence == total(ledger).sentence("fr")
        panel.turn({"À la date du": dt.date(2001, 1, 1)})
        assert "n’était annoncé au 1ᵉʳ janvier 2001" in panel.sentence


# --- a part of the ledger, and the ledger of another event


@pytest.mark.parametrize(
    "part",
    [{"where": "france-109bn"}, {"where": ["investai", "comparator"]}, {"only": ["mgx-campus", "investai"]}],
    ids=["package", "list", "exactly"],
)
def test_a_part_is_explored_as_it_is_added_up_and_the_controls_keep_to_it(ledger, part):
    page, found = explore(ledger, to="USD", **part), total(ledger, "USD", **part)
    assert page.sentence == found.sentence()
    pd.testing.assert_frame_equal(page.total.counted, found.counted)
    assert eval(page.call, {"explore": explore, "ledger": ledger}).text() == page.text()
    panel = Panel(page)
    panel.turn({"Currency": "EUR", "public money": False})
    assert panel.shows(explore(ledger, money_kinds=["private", "mixed"], **part))
    with pytest.raises(FrameError, match=r"first announcement in the ledger is of \d+ \w+ 20"):
        explore(ledger, as_of="2001-01-01", **part)


@pytest.mark.parametrize(("lang", "rule", "day"), [("en", "Rule", "As of"), ("fr", "Règle", "À la date du")])
def test_another_event_has_its_own_page_and_no_rule_that_reads_an_article(other, lang, rule, day):
    panel = Panel(explore(other, widgets=True, lang=lang))
    money, by_group = ("Currency", "Group by") if lang == "en" else ("Monnaie", "Regrouper par")
    assert panel.sentence == total(other).sentence(lang)
    assert [value for _, value in panel.by_label[rule].options] == [name for name in RULES if name != "article"]
    assert {code for _, code in panel.by_label[money].options} == set(other.rates.convertible) - ENDED
    for by in GROUPS:
        panel.turn({by_group: by})
        assert panel.shown("chart").img, by
    # after the last news there is an answer, which says where the data end
    panel.turn({day: dt.date(2030, 1, 1)})
    assert "2030" in panel.sentence
    assert long_day("2026-03-12", lang=lang) in panel.sentence
    with pytest.raises(ChoiceError, match=r"full-range, primary-first, latest$"):
        explore(other, rule="article")


@pytest.mark.parametrize(("lang", "said"), [("en", "This ledger is empty"), ("fr", "Ce registre est vide")])
def test_an_empty_ledger_is_said_to_be_empty_with_the_file_to_begin_with(empty, lang, said):
    with pytest.raises(AbsentError, match=f"{said}.*claims.csv.*pledges.csv"):
        explore(load(empty), lang=lang)


# --- what a notebook shows and keeps


def test_controls_are_shown_where_somebody_can_turn_them(ledger, monkeypatch):
    nobody, somebody = (
        SimpleNamespace(get_parent=lambda said=said: {"content": {"allow_stdin": said}}) for said in (False, True)
    )
    silent = [None, SimpleNamespace(), SimpleNamespace(get_parent=dict), nobody]
    shown = [*((one, True, False) for one in silent), (somebody, True, True), (somebody, False, False)]
    for shell, widgets, there in shown:
        monkeypatch.setattr("IPython.get_ipython", lambda shell=shell: shell)
        page = explore(ledger, widgets=widgets)
        bundle = page._repr_mimebundle_()
        # a viewer without widgets shows the page itself
        assert (bundle["text/plain"], bundle["text/html"]) == (page.text(), page.html())
        # a page that nobody can turn makes no widget: its state would end up in the notebook
        assert (VIEW in bundle) == ("controls" in vars(page)) == there


def test_the_first_notebook_ends_with_the_explorer(ledger):
    last = nbformat.read(files.shipped("notebooks") / "01-fourteen-sums.ipynb", as_version=4).cells[-1]
    assert "explore(ledger, lang=lang, widgets=True)" in last.source
    (output,) = last.outputs
    assert output["data"]["text/plain"].startswith(total(ledger).sentence())
    assert total(ledger).sentence() in parsed(output["data"]["text/html"]).text
