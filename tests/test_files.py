"""Files and folders are written whole or not at all, and nothing is left lying about."""

import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest

from summit_analysis import FolderError, files


@pytest.fixture
def old(tmp_path):
    """A folder ``report`` that holds one old page."""
    folder = tmp_path / "report"
    folder.mkdir()
    (folder / "page.html").write_text("old", encoding="utf-8")
    return folder


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(scope="module")
def dead_pid():
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def test_a_file_is_written_with_its_folders(tmp_path):
    path = files.write_text(tmp_path / "a" / "b.txt", "« 109 milliards »")
    assert path.read_bytes() == "« 109 milliards »".encode()
    assert names(path.parent) == ["b.txt"]
    assert path.stat().st_mode & 0o444 == 0o444


@pytest.mark.parametrize(
    ("failing", "error"), [("replace", FolderError), ("fdopen", FolderError)], ids=["at the rename", "at the writing"]
)
def test_a_write_that_fails_keeps_the_old_file(old, monkeypatch, failing, error):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(f"summit_analysis.files.os.{failing}", full)
    with pytest.raises(error, match=r"page\.html: No space left"):
        files.write_text(old / "page.html", "new")
    assert names(old) == ["page.html"]
    assert (old / "page.html").read_text(encoding="utf-8") == "old"


def test_content_that_is_none_keeps_the_old_file(old):
    with pytest.raises(TypeError):
        files.write_bytes(old / "page.html", "text, not bytes")
    assert names(old) == ["page.html"]
    assert (old / "page.html").read_text(encoding="utf-8") == "old"


def test_a_folder_in_the_way_of_a_file_is_refused(old):
    with pytest.raises(FolderError, match="cannot write"):
        files.write_text(old, "text")
    assert names(old.parent) == ["report"]


@pytest.mark.parametrize(
    "write", [files.write_text, lambda path, _: files.new_folder(path).__enter__()], ids=["file", "folder"]
)
def test_a_file_where_a_folder_should_be_is_refused(old, write):
    with pytest.raises(FolderError, match="cannot write"):
        write(old / "page.html" / "below", "text")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
@pytest.mark.parametrize(
    "write", [files.write_text, lambda path, _: files.new_folder(path).__enter__()], ids=["file", "folder"]
)
def test_a_folder_without_permission_is_refused(old, write):
    old.chmod(0o555)
    with pytest.raises(FolderError, match="cannot write"):
        write(old / "new", "text")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "é\r\nb\n".encode()),
        ("a.csv", b"\xef\xbb\xbf" + "é\r\nb\n".encode()),
        ("a.csv.gz", gzip.compress("é\r\nb\n".encode())),
    ],
    ids=["plain", "byte order mark", "gzipped"],
)
def test_a_text_is_read_with_its_line_ends(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    assert files.read_text(tmp_path / name) == "é\r\nb\n"


def test_a_new_folder_appears_where_none_was(tmp_path):
    with files.new_folder(tmp_path / "deep" / "report") as folder:
        (folder / "page.html").write_text("new", encoding="utf-8")
        assert not (tmp_path / "deep" / "report").exists()
    assert names(tmp_path / "deep") == ["report"]
    assert names(tmp_path / "deep" / "report") == ["page.html"]
    # a web server must be able to read what it is to show
    assert (tmp_path / "deep" / "report").stat().st_mode & 0o555 == 0o555


@pytest.mark.parametrize("exchange", [True, False], ids=["one system call", "two renames"])
def test_a_new_folder_takes_the_place_of_the_old_one(old, monkeypatch, exchange):
    if not exchange:
        monkeypatch.setattr("summit_analysis.files._exchange", lambda one, other: False)
    with files.new_folder(old) as folder:
        (folder / "index.html").write_text("new", encoding="utf-8")
        assert names(old) == ["page.html"]
    assert names(old) == ["index.html"]
    assert names(old.parent) == ["report"]


def test_of_two_runs_that_end_at_once_the_last_one_stays_whole(old, monkeypatch):
    # what a run sees that looked just before another one was done
    monkeypatch.setattr(Path, "exists", lambda path: path.name != "report")
    with files.new_folder(old) as folder:
        (folder / "index.html").write_text("new", encoding="utf-8")
    assert names(old) == ["index.html"]
    assert names(old.parent) == ["report"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_whatever_ends_the_block_leaves_the_old_folder(old, error):
    with pytest.raises(error), files.new_folder(old) as folder:
        (folder / "index.html").write_text("half", encoding="utf-8")
        raise error
    assert names(old.parent) == ["report"]
    assert names(old) == ["page.html"]


@pytest.mark.parametrize("target", ["report", "report [1]"])
def test_leftovers_of_dead_runs_are_swept_and_all_else_is_left(tmp_path, dead_pid, target):
    swept = [f".{target}-{dead_pid}-abc", f".{target}-{dead_pid}-abc-old"]
    kept = [
        f".{target}-{os.getpid()}-abc",
        f".{target}-my-notes",
        f".{target}s-{dead_pid}-abc",
        f"{target}-{dead_pid}-abc",
    ]
    for name in swept + kept:
        (tmp_path / name).mkdir()
    with files.new_folder(tmp_path / target):
        pass
    assert names(tmp_path) == sorted([target, *kept])


def test_a_file_is_never_replaced_by_a_folder(old):
    with pytest.raises(FolderError), files.new_folder(old / "page.html"):
        pass
    assert names(old) == ["page.html"]
    assert (old / "page.html").read_text(encoding="utf-8") == "old"


def test_a_link_to_a_folder_shows_the_new_one_and_nothing_is_left_over(old):
    link = old.with_name("public")
    link.symlink_to(old)
    with files.new_folder(link) as folder:
        (folder / "index.html").write_text("new", encoding="utf-8")
    assert names(link) == ["index.html"]
    assert names(old.parent) == ["public", "report"]


def test_a_relative_folder_is_meant_from_where_one_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with files.new_folder("report"):
        pass
    assert names(tmp_path) == ["report"]


@pytest.mark.parametrize("name", ["data", "notebooks"])
def test_what_ships_with_the_package_is_found(name):
    assert files.shipped(name).is_dir()
    assert files.existing_folder(str(files.shipped(name))) == files.shipped(name)


def test_what_does_not_ship_is_named():
    with pytest.raises(FolderError, match="'maps'"):
        files.shipped("maps")
