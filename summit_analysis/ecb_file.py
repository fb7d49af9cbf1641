"""The ECB's own file of rates: from its address, from another, or from this machine."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import os
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from summit_analysis.downloads import MOST_BYTES, Patience, download
from summit_analysis.errors import LedgerError, NetworkError, describe_finding
from summit_analysis.rates import Rates, file_finding

ECB_FILE = "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-hist.zip"
"""The whole history as the ECB publishes it."""


class ECBFileProvider:
    """The ECB's history file, from the ECB, another address, or a local file.

    Parameters
    ----------
    source : str or path
        Address (``http://`` or ``https://``) or path of ``eurofxref-hist``, as CSV, gzipped, or in its zip.
    connect_timeout, read_timeout, deadline, attempts
        As for `ForexPythonProvider`.

    A file on this machine serves as well as the address:

    >>> from summit_analysis.files import shipped
    >>> rates = ECBFileProvider(shipped("data") / "eurofxref-hist.csv.gz").fetch()
    >>> print(rates.days[0], len(rates.currencies))
    1999-01-04 42
    """

    official = True
    """Its cells replace those that are stored."""

    def __init__(
        self,
        source: str | os.PathLike[str] = ECB_FILE,
        *,
        connect_timeout: float = 5,
        read_timeout: float = 20,
        deadline: float = 120,
        attempts: int = 3,
    ) -> None:
        self._place = os.fspath(source)
        self._patience = Patience(connect_timeout, read_timeout, deadline, attempts)

    def fetch(self, days: Iterable[str | dt.date] = ()) -> Rates:
        """Return the whole file, whatever `days` are asked for.

        Raises
        ------
        NetworkError
            If the address gives nothing, or something that is not the ECB's file.
        LedgerError
            If a local file is not the ECB's.
        """
        if not is_address(self._place):
            path = Path(self._place)
            try:
                return _read_file(path.read_bytes(), path.name)
            except OSError as error:
                raise LedgerError(file_finding(path.name, problem=f"not readable ({error.strerror})")) from error
        content = download(self._place, self._patience, self._patience.start())
        try:
            return _read_file(content, Path(urlsplit(self._place).path).name)
        except LedgerError as error:
            finding = describe_finding(error.findings.iloc[0])
            raise NetworkError(self._place, f"not the ECB's file ({finding})") from error


def is_address(place: str) -> bool:
    """Tell an address on the web from a path."""
    return re.match("https?://", place) is not None


def _read_file(content: bytes, name: str) -> Rates:
    try:
        return Rates.from_ecb_text(_unpacked(content).decode("utf-8-sig"), name)
    except LedgerError:
        raise
    except Exception as error:
        # a broken archive raises errors of zipfile, zlib, lzma, codecs, and more
        raise LedgerError(file_finding(name, problem=f"not CSV, its gzip, or its zip ({error})")) from error


def _unpacked(content: bytes) -> bytes:
    """Unpack a zip of one file or a gzip; what it is shows in its first bytes, not in its name."""
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            inside = archive.namelist()
            if len(inside) != 1:
                raise ValueError(f"{len(inside)} files in the zip instead of one")
            with archive.open(inside[0]) as file:
                content = file.read(MOST_BYTES + 1)
    elif content.startswith(b"\x1f\x8b"):
        with gzip.open(io.BytesIO(content)) as file:
            content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise ValueError(f"longer than {MOST_BYTES} bytes")
    return content
