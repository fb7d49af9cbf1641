"""A copy of the tables takes new rows if they pass the check, and none otherwise; the shipped ones take none at all."""

import datetime as dt
import os

import pandas as pd
import pytest

from summit_analysis import add_rows, check, copy_data, load, total
from summit_analysis.base import files
from summit_analysis.base.errors import ChoiceError, FolderError, FrameError, LedgerError
from summit_analysis.ledger.tables import inventory

SOURCE = {
    "source_id": "town-gazette-20250212",
    "publisher": "Town Gazette",
    "published_on": dt.date(2025, 2, 12),
    "language": "en",
    "kind": "news",
    "read_as": "original",
    "note": "Invented for a test, with a comma",
}
PLEDGE = {
    "pledge_id": "town-fund",
    "group": "summit",
    "pledger": "Town Fund",
    "pledger_kind": "foundation",
    "recipient_country": "FRA",
    "purpose": "fund",
    "announced_on": "2025-02-11",
    "money_kind": "public",
    "new_money": "yes",
    "note": "Invented for a test",
}
CLAIM = {
    "claim_id": "town-fund--town-gazette-20250212",
    "pledge_id": "town-fund",
    "source_id": "town-gazette-20250212",
    "amount_low": 7e9,
    "amount_high": 7_000_000_000,
    "currency": "EUR",
    "qualifier": "exact",
    "scale": float("nan"),
    "claimed_on": pd.Timestamp("2025-02-12"),
    "standing": "stands",
}
LABEL = {"pledge_id": "town-fund", "label_en": "Town Fund", "label_fr": "Fonds de la ville"}


@pytest.fixture
def mine(tmp_path):
    return copy_data(tmp_path / "mine")


def test_a_copy_is_whole_and_clean(mine):
    assert check(mine).empty
    pd.testing.assert_frame_equal(inventory(mine), inventory())
    assert sorted(path.name for path in mine.iterdir()) == sorted(path.name for path in files.shipped("data").iterdir())


def test_new_rows_are_read_and_counted(mine, ledger):
    before = inventory(mine).set_index("table")["rows"]
    add_rows(mine, sources=[SOURCE], pledges=[PLEDGE], labels=[LABEL], claims=pd.DataFrame([CLAIM]))
    assert check(mine).empty
    added = load(mine)
    claim = added.claims.iloc[-1]
    assert (claim["amount_low"], claim["amount_high"], claim["claimed_on"]) == (7e9, 7e9, pd.Timestamp("2025-02-12"))
    assert added.sources.iloc[-1]["note"] == SOURCE["note"]
    grown = inventory(mine).set_index("table")["rows"] - before
    assert grown[grown > 0].to_dict() == {"sources": 1, "pledges": 1, "labels": 1, "claims": 1}
    assert total(added).low == pytest.approx(total(ledger).low + 7e9)


def test_old_rows_stay_byte_for_byte(mine):
    before = (mine / "claims.csv").read_bytes()
    add_rows(mine, sources=[SOURCE], pledges=[PLEDGE], labels=[LABEL], claims=[CLAIM])
    after = (mine / "claims.csv").read_bytes()
    assert after.startswith(before)
    assert after.removeprefix(before).decode() == (
        "town-fund--town-gazette-20250212,town-fund,town-gazette-20250212,"
        "7000000000,7000000000,EUR,exact,,2025-02-12,,,,,stands,,\n"
    )


@pytest.mark.parametrize(
    ("change", "column", "problem"),
    [
        ({"qualifier": "roughly"}, "qualifier", "word is not allowed"),
        ({"qualifier": "at-least"}, "qualifier", "contradicts the figures"),
        ({"currency": "euro"}, "currency", "not written as this column wants it"),
        ({"source_id": "nobody"}, "source_id", "not among"),
        ({"claimed_on": "12/02/2025"}, "claimed_on", "not a date"),
    ],
)
def test_a_wrong_row_is_refused_with_its_reason_and_nothing_is_written(mine, change, column, problem):
    before = inventory(mine)
    with pytest.raises(LedgerError) as refused:
        add_rows(mine, sources=[SOURCE], pledges=[PLEDGE], labels=[LABEL], claims=[CLAIM | change])
    found = refused.value.findings
    assert found["table"].eq("claims").all()
    assert found["column"].eq(column).any()
    assert found["problem"].str.contains(problem).any()
    assert found["remedy"].str.len().gt(0).all()
    pd.testing.assert_frame_equal(inventory(mine), before)


def test_the_same_row_twice_is_refused(mine):
    add_rows(mine, sources=[SOURCE])
    with pytest.raises(LedgerError, match="stands twice"):
        add_rows(mine, sources=[SOURCE])
    assert inventory(mine).set_index("table").loc["sources", "rows"] == len(load().sources) + 1


def test_what_was_wrong_before_is_not_blamed_on_the_new_row(mine):
    text = (mine / "labels.csv").read_text(encoding="utf-8")
    (mine / "labels.csv").write_text(text.replace("Evroc,Evroc", "Evroc,n/a"), encoding="utf-8")
    assert len(check(mine))
    add_rows(mine, sources=[SOURCE])
    assert load_sources(mine)[-1].startswith("town-gazette-20250212")


def load_sources(folder):
    return (folder / "sources.csv").read_text(encoding="utf-8").splitlines()


def test_a_file_without_a_last_line_end_gets_one(mine):
    path = mine / "sources.csv"
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    add_rows(mine, sources=[SOURCE])
    assert check(mine).empty


def test_the_shipped_tables_are_not_written_to(ledger):
    with pytest.raises(FolderError, match="copy_data"):
        add_rows(files.shipped("data"), sources=[SOURCE])


def test_nobodys_work_is_written_over(mine, tmp_path):
    with pytest.raises(FolderError, match="exists already"):
        copy_data(mine)
    (tmp_path / "file").write_text("x")
    with pytest.raises(FolderError, match="exists already"):
        copy_data(tmp_path / "file")
    (tmp_path / "empty").mkdir()
    assert check(copy_data(tmp_path / "empty")).empty


def test_unknown_tables_columns_and_folders_are_named(mine, tmp_path):
    with pytest.raises(ChoiceError, match="claim"):
        add_rows(mine, claim=[CLAIM])
    with pytest.raises(FrameError, match="amount"):
        add_rows(mine, claims=[CLAIM | {"amount": 7}])
    with pytest.raises(FolderError):
        add_rows(tmp_path / "nowhere", sources=[SOURCE])


def test_a_file_saved_into_the_folder_while_rows_are_added_is_not_lost(mine, monkeypatch):
    def saved_meanwhile(folder=None):
        if folder != mine:
            (mine / "notes.md").write_text("own work")
        return check(folder)

    monkeypatch.setattr("summit_analysis.ledger.tables.check", saved_meanwhile)
    add_rows(mine, sources=[SOURCE])
    assert (mine / "notes.md").read_text() == "own work"
    assert load_sources(mine)[-1].startswith("town-gazette-20250212")


def test_a_table_saved_while_rows_are_added_is_not_written_over(mine, monkeypatch):
    def saved_meanwhile(folder=None):
        found = check(folder)
        if folder != mine:
            (mine / "sources.csv").write_text("own work")
        return found

    monkeypatch.setattr("summit_analysis.ledger.tables.check", saved_meanwhile)
    with pytest.raises(FolderError, match=r"sources\.csv was saved again"):
        add_rows(mine, sources=[SOURCE])
    assert (mine / "sources.csv").read_text() == "own work"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permissions of this kind")
def test_a_private_folder_is_private_after_new_rows(mine):
    mine.chmod(0o700)
    (mine / "sources.csv").chmod(0o600)
    add_rows(mine, sources=[SOURCE])
    assert [path.stat().st_mode & 0o777 for path in (mine, mine / "sources.csv")] == [0o700, 0o600]
