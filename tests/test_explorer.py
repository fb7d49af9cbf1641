"""One page about one total, by keywords and with controls that say the same; a wrong choice is a sentence, in place."""

import ast
import dataclasses
import datetime as dt
from types import SimpleNamespace

import pandas as pd
import pytest

from invented import change
from printed import BAD, LAST_DAY, SUMMIT_DAY, parsed
from refusals import misses
from summit_analysis import RULES, charts, cite, explore, load, total
from summit_analysis.base.errors import AbsentError, ChoiceError, FrameError, MissingRateError
from summit_analysis.base.text import long_day
from summit_analysis.report.explore import GROUPS

FIRST = "The first announcement in the ledger is of 12 May 2024."
ENDED = {"BGN", "CYP", "EEK", "LTL", "LVL", "MTL", "ROL", "SIT", "SKK", "HRK", "RUB", "TRL"}
VIEW = "application/vnd.jupyter.widget-view+json"
ASKED = [
    {},
    {"to": "USD", "rule": "article", "as_of": SUMMIT_DAY},
    {"money_kinds": ["public", "mixed"], "by": "purpose", "as_of": LAST_DAY},
    {"to": "JPY", "rule": "latest", "money_kinds": "private", "by": "recipient_country"},
    {"where": "france-109bn"},
    {"where": ["investai", "comparator"], "to": "USD"},
    {"only": ["mgx-campus", "investai"]},
]
LANG = pytest.mark.parametrize("lang", ["en", "fr"])


@pytest.fixture(scope="module")
def usual(ledger):
    """The page of a call without settings."""
    return explore(ledger)


# --- the page by keywords


@LANG
@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_the_page_is_the_total_with_its_chart_and_folded_sources_and_its_call_gives_it_again(ledger, asked, lang):
    page, found = explore(ledger, lang=lang, **asked), total(ledger, **asked)
    text, shown = page.text(), parsed(page.html())
    pd.testing.assert_frame_equal(page.total.counted, found.counted)
    pd.testing.assert_frame_equal(page.sources, cite(ledger.sources, page.chart.source_ids))
    if "only" not in asked:
        assert page.chart.text() == charts.total(ledger, lang=lang, **asked).text()
    said = [found.sentence(lang), page.chart.text(), page.call, *page.sources["citation"]]
    assert [one for one in said if one not in text] == []
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
        kinds = (None, ["private"], ["public", "mixed"])[(RULES.index(rule) + place) % 3]
        page, every = explore(ledger, rule=rule, as_of=day, money_kinds=kinds), total(ledger, rule=rule, as_of=day)
        left = page.left_out.set_index("pledge_id")
        selected = pd.concat([every.counted, every.left_out])["pledge_id"]
        assert sorted([*page.total.counted["pledge_id"], *left.index]) == sorted(selected)
        other = left[left["reason"] == "another kind of money"]
        assert other.empty == (kinds is None)
        # a part is of the kind of its package
        wholes = ledger.pledges.loc[ledger.pledges["parent_id"].isna(), "pledge_id"]
        assert not other.loc[other.index.isin(wholes), "money_kind"].isin(kinds or []).any()
        # every reason and kind has its words, in both languages
        for lang in ("en", "fr"):
            columns = [column for table in dataclasses.replace(page, lang=lang).tables() for column in table.columns]
            may_be_empty = ("amount", "counted_in", "pledge_b")
            assert [column.key for column in columns if column.key not in may_be_empty and not all(column.texts)] == []


def test_what_is_left_out_keeps_its_scale_and_its_reason_and_ties_are_told_pair_by_pair(ledger, usual):
    assert usual.left_out.set_index("pledge_id").loc["mistral-essonne", "scale"] == 1e9
    assert "several billion €" in usual.text()
    pairs = usual.total.ties.query("within == '' and low > 0")
    (table,) = [table for table in usual.tables() if table.caption == "Deducted from the low estimate"]
    for column, side in zip(table.columns, ("pledge_a", "pledge_b"), strict=False):
        assert column.texts == pairs[side].map(ledger.names()).tolist()
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


def test_what_cannot_be_is_our_error(ledger, other, empty):
    nobody = load(empty)
    for error, of, asked, said in [
        (MissingRateError, ledger, {"to": "RUB"}, "RUB"),
        (MissingRateError, ledger, {"to": "XYZ"}, "XYZ"),
        (ChoiceError, ledger, {"rule": "newest"}, "full-range"),
        (ChoiceError, ledger, {"by": "colour"}, "money_kind"),
        (ChoiceError, ledger, {"money_kinds": []}, "private, public, mixed"),
        (ChoiceError, ledger, {"lang": "de"}, "'de'"),
        (FrameError, ledger, {"as_of": "February"}, "YYYY-MM-DD"),
        (FrameError, ledger, {"as_of": "2001-01-01"}, f"1 January 2001. {FIRST}"),
        (FrameError, ledger, {"as_of": "2001-01-01", "lang": "fr"}, "1ᵉʳ janvier 2001"),
        (FrameError, ledger, {"as_of": "2001-01-01", "only": "mgx-campus"}, "first announcement in the ledger is of 6"),
        (ChoiceError, other, {"rule": "article"}, "full-range, primary-first, latest"),
        (AbsentError, nobody, {}, "This ledger is empty"),
        (AbsentError, nobody, {"lang": "fr"}, "Ce registre est vide"),
    ]:
        assert misses(error, {str(asked): (lambda of=of, asked=asked: explore(of, **asked), said)}) == {}


def test_nothing_gets_into_the_page_unescaped(ledger):
    named = change(ledger, "labels", "index >= 0", {"label_en": BAD, "label_fr": BAD})
    page = parsed(explore(change(named, "sources", "index >= 0", {"title": BAD, "publisher": BAD})).html())
    assert page.find("script") is None
    assert BAD in page.text


# --- the controls


class Panel:
    """The controls of a page, found as a person finds them: by their labels."""

    def __init__(self, page):
        self.widgets = [page.controls]
        # the list grows while it is read
        for widget in self.widgets:
            self.widgets += getattr(widget, "children", ())
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


ALL = {"Currency": "GBP", "Rule": "article", "As of": dt.date(2025, 2, 11), "private money": False}
TURNED = [
    ({"As of": dt.date(2025, 2, 9)}, {"as_of": "2025-02-09"}),
    ({"Group by": "purpose", "Rule": "latest"}, {"by": "purpose", "rule": "latest"}),
    (ALL, {"to": "GBP", "rule": "article", "as_of": SUMMIT_DAY, "money_kinds": ["public", "mixed"]}),
]


@pytest.mark.parametrize(("turned", "asked"), TURNED, ids=[" ".join(turned) for turned, _ in TURNED])
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


def test_controls_begin_where_the_call_does_and_keep_to_its_pledges(ledger):
    asked = {"to": "HKD", "rule": "latest", "as_of": SUMMIT_DAY, "money_kinds": "private", "by": "pledger"}
    panel = Panel(explore(ledger, widgets=True, where="france-109bn", **asked))
    kinds = {"private money": True, "public money": False, "mixed money": False}
    start = {"Currency": "HKD", "Rule": "latest", "As of": dt.date(2025, 2, 11), "Group by": "pledger"}
    assert panel.values() == start | kinds
    panel.turn({"Currency": "EUR"})
    assert panel.shows(explore(ledger, where="france-109bn", **asked | {"to": "EUR"}))
    # also a currency that has ended
    lev = dict(Panel(explore(ledger, to="BGN", as_of=SUMMIT_DAY)).by_label["Currency"].options)
    assert lev["Bulgarian Lev (BGN)"] == "BGN"


@LANG
@pytest.mark.parametrize("whose", ["ledger", "other"])
def test_controls_have_labels_of_their_language_and_offer_each_currency_rule_and_group_that_can_answer(
    request, whose, lang
):
    ledger = request.getfixturevalue(whose)
    panel = Panel(explore(ledger, lang=lang, widgets=True))
    currency, rule, day, by, *kinds = panel.by_label
    french = ["Monnaie", "Règle", "À la date du", "Regrouper par", "fonds privés", "fonds publics", "fonds mixtes"]
    english = ["Currency", "Rule", "As of", "Group by", "private money", "public money", "mixed money"]
    assert [currency, rule, day, by, *kinds] == {"en": english, "fr": french}[lang]
    assert panel.sentence == total(ledger).sentence(lang)
    names, codes = zip(*panel.by_label[currency].options, strict=True)
    assert codes[:2] == ("EUR", "USD")
    # there are sources later than the last rate of every currency that has ended
    assert set(codes) == set(ledger.rates.convertible) - ENDED
    assert lang == "fr" or list(names[2:]) == sorted(names[2:], key=str.casefold)
    rules = [value for _, value in panel.by_label[rule].options]
    assert rules == [one for one in RULES if one != "article" or whose == "ledger"]
    assert [value for _, value in panel.by_label[by].options] == ["", *GROUPS]
    for label, value in [*((by, one) for one in GROUPS), (currency, "DKK"), (currency, "IDR")]:
        panel.turn({label: value})
        assert panel.shown("chart").img, value
    # after the last news there is an answer, which says where the data end
    panel.turn({day: dt.date(2030, 1, 1)})
    assert "2030" in panel.sentence
    assert whose == "ledger" or long_day("2026-03-12", lang=lang) in panel.sentence
    panel.turn({day: dt.date(2001, 1, 1)})
    assert {"en": "announced by 1 January 2001", "fr": "n’était annoncé au 1ᵉʳ janvier 2001"}[lang] in panel.sentence


def test_every_control_has_a_class_of_its_own_and_its_keys(panel):
    names = ("to", "rule", "as-of", "by", "private", "public", "mixed", "kinds")
    parts = ("sentence", "chart", "left-out", "sources", "call")
    assert {"summit-explorer", *(f"summit-explorer-{name}" for name in names + parts)} <= set(panel.by_class)
    # there the arrow of a menu would go to the next cell, and a letter typed would delete one
    (hidden,) = [widget for widget in panel.widgets if type(widget).__name__ == "Output"]
    assert "data-lm-suppress-shortcuts" in hidden.outputs[0]["data"]["application/javascript"]
    assert hidden.layout.display == "none"


# --- what a notebook shows and keeps


def test_controls_are_shown_where_somebody_can_turn_them(ledger, monkeypatch):
    nobody, somebody = (
        SimpleNamespace(get_parent=lambda said=said: {"content": {"allow_stdin": said}}) for said in (False, True)
    )
    silent = [None, SimpleNamespace(), SimpleNamespace(get_parent=dict), nobody]
    shown = [*((one, True, False) for one in silent), (somebody, True, True), (somebody, False, False)]
    for shell, widgets, there in shown:
        monkeypatch.setattr("summit_analysis.report.explore.get_ipython", lambda shell=shell: shell)
        page = explore(ledger, widgets=widgets)
        bundle = page._repr_mimebundle_()
        # a viewer without widgets shows the page itself
        assert (bundle["text/plain"], bundle["text/html"]) == (page.text(), page.html())
        # a page that nobody can turn makes no widget: its state would end up in the notebook
        assert (VIEW in bundle) == ("controls" in vars(page)) == there
