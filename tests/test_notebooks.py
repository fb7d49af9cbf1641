"""The committed notebooks are whole, short, and say no number that they do not show; their outputs guard the data.

Each is a lesson with the same parts, in both languages with the same code, as the guide for teachers says of it. Its
solutions, folded text, are run here; the key of the exercise on paper is what the library computes.
"""

import ast
import json
import re
from decimal import Decimal
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import pytest
from babel.dates import get_month_names

import printed
from summit_analysis import total, value_claims
from summit_analysis.base import files
from summit_analysis.report.notebooks import read

SEED = "seed-article"
ROOT = Path(__file__).resolve().parent.parent
FOLDERS = {"en": ROOT / "notebooks", "fr": ROOT / "notebooks" / "fr"}
ENGLISH, FRENCH = (sorted(folder.glob("*.ipynb")) for folder in FOLDERS.values())
EACH = pytest.mark.parametrize("path", ENGLISH + FRENCH, ids=lambda path: f"{path.parent.name}/{path.stem}")
LINES, COLUMNS, METHODS = 15, 88, 2
MARKER = re.compile(r"nbval[-_](skip|ignore[-_]output|check[-_]output)|pytest_validate|skip-execution", re.IGNORECASE)
PICTURE = re.compile(r"data:image/[a-z+]+;base64,[A-Za-z0-9+/=]+")
# neither an address nor a closing tag: two or more names after slashes, or a drive
PATH = re.compile(r"(?<![\w/:.<])(?:/[\w.~-]+){2,}|\b[A-Za-z]:\\\w")

_MONTH = "|".join(name for lang in FOLDERS for name in get_month_names(locale=lang).values())
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


def of_kind(notebook, kind):
    return [cell for cell in notebook.cells if cell.cell_type == kind]


def prose(notebook, solved=False):
    """The text of the cells that are no code: without the folded solutions, or theirs alone."""
    return "\n\n".join(
        cell.source for cell in of_kind(notebook, "markdown") if ("solution" in cell.metadata.get("tags", [])) == solved
    )


def solutions(notebook):
    """The code of the folded solutions."""
    return re.findall(r"```python\n(.*?)```", prose(notebook, solved=True), flags=re.DOTALL)


def strings(cell):
    """The texts of a cell's outputs, tags included, pictures left out."""
    shown = [{"stream": output.get("text"), **output.get("data", {})} for output in cell.get("outputs", [])]
    texts = [text for data in shown for kind, text in data.items() if text and not kind.startswith("image/")]
    texts += [line for output in cell.get("outputs", []) for line in output.get("traceback", [])]
    return [PICTURE.sub("", str(text)) for text in texts]


def seen(notebook):
    """What a reader sees of the outputs, without tags."""
    texts = [text for cell in notebook.cells for text in strings(cell)]
    return "\n".join(printed.parsed(text).get_text(" ") if "<" in text else text for text in texts)


def methods(node):
    """How many methods are called one behind the other, up to this call."""
    called = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    before = node.func.value if called else getattr(node, "value", None)
    return called + (methods(before) if isinstance(before, ast.expr) else 0)


def prints_words(node):
    """Tell whether a call prints words that stand in it, names of places aside."""
    told = node.args if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print" else []
    return any(isinstance(text, ast.Constant) and re.search(r"\b[a-z]{2,}", str(text.value)) for text in told)


def complaints(notebook, lang="en"):
    """Return what is wrong with a notebook, each complaint beginning with what it is about."""
    code = of_kind(notebook, "code")
    wrong = {
        "length: too many cells": len(notebook.cells) > 22,
        "kernel: not python3": notebook.metadata.get("kernelspec", {}).get("name") != "python3",
        "counts: not run in order": [cell.execution_count for cell in code] != list(range(1, len(code) + 1)),
        "widget: its state is kept": "application/vnd.jupyter.widget-" in json.dumps(notebook),
    }
    for cell in code:
        path, tags = PATH.search("\n".join(strings(cell))), cell.metadata.get("tags", [])
        wrong |= {
            f"marker: the test is told to look away by {cell.source!r}": MARKER.search(f"{cell.source} {tags}"),
            f"warning: written by {cell.source!r}": any(output.get("name") == "stderr" for output in cell.outputs),
            f"path: {path} in the output of {cell.source!r}": path,
        }
    for source in [*(cell.source for cell in code), *solutions(notebook)]:
        lines, nodes = source.splitlines(), [*ast.walk(ast.parse(source))]
        wrong |= {
            f"lines: too many in {source!r}": len(lines) > LINES,
            f"columns: too many in {source!r}": max(map(len, lines)) > COLUMNS,
            f"methods: too many one behind the other in {source!r}": max(map(methods, nodes)) > METHODS,
            # the other cells are the same in both languages
            f"words: printed by {source!r}": source != code[0].source and any(map(prints_words, nodes)),
        }
    text = "\n".join([*(cell.source for cell in code), seen(notebook)])
    unseen = numbers_in_prose(prose(notebook), lang) - numbers(text) - numbers(text, lang)
    found = [complaint for complaint, is_so in wrong.items() if is_so]
    return found + [f"number: {one:f} is not shown" for one in unseen]


@EACH
def test_a_notebook_is_sound(path):
    nbformat.validate(read(path))
    assert complaints(read(path), "fr" if path in FRENCH else "en") == []


def test_both_languages_have_the_same_lessons_and_the_same_code_but_for_the_first_cell():
    for english, french in zip(ENGLISH, FRENCH, strict=True):
        one, other = read(english), read(french)
        codes = [[cell.source for cell in of_kind(notebook, "code")] for notebook in (one, other)]
        assert codes[0][1:] == codes[1][1:]
        assert [cell.cell_type for cell in one.cells] == [cell.cell_type for cell in other.cells]
        assert solutions(one) == solutions(other) != []
        assert [re.search(r'"(en|fr)"', code[0])[1] for code in codes] == ["en", "fr"]


PARTS = {
    "en": "Afterwards you can**|## The answer first|## What you need to know|## Step 1.|## Exercises|## Discuss"
    "|## How this could be wrong|## Three things to remember|**Sources",
    "fr": "À la fin, vous saurez**|## La réponse d’abord|## Ce qu’il faut savoir|## Étape 1.|## Exercices|## À discuter"
    "|## Ce qui pourrait être faux|## Trois choses à retenir|**Sources",
}


@EACH
def test_a_lesson_has_its_parts_in_their_order(path):
    text, folded = prose(read(path)), prose(read(path), solved=True)
    parts = PARTS["fr" if path in FRENCH else "en"].split("|")
    between = "|".join(map(re.escape, parts))
    assert re.findall(between, text) == parts
    cut = re.split(between, text)
    objectives, answer, exercises, remember = (cut[number] for number in (1, 2, 5, 8))
    assert len(re.findall("(?m)^- ", objectives)) == 3
    assert len(re.findall(r"[.?!](?=\s)", answer)) == 2, "the answer is two sentences"
    assert re.search(r"(?m)^\*\*(Predict|Devinez)\. ?\*\*", text)
    kinds = re.findall(r"(?m)^\*\*[12]\. (.+?)\.\*\*", exercises)
    assert len(kinds) == len({*kinds}) == folded.count('<details class="solution">') == folded.count("</details>") == 2
    assert re.findall(r"(?m)^(\d)\. ", remember) == ["1", "2", "3"]


@pytest.mark.parametrize("path", ENGLISH, ids=lambda path: path.stem)
def test_solutions_run_after_the_lesson_and_show_the_numbers_that_they_name(path, monkeypatch, capsys):
    """Nobody runs them in a notebook until he has pasted them into a cell below."""
    monkeypatch.chdir(path.parent)
    notebook, names = read(path), {"display": print}
    for cell in of_kind(notebook, "code"):
        if "raises-exception" not in cell.metadata.get("tags", []):
            exec(cell.source, names)
    plt.close("all")
    capsys.readouterr()
    shown = []
    for code in solutions(notebook):
        exec(code, names)
        shown.append(capsys.readouterr().out)
    assert all(text.strip() for text in shown)
    # and which exercise it is
    known = numbers("\n".join([*shown, seen(notebook)]).replace("%", " ")) | {*map(Decimal, range(3))}
    for book, lang in ((notebook, "en"), (read(FOLDERS["fr"] / path.name), "fr")):
        assert numbers_in_prose(prose(book, solved=True), lang) <= known | numbers(seen(book), lang)


def output(kind, **said):
    return {"outputs": [nbformat.v4.new_output(kind, **said)]}


SPOILT = [
    ("counts", {"execution_count": 99}),
    ("lines", {"source": "len([])\n" * (LINES + 1)}),
    ("methods", {"source": "a.b().c()[0].d()"}),
    ("columns", {"source": "len([" + "1, " * COLUMNS + "])"}),
    ("words", {"source": 'print("sum:", 1)'}),
    *(("path", output("stream", text=text)) for text in ("wrote /home/ana/report", r"wrote C:\Users\ana")),
    ("warning", output("stream", name="stderr", text="FutureWarning")),
    ("widget", output("display_data", data={"application/vnd.jupyter.widget-view+json": {}})),
    ("number: 123450000000 is not", {"cell_type": "markdown", "source": "They promised 123.45 billion euros."}),
    *(("marker", {"source": f"# {text}\n1"}) for text in ("NBVAL_SKIP", "PYTEST_VALIDATE_IGNORE_OUTPUT")),
    *(("marker", {"metadata": {"tags": [tag]}}) for tag in ("nbval-skip", "nbval-ignore-output", "skip-execution")),
]
"""What is found of a notebook whose last cell of code is changed so."""


def test_a_spoilt_notebook_is_found():
    for about, changed in SPOILT:
        notebook = read(ENGLISH[0])
        of_kind(notebook, "code")[-1].update(nbformat.from_dict(changed))
        assert any(complaint.startswith(about) for complaint in complaints(notebook)), about


def test_numbers_in_prose():
    asserted = {
        "€632.8bn, $2.5bn, 400 million, 1.5tn, 5 sites": {6328 * 10**8, 25 * 10**8, 4 * 10**8, 15 * 10**11, 5},
        "1,234,567 rows, 30–50, 30-50, 7 % and 12%.": {1234567, 30, 50, 7, 12},
        "It ends with 14. Then comes 15, then the rate 1.0377": {14, 15, Decimal("1.0377")},
        "On 11 February 2025, from 6 to 11 May, 6–11 February, 2025-02-11, in 2031, in 2025-02, at 14:15.": set(),
        "Tuesday 11 February 2025, and 99 pledges; 2025 rows are a year to this check, 2500 are not": {99, 2500},
        "## 3. The third step\nsee notebook 02, step 4, section 7, §3 and §5\n1. first\n*About 15 minutes.*": set(),
        "`quote(8)` and ```\n9\n``` and [10](https://example.org/11) https://example.org/12 <b id='13'>": set(),
        "GPT-4, H100, Co2, v1, a1b2c3, digest a109bn2, x_109bn and 851a0c3b1c73": set(),
    }
    assert {prose: numbers_in_prose(prose) for prose in asserted} == asserted


def test_the_sanitizer_passes_over_pictures_and_addresses_and_leaves_days_and_amounts():
    # these two lines are all that nbval reads of a rule
    configured = files.read_text(ROOT / "tests" / "nbval_sanitize.cfg")
    rules = re.findall(r"^regex: (.*)\nreplace: (.*)$", configured, re.MULTILINE)
    same = "2025-02-11 14:15 €632.8bn 109,000,000,000 1.0377 « 50 Md € » 851a0c3b1c73 0x <td>109bn</td> iVBORw0KGgo"
    text = f'{same} <img src="data:image/png;base64,AA+/8=" alt="x"> <Styler at 0x7f274d53dc10>'
    for regex, replacement in rules:
        text = re.sub(regex, replacement, text)
    assert text == f'{same} <img src="PNG-PICTURE" alt="x"> <Styler at MEMORY-ADDRESS>'


GUIDE = (ROOT / "notebooks" / "README.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| \[([\w-]+)\]\(\1\.ipynb\) \| .+? \| (\d+) \| (.*?) ?\|$", re.MULTILINE)
LESSONS = {name: (minutes, before) for name, minutes, before in ROW.findall(GUIDE)}


@EACH
def test_a_lesson_takes_what_the_guide_says(path):
    (minutes, before), said = LESSONS[path.stem], read(path).cells[0].source
    assert re.search(rf"(About|Environ) {minutes} minutes", said)
    assert re.findall(r"\d\d", before) == sorted(set(re.findall(r"\((\d\d)-[\w-]+\.ipynb\)", said)))


def test_the_french_guide_says_the_same_numbers_of_the_same_lessons():
    french = (FOLDERS["fr"] / "README.md").read_text(encoding="utf-8")
    assert numbers_in_prose(french, "fr") == numbers_in_prose(GUIDE)
    assert {name: (minutes, before) for name, minutes, before in ROW.findall(french)} == LESSONS


ON_PAPER = {
    "en": {"EUR": "euros", "USD": "dollars", "at-least": "at least", "several": "no figure", 0: "none"},
    "fr": {"EUR": "euros", "USD": "dollars", "at-least": "au moins", "several": "sans chiffre", 0: "aucune"},
}


@pytest.mark.parametrize("lang", FOLDERS)
def test_the_exercise_on_paper_has_the_articles_sums_and_a_key_that_the_library_computes(lang, ledger):
    # the statements about money in the article's order, numbered; the claim of each, and inside which other it lies
    about = ledger.statements["links_to"].str.extract(r"([\w-]+)--seed-article")[0].dropna()
    rows = ledger.statements.loc[about.index].assign(pledge_id=about, line=range(1, len(about) + 1))
    claims = value_claims(ledger).query("source_id == 'seed-article'")
    money = rows.merge(claims[["pledge_id", "currency", "qualifier", "low_EUR"]], on="pledge_id")
    line, parent = money.set_index("pledge_id")["line"], ledger.pledges.set_index("pledge_id")["parent_id"].dropna()

    def around(pledge):
        return (line.get(parent[pledge]) or around(parent[pledge])) if pledge in parent else 0

    pages = [printed.parsed(files.read_text(FOLDERS[lang] / name)) for name in ("paper.html", "paper-key.html")]
    sheet, key = ([[cell.text for cell in row("td")] for row in page.table("tr")[1:]] for page in pages)
    asked, hints = zip(*(statement.rstrip(")").split(" (") for _, statement, *_ in sheet), strict=True)
    assert list(asked) == money[f"alone_{lang}"].fillna(money[f"statement_{lang}"]).tolist()
    assert len(set(hints)) == len(sheet)
    assert "key" not in str(pages[0]), "the students have it on their sheet"
    say, inside = ON_PAPER[lang], money["pledge_id"].map(around)
    answers = zip(money["line"], money["currency"], money["qualifier"], inside, strict=True)
    assert key == [[str(say.get(answer, answer)) for answer in row] for row in answers]

    found = total(ledger, rule="article", as_of="2025-02-11")
    parts = total(ledger, where="investai", as_of="2025-02-11")
    wrong, kinds = money[money["verdict"] == "wrong"], [*found.kinds["low"], *parts.kinds["low"]]
    sums = found.naive.low, found.low, found.naive.low - found.low
    figures = {Decimal(str(round(one / 1e9, 1))) * 10**9 for one in sums} | {*map(Decimal, wrong["corrected_high"])}
    figures |= {Decimal(str(round(one / 1e9, 1))) for one in kinds if one}
    figures.add(Decimal(round(money.loc[money["currency"] == "USD", "low_EUR"].min() / 1e6) * 10**6))
    said = set.union(*(numbers_in_prose(item.text, lang) for page in pages for item in page("li")))
    # the others are lines of the sheet, and the sum in dollars
    assert (figures - said, said - figures) == (set(), {*map(Decimal, (1, 4, 6, 8, 10, 14, 400 * 10**6))})
    assert wrong["line"].tolist() == [4, 8]
