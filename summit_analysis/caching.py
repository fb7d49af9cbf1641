"""Keep what is slow to make, and find it again only while nothing it was made from has changed."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import sys
import time
from importlib import metadata
from pathlib import Path

from summit_analysis import __version__, files
from summit_analysis.errors import FolderError

KEPT_DAYS = 30
"""Entries not read for so long are removed."""
_DIGEST = 32
_TAG = b"Signature: 8a477f597d28d172789f06886806bc55\n# What summit-analysis keeps between two runs; may be deleted.\n"
"""What tells backup programs that a folder holds a cache (Cache Directory Tagging Specification)."""


class Cache:
    """A folder of entries, each under a key; without a folder that the user alone can write to nothing is kept.

    Parameters
    ----------
    folder : pathlib.Path, optional
        Default: ``summit-analysis`` in the user's folder for caches (``XDG_CACHE_HOME``, or what the system uses).
    fresh : bool
        Read nothing, but keep what is made now.

    Attributes
    ----------
    problem : str
        Why nothing is kept; empty if all is well.
    """

    def __init__(self, folder: Path | None = None, *, fresh: bool = False) -> None:
        import platformdirs

        self._folder, self._fresh, self.problem = folder or platformdirs.user_cache_path("summit-analysis"), fresh, ""
        if not self._folder.is_absolute():
            self.problem = "no home folder is known"
            return
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.problem = _distrust(self._folder)
            if not self.problem:
                files.write_bytes(self._folder / "CACHEDIR.TAG", _TAG)
                self._sweep()
        except FolderError as error:
            self.problem = str(error)
        except OSError as error:
            self.problem = f"cannot write {self._folder}: {error.strerror}"

    def get(self, key: str) -> bytes | None:
        """Return the entry, or None if there is none, or a damaged one."""
        if self.problem or self._fresh:
            return None
        path = self._folder / key
        try:
            kept = path.read_bytes()
            path.touch()
        except OSError:
            return None
        content = kept[_DIGEST:]
        return content if hashlib.sha256(content).digest() == kept[:_DIGEST] else None

    def put(self, key: str, content: bytes) -> None:
        """Write an entry, atomically; a folder that cannot be written is a `problem` and no error."""
        if self.problem:
            return
        try:
            files.write_bytes(self._folder / key, hashlib.sha256(content).digest() + content)
        except FolderError as error:
            self.problem = str(error)

    def _sweep(self) -> None:
        oldest = time.time() - KEPT_DAYS * 86_400
        for path in self._folder.iterdir():
            # what another run is just writing may have its own name by now
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < oldest:
                    path.unlink()


def _distrust(folder: Path) -> str:
    """Return why somebody else may have put entries into `folder`, which a report would show; empty if nobody may."""
    if not hasattr(os, "geteuid"):
        return ""
    if {folder.lstat().st_uid, folder.stat().st_uid} != {os.geteuid()}:
        return f"{folder} belongs to another user; set XDG_CACHE_HOME to a folder of your own"
    if folder.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return f"others may write to {folder}; delete it, and a private one is made"
    return ""


def key_of(*parts: str | bytes) -> str:
    """Return a key for things made from these parts.

    >>> key_of("a", "bc") == key_of("ab", "c")
    False
    """
    digest = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        digest.update(len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()


def conditions() -> str:
    """Return a digest of all that an output rests on beside its own text.

    That is the source and version of this package, its data, Python, and every installed package with its version.
    """
    package = Path(__file__).parent
    source = [path for path in package.iterdir() if path.suffix in (".py", ".toml")]
    source += (package / "templates" / "notebook").iterdir()
    installed = sorted({f"{one.name} {one.version}" for one in metadata.distributions()})
    return key_of(__version__, sys.version, *installed, *_texts([*source, *files.shipped("data").iterdir()]))


def _texts(paths: list[Path]) -> list[str | bytes]:
    return [part for path in sorted(paths) if path.is_file() for part in (path.name, path.read_bytes())]
