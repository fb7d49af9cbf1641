"""The tables: what is read is what is written, and each defect is named by table, row, column, value and remedy."""

import csv
import dataclasses
import json
import re
import subprocess
import sys

import frictionless
import pandas as pd
import pytest

from summit_analysis import (
    Ledger,
    charts,
    check,
    explore,
    find_amounts,
    load,
    match_claims,
    total,
)
from summit_analysis.base import files
from summit_analysis.base.errors import FolderError, LedgerError
from summit_analysis.currency.rates import RATES_FILE
from summit_analysis.ledger import checks, schema
from summit_analysis.ledger import tables as reading
from summit_analysis.ledger.tables import inventory

TABLES = list(schema.resources())
ELYSEE, AFP = "france-109bn--elysee-businessday-20250211", "france-109bn--afp-109bn-detail-20250210"
TAP, LEMONDE = "france-109bn--tap-109bn-20250211", "france-109bn--lemonde-109bn-20250210"
REUTERS = "mgx-campus--reuters-uae-20250206"

CELLS = {
    "amount with a comma": ("claims", "claim_id", ELYSEE, "amount_low", "109,000,000,000", "no comma"),
    "qualifier contradicts its figures": ("claims", "claim_id", AFP, "qualifier", "at-least", "amount_low only"),
    "low above high": ("claims", "claim_id", REUTERS, "amount_low", "60000000000", "lower figure first"),
    "period and day both filled": ("claims", "claim_id", TAP, "claimed_period", "2025-02", "empty the period"),
    "unknown currency": ("claims", "claim_id", LEMONDE, "currency", "XAU", "ISO 4217"),
    "bad date": ("declarations", "declaration_id", "bletchley-2023", "adopted_on", "1/11/2023", "YYYY-MM-DD"),
    "impossible date": (
        "declarations",
        "declaration_id",
        "seoul-leaders-2024",
        "adopted_on",
        "2024-02-30",
        "YYYY-MM-DD",
    ),
    "source that does not exist": (
        "events",
        "event_id",
        "seoul-leaders-session-2024",
        "source_id",
        "no-such",
        "sources.csv",
    ),
    "event that ends before it starts": (
        "events",
        "event_id",
        "bletchley-summit-2023",
        "ends_on",
        "2023-10-31",
        "Correct",
    ),
    "required cell empty": ("pledges", "pledge_id", "brookfield-france-ai", "pledger", "", "promises the money"),
    "placeholder word": ("pledges", "pledge_id", "brookfield-cambrai", "place", "n/a", "empty if unknown"),
    "word that is not allowed": ("pledges", "pledge_id", "apollo-energy", "money_kind", "privat", "private, public"),
    "parent cycle": ("pledges", "pledge_id", "france-109bn", "parent_id", "investai", "another parent"),
    "parent cycle, other end": ("pledges", "pledge_id", "investai", "parent_id", "france-109bn", "another parent"),
    "number for a word": ("entities", "iso3", "ALB", "g7", "1", "yes or no, or leave it empty if unknown"),
    "number beyond all money": ("economies", "iso3", "FRA", "gdp", "9" * 30, "digits only"),
    "formula": ("pledges", "pledge_id", "mgx-campus", "note", "=1+1", "letter or digit"),
    "nobody says whether the name is the pledger": ("claims", "claim_id", AFP, "attributed_is_pledger", "", "both"),
    "other money without a reason": ("pledges", "pledge_id", "investai", "other_money_reason", "", "both"),
    "dead id in links_to": ("statements", "statement_id", "s01", "links_to", "summit-day-one;gone", "Correct the id"),
    "dead id in evidence": ("statements", "statement_id", "s02", "evidence_source_ids", "gone", "Correct the id"),
}
"""Name: table, key column, key, column, new value, part of the remedy."""


def spoil(folder):
    """Spoil one cell or line for each defect; return {defect: [table, row, column, value, part of the remedy]}."""
    expected = {
        name: [table, folder.edit(table, key_column, key, column, value), column, value, remedy]
        for name, (table, key_column, key, column, value, remedy) in CELLS.items()
    }
    row = folder.rewrite("entities", lambda text: f"{text}NA,XNA,state,Rien,,,no,no,no,no,no,no\n")
    expected["entity called NA"] = ["entities", row, "entity", "NA", "full name"]
    row = folder.rewrite("overlaps", lambda text: text + text.splitlines(keepends=True)[1])
    key = "investai-gigafactories-20bn, investai-eu-top-up-50bn"
    expected["duplicate key"] = ["overlaps", row, "pledge_a, pledge_b", key, "its own key"]
    row = folder.rewrite("counts", lambda text: f"{text}newdelhi-2026,aa-61-202502,,,92,2026-03-03\n")
    expected["missing cell"] = ["counts", row, "", "", "commas that are missing"]
    row = folder.rewrite("aliases", lambda text: f"{text}investai,Invest, AI,en,name\n")
    expected["comma outside quotes"] = ["aliases", row, "", "name", "double quotes"]
    return expected


def spoil_files(folder):
    """Spoil a whole file for each defect; return what `spoil` does."""
    folder.rewrite("counts", lambda text: text.replace(",note", ",note,remark", 1))
    folder.rewrite("events", lambda text: f" {text}")
    folder.path("economies").unlink()
    folder.path("corrections").write_bytes(b"")
    text = folder.path("labels").read_bytes().replace(b"Campus MGX", "Campus MGX\u00e9".encode("latin-1"), 1)
    folder.path("labels").write_bytes(text)
    rates = folder.folder / RATES_FILE
    rates.write_bytes(rates.read_bytes()[:-1000])
    return {
        "unknown column": ["counts", None, "remark", "remark", "Delete the column"],
        "blank in a column's name": ["events", None, "event_id", " event_id", "Delete them"],
        "missing file": ["economies", None, "", "", "economies.csv"],
        "empty file": ["corrections", None, "", "", "header row"],
        "not UTF-8": ["labels", 3, "", "", "UTF-8"],
        "truncated rates": [RATES_FILE, None, "", "", "eurofxref-hist.csv"],
    }


@pytest.fixture(scope="module", params=[spoil, spoil_files], ids=["cells", "files"])
def spoiled(request, copy_tables):
    folder = copy_tables()
    return folder, request.param(folder), check(folder)


def test_every_defect_is_found_and_nothing_else(spoiled):
    _, expected, found = spoiled
    rows = found["row"].astype(object).where(found["row"].notna(), None)
    keys = list(zip(found["table"], rows, found["column"], found["value"], strict=True))
    assert sorted(keys, key=str) == sorted((tuple(key) for *key, _ in expected.values()), key=str)
    remedies = dict(zip(keys, found["remedy"], strict=True))
    assert [name for name, (*key, remedy) in expected.items() if remedy not in remedies[tuple(key)]] == []
    assert found["problem"].str.len().gt(0).all()


def test_load_refuses_with_the_same_list(spoiled):
    folder, expected, found = spoiled
    with pytest.raises(LedgerError) as error:
        load(folder)
    pd.testing.assert_frame_equal(error.value.findings, found)
    assert str(error.value).startswith(f"{len(expected)} finding(s)")
    for table, row in found[["table", "row"]].head(5).itertuples(index=False):
        assert (f"{table}, row {row}" if pd.notna(row) else table) in str(error.value)


@pytest.mark.parametrize("day", ["2023-11-1", "1 Nov 2023"])
def test_a_day_written_otherwise_is_one_finding(tables, day):
    row = tables.edit("events", "event_id", "france-named-next-host", "starts_on", day)
    assert check(tables)[["table", "row", "column", "value"]].values.tolist() == [["events", row, "starts_on", day]]


def test_the_shipped_tables_are_clean_also_for_frictionless_alone():
    assert check().empty
    report = frictionless.validate(str(files.shipped("data") / schema.SCHEMA_FILE))
    assert (report.valid, report.stats["tasks"]) == (True, len(TABLES) + 2)


LOADING = "import sys, summit_analysis; summit_analysis.load(); print('frictionless' in sys.modules)"


def test_the_shipped_tables_load_without_a_second_check_of_their_schema():
    """Run `summit-analysis refresh` after a change of the tables, or `tables.record_clean()`: it renews the list."""
    lines = checks.CLEAN.read_text(encoding="utf-8").splitlines()
    names = [schema.SCHEMA_FILE, *(resource["path"] for resource in schema.resources().values())]
    assert lines == [checks.signed(name, (files.shipped("data") / name).read_bytes()) for name in names]
    answer = subprocess.run([sys.executable, "-c", LOADING], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["False"]


@pytest.mark.parametrize("of_the_schema", [True, False], ids=["same schema", "another schema"])
def test_what_was_clean_by_another_schema_is_held_against_this_one(tables, tmp_path, monkeypatch, of_the_schema):
    tables.edit("pledges", "pledge_id", "apollo-energy", "money_kind", "privat")
    names = [schema.SCHEMA_FILE] * of_the_schema + ["pledges.csv"]
    monkeypatch.setattr(checks, "CLEAN", tmp_path / "list")
    checks.CLEAN.write_text("\n".join(checks.signed(name, (tables.folder / name).read_bytes()) for name in names))
    assert check(tables)["value"].tolist() == ["privat"]
    if of_the_schema:
        load(tables)
    else:
        with pytest.raises(LedgerError, match="privat"):
            load(tables)


def test_a_row_that_refers_to_nothing_is_found_where_frictionless_finds_one(tables):
    """The keys are the schema's; frictionless alone reads the tables once more for each of them."""
    for table, resource in schema.resources().items():
        with tables.path(table).open(encoding="utf-8", newline="") as file:
            header, *records = csv.reader(file)
        for row, key in enumerate(resource["schema"].get("foreignKeys", [])):
            if records:
                records[3 * row][header.index(key["fields"][-1])] = "" if row == 1 else "nowhere"
        with tables.path(table).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([header, *records])
    report = frictionless.validate(str(tables.folder / schema.SCHEMA_FILE))
    errors = [(task.name, error) for task in report.tasks for error in task.errors if error.type == "foreign-key"]
    dead = {(table, error.row_number, ", ".join(error.field_names)) for table, error in errors}
    found = check(tables)
    keys, told = found[["table", "row", "column"]], found["problem"].str.startswith("not among")
    # a cell that is not even written as its column wants it is named for that
    assert set(keys[told].itertuples(index=False, name=None)) <= dead <= set(keys.itertuples(index=False, name=None))
    assert told.sum() > 12


def test_a_folder_that_is_none_is_refused(tmp_path):
    for ask in (check, load):
        with pytest.raises(FolderError, match="nowhere"):
            ask(tmp_path / "nowhere")


def test_the_ledger_has_the_tables_of_the_schema():
    assert set(Ledger.__dataclass_fields__) == {*TABLES, "rates", "kept"}


def test_a_ledger_shows_what_is_in_it_in_five_lines(ledger):
    empty = dataclasses.replace(ledger, **{name: getattr(ledger, name).head(0) for name in TABLES})
    for one in (ledger, empty):
        shown = repr(one)
        assert len(shown.splitlines()) <= 5
        assert max(map(len, shown.splitlines())) < 120
        assert all(f"{len(getattr(one, name))} {name}" in " ".join(shown.split()) for name in TABLES)
        assert str(ledger.rates.days[-1]) in shown


DTYPES = {"string": "str", "number": "float64", "integer": "Int64", "year": "Int64", "boolean": "boolean"}


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_read_as_it_is_written(ledger, table):
    with (files.shipped("data") / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        header, *records = csv.reader(file)
    frame = getattr(ledger, table)
    assert list(frame.columns) == header
    assert len(frame) == len(records)
    for name, *cells in zip(header, *records, strict=True):
        kind, column = schema.fields(table)[name]["type"], frame[name]
        assert column.dtype.kind == "M" if kind == "date" else column.dtype == DTYPES[kind], name
        read = {"number": float, "integer": int, "year": int, "boolean": "yes".__eq__, "date": pd.Timestamp}.get(
            kind, str
        )
        assert column.isna().tolist() == [cell == "" for cell in cells], name
        assert column.dropna().tolist() == [read(cell) for cell in cells if cell], name


NOTHING = [
    "NA",
    "N/A",
    "n/a",
    "NaN",
    "nan",
    "-nan",
    "NULL",
    "null",
    "None",
    "<NA>",
    "#N/A",
    "1.#IND",
    "#NA",
    "-1.#QNAN",
]
"""Words that pandas would take for an empty cell."""


def test_no_word_is_read_as_nothing(tables, monkeypatch):
    kept = load().entities["iso3"].head(len(NOTHING))
    for iso3, word in zip(kept, NOTHING, strict=True):
        tables.edit("entities", "iso3", iso3, "entity", word)
    # the check refuses such names; here only the reading is asked
    checked = reading._checked
    monkeypatch.setattr(reading, "_checked", lambda folder, **how: (pd.DataFrame(), *checked(folder, **how)[1:]))
    assert load(tables).entities["entity"].head(len(NOTHING)).tolist() == NOTHING


def test_the_inventory_counts_rows_and_its_digest_moves_with_a_cell_but_not_with_line_ends(ledger, tables):
    before = inventory().set_index("table")
    assert before.loc[TABLES, "rows"].to_dict() == {name: len(getattr(ledger, name)) for name in TABLES}
    assert before.drop(TABLES).index.tolist() == ["eurofxref-hist", "world-110m"]
    assert before.loc["eurofxref-hist", "rows"] == len(ledger.rates.days)
    features = json.loads((files.shipped("data") / "world-110m.geojson").read_text(encoding="utf-8"))["features"]
    assert before.loc["world-110m", ["rows", "columns"]].tolist() == [len(features), 1]
    tables.edit("events", "event_id", "bletchley-summit-2023", "place", "Bletchley")
    tables.path("claims").write_bytes(tables.path("claims").read_bytes().replace(b"\n", b"\r\n"))
    after = inventory(tables).set_index("table")
    assert before.index[before["digest"] != after["digest"]].tolist() == ["events"]


def test_the_dictionary_of_columns_in_the_readme_is_that_of_the_schema():
    dictionary = schema.column_dictionary()
    assert dictionary.strip() in (files.shipped("data") / "README.md").read_text(encoding="utf-8")
    assert [name for table in TABLES for name in schema.fields(table) if f"| `{name}` |" not in dictionary] == []


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_each_pledge_has_one_short_name(ledger, lang):
    assert sorted(ledger.names(lang).index) == sorted(ledger.pledges["pledge_id"])
    assert ledger.names(lang).is_unique


def test_a_pledge_without_a_label_once_passed_the_check(tables):
    lines = tables.path("pledges").read_text(encoding="utf-8").splitlines()
    (at,) = [number for number, line in enumerate(lines, 1) if line.startswith("brookfield-france-ai,")]
    tables.rewrite("labels", lambda text: re.sub(r"(?m)^brookfield-france-ai,.*\n", "", text))
    (found,) = check(tables).to_dict("records")
    assert (found["table"], found["row"], found["column"]) == ("pledges", at, "pledge_id")
    assert (found["value"], found["problem"]) == ("brookfield-france-ai", "has no row in labels")
    assert "label_en, label_fr" in found["remedy"]


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_pledge_without_a_label_once_ended_in_a_key_error(ledger, lang):
    bare = ["investai", "bpifrance-ai-2029", "fluidstack-supercomputer"]
    # the third has an alias, too
    assert "fluidstack-supercomputer" in set(ledger.aliases["pledge_id"])
    small = dataclasses.replace(ledger, labels=ledger.labels[~ledger.labels["pledge_id"].isin(bare)])
    assert small.names(lang)[bare].tolist() == bare
    assert sorted(small.names(lang).index) == sorted(ledger.pledges["pledge_id"])
    assert total(small).sentence(lang)
    assert "investai" in charts.total(small, lang=lang).alt
    assert "fluidstack-supercomputer" in explore(small, lang=lang).text()
    assert len(match_claims(small, find_amounts("Fluidstack will invest 10 billion euros.")))
