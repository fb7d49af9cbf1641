"""The schema, `data/datapackage.json`, is the only place that says which tables, columns, types and words there are."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from summit_analysis.base import files

SCHEMA_FILE = "datapackage.json"
DICTIONARY_MARKS = ("<!-- columns: generated from datapackage.json -->", "<!-- end of columns -->")

Descriptor = dict[str, Any]
"""An object of the file's JSON, in the words of the Data Package standard."""

_EXPECTED = {
    "date": "write a day as YYYY-MM-DD",
    "number": "write digits only, whole units, no comma, point or blank (109000000000)",
    "integer": "write digits only",
    "year": "write a year as YYYY",
    "boolean": "write yes or no",
}


@cache
def package() -> Descriptor:
    """Return the data package's descriptor as it stands in the file."""
    descriptor: Descriptor = json.loads(files.read_text(files.shipped("data") / SCHEMA_FILE))
    return descriptor


def resources() -> dict[str, Descriptor]:
    """Return the descriptor of each table by its name, without the rates and the map (files others made)."""
    return {resource["name"]: resource for resource in package()["resources"] if "schema" in resource}


def fields(table: str) -> dict[str, Descriptor]:
    """Return the descriptor of each column of a table by its name."""
    return {field["name"]: field for field in resources()[table]["schema"]["fields"]}


def expected(field: Descriptor) -> str:
    """Say what would be right in a column: a sentence without its stop."""
    constraints = field.get("constraints", {})
    if "enum" in constraints:
        return f"Use one of: {', '.join(constraints['enum'])}"
    bounds = [str(constraints[name]) for name in ("minimum", "maximum") if name in constraints]
    parts = [
        _EXPECTED.get(field["type"], field["description"].split(". ")[0].rstrip(".")),
        f"{'between' if bounds[1:] else 'at least'} {' and '.join(bounds)}" if bounds else "",
        "" if constraints.get("required") else "or leave it empty if unknown",
    ]
    text = ", ".join(filter(None, parts))
    return text[:1].upper() + text[1:]


def column_dictionary() -> str:
    """Write the dictionary of all columns as Markdown, from the schema.

    Returns
    -------
    str
        One section per table: what one row is, its key, and a table of columns.
    """
    lines: list[str] = []
    for resource in resources().values():
        key = ", ".join(f"`{name}`" for name in resource["schema"]["primaryKey"])
        lines += [f"### {resource['path']}", "", resource["description"], "", f"Key: {key}.", ""]
        lines += ["| column | type | meaning |", "|---|---|---|"]
        for field in resource["schema"]["fields"]:
            kind = field["type"] + ("" if field.get("constraints", {}).get("required") else ", may be empty")
            lines.append(f"| `{field['name']}` | {kind} | {_meaning(field, resource['schema'])} |")
        lines.append("")
    return "\n".join(lines)


def _meaning(field: Descriptor, schema: Descriptor) -> str:
    text: str = field["description"].replace("|", "\\|")
    words = field.get("constraints", {}).get("enum")
    if words and not all(f"`{word}`" in text for word in words):
        text += f" Words: {', '.join(f'`{word}`' for word in words)}."
    for key in schema.get("foreignKeys", []):
        if key["fields"][0] == field["name"]:
            text += f" Refers to {key['reference']['resource'] or 'this table'}."
    return text


def rewrite_dictionary() -> None:
    """Put the current `column_dictionary` into ``data/README.md``, between its two marks."""
    path = files.shipped("data") / "README.md"
    before, _, rest = path.read_text(encoding="utf-8").partition(DICTIONARY_MARKS[0])
    _, _, after = rest.partition(DICTIONARY_MARKS[1])
    files.write_text(path, f"{before}{DICTIONARY_MARKS[0]}\n{column_dictionary()}{DICTIONARY_MARKS[1]}{after}")
