"""The schema, `data/datapackage.json`, is the only place that says which tables, columns, types and words there are."""

from __future__ import annotations

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
    text = ", ".join(
        filter(
            None,
            [
                _EXPECTED.get(field["type"], field["description"].split(". ")[0].rstrip(".")),
                f"{'between' if bounds[1:] else 'at least'} {' and '.join(bounds)}" if bounds else "",
                "" if constraints.get("required") else "or leave it empty if unknown",
            ],
        )
    )
    return text[:1].upper() + text[1:]


def column_dictionary() -> str:
    """Write the dictionary of all columns as Markdown, from the schema.

    Returns
    -------
    str
        One section per table: what one row is, its key, and a table of columns.
    """
    from jinja2 import Template

    layout = files.read_text(Path(__file__).parents[1] / "templates" / "columns.md.j2")
    return str(Template(layout, trim_blocks=True, keep_trailing_newline=True).render(tables=resources().values()))


def rewrite_dictionary() -> None:
    """Put the current `column_dictionary` into ``data/README.md``, between its two marks."""
    path, (begin, end) = files.shipped("data") / "README.md", DICTIONARY_MARKS
    before, _, rest = path.read_text(encoding="utf-8").partition(begin)
    files.write_text(path, f"{before}{begin}\n{column_dictionary()}{end}{rest.partition(end)[2]}")
