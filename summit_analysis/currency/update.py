"""Fresh rates, only where asked for: from the ECB's file or through forex-python, and what they change."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import os
import re
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from http import HTTPStatus
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from forex_python.converter import CurrencyRates

from summit_analysis import __version__
from summit_analysis.base import files
from summit_analysis.base.days import is_target_day, one_day
from summit_analysis.base.errors import LedgerError, NetworkError, describe_finding
from summit_analysis.currency.rates import (
    CURRENCY_CODE,
    EURO,
    RATES_FILE,
    Rates,
    convention,
    file_finding,
    sources_path,
)

if TYPE_CHECKING:
    import requests


MOST_BYTES = 32 * 2**20
"""No answer may be longer, packed or unpacked; the ECB's whole history is two million bytes."""
_PIECE = 65_536
_PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}


@dataclass(frozen=True)
class Patience:
    """How long to wait for a server, in seconds, and how often to ask.

    Attributes
    ----------
    connect, read : float
        Longest wait for the connection, and for the next piece of the answer.
    deadline : float
        Longest time for everything together: look-ups, retries, pauses between them.
    attempts : int
        How often one address is asked at most.
    """

    connect: float
    read: float
    deadline: float
    attempts: int

    def start(self) -> float:
        """Return the moment, by `time.monotonic`, at which the deadline passes."""
        return time.monotonic() + self.deadline


def download(url: str, patience: Patience, until: float, params: Mapping[str, str] | None = None) -> bytes:
    """Return the body of a server's answer.

    Silence, broken connections, and the statuses 408, 429 and 5xx are tried again after growing pauses. Redirects are
    not followed: a rate must come from the server that is named as its source.

    Parameters
    ----------
    url : str
    patience : Patience
    until : float
        Moment on the clock of `time.monotonic` after which nothing is waited for.
    params : mapping of str to str, optional
        Query.

    Raises
    ------
    NetworkError
        Whatever went wrong.
    """
    from tenacity import Retrying, retry_if_exception, stop_after_attempt, stop_before_delay, wait_exponential

    left = until - time.monotonic()
    retrying = Retrying(
        retry=retry_if_exception(lambda error: getattr(error, "passing", False)),
        stop=stop_after_attempt(patience.attempts) | stop_before_delay(max(left, 0)),
        wait=wait_exponential(multiplier=0.2, max=10),
        reraise=True,
    )
    return retrying(_attempt, url, patience, until, params)


def _attempt(url: str, patience: Patience, until: float, params: Mapping[str, str] | None) -> bytes:
    import requests

    late = f"no complete answer within the deadline of {patience.deadline:g} s"
    left = until - time.monotonic()
    if left <= 0:
        raise NetworkError(url, late)
    try:
        return _within(left, lambda: _get(url, patience, until, params))
    except NetworkError:
        raise
    except requests.exceptions.ConnectTimeout as error:
        raise NetworkError(url, f"no connection within {patience.connect:g} s", passing=True) from error
    except Exception as error:
        # requests lets errors of urllib3, http.client and codecs through: any of them means "no answer"
        first = _first_cause(error)
        if time.monotonic() >= until:
            raise NetworkError(url, late) from error
        if isinstance(first, TimeoutError):
            raise NetworkError(url, f"silent for {patience.read:g} s", passing=True) from error
        # what is wrong with an address stays wrong
        passing = not isinstance(error, ValueError)
        raise NetworkError(url, f"no usable answer ({type(first).__name__}: {first})", passing=passing) from error


def _get(url: str, patience: Patience, until: float, params: Mapping[str, str] | None) -> bytes:
    import requests

    asked = requests.get(
        url,
        params=params,
        timeout=(patience.connect, patience.read),
        headers={"User-Agent": f"summit-analysis/{__version__}"},
        allow_redirects=False,
        stream=True,
    )
    with asked as answer:
        _refuse_status(answer, url)
        body = bytearray()
        # read1 returns what has come; read would wait for a whole piece and let a slow server hold the clock
        while piece := answer.raw.read1(_PIECE, decode_content=True):
            body += piece
            if time.monotonic() >= until:
                raise TimeoutError
            if len(body) > MOST_BYTES:
                raise NetworkError(url, f"the answer is longer than {MOST_BYTES} bytes")
        return bytes(body)


def _refuse_status(answer: requests.Response, url: str) -> None:
    status = answer.status_code
    if status == HTTPStatus.OK:
        return
    if 300 <= status < 400:
        place = answer.headers.get("Location", "nowhere")[:200]
        raise NetworkError(url, f"redirects to {place!r}, which is not followed; name that address if you trust it")
    raise NetworkError(url, f"HTTP status {status} {answer.reason}", passing=status in _PASSING or status >= 500)


def _within(seconds: float, work: Callable[[], bytes]) -> bytes:
    """Wait for `work` no longer than `seconds`; a look-up of a name or slow headers obey no timeout of a socket."""
    future: Future[bytes] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    # a daemon does not keep Python from ending
    threading.Thread(target=run, daemon=True).start()
    return future.result(timeout=seconds)


def _first_cause(error: BaseException) -> BaseException:
    while error.__context__ is not None:
        error = error.__context__
    return error


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

    >>> from summit_analysis.base.files import shipped
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


class ForexPythonProvider(CurrencyRates):  # type: ignore[misc]  # forex-python has no types
    """The rates of forex-python's service, each answer checked, and none waited for without end.

    Parameters
    ----------
    base_url : str, optional
        Address up to the day, as in ``https://example.org/api/``; default: that of forex-python.
    connect_timeout, read_timeout : float
        Seconds to wait for the connection, and for the next piece of an answer.
    deadline : float
        Seconds for one call: all its days, attempts and pauses.
    attempts : int
        How often one day is asked for at most.

    Notes
    -----
    forex-python 1.9.2 waits without limit and hands on whatever it gets. This class keeps its service, its addresses
    and its methods, and replaces the request and the reading of the answer.

    Making one asks nobody for anything; only `fetch` does:

    >>> ForexPythonProvider("https://rates.example.org/api/").source
    'forex-python/rates.example.org'
    """

    official = False
    """Its rates fill days that are missing and change nothing."""

    def __init__(
        self,
        base_url: str | None = None,
        *,
        connect_timeout: float = 5,
        read_timeout: float = 10,
        deadline: float = 60,
        attempts: int = 3,
    ) -> None:
        super().__init__()
        self._base_url = f"{(base_url or super()._source_url()).rstrip('/')}/"
        self._patience = Patience(connect_timeout, read_timeout, deadline, attempts)

    @property
    def source(self) -> str:
        """Name of the source, ``forex-python/<host>``."""
        return f"forex-python/{urlsplit(self._base_url).hostname}"

    def fetch(self, days: Iterable[str | dt.date]) -> Rates:
        """Ask for the rates of some days, each day of publication once.

        Parameters
        ----------
        days : iterable of str or datetime.date
            A day on which the ECB does not publish stands for the last one before it on which it does.

        Returns
        -------
        Rates
            With each currency that is well formed: three capital letters, whether the ECB publishes it or not.

        Raises
        ------
        NetworkError
            If any of the days fails; there is no half an answer.
        FrameError
            If something is not a day.
        """
        until = self._patience.start()
        wanted = sorted({_published_on(one_day(day).item()) for day in days})
        found = [self._rates_of(EURO, day, until) for day in wanted]
        currencies = (EURO, *sorted({code for rates in found for code in rates} - {EURO}))
        cells = [[1.0 if code == EURO else rates.get(code, np.nan) for code in currencies] for rates in found]
        table = np.array(cells, dtype="float64").reshape(len(wanted), len(currencies))
        return Rates(np.array(wanted, dtype="datetime64[D]"), currencies, table, self.source)

    def get_rates(self, base_cur: str, date_obj: dt.date | None = None) -> dict[str, float]:
        """Return the rates of one day (default: the latest) for one unit of `base_cur`, as forex-python does."""
        return self._rates_of(base_cur, date_obj, self._patience.start())

    def get_rate(self, base_cur: str, dest_cur: str, date_obj: dt.date | None = None) -> float:
        """Return one rate of `get_rates`."""
        if base_cur == dest_cur:
            return 1.0
        rates = self.get_rates(base_cur, date_obj)
        if dest_cur not in rates:
            raise NetworkError(self._url(date_obj), f"the answer has no rate for {dest_cur}")
        return rates[dest_cur]

    def convert(self, base_cur: str, dest_cur: str, amount: float, date_obj: dt.date | None = None) -> float:
        """Return `amount` times `get_rate`."""
        return float(amount) * self.get_rate(base_cur, dest_cur, date_obj)

    def _source_url(self) -> str:
        return self._base_url

    def _url(self, day: dt.date | None) -> str:
        return f"{self._source_url()}{self._get_date_string(day)}"

    def _rates_of(self, base: str, day: dt.date | None, until: float) -> dict[str, float]:
        url = self._url(day)
        body = download(url, self._patience, until, {"base": base, "rtype": "fpy"})
        return _checked(body, url, base=base, day=None if day is None else self._get_date_string(day))


def _published_on(day: dt.date) -> dt.date:
    while not is_target_day(day):
        day -= dt.timedelta(1)
    return day


def _checked(body: bytes, url: str, *, base: str, day: str | None) -> dict[str, float]:
    """Read an answer of forex-python's service: the day and base asked for, and rates that are numbers above zero."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NetworkError(url, f"the answer is not JSON ({error})") from error
    if not isinstance(answer, dict) or not isinstance(answer.get("rates"), dict) or not answer["rates"]:
        raise NetworkError(url, "the answer holds no rates; a JSON object with base, date and rates would be right")
    for key, asked in (("base", base), ("date", day)):
        if asked is not None and answer.get(key) != asked:
            raise NetworkError(url, f"the answer has {key} {_short(answer.get(key))}; {asked!r} was asked for")
    wrong = [f"{_short(code)}: {_short(rate)}" for code, rate in answer["rates"].items() if not _is_rate(code, rate)]
    if wrong:
        raise NetworkError(url, f"the answer holds {wrong[0]}; an ISO 4217 code and a number above zero would be right")
    if answer["rates"].pop(base, 1) != 1:
        raise NetworkError(url, f"the answer has a rate of {base} for itself that is not 1")
    return {code: float(rate) for code, rate in answer["rates"].items()}


def _is_rate(code: str, rate: object) -> bool:
    # True and False are integers to Python; NaN fails every comparison
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not CURRENCY_CODE.fullmatch(code):
        return False
    return 0 < rate <= sys.float_info.max


def _short(value: object) -> str:
    return f"{value!r:.60}"


DAY = dt.timedelta(1)


def with_live(rates: Rates, live: Rates) -> Rates:
    r"""Add days that the stored rates lack; no stored rate changes.

    Parameters
    ----------
    rates : Rates
        Stored ones.
    live : Rates
        Fresh ones, as `ForexPythonProvider.fetch` returns them.

    Returns
    -------
    Rates
        Each day with its own source. Of `live` only currencies are taken that `rates` have on the last day of their
        own source: one the ECB does not publish stays unknown, one that ended stays ended. Working days between, for
        which nobody gave rates, stand there without any, so that no rate is carried over them.

    The Friday stays the ECB's, the Monday is named after who gave it:

    >>> stored = Rates.from_ecb_text("Date,USD\n2025-02-07,1.0377\n", "rates.csv")
    >>> monday = np.array(["2025-02-10"], dtype="datetime64[D]")
    >>> both = with_live(stored, Rates(monday, ("EUR", "USD"), np.array([[1, 1.032]]), "forex-python/example.org"))
    >>> [both.sources[place] for place in both.source_of_day]
    ['ECB rates.csv to 2025-02-07', 'forex-python/example.org']
    """
    stored, fresh = frame_of(rates), frame_of(live)
    known = [code for code, ended in zip(rates.currencies, rates.ended, strict=True) if not ended and code in fresh]
    fresh = with_any(fresh.loc[~fresh.index.isin(with_any(stored).index), known])
    if not len(fresh):
        return rates
    names = tuple(dict.fromkeys([*rates.sources, *live.sources]))
    # what stands there already is a working day without rates
    kept = stored.index.difference(fresh.index)
    filled = fresh.index.union(kept)
    start = max(kept[kept < fresh.index[0]], default=fresh.index[0])
    between = pd.DatetimeIndex(list(working_days(start.date(), filled[-1].date())))
    merged = pd.concat([stored.loc[kept], fresh]).reindex(filled.union(between))
    of_live = origins_of(live).map(lambda code: names.index(live.sources[code]))
    origins = pd.concat([origins_of(rates)[kept], of_live[fresh.index]])
    return rates_of(merged, names, origins.reindex(merged.index, fill_value=names.index(live.source)))


def rates_status(rates: Rates, today: str | dt.date) -> pd.DataFrame:
    """Say how far the rates reach, how old they are, and what is missing in them.

    Parameters
    ----------
    rates : Rates
    today : str or datetime.date
        Day to which the age counts.

    Returns
    -------
    pandas.DataFrame
        One row per fact: ``fact``, ``currency`` (empty: all), ``first_day``, ``last_day``, ``count``. The facts are
        ``days of publication``; ``age in days``; ``working days missing`` (business days of TARGET after the last one
        stored and before `today`); ``currencies`` and ``current currencies`` beside the euro; for each source other
        than the ECB ``from <source>``; ``ended`` with the first and the last rate of a currency; ``hole`` with the
        first and the last day of publication of a run of days that lack it.

    Croatia took the euro; for nine years nobody fixed a rate of the Icelandic crown:

    >>> facts = rates_status(Rates.embedded(), "2026-10-31")
    >>> print(facts[facts["currency"].isin(["HRK", "ISK"])].to_string(index=False))
     fact currency  first_day   last_day  count
    ended      HRK 2005-04-01 2022-12-30   4548
     hole      ISK 2008-12-10 2018-01-31   2341
    """
    found, rule = with_any(frame_of(rates)), convention(rates, "day")
    first, last, now = rates.days[0].item(), rates.days[-1].item(), one_day(today).item()
    missing = list(working_days(last + DAY, now - DAY))
    ended = [code for code in rates.currencies if rule.reason(code, rates.days[-1]) == "ended"]
    others = len(rates.currencies) - 1
    facts = [
        ("days of publication", "", *_span(found.index)),
        ("age in days", "", last, now, (now - last).days),
        ("working days missing", "", *_span(pd.DatetimeIndex(missing))),
        ("currencies", "", first, last, others),
        ("current currencies", "", last, last, others - len(ended)),
    ]
    origins = origins_of(rates)[found.index]
    facts += [(f"from {name}", "", *_span(found.index[origins == at])) for at, name in enumerate(rates.sources) if at]
    facts += [("ended", code, *_span(found.index[found[code].notna()])) for code in ended]
    facts += [("hole", code, *_span(days)) for code in found for days in _holes(found[code])]
    frame = pd.DataFrame(facts, columns=["fact", "currency", "first_day", "last_day", "count"])
    return frame.astype({"first_day": "datetime64[s]", "last_day": "datetime64[s]"})


def frame_of(rates: Rates) -> pd.DataFrame:
    """Return rates by day and currency."""
    return pd.DataFrame(rates.table, pd.DatetimeIndex(rates.days), list(rates.currencies))


def origins_of(rates: Rates) -> pd.Series:
    """Return for each day the position of its source in `Rates.sources`."""
    return pd.Series(rates.source_of_day, pd.DatetimeIndex(rates.days))


def rates_of(frame: pd.DataFrame, names: tuple[str, ...], origins: pd.Series) -> Rates:
    """Put a frame of rates, and the position in `names` of each day's source, back into `Rates`."""
    days, codes = frame.index.to_numpy().astype("datetime64[D]"), origins.to_numpy(dtype=np.int8)
    return Rates(days, tuple(frame), frame.assign(**{EURO: 1.0}).to_numpy(), names[0], names, codes)


def with_any(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the days that have a rate of any currency beside the euro."""
    return frame[frame.drop(columns=EURO, errors="ignore").notna().any(axis=1)]


def _holes(rates: pd.Series) -> Iterator[pd.DatetimeIndex]:
    """Yield the runs of days without a rate between the first and the last one with a rate."""
    missing = rates.loc[rates.first_valid_index() : rates.last_valid_index()].isna().to_numpy()
    edges = np.flatnonzero(np.diff(missing, prepend=False, append=False))
    start = rates.index.searchsorted(rates.first_valid_index())
    for first, after in edges.reshape(-1, 2) + start:
        yield rates.index[first:after]


def _span(days: pd.DatetimeIndex) -> tuple[pd.Timestamp, pd.Timestamp, int]:
    return days.min(), days.max(), len(days)


def working_days(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """Yield the days from `first` to `last` on which the ECB publishes."""
    for past in range((last - first).days + 1):
        if is_target_day(first + past * DAY):
            yield first + past * DAY


class Provider(Protocol):
    """Whoever gives rates: `ForexPythonProvider`, `ECBFileProvider`, or your own.

    Attributes
    ----------
    official : bool
        The rates are the ECB's own: they also replace what is stored.
    """

    official: bool

    def fetch(self, days: Iterable[dt.date]) -> Rates:
        """Return the rates of these days, or of more."""


def update_rates(
    path: str | os.PathLike[str],
    provider: Provider,
    *,
    until: str | dt.date | None = None,
    dry_run: bool = False,
    show: Callable[[pd.DataFrame], object] | None = None,
) -> pd.DataFrame:
    r"""Bring a stored file of rates up to date and say what became different.

    Days from elsewhere than the ECB are named in a list beside the file (`sources_path`). Rates that are loaded
    already stay as they are until Python starts again.

    Parameters
    ----------
    path : str or path
        The file, or its folder.
    provider : Provider
        forex-python adds days of publication that are missing and changes nothing; the ECB's file also corrects.
    until : str or datetime.date, optional
        Last day to ask for; default: the last one whose rates are out, at 17:00 in Frankfurt.
    dry_run : bool
        Write nothing.
    show : callable, optional
        Is given the differences before anything is written.

    Returns
    -------
    pandas.DataFrame
        ``change``, ``date``, ``currency``, ``old`` and ``new`` (units of currency per 1 EUR), ``cells`` (how many rates
        are concerned), ``source``. First each ``changed cell``, then each ``new currency``, each day that is ``now
        from the ECB``, and each ``new day``.

    Raises
    ------
    NetworkError, LedgerError
        The stored file stays as it was.

    The ECB's file corrects a stored cell and adds a day; forex-python would only add:

    >>> from tempfile import TemporaryDirectory
    >>> from summit_analysis import ECBFileProvider
    >>> with TemporaryDirectory() as folder:
    ...     stored, fresh = (Path(folder) / name for name in ("stored.csv", "fresh.csv"))
    ...     _ = stored.write_text("Date,USD\n2025-02-07,1.0777\n")
    ...     _ = fresh.write_text("Date,USD\n2025-02-10,1.032\n2025-02-07,1.0377\n")
    ...     found = update_rates(stored, ECBFileProvider(fresh))
    >>> print(found[["change", "date", "currency", "old", "new"]].to_string(index=False))
          change       date currency    old    new
    changed cell 2025-02-07      USD 1.0777 1.0377
         new day 2025-02-10             NaN    NaN
    """
    path = Path(path)
    path = path / RATES_FILE if path.is_dir() else path
    stored = Rates.from_ecb_csv(path)
    last = one_day(until).item() if until is not None else _last_out(dt.datetime.now(dt.UTC))
    after = stored.days[-1].item() + DAY
    wanted = list(working_days(after, last))
    fresh = provider.fetch(wanted)
    merged = _corrected(stored, fresh) if provider.official else with_live(stored, fresh)
    # the ECB's file ends where it ends; other sources give what they are asked for
    _refuse_gaps(working_days(after, merged.days[-1].item()) if provider.official else wanted, merged, fresh.source)
    found = _differences(stored, merged)
    if show is not None:
        show(found)
    if len(found) and not dry_run:
        # a day of another source is named before it is there, and no longer once it is the ECB's
        steps = [_write_sources, _write_rates]
        for step in reversed(steps) if provider.official else steps:
            step(path, merged)
    return found


def ecb_text(rates: Rates) -> str:
    """Write rates the way the ECB does: newest day first, ``N/A``, a comma at each end of line."""
    lines = [f"Date,{','.join(rates.currencies[1:])},\n"]
    for day, row in zip(rates.days[::-1], rates.table[::-1, 1:].tolist(), strict=True):
        # the shortest text of a float is the text that was read
        cells = ("N/A" if isnan(rate) else repr(rate).removesuffix(".0") for rate in row)
        lines.append(f"{day},{','.join(cells)},\n")
    return "".join(lines)


def _write_rates(path: Path, rates: Rates) -> None:
    content = ecb_text(rates).encode("ascii")
    files.write_bytes(path, gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)


def _write_sources(path: Path, rates: Rates) -> None:
    origins = origins_of(rates)
    lines = [f"{day.date()},{rates.sources[code]}\n" for day, code in origins[origins > 0][::-1].items()]
    if lines:
        files.write_text(sources_path(path), "".join(["Date,Source\n", *lines]))
    else:
        sources_path(path).unlink(missing_ok=True)


def _corrected(stored: Rates, fresh: Rates) -> Rates:
    """Put the ECB's cells in the place of stored ones; days and currencies that it does not name stay."""
    before, after = frame_of(stored), frame_of(fresh)
    columns = [*before.columns, *(code for code in after if code not in before)]
    merged = before.reindex(index=before.index.union(after.index), columns=columns)
    merged.loc[after.index, after.columns] = after
    origins = origins_of(stored).drop(after.index, errors="ignore").reindex(merged.index, fill_value=0)
    return rates_of(merged, (fresh.source, *stored.sources[1:]), origins)


def _refuse_gaps(days: Iterable[dt.date], merged: Rates, name: str) -> None:
    there = {*with_any(frame_of(merged)).index.date}
    gaps = [day for day in days if day not in there]
    if gaps:
        problem = f"no stored currency on {len(gaps)} working day(s) after the stored ones, the first {gaps[0]}"
        raise LedgerError(file_finding(name, problem=problem))


def _differences(old: Rates, new: Rates) -> pd.DataFrame:
    before, after = frame_of(old), frame_of(new)
    names = origins_of(new).map(dict(enumerate(new.sources)))
    same_place = after.reindex(index=before.index, columns=before.columns)
    rows, columns = np.nonzero((before != same_place) & (before.notna() | same_place.notna()))
    found = [
        ("changed cell", before.index[row], before.columns[at], before.iloc[row, at], same_place.iloc[row, at], 1)
        for row, at in zip(rows, columns, strict=True)
    ]
    added = [code for code in after if code not in before]
    found += [
        ("new currency", after[code].first_valid_index(), code, None, None, after[code].count()) for code in added
    ]
    taken_over = before.index[(origins_of(old) > 0) & (origins_of(new)[before.index] == 0)]
    new_days = after.index.difference(before.index)
    for change, days in (("now from the ECB", taken_over), ("new day", new_days)):
        found += [(change, day, "", None, None, after.loc[day].drop(EURO).count()) for day in days]
    frame = pd.DataFrame(found, columns=["change", "date", "currency", "old", "new", "cells"])
    frame = frame.astype({"date": "datetime64[s]", "old": float, "new": float, "cells": int})
    return frame.assign(source=frame["date"].map(names))


def _last_out(now: dt.datetime) -> dt.date:
    # published about 16:00 in Frankfurt
    return (now.astimezone(ZoneInfo("Europe/Berlin")) - dt.timedelta(hours=17)).date()
