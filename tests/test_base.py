"""What all rooms stand on: printed amounts, files that are written whole or not at all, the ban on the network."""

import errno
import gzip
import math
import os
import socket
import time
from dataclasses import FrozenInstanceError
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

NAN = math.nan
MARK = ".mark"


# --- amounts


def eur(low, high=None, **more):
    return Amount(low, low if high is None else high, "EUR", **more)


CLAIMS = {
    ("exact", 109e9, 109e9): eur(109e9),
    ("approx", 6e9, 6e9): eur(6e9),
    ("range", 30e9, 50e9): eur(30e9, 50e9),
    ("at-least", 5e9, NAN): eur(5e9, open_high=True),
    ("up-to", NAN, 4e9): eur(4e9, open_low=True),
    ("several", NAN, NAN): eur(NAN),
}


def test_a_claim_becomes_an_amount_that_stays_as_printed():
    read = {(word, low, high): Amount.from_claim(low, high, "EUR", word) for word, low, high in CLAIMS}
    # a missing figure equals none
    assert repr(read) == repr(CLAIMS)
    # which of the two figures each word fills
    assert {word: (not math.isnan(low), not math.isnan(high)) for word, low, high in CLAIMS} == QUALIFIERS
    with pytest.raises(FrozenInstanceError):
        eur(109e9).low = 110e9
    with pytest.raises(ChoiceError, match="'about'") as refusal:
        Amount.from_claim(1.0, 1.0, "EUR", "about")
    assert all(qualifier in str(refusal.value) for qualifier in QUALIFIERS)


def test_open_ends_reach_to_zero_and_to_infinity():
    bounds = {
        eur(3.0, 5.0): (3.0, 5.0),
        eur(5.0, open_high=True): (5.0, math.inf),
        eur(5.0, open_low=True): (0.0, 5.0),
        eur(3.0, 5.0, open_low=True, open_high=True): (0.0, math.inf),
        Amount.from_claim(NAN, NAN, "EUR", "several", 1e9): (0.0, math.inf),
    }
    assert {amount: amount.bounds() for amount in bounds} == bounds
    assert [amount.scale for amount in bounds if not amount.quantified] == [1e9]


PRINTED = [
    (eur(109e9), "€109bn", "109 Md €"),
    (eur(30e9, 50e9), "€30–50bn", "30–50 Md €"),
    (eur(5e9, open_high=True), "at least €5bn", "au moins 5 Md €"),
    (eur(50e9, open_low=True), "up to €50bn", "jusqu’à 50 Md €"),
    (eur(5e9, open_low=True, open_high=True), "roughly €5bn", "environ 5 Md €"),
    (eur(377e9, 404e9, open_high=True), "at least €377–404bn", "au moins 377–404 Md €"),
    (eur(632.8089e9), "€632.8bn", "632,8 Md €"),
    (eur(400e6), "€400m", "400 M €"),
    (eur(1500), "€1.5k", "1,5 k €"),
    (eur(0.0), "€0", "0 €"),
    (eur(0.01), "€0", "0 €"),
    (eur(0.01, 0.5), "€0–0.5", "0–0,5 €"),
    (eur(-2e9), "€-2bn", "-2 Md €"),
    (Amount(2e9, 3e9, ""), "2–3bn", "2–3 Md"),
    (Amount(2.5e9, 2.5e9, "USD"), "$2.5bn", "2,5 Md $US"),
    (Amount(1e9, 1e9, "CHF"), "CHF 1bn", "1 Md CHF"),
    (Amount(2.5e12, 2.5e12, "EUR"), "€2.5tn", "2 500 Md €"),
    (eur(NAN, scale=1e9), "several billion €", "plusieurs Md €"),
    (eur(NAN, scale=1e12), "several trillion €", "plusieurs milliers de Md €"),
    (eur(NAN, scale=1e6), "several million €", "plusieurs M €"),
    (eur(0.0, 2e9), "€0–2bn", "0–2 Md €"),
    (eur(50e6, 2e9), "€50m–€2bn", "50 M €–2 Md €"),
    (eur(51e6, 2e9), "€0.1–2bn", "0,1–2 Md €"),
    (Amount(NAN, NAN, "CHF", scale=1e9), "several billion CHF", "plusieurs Md CHF"),
    (eur(NAN), "no amount given", "montant non communiqué"),
]


def test_an_amount_reads_as_in_a_newspaper():
    found = [(amount, *(unspaced(format_amount(amount, lang=lang)) for lang in ("en", "fr"))) for amount, *_ in PRINTED]
    assert found == PRINTED
    # figure, unit and symbol cannot be torn apart
    assert " " not in format_amount(eur(109e9), lang="fr") + format_amount(Amount(1e9, 1e9, "CHF"))


SPELLED = [
    (eur(7e9, 8e9), "de 7 à 8 milliards d’euros"),
    (eur(109e9, open_low=True), "jusqu’à 109 milliards d’euros"),
    # from two up a noun is a plural, as it is printed
    (eur(1.9e9), "1,9 milliard d’euros"),
    (eur(1.96e9), "2 milliards d’euros"),
    (eur(1.2e9, 2e9), "de 1,2 à 2 milliards d’euros"),
    (eur(1.5e6, 2.5e9, open_high=True), "au moins de 1,5 million à 2,5 milliards d’euros"),
    (eur(1e12), "1 000 milliards d’euros"),
    (eur(2.5e3), "2 500 euros"),
    # a blank too many once stood after the figure without a unit
    (eur(0.0, 2e9), "de 0 à 2 milliards d’euros"),
    (eur(4e5, 2e6), "de 400 000 à 2 millions d’euros"),
    (eur(5.0, 7.0), "de 5 à 7 euros"),
    (Amount(2.5e9, 2.5e9, "USD"), "2,5 milliards de dollars"),
    (Amount(2e9, 2e9, "ISK"), "2 milliards de couronnes islandaises"),
    (Amount(2e9, 2e9, ""), "2 milliards"),
    (Amount(5.0, 5.0, ""), "5"),
    (eur(NAN, scale=1e12), "plusieurs milliers de milliards d’euros"),
    (eur(NAN, scale=1e9), "plusieurs milliards d’euros"),
    (Amount(NAN, NAN, "", scale=1e6), "plusieurs millions"),
    (eur(NAN, scale=1e3), "montant non communiqué"),
]
WHOLE = {
    (15.6e9, "en", 36.3e9): "€16–36bn",
    (0.35e9, "en", 0.7e9): "€350–700m",
    (1.4e9, "en"): "€1bn",
    (1e9, "en"): "€1bn",
    (1e9 - 4e7, "en"): "€960m",
    # a trillion is a word of English only
    (1.26e12, "en"): "€1.3tn",
    (1e12 + 3e10, "en"): "€1tn",
    (1.2645e12, "fr"): "1 264 milliards d’euros",
}


def test_an_amount_reads_as_in_a_sentence():
    found = [(amount, unspaced(format_amount(amount, lang="fr", prose=True))) for amount, _ in SPELLED]
    assert found == SPELLED
    assert " " not in format_amount(eur(1e12), lang="fr", prose=True).removesuffix(" d’euros")
    assert format_amount(eur(7e9), prose=True) == "€7bn"
    assert {asked: unspaced(whole_billions(asked[0], "EUR", *asked[1:])) for asked in WHOLE} == WHOLE


def test_rounding_up_moves_to_the_next_unit_and_digits_hold_for_both_ends():
    printed = [
        ((999_949_999.0,), 1, "€999.9m"),
        ((999_950_000.0,), 1, "€1bn"),
        ((999_949_999_999.0,), 1, "€999.9bn"),
        ((999_499_999.0,), 0, "€999m"),
        ((999_500_000.0,), 0, "€1bn"),
        ((999_994_999.0,), 2, "€999.99m"),
        ((999_995_000.0,), 2, "€1bn"),
        ((1.234e6, 2.346e9), 2, "€1.23m–€2.35bn"),
        # once a recursion without end
        ((2.0e9,), -1, "€2bn"),
        # a range that rounds to one figure prints one
        ((1.0e9, 1.04e9), 1, "€1bn"),
        ((1.0e9, 1.04e9), 2, "€1–1.04bn"),
    ]
    assert [(ends, digits, format_amount(eur(*ends), digits=digits)) for ends, digits, _ in printed] == printed


@given(st.integers(0, 10**15), st.sampled_from(["en", "fr"]), st.integers(0, 3))
def test_a_printed_figure_reads_back_within_its_rounding(value, lang, digits):
    text = format_figure(value / 1000, lang=lang, digits=digits)
    assert abs(float(parse_decimal(text, locale=lang)) - value / 1000) <= 0.5 * 10**-digits * (1 + 1e-9)


def test_a_bare_figure_has_one_digit_and_a_language_without_words_is_refused():
    assert format_figure(1234.56) == "1,234.6"
    assert format_figure(1234.56, lang="fr", digits=2) == "1\u202f234,56"
    unknown = {"whole": lambda: format_amount(eur(1.0), lang="it"), "bare": lambda: format_figure(1.0, lang="it")}
    unknown["in prose"] = lambda: format_amount(eur(1.0), lang="it", prose=True)
    assert misses(ChoiceError, {name: (ask, "lang='it'") for name, ask in unknown.items()}) == {}


# --- one file


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


def begin(folder, **options):
    files.new_folder(folder, **options).__enter__()


def test_a_file_is_written_with_its_folders_and_read_with_its_line_ends(tmp_path):
    path = files.write_text(tmp_path / "a" / "b.txt", "« 109 »\r\nmilliards\n")
    assert files.read_text(path).encode() == path.read_bytes() == "« 109 »\r\nmilliards\n".encode()
    assert names(path.parent) == ["b.txt"]
    assert path.stat().st_mode & 0o444 == 0o444
    for name, content in {"c.txt": b"\xef\xbb\xbfa\r\n", "d.gz": gzip.compress(b"a\r\n")}.items():
        assert files.read_text(files.write_bytes(tmp_path / name, content)) == "a\r\n"


@pytest.mark.parametrize("failing", ["replace", "fdopen"], ids=["at the rename", "at the writing"])
def test_a_write_that_fails_keeps_the_old_file(old, monkeypatch, failing):
    monkeypatch.setattr(files.os, failing, Mock(side_effect=OSError(errno.ENOSPC, "No space left on device")))
    with pytest.raises(FileError, match=r"page\.html: No space left"):
        files.write_text(old / "page.html", "new")
    assert_old(old)


def test_what_cannot_be_written_is_refused_and_all_stays(old):
    with pytest.raises(TypeError):
        files.write_bytes(old / "page.html", "text, not bytes")
    below = old / "page.html" / "below"
    refused = {
        "a folder in the way of a file": lambda: files.write_text(old, "text"),
        "a file in the way of the folder of a file": lambda: files.write_text(below, "text"),
        "a file in the way of the folder of a folder": lambda: begin(below),
        "a file in the way of a folder": lambda: begin(old / "page.html"),
        "one of several": lambda: files.write_all({old / "page.html": b"new", below: b"new"}),
    }
    if hasattr(os, "geteuid") and os.geteuid():
        # root may write anywhere
        old.chmod(0o555)
        refused["no permission for a file"] = lambda: files.write_text(old / "new", "text")
        refused["no permission for a folder"] = lambda: begin(old / "new")
    assert misses(FileError, {name: (work, "cannot write") for name, work in refused.items()}) == {}
    assert_old(old)


def test_a_kept_name_that_leads_elsewhere_or_that_does_not_ship_is_refused():
    elsewhere = ["/etc/x.png", "../x.png", "a/x.png", "..", "", "a\\x.png", "C:\\x.png", "x/"]
    refused = {one: (lambda one=one: files.plain_name(one), "plain name") for one in elsewhere}
    assert misses(FileError, refused | {"maps": (lambda: files.shipped("maps"), "'maps'")}) == {}
    assert files.plain_name("00-été à Paris.png") == "00-été à Paris.png"
    assert all(files.shipped(name).is_dir() for name in ("data", "notebooks"))


# --- a whole folder


def test_a_new_folder_appears_where_none_was_readable_for_a_web_server(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # a relative one is meant from where one stands
    with files.new_folder("deep/report") as folder:
        files.write_text(folder / "page.html", "new")
        assert not (tmp_path / "deep" / "report").exists()
    assert names(tmp_path / "deep") == ["report"]
    assert names(tmp_path / "deep" / "report") == ["page.html"]
    assert (tmp_path / "deep" / "report").stat().st_mode & 0o555 == 0o555


@pytest.mark.parametrize("way", ["one system call", "two renames"])
def test_a_new_folder_takes_the_place_of_the_old_one_and_of_two_runs_at_once_the_last(old, monkeypatch, way):
    if way == "two renames":
        monkeypatch.setattr(files, "_exchange", lambda one, other: False)
    with files.new_folder(old, mark=MARK) as folder, files.new_folder(old, mark=MARK):
        files.write_text(folder / "index.html", "new")
        assert (old / "page.html").read_text() == "old"
    assert (names(old), names(old.parent)) == ([MARK, "index.html"], ["report"])


def test_another_run_that_ends_while_the_folder_is_looked_at_once_looked_like_a_loss(old, monkeypatch):
    usual = files._files_in

    def late(folder):
        monkeypatch.setattr(files, "_files_in", usual)
        with files.new_folder(old, mark=MARK) as theirs:
            files.write_text(theirs / "theirs.html", "new")
        return usual(folder)

    monkeypatch.setattr(files, "_files_in", late)
    with files.new_folder(old, mark=MARK):
        pass
    assert names(old) == [MARK]


def test_a_second_rename_that_is_refused_puts_the_old_folder_back(old, monkeypatch):
    usual = Path.replace

    def replace(path, target):
        if path.name.startswith(".report") and not path.name.endswith("-old") and Path(target) == old:
            raise PermissionError(errno.EACCES, "Permission denied")
        return usual(path, target)

    monkeypatch.setattr(files, "_exchange", lambda one, other: False)
    monkeypatch.setattr(Path, "replace", replace)
    refused = pytest.raises(FileError, match=r"cannot write .*report: Permission denied")
    with refused, files.new_folder(old, mark=MARK):
        pass
    assert_old(old)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_whatever_ends_the_block_leaves_the_old_folder(old, error):
    with pytest.raises(error), files.new_folder(old, mark=MARK) as folder:
        (folder / "index.html").write_text("half", encoding="utf-8")
        raise error
    assert_old(old)


@pytest.mark.parametrize("target", ["report", "report [1]"])
def test_what_runs_left_behind_long_ago_is_swept_and_all_else_is_left(tmp_path, target):
    swept = [f".{target}-unfinished-abc", f".{target}-unfinished-abc-old"]
    kept = [f".{target}-my-notes", f".{target}s-unfinished-abc", f"{target}-unfinished-abc", f".{target}-4-notes"]
    long_ago = time.time() - 2 * 86_400
    for name in swept + kept:
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (long_ago, long_ago))
    # what another machine is writing to the same place
    (tmp_path / f".{target}-unfinished-theirs").mkdir()
    with files.new_folder(tmp_path / target):
        pass
    there = sorted([target, *kept, f".{target}-unfinished-theirs"])
    assert names(tmp_path) == there
    # a file that was cut short once stayed for ever
    (tmp_path / swept[0]).write_text("half")
    os.utime(tmp_path / swept[0], (long_ago, long_ago))
    with pytest.raises(FileError, match="cannot write"):
        files.write_text(tmp_path / target, "a folder is in the way")
    assert names(tmp_path) == there


@pytest.mark.parametrize("own", ["CNAME", ".git/config", "figures/own.txt"])
@pytest.mark.parametrize("name", ["mine", "report"])
def test_own_work_is_refused_before_any_work_and_stays_in_a_foreign_folder_and_in_a_report(old, name, own):
    with files.new_folder(old, mark=MARK) as folder:
        files.write_text(folder / "figures" / "one.svg", "<svg/>")
    mine = files.write_text(old.with_name(name) / own, "own work")
    for mark in {None, MARK} if name == "mine" else {MARK}:
        with pytest.raises(FileError, match=rf"{name}: it exists already and holds {own}, .* new folder"):
            begin(old.with_name(name), mark=mark)
    assert mine.read_text() == "own work"
    assert names(old.parent) == sorted({"report", name})


def test_what_is_saved_while_a_run_works_is_not_deleted_and_files_of_a_file_manager_are_no_work(old):
    files.write_text(old / ".DS_Store", "")
    with pytest.raises(FileError, match=r"notes\.md"), files.new_folder(old, mark=MARK):
        files.write_text(old / "notes.md", "own work")
    assert_old(old, ".DS_Store", "notes.md")
    (old / "notes.md").unlink()
    with files.new_folder(old, mark=MARK):
        pass
    assert names(old) == [MARK]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permissions of this kind")
def test_what_was_private_stays_private_and_a_link_to_a_folder_shows_the_new_one(old):
    old.chmod(0o700)
    (old / "page.html").chmod(0o600)
    files.write_text(old / "page.html", "new")
    assert (old / "page.html").stat().st_mode & 0o777 == 0o600
    link = old.with_name("public")
    link.symlink_to(old)
    with files.new_folder(link, mark=MARK) as folder:
        files.write_text(folder / "index.html", "new")
    assert names(link) == [MARK, "index.html"]
    assert old.stat().st_mode & 0o777 == 0o700
    # nothing is left over
    assert names(old.parent) == ["public", "report"]


# --- tests stay on this machine, and so do the processes they begin, those of notebooks too

ELSEWHERE = ["192.0.2.1", "2001:db8::1", "example.org"]
CALL = "import socket; socket.create_connection(({!r}, 443), timeout=1)"
BAN = "tests reach this machine only"


def test_nothing_leaves_the_machine_and_no_process_that_a_test_begins():
    calls = {host: (lambda host=host: socket.create_connection((host, 443), timeout=1), BAN) for host in ELSEWHERE}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outgoing:
        datagram = (lambda: outgoing.sendto(b"hello", ("192.0.2.1", 53)), BAN)
        assert misses(RuntimeError, {**calls, "datagram": datagram}) == {}
    assert os.environ["PYTHONPATH"].split(os.pathsep)[0].endswith("offline")
    tries = [f"try:\n    {CALL.format(host)}\nexcept Exception as error: print(type(error))" for host in ELSEWHERE]
    said = python("\n".join(tries))
    assert sum("NetworkForbiddenError" in line for line in said) == len(said) == len(ELSEWHERE)
