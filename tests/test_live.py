"""Fresh rates from a real server on the loopback: good answers are kept with their source, bad ones change nothing."""

import gzip
import hashlib
import io
import json
import shutil
import sys
import threading
import time
import zipfile
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pandas as pd
import pytest
from forex_python.converter import CurrencyRates

import summit_analysis.__main__ as cli
from summit_analysis import (
    ECBFileProvider,
    ForexPythonProvider,
    FrameError,
    LedgerError,
    MissingRateError,
    NetworkError,
    Rates,
    normalise,
    quote,
    rates_status,
    update_rates,
    with_live,
)
from summit_analysis.base import files
from summit_analysis.currency import update
from summit_analysis.currency.rates import RATES_FILE, convention, sources_path
from summit_analysis.currency.update import _last_out, ecb_text

FRIDAY, MONDAY, TUESDAY, WEDNESDAY = (date(2026, 10, 30) + timedelta(n) for n in (0, 3, 4, 5))
"""The last day of the file that ships, and the working days after it."""
GOOD = {"USD": 1.1201, "JPY": 176.5, "GBP": 0.8341}
LIVE = "forex-python/127.0.0.1"
DEADLINE = 0.5
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
    return ForexPythonProvider(server.url, **{"read_timeout": 10, "deadline": 10} | options)


IMPATIENT = {"read_timeout": 0.2, "deadline": DEADLINE}


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
    rates = provider(server).fetch(days)
    assert server.asked == [f"/api/2026-11-{day}?base=EUR&rtype=fpy" for day in ("02", "03", "06")]
    assert rates.days.tolist() == [MONDAY, TUESDAY, date(2026, 11, 6)]
    assert rates.currencies == ("EUR", "GBP", "JPY", "USD")
    np.testing.assert_array_equal(rates.table, [[1, 0.8341, 176.5, 1.1201]] * 3)
    assert rates.sources == (rates.source,) == (LIVE,)


def test_no_day_needs_no_request(serve):
    server = serve(good)
    assert len(provider(server).fetch([]).days) == len(server.asked) == 0


def test_what_is_no_day_is_refused_before_anything_is_asked(serve):
    server = serve(good)
    with pytest.raises(FrameError, match="is not a day"):
        provider(server).fetch([MONDAY, "soon"])
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
    assert provider(server).fetch([MONDAY]).days.tolist() == [MONDAY]
    assert len(server.asked) == 2


@pytest.mark.parametrize(("status", "requests"), [(500, 3), (503, 3), (429, 3), (404, 1), (403, 1), (204, 1)])
def test_attempts_are_bounded_and_a_clear_no_is_taken(serve, status, requests):
    server = serve(sends("", status))
    with pytest.raises(NetworkError, match=f"HTTP status {status}"):
        provider(server).fetch([MONDAY, TUESDAY])
    assert len(server.asked) == requests


def test_well_formed_codes_are_kept_and_the_euro_is_one(serve):
    server = serve(with_rates(GOOD | {"XXX": 3, "RUB": 90.5, "EUR": 1.0}))
    rates = provider(server).fetch([MONDAY])
    assert rates.currencies == ("EUR", "GBP", "JPY", "RUB", "USD", "XXX")
    assert rates.table[0].tolist() == [1, 0.8341, 176.5, 90.5, 1.1201, 3]


# --- faults


def never(handler):
    handler.server.closing.wait(30)


def late(handler):
    if not handler.server.closing.wait(DEADLINE + 0.2):
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
    "never answers": (never, r"silent for 0\.2 s|deadline"),
    "answers after the deadline": (late, "deadline|silent"),
    "drips its body": (drip(HEAD + b"Content-Length: 5000\r\n\r\n{"), r"deadline of 0\.5 s"),
    "drips chunks without end": (drip(HEAD + b"Transfer-Encoding: chunked\r\n\r\n"), r"deadline of 0\.5 s"),
    "drips its headers": (drip(HEAD + b"X-Slow: "), r"deadline of 0\.5 s"),
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
def test_each_fault_is_one_error_in_time_with_cause_and_address_and_changes_nothing(serve, stored, fault):
    reply, cause = FAULTS[fault]
    server, options = serve(reply), IMPATIENT if fault in SLOW else {"attempts": 2}
    with nothing_changes(stored), in_time(), pytest.raises(NetworkError, match=cause) as error:
        update_rates(stored, provider(server, **options), until=TUESDAY)
    assert error.value.url.startswith(server.url)
    assert error.value.url in str(error.value)
    assert error.value.cause in str(error.value)


def test_an_endless_answer_is_cut(serve, monkeypatch):
    monkeypatch.setattr(update, "MOST_BYTES", 100_000)
    with in_time(5), pytest.raises(NetworkError, match="longer than 100000 bytes"):
        provider(serve(endless)).fetch([MONDAY])


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
        ForexPythonProvider(address, connect_timeout=0.2, deadline=DEADLINE).fetch([MONDAY])


def test_one_deadline_holds_for_all_days_together(serve):
    def reply(handler):
        time.sleep(0.1)
        good(handler)

    days = [day.date() for day in pd.bdate_range(MONDAY, periods=20)]
    server = serve(reply)
    with in_time(), pytest.raises(NetworkError, match="deadline"):
        provider(server, deadline=DEADLINE).fetch(days)
    assert 1 < len(server.asked) < len(days)


# --- live beside stored


def test_live_days_are_added_and_no_stored_rate_changes(serve):
    embedded = Rates.embedded()
    live = provider(serve(good)).fetch([FRIDAY, MONDAY, TUESDAY])
    both = with_live(embedded, live)
    assert both.days[-3:].tolist() == [FRIDAY, MONDAY, TUESDAY]
    assert both.currencies == embedded.currencies
    np.testing.assert_array_equal(both.table[:-2], embedded.table)
    assert quote("USD", on=FRIDAY, rates=both) == quote("USD", on=FRIDAY)
    found = quote("USD", on=TUESDAY, rates=both)
    assert (str(found.rate), found.source, found.status) == ("1.1201", LIVE, "published")
    assert with_live(both, live) is both


def test_each_converted_row_says_where_its_rate_came_from(serve):
    both = with_live(Rates.embedded(), provider(serve(good)).fetch([MONDAY]))
    rows = pd.DataFrame(
        {"amount": 1.0, "currency": ["USD", "GBP", "EUR", "USD"], "day": [FRIDAY, MONDAY, MONDAY, "2026-11-01"]}
    )
    result = normalise(rows, amounts="amount", date="day", to="USD", rates=both)
    ecb = both.source
    assert result["rate_source"].tolist() == [ecb, LIVE, LIVE, ecb]
    assert ecb == f"ECB {RATES_FILE} to 2026-10-30"


def test_a_mean_names_all_its_sources(serve, stored):
    update_rates(stored, provider(serve(good)), until=MONDAY)
    rates = Rates.from_ecb_csv(stored)
    rows = pd.DataFrame({"amount": 1.0, "currency": "USD", "day": ["2026-10-01", "2026-11-01"]})
    ecb = rates.source
    for period, expected in (("month", [ecb, LIVE]), ("year", [f"{ecb} and {LIVE}"] * 2)):
        result = normalise(rows, amounts="amount", date="day", period=period, rates=rates)
        assert result["rate_source"].tolist() == expected


def test_what_the_ecb_does_not_publish_stays_unknown_and_what_ended_stays_ended(serve):
    live = provider(serve(with_rates(GOOD | {"XXX": 3, "RUB": 90.5}))).fetch([MONDAY])
    both = with_live(Rates.embedded(), live)
    for code, reason in (("XXX", "unknown currency"), ("RUB", "ended"), ("CHF", "hole")):
        with pytest.raises(MissingRateError, match=reason):
            quote(code, on=MONDAY, rates=both)
    assert quote("CHF", on=FRIDAY, rates=both).status == "published"


def test_no_rate_is_carried_over_a_working_day_that_nobody_gave(serve):
    live = provider(serve(good))
    friday = with_live(Rates.embedded(), live.fetch(["2026-11-06"]))
    assert quote("USD", on="2026-11-01", rates=friday).rate_date == FRIDAY
    assert quote("USD", on="2026-11-08", rates=friday).rate_date == date(2026, 11, 6)
    for day in (MONDAY, "2026-11-05"):
        with pytest.raises(MissingRateError, match="hole"):
            quote("USD", on=day, rates=friday)
    # a gap can be filled later, before or after what is there
    more = with_live(with_live(friday, live.fetch([TUESDAY])), live.fetch(["2026-11-11"]))
    given = [
        day
        for day in pd.bdate_range(MONDAY, "2026-11-11").date
        if convention(more, "day").reason("USD", np.datetime64(day)) is None
    ]
    assert given == [TUESDAY, date(2026, 11, 6), date(2026, 11, 11)]
    assert len(rates_status(more, "2026-11-12").query("fact == 'hole'")) == 1


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
def test_the_real_file_of_the_ecb_is_read_in_each_form(serve, real, tmp_path, name, pack, where):
    content = pack(real.encode())
    (tmp_path / name).write_bytes(content)
    place = serve(sends(content)).url + name if where == "served" else tmp_path / name
    rates = ECBFileProvider(place).fetch()
    np.testing.assert_array_equal(rates.table, Rates.embedded().table)
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
            update_rates(stored, ECBFileProvider(serve(sends(content)).url))
        with pytest.raises(LedgerError, match=cause.replace("not the ECB's file", "file.csv")):
            update_rates(stored, ECBFileProvider(local))


@pytest.mark.parametrize(
    "fault", ["never answers", "drips its body", "drips its headers", "closes half-way", "404", "redirects elsewhere"]
)
def test_the_file_of_the_ecb_has_the_same_deadline(serve, stored, fault):
    server = serve(FAULTS[fault][0])
    with nothing_changes(stored), in_time(), pytest.raises(NetworkError):
        update_rates(stored, ECBFileProvider(server.url, **IMPATIENT))


def test_a_missing_local_file_is_named(tmp_path):
    with pytest.raises(LedgerError, match=r"none\.zip: not readable"):
        ECBFileProvider(tmp_path / "none.zip").fetch()


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


@pytest.mark.parametrize(
    ("now", "last"),
    [("2026-11-03T15:59", "2026-11-02"), ("2026-11-03T16:00", "2026-11-03"), ("2026-07-01T15:00", "2026-07-01")],
)
def test_the_rates_of_a_day_are_out_at_five_in_frankfurt(now, last):
    assert _last_out(datetime.fromisoformat(now).replace(tzinfo=UTC)) == date.fromisoformat(last)


# --- update


def test_the_text_of_the_ecb_comes_back_to_the_last_byte(real):
    assert ecb_text(Rates.embedded()) == real


def test_forex_python_adds_days_with_their_source_and_a_second_time_nothing(serve, stored, recent):
    server, shown = serve(good), []
    found = update_rates(stored.parent, provider(server), until=TUESDAY, show=shown.append)
    assert found[["change", "date", "cells", "source"]].values.tolist() == [
        ["new day", pd.Timestamp(MONDAY), 3, LIVE],
        ["new day", pd.Timestamp(TUESDAY), 3, LIVE],
    ]
    assert shown[0] is found
    text = gzip.decompress(stored.read_bytes()).decode()
    header, newest, monday, old = text.split("\n", 3)
    assert f"{header}\n{old}" == recent
    assert newest.startswith("2026-11-03,1.1201,176.5,N/A,")
    assert newest[10:] == monday[10:]
    assert sources_path(stored).read_text() == f"Date,Source\n2026-11-03,{LIVE}\n2026-11-02,{LIVE}\n"

    rates = Rates.from_ecb_csv(stored)
    assert [quote("USD", on=day, rates=rates).source for day in (FRIDAY, MONDAY)] == [rates.source, LIVE]
    assert rates_status(rates, WEDNESDAY).set_index("fact").loc[f"from {LIVE}", "count"] == 2
    asked = len(server.asked)
    with nothing_changes(stored):
        assert len(update_rates(stored, provider(server), until=TUESDAY)) == 0
    assert len(server.asked) == asked == 2


def test_a_dry_run_shows_and_writes_nothing(serve, stored):
    with nothing_changes(stored):
        assert len(update_rates(stored, provider(serve(good)), until=MONDAY, dry_run=True)) == 1


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


def test_the_ecb_corrects_cells_adds_days_and_currencies_and_takes_over_live_days(serve, stored, recent):
    update_rates(stored, provider(serve(good)), until=MONDAY)
    text = newer(recent, cells=[("2026-10-29,1.113,", "2026-10-29,1.114,")], days=[TUESDAY, MONDAY], code="XTS")
    found = update_rates(stored, ECBFileProvider(serve(sends(text)).url + "eurofxref-hist.csv"))
    correction = found[found["change"].eq("changed cell") & found["date"].eq("2026-10-29")]
    assert correction[["currency", "old", "new", "cells"]].values.tolist() == [["USD", 1.113, 1.114, 1]]
    assert found["change"].drop_duplicates().tolist() == ["changed cell", "new currency", "now from the ECB", "new day"]
    assert found.query("change == 'new currency'")[["currency", "cells"]].values.tolist() == [["XTS", 2]]
    assert found.query("change == 'now from the ECB'")["date"].tolist() == [pd.Timestamp(MONDAY)]
    assert found.query("change == 'new day'")["date"].tolist() == [pd.Timestamp(TUESDAY)]
    assert gzip.decompress(stored.read_bytes()).decode() == text
    assert not sources_path(stored).exists()
    assert Rates.from_ecb_csv(stored).sources == (f"ECB {RATES_FILE} to 2026-11-03",)


def test_a_short_file_of_the_ecb_takes_no_day_away(stored, recent, tmp_path_factory):
    header, *lines = newer(recent, days=[MONDAY]).splitlines(keepends=True)
    short = tmp_path_factory.mktemp("given") / "eurofxref-hist-90d.csv"
    short.write_text("".join([header, *lines[:60]]))
    assert update_rates(stored, ECBFileProvider(short))["change"].tolist() == ["new day"]
    assert len(Rates.from_ecb_csv(stored).days) == len(recent.splitlines())


@pytest.mark.parametrize("days", [[TUESDAY], [WEDNESDAY, MONDAY]], ids=["before it", "inside"])
def test_a_file_with_a_gap_after_the_stored_days_is_refused(stored, recent, tmp_path_factory, days):
    given = tmp_path_factory.mktemp("given") / "gap.csv"
    given.write_text(newer(recent, days=days))
    with nothing_changes(stored), pytest.raises(LedgerError, match=r"gap\.csv.* on 1 working day.* 2026-11-0[23]"):
        update_rates(stored, ECBFileProvider(given))


@pytest.mark.parametrize("bare", [MONDAY, TUESDAY])
def test_a_day_without_any_stored_currency_is_refused(serve, stored, bare):
    server = serve(lambda handler: handler.send(answer(handler.day, {"XXX": 3} if handler.day == str(bare) else GOOD)))
    with nothing_changes(stored), pytest.raises(LedgerError, match=f"no stored currency on 1 working day.* {bare}"):
        update_rates(stored, provider(server), until=TUESDAY)


def test_a_list_of_sources_that_is_none_is_refused(stored):
    sources_path(stored).write_text("day,from\n")
    with pytest.raises(LedgerError, match=r"eurofxref-hist\.sources\.csv: not a list of Date and Source"):
        Rates.from_ecb_csv(stored)


# --- command line


@pytest.fixture
def command(monkeypatch, capsys):
    """Run the command line as the installed program does; return exit code and what it printed."""
    monkeypatch.setenv("NO_PROXY", "*")

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["summit-analysis", "rates", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code or 0, *capsys.readouterr()

    return run


def test_the_command_status_prints_the_shipped_rates(command):
    code, printed, _ = command("status")
    assert code == 0
    assert all(text in printed for text in ("days of", "2026-10-30", "hole", "2018-01-31", "ended", "RUB"))


def test_the_command_update_shows_writes_and_knows_when_nothing_is_new(command, serve, stored):
    update = ("update", "--from", "forex-python", "--base-url", serve(good).url, "--until", MONDAY, "--file", stored)
    with nothing_changes(stored):
        code, printed, _ = command(*update, "--dry-run")
        assert (code, "1 difference" in printed, "dry run" in printed) == (0, True, True)
    code, printed, _ = command(*update)
    assert (code, f"Written: {stored}" in printed) == (0, True)
    code, printed, _ = command(*update)
    assert (code, "Nothing new" in printed) == (0, True)
    assert LIVE in "".join(command("status", "--file", stored.parent)[1].split())


@pytest.mark.parametrize("way", ["ecb", "address", "file"])
def test_the_command_update_takes_the_file_of_the_ecb(command, serve, stored, recent, tmp_path_factory, way):
    text = newer(recent, days=[MONDAY])
    server = serve(lambda handler: handler.send(zipped(text)))
    local = tmp_path_factory.mktemp("given") / "eurofxref-hist.csv"
    local.write_text(text)
    source = {
        "ecb": ("ecb", "--base-url", server.url),
        "address": (f"{server.url}eurofxref-hist.zip",),
        "file": (local,),
    }[way]
    code, *_ = command("update", "--from", *source, "--file", stored)
    assert code == 0
    assert server.asked == ([] if way == "file" else ["/api/eurofxref-hist.zip"])
    assert gzip.decompress(stored.read_bytes()).decode() == text


def test_the_command_update_writes_beside_the_shipped_tables(command, serve, tmp_path, monkeypatch):
    shutil.copytree(files.shipped("data"), tmp_path / "data")
    monkeypatch.setattr(files, "_PACKAGE", tmp_path / "summit_analysis")
    code, printed, _ = command("update", "--from", "forex-python", "--base-url", serve(good).url, "--until", MONDAY)
    assert (code, "Written" in printed) == (0, True)
    assert Rates.from_ecb_csv(tmp_path / "data" / RATES_FILE).days[-1] == np.datetime64(MONDAY)


def test_a_server_that_fails_is_exit_code_1_with_cause_and_address(command, serve, stored):
    server = serve(sends("", 404))
    with nothing_changes(stored):
        code, printed, said = command(
            "update", "--from", "forex-python", "--base-url", server.url, "--until", MONDAY, "--file", stored
        )
    assert (code, printed) == (1, "")
    assert said.startswith(f"error: {server.url}2026-11-02: HTTP status 404")


def test_the_deadline_of_the_command_holds(command, serve, stored):
    words = ("update", "--from", "forex-python", "--base-url", serve(FAULTS["drips its headers"][0]).url)
    with nothing_changes(stored), in_time(0.5):
        assert command(*words, "--deadline", "0.5", "--until", MONDAY, "--file", stored)[0] == 1


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--from", "the-bank"), "--from"),
        ((), "--from"),
        (("--from", "forex-python", "--until", "soon"), "--until"),
        (("--from", "http://127.0.0.1:9/x.zip", "--base-url", "http://127.0.0.1:9/"), "--base-url"),
        (("--from", "ecb", "--deadline", "0"), "--deadline"),
    ],
)
def test_wrong_usage_is_exit_code_2(command, stored, words, named):
    with nothing_changes(stored):
        code, printed, said = command("update", *words, "--file", stored)
    assert (code, printed) == (2, "")
    assert named in said
