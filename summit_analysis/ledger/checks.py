"""What is wrong with the tables: schema, rules and corrections, one finding per defect with its remedy."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd

from summit_analysis.base import files
from summit_analysis.base.files import FORMULA_MARKS
from summit_analysis.currency.rates import Rates
from summit_analysis.ledger import schema
from summit_analysis.money import QUALIFIERS

if TYPE_CHECKING:
    from frictionless import Error, ReportTask


NO_PARENT = -1


def circles(ids: Iterable[str], parents: Iterable[str]) -> list[str]:
    """Return the ids that are, through their parents, part of themselves."""
    index = pd.Index(ids)
    unique = ~index.duplicated()
    index = index[unique]
    _, circle = _climb(_positions(index, pd.Series(list(parents), dtype=object)[unique]))
    return list(index[circle])


def _positions(ids: pd.Index, parents: Iterable[str]) -> np.ndarray:
    above = pd.Series(list(parents), dtype=object)
    # get_indexer would match a missing parent with a missing id
    return np.where(above.isna(), NO_PARENT, ids.get_indexer(pd.Index(above)))


def _climb(parent: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each node's depth and the nodes on a circle, by doubling the stride of the climb each time."""
    reach = np.append(parent, NO_PARENT).astype(np.intp)
    depth = (reach != NO_PARENT).astype(np.intp)
    for _ in range(len(parent).bit_length() + 1):
        depth += depth[reach]
        reach = reach[reach]
    return depth[:-1], np.unique(reach[reach != NO_PARENT])


Tables = dict[str, pd.DataFrame]
"""Tables as text: every cell a string, an empty cell an empty string, the index the row number in the file."""

COLUMNS = ["table", "row", "column", "value", "problem", "remedy"]
NONE = pd.DataFrame(columns=COLUMNS)
"""No finding."""


def finding(table: str, frame: pd.DataFrame, wrong: pd.Series, column: str, problem: str, remedy: str) -> pd.DataFrame:
    """Write one finding for each row marked in `wrong`."""
    # nearly always: building an empty frame 250 times was most of the time of a check
    if not wrong.any():
        return NONE
    bad = frame.loc[wrong.to_numpy()]
    return pd.DataFrame(
        {"table": table, "row": bad.index, "column": column, "value": bad[column], "problem": problem, "remedy": remedy}
    )


def have(tables: Tables, table: str, *columns: str) -> bool:
    """Whether a table could be read and has the columns that a rule speaks of."""
    return table in tables and set(columns) <= set(tables[table].columns)


_PLACEHOLDER = r"(?i)(?:n/?a|nan|null|none|nil|#n/a|\?+|-+)"
_HIDDEN = "[\\x00-\\x1f\\x7f-\\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
"""Characters that break lines, turn the direction of a text, or stand where nothing is seen."""
MONEY = "currency units"
"""Unit of the columns that hold sums."""
# eighteen digits: more than all money there is, and they fit an integer of the machine
_WRITTEN = {
    "date": "[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "number": r"[0-9]{1,18}(?:\.[0-9]{1,18})?",
    "integer": "[0-9]{1,18}",
    "year": "[0-9]{4}",
}


def headers(tables: Tables) -> Iterator[pd.DataFrame]:
    """Find columns whose name only blanks keep from being right: the schema's reader strips them, no other one does."""
    for table, frame in tables.items():
        names = [name for name in frame if name != name.strip() and name.strip() in schema.fields(table)]
        rows = [(table, None, name.strip(), name, "blanks around the column's name", "Delete them") for name in names]
        yield pd.DataFrame(rows, columns=COLUMNS)


def hidden(tables: Tables) -> Iterator[pd.DataFrame]:
    """Find characters that nobody sees; nothing else can be said of such a cell that a reader would understand."""
    for table, frame in tables.items():
        for name, written in frame.items():
            if written.str.contains(_HIDDEN).any():
                first = written.str.extract(f"({_HIDDEN})", expand=False)
                for character in first.dropna().unique():
                    problem = f"hidden character U+{ord(character):04X} in the cell"
                    yield finding(table, frame, first.eq(character), str(name), problem, "Delete it")


def cells(tables: Tables) -> Iterator[pd.DataFrame]:
    """Find cells with what no reader means or should run, and figures and days in another form than ours."""
    for table, frame in tables.items():
        for name, field in schema.fields(table).items():
            if name in frame:
                for wrong, problem, remedy in _wrong(frame[name], field):
                    yield finding(table, frame, wrong, name, problem, remedy)


def _wrong(written: pd.Series, field: dict[str, Any]) -> Iterator[tuple[pd.Series, str, str]]:
    if field["type"] == "string" and "enum" not in field.get("constraints", {}):
        nothing = written.str.fullmatch(_PLACEHOLDER)
        yield nothing, "word that stands for nothing", "Leave the cell empty if unknown, or write the full name"
        formula = written.str.startswith(FORMULA_MARKS)
        yield formula, "a spreadsheet would run it as a formula", "Begin with a letter or digit"
    elif field["type"] in _WRITTEN:
        # 50.000 is fifty thousand in French: a sum has no point
        form = _WRITTEN["integer" if field.get("unit") == MONEY else field["type"]]
        odd = written.ne("") & ~written.str.fullmatch(form)
        yield odd, f"not written as a plain {field['type']}", schema.expected(field)


LEAST = 1000
"""Sums below it, in units of any currency, are taken for slips."""
_NUMERAL = re.compile("[0-9]+(?:[ .,'\u2019\u00a0\u202f][0-9]+)*")
"""A number in a text, with what parts its thousands: the 50 of "50 000" is none."""
_ISO = r"\d{4}(?:-\d{2}-\d{2})?"


def findings(tables: Tables, rates: Rates | None) -> pd.DataFrame:
    """Apply every rule whose columns are there.

    Parameters
    ----------
    tables : dict of str to pandas.DataFrame
        See `defects.Tables`; tables that could not be read are absent.
    rates : Rates or None
        Decides which currencies can be converted.

    Returns
    -------
    pandas.DataFrame
        ``table``, ``row`` (number in the file, header is 1), ``column``, ``value``, ``problem``, ``remedy``.
    """
    found = [
        *headers(tables),
        *cells(tables),
        *_claims(tables),
        *_sums(tables),
        *_days(tables),
        *_updates(tables),
        *_circles(tables),
        *_labels(tables),
        *_references(tables),
        *_links(tables),
    ]
    if rates is not None:
        found += _currencies(tables, rates)
    found = [frame for frame in found if len(frame)]
    return pd.concat(found, ignore_index=True) if found else NONE


def _claims(tables: Tables) -> Iterator[pd.DataFrame]:
    if not have(tables, "claims", "claim_id", "amount_low", "amount_high", "qualifier", "scale"):
        return
    claims = tables["claims"]
    low, high = (_numbers(claims[name]) for name in ("amount_low", "amount_high"))
    for qualifier, (has_low, has_high) in QUALIFIERS.items():
        row = claims["qualifier"].eq(qualifier)
        figures = {
            (True, True): "both amount_low and amount_high",
            (True, False): "amount_low only",
            (False, True): "amount_high only",
            (False, False): "no figure, but a scale",
        }[has_low, has_high]
        wrong = row & (claims["amount_low"].ne("").ne(has_low) | claims["amount_high"].ne("").ne(has_high))
        yield finding("claims", claims, wrong, "qualifier", "contradicts the figures", f"'{qualifier}' wants {figures}")
    unequal = claims["qualifier"].isin(["exact", "approx"]) & (low < high)
    yield finding(
        "claims", claims, unequal, "qualifier", "contradicts the figures", "Two different figures are a range"
    )
    equal = claims["qualifier"].eq("range") & (low == high)
    yield finding("claims", claims, equal, "qualifier", "contradicts the figures", "One figure is exact or approx")
    yield finding("claims", claims, low > high, "amount_low", "above amount_high", "Put the lower figure first")
    scaled = claims["scale"].ne("").ne(claims["qualifier"].eq("several"))
    yield finding(
        "claims",
        claims,
        scaled,
        "scale",
        "scale and qualifier disagree",
        "Fill scale for 'several' (1000000000 for several billion) and only there",
    )


def _sums(tables: Tables) -> Iterator[pd.DataFrame]:
    """Find sums of a few units, which are nearly always billions shortened: who means them says so in the note."""
    for table in ("claims", "updates"):
        for column, field in schema.fields(table).items():
            if field.get("unit") == MONEY and have(tables, table, column, "note"):
                frame = tables[table]
                told = [cell in _NUMERAL.findall(note) for cell, note in zip(frame[column], frame["note"], strict=True)]
                wrong = _numbers(frame[column]).lt(LEAST) & ~np.array(told, dtype=bool)
                remedy = "Write whole units (50000000000); if so little is meant, repeat these digits in the note"
                yield finding(table, frame, wrong, column, f"a sum below {LEAST}", remedy)


def _days(tables: Tables) -> Iterator[pd.DataFrame]:
    for table, first, last in (("events", "starts_on", "ends_on"), ("pledges", "horizon_start", "horizon_end")):
        if have(tables, table, first, last):
            frame = tables[table]
            # ISO texts compare as days; a bare year stands for all of it
            iso = frame[[first, last]].apply(lambda days: days.str.fullmatch(_ISO)).all(axis=1)
            later = iso & (frame[first] > frame[last].str.ljust(10, "~"))
            yield finding(table, frame, later, last, f"before {first}", "Correct one of the two")
    for table, day, period in (
        ("claims", "claimed_on", "claimed_period"),
        ("updates", "updated_on", "updated_period"),
        ("sources", "published_on", "published_period"),
    ):
        if have(tables, table, day, period):
            both = tables[table][day].ne("") & tables[table][period].ne("")
            yield finding(table, tables[table], both, period, f"{day} is filled too", "Keep the day, empty the period")


def _updates(tables: Tables) -> Iterator[pd.DataFrame]:
    if have(tables, "updates", "amount", "currency", "amount_is"):
        updates = tables["updates"]
        filled = updates[["amount", "currency", "amount_is"]].ne("")
        partly = filled.any(axis=1) & ~filled.all(axis=1)
        yield finding(
            "updates", updates, partly, "amount", "amount, currency and amount_is go together", "Fill all three or none"
        )


def _circles(tables: Tables) -> Iterator[pd.DataFrame]:
    if have(tables, "pledges", "pledge_id", "parent_id"):
        pledges = tables["pledges"]
        on_circle = circles(pledges["pledge_id"], pledges["parent_id"].replace("", None))
        yield finding(
            "pledges",
            pledges,
            pledges["pledge_id"].isin(on_circle),
            "parent_id",
            "the pledge would be part of itself",
            "Give one pledge of the circle another parent, or none",
        )


def _labels(tables: Tables) -> Iterator[pd.DataFrame]:
    if have(tables, "pledges", "pledge_id") and have(tables, "labels", "pledge_id"):
        pledges = tables["pledges"]
        bare = ~pledges["pledge_id"].isin(tables["labels"]["pledge_id"])
        remedy = "Add a row to labels.csv: this pledge_id, label_en, label_fr"
        yield finding("pledges", pledges, bare, "pledge_id", "has no row in labels", remedy)


def _references(tables: Tables) -> Iterator[pd.DataFrame]:
    """Find cells that the schema says refer to a row of another table, or of their own, and that name none."""
    for table, resource in schema.resources().items():
        # frictionless would read the table referred to once more for each of the keys: most of the time of a check
        for key in resource["schema"].get("foreignKeys", []):
            names, target = key["fields"], key["reference"]["resource"] or table
            there = key["reference"]["fields"]
            if not (have(tables, table, *names) and have(tables, target, *there)):
                continue
            frame = tables[table]
            known = set(tables[target][there].itertuples(index=False, name=None))
            cells = frame[names].itertuples(index=False, name=None)
            dead = pd.Series([any(row) and row not in known for row in cells], frame.index, dtype=bool)
            column, remedy = ", ".join(names), f"Correct it, or add the row to {target}.csv"
            told = frame.assign(**{column: frame[names].agg(", ".join, axis=1)}) if dead.any() else frame
            yield finding(table, told, dead, column, f"not among {', '.join(there)} of {target}", remedy)


def _links(tables: Tables) -> Iterator[pd.DataFrame]:
    if have(tables, "claims", "claim_id", "pledge_id", "source_id"):
        claims = tables["claims"]
        stem = claims["pledge_id"] + "--" + claims["source_id"]
        named = pd.Series(
            [
                claim == name or (claim.startswith(f"{name}-") and claim[len(name) + 1 :].isdigit())
                for claim, name in zip(claims["claim_id"], stem, strict=True)
            ],
            claims.index,
            dtype=bool,
        )
        # an id that is in no table is reported there
        both = [column for column in ("pledge_id", "source_id") if f"{column[:-3]}s" in tables]
        known = [claims[column].isin(tables[f"{column[:-3]}s"].get(column, [])) for column in both]
        wrong = ~named & np.logical_and.reduce(known)
        yield finding(
            "claims",
            claims,
            wrong,
            "claim_id",
            "does not name its pledge and source",
            "Write pledge_id--source_id, with -2, -3 for further claims",
        )
    keys = {
        "sources": "source_id",
        "pledges": "pledge_id",
        "claims": "claim_id",
        "events": "event_id",
        "declarations": "declaration_id",
    }
    if not all(have(tables, table, key) for table, key in keys.items()):
        return
    ids = {table: set(tables[table][key]) for table, key in keys.items()}
    linked = set().union(*(ids[table] for table in keys if table != "sources"))
    for column, there in (("evidence_source_ids", ids["sources"]), ("links_to", linked)):
        if have(tables, "statements", column):
            frame = tables["statements"]
            dead = pd.Series(
                [any(part not in there for part in cell.split(";") if cell) for cell in frame[column]],
                frame.index,
                dtype=bool,
            )
            yield finding(
                "statements",
                frame,
                dead,
                column,
                "names an id that is in no table",
                "Correct the id; several are joined by a semicolon",
            )


def _currencies(tables: Tables, rates: Rates) -> Iterator[pd.DataFrame]:
    for table in ("claims", "updates"):
        if have(tables, table, "currency"):
            currency = tables[table]["currency"]
            unknown = currency.ne("") & ~currency.isin(rates.currencies)
            yield finding(
                table,
                tables[table],
                unknown,
                "currency",
                "no reference rate for this currency",
                "Use an ISO 4217 code of the ECB's list",
            )


def _numbers(cells: pd.Series) -> pd.Series:
    return pd.to_numeric(cells.replace("", np.nan), errors="coerce")


TABLE = "corrections"
Complaint = tuple[str, str, str, str]
"""Column, value, problem and remedy of a finding."""


class _Correction(Protocol):
    """A row of the table."""

    table: str
    key: str
    column: str
    old: str
    new: str


_NEEDED = ("table", "key", "column", "old", "new", "corrected_on")


def corrected(tables: Tables) -> tuple[Tables, pd.DataFrame]:
    """Put the right values in place of the wrong ones, in the order of the days of correction.

    Parameters
    ----------
    tables : dict of str to pandas.DataFrame
        See `defects.Tables`; never changed.

    Returns
    -------
    tables : dict of str to pandas.DataFrame
        With the cells that a correction replaces; those of a correction that is itself wrong stay as they are.
    findings : pandas.DataFrame
        As `tables.check`: corrections that point nowhere, or whose old value no longer stands.
    """
    if not set(_NEEDED) <= set(tables.get(TABLE, ())) or tables[TABLE].empty:
        return tables, NONE
    right, found = dict(tables), []
    for correction in tables[TABLE].sort_values("corrected_on", kind="stable").itertuples():
        place, complaint = _place(correction, right)
        if complaint:
            found.append((TABLE, correction.Index, *complaint))
            continue
        if right[correction.table] is tables[correction.table]:
            right[correction.table] = tables[correction.table].copy()
        right[correction.table].loc[place, correction.column] = correction.new
    return right, pd.DataFrame(found, columns=COLUMNS)


def as_csv(table: pd.DataFrame) -> str:
    """Write a table of texts as the file it was read from."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([list(table.columns), *table.itertuples(index=False)])
    return buffer.getvalue()


def _place(correction: _Correction, tables: Tables) -> tuple[int | None, Complaint | None]:
    """Find the row that is meant, or say what is wrong."""
    if complaint := _names_no_column(correction, tables):
        return None, complaint
    name, table = correction.table, tables[correction.table]
    key = _key(name)
    rows = table.index[table[key].agg(";".join, axis=1) == correction.key]
    if len(rows) != 1:
        return None, ("key", correction.key, f"names {len(rows)} rows of {name}", f"Write {';'.join(key)} of one row")
    if correction.old == correction.new:
        return None, ("new", correction.new, "the same as the old value", "Delete the correction")
    said = table.loc[rows[0], correction.column]
    if said != correction.old:
        problem = f"no longer stands: {name}, row {rows[0]}, says {said!r}"
        return None, ("old", correction.old, problem, "Delete the correction if the table was mended, else correct it")
    return rows[0], None


def _names_no_column(correction: _Correction, tables: Tables) -> Complaint | None:
    name = correction.table
    if name == TABLE or name not in schema.resources() or name not in tables:
        return "table", name, "names no table that can be corrected", "Name another table of this folder"
    if not set(_key(name)) <= set(tables[name].columns):
        return "key", correction.key, f"{name} lacks its key", f"Restore the column(s) {', '.join(_key(name))}"
    free = [column for column in tables[name].columns if column not in _key(name)]
    if correction.column not in free:
        problem = f"not a column of {name} that can be corrected"
        return "column", correction.column, problem, f"Use one of: {', '.join(free)}"
    return None


def _key(table: str) -> list[str]:
    key: list[str] = schema.resources()[table]["schema"]["primaryKey"]
    return key


Finding = tuple[str, int | None, str, str, str, str]
"""What stands in `defects.COLUMNS`."""

_ROW = {
    "extra-cell": ("more cells than columns", "Put a text with commas into double quotes"),
    "missing-cell": ("fewer cells than columns", "Add the commas that are missing"),
    "blank-row": ("row is empty", "Delete the row"),
    "unique-error": ("stands twice in this column", "Each row needs its own"),
}
_CONSTRAINT = {
    "required": "cell is empty",
    "enum": "word is not allowed",
    "pattern": "not written as this column wants it",
    "minimum": "too small",
    "maximum": "too large",
    "maxLength": "too long",
}


def against_schema(contents: Mapping[str, bytes]) -> pd.DataFrame:
    """Check tables against the schema.

    Parameters
    ----------
    contents : mapping of str to bytes
        What stands in the file of each table. What refers to other rows and tables is checked by `rules`.

    Returns
    -------
    pandas.DataFrame
        As `tables.check`.
    """
    rows = [row for table, content in contents.items() for row in _found(table, content)]
    return pd.DataFrame(rows, columns=COLUMNS)


@lru_cache(maxsize=64)
def _found(table: str, content: bytes) -> tuple[Finding, ...]:
    """Ask frictionless about one table; once for a content: who loads a folder again has changed few of its tables."""
    from frictionless import Dialect, Schema
    from frictionless.formats import CsvControl
    from frictionless.resources import TableResource

    resource = schema.resources()[table]
    columns = {name: value for name, value in resource["schema"].items() if name != "foreignKeys"}
    # said, as frictionless guesses what it is not told: line ends of Windows turned texts with semicolons into columns
    control = CsvControl(delimiter=",", quote_char='"', double_quote=True, skip_initial_space=False)
    file = TableResource(
        name=table,
        data=content,
        format="csv",
        encoding=resource["encoding"],
        dialect=Dialect(controls=[control]),
        schema=Schema.from_descriptor(columns),
    )
    return tuple(finding for task in file.validate().tasks for finding in _described(task))


def _described(task: ReportTask) -> list[Finding]:
    from frictionless.errors import BlankRowError, ExtraCellError, MissingCellError

    # in a row that is empty, too short or too long, what is said about cells is noise
    uneven = [
        error for error in reversed(task.errors) if isinstance(error, BlankRowError | MissingCellError | ExtraCellError)
    ]
    ragged = {error.row_number: error for error in uneven}
    even = [error for error in task.errors if getattr(error, "row_number", None) not in ragged]
    return [_describe(task.name, error) for error in [*ragged.values(), *even]]


def _describe(table: str, error: Error) -> Finding:
    from frictionless.errors import PrimaryKeyError

    row = getattr(error, "row_number", None)
    column = getattr(error, "field_name", None) or ""
    value = getattr(error, "cell", None) or ""
    fields = schema.fields(table)
    if isinstance(error, PrimaryKeyError):
        names = schema.resources()[table]["schema"]["primaryKey"]
        cells = dict(zip(fields, error.cells, strict=False))
        value = ", ".join(str(cells.get(name, "")) for name in names)
        return table, row, ", ".join(names), value, f"key stands twice ({error.note})", "Give each row its own key"
    if error.type in _ROW:
        problem, remedy = _ROW[error.type]
        return table, row, column if error.type == "unique-error" else "", str(value), problem, remedy
    if column not in fields:
        return table, row, column, str(value), error.message, "Compare the table with the column dictionary"
    problem = f"not a {fields[column]['type']}"
    if error.type == "constraint-error":
        name = error.note.split('"')[1]
        problem, value = _CONSTRAINT.get(name, f"breaks {name}"), "" if name == "required" else value
    return table, row, column, str(value), problem, schema.expected(fields[column])


_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
_SAVE = (
    "save it as CSV with commas: LibreOffice asks for the separator, Excel takes the list separator of the system's "
    "region settings"
)
_CONFLICT = re.compile("^(?:<{7}|>{7})[ \r\n]", re.MULTILINE)
_WORKBOOK = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How the files of Excel begin, new and old."""

_Defect = tuple[int | None, str, str, str, str]
"""Row, column, value, problem and remedy of a finding."""


def read_texts(folder: Path) -> tuple[Tables, pd.DataFrame]:
    """Read each table of a folder as text.

    Returns
    -------
    texts : dict of str to pandas.DataFrame
        See `defects.Tables`; without those whose file or header is not what the schema says.
    findings : pandas.DataFrame
        As `tables.check`: files that cannot be read, and headers that are not those of the schema.
    """
    texts: Tables = {}
    found = []
    for name, resource in schema.resources().items():
        rows, defects = _read(folder / resource["path"], list(schema.fields(name)))
        if rows:
            texts[name] = _as_frame(rows)
        found += [(name, *defect) for defect in defects]
    return texts, pd.DataFrame(found, columns=COLUMNS)


def _read(path: Path, names: list[str]) -> tuple[list[list[str]], list[_Defect]]:
    """Return the rows of a file, header first, none if it is no table, and what is wrong with the file."""
    defect: _Defect | None
    rows: list[list[str]] = []
    try:
        text = files.read_text(path)
        defect = _spoilt_text(text, names)
        if not defect:
            rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
            defect = _spoilt_rows(rows, names)
    except FileNotFoundError:
        defect = None, "", "", "file is missing", f"Put {path.name} into the folder"
    except UnicodeDecodeError as error:
        row = error.object[: error.start].count(b"\n") + 1
        defect = row, "", "", f"byte 0x{error.object[error.start]:02x} is not UTF-8", "Save the file as UTF-8"
        if error.object.startswith(_WORKBOOK):
            defect = None, "", "", "an Excel workbook, not CSV", f"Open it and {_SAVE}"
    except (OSError, csv.Error) as error:
        defect = None, "", "", f"not readable ({error})", "Save the file as CSV with commas"
    # once the columns are off, what would be said about cells is noise
    wrong = [defect] if defect else _header(rows[0], names)
    return [] if wrong else rows, wrong


def _spoilt_text(text: str, names: list[str]) -> _Defect | None:
    if conflict := _CONFLICT.search(text):
        row = text[: conflict.start()].count("\n") + 1
        return (
            row,
            "",
            conflict[0].strip(),
            "mark of a merge conflict",
            "Keep one of the two versions, delete the marks",
        )
    # the header stands below a title now and then
    lines = io.StringIO(text[:10_000], newline=None).read().split("\n")[:5]
    if lines[0].casefold().startswith("sep="):
        return 1, "", lines[0], "line for Excel, not the header", f"Delete this line; if need be, {_SAVE}"
    for mark, name in _SEPARATORS.items():
        if any(len({cell.strip('" ').casefold() for cell in line.split(mark)} & {*names}) > 1 for line in lines):
            return None, "", "", f"cells are separated by {name}, not by commas", f"Open the file and {_SAVE}"
    return None


def _spoilt_rows(rows: list[list[str]], names: list[str]) -> _Defect | None:
    if not rows:
        return None, "", "", "file is empty", "Write at least the header row"
    headers = [number for number, row in enumerate(rows, 1) if {*names} <= {*row}]
    if headers[1:]:
        return headers[1], "", "", "the header stands here again", "Delete the row"
    if headers and headers[0] > 1:
        return (
            1,
            "",
            ",".join(rows[0])[:60],
            f"the header stands in row {headers[0]}",
            "Delete the rows above the header",
        )
    if 2 * len({name.strip() for name in rows[0]} & {*names}) < len(names):
        header = ",".join(names)
        return 1, "", ",".join(rows[0])[:60], "not the header of this table", f"Begin the file with {header}"
    return None


def _header(header: list[str], names: list[str]) -> list[_Defect]:
    """Compare the names of columns with the schema's; blanks around them are found by `cell_rules`."""
    written = [name.strip() for name in header]
    remedy = "Add the column, also if its cells are empty"
    wrong = [(name, "", "column is missing", remedy) for name in names if name not in written]
    for name, count in Counter(written).items():
        if not name:
            wrong.append(("", "", "column has no name", "Name the column or delete it"))
        elif name not in names:
            wrong.append((name, name, "column is not in the schema", "Delete the column or correct its name"))
        elif count > 1:
            wrong.append((name, name, "column stands twice", "Delete one of the two"))
    if not wrong and written != names:
        wrong.append(("", ",".join(written), "columns are out of order", f"Order them so: {','.join(names)}"))
    return [(None, *found) for found in wrong]


def _as_frame(rows: list[list[str]]) -> pd.DataFrame:
    header, *records = rows
    width = len(header)
    # short and long rows are reported from the schema; here they only must not shift
    even = [(record + [""] * width)[:width] for record in records]
    frame = pd.DataFrame(even, columns=header, index=pd.RangeIndex(2, len(records) + 2), dtype="str")
    return frame.loc[:, ~frame.columns.duplicated()]
