"""The committed notebooks are whole, short, and say no number that they do not show; their outputs guard the data.

Each is a lesson with the same parts, in English and in French with the same code: the guide for teachers says of
it what it says of itself. Solutions are folded text that *Run All* passes over: here they are run. The key of the
exercise on paper is what the library computes.
"""

import ast
import json
import re
from decimal import Decimal
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager

import printed
from summit_analysis import total, value_claims
from summit_analysis.base import files

SEED = "seed-article"
ROOT = Path(__file__).resolve().parent.parent
FOLDERS = {"en": ROOT / "notebooks", "fr": ROOT / "notebooks" / "fr"}
ENGLISH, FRENCH = (sorted(folder.glob("*.ipynb")) for folder in FOLDERS.values())
START = ENGLISH[0]
EACH = pytest.mark.parametrize("path", ENGLISH + FRENCH, ids=lambda path: f"{path.parent.name}/{path.stem}")
CELLS, LINES, COLUMNS, METHODS = 22, 15, 88, 2

SILENT = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Assert, ast.FunctionDef)
"""A cell that ends in one of these shows nothing."""
MARKER = re.compile(r"nbval[-_](skip|ignore[-_]output|check[-_]output)|pytest_validate|skip-execution", re.IGNORECASE)
PICTURE = re.compile(r"data:image/[a-z+]+;base64,[A-Za-z0-9+/=]+")
# neither an address nor a closing tag: two or more names after slashes, or a drive
PATH = re.compile(r"(?<![\w/:.<])(?:/[\w.~-]+){2,}|\b[A-Za-z]:\\\w")
WIDGET = re.compile(r"application/vnd\.jupyter\.widget-(view|state)\+json")

# --- numbers in prose

_MONTH = (
    "January|February|March|April|May|June|July|August|September|October|November|December"
    "|janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
)
_DAY = r"\d{1,2}(?:ᵉʳ)?"
# days, months, 6–11 February, years, times of a day, minutes, places in lessons, exercises, headings
ALLOWED = re.compile(
    rf"""\d{{4}}-\d\d(-\d\d)?
    |({_DAY}(\ to\ |–|\ and\ |,\ |\ au\ |\ et\ ))*{_DAY}\ ({_MONTH})\b
    |(?<![\w.,€$])(19|20)\d\d(?![\w%]|[.,]\d|\ ?[mb]illion|\ ?bn)
    |\d\d:\d\d|\d\d\sh\b|\d+\ (minutes?|hours?)\b
    |(?:§\ ?|\b(?:[Nn]otebooks?|[Ll]essons?|[Ll]eçons?|[Ss]teps?|[ÉéEe]tapes?|[Ss]ections?|[Ee]xerci[sc]es?)\ )\d+
    |^\*\*\d\.\ |^\#+\ \d+(\.\d+)*\.?\ """,
    re.MULTILINE | re.VERBOSE,
)
_SCALES = dict.fromkeys(["milliard", "milliards", "Md", "billion", "bn"], 10**9)
_SCALES |= dict.fromkeys(["million", "millions", "M", "m"], 10**6) | dict.fromkeys(["trillion", "tn"], 10**12)
_END = rf"(?:[ \u00a0\u202f]?({'|'.join(_SCALES)})\b|(?!\w|[.,]\d))"
NUMBER = {
    "en": re.compile(r"(?<![\w.])(?<![A-Za-z]-)(\d{1,3}(?:[,_]\d{3})+|\d+)(\.\d+)?" + _END),
    "fr": re.compile(r"(?<![\w,])(?<![A-Za-z]-)(\d{1,3}(?:[\u00a0\u202f]\d{3})+|\d+)(,\d+)?" + _END),
}


def numbers(text, lang="en"):
    """Return the numbers of a text, scale words multiplied out; digits inside words and digests are none."""
    return {
        (Decimal(re.sub(r"\D", "", whole) + decimals.replace(",", ".")) * _SCALES.get(scale, 1)).normalize()
        for whole, decimals, scale in NUMBER[lang].findall(text)
    }


def numbers_in_prose(markdown, lang="en"):
    """Return the numbers that a Markdown cell asserts: not those of code, links, dates, years, guesses, minutes."""
    text = re.sub(r"```.*?```|`[^`]*`", " ", markdown, flags=re.DOTALL)
    text = re.sub(r"!?\[[^\]]*\]\([^)]*\)|<[^>]+>|https?://\S+", " ", text)
    # the marks of a numbered list, and what a reader may choose from
    text = re.sub(r"^ *\d+\. |^\*\*(Predict|Devinez)\..*$", "", text, flags=re.MULTILINE)
    return numbers(ALLOWED.sub(" ", text), lang)


def output_texts(notebook):
    """Yield what a reader sees of the outputs, without pictures and tags."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            yield output.get("text", "") or data.get("text/plain", "")
            yield data.get("text/markdown", "")
            yield printed.parsed(PICTURE.sub("", data.get("text/html", ""))).get_text(" ")


# --- the one check of a notebook


def of_kind(notebook, kind):
    return [cell for cell in notebook.cells if cell.cell_type == kind]


def is_solution(cell):
    return "solution" in cell.metadata.get("tags", [])


def complaints(notebook, lang="en"):
    """Return what is wrong with a notebook, each complaint beginning with what it is about."""
    code, counts = of_kind(notebook, "code"), [cell.execution_count for cell in of_kind(notebook, "code")]
    seen = "\n".join([*(cell.source for cell in code), *output_texts(notebook)])
    shown = numbers(seen) | numbers(seen, lang)
    asserted = [numbers_in_prose(cell.source, lang) for cell in of_kind(notebook, "markdown") if not is_solution(cell)]
    wrong = {
        f"length: {len(notebook.cells)} cells, at most {CELLS}": len(notebook.cells) > CELLS,
        "kernel: not python3": notebook.metadata.get("kernelspec", {}).get("name") != "python3",
        f"counts: {counts}": counts != list(range(1, len(code) + 1)),
        "widget: its state is kept": WIDGET.search(json.dumps(notebook)),
    }
    found = said_of(wrong)
    found += [f"{said} code cell {number}" for number, cell in enumerate(code, 1) for said in cell_complaints(cell)]
    pasted = [*(cell.source for cell in code), *solutions(notebook)]
    found += [f"{said} {source!r}" for source in pasted for said in source_complaints(source)]
    nodes = [node for source in pasted for node in walked(source)]
    imported = {name.asname or name.name for node in nodes if isinstance(node, SILENT[:2]) for name in node.names}
    unused = imported - {node.id for node in nodes if isinstance(node, ast.Name)}
    found += [f"import: nothing is done with {name}" for name in sorted(unused)]
    # the other cells are the same in both languages
    found += [f"words: printed by {source!r}" for source in pasted[1:] if any(map(prints_words, walked(source)))]
    return found + [f"number: {one:f} is not shown" for said in asserted for one in sorted(said - shown)]


def said_of(wrong):
    return [complaint for complaint, is_so in wrong.items() if is_so]


def cell_complaints(cell):
    path = PATH.search(PICTURE.sub("", raw(cell)))
    failed = any(output.output_type == "error" for output in cell.outputs)
    return said_of(
        {
            "outputs: none in": not cell.outputs and not is_silent(cell.source),
            "marker: the test is told to look away by": MARKER.search(cell.source + json.dumps(cell.metadata)),
            "error: raised by": failed and "raises-exception" not in cell.metadata.get("tags", []),
            "warning: written to stderr by": any(output.get("name") == "stderr" for output in cell.outputs),
            f"path: {path and path.group()} in the output of": path,
        }
    )


def source_complaints(source):
    """Return what a student could not read in some lines of code."""
    lines, chained = source.splitlines(), max(map(methods, walked(source)), default=0)
    return said_of(
        {
            f"lines: more than {LINES} in": len(lines) > LINES,
            f"columns: more than {COLUMNS} in": max(map(len, lines)) > COLUMNS,
            f"methods: more than {METHODS} one behind the other in": chained > METHODS,
            "syntax:": parsed(source) is None,
        }
    )


def methods(node):
    """How many methods are called one behind the other, up to this call."""
    match node:
        case ast.Call(func=ast.Attribute(value=before)):
            return 1 + methods(before)
        case ast.Subscript(value=before) | ast.Attribute(value=before):
            return methods(before)
    return 0


def prints_words(node):
    """Tell whether a call prints words that stand in it, names of places aside."""
    told = node.args if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print" else []
    return any(isinstance(text, ast.Constant) and re.search(r"\b[a-z]{2,}", str(text.value)) for text in told)


def raw(cell):
    """Return all strings of a cell's outputs, tags included."""
    shown = [(kind, text) for output in cell.outputs for kind, text in output.get("data", {}).items()]
    texts = [text for kind, text in shown if not kind.startswith("image/")]
    texts += [output.get("text", "") for output in cell.outputs]
    traces = [line for output in cell.outputs for line in output.get("traceback", [])]
    return "\n".join(str(text) for text in texts + traces)


def parsed(source):
    """The tree of a cell, magics included; None if it is no Python."""
    try:
        return ast.parse(TransformerManager().transform_cell(source))
    except SyntaxError:
        return None


def walked(source):
    return [*ast.walk(parsed(source) or ast.Module([], []))]


def is_silent(source):
    tree = parsed(source)
    return bool(tree and tree.body) and (isinstance(tree.body[-1], SILENT) or source.rstrip().endswith(";"))


def read(path):
    return nbformat.read(path, as_version=4)


@EACH
def test_a_notebook_is_sound(path):
    nbformat.validate(read(path))
    assert complaints(read(path), "fr" if path in FRENCH else "en") == []


def test_both_languages_have_the_same_lessons_and_the_same_code_but_for_the_first_cell():
    assert [path.name for path in ENGLISH] == [path.name for path in FRENCH]
    for english, french in zip(ENGLISH, FRENCH, strict=True):
        one, other = read(english), read(french)
        codes = [[cell.source for cell in of_kind(notebook, "code")] for notebook in (one, other)]
        assert codes[0][1:] == codes[1][1:]
        assert [cell.cell_type for cell in one.cells] == [cell.cell_type for cell in other.cells]
        assert solutions(one) == solutions(other) != []
        assert [re.search(r'"(en|fr)"', code[0])[1] for code in codes] == ["en", "fr"]


def solutions(notebook):
    """The code of the folded solutions."""
    folded = [cell.source for cell in notebook.cells if is_solution(cell)]
    return [code for text in folded for code in re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)]


PARTS = {
    "en": "Afterwards you can**|## The answer first|## What you need to know|## Step 1.|## Exercises|## Discuss"
    "|## How this could be wrong|## Three things to remember|**Sources",
    "fr": "À la fin, vous saurez**|## La réponse d’abord|## Ce qu’il faut savoir|## Étape 1.|## Exercices|## À discuter"
    "|## Ce qui pourrait être faux|## Trois choses à retenir|**Sources",
}


@EACH
def test_a_lesson_has_its_parts_in_their_order(path):
    prose = "\n\n".join(cell.source for cell in of_kind(read(path), "markdown") if not is_solution(cell))
    parts = PARTS["fr" if path in FRENCH else "en"].split("|")
    between = "|".join(map(re.escape, parts))
    assert re.findall(between, prose) == parts
    cut = re.split(between, prose)
    folded = " ".join(cell.source for cell in read(path).cells if is_solution(cell))
    assert folded.count("<details") == folded.count("</details>") == 2
    objectives, answer, exercises, remember = (cut[number] for number in (1, 2, 5, 8))
    assert len(re.findall(r"^- ", objectives, re.MULTILINE)) == 3
    assert len(re.split(r"(?<=[.?!])\s+", answer.strip())) == 2, "the answer is two sentences"
    assert re.search(r"^\*\*(Predict|Devinez)\. ?\*\*", prose, re.MULTILINE)
    kinds = re.findall(r"^\*\*(\d)\. (.+?)\.\*\*", exercises, re.MULTILINE)
    assert [number for number, _ in kinds] == ["1", "2"]
    assert len({kind for _, kind in kinds}) == 2
    assert re.findall(r"^(\d)\. ", remember, re.MULTILINE) == ["1", "2", "3"]


@pytest.mark.parametrize("path", ENGLISH, ids=lambda path: path.stem)
def test_solutions_run_after_the_lesson_and_show_the_numbers_that_they_name(path, monkeypatch, capsys):
    """Nobody runs them in a notebook until he has pasted them into a cell below."""
    monkeypatch.chdir(path.parent)
    notebook, names = read(path), {"display": print}
    try:
        for cell in of_kind(notebook, "code"):
            if "raises-exception" not in cell.metadata.get("tags", []):
                exec(cell.source, names)
    finally:
        plt.close("all")
    capsys.readouterr()
    printed = []
    for code in solutions(notebook):
        exec(code, names)
        printed.append(capsys.readouterr().out)
    assert all(text.strip() for text in printed)
    seen = "\n".join([*printed, *output_texts(notebook)]).replace("%", " ")
    for book, lang in ((notebook, "en"), (read(FOLDERS["fr"] / path.name), "fr")):
        text = " ".join(cell.source for cell in book.cells if is_solution(cell))
        said = numbers_in_prose(text, lang)
        assert said <= numbers(seen) | numbers("\n".join(output_texts(book)), lang) | SMALL


SMALL = {Decimal(number) for number in range(3)}
"""Which exercise it is."""


# --- the check can fail


def put(cell, **changed):
    cell.update(changed)


def say(notebook, **shown):
    """Let the first cell that shows something show this too."""
    kind = "stream" if "text" in shown else "display_data" if "data" in shown else "error"
    cell = next(cell for cell in of_kind(notebook, "code") if cell.outputs)
    cell.outputs.append(nbformat.v4.new_output(kind, **shown))


def last(notebook):
    return of_kind(notebook, "code")[-1]


SPOILT = {
    "no outputs": (lambda book: [put(cell, outputs=[]) for cell in of_kind(book, "code")], "outputs"),
    "one output gone": (lambda book: put(next(c for c in of_kind(book, "code") if c.outputs), outputs=[]), "outputs"),
    "never run": (lambda book: [put(cell, execution_count=None) for cell in of_kind(book, "code")], "counts"),
    "run out of order": (lambda book: put(last(book), execution_count=99), "counts"),
    "a long cell": (lambda book: put(last(book), source="len([])\n" * (LINES + 1)), "lines"),
    "a long notebook": (lambda book: book.cells.extend([nbformat.v4.new_markdown_cell("more")] * CELLS), "length"),
    "many methods": (lambda book: put(last(book), source="a.b().c()[0].d()"), "methods"),
    "a wide cell": (lambda book: put(last(book), source="len([" + "1, " * COLUMNS + "])"), "columns"),
    "words of one language": (lambda book: put(last(book), source='print("sum:", 1)'), "words"),
    "an idle import": (lambda book: put(of_kind(book, "code")[1], source="import this_and_that"), "import"),
    "another kernel": (lambda book: put(book.metadata.kernelspec, name="my-environment"), "kernel"),
    "a warning": (lambda book: say(book, name="stderr", text="FutureWarning"), "warning"),
    "a failure": (lambda book: say(book, ename="KeyError", evalue="'x'", traceback=[]), "error"),
    "broken off": (lambda book: put(last(book), source="print("), "syntax"),
    "a home folder": (lambda book: say(book, text="wrote /home/ana/report"), "path"),
    "a drive": (lambda book: say(book, text=r"wrote C:\Users\ana"), "path"),
    "a wrong number": (
        lambda book: book.cells.append(nbformat.v4.new_markdown_cell("Together they promised 123.45 billion euros.")),
        "number: 123450000000 is not shown",
    ),
    "a widget": (lambda book: say(book, data={"application/vnd.jupyter.widget-view+json": {}}), "widget"),
    **{
        text: (lambda book, text=text: put(last(book), source=f"# {text}\n1"), "marker")
        for text in ("NBVAL_SKIP", "NBVAL_IGNORE_OUTPUT", "PYTEST_VALIDATE_IGNORE_OUTPUT")
    },
    **{
        text: (lambda book, text=text: put(last(book).metadata, tags=["solution", text]), "marker")
        for text in ("nbval-skip", "nbval-ignore-output", "skip-execution")
    },
}


def test_a_spoilt_notebook_is_found():
    for name, (spoil, about) in SPOILT.items():
        notebook = read(START)
        spoil(notebook)
        assert any(complaint.startswith(about) for complaint in complaints(notebook)), name


def test_which_cells_show_nothing():
    silent = ["import pandas as pd", "x = 1", "x: int = 1", "x += 1", "assert True", "def f():\n    return 1", "x;"]
    shown = ["x = 1\nx", "print(x)", "for x in y:\n    print(x)", "%pip list", ""]
    assert [source for source in silent + shown if is_silent(source)] == silent


def test_numbers_in_prose():
    asserted = {
        "They promised 109 billion euros and 5 sites.": {109 * 10**9, 5},
        "€632.8bn, $2.5bn, 400 million, 1.5tn": {6328 * 10**8, 25 * 10**8, 4 * 10**8, 15 * 10**11},
        "1,234,567 rows, 30–50, 30-50, 7 % and 12%.": {1234567, 30, 50, 7, 12},
        "It ends with 14. Then comes 15, then 16.": {14, 15, 16},
        "the rate 1.0377": {Decimal("1.0377")},
        "On 11 February 2025, from 6 to 11 May, 6–11 February, 2025-02-11, in 2031, in 2025-02, at 14:15.": set(),
        "Tuesday 11 February 2025, and 99 pledges": {99},
        "2025 rows are a year to this check, 2500 are not": {2500},
        "## 3. The third step\nsee notebook 02, step 4, section 7, §3 and §5": set(),
        "1. first\n2. second\n": set(),
        "*About 15 minutes.*": set(),
        "`quote(8)` and ```\n9\n``` and [10](https://example.org/11) https://example.org/12 <b id='13'>": set(),
        "GPT-4, H100, Co2, v1, a1b2c3 and 851a0c3b1c73": set(),
    }
    assert {prose: numbers_in_prose(prose) for prose in asserted} == asserted


def test_a_number_is_shown_by_what_a_reader_sees_of_output_or_code():
    shown = ["109000000000", "€109bn", "<td class='row7'>109bn</td>", "x = 109_000_000_000", "print('109 billion')"]
    hidden = ["", "108bn, 1090bn, 109m, 10.9bn, 9109bn, 109.5bn", "<td id='109bn'>no figure</td>"]
    hidden += [f"<img src='data:image/png;base64,{'/109bn' * 20}'>", "digest a109bn2 and x_109bn"]

    def complained(text):
        code = text if "print" in text or "=" in text[:3] else "None"
        data = {"text/html" if text.startswith("<") else "text/plain": "" if code == text else text}
        output = nbformat.v4.new_output("execute_result", data=data, execution_count=1)
        cells = [nbformat.v4.new_markdown_cell("The sum is 109 billion.")]
        cells += [nbformat.v4.new_code_cell(code, execution_count=1, outputs=[output])]
        return complaints(nbformat.v4.new_notebook(cells=cells, metadata=read(START).metadata))

    assert [complained(one) for one in shown] == [[]] * len(shown)
    assert [complained(one) for one in hidden] == [["number: 109000000000 is not shown"]] * len(hidden)


# --- outputs guard the data


def sanitised(text):
    config = (ROOT / "tests" / "nbval_sanitize.cfg").read_text(encoding="utf-8")
    # these two lines are all that nbval reads of a rule
    rules = re.findall(r"^regex: (.*)$\n^replace: (.*)$", config, flags=re.MULTILINE)
    assert len(rules) == len(re.findall(r"^\[.+\]$", config, flags=re.MULTILINE)) == 2
    for regex, replacement in rules:
        text = re.sub(regex, replacement, text)
    return text


def test_the_sanitizer_passes_over_what_differs_in_each_run_and_leaves_days_and_amounts():
    for text in (
        "2025-02-11 11 February 2025 14:15",
        "€632.8bn 109,000,000,000 109000000000 1.0377 0.0001 30–50 « 50 Md € »",
        "851a0c3b1c73 0123456789abcdef",
        "at least €5bn; up to €50bn; 0x",
        "<td>109bn</td> a+b=c iVBORw0KGgo",
    ):
        assert sanitised(text) == text
    picture = '<img src="data:image/png;base64,{}" alt="x">'
    address = "<Styler at {}>"
    for text, one, other in ((picture, "iVBORw0KGgo=", "AAAA+/8="), (address, "0x7f274d53dc10", "0x7f274d425b90")):
        assert sanitised(text.format(one)) == sanitised(text.format(other)) != text.format(one)


# --- the teacher's guide

GUIDE = (ROOT / "notebooks" / "README.md").read_text(encoding="utf-8")
LESSONS = {
    name: (minutes, re.findall(r"\d\d", before))
    for name, minutes, before in re.findall(
        r"^\| \[([\w-]+)\]\(\1\.ipynb\) \| .+? \| (\d+) \| (.*?) ?\|$", GUIDE, re.MULTILINE
    )
}


@EACH
def test_a_lesson_takes_what_the_guide_says(path):
    (minutes, before), said = LESSONS[path.stem], read(path).cells[0].source
    assert re.search(rf"(About|Environ) {minutes} minutes", said)
    assert sorted(before) == sorted(set(re.findall(r"\((\d\d)-[\w-]+\.ipynb\)", said)))


def test_the_french_guide_says_the_same_numbers_of_the_same_lessons():
    french = (FOLDERS["fr"] / "README.md").read_text(encoding="utf-8")
    assert numbers_in_prose(french, "fr") == numbers_in_prose(GUIDE)
    rows = re.compile(r"^\| \[.*?\)|\d+ \|[ \d]*\|$", re.MULTILINE)
    assert rows.findall(french) == rows.findall(GUIDE)
    assert list(LESSONS) == [path.stem for path in ENGLISH]


# --- the exercise on paper

ON_PAPER = {
    "en": {"EUR": "euros", "USD": "dollars", "at-least": "at least", "several": "no figure", 0: "none"},
    "fr": {"EUR": "euros", "USD": "dollars", "at-least": "au moins", "several": "sans chiffre", 0: "aucune"},
}


@pytest.fixture(scope="module")
def money(ledger):
    """The money statements of the article in its order, numbered; the claim of each, and inside which other it lies."""
    rows = ledger.statements[ledger.statements["links_to"].fillna("").str.contains(f"--{SEED}")]
    rows = rows.assign(pledge_id=rows["links_to"].str.extract(rf"([\w-]+)--{SEED}")[0], line=range(1, len(rows) + 1))
    claims = value_claims(ledger).query("source_id == @SEED")
    rows = rows.merge(claims[["pledge_id", "currency", "qualifier", "low_EUR"]], on="pledge_id")
    line, parent = rows.set_index("pledge_id")["line"], ledger.pledges.set_index("pledge_id")["parent_id"].dropna()

    def around(pledge):
        above = parent.get(pledge)
        return line.get(above) or around(above) if above else 0

    return rows.assign(inside=rows["pledge_id"].map(around))


@pytest.mark.parametrize("lang", FOLDERS)
def test_the_exercise_on_paper_has_the_articles_sums_and_a_key_that_the_library_computes(lang, ledger, money):
    pages = [printed.parsed(files.read_text(FOLDERS[lang] / name)) for name in ("paper.html", "paper-key.html")]
    sheet, key = ([[cell.text for cell in row("td")] for row in page.table("tr")[1:]] for page in pages)
    asked, hints = zip(*(statement.rstrip(")").split(" (") for _, statement, *_ in sheet), strict=True)
    assert list(asked) == money[f"alone_{lang}"].fillna(money[f"statement_{lang}"]).tolist()
    assert len(set(hints)) == len(sheet)
    assert "key" not in str(pages[0]), "the students have it on their sheet"
    assert {tuple(blank) for _, _, *blank in sheet} == {("", "", "")}
    say = ON_PAPER[lang]
    answers = money[["line", "currency", "qualifier", "inside"]].itertuples(index=False)
    assert key == [[str(say.get(answer, answer)) for answer in row] for row in answers]

    found = total(ledger, rule="article", as_of="2025-02-11")
    parts = total(ledger, where="investai", as_of="2025-02-11").kinds["low"]
    sums = [found.naive.low, found.low, found.naive.low - found.low]
    dollars = money.loc[money["currency"] == "USD", "low_EUR"].min()
    wrong = money[money["verdict"] == "wrong"]
    kinds = [*found.kinds["low"], *parts[parts > 0]]
    figures = {Decimal(str(round(one / 1e9, 1))) * 10**9 for one in sums} | {Decimal(round(dollars / 1e6) * 10**6)}
    figures |= {Decimal(one) for one in wrong["corrected_high"]}
    figures |= {Decimal(str(round(one / 1e9, 1))) for one in kinds}
    said = set.union(*(numbers_in_prose(item.text, lang) for page in pages for item in page("li")))
    assert figures - said == set()
    lines = {Decimal(number) for number in (1, 4, 6, 8, 10, 14)}
    assert said - figures == lines | {Decimal(400 * 10**6)}
    assert wrong["line"].tolist() == [4, 8]
