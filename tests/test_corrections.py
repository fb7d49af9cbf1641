"""Corrections: what was published wrong stays in its table, is read right, and is found once it no longer stands."""

import csv

import pytest

from summit_analysis import check, load, total
from summit_analysis.base.errors import LedgerError

COLUMNS = ["table", "key", "column", "old", "new", "reason", "source_id", "corrected_on"]


@pytest.fixture
def correct(tables):
    """Return a function that adds a correction to a copy of the tables."""

    def add(table, key, column, old, new, day="2026-01-02"):
        with tables.path("corrections").open("a", encoding="utf-8", newline="") as file:
            reason = "Misread by us"
            csv.writer(file).writerow([table, key, column, old, new, reason, "seed-article", day])
        return check(tables)

    return add


@pytest.fixture
def claim(ledger):
    """A claim of the article with one figure: its id and the figure as the file writes it."""
    row = ledger.claims.query("source_id == 'seed-article' and qualifier == 'exact'").iloc[0]
    return row["claim_id"], f"{row['amount_low']:.0f}"


def test_a_correction_is_read_and_the_table_keeps_what_was_published(correct, claim, tables, ledger):
    claim_id, figure = claim
    before = tables.path("claims").read_text(encoding="utf-8")
    for column in ("amount_low", "amount_high"):
        found = correct("claims", claim_id, column, figure, "1000000")
    assert found.empty
    corrected = load(tables)
    row = corrected.claims.set_index("claim_id").loc[claim_id]
    assert (row["amount_low"], row["amount_high"]) == (1e6, 1e6)
    assert corrected.corrections["new"].tolist() == ["1000000", "1000000"]
    assert tables.path("claims").read_text(encoding="utf-8") == before
    rule = {"rule": "article"}
    assert total(corrected, **rule).naive.low == pytest.approx(total(ledger, **rule).naive.low - float(figure) + 1e6)


def test_a_correction_whose_old_value_no_longer_stands_is_found(correct, claim, tables):
    found = correct("claims", claim[0], "note", "Something that nobody wrote", "Right")
    assert found[["table", "row", "column"]].values.tolist() == [["corrections", 2, "old"]]
    assert "no longer stands" in found.loc[0, "problem"]
    assert "Delete the correction" in found.loc[0, "remedy"]
    with pytest.raises(LedgerError, match="no longer stands"):
        load(tables)


def test_mending_the_table_itself_makes_the_correction_fall(correct, claim, tables):
    claim_id, _ = claim
    note = load(tables).claims.set_index("claim_id")["note"].fillna("")[claim_id]
    assert correct("claims", claim_id, "note", note, "Right").empty
    tables.edit("claims", "claim_id", claim_id, "note", "Right")
    found = check(tables)
    assert found["table"].tolist() == ["corrections"]
    assert "says 'Right'" in found.loc[0, "problem"]


def test_corrections_of_one_cell_follow_each_other_by_day(correct, claim, tables):
    claim_id, _ = claim
    note = load(tables).claims.set_index("claim_id")["note"].fillna("")[claim_id]
    correct("claims", claim_id, "note", "Second reading", "Third reading", day="2026-03-01")
    assert correct("claims", claim_id, "note", note, "Second reading", day="2026-02-01").empty
    assert load(tables).claims.set_index("claim_id").loc[claim_id, "note"] == "Third reading"


def test_a_key_of_several_parts_names_one_row(correct, tables):
    assert correct("signatures", "paris-2025;FRA", "note", *_note(tables, "FRA")).empty
    rows = load(tables).signatures.query("declaration_id == 'paris-2025' and iso3 == 'FRA'")
    assert rows["note"].tolist() == ["Corrected"]


def _note(tables, iso3):
    rows = load(tables).signatures.query("declaration_id == 'paris-2025' and iso3 == @iso3")
    return rows["note"].fillna("").iloc[0], "Corrected"


@pytest.mark.parametrize(
    ("table", "key", "column", "old", "new", "where", "problem"),
    [
        ("claims", "no-such-claim", "note", "", "x", "key", "names 0 rows of claims"),
        ("claims", "france-109bn--seed-article", "claim_id", "", "x", "column", "not a column"),
        ("claims", "france-109bn--seed-article", "colour", "", "x", "column", "not a column"),
        ("claims", "france-109bn--seed-article", "standing", "stands", "stands", "new", "same as the old"),
        ("corrections", "x", "note", "", "x", "table", ""),
        ("rates", "x", "note", "", "x", "table", ""),
    ],
)
def test_a_correction_that_points_nowhere_is_found(correct, table, key, column, old, new, where, problem):
    found = correct(table, key, column, old, new)
    assert found["table"].tolist() == ["corrections"]
    assert found.loc[0, "column"] == where
    assert problem in found.loc[0, "problem"]


def test_what_a_correction_puts_in_is_held_against_schema_and_rules(correct):
    found = correct("claims", "france-109bn--seed-article", "standing", "stands", "wobbles")
    assert found[["table", "column", "value"]].values.tolist() == [["claims", "standing", "wobbles"]]


def test_a_corrected_cell_is_named_by_its_row_in_the_file(correct, tables):
    found = correct("claims", "france-109bn--seed-article", "currency", "EUR", "XXX")
    row = tables.path("claims").read_text(encoding="utf-8").splitlines()
    line = next(number for number, text in enumerate(row, 1) if text.startswith("france-109bn--seed-article,"))
    assert found["row"].tolist() == [line]


def test_a_blank_before_the_name_of_a_key_is_no_key_error(correct, tables):
    tables.rewrite("claims", lambda text: f" {text}")
    found = correct("claims", "france-109bn--seed-article", "note", "", "Right")
    assert found[["table", "column"]].values.tolist() == [["claims", "claim_id"], ["corrections", "key"]]


def test_nothing_published_was_wrong_so_far(ledger):
    assert ledger.corrections.empty
    assert list(ledger.corrections.columns) == COLUMNS
