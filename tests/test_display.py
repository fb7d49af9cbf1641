"""Tables as people read them: one amount for two figures, no currency but its own, links, nothing unescaped."""

import dataclasses
import math
import re

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from printed import BAD, parsed
from refusals import misses
from summit_analysis import Amount, explore, format_amount, show
from summit_analysis.base.errors import ChoiceError, FrameError
from summit_analysis.ledger.display import heading

NAN = math.nan


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
    assert [cell.get_text() for cell in read[0].find_all(["caption", "td"])] == [
        "$1 to <b> $2",
        *table.columns[0].texts,
    ]
    assert page.sentence.count("$") > 1
    assert page.sentence in read[1].get_text()
    assert read[2].img["alt"].endswith(dear.source)


RANGE, FIVE = {"low": [30e9], "high": [50e9]}, {"low": [5e9], "high": [5e9]}
FLOOR = {"open_low": [False], "open_high": [True]}
NONE = {"low": [NAN, NAN], "high": [NAN, NAN], "scale": [1e9, NAN]}
# the table claims fills only the side that the qualifier names
ONE_SIDED = {"amount_low": [5e9, NAN], "amount_high": [NAN, 4e9], "currency": ["EUR", "USD"]}
SAID = {"amount": ["at least €5bn", "up to $4bn"], "qualifier": ["at-least", "up-to"]}
DOLLARS = {"currency": ["USD"], "low": [29e9], "high": [48e9]}
PRINTED, EUROS = {"low_printed": [3e9], "high_printed": [5e9]}, {"currency": "EUR"}
AMOUNTS = [
    (RANGE, EUROS, {"amount": ["€30–50bn"]}),
    (RANGE, {}, {"amount": ["30–50bn"]}),
    (RANGE, {**EUROS, "lang": "fr"}, {"montant": ["30–50\xa0Md\xa0€"]}),
    ({**ONE_SIDED, "qualifier": ["at-least", "up-to"]}, {}, SAID),
    (NONE, EUROS, {"amount": ["several billion €", ""]}),
    (NONE, {}, {"amount": ["several billion", ""]}),
    ({"high": [2.5e9], "currency": ["USD"], "high_EUR": [2.4e9]}, {}, {"high": ["$2.5bn"], "in euros": ["€2.4bn"]}),
    ({"low_USD": [1e6], "high_USD": [3e6]}, {}, {"in US dollars": ["$1–3m"]}),
    ({"low_per_year": [1e9], "high_per_year": [2e9]}, EUROS, {"per year": ["€1–2bn"]}),
    ({"unallocated_low": [0.0], "unallocated_high": [21e9]}, EUROS, {"unallocated": ["€0–21bn"]}),
    ({"amount": [-2e9]}, EUROS, {"amount": ["€-2bn"]}),
    # a floor of the row says nothing of its parts
    (
        {**FIVE, "parts_low": [2e9], "parts_high": [2e9], **FLOOR},
        EUROS,
        {"amount": ["at least €5bn"], "parts": ["€2bn"]},
    ),
    # a converted amount never takes the currency of the claim; without one of its own it has none
    (PRINTED | DOLLARS, EUROS, {"as published": ["$3–5bn"], "amount": ["€29–48bn"]}),
    (PRINTED | DOLLARS, {}, {"as published": ["$3–5bn"], "amount": ["29–48bn"]}),
    # counts are no money
    ({"low": pd.array([58]), "count": pd.array([61])}, EUROS, {"low": ["58"], "count": ["61"]}),
]


def test_two_figures_are_one_amount():
    assert [found for frame, how, said in AMOUNTS if (found := shown(frame, **how)) != said] == []
    frame = pd.DataFrame({"amount_low": [30e9], "amount_high": [50e9], **DOLLARS})
    assert [column.texts for column in show(frame, "one", **EUROS).columns] == [["$30–50bn"], ["€29–48bn"]]


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


def test_a_cell_of_any_kind_is_written_as_its_language_does():
    for values, lang, expected in [
        ([1.0377, 1.0, 0.0, NAN, -0.25], "en", ["1.0377", "1", "0", "", "-0.25"]),
        ([1.0377, 16932.12], "fr", ["1,0377", "16932,12"]),
        ([np.inf], "en", ["inf"]),
        ([2031, 7126], "en", ["2031", "7126"]),
        (pd.to_datetime(["2025-02-09", None]), "fr", ["2025-02-09", ""]),
        ([True, False], "en", ["yes", "no"]),
        (pd.array([True, None], dtype="boolean"), "fr", ["oui", ""]),
        (pd.array([58, None], dtype="Int64"), "en", ["58", ""]),
        (["a", None], "en", ["a", ""]),
    ]:
        assert [*shown({"rate": values}, lang=lang).values()] == [expected]


def test_every_published_rate_is_printed_as_it_was(published):
    texts = sorted({text for rates in published.values() for text in rates.values() if text != "N/A"})[::37]
    (cells,) = shown({"rate": [float(text) for text in texts]}).values()
    assert [float(cell) for cell in cells] == [float(text) for text in texts]
    assert (max(map(len, cells)) <= 9, len(texts) > 1000) == (True, True)


def test_ids_of_pledges_become_names(ledger):
    names, ids = (
        ledger.names("fr"),
        {"pledge_id": ["mgx-campus", "new-one"], "unquantified": ["orange-ai;thales-ai", ""]},
    )
    said = [[names["mgx-campus"], "new-one"], ["Orange, Thales", ""]]
    assert [*shown(ids, names=names).values()] == said
    assert shown(ids)["pledge"] == ["mgx-campus", "new-one"]


def test_headings_are_words_or_those_of_the_author_in_a_language_with_words():
    words = [
        ("pledge_id", "pledge", "promesse"),
        ("valued_on", "valued on", "évalué au"),
        ("column_of_yours", "column of yours", "column of yours"),
        ("begins_USD", "begins, in US dollars", "commence à, en dollars des États-Unis"),
        ("France as % of Stargate", "France as % of Stargate", "France as % of Stargate"),
    ]
    assert [(key, heading(key), heading(key, "fr")) for key, *_ in words] == words
    assert list(shown({**FIVE, "rate": [1.5]}, headings={"amount": "as printed"})) == ["as printed", "rate"]


def test_what_is_no_frame_or_no_language_is_refused_and_a_list_in_a_cell_is_written_as_it_is():
    frames = {repr(one): (lambda one=one: show(one, "one"), "is not a data frame") for one in (3, None, {"low": [1.0]})}
    assert misses(FrameError, frames) == {}
    assert misses(ChoiceError, {"de": (lambda: shown(RANGE, lang="de"), "lang='de' is not known")}) == {}
    assert shown({"column": [["a", "b"], {3}]}) == {"column": ["['a', 'b']", "{3}"]}


def test_two_columns_of_one_heading_both_stand_and_an_empty_frame_is_a_table_of_headings():
    table = show(pd.DataFrame({"amount": [1e9], "low": [2e9], "high": [3e9]}), "one")
    assert table.headings == ["amount", "amount"]
    assert [cell.text for cell in parsed(table.to_html()).select("td")] == ["1bn", "2–3bn"]
    none = show(pd.DataFrame(RANGE).head(0), "none")
    assert none.text() == "amount"
    assert len(parsed(none.to_html()).select("th")) == 1


def test_nothing_gets_into_the_page_unescaped_and_only_web_addresses_become_links(ledger):
    urls = [f"https://example.org/?q={BAD}", "javascript:alert(1)", None]
    sources = ledger.sources.head(3).assign(source_id=[BAD, "b", "c"], url=urls, publisher=[BAD, "B", "C"])
    sources = sources.assign(published_on=pd.NaT, published_period="2025")
    frame = {"source_id": [BAD, "b", "c", "d", None], "pledge_id": BAD, "note": BAD, BAD: BAD}
    words = {"caption": BAD, "headings": {"note": BAD}, "names": {BAD: BAD}}
    page = parsed(show(pd.DataFrame(frame), "one", sources=sources, **words).to_html())
    assert page.find("script") is None
    assert [[cell.text for cell in row.select("td")] for row in page.select("tbody tr")] == [
        [one, BAD, BAD, BAD] for one in (f"{BAD}, 2025", "B, 2025", "C, 2025", "d", "")
    ]
    assert (page.caption.text, page.select("th")[2].text) == (BAD, BAD)
    assert [(link.text, link["href"]) for link in page.select("a")] == [(f"{BAD}, 2025", urls[0])]


def test_an_id_of_a_source_once_stood_where_publisher_and_day_belong(ledger):
    ids, said = ["afp-uae-20250207;seed-article", "dcmag-telehouse-2024"], "AFP/France 24 via Yahoo News, 2025-02-07"
    for lang, undated in (("en", "undated"), ("fr", "sans date")):
        table = show(pd.DataFrame({"evidence_source_ids": ids}), "one", sources=ledger.sources, lang=lang)
        assert table.columns[0].texts == [f"{said}; LeBigData.fr, 2025-02", f"DCmag (Issuu), {undated}"]
        assert parsed(table.to_html()).a.text == said


def test_a_screen_reader_knows_what_heads_what_and_numbers_stand_right_and_do_not_break():
    days = {"day": pd.to_datetime(["2025-02-11"]), "period": ["2025-02"]}
    frame = pd.DataFrame({"low": [1e9], "high": [2e9], **days, "note": ["x" * 60], "word": ["x"]})
    page = parsed(show(frame, "one").to_html())
    assert ([head["scope"] for head in page.select("th")], page.table.caption) == (["col"] * 5, None)
    look = re.findall(r"#T_one \.col\d+ \{(.*?)\}", page.find("style").string, re.DOTALL)
    expected = {"nowrap": [1, 1, 1, 0, 0], "right": [1, 0, 0, 0, 0], "max-width": [0, 0, 0, 1, 0]}
    assert {word: [int(word in one) for one in look] for word in expected} == expected


def test_a_table_is_the_same_in_every_run_says_as_text_what_it_says_as_page_and_leaves_the_frame(ledger):
    frame = ledger.claims.head(20)[["pledge_id", "amount_low", "amount_high", "currency", "qualifier", "note"]]
    before = frame.copy(deep=True)
    table, again = (show(frame, "claims", names=ledger.names(), caption="Claims") for _ in range(2))
    pd.testing.assert_frame_equal(frame, before)
    assert table.to_html() == again.to_html() == table._repr_html_()
    page = parsed(table.to_html())
    assert (page.table["id"], page.table["class"]) == ("T_claims", ["summit-table"])
    caption, head, *lines = table.text().splitlines()
    assert (caption, head.split(), repr(table)) == ("Claims", " ".join(table.headings).split(), table.text())
    rows = [" ".join(cell.text for cell in row.select("td")) for row in page.select("tbody tr")]
    assert [line.split() for line in lines] == [row.split() for row in rows]
    assert len(lines) == 20
