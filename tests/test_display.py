"""Tables as people read them: one amount for two figures, no currency but its own, links, nothing unescaped."""

import dataclasses
import math
import re

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from summit_analysis import Amount, explore, format_amount, show, value_claims
from summit_analysis.base.errors import ChoiceError
from summit_analysis.ledger.display import heading

NAN = math.nan
BAD = "<script>alert('summit')</script>"


def cells(table):
    """{heading: cells} of a table as a reader sees it."""
    return dict(zip(table.headings, (column.texts for column in table.columns), strict=True))


def shown(frame, **how):
    return cells(show(pd.DataFrame(frame), "one", **how))


def parsed(frame, **how):
    return BeautifulSoup(show(pd.DataFrame(frame), "one", **how).to_html(), "html.parser")


def css(page):
    """{column: declarations} of the style of a table."""
    rules = re.findall(r"#T_one \.col(\d+) \{(.*?)\}", page.find("style").string, re.DOTALL)
    return {int(column): re.sub(r"\s+", " ", body) for column, body in rules}


# --- dollar signs


def formulas(html):
    """What a notebook would set as a formula: text between two dollar signs of one run of text."""
    return [text for text in BeautifulSoup(html, "html.parser").find_all(string=True) if text.count("$") > 1]


def test_no_two_dollar_signs_of_a_table_stand_in_one_run_of_text_for_they_would_be_set_as_a_formula():
    table = show(pd.DataFrame({"note": ["from $30bn to $50bn", "$5bn"]}), "one", caption="$1 to <b> $2")
    assert formulas(table.to_html()) == []
    page = BeautifulSoup(table.to_html(), "html.parser")
    assert [cell.get_text() for cell in page.find_all("td")] == ["from $30bn to $50bn", "$5bn"]
    assert page.find("caption").get_text() == "$1 to <b> $2"
    assert "$30bn to $50bn" in table.text()


def test_no_two_dollar_signs_of_a_page_or_a_chart_stand_in_one_run_of_text(ledger):
    page = explore(ledger, to="USD", money_kinds="private")
    dear = dataclasses.replace(page.chart, source="Said to be $30bn or $50bn")
    for html in (page.html(), *page.parts().values(), dear.html()):
        assert formulas(html) == []
    assert page.sentence.count("$") > 1
    assert page.sentence in BeautifulSoup(page.html(), "html.parser").get_text()
    assert dear.source in BeautifulSoup(dear.html(), "html.parser").get_text()


# --- amounts


RANGE = {"low": [30e9], "high": [50e9]}
FIVE = {"low": [5e9], "high": [5e9]}
FLOOR, CEILING = {"open_low": [False], "open_high": [True]}, {"open_low": [True], "open_high": [False]}
NONE = {"low": [NAN, NAN], "high": [NAN, NAN], "scale": [1e9, NAN]}
IN_EUROS = {"currency": "EUR"}
# the table claims fills only the side that the qualifier names
ONE_SIDED = {"amount_low": [5e9, NAN], "amount_high": [NAN, 4e9], "currency": ["EUR", "USD"]}


@pytest.mark.parametrize(
    ("frame", "how", "expected"),
    [
        (RANGE, IN_EUROS, {"amount": ["€30–50bn"]}),
        (RANGE, {}, {"amount": ["30–50bn"]}),
        (RANGE, {**IN_EUROS, "lang": "fr"}, {"montant": ["30–50\xa0Md\xa0€"]}),
        ({**FIVE, "currency": ["CHF"]}, {}, {"amount": ["CHF\xa05bn"]}),
        (FIVE | FLOOR, IN_EUROS, {"amount": ["at least €5bn"]}),
        (FIVE | CEILING, IN_EUROS, {"amount": ["up to €5bn"]}),
        (
            {**ONE_SIDED, "qualifier": ["at-least", "up-to"]},
            {},
            {"amount": ["at least €5bn", "up to $4bn"], "qualifier": ["at-least", "up-to"]},
        ),
        (NONE, IN_EUROS, {"amount": ["several billion €", ""]}),
        (NONE, {}, {"amount": ["several billion", ""]}),
        (
            {"high": [2.5e9], "currency": ["USD"], "high_EUR": [2.4e9]},
            {},
            {"high": ["$2.5bn"], "in euros": ["€2.4bn"]},
        ),
        ({"low_USD": [1e6], "high_USD": [3e6]}, {}, {"in US dollars": ["$1–3m"]}),
        ({"parts_low": [87.8e9], "parts_high": [109e9]}, IN_EUROS, {"parts": ["€87.8–109bn"]}),
        ({"low_per_year": [1e9], "high_per_year": [2e9]}, IN_EUROS, {"per year": ["€1–2bn"]}),
        ({"unallocated_low": [0.0], "unallocated_high": [21e9]}, IN_EUROS, {"unallocated": ["€0–21bn"]}),
        ({"amount": [-2e9]}, IN_EUROS, {"amount": ["€-2bn"]}),
        # a floor of the row says nothing of its parts
        (
            {**FIVE, "parts_low": [2e9], "parts_high": [2e9], **FLOOR},
            IN_EUROS,
            {"amount": ["at least €5bn"], "parts": ["€2bn"]},
        ),
    ],
)
def test_two_figures_are_one_amount(frame, how, expected):
    assert shown(frame, **how) == expected


@pytest.mark.parametrize("printed", [("low_printed", "high_printed"), ("amount_low", "amount_high")])
def test_a_converted_amount_never_takes_the_currency_of_the_claim(printed):
    frame = {printed[0]: [30e9], printed[1]: [50e9], "currency": ["USD"], "low": [29e9], "high": [48e9]}
    table = show(pd.DataFrame(frame), "one", currency="EUR")
    assert [column.texts for column in table.columns] == [["$30–50bn"], ["€29–48bn"]]
    # without a currency of its own it has none
    assert show(pd.DataFrame(frame), "one").columns[1].texts == ["29–48bn"]


def test_counts_are_no_money():
    frame = pd.DataFrame({"low": [58], "high": [60], "count": [61]}).astype("Int64")
    assert shown(frame, currency="EUR") == {"low": ["58"], "high": ["60"], "count": ["61"]}


@given(
    figures=st.lists(st.floats(0, 1e13), min_size=2, max_size=2).map(sorted),
    flags=st.tuples(st.booleans(), st.booleans()),
    code=st.sampled_from(["EUR", "USD", "JPY", "CHF"]),
    lang=st.sampled_from(["en", "fr"]),
)
def test_a_cell_says_what_its_amount_says(figures, flags, code, lang):
    (low, high), (open_low, open_high) = figures, flags
    frame = {"low": [low], "high": [high], "currency": [code], "open_low": [open_low], "open_high": [open_high]}
    (texts,) = shown(frame, lang=lang).values()
    assert texts == [format_amount(Amount(low, high, code, open_low, open_high), lang=lang)]


def test_every_claim_of_the_ledger_keeps_its_amount_and_its_currency(ledger):
    valued = value_claims(ledger)
    columns = ["low", "high", "open_low", "open_high", "scale", "currency", "low_EUR", "high_EUR"]
    found = show(valued[columns], "claims")
    for row, printed, euros in zip(valued.itertuples(), *(column.texts for column in found.columns), strict=True):
        flags = (row.open_low, row.open_high, row.scale)
        if not math.isnan(row.low) or not math.isnan(row.scale):
            assert printed == format_amount(Amount(row.low, row.high, row.currency, *flags))
            assert euros == format_amount(Amount(row.low_EUR, row.high_EUR, "EUR", *flags))
        else:
            assert printed == euros == ""


# --- other cells


@pytest.mark.parametrize(
    ("values", "lang", "expected"),
    [
        ([1.0377, 1.0, 0.0, NAN, -0.25], "en", ["1.0377", "1", "0", "", "-0.25"]),
        ([1.0377, 16932.12], "fr", ["1,0377", "16932,12"]),
        ([2031, 7126], "en", ["2031", "7126"]),
        (pd.to_datetime(["2025-02-09", None]), "fr", ["2025-02-09", ""]),
        ([True, False], "en", ["yes", "no"]),
        (pd.array([True, None], dtype="boolean"), "fr", ["oui", ""]),
        (pd.array([58, None], dtype="Int64"), "en", ["58", ""]),
        (["a", None], "en", ["a", ""]),
    ],
)
def test_a_cell_of_any_kind(values, lang, expected):
    assert [*shown({"rate": values}, lang=lang).values()] == [expected]


def test_every_published_rate_is_printed_as_it_was(published):
    texts = [text for rates in published.values() for text in rates.values() if text != "N/A"]
    texts = sorted(set(texts))[::37]
    assert len(texts) > 1000
    (cells_,) = shown({"rate": [float(text) for text in texts]}).values()
    assert [float(cell) for cell in cells_] == [float(text) for text in texts]
    assert max(map(len, cells_)) <= 9


def test_ids_of_pledges_become_names(ledger):
    names = ledger.names("fr")
    frame = {
        "pledge_id": ["mgx-campus", "new-one"],
        "counted_in": ["france-109bn", ""],
        "unquantified": ["orange-ai;thales-ai", ""],
    }
    assert [*shown(frame, names=names).values()] == [
        [names["mgx-campus"], "new-one"],
        [names["france-109bn"], ""],
        ["Orange, Thales", ""],
    ]
    assert shown(frame)["pledge"] == ["mgx-campus", "new-one"]


# --- headings


@pytest.mark.parametrize(
    ("key", "english", "french"),
    [
        ("pledge_id", "pledge", "promesse"),
        ("valued_on", "valued on", "évalué au"),
        ("column_of_yours", "column of yours", "column of yours"),
        ("amount_EUR", "in euros", "en euros"),
        ("begins_USD", "begins, in US dollars", "commence à, en dollars des États-Unis"),
        ("France as % of Stargate", "France as % of Stargate", "France as % of Stargate"),
    ],
)
def test_headings_are_words(key, english, french):
    assert (heading(key), heading(key, "fr")) == (english, french)


def test_an_author_may_choose_the_headings():
    frame = {"low": [1e9], "high": [1e9], "rate": [1.5]}
    assert list(shown(frame, headings={"amount": "as printed"})) == ["as printed", "rate"]


def test_two_columns_of_one_heading_both_stand():
    table = show(pd.DataFrame({"amount": [1e9], "low": [2e9], "high": [3e9]}), "one")
    assert table.headings == ["amount", "amount"]
    assert [cell.text for cell in BeautifulSoup(table.to_html(), "html.parser").select("td")] == ["1bn", "2–3bn"]


# --- the page


def test_nothing_gets_into_the_page_unescaped(ledger):
    sources = ledger.sources.head(1).assign(source_id=BAD, url=f"https://example.org/?q={BAD}")
    frame = {"source_id": [BAD], "pledge_id": [BAD], "note": [BAD], BAD: [BAD]}
    page = parsed(frame, sources=sources, caption=BAD, headings={"note": BAD}, names={BAD: BAD})
    assert page.find("script") is None
    assert [cell.text for cell in page.select("td")] == [BAD] * 4
    assert page.caption.text == BAD
    assert page.select("th")[2].text == BAD
    assert page.a["href"] == f"https://example.org/?q={BAD}"


def test_only_web_addresses_become_links(ledger):
    sources = ledger.sources.head(3).assign(
        source_id=["a", "b", "c"], url=["https://example.org", "javascript:alert(1)", None]
    )
    page = parsed({"source_id": ["a", "b", "c", "d", None]}, sources=sources)
    assert [(link.text, link["href"]) for link in page.select("a")] == [("a", "https://example.org")]
    assert [cell.text for cell in page.select("td")] == ["a", "b", "c", "d", ""]


def test_a_screen_reader_knows_what_heads_what():
    page = parsed({"low": [1e9], "high": [2e9], "note": ["x"]}, caption="Two of them")
    assert [head["scope"] for head in page.select("th")] == ["col", "col"]
    assert page.table.caption.text == "Two of them"
    assert parsed({"note": ["x"]}).table.caption is None


def test_numbers_stand_right_and_neither_they_nor_days_break():
    days = {"day": pd.to_datetime(["2025-02-11"]), "period": ["2025-02"]}
    frame = {"low": [1e9], "high": [2e9], **days, "note": ["x" * 60], "word": ["x"]}
    look = css(parsed(frame))
    assert ["nowrap" in look[column] for column in range(5)] == [True, True, True, False, False]
    assert ["right" in look[column] for column in range(5)] == [True, False, False, False, False]
    assert "max-width" in look[3]
    assert "max-width" not in look[4]


def test_a_table_is_the_same_in_every_run_and_has_its_own_id():
    table = [show(pd.DataFrame(RANGE), "three-claims") for _ in range(2)]
    assert table[0].to_html() == table[1].to_html() == table[0]._repr_html_()
    page = BeautifulSoup(table[0].to_html(), "html.parser")
    assert page.table["id"] == "T_three-claims"
    assert page.table["class"] == ["summit-table"]
    assert repr(table[0]) == table[0].text()


def test_the_text_says_what_the_page_says(ledger):
    frame = ledger.claims.head(20)[
        ["pledge_id", "amount_low", "amount_high", "currency", "qualifier", "claimed_on", "note"]
    ]
    table = show(frame, "claims", names=ledger.names(), caption="Claims")
    page = BeautifulSoup(table.to_html(), "html.parser")
    caption, head, *lines = table.text().splitlines()
    assert caption == "Claims"
    assert head.split() == " ".join(table.headings).split()
    rows = [" ".join(cell.text for cell in row.select("td")) for row in page.select("tbody tr")]
    assert [line.split() for line in lines] == [row.split() for row in rows]
    assert len(lines) == 20


def test_the_frame_stays_as_it_was():
    frame = pd.DataFrame({"low": [1e9], "high": [2e9], "open_high": [True], "note": [None]})
    before = frame.copy(deep=True)
    show(frame, "one", currency="EUR")
    pd.testing.assert_frame_equal(frame, before)


def test_an_empty_frame_is_a_table_of_headings():
    table = show(pd.DataFrame(RANGE).head(0), "none")
    assert table.text() == "amount"
    assert len(BeautifulSoup(table.to_html(), "html.parser").select("th")) == 1


def test_an_unknown_language_is_our_error():
    with pytest.raises(ChoiceError, match="'de'"):
        show(pd.DataFrame(RANGE), "one", lang="de")


def test_infinity_is_no_number_of_a_column_that_fails():
    assert shown({"ratio": [np.inf]}) == {"ratio": ["inf"]}
