"""Fresh rates, only where asked for: the ECB's file changes what is stored, forex-python answers in memory."""

import datetime as dt
import gzip
import json
import os
import sys
import time
from collections.abc import Iterable, Mapping
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
import requests
from forex_python.converter import CurrencyRates
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from summit_analysis import __version__
from summit_analysis.base import files
from summit_analysis.base.days import is_target_day, one_day
from summit_analysis.base.errors import LedgerError, NetworkError
from summit_analysis.base.text import is_web
from summit_analysis.currency.rates import CURRENCY_CODE, EURO, RATES_FILE, Rates, file_finding

ECB_FILE = "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-hist.zip"
"""The whole history as the ECB publishes it."""
DAY = dt.timedelta(1)


class Patience(NamedTuple):
    """How long to wait for a server, in seconds, and how often to ask."""

    connect: float = 5
    """Longest wait for the connection."""
    read: float = 20
    """Longest wait for the next piece of an answer."""
    deadline: float = 60
    """Longest time for everything together: all requests of a call, look-ups, retries, pauses between them."""
    attempts: int = 3
    """How often one address is asked at most."""


PATIENCE = Patience()


def update_rates(
    path: str | os.PathLike[str],
    source: str | os.PathLike[str] = ECB_FILE,
    *,
    dry_run: bool = False,
    patience: Patience = PATIENCE,
) -> pd.DataFrame:
    r"""Bring a stored file of rates up to date with the ECB's and say what became different.

    Days and currencies that the ECB's file does not name stay. Rates that are loaded already stay as they are until
    Python starts again.

    Parameters
    ----------
    path : str or path
        The stored file, or its folder.
    source : str or path
        Address (``http://`` or ``https://``) or path of ``eurofxref-hist``, as CSV, gzipped, or in its zip; default:
        the ECB's address.
    dry_run : bool
        Write nothing.
    patience : Patience

    Returns
    -------
    pandas.DataFrame
        ``change``, ``date``, ``currency``, ``old`` and ``new`` (units of currency per 1 EUR), ``cells`` (how many rates
        are concerned). First each ``changed cell``, then each ``new currency``, and each ``new day``.

    Raises
    ------
    NetworkError, LedgerError
        The stored file stays as it was.

    The ECB's file corrects a stored cell and adds a day:

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     stored, fresh = (Path(folder) / name for name in ("stored.csv", "fresh.csv"))
    ...     _ = stored.write_text("Date,USD\n2025-02-07,1.0777\n")
    ...     _ = fresh.write_text("Date,USD\n2025-02-10,1.032\n2025-02-07,1.0377\n")
    ...     found = update_rates(stored, fresh)
    >>> print(found[["change", "date", "currency", "old", "new"]].to_string(index=False))
          change       date currency    old    new
    changed cell 2025-02-07      USD 1.0777 1.0377
         new day 2025-02-10             NaN    NaN
    """
    path = Path(path, RATES_FILE) if Path(path).is_dir() else Path(path)
    before, after = _frame(Rates.from_ecb_csv(path)), _frame(fetch_ecb(source, patience))
    columns = [*before, *(code for code in after if code not in before)]
    merged = before.reindex(index=before.index.union(after.index), columns=columns)
    merged.loc[after.index, after.columns] = after
    with_rates = merged.dropna(how="all").index
    working = working_days(before.index[-1].date() + DAY, merged.index[-1].date())
    gaps = [day for day in working if pd.Timestamp(day) not in with_rates]
    if gaps:
        problem = f"no rates on {len(gaps)} working day(s) after the stored ones, the first {gaps[0]}"
        raise LedgerError(file_finding(os.fspath(source), problem))
    found = _differences(before, merged)
    if len(found) and not dry_run:
        # as the ECB writes it: newest day first, a comma at each end of line, 1.1 and 15633 without further zeros
        text = merged[::-1].to_csv(index_label="Date", na_rep="N/A", float_format="%.15g", lineterminator="\n")
        content = text.replace("\n", ",\n").encode("ascii")
        files.write_bytes(path, gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)
    return found


def _frame(rates: Rates) -> pd.DataFrame:
    """Return rates by day and currency, without the euro."""
    return pd.DataFrame(rates.table[:, 1:], pd.DatetimeIndex(rates.days), list(rates.currencies[1:]))


def _differences(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    there, counts = after.reindex_like(before), after.count(axis="columns")
    found = [
        ("changed cell", before.index[row], before.columns[at], before.iloc[row, at], there.iloc[row, at], 1)
        for row, at in np.argwhere((before != there) & (before.notna() | there.notna()))
    ]
    found += [
        ("new currency", after[code].first_valid_index(), code, None, None, after[code].count())
        for code in after.columns.difference(before.columns, sort=False)
    ]
    found += [("new day", day, "", None, None, counts[day]) for day in after.index.difference(before.index)]
    return pd.DataFrame(found, columns=["change", "date", "currency", "old", "new", "cells"]).astype(
        {"date": "datetime64[s]", "old": float, "new": float, "cells": int}
    )


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
        stored and before `today`); ``currencies`` and ``current currencies`` beside the euro; ``ended`` with the first
        and the last rate of a currency; ``hole`` with the first and the last day of publication of a run of days that
        lack it.

    Croatia took the euro; for nine years nobody fixed a rate of the Icelandic crown:

    >>> facts = rates_status(Rates.embedded(), "2026-10-31")
    >>> print(facts[facts["currency"].isin(["HRK", "ISK"])].to_string(index=False))
     fact currency  first_day   last_day  count
    ended      HRK 2005-04-01 2022-12-30   4548
     hole      ISK 2008-12-10 2018-01-31   2341
    """

    def span(days: pd.DatetimeIndex) -> tuple[pd.Timestamp, pd.Timestamp, int]:
        return days.min(), days.max(), len(days)

    found, now = _frame(rates), pd.Timestamp(one_day(today))
    first, last = found.index[[0, -1]]
    missing = pd.DatetimeIndex(working_days(last.date() + DAY, now.date() - DAY))
    ended = found.columns[found.iloc[-1].isna()]
    facts = [
        ("days of publication", "", *span(found.index)),
        ("age in days", "", last, now, (now - last).days),
        ("working days missing", "", *span(missing)),
        ("currencies", "", first, last, found.shape[1]),
        ("current currencies", "", last, last, found.shape[1] - len(ended)),
    ]
    facts += [("ended", code, *span(found.index[found[code].notna()])) for code in ended]
    for code, rates_of in found.items():
        between = rates_of.loc[rates_of.first_valid_index() : rates_of.last_valid_index()]
        # a run of days without a rate lies between the same number of days with one
        runs = between[between.isna()].groupby(between.notna().cumsum())
        facts += [("hole", code, *span(run.index)) for _, run in runs]
    return pd.DataFrame(facts, columns=["fact", "currency", "first_day", "last_day", "count"]).astype(
        {"first_day": "datetime64[s]", "last_day": "datetime64[s]"}
    )


def working_days(first: dt.date, last: dt.date) -> list[dt.date]:
    """Return the days from `first` to `last` on which the ECB publishes."""
    return [day for day in pd.date_range(first, last).date if is_target_day(day)]


def fetch_ecb(source: str | os.PathLike[str] = ECB_FILE, patience: Patience = PATIENCE) -> Rates:
    """Read the ECB's history file from its address, another one, or a path; see `update_rates`.

    Raises
    ------
    NetworkError
        If the address gives nothing.
    LedgerError
        If what is there is not the ECB's file.
    """
    place = os.fspath(source)
    if not is_web(place):
        return Rates.from_ecb_csv(place)
    return Rates.from_ecb_text(download(place, patience, time.monotonic() + patience.deadline), place)


class ForexPythonProvider(CurrencyRates):  # type: ignore[misc]  # forex-python has no types
    """The rates of forex-python's service, each answer checked, and none waited for without end.

    Parameters
    ----------
    base_url : str, optional
        Address up to the day, as in ``https://example.org/api/``; default: that of forex-python.
    patience : Patience

    Notes
    -----
    forex-python 1.9.2 waits without limit and hands on whatever it gets. This class keeps its service, its addresses
    and its methods, and replaces the request and the reading of the answer.

    Making one asks nobody for anything; only `rates` does:

    >>> ForexPythonProvider("https://rates.example.org/api/").source
    'forex-python/rates.example.org'
    """

    def __init__(self, base_url: str | None = None, patience: Patience = PATIENCE) -> None:
        super().__init__()
        self._base_url = f"{(base_url or super()._source_url()).rstrip('/')}/"
        self._patience = patience
        self.source = f"forex-python/{urlsplit(self._base_url).hostname}"
        """Name of the source, ``forex-python/<host>``."""

    def rates(self, days: Iterable[str | dt.date]) -> Rates:
        """Ask for the rates of some days, each day of publication once; hand them to `quote` or `normalise`.

        Parameters
        ----------
        days : iterable of str or datetime.date
            A day on which the ECB does not publish stands for the last one before it on which it does.

        Returns
        -------
        Rates
            In memory only, with each currency that is well formed: three capital letters, whether the ECB publishes it
            or not. Working days between, for which nobody asked, stand there without any rate, so that none is carried
            over them.

        Raises
        ------
        NetworkError
            If any of the days fails; there is no half an answer.
        FrameError
            If something is not a day, before anything is asked.
        """
        until = time.monotonic() + self._patience.deadline
        asked = [one_day(day).item() for day in days]
        # no two days on which the ECB publishes are more than a week apart
        wanted = sorted({max(working_days(day - 7 * DAY, day)) for day in asked})
        found = pd.DataFrame([self.get_rates(EURO, day, until=until) for day in wanted], wanted).sort_index(
            axis="columns"
        )
        whole = found.reindex(working_days(wanted[0], wanted[-1]) if wanted else [])
        table = np.column_stack([np.ones(len(whole)), whole.to_numpy(dtype="float64")])
        return Rates(whole.index.to_numpy().astype("datetime64[D]"), (EURO, *whole), table, self.source)

    def get_rates(
        self, base_cur: str, date_obj: dt.date | None = None, *, until: float | None = None
    ) -> dict[str, float]:
        """Return the rates of one day (default: the latest) for one unit of `base_cur`, as forex-python does.

        Only the day and base asked for are taken, with rates that are numbers above zero. `until` is the moment on the
        clock of `time.monotonic` after which nothing is waited for (default: after the deadline).
        """
        day = self._get_date_string(date_obj)
        url = f"{self._base_url}{day}"
        until = time.monotonic() + self._patience.deadline if until is None else until
        try:
            answer = json.loads(download(url, self._patience, until, {"base": base_cur, "rtype": "fpy"}))
        except (ValueError, RecursionError) as error:
            raise NetworkError(url, f"the answer is not JSON ({error})") from error
        if not isinstance(answer, dict) or not isinstance(answer.get("rates"), dict) or not answer["rates"]:
            raise NetworkError(url, "the answer holds no rates; a JSON object with base, date and rates would be right")
        expected = {"base": base_cur} | ({} if date_obj is None else {"date": day})
        for key, asked in expected.items():
            if answer.get(key) != asked:
                raise NetworkError(url, f"the answer has {key} {answer.get(key)!r:.60}; {asked!r} was asked for")
        for code, rate in answer["rates"].items():
            # True and False are integers to Python; NaN fails every comparison
            number = isinstance(rate, int | float) and not isinstance(rate, bool) and 0 < rate <= sys.float_info.max
            if not number or not CURRENCY_CODE.fullmatch(code) or (code == base_cur and rate != 1):
                raise NetworkError(
                    url,
                    f"the answer holds {code!r:.60}: {rate!r:.60}; an ISO 4217 code and a number above zero, "
                    f"1 of {base_cur} for itself, would be right",
                )
        return {code: float(rate) for code, rate in answer["rates"].items() if code != base_cur}

    def get_rate(self, base_cur: str, dest_cur: str, date_obj: dt.date | None = None) -> float:
        """Return one rate of `get_rates`."""
        rates = {base_cur: 1.0} if base_cur == dest_cur else self.get_rates(base_cur, date_obj)
        if dest_cur not in rates:
            raise NetworkError(
                f"{self._base_url}{self._get_date_string(date_obj)}", f"the answer has no rate for {dest_cur}"
            )
        return rates[dest_cur]

    def convert(self, base_cur: str, dest_cur: str, amount: float, date_obj: dt.date | None = None) -> float:
        """Return `amount` times `get_rate`."""
        return float(amount) * self.get_rate(base_cur, dest_cur, date_obj)


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
    try:
        # a look-up of a name or slow headers obey no timeout of a socket; such a thread keeps nobody from going on
        with ThreadPool(1) as pool:
            return pool.apply_async(_get, (url, patience, until, params)).get(max(until - time.monotonic(), 0))
    except NetworkError:
        raise
    except Exception as error:
        # requests lets errors of urllib3, http.client and codecs through: any of them means "no answer"
        first: BaseException = error
        while first.__context__ is not None:
            first = first.__context__
        if time.monotonic() >= until:
            raise NetworkError(url, f"no complete answer within the deadline of {patience.deadline:g} s") from error
        if isinstance(first, TimeoutError):
            raise NetworkError(
                url, f"no connection within {patience.connect:g} s, or silent for {patience.read:g} s"
            ) from error
        raise NetworkError(url, f"no usable answer ({type(first).__name__}: {first})") from error


def _get(url: str, patience: Patience, until: float, params: Mapping[str, str] | None) -> bytes:
    again = Retry(
        patience.attempts - 1,
        status_forcelist=[requests.codes.request_timeout, requests.codes.too_many_requests, *range(500, 600)],
        backoff_factor=0.2,
        # the last answer is read here; how long to wait is not the server's to say
        raise_on_status=False,
        respect_retry_after_header=False,
    )
    with requests.Session() as session:
        session.adapters = dict.fromkeys(("http://", "https://"), HTTPAdapter(max_retries=again))
        answer = session.get(
            url,
            params=params,
            timeout=(patience.connect, patience.read),
            headers={"User-Agent": f"summit-analysis/{__version__}"},
            allow_redirects=False,
            stream=True,
        )
        if answer.status_code != requests.codes.ok:
            place = answer.headers.get("Location", "")[:200]
            moved = f" to {place!r}, which is not followed: name that address if you trust it" if place else ""
            raise NetworkError(url, f"HTTP status {answer.status_code} {answer.reason}{moved}")
        body = bytearray()
        # read1 returns what has come; read would wait for a whole piece and let a slow server hold the clock
        while piece := answer.raw.read1(1 << 16, decode_content=True):
            body += piece
            if time.monotonic() >= until:
                raise TimeoutError
            if len(body) > files.MOST_BYTES:
                raise NetworkError(url, f"the answer is longer than {files.MOST_BYTES} bytes")
        return bytes(body)
