"""The ledger: what is read is what is written, each defect is named once, with its place and what would be right."""

import csv
import datetime as dt
import gzip
import io
import json
import os
import pickle
import re
import shutil
import sqlite3
import subprocess
import sys
import types
import zipfile
from contextlib import closing, suppress
from functools import partial
from operator import attrgetter
from pathlib import Path
from random import Random

import frictionless
import pandas as pd
import pytest

import printed
import summit_analysis as sa
import witness
from refusals import misses
from summit_analysis import add_rows, charts, check, cite, copy_data, load, total, value_claims
from summit_analysis.base import files
from summit_analysis.base.errors import ChoiceError, FileError, FrameError, LedgerError, MissingRateError
from summit_analysis.base.text import records
from summit_analysis.charts import evidence
from summit_analysis.currency.rates import RATES_FILE
from summit_analysis.ledger import schema
from summit_analysis.ledger.export import exported
from summit_analysis.ledger.sources import counted, references, source_line
from summit_analysis.ledger.tables import inventory
from summit_analysis.pledges.claims import select
from summit_analysis.pledges.status import last_news

TABLES = list(schema.resources())
SEED, PARIS = "france-109bn--seed-article", "paris-2025"


def rows_of(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig", errors="replace"), newline="")))


def as_csv(rows, **how):
    text = io.StringIO(newline="")
    csv.writer(text, **{"lineterminator": "\n", **how}).writerows(rows)
    return text.getvalue().encode()


def change(tables, table, how):
    """Pass the bytes of a table through `how`."""
    tables.path(table).write_bytes(how(tables.path(table).read_bytes()))


def missed(expected, found):
    """What of {the beginning of table, row, column, value: words said there} is not found, or is found beside it."""
    places = zip(found["table"], found["row"].replace({pd.NA: None}), found["column"], found["value"], strict=True)
    said = dict(zip(places, found["problem"] + ". " + found["remedy"], strict=True))
    size = len(next(iter(expected)))
    wrong = {place: text for place, text in said.items() if expected.get(place[:size], "\0") not in text}
    return {**wrong, **dict.fromkeys(expected.keys() - {one[:size] for one in said}, "not found")}


CELLS = rows_of(Path(__file__).with_name("spoilt-cells.csv").read_bytes())[1:]
"""Table, key of its row, column, what is put into the cell, and what the finding says; nothing if that is right."""
PAGES = """source_id,publisher,title,url,published_on,published_period,language,kind,read_as
ft-1,Financial Times,Spending & <hopes>,https://ft.example,2025-02-10,,en,news,original
reuters-1,"Reuters, read through X",MGX,javascript:alert(1),,2025-02,en,news,mirror
reuters-2,Reuters (mirror),Abu Dhabi,https://reuters.example/2,,,en,analysis,mirror
reuters-3,reuters,,,2025-02-11,,en,news,original
afp-1,AFP,Yes,https://afp.example,2025-02-09,,fr,primary,original
seed-article,LeBigData.fr,Sommet,https://lebigdata.example,,2025-02,tlh,seed,original
"""
SOURCES = pd.read_csv(io.StringIO(PAGES), dtype="str", parse_dates=["published_on"])
LINES = [
    ("entities", "NA,XNA,state,Rien,,,,,no,no,no,no,no,no", "entity", "NA", "write the full"),
    ("aliases", "france-109bn,109 Md€,fr,name", "pledge_id, alias", "france-109bn, 109 Md€", "key stands twice"),
    ("counts", "newdelhi-2026,aa-61-202502,,,92,2026-03-03", "", "2026-03-03", "fewer cells than columns. Add the"),
    ("aliases", "investai,Invest, AI,en,name", "", "name", "or quote texts with commas"),
]  # fmt: skip
HIDDEN = [0, 1, 0xA, 0x1F, 0x7F, 0x9F, 0xAD, 0x61C, 0x180E, 0x200B, 0x2028, 0x202E, 0x2060, 0xFEFF, 0xFFF9, 0xFFFB]
"""Characters that turn or hide text; one in each row, where a title, a page or a terminal would show them."""


def test_every_defect_is_found_where_it_is_with_its_remedy_and_load_refuses_with_the_same_list(tables):
    expected = {}
    for table, key, column, cell, said in CELLS:
        row = tables.edit(table, next(iter(schema.fields(table))), key, column, cell)
        expected |= {(table, row, column, cell): said} if said else {}
    for table, line, column, value, said in LINES:
        expected[table, tables.append(table, f"{line}\n"), column, value] = said
    labels = rows_of(tables.path("labels").read_bytes())
    for row, code in enumerate(HIDDEN, 1):
        labels[row][1] = f"a{chr(code)}b"
        expected["labels", row + 1, "label_en", labels[row][1]] = f"U+{code:04X} in"
    tables.path("labels").write_bytes(as_csv(labels))
    found = check(tables)
    assert missed(expected, found) == {}
    with pytest.raises(LedgerError) as error:
        load(tables)
    pd.testing.assert_frame_equal(error.value.findings, found)
    first, *_, last = str(error.value).splitlines()
    assert (first, last) == (f"{len(expected)} finding(s) in the tables", f"  … and {len(expected) - 20} more")


def on_rows(how):
    return lambda content: as_csv(how(rows_of(content)))


def with_marks(content, mark=";"):
    return as_csv(rows_of(content), delimiter=mark, lineterminator="\r\n")


def in_cells(table, kind, how):
    """Rewrite the filled cells of all columns of a type, "money" for sums."""
    kinds = [
        "money" if field.get("unit") == "currency units" else field["type"] for field in schema.fields(table).values()
    ]

    def spoilt(row):
        return [how(cell) if cell and one == kind else cell for one, cell in zip(kinds, row, strict=True)]

    return on_rows(lambda rows: [rows[0], *map(spoilt, rows[1:])])


SUMS, NAMES = "amount_low, amount_high, scale", "g7, g20, eu27, brics_2025, oecd, african_union"
TEXTS = ", ".join(name for name, field in schema.fields("sources").items() if field["type"] == "string")
IN_ONE_FOLDER = [
    # table, how it is spoilt, column and row that are named, what is said
    ("claims", lambda c: with_marks(c, "\t"), "", None, "separated by tabs, not by commas. Open the file and save it"),
    ("updates", lambda c: b"\xef\xbb\xbfsep=;\r\n" + with_marks(c), "", None, "separated by semicolons"),
    ("corrections", lambda c: b"PK\x03\x04\x14\x00\x06\x00\x08\x8e", "", None, "an Excel workbook, not CSV"),
    ("counts", lambda c: b"", "", None, "file is empty. Write at least the header row"),
    ("sources", lambda c: b"Sources\n\n" + c, "", 1, "not the header of this table. Begin the file with source_id"),
    ("statements", lambda c: c.replace(b"\n", b",remark\n", 1), "remark", None, "column is not in the schema. Correct"),
    ("labels", lambda c: c.replace(b"label_fr", b"label_en", 1), "label_en", None, "column stands twice"),
    ("labels", bytes, "label_fr", None, "column is missing"),
    ("signatures", on_rows(lambda rows: [row[::-1] for row in rows]), "", None, "out of order. Order them so: decl"),
    ("sites", lambda c: c.replace(b"Fouju", b"Fouj\xe9", 1), "", 2, "byte 0xe9 is not UTF-8. Open it and save it"),
    ("pegs", lambda c: c.replace(b'"Central', b'"Cen" tral', 1), "", None, "not readable ("),
    ("aliases", lambda c: c.decode().encode("utf-16"), "", None, "UTF-16, not UTF-8. Open it and"),
    ("events", in_cells("events", "date", lambda c: ".".join(c.split("-")[::-1])), "starts_on, ends_on", 2,
     "day written dd.mm.yyyy, here and in 199 more cells. Write a day as YYYY-MM-DD: give the columns this format (F"),
    ("entities", in_cells("entities", "boolean", {"yes": "VRAI", "no": "FAUX"}.get), NAMES, 2, "neither yes nor no, "),
]  # fmt: skip
IN_ANOTHER = [
    ("events", in_cells("events", "date", lambda c: "/".join(c.split("-")[::-1])), "starts_on, ends_on", 2, "dd/mm"),
    ("claims", in_cells("claims", "money", lambda c: f"{float(c):.2E}"), SUMS, 2, "lost digits, here and in 672 more"),
    # a blank before the name of a key once was a KeyError, as rows of it are corrected
    ("sites", lambda c: b" " + c, " site_id", None, "column is not in the schema"),
    ("sites", bytes, "site_id", None, "column is missing"),
    # one of them could be a decimal
    ("updates", in_cells("updates", "money", lambda c: f"{int(c) // 10**(6 * (c == '400000000')):,}".replace(",", ".")),
     "amount", 3, "a mark between its digits, here and"),
    ("signatures", in_cells("signatures", "date", lambda c: "45699"), "listed_on, absent_from", 2, "number Excel has"),
    # what refers to them is right
    ("sources", in_cells("sources", "string", "{}\u00a0".format), TEXTS, 2, "blank before or after the text, he"),
]  # fmt: skip
HARMLESS = {
    "pledges": lambda content: with_marks(content, ",")[:-2],
    "updates": lambda content: content + (b"," * 8 + b"\n") * 50,
    "overlaps": lambda content: content + b"\n" * 50,
    "sources": on_rows(lambda rows: [[*row, "", "", ""] for row in rows]),
    "counts": on_rows(lambda rows: [rows[0], *([*row, ""] for row in rows[1:])]),
    "events": lambda content: content.replace(b"\n", b"\n" * 50, 1),
}


@pytest.mark.parametrize("cases", [IN_ONE_FOLDER, IN_ANOTHER])
def test_what_spoils_a_whole_table_is_one_finding_with_the_remedy(tables, cases):
    """A French Excel once made 1,260 findings; a correction of such a table pointed "to no table"."""
    for table, how, *_ in cases:
        change(tables, table, how)
    assert missed({(table, row, column): said for table, _, column, row, said in cases}, check(tables)) == {}


def test_what_programs_add_to_files_is_passed_over(tables, ledger):
    for table in TABLES:
        change(tables, table, HARMLESS.get(table, bytes))
        change(tables, table, lambda content: b"\xef\xbb\xbf" + re.sub(b"\r?\n", b"\r\n", content))
    after = load(tables)
    assert [table for table in TABLES if not getattr(after, table).equals(getattr(ledger, table))] == []
    assert inventory(tables)["rows"].equals(inventory()["rows"])


def test_a_table_under_another_name_or_in_another_folder_is_missed_where_it_is(tables):
    (tables.folder / "old").mkdir()
    tables.path("pledges").unlink()
    moves = {"claims": "claims.csv.txt", "events": "Events.CSV", "labels": "labels.xlsx", "sources": "old/sources.csv"}
    expected = {("pledges", None, "", ""): "Put pledges.csv into the folder; summit-analysis new makes one to fill"}
    for table, name in moves.items():
        tables.path(table).rename(tables.folder / name)
        expected[table, None, "", name] = "Open it and save it as CSV" if table == "labels" else "in this folder"
    assert missed(expected, check(tables)) == {}
    # an inventory once ended in an error that is not ours
    with pytest.raises(LedgerError, match=r"claims\.csv is missing, but claims\.csv\.txt is there"):
        inventory(tables)


def test_a_pipe_a_cell_without_an_end_and_rates_that_unpack_without_an_end_once_took_the_machine(tables):
    tables.path("counts").unlink()
    os.mkfifo(tables.path("counts"))
    tables.append("overlaps", '"' + "x" * 100_000 + "\n")
    (tables.folder / RATES_FILE).write_bytes(gzip.compress(bytes(65 * 2**20), 1))
    expected = {("counts", None): "not a file", ("overlaps", None): "not readable (unexpected end of data)"}
    assert missed(expected | {(RATES_FILE, None): "unpacks to more than 32 MB"}, check(tables)) == {}


NASTY = [
    "", " ", "NA", "null", "12,5", "1e400", "-1", "0", "9" * 400, "inf", "2025-13-45", "31/12/2025", "yes", " x",
    '=HYPERLINK("http://example.org")', "a\x00b", "\u202eabc", "\ufeffx", "line\nbreak", "a\rb", "\r", '"', "é" * 5000,
    "XXX", "usd", "109000000001", "\u0665\u0660", "1e5", "007", "50.000", "1_000", "true",
]  # fmt: skip
"""What people and programs leave in cells."""


def spoilt_by_chance(number, content):
    """Spoil a row in each way in turn; every fifth table has its end cut off, too."""
    random, rows = Random(number), rows_of(content)
    at = random.randrange(1, len(rows))
    row, place = rows[at], random.randrange(len(rows[at]))
    cells = random.choice(NASTY), random.choice(random.choice(rows[1:]))
    nasty, foreign = ([*row[:place], cell, *row[place + 1 :]] for cell in cells)
    # often a change that nobody can find, and that a total must follow
    tenfold = [cell + "0" * cell.isdigit() for cell in row]
    ways = [[nasty], [foreign]] * 2 + [[tenfold]] * 3 + [[], [row, row], [row[:-1]]]
    ways += [[[*row, "more"]], [[random.choice(["x", " ", "é"]), *row]]]
    rows[at : at + 1] = ways[number % len(ways)]
    spoilt = as_csv(rows)
    return spoilt if number % 5 else spoilt[: random.randrange(len(spoilt))]


ONCE = [
    # rows of it are corrected, and none is there
    ("claims", lambda content: content.partition(b"\n")[0]),
    ("claims", lambda content: content.replace(b",\n", b',"a\rb"\n', 2)),
    ("claims", lambda content: content.replace(b"109000000000", "\u0665\u0660".encode())),
]
"""What once was taken for sound, or ended in an error that is not ours."""


def test_a_spoilt_table_is_named_or_is_read_whole_and_adds_up(tables, pytestconfig):
    chosen, chance = [*TABLES[:-1], *["claims", "pledges"] * 2], range(pytestconfig.getoption("--mutations"))
    added = 0
    for table, spoil in [*ONCE, *((Random(n).choice(chosen), partial(spoilt_by_chance, n)) for n in chance)]:
        sound = tables.path(table).read_bytes()
        change(tables, table, spoil)
        # the tables may be sound, and the day of a claim have no rate
        with suppress(LedgerError, MissingRateError):
            ledger = load(tables)
            found, ties = total(ledger), ledger.overlaps[["pledge_a", "pledge_b", "relation"]]
            rows = records(select(ledger, to="EUR", rule="full-range", where=None, as_of=None))
            slow = witness.total(rows, [*ties.itertuples(index=False)])
            assert (found.low, found.high) == pytest.approx((slow["low"], slow["high"])), (table, spoil)
            assert set(found.counted["pledge_id"]) == slow["counted"], (table, spoil)
            added += 1
        tables.path(table).write_bytes(sound)
    assert added > len(chance) / 5


def test_a_reference_to_a_table_that_a_folder_lacks_once_passed_and_ended_the_report(tables):
    tables.path("declarations").unlink()
    refer = {table for table in TABLES for name in schema.fields(table) if name == "declaration_id"} - {"declarations"}
    expected = {(table, None, "declaration_id"): "add the row to declarations.csv" for table in refer}
    expected["statements", None, "links_to"] = "names an id that is in no table"
    assert missed(expected, check(tables).assign(row=None)) == {}


def test_own_rates_convert_the_claims_of_a_folder_and_those_that_repeat_are_found(tables):
    for claim, code in {SEED: "VND", "mgx-campus--seed-article": "AED"}.items():
        tables.edit("claims", "claim_id", claim, "currency", code)
    tables.append("own_rates", "2025-02-01,VND,26000.5,State Bank of Vietnam\n2010-02-01,ISK,290,Bank of Iceland\n")
    valued = value_claims(load(tables)).set_index("claim_id").loc[SEED]
    assert [valued["rate"], valued["rate_status"]] == [26000.5, "own"]
    tables.append("own_rates", "2025-02-10,USD,2,x\n2025-02-10,AED,2,x\n2025-02-10,EUR,2,x\n2025-02-10,VNX,0,x\n")
    tables.append("pegs", "XOF,EUR,650,1998-01-01,1999-01-01,x,https://x.org,x\n")
    that_day, twice = "the ECB publishes a rate of it that day", "two rows of it hold on the same day. Delete the row"
    expected = {("rates", 4): that_day, ("rates", 5): "pegs.csv has a rate", ("rates", 6): that_day}
    expected |= {("rates", 7): "too small", ("pegs", 21): twice, ("pegs", 22): twice}
    assert missed(expected, check(tables)) == {}


def test_a_folder_has_words_of_its_own_where_nothing_counts_with_them(tables):
    path, row = tables.folder / schema.SCHEMA_FILE, tables.edit("pledges", "pledge_id", "thales-ai", "purpose", "space")

    def check_with(words, *place):
        described = json.loads((files.shipped("data") / path.name).read_text("utf-8"))
        schema.worded(described)[place]["constraints"]["enum"] = words
        path.write_text(json.dumps(described))
        return check(tables)

    assert check_with([*schema.words(schema.package())["pledges", "purpose"], "space"], "pledges", "purpose").empty
    wrong = {("pledges", row, "purpose"): "word is not allowed. Use one of: data-centre"}
    told = {("claims", None, "qualifier"): "nothing can count with. Words of one's own are for pledges.g"}
    assert missed(wrong | told, check_with(["about"], "claims", "qualifier")) == {}
    told = {("", None, path.name): "the enum of pledges.purpose is no list of words"}
    assert missed(wrong | told, check_with("space", "pledges", "purpose")) == {}


def correct(tables, *rows):
    """Add corrections, each (table, key, column, old, new) and perhaps its day."""
    cells = [[*row[:5], "Misread by us", "seed-article", *(row[5:] or ["2026-01-02"])] for row in rows]
    change(tables, "corrections", lambda content: content + as_csv(cells))
    return check(tables)


WRONG_CORRECTIONS = [
    (("claims", "no-such-claim", "note", "", "x"), "key", "names 0 rows of claims"),
    (("claims", SEED, "claim_id", "", "x"), "column", "not a column of claims that can be corrected"),
    (("claims", SEED, "standing", "stands", "stands"), "new", "the same as the old value"),
    (("claims", SEED, "note", "Nobody wrote this", "Right"), "old", "no longer stands: claims, row "),
    (("corrections", "x", "note", "", "x"), "table", "word is not allowed. Use one of: sources"),
]


def test_corrections_are_read_by_their_day_and_what_is_wrong_with_one_or_with_what_it_puts_in_is_found(tables, ledger):
    note = ledger.claims.set_index("claim_id").loc[SEED, "note"]
    france = ledger.signatures.query("declaration_id == @PARIS and iso3 == 'FRA'")["note"].fillna("").item()
    found = correct(
        tables,
        ("signatures", f"{PARIS};FRA", "note", france, "Corrected"),
        ("claims", SEED, "note", "Second reading", "Third reading", "2026-03-01"),
        ("claims", SEED, "note", note, "Second reading", "2026-02-01"),
    )
    right = load(tables)
    assert found.empty and right.claims.set_index("claim_id").loc[SEED, "note"] == "Third reading"
    assert right.signatures.query("note == 'Corrected'")["iso3"].tolist() == ["FRA"]
    row, first = tables.edit("claims", "claim_id", SEED, "note", "Third reading"), len(ledger.corrections) + 3
    mended = "says 'Third reading'. Delete the correction if the table was mended"
    spoil = ("claims", SEED, "standing", "stands", "wobbles", "2026-01-03"), ("claims", SEED, "currency", "EUR", "XXX")
    found = correct(tables, *(row for row, _, _ in WRONG_CORRECTIONS), *spoil)
    expected = {("corrections", first, "old"): mended, ("corrections", first + 1, "old"): mended}
    expected |= {("corrections", at, column): said for at, (_, column, said) in enumerate(WRONG_CORRECTIONS, first + 2)}
    expected |= {("claims", row, "standing"): "word is not allowed", ("claims", row, "currency"): "no currency has"}
    assert missed(expected, found) == {}


def test_the_shipped_tables_are_clean_also_for_frictionless_alone_and_end_on_the_day_of_the_last_news(ledger):
    report = frictionless.validate(str(files.shipped("data") / schema.SCHEMA_FILE))
    assert (report.valid, report.stats["tasks"]) == (True, len(TABLES) + 3)
    assert schema.package()["temporal"]["end"] == f"{last_news(ledger):%Y-%m-%d}"
    readme = (files.shipped("data") / "README.md").read_text(encoding="utf-8")
    assert f"-->\n{schema.column_dictionary()}{schema.DICTIONARY_MARKS[1]}" in readme


def test_a_table_is_read_as_it_is_written(ledger):
    dtypes = {"string": "str", "number": "float64", "integer": "Int64", "year": "Int64", "boolean": "boolean"}
    values = {"number": float, "integer": int, "year": int, "boolean": "yes".__eq__, "date": pd.Timestamp}
    for table in TABLES:
        frame, rows = getattr(ledger, table), printed.cells(table)
        assert list(frame.columns) == list(schema.fields(table))
        for name, column in frame.items():
            cells, kind = [row[name] for row in rows], schema.fields(table)[name]["type"]
            assert column.dtype.kind == "M" if kind == "date" else column.dtype == dtypes[kind], (table, name)
            assert column.isna().tolist() == [cell == "" for cell in cells], (table, name)
            assert column.dropna().tolist() == [values.get(kind, str)(cell) for cell in cells if cell], (table, name)


def test_every_site_lies_inside_the_outline_of_its_country_and_belongs_to_a_pledge_there(ledger):
    outlines, sites = evidence.outlines("outlines-50m.geojson"), ledger.sites.merge(ledger.pledges, on="pledge_id")
    spots = evidence.equal_earth(sites[["longitude", "latitude"]].to_numpy())
    assert [outlines[iso3].contains_point(spot) for iso3, spot in zip(sites["iso3"], spots, strict=True)] == [True] * 22
    assert (sites["recipient_country"].eq(sites["iso3"]) | sites["recipient_country"].eq("EUE")).all()


def test_a_selection_is_a_ledger_of_its_own_and_a_day_is_one_however_it_is_written(ledger):
    mine = ledger.filter(pledge_id=["mgx-campus", "g42-grenoble"])
    assert mine.sites["site_id"].tolist() == ["fouju", "grenoble"]
    assert (mine.pledges["parent_id"].notna().any(), len(mine.corrections)) == (False, 0)
    # one pledge once was "1 summit pledges"
    assert ": 1 summit pledge, last news" in repr(ledger.filter(pledge_id="mgx-campus"))
    roots = ledger.filter(parent_id=None)
    assert 0 < len(roots.overlaps) == roots.overlaps["pledge_b"].isin(roots.pledges["pledge_id"]).sum()
    # as text and as a date it once selected nothing
    days = ["2025-02-10", dt.date(2025, 2, 10), pd.Timestamp("2025-02-10"), ["2025-02-10"]]
    announced = sum(ledger.pledges["announced_on"] == "2025-02-10")
    assert {len(ledger.filter(announced_on=day).pledges) for day in days} == {announced}
    wrong = {f"{one}": (partial(ledger.filter, purpose=one), "no pledge has") for one in (None, [], len, [["fund"]])}
    assert misses(FrameError, wrong | {"column": (partial(ledger.filter, colour=1), "no column 'colour'")}) == {}


def test_pledges_without_labels_once_kept_a_folder_from_loading_or_ended_in_a_key_error(tables, ledger):
    change(tables, "labels", lambda content: content.partition(b"\n")[0])
    problem = f"has no row in labels, here and in {len(ledger.pledges) - 1} more rows"
    assert check(tables)["problem"].tolist() == [problem]
    bare = load(tables)
    for lang in ("en", "fr"):
        assert bare.names(lang).tolist() == [*ledger.pledges["pledge_id"]]
        assert "investai" in charts.total(bare, lang=lang).alt and "orange-ai" in sa.explore(bare, lang=lang).text()
    # it has an alias
    assert len(sa.match_claims(bare, sa.find_amounts("Fluidstack will invest 10 billion euros.")))


@pytest.fixture
def town(ledger):
    """Rows about a pledge that nobody made: the first of some tables under other names."""
    ids = {"pledge_id": "town-fund", "source_id": "town-gazette", "claim_id": "town-fund--town-gazette", "iso3": "XTN"}
    ids |= dict.fromkeys(["label_en", "label_fr", "entity", "name_fr"], "Town") | {"url": "https://town.example"}
    rows = {table: getattr(ledger, table).head(1) for table in ("sources", "pledges", "labels", "claims", "entities")}
    return {table: row.assign(**{name: ids[name] for name in row if name in ids}) for table, row in rows.items()}


@pytest.fixture
def mine(tmp_path):
    return copy_data(tmp_path / "mine")


def test_a_copy_is_whole_and_new_rows_are_read_and_counted_and_old_ones_and_permissions_stay(mine, town, ledger):
    pd.testing.assert_frame_equal(inventory(mine), inventory())
    assert {path.name for path in mine.iterdir()} == {path.name for path in files.shipped("data").iterdir()}
    (mine / "sources.csv").chmod(0o600)
    add_rows(mine, **town)
    grown = load(mine)
    for table, row in town.items():
        rows = pd.concat([getattr(ledger, table), row], ignore_index=True)
        pd.testing.assert_frame_equal(getattr(grown, table), rows)
    assert total(grown).low == pytest.approx(total(ledger).low + town["claims"]["amount_low"].item())
    assert (mine / "sources.csv").stat().st_mode & 0o777 == 0o600


def test_a_wrong_row_is_refused_with_its_reason_and_what_was_wrong_before_is_not_blamed_on_a_new_one(mine, town):
    sources, labels = mine / "sources.csv", mine / "labels.csv"
    old = sources.read_bytes().rstrip(b"\n")
    labels.write_text(labels.read_text(encoding="utf-8").replace("Evroc,Evroc", "Evroc,n/a"), encoding="utf-8")
    # a file without a last line end gets one
    sources.write_bytes(old)
    add_rows(mine, sources=town.pop("sources"))
    assert sources.read_bytes().startswith(old + b"\ntown-gazette,01net,")
    before, wrong = inventory(mine), {"qualifier": "at-least", "currency": "euro", "claimed_on": "12/02/2025"}
    with pytest.raises(LedgerError) as refused:
        add_rows(mine, **town | {"claims": town["claims"].assign(**wrong)})
    said = ["contradicts the figures", "not written as this column wants it", "Write a day as YYYY-MM-DD"]
    places = [("claims", len(rows_of((mine / "claims.csv").read_bytes())) + 1, column) for column in wrong]
    assert missed(dict(zip(places, said, strict=True)), refused.value.findings) == {}
    pd.testing.assert_frame_equal(inventory(mine), before)


def test_a_folder_older_than_a_column_or_without_a_table_once_took_no_row(mine, town, other, tmp_path):
    older = [name for name, field in schema.fields("pledges").items() if "since" not in field]
    rows = pd.read_csv(mine / "pledges.csv", dtype="str", keep_default_na=False)
    rows[older].to_csv(mine / "pledges.csv", index=False)
    add_rows(mine, **town | {"pledges": town["pledges"][older]})
    assert len(older) < rows.shape[1] and load(mine).pledges["pledge_id"].iloc[-1] == "town-fund"
    folder = shutil.copytree(other.folder, tmp_path / "other")
    news = {"pledge_id": other.pledges["pledge_id"][0], "status": "withdrawn", "updated_on": "2027-01-01"}
    news |= {"source_id": other.sources["source_id"][0], "note": "x"}
    add_rows(folder, updates=[news], entities=town["entities"])
    # what all folders share is not lost
    assert [len(getattr(load(folder), table)) for table in ("updates", "entities")] == [1, len(other.entities) + 1]


def test_what_is_no_folder_or_table_or_column_or_not_ones_own_is_refused(mine, tmp_path):
    nowhere = [(work, one) for work in (check, load, inventory, add_rows) for one in (tmp_path / "no", 7, "x" * 5000)]
    refused = {f"{work} {one!s:.9}": (partial(work, one), f"{one!s:.80}.* is not a folder") for work, one in nowhere}
    refused |= {
        "shipped": (lambda: add_rows(files.shipped("data"), sources=[]), r"copy_data\(folder\)"),
        "a folder above": (partial(check, mine.parent), "holds no table, but .*mine does: give that folder"),
        "copy over one's own": (partial(copy_data, mine), "exists already"),
    }
    assert misses(FileError, refused) == {}
    columns = {
        "amount": (partial(add_rows, mine, claims=[{"amount": 7}]), "no column 'amount' in"),
        "a row alone": (partial(add_rows, mine, claims={"amount_low": 7}), "no column 0 in"),
        "cite": (lambda: cite(SOURCES, ["ft-1", "no-such"]), "source 'no-such' is not in sources.csv; add its row"),
        "line": (lambda: source_line(SOURCES, []), "no source for a source line"),
        "a ledger": (lambda: cite(load(), ["ft-1"]), "no table of sources: hand in ledger.sources"),
    }
    assert misses(FrameError, columns) == {}
    table, kind = partial(add_rows, mine, claim=[]), partial(exported, load(), "ods")
    choices = {"table": (table, "table='claim' .*claims"), "kind": (kind, "zip, xlsx, sqlite")}
    assert misses(ChoiceError, choices) == {}
    listed = partial(add_rows, mine, sources=[{"language": ["en", "fr"]}])
    assert misses(LedgerError, {"a list in a cell": (listed, "not written as this column wants it")}) == {}


def test_what_is_saved_while_rows_are_added_is_not_lost(mine, town, monkeypatch):
    labels = mine / "labels.csv"
    monkeypatch.setattr(f"{check.__module__}.check", lambda _: (check(mine), labels.write_text("own work"))[0])
    with pytest.raises(FileError, match=r"labels\.csv was saved again"):
        add_rows(mine, **town)
    assert labels.read_text() == "own work"


ADDS = """
import sys, summit_analysis as sa
row = {"pledge_id": "mgx-campus", "alias": "x", "language": "any", "kind": "weak"}
for n in range(8):
    sa.add_rows(sys.argv[1], aliases=[row | {"alias": f"{sys.argv[2]} {n}"}])
"""


def test_rows_that_two_processes_add_at_once_are_all_there(mine):
    begun = [subprocess.Popen([sys.executable, "-c", ADDS, mine, name]) for name in ("one", "two")]
    assert [process.wait() for process in begun] == [0, 0]
    assert load(mine).aliases["alias"].str.fullmatch("(one|two) [0-7]").sum() == 16


def test_every_frame_that_is_handed_out_is_a_copy(ledger):
    handed = [*map(attrgetter, TABLES), value_claims, sa.resolve_claims, partial(sa.names_listed, declaration=PARIS)]
    # the rows behind a total once were not
    handed += [lambda ledger: total(ledger).counted, lambda ledger: total(ledger).once.rows]
    for hand_out in handed:
        before, frame = hand_out(ledger).copy(), hand_out(ledger)
        frame[frame.columns] = "spoilt"
        frame.loc[frame.index[:1], :] = None
        pd.testing.assert_frame_equal(hand_out(ledger), before)


def test_what_is_kept_once_answered_another_zone_or_changed_words_and_could_not_be_pickled(ledger):
    evening = pd.Timestamp("2025-02-08 23:30", tz="UTC")
    told = [total(ledger, as_of=moment).as_of for moment in (evening, evening.tz_convert("Europe/Paris"))]
    assert told == ["2025-02-08", "2025-02-09"]
    words = {"a": "summit"}
    before = total(ledger, where=words.values()).low
    words["a"] = "comparator"
    assert total(ledger, where=words.values()).low > 2 * before
    copies = pickle.loads(pickle.dumps((ledger, total(ledger))))
    assert total(copies[0]).low == copies[1].low == total(ledger).low


def test_a_citation_names_publisher_title_and_day_in_the_order_of_the_alphabet_and_a_line_how_many_more():
    cited = cite(SOURCES, ["reuters-3", "ft-1", "reuters-1", "ft-1", None, "reuters-2"])
    assert cited["citation"].tolist() == [
        "Financial Times, Spending & <hopes>, 2025-02-10",
        "Reuters (mirror), Abu Dhabi, undated",
        "reuters, (no title shown), 2025-02-11",
        "Reuters, read through X, MGX, 2025-02",
    ]
    assert cite(SOURCES, "ft-1")["source_id"].tolist() == ["ft-1"]
    line = source_line(SOURCES, ["ft-1", "afp-1", None], rates=True, lang="fr", shown=1)
    assert printed.unspaced(line) == "Source : AFP et 1 autre ; taux de référence de la BCE"


def test_a_page_names_sources_by_publisher_and_counts_who_speaks():
    made_up = types.SimpleNamespace(sources=SOURCES)
    named = references(made_up, lang="fr")
    assert [one.id for one in named] == ["afp-1", "ft-1", "seed-article", "reuters-3", "reuters-2", "reuters-1"]
    seed, untitled, undated, _ = named[2:]
    assert (seed.day, seed.language_name, seed.kind, seed.read) == ("2025-02", "klingon", "l’article", "original")
    assert (undated.day, undated.read, untitled.title) == ("sans date", "copie", "(sans titre visible)")
    rows = [" ".join(numbers) for _, numbers in counted(made_up)[1]]
    assert rows == ["1 0 0 1", "2 1 0 3", "0 1 0 1", "1 0 0 1", "4 2 0 6"]


@pytest.fixture(params=["ledger", "other"])
def exports(request, monkeypatch):
    ledger = request.getfixturevalue(request.param)
    # a full disk is met where they are written, not while they are made
    with monkeypatch.context() as no_disk:
        no_disk.setattr("tempfile.tempdir", "no-such-folder")
        return ledger, {kind: exported(ledger, kind) for kind in ("zip", "xlsx", "sqlite")}


def test_the_zip_is_a_valid_data_package_and_a_ledger_again_and_each_file_is_the_same_again(exports, tmp_path):
    ledger, made = exports
    zipfile.ZipFile(io.BytesIO(made["zip"])).extractall(tmp_path)
    report = frictionless.Package(str(tmp_path / "datapackage.json")).validate()
    assert report.valid, report.flatten(["title", "message"])
    assert load(tmp_path).digest == ledger.digest
    assert {kind: exported(ledger, kind) for kind in made} == made


def test_a_database_opens_with_its_keys_and_answers_as_pandas_does(exports):
    ledger, made = exports
    with closing(sqlite3.connect(":memory:")) as base:
        base.deserialize(made["sqlite"])
        assert base.execute("PRAGMA foreign_key_check").fetchall() == []
        with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
            base.execute("INSERT INTO claims SELECT * FROM claims LIMIT 1")
        assert {row[2] for row in base.execute("PRAGMA foreign_key_list(claims)")} == {"pledges", "sources"}
        answer = base.execute("SELECT SUM(amount_high), MIN(claimed_on) FROM claims JOIN pledges USING (pledge_id)")
        assert answer.fetchone() == (ledger.claims["amount_high"].sum(), str(ledger.claims["claimed_on"].min().date()))


def test_a_workbook_has_a_sheet_for_each_table_and_one_that_explains_every_column(exports):
    ledger, made = exports
    book = pd.read_excel(io.BytesIO(made["xlsx"]), sheet_name=None)
    notes = book.pop("notes")
    columns = [(name, column) for name, sheet in book.items() for column in sheet]
    assert columns == list(notes[["table", "column"]].itertuples(index=False, name=None))
    sizes = {name: len(getattr(ledger, name)) for name in schema.paths(ledger.folder) if name in TABLES}
    assert {name: len(sheet) for name, sheet in book.items()} == sizes
    assert book["claims"]["amount_high"].sum() == ledger.claims["amount_high"].sum()
