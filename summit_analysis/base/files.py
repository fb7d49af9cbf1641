"""Find the data and the notebooks that ship; write files, folders and CSV so that nothing is half written."""

import contextlib
import ctypes
import gzip
import io
import os
import shutil
import stat
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PureWindowsPath
from typing import IO, cast

import pandas as pd
from filelock import FileLock

from summit_analysis.base.errors import FileError

_PACKAGE = Path(__file__).resolve().parents[1]
TEMPLATES = _PACKAGE / "templates"
FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet takes for a formula (OWASP, CSV injection)."""
BYTE_ORDER_MARK = "\ufeff"

MOST_BYTES = 32 * 2**20
"""No text is longer, packed or unpacked; the ECB's history of 27 years has two million bytes."""
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2
"""Of renameat2 on Linux: paths as they are given, and both change places."""
_OF_THE_SYSTEM = {".DS_Store", "Thumbs.db", "desktop.ini", ".summit-analysis.lock"}
"""What file managers put into each folder they show."""


def shipped(name: str) -> Path:
    """Return the folder `name` ("data" or "notebooks") that belongs to this installation.

    Parameters
    ----------
    name : str
        Folder name; a wheel carries it inside the package, a clone beside it.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    FileError
        If the folder is in neither place.
    """
    for folder in (_PACKAGE / "_shipped" / name, _PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise FileError(f"folder {name!r} not found beside or inside {_PACKAGE}: install the package again")


def read_text(path: str | os.PathLike[str]) -> str:
    """Read a UTF-8 text, plain or gzipped; a byte order mark is passed over and line ends are kept."""
    content = Path(path).read_bytes()
    return unpacked(content) if Path(path).suffix == ".gz" else content.decode("utf-8-sig")


def rendered(template: str, **values: object) -> str:
    """Fill in one of `TEMPLATES` by itself; what is HTML has the marks of its values escaped."""
    from jinja2 import Template

    layout = Template(
        read_text(TEMPLATES / template),
        trim_blocks=True,
        keep_trailing_newline=True,
        autoescape=template.endswith(".html.j2"),
    )
    return str(layout.render(**values))


def unpacked(content: bytes) -> str:
    """Return the UTF-8 text in a gzip, in a zip of one file, or as it is: the first bytes tell which."""
    file: IO[bytes] = io.BytesIO(content)
    if content.startswith(b"PK\x03\x04"):
        archive = zipfile.ZipFile(file)
        if len(archive.namelist()) != 1:
            raise ValueError(f"{len(archive.namelist())} files in the zip instead of one")
        file = archive.open(archive.namelist()[0])
    elif content.startswith(b"\x1f\x8b"):
        file = cast("IO[bytes]", gzip.GzipFile(fileobj=file))
    content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise ValueError(f"unpacks to more than {MOST_BYTES >> 20} MB")
    return content.decode("utf-8-sig")


def plain_name(name: str) -> str:
    """Return a name that an earlier run kept if it is that of a file; raise `FileError` if it leads elsewhere.

    >>> plain_name("../elsewhere.png")
    Traceback (most recent call last):
        ...
    summit_analysis.base.errors.FileError: '../elsewhere.png' is not the plain name of a file; run again with --fresh
    """
    if name in ("", "..") or not name == Path(name).name == PureWindowsPath(name).name:
        raise FileError(f"{name!r} is not the plain name of a file; run again with --fresh")
    return name


def write_bytes(path: str | os.PathLike[str], content: bytes) -> Path:
    """Write one file the way `write_all` does."""
    write_all({Path(path): content})
    return Path(path)


def write_text(path: str | os.PathLike[str], text: str) -> Path:
    """Write `text` as UTF-8 the way `write_all` does."""
    return write_bytes(path, text.encode("utf-8"))


def write_all(contents: Mapping[Path, bytes]) -> None:
    """Write each file under a temporary name and rename it, so that each path is always the old file or the new one.

    None takes its place before all are written. What killed runs left beside one of them a day ago or earlier is
    removed.

    Raises
    ------
    FileError
        If one of them cannot be written.
    """
    temporary: dict[Path, Path] = {}
    try:
        for path, content in ((Path(os.path.realpath(path)), content) for path, content in contents.items()):
            with _named(path):
                if path.exists() and not path.is_file():
                    raise FileError(f"cannot write {path}: it exists already and is no file; give another name")
                path.parent.mkdir(parents=True, exist_ok=True)
                handle, name = tempfile.mkstemp(dir=path.parent, prefix=sweep(path))
                temporary[path] = Path(name)
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                temporary[path].chmod(_mode(path, 0o644))
        for path, written in temporary.items():
            with _named(path):
                written.replace(path)
    finally:
        for written in temporary.values():
            written.unlink(missing_ok=True)


def lock(folder: Path) -> contextlib.AbstractContextManager[object]:
    """Let other processes that add to a folder wait; however a process ends, its lock ends with it."""
    with _named(folder):
        return FileLock(folder / ".summit-analysis.lock", mode=0o666).acquire()


@contextlib.contextmanager
def new_folder(target: str | os.PathLike[str], *, mark: str | None = None) -> Iterator[Path]:
    """Yield an empty folder that takes the place of `target` when the block ends well.

    Only what an earlier run of the same kind has written is replaced. Whatever ends the block early leaves `target` as
    it was. On Linux the two folders change places in one system call; elsewhere there is a moment between two renames.
    What killed runs left behind a day ago or earlier is removed at the start.

    Parameters
    ----------
    target : path
    mark : str, optional
        Name of the file that lists what a run has written; without it `target` must be empty, or not exist.

    Raises
    ------
    FileError
        If the folder cannot be made, or if something would be lost, now or once the block has ended.
    """
    # behind a link the folder itself changes places, not the link
    target = Path(target).resolve()
    with _named(target):
        _refuse_loss(target, mark)
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=target.parent, prefix=sweep(target)))
    try:
        yield fresh
        if mark:
            write_text(fresh / mark, "".join(f"{name}\n" for name in _files_in(fresh)))
        with _named(target):
            # something may have been saved there in the meantime
            _refuse_loss(target, mark)
            fresh.chmod(_mode(target, 0o755))
            _swap(fresh, target)
    except shutil.Error as error:
        # of all that could not be copied, the first
        raise FileError(f"cannot write {target}: {error.args[0][0][-1]}") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def sweep(target: Path) -> str:
    """Remove what killed runs left beside `target` a day ago or earlier; return how what is unfinished is named."""
    prefix = f".{target.name}-unfinished-"
    for left in (path for path in target.parent.iterdir() if path.name.startswith(prefix)):
        # by age, not by process: another machine or container may write to the same place; and what another run is
        # just finishing may have its own name by now
        with contextlib.suppress(OSError):
            if left.lstat().st_mtime < time.time() - 86_400:
                shutil.rmtree(left) if left.is_dir() else left.unlink()
    return prefix


@contextlib.contextmanager
def _named(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FileError(f"cannot write {path}: {error.strerror}") from error


def _mode(path: Path, otherwise: int) -> int:
    """Return the permissions of what is replaced."""
    return stat.S_IMODE(path.stat().st_mode) if path.exists() else otherwise


def _refuse_loss(target: Path, mark: str | None) -> None:
    if target.exists() and not target.is_dir():
        raise FileError(f"cannot write {target}: it exists already and is a file; give the name of a folder")
    known = {mark}
    if mark and (target / mark).is_file():
        known.update((target / mark).read_text(encoding="utf-8", errors="replace").splitlines())
    for name in _files_in(target):
        if name not in known and Path(name).name not in _OF_THE_SYSTEM:
            raise FileError(
                f"cannot write {target}: it exists already and holds {name}, which would be lost; "
                "give the name of a new folder, or move that away first"
            )


def _files_in(folder: Path) -> list[str]:
    """Return the paths of all files in a folder, and of links."""
    # unlike `rglob` this bears that another run has just put a new folder there
    every = (Path(parent, name) for parent, folders, names in os.walk(folder) for name in (*folders, *names))
    return sorted(path.relative_to(folder).as_posix() for path in every if path.is_symlink() or not path.is_dir())


def _swap(fresh: Path, target: Path) -> None:
    # refused where a folder is, also one that another run has put there in the meantime
    with contextlib.suppress(OSError):
        fresh.replace(target)
        return
    if sys.platform == "linux" and hasattr(system := ctypes.CDLL(None), "renameat2"):
        names = os.fsencode(fresh), os.fsencode(target)
        if system.renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0:
            return
    old = target.replace(fresh.with_name(f"{fresh.name}-old"))
    try:
        fresh.replace(target)
    except BaseException:
        old.replace(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def csv_text(frame: pd.DataFrame) -> str:
    r"""Write a frame as CSV for spreadsheets: no text begins a formula, an apostrophe stands before it.

    Parameters
    ----------
    frame : pandas.DataFrame
        Numbers stay as they are, negative ones too.

    Returns
    -------
    str
        Without the index; commas, line ends are single line feeds. Begins with a byte order mark: Excel takes the
        letters of a file without one for those of its own code page.

    >>> csv_text(pd.DataFrame({"note": ["=1+1", "plain"], "moved": [-2.5, 1.0]}))
    "\ufeffnote,moved\n'=1+1,-2.5\nplain,1.0\n"
    """
    safe = frame.apply(lambda cells: cells if pd.api.types.is_numeric_dtype(cells) else cells.map(_disarmed))
    return BYTE_ORDER_MARK + str(safe.rename(columns=_disarmed).to_csv(index=False, lineterminator="\n"))


def _disarmed(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_MARKS) else cell
