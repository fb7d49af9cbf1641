"""Notebooks run side by side and only when something changed; what stops one leaves the others, and the old report."""

import asyncio
import contextlib
import json
import operator
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import nbformat
import psutil
import pytest
from nbclient import NotebookClient

import summit_analysis.report.site
from reports import die, files_in, write_notebook
from summit_analysis.base import files
from summit_analysis.base.errors import FileError, ReportError
from summit_analysis.report.notebooks import execute, execute_all, moved, read, redrawn, run_jobs
from summit_analysis.report.site import MADE, MARK, build, conditions, key_of


def write_bodies(folder, ledger, articles, *_, **__):
    folder.joinpath("index.html").write_text("".join(page.body for page in articles))


@pytest.fixture(autouse=True)
def _short(monkeypatch, ledger):
    """Keep a run short: figures and pages are looked at elsewhere."""
    monkeypatch.setattr(summit_analysis.report.site, "FIGURES", ())
    monkeypatch.setattr(summit_analysis.report.site, "load", lambda: ledger)
    monkeypatch.setattr(summit_analysis.report.site, "headlines", lambda *_, **__: [])
    monkeypatch.setattr(summit_analysis.report.site, "write_pages", write_bodies)
    monkeypatch.setattr(summit_analysis.report.site, "conditions", lambda: "the same")


@pytest.fixture
def runs(monkeypatch):
    """The notebooks that were really run."""
    names = []

    async def counted(path, *rest):
        names.append(path.stem)
        return await execute(path, *rest)

    monkeypatch.setattr(summit_analysis.report.site, "execute", counted)
    return names


# --- only what has changed


@pytest.fixture
def notebooks(tmp_path):
    write_notebook(tmp_path / "notebooks", "00-one", "print('one')")
    return write_notebook(tmp_path / "notebooks", "01-two", "print('two')")


def test_nothing_is_run_again_that_has_not_changed(tmp_path, notebooks, runs):
    told = []
    first = build(tmp_path / "report", notebooks=notebooks)
    written = files_in(tmp_path / "report")
    second = build(tmp_path / "report", notebooks=notebooks, on_progress=lambda *step: told.append(step))
    assert sorted(runs) == ["00-one", "01-two"]
    assert (first.made, first.unchanged, second.unchanged) == (2, 0, 2)
    assert files_in(tmp_path / "report") == written
    assert {("00-one", 1, 1), ("01-two", 1, 1)} <= set(told)


def test_a_changed_cell_runs_its_notebook_alone(tmp_path, notebooks, runs):
    build(tmp_path / "report", notebooks=notebooks)
    write_notebook(notebooks, "01-two", "print('three')")
    build(tmp_path / "report", notebooks=notebooks)
    assert sorted(runs) == ["00-one", "01-two", "01-two"]
    assert "three" in (tmp_path / "report" / "index.html").read_text(encoding="utf-8")


def test_a_file_beside_the_notebooks_counts(tmp_path, notebooks, runs):
    build(tmp_path / "report", notebooks=notebooks)
    (notebooks / "article.txt").write_text("new")
    build(tmp_path / "report", notebooks=notebooks)
    assert sorted(runs) == ["00-one", "00-one", "01-two", "01-two"]


def test_fresh_runs_everything_and_keeps_it(tmp_path, notebooks, runs):
    build(tmp_path / "report", notebooks=notebooks)
    assert build(tmp_path / "report", notebooks=notebooks, fresh=True).unchanged == 0
    assert sorted(runs) == ["00-one", "00-one", "01-two", "01-two"]
    assert build(tmp_path / "report", notebooks=notebooks).unchanged == 2


def test_a_changed_cell_of_the_data_is_another_condition(monkeypatch, tables):
    shipped = files.shipped
    monkeypatch.setattr(files, "shipped", lambda name: tables.folder if name == "data" else shipped(name))
    before = conditions()
    assert conditions() == before
    tables.edit("pledges", "pledge_id", "mgx-campus", "place", "Elsewhere")
    assert conditions() != before


@pytest.mark.parametrize(
    "change",
    [
        lambda patch: patch.setattr("summit_analysis.report.site.__version__", "0.0.0"),
        lambda patch: patch.setattr(sys, "version", "2.7"),
        lambda patch: patch.setattr("summit_analysis.report.site.metadata.distributions", list),
        lambda patch: patch.setattr(Path, "read_bytes", lambda _: b""),
    ],
    ids=["version", "python", "packages", "source"],
)
def test_version_python_packages_and_source_are_conditions(monkeypatch, change):
    before = conditions()
    change(monkeypatch)
    assert conditions() != before


def test_keys_tell_parts_apart():
    assert len({key_of("a", "bc"), key_of("ab", "c"), key_of("abc"), key_of("abc", "")}) == 4


# --- nothing is believed that somebody else may have written


def test_a_new_folder_runs_everything_whatever_another_report_did(tmp_path, notebooks, runs):
    for out in ("one", "other"):
        assert build(tmp_path / out, notebooks=notebooks).unchanged == 0
    assert sorted(runs) == ["00-one", "00-one", "01-two", "01-two"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permissions of this kind")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda out, patch: out.chmod(0o777), "others may write to"),
        (lambda out, patch: out.chmod(0o770), "others may write to"),
        (lambda out, patch: (out / MADE).chmod(0o666), "others may write to"),
        (lambda out, patch: patch.setattr(os, "geteuid", lambda: out.stat().st_uid + 1), "belongs to another user"),
    ],
    ids=["everybody", "group", "list", "owner"],
)
def test_a_report_that_others_may_have_written_is_made_anew(tmp_path, notebooks, monkeypatch, runs, change, said):
    out = tmp_path / "report"
    build(out, notebooks=notebooks)
    change(out, monkeypatch)
    report = build(out, notebooks=notebooks)
    assert said in report.problem
    assert str(out) in report.problem
    assert (report.unchanged, len(runs)) == (0, 4)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root gives a link to somebody else")
def test_a_report_behind_somebody_elses_link_is_made_anew(tmp_path, notebooks):
    build(tmp_path / "mine", notebooks=notebooks)
    (tmp_path / "report").symlink_to(tmp_path / "mine")
    os.lchown(tmp_path / "report", 12345, 12345)
    report = build(tmp_path / "report", notebooks=notebooks)
    assert "another user" in report.problem
    assert report.unchanged == 0


SHOWING = "from IPython.display import Image\nfrom pathlib import Path\nImage(Path('dot.png').read_bytes())"
DOT = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000a49444154789c6300010000050001"
    "0d0a2db40000000049454e44ae426082"
)


@pytest.fixture
def pictured(tmp_path):
    folder = write_notebook(tmp_path / "notebooks", "00-one", SHOWING)
    (folder / "dot.png").write_bytes(DOT)
    return folder


def retell(out, change):
    """Change what a report keeps for the next one."""
    made = json.loads((out / MADE).read_text(encoding="utf-8"))
    (out / MADE).write_text(json.dumps(change(made)), encoding="utf-8")


def renamed(name):
    return lambda made: {
        key: {**parts, "files": dict.fromkeys([name], *parts["files"].values())} for key, parts in made.items()
    }


@pytest.mark.parametrize(
    "spoil",
    [
        lambda out: next((out / "notebooks" / "pictures").iterdir()).write_bytes(DOT + b"x"),
        lambda out: next((out / "notebooks" / "pictures").iterdir()).unlink(),
        lambda out: (out / MADE).write_text("{"),
        lambda out: (out / MADE).write_bytes(b"\xff"),
        lambda out: retell(out, list),
        lambda out: retell(out, lambda made: dict.fromkeys(made, "text")),
        lambda out: retell(out, lambda made: {key: {**parts, "more": 1} for key, parts in made.items()}),
        lambda out: retell(out, lambda made: {key: {**parts, "name": "../up"} for key, parts in made.items()}),
        lambda out: retell(out, renamed("../../outside.png")),
        lambda out: retell(out, renamed("/outside.png")),
        lambda out: retell(out, renamed("..")),
    ],
    ids=["changed", "gone", "cut", "bytes", "list", "texts", "more", "page", "up", "root", "parent"],
)
def test_what_is_not_as_it_was_made_is_made_anew(tmp_path, pictured, spoil):
    out = tmp_path / "report"
    build(out, notebooks=pictured)
    before = files_in(out)
    spoil(out)
    assert files_in(out) != before
    assert build(out, notebooks=pictured).unchanged == 0
    assert files_in(out) == before
    assert build(out, notebooks=pictured).unchanged == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notebooks", "report"]


# --- side by side

MEET = """
import pathlib, time
mine, other = (pathlib.Path({folder!r}, name) for name in {names!r})
mine.touch()
end = time.monotonic() + 60
while not other.exists():
    assert time.monotonic() < end, "alone"
    time.sleep(0.05)
"""


def test_two_notebooks_run_at_the_same_time(tmp_path):
    for name, names in (("00-one", ("a", "b")), ("01-two", ("b", "a"))):
        write_notebook(tmp_path / "notebooks", name, MEET.format(folder=str(tmp_path), names=names))
    told = []
    paths = sorted((tmp_path / "notebooks").iterdir())
    done = execute_all(paths, workers=2, on_progress=lambda *step: told.append(step))
    assert [type(one) for one in done] == [nbformat.NotebookNode] * 2
    assert sorted(told) == [("00-one", 0, 1), ("00-one", 1, 1), ("01-two", 0, 1), ("01-two", 1, 1)]


PLAIN = """
import matplotlib.pyplot as plt
import os, pandas as pd, sys
print(os.getcwd(), __name__, pd.get_option("display.max_columns"), pd.get_option("display.width"))
pd.DataFrame([["long " * 9] * 9])
"""
PLOT = "plt.plot([1, 2]);"


def test_a_kernel_shows_what_one_shows_that_jupyter_starts(tmp_path):
    (path,) = write_notebook(tmp_path / "notebooks", "00-plain", PLAIN, PLOT, "1 + 1").iterdir()
    (done,) = execute_all([path])
    usual = NotebookClient(read(path), resources={"metadata": {"path": str(path.parent)}}).execute()
    assert moved(usual, done, "00-plain").empty
    assert not redrawn(usual, done)
    assert [list(output.data) for output in done.cells[2].outputs] == [["text/plain", "image/png"]]


def test_no_more_run_at_a_time_than_asked_for():
    now, most = 0, []

    async def job():
        nonlocal now
        now += 1
        most.append(now)
        await asyncio.sleep(0.01)
        now -= 1

    assert len(run_jobs([job] * 6, workers=2)) == 6
    assert max(most) == 2


# --- what stops a notebook


@pytest.fixture
def old(tmp_path):
    (tmp_path / "report" / "figures").mkdir(parents=True)
    (tmp_path / "report" / "index.html").write_text("the old one")
    (tmp_path / "report" / "figures" / "old.svg").write_text("<svg/>")
    (tmp_path / "report" / MARK).write_text("index.html\nfigures/old.svg\n")
    return tmp_path / "report"


def is_as_before(old, before):
    return files_in(old) == before and not [path for path in old.parent.iterdir() if path.name.startswith(".report")]


@pytest.mark.parametrize(
    ("cells", "number", "reason"),
    [
        (["1", "print('fine')", "1 / 0", "2"], 3, "ZeroDivisionError: division by zero"),
        (["import os; os._exit(1)"], 1, "kernel died"),
        (["1", "from summit_analysis import quote; quote('XXX', on='2025-02-10')"], 2, "XXX"),
        (["1", "while True: pass"], 2, "no end after 5 s"),
    ],
)
def test_a_notebook_that_stops_is_named_and_the_others_are_done(old, runs, cells, number, reason):
    before = files_in(old)
    notebooks = write_notebook(old.parent / "notebooks", "00-broken", *cells)
    write_notebook(notebooks, "01-fine", "1")
    limit = 5 if "while" in cells[-1] else 60
    with pytest.raises(ReportError, match=rf"(?s)00-broken\.ipynb, code cell {number}\b.*{reason}"):
        build(old, notebooks=notebooks, cell_seconds=limit)
    assert is_as_before(old, before)
    assert sorted(runs) == ["00-broken", "01-fine"]


def test_all_that_stop_are_named(old):
    notebooks = write_notebook(old.parent / "notebooks", "00-bad", "1 / 0")
    write_notebook(notebooks, "01-worse", "1", "nobody")
    with pytest.raises(ReportError, match=r"(?s)00-bad\.ipynb, code cell 1.*\n01-worse\.ipynb, code cell 2.*nobody"):
        build(old, notebooks=notebooks)


def test_a_figure_that_cannot_be_drawn_is_named(old, monkeypatch):
    before = files_in(old)
    monkeypatch.setattr(summit_analysis.report.site, "FIGURES", (operator.truediv,))
    with pytest.raises(ReportError, match=r"figure truediv \((en|fr)\): TypeError: .*truediv\(\) takes no keyword"):
        build(old, notebooks=old.parent / "none")
    assert is_as_before(old, before)


def kernels():
    """Return the commands of what was forked from our own processes; one that has ended has no command."""
    commands = []
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.NoSuchProcess):
            commands += [" ".join(one.cmdline()) for one in child.children()]
    return [command for command in commands if command]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals of this kind")
def test_a_drawer_that_dies_is_named_with_its_figure(old, monkeypatch):
    before = files_in(old)
    monkeypatch.setattr(summit_analysis.report.site, "FIGURES", (die,))
    with pytest.raises(ReportError, match=r"figure die \(en, fr\): .*terminated"):
        build(old, notebooks=old.parent / "none")
    assert is_as_before(old, before)


@pytest.fixture
def interruptible():
    """Let Ctrl-C raise as in a terminal: the workers of pytest-xdist ignore it."""
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, usual)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals of this kind")
def test_an_interrupted_run_leaves_the_old_report_and_no_kernel(old, interruptible):
    before = files_in(old)

    def interrupt(name, done, steps):
        if done:
            os.kill(os.getpid(), signal.SIGINT)

    notebooks = write_notebook(old.parent / "notebooks", "00-one", "1")
    write_notebook(notebooks, "01-long", "while True: pass")
    with pytest.raises(KeyboardInterrupt):
        build(old, notebooks=notebooks, workers=2, on_progress=interrupt)
    assert is_as_before(old, before)
    assert kernels() == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals of this kind")
def test_ctrl_c_ends_the_kernels(old):
    before = files_in(old)
    notebooks = write_notebook(old.parent / "notebooks", "00-long", "print('on')", "while True: pass")
    code = (
        "import pathlib\n"
        "from summit_analysis.report import site as report\n"
        "report.FIGURES = ()\n"
        f"report.build({str(old)!r}, notebooks=pathlib.Path({str(notebooks)!r}),"
        " on_progress=lambda name, done, steps: print(done, flush=True))\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert [process.stdout.readline() for _ in range(2)] == [b"0\n", b"1\n"]
        started = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=60)
    assert b"KeyboardInterrupt" in complaint
    assert started
    assert not psutil.wait_procs(started, timeout=10)[1]
    assert is_as_before(old, before)


# --- the folder


def test_a_folder_of_own_work_is_refused_before_any_notebook_runs(tmp_path, notebooks, runs):
    (tmp_path / "notes.md").write_text("own work")
    with pytest.raises(FileError, match=r"holds notebooks/00-one\.ipynb, which would be lost"):
        build(tmp_path, notebooks=notebooks)
    assert runs == []
    assert (tmp_path / "notes.md").read_text() == "own work"


@pytest.mark.parametrize("other", ["en", "fr"])
def test_a_report_of_the_first_release_is_replaced(tmp_path, notebooks, other):
    for page in ("index.html", "methods.html", "sources.html", "notebooks/00-one.html", "figures/ladder.html"):
        files.write_text(tmp_path / "report" / page, "old")
        files.write_text(tmp_path / "report" / other / page, "old")
    for file in ("style.css", "tables/claims-in-euros.csv", "tables/claims.csv"):
        files.write_text(tmp_path / "report" / file, "old")
    build(tmp_path / "report", notebooks=notebooks)
    assert b"one" in files_in(tmp_path / "report")["index.html"]
    assert "methods.html" not in files_in(tmp_path / "report")


def test_a_good_run_replaces_the_old_report_whole(old):
    build(old, notebooks=write_notebook(old.parent / "notebooks", "00-one", "1"))
    assert "figures/old.svg" not in files_in(old)
    assert b"the old one" not in files_in(old)["index.html"]


def test_two_reports_at_once_leave_one_whole_report(tmp_path, notebooks):
    build(tmp_path / "alone", notebooks=notebooks)
    for _ in range(3):
        threads = [
            threading.Thread(target=build, args=[tmp_path / "report"], kwargs={"notebooks": notebooks})
            for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert files_in(tmp_path / "report") == files_in(tmp_path / "alone")
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".report")]


def test_a_file_in_the_place_of_the_folder_is_our_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="report"):
        build(tmp_path / "file" / "report", notebooks=write_notebook(tmp_path / "notebooks", "00-one", "1"))
