"""Ask a server for one answer and never wait for it longer than agreed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from summit_analysis import __version__
from summit_analysis.errors import NetworkError

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
