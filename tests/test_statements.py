"""Verdicts are those of the table, and said in both languages."""

import csv
import re
from collections import Counter, defaultdict

import pandas as pd
import pytest

from summit_analysis import check_statements
from summit_analysis.article.statements import evidence_behind, verdicts
from summit_analysis.base import files
from summit_analysis.base.errors import ChoiceError

LANGS = pytest.mark.parametrize("lang", ["en", "fr"])
VERDICTS = ["confirmed", "imprecise", "wrong"]


def table(name):
    """Read a table without the code under test."""
    with (files.shipped("data") / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


ROWS = {row["statement_id"]: row for row in table("statements")}
CLAIMS = table("claims")


@pytest.fixture(scope="module")
def checked(ledger):
    return {lang: check_statements(ledger, lang=lang).set_index("statement_id") for lang in ("en", "fr")}


# --- verdicts


def test_the_article_has_66_statements_of_which_46_hold(ledger):
    counted = verdicts(ledger)[[*VERDICTS, "statements"]].sum()
    assert counted.tolist() == [46, 15, 5, 66]
    assert counted[VERDICTS].to_dict() == Counter(row["verdict"] for row in ROWS.values())


@pytest.mark.parametrize("by", ["topic", "kind"])
def test_verdicts_are_counted_by_group(ledger, by):
    wanted = Counter((row[by], row["verdict"]) for row in ROWS.values())
    found = verdicts(ledger, by=by)
    assert {(row[by], verdict): row[verdict] for _, row in found.iterrows() for verdict in VERDICTS} == {
        (group, verdict): wanted[group, verdict] for group in found[by] for verdict in VERDICTS
    }
    assert set(found[by]) == {row[by] for row in ROWS.values()}
    assert (found[VERDICTS].sum(axis=1) == found["statements"]).all()
    assert found["wrong"].is_monotonic_decreasing


def test_thin_evidence_is_counted(ledger):
    kinds = {row["source_id"]: row["kind"] for row in table("sources")}
    wanted = defaultdict(lambda: [0, 0, 0])
    for row in ROWS.values():
        pages = row["evidence_source_ids"].split(";")
        thin = (1, len(pages) == 1, all(kinds[page] != "primary" for page in pages))
        wanted[row["verdict"]] = [sum(pair) for pair in zip(wanted[row["verdict"]], thin, strict=True)]
    found = evidence_behind(ledger).set_index("verdict")
    assert found.index.tolist() == VERDICTS
    assert found[["statements", "one_page", "no_primary"]].T.to_dict("list") == wanted


@pytest.mark.parametrize(
    "call", [lambda ledger: check_statements(ledger, lang="de"), lambda ledger: verdicts(ledger, "x")]
)
def test_an_unknown_choice_is_our_error(ledger, call):
    with pytest.raises(ChoiceError):
        call(ledger)


# --- what is printed, and what is right


@LANGS
def test_a_row_keeps_what_the_table_says(checked, lang):
    found = checked[lang]
    assert found.index.tolist() == list(ROWS)
    for column, origin in {
        "statement": f"statement_{lang}",
        "verdict": "verdict",
        "topic": "topic",
        "kind": "kind",
        "note": "note",
        "links_to": "links_to",
        "evidence_source_ids": "evidence_source_ids",
    }.items():
        assert found[column].fillna("").tolist() == [row[origin] for row in ROWS.values()]
    assert found["paragraph"].astype("str").tolist() == [row["seed_paragraph"] for row in ROWS.values()]


@LANGS
def test_what_is_right_is_said_of_each_fault_and_of_nothing_else(checked, lang):
    found = checked[lang]
    assert found.index[found["right"].notna()].tolist() == [
        i for i, row in ROWS.items() if row["verdict"] != "confirmed"
    ]
    assert (found["right"].dropna().str.strip() != "").all()


def test_only_a_relation_in_words_prints_nothing(checked):
    silent = checked["en"].index[checked["en"]["printed"].isna()]
    assert silent.tolist() == checked["fr"].index[checked["fr"]["printed"].isna()].tolist()
    assert {ROWS[i]["kind"] for i in silent} == {"relation"}


@pytest.mark.parametrize(
    ("statement", "english", "french"),
    [
        ("s03", ("6–11 February 2025", "10–11 February 2025"), ("6–11 février 2025", "10–11 février 2025")),
        ("s08", ("10 February 2025", "9 February 2025"), ("10 février 2025", "9 février 2025")),
        ("s11", ("United Arab Emirates", None), ("Émirats arabes unis", None)),
        ("s12", ("€50bn", "€30–50bn"), ("50 Md €", "30–50 Md €")),
        ("s13", ("1 GW", "up to 1 GW"), ("1 GW", "jusqu’à 1 GW")),
        ("s20", ("at least €5bn", "€5–6bn"), ("au moins 5 Md €", "5–6 Md €")),
        ("s29", ("before 10 February 2025", None), ("avant le 10 février 2025", None)),
        ("s33", ("€200bn", "€150bn"), ("200 Md €", "150 Md €")),
        ("s45", ("€5bn", "$5bn, as a first tranche"), ("5 Md €", "5 Md $US, en première tranche")),
        ("s50", ("11 persons", None), ("11 personnes", None)),
        ("s53", ("China, France, India", None), ("Chine, France, Inde", None)),
    ],
)
def test_values_read_as_people_write_them(checked, statement, english, french):
    for lang, wanted in (("en", english), ("fr", french)):
        row = checked[lang].loc[statement]
        found = [None if pd.isna(row[column]) else plain(row[column]) for column in ("printed", "right")]
        assert found == list(wanted)


def plain(text):
    return re.sub(r"\s", " ", text)


def test_the_amount_of_a_statement_is_that_of_its_claim():
    claims = {row["claim_id"]: row for row in CLAIMS}
    money = [row for row in ROWS.values() if re.fullmatch("[A-Z]{3}", row["unit"])]
    assert len(money) == 14
    for row in money:
        claim = claims[row["links_to"].split(";")[0]]
        assert claim["source_id"] == "seed-article"
        assert claim["currency"] == row["unit"]
        assert row["value"] == (claim["amount_high"] or claim["amount_low"] or claim["qualifier"])


def in_words(row):
    return row["corrected_value"] and not row["corrected_high"] and not re.match(r"\d{4}-", row["corrected_value"])


def test_words_of_the_table_are_kept_in_english_and_translated(checked):
    worded = [i for i, row in ROWS.items() if in_words(row)]
    assert len(worded) > 8
    for i in worded:
        english, french = checked["en"].loc[i, "right"], checked["fr"].loc[i, "right"]
        assert english == ROWS[i]["corrected_value"]
        assert re.findall(r"\d+", french) == re.findall(r"\d+", english)
        # a name is a name in both languages
        assert french != english or ROWS[i]["kind"] in ("name", "place")


@LANGS
def test_the_evidence_is_cited_in_full(ledger, checked, lang):
    publisher = ledger.sources.set_index("source_id")["publisher"]
    for i, row in ROWS.items():
        for source in row["evidence_source_ids"].split(";"):
            assert publisher[source] in checked[lang].loc[i, "evidence"]
