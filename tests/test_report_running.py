"""Notebooks run side by side and only when something changed; what stops one leaves the others, and the old report."""

import asyncio
import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import nbformat
import psutil
import pytest

import summit_analysis.report.site
from reports import files_in, write_notebook
from summit_analysis.base import files
from summit_analysis.base.errors import FigureError, FolderError, NotebookError
from summit_analysis.report.notebooks import KEPT_DAYS, Cache, conditions, execute, execute_all, key_of, run_jobs
from summit_analysis.report.site import build


def write_bodies(site, ledger, found, about, figures, articles, tables):
    site.folder.joinpath("index.html").write_text("".join(page.body for page in articles))


@pytest.fixture(autouse=True)
def _short(monkeypatch, tmp_path, ledger):
    """Keep a run short: figures and pages are looked at elsewhere, and what is kept is kept here."""
    monkeypatch.setattr(summit_analysis.report.site, "FIGURES", ())
    monkeypatch.setattr(summit_analysis.report.site, "load", lambda: ledger)
    for name in ("add_up", "count_rows", "headlines", "sections"):
        monkeypatch.setattr(summit_analysis.report.site, name, lambda *_, **__: [])
    monkeypatch.setattr(summit_analysis.report.site, "write_pages", write_bodies)
    monkeypatch.setattr(summit_analysis.report.site, "conditions", lambda: "the same")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


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
        lambda patch: patch.setattr("summit_analysis.report.notebooks.__version__", "0.0.0"),
        lambda patch: patch.setattr(sys, "version", "2.7"),
        lambda patch: patch.setattr("summit_analysis.report.notebooks.metadata.distributions", list),
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


def test_a_damaged_entry_is_none(tmp_path):
    cache = Cache(tmp_path)
    cache.put("key", b"content")
    assert Cache(tmp_path).get("key") == b"content"
    (tmp_path / "key").write_bytes((tmp_path / "key").read_bytes()[:-1] + b"?")
    assert cache.get("key") is None
    (tmp_path / "key").write_bytes(b"")
    assert cache.get("key") is None
    assert cache.get("other") is None


def test_entries_not_read_for_long_are_removed(tmp_path):
    cache = Cache(tmp_path)
    cache.put("old", b"1")
    cache.put("read", b"1")
    long_ago = time.time() - (KEPT_DAYS + 1) * 86_400
    for name in ("old", "read"):
        os.utime(tmp_path / name, (long_ago, long_ago))
    assert cache.get("read") == b"1"
    Cache(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["CACHEDIR.TAG", "read"]


def test_without_a_place_to_keep_anything_the_report_is_written_all_the_same(tmp_path, notebooks, monkeypatch, runs):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    for _ in range(2):
        report = build(tmp_path / "report", notebooks=notebooks)
        assert "cannot write" in report.problem
        assert (tmp_path / "report" / "index.html").is_file()
    assert len(runs) == 4


def test_without_a_home_nothing_is_kept_and_no_folder_of_that_name_is_made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("platformdirs.user_cache_path", lambda _: Path("~/.cache/summit-analysis"))
    cache = Cache()
    cache.put("key", b"content")
    assert cache.problem
    assert cache.get("key") is None
    assert [path for path in tmp_path.iterdir() if path.name != "cache"] == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permissions of this kind")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda folder, patch: folder.chmod(0o777), "others may write"),
        (lambda folder, patch: folder.chmod(0o770), "others may write"),
        (lambda folder, patch: patch.setattr(os, "geteuid", lambda: folder.stat().st_uid + 1), "another user"),
    ],
    ids=["everybody", "group", "owner"],
)
def test_a_cache_that_others_may_have_filled_is_not_believed(tmp_path, monkeypatch, change, said):
    folder = tmp_path / "kept"
    Cache(folder).put("key", b"content")
    assert folder.stat().st_mode & 0o077 == 0
    change(folder, monkeypatch)
    cache = Cache(folder)
    assert said in cache.problem
    assert str(folder) in cache.problem
    assert cache.get("key") is None
    cache.put("other", b"content")
    assert not (folder / "other").exists()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root gives a link to somebody else")
def test_a_cache_behind_somebody_elses_link_is_neither_believed_nor_swept(tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir(mode=0o700)
    (mine / "letter").write_text("own work")
    os.utime(mine / "letter", (0, 0))
    (tmp_path / "kept").symlink_to(mine)
    os.lchown(tmp_path / "kept", 12345, 12345)
    assert "another user" in Cache(tmp_path / "kept").problem
    assert [path.name for path in mine.iterdir()] == ["letter"]


def test_a_name_in_an_entry_writes_nothing_outside_the_report(tmp_path, notebooks):
    build(tmp_path / "report", notebooks=notebooks)
    outside = tmp_path / "outside.txt"
    for path in (tmp_path / "cache" / "summit-analysis").glob("[0-9a-f]*"):
        entry = json.loads(path.read_bytes()[32:])
        entry["pictures"][str(outside)] = "YW55"
        content = json.dumps(entry).encode()
        path.write_bytes(hashlib.sha256(content).digest() + content)
    with pytest.raises(FolderError, match=r"outside\.txt' is not the plain name"):
        build(tmp_path / "report", notebooks=notebooks)
    assert not outside.exists()
    assert build(tmp_path / "report", notebooks=notebooks, fresh=True).unchanged == 0


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
    (tmp_path / "report" / summit_analysis.report.site.MARK).write_text("index.html\nfigures/old.svg\n")
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
    with pytest.raises(NotebookError, match=rf"(?s)00-broken\.ipynb, code cell {number}\b.*{reason}"):
        build(old, notebooks=notebooks, cell_seconds=limit)
    assert is_as_before(old, before)
    # mended, it alone is run
    write_notebook(notebooks, "00-broken", "1")
    assert build(old, notebooks=notebooks).unchanged == 1
    assert sorted(runs) == ["00-broken", "00-broken", "01-fine"]


def test_all_that_stop_are_named(old):
    notebooks = write_notebook(old.parent / "notebooks", "00-bad", "1 / 0")
    write_notebook(notebooks, "01-worse", "1", "nobody")
    with pytest.raises(NotebookError, match=r"(?s)00-bad\.ipynb, code cell 1.*\n01-worse\.ipynb, code cell 2.*nobody"):
        build(old, notebooks=notebooks)


def test_a_figure_that_cannot_be_drawn_is_named(old, monkeypatch):
    before = files_in(old)
    missing = type("Figure", (), {"__name__": "nothing"})()
    monkeypatch.setattr(summit_analysis.report.site, "FIGURES", (missing,))
    with pytest.raises(FigureError, match=r"figure nothing \((en|fr)\): KeyError"):
        build(old, notebooks=old.parent / "none")
    assert is_as_before(old, before)


def kernels():
    """Return the commands of kernels that run; one that has ended and waits for its parent has no command."""
    commands = []
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            commands.append(" ".join(child.cmdline()))
    return [command for command in commands if "ipykernel" in command]


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
    with pytest.raises(FolderError, match=r"holds notebooks/00-one\.ipynb, which would be lost"):
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
    with pytest.raises(FolderError, match="report"):
        build(tmp_path / "file" / "report", notebooks=write_notebook(tmp_path / "notebooks", "00-one", "1"))
