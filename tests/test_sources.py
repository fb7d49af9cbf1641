"""Sources: a citation and a link for each id, one line under each figure, and what lacks a primary source."""

import types

import pandas as pd
import pytest

from summit_analysis import cite
from summit_analysis.base.errors import ChoiceError, FrameError
from summit_analysis.ledger.sources import links, source_line, without_primary

ROWS = [
    ("ft-1", "Financial Times", "Spending & <hopes>", "https://ft.example/?a=1&b=2", "2025-02-10", None),
    ("reuters-1", "Reuters, read through X", "MGX", "javascript:alert(1)", None, "2025-02"),
    ("reuters-2", "Reuters (mirror)", "Abu Dhabi", "https://reuters.example/2", None, None),
    ("reuters-3", "reuters", None, None, "2025-02-11", None),
    ("afp-1", "AFP", 'He said "yes"', 'https://afp.example/"onclick="x', "2025-02-09", None),
    ("seed-article", "LeBigData.fr", "Sommet", "https://lebigdata.example", None, "2025-02"),
]


@pytest.fixture
def sources():
    names = ["source_id", "publisher", "title", "url", "published_on", "published_period"]
    rows = pd.DataFrame(ROWS, columns=names).astype("str")
    return rows.assign(published_on=pd.to_datetime(rows["published_on"]), kind="news", read_as="original")


def test_a_citation_names_publisher_title_and_day_in_the_order_of_the_alphabet(sources):
    cited = cite(sources, ["reuters-3", "ft-1", "reuters-1", "ft-1", None, "reuters-2"])
    assert cited["citation"].tolist() == [
        "Financial Times, Spending & <hopes>, 2025-02-10",
        "Reuters (mirror), Abu Dhabi, undated",
        "reuters, (no title shown), 2025-02-11",
        "Reuters, read through X, MGX, 2025-02",
    ]
    assert list(cited.columns) == ["source_id", "citation", "url", "kind", "read_as"]


@pytest.mark.parametrize("ask", [cite, source_line], ids=["cite", "source_line"])
def test_an_unknown_source_is_refused_by_name(sources, ask):
    with pytest.raises(FrameError, match="'no-such'"):
        ask(sources, ["ft-1", "no-such"])


def test_every_source_of_the_ledger_can_be_cited(ledger):
    cited = cite(ledger.sources, ledger.sources["source_id"])
    assert len(cited) == len(ledger.sources)
    assert cited["citation"].notna().all()


LINES = [
    (["ft-1"], {}, "Source: Financial Times"),
    (["ft-1", "reuters-1", "reuters-2"], {}, "Source: Reuters, Financial Times"),
    (["ft-1", "afp-1"], {}, "Source: AFP, Financial Times"),
    (["ft-1", "ft-1", "afp-1"], {}, "Source: Financial Times, AFP"),
    (["ft-1", None], {"rates": True}, "Source: Financial Times; ECB reference rates"),
    ([], {"rates": True}, "Source: ECB reference rates"),
    (["ft-1"], {"rates": True, "lang": "fr"}, "Source : Financial Times ; taux de référence de la BCE"),
    (["seed-article"], {}, "Source: LeBigData.fr (article that started the project)"),
    (["seed-article"], {"lang": "fr"}, "Source : LeBigData.fr (article de départ)"),
    (["ft-1", "afp-1", "reuters-1"], {"shown": 1}, "Source: AFP and 2 more"),
    (["ft-1", "afp-1", "reuters-1"], {"shown": 1, "lang": "fr"}, "Source : AFP et 2 autres"),
    (["ft-1", "afp-1"], {"shown": 1, "lang": "fr"}, "Source : AFP et 1 autre"),
    (["ft-1", "afp-1"], {"shown": 2}, "Source: AFP, Financial Times"),
]


@pytest.mark.parametrize(("ids", "options", "line"), LINES, ids=[line for *_, line in LINES])
def test_the_source_line_names_publishers_by_the_rows_drawn(sources, ids, options, line):
    assert source_line(sources, ids, **options).replace("\u00a0", " ") == line


def test_a_figure_without_any_source_gets_no_line(sources):
    with pytest.raises(FrameError):
        source_line(sources, [])


def test_a_language_without_words_is_refused(sources):
    with pytest.raises(ChoiceError, match="lang='de'"):
        source_line(sources, ["ft-1"], lang="de")


def test_only_web_addresses_become_links_and_all_text_is_escaped(sources):
    html = links(cite(sources, ["ft-1", "reuters-1", "reuters-3", "afp-1"]))
    assert "javascript" not in html
    assert (
        '<a href="https://ft.example/?a=1&amp;b=2">Financial Times, Spending &amp; &lt;hopes&gt;, 2025-02-10</a>'
        in html
    )
    assert "<li>Reuters, read through X, MGX, 2025-02</li>" in html
    assert "<li>reuters, (no title shown), 2025-02-11</li>" in html
    assert 'href="https://afp.example/&quot;onclick=&quot;x"' in html
    assert html.startswith("<ul><li>")
    assert html.count("<li>") == 4


def test_a_pledge_lacks_a_primary_source_if_no_claim_has_one():
    made_up = types.SimpleNamespace(
        pledges=pd.DataFrame({"pledge_id": list("cabd"), "pledger": list("CABD")}),
        sources=pd.DataFrame({"source_id": ["p", "n"], "kind": ["primary", "news"]}),
        claims=pd.DataFrame({"claim_id": [1, 2, 3, 4], "pledge_id": list("aabc"), "source_id": ["p", "n", "n", "p"]}),
    )
    lacking = without_primary(made_up)
    assert lacking.values.tolist() == [["b", "B", 1], ["d", "D", 0]]
    assert list(lacking.columns) == ["pledge_id", "pledger", "claims"]


def test_primary_sources_of_the_ledger(ledger):
    kinds = dict(zip(ledger.sources["source_id"], ledger.sources["kind"], strict=True))
    pairs = zip(ledger.claims["pledge_id"], ledger.claims["source_id"], strict=True)
    backed = {pledge for pledge, source in pairs if kinds[source] == "primary"}
    expected = [pledge for pledge in ledger.pledges["pledge_id"] if pledge not in backed]
    assert without_primary(ledger)["pledge_id"].tolist() == expected
    assert 0 < len(expected) < len(ledger.pledges)
