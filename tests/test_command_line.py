"""The command line says what it did, and its exit code means it: 0 fine, 1 findings or failure, 2 wrong usage."""

import gzip
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from jupyterlab.handlers.announcements import NeverCheckForUpdate
from jupyterlab.labapp import LabApp
from typer.testing import CliRunner

import summit_analysis.__main__ as cli
from summit_analysis import __version__, new_ledger, total
from summit_analysis.base import files
from summit_analysis.base.errors import FileError, ReportError
from summit_analysis.base.text import words as in_words
from summit_analysis.ledger import schema
from summit_analysis.ledger.tables import load
from summit_analysis.report import texts
from summit_analysis.report.site import Report

ARTICLE = ("total", "--rule", "article", "--as-of", "2025-02-11")
SUNDAY = ("USD", "EUR", "--on", "2025-02-09")
FRIDAY = ("--on", "2025-02-07")


@pytest.fixture(autouse=True)
def _read_once(monkeypatch, ledger):
    # the tables are the same for every call, and reading them takes most of its time
    monkeypatch.setattr("summit_analysis.ledger.tables.load", lambda folder=None: load(folder) if folder else ledger)
    # a narrow table would break its cells over lines
    monkeypatch.setattr(cli.out, "width", 300)


def invoke(*words):
    return CliRunner().invoke(cli.app, [str(word) for word in words], catch_exceptions=False)


def answer(*words):
    found = invoke(*words, "--json")
    assert found.exit_code == 0
    return json.loads(found.stdout)


GAPS = [("ISK", "2012-05-05", "hole"), ("RUB", "2023-01-03", "ended"), ("USD", "1998-12-31", "before start")]
GAPS += [("USD", "2150-01-04", "summit-analysis rates update"), ("XXX", "2025-02-10", "unknown currency")]
GAPS += [("SAR", "1999-06-01", "before the peg"), ("VND", "2025-02-10", "The code is right")]
COMMANDS = [command.callback.__name__ for command in cli.app.registered_commands]
ENDS = [
    (("--help",), 0, COMMANDS),
    *(((name, "--help"), 0, [f"summit-analysis {name} ", "Show this message and exit"]) for name in COMMANDS),
    (("--version",), 0, [f"summit-analysis {__version__}", "data ", "last news of 2026-", "rates to 2026-"]),
    (("check",), 0, ["No finding"]),
    (("convert", "1", *SUNDAY), 0, ["1.0377 USD per 1 EUR of Friday 7 February 2025", "Sunday 9 February 2025"]),
    (("convert", "100", "EUR", "USD", *FRIDAY), 0, ["100 EUR = 103.77 USD", "1.0377 USD per 1 EUR"]),
    (("convert", "10", "USD", "INR", *FRIDAY), 0, ["10 USD = 875.14 INR", "1 USD = 87.5142 INR", "1 INR = 0.011"]),
    (("convert", "90e9", "AED", "USD", *FRIDAY), 0, ["24,506,466,984.34 USD", "1 USD = 3.6725 AED", "Emirates"]),
    (("convert", "100", "EUR", "EUR", *FRIDAY), 0, ["100 EUR = 100.00 EUR", "Same currency"]),
    (("convert", "100", "USD", "GBP", *FRIDAY), 0, ["divided from two euro rates", "USD per 1 GBP"]),
    (("check", "no-such-folder"), 1, ["no-such-folder"]),
    *(((*words, "--data", "no-such-folder"), 2, ["no-such-folder", "not exist"]) for words in (["total"], ["report"])),
    (("new",), 2, ["FOLDER"]),
    (("convert", "1", *SUNDAY, "--live", "--data", "."), 2, ["--live"]),
    *((("convert", "1", code, "EUR", "--on", on), 1, ["error: ", code, on, why]) for code, on, why in GAPS),
    (("total", "--to", "XXX"), 1, ["XXX: unknown currency"]),
    # as Python has a byte of a terminal that writes é otherwise
    (("total", "--to", "\udce9"), 1, ["?: unknown currency"]),
    (("convert", "1", "\udce9", "EUR", *FRIDAY), 1, ["? on 2025-02-07: unknown currency"]),
    # the last ones printed a million digits
    *(
        (("convert", one, *SUNDAY), 2, ["AMOUNT", "1e30"])
        for one in ("12,5", "a", "nan", "inf", "", "1e31", "1e-999999")
    ),
    *((("convert", "1", *SUNDAY[:3], on), 2, ["--on"]) for on in ("2025-02-30", "9 February", "2025-2-9", "")),
    (("convert", "1", "USD", "EUR"), 2, ["--on"]),
    (("convert", "1", "USD", "--on", "2025-02-09"), 2, ["TO"]),
    (("convert", "1", "U", "E", "--day", "x"), 2, ["--day"]),
    (("no-such-command",), 2, ["no-such-command"]),
    *(((*words, "--lang", "de"), 2, ["de"]) for words in (["report"], ["total"], ["scan", "-"], ["new", "x"])),
    (("total", "--rule", "newest"), 2, ["error: rule='newest'", "full-range, primary-first, latest, article"]),
    *((("total", "--where", where), 2, ["nowhere"]) for where in ("nowhere", "summit,nowhere")),
    (("total", "--as-of", "2025-02-30"), 2, ["2025-02-30"]),
    (("total", "--as-of", "11 February"), 2, ["YYYY-MM-DD"]),
    (("total", "--rule"), 2, ["--rule"]),
    (("scan",), 2, ["FILE"]),
    *((("scan", "-", "--on", on), 2, ["--on"]) for on in ("11 February", "2025-02-30")),
    *((("scan", "-", one), 2, [one]) for one in ("--colour", "--csv")),
]


def test_exit_codes_and_what_is_said(main, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    missed = []
    for words, code, said in ENDS:
        ended, printed, complaint = main(*words)
        whole = " ".join(f"{printed}{complaint}".replace("│", " ").split())
        spoken = (bool(printed), bool(complaint)) == (code == 0, code != 0) and "Traceback" not in whole
        # a rate of its own day is not "the last one before"
        carried = code == 0 and "last one" in whole and "2025-02-09" not in words
        if ended != code or not spoken or carried or any(text not in whole for text in said):
            missed.append((words, code, said, ended, printed, complaint))
    assert missed == []
    assert list(tmp_path.iterdir()) == []


def test_a_process_ends_with_the_same_codes_and_reads_the_shipped_tables(tmp_path):
    for words, code in ((("check", "nowhere"), 1), (("total", "--rule", "newest"), 2), (("convert", "1", *SUNDAY), 0)):
        command = [sys.executable, "-X", "utf8", "-m", "summit_analysis", *words]
        found = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, cwd=tmp_path)
        assert found.returncode == code
        assert (bool(found.stdout), bool(found.stderr)) == (code == 0, code != 0)
        assert "Traceback" not in found.stderr


def test_json_of_convert_holds_the_exact_figures():
    found = answer("convert", "400e6", "usd", "eur", "--on", "2025-02-09")
    assert (found["from"], found["to"], found["on"]) == ("USD", "EUR", "2025-02-09")
    assert (found["rate"], found["rate_date"], found["rate_status"]) == ("1.0377", "2025-02-07", "carried")
    assert Decimal(found["factor"]) == 1 / Decimal("1.0377")
    assert Decimal(found["converted"]) == Decimal("400e6") * Decimal(found["factor"])
    assert "ECB" in found["rate_source"]


@pytest.mark.parametrize("encoding", ["cp1252", "cp850", "ascii"])
def test_output_sent_to_a_file_of_windows_is_whole(encoding, main, tmp_path, monkeypatch):
    """The tick of a verdict ended the program, with the exit code that means a contradiction."""
    file = files.write_text(
        tmp_path / "article.txt", "Emmanuel Macron: 109 billion euros. Il s\u2019agit d\u2019une œuvre."
    )
    for words, said in {("scan", str(file)): "= concorde", ("total",): "at most"}.items():
        for more in ((), ("--json",)):
            stdout = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
            monkeypatch.setattr(sys, "stdout", stdout)
            assert main(*words, *more)[0] == 0
            stdout.flush()
            printed = stdout.buffer.getvalue().decode(encoding)
            assert "€" in str(json.loads(printed)) if more else said in printed and "?" not in printed


# --- total


def test_a_total_in_french_has_no_english_word(ledger):
    said = invoke("total", "--lang", "fr", "--to", "USD", "--as-of", "2025-09-01").stdout
    sentence, tables = said.split("\n", 1)
    assert sentence == total(ledger, to="USD", as_of="2025-09-01").sentence("fr")
    english = {each for part in ("reasons", "sums") for each in in_words(part, "en").values()}
    english |= {"private", "mixed", "claims", "pledge │", "amount", "kind of money", "why", "counted in", "low"}
    assert [each for each in english if each in tables] == [] and tables.count("(USD)") == 4


def test_json_is_the_total_itself(ledger, published):
    assert answer("total") == json.loads(json.dumps(total(ledger).as_dict()))
    asked = total(ledger, rule="article", as_of="2025-02-11").as_dict("fr")
    assert answer(*ARTICLE, "--lang", "fr") == json.loads(json.dumps(asked))
    # several places are joined by commas, and a currency may be written small
    found = answer("total", "--where", "france-109bn,investai")
    assert [row["pledge_id"] for row in found["counted"]] == ["france-109bn", "investai"]
    everything = answer("total", "--where", "summit,comparator")
    assert len(everything["counted"]) + len(everything["left_out"]) == len(ledger.pledges)
    rate = {str(day): float(row["USD"]) for day, row in published.items()}["2025-02-11"]
    found = answer(*ARTICLE, "--where", "france-109bn", "--to", "usd")
    assert (found["currency"], found["low"]) == ("USD", pytest.approx(109e9 * rate, rel=1e-12))


# --- check


def test_broken_tables_fail_and_each_defect_is_listed(tables):
    # square brackets are markup to the printer of tables
    who = "[bold]nobody[/bold]"
    row = tables.edit("claims", "claim_id", "mgx-campus--afp-uae-20250207", "source_id", who)
    other = tables.edit("pledges", "pledge_id", "mgx-campus", "announced_on", "6 February")
    tables.path("labels").unlink()
    found = invoke("check", tables.folder)
    assert (found.exit_code, found.stderr) == (1, "")
    lines = [[cell.strip() for cell in re.split("[┃│]", line)[1:-1]] for line in found.stdout.splitlines()]
    header, *cells = [line for line in lines if len(line) == 6]
    assert header == ["table", "row", "column", "value", "problem", "remedy"]
    assert sorted(line[:4] for line in cells) == [
        ["claims", str(row), "source_id", who],
        ["labels", "", "", ""],
        ["pledges", str(other), "announced_on", "6 February"],
    ]
    assert all(problem and remedy for *_, problem, remedy in cells) and "3 finding(s)" in found.stdout


def test_names_that_are_missing_are_found_and_stop_nothing(mine):
    (mine / "example" / "labels.csv").write_text("pledge_id,label_en,label_fr\n", encoding="utf-8")
    found = invoke("check", mine / "example")
    assert found.exit_code == 1 and "3 finding(s)" in found.stdout and "pledge_id stands for it" in found.stdout
    assert "│ rivers-package │ rivers-package │" in invoke("total", "--data", mine / "example").stdout


# --- a ledger of one's own

README = Path(__file__).parents[1].joinpath("README.md").read_text(encoding="utf-8")
SECTION = README.partition("\n## Your own ledger\n")[2].partition("\n## ")[0]


@pytest.fixture(params=["en", "fr"])
def mine(request, tmp_path):
    return new_ledger(tmp_path / "mine", lang=request.param)


@pytest.mark.parametrize("lang", ["en", pytest.param("fr", marks=pytest.mark.long)])
def test_readme_leads_from_nothing_to_a_report(lang, main, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    lines = re.search(r"```bash\n(.+?)```", SECTION, re.DOTALL)[1].splitlines()
    said, told = {}, ["--lang", lang] if lang == "fr" else []
    for command, *more in (line.removeprefix(".venv/bin/summit-analysis ").split() for line in lines):
        code, said[command], complaint = main(command, *more, *(told if command != "check" else []))
        assert (code, "rror" in complaint) == (0, False), complaint
    assert list(said) == ["new", "check", "total", "report"] and len(SECTION.splitlines()) < 15
    name = {"en": "Rivers package", "fr": "Enveloppe des rivières"}[lang]
    assert "No finding" in said["check"] and "It is empty" in said["check"] and name in said["total"]
    page = (tmp_path / "my-report" / "index.html").read_text(encoding="utf-8")
    assert f'<html lang="{lang}"' in page
    assert {"en": "Example Rivers Summit", "fr": "Sommet imaginaire des rivières"}[lang] in page


def test_the_example_says_the_same_in_both_languages(tmp_path):
    one, other = (load(new_ledger(tmp_path / lang, lang=lang) / "example") for lang in ("en", "fr"))
    assert total(one).sentence("fr") == total(other).sentence("fr")
    for table in ("event", "sources", "pledges", "labels", "claims"):
        a, b = getattr(one, table), getattr(other, table)
        other_words = {name for name in a if not a[name].equals(b[name])}
        assert other_words <= {"note", "publisher", "title", "language", "pledger", "attributed_to", "standing_reason"}
    assert one.digest != other.digest and set(one.claims["currency"]) == {"EUR", "USD"}


def test_every_question_can_be_put_to_another_ledger(mine, tmp_path):
    article, rates = tmp_path / "article.txt", mine / "eurofxref-hist.csv.gz"
    article.write_text("Demo Works gives 900 million dollars to the Rivers package.", encoding="utf-8")
    assert answer("scan", article)["amounts"][0]["pledge_id"] is None
    rates.write_bytes(gzip.compress(b"Date,USD\n2026-03-05,2\n2026-03-04,2\n"))
    for name in ("event", "sources", "pledges", "labels", "claims"):
        shutil.copy(mine / "example" / f"{name}.csv", mine)
    assert answer("convert", "10", "EUR", "USD", "--on", "2026-03-04", "--data", mine)["rate"] == "2.0"
    assert answer("total", "--data", mine)["low"] == 1e9
    (part,) = answer("total", "--data", mine, "--where", " Demo Works ")["counted"]
    assert (part["pledge_id"], part["open_high"]) == ("demo-works-plants", True)
    assert "2026-03-05" in invoke("rates", "status", "--data", mine).stdout
    with pytest.raises(FileError, match="no rates of its own"):
        invoke("rates", "status", "--data", mine / "example")
    # a suffix in capitals was refused
    assert "Written" in invoke("export", tmp_path / "all.ZIP", "--data", mine).stdout


def test_a_new_ledger_is_whole_empty_and_clean_and_its_notebook_shows_the_example(mine, main, monkeypatch):
    described = json.loads((mine / "datapackage.json").read_text(encoding="utf-8"))
    assert "hash" not in str(described) and "Paris" not in described["title"]
    for resource in schema.package()["resources"]:
        path, shipped = mine / resource["path"], files.shipped("data") / resource["path"]
        whole = path.read_bytes() == shipped.read_bytes()
        assert whole if resource.get("shared") else len(path.read_text(encoding="utf-8").splitlines()) == 1, path
    assert schema.column_dictionary() in (mine / "README.md").read_text(encoding="utf-8")
    assert ["No finding" in invoke("check", folder).stdout for folder in (mine, mine / "example")] == [True, True]
    for lang in ("en", "fr"):
        assert invoke("total", "--data", mine, "--lang", lang).stdout.strip() == in_words("total", lang)["empty"]
    found = answer("total", "--data", mine)
    assert (found["low"], found["counted"], found["data_end"]) == (0, [], None)
    assert main("new", str(mine))[0] == 1 and not list(mine.parent.glob(".mine*"))
    monkeypatch.chdir(mine)
    notebook = nbformat.read(mine / "explore.ipynb", as_version=4)
    nbformat.validate(notebook)
    *assigned, shown = notebook.cells[0].source.splitlines()
    exec("\n".join(assigned), names := {})
    page = eval(shown, names)
    assert page.sentence == total(names["ledger"]).sentence(page.lang) and page.widgets


@pytest.fixture
def commands(monkeypatch, tmp_path):
    """Stand in a folder where JupyterLab is not started: the commands that would start it."""
    calls = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli, "os", SimpleNamespace(name="nt"))
    ended = lambda command, **_: calls.append(command) or subprocess.CompletedProcess(command, 7)  # noqa: E731
    monkeypatch.setattr(cli.subprocess, "run", ended)
    return calls


# --- report, refresh, lab


def test_no_command_writes_the_report_into_this_folder(monkeypatch, tmp_path):
    calls = []

    def build(out, *, folder, lang, fresh, site_url, on_progress):
        calls.append((out, folder, lang, fresh, site_url))
        for done in range(3):
            on_progress("notebook", done, 2)
        found = [texts.Headline("once", "Sum", "It makes €632.8bn, open [x]", "", "chart", "00")]
        made = {"folder": tmp_path / out, "headlines": found, "made": 5, "problem": "[full] disk"}
        return Report(**made, unchanged=0 if fresh else 3, left_out=["No figure of [signatures]"])

    monkeypatch.setattr("summit_analysis.report.site.build", build)
    other = ("report", "--data", str(tmp_path), "--out", "elsewhere", "--lang", "fr", "--fresh")
    other += ("--site-url", "https://a.example")
    for words in ((), ("report",), other):
        found = invoke(*words)
        assert found.exit_code == 0
        colon, page = "\u00a0:" if "fr" in words else ":", str(tmp_path / calls[-1][0] / "index.html")
        said = [f"Sum{colon} It makes €632.8bn, open [x].", page, "summit-analysis lab"]
        assert [text for text in said if text not in found.stdout] == []
        assert ("3 of 5" in found.stdout) != ("--fresh" in words)
        assert found.stdout.count("No figure of [signatures]") == 1
        assert ("lab --data" in found.stdout) == ("--data" in words)
        assert "[full] disk" in found.stderr and "notebook" in found.stderr
    ours = (Path("report"), None, "en", False, "")
    assert calls == [ours, ours, (Path("elsewhere"), tmp_path, "fr", True, "https://a.example")]


KINDS = """
from IPython.display import HTML, Markdown, display
print("printed 41")
display(Markdown("marked **41**"), HTML('<b>tagged 41</b><img src="data:image/png;base64,iVBORw0KGgoA=">'))
41
"""


@pytest.fixture
def clone(monkeypatch, tmp_path):
    """A folder with the schema and one small notebook that stands for a clone."""
    (tmp_path / "data").mkdir()
    for name in ("README.md", "datapackage.json"):
        shutil.copy(files.shipped("data") / name, tmp_path / "data")
    monkeypatch.setattr(files, "shipped", lambda name: tmp_path / name)
    write_notebook(tmp_path / "notebooks" / "00-small.ipynb", KINDS)
    return tmp_path


def write_notebook(path, *cells):
    files.write_text(path, "")
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells]), path)


def test_refresh_prints_what_moved_wherever_it_is_shown_and_then_nothing(clone):
    path, dictionary = clone / "notebooks" / "00-small.ipynb", clone / "data" / "README.md"
    committed = dictionary.read_text(encoding="utf-8")
    dictionary.write_text(committed.replace("claim_id", "claim_number"), encoding="utf-8")
    assert "+[1] printed 41" in invoke("refresh").stdout
    assert schema.column_dictionary() in dictionary.read_text(encoding="utf-8")
    # the hours of a run would make each commit differ
    assert nbformat.read(path, as_version=4).cells[0].metadata == {}
    written = path.read_bytes()
    assert "Nothing moved." in invoke("refresh").stdout and path.read_bytes() == written
    for shown in ("printed 4{}", "marked **4{}**", "<b>tagged 4{}</b>", '"4{}"', "GgoA"):
        # the first is that of the outputs, the second that of the source
        changed = shown.format(0).replace("GgoA", "GgoB")
        path.write_text(path.read_text("utf-8").replace(shown.format(1), changed, 1), encoding="utf-8")
        said = invoke("refresh").stdout
        if shown == "GgoA":
            assert said == "Pictures drawn anew: 00-small\n"
        else:
            assert all(text in said for text in ("00-small", "-[1]", "40", "+[1]", "41"))
        assert path.read_bytes() == written


def test_refresh_keeps_the_good_ones_and_names_the_cell_that_stops(clone):
    path = clone / "notebooks" / "01-broken.ipynb"
    write_notebook(path, "1", "1 / 0")
    broken = path.read_bytes()
    with pytest.raises(ReportError, match=r"01-broken\.ipynb, code cell 2: ZeroDivisionError"):
        invoke("refresh")
    assert '"stdout"' in (clone / "notebooks" / "00-small.ipynb").read_text("utf-8")
    assert path.read_bytes() == broken


def test_lab_opens_a_copy_at_the_first_lesson_or_a_folder_and_passes_options_on(commands, tmp_path):
    first = invoke("lab", "--no-browser", "--port=8899")
    assert first.exit_code == 7 and str(tmp_path / "summit-notebooks") in first.output
    (command,) = commands
    assert (command[:3], command[-2:]) == ([sys.executable, "-m", "jupyterlab"], ["--no-browser", "--port=8899"])
    settings = LabApp(argv=[])
    settings.parse_command_line([word for word in command[3:-2] if word.startswith("--LabApp")])
    assert settings.news_url is None and settings.extension_manager == "readonly"
    assert settings.check_for_updates_class is NeverCheckForUpdate
    lesson = "--LabApp.default_url=/lab/tree/notebooks/{}01-fourteen-sums.ipynb"
    assert {"--notebook-dir=summit-notebooks", lesson.format("")} <= {*command}
    for name in ("notebooks/01-fourteen-sums.ipynb", "notebooks/fr/01-fourteen-sums.ipynb", "data/README.md"):
        assert (tmp_path / "summit-notebooks" / name).is_file()
    assert invoke("lab", "--lang", "fr").output == "" and lesson.format("fr/") in commands[-1]
    codes = [invoke("lab", "--data", tmp_path, word).exit_code for word in ("--x", "--restore=1", "--without-outputs")]
    assert codes == [7, 2, 2] and f"--notebook-dir={tmp_path}" in commands[-1]


@pytest.mark.skipif(os.name != "posix", reason="elsewhere JupyterLab is a child")
def test_what_ends_lab_ends_jupyterlab(tmp_path):
    """A child would be left behind, and keep the port."""
    files.write_text(tmp_path / "jupyterlab.py", "import os, time; print(os.getpid(), flush=True); time.sleep(60)")
    with subprocess.Popen(
        [sys.executable, "-m", "summit_analysis", "lab"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{files.shipped('data').parent}"},
        stdout=subprocess.PIPE,
        text=True,
    ) as lab:
        assert str(tmp_path / "summit-notebooks") in lab.stdout.readline()
        assert int(lab.stdout.readline()) == lab.pid
        lab.terminate()
        assert lab.wait(10) == -signal.SIGTERM


@pytest.fixture
def installation(monkeypatch, tmp_path, commands):
    """Two lessons and a table; JupyterLab is not started."""
    monkeypatch.setattr(files, "shipped", lambda name: tmp_path / "_shipped" / name)
    for name in ("notebooks/01-one.ipynb", "notebooks/02-two.ipynb", "notebooks/fr/02-two.ipynb", "data/claims.csv"):
        files.write_text(tmp_path / "_shipped" / name, "first")
    return tmp_path / "_shipped"


@pytest.fixture
def lessons(main, installation):
    """The copy that `lab` has made."""
    assert main("lab")[0] == 7
    return installation, installation.with_name("summit-notebooks")


def test_restore_brings_a_lesson_back_and_keeps_each_edited_one(main, lessons, monkeypatch):
    notebooks = lessons[1] / "notebooks"
    for turn, kept in enumerate(["02-two.old.ipynb", "02-two.old-1.ipynb"]):
        files.write_text(notebooks / "02-two.ipynb", f"mine {turn}")
        code, said, _ = main("lab", "--restore", "2")
        assert code == 0 and said.count("Restored") == 1 and kept in said
        assert [(notebooks / name).read_text() for name in (kept, "02-two.ipynb")] == [f"mine {turn}", "first"]
    (notebooks / "fr" / "02-two.ipynb").unlink()
    assert "Restored" in main("lab", "--restore", "02")[1]
    assert [path.name for path in (notebooks / "fr").iterdir()] == ["02-two.ipynb"]
    assert "Nothing to restore" in main("lab", "--restore", "02")[1]
    code, _, wrong = main("lab", "--restore", "09")
    assert code == 2 and "restore='09' is not known; choose one of: 01, 02, data" in wrong
    # a copy that cannot be read ended in a traceback
    monkeypatch.setattr(Path, "read_bytes", lambda path: (_ for _ in ()).throw(PermissionError(13, "No", str(path))))
    code, _, wrong = main("lab", "--restore", "02")
    assert code == 1 and wrong.startswith("error: [Errno 13] No: ") and "02-two.ipynb" in wrong


@pytest.mark.parametrize("marked", [True, False])
def test_an_older_copy_is_named_and_left_as_it_is(main, lessons, marked):
    shipped, copy = lessons
    if marked:
        # what a student changed is not older
        files.write_text(copy / "notebooks" / "01-one.ipynb", "mine")
    else:
        shutil.rmtree(copy / ".as-copied")
    assert main("lab")[1] == ""
    for name in ("notebooks/02-two.ipynb", "data/claims.csv"):
        files.write_text(shipped / name, "second")
    said = main("lab")[1]
    assert "  data/claims.csv\n  notebooks/02-two.ipynb\n" in said and "01-one" not in said and "fr/" not in said
    assert "lab --restore 02; summit-analysis lab --restore data" in said
    table = copy / "data" / "claims.csv"
    before = table.read_text("utf-8")
    for name in ("02", "data"):
        main("lab", "--restore", name)
    assert (before, table.read_text("utf-8"), main("lab")[1]) == ("first", "second", "")


def test_a_class_gets_lessons_that_do_not_show_what_it_is_to_predict(main, commands, tmp_path):
    shipped, copied = files.shipped("notebooks"), tmp_path / "summit-notebooks" / "notebooks"

    def showing(*words):
        """The lessons of the copy that show something after a command; the rest is that of the installation."""
        main("lab", *words)
        found = set()
        for path in shipped.rglob("[0-9]*.ipynb"):
            name = path.relative_to(shipped)
            one, other = (nbformat.read(folder / name, as_version=4).cells for folder in (shipped, copied))
            assert [(cell.source, cell.metadata) for cell in one] == [(cell.source, cell.metadata) for cell in other]
            if any(cell.get("outputs") or cell.get("execution_count") for cell in other):
                found.add(name.as_posix())
        return found

    assert showing("--without-outputs") == set()
    assert main("lab")[1] == "", "it is not older than the installation"
    shutil.copy(shipped / "01-fourteen-sums.ipynb", copied / "mine.ipynb")
    main("lab", "--restore", "1")
    assert len(showing("--restore", "2")) == 4
    first = {"01-fourteen-sums.ipynb", "fr/01-fourteen-sums.ipynb"}
    assert [showing("--restore", "2", "--without-outputs"), showing("--without-outputs")] == [first, set()]
    assert (copied / "mine.ipynb").read_bytes() == (shipped / "01-fourteen-sums.ipynb").read_bytes()
    # a lesson that was cut short ended in a traceback
    for broken in ("{", "[]", "{}", '{"nbformat": 4, "cells": 3}'):
        (copied / "01-fourteen-sums.ipynb").write_text(broken)
        code, _, wrong = main("lab", "--without-outputs")
        assert code == 1 and "01-fourteen-sums.ipynb is no notebook (" in wrong and "--restore" in wrong


def test_a_copy_of_the_notebooks_that_was_cut_short_is_none(main, installation, monkeypatch):
    """What is there already is opened: half a copy would stay half."""
    copy, mine = shutil.copytree, installation.with_name("summit-notebooks")

    def full(source, target, **options):
        copy(source, target, **options)
        # it tells all that failed at once, and was printed as a traceback
        raise shutil.Error([(source, target, "[Errno 28] No space left on device")])

    with monkeypatch.context() as patch:
        patch.setattr(cli.shutil, "copytree", full)
        code, _, complaint = main("lab")
    assert (code, complaint) == (1, f"error: cannot write {mine}: [Errno 28] No space left on device\n")
    assert not mine.exists()
    assert main("lab")[0] == 7 and (mine / "notebooks" / "01-one.ipynb").is_file()
