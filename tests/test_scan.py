"""`summit-analysis scan` reads an article in any of its forms and says what the ledger makes of its amounts."""

import datetime as dt
import io
import json
import os
import re
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import summit_analysis.__main__ as cli
from summit_analysis.article.read import parse_article, read_article
from summit_analysis.base.errors import FileError

SENTENCES = [
    "Emmanuel Macron put a sum on the table: 109 billion euros of private money.",
    "The EU AI Champions Initiative, he said, brings 200 billion euros.",
    "Digital Reality will spend more than 5 billion euros.",
    "The town of Nowhere adds 777 million euros of its own.",
    "Mistral AI will spend several billion euros in Essonne.",
    "Again: 109 billion euros.",
]
VERDICTS = ["agrees", "contradicts", "agrees", "new", "unquantified", "agrees"]
TEXT = "\n\n".join(SENTENCES)
PAGE = """<!DOCTYPE html><html lang=en><head><meta charset=utf-8>{head}<title>999 billion euros</title>
<style>.x::after {{content: "998 billion euros"}}</style></head><body onload="show('997 billion euros')">
<script>const sum = "996 billion euros"</script><!-- 995 billion euros --><template>994 billion euros</template>
<img alt="993 billion euros" src="992-billion-euros.png">{body}<noscript>991 billion euros</noscript></body></html>"""


@pytest.fixture
def write(tmp_path):
    def write(content, name="article.txt"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return write


@pytest.fixture(autouse=True)
def _loaded_once(ledger, monkeypatch):
    # what is run in a process of its own loads the tables itself
    monkeypatch.setattr("summit_analysis.ledger.tables.load", lambda: ledger)


def scan(*words, standard_input=None):
    return CliRunner().invoke(cli.app, ["scan", *map(str, words)], input=standard_input, catch_exceptions=False)


def verdicts(answer):
    return [amount["matches"][0]["verdict"] for amount in json.loads(answer.stdout)["amounts"]]


def run(*words, **options):
    """Run the command as a user does, in a terminal of a given width."""
    environment = {**os.environ, "PYTHONUTF8": "1", "COLUMNS": "200", **options.pop("environment", {})}
    return subprocess.run(
        [sys.executable, "-m", "summit_analysis", "scan", *map(str, words)],
        capture_output=True,
        check=False,
        env=environment,
        **options,
    )


# --- what it says


def test_the_table_says_what_agrees_contradicts_and_is_new(write):
    answer = run(write(TEXT), environment={"COLUMNS": "400"})
    shown = answer.stdout.decode("utf-8")
    assert answer.returncode == 1
    assert answer.stderr == b""
    for verdict in ("✓ agrees", "✗ contradicts", "+ new", "– unquantified"):
        assert verdict in shown
    assert "‹200 billion euros›" in shown
    assert "EU AI Champions: standing claims say €150bn, this is €50bn (33.3 %) more" in shown
    assert "“Digital Reality” is misspelt for Digital Realty" in shown
    assert shown.count("‹109 billion euros›") == 2
    last = shown.strip().splitlines()[-1]
    assert last == (
        "6 amount(s): 3 agree with the ledger, 1 contradicts it, 1 is new to it, "
        "0 are known, but do not stand, 1 has no figure to compare."
    )


def test_json_holds_the_same_and_every_number(write):
    path = write(TEXT)
    answer = scan(path, "--json", "--on", "2025-02-11")
    assert answer.exit_code == 1
    found = json.loads(answer.stdout)
    assert verdicts(answer) == VERDICTS
    assert found["file"] == str(path)
    assert found["on"] == "2025-02-11"
    assert found["totals"] == {"agrees": 3, "contradicts": 1, "new": 1, "known-not-standing": 0, "unquantified": 1}
    champions = found["amounts"][1]
    assert TEXT[champions["start"] : champions["end"]] == champions["span"]
    assert champions["matches"][0]["off_by"] == 50e9
    assert found["amounts"][3]["matches"][0]["pledge_id"] is None


def test_the_exit_code_is_0_without_contradiction(write):
    answer = scan(write("\n".join(SENTENCES[:1] + SENTENCES[2:])))
    assert answer.exit_code == 0
    assert "0 contradict it" in answer.stdout


def test_an_article_without_money_is_fine(write):
    for text in ("", "In 2025, 58 countries signed; 35 sites of 1 GW each stood ready."):
        answer = scan(write(text))
        assert answer.exit_code == 0
        assert "no amount of money found" in answer.stdout


def test_figures_without_a_currency_are_named_and_not_judged(write):
    path = write("Brookfield va investir 20 milliards, et MGX [30] à 50 milliards\x1b.")
    answer = scan(path)
    assert answer.exit_code == 0
    assert "no amount of money found" in answer.stdout
    assert "2 figure(s) without a currency, not judged: ‹20 milliards›, ‹50 milliards›" in answer.stdout
    found = json.loads(scan(path, "--json").stdout)
    assert found["amounts"] == []
    assert [(bare["span"], bare["low"]) for bare in found["without_currency"]] == [
        ("20 milliards", 20e9),
        ("50 milliards", 50e9),
    ]
    assert "without a currency" not in scan(write(TEXT)).stdout


def test_words_carry_the_verdict_where_colours_are_off(write):
    path = write(TEXT)
    plain = run(path, environment={"NO_COLOR": "1", "FORCE_COLOR": "1", "TERM": "xterm-256color"}).stdout
    coloured = run(path, environment={"FORCE_COLOR": "1", "TERM": "xterm-256color"}).stdout
    assert b"\x1b[1;31m" in coloured
    assert b"31m" not in plain
    assert "✗ contradicts".encode() in plain


def test_a_narrow_terminal_cuts_nothing_off(write):
    shown = run(write(SENTENCES[1]), environment={"COLUMNS": "60"}).stdout.decode("utf-8")
    assert max(len(line) for line in shown.splitlines()[:-2]) <= 60
    assert "contradicts" in shown
    assert "€150bn" in shown.replace("\n", "")


def test_control_characters_of_an_article_do_not_reach_the_terminal(write):
    shown = run(write("\x1b]0;title\x07\x1b[31m The EU AI Champions bring 200 billion euros.\x08\u202e")).stdout
    assert b"\x1b" not in shown and b"\x07" not in shown and b"\x08" not in shown


def test_markup_in_an_article_is_only_text(write):
    answer = scan(write("[bold]MGX[/bold] will invest 50 billion euros[/]."), "--json")
    assert verdicts(answer) == ["agrees"]
    assert scan(write("[bold]MGX will invest 50 billion euros[/].")).exit_code == 0


# --- in which form


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", TEXT),
        ("a.TXT", TEXT.replace("\n", "\r\n")),
        ("a.md", TEXT.replace("109 billion", "**109** [billion](https://example.org/3-billion-euros)")),
        ("a.md", "---\ntitle: 990 billion euros\n---\n# Head\n\n" + "\n".join(f"* {text}" for text in SENTENCES)),
        ("a.html", PAGE.format(head="", body="".join(f"<p>{text}</p>" for text in SENTENCES))),
        ("a.htm", PAGE.format(head="", body=TEXT.replace("200 billion", "<b>200</b>&nbsp;bil<i>lion</i>"))),
        ("a.html", PAGE.format(head="", body="<table>" + "".join(f"<tr><td>{text}" for text in SENTENCES))),
        ("a.html", "".join(f"<li data-x='5 billion euros'>{text.replace(' ', chr(10))}" for text in SENTENCES)),
    ],
)
def test_every_form_gives_the_same_verdicts(write, name, content):
    assert verdicts(scan(write(content, name), "--json")) == VERDICTS


def test_standard_input_may_be_text_or_a_page():
    assert verdicts(scan("-", "--json", standard_input=TEXT)) == VERDICTS
    page = PAGE.format(head="", body="".join(f"<p>{text}</p>" for text in SENTENCES))
    assert verdicts(scan("-", "--json", standard_input=page)) == VERDICTS
    assert run("-", input=TEXT.encode()).returncode == 1


def test_a_french_article_is_read_in_french(write):
    text = "MGX apporte 50 milliards d’euros. L’EU AI Champions Initiative en mobilise 200 milliards d’euros."
    assert verdicts(scan(write(text), "--json")) == ["agrees", "contradicts"]
    assert verdicts(scan(write(text), "--json", "--lang", "fr")) == ["agrees", "contradicts"]


@pytest.mark.parametrize(
    ("encoding", "said"),
    [("utf-8", False), ("utf-8-sig", False), ("utf-16", False), ("cp1252", True), ("latin-1", True)],
)
def test_other_encodings_are_read_and_said(write, encoding, said):
    text = "Le fonds émirati MGX apporte 50 milliards d'euros."
    answer = scan(write(text.encode(encoding)), "--json")
    assert verdicts(answer) == ["agrees"]
    assert ("not UTF-8; read as windows-1252" in answer.stderr) == said


def test_the_euro_sign_of_windows_is_a_euro_sign(write):
    assert verdicts(scan(write("MGX promet 50 milliards €.".encode("cp1252")), "--json")) == ["agrees"]


def test_a_page_may_declare_its_encoding():
    page = '<html><head><meta charset="iso-8859-15"></head><body>50 milliards de €</body>'.encode("iso-8859-15")
    found = parse_article(page)
    assert (found.text, found.encoding) == ("50 milliards de €", "iso-8859-15")


def test_paragraphs_stay_apart_and_words_stay_together():
    page = b"<h2>One</h2><p>two<br>three <b>fo</b>ur</p><ul><li>five<li>six</ul>&amp; &euro;7&#8239;bn"
    found = parse_article(page, kind="html")
    assert found.text == "One\n\ntwo\n\nthree four\n\nfive\n\nsix\n\n& €7\u202fbn"


def test_the_cells_of_a_row_stay_together(write):
    page = "<p>Who<table><tr><th>pledger<th></th><th> bn € </th></tr><tr><td>MGX<td><td>€<b>50</b>bn</td></table>So"
    assert parse_article(page.encode(), kind="html").text == "Who\n\npledger | bn €\n\nMGX | €50bn\n\nSo"
    assert parse_article(b"<td>MGX<td>50", kind="html").text == "MGX | 50"
    rows = "| who | how much |\n|---|---|\n| MGX | 50 billion euros |\n| EU AI Champions | 200 billion euros |"
    assert verdicts(scan(write(rows, "a.md"), "--json")) == ["agrees", "contradicts"]


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("a<div hidden>b<div>c</div>d</div>e", "a\n\ne"),
        ("a<span hidden=until-found>b</span>c", "ac"),
        ("<body hidden><p hidden>a<p>b", "a\n\nb"),
        ("a<template>b<template>c</template>d</template>e", "ae"),
        ("a<object>b<svg><title>c</svg></object>d", "ad"),
        ("a<div hidden>b<script>c</script>d</div>e", "a\n\ne"),
    ],
)
def test_hidden_elements_are_not_read(page, text):
    assert parse_article(page.encode(), kind="html").text == text


@pytest.mark.parametrize(
    "page", ["a<![endif]-->b", "a<![if !IE]>b<![endif]>", "a<!--[if IE]>x<![endif]-->b", "a<![x>b", "a<![CDATA[x]]>b"]
)
def test_conditional_comments_hide_nothing_after_them(page):
    assert parse_article(page.encode(), kind="html").text == "ab"


def test_the_lines_of_preformatted_text_stay_lines(write):
    page = "<p>a\nb<pre>EU AI Champions ..... EUR 150 bn\n  gigafactories ......   EUR 20 bn\n\nc</pre>d\ne"
    found = parse_article(page.encode(), kind="html").text
    assert found == "a b\n\nEU AI Champions ..... EUR 150 bn\n gigafactories ...... EUR 20 bn\n\nc\n\nd e"
    assert verdicts(scan(write(page, "a.html"), "--json")) == ["agrees", "agrees"]


@pytest.mark.parametrize("reference", ["&#" + "9" * 4301, "&#" + "0" * 4301 + "8364"])
def test_a_character_reference_of_thousands_of_digits_ends_in_no_traceback(write, reference):
    assert verdicts(scan(write(f"<p>MGX {reference}; brings &#8364;50bn</p>", "a.html"), "--json")) == ["agrees"]


# --- its day


DAY = dt.date(2025, 2, 7)
META = '<meta property="article:published_time" content="2025-02-07T23:30:00+01:00">'
META_NAME = "article:published_time"
LINKED = '<script type="application/ld+json">{}</script>'


@pytest.mark.parametrize(
    ("head", "body", "by"),
    [
        (META, "", "article:published_time"),
        (LINKED.format('{"@type": "NewsArticle", "datePublished": "2025-02-07"}'), "", "datePublished"),
        (LINKED.format('{"@graph": [{"name": "x"}, {"datePublished": "2025-02-07T08:00Z"}]}'), "", "datePublished"),
        ("", '<time datetime="2025-02-07 08:00">7 Feb</time><time datetime="2024-01-01"></time>', "time"),
        ("", '<time datetime="PT5M">five minutes</time><time datetime="2025-02-07">7 Feb</time>', "time"),
        (META + LINKED.format('{"datePublished": "2024-01-01"}'), "<time datetime=2023-01-01>", META_NAME),
        (LINKED.format("{broken") + LINKED.format('[{"datePublished": "2025-02-07"}]'), "", "datePublished"),
    ],
)  # fmt: skip
def test_the_day_of_a_page_is_found(head, body, by):
    found = parse_article(PAGE.format(head=head, body=body).encode())
    assert (found.published_on, found.published_by) == (DAY, by)


@pytest.mark.parametrize(
    "head", ["", META.replace("02-07", "02-30"), META.replace("2025-02-07T", "07/02/2025 "), LINKED.format("[" * 5000)]
)
def test_a_page_without_a_day_has_none(head):
    assert parse_article(PAGE.format(head=head, body="").encode()).published_on is None


def test_the_day_decides_the_rate_and_on_goes_before_it(write):
    path = write(PAGE.format(head=META, body="<p>MGX will invest 80 billion dollars in France.</p>"), "a.html")
    for words, rate in (((), 1.0377), (("--on", "2025-02-11"), 1.0324)):
        answer = json.loads(scan(path, "--json", *words).stdout)
        assert answer["published_on"] == "2025-02-07"
        assert answer["amounts"][0]["matches"][0]["rate"] == rate
    assert "the ECB's rates of 2025-02-07" in scan(path).stdout
    assert "of each claim's own day" in scan(write("MGX will invest 50 billion euros.")).stdout


def test_a_day_after_the_last_rate_still_compares_what_needs_none(write):
    answer = scan(write(f"{SENTENCES[0]} MGX will invest 80 billion dollars."), "--json", "--on", "2029-01-01")
    assert verdicts(answer) == ["agrees", "new"]


# --- wrong usage


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (None, b"", ["does not exist", ".html", ".md", "-"]),
        ("a.pdf", b"%PDF-1.7", [".pdf is not accepted", ".html"]),
        ("a", b"text", ["without ending", ".txt"]),
        ("a.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", ["no text"]),
        ("a.txt", bytes(range(256)) * 4, ["no text"]),
        ("a.txt", b"\0" * 100, ["no text"]),
    ],
)
def test_what_is_no_article_is_wrong_usage(write, tmp_path, name, content, words):
    path = write(content, name) if name else tmp_path / "missing.txt"
    answer = run(path)
    said = " ".join(answer.stderr.decode("utf-8").replace("│", " ").split())
    assert answer.returncode == 2
    assert answer.stdout == b""
    assert "Traceback" not in said
    for word in words:
        assert word in said
    with pytest.raises(FileError):
        read_article(path)


def test_a_folder_and_a_bad_option_are_wrong_usage(write, tmp_path):
    (tmp_path / "folder.txt").mkdir()
    assert scan(tmp_path / "folder.txt").exit_code == 2
    path = write(TEXT)
    for words in (["--on", "11 February"], ["--on", "2025-02-30"], ["--lang", "de"], ["--colour"]):
        assert scan(path, *words).exit_code == 2
    assert scan().exit_code == 2


# --- anything at all


@given(st.text(max_size=300))
def test_any_text_is_read(text):
    found = parse_article(text.encode("utf-8", "replace"), kind="text")
    assert found.text == text.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace(
        "\r", "\n"
    ).removeprefix("\ufeff")


PIECES = [
    "<p>",
    "</p>",
    "<div",
    ">",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<!DOCTYPE",
    "<script>",
    "</script",
    "&#",
    "&euro;",
]
PIECES += [
    "<b a='",
    '"',
    "<td><tr>",
    "</html>",
    "é",
    "<style>",
    "<?php",
    "</",
    "<svg>",
    "<![if",
    "<![x",
    "50 billion euros",
    "<div hidden>",
]
SOUP = st.lists(st.sampled_from([*PIECES, "\0", "\u2029", " ", "\n"]), max_size=60).map("".join)


@given(SOUP, st.sampled_from(["html", "markdown"]))
def test_any_soup_of_tags_is_read_or_refused_in_our_words(soup, kind):
    try:
        found = parse_article(soup.encode(), kind=kind)
    except FileError:
        return
    assert "\u2029" not in found.text
    assert kind == "markdown" or not re.search(r"<(p|script|style)>", found.text)


LONG = ["<div>", "<p>a", "<svg>", "<div hidden>", "<td>", "<!--", "<b><i>", "&amp", "</p>", "<a b", "* x\n", "> ", "["]


@pytest.mark.parametrize("piece", LONG)
def test_a_long_soup_takes_seconds_at_most(piece):
    # of this process: what else the machine does is not the reader's fault
    start = time.process_time()
    for kind in ("html", "markdown"):
        try:
            parse_article((piece * (40_000 // len(piece))).encode(), kind=kind)
        except FileError:
            continue
    assert time.process_time() - start < 30


@pytest.mark.parametrize("encoding", ["cp1252", "cp850", "ascii"])
@pytest.mark.parametrize(
    "words", [["scan"], ["scan", "--json"], ["total"], ["total", "--lang", "fr", "--json"]], ids=str
)
def test_output_sent_to_a_file_of_windows_is_whole(encoding, words, write, monkeypatch):
    """The tick of a verdict ended the program, with the exit code that means a contradiction."""
    file = write(f"{SENTENCES[0]} Il s\u2019agit d\u2019une œuvre.")
    stdout = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", stdout)
    monkeypatch.setattr(sys, "argv", ["summit-analysis", *words, *([str(file)] if words[0] == "scan" else [])])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 0
    stdout.flush()
    said = stdout.buffer.getvalue().decode(encoding)
    if "--json" in words:
        assert "€109bn" in str(json.loads(said)) or "Md\u00a0€" in json.loads(said)["sentence"]
    else:
        assert "?" not in said
        assert ("= agrees" in said) if words == ["scan"] else ("At most" in said)
