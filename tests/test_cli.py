"""The command line says what it did, and its exit code means it: 0 fine, 1 findings or failure, 2 wrong usage."""

import json
import os
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import nbformat
import pytest
from typer.testing import CliRunner

import summit_analysis.__main__ as cli
from summit_analysis import __main__
from summit_analysis.base import files
from summit_analysis.base.errors import ReportError
from summit_analysis.ledger import schema
from summit_analysis.report import texts
from summit_analysis.report.site import Report

COMMANDS = ["report", "check", "convert", "refresh", "lab"]


def invoke(*words):
    return CliRunner().invoke(cli.app, [str(word) for word in words], catch_exceptions=False)


@pytest.fixture
def main(monkeypatch, capsys):
    """Return a function that runs the whole program in this process: its exit code, what it printed, its errors."""

    def program(*words):
        monkeypatch.setattr(sys, "argv", ["summit-analysis", *words])
        code = 0
        try:
            cli.main()
        except SystemExit as stopped:
            code = stopped.code or 0
        return code, *capsys.readouterr()

    return program


@pytest.fixture
def wide(monkeypatch):
    """Let no cell of a printed table break over lines."""
    monkeypatch.setattr(__main__.out, "width", 300)


def run(*words, folder):
    """Run the command line as a user does."""
    return subprocess.run(
        [sys.executable, "-m", "summit_analysis", *map(str, words)],
        capture_output=True,
        encoding="utf-8",
        check=False,
        cwd=folder,
        env={**os.environ, "PYTHONUTF8": "1"},
    )


# --- convert


def test_a_sunday_takes_the_rate_of_friday_and_says_so():
    answer = invoke("convert", "400e6", "USD", "EUR", "--on", "2025-02-09")
    assert answer.exit_code == 0
    assert f"400,000,000 USD = {Decimal('400e6') / Decimal('1.0377'):,.2f} EUR" in answer.stdout
    assert "1.0377 USD per 1 EUR of Friday 7 February 2025" in answer.stdout
    assert "Sunday 9 February 2025" in answer.stdout
    assert "ECB" in answer.stdout


def test_json_holds_the_exact_figures():
    answer = json.loads(invoke("convert", "400e6", "usd", "eur", "--on", "2025-02-09", "--json").stdout)
    assert answer["rate"] == "1.0377"
    assert answer["rate_date"] == "2025-02-07"
    assert answer["rate_status"] == "carried"
    assert (answer["from"], answer["to"], answer["on"]) == ("USD", "EUR", "2025-02-09")
    assert Decimal(answer["amount"]) == 400_000_000
    assert Decimal(answer["factor"]) == 1 / Decimal("1.0377")
    assert Decimal(answer["converted"]) == Decimal("400e6") * Decimal(answer["factor"])
    assert "ECB" in answer["rate_source"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("100", "EUR", "USD", "--on", "2025-02-07"), ("100 EUR = 103.77 USD", "1.0377 USD per 1 EUR")),
        (("100", "EUR", "EUR", "--on", "2025-02-07"), ("100 EUR = 100.00 EUR", "Same currency")),
        (("100", "USD", "GBP", "--on", "2025-02-07"), ("divided from two euro rates", "USD per 1 GBP")),
    ],
)
def test_other_pairs(words, said):
    answer = invoke("convert", *words)
    assert answer.exit_code == 0
    assert all(text in answer.stdout for text in said)
    # a rate of its own day is not "the last one before"
    assert "last one" not in answer.stdout


@pytest.mark.parametrize(
    ("source", "on", "reason"),
    [
        ("ISK", "2012-05-05", "hole"),
        ("HRK", "2023-01-03", "ended"),
        ("USD", "1998-12-31", "before start"),
        ("USD", "2150-01-04", "after end"),
        ("XXX", "2025-02-10", "unknown currency"),
    ],
)
def test_a_missing_rate_fails_with_its_reason(main, source, on, reason):
    code, printed, complaint = main("convert", "1", source, "EUR", "--on", on)
    assert (code, printed) == (1, "")
    assert complaint.startswith("error: ")
    assert {source, on} <= set(complaint.replace(":", " ").split())
    assert reason in complaint
    assert "Traceback" not in complaint


@pytest.mark.parametrize("amount", ["12,5", "a lot", "nan", "inf", ""])
def test_a_bad_amount_is_wrong_usage(amount):
    answer = invoke("convert", amount, "USD", "EUR", "--on", "2025-02-09")
    assert answer.exit_code == 2
    assert "AMOUNT" in answer.stderr
    assert answer.stdout == ""


@pytest.mark.parametrize("on", ["2025-02-30", "9 February", "2025-2-9", ""])
def test_a_bad_day_is_wrong_usage(on):
    answer = invoke("convert", "1", "USD", "EUR", "--on", on)
    assert answer.exit_code == 2
    assert "--on" in answer.stderr


@pytest.mark.parametrize(
    "words", [("1", "USD", "EUR"), ("1", "USD", "--on", "2025-02-09"), ("1", "U", "E", "--day", "x")]
)
def test_a_missing_word_is_wrong_usage(words):
    assert invoke("convert", *words).exit_code == 2


# --- exit codes of the whole program


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("check",), 0),
        (("convert", "1", "USD", "EUR", "--on", "2025-02-09"), 0),
        (("check", "no-such-folder"), 1),
        (("convert", "12,5", "USD", "EUR", "--on", "2025-02-09"), 2),
        (("no-such-command",), 2),
        (("report", "--lang", "de"), 2),
        (("total", "--rule", "no-such-rule"), 2),
    ],
)
def test_exit_codes(main, monkeypatch, tmp_path, words, code):
    monkeypatch.chdir(tmp_path)
    ended, printed, complaint = main(*words)
    assert ended == code
    assert "Traceback" not in complaint
    assert bool(printed) == (code == 0)
    assert bool(complaint) == (code != 0)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("convert", "1", "USD", "EUR", "--on", "2025-02-09"), 0),
        (("check", "no-such-folder"), 1),
        (("no-such-command",), 2),
    ],
)
def test_a_process_ends_with_the_same_codes(tmp_path, words, code):
    answer = run(*words, folder=tmp_path)
    assert answer.returncode == code
    assert "Traceback" not in answer.stderr
    assert bool(answer.stdout) == (code == 0)
    assert bool(answer.stderr) == (code != 0)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_lists_and_explains_each_command(command):
    assert command in invoke("--help").stdout
    answer = invoke(command, "--help")
    assert answer.exit_code == 0
    assert len(answer.stdout.split("Usage:")[1].split()) > 8


def test_every_command_is_explained():
    assert [command.callback.__name__ for command in cli.app.registered_commands if not command.callback.__doc__] == []


# --- check


def test_clean_tables_pass(tables):
    answer = invoke("check", tables.folder)
    assert answer.exit_code == 0
    assert "No finding" in answer.stdout


def test_broken_tables_fail_and_each_defect_is_listed(tables, wide):
    row = tables.edit("claims", "claim_id", "mgx-campus--afp-uae-20250207", "source_id", "nobody-said-so")
    other = tables.edit("pledges", "pledge_id", "mgx-campus", "announced_on", "6 February")
    tables.path("aliases").unlink()
    answer = invoke("check", tables.folder)
    assert answer.stderr == ""
    assert answer.exit_code == 1
    lines = [
        [cell.strip() for cell in line.strip("│┃ \n").replace("┃", "│").split("│")]
        for line in answer.stdout.splitlines()
    ]
    cells = [line for line in lines if len(line) == 6]
    assert cells[0] == ["table", "row", "column", "value", "problem", "remedy"]
    found = {tuple(line[:4]): line[4:] for line in cells[1:]}
    assert set(found) == {
        ("claims", str(row), "source_id", "nobody-said-so"),
        ("pledges", str(other), "announced_on", "6 February"),
        ("aliases", "", "", ""),
    }
    assert all(problem and remedy for problem, remedy in found.values())
    assert "3 finding(s)" in answer.stdout


def test_a_value_is_printed_as_it_stands_in_the_table(tables, wide):
    # square brackets are markup to the printer of tables
    tables.edit("claims", "claim_id", "mgx-campus--afp-uae-20250207", "source_id", "[bold]who[/bold]")
    assert "[bold]who[/bold]" in invoke("check", tables.folder).stdout


# --- report, refresh, lab


def test_no_command_writes_the_report_into_this_folder(monkeypatch, tmp_path):
    calls = []

    def build(out, *, lang, fresh, on_progress):
        calls.append((out, lang, fresh))
        for done in range(3):
            on_progress("notebook", done, 2)
        found = [texts.Headline("once", "Sum", "It makes €632.8bn, open [x]", "", "chart", "00")]
        return Report(tmp_path / out, found, made=5, unchanged=0 if fresh else 3, problem="[full] disk")

    monkeypatch.setattr("summit_analysis.report.site.build", build)
    for words in ((), ("report",), ("report", "--out", "elsewhere", "--lang", "fr", "--fresh")):
        answer = invoke(*words)
        assert answer.exit_code == 0
        assert "Sum: It makes €632.8bn, open [x]." in answer.stdout
        assert str(tmp_path / calls[-1][0] / "index.html") in answer.stdout
        assert "summit-analysis lab" in answer.stdout
        assert ("3 of 5" in answer.stdout) != ("--fresh" in words)
        assert "[full] disk" in answer.stderr
        assert "notebook" in answer.stderr
    assert calls == [(Path("report"), "en", False), (Path("report"), "en", False), (Path("elsewhere"), "fr", True)]


KINDS = """
from IPython.display import HTML, Markdown, display
print("printed {0}")
display(Markdown("marked **{0}**"), HTML("<b>tagged {0}</b>"))
{0}
"""


@pytest.fixture
def clone(monkeypatch, tmp_path):
    """A folder with the schema and one small notebook that stands for a clone."""
    monkeypatch.setattr("summit_analysis.ledger.tables.record_clean", (tmp_path / "recorded").touch)
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "data").mkdir()
    for name in ("README.md", "datapackage.json"):
        (tmp_path / "data" / name).write_bytes((files.shipped("data") / name).read_bytes())
    monkeypatch.setattr(files, "shipped", lambda name: tmp_path / name)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(KINDS.format(41))])
    nbformat.write(notebook, tmp_path / "notebooks" / "00-small.ipynb")
    return tmp_path


def in_outputs(path, old, new=None):
    """Count a text in the outputs of the small notebook, or write another in its place."""
    notebook = nbformat.read(path, as_version=4)
    (cell,) = notebook.cells
    text = json.dumps(cell.outputs)
    if new is not None:
        cell.outputs = nbformat.from_dict(json.loads(text.replace(old, new)))
        nbformat.write(notebook, path)
    return text.count(old)


def test_refresh_prints_what_moved_and_then_nothing(clone):
    path = clone / "notebooks" / "00-small.ipynb"
    assert "moved" in invoke("refresh").stdout
    assert in_outputs(path, "41") == 4
    assert (clone / "recorded").exists()
    # the hours of a run would make each commit differ
    assert nbformat.read(path, as_version=4).cells[0].metadata == {}
    written = path.read_bytes()
    assert "Nothing moved." in invoke("refresh").stdout
    assert path.read_bytes() == written


@pytest.mark.parametrize("shown", ["printed 4{}", "marked **4{}**", "<b>tagged 4{}</b>", '"text/plain": "4{}"'])
def test_refresh_sees_a_number_move_wherever_it_is_shown(clone, shown):
    path = clone / "notebooks" / "00-small.ipynb"
    invoke("refresh")
    assert in_outputs(path, shown.format(1), shown.format(0)) == 1
    answer = invoke("refresh")
    assert "Nothing moved" not in answer.stdout
    assert all(text in answer.stdout for text in ("00-small", "40", "41"))
    assert in_outputs(path, shown.format(1)) == 1


def test_refresh_keeps_a_picture_that_only_looks_otherwise_and_says_so(clone):
    path = clone / "notebooks" / "00-small.ipynb"
    shown = "from IPython.display import HTML\nHTML('<img src=\"data:image/png;base64,iVBORw0KGgo{}=\">')"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(shown.format("A"))]), path)
    invoke("refresh")
    assert "drawn anew" not in invoke("refresh").stdout
    assert in_outputs(path, "GgoA", "GgoB") == 1
    answer = invoke("refresh").stdout
    assert "Nothing moved." in answer
    assert "Pictures drawn anew: 00-small" in answer
    assert in_outputs(path, "GgoA") == 1


def test_refresh_keeps_the_good_ones_and_names_the_cell_that_stops(clone):
    cells = [nbformat.v4.new_code_cell(text) for text in ("1", "1 / 0")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), clone / "notebooks" / "01-broken.ipynb")
    broken = (clone / "notebooks" / "01-broken.ipynb").read_bytes()
    with pytest.raises(ReportError, match=r"01-broken\.ipynb, code cell 2: ZeroDivisionError"):
        invoke("refresh")
    assert in_outputs(clone / "notebooks" / "00-small.ipynb", "41") == 4
    assert (clone / "notebooks" / "01-broken.ipynb").read_bytes() == broken


def test_refresh_rewrites_the_column_dictionary(clone):
    path = clone / "data" / "README.md"
    committed = path.read_text(encoding="utf-8")
    path.write_text(committed.replace("claim_id", "claim_number"), encoding="utf-8")
    invoke("refresh")
    assert schema.column_dictionary() in path.read_text(encoding="utf-8")


def test_lab_opens_the_notebooks_and_passes_options_on(monkeypatch):
    calls = []

    def start(command, **_):
        calls.append(command)
        return subprocess.CompletedProcess(command, 7)

    monkeypatch.setattr(cli.subprocess, "run", start)
    assert invoke("lab", "--no-browser", "--port=8899").exit_code == 7
    (command,) = calls
    assert command[:3] == [sys.executable, "-m", "jupyterlab"]
    assert command[-2:] == ["--no-browser", "--port=8899"]
    assert f"--notebook-dir={files.shipped('notebooks')}" in command


def test_a_copy_of_the_notebooks_that_was_cut_short_is_none(main, monkeypatch, tmp_path):
    """What is there already is opened: half a copy would stay half."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(files, "shipped", lambda name: tmp_path / "_shipped" / name)
    files.write_text(tmp_path / "_shipped" / "notebooks" / "00-one.ipynb", "{}")
    copy = shutil.copytree

    def full(source, target, **options):
        copy(source, target, **options)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cli.shutil, "copytree", full)
    with pytest.raises(OSError, match="No space"):
        main("lab")
    assert not (tmp_path / "summit-notebooks").exists()
    monkeypatch.setattr(cli.shutil, "copytree", copy)
    monkeypatch.setattr(cli.subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 0))
    assert main("lab")[0] == 0
    assert (tmp_path / "summit-notebooks" / "00-one.ipynb").is_file()
