"""The guide for who carries on is followed letter by letter, and what it adds is sound."""

import csv
import gzip
import io
import re
from pathlib import Path

import pytest

from summit_analysis import check, load, names_listed, quote, total
from summit_analysis.currency.rates import RATES_FILE
from summit_analysis.ledger import schema

GUIDE = (Path(__file__).resolve().parent.parent / ".github" / "CONTRIBUTING.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", GUIDE, re.MULTILINE | re.DOTALL))
ROWS = re.compile(r"^```csv (\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def extended(copy_tables):
    """A copy of the tables with all rows of the guide, in its order."""
    tables = copy_tables()
    for name, section in SECTIONS.items():
        for table, rows in ROWS.findall(section):
            with tables.path(table).open("a", encoding="utf-8", newline="") as file:
                file.write(rows)
        # a pledge and its short names are one piece of work
        assert check(tables).empty, name
    return tables


def test_every_row_of_the_guide_has_as_many_cells_as_its_table():
    found = [
        (table, row)
        for section in SECTIONS.values()
        for table, rows in ROWS.findall(section)
        for row in rows.splitlines()
    ]
    assert len(found) == 8
    for table, row in found:
        assert len(next(csv.reader(io.StringIO(row)))) == len(schema.fields(table)), table


def test_what_the_guide_adds_is_read(extended, ledger):
    grown = load(extended)
    before, after = total(ledger), total(grown)
    assert after.low - before.low == pytest.approx(2e9)
    assert "example-lyon" in set(after.counted.query("open_high")["pledge_id"])
    assert names_listed(grown, "example-2027").loc["state", "low"] == 1
    claim = grown.claims.set_index("claim_id").loc["bpifrance-ai-2029--example-tribune-20250301"]
    assert str(claim["claimed_on"].date()) == "2025-03-02"


def test_a_new_column_of_the_central_bank_is_a_new_currency(tables):
    path = tables.folder / RATES_FILE
    header, *days = gzip.decompress(path.read_bytes()).decode().splitlines()
    longer = [f"{header}XTS,", *(f"{day}2.5," for day in days)]
    path.write_bytes(gzip.compress("\n".join(longer).encode()))
    assert float(quote("XTS", "EUR", on="2025-02-10", rates=load(tables).rates).factor) == 0.4


def test_each_piece_of_work_takes_fewer_than_ten_lines():
    wanted = ["A source", "A claim", "A pledge", "A declaration", "A currency", "A notebook"]
    assert set(wanted) <= set(SECTIONS)
    for name in wanted:
        lines = [line for line in SECTIONS[name].splitlines() if line.strip() and not line.startswith("```")]
        assert len(lines) < 10, name


def test_every_command_of_the_guide_exists():
    from typer.testing import CliRunner

    from summit_analysis.__main__ import app

    for words in set(re.findall(r"summit-analysis ([a-z]+(?: update)?)", GUIDE)):
        assert CliRunner().invoke(app, [*words.split(), "--help"]).exit_code == 0
