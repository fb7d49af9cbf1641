"""One page about one total, by keywords and with controls that say the same; a wrong choice is a sentence, in place."""

import datetime as dt
from types import SimpleNamespace

import pandas as pd
import pytest

from invented import change
from printed import BAD, LAST_DAY, SUMMIT_DAY, parsed
from refusals import misses
from summit_analysis import RULES, charts, cite, explore, load, total
from summit_analysis.base.errors import AbsentError, FrameError, MissingRateError
from summit_analysis.report.explore import GROUPS

FIRST = "The first announcement in the ledger is of 12 May 2024."
ENDED = {"BGN", "CYP", "EEK", "LTL", "LVL", "MTL", "ROL", "SIT", "SKK", "HRK", "RUB", "TRL"}
DAY, KINDS = dt.date(2025, 2, 11), ["private money", "public money", "mixed money"]
ASKED = [
    {},
    {"to": "USD", "rule": "article", "as_of": DAY},
    {"money_kinds": ["public", "mixed"], "by": "purpose", "as_of": LAST_DAY},
    {"to": "JPY", "rule": "latest", "money_kinds": "private", "by": "recipient_country"},
    {"where": ["investai", "comparator"], "to": "USD"},
    {"only": ["mgx-campus", "investai"]},
]
LANG = pytest.mark.parametrize("lang", ["en", "fr"])


@LANG
@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_the_page_is_the_total_with_its_chart_and_folded_sources_and_its_call_gives_it_again(ledger, asked, lang):
    page, found = explore(ledger, lang=lang, **asked), total(ledger, **asked)
    text, shown = page.text(), parsed(page.html())
    pd.testing.assert_frame_equal(page.sources, cite(ledger.sources, page.chart.source_ids))
    if "only" not in asked:
        assert page.chart.text() == charts.total(ledger, lang=lang, **asked).text()
    said = [found.sentence(lang), page.chart.text(), page.call, *page.sources["citation"]]
    assert [one for one in said if one not in text] == []
    assert (shown.div["lang"], shown.img["alt"]) == (lang, f"{page.chart.alt} {page.chart.source}")
    folded = shown.select("details")
    # who uses the keyboard must be able to scroll them
    seen = [(fold.has_attr("open"), fold.summary.text.split()[-1], fold.div["tabindex"]) for fold in folded]
    assert seen == [(False, f"({len(rows)})", "0") for rows in (page.left_out, page.sources)]
    assert [link["href"] for link in folded[1].select("a")] == page.sources["url"].dropna().tolist()
    again = eval(page.call, {"explore": explore, "ledger": ledger})
    assert (again.text(), again.html()) == (text, page.html())


@LANG
@pytest.mark.parametrize("rule", RULES)
def test_every_pledge_is_counted_or_left_out_once_with_a_reason_in_words(ledger, rule, lang):
    # a part is of the kind of its package
    wholes = ledger.pledges.loc[ledger.pledges["parent_id"].isna(), "pledge_id"]
    for day, kinds in ((None, None), (SUMMIT_DAY, ["private"]), (LAST_DAY, ["public", "mixed"])):
        asked = {"rule": rule, "as_of": day}
        page, every = explore(ledger, money_kinds=kinds, lang=lang, **asked), total(ledger, **asked)
        left, selected = page.left_out, pd.concat([every.counted, every.left_out])["pledge_id"]
        assert sorted([*page.total.counted["pledge_id"], *left["pledge_id"]]) == sorted(selected)
        other = left.loc[left["pledge_id"].isin(wholes) & (left["reason"] == "another kind of money"), "money_kind"]
        assert not {*other} & {*(kinds or [])} and other.empty == (kinds is None)
        said = {column.key: all(column.texts) for table in page.tables() for column in table.columns}
        assert {key for key, is_whole in said.items() if not is_whole} <= {"amount", "counted_in", "pledge_b"}


def test_what_is_left_out_keeps_its_scale_and_its_reason_and_ties_are_told_pair_by_pair(ledger):
    page = explore(ledger)
    assert "several billion €" in page.text()
    pairs = page.total.ties.query("within == '' and low > 0")
    (table,) = [table for table in page.tables() if table.caption == "Deducted from the low estimate"]
    named = [pairs[side].map(ledger.names()).tolist() for side in ("pledge_a", "pledge_b")]
    assert [column.texts for column in table.columns[:2]] == named and len(pairs) > 3
    # what has left its envelope is not called the same money
    first, *_, last = explore(ledger, as_of=LAST_DAY).tables()[-1].columns
    told = dict(zip(first.texts, last.texts, strict=True))
    assert (told["Fluidstack"], told["Bpifrance"]) == ("part of a package, withdrawn", "may be the same money")


def test_what_cannot_be_is_our_error(ledger, empty):
    for error, of, asked, said in [
        (MissingRateError, ledger, {"to": "RUB"}, "RUB"),
        (FrameError, ledger, {"as_of": "2001-01-01"}, f"1 January 2001. {FIRST}"),
        (FrameError, ledger, {"as_of": "2001-01-01", "lang": "fr"}, "1ᵉʳ janvier 2001.*12 mai 2024"),
        (FrameError, ledger, {"as_of": "2001-01-01", "only": "mgx-campus"}, "first announcement in the ledger is of 6"),
        (FrameError, ledger, {"only": "orange-ai", "money_kinds": "public", "as_of": LAST_DAY}, "^No amount is known"),
        (AbsentError, load(empty), {"lang": "fr"}, "Ce registre est vide"),
    ]:
        assert misses(error, {str(asked): (lambda of=of, asked=asked: explore(of, **asked), said)}) == {}


def test_nothing_gets_into_the_page_unescaped(ledger):
    named = change(ledger, "labels", "index >= 0", {"label_en": BAD, "label_fr": BAD})
    page = parsed(explore(change(named, "sources", "index >= 0", {"title": BAD, "publisher": BAD})).html())
    assert page.find("script") is None and BAD in page.text


class Panel:
    """The controls of a page, found as a person finds them: by their labels."""

    def __init__(self, page):
        self.widgets = [page.controls]
        # the list grows while it is read
        for widget in self.widgets:
            self.widgets += getattr(widget, "children", ())
        self.by_label = {w.description: w for w in self.widgets if getattr(w, "description", "")}
        self.by_class = {name.removeprefix("summit-explorer-"): w for w in self.widgets for name in w._dom_classes}

    def turn(self, turned):
        """Turn controls and return how they stood."""
        before = {label: widget.value for label, widget in self.by_label.items()}
        for label, value in turned.items():
            self.by_label[label].value = value
        return before

    def shown(self, part="sentence"):
        return parsed(self.by_class[part].value)

    def shows(self, page):
        """Whether every part is that of a page."""
        parts = page.parts(folded=False).items()
        return all(self.by_class[part.replace("_", "-")].value == said for part, said in parts)


def test_the_page_follows_the_controls_and_turned_back_it_is_as_before(ledger):
    panel = Panel(explore(ledger, widgets=True))
    several = {"Currency": "GBP", "Rule": "article", "As of": DAY, "private money": False}
    for turned, asked in (
        ({"Group by": "purpose", "Rule": "latest"}, {"by": "purpose", "rule": "latest"}),
        (several, {"to": "GBP", "rule": "article", "as_of": SUMMIT_DAY, "money_kinds": ["public", "mixed"]}),
    ):
        assert panel.shows(explore(ledger))
        before = panel.turn(turned)
        assert panel.shows(explore(ledger, **asked))
        panel.turn(before)
    assert panel.shows(explore(ledger))


def test_a_wrong_choice_is_a_sentence_in_place_and_the_last_day_there_is_does_no_harm(ledger):
    panel = Panel(explore(ledger, widgets=True))
    never, nothing = ({"As of": dt.date.min}, FIRST), (dict.fromkeys(KINDS, False), "Tick at least one kind of money.")
    for turned, words in (never, nothing):
        before, alert = panel.turn(turned), panel.shown().find(role="alert")
        assert words in alert.text and "Error" not in alert.text
        # nothing of the page before may pass for the answer
        assert [panel.shown(part).text for part in ("chart", "left-out", "sources", "call")] == [""] * 4
        panel.turn(before)
    panel.turn({"As of": dt.date.max})
    assert panel.shows(explore(ledger, as_of=dt.date.max))


def test_controls_begin_where_the_call_does_and_keep_to_its_pledges(ledger):
    asked = {"to": "HKD", "rule": "latest", "as_of": SUMMIT_DAY, "money_kinds": "private", "by": "pledger"}
    panel = Panel(explore(ledger, widgets=True, where="france-109bn", **asked))
    kinds = dict(zip(KINDS, (True, False, False), strict=True))
    assert panel.turn({}) == {"Currency": "HKD", "Rule": "latest", "As of": DAY, "Group by": "pledger"} | kinds
    # also a currency that has ended
    assert dict(Panel(explore(ledger, to="BGN", as_of=SUMMIT_DAY)).by_label["Currency"].options)["Bulgarian Lev (BGN)"]
    panel.turn({"Currency": "EUR"})
    assert panel.shows(explore(ledger, where="france-109bn", **asked | {"to": "EUR"}))


@LANG
@pytest.mark.parametrize("whose", ["ledger", "other"])
def test_controls_have_labels_of_their_language_and_offer_each_currency_rule_and_group(request, whose, lang):
    ledger = request.getfixturevalue(whose)
    panel = Panel(explore(ledger, lang=lang, widgets=True))
    french = ["Monnaie", "Règle", "À la date du", "Regrouper par", "fonds privés", "fonds publics", "fonds mixtes"]
    assert [*panel.by_label] == {"en": ["Currency", "Rule", "As of", "Group by", *KINDS], "fr": french}[lang]
    currency, rule, _, by, *_ = panel.by_label
    names, codes = zip(*panel.by_label[currency].options, strict=True)
    # with each currency that has not ended there is an answer
    assert codes[:2] == ("EUR", "USD") and set(codes) == set(ledger.rates.convertible) - ENDED
    assert lang == "fr" or list(names[2:]) == sorted(names[2:], key=str.casefold)
    rules, groups = ([value for _, value in panel.by_label[label].options] for label in (rule, by))
    assert rules == [one for one in RULES if one != "article" or whose == "ledger"] and groups == ["", *GROUPS]
    for group in GROUPS:
        panel.turn({by: group})
        assert panel.shown("chart").img, group


def test_a_key_pressed_in_a_control_is_no_command_of_jupyterlab(ledger):
    # there the arrow of a menu would go to the next cell, and a letter typed would delete one
    panel = Panel(explore(ledger, widgets=True))
    (hidden,) = [widget for widget in panel.widgets if type(widget).__name__ == "Output"]
    assert "data-lm-suppress-shortcuts" in hidden.outputs[0]["data"]["application/javascript"]
    assert hidden.layout.display == "none"


def test_controls_are_shown_where_somebody_can_turn_them(ledger, monkeypatch):
    nobody, somebody = ({"content": {"allow_stdin": said}} for said in (False, True))
    shells = [None, *(SimpleNamespace(get_parent=lambda said=said: said) for said in ({}, nobody, somebody))]
    shown = [*((shell, True, shell is shells[-1]) for shell in shells), (shells[-1], False, False)]
    for shell, widgets, there in shown:
        monkeypatch.setattr("summit_analysis.report.explore.get_ipython", lambda shell=shell: shell)
        page = explore(ledger, widgets=widgets)
        bundle = page._repr_mimebundle_()
        # a viewer without widgets shows the page itself
        assert (bundle["text/plain"], bundle["text/html"]) == (page.text(), page.html())
        # a page that nobody can turn makes no widget: its state would end up in the notebook
        assert ("application/vnd.jupyter.widget-view+json" in bundle) == ("controls" in vars(page)) == there
