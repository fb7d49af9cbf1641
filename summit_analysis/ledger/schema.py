"""The schema, `data/datapackage.json`, is the only place that says which tables, columns, types and words there are."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from summit_analysis.base import files

SCHEMA_FILE = "datapackage.json"
DICTIONARY_MARKS = ("<!-- columns: generated from datapackage.json -->", "<!-- end of columns -->")

Descriptor = dict[str, Any]
"""An object of the file's JSON, in the words of the Data Package standard."""

_EXPECTED = {
    "date": "Write a day as YYYY-MM-DD",
    "number": "Write digits only, whole units, no comma, point or blank (109000000000)",
    "rate": "Write digits, with a point before decimals (3.6725)",
    "integer": "Write digits only",
    "year": "Write a year as YYYY",
    "boolean": "Write yes or no",
    "degrees": "Write degrees with a point before their decimals (48.5858)",
    "megawatts": "Write megawatts, with a point before decimals (28.8)",
    "^[A-Z]{3}$": ": three capital letters from A to Z",
    "^[a-z0-9][a-z0-9-]*$": ": small letters, digits, hyphens",
}
"""By the unit of a column that has one of these, else by its type; by its pattern, what follows the description."""


@cache
def package(own: str = "") -> Descriptor:
    """Return the data package's descriptor as it stands in the shipped file.

    Parameters
    ----------
    own : str
        Text of a folder's own descriptor: its words take the place of the shipped ones in columns that are ``open``.
    """
    descriptor: Descriptor = json.loads(files.read_text(files.shipped("data") / SCHEMA_FILE))
    said = words(json.loads(own)) if own else {}
    for place, field in worded(descriptor).items():
        if field.get("open") and place in said:
            field["constraints"]["enum"] = said[place]
    return descriptor


def of_ones_own() -> str:
    """Return the text of a descriptor for a ledger of another event: tables and columns, nothing of the shipped one."""
    about = {"profile": "data-package", "name": "ledger", "title": "Ledger of pledges", "version": "0.1.0"}
    return json.dumps({**about, "resources": package()["resources"]}, indent=2, ensure_ascii=False) + "\n"


def worded(descriptor: Descriptor) -> dict[tuple[str, str], Descriptor]:
    """Return the columns in which a descriptor allows certain words only, by table and name."""
    return {
        (resource["name"], field["name"]): field
        for resource in descriptor["resources"]
        for field in resource.get("schema", {}).get("fields", [])
        if "enum" in field.get("constraints", {})
    }


def words(descriptor: Descriptor) -> dict[tuple[str, str], list[str]]:
    """Return the words that a descriptor allows, by table and column."""
    return {place: field["constraints"]["enum"] for place, field in worded(descriptor).items()}


def resources(own: str = "") -> dict[str, Descriptor]:
    """Return the descriptor of each table by its name, without the rates and the maps (files others made)."""
    return {resource["name"]: resource for resource in package(own)["resources"] if "schema" in resource}


def fields(table: str, own: str = "") -> dict[str, Descriptor]:
    """Return the descriptor of each column of a table by its name."""
    return {field["name"]: field for field in resources(own)[table]["schema"]["fields"]}


def paths(folder: Path) -> dict[str, Path]:
    """Return the file of each table, of the rates and of the maps: the folder's own, or the shipped one all share.

    What a folder may lack and has not is not among them.
    """
    found = {}
    for resource in package()["resources"]:
        path = folder / resource["path"]
        if not path.exists() and resource.get("shared"):
            path = files.shipped("data") / path.name
        # Counts.CSV and counts.xlsx are slips, and told
        near = (one.name.casefold().startswith(f"{path.name.split('.')[0]}.") for one in folder.iterdir())
        if path.exists() or resource.get("needed") or any(near):
            found[resource["name"]] = path
    return found


def written(field: Descriptor) -> str:
    """Say how a cell of a column is written."""
    unit, pattern = field.get("unit", ""), field.get("constraints", {}).get("pattern", "")
    known = _EXPECTED.get("rate" if "per 1" in unit else unit if unit in _EXPECTED else field["type"])
    return known or field["description"].split(". ")[0].rstrip(".") + _EXPECTED.get(pattern, "")


def expected(field: Descriptor) -> str:
    """Say what would be right in a column: a sentence without its stop."""
    constraints = field.get("constraints", {})
    if "enum" in constraints:
        return f"Use one of: {', '.join(constraints['enum'])}" + (
            f", or add it to the list in {SCHEMA_FILE}" if field.get("open") else ""
        )
    bounds = [str(constraints[name]) for name in ("minimum", "maximum") if name in constraints]
    span = f"{'between' if bounds[1:] else 'at least'} {' and '.join(bounds)}" if bounds else ""
    empty = "" if constraints.get("required") else "or leave it empty if unknown"
    return ", ".join(filter(None, [written(field), span, empty]))


def column_dictionary() -> str:
    """Write the dictionary of all columns as Markdown, from the schema.

    Returns
    -------
    str
        One section per table: what one row is, its key, and a table of columns.
    """
    return files.rendered("columns.md.j2", tables=resources().values())


def rewrite_dictionary() -> None:
    """Put the current `column_dictionary` into ``data/README.md``, between its two marks."""
    path, (begin, end) = files.shipped("data") / "README.md", DICTIONARY_MARKS
    before, _, rest = path.read_text(encoding="utf-8").partition(begin)
    files.write_text(path, f"{before}{begin}\n{column_dictionary()}{end}{rest.partition(end)[2]}")
