"""Spoilt copies of the tables: each is named precisely, or gives the totals that the independent account gives.

`pytest tests/test_mutations.py --mutations 500` tries more of them.
"""

import csv
import gzip
import io
import math
from random import Random

import pytest

import witness
from summit_analysis import check, load, total
from summit_analysis.base.errors import LedgerError, MissingRateError
from summit_analysis.base.files import csv_text
from summit_analysis.currency.rates import RATES_FILE
from summit_analysis.ledger import schema
from summit_analysis.pledges.claims import select

TABLES = [name for name in schema.resources() if name != "corrections"]
NASTY = [
    "", " ", "NA", "NaN", "null", "abc", "12,5", "1e400", "-1", "0", "9" * 400, "1.5.2", "inf", "2025-13-45",
    "31/12/2025", "yes", "maybe", "=1+1", '=HYPERLINK("http://example.org")', "+1", "@x", "a\x00b", "a\x07b",
    "\u202eabc", "\ufeffx",
    "<script>alert(1)</script>", "javascript:alert(1)", "line\nbreak", "é" * 5000, "XXX", "usd", "EUR ", "109000000001",
]  # fmt: skip
"""What people and programs leave in cells."""


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def write(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def on_rows(change):
    """Make a mutation of a table out of a change of its rows, header first."""

    def mutate(random, path):
        rows = rows_of(path)
        change(random, rows)
        write(path, rows)

    return mutate


def any_cell(random, rows):
    return random.randrange(1, len(rows)), random.randrange(len(rows[0]))


def swap_in_column(random, rows):
    (one, column), (other, _) = any_cell(random, rows), any_cell(random, rows)
    rows[one][column], rows[other][column] = rows[other][column], rows[one][column]


def swap_in_row(random, rows):
    (row, one), (_, other) = any_cell(random, rows), any_cell(random, rows)
    rows[row][one], rows[row][other] = rows[row][other], rows[row][one]


def spoil_cell(random, rows):
    row, column = any_cell(random, rows)
    rows[row][column] = random.choice(NASTY)


def change_number(random, rows):
    """Replace digits by others: often a change that nobody can find, and that a total must follow."""
    numbers = [(r, c) for r, row in enumerate(rows) for c, cell in enumerate(row) if r and cell.isdigit()]
    if numbers:
        row, column = random.choice(numbers)
        rows[row][column] = str(int(rows[row][column]) * random.choice([2, 3, 10]))


def delete_row(random, rows):
    del rows[random.randrange(1, len(rows))]


def repeat_row(random, rows):
    rows.insert(random.randrange(1, len(rows)), list(random.choice(rows[1:])))


def break_key(random, rows):
    row = random.randrange(1, len(rows))
    rows[row][0] += random.choice(["-x", " ", "é"])


def shorten_row(random, rows):
    rows[random.randrange(1, len(rows))].pop()


def lengthen_row(random, rows):
    rows[random.randrange(len(rows))].append("more")


def spoil_header(random, rows):
    column = random.randrange(len(rows[0]))
    rows[0][column] = random.choice(["", "x", rows[0][0], rows[0][column].upper(), f" {rows[0][column]}"])


def drop_column(random, rows):
    column = random.randrange(len(rows[0]))
    for row in rows:
        del row[column]


def shuffle_rows(random, rows):
    rows[1:] = random.sample(rows[1:], len(rows) - 1)


def damage_bytes(random, path):
    content = bytearray(path.read_bytes())
    content[random.randrange(len(content))] = random.choice([0, 7, 34, 44, 10, 13, 255, 233])
    path.write_bytes(bytes(content))


def cut_off(random, path):
    content = path.read_bytes()
    path.write_bytes(content[: random.randrange(len(content))])


def encode_otherwise(random, path):
    text = path.read_text(encoding="utf-8")
    how = random.choice(["latin-1", "utf-16", "utf-8-sig", "cp1252"])
    path.write_bytes(text.encode(how, errors="replace"))


def end_lines_otherwise(random, path):
    text = path.read_text(encoding="utf-8")
    path.write_bytes(text.replace("\n", random.choice(["\r\n", "\r", "\n\n"])).encode())


def delete_file(random, path):
    path.unlink()


MUTATIONS = [
    *map(on_rows, [swap_in_column, swap_in_row, spoil_cell, spoil_cell, change_number, change_number, delete_row]),
    *map(on_rows, [repeat_row, break_key, shorten_row, lengthen_row, spoil_header, drop_column, shuffle_rows]),
    damage_bytes, cut_off, encode_otherwise, end_lines_otherwise, delete_file,
]  # fmt: skip


def pytest_generate_tests(metafunc):
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(metafunc.config.getoption("--mutations")))


def test_a_spoilt_table_is_named_or_adds_up(seed, tables):
    random = Random(seed)
    # every mutation in turn, on a table of chance: mostly where the money is
    table = random.choice([*TABLES, "claims", "claims", "pledges", "pledges", "overlaps"])
    MUTATIONS[seed % len(MUTATIONS)](random, tables.path(table))
    try:
        ledger = load(tables)
    except LedgerError as error:
        found = error.findings
        assert found[["table", "problem", "remedy"]].ne("").all(axis=None)
        assert {table, *referring_to(table)} & set(found["table"])
    else:
        agrees_with_the_slow_account(ledger)


def referring_to(table):
    """The tables with a key or a rule that points at `table`."""
    pointing = {
        name
        for name, resource in schema.resources().items()
        for key in resource["schema"].get("foreignKeys", [])
        if key["reference"]["resource"] == table
    }
    return pointing | {"statements"}


def agrees_with_the_slow_account(ledger):
    try:
        found = total(ledger)
    except MissingRateError as error:
        # the tables are sound, but the day of a claim has no rate
        assert error.missing["rate_status"].ne("").all()
        return
    rows = select(ledger, to="EUR", rule="full-range", where=None, as_of=None)
    plain = [
        {
            **row,
            **{end: None if math.isnan(row[end]) else row[end] for end in ("low", "high")},
            "parent_id": row["parent_id"] if isinstance(row["parent_id"], str) else None,
        }
        for row in rows.to_dict("records")
    ]
    ties = ledger.overlaps[["pledge_a", "pledge_b", "relation"]].itertuples(index=False, name=None)
    slow = witness.total(plain, list(ties))
    assert (found.low, found.high) == pytest.approx((slow["low"], slow["high"]))
    assert set(found.counted["pledge_id"]) == slow["counted"]
    assert found.sentence("en")
    assert found.sentence("fr")


@pytest.mark.parametrize("damage", [b"", b"\x1f\x8b", b"Date,USD,\n", b"nothing of the kind"])
def test_spoilt_rates_are_named(damage, tables):
    path = tables.folder / RATES_FILE
    path.write_bytes(damage)
    found = check(tables)
    assert found.loc[0, "table"] == RATES_FILE
    assert found.loc[0, "problem"]


def test_a_rate_that_is_none_is_named_by_day_and_currency(tables):
    path = tables.folder / RATES_FILE
    text = gzip.decompress(path.read_bytes()).decode()
    header, first, *rest = text.splitlines()
    cells = first.split(",")
    for wrong in ("-1.05", "nan", "inf", "1,05", "", "0"):
        cells[1] = wrong
        path.write_bytes(gzip.compress("\n".join([header, ",".join(cells), *rest]).encode()))
        found = check(tables)
        assert found.loc[0, "table"] == RATES_FILE
        assert wrong == "1,05" or found.loc[0, ["row", "column", "value"]].tolist() == [2, "USD", wrong]


@pytest.mark.parametrize("cell", ["=1+1", "+33 1", "-x", "@SUM(A1)", "\t=1", '=cmd|" /C calc"!A0'])
def test_no_formula_leaves_the_house(cell, ledger, tables):
    rows = list(csv.reader(io.StringIO(csv_text(ledger.claims.head(2).assign(note=cell, moved=-1.5)))))
    assert {row[-2] for row in rows[1:]} == {f"'{cell}"}
    assert {row[-1] for row in rows[1:]} == {"-1.5"}
    tables.edit("claims", "claim_id", "france-109bn--seed-article", "note", cell)
    found = check(tables)
    assert found[["table", "column"]].values.tolist()[0] == ["claims", "note"]


def test_an_address_that_runs_a_script_is_found(tables):
    tables.edit("sources", "source_id", "seed-article", "url", "javascript:alert(1)")
    assert check(tables)[["table", "column"]].values.tolist() == [["sources", "url"]]
