"""A file that programs or people have spoiled is named once, by its cause; what passes the check can be read."""

import csv
import io
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from summit_analysis import check, load
from summit_analysis.ledger import schema

TABLES = list(schema.resources())


def written_with(**how):
    """Return a change of a table's bytes: the same cells, written otherwise."""

    def change(content):
        text = io.StringIO(newline="")
        csv.writer(text, **{"lineterminator": "\n", **how}).writerows(rows_of(content))
        return text.getvalue().encode()

    return change


def rows_of(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig", errors="replace"), newline="")))


def in_cell(text, row=1, column=0):
    def change(content):
        rows = rows_of(content)
        if row < len(rows) and rows[row]:
            rows[row][column % len(rows[row])] = text
        return as_csv(rows)

    return change


def as_csv(rows):
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def on_rows(change):
    return lambda content: as_csv(change(rows_of(content)))


def header(content):
    return content.partition(b"\n")[0]


FRENCH = written_with(delimiter=";", lineterminator="\r\n")
SPOILERS = {
    "semicolons": FRENCH,
    "tabs": written_with(delimiter="\t"),
    "bars": written_with(delimiter="|"),
    "sep=;": lambda content: b"\xef\xbb\xbfsep=;\r\n" + FRENCH(content),
    "sep=,": lambda content: b"sep=,\n" + content,
    "every cell quoted": written_with(quoting=csv.QUOTE_ALL),
    "single quotes": written_with(quotechar="'"),
    "backslashes": written_with(doublequote=False, escapechar="\\", quoting=csv.QUOTE_ALL),
    "line ends of Windows": lambda content: content.replace(b"\n", b"\r\n"),
    "line ends of old": lambda content: content.replace(b"\n", b"\r"),
    "byte order mark": lambda content: b"\xef\xbb\xbf" + content,
    "two byte order marks": lambda content: b"\xef\xbb\xbf" * 2 + content,
    "UTF-16": lambda content: content.decode(errors="replace").encode("utf-16"),
    "NUL": lambda content: content.replace(b"a", b"\0", 1),
    "workbook": lambda content: b"PK\x03\x04\x14\x00\x06\x00\x08\x8e",
    "empty": lambda content: b"",
    "one empty line": lambda content: b"\n",
    "header only": header,
    "header in capitals": lambda content: content.replace(header(content), header(content).upper(), 1),
    "header again": lambda content: content + header(content) + b"\n",
    "title above": lambda content: b"Promises, 2025\n\n" + content,
    "merge conflict": lambda content: (
        content + b"<<<<<<< HEAD\n" + content[-80:] + b"=======\n" + content[-80:] + b">>>>>>> theirs\n"
    ),
    "empty rows": lambda content: content + b"\n" * 50,
    "rows of commas": lambda content: content + (b"," * header(content).count(b",") + b"\n") * 50,
    "column renamed": in_cell("x", row=0, column=1),
    "column named twice": on_rows(lambda rows: [[*rows[0][:-1], rows[0][0]], *rows[1:]] if rows and rows[0] else rows),
    "column named nothing": in_cell("", row=0, column=1),
    "blanks around a name": in_cell("  note ", row=0, column=-1),
    "column dropped": on_rows(lambda rows: [row[1:] for row in rows]),
    "name of a column dropped": on_rows(lambda rows: [row[1:] if not n else row for n, row in enumerate(rows)]),
    "columns turned round": on_rows(lambda rows: [row[::-1] for row in rows]),
}
CELLS = [
    "",
    "\r",
    "a\rb",
    "a\nb",
    "\u0665\u0660",
    "1e5",
    "007",
    "50.000",
    "1_000",
    " x",
    "2025-02-30",
    "\u202ex",
    "true",
    '"',
]
CAUSES = {
    "semicolons": "separated by semicolons",
    "tabs": "separated by tabs",
    "sep=;": "line for Excel",
    "sep=,": "line for Excel",
    "workbook": "an Excel workbook",
    "empty": "file is empty",
    "header in capitals": "not the header",
    "header again": "stands here again",
    "title above": "header stands in row 3",
    "merge conflict": "merge conflict",
    "empty rows": "row is empty, here and in 49 more rows",
    "columns turned round": "out of order",
}


@pytest.fixture(scope="module")
def corrected(copy_tables):
    """A folder in which a correction stands; a table spoiled in it is put back."""
    folder = copy_tables()
    row = "labels,mgx-campus,label_en,MGX campus,Campus of MGX,Invented,seed-article,2025-03-01\n"
    folder.rewrite("corrections", lambda text: text + row)
    assert check(folder).empty
    return folder


def spoiled(folder, table, *changes):
    """Check a table with changes; where nothing is found, load it."""
    sound = content = folder.path(table).read_bytes()
    for change in changes:
        content = change(content)
    folder.path(table).write_bytes(content)
    try:
        found = check(folder)
        return found, load(folder) if found.empty else None
    finally:
        folder.path(table).write_bytes(sound)


@settings(max_examples=25)
@given(
    table=st.sampled_from(TABLES),
    changes=st.lists(
        st.sampled_from(list(SPOILERS.values()))
        | st.builds(in_cell, st.sampled_from(CELLS), st.integers(0, 3), st.integers(0, 15)),
        min_size=1,
        max_size=2,
    ),
)
@example(table="labels", changes=[SPOILERS["header only"]])
@example(table="claims", changes=[in_cell("a\rb", column=-1)])
@example(table="claims", changes=[in_cell("\u0665\u0660", column=3)])
def test_what_passes_the_check_can_be_read_with_all_its_columns(corrected, table, changes):
    found, ledger = spoiled(corrected, table, *changes)
    if ledger:
        assert {name: list(getattr(ledger, name)) for name in TABLES} == {
            name: list(schema.fields(name)) for name in TABLES
        }
    else:
        assert found[["table", "problem", "remedy"]].ne("").all(axis=None)


@pytest.mark.parametrize("name", CAUSES)
def test_what_spoils_a_whole_file_is_one_finding(name, corrected):
    found, _ = spoiled(corrected, "events", SPOILERS[name])
    assert found["table"].tolist() == ["events"]
    assert CAUSES[name] in found.loc[0, "problem"]


@pytest.mark.parametrize("table", TABLES)
def test_semicolons_of_a_french_excel_do_not_pass_the_check(table, corrected):
    found, _ = spoiled(corrected, table, FRENCH)
    assert found.loc[found["table"] == table, "problem"].tolist() == [
        "cells are separated by semicolons, not by commas"
    ]
    assert "save it as CSV with commas" in found.loc[found["table"] == table, "remedy"].iloc[0]


def test_line_ends_of_windows_are_no_fault(tables):
    """Texts with semicolons at the ends of lines misled a reader that guesses the separator."""
    before = load(tables)
    for table in TABLES:
        tables.path(table).write_bytes(tables.path(table).read_bytes().replace(b"\n", b"\r\n"))
    after = load(tables)
    assert all(getattr(after, table).equals(getattr(before, table)) for table in TABLES)


def test_days_of_an_excel_are_named_once_for_each_column(corrected):
    found, _ = spoiled(corrected, "events", lambda text: re.sub(rb"(\d{4})-(\d\d)-(\d\d),", rb"\3/\2/\1,", text))
    assert found["column"].tolist() == ["starts_on", "ends_on"]
    assert found["problem"].str.fullmatch(r"not a date, here and in \d\d more rows").all()
    assert found.loc[0, ["row", "value"]].tolist() == [2, "01/11/2023"]


CLAIM = ["claims", "claim_id", "france-109bn--seed-article"]


@pytest.mark.parametrize("cell", ["50.000", "50", "0", "999", "50000000000.5"])
def test_a_sum_that_cannot_be_does_not_pass_the_check(cell, tables):
    row = tables.edit(*CLAIM, "amount_low", cell)
    tables.edit(*CLAIM, "amount_high", cell)
    found = check(tables)
    assert found[["table", "row", "column", "value"]].values.tolist() == [
        ["claims", row, column, cell] for column in ("amount_low", "amount_high")
    ]
    assert found["remedy"].str.contains("whole units").all()


@pytest.mark.parametrize(("note", "told"), [("About 50 euros a head", True), ("50 000 euros", False), ("150", False)])
def test_a_small_sum_stands_if_its_note_repeats_it(note, told, tables):
    for column, cell in (("amount_low", "50"), ("amount_high", "50"), ("note", note)):
        tables.edit(*CLAIM, column, cell)
    assert check(tables).empty == told


HIDDEN = [*range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0x200B, 0x2010), 0x2028, 0x2029, 0xFEFF]
HIDDEN += [*range(0x80, 0xA0), *range(1, 0x20), 0x7F, 0, 0xAD]


def test_characters_that_turn_or_hide_text_are_named(tables):
    """One in each row, where a title, a page or a terminal would show them."""
    rows = rows_of(tables.path("labels").read_bytes())
    for row, code in enumerate(HIDDEN, 1):
        rows[row][1 + row % 2] = f"a{chr(code)}b"
    tables.path("labels").write_bytes(as_csv(rows).replace(b"a\rb", b'"a\rb"'))
    found = check(tables)
    assert found["problem"].tolist() == [f"hidden character U+{code:04X} in the cell" for code in HIDDEN]
    assert found["row"].tolist() == list(range(2, len(HIDDEN) + 2))


def test_a_hidden_character_is_named_where_a_word_or_an_id_is_wanted(tables):
    tables.edit(*CLAIM, "qualifier", "exa\u200bct")
    assert check(tables)["problem"].tolist() == ["hidden character U+200B in the cell"]
