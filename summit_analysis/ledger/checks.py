"""What is wrong with the tables: files, schema, corrections and rules; one finding per defect, with its remedy."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from summit_analysis.base import files
from summit_analysis.base.errors import FileError
from summit_analysis.currency.convert import iso_currencies
from summit_analysis.currency.rates import Rates
from summit_analysis.ledger import schema
from summit_analysis.money import QUALIFIERS

Tables = dict[str, pd.DataFrame]
"""Tables as text: every cell a string, an empty cell an empty string, the index the row number in the file."""
COLUMNS = ["table", "row", "column", "value", "problem", "remedy"]
Finding = tuple[str, int | None, str, str, str, str]
"""What stands in `COLUMNS`; no row if the whole table is meant."""
Place = tuple[str, int, str]
"""Table, row and column of a cell."""

_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
_SAVE = (
    'save it as CSV with commas, in UTF-8: LibreOffice asks for both, Excel has "CSV UTF-8" and takes the list '
    "separator of the system's region settings"
)
_OTHERS = {
    **dict.fromkeys((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"), "an Excel workbook, not CSV"),
    **dict.fromkeys((b"\xff\xfe", b"\xfe\xff"), "UTF-16, not UTF-8"),
}
"""How files of Excel begin, new and old, and its "Unicode text"."""
MANY = 10
"""Rows with the same trouble in one column that are named one by one; more of them have one cause, and are counted."""

UNLABELLED = "has no row in labels"
"""The one defect with which a folder is read all the same: the id of the pledge stands for its name."""

MONEY = "currency units"
"""Unit of the columns that hold sums."""
LEAST = 1000
"""Sums below it, in units of any currency, are taken for slips."""
_NUMERAL = re.compile("[0-9]+(?:[ .,'\u2019\u00a0\u202f][0-9]+)*")
"""A number in a text, with what parts its thousands: the 50 of "50 000" is none."""
_HIDDEN = re.compile(
    "[\\x00-\\x1f\\x7f-\\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
"""Characters that break lines, turn the direction of a text, or stand where nothing is seen."""
# eighteen digits: more than all money there is, and they fit an integer of the machine
_WRITTEN = {
    "date": re.compile("(?:[0-9]{4}-[0-9]{2}-[0-9]{2})?"),
    # west of Greenwich is below zero; sums are not, they are written as integers
    "number": re.compile(r"(?:-?[0-9]{1,18}(?:\.[0-9]{1,18})?)?"),
    "integer": re.compile("(?:[0-9]{1,18})?"),
    "year": re.compile("(?:[0-9]{4})?"),
    "boolean": re.compile("(?:yes|no)?"),
}
"""Of a cell that is not empty, by the type of its column."""
_NUMBERS = {
    "number in powers of ten, which may have lost digits": r"\d(?:[.,]\d+)?[eE]\+?\d+",
    "number with a mark between its digits": r"\d{1,3}(?:[ .,'\u2019\u00a0\u202f]\d{3})+(?:[.,]\d+)?|\d+[.,]\d+",
}
_ELSEWHERE = {
    "date": {
        "day written dd/mm/yyyy or mm/dd/yyyy": r"\d{1,2}/\d{1,2}/(?:\d\d|\d{4})",
        "day written dd.mm.yyyy": r"\d{1,2}\.\d{1,2}\.(?:\d\d|\d{4})",
        "day written yyyy/mm/dd": r"\d{4}[/.]\d{1,2}[/.]\d{1,2}",
        "day written as the number Excel has for it": r"4\d{4}",
        "day with an hour": r"\d{4}-\d\d-\d\d[T ]\d.*",
    },
    "boolean": {"neither yes nor no": ".+"},
    **dict.fromkeys(("number", "integer", "year"), _NUMBERS),
}
"""How cells of a type look when a spreadsheet has written them as it shows them."""
_FORMATS = {
    "date": ": give the columns this format (Format > Cells; French Excel: aaaa-mm-jj), save as CSV",
    "boolean": ", or leave it empty if unknown",
    **dict.fromkeys(
        ("number", "integer", "year"),
        ": format the columns as numbers without a mark between thousands, save as CSV; digits that a file has lost "
        "stand in an older copy",
    ),
}
"""What to do in the spreadsheet, after how it is written."""
_LIMITS: dict[str, tuple[Callable[[str, Any], bool], str]] = {
    "enum": (lambda cell, words: cell not in words, "word is not allowed"),
    "pattern": (lambda cell, pattern: not re.fullmatch(pattern, cell), "not written as this column wants it"),
    "maxLength": (lambda cell, most: len(cell) > most, "too long"),
    # days compare as they are written
    "minimum": (lambda cell, least: (cell if isinstance(least, str) else float(cell)) < least, "too small"),
    "maximum": (lambda cell, most: (cell if isinstance(most, str) else float(cell)) > most, "too large"),
}
"""By the constraints of the schema: what breaks one, and what is said of it."""
_IN_TEXTS = {
    "word that stands for nothing": (
        re.compile(r"(?:n/?a|nan|null|none|nil|#n/a|\?+|-+)$", re.IGNORECASE),
        "Leave the cell empty if unknown, or write the full name",
    ),
    "a spreadsheet would run it as a formula": (
        re.compile("|".join(map(re.escape, files.FORMULA_MARKS))),
        "Begin with a letter or digit",
    ),
}
"""What no text is or begins with, and what would be right."""
_ISO = r"\d{4}(?:-\d{2}-\d{2})?"
_FIGURES = {
    (True, True): "both amount_low and amount_high",
    (True, False): "amount_low only",
    (False, True): "amount_high only",
    (False, False): "no figure, but a scale",
}
_QUALIFIER = ["qualifier", "amount_low", "amount_high"]
_VALID = ("valid_from", "valid_to")


class _SpoiltError(Exception):
    """A file is no table; the arguments are row, column, value, problem and remedy of the one finding that says so."""


def read_texts(folder: Path, grown: Mapping[str, bytes]) -> tuple[Tables, list[Finding]]:
    """Read each table of a folder as text, or of `grown`, by its name, where that has it.

    A byte order mark, line ends of Windows, empty rows, and the empty columns that spreadsheets leave at the end of a
    table are passed over.

    Returns
    -------
    texts : dict of str to pandas.DataFrame
        See `Tables`; without those whose file or header is not what the schema says, and without the columns that came
        after the folder.
    findings : list of Finding
        Files that cannot be read, headers that are not those of the schema, and rows with too few or too many cells.

    Raises
    ------
    FileError
        If the tables lie in a folder below.
    """
    texts: Tables = {}
    found: list[Finding] = []
    if not any(folder.glob("*.csv")) and (below := sorted(folder.glob("*/claims.csv"))):
        raise FileError(f"{folder} holds no table, but {below[0].parent} does: give that folder")
    paths = schema.paths(folder)
    for table in [table for table in schema.resources() if table in paths or table in grown]:
        fields = schema.fields(table)
        try:
            header, *records = _rows(grown.get(table, paths.get(table, folder)), list(fields))
        except _SpoiltError as spoilt:
            found.append((table, *spoilt.args))
            continue
        # a folder may be older than a column
        names = [name for name, field in fields.items() if "since" not in field or name in header]
        found += [(table, None, *defect) for defect in _wrong_names(header, names)]
        # once the columns are off, what would be said about cells is noise
        if header == names:
            filled = {row: record for row, record in enumerate(records, 2) if any(cell.strip() for cell in record)}
            said = (
                "more or fewer cells than columns",
                "Add the commas that are missing, or quote texts with commas",
            )
            uneven = {row: record[-1] for row, record in filled.items() if len(record) != len(names)}
            found += [(table, row, "", last, *said) for row, last in uneven.items()]
            # here short and long rows only must not shift
            even = [(record + [""] * len(names))[: len(names)] for record in filled.values()]
            texts[table] = pd.DataFrame(even, pd.Index([*filled], dtype="int64"), names, dtype="str")
    return texts, found


def _rows(file: Path | bytes, names: list[str]) -> list[list[str]]:
    """Read the rows of a file, or of its content, the header first; or raise what is wrong with the whole of it."""
    try:
        content = file if isinstance(file, bytes) else _content(file)
        text = content.decode("utf-8-sig").lstrip(files.BYTE_ORDER_MARK)
        # the line by which Excel names the separator, or a title, may stand above the header
        for mark, name in _SEPARATORS.items():
            if any(len({*line.split(mark)} & {*names}) > 1 for line in text[:10_000].splitlines()[:5]):
                raise _SpoiltError(
                    None, "", "", f"cells are separated by {name}, not by commas", f"Open the file and {_SAVE}"
                )
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except UnicodeDecodeError as error:
        other = next((said for begin, said in _OTHERS.items() if error.object.startswith(begin)), "")
        row = None if other else error.object[: error.start].count(b"\n") + 1
        problem = other or f"byte 0x{error.object[error.start]:02x} is not UTF-8"
        raise _SpoiltError(row, "", "", problem, f"Open it and {_SAVE}") from None
    except (OSError, csv.Error) as error:
        raise _SpoiltError(None, "", "", f"not readable ({error})", "Save the file as CSV with commas") from error
    wide = max((place for row in rows for place, cell in enumerate(row, 1) if cell.strip()), default=0)
    if not wide:
        raise _SpoiltError(None, "", "", "file is empty", "Write at least the header row")
    if 2 * len({*rows[0]} & {*names}) < len(names):
        raise _SpoiltError(
            1, "", ",".join(rows[0])[:60], "not the header of this table", f"Begin the file with {','.join(names)}"
        )
    return [row[:wide] for row in rows]


def _content(path: Path) -> bytes:
    """Read a file, or raise where one that is missing may be."""
    if path.is_file():
        return path.read_bytes()
    if path.exists():
        # nobody has ever finished reading a pipe
        raise OSError("not a file")
    near = sorted(one for one in path.parent.iterdir() if one.name.casefold().startswith(f"{path.stem}."))
    # a folder below with as many tables as a ledger needs is another ledger: the example, the tables of a report
    near += sorted(one for one in path.parent.glob(f"*/{path.name}") if len([*one.parent.glob("*.csv")]) < 5)
    if not near:
        raise _SpoiltError(
            None, "", "", "file is missing", f"Put {path.name} into the folder; summit-analysis new makes one to fill"
        )
    name = near[0].relative_to(path.parent).as_posix()
    is_book = name.casefold().endswith((".xlsx", ".xls", ".ods", ".numbers"))
    remedy = f"Open it and {_SAVE}" if is_book else f"Name it {path.name}, in this folder"
    raise _SpoiltError(None, "", name, f"{path.name} is missing, but {name} is there", remedy)


def _wrong_names(header: list[str], names: list[str]) -> list[tuple[str, str, str, str]]:
    """Compare the names of columns with the schema's: column, value, problem and remedy of each defect."""
    lacking = [one for one in names if one not in header]
    foreign = [one for one in header if one not in names]
    twice = [one for one in names if header.count(one) > 1]
    if header != names and not (lacking or foreign or twice):
        return [("", ",".join(header), "columns are out of order", f"Order them so: {','.join(names)}")]
    return [
        *((one, "", "column is missing", "Add the column, also if its cells are empty") for one in lacking),
        *((one, one, "column is not in the schema", "Correct its name, or delete the column") for one in foreign),
        *((one, one, "column stands twice", "Delete one of the two") for one in twice),
    ]


def corrected(tables: Tables) -> tuple[Tables, list[Finding]]:
    """Put the right values in place of the wrong ones, in the order of the days of correction.

    Parameters
    ----------
    tables : dict of str to pandas.DataFrame
        See `Tables`; never changed.

    Returns
    -------
    tables : dict of str to pandas.DataFrame
        With the cells that a correction replaces; those of a correction that is itself wrong stay as they are.
    findings : list of Finding
        Corrections that point nowhere, or whose old value no longer stands. Nothing is said where the table is none or
        cannot be read, or the cells that are meant are misread: see `in_cells`.
    """
    right: Tables = dict(tables)
    found: list[Finding] = []
    there = tables.get("corrections", pd.DataFrame({"table": [], "corrected_on": []}))
    there = there[there["table"].isin(tables.keys() - {"corrections"})]
    for correction in there.sort_values("corrected_on", kind="stable").itertuples():
        name, column, table = correction.table, correction.column, right[correction.table]
        key, fields = schema.resources()[name]["schema"]["primaryKey"], schema.fields(name)
        free = [one for one in table.columns if one not in key]
        # a column at a time: row by row, the corrections of a long table are what loading waits for
        rows = table.index[table[key[0]].str.cat(table[key[1:]], sep=";") == correction.key]
        if column not in free:
            problem = f"not a column of {name} that can be corrected"
            found.append(("corrections", correction.Index, "column", column, problem, f"Use one of: {', '.join(free)}"))
        elif len(rows) != 1:
            problem, remedy = f"names {len(rows)} rows of {name}", f"Write {';'.join(key)} of one row"
            if not any(_slip(cell, fields[one]) for one in key for cell in table[one]):
                found.append(("corrections", correction.Index, "key", correction.key, problem, remedy))
        elif (cell := table.loc[rows[0], column]) == correction.old:
            right[name] = table.copy()
            right[name].loc[rows[0], column] = correction.new
        elif not _slip(cell, fields[column]):
            problem = f"no longer stands: {name}, row {rows[0]}, says {cell!r}"
            remedy = "Delete the correction if the table was mended, else correct it"
            found.append(("corrections", correction.Index, "old", correction.old, problem, remedy))
    return right, found


def own_words(folder: Path) -> tuple[str, list[Finding]]:
    """Read a folder's own descriptor, and find the words in it that it cannot have.

    Returns
    -------
    own : str
        Its text; empty if there is none, or if it is of no use.
    findings : list of Finding
    """
    path = folder / schema.SCHEMA_FILE
    if not path.exists():
        return "", []
    try:
        own = files.read_text(path)
        said = schema.words(json.loads(own))
        for place, allowed in said.items():
            if not isinstance(allowed, list) or not allowed or not all(isinstance(word, str) for word in allowed):
                raise TypeError(f"the enum of {'.'.join(place)} is no list of words")
    except (ValueError, TypeError, KeyError, AttributeError, OSError) as error:
        remedy = "Take the file of summit-analysis new, and change only lists of words (enum)"
        return "", [("", None, path.name, "", f"{path.name} is no descriptor of tables ({error})", remedy)]
    known, fields = schema.words(schema.package()), schema.worded(schema.package())
    free = [place for place in known if fields[place].get("open")]
    problem = f"{path.name} allows words here that nothing can count with"
    remedy = f"Words of one's own are for {', '.join('.'.join(one) for one in free)}; this one's are counted with"
    found: list[Finding] = [
        (place[0], None, place[1], ", ".join(foreign), problem, remedy)
        for place, allowed in said.items()
        if place not in free and (foreign := [word for word in allowed if word not in known.get(place, allowed)])
    ]
    return ("" if said == known else own), found


class Rule(NamedTuple):
    """What must hold in a table; left alone where one of the tables is not there."""

    table: str
    columns: list[str]
    """Of this table; the first one, or as many as `named` says, are those whose cells are wrong."""
    wrong: Callable[..., pd.Series]
    """Marks the wrong rows: takes the columns, then those from `elsewhere`."""
    problem: str
    remedy: str
    elsewhere: Sequence[tuple[str, str]] = ()
    """Table and name of columns of other tables."""
    named: int = 1


def in_cells(tables: Tables, own: str) -> tuple[list[Finding], set[Place]]:
    """Hold each cell against its column: characters that nobody sees, the ways of spreadsheets, then the schema.

    Parameters
    ----------
    tables : dict of str to pandas.DataFrame
        See `Tables`.
    own : str
        Text of the folder's own descriptor, see `schema.package`.

    Returns
    -------
    findings : list of Finding
    aside : set of Place
        Cells that are misread: nothing else can be said of them that a reader would understand.
    """
    found: list[Finding] = []
    aside: set[Place] = set()
    for table, frame in tables.items():
        fields = schema.fields(table, own)
        for name, field in ((name, fields[name]) for name in frame):
            remedy = "Delete it" if field["type"] == "string" else schema.written(field) + _FORMATS[field["type"]]
            cells = dict(zip(frame.index, frame[name].to_list(), strict=True))
            # most cells of a column stand in it more than once
            slips = {cell: (kind, remedy) for cell in {*cells.values()} if (kind := _slip(cell, field))}
            wrong = {cell: told for cell in {*cells.values()} if (told := slips.get(cell) or _misfit(cell, field))}
            found += [(table, row, name, cell, *wrong[cell]) for row, cell in cells.items() if cell in wrong]
            aside |= {(table, row, name) for row, cell in cells.items() if cell in slips}
    return found, aside


def _slip(cell: str, field: schema.Descriptor) -> str:
    """Say what a program has made of a cell, if it has."""
    if hidden := _HIDDEN.search(cell):
        return f"hidden character U+{ord(hidden[0]):04X} in the cell"
    if cell != cell.strip():
        return "blank before or after the text"
    if field["type"] == "string" or _written(field).fullmatch(cell):
        return ""
    return next((kind for kind, pattern in _ELSEWHERE[field["type"]].items() if re.fullmatch(pattern, cell)), "")


def _misfit(cell: str, field: schema.Descriptor) -> tuple[str, str] | None:
    """Say what in the schema a cell breaks, and what would be right."""
    limits = field.get("constraints", {})
    if not cell:
        return ("cell is empty", schema.expected(field)) if limits.get("required") else None
    if field["type"] != "string" and not _written(field).fullmatch(cell):
        return f"not written as a plain {field['type']}", schema.expected(field)
    for name, (breaks, problem) in _LIMITS.items():
        if name in limits and breaks(cell, limits[name]):
            return problem, schema.expected(field)
    texts = _IN_TEXTS.items() if "pattern" in limits else ()
    return next(((problem, remedy) for problem, (begins, remedy) in texts if begins.match(cell)), None)


def _written(field: schema.Descriptor) -> re.Pattern[str]:
    # 50.000 is fifty thousand in French: a sum has no point
    return _WRITTEN["integer" if field.get("unit") == MONEY else field["type"]]


def findings(tables: Tables, rates: Rates | None, aside: Set[Place] = frozenset()) -> Iterator[Finding]:
    """Apply every rule whose tables are there.

    Parameters
    ----------
    tables : dict of str to pandas.DataFrame
        See `Tables`; tables that could not be read are absent.
    rates : Rates or None
        Decides which currencies can be converted.
    aside : set of Place
        Cells of which enough is said: no rule reads them.
    """
    if len(tables.get("pledges", ())) and "event" in tables and tables["event"].empty:
        remedy = "Write one row: event_id, name_en, name_fr, first_day, opening_day, last_day"
        yield "event", None, "", "", "no row, although there are pledges", remedy
    unclear = {(table, column) for table, _, column in aside}
    if rates is not None:
        tables = {
            **tables,
            "convertible": pd.DataFrame({"currency": rates.convertible}),
            "published": _published(rates),
        }
    for rule in rules():
        places = [*((rule.table, name) for name in rule.columns), *rule.elsewhere]
        there = all(name in tables.get(table, ()) for table, name in places)
        if there and unclear.isdisjoint(rule.elsewhere):
            wrong = rule.wrong(*(tables[table][name] for table, name in places)).to_numpy(dtype=bool)
            if wrong.any():
                cells = tables[rule.table].loc[wrong, rule.columns[: rule.named]]
                for row, *told in cells.itertuples():
                    if aside.isdisjoint((rule.table, row, name) for name in rule.columns):
                        yield rule.table, row, ", ".join(cells), ", ".join(told), rule.problem, rule.remedy


@cache
def rules() -> list[Rule]:
    """Return the rules for each cell, those between columns, and the references that the schema names."""
    each, references = [], []
    for table, resource in schema.resources().items():
        key = resource["schema"]["primaryKey"]
        for name, field in schema.fields(table).items():
            if field["type"] == "date":
                each.append(Rule(table, [name], _no_day, "no day of the calendar", schema.expected(field)))
            if field.get("unit") == MONEY and "note" in schema.fields(table):
                remedy = "Write whole units (50000000000); if so little is meant, repeat these digits in the note"
                each.append(Rule(table, [name, "note"], _small, f"a sum below {LEAST}", remedy))
            if field.get("constraints", {}).get("unique"):
                each.append(Rule(table, [name], _again, "stands twice in this column", "Each row needs its own"))
        each.append(Rule(table, key, _again, "key stands twice", "Give each row its own key", named=len(key)))
        for one in resource["schema"].get("foreignKeys", []):
            names, target, there = one["fields"], one["reference"]["resource"] or table, one["reference"]["fields"]
            problem, remedy = f"not among {', '.join(there)} of {target}", f"Correct it, or add the row to {target}.csv"
            homes = [(target, column) for column in there]
            references.append(Rule(table, names, _dead, problem, remedy, homes, len(names)))
    return [*each, *BETWEEN_COLUMNS, *references]


def _published(rates: Rates) -> pd.DataFrame:
    """Return the spans of days without a hole for which the ECB has rates of a currency, as text."""
    columns, rows = np.nonzero(~np.isnan(rates.table.T))
    begins = np.flatnonzero((np.diff(columns, prepend=-1) != 0) | (np.diff(rows, prepend=-1) != 1))
    ends = np.append(begins[1:], len(rows)) - 1
    codes, days = np.array(rates.currencies), rates.days.astype("str")
    return pd.DataFrame(
        {"currency": codes[columns[begins]], "first": days[rows[begins]], "last": days[rows[ends]]}, dtype="str"
    )


def _covered(currencies: pd.Series, firsts: pd.Series, lasts: pd.Series, *spans: pd.Series, by: int = 1) -> pd.Series:
    """Mark rows of which some day lies in so many spans of the currency; a span or row without a last day goes on."""
    of_currency = pd.concat(spans, axis=1, keys=["currency", "first", "last"]).replace({"last": {"": "~"}})
    by_currency = {code: rows[["first", "last"]].to_numpy() for code, rows in of_currency.groupby("currency")}
    found = [
        sum(begin <= (last or "~") and first <= end for begin, end in by_currency.get(code, ())) >= by
        for code, first, last in zip(currencies, firsts, lasts, strict=True)
    ]
    return pd.Series(found, currencies.index, dtype=bool)


_number = partial(pd.to_numeric, errors="coerce")


def _no_day(cells: pd.Series) -> pd.Series:
    return cells.ne("") & pd.to_datetime(cells, format="%Y-%m-%d", errors="coerce").isna()


def _again(*columns: pd.Series) -> pd.Series:
    """Mark rows that repeat the cells of one above; what is empty repeats nothing."""
    cells = pd.concat(columns, axis=1)
    return cells.duplicated() & cells.ne("").any(axis=1)


def _small(sums: pd.Series, notes: pd.Series) -> pd.Series:
    """Mark sums of a few units, which are nearly always billions shortened: who means them says so in the note."""
    told = [cell in _NUMERAL.findall(note) for cell, note in zip(sums, notes, strict=True)]
    return _number(sums).lt(LEAST) & ~pd.Series(told, sums.index, dtype=bool)


def _unknown_parts(cells: pd.Series, *homes: pd.Series) -> pd.Series:
    known = {"", *(one for home in homes for one in home)}
    return cells.map(lambda cell: not known.issuperset(cell.split(";")))


def _dead(*columns: pd.Series) -> pd.Series:
    """Mark rows whose key, the first half of the columns, is not among the keys of the second half."""
    half = len(columns) // 2
    rows, known = zip(*columns[:half], strict=True), {*zip(*columns[half:], strict=True)}
    return pd.Series([any(row) and row not in known for row in rows], columns[0].index, dtype=bool)


def _misnamed(claims: pd.Series, pledge: pd.Series, source: pd.Series, *known: pd.Series) -> pd.Series:
    """Mark claims whose id is not that of their pledge and source; an id that is in no table is reported there."""
    rests = pd.Series(map(str.removeprefix, claims, pledge + "--" + source), claims.index, dtype="str")
    return ~rests.str.fullmatch("(?:-[0-9]+)?") & pledge.isin(known[0]) & source.isin(known[1])


def circles(ids: Iterable[str], parents: Iterable[str | None]) -> list[str]:
    """Return the ids that are, through their parents, part of themselves.

    >>> circles(["a", "b", "c"], ["b", "a", "a"])
    ['a', 'b']
    """
    # of an id that stands twice the first row counts
    above: dict[str, str | None] = dict(reversed([*zip(ids, parents, strict=True)]))
    # on no circle is who is nobody's parent
    while len(needed := {*above.values()} & above.keys()) < len(above):
        above = {one: parent for one, parent in above.items() if one in needed}
    return list(above)[::-1]


BETWEEN_COLUMNS = [
    Rule(
        "event",
        ["event_id"],
        lambda ids: pd.Series(range(len(ids)), ids.index) > 0,
        "a second event",
        "Keep one row: a ledger is about one event",
    ),
    Rule(
        "event",
        ["default_group"],
        lambda cells, groups: cells.ne("") & ~cells.isin({*groups}) & bool(len(groups)),
        "no pledge is of this group",
        "Write a group of pledges.csv, or nothing",
        [("pledges", "group")],
    ),
    *(
        Rule(
            "claims",
            _QUALIFIER,
            lambda said, low, high, word=word, has_low=has_low, has_high=has_high: (
                said.eq(word) & (low.ne("").ne(has_low) | high.ne("").ne(has_high))
            ),
            "contradicts the figures",
            f"'{word}' wants {_FIGURES[has_low, has_high]}",
        )
        for word, (has_low, has_high) in QUALIFIERS.items()
    ),
    Rule(
        "claims",
        _QUALIFIER,
        lambda said, low, high: said.isin(["exact", "approx"]) & (_number(low) < _number(high)),
        "contradicts the figures",
        "Two different figures are a range",
    ),
    Rule(
        "claims",
        _QUALIFIER,
        lambda said, low, high: said.eq("range") & (_number(low) == _number(high)),
        "contradicts the figures",
        "One figure is exact or approx",
    ),
    Rule(
        "claims",
        ["amount_low", "amount_high"],
        lambda low, high: _number(low) > _number(high),
        "above amount_high",
        "Put the lower figure first",
    ),
    Rule(
        "claims",
        ["scale", "qualifier"],
        lambda scale, said: scale.ne("").ne(said.eq("several")),
        "scale and qualifier disagree",
        "Fill scale for 'several' (1000000000 for several billion) and only there",
    ),
    *(
        Rule(
            table,
            [last, first],
            # ISO texts compare as days; a bare year stands for all of it
            lambda last, first: (
                last.str.fullmatch(_ISO) & first.str.fullmatch(_ISO) & (first > last.str.ljust(10, "~"))
            ),
            f"before {first}",
            "Correct one of the two",
        )
        for table, first, last in (
            ("events", "starts_on", "ends_on"),
            ("pledges", "horizon_start", "horizon_end"),
            ("event", "opening_day", "last_day"),
            ("event", "first_day", "opening_day"),
            ("pegs", *_VALID),
        )
    ),
    *(
        Rule(
            table,
            [f"{kind}_period", f"{kind}_on"],
            lambda period, day: period.ne("") & day.ne(""),
            f"{kind}_on is filled too",
            "Keep the day, empty the period",
        )
        for table, kind in (("claims", "claimed"), ("updates", "updated"), ("sources", "published"))
    ),
    *(
        Rule(
            table,
            columns,
            # some are filled and others are not
            lambda *cells: pd.concat(cells, axis=1).ne("").sum(axis=1).between(1, len(cells) - 1),
            f"{', '.join(columns[:-1])} and {columns[-1]} go together",
            f"Fill {all_} or none",
        )
        for table, columns, all_ in (
            ("updates", ["amount", "currency", "amount_is"], "all three"),
            ("claims", ["attributed_is_pledger", "attributed_to"], "both"),
            ("pledges", ["other_money_reason", "other_money"], "both"),
            ("sites", ["latitude", "longitude"], "both"),
            ("sites", ["megawatts", "megawatts_kind", "megawatts_source_id"], "all three"),
        )
    ),
    Rule(
        "corrections",
        ["new", "old"],
        lambda new, old: new.eq(old),
        "the same as the old value",
        "Delete the correction",
    ),
    Rule(
        "pledges",
        ["parent_id", "pledge_id"],
        lambda parents, ids: ids.isin(circles(ids, parents)),
        "the pledge would be part of itself",
        "Give one pledge of the circle another parent, or none",
    ),
    Rule(
        "pledges",
        ["pledge_id"],
        _dead,
        UNLABELLED,
        "Add a row to labels.csv: this pledge_id, label_en, label_fr",
        [("labels", "pledge_id")],
    ),
    Rule(
        "claims",
        ["claim_id", "pledge_id", "source_id"],
        _misnamed,
        "does not name its pledge and source",
        "Write pledge_id--source_id, with -2, -3 for further claims",
        [("pledges", "pledge_id"), ("sources", "source_id")],
    ),
    *(
        Rule(
            "statements",
            [column],
            _unknown_parts,
            "names an id that is in no table",
            "Correct the id; several are joined by a semicolon",
            homes,
        )
        for column, homes in (
            ("evidence_source_ids", [("sources", "source_id")]),
            ("links_to", [(f"{one}s", f"{one}_id") for one in ("pledge", "claim", "event", "declaration")]),
        )
    ),
    *(
        Rule(
            table,
            ["currency"],
            lambda codes, known, right=right: _dead(codes, known) & codes.isin(iso_currencies()).eq(right),
            problem,
            remedy,
            [("convertible", "currency")],
        )
        for table in ("claims", "updates")
        for right, problem, remedy in (
            (True, "the ECB publishes no rate of it", "The code is right: put rates of it into rates.csv"),
            (False, "no currency has this ISO 4217 code", "Write one like USD, AED or XOF"),
        )
    ),
    Rule(
        "pegs",
        ["anchor"],
        _dead,
        "the ECB publishes no rate of it",
        "Give the rate to EUR, or to a currency of the ECB's list",
        [("published", "currency")],
    ),
    *(
        Rule(
            table,
            ["currency", *days],
            partial(_covered, by=by),
            problem,
            "Delete the row, or change its days",
            [(there, name) for name in ("currency", *span)],
        )
        for table, days, there, span, by, problem in (
            ("pegs", _VALID, "published", ("first", "last"), 1, "the ECB publishes a rate of it in these days"),
            ("pegs", _VALID, "pegs", _VALID, 2, "two rows of it hold on the same day"),
            ("own_rates", ("day", "day"), "published", ("first", "last"), 1, "the ECB publishes a rate of it that day"),
            ("own_rates", ("day", "day"), "pegs", _VALID, 1, "pegs.csv has a rate of it that day"),
        )
    ),
]
"""What must hold between columns and between tables and is no reference of the schema."""


def told(found: Iterable[Finding]) -> pd.DataFrame:
    """Put findings in order; what is found about a cell first is not said again, and what many have in common once."""
    frame = pd.DataFrame(found, columns=COLUMNS).astype({"row": "Int64"})
    # of a table as a whole more than one thing can be said
    again = frame.assign(problem=frame["problem"].where(frame["row"].isna()))
    frame = frame[~again.duplicated(["table", "row", "column", "problem"])]
    left = [frame.head(0)]
    for (_, problem, _), ones in frame.groupby(["table", "problem", "remedy"], sort=False):
        # a program that misreads a column misreads all of it
        columns = ones["column"].unique()
        rest = f"{problem}, here and in {len(ones) - 1} more {'cells' if len(columns) > 1 else 'rows'}"
        once = ones.sort_values("row", kind="stable").head(1).assign(column=", ".join(columns), problem=rest)
        left.append(once if len(ones) > MANY else ones)
    frame = pd.concat(left).sort_values(["table", "row"], kind="stable", na_position="first", ignore_index=True)
    # readers know a table by its file
    stems = {name: Path(resource["path"]).stem for name, resource in schema.resources().items()}
    return frame.assign(table=frame["table"].replace(stems))
