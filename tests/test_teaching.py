"""The teacher's guide says of each lesson what the lesson says of itself, and its key is what the library computes."""

import re
from pathlib import Path

import nbformat
import pytest

from summit_analysis import total, value_claims
from summit_analysis.ledger.sources import SEED

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
GUIDE = (FOLDER / "README.md").read_text(encoding="utf-8")
LESSONS = {
    name: (int(minutes), [number.strip() for number in before.split(",") if number.strip()])
    for name, minutes, before in re.findall(
        r"^\| \[([\w-]+)\]\(\1\.ipynb\) \| .+? \| (\d+) \| (.*?) ?\|$", GUIDE, re.MULTILINE
    )
}
LINES = dict(re.findall(r"^\| (\d+) \| (.+?) \| \| \| \|$", GUIDE, re.MULTILINE))
KEY = GUIDE[GUIDE.index("<summary>Key") :]


def read(path):
    return nbformat.read(path, as_version=4)


def test_every_notebook_is_a_lesson_of_the_guide():
    assert list(LESSONS) == sorted(path.stem for path in FOLDER.glob("*.ipynb"))


@pytest.mark.parametrize("name", LESSONS)
def test_minutes_and_what_to_read_before_are_those_of_the_notebook(name):
    minutes, before = LESSONS[name]
    said = read(FOLDER / f"{name}.ipynb").cells[0].source
    assert f"About {minutes} minutes" in said
    assert sorted(before) == sorted(set(re.findall(r"\((\d\d)-[\w-]+\.ipynb\)", said)))


@pytest.mark.parametrize("name", LESSONS)
def test_every_lesson_has_an_exercise_whose_solution_is_folded_and_was_run(name):
    cells = read(FOLDER / f"{name}.ipynb").cells
    exercises = [cell for cell in cells if cell.cell_type == "markdown" and "**Exercise" in cell.source]
    solutions = [cell for cell in cells if "solution" in cell.metadata.get("tags", [])]
    assert exercises
    assert len(solutions) >= len(exercises)
    for cell in solutions:
        assert cell.metadata["jupyter"]["source_hidden"] is True
        assert cell.outputs


def test_the_paper_exercise_is_the_fourteen_money_statements_in_their_order(ledger):
    money = ledger.statements["links_to"].fillna("").str.contains(f"--{SEED}")
    statements = ledger.statements.loc[money, "statement_en"].tolist()
    assert [re.sub(r" \(.*\)$", "", line) for line in LINES.values()] == statements
    assert len(statements) == 14


def line_of(ledger):
    """The number of the paper exercise's line by the pledge it speaks of."""
    links = ledger.statements["links_to"].fillna("").str.extract(rf"([\w-]+)--{SEED}")[0].dropna()
    return {pledge: number for number, pledge in enumerate(links, 1)}


def test_the_key_is_what_the_library_computes(ledger):
    found, line = total(ledger, rule="article", as_of="2025-02-11"), line_of(ledger)
    valued = value_claims(ledger).query("source_id == @SEED").set_index("pledge_id").rename(index=line)
    assert f"Dollars: {_words(valued.index[valued['currency'] == 'USD'])}." in KEY
    assert f"At least: {_words(valued.index[valued['open_high']])}." in KEY
    assert f"No figure: {_words(valued.index[valued['high_EUR'].isna()])}." in KEY
    for figure in (found.naive.low, found.low, found.naive.low - found.low, *found.kinds["low"]):
        assert f"{figure / 1e9:.1f}".removesuffix(".0") in KEY
    parent = ledger.pledges.set_index("pledge_id")["parent_id"].dropna()

    def around(pledge):
        above = parent.get(pledge)
        return above if above is None or above in line else around(above)

    inside = {line[pledge]: line[around(pledge)] for pledge in line if around(pledge)}
    direct = sorted(part for part, whole in inside.items() if whole == 1)
    assert f"Inside line 1: lines {_words(direct)}, and line 4 inside 3." in KEY
    assert {part: whole for part, whole in inside.items() if whole != 1} == {4: 3, 8: 9, 13: 14}
    assert set(line.values()) - set(inside) - set(inside.values()) == {10}


def test_the_key_names_the_statements_that_are_wrong(ledger):
    money = ledger.statements[ledger.statements["links_to"].fillna("").str.contains(f"--{SEED}")].reset_index(drop=True)
    wrong = money[money["verdict"] == "wrong"]
    assert [place + 1 for place in wrong.index] == [4, 8]
    for row in wrong.itertuples():
        assert f"line {row.Index + 1} ({float(row.corrected_value) / 1e9:.0f} billion)" in KEY


def _words(numbers):
    *most, last = [str(number) for number in sorted(numbers)]
    return f"{', '.join(most)} and {last}" if most else last
