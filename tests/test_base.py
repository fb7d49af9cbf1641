"""What all rooms stand on: printed amounts, files that are written whole or not at all, the ban on the network."""

import errno
import gzip
import math
import os
import socket
import sys
import time
from functools import partial
from pathlib import Path
from unittest.mock import Mock

import pytest
from babel.numbers import parse_decimal
from hypothesis import given
from hypothesis import strategies as st

from printed import python, unspaced
from refusals import misses
from summit_analysis import Amount, format_amount
from summit_analysis.base import files
from summit_analysis.base.errors import ChoiceError, FileError
from summit_analysis.base.text import format_figure
from summit_analysis.money import QUALIFIERS, whole_billions

NAN, MARK = math.nan, ".mark"


several = partial(Amount, NAN, NAN)


def eur(low, high=None, **more):
    return Amount(low, low if high is None else high, "EUR", **more)


CLAIMS = [
    ("exact", 109e9, 109e9, eur(109e9), (109e9, 109e9)),
    ("approx", 6e9, 6e9, eur(6e9), (6e9, 6e9)),
    ("range", 30e9, 50e9, eur(30e9, 50e9), (30e9, 50e9)),
    ("at-least", 5e9, NAN, eur(5e9, open_high=True), (5e9, math.inf)),
    ("up-to", NAN, 4e9, eur(4e9, open_low=True), (0.0, 4e9)),
    ("several", NAN, NAN, several("EUR"), (0.0, math.inf)),
]


def test_a_claim_becomes_an_amount_and_open_ends_reach_to_zero_and_to_infinity():
    for word, low, high, amount, bounds in CLAIMS:
        found = Amount.from_claim(low, high, "EUR", word)
        # a missing figure equals none
        assert (repr(found), found.bounds(), found.quantified) == (repr(amount), bounds, word != "several")
    assert {word: (not math.isnan(low), not math.isnan(high)) for word, low, high, *_ in CLAIMS} == QUALIFIERS
    assert Amount.from_claim(NAN, NAN, "EUR", "several", 1e9).scale == 1e9


READS = [
    (eur(109e9, open_high=True), "at least €109bn", "au moins 109 Md €", "au moins 109 milliards d’euros"),
    (eur(7e9, 8e9, open_low=True), "up to €7–8bn", "jusqu’à 7–8 Md €", "jusqu’à de 7 à 8 milliards d’euros"),
    (eur(5e9, open_low=True, open_high=True), "roughly €5bn", "environ 5 Md €", "environ 5 milliards d’euros"),
    (eur(1.9e9), "€1.9bn", "1,9 Md €", "1,9 milliard d’euros"),
    (eur(1.96e9), "€2bn", "2 Md €", "2 milliards d’euros"),
    (eur(1.2e9, 2e9), "€1.2–2bn", "1,2–2 Md €", "de 1,2 à 2 milliards d’euros"),
    (eur(2.5e3), "€2.5k", "2,5 k €", "2 500 euros"),
    (eur(0.01, 0.5), "€0–0.5", "0–0,5 €", "de 0 à 0,5 euro"),
    # a blank too many once stood after the figure without a unit
    (eur(0.0, 2e9), "€0–2bn", "0–2 Md €", "de 0 à 2 milliards d’euros"),
    (eur(4e5, 2e6), "€0.4–2m", "0,4–2 M €", "de 400 000 à 2 millions d’euros"),
    (eur(1.5e6, 2.5e9), "€1.5m–€2.5bn", "1,5 M €–2,5 Md €", "de 1,5 million à 2,5 milliards d’euros"),
    (eur(50e6, 2e9), "€50m–€2bn", "50 M €–2 Md €", "de 50 millions à 2 milliards d’euros"),
    (eur(51e6, 2e9), "€0.1–2bn", "0,1–2 Md €", "de 51 millions à 2 milliards d’euros"),
    (Amount(2.5e12, 2.5e12, "USD"), "$2.5tn", "2 500 Md $US", "2 500 milliards de dollars"),
    (Amount(2e9, 2e9, "ISK"), "ISK 2bn", "2 Md ISK", "2 milliards de couronnes islandaises"),
    (Amount(2e9, 3e9, ""), "2–3bn", "2–3 Md", "de 2 à 3 milliards"),
    (several("", scale=1e12), "several trillion", "plusieurs milliers de Md", "plusieurs milliers de milliards"),
    (several("EUR", scale=1e9), "several billion €", "plusieurs Md €", "plusieurs milliards d’euros"),
    (several("EUR", scale=1e6), "several million €", "plusieurs M €", "plusieurs millions d’euros"),
    (several("EUR", scale=1e3), "no amount given", "montant non communiqué", "montant non communiqué"),
]
WHOLE = {
    (1e9, "en"): "€1bn",
    (2.42e9, "en"): "€2.4bn",
    (0, "fr"): "0 euro",
    (1e9 - 4e7, "en"): "€960m",
    (15.6e9, "en", 36.3e9): "€16–36bn",
}
# a trillion is a word of English only
WHOLE |= {(1.26e12, "en"): "€1.3tn", (1.2645e12, "fr"): "1 264 milliards d’euros"}
ROUNDED = {
    ((999_949_999.0,), 1): "€999.9m",
    ((999_950_000.0,), 1): "€1bn",
    ((999_500_000.0,), 0): "€1bn",
    ((999_995_000.0,), 2): "€1bn",
    ((1.234e6, 2.346e9), 2): "€1.23m–€2.35bn",
    # once a recursion without end
    ((2.0e9,), -1): "€2bn",
    ((1.0e9, 1.04e9), 1): "€1bn",
}


def test_an_amount_reads_as_in_a_newspaper_and_as_in_a_sentence():
    ways = [{}, {"lang": "fr"}, {"lang": "fr", "prose": True}]
    assert [(amount, *(unspaced(format_amount(amount, **way)) for way in ways)) for amount, *_ in READS] == READS
    # figure, unit and symbol cannot be torn apart
    assert " " not in format_amount(eur(2e12), lang="fr") + format_amount(Amount(1e9, 1e9, "CHF"))
    assert " " not in format_amount(eur(1e12), lang="fr", prose=True).removesuffix(" d’euros")
    assert {asked: unspaced(whole_billions(asked[0], "EUR", *asked[1:])) for asked in WHOLE} == WHOLE
    assert {(ends, digits): format_amount(eur(*ends), digits=digits) for ends, digits in ROUNDED} == ROUNDED


@given(st.integers(0, 10**15), st.sampled_from(["en", "fr"]), st.integers(0, 3))
def test_a_printed_figure_reads_back_within_its_rounding(value, lang, digits):
    text = format_figure(value / 1000, lang=lang, digits=digits)
    assert abs(float(parse_decimal(text, locale=lang)) - value / 1000) <= 0.5 * 10**-digits * (1 + 1e-9)


@pytest.fixture
def old(tmp_path):
    """A folder ``report`` that holds one old page, and the mark of the run that wrote it."""
    files.write_text(tmp_path / "report" / "page.html", "old")
    files.write_text(tmp_path / "report" / MARK, "page.html\n")
    return tmp_path / "report"


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def assert_old(folder, *more):
    """Nothing was changed in a folder, and nothing left beside it."""
    assert names(folder) == sorted([MARK, *more, "page.html"])
    assert (folder / "page.html").read_text(encoding="utf-8") == "old"
    assert names(folder.parent) == ["report"]


def renew(folder, page="index.html", **options):
    with files.new_folder(folder, **options) as fresh:
        files.write_text(fresh / page, "new")


def test_a_file_is_written_with_its_folders_and_read_with_its_line_ends(tmp_path):
    path = files.write_text(tmp_path / "a" / "b.txt", "« 109 »\r\nmilliards\n")
    assert files.read_text(path).encode() == path.read_bytes() == "« 109 »\r\nmilliards\n".encode()
    assert path.stat().st_mode & 0o444 == 0o444
    for name, content in {"c.txt": b"\xef\xbb\xbfa\r\n", "d.gz": gzip.compress(b"a\r\n")}.items():
        assert files.read_text(files.write_bytes(tmp_path / name, content)) == "a\r\n"


def test_what_cannot_be_written_is_refused_and_all_stays(old, monkeypatch):
    below = old / "page.html" / "below"
    refused = {
        "a folder in the way of a file": partial(files.write_text, old, "text"),
        "a file in the way of the folder of a file": partial(files.write_text, below, "text"),
        "a file in the way of a folder": files.new_folder(old / "page.html").__enter__,
        "one of several": partial(files.write_all, {old / "page.html": b"new", below: b"new"}),
    }
    os.mkfifo(pipe := old.with_name("pipe"))
    refused["a pipe in the way of a file"] = partial(files.write_text, pipe, "text")
    assert misses(FileError, {name: (work, "cannot write") for name, work in refused.items()}) == {}
    assert pipe.is_fifo()
    pipe.unlink()
    for failing in ("replace", "fdopen"):
        monkeypatch.setattr(os, failing, Mock(side_effect=OSError(errno.ENOSPC, "No space left on device")))
        with pytest.raises(FileError, match=r"page\.html: No space left"):
            files.write_text(old / "page.html", "new")
        monkeypatch.undo()
    assert_old(old)


ELSEWHERE = ["/etc/x.png", "../x.png", "a/x.png", "..", "", "a\\x.png", "C:\\x.png", "x/"]
WRONG = {
    **{name: (partial(files.plain_name, name), "plain name") for name in ELSEWHERE},
    "maps": (partial(files.shipped, "maps"), "'maps'"),
    "about": (partial(Amount.from_claim, 1.0, 1.0, "EUR", "about"), ".*".join(["'about'", *QUALIFIERS])),
    "an amount": (partial(format_amount, eur(1.0), lang="it"), "lang='it'"),
    "a figure": (partial(format_figure, 1.0, lang="it"), "lang='it'"),
}


def test_names_words_and_languages_that_are_not_known_are_refused():
    assert misses((ChoiceError, FileError), WRONG) == {}
    assert files.plain_name("00-été à Paris.png") == "00-été à Paris.png"


def test_a_new_folder_appears_once_it_is_whole_and_of_two_runs_at_once_the_last_stays(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # a relative one is meant from where one stands
    with files.new_folder("deep/report", mark=MARK) as folder:
        assert not (tmp_path / "deep" / "report").exists()
        files.write_text(folder / "page.html", "new")
    # a web server can read it
    assert (tmp_path / "deep" / "report").stat().st_mode & 0o555 == 0o555
    with files.new_folder("deep/report", mark=MARK) as folder, files.new_folder("deep/report", mark=MARK):
        files.write_text(folder / "index.html", "newer")
        assert names(Path("deep/report")) == [MARK, "page.html"]
    assert (names(Path("deep")), names(Path("deep/report"))) == (["report"], [MARK, "index.html"])


def test_folders_change_places_in_one_step_or_the_old_one_is_put_back(old, monkeypatch):
    usual = Path.replace

    def replace(path, target):
        if Path(target) == old and not path.name.endswith("-old"):
            raise PermissionError(errno.EACCES, "Permission denied")
        return usual(path, target)

    monkeypatch.setattr(Path, "replace", replace)
    with monkeypatch.context() as elsewhere, pytest.raises(FileError, match=r"write .*report: Permission denied"):
        elsewhere.setattr(sys, "platform", "elsewhere")
        renew(old, mark=MARK)
    assert_old(old)
    if sys.platform == "linux":
        renew(old, mark=MARK)
        assert (names(old), names(old.parent)) == ([MARK, "index.html"], ["report"])


def test_what_runs_left_behind_long_ago_is_swept_and_all_else_is_left(tmp_path):
    kept = [".report [1]-my-notes", ".report [1]s-unfinished-abc", "report [1]-unfinished-abc"]
    for name in (".report [1]-unfinished-abc", *kept):
        (tmp_path / name).mkdir()
    # a file that was cut short once stayed for ever
    (tmp_path / ".report [1]-unfinished-abc-old").write_text("half")
    for path in tmp_path.iterdir():
        os.utime(path, (time.time() - 2 * 86_400,) * 2)
    # what another machine is writing to the same place
    (tmp_path / ".report [1]-unfinished-theirs").mkdir()
    renew(tmp_path / "report [1]")
    assert names(tmp_path) == sorted(["report [1]", *kept, ".report [1]-unfinished-theirs"])


@pytest.mark.parametrize("own", ["CNAME", ".git/config", "figures/own.txt"])
@pytest.mark.parametrize("name", ["mine", "report"])
def test_own_work_is_refused_before_any_work_and_stays_in_a_foreign_folder_and_in_a_report(old, name, own):
    renew(old, "figures/one.svg", mark=MARK)
    mine = files.write_text(old.with_name(name) / own, "own work")
    with pytest.raises(FileError, match=rf"{name}: it exists already and holds {own}, .* new folder"):
        files.new_folder(old.with_name(name), mark=MARK).__enter__()
    assert mine.read_text() == "own work"
    assert names(old.parent) == sorted({"report", name})


def test_what_ends_a_run_or_is_saved_meanwhile_leaves_the_old_folder_and_files_of_a_file_manager_are_no_work(old):
    with pytest.raises(KeyboardInterrupt), files.new_folder(old, mark=MARK) as folder:
        files.write_text(folder / "index.html", "half")
        raise KeyboardInterrupt
    assert_old(old)
    files.write_text(old / ".DS_Store", "")
    with pytest.raises(FileError, match=r"notes\.md"), files.new_folder(old, mark=MARK):
        files.write_text(old / "notes.md", "own work")
    assert_old(old, ".DS_Store", "notes.md")
    (old / "notes.md").unlink()
    renew(old, mark=MARK)
    assert names(old) == [MARK, "index.html"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permissions of this kind")
def test_what_was_private_stays_private_and_a_link_to_a_folder_shows_the_new_one(old):
    old.chmod(0o700)
    (old / "page.html").chmod(0o600)
    files.write_text(old / "page.html", "new")
    assert (old / "page.html").stat().st_mode & 0o777 == 0o600
    # once the link became a file, and what it led to stayed old
    old.with_name("link.html").symlink_to(old / "page.html")
    files.write_text(old.with_name("link.html"), "through a link")
    assert (old / "page.html").read_text() == "through a link"
    old.with_name("link.html").unlink()
    link = old.with_name("public")
    link.symlink_to(old)
    renew(link, mark=MARK)
    assert (names(link), names(old.parent)) == ([MARK, "index.html"], ["public", "report"])
    assert old.stat().st_mode & 0o777 == 0o700


def test_nothing_leaves_the_machine_and_no_process_that_a_test_begins():
    hosts, ban = ["192.0.2.1", "2001:db8::1", "example.org"], "tests reach this machine only"
    calls = {host: (partial(socket.create_connection, (host, 443), timeout=1), ban) for host in hosts}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outgoing:
        datagram = (partial(outgoing.sendto, b"hello", ("192.0.2.1", 53)), ban)
        assert misses(RuntimeError, {**calls, "datagram": datagram}) == {}
    call = "from socket import *\ntry: create_connection(('192.0.2.1', 443))\nexcept Exception as ban: print(type(ban))"
    assert "NetworkForbiddenError" in "".join(python(call))
