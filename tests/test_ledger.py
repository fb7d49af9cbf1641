"""The ledger: what is read is what is written, each defect is named once, with its place and what would be right.

`pytest tests/test_ledger.py -k adds_up --mutations 500` tries more spoilt tables.
"""

import csv
import dataclasses
import datetime as dt
import gzip
import io
import json
import math
import os
import pickle
import re
import shutil
import sqlite3
import tempfile
import types
import zipfile
from contextlib import closing
from functools import partial
from pathlib import Path
from random import Random

import frictionless
import pandas as pd
import pytest
from matplotlib.path import Path as Outline

import printed
import summit_analysis as sa
import witness
from invented import records
from refusals import misses
from summit_analysis import add_rows, charts, check, cite, copy_data, load, total, value_claims
from summit_analysis.base import files
from summit_analysis.base.errors import ChoiceError, FileError, FrameError, LedgerError, MissingRateError
from summit_analysis.currency.rates import RATES_FILE
from summit_analysis.ledger import schema
from summit_analysis.ledger import tables as reading
from summit_analysis.ledger.checks import MONEY
from summit_analysis.ledger.export import exported
from summit_analysis.ledger.sources import counted, references, source_line
from summit_analysis.ledger.tables import inventory
from summit_analysis.pledges.claims import select
from summit_analysis.pledges.status import last_news

TABLES = list(schema.resources())
SEED = "france-109bn--seed-article"


def rows_of(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig", errors="replace"), newline="")))


def as_csv(rows, **how):
    text = io.StringIO(newline="")
    csv.writer(text, **{"lineterminator": "\n", **how}).writerows(rows)
    return text.getvalue().encode()


def change(tables, table, how):
    """Pass the bytes of a table through `how`."""
    tables.path(table).write_bytes(how(tables.path(table).read_bytes()))


def places(found):
    """Where findings are, and what they name: table, row (None for the whole table), column, value."""
    rows = found["row"].astype(object).where(found["row"].notna(), None)
    return list(zip(found["table"], rows, found["column"], found["value"], strict=True))


def missed(expected, found):
    """What of {the beginning of a place: words that are said there} is not found, or is found and not expected."""
    said = {place: f"{one.problem}. {one.remedy}" for place, one in zip(places(found), found.itertuples(), strict=True)}
    size = len(next(iter(expected)))
    wrong = {place: text for place, text in said.items() if expected.get(place[:size], "\0") not in text}
    return {**wrong, **dict.fromkeys(expected.keys() - {one[:size] for one in said}, "not found")}


# --- a cell or a row that is wrong: all in one copy of the tables, checked once

with (Path(__file__).with_name("spoilt-cells.csv")).open(encoding="utf-8", newline="") as cells:
    CELLS = list(csv.reader(cells))[1:]
"""Table, key of its row, column, what is put into the cell, and what the finding says."""
TELEHOUSE = "telehouse-france--jde-telehouse"
SOUND = [
    # west of Greenwich
    ("sites", "site_id", "grenoble", "longitude", "-0.58"),
    # a bare year stands for all of it, the tenth claim of a pledge and source has two digits
    ("pledges", "pledge_id", "france-109bn", "horizon_end", "2025"),
    ("pledges", "pledge_id", "france-109bn", "horizon_start", "2025-02-10"),
    ("claims", "claim_id", f"{TELEHOUSE}-2025", "claim_id", f"{TELEHOUSE}-2025-10"),
]
ROWS = [
    # table, what is done to its text, column and value that are named, what is said
    ("entities", lambda text: f"{text}NA,XNA,state,Rien,,,,,no,no,no,no,no,no\n", "entity", "NA", "write the full"),
    ("overlaps", lambda text: text + text.splitlines(keepends=True)[1], "pledge_a, pledge_b",
     "investai-gigafactories-20bn, investai-eu-top-up-50bn", "key stands twice"),
    ("counts", lambda text: f"{text}newdelhi-2026,aa-61-202502,,,92,2026-03-03\n", "", "", "commas that are missing"),
    ("aliases", lambda text: f"{text}investai,Invest, AI,en,name\n", "", "name", "more cells than columns. Put a text"),
]  # fmt: skip
HIDDEN = [*range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0x200B, 0x2010), 0x2028, 0x2029, 0xFEFF]
HIDDEN += [0x80, 0x85, 0x9F, *range(1, 0x20), 0x7F, 0, 0xAD]
"""Characters that turn or hide text; one in each row, where a title, a page or a terminal would show them."""


@pytest.fixture(scope="module")
def spoilt(copy_tables):
    """A copy with all these faults, what is expected of each, and what the check says."""
    tables, expected = copy_tables(), {}
    for edit in SOUND:
        tables.edit(*edit)
    for table, key, column, cell, said in CELLS:
        row = tables.edit(table, next(iter(schema.fields(table))), key, column, cell)
        expected[table, row, column, cell] = said
    for table, how, column, value, said in ROWS:
        expected[table, tables.rewrite(table, how), column, value] = said
    labels = rows_of(tables.path("labels").read_bytes())
    for row, code in enumerate(HIDDEN, 1):
        labels[row][1 + row % 2] = f"a{chr(code)}b"
        expected["labels", row + 1, labels[0][1 + row % 2], f"a{chr(code)}b"] = f"U+{code:04X} in"
    # a pledge without a label once passed the check
    bare = labels.pop()[0]
    pledges = [row[0] for row in rows_of(tables.path("pledges").read_bytes())]
    expected["pledges", pledges.index(bare) + 1, "pledge_id", bare] = "has no row in labels. Add a row to labels.csv"
    tables.path("labels").write_bytes(as_csv(labels).replace(b",a\rb", b',"a\rb"'))
    return tables, expected, check(tables)


def test_every_defect_is_found_where_it_is_with_its_remedy_and_nothing_else(spoilt):
    _, expected, found = spoilt
    assert missed(expected, found) == {}


def test_load_refuses_with_the_same_list(spoilt):
    tables, expected, found = spoilt
    with pytest.raises(LedgerError) as error:
        load(tables)
    pd.testing.assert_frame_equal(error.value.findings, found)
    first, *lines, last = str(error.value).splitlines()
    assert (first, last) == (f"{len(expected)} finding(s) in the tables", f"  … and {len(expected) - 20} more")
    for line, (table, row, column, value) in zip(lines, places(found)[:20], strict=True):
        place = ", ".join(filter(None, [table, f"row {row}", column]))
        assert line.startswith(f"  {place}: {value!r} " if value else f"  {place}: ")


def test_a_sum_that_cannot_be_does_not_pass_unless_it_is_small_and_its_note_says_so(tables):
    names, *rows = rows_of(tables.path("updates").read_bytes())
    amount, note = names.index("amount"), names.index("note")
    wrong = [("50.000", "x"), ("50", "x"), ("0", "x"), ("999", "x"), ("5000.5", "x"), ("50", "50 000"), ("50", "150")]
    filled = [row for row in rows if row[amount]][: len(wrong) + 2]
    for row, cells in zip(filled, [*wrong, ("50", "About 50 euros a head"), ("1000", "x")], strict=True):
        row[amount], row[note] = cells
    tables.path("updates").write_bytes(as_csv([names, *rows]))
    found = check(tables)
    assert places(found) == [("updates", rows.index(row) + 2, "amount", row[amount]) for row in filled[: len(wrong)]]
    assert found["remedy"].str.contains("whole units").all()


# --- files as programs and people leave them


def header(content):
    return content.partition(b"\n")[0]


def on_rows(how):
    return lambda content: as_csv(how(rows_of(content)))


def with_marks(content, mark=";", line="\r\n"):
    return as_csv(rows_of(content), delimiter=mark, lineterminator=line)


SPOILERS = {
    "semicolons": with_marks,
    "tabs": lambda content: with_marks(content, "\t"),
    "bars": lambda content: with_marks(content, "|", "\n"),
    "sep=;": lambda content: b"\xef\xbb\xbfsep=;\r\n" + with_marks(content),
    "sep=,": lambda content: b"sep=,\n" + content,
    "every cell quoted": lambda content: as_csv(rows_of(content), quoting=csv.QUOTE_ALL),
    "single quotes": lambda content: as_csv(rows_of(content), quotechar="'"),
    "backslashes": lambda content: as_csv(rows_of(content), doublequote=False, escapechar="\\", quoting=csv.QUOTE_ALL),
    "line ends of Windows": lambda content: content.replace(b"\n", b"\r\n"),
    "line ends of old": lambda content: content.replace(b"\n", b"\r"),
    "byte order mark": lambda content: b"\xef\xbb\xbf" + content,
    "two byte order marks": lambda content: b"\xef\xbb\xbf" * 2 + content,
    "UTF-16": lambda content: content.decode(errors="replace").encode("utf-16"),
    "Latin-1": lambda content: content.decode(errors="replace").encode("latin-1", errors="replace"),
    "NUL": lambda content: content.replace(b"a", b"\0", 1),
    "workbook": lambda content: b"PK\x03\x04\x14\x00\x06\x00\x08\x8e",
    "empty": lambda content: b"",
    "one empty line": lambda content: b"\n",
    "header only": header,
    "header in capitals": lambda content: content.replace(header(content), header(content).upper(), 1),
    "header again": lambda content: content + header(content) + b"\n",
    "title above": lambda content: b"Promises, 2025\n\n" + content,
    "merge conflict": lambda content: content + b"<<<<<<< HEAD\n=======\n>>>>>>> theirs\n",
    "empty rows": lambda content: content + b"\n" * 50,
    "rows of commas": lambda content: content + (b"," * header(content).count(b",") + b"\n") * 50,
    "column renamed": lambda content: content.replace(b",", b",x", 1),
    "column added": lambda content: content.replace(b"\n", b",remark\n", 1),
    "column named twice": on_rows(lambda rows: [[*rows[0][:-1], rows[0][0]], *rows[1:]]),
    "column named nothing": on_rows(lambda rows: [[rows[0][0], "", *rows[0][2:]], *rows[1:]]),
    "blanks around a name": lambda content: content.replace(b"\n", b" \n", 1),
    "column dropped": on_rows(lambda rows: [row[1:] for row in rows]),
    "columns turned round": on_rows(lambda rows: [row[::-1] for row in rows]),
}


def in_cells(kind, how):
    """Rewrite the filled cells of all columns of a type, "money" for sums, in a table known by its header."""

    def spoil(content):
        names, *rows = rows_of(content)
        fields = next(fields for fields in map(schema.fields, TABLES) if list(fields) == names)
        kinds = ["money" if fields[name].get("unit") == MONEY else fields[name]["type"] for name in names]
        return as_csv(
            [names, *([how(c) if c and k == kind else c for c, k in zip(row, kinds, strict=True)] for row in rows)]
        )

    return spoil


def day(pattern):
    return in_cells("date", lambda cell: dt.date.fromisoformat(cell).strftime(pattern))


def no(word, other):
    return in_cells("boolean", {"yes": word, "no": other}.get)


EXCEL_DAY = dt.date(1899, 12, 30)
SUMS, NAMES = "amount_low, amount_high, scale", "g7, g20, eu27, brics_2025, oecd, african_union"
AS_PROGRAMS_WRITE = [
    # table, how it is spoilt, column and row that are named, what is said; of what is read nothing
    ("claims", lambda c: b"\xef\xbb\xbf" + with_marks(c), "", None,
     "separated by semicolons, not by commas. Open the file and save it as CSV with commas, in UTF-8"),
    ("events", lambda c: with_marks(day("%d.%m.%Y")(c)), "", None, "separated by semicolons"),
    ("overlaps", SPOILERS["tabs"], "", None, "separated by tabs"),
    ("updates", SPOILERS["sep=;"], "", None, "separated by semicolons"),
    ("economies", SPOILERS["sep=,"], "", 1, "the header stands in row 2. Delete the rows above the header"),
    ("corrections", SPOILERS["workbook"], "", None, "an Excel workbook, not CSV"),
    ("counts", SPOILERS["empty"], "", None, "file is empty. Write at least the header row"),
    ("declarations", SPOILERS["header in capitals"], "declaration_id", None, "otherwise, as are 8 more. Write decl"),
    ("sources", SPOILERS["title above"], "", 1, "the header stands in row 3"),
    ("statements", SPOILERS["column added"], "remark", None, "column is not in the schema. Delete the column"),
    ("entities", SPOILERS["blanks around a name"], "african_union", None, "written otherwise. Write african_union"),
    ("signatures", SPOILERS["columns turned round"], "", None, "out of order. Order them so: declaration_id,entity"),
    ("sites", lambda c: c.replace(b"Fouju", b"Fouj\xe9", 1), "", 2, "byte 0xe9 is not UTF-8. Open it and save it"),
    ("pegs", lambda c: c.replace(b'"Central', b'"Cen" tral', 1), "", None, "not readable ("),
    ("aliases", lambda c: with_marks(c, "\t").decode().encode("utf-16"), "", None, "UTF-16, not UTF-8. Open it and"),
    ("labels", lambda c: c.decode().encode("cp1252"), "", 2, "not UTF-8. Open it and save it"),
    ("pledges", lambda c: with_marks(c, ",")[:-2], "", 0, ""),
    ("updates", lambda c: c + (b"," * 8 + b"\r\n") * 500, "", 0, ""),
    ("overlaps", lambda c: c + b"\n" * 500, "", 0, ""),
    ("sources", on_rows(lambda rows: [[*row, "", "", ""] for row in rows]), "", 0, ""),
    ("counts", on_rows(lambda rows: [rows[0], *([*row, ""] for row in rows[1:])]), "", 0, ""),
    ("claims", lambda c: c + header(c) + b"\n", "", -1, "the header stands here again"),
    ("events", lambda c: c.replace(b"\n", b"\n" * 50, 1), "", 0, ""),
    ("pledges", SPOILERS["merge conflict"], "", -3, "mark of a merge conflict. Keep one of the two versions"),
    ("entities", no("VRAI", "FAUX"), NAMES, 2, "neither yes nor no, here and in all 635 others. Write yes or no"),
    ("declarations", day("%Y/%m/%d"), "adopted_on", 2, "day written yyyy/mm/dd"),
    *((table, in_cells("string", "{}\u00a0".format), ", ".join(
        name for name, field in schema.fields(table).items() if field["type"] == "string"), 2,
       # what refers to them is right
       "blank before or after the text, here and in all ") for table in ("statements", "sources")),
    ("economies", lambda c: c + b"=======\n", "", -1, "mark of a merge conflict"),
    ("events", day("%d/%m/%Y"), "starts_on, ends_on", 2, "mm/dd/yyyy, here and in all 199 others. Write a day as "
     "YYYY-MM-DD: give the columns this format (Format > Cells; French Excel: aaaa-mm-jj)"),
    ("claims", in_cells("money", lambda c: f"{float(c):.2E}".replace(".", ",")), SUMS, 2,
     "which may have lost digits, here and in all 672 others. Write digits only"),
    ("updates", in_cells("money", "{},0".format), "amount", 3, "a mark between its digits, here and in all"),
    ("entities", no("TRUE", "FALSE"), NAMES, 2, "nor no"),
    ("labels", lambda c: c.replace(b"label_e", b"Label E", 1), "label_en", None, "Write label_en"),
    ("events", day("%m/%d/%Y"), "starts_on, ends_on", 2, "day written dd/mm/yyyy or mm/dd/yyyy, here and in all 199"),
    ("claims", in_cells("money", lambda c: f"{int(c):,}".replace(",", "\u202f")), SUMS, 2, "between its digits, here"),
    ("signatures", in_cells("date", lambda c: str((dt.date.fromisoformat(c) - EXCEL_DAY).days)),
     "listed_on, absent_from", 2, "day written as the number Excel has for it, here and in all "),
    ("claims", in_cells("money", lambda c: "50.000"), SUMS, 2, "a mark between its digits"),
    # one of them could be a decimal
    ("updates", in_cells("money", lambda c: f"{int(c) // 10**(6 * (c == '400000000')):,}".replace(",", ".")),
     "amount", 3, "a mark between its digits"),
]  # fmt: skip


def test_what_spoils_a_whole_table_is_read_or_is_one_finding_with_the_remedy(copy_tables, ledger):
    """A French Excel once made 1,260 findings; a correction of such a table pointed "to no table"."""
    rest = AS_PROGRAMS_WRITE
    while rest:
        # each table once a round
        turn = list({case[0]: case for case in rest[::-1]}.values())[::-1]
        rest, tables, expected = [case for case in rest if case not in turn], copy_tables(), {}
        for table, how, column, row, said in turn:
            change(tables, table, how)
            spoilt = tables.path(table).read_bytes()
            assert spoilt != (files.shipped("data") / tables.path(table).name).read_bytes()
            if said:
                last = len(spoilt.splitlines()) + 1
                expected[table, last + row if row and row < 0 else row, column] = said
        assert missed(expected, check(tables)) == {}
    # what check lets pass is what load reads, with the marks that Windows puts into each file
    tables = copy_tables()
    for table, how, *_, said in AS_PROGRAMS_WRITE:
        if not said:
            change(tables, table, how)
    for table in TABLES:
        change(tables, table, lambda content: b"\xef\xbb\xbf" + re.sub(b"\r?\n", b"\r\n", content))
    after = load(tables)
    assert [table for table in TABLES if not getattr(after, table).equals(getattr(ledger, table))] == []
    before = inventory().set_index("table")["rows"]
    assert inventory(tables).set_index("table")["rows"].equals(before)


def test_a_table_under_another_name_or_in_another_folder_is_missed_where_it_is(tables, tmp_path):
    (tables.folder / "old").mkdir()
    tables.path("pledges").unlink()
    (tables.folder / RATES_FILE).write_bytes((tables.folder / RATES_FILE).read_bytes()[:-1000])
    moves = {"claims": "claims.csv.txt", "events": "Events.CSV", "labels": "labels.xlsx", "sources": "old/sources.csv"}
    expected = {("pledges", None, "", ""): "Put pledges.csv into the folder; summit-analysis new makes one to fill"}
    expected[RATES_FILE, None, "", ""] = "eurofxref-hist.csv"
    for table, name in moves.items():
        tables.path(table).rename(tables.folder / name)
        expected[table, None, "", name] = "Open it and save it as CSV" if table == "labels" else "in this folder"
    assert missed(expected, check(tables)) == {}
    # an inventory once ended in an error that is not ours
    with pytest.raises(LedgerError, match=r"claims\.csv is missing, but claims\.csv\.txt is there"):
        inventory(tables)
    shutil.copytree(files.shipped("data"), tmp_path / "above" / "data")
    with pytest.raises(FileError, match=r"holds no table, but .*data does: give that folder"):
        check(tmp_path / "above")


def test_a_pipe_a_cell_without_an_end_and_rates_that_unpack_without_an_end_once_took_the_machine(tables):
    tables.path("counts").unlink()
    os.mkfifo(tables.path("counts"))
    tables.rewrite("overlaps", lambda text: text + '"' + "x" * 100_000 + "\n")
    (tables.folder / RATES_FILE).write_bytes(gzip.compress(bytes(65 * 2**20), 1))
    expected = {("counts", None): "not a file", ("overlaps", None): "not readable (unexpected end of data)"}
    assert missed(expected | {(RATES_FILE, None): "unpacks to more than 32 MB"}, check(tables)) == {}


NASTY = [
    "", " ", "NA", "NaN", "null", "abc", "12,5", "1e400", "-1", "0", "9" * 400, "1.5.2", "inf", "2025-13-45",
    "31/12/2025", "yes", "maybe", "=1+1", '=HYPERLINK("http://example.org")', "+1", "@x", "a\x00b", "a\x07b",
    "\u202eabc", "\ufeffx", "<script>alert(1)</script>", "javascript:alert(1)", "line\nbreak", "a\rb", "\r", '"', " x",
    "é" * 5000, "XXX", "usd", "EUR ", "109000000001", "\u0665\u0660", "1e5", "007", "50.000", "1_000", "true",
]  # fmt: skip
"""What people and programs leave in cells."""


def from_anywhere(random, rows, cell):
    return random.choice(random.choice(rows[1:]))


def from_people_and_programs(random, rows, cell):
    return random.choice(NASTY)


def another_number(random, rows, cell):
    """Often a change that nobody can find, and that a total must follow."""
    return str(int(cell) * random.choice([2, 3, 10])) if cell.isdigit() else cell


def in_a_cell(random, rows, how):
    row = random.choice(rows[1:])
    column = random.randrange(len(row))
    row[column] = how(random, rows, row[column])


def in_rows(how):
    def spoil(random, content):
        rows = rows_of(content)
        how(random, rows)
        return as_csv(rows)

    return spoil


MARKS = [b"\0", b'"', b"\xff"]
WAYS = [
    *(in_rows(partial(in_a_cell, how=how)) for how in (from_anywhere, from_people_and_programs, another_number) * 2),
    in_rows(lambda random, rows: rows.__setitem__(slice(1, None), random.sample(rows[1:], len(rows) - 1))),
    in_rows(lambda random, rows: rows.pop(random.randrange(1, len(rows)))),
    in_rows(lambda random, rows: rows.insert(random.randrange(1, len(rows)), list(random.choice(rows[1:])))),
    in_rows(lambda random, rows: random.choice(rows[1:]).pop()),
    in_rows(lambda random, rows: random.choice(rows).append("more")),
    in_rows(lambda random, rows: random.choice(rows[1:]).insert(0, random.choice(["x", " ", "é"]))),
    lambda random, content: content[: random.randrange(len(content))],
    lambda random, content: content.replace(random.choice(content).to_bytes(), random.choice(MARKS), 1),
    *(lambda random, content, how=how: how(content) for how in SPOILERS.values()),
]


def spoiled_by_chance(number):
    """Return a table, mostly one where the money is, and a function that spoils its bytes: every way in turn."""
    random = Random(number)
    table = random.choice([*TABLES[:-1], "claims", "claims", "pledges", "pledges", "overlaps"])
    return table, partial(WAYS[number % len(WAYS)], random)


ONCE = {
    "a file that holds its header alone": ("labels", SPOILERS["header only"]),
    "a file of which rows are corrected, and none is there": ("claims", SPOILERS["header only"]),
    "a line end of old in the last cell": ("claims", lambda content: content.replace(b",\n", b',"a\rb"\n', 2)),
    "digits of another script": ("claims", lambda content: content.replace(b"109000000000", "\u0665\u0660".encode())),
}
"""What once was taken for sound, or ended in an error that is not ours."""


def test_a_spoilt_table_is_named_or_is_read_whole_and_adds_up(tables, pytestconfig):
    chance = {f"chance {n}": spoiled_by_chance(n) for n in range(pytestconfig.getoption("--mutations"))}
    failed = {}
    for name, (table, spoil) in {**ONCE, **chance}.items():
        sound = tables.path(table).read_bytes()
        change(tables, table, spoil)
        try:
            ledger = load(tables)
            assert [one for one in TABLES if list(getattr(ledger, one)) != list(schema.fields(one))] == []
            agrees_with_the_slow_account(ledger)
        except LedgerError as error:
            found, blamed = error.findings, {table, *referring_to(table)}
            if blamed.isdisjoint(found["table"]) or found[["problem", "remedy"]].eq("").any(axis=None):
                failed[name] = found
        except Exception as error:
            failed[name] = error
        tables.path(table).write_bytes(sound)
    assert failed == {}


def referring_to(table):
    """The tables with a key or a rule that points at `table`."""
    keys = [(name, key) for name, one in schema.resources().items() for key in one["schema"].get("foreignKeys", [])]
    return {name for name, key in keys if key["reference"]["resource"] == table} | {"statements", "pledges"}


def agrees_with_the_slow_account(ledger):
    try:
        found = total(ledger)
    except MissingRateError as error:
        # the tables are sound, but the day of a claim has no rate
        assert error.missing["rate_status"].ne("").all()
        return
    rows = records(select(ledger, to="EUR", rule="full-range", where=None, as_of=None))
    slow = witness.total(rows, [*ledger.overlaps[["pledge_a", "pledge_b", "relation"]].itertuples(index=False)])
    assert (found.low, found.high) == pytest.approx((slow["low"], slow["high"]))
    assert set(found.counted["pledge_id"]) == slow["counted"]


def test_a_row_that_refers_to_nothing_is_found_where_frictionless_finds_one(tables):
    """The keys are the schema's; frictionless alone reads the tables once more for each of them."""
    for table, resource in schema.resources().items():
        names, *records = rows_of(tables.path(table).read_bytes())
        for row, key in enumerate(resource["schema"].get("foreignKeys", []) if records else []):
            records[3 * row % len(records)][names.index(key["fields"][-1])] = "" if row == 1 else "nowhere"
        tables.path(table).write_bytes(as_csv([names, *records]))
    report = frictionless.validate(str(tables.folder / schema.SCHEMA_FILE))
    errors = [(task.name, error) for task in report.tasks for error in task.errors if error.type == "foreign-key"]
    dead = {(table, error.row_number, ", ".join(error.field_names)) for table, error in errors}
    found = check(tables)
    keys, told = found[["table", "row", "column"]], found["problem"].str.startswith("not among")
    # a cell that is not even written as its column wants it is named for that
    assert set(keys[told].itertuples(index=False, name=None)) <= dead <= set(keys.itertuples(index=False, name=None))
    assert told.sum() > 12


def test_a_reference_to_a_table_that_a_folder_lacks_once_passed_and_ended_the_report(tables):
    tables.path("declarations").unlink()
    refer = {table for table in TABLES for name in schema.fields(table) if name == "declaration_id"} - {"declarations"}
    expected = {(table, None, "declaration_id"): "add the row to declarations.csv" for table in refer}
    expected["statements", None, "links_to"] = "names an id that is in no table"
    assert missed(expected, check(tables).assign(row=None)) == {}


def test_own_rates_convert_the_claims_of_a_folder_and_those_that_repeat_are_found(tables):
    for claim, code in (("mgx-campus--tap-109bn-20250211", "VND"), ("mgx-campus--seed-article", "AED")):
        tables.edit("claims", "claim_id", claim, "currency", code)
    more = "2025-02-01,VND,26000.5,State Bank of Vietnam\n2010-02-01,ISK,290,Central Bank of Iceland\n"
    tables.append("own_rates", more)
    assert check(tables).empty
    valued = value_claims(load(tables)).set_index("claim_id")
    assert valued.loc["mgx-campus--tap-109bn-20250211", ["rate", "rate_status"]].tolist() == [26000.5, "own"]
    assert valued.loc["mgx-campus--seed-article", "low_EUR"] == pytest.approx(50e9 / 3.6725 / 1.0324, rel=1e-14)
    tables.append("own_rates", "2025-02-10,USD,2,x\n2025-02-10,AED,2,x\n2025-02-10,EUR,2,x\n2025-02-10,VNX,0,x\n")
    tables.append("pegs", "XOF,EUR,650,1998-01-01,1999-01-01,x,https://x.org,x\n")
    twice = "two rows of it hold on the same day. Delete the row"
    expected = {("rates", 4): "the ECB publishes a rate of it that day", ("rates", 5): "pegs.csv has a rate"}
    expected |= {("rates", 6): "the ECB publishes a rate of it that day", ("rates", 7): "too small"}
    assert missed(expected | {("pegs", 21): twice, ("pegs", 22): twice}, check(tables)) == {}


def test_no_formula_leaves_the_house(ledger):
    for cell in ["=1+1", "+33 1", "-x", "@SUM(A1)", "\t=1", '=cmd|" /C calc"!A0']:
        rows = list(csv.reader(io.StringIO(files.csv_text(ledger.claims.head(2).assign(note=cell, moved=-1.5)))))
        assert [row[-2:] for row in rows[1:]] == [[f"'{cell}", "-1.5"]] * 2


def test_a_folder_has_words_of_its_own_where_nothing_counts_with_them(tables):
    path, row = tables.folder / schema.SCHEMA_FILE, tables.edit("pledges", "pledge_id", "thales-ai", "purpose", "space")
    shipped, no_table = path.read_text("utf-8"), ("", None, path.name, "")

    def words(table, column, change):
        own = json.loads(shipped)
        limits = schema.worded(own)[table, column]["constraints"]
        limits["enum"] = change(limits["enum"])
        return json.dumps(own)

    path.write_text(words("pledges", "purpose", lambda known: [*known, "space"]), encoding="utf-8")
    assert check(tables).empty
    for text, place, said in (
        (words("claims", "qualifier", lambda known: [*known, "about"]), ("claims", None, "qualifier", "about"),
         "nothing can count with. Words of one's own are for pledges.g"),
        (words("pledges", "purpose", lambda _: "space"), no_table, "the enum of pledges.purpose is no list of words"),
        (json.dumps(json.loads(shipped) | {"title": ["x"]}), no_table, "title is no text"),
        ("[", no_table, "datapackage.json is no descriptor of tables"),
    ):  # fmt: skip
        path.write_text(text, encoding="utf-8")
        expected = {("pledges", row, "purpose", "space"): "word is not allowed. Use one of: data-centre", place: said}
        assert missed(expected, check(tables)) == {}


# --- corrections: what was published wrong stays in its table, is read right, and is found once it no longer stands


def correct(tables, *rows):
    """Add corrections, each (table, key, column, old, new) and perhaps its day."""
    for row in rows:
        cells = [*row[:5], "Misread by us", "seed-article", *(row[5:] or ["2026-01-02"])]
        change(tables, "corrections", lambda content, cells=cells: content + as_csv([cells]))
    return check(tables)


def test_corrections_are_read_by_their_day_and_the_table_keeps_what_was_published(tables, ledger):
    claim, before = ledger.claims.set_index("claim_id").loc[SEED].fillna(""), tables.path("claims").read_bytes()
    note, figure, shipped = claim["note"], f"{claim['amount_low']:.0f}", len(ledger.corrections)
    france = ledger.signatures.query("declaration_id == 'paris-2025' and iso3 == 'FRA'")["note"].fillna("").item()
    found = correct(
        tables,
        ("claims", SEED, "amount_low", figure, "1000000"),
        ("claims", SEED, "amount_high", figure, "1000000"),
        ("claims", SEED, "note", "Second reading", "Third reading", "2026-03-01"),
        ("claims", SEED, "note", note, "Second reading", "2026-02-01"),
        ("signatures", "paris-2025;FRA", "note", france, "Corrected"),
    )
    assert found.empty
    right = load(tables)
    claim = right.claims.set_index("claim_id").loc[SEED]
    assert claim[["amount_low", "amount_high", "note"]].tolist() == [1e6, 1e6, "Third reading"]
    assert right.signatures.query("note == 'Corrected'")["iso3"].tolist() == ["FRA"]
    assert (len(right.corrections), tables.path("claims").read_bytes()) == (shipped + 5, before)
    naive = [total(one, rule="article").naive.low for one in (right, ledger)]
    assert naive[0] == pytest.approx(naive[1] - float(figure) + 1e6)
    # mending the table itself makes the corrections of it fall
    tables.edit("claims", "claim_id", SEED, "note", "Third reading")
    said = "says 'Third reading'. Delete the correction if the table was mended, else correct it"
    rows = {shipped + 4: "Second reading", shipped + 5: note}
    assert missed({("corrections", row, "old", old): said for row, old in rows.items()}, check(tables)) == {}


WRONG_CORRECTIONS = [
    (("claims", "no-such-claim", "note", "", "x"), "key", "names 0 rows of claims"),
    (("claims", SEED, "claim_id", "", "x"), "column", "not a column of claims that can be corrected"),
    (("claims", SEED, "colour", "", "x"), "column", "not a column of claims that can be corrected"),
    (("claims", SEED, "standing", "stands", "stands"), "new", "the same as the old value"),
    (("claims", SEED, "note", "Nobody wrote this", "Right"), "old", "no longer stands: claims, row "),
    (("corrections", "x", "note", "", "x"), "table", "word is not allowed. Use one of: sources"),
    (("rates", "x", "note", "", "x"), "table", "word is not allowed. Use one of: sources"),
]


def test_a_correction_that_points_nowhere_is_found_and_what_one_puts_in_is_held_against_schema_and_rules(
    tables, ledger
):
    spoil = ("claims", SEED, "standing", "stands", "wobbles", "2026-01-03"), ("claims", SEED, "currency", "EUR", "XXX")
    found = correct(tables, *(row for row, _, _ in WRONG_CORRECTIONS), *spoil)
    row, first = list(ledger.claims["claim_id"]).index(SEED) + 2, len(ledger.corrections) + 2
    expected = {("corrections", row, column): said for row, (_, column, said) in enumerate(WRONG_CORRECTIONS, first)}
    expected |= {("claims", row, "standing"): "word is not allowed", ("claims", row, "currency"): "no currency has"}
    assert missed(expected, found) == {}


def test_a_blank_before_the_name_of_a_key_once_was_a_key_error(tables):
    change(tables, "claims", lambda content: b" " + content)
    found = correct(tables, ("claims", SEED, "currency", "EUR", "USD"))
    assert places(found) == [("claims", None, "claim_id", " claim_id")]


# --- reading


def test_the_shipped_tables_are_clean_also_for_frictionless_alone_and_end_on_the_day_of_the_last_news(ledger):
    assert check().empty
    report = frictionless.validate(str(files.shipped("data") / schema.SCHEMA_FILE))
    assert (report.valid, report.stats["tasks"]) == (True, len(TABLES) + 3)
    assert schema.package()["temporal"]["end"] == f"{last_news(ledger):%Y-%m-%d}"


def test_a_ledger_shows_what_is_in_it_in_five_lines(ledger):
    empty = dataclasses.replace(ledger, **{name: getattr(ledger, name).head(0) for name in TABLES})
    for one in (ledger, empty):
        shown = repr(one)
        assert len(shown.splitlines()) <= 5
        assert max(map(len, shown.splitlines())) < 120
        there = [name for name in TABLES if name != "event" and len(getattr(one, name))]
        assert all(f"{len(getattr(one, name))} {name}" in " ".join(shown.split()) for name in there)
        assert str(ledger.rates.days[-1]) in shown
    # one pledge once was "1 summit pledges"
    assert ": 1 summit pledge, last news" in repr(ledger.filter(pledge_id="mgx-campus"))


def test_a_table_is_read_as_it_is_written(ledger):
    assert set(sa.Ledger.__dataclass_fields__) == {*TABLES, "rates", "folder", "version", "kept"}
    dtypes = {"string": "str", "number": "float64", "integer": "Int64", "year": "Int64", "boolean": "boolean"}
    values = {"number": float, "integer": int, "year": int, "boolean": "yes".__eq__, "date": pd.Timestamp}
    for table in TABLES:
        frame, records = getattr(ledger, table), printed.cells(table)
        assert (list(frame.columns), len(frame)) == (list(schema.fields(table)), len(records))
        for name in frame:
            cells = [record[name] for record in records]
            kind, column = schema.fields(table)[name]["type"], frame[name]
            assert column.dtype.kind == "M" if kind == "date" else column.dtype == dtypes[kind], (table, name)
            assert column.isna().tolist() == [cell == "" for cell in cells], (table, name)
            read = values.get(kind, str)
            assert column.dropna().tolist() == [read(cell) for cell in cells if cell], (table, name)


def test_no_word_is_read_as_nothing(tables, ledger, monkeypatch):
    words = ["NA", "N/A", "n/a", "NaN", "nan", "-nan", "NULL", "null", "None", "<NA>", "#N/A", "1.#IND", "#NA"]
    for iso3, word in zip(ledger.entities["iso3"].head(len(words)), words, strict=True):
        tables.edit("entities", "iso3", iso3, "entity", word)
    # the check refuses such names; here only the reading is asked
    checked, found = reading._checked, check()
    monkeypatch.setattr(reading, "_checked", lambda *asked: (found, *checked(*asked)[1:]))
    assert load(tables).entities["entity"].head(len(words)).tolist() == words


def test_every_site_lies_inside_the_outline_of_its_country_and_belongs_to_a_pledge_there(ledger):
    shapes = json.loads((files.shipped("data") / "outlines-50m.geojson").read_text(encoding="utf-8"))["features"]
    outlines = {
        shape["properties"]["iso3"]: Outline.make_compound_path(
            *(Outline(ring) for rings in shape["geometry"]["coordinates"] for ring in rings)
        )
        for shape in shapes
    }
    sites = ledger.sites.merge(ledger.pledges, on="pledge_id")
    for site in sites.itertuples():
        assert outlines[site.iso3].contains_point((site.longitude, site.latitude)), site.site_id
        # a plan for Europe has sites in one of its countries
        assert site.recipient_country in (site.iso3, "EUE"), site.site_id
    assert not outlines["FRA"].contains_point((-0.13, 51.51))
    assert len(sites) == len(ledger.sites)


def test_a_selection_is_a_ledger_of_its_own_and_a_day_is_one_however_it_is_written(ledger):
    mine = ledger.filter(pledge_id=["mgx-campus", "g42-grenoble"])
    assert (mine.sites["site_id"].tolist(), mine.pledges["parent_id"].notna().any()) == (["fouju", "grenoble"], False)
    roots = ledger.filter(parent_id=None)
    assert 0 < len(roots.overlaps) == roots.overlaps["pledge_b"].isin(roots.pledges["pledge_id"]).sum()
    # as text and as a date it once selected nothing
    days = ["2025-02-10", dt.date(2025, 2, 10), pd.Timestamp("2025-02-10"), ["2025-02-10"]]
    assert {len(ledger.filter(announced_on=day).pledges) for day in days} == {
        sum(ledger.pledges["announced_on"] == "2025-02-10")
    }
    none = {
        str(value): (partial(ledger.filter, purpose=value), "no pledge has") for value in (None, [], len, [["fund"]])
    }
    assert misses(FrameError, none | {"column": (partial(ledger.filter, colour=1), "no column 'colour'")}) == {}


def test_the_dictionary_of_columns_in_the_readme_is_that_of_the_schema():
    dictionary, readme = schema.column_dictionary(), (files.shipped("data") / "README.md").read_text(encoding="utf-8")
    assert f"{schema.DICTIONARY_MARKS[0]}\n{dictionary}{schema.DICTIONARY_MARKS[1]}" in readme


def test_a_pledge_without_a_label_once_ended_in_a_key_error(ledger):
    # the last has an alias, too
    bare = ["investai", "bpifrance-ai-2029", "fluidstack-supercomputer"]
    assert bare[-1] in set(ledger.aliases["pledge_id"])
    small = dataclasses.replace(ledger, labels=ledger.labels[~ledger.labels["pledge_id"].isin(bare)])
    for lang in ("en", "fr"):
        assert small.names(lang)[bare].tolist() == bare
        assert {*map(len, (small.names(lang), ledger.names(lang)))} == {ledger.names(lang).nunique()}
        assert total(small).sentence(lang)
        assert "investai" in charts.total(small, lang=lang).alt
        assert bare[-1] in sa.explore(small, lang=lang).text()
    assert len(sa.match_claims(small, sa.find_amounts("Fluidstack will invest 10 billion euros.")))


def test_more_than_ten_pledges_without_a_label_once_kept_a_folder_from_loading(tables, ledger):
    labels, many = tables.path("labels").read_bytes().splitlines(keepends=True), ", here and in 10 more rows"
    for missing, told in ((10, ["has no row in labels"] * 10), (11, [f"has no row in labels{many}"])):
        tables.path("labels").write_bytes(b"".join(labels[:-missing]))
        assert check(tables)["problem"].tolist() == told
        assert len(load(tables).labels) == len(ledger.labels) - missing


# --- a copy of one's own: it takes new rows if they pass the check, and none otherwise

SOURCE = {
    **{"source_id": "town-gazette-20250212", "publisher": "Town Gazette", "published_on": dt.date(2025, 2, 12)},
    **{"language": "en", "kind": "news", "read_as": "original", "note": "Invented for a test, with a comma"},
}
PLEDGE = {
    **{"pledge_id": "town-fund", "group": "summit", "pledger": "Town Fund", "pledger_kind": "foundation"},
    **{"recipient_country": "FRA", "purpose": "fund", "announced_on": "2025-02-11", "money_kind": "public"},
    **{"new_money": "yes", "note": "Invented for a test"},
}
CLAIM = {
    **{"claim_id": "town-fund--town-gazette-20250212", "pledge_id": "town-fund", "source_id": SOURCE["source_id"]},
    **{"amount_low": 7e9, "amount_high": 7_000_000_000, "currency": "EUR", "qualifier": "exact", "scale": math.nan},
    **{"claimed_on": pd.Timestamp("2025-02-12"), "standing": "stands"},
}
LABEL = {"pledge_id": "town-fund", "label_en": "Town Fund", "label_fr": "Fonds de la ville"}
STATE = {"entity": "Town", "iso3": "XTN", "entity_kind": "state", "name_fr": "Ville", "g7": True, "g20": False}


@pytest.fixture
def mine(tmp_path):
    return copy_data(tmp_path / "mine")


def last_line(folder, table):
    return (folder / f"{table}.csv").read_text(encoding="utf-8").splitlines()[-1]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permissions of this kind")
def test_a_copy_is_whole_and_new_rows_are_read_and_counted_and_old_ones_and_permissions_stay(mine, ledger):
    pd.testing.assert_frame_equal(inventory(mine), inventory())
    assert {path.name for path in mine.iterdir()} == {path.name for path in files.shipped("data").iterdir()}
    before, old = inventory(mine).set_index("table")["rows"], (mine / "claims.csv").read_bytes()
    mine.chmod(0o700)
    (mine / "sources.csv").chmod(0o600)
    add_rows(mine, sources=[SOURCE], pledges=[PLEDGE], labels=[LABEL], claims=pd.DataFrame([CLAIM]), entities=[STATE])
    assert [path.stat().st_mode & 0o777 for path in (mine, mine / "sources.csv")] == [0o700, 0o600]
    added = load(mine)
    grown = inventory(mine).set_index("table")["rows"] - before
    assert grown[grown > 0].to_dict() == {"entities": 1, "sources": 1, "pledges": 1, "labels": 1, "claims": 1}
    assert total(added).low == pytest.approx(total(ledger).low + 7e9)
    assert (added.sources.iloc[-1]["note"], added.claims.iloc[-1]["amount_low"]) == (SOURCE["note"], 7e9)
    assert (mine / "claims.csv").read_bytes().removeprefix(old).decode() == (
        "town-fund--town-gazette-20250212,town-fund,town-gazette-20250212,"
        "7000000000,7000000000,EUR,exact,,2025-02-12,,,,,stands,,\n"
    )
    # yes and no are written as words
    row = dict(zip(schema.fields("entities"), last_line(mine, "entities").split(","), strict=True))
    assert (row["entity"], row["g7"], row["g20"], row["eu27"]) == ("Town", "yes", "no", "")


def test_a_wrong_row_is_refused_with_its_reason_and_nothing_is_written(mine):
    before, wrong = inventory(mine), {"qualifier": "at-least", "currency": "euro", "claimed_on": "12/02/2025"}
    with pytest.raises(LedgerError) as refused:
        add_rows(mine, sources=[SOURCE], pledges=[PLEDGE], labels=[LABEL], claims=[CLAIM | wrong])
    row = len(rows_of((mine / "claims.csv").read_bytes())) + 1
    assert missed({
        ("claims", row, "qualifier"): "contradicts the figures",
        ("claims", row, "currency"): "not written as this column wants it",
        ("claims", row, "claimed_on"): "day written dd/mm/yyyy or mm/dd/yyyy. Write a day as YYYY-MM-DD",
    }, refused.value.findings) == {}  # fmt: skip
    pd.testing.assert_frame_equal(inventory(mine), before)


def test_what_was_wrong_before_is_not_blamed_on_a_new_row_but_a_row_twice_is(mine):
    path = mine / "sources.csv"
    # a file without a last line end gets one
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    labels = (mine / "labels.csv").read_text(encoding="utf-8")
    (mine / "labels.csv").write_text(labels.replace("Evroc,Evroc", "Evroc,n/a"), encoding="utf-8")
    add_rows(mine, sources=[SOURCE])
    assert last_line(mine, "sources").startswith("town-gazette-20250212,Town Gazette,,,2025-02-12")
    with pytest.raises(LedgerError, match="stands twice"):
        add_rows(mine, sources=[SOURCE])
    assert check(mine)["table"].tolist() == ["labels"]


def test_a_folder_older_than_a_column_or_without_a_table_once_took_no_row(mine, other, tmp_path):
    names = list(schema.fields("pledges"))
    older = [name for name in names if "since" not in schema.fields("pledges")[name]]
    assert 10 < len(older) < len(names)
    rows = rows_of((mine / "pledges.csv").read_bytes())
    kept = [[cell for name, cell in zip(names, row, strict=True) if name in older] for row in rows]
    (mine / "pledges.csv").write_bytes(as_csv(kept))
    add_rows(mine, sources=[SOURCE], pledges=[PLEDGE], labels=[LABEL], claims=[CLAIM])
    assert load(mine).pledges["pledge_id"].iloc[-1] == "town-fund"
    folder = shutil.copytree(other.folder, tmp_path / "other")
    news = {"pledge_id": other.pledges["pledge_id"][0], "status": "withdrawn", "updated_on": "2027-01-01"}
    add_rows(folder, updates=[news | {"source_id": other.sources["source_id"][0], "note": "x"}], entities=[STATE])
    # what all folders share is not lost
    assert [len(getattr(load(folder), table)) for table in ("updates", "entities")] == [1, len(other.entities) + 1]


def test_a_disk_that_is_full_once_ended_in_an_error_that_is_not_ours(mine, ledger, tmp_path):
    resource = pytest.importorskip("resource", reason="Windows has no limit of this kind")
    works = {"copy": partial(copy_data, tmp_path / "copy"), "new": partial(sa.new_ledger, tmp_path / "new")}
    works |= {"add": partial(add_rows, mine, sources=[SOURCE])}
    for kind in ("zip", "xlsx", "sqlite"):
        works[kind] = lambda kind=kind: files.write_bytes(tmp_path / f"all.{kind}", exported(ledger, kind))
    before, limits = inventory(mine), resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
        assert misses(FileError, {name: (work, "cannot write .*File too large") for name, work in works.items()}) == {}
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    pd.testing.assert_frame_equal(inventory(mine), before)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_what_is_no_folder_or_table_or_column_or_not_ones_own_is_refused(mine, tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    nowhere = [tmp_path / "nowhere", 7, "x" * 5000]
    refused = {f"{work.__name__} {one!s:.80}": (partial(work, one), f"{one!s:.80}.* is not a folder")
               for work in (check, load, inventory, add_rows) for one in nowhere}  # fmt: skip
    refused |= {
        "shipped": (lambda: add_rows(files.shipped("data"), sources=[SOURCE]), r"copy_data\(folder\)"),
        "copy over one's own": (lambda: copy_data(mine), "exists already"),
        "copy over a file": (lambda: copy_data(tmp_path / "file"), "exists already"),
    }
    assert misses(FileError, refused) == {}
    wrong = {"'amount'": [CLAIM | {"amount": 7}], "0": CLAIM}
    columns = {name: (partial(add_rows, mine, claims=rows), f"no column {name} in") for name, rows in wrong.items()}
    assert misses(FrameError, columns) == {}
    assert misses(ChoiceError, {"table": (lambda: add_rows(mine, claim=[CLAIM]), "table='claim' .*claims")}) == {}
    listed = partial(add_rows, mine, sources=[SOURCE | {"language": ["en", "fr"]}])
    assert misses(LedgerError, {"a list in a cell": (listed, "not written as this column wants it")}) == {}
    assert check(copy_data(tmp_path / "empty")).empty


def test_what_is_saved_or_added_while_rows_are_added_is_not_lost(mine, monkeypatch):
    write_all, labels = files.write_all, mine / "labels.csv"

    def added_meanwhile(contents):
        with pytest.raises(FileError, match="by another run, add yours after"):
            add_rows(mine, sources=[SOURCE])
        write_all(contents)

    monkeypatch.setattr(files, "write_all", added_meanwhile)
    monkeypatch.setattr(reading, "check", lambda folder: (check(folder), (mine / "notes.md").write_text("own work"))[0])
    add_rows(mine, sources=[SOURCE])
    assert last_line(mine, "sources").startswith("town-gazette-20250212")
    monkeypatch.setattr(reading, "check", lambda folder: (check(folder), labels.write_text("own work"))[0])
    with pytest.raises(FileError, match=r"labels\.csv was saved again"):
        add_rows(mine, pledges=[PLEDGE], labels=[LABEL])
    assert [path.read_text() for path in (mine / "notes.md", labels)] == ["own work"] * 2
    assert [path.name for path in mine.iterdir() if "unfinished" in path.name] == []


# --- a ledger cannot be changed by accident, so what is worked out from it is worked out once


def test_every_frame_that_is_handed_out_is_a_copy(ledger):
    handed = [lambda table=table: getattr(ledger, table) for table in TABLES]
    handed += [partial(work, ledger) for work in (value_claims, sa.resolve_claims)]
    # the rows behind a total once were not
    handed += [
        lambda: sa.names_listed(ledger, "paris-2025"),
        lambda: total(ledger).counted,
        lambda: total(ledger).once.rows,
    ]
    for hand_out in handed:
        before, frame = hand_out().copy(), hand_out()
        for column in frame.columns:
            frame[column] = "spoilt"
        frame.loc[frame.index[:1], :] = None
        pd.testing.assert_frame_equal(hand_out(), before)
    with pytest.raises(dataclasses.FrozenInstanceError):
        ledger.claims = ledger.claims.head(1)
    with pytest.raises(ValueError, match="read-only"):
        ledger.rates.table[:] = 0


def test_a_total_is_worked_out_once_for_each_question_and_ledger(ledger):
    assert total(ledger, where=["summit"]) is total(ledger, where=["summit"])
    assert total(ledger, to="USD") is not total(ledger)
    assert total(ledger) != total(ledger, rule="latest")
    fewer = dataclasses.replace(ledger, claims=ledger.claims.iloc[1:])
    assert len(value_claims(fewer)) == len(value_claims(ledger)) - 1
    with pytest.raises(TypeError, match=r"total\(\) got an unexpected keyword argument 'foo'"):
        total(ledger, foo=1)


def test_one_moment_in_two_zones_once_was_one_day(ledger):
    evening = dt.datetime(2025, 2, 8, 23, 30, tzinfo=dt.UTC)
    night = pd.Timestamp("2025-02-09 00:30", tz="Europe/Paris")
    assert evening == night
    assert [total(ledger, as_of=day).as_of for day in (evening, night)] == ["2025-02-08", "2025-02-09"]


def test_words_that_change_later_once_were_answered_as_before(ledger):
    words = {"a": "summit"}
    asked = words.values()
    before = total(ledger, where=asked).low
    words["a"] = "comparator"
    assert total(ledger, where=asked).low > 2 * before


def test_a_ledger_that_was_asked_something_once_could_not_be_pickled(ledger):
    asked = total(ledger)
    again = pickle.loads(pickle.dumps(ledger))
    assert total(again).low == pickle.loads(pickle.dumps(asked)).low == asked.low


# --- sources: a citation and a link for each id, one line under each figure, and what lacks a primary source


PAGES = """source_id,publisher,title,url,published_on,published_period,language,kind,read_as
ft-1,Financial Times,Spending & <hopes>,https://ft.example,2025-02-10,,en,news,original
reuters-1,"Reuters, read through X",MGX,javascript:alert(1),,2025-02,en,news,mirror
reuters-2,Reuters (mirror),Abu Dhabi,https://reuters.example/2,,,en,analysis,mirror
reuters-3,reuters,,,2025-02-11,,en,news,original
afp-1,AFP,Yes,https://afp.example,2025-02-09,,fr,primary,original
seed-article,LeBigData.fr,Sommet,https://lebigdata.example,,2025-02,tlh,seed,original
"""


@pytest.fixture(scope="module")
def sources():
    return pd.read_csv(io.StringIO(PAGES), dtype="str", parse_dates=["published_on"])


def test_a_citation_names_publisher_title_and_day_in_the_order_of_the_alphabet(sources, ledger):
    cited = cite(sources, ["reuters-3", "ft-1", "reuters-1", "ft-1", None, "reuters-2"])
    assert cited["citation"].tolist() == [
        "Financial Times, Spending & <hopes>, 2025-02-10",
        "Reuters (mirror), Abu Dhabi, undated",
        "reuters, (no title shown), 2025-02-11",
        "Reuters, read through X, MGX, 2025-02",
    ]
    assert list(cited.columns) == ["source_id", "citation", "url", "kind", "read_as"]
    assert cite(sources, "ft-1")["source_id"].tolist() == ["ft-1"]
    assert cite(ledger.sources, ledger.sources["source_id"])["citation"].notna().sum() == len(ledger.sources)


LINES = [
    (["ft-1"], {}, "Source: Financial Times"),
    # a copy comes last, a primary source first, however many rows rest on the others
    (["ft-1", "reuters-1", "reuters-2"], {}, "Source: Financial Times, Reuters"),
    (["ft-1", "ft-1", "afp-1"], {}, "Source: AFP, Financial Times"),
    ([], {"rates": True}, "Source: ECB reference rates"),
    (["ft-1", None], {"rates": True, "lang": "fr"}, "Source : Financial Times ; taux de référence de la BCE"),
    (["seed-article"], {"lang": "fr"}, "Source : LeBigData.fr (l’article examiné)"),
    (["ft-1", "afp-1", "reuters-1"], {"shown": 1}, "Source: AFP and 2 more"),
    (["ft-1", "afp-1"], {"shown": 1, "lang": "fr"}, "Source : AFP et 1 autre"),
    (["ft-1", "afp-1"], {"shown": 2}, "Source: AFP, Financial Times"),
    (["reuters-1", "reuters-1", "seed-article"], {}, "Source: LeBigData.fr (the article examined), Reuters"),
]


def test_the_source_line_names_publishers_by_the_rows_drawn(sources):
    found = [printed.unspaced(source_line(sources, ids, **options)) for ids, options, _ in LINES]
    assert found == [line for *_, line in LINES]


def test_an_unknown_source_or_none_or_another_language_is_refused(sources, ledger):
    said = "source 'no-such' is not in sources.csv"
    refused = {
        "cite": (lambda: cite(sources, ["ft-1", "no-such"]), f"{said}; add its row"),
        "line": (lambda: source_line(sources, ["ft-1", "no-such"]), said),
        "none": (lambda: source_line(sources, []), "no source for a source line"),
        "another table": (lambda: cite(ledger.claims.head(0)[["note"]], ["ft-1"]), "no table of sources"),
        "a ledger": (lambda: cite(ledger, ["ft-1"]), "no table of sources: hand in ledger.sources"),
    }
    assert misses(FrameError, refused) == {}
    assert misses(ChoiceError, {"de": (lambda: source_line(sources, ["ft-1"], lang="de"), "lang='de'")}) == {}


def test_a_page_names_sources_by_publisher_and_counts_who_speaks(sources):
    made_up = types.SimpleNamespace(sources=sources)
    named = references(made_up, lang="fr")
    assert [one.id for one in named] == ["afp-1", "ft-1", "seed-article", "reuters-3", "reuters-2", "reuters-1"]
    seed = named[2]
    assert (seed.day, seed.language_name, seed.kind, seed.read) == ("2025-02", "klingon", "l’article", "original")
    assert [one.read for one in named[4:]] == ["copie", "copie"]
    assert (named[4].day, named[3].title, named[0].language_name) == ("sans date", "(sans titre visible)", "français")
    heads, rows = counted(made_up)
    assert [len(heads), *(numbers for _, numbers in rows)] == [
        4, ["1", "0", "0", "1"], ["2", "1", "0", "3"], ["0", "1", "0", "1"], ["1", "0", "0", "1"], ["4", "2", "0", "6"]
    ]  # fmt: skip


# --- one file holds all tables: a Data Package, a workbook, a database whose keys hold


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
