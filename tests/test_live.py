"""Fresh rates from a real server on the loopback: the ECB's file is stored, forex-python answers in memory."""

import gzip
import hashlib
import io
import json
import sys
import threading
import time
import zipfile
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pandas as pd
import pytest
from forex_python.converter import CurrencyRates

import summit_analysis.__main__ as cli
from summit_analysis import Rates, normalise, quote, update_rates
from summit_analysis.base import files
from summit_analysis.base.errors import FrameError, LedgerError, MissingRateError, NetworkError
from summit_analysis.currency import update
from summit_analysis.currency.rates import RATES_FILE
from summit_analysis.currency.update import ForexPythonProvider, Patience, fetch_ecb, rates_status

FRIDAY, MONDAY, TUESDAY, WEDNESDAY = (date(2026, 10, 30) + timedelta(n) for n in (0, 3, 4, 5))
"""The last day of the file that ships, and the working days after it."""
GOOD = {"USD": 1.1201, "JPY": 176.5, "GBP": 0.8341}
LIVE = "forex-python/127.0.0.1"
DEADLINE = 0.3
SLACK = 1.0
"""Seconds that a slow machine may lose beside the deadline."""


# --- a server


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        self.server.reply(self)

    def log_message(self, *_):
        pass

    @property
    def day(self):
        return self.path.partition("?")[0].rpartition("/")[2]

    def send(self, body, status=200, **headers):
        body = body if isinstance(body, bytes) else body.encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, reply):
        super().__init__(("127.0.0.1", 0), Handler)
        self.reply, self.asked, self.closing = reply, [], threading.Event()

    def handle_error(self, *_):
        """Clients that hang up are what is tested."""

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/api/"


@pytest.fixture
def serve(monkeypatch):
    """Return a function that starts a server whose answers the given function sends."""
    monkeypatch.setenv("NO_PROXY", "*")
    servers = []

    def start(reply):
        servers.append(Server(reply))
        threading.Thread(target=servers[-1].serve_forever, args=(0.02,), daemon=True).start()
        return servers[-1]

    yield start
    for server in servers:
        server.closing.set()
        server.shutdown()
        server.server_close()


def answer(day, rates=None, base="EUR", **more):
    return json.dumps({"base": base, "date": str(day), "rates": GOOD if rates is None else rates, **more})


def good(handler):
    handler.send(answer(handler.day))


def sends(body, status=200, **headers):
    return lambda handler: handler.send(body, status, **headers)


def with_rates(rates):
    return lambda handler: handler.send(answer(handler.day, rates))


def provider(server, **options):
    return ForexPythonProvider(server.url, Patience(**options))


IMPATIENT = {"read": 0.1, "deadline": DEADLINE}


@pytest.fixture(scope="module")
def real():
    """The text of the ECB's file."""
    return gzip.decompress((files.shipped("data") / RATES_FILE).read_bytes()).decode("ascii")


@pytest.fixture(scope="module")
def recent(real):
    """The last days of the ECB's file: the whole takes a quarter of a second to read."""
    return "".join(real.splitlines(keepends=True)[:260])


@pytest.fixture
def stored(recent, tmp_path):
    """A stored file of recent rates."""
    (tmp_path / RATES_FILE).write_bytes(gzip.compress(recent.encode()))
    return tmp_path / RATES_FILE


@contextmanager
def nothing_changes(path):
    def state():
        return {one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in path.parent.iterdir()}

    before = state()
    yield
    assert state() == before


@contextmanager
def in_time(deadline=DEADLINE):
    start = time.monotonic()
    yield
    assert time.monotonic() - start < deadline + SLACK


# --- good answers


def test_each_day_is_asked_for_once_and_a_weekend_stands_for_its_friday(serve):
    server = serve(good)
    days = ["2026-11-03", MONDAY, "2026-11-02", date(2026, 11, 7), date(2026, 11, 8), "2026-11-06"]
    rates = provider(server).rates(days)
    assert server.asked == [f"/api/2026-11-{day}?base=EUR&rtype=fpy" for day in ("02", "03", "06")]
    assert rates.days.tolist() == [MONDAY, TUESDAY, WEDNESDAY, date(2026, 11, 5), date(2026, 11, 6)]
    assert rates.currencies == ("EUR", "GBP", "JPY", "USD")
    there, none = [1, 0.8341, 176.5, 1.1201], [1, np.nan, np.nan, np.nan]
    np.testing.assert_array_equal(rates.table, [there, there, none, none, there])
    assert rates.source == LIVE


def test_no_day_needs_no_request(serve):
    server = serve(good)
    assert len(provider(server).rates([]).days) == len(server.asked) == 0


def test_what_is_no_day_is_refused_before_anything_is_asked(serve):
    server = serve(good)
    with pytest.raises(FrameError, match="is not a day"):
        provider(server).rates([MONDAY, "soon"])
    assert server.asked == []


def test_it_is_forex_python_with_its_own_address_and_its_own_methods(serve):
    server = serve(good)
    bounded = provider(server)
    assert isinstance(bounded, CurrencyRates)
    assert ForexPythonProvider()._source_url() == CurrencyRates()._source_url()
    assert ForexPythonProvider("http://example.org/v1").source == "forex-python/example.org"
    assert bounded.get_rates("EUR", MONDAY) == GOOD
    assert bounded.get_rate("EUR", "USD", datetime(2026, 11, 2)) == 1.1201
    assert bounded.convert("EUR", "JPY", 2, MONDAY) == 353
    assert bounded.get_rate("EUR", "EUR") == 1
    with pytest.raises(NetworkError, match="no rate for CHF"):
        bounded.get_rate("EUR", "CHF", MONDAY)


def test_a_failure_that_passes_is_tried_again(serve):
    def reply(handler):
        good(handler) if len(handler.server.asked) > 1 else handler.send("", 500)

    server = serve(reply)
    assert provider(server).rates([MONDAY]).days.tolist() == [MONDAY]
    assert len(server.asked) == 2


@pytest.mark.parametrize(("status", "requests"), [(500, 3), (503, 3), (429, 3), (404, 1), (403, 1), (204, 1)])
def test_attempts_are_bounded_and_a_clear_no_is_taken(serve, status, requests):
    server = serve(sends("", status))
    with pytest.raises(NetworkError, match=f"HTTP status {status}"):
        provider(server).rates([MONDAY, TUESDAY])
    assert len(server.asked) == requests


def test_well_formed_codes_are_kept_and_the_euro_is_one(serve):
    server = serve(with_rates(GOOD | {"XXX": 3, "RUB": 90.5, "EUR": 1.0}))
    rates = provider(server).rates([MONDAY])
    assert rates.currencies == ("EUR", "GBP", "JPY", "RUB", "USD", "XXX")
    assert rates.table[0].tolist() == [1, 0.8341, 176.5, 90.5, 1.1201, 3]


# --- faults


def never(handler):
    handler.server.closing.wait(30)


def late(handler):
    if not handler.server.closing.wait(DEADLINE + 0.1):
        good(handler)


def drip(start):
    """Send the beginning of an answer, then a byte every fifty milliseconds: no read ever times out."""

    def reply(handler):
        handler.wfile.write(start)
        while not handler.server.closing.wait(0.05):
            handler.wfile.write(b" ")

    return reply


def half(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "5000")
    handler.end_headers()
    handler.wfile.write(answer(handler.day).encode()[:20])


def silent_after_half(handler):
    half(handler)
    never(handler)


def endless(handler):
    handler.send_response(200)
    handler.end_headers()
    while not handler.server.closing.is_set():
        handler.wfile.write(b" " * 1_000_000)


HEAD = b"HTTP/1.1 200 OK\r\n"
FAULTS = {
    "never answers": (never, r"silent for 0\.1 s|deadline"),
    "answers after the deadline": (late, "deadline|silent"),
    "drips its body": (drip(HEAD + b"Content-Length: 5000\r\n\r\n{"), r"deadline of 0\.3 s"),
    "drips chunks without end": (drip(HEAD + b"Transfer-Encoding: chunked\r\n\r\n"), r"deadline of 0\.3 s"),
    "drips its headers": (drip(HEAD + b"X-Slow: "), r"deadline of 0\.3 s"),
    "is silent after half": (silent_after_half, "silent|deadline"),
    "only the second day fails": (lambda handler: {"2026-11-02": good}.get(handler.day, never)(handler), "-11-03"),
    "closes half-way": (half, "IncompleteRead"),
    "closes without a word": (lambda handler: None, "closed connection without response"),
    "speaks no HTTP": (lambda handler: handler.wfile.write(b"220 mail ready\r\n"), "BadStatusLine"),
    "404": (sends("nothing here", 404), "HTTP status 404 Not Found"),
    "500 for ever": (sends("", 500), "HTTP status 500"),
    "redirects elsewhere": (sends("", 302, Location="http://192.0.2.1/api/"), r"redirects to 'http://192\.0\.2\.1/api/'"),
    "redirects to itself": (sends("", 301, Location="/api/2026-11-02"), "redirects to '/api/"),
    "HTML": (sends("<!doctype html><title>Sorry</title>", Content_Type="text/html"), "not JSON"),
    "nothing": (sends(""), "not JSON"),
    "not UTF-8": (sends(b'{"base": "\xff\xfe"}'), "not JSON"),
    "deep brackets": (sends("[" * 200_000), "not JSON"),
    "broken gzip": (sends("{}", Content_Encoding="gzip"), "no usable answer"),
    "[]": (sends("[]"), "no rates"),
    "null": (sends("null"), "no rates"),
    "rates null": (sends('{"base": "EUR", "date": "2026-11-02", "rates": null}'), "no rates"),
    "rates a list": (with_rates([1.1]), "no rates"),
    "rates empty": (with_rates({}), "no rates"),
    "no rates": (sends('{"base": "EUR", "date": "2026-11-02"}'), "no rates"),
    "a rate null": (with_rates(GOOD | {"USD": None}), "'USD': None"),
    "text": (with_rates(GOOD | {"USD": "1.1201"}), r"'USD': '1\.1201'"),
    "true": (with_rates(GOOD | {"USD": True}), "'USD': True"),
    "negative": (with_rates(GOOD | {"USD": -1.1201}), r"'USD': -1\.1201"),
    "zero": (with_rates(GOOD | {"USD": 0}), "'USD': 0"),
    "NaN": (with_rates(GOOD | {"USD": float("nan")}), "'USD': nan"),
    "infinite": (with_rates(GOOD | {"USD": float("inf")}), "'USD': inf"),
    "beyond floats": (with_rates(GOOD | {"USD": 10**400}), "'USD': 1000"),
    "below floats": (lambda handler: handler.send(answer(handler.day).replace("1.1201", "1e-400")), r"'USD': 0\.0"),
    "a list for a rate": (with_rates(GOOD | {"USD": [1.1]}), "'USD': "),
    "small letters": (with_rates(GOOD | {"usd": 1.1}), "'usd': 1"),
    "four letters": (with_rates(GOOD | {"USDT": 1.1}), "'USDT': 1"),
    "the euro is not one": (with_rates(GOOD | {"EUR": 1.1}), "EUR for itself"),
    "another day": (sends(answer(FRIDAY)), "date '2026-10-30'; '2026-11-02' was asked for"),
    "no day": (sends(json.dumps({"base": "EUR", "rates": GOOD})), "date None"),
    "another base": (lambda handler: handler.send(answer(handler.day, base="USD")), "base 'USD'; 'EUR' was asked for"),
    "no base": (lambda handler: handler.send(answer(handler.day, base=None)), "base None"),
}  # fmt: skip
SLOW = list(FAULTS)[:7]
"""The faults of servers that keep one waiting."""


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_one_error_in_time_with_cause_and_address(serve, fault):
    reply, cause = FAULTS[fault]
    server, options = serve(reply), IMPATIENT if fault in SLOW else {"attempts": 2}
    with in_time(), pytest.raises(NetworkError, match=cause) as error:
        provider(server, **options).rates([MONDAY, TUESDAY])
    assert error.value.url.startswith(server.url)
    assert error.value.url in str(error.value)
    assert error.value.cause in str(error.value)


def test_an_endless_answer_is_cut(serve, monkeypatch):
    monkeypatch.setattr(update, "MOST_BYTES", 100_000)
    with in_time(5), pytest.raises(NetworkError, match="longer than 100000 bytes"):
        provider(serve(endless)).rates([MONDAY])


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
@pytest.mark.parametrize(
    ("address", "cause"),
    [
        ("http://127.0.0.1:9/", "Connection refused|No connection could be made"),
        ("no-address", "MissingSchema"),
        ("http://[::1/", "."),
        ("http://192.0.2.1/", "."),
    ],
)
def test_an_address_where_nobody_answers_is_the_same_error(address, cause, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")
    with in_time(), pytest.raises(NetworkError, match=cause):
        ForexPythonProvider(address, Patience(connect=0.1, deadline=DEADLINE, attempts=1)).rates([MONDAY])


def test_one_deadline_holds_for_all_days_together(serve):
    def reply(handler):
        time.sleep(0.05)
        good(handler)

    days = [day.date() for day in pd.bdate_range(MONDAY, periods=20)]
    server = serve(reply)
    with in_time(), pytest.raises(NetworkError, match="deadline"):
        provider(server, deadline=DEADLINE).rates(days)
    assert 1 < len(server.asked) < len(days)


# --- in memory


def test_rates_in_memory_convert_one_amount_and_columns_and_name_their_source(serve):
    live = provider(serve(good)).rates([FRIDAY, MONDAY])
    found = quote("USD", on=MONDAY, rates=live)
    assert (str(found.rate), found.source, found.status) == ("1.1201", LIVE, "published")
    rows = pd.DataFrame({"amount": 1.0, "currency": ["USD", "GBP", "EUR"], "day": [FRIDAY, MONDAY, "2026-11-01"]})
    result = normalise(rows, amounts="amount", date="day", to="USD", rates=live)
    assert result["rate_source"].tolist() == [LIVE] * 3
    assert result["amount_USD"].tolist() == [1.0, 1.1201 / 0.8341, 1.1201]


def test_no_rate_is_carried_over_a_working_day_that_nobody_gave(serve):
    live = provider(serve(good)).rates([FRIDAY, "2026-11-06", "2026-11-09"])
    assert quote("USD", on="2026-11-01", rates=live).rate_date == FRIDAY
    assert quote("USD", on="2026-11-08", rates=live).rate_date == date(2026, 11, 6)
    for day in (MONDAY, "2026-11-05"):
        with pytest.raises(MissingRateError, match="hole"):
            quote("USD", on=day, rates=live)
    assert rates_status(live, "2026-11-12").query("fact == 'hole'")["count"].tolist() == [4] * 3


# --- the ECB's own file


def zipped(*texts):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, text in enumerate(texts):
            archive.writestr(f"eurofxref-hist{number or ''}.csv", text)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "pack"),
    [("eurofxref-hist.csv", bytes), ("eurofxref-hist.csv.gz", gzip.compress), ("eurofxref-hist.zip", zipped)],
)
@pytest.mark.parametrize("where", ["served", "local"])
def test_the_file_of_the_ecb_is_read_in_each_form(serve, recent, tmp_path, name, pack, where):
    content = pack(recent.encode())
    (tmp_path / name).write_bytes(content)
    place = serve(sends(content)).url + name if where == "served" else tmp_path / name
    rates = fetch_ecb(place)
    np.testing.assert_array_equal(rates.table, Rates.embedded().table[-len(rates.days) :])
    assert rates.source == f"ECB {name} to 2026-10-30"


BROKEN = {
    "HTML": (b"<html>moved</html>", "not the ECB's file"),
    "half a zip": (zipped(b"Date,USD,\n2026-11-02,1.1,\n" * 99)[:150], "not CSV"),
    "two files in the zip": (zipped(b"a", b"b"), "2 files in the zip"),
    "half a gzip": (gzip.compress(b"Date,USD,\n2026-11-02,1.1,\n" * 99)[:60], "not CSV"),
    "a wrong cell": (b"Date,USD,\n2026-11-02,-1.1,\n", "row 2, USD: '-1.1'"),
    "nothing": (b"", "not readable as CSV"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_what_is_not_the_file_of_the_ecb_is_refused(serve, stored, tmp_path_factory, fault):
    content, cause = BROKEN[fault]
    local = tmp_path_factory.mktemp("given") / "file.csv"
    local.write_bytes(content)
    with nothing_changes(stored):
        with pytest.raises(NetworkError, match=cause):
            update_rates(stored, serve(sends(content)).url)
        with pytest.raises(LedgerError, match=cause.replace("not the ECB's file", "file.csv")):
            update_rates(stored, local)


@pytest.mark.parametrize(
    "fault", ["never answers", "drips its body", "drips its headers", "closes half-way", "404", "redirects elsewhere"]
)
def test_the_file_of_the_ecb_has_the_same_deadline(serve, stored, fault):
    server = serve(FAULTS[fault][0])
    with nothing_changes(stored), in_time(), pytest.raises(NetworkError):
        update_rates(stored, server.url, patience=Patience(**IMPATIENT))


def test_a_missing_local_file_is_named(tmp_path):
    with pytest.raises(LedgerError, match=r"none\.zip: not readable"):
        fetch_ecb(tmp_path / "none.zip")


# --- status


def test_status_tells_reach_age_currencies_ended_and_holes(published):
    found = rates_status(Rates.embedded(), "2026-11-06")
    facts = found.set_index("fact")
    days = sorted(published)
    assert facts.loc["days of publication", ["first_day", "last_day", "count"]].tolist() == [
        pd.Timestamp(days[0]), pd.Timestamp(days[-1]), len(days),
    ]  # fmt: skip
    assert facts.loc["age in days", "count"] == 7
    assert facts.loc["working days missing", ["first_day", "last_day", "count"]].tolist() == [
        pd.Timestamp(MONDAY), pd.Timestamp("2026-11-05"), 4,
    ]  # fmt: skip
    newest = published[days[-1]]
    ended = {code for code, rate in newest.items() if rate == "N/A"}
    assert facts.loc["currencies", "count"] == len(newest)
    assert facts.loc["current currencies", "count"] == len(newest) - len(ended)
    assert set(facts.loc["ended", "currency"]) == ended
    rouble = found.query("fact == 'ended' and currency == 'RUB'")
    assert rouble["last_day"].tolist() == [pd.Timestamp("2022-03-01")]
    (hole,) = found.query("fact == 'hole'").to_dict("records")
    assert (hole["currency"], hole["first_day"], hole["last_day"]) == (
        "ISK", pd.Timestamp("2008-12-10"), pd.Timestamp("2018-01-31"),
    )  # fmt: skip
    assert hole["count"] == sum(hole["first_day"].date() <= day <= hole["last_day"].date() for day in days)


def test_status_on_the_last_day_misses_nothing():
    facts = rates_status(Rates.embedded(), FRIDAY).set_index("fact")
    assert facts.loc[["age in days", "working days missing"], "count"].tolist() == [0, 0]


# --- update


def test_what_is_stored_is_what_the_ecb_serves_to_the_last_byte(real, stored, tmp_path_factory):
    given = tmp_path_factory.mktemp("given") / "eurofxref-hist.csv"
    given.write_text(real)
    header, newest, rest = real.split("\n", 2)
    stored.write_bytes(gzip.compress(f"{header}\n{rest}".encode()))
    assert update_rates(stored, given)["date"].tolist() == [pd.Timestamp(newest[:10])]
    assert gzip.decompress(stored.read_bytes()).decode() == real


def test_a_dry_run_shows_and_writes_nothing(stored, recent, tmp_path_factory):
    given = tmp_path_factory.mktemp("given") / "eurofxref-hist.csv"
    given.write_text(newer(recent, days=[MONDAY]))
    with nothing_changes(stored):
        assert len(update_rates(stored, given, dry_run=True)) == 1


def newer(text, *, cells=(), days=(), code=""):
    """Change the ECB's text: other cells, further days, a further currency."""
    for old, new in cells:
        assert text.count(f"\n{old}") == 1
        text = text.replace(f"\n{old}", f"\n{new}")
    header, *lines = text.splitlines()
    lines = [lines[0].replace(str(FRIDAY), str(day)) for day in days] + lines
    if code:
        header, lines = f"{header}{code},", [f"{line}{9.5 if n < 2 else 'N/A'}," for n, line in enumerate(lines)]
    return "\n".join([header, *lines, ""])


def test_the_ecb_corrects_cells_and_adds_days_and_currencies_and_a_second_time_nothing(serve, stored, recent):
    text = newer(recent, cells=[("2026-10-29,1.113,", "2026-10-29,1.114,")], days=[TUESDAY, MONDAY], code="XTS")
    server = serve(sends(text))
    found = update_rates(stored.parent, server.url + "eurofxref-hist.csv")
    assert found["change"].tolist() == ["changed cell", "new currency", "new day", "new day"]
    correction, currency, *days = found[["date", "currency", "old", "new", "cells"]].values.tolist()
    assert correction == [pd.Timestamp("2026-10-29"), "USD", 1.113, 1.114, 1]
    assert currency[1::3] == ["XTS", 2]
    assert [(day, cells) for day, _, _, _, cells in days] == [(pd.Timestamp(day), 30) for day in (MONDAY, TUESDAY)]
    assert gzip.decompress(stored.read_bytes()).decode() == text
    assert Rates.from_ecb_csv(stored).source == f"ECB {RATES_FILE} to 2026-11-03"
    with nothing_changes(stored):
        assert len(update_rates(stored, server.url)) == 0


def test_forex_python_changes_no_stored_rate(serve, stored):
    with nothing_changes(stored):
        provider(serve(good)).rates([FRIDAY, MONDAY])
    # its answers are no file of the ECB's
    with nothing_changes(stored), pytest.raises(NetworkError, match="not the ECB's file"):
        update_rates(stored, serve(good).url + "2026-11-02")


def test_a_short_file_of_the_ecb_takes_no_day_away(stored, recent, tmp_path_factory):
    header, *lines = newer(recent, days=[MONDAY]).splitlines(keepends=True)
    short = tmp_path_factory.mktemp("given") / "eurofxref-hist-90d.csv"
    short.write_text("".join([header, *lines[:60]]))
    assert update_rates(stored, short)["change"].tolist() == ["new day"]
    assert len(Rates.from_ecb_csv(stored).days) == len(recent.splitlines())


def test_a_new_day_without_any_rate_is_refused(stored, recent, tmp_path_factory):
    given = tmp_path_factory.mktemp("given") / "bare.csv"
    header, friday, rest = recent.split("\n", 2)
    bare = f"{MONDAY}{',N/A' * (friday.count(',') - 1)},"
    given.write_text("\n".join([header, bare, friday, rest]))
    with nothing_changes(stored), pytest.raises(LedgerError, match=r"bare\.csv.* on 1 working day.* 2026-11-02"):
        update_rates(stored, given)


@pytest.mark.parametrize("days", [[TUESDAY], [WEDNESDAY, MONDAY]], ids=["before it", "inside"])
def test_a_file_with_a_gap_after_the_stored_days_is_refused(stored, recent, tmp_path_factory, days):
    given = tmp_path_factory.mktemp("given") / "gap.csv"
    given.write_text(newer(recent, days=days))
    with nothing_changes(stored), pytest.raises(LedgerError, match=r"gap\.csv.* on 1 working day.* 2026-11-0[23]"):
        update_rates(stored, given)


# --- command line


@pytest.fixture
def command(monkeypatch, capsys):
    """Run the command line as the installed program does; return exit code and what it printed."""
    monkeypatch.setenv("NO_PROXY", "*")

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["summit-analysis", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code or 0, *capsys.readouterr()

    return run


def test_the_command_status_prints_the_shipped_rates(command):
    code, printed, _ = command("rates", "status")
    assert code == 0
    assert all(text in printed for text in ("days of", "2026-10-30", "hole", "2018-01-31", "ended", "RUB"))


def test_the_command_update_shows_writes_and_knows_when_nothing_is_new(command, stored, recent, tmp_path_factory):
    given = tmp_path_factory.mktemp("given") / "eurofxref-hist.csv"
    given.write_text(newer(recent, days=[MONDAY]))
    words = ("rates", "update", "--from", given, "--file", stored)
    with nothing_changes(stored):
        code, printed, _ = command(*words, "--dry-run")
        assert (code, "1 difference" in printed, "dry run" in printed) == (0, True, True)
    code, printed, _ = command(*words)
    assert (code, f"Written: {stored}" in printed) == (0, True)
    code, printed, _ = command(*words)
    assert (code, "Nothing new" in printed) == (0, True)
    assert "2026-11-02" in "".join(command("rates", "status", "--file", stored.parent)[1].split())


@pytest.mark.parametrize("way", ["ecb", "address", "file"])
def test_the_command_update_takes_the_file_of_the_ecb(
    command, serve, stored, recent, tmp_path_factory, monkeypatch, way
):
    text = newer(recent, days=[MONDAY])
    server = serve(lambda handler: handler.send(zipped(text)))
    local = tmp_path_factory.mktemp("given") / "eurofxref-hist.csv"
    local.write_text(text)
    monkeypatch.setattr(update, "ECB_FILE", f"{server.url}eurofxref-hist.zip")
    code, *_ = command(
        "rates", "update", "--from", {"ecb": "ecb", "address": update.ECB_FILE, "file": local}[way], "--file", stored
    )
    assert code == 0
    assert server.asked == ([] if way == "file" else ["/api/eurofxref-hist.zip"])
    assert gzip.decompress(stored.read_bytes()).decode() == text


def test_the_command_update_writes_beside_the_shipped_tables(command, stored, recent, monkeypatch):
    stored.parent.joinpath("data").mkdir()
    shipped = stored.rename(stored.parent / "data" / RATES_FILE)
    given = stored.parent / "given.csv"
    given.write_text(newer(recent, days=[MONDAY]))
    monkeypatch.setattr(files, "_PACKAGE", stored.parent / "summit_analysis")
    code, printed, _ = command("rates", "update", "--from", given)
    assert (code, "Written" in printed) == (0, True)
    assert Rates.from_ecb_csv(shipped).days[-1] == np.datetime64(MONDAY)


def test_the_command_convert_asks_forex_python_where_told_to(command, serve):
    server = serve(good)
    code, printed, _ = command(
        "convert", "112.01", "USD", "EUR", "--on", "2026-11-08", "--live", "--service", server.url
    )
    assert (code, server.asked) == (0, ["/api/2026-11-06?base=EUR&rtype=fpy"])
    assert all(text in printed for text in ("112.01 USD = 100.00 EUR", "Friday 6 November 2026", f"Source: {LIVE}."))
    code, _, said = command("convert", "1", "USD", "EUR", "--on", "soon", "--live", "--service", server.url)
    assert (code, "--on" in said, len(server.asked)) == (2, True, 1)


def test_a_server_that_fails_is_exit_code_1_with_cause_and_address(command, serve, stored):
    server = serve(sends("", 404))
    with nothing_changes(stored):
        code, printed, said = command("rates", "update", "--from", server.url, "--file", stored)
    assert (code, printed) == (1, "")
    assert said.startswith(f"error: {server.url}: HTTP status 404")


def test_the_deadline_of_the_command_holds(command, serve, stored):
    words = ("rates", "update", "--from", serve(FAULTS["drips its headers"][0]).url)
    with nothing_changes(stored), in_time():
        assert command(*words, "--deadline", DEADLINE, "--file", stored)[0] == 1


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--from", "the-bank"), "--from"),
        (("--from", "forex-python"), "--from"),
        ((), "--from"),
        (("--from", "ecb", "--deadline", "0"), "--deadline"),
    ],
)
def test_wrong_usage_is_exit_code_2(command, stored, words, named):
    with nothing_changes(stored):
        code, printed, said = command("rates", "update", *words, "--file", stored)
    assert (code, printed) == (2, "")
    assert named in said
