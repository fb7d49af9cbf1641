"""Find the data and the notebooks, in a clone or in an installed wheel; write files and folders atomically."""

from __future__ import annotations

import contextlib
import ctypes
import gzip
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from summit_analysis.errors import FolderError

_PACKAGE = Path(__file__).resolve().parent
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


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
    FolderError
        If the folder is in neither place.
    """
    for folder in (_PACKAGE / "_shipped" / name, _PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise FolderError(f"folder {name!r} not found beside or inside {_PACKAGE}: install the package again")


def existing_folder(folder: str | os.PathLike[str]) -> Path:
    """Return `folder` as a path if it is a folder, else raise `FolderError`."""
    path = Path(folder)
    if not path.is_dir():
        raise FolderError(f"{path} is not a folder: give the folder that holds the tables")
    return path


def read_text(path: str | os.PathLike[str]) -> str:
    """Read a UTF-8 text, plain or gzipped; a byte order mark is passed over and line ends are kept."""
    content = Path(path).read_bytes()
    return (gzip.decompress(content) if Path(path).suffix == ".gz" else content).decode("utf-8-sig")


def write_bytes(path: str | os.PathLike[str], content: bytes) -> Path:
    """Write `content` under a temporary name and rename it, so that `path` is always the old file or the new one.

    Raises
    ------
    FolderError
        If the folder cannot be written.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    except OSError as error:
        raise FolderError(f"cannot write {path}: {error.strerror}") from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException as error:
        Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise FolderError(f"cannot write {path}: {error.strerror}") from error
        raise
    return path


def write_text(path: str | os.PathLike[str], text: str) -> Path:
    """Write `text` as UTF-8 the way `write_bytes` does."""
    return write_bytes(path, text.encode("utf-8"))


@contextlib.contextmanager
def new_folder(target: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield an empty folder that takes the place of `target` when the block ends well.

    Whatever ends the block early leaves `target` as it was. On Linux the two folders change places in one system
    call; elsewhere there is a moment between two renames. What killed runs left behind is removed at the start.

    Raises
    ------
    FolderError
        If the folder cannot be made.
    """
    # behind a link the folder itself changes places, not the link
    target = Path(target).resolve()
    if target.exists() and not target.is_dir():
        raise FolderError(f"cannot write {target}: it is a file; give the name of a folder")
    _sweep(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}-{os.getpid()}-"))
    except OSError as error:
        raise FolderError(f"cannot write {target}: {error.strerror}") from error
    try:
        yield fresh
        fresh.chmod(0o755)
        _swap(fresh, target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _swap(fresh: Path, target: Path) -> None:
    if not target.exists():
        # refused where another run has put a folder in the meantime
        with contextlib.suppress(OSError):
            fresh.replace(target)
            return
    if not _exchange(fresh, target):
        old = fresh.with_name(f"{fresh.name}-old")
        target.replace(old)
        fresh.replace(target)
        shutil.rmtree(old, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Let two folders change places in one step; False where the system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    failed: int = rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE)
    return failed == 0


def _sweep(target: Path) -> None:
    import psutil

    ours = re.compile(rf"\.{re.escape(target.name)}-(\d+)-")
    for left in target.parent.iterdir() if target.parent.is_dir() else ():
        found = ours.match(left.name)
        if found and not psutil.pid_exists(int(found[1])):
            shutil.rmtree(left, ignore_errors=True)
