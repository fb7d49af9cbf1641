"""One file holds all tables: a Data Package that keeps its schema, a workbook, a database whose keys hold."""

import io
import sqlite3
import tempfile
import zipfile
from contextlib import closing

import frictionless
import pandas as pd
import pytest

from summit_analysis import load
from summit_analysis.base.errors import ChoiceError
from summit_analysis.ledger import schema
from summit_analysis.ledger.export import exported


@pytest.fixture(params=["shipped", "other"])
def exports(request, ledger, other):
    ledger = {"shipped": ledger, "other": other}[request.param]
    return ledger, {kind: exported(ledger, kind) for kind in ("zip", "xlsx", "sqlite")}


def test_the_zip_is_a_valid_data_package_and_a_ledger_again(exports, tmp_path):
    ledger, made = exports
    zipfile.ZipFile(io.BytesIO(made["zip"])).extractall(tmp_path)
    report = frictionless.Package(str(tmp_path / "datapackage.json")).validate()
    assert report.valid, report.flatten(["title", "message"])
    assert load(tmp_path).digest == ledger.digest


def test_a_database_opens_with_its_keys_and_answers_as_pandas_does(exports):
    ledger, made = exports
    with closing(sqlite3.connect(":memory:")) as base:
        base.deserialize(made["sqlite"])
        assert base.execute("PRAGMA foreign_key_check").fetchall() == []
        with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
            base.execute("INSERT INTO claims SELECT * FROM claims LIMIT 1")
        assert {row[2] for row in base.execute("PRAGMA foreign_key_list(claims)")} == {"pledges", "sources"}
        rows = base.execute("SELECT pledge_id, SUM(amount_high) FROM claims JOIN pledges USING (pledge_id) GROUP BY 1")
        expected = ledger.claims.groupby("pledge_id")["amount_high"].sum(min_count=1)
        assert dict(rows) == pytest.approx(expected.astype(object).where(expected.notna(), None).to_dict())
        (day,) = base.execute("SELECT MIN(announced_on) FROM pledges").fetchone()
        assert day == f"{ledger.pledges['announced_on'].min():%Y-%m-%d}"


def test_a_workbook_has_a_sheet_for_each_table_and_one_that_explains_every_column(exports):
    ledger, made = exports
    notes, *sheets = (book := pd.read_excel(io.BytesIO(made["xlsx"]), sheet_name=None)).values()
    names = [name for name in schema.paths(ledger.folder) if name in schema.resources()]
    assert list(book) == ["notes", *names]
    columns = [(name, column) for name in names for column in book[name]]
    assert columns == list(notes[["table", "column"]].itertuples(index=False, name=None))
    assert list(map(len, sheets)) == [len(getattr(ledger, name)) for name in names]
    assert book["claims"]["amount_high"].sum() == ledger.claims["amount_high"].sum()


def test_the_same_tables_make_the_same_file_and_no_other_kind_is_made(exports):
    ledger, made = exports
    assert {kind: exported(ledger, kind) for kind in made} == made
    with pytest.raises(ChoiceError, match="zip, xlsx, sqlite"):
        exported(ledger, "ods")


def test_a_full_disk_is_met_where_the_workbook_is_written_not_while_it_is_made(ledger, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", "no-such-folder")
    assert exported(ledger, "xlsx").startswith(b"PK")
