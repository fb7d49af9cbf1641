"""All tables of a ledger in one file: a zip of the Data Package, a workbook, a database."""

import datetime as dt
import io
import json
import sqlite3
import zipfile
from contextlib import closing

import pandas as pd

from summit_analysis.base import files
from summit_analysis.base.errors import ChoiceError
from summit_analysis.ledger import checks, schema
from summit_analysis.ledger.tables import Ledger, written

_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""So that the same tables always make the same file."""
_STORED = {"number": "REAL", "integer": "INTEGER"}


def exported(ledger: Ledger, kind: str) -> bytes:
    """Return all tables of a ledger as the content of one file.

    Parameters
    ----------
    ledger : Ledger
    kind : {"zip", "xlsx", "sqlite"}
        A Data Package with its ``datapackage.json``, the files as they stand in the folder; a workbook with a sheet of
        notes and one per table; a database with primary and foreign keys. In the last two, days are written
        YYYY-MM-DD, and yes and no in words.

    Raises
    ------
    ChoiceError
        If the kind is none of these.

    >>> exported(ledger, "zip")[:2], exported(ledger, "sqlite")[:13]
    (b'PK', b'SQLite format')
    """
    write = {"zip": _package, "xlsx": _workbook, "sqlite": _database}
    if kind not in write:
        raise ChoiceError("kind of file", kind, write)
    return write[kind](ledger)


def _package(ledger: Ledger) -> bytes:
    paths, described = schema.paths(ledger.folder), ledger.folder / schema.SCHEMA_FILE
    own = files.read_text(described) if described.exists() else "{}"
    # a folder may lack tables and columns, and say of the others no more than its own words
    parts = [{**one} for one in schema.package(own if "resources" in own else "")["resources"] if one["name"] in paths]
    for part in (one for one in parts if "schema" in one):
        keys = [key for key in part["schema"].get("foreignKeys", []) if key["reference"]["resource"] in {"", *paths}]
        part["schema"] = part["schema"] | {"foreignKeys": keys}
    package = json.loads(schema.of_ones_own()) | json.loads(own) | {"resources": parts}
    contents = {schema.SCHEMA_FILE: json.dumps(package, indent=2, ensure_ascii=False).encode()}
    there = (path for path in (*paths.values(), ledger.folder / "README.md") if path.exists())
    contents |= {path.name: path.read_bytes() for path in there}
    # as they stand, before any correction
    for name, rows in checks.read_texts(ledger.folder, {})[0].items():
        whole = rows.reindex(columns=list(schema.fields(name)), fill_value="")
        contents[paths[name].name] = whole.to_csv(index=False, lineterminator="\n").encode()
    with zipfile.ZipFile(packed := io.BytesIO(), "w") as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name, _LONG_AGO), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _workbook(ledger: Ledger) -> bytes:
    tables = _tables(ledger)
    notes = [
        (name, field["name"], field["type"], field["description"])
        for name in tables
        for field in schema.fields(name).values()
    ]
    # a text that begins like a formula or an address stays a text; a full disk is met where the file is written
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with pd.ExcelWriter(made := io.BytesIO(), "xlsxwriter", engine_kwargs={"options": options}) as writer:
        writer.book.set_properties({"created": dt.datetime(*_LONG_AGO), "title": ledger.about.name()})
        sheets = {"notes": pd.DataFrame(notes, columns=["table", "column", "type", "meaning"]), **tables}
        for name, frame in sheets.items():
            frame.to_excel(writer, sheet_name=name, index=False, freeze_panes=(1, 1))
    return made.getvalue()


def _database(ledger: Ledger) -> bytes:
    tables = _tables(ledger)
    with closing(sqlite3.connect(":memory:")) as base:
        for name, frame in tables.items():
            described = schema.resources()[name]["schema"]
            parts = [f'"{field["name"]}" {_STORED.get(field["type"], "TEXT")}' for field in described["fields"]]
            parts += [f"PRIMARY KEY ({_listed(described['primaryKey'])})"]
            for key in described.get("foreignKeys", []):
                if (other := key["reference"]["resource"] or name) in tables:
                    # a database wants the whole primary key of the other table and nothing else
                    wanted = schema.resources()[other]["schema"]["primaryKey"]
                    named = dict(zip(key["reference"]["fields"], key["fields"], strict=True))
                    own = _listed([named[column] for column in wanted])
                    parts += [f'FOREIGN KEY ({own}) REFERENCES "{other}" ({_listed(wanted)})']
            base.execute(f'CREATE TABLE "{name}" ({", ".join(parts)})')
            frame.to_sql(name, base, if_exists="append", index=False)
        base.commit()
        return base.serialize()


def _listed(columns: list[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _tables(ledger: Ledger) -> dict[str, pd.DataFrame]:
    """Return the tables that are there, with their days, and yes and no, as tables write them."""
    frames = {name: getattr(ledger, name) for name in schema.paths(ledger.folder) if name in schema.resources()}
    return {
        name: frame.assign(**frame.select_dtypes(["datetime", "boolean"]).map(written).replace("", None))
        for name, frame in frames.items()
    }
