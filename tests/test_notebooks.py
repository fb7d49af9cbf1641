"""The committed notebooks are whole, short, and say no number that they do not show; their outputs guard the data."""

import ast
import copy
import csv
import gzip
import io
import json
import re
from decimal import Decimal
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from IPython.core.inputtransformer2 import TransformerManager

from summit_analysis.base import files
from summit_analysis.currency.rates import RATES_FILE
from summit_analysis.ledger import schema
from summit_analysis.ledger.tables import inventory

ROOT = Path(__file__).resolve().parent.parent
PATHS = sorted((ROOT / "notebooks").glob("*.ipynb"))
START = ROOT / "notebooks" / "00-start-here.ipynb"
CELLS, CELLS_AT_MOST, LINES = 25, 30, 15

SILENT = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Assert, ast.FunctionDef)
"""A cell that ends in one of these shows nothing."""
MARKER = re.compile(r"nbval[-_](skip|ignore[-_]output|check[-_]output)|pytest_validate|skip-execution", re.IGNORECASE)
PICTURE = re.compile(r"data:image/[a-z+]+;base64,[A-Za-z0-9+/=]+")
# neither an address nor a closing tag: two or more names after slashes, or a drive
PATH = re.compile(r"(?<![\w/:.<])(?:/[\w.~-]+){2,}|\b[A-Za-z]:\\\w")

# --- numbers in prose

_MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
_DAY = r"\d{1,2}"
ALLOWED = re.compile(
    "|".join(
        [
            r"\d{4}-\d\d(-\d\d)?",  # a day or a month
            rf"({_DAY}( to |–| and |, ))*{_DAY} ({_MONTH})\b",  # 11 February, 6 to 11 February, 6–11 February
            r"(?<![\w.,€$])(19|20)\d\d(?![\w%]|[.,]\d| ?[mb]illion| ?bn)",  # a year
            r"\d\d:\d\d",  # a time of day
            r"\d+ (minutes?|hours?)\b",  # how long the reading takes
            r"(?:§ ?|\b(?:[Nn]otebooks?|[Ss]teps?|[Ss]ections?|[Cc]hapters?|[Ee]xercises?) )\d+",  # what is numbered
            r"^#+ \d+(\.\d+)*\.? ",  # a numbered heading
        ]
    ),
    re.MULTILINE,
)
_SCALES = {"million": 10**6, "m": 10**6, "billion": 10**9, "bn": 10**9, "trillion": 10**12, "tn": 10**12}
NUMBER = re.compile(
    r"(?<![\w.])(?<![A-Za-z]-)(\d{1,3}(?:[,_]\d{3})+|\d+)(\.\d+)?"
    rf"(?:[ \u00a0-]?({'|'.join(_SCALES)})\b|(?!\w|[.,]\d))"
)


def numbers(text):
    """Return the numbers of a text, scale words multiplied out; digits inside words and digests are none."""
    found = set()
    for whole, decimals, scale in NUMBER.findall(text):
        found.add((Decimal(whole.replace(",", "").replace("_", "") + decimals) * _SCALES.get(scale, 1)).normalize())
    return found


def numbers_in_prose(markdown):
    """Return the numbers that a Markdown cell asserts: not those of code, links, dates, years, sections, minutes."""
    text = re.sub(r"```.*?```|`[^`]*`", " ", markdown, flags=re.DOTALL)
    text = re.sub(r"!?\[[^\]]*\]\([^)]*\)|<[^>]+>|https?://\S+", " ", text)
    # the marks of a numbered list
    text = re.sub(r"^ *\d+\. ", "", text, flags=re.MULTILINE)
    return numbers(ALLOWED.sub(" ", text))


def output_texts(notebook):
    """Yield what a reader sees of the outputs, without pictures and tags."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            yield output.get("text", "") or data.get("text/plain", "")
            yield data.get("text/markdown", "")
            yield BeautifulSoup(PICTURE.sub("", data.get("text/html", "")), "html.parser").get_text(" ")


def numbers_shown(notebook):
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    return numbers("\n".join([code, *output_texts(notebook)]))


# --- the one check of a notebook


def complaints(notebook):
    """Return what is wrong with a notebook, each complaint beginning with what it is about."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    found = []
    if len(notebook.cells) > CELLS_AT_MOST:
        found.append(f"length: {len(notebook.cells)} cells, at most {CELLS_AT_MOST}")
    if notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        found.append("kernel: not python3")
    counts = [cell.execution_count for cell in code]
    if counts != list(range(1, len(code) + 1)):
        found.append(f"counts: {counts}")
    for number, cell in enumerate(code, 1):
        found += cell_complaints(cell, number)
    shown = numbers_shown(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            found += [f"number: {number:f} is not shown" for number in sorted(numbers_in_prose(cell.source) - shown)]
    return found


def cell_complaints(cell, number):
    found = []
    if not cell.outputs and not is_silent(cell.source):
        found.append(f"outputs: none in code cell {number}")
    if len(cell.source.splitlines()) > LINES:
        found.append(f"lines: more than {LINES} in code cell {number}")
    if MARKER.search(cell.source + json.dumps(cell.metadata)):
        found.append(f"marker: code cell {number} tells the test to look away")
    if not is_python(cell.source):
        found.append(f"syntax: code cell {number}")
    if any(output.output_type == "error" for output in cell.outputs) and "raises-exception" not in tags(cell):
        found.append(f"error: code cell {number} failed")
    if any(output.get("name") == "stderr" for output in cell.outputs):
        found.append(f"warning: code cell {number} writes to stderr")
    if path := PATH.search(PICTURE.sub("", raw(cell))):
        found.append(f"path: {path.group()} in the output of code cell {number}")
    return found


def raw(cell):
    """Return all strings of a cell's outputs, tags included."""
    texts = [text for output in cell.outputs for text in (output.get("text", ""), *output.get("data", {}).values())]
    traces = [line for output in cell.outputs for line in output.get("traceback", [])]
    return "\n".join(str(text) for text in texts + traces)


def tags(cell):
    return cell.metadata.get("tags", [])


def is_python(source):
    try:
        ast.parse(TransformerManager().transform_cell(source))
    except SyntaxError:
        return False
    return True


def is_silent(source):
    if not is_python(source):
        return False
    statements = ast.parse(TransformerManager().transform_cell(source)).body
    return bool(statements) and (isinstance(statements[-1], SILENT) or source.rstrip().endswith(";"))


def read(path):
    return nbformat.read(path, as_version=4)


def test_there_are_notebooks():
    assert START in PATHS


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_notebook_is_sound(path):
    nbformat.validate(read(path))
    assert complaints(read(path)) == []


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_notebook_is_short(path):
    assert len(read(path).cells) <= CELLS


# --- the check can fail


def code_cell(notebook, number=-1):
    return [cell for cell in notebook.cells if cell.cell_type == "code"][number]


def showing(notebook):
    return next(cell for cell in notebook.cells if cell.cell_type == "code" and cell.outputs)


def empty(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []


def empty_one(notebook):
    showing(notebook).outputs = []


def strip(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None


def jump(notebook):
    code_cell(notebook).execution_count += 1


def prolong(notebook):
    code_cell(notebook).source += "\nlen([])" * LINES


def lengthen(notebook):
    notebook.cells += [nbformat.v4.new_markdown_cell("more")] * CELLS_AT_MOST


def other_kernel(notebook):
    notebook.metadata.kernelspec.name = "my-environment"


def warn(notebook):
    showing(notebook).outputs.append(nbformat.v4.new_output("stream", name="stderr", text="FutureWarning"))


def fail(notebook):
    showing(notebook).outputs = [nbformat.v4.new_output("error", ename="KeyError", evalue="'x'", traceback=[])]


def break_off(notebook):
    code_cell(notebook).source += "\nprint("


def show_home(notebook):
    showing(notebook).outputs.append(nbformat.v4.new_output("stream", text="wrote /home/ana/report"))


def show_drive(notebook):
    showing(notebook).outputs.append(nbformat.v4.new_output("stream", text=r"wrote C:\Users\ana"))


def say_wrong_number(notebook):
    notebook.cells.append(nbformat.v4.new_markdown_cell("Together they promised 123.45 billion euros."))


def comment(text):
    def add(notebook):
        code_cell(notebook).source = f"# {text}\n{code_cell(notebook).source}"

    return add


def tag(text):
    def add(notebook):
        code_cell(notebook).metadata["tags"] = ["solution", text]

    return add


@pytest.mark.parametrize(
    ("spoil", "about"),
    [
        (empty, "outputs"),
        (empty_one, "outputs"),
        (strip, "counts"),
        (jump, "counts"),
        (prolong, "lines"),
        (lengthen, "length"),
        (other_kernel, "kernel"),
        (warn, "warning"),
        (fail, "error"),
        (break_off, "syntax"),
        (show_home, "path"),
        (show_drive, "path"),
        (say_wrong_number, "number: 123450000000 is not shown"),
        (comment("NBVAL_SKIP"), "marker"),
        (comment("NBVAL_IGNORE_OUTPUT"), "marker"),
        (comment("PYTEST_VALIDATE_IGNORE_OUTPUT"), "marker"),
        (tag("nbval-skip"), "marker"),
        (tag("nbval-ignore-output"), "marker"),
        (tag("skip-execution"), "marker"),
    ],
)
def test_a_spoilt_notebook_is_found(spoil, about):
    notebook = copy.deepcopy(read(START))
    spoil(notebook)
    assert any(complaint.startswith(about) for complaint in complaints(notebook))


@pytest.mark.parametrize(
    ("source", "silent"),
    [
        ("import pandas as pd", True),
        ("x = 1", True),
        ("x: int = 1", True),
        ("x += 1", True),
        ("assert True", True),
        ("def f():\n    return 1", True),
        ("x;", True),
        ("x = 1\nx", False),
        ("print(x)", False),
        ("for x in y:\n    print(x)", False),
        ("%pip list", False),
        ("", False),
    ],
)
def test_which_cells_show_nothing(source, silent):
    assert is_silent(source) is silent


@pytest.mark.parametrize(
    ("prose", "asserted"),
    [
        ("They promised 109 billion euros and 5 sites.", {109 * 10**9, 5}),
        (
            "€632.8bn, $2.5bn, 400 million, 1.5tn",
            {Decimal("632.8") * 10**9, Decimal("2.5") * 10**9, 4 * 10**8, 15 * 10**11},
        ),
        ("1,234,567 rows, 30–50, 30-50, 7 % and 12%.", {1234567, 30, 50, 7, 12}),
        ("It ends with 14. Then comes 15, then 16.", {14, 15, 16}),
        ("the rate 1.0377", {Decimal("1.0377")}),
        (
            "On 11 February 2025, from 6 to 11 May, 6–11 February, 2025-02-11, in 2031, in 2025-02, at 14:15.",
            set(),
        ),
        ("Tuesday 11 February 2025, and 99 pledges", {99}),
        ("2025 rows are a year to this check, 2500 are not", {2500}),
        ("## 3. The third step\nsee notebook 02, step 4, section 7, §3 and §5", set()),
        ("1. first\n2. second\n", set()),
        ("*About 15 minutes.*", set()),
        ("`quote(8)` and ```\n9\n``` and [10 ways](https://example.org/11) https://example.org/12 <b id='13'>", set()),
        ("GPT-4, H100, Co2, v1, a1b2c3 and 851a0c3b1c73", set()),
    ],
)
def test_numbers_in_prose(prose, asserted):
    assert numbers_in_prose(prose) == {Decimal(number).normalize() for number in asserted}


def made_up(prose, code="", text="", html=""):
    cell = nbformat.v4.new_code_cell(code or "None", execution_count=1)
    data = {"text/plain": text, "text/html": html}
    cell.outputs = [nbformat.v4.new_output("execute_result", data=data, execution_count=1)]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(prose), cell])
    notebook.metadata["kernelspec"] = {"name": "python3"}
    return notebook


@pytest.mark.parametrize(
    "shown",
    [
        {"text": "109000000000"},
        {"text": "€109bn"},
        {"html": "<td class='row7'>109bn</td>"},
        {"code": "x = 109_000_000_000"},
        {"code": "print('109 billion')"},
    ],
)
def test_a_number_is_shown_by_output_or_code(shown):
    assert complaints(made_up("The sum is 109 billion.", **shown)) == []


@pytest.mark.parametrize(
    "shown",
    [
        {},
        {"text": "108bn, 1090bn, 109m, 10.9bn, 9109bn, 109.5bn"},
        {"html": "<td id='109bn'>no figure</td>"},
        {"html": f"<img src='data:image/png;base64,{'/109bn' * 20}'>"},
        {"text": "digest a109bn2 and x_109bn"},
    ],
)
def test_a_wrong_number_in_prose_is_found(shown):
    assert complaints(made_up("The sum is 109 billion.", **shown)) == ["number: 109000000000 is not shown"]


# --- outputs guard the data


def sanitised(text):
    config = (ROOT / "tests" / "nbval_sanitize.cfg").read_text(encoding="utf-8")
    # these two lines are all that nbval reads of a rule
    rules = re.findall(r"^regex: (.*)$\n^replace: (.*)$", config, flags=re.MULTILINE)
    assert len(rules) == len(re.findall(r"^\[.+\]$", config, flags=re.MULTILINE)) == 2
    for regex, replacement in rules:
        text = re.sub(regex, replacement, text)
    return text


@pytest.mark.parametrize(
    "text",
    [
        "2025-02-11 11 February 2025 14:15",
        "€632.8bn 109,000,000,000 109000000000 1.0377 0.0001 30–50 « 50 Md € »",
        "851a0c3b1c73 0123456789abcdef",
        "at least €5bn; up to €50bn; 0x",
        "<td>109bn</td> a+b=c iVBORw0KGgo",
    ],
)
def test_the_sanitizer_leaves_days_and_amounts(text):
    assert sanitised(text) == text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            '<img src="data:image/png;base64,iVBORw0KGgo=" alt="x">',
            '<img src="data:image/png;base64,AAAA+/8=" alt="x">',
        ),
        ("<Styler at 0x7f274d53dc10>", "<Styler at 0x7f274d425b90>"),
    ],
)
def test_the_sanitizer_passes_over_what_differs_in_each_run(one, other):
    assert sanitised(one) == sanitised(other) != one


def test_the_first_notebook_prints_every_digest():
    shown = " ".join(output_texts(read(START)))
    found = inventory()
    assert len(found) == len(schema.package()["resources"])
    assert [row.table for row in found.itertuples() if row.digest not in shown] == []


def with_another_cell(text):
    """Change the last cell of the row in the middle, or a place on a map; a table without rows gets one."""
    if text.startswith("{"):
        return text.replace("[[[", "[[[1.5,1.5],[", 1)
    header, *records = csv.reader(io.StringIO(text, newline=""))
    if records:
        records[len(records) // 2][-1] += "x"
    else:
        records = [["x"] * len(header)]
    changed = io.StringIO(newline="")
    csv.writer(changed, lineterminator="\n").writerows([header, *records])
    return changed.getvalue()


@pytest.mark.parametrize("table", [resource["name"] for resource in schema.package()["resources"]])
def test_any_changed_cell_changes_the_digest_of_its_table(tables, table):
    before = inventory(tables).set_index("table")["digest"]
    assert before.to_dict() == inventory().set_index("table")["digest"].to_dict()
    path = tables.folder / next(one["path"] for one in schema.package()["resources"] if one["name"] == table)
    assert path.exists()
    assert path.name == RATES_FILE or path.suffix in (".csv", ".geojson")
    changed = with_another_cell(files.read_text(path)).encode()
    path.write_bytes(gzip.compress(changed) if path.suffix == ".gz" else changed)
    after = inventory(tables).set_index("table")["digest"]
    assert before.index[before != after].tolist() == [table]


def test_line_ends_change_no_digest(tables):
    before = inventory(tables)
    path = tables.path("pledges")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert inventory(tables)["digest"].tolist() == before["digest"].tolist()
