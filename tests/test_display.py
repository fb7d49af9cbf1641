"""Tables as people read them: one amount for two figures, no currency but its own, links, nothing unescaped."""

import dataclasses
import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from printed import BAD, parsed
from refusals import misses
from summit_analysis import Amount, explore, format_amount, show
from summit_analysis.base.errors import FrameError

NAN, INF = float("nan"), float("inf")


def shown(frame, **how):
    """{heading: cells} of a table as a reader sees it."""
    table = show(pd.DataFrame(frame), "one", **how)
    return dict(zip(table.headings, (column.texts for column in table.columns), strict=True))


def test_no_two_dollar_signs_stand_in_one_run_of_text_for_a_notebook_would_set_a_formula(ledger):
    table = show(pd.DataFrame({"note": ["from $30bn to $50bn", "$5bn"]}), "one", caption="$1 to <b> $2")
    page = explore(ledger, to="USD", money_kinds="private")
    dear = dataclasses.replace(page.chart, source="Said to be $30bn or $50bn")
    read = [parsed(html) for html in (table.to_html(), page.html(), dear.html(), *page.parts().values())]
    assert [text for one in read for text in one.find_all(string=True) if text.count("$") > 1] == []
    said = ["$1 to <b> $2", *table.columns[0].texts]
    assert [cell.get_text() for cell in read[0].find_all(["caption", "td"])] == said
    assert page.sentence.count("$") > 1 and page.sentence in read[1].get_text()


RANGE = {"low": [30e9], "high": [50e9]}
FLOOR = {"low": [5e9], "high": [5e9], "parts_low": [2e9], "open_low": [False], "open_high": [True]}
NONE = {"low": [NAN, NAN], "high": [NAN, NAN], "scale": [1e9, NAN]}
# the table claims fills only the side that the qualifier names
ONE_SIDED = {"amount_low": [5e9, NAN], "amount_high": [NAN, 4e9], "qualifier": ["at-least", "up-to"]}
DOLLARS = {"currency": ["USD"], "low": [29e9], "high": [48e9]}
IDS = {"pledge_id": ["mgx", "new"], "unquantified": ["a;b", ""]}
PRINTED, EUROS = {"low_printed": [3e9], "high_printed": [5e9]}, {"currency": "EUR"}
CELLS = [
    (RANGE, EUROS, {"amount": ["€30–50bn"]}),
    (pd.DataFrame(RANGE).head(0), {}, {"amount": []}),
    (RANGE, {**EUROS, "lang": "fr"}, {"montant": ["30–50\xa0Md\xa0€"]}),
    (ONE_SIDED, EUROS, {"amount": ["at least €5bn", "up to €4bn"], "qualifier": ONE_SIDED["qualifier"]}),
    (NONE, EUROS, {"amount": ["several billion €", ""]}),
    ({"high": [2.5e9], "currency": ["USD"], "high_EUR": [2.4e9]}, {}, {"high": ["$2.5bn"], "in euros": ["€2.4bn"]}),
    ({"low_USD": [1e6], "high_USD": [3e6]}, {}, {"in US dollars": ["$1–3m"]}),
    ({"begins_USD": [1e6]}, {"lang": "fr"}, {"commence à, en dollars des États-Unis": ["1\xa0M\xa0$US"]}),
    ({"low_per_year": [1e9], "high_per_year": [2e9]}, EUROS, {"per year": ["€1–2bn"]}),
    ({"unallocated_low": [0.0], "unallocated_high": [21e9]}, EUROS, {"unallocated": ["€0–21bn"]}),
    ({"amount": [-2e9]}, EUROS, {"amount": ["€-2bn"]}),
    # a floor of the row says nothing of its parts
    (FLOOR, EUROS, {"amount": ["at least €5bn"], "parts low": ["€2bn"]}),
    # a converted amount never takes the currency of the claim; without one of its own it has none
    (PRINTED | DOLLARS, EUROS, {"as published": ["$3–5bn"], "amount": ["€29–48bn"]}),
    (PRINTED | DOLLARS, {}, {"as published": ["$3–5bn"], "amount": ["29–48bn"]}),
    # counts are no money
    ({"low": pd.array([58]), "count": pd.array([61])}, EUROS, {"low": ["58"], "count": ["61"]}),
    # all else as its language writes it; a number as precisely as the ECB publishes rates
    ({"x": [1.0377, 1.0, 0.0, NAN, -0.25, INF]}, {}, {"x": ["1.0377", "1", "0", "", "-0.25", "inf"]}),
    ({"x": [1.0377, 16932.12]}, {"lang": "fr"}, {"x": ["1,0377", "16932,12"]}),
    ({"x": pd.to_datetime(["2025-02-09", None])}, {"lang": "fr"}, {"x": ["2025-02-09", ""]}),
    ({"x": [True, False]}, {}, {"x": ["yes", "no"]}),
    ({"x": pd.array([True, None])}, {"lang": "fr"}, {"x": ["oui", ""]}),
    ({"x": pd.array([2031, None]), "y": ["a", None]}, {}, {"x": ["2031", ""], "y": ["a", ""]}),
    ({"x": [["a", "b"], {3}]}, {}, {"x": ["['a', 'b']", "{3}"]}),
    ({"column_of_yours": ["a"], "A as % of B": ["b"]}, {}, {"column of yours": ["a"], "A as % of B": ["b"]}),
    # ids become names, headings those of the author
    (IDS, {"names": {"mgx": "MGX", "a": "A"}}, {"pledge": ["MGX", "new"], "no amount given": ["A, b", ""]}),
    (IDS, {"headings": {"pledge_id": "x"}}, {"x": IDS["pledge_id"], "no amount given": ["a;b", ""]}),
]


@pytest.mark.parametrize(("frame", "how", "said"), CELLS)
def test_two_figures_are_one_amount_and_a_cell_is_written_as_its_language_does(frame, how, said):
    assert shown(frame, **how) == said


@given(
    figures=st.lists(st.floats(0, 1e13), min_size=2, max_size=2).map(sorted),
    flags=st.tuples(st.booleans(), st.booleans()),
    code=st.sampled_from(["EUR", "USD", "JPY", "CHF"]),
    lang=st.sampled_from(["en", "fr"]),
)
def test_a_cell_says_what_its_amount_says(figures, flags, code, lang):
    row = dict(zip(["low", "high", "currency", "open_low", "open_high"], [*figures, code, *flags], strict=True))
    assert [*shown([row], lang=lang).values()] == [[format_amount(Amount(**row), lang=lang)]]


def test_what_is_no_frame_is_refused():
    assert misses(FrameError, {"3": (lambda: show(3, "one"), "3 is not a data frame")}) == {}


def test_two_columns_of_one_heading_both_stand():
    table = show(pd.DataFrame({"amount_low": [30e9], "amount_high": [50e9], **DOLLARS}), "one", **EUROS)
    assert table.headings == ["amount", "amount"]
    assert [cell.text for cell in parsed(table.to_html()).select("td")] == ["$30–50bn", "€29–48bn"]


def test_nothing_gets_into_the_page_unescaped_and_only_web_addresses_become_links():
    urls = [f"https://example.org/?q={BAD}", "javascript:alert(1)"]
    sources = pd.DataFrame({"source_id": [BAD, "b"], "publisher": [BAD, "B"], "url": urls, "published_on": pd.NaT})
    frame = pd.DataFrame({"source_id": [BAD, "b", "d", None], "pledge_id": BAD, "note": BAD, BAD: BAD})
    words = {"caption": BAD, "headings": {"note": BAD}, "names": {BAD: BAD}}
    page = parsed(show(frame, "one", sources=sources.assign(published_period="2025"), **words).to_html())
    assert page.find("script") is None
    rows = [[cell.text for cell in row.select("td")] for row in page.select("tbody tr")]
    assert rows == [[one, BAD, BAD, BAD] for one in (f"{BAD}, 2025", "B, 2025", "d", "")]
    assert [page.caption.text, *(head.text for head in page.select("th"))] == [BAD, "source", "pledge", BAD, BAD]
    assert [(link.text, link["href"]) for link in page.select("a")] == [(f"{BAD}, 2025", urls[0])]


def test_an_id_of_a_source_once_stood_where_publisher_and_day_belong(ledger):
    ids, said = ["afp-uae-20250207;seed-article", "dcmag-telehouse-2024"], "AFP/France 24 via Yahoo News, 2025-02-07"
    table = show(pd.DataFrame({"evidence_source_ids": ids}), "one", sources=ledger.sources, lang="fr")
    assert table.columns[0].texts == [f"{said}; LeBigData.fr, 2025-02", "DCmag (Issuu), sans date"]
    assert parsed(table.to_html()).a.text == said


def test_a_screen_reader_knows_what_heads_what_and_numbers_stand_right_and_do_not_break():
    columns = ["low", "high", "day", "period", "note", "word"]
    frame = pd.DataFrame([[1e9, 2e9, "2025-02-11", "2025-02", "x" * 60, "x"]], columns=columns)
    page = parsed(show(frame, "one").to_html())
    assert ([head["scope"] for head in page.select("th")], page.table.caption) == (["col"] * 5, None)
    look = re.findall(r"#T_one \.col\d+ \{(.*?)\}", page.find("style").string, re.DOTALL)
    expected = {"nowrap": [1, 1, 1, 0, 0], "right": [1, 0, 0, 0, 0], "max-width": [0, 0, 0, 1, 0]}
    assert {word: [int(word in one) for one in look] for word in expected} == expected


def test_a_table_is_the_same_in_every_run_and_says_as_text_what_it_says_as_page(ledger):
    frame = ledger.claims.head(20)[["pledge_id", "amount_low", "amount_high", "currency", "qualifier", "note"]]
    table, again = (show(frame, "claims", names=ledger.names(), caption="Claims") for _ in range(2))
    assert table.to_html() == again.to_html() == table._repr_html_()
    page = parsed(table.to_html())
    assert (page.table["id"], page.table["class"]) == ("T_claims", ["summit-table"])
    assert repr(table).split() == page.table.get_text(" ").split()
