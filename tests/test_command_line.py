"""The command line says what it did, and its exit code means it: 0 fine, 1 findings or failure, 2 wrong usage."""

import gzip
import io
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import nbformat
import pytest
from jupyterlab.handlers.announcements import NeverCheckForUpdate
from jupyterlab.labapp import LabApp
from typer.testing import CliRunner

import summit_analysis.__main__ as cli
from printed import one_line
from summit_analysis import __version__, new_ledger, total
from summit_analysis.base import files
from summit_analysis.base.errors import FileError, ReportError
from summit_analysis.base.text import words as in_words
from summit_analysis.ledger import schema
from summit_analysis.ledger.tables import load
from summit_analysis.report import texts
from summit_analysis.report.site import Report

README = Path(__file__).parents[1] / "README.md"
SUNDAY, FRIDAY = ("USD", "EUR", "--on", "2025-02-09"), ("--on", "2025-02-07")


@pytest.fixture(autouse=True)
def _read_once(monkeypatch, ledger):
    # the tables are the same for every call, and reading them takes most of its time
    monkeypatch.setattr("summit_analysis.ledger.tables.load", lambda folder=None: load(folder) if folder else ledger)
    # a narrow table would break its cells over lines
    monkeypatch.setattr(cli.out, "width", 300)


def said(*words, code=0):
    found = CliRunner().invoke(cli.app, [str(word) for word in words], catch_exceptions=False)
    assert (found.exit_code, "Traceback" in found.output) == (code, False)
    return found.output


def answer(*words):
    return json.loads(said(*words, "--json"))


COMMANDS = [command.callback.__name__ for command in cli.app.registered_commands]
DATED = [("convert", "1", *SUNDAY[:3]), ("total", "--as-of"), ("scan", README, "--on")]
ENDS = [
    (("--help",), 0, COMMANDS),
    *(((name, "--help"), 0, [f"summit-analysis {name} ", "Show this message and exit"]) for name in COMMANDS),
    (("--version",), 0, [f"summit-analysis {__version__}", "data ", "last news of 2026-", "rates to 2026-"]),
    (("check",), 0, ["No finding"]),
    (("convert", "1", *SUNDAY), 0, ["1.0377 USD per 1 EUR of Friday 7 February 2025", "Sunday 9 February 2025"]),
    (("convert", "10", "USD", "INR", *FRIDAY), 0, ["10 USD = 875.14 INR", "1 USD = 87.5142 INR", "1 INR = 0.011"]),
    (("convert", "90e9", "AED", "USD", *FRIDAY), 0, ["24,506,466,984.34 USD", "1 USD = 3.6725 AED", "Emirates"]),
    (("convert", "100", "EUR", "EUR", *FRIDAY), 0, ["100 EUR = 100.00 EUR", "Same currency"]),
    (("convert", "400e6", *SUNDAY, "--json"), 0, ['"converted": "385467861.61703767948', '"rate_status": "carried"']),
    (("convert", "400e6", *SUNDAY, "--json"), 0, ['"rate": "1.0377"', '"on": "2025-02-09"', '"2025-02-07"', "ECB"]),
    (("check", "no-such-folder"), 1, ["no-such-folder"]),
    *(((*words, "--data", "no-such-folder"), 2, ["no-such-folder", "not exist"]) for words in (["total"], ["report"])),
    (("convert", "1", "VND", *SUNDAY[1:]), 1, ["error: ", "VND on 2025-02-09: no rates. The code is right"]),
    (("convert", "1", "USD", "EUR", "--on", "2150-01-04"), 1, ["error: ", "USD on 2150", "analysis rates update"]),
    # as Python has a byte of a terminal that writes é otherwise
    (("total", "--to", "\udce9"), 1, ["?: unknown currency"]),
    # the last ones printed a million digits
    *((("convert", one, *SUNDAY), 2, ["AMOUNT", "1e30"]) for one in ("12,5", "nan", "inf", "", "1e31", "1e-999999")),
    *(((*words, on), 2, [f"{on!r} is not a day; write"]) for words in DATED for on in ("2025-02-30", "9 May", "")),
    (("convert", "1", *SUNDAY, "--live", "--data", "."), 2, ["--live"]),
    (("convert", "1", "USD", "EUR"), 2, ["--on"]),
    (("no-such-command",), 2, ["no-such-command"]),
    *(((*words, "--lang", "de"), 2, ["de"]) for words in (["report"], ["total"], ["scan", "-"], ["new", "x"])),
    (("total", "--rule", "newest"), 2, ["error: rule='newest'", "full-range, primary-first, latest, article"]),
    *((("total", "--where", where), 2, ["nowhere"]) for where in ("nowhere", "summit,nowhere")),
    (("scan", "-", "--colour"), 2, ["--colour"]),
]


def test_exit_codes_and_what_is_said(main, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    missed = []
    for words, code, texts_said in ENDS:
        ended, printed, complaint = main(*words)
        whole = one_line(f"{printed}{complaint}".replace("│", " "))
        spoken = (bool(printed), bool(complaint)) == (code == 0, code != 0) and "Traceback" not in whole
        if ended != code or not spoken or any(text not in whole for text in texts_said):
            missed.append((words, code, texts_said, ended, printed, complaint))
    assert (missed, list(tmp_path.iterdir())) == ([], [])


def test_output_sent_to_a_file_of_windows_is_whole(main, tmp_path, monkeypatch):
    """The tick of a verdict ended the program, with the exit code that means a contradiction."""
    file = files.write_text(tmp_path / "article.txt", "Emmanuel Macron: 109 billion euros. Il s’agit d’une œuvre.")
    whole = (("scan", file), "✓ concorde"), (("scan", file, "--json"), "€"), (("total",), "at most")
    for encoding, (words, text) in itertools.product(["cp1252", "cp850", "ascii"], whole):
        stdout = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        monkeypatch.setattr(sys, "stdout", stdout)
        assert main(*words)[0] == 0
        stdout.flush()
        printed = stdout.buffer.getvalue().decode("utf-8")
        assert text in (str(json.loads(printed)) if "--json" in words else printed) and "?" not in printed


def test_a_total_in_french_has_no_english_word(ledger):
    sentence, tables = said("total", "--lang", "fr", "--to", "USD", "--as-of", "2025-09-01").split("\n", 1)
    assert sentence == total(ledger, to="USD", as_of="2025-09-01").sentence("fr")
    english = {each for part in ("reasons", "sums") for each in in_words(part, "en").values()}
    english |= {"private", "mixed", "claims", "pledge │", "amount", "kind of money", "why", "counted in", "low"}
    assert [each for each in english if each in tables] == [] and "Md\xa0$" in tables and "€" not in tables


def test_json_is_the_total_itself(ledger):
    article, several = {"rule": "article", "as_of": "2025-02-11"}, {"where": ["france-109bn", "investai"], "to": "USD"}
    for words, lang, asked in (
        ("--rule article --as-of 2025-02-11 --lang fr", "fr", article),
        ("--where france-109bn,investai --to usd", "en", several),
    ):
        assert answer("total", *words.split()) == json.loads(json.dumps(total(ledger, **asked).as_dict(lang)))


def test_broken_tables_fail_and_each_defect_is_listed(tables):
    # square brackets are markup to the printer of tables
    who = "[bold]nobody[/bold]"
    row = tables.edit("claims", "claim_id", "mgx-campus--afp-uae-20250207", "source_id", who)
    tables.path("labels").unlink()
    printed = said("check", tables.folder, code=1)
    lines = [[cell.strip() for cell in re.split("[┃│]", line)[1:-1]] for line in printed.splitlines()]
    header, *cells = [line for line in lines if len(line) == 6]
    assert header == ["table", "row", "column", "value", "problem", "remedy"] and "2 finding(s)" in printed
    assert sorted(line[:4] for line in cells) == [["claims", str(row), "source_id", who], ["labels", "", "", ""]]
    assert all(problem and remedy for *_, problem, remedy in cells)


def test_readme_leads_from_nothing_to_a_report(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    section = README.read_text(encoding="utf-8").partition("\n## Your own ledger\n")[2].partition("\n## ")[0]
    lines = re.search(r"```bash\n(.+?)```", section, re.DOTALL)[1].splitlines()
    commands = [line.removeprefix(".venv/bin/summit-analysis ").split() for line in lines]
    printed = {command: said(command, *more) for command, *more in commands}
    assert list(printed) == ["new", "check", "total", "report"] and len(section.splitlines()) < 15
    assert re.search("No finding.*It is empty", printed["check"], re.DOTALL) and "Rivers package" in printed["total"]
    page = (tmp_path / "my-report" / "index.html").read_text(encoding="utf-8")
    assert '<html lang="en"' in page and "Example Rivers Summit" in page


def test_every_question_can_be_put_to_another_ledger(tmp_path):
    mine = new_ledger(tmp_path / "mine")
    files.write_text(tmp_path / "article.txt", "Demo Works gives 900 million dollars to the Rivers package.")
    files.write_bytes(mine / "eurofxref-hist.csv.gz", gzip.compress(b"Date,USD\n2026-03-05,2\n2026-03-04,2\n"))
    shutil.copytree(mine / "example", mine, dirs_exist_ok=True)
    assert answer("convert", "10", "EUR", "USD", "--on", "2026-03-04", "--data", mine)["rate"] == "2.0"
    assert answer("total", "--data", mine)["low"] == 1e9
    (part,) = answer("total", "--data", mine, "--where", " Demo Works ")["counted"]
    assert (part["pledge_id"], part["open_high"]) == ("demo-works-plants", True)
    # its names come from its labels: it has no other ones
    assert answer("scan", tmp_path / "article.txt", "--data", mine)["amounts"][0]["pledge_id"] == "demo-works-plants"
    assert "2026-03-05" in said("rates", "status", "--data", mine)
    with pytest.raises(FileError, match="no rates of its own"):
        said("rates", "status", "--data", mine / "example")
    # a suffix in capitals was refused
    assert "Written" in said("export", tmp_path / "all.ZIP", "--data", mine)
    # names that are missing are found and stop nothing
    files.write_text(mine / "labels.csv", "pledge_id,label_en,label_fr\n")
    assert re.search(r"3 finding\(s\).*pledge_id stands for it", said("check", mine, code=1), re.DOTALL)
    assert "│ rivers-package │ rivers-package │" in said("total", "--data", mine)


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_new_ledger_is_whole_empty_and_clean_and_its_notebook_shows_the_example(lang, main, monkeypatch, tmp_path):
    mine = new_ledger(tmp_path / "mine", lang=lang)
    for resource in schema.package()["resources"]:
        path, shipped = mine / resource["path"], files.shipped("data") / resource["path"]
        whole = path.read_bytes() == shipped.read_bytes()
        assert whole if resource.get("shared") else len(path.read_text(encoding="utf-8").splitlines()) == 1, path
    described = json.loads(files.read_text(mine / "datapackage.json"))
    assert "hash" not in str(described) and "Paris" not in described["title"]
    assert schema.column_dictionary() in (mine / "README.md").read_text(encoding="utf-8")
    assert all("No finding" in said("check", folder) for folder in (mine, mine / "example"))
    assert said("total", "--data", mine, "--lang", lang).strip() == in_words("total", lang)["empty"]
    assert main("new", str(mine))[0] == 1 and not list(mine.parent.glob(".mine*"))
    monkeypatch.chdir(mine)
    notebook = nbformat.read(mine / "explore.ipynb", as_version=4)
    *assigned, shown = notebook.cells[0].source.splitlines()
    exec("\n".join(assigned), names := {})
    page = eval(shown, names)
    assert page.sentence == total(names["ledger"]).sentence(page.lang) and page.widgets


def test_no_command_writes_the_report_into_this_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    calls = []

    def build(*out, on_progress, **asked):
        calls.append((*out, *asked.values()))
        on_progress("notebook", 1, 2)
        found = [texts.Headline("once", "Sum", "It makes €632.8bn, open [x]", "", "chart", "00")]
        made = {"folder": Path(*out), "headlines": found, "made": 5, "problem": "[full] disk"}
        return Report(**made, unchanged=0 if asked["fresh"] else 3, left_out=["No figure of [signatures]"])

    monkeypatch.setattr("summit_analysis.report.site.build", build)
    other = "report --data . --out else --lang fr --fresh --site-url https://a.org"
    for words, colon in (("", ":"), (other, "\u00a0:")):
        printed = said(*words.split())
        expected = [f"Sum{colon} It makes €632.8bn, open [x].", str(calls[-1][0] / "index.html"), "notebook"]
        expected += ["summit-analysis lab", "No figure of [signatures]", "[full] disk"]
        assert [text for text in expected if text not in printed] == []
        assert ("3 of 5" not in printed) == ("lab --data" in printed) == (words == other)
    assert calls == [(Path("report"), None, "en", False, ""), (Path("else"), Path(), "fr", True, "https://a.org")]


KINDS = """
from IPython.display import HTML, Markdown, display
print("printed 41")
display(Markdown("marked **41**"), HTML('<b>tagged 41</b><img src="data:image/png;base64,iVBORw0KGgoA=">'))
41
"""


def write_notebook(path, *cells):
    output = nbformat.v4.new_output("stream", text="shown")
    cells = [nbformat.v4.new_code_cell(cell, outputs=[output], execution_count=1) for cell in cells]
    return files.write_text(path, nbformat.writes(nbformat.v4.new_notebook(cells=cells)))


def shows(path):
    return [bool(cell.outputs or cell.execution_count) for cell in nbformat.read(path, as_version=4).cells]


@pytest.fixture
def shipped(monkeypatch, tmp_path):
    """Stands for an installation: the schema and one small notebook."""
    folder = tmp_path / "_shipped"
    folder.joinpath("data").mkdir(parents=True)
    for name in ("README.md", "datapackage.json"):
        shutil.copy(files.shipped("data") / name, folder / "data")
    monkeypatch.setattr(files, "shipped", lambda name: folder / name)
    write_notebook(folder / "notebooks" / "01-small.ipynb", KINDS)
    return folder


def test_refresh_prints_what_moved_wherever_it_is_shown_and_then_nothing(shipped):
    path, dictionary = shipped / "notebooks" / "01-small.ipynb", shipped / "data" / "README.md"
    dictionary.write_text(dictionary.read_text("utf-8").replace("claim_id", "claim_number"), encoding="utf-8")
    assert "+[1] printed 41" in said("refresh")
    assert schema.column_dictionary() in dictionary.read_text(encoding="utf-8")
    # the hours of a run would make each commit differ
    assert nbformat.read(path, as_version=4).cells[0].metadata == {}
    written = path.read_bytes()
    assert "Nothing moved." in said("refresh") and path.read_bytes() == written
    for shown in ("printed 41", "marked **41**", "<b>tagged 41</b>", '"41"', "GgoA"):
        # the first is that of the outputs, the second that of the source
        changed = shown.replace("41", "40").replace("GgoA", "GgoB")
        path.write_text(path.read_text("utf-8").replace(shown, changed, 1), encoding="utf-8")
        told = "Pictures drawn anew: 01-small" if shown == "GgoA" else r"01-small.*-\[1\].*40.*\+\[1\].*41"
        assert re.search(told, said("refresh"), re.DOTALL) and path.read_bytes() == written


def test_refresh_keeps_the_good_ones_and_names_the_cell_that_stops(shipped):
    path = write_notebook(shipped / "notebooks" / "02-broken.ipynb", "1", "1 / 0")
    broken = path.read_bytes()
    with pytest.raises(ReportError, match=r"02-broken\.ipynb, code cell 2: ZeroDivisionError"):
        said("refresh")
    assert '"stdout"' in path.with_name("01-small.ipynb").read_text("utf-8") and path.read_bytes() == broken


COPY = Path("summit-notebooks")


@pytest.fixture
def commands(shipped, monkeypatch, tmp_path):
    """The commands that would start JupyterLab on a copy of two lessons, one of them in both languages, and a table."""
    files.write_text(shipped / "data" / "claims.csv", "first")
    for name in ("02-two.ipynb", "fr/02-two.ipynb"):
        write_notebook(shipped / "notebooks" / name, "2")
    calls = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli, "os", SimpleNamespace(name="nt"))
    ended = lambda command, **_: calls.append(command) or subprocess.CompletedProcess(command, 7)  # noqa: E731
    monkeypatch.setattr(cli.subprocess, "run", ended)
    return calls


def test_lab_opens_a_copy_at_the_first_lesson_or_a_folder_and_passes_options_on(commands, tmp_path):
    assert str(COPY.resolve()) in said("lab", "--no-browser", "--port=8899", code=7)
    (command,) = commands
    assert (command[:3], command[-2:]) == ([sys.executable, "-m", "jupyterlab"], ["--no-browser", "--port=8899"])
    settings = LabApp(argv=[])
    settings.parse_command_line([word for word in command[3:-2] if word.startswith("--LabApp")])
    assert settings.news_url is None and settings.extension_manager == "readonly"
    assert settings.check_for_updates_class is NeverCheckForUpdate
    lesson = "--LabApp.default_url=/lab/tree/notebooks/"
    assert {"--notebook-dir=summit-notebooks", f"{lesson}01-small.ipynb"} <= {*command}
    files.write_text(COPY / "data" / "claims.csv", "mine")
    assert said("lab", "--lang", "fr", code=7) == "" and f"{lesson}fr/02-two.ipynb" in commands[-1]
    assert (COPY / "data" / "claims.csv").read_text() == "mine"
    for word, code in (("--x", 7), ("--restore=1", 2), ("--without-outputs", 2)):
        said("lab", "--data", tmp_path, word, code=code)
    assert f"--notebook-dir={tmp_path}" in commands[-1]


@pytest.mark.skipif(os.name != "posix", reason="elsewhere JupyterLab is a child")
def test_what_ends_lab_ends_jupyterlab(tmp_path):
    """A child would be left behind, and keep the port."""
    files.write_text(tmp_path / "jupyterlab.py", "import os, time; print(os.getpid(), flush=True); time.sleep(60)")
    path = os.pathsep.join([str(tmp_path), str(files.shipped("data").parent)])
    command = [sys.executable, "-m", "summit_analysis", "lab"]
    where = {"cwd": tmp_path, "env": os.environ | {"PYTHONPATH": path}}
    with subprocess.Popen(command, **where, stdout=subprocess.PIPE, text=True) as lab:
        assert str(tmp_path / "summit-notebooks") in lab.stdout.readline()
        assert int(lab.stdout.readline()) == lab.pid
        lab.terminate()
        assert lab.wait(10) == -signal.SIGTERM


def test_restore_brings_a_lesson_or_the_tables_back_and_keeps_each_edited_one(main, commands, monkeypatch):
    main("lab")
    for kept in ("02-two.old.ipynb", "02-two.old-1.ipynb"):
        mine = files.write_text(COPY / "notebooks" / "02-two.ipynb", f"mine of {kept}")
        code, printed, _ = main("lab", "--restore", "2")
        assert (code, printed.count("Restored"), kept in printed) == (0, 1, True)
        assert (mine.with_name(kept).read_text(), shows(mine)) == (f"mine of {kept}", [True])
    (COPY / "notebooks" / "fr" / "02-two.ipynb").unlink()
    (COPY / "data" / "claims.csv").write_text("mine")
    assert all("Restored" in main("lab", "--restore", word)[1] for word in ("02", "data"))
    assert [path.name for path in (COPY / "notebooks" / "fr").iterdir()] == ["02-two.ipynb"]
    assert [(COPY / "data" / name).read_text() for name in ("claims.csv", "claims.old.csv")] == ["first", "mine"]
    assert "Nothing to restore" in main("lab", "--restore", "02")[1]
    code, _, wrong = main("lab", "--restore", "09")
    assert code == 2 and "restore='09' is not known; choose one of: 01, 02, data" in wrong
    # a copy that cannot be read ended in a traceback
    monkeypatch.setattr(Path, "read_bytes", lambda path: (_ for _ in ()).throw(PermissionError(13, "No", str(path))))
    code, _, wrong = main("lab", "--restore", "02")
    assert code == 1 and wrong.startswith("error: [Errno 13] No: ") and "02-two.ipynb" in wrong


def test_a_class_gets_lessons_that_do_not_show_what_it_is_to_predict(main, commands, shipped):
    names = [path.relative_to(shipped) for path in sorted(shipped.rglob("*.ipynb"))]

    def showing(*words):
        main("lab", *words)
        return [name.as_posix().removeprefix("notebooks/") for name in names if any(shows(COPY / name))]

    assert [showing("--without-outputs"), showing("--restore", "2")] == [[], ["02-two.ipynb", "fr/02-two.ipynb"]]
    # what a student wrote stays
    mine = shutil.copy(shipped / "notebooks" / "02-two.ipynb", COPY / "notebooks" / "mine.ipynb")
    main("lab", "--restore", "1")
    assert [showing("--restore", "2", "--without-outputs"), showing("--without-outputs")] == [["01-small.ipynb"], []]
    assert (shows(mine), nbformat.read(COPY / names[0], as_version=4).cells[0].source) == ([True], KINDS)
    # a lesson that was cut short ended in a traceback
    for broken in ("{", "[]", '{"nbformat": 4, "cells": 3}'):
        (COPY / names[0]).write_text(broken)
        code, _, wrong = main("lab", "--without-outputs")
        assert code == 1 and "01-small.ipynb is no notebook (" in wrong and "--restore" in wrong


def test_a_copy_of_the_notebooks_that_was_cut_short_is_none(main, commands, monkeypatch):
    """What is there already is opened: half a copy would stay half."""
    # it tells all that failed at once, and was printed as a traceback
    full = shutil.Error([("source", "target", "[Errno 28] No space left on device")])
    monkeypatch.setattr(cli.shutil, "copytree", Mock(side_effect=full))
    wrong = f"error: cannot write {COPY.resolve()}: [Errno 28] No space left on device\n"
    assert (main("lab"), COPY.exists()) == ((1, "", wrong), False)
