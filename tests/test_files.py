"""Files and folders are written whole or not at all, and nothing is left lying about."""

import errno
import gzip
import os
import time
from pathlib import Path

import pytest

from summit_analysis.base import files
from summit_analysis.base.errors import FileError

MARK = ".mark"


@pytest.fixture
def old(tmp_path):
    """A folder ``report`` that holds one old page, and the mark of the run that wrote it."""
    folder = tmp_path / "report"
    folder.mkdir()
    (folder / "page.html").write_text("old", encoding="utf-8")
    (folder / MARK).write_text("page.html\n", encoding="utf-8")
    return folder


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_with_its_folders(tmp_path):
    path = files.write_text(tmp_path / "a" / "b.txt", "« 109 milliards »")
    assert path.read_bytes() == "« 109 milliards »".encode()
    assert names(path.parent) == ["b.txt"]
    assert path.stat().st_mode & 0o444 == 0o444


@pytest.mark.parametrize(
    ("failing", "error"), [("replace", FileError), ("fdopen", FileError)], ids=["at the rename", "at the writing"]
)
def test_a_write_that_fails_keeps_the_old_file(old, monkeypatch, failing, error):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(f"summit_analysis.base.files.os.{failing}", full)
    with pytest.raises(error, match=r"page\.html: No space left"):
        files.write_text(old / "page.html", "new")
    assert names(old) == [MARK, "page.html"]
    assert (old / "page.html").read_text(encoding="utf-8") == "old"


def test_content_that_is_none_keeps_the_old_file(old):
    with pytest.raises(TypeError):
        files.write_bytes(old / "page.html", "text, not bytes")
    assert names(old) == [MARK, "page.html"]
    assert (old / "page.html").read_text(encoding="utf-8") == "old"


def test_a_folder_in_the_way_of_a_file_is_refused(old):
    with pytest.raises(FileError, match="cannot write"):
        files.write_text(old, "text")
    assert names(old.parent) == ["report"]


@pytest.mark.parametrize(
    "write", [files.write_text, lambda path, _: files.new_folder(path).__enter__()], ids=["file", "folder"]
)
def test_a_file_where_a_folder_should_be_is_refused(old, write):
    with pytest.raises(FileError, match="cannot write"):
        write(old / "page.html" / "below", "text")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
@pytest.mark.parametrize(
    "write", [files.write_text, lambda path, _: files.new_folder(path).__enter__()], ids=["file", "folder"]
)
def test_a_folder_without_permission_is_refused(old, write):
    old.chmod(0o555)
    with pytest.raises(FileError, match="cannot write"):
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
        monkeypatch.setattr("summit_analysis.base.files._exchange", lambda one, other: False)
    with files.new_folder(old, mark=MARK) as folder:
        (folder / "index.html").write_text("new", encoding="utf-8")
        assert names(old) == [MARK, "page.html"]
    assert names(old) == [MARK, "index.html"]
    assert names(old.parent) == ["report"]


def test_of_two_runs_that_end_at_once_the_last_one_stays_whole(old, monkeypatch):
    # what a run sees that looked just before another one was done
    monkeypatch.setattr(Path, "exists", lambda path: path.name != "report")
    with files.new_folder(old, mark=MARK) as folder:
        (folder / "index.html").write_text("new", encoding="utf-8")
    assert names(old) == [MARK, "index.html"]
    assert names(old.parent) == ["report"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_whatever_ends_the_block_leaves_the_old_folder(old, error):
    with pytest.raises(error), files.new_folder(old, mark=MARK) as folder:
        (folder / "index.html").write_text("half", encoding="utf-8")
        raise error
    assert names(old.parent) == ["report"]
    assert names(old) == [MARK, "page.html"]


@pytest.mark.parametrize("target", ["report", "report [1]"])
def test_what_runs_left_behind_long_ago_is_swept_and_all_else_is_left(tmp_path, target):
    swept = [f".{target}-unfinished-abc", f".{target}-unfinished-abc-old"]
    kept = [f".{target}-my-notes", f".{target}s-unfinished-abc", f"{target}-unfinished-abc", f".{target}-4-notes"]
    for name in swept + kept:
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (long_ago := time.time() - 2 * 86_400, long_ago))
    with files.new_folder(tmp_path / target):
        pass
    assert names(tmp_path) == sorted([target, *kept])


def test_what_another_machine_is_writing_to_the_same_place_is_left(tmp_path):
    # no process of this machine has that number
    theirs = [".report-99999999-abcdefgh", ".report-unfinished-abcdefgh"]
    for name in theirs:
        (tmp_path / name).mkdir()
    with files.new_folder(tmp_path / "report"):
        pass
    assert names(tmp_path) == [*theirs, "report"]


@pytest.mark.parametrize("mark", [None, MARK])
def test_a_folder_that_holds_own_work_is_refused_before_any_work_and_stays(tmp_path, mark):
    mine = tmp_path / "mine" / "chapters" / "one.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("own work")
    with pytest.raises(FileError, match=r"mine: it exists already and holds chapters/one\.txt, .* new folder"):
        files.new_folder(tmp_path / "mine", mark=mark).__enter__()
    assert mine.read_text() == "own work"
    assert names(tmp_path) == ["mine"]


@pytest.mark.parametrize("own", ["CNAME", ".git/config", "figures/own.txt"])
def test_own_files_inside_an_earlier_report_are_not_deleted_with_it(old, own):
    with files.new_folder(old, mark=MARK) as folder:
        (folder / "figures").mkdir()
        (folder / "figures" / "one.svg").write_text("<svg/>")
    (old / own).parent.mkdir(exist_ok=True)
    (old / own).write_text("own work")
    with pytest.raises(FileError, match=own):
        files.new_folder(old, mark=MARK).__enter__()
    assert (old / own).read_text() == "own work"


def test_what_is_saved_into_the_folder_while_a_run_works_is_not_deleted(old):
    with pytest.raises(FileError, match=r"notes\.md"), files.new_folder(old, mark=MARK):
        (old / "notes.md").write_text("own work")
    assert names(old) == [MARK, "notes.md", "page.html"]
    assert names(old.parent) == ["report"]


def test_what_a_file_manager_puts_into_a_report_does_not_stop_the_next_one(old):
    (old / ".DS_Store").write_bytes(b"")
    with files.new_folder(old, mark=MARK):
        pass
    assert names(old) == [MARK]


def test_a_report_without_a_mark_is_known_by_its_files(tmp_path):
    earlier = [{"index.html", "figures"}, {"index.html", "pictures"}]
    for name in ("index.html", "pictures/one.png"):
        files.write_text(tmp_path / "report" / name, "old")
    with files.new_folder(tmp_path / "report", mark=MARK, earlier=earlier):
        pass
    assert names(tmp_path / "report") == [MARK]
    files.write_text(tmp_path / "mine" / "index.html", "own work")
    with pytest.raises(FileError, match=r"index\.html"):
        files.new_folder(tmp_path / "mine", mark=MARK, earlier=earlier).__enter__()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permissions of this kind")
def test_what_was_private_stays_private(old):
    old.chmod(0o700)
    (old / "page.html").chmod(0o600)
    files.write_text(old / "page.html", "new")
    assert (old / "page.html").stat().st_mode & 0o777 == 0o600
    with files.new_folder(old, mark=MARK):
        pass
    assert old.stat().st_mode & 0o777 == 0o700


def test_a_second_rename_that_is_refused_puts_the_old_folder_back(old, monkeypatch):
    usual = Path.replace

    def replace(path, target):
        if path.name.startswith(".report") and not path.name.endswith("-old") and Path(target) == old:
            raise PermissionError(errno.EACCES, "Permission denied")
        return usual(path, target)

    monkeypatch.setattr("summit_analysis.base.files._exchange", lambda one, other: False)
    monkeypatch.setattr(Path, "replace", replace)
    with (
        pytest.raises(FileError, match=r"cannot write .*report: Permission denied"),
        files.new_folder(old, mark=MARK),
    ):
        pass
    assert (old / "page.html").read_text(encoding="utf-8") == "old"
    assert names(old.parent) == ["report"]


def test_of_several_files_none_takes_its_place_unless_all_are_written(old):
    with pytest.raises(FileError, match="below"):
        files.write_all({old / "page.html": b"new", old / "page.html" / "below": b"new"})
    assert names(old) == [MARK, "page.html"]
    assert (old / "page.html").read_text(encoding="utf-8") == "old"


@pytest.mark.parametrize("name", ["/etc/x.png", "../x.png", "a/x.png", "..", "", "a\\x.png", "C:\\x.png", "x/"])
def test_a_kept_name_that_leads_elsewhere_is_refused(name):
    with pytest.raises(FileError, match="plain name"):
        files.plain_name(name)
    assert files.plain_name("00-été à Paris.png") == "00-été à Paris.png"


def test_a_file_is_never_replaced_by_a_folder(old):
    with pytest.raises(FileError), files.new_folder(old / "page.html"):
        pass
    assert names(old) == [MARK, "page.html"]
    assert (old / "page.html").read_text(encoding="utf-8") == "old"


def test_a_link_to_a_folder_shows_the_new_one_and_nothing_is_left_over(old):
    link = old.with_name("public")
    link.symlink_to(old)
    with files.new_folder(link, mark=MARK) as folder:
        (folder / "index.html").write_text("new", encoding="utf-8")
    assert names(link) == [MARK, "index.html"]
    assert names(old.parent) == ["public", "report"]


def test_a_relative_folder_is_meant_from_where_one_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with files.new_folder("report"):
        pass
    assert names(tmp_path) == ["report"]


@pytest.mark.parametrize("name", ["data", "notebooks"])
def test_what_ships_with_the_package_is_found(name):
    assert files.shipped(name).is_dir()


def test_what_does_not_ship_is_named():
    with pytest.raises(FileError, match="'maps'"):
        files.shipped("maps")
