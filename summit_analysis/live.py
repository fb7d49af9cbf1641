"""Fresh rates, only where asked for, through forex-python."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Iterable
from urllib.parse import urlsplit

import numpy as np
from forex_python.converter import CurrencyRates

from summit_analysis.days import is_target_day, one_day
from summit_analysis.downloads import Patience, download
from summit_analysis.errors import NetworkError
from summit_analysis.rates import CURRENCY_CODE, EURO, Rates


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
