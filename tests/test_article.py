"""From the text of an article to what the ledger says of each amount: reading files, amounts, verdicts, statements."""

import contextlib
import datetime as dt
import itertools
import json
import math
import re
import sys
import time
from decimal import Decimal
from functools import partial

import pandas as pd
import pytest
from babel.numbers import format_compact_currency, format_currency
from hypothesis import example, given
from hypothesis import strategies as st
from rich.console import Console
from typer.testing import CliRunner

import refusals
import summit_analysis.__main__ as cli
from article_score import corpus, judged, kept, score
from printed import parsed
from summit_analysis import Amount, check_statements, find_amounts, format_amount, match_claims, scan
from summit_analysis.article.amounts import COLUMNS, read_amounts
from summit_analysis.article.match import rules
from summit_analysis.article.read import parse_article, read_article
from summit_analysis.article.scan import verdict_words
from summit_analysis.base.errors import ChoiceError, FileError, FrameError
from summit_analysis.money import QUALIFIERS
from summit_analysis.pledges.claims import value_claims

CORPUS = {(name, lang): rows for name in ("amounts", "unseen") for lang, rows in corpus(name).items()}
SHORT, TOLD, THIRTEEN = corpus("articles").values()
SENTENCES, ANSWERS = map(list, zip(*SHORT["sentences"], strict=True))
TEXT, PAGE = "\n\n".join(SENTENCES), SHORT["page"]
PAGES = corpus("pages")
DATED, _ = PAGES["days"]["a meta element"]
LONG_DIGITS = {f"a&#{'0' * 4301}8364;b": "a€b", f"a&#{'9' * 4301};b": "a\ufffdb"}
ENDLESS = f'<script type="application/ld+json">{"[" * 5000}</script>'
PIECES, NASTY, TAGS, LONG, MARKED = (corpus("soups")[name] for name in ("pieces", "nasty", "tags", "long", "marked"))


def seconds(work, *arguments):
    """Return what some work costs of the processor: what else the machine does is not its fault."""
    begun = time.process_time()
    with contextlib.suppress(FileError):
        work(*arguments)
    return time.process_time() - begun


@pytest.mark.parametrize(("name", "lang"), CORPUS)
def test_the_corpus_is_read_but_for_the_sentences_known_to_be_missed(name, lang):
    entries, failed = CORPUS[name, lang], []
    for entry in entries:
        frame = find_amounts(entry["text"])
        ends = frame.assign(low=frame["low"].fillna(frame["scale"]), high=frame["high"].astype(object).fillna(""))
        told = ends[["span", "low", "high", "qualifier", "currency", "inferred"]].to_numpy().tolist()
        wanted = [[*row[:5], len(row) > 5] for row in entry["want"]]
        if told != wanted or not (lang == "mixed" or set(frame["language"]) <= {lang}):
            failed.append(entry["text"])
    assert failed == [entry["text"] for entry in entries if "miss" in entry]
    assert len(failed) <= 0.05 * len(entries)


def test_a_mended_sentence_stays_mended():
    for fault, row in corpus("mended").items():
        found = read_amounts(row.pop("text"), row.pop("lang", None))
        bare = found["currency"].isna()
        columns = {"bare": found.loc[bare, "span"], **found[~bare]}
        assert {column: list(columns[column].dropna()) for column in row} == row, fault


@pytest.mark.parametrize(("lang", "billion"), [("en", "billion"), ("fr", "milliards")])
def test_an_everyday_word_is_no_currency_though_babel_may_begin_a_currencys_name_with_it(lang, billion):
    forms = ["5 {word} 7", "In 2030 {word}, 5 {billion} {word} 7", "{word} 5 {billion} X"]
    words = {form for word in corpus("common-words")[lang].split() for form in (word, word.title())}
    # in one text: reading thousands of them takes a hundred times as long
    text = "\n\n".join(form.format(word=word, billion=billion) for word in sorted(words) for form in forms)
    assert list(find_amounts(text, lang=lang)["sentence"]) == []


FRAMES = ["The grant is {} this year.", "{}", "Ils ont dit que cela ({}) ne suffit pas."]
CODES = "EUR USD GBP CNY INR JPY KRW CAD CHF AUD HKD NZD TWD SGD BRL SEK DKK PLN AED QAR ILS VND MXN ZAR"
currencies = st.sampled_from(CODES.split())
ends = st.sampled_from([(False, False), (True, False), (False, True)])
langs, frames, tenths = st.sampled_from(["en", "fr"]), st.sampled_from(FRAMES), st.integers(1, 9999)


def only(lang, text, frame):
    """Return the one amount of a sentence built around `text`, with the language given: some texts are but a sign."""
    found = find_amounts(frame.format(text), lang=lang)
    assert len(found) == 1, (text, list(found["span"]))
    return found.iloc[0]


@st.composite
def written_by_babel(draw):
    lang, currency = draw(langs), draw(currencies)
    style = draw(st.sampled_from(["standard", "name", "compact"]))
    if style != "compact":
        figure = Decimal(draw(st.integers(1, 10**15))) / (1 if currency in ("JPY", "KRW", "VND") else 100)
        return lang, currency, float(figure), format_currency(figure, currency, locale=lang, format_type=style)
    # Babel shortens the French billion to "Bn", which newspapers use for thousand millions
    figure = draw(st.integers(10, 9999)) * 10 ** draw(st.integers(2, 8 if lang == "fr" else 11))
    return lang, currency, figure, format_compact_currency(figure, currency, locale=lang, fraction_digits=3)


@given(written_by_babel(), frames)
def test_an_amount_written_by_babel_is_found_again(written, frame):
    lang, currency, value, text = written
    row = only(lang, text, frame)
    assert (row.low, row.high, row.currency, row.qualifier, row.span) == (value, value, currency, "exact", text)


@given(langs, tenths, st.none() | tenths, currencies, ends, frames)
@example("en", 0.2, 50, "EUR", (False, True), FRAMES[0])
def test_an_amount_of_ours_is_found_again_with_its_qualifier(lang, one, other, currency, open_ends, frame):
    low, high = sorted((one * 1e8, (other or one) * 1e8))
    word = {(True, False): "up-to", (False, True): "at-least"}.get(open_ends, "exact" if low == high else "range")
    several = Amount(math.nan, math.nan, currency, scale=1e9)
    for amount, qualifier in ((Amount(low, high, currency, *open_ends), word), (several, "several")):
        row = only(lang, format_amount(amount, lang=lang), frame)
        # a missing figure equals none
        assert row[[*vars(amount)]].map(str).tolist() == [*map(str, vars(amount).values())]
        assert row.qualifier == qualifier


NO_SUMS = [
    "| Firm | Sum (€bn) |\n|---|---|\n| Brookfield | 20 in 2024 |\n| MGX | 50 (of 109) |\n",
    "GPT-4 and $5bn.",
    "On 10/02/2025 billion-euro plans came.",
    "An Airbus A320 million-dollar order.",
    "A Horizon-2020 billion euros.",
]


def test_a_year_in_a_cell_the_number_in_a_name_and_the_end_of_a_date_once_were_amounts():
    found = {text: [low for low in find_amounts(text)["low"] if low > 0] for text in NO_SUMS}
    assert {text: lows for text, lows in found.items() if lows} == {"GPT-4 and $5bn.": [5e9]}


def soup_of(pieces):
    return st.builds(str.join, st.sampled_from(["", " "]), st.lists(st.sampled_from(pieces), max_size=30))


@given(st.one_of(st.text(), st.text("0123456789 .,'€$-\u00ad\u0301\n"), soup_of(PIECES)), st.sampled_from([None, "fr"]))
@example("\ud800 €5bn \udfff", None)
@example("\udcff1\u0301 €", None)
@example("€€€\x00\x1b[31m€1bn\x1b[0m", None)
def test_no_text_breaks_it(text, lang):
    found, end = find_amounts(text, lang=lang), 0
    assert {name: str(dtype) for name, dtype in found.dtypes.items()} == COLUMNS
    for row in found.itertuples():
        assert text[row.start : row.end] == row.span
        assert end <= row.start < row.end
        end = row.end
        assert row.span in row.sentence or not row.span.isprintable()
        assert row.qualifier in QUALIFIERS and re.fullmatch("[A-Z]{3}", row.currency)
        assert (row.qualifier == "several") == pd.isna(row.low) == pd.isna(row.high) != pd.isna(row.scale)
        assert pd.isna(row.low) or 0 <= row.low <= row.high < float("inf")
        assert (row.qualifier == "up-to", row.qualifier == "at-least") == (row.open_low, row.open_high)


# names that several currencies bear: a country anywhere in the text may choose
settled = soup_of([piece for piece in PIECES if piece not in ("livres", "francs", "dirhams", "¥")])


@given(settled, settled, langs)
def test_two_texts_side_by_side_keep_their_amounts(first, second, lang):
    def explicit(text, shift=0):
        found = find_amounts(text, lang=lang).query("not inferred").drop(columns=["span", "sentence"])
        return found.assign(start=found["start"] + shift, end=found["end"] + shift)

    apart = pd.concat([explicit(first), explicit(second, len(first) + 2)], ignore_index=True)
    pd.testing.assert_frame_equal(explicit(f"{first}\n\n{second}").reset_index(drop=True), apart)


def test_time_grows_with_the_length_of_the_text_and_no_faster(ledger):
    def text(size):
        return "\n\n".join(piece * (size // len(NASTY) // len(piece)) for piece in NASTY)

    def found(count):
        return find_amounts(" and ".join(f"Brookfield pays {one % 90 + 1} billion euros" for one in range(count)))

    find_amounts("€1bn")
    short = max(seconds(find_amounts, text(50_000)) for _ in range(3))
    assert seconds(find_amounts, text(500_000)) < 20 * short
    short = max(seconds(match_claims, ledger, found(400)) for _ in range(3))
    assert seconds(match_claims, ledger, found(2000)) < 10 * short


@pytest.mark.parametrize(("fault", "rows"), corpus("verdicts").items())
def test_verdicts(fault, rows, ledger):
    for row in rows:
        found = judged(ledger, row["text"], row.get("on", "2025-02-11"))
        for column in row.keys() - {"text", "on"}:
            got = " ".join(found[column].astype(object).fillna("-").map(str))
            is_said = column == "reason" and row[column] in got
            wanted = re.escape(row[column]).replace(r"\*", r"\S+")
            assert is_said or re.fullmatch(wanted, got), (row, got, found["reason"].tolist())


def test_nothing_agrees_without_a_name_and_nobody_is_accused_without_a_word_of_pledging():
    table = rules()
    assert table.query("verdict == 'agrees'")["when"].str.startswith("named &").all()
    assert table.query("verdict in ['slip', 'differs']")["when"].str.startswith("sure & pledged &").all()


def test_every_accepted_figure_agrees_with_its_own_pledge_when_named(ledger):
    names = ledger.aliases[ledger.aliases["language"].ne("fr") & ledger.aliases["kind"].isin(["name", "project"])]
    names = names[~names["alias"].str.contains(r"\d")].drop_duplicates("pledge_id")[["pledge_id", "alias"]]
    claims = value_claims(ledger).query("standing == 'stands' and low == high").merge(names, on="pledge_id")
    claims = claims.drop_duplicates(["pledge_id", "low", "currency"])
    hedges = {"at-least": "at least ", "up-to": "up to ", "approx": "about "}
    said = [
        f"{row.alias} invests {hedges.get(row.qualifier, '')}{row.low:,.0f} {row.currency}."
        for row in claims.itertuples()
    ]
    found = judged(ledger, "\n\n".join(said), None)
    assert len(found) == len(said) > 90
    assert set(found["verdict"]) == {"agrees"}


@pytest.mark.parametrize("seeds", [False, pytest.param(True, marks=pytest.mark.long)])
def test_what_is_said_of_an_amount_is_right_as_often_as_the_tests_readme_says(ledger, seeds):
    table, wrong = score(ledger, seeds=seeds)
    before = kept().loc[table.index]
    assert table["labelled"].equals(before["labelled"].astype(float)), "other texts: run article_score with --write"
    fallen = (table - before)[["precision", "recall"]].fillna(0) < 0
    assert table[fallen.any(axis=1)].index.tolist() == [], wrong


def test_the_index_and_the_input_stay_currencies_are_cleaned_and_an_empty_frame_has_its_columns(ledger):
    frame = find_amounts("The summit cost 0.777 billion euros. MGX will invest 70 billion euros.").set_axis(["a", "b"])
    before = frame.copy()
    found = match_claims(ledger, frame)
    pd.testing.assert_frame_equal(frame, before)
    assert found.index.equals(frame.index)
    for currency, wanted in (("eur", ["new", "differs"]), (" EUR ", ["new", "differs"]), (None, ["no-currency"] * 2)):
        assert match_claims(ledger, frame.assign(currency=currency))["verdict"].tolist() == wanted
    assert match_claims(ledger, frame.iloc[:0]).dtypes.equals(found.dtypes)


def test_what_cannot_be_asked_is_named(ledger):
    amounts = find_amounts(TEXT)
    frames = {
        "a column": (lambda: match_claims(ledger, amounts.drop(columns="span")), "'span'.*find_amounts"),
        "a day": (lambda: match_claims(ledger, amounts, on="2025-02-30"), "2025-02-30"),
        "bytes": (lambda: find_amounts(b"1 euro"), "bytes"),
        "a number": (lambda: scan(5), "int"),
    }
    works = [partial(find_amounts, "1"), partial(check_statements, ledger), partial(scan, "1")]
    choices = {str(work): (partial(work, lang="de"), "'de'") for work in works}
    assert refusals.misses(FrameError, frames) == refusals.misses(ChoiceError, choices) == {}


def read(page, kind="html"):
    return parse_article(page.encode(), kind=kind)


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(("page", "text"), [*PAGES["seen"].values(), *LONG_DIGITS.items()])
def test_a_page_is_read_as_a_reader_sees_it(page, text):
    assert read(page).text == text


@pytest.mark.parametrize("has_trafilatura", [True, False])
def test_menus_teasers_comments_and_footers_are_no_article_with_trafilatura_and_without(has_trafilatura, monkeypatch):
    pytest.importorskip("trafilatura")
    if not has_trafilatura:
        monkeypatch.setitem(sys.modules, "trafilatura", None)
    for row in PAGES["articles"].values():
        assert read(row["page"]).text == row["text"]


def test_the_language_of_a_text_is_told_and_scan_says_which_it_does_not_read():
    for lang, text in TOLD.items():
        found = scan(text)
        assert found.article.language == lang
        assert ("English and French only" in str(found.notes)) == (lang in ("de", "es", "it")), lang


@pytest.mark.parametrize(("head", "by"), [*PAGES["days"].values(), (ENDLESS, "")])
def test_the_day_of_a_page_is_found(head, by):
    found = read(PAGE.format(head=head, body=""))
    assert (found.published_on, found.published_by) == (dt.date(2025, 2, 7) if by else None, by)


@pytest.mark.parametrize("day", ["2025-02-07T08:00", '"2025-02-07"', "soon", None])
def test_the_day_of_a_front_matter_is_found(day):
    found = read(f"---\ntitle: x\ndate: {day}\n---\n# Iliad\n\n{DATED}date: 2024-01-01", "markdown")
    known = "2025-02-07" if "2025" in str(day) else "None"
    assert (str(found.published_on), found.text) == (known, "Iliad\n\ndate: 2024-01-01")


MGX_TEXT = "Le fonds émirati MGX promet 50 milliards €, dit-on."
ENCODINGS = [
    *((MGX_TEXT.encode(name), MGX_TEXT, name) for name in ("utf-8", "utf-16", "windows-1252")),
    # a byte order mark and the lines of other systems, a byte that Windows lacks
    (b"\xef\xbb\xbfa\r\nb\rc", "a\nb\nc", "utf-8"),
    (b"caf\xe9 \x81", "caf\xe9 \x81", "latin-1"),
    # declared: known, unknown, of no use
    ("<html><meta charset=iso-8859-15>5 €".encode("iso-8859-15"), "5 €", "iso-8859-15"),
    (b"<html><meta charset=martian><body>caf\xe9", "café", "windows-1252"),
    (b"<html><meta charset=undefined><body>caf\xe9", "café", "windows-1252"),
]


@pytest.mark.parametrize(("content", "text", "encoding"), ENCODINGS)
def test_encodings_are_read(content, text, encoding):
    found = parse_article(content)
    assert (found.text, found.encoding) == (text, encoding)


NO_ARTICLE = {
    "missing.txt": (None, "does not exist.*.html.*.md.*-"),
    "a": (b"text", "without ending.*.txt"),
    "a.pdf": (b"%PDF-1.7", ".pdf is not accepted.*.html"),
    "picture.txt": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "no text"),
    "nothing.txt": (b"\0" * 100, "no text"),
}


def test_what_is_no_article_is_an_error_of_ours_and_wrong_usage(tmp_path):
    for name, (content, said) in NO_ARTICLE.items():
        path = tmp_path / name if content is None else write(tmp_path / name, content)
        assert refusals.misses(FileError, {name: (lambda path=path: read_article(path), said)}) == {}
        answer = run_scan(path)
        assert (answer.exit_code, answer.stdout) == (2, "")


@given(soup_of(TAGS), st.sampled_from(["html", "markdown"]))
def test_any_soup_of_tags_is_read_or_refused_in_our_words(soup, kind):
    with contextlib.suppress(FileError):
        found = read(soup, kind).text
        assert "\u2029" not in found
        assert kind == "markdown" or not re.search(r"<(p|script|style)>", found)


def test_a_long_soup_takes_seconds_at_most():
    for piece, kind in itertools.product(LONG, ["html", "markdown"]):
        assert seconds(read, "<html><body><p>a " + piece * (20_000 // len(piece)), kind) < 10, (piece, kind)


@pytest.fixture(autouse=True)
def _loaded_once(ledger, monkeypatch):
    monkeypatch.setattr("summit_analysis.ledger.tables.load", lambda: ledger)
    monkeypatch.setattr(cli.out, "width", 400)


def run_scan(*words, said=None):
    return CliRunner().invoke(cli.app, ["scan", *map(str, words)], input=said, catch_exceptions=False)


def verdicts(article, **options):
    return scan(article, **options).frame["verdict"].tolist()


SAID = [
    ("", "No amount of money found", 0),
    ("Brookfield va investir 20 milliards, et MGX [30] à 50 milliards\x1b.", "– sans monnaie 2", 0),
    ("[bold]MGX will invest 50 billion euros[/].", "[bold]MGX will invest ‹50 billion euros›[/].", 0),
    ("Brookfield will invest 200 billion euros.", "✗ likely slip", 1),
    ("Fluidstack will invest 14 billion euros.", "≠ differs", 1),
]


@pytest.mark.parametrize(("text", "said", "code"), SAID)
def test_only_strict_makes_an_exit_code_of_a_verdict(text, said, code):
    answer = run_scan("-", "--strict", said=text)
    assert answer.exit_code == code and said in answer.stdout
    assert run_scan("-", said=text).exit_code == run_scan("-", "--json", said=text).exit_code == 0


def test_words_carry_the_verdict_without_colours_nothing_is_cut_and_no_control_character_gets_through(monkeypatch):
    said = "The Canadian asset manager called Brookfield, it was said, will invest 200 billion euros."
    for colours in ("256", None):
        monkeypatch.setattr(cli, "out", Console(width=60, force_terminal=True, color_system=colours))
        shown = run_scan("-", said=f"\x1b]0;title\x07\x1b[31m {said}\x08\u202e").stdout
        assert ("\x1b[1;31m" in shown) == bool(colours)
    assert set(shown).isdisjoint("\x07\x08\x1b\u202e")
    assert max(len(line) for line in shown.splitlines()[1:] if "https://" not in line) <= 60
    assert "✗ likely slip" in shown and "€20bn" in shown.replace("\n", "")


FORMS = [
    ("a.TXT", TEXT.replace("\n", "\r\n")),
    ("a.md", TEXT.replace("109 billion", "**109** [billion](https://example.org/3-billion-euros)")),
    ("a.md", "---\ntitle: 990 billion euros\n---\n# Head\n\n" + "\n".join(f"* {text}" for text in SENTENCES)),
    ("a.html", PAGE.format(head="", body="".join(f"<p>{text}</p>" for text in SENTENCES))),
    ("a.htm", PAGE.format(head="", body=TEXT.replace("200 billion", "<b>200</b>&nbsp;bil<i>lion</i>"))),
    ("a.html", PAGE.format(head="", body="<table>" + "".join(f"<tr><td>{text}" for text in SENTENCES))),
    ("a.html", "".join(f"<li data-x='5 billion euros'>{text.replace(' ', chr(10))}" for text in SENTENCES)),
]
FRENCH = "MGX apporte 50 milliards d’euros. L’EU AI Champions Initiative en mobilise 200 milliards d’euros."
TABLE = "| who | how much |\n|---|---|\n| MGX | 50 billion euros |\n| EU AI Champions | 200 billion euros |"


def test_every_form_and_language_gives_the_same_verdicts(tmp_path):
    for name, text in FORMS:
        assert verdicts(write(tmp_path / name, text)) == ANSWERS, (name, text)
    path = write(tmp_path / "my article.txt", TEXT)
    for one in (path, str(path), TEXT, FORMS[3][1], f"{TEXT} See https://example.org/a.html"):
        assert verdicts(one) == ANSWERS
    assert verdicts(FRENCH) == verdicts(FRENCH, lang="fr") == verdicts(TABLE) == ["agrees", "not-accepted"]
    answer = run_scan(write(tmp_path / "old.txt", MGX_TEXT.encode("cp1252"))).stdout
    assert [word for word in ("UTF-8", "windows-1252", "✓") if word not in answer] == []


DAYS = [
    (DATED, {}, 1.0377, "7 February 2025, as its page says"),
    (DATED, {"on": "2025-02-11"}, 1.0324, "11 February 2025."),
    # no day, or one after the last rate: that of the claim
    ("", {}, 1.1685, "not known"),
    ("", {"on": "2029-01-01"}, 1.1685, "1 January 2029"),
]


@pytest.mark.parametrize(("head", "options", "rate", "said"), DAYS)
def test_the_day_decides_the_rate_is_said_and_on_goes_before_it(head, options, rate, said):
    found = scan(PAGE.format(head=head, body="<p>MGX will invest 80 billion dollars in France.</p>"), **options)
    assert found.frame["off_by"].tolist() == pytest.approx([80 / rate / 50])
    assert said in found.notes[0]


@pytest.mark.parametrize("text", THIRTEEN.values())
def test_a_reporter_can_read_the_table_of_thirteen_amounts_in_a_terminal_and_the_command_writes_the_same(
    text, tmp_path
):
    path, csv, on = write(tmp_path / "a.txt", text), tmp_path / "rows.csv", ("--on", "2025-02-12")
    found = scan(path, on="2025-02-12")
    assert len(found.frame) == 13 and found.frame["verdict"].nunique() > 4
    for width in (80, 120):
        lines = found.text(width).split("\n")
        assert sum(max(1, math.ceil(len(line) / width)) for line in lines) < 90
        assert max(len(line) for line in lines if "https://" not in line) <= width
    assert run_scan(path, *on, "--csv", csv).stdout == f"{found.text(400)}\nWritten: {csv}\n"
    pd.testing.assert_frame_equal(pd.read_csv(csv, encoding="utf-8-sig"), found.frame, check_dtype=False)
    assert json.loads(run_scan(path, *on, "--json").stdout) == json.loads(json.dumps(found.as_dict()))


@given(soup_of(MARKED))
def test_the_page_shows_the_whole_text_each_amount_once_and_nothing_of_it_is_html(text):
    found = scan(f"It said: {text}")
    page = parsed(found._repr_html_())
    marks = page.select("blockquote mark")
    assert len(marks) == len(page.select("ol > li")) == len(found.frame)
    for number, (mark, row) in enumerate(zip(marks, found.frame.itertuples(), strict=True), start=1):
        verdict = verdict_words(row.language)[row.verdict]
        assert mark.small.extract().get_text().split() == [verdict[0], str(number)]
        assert mark["title"].startswith(verdict) and " ".join(row.reason.split()) in " ".join(mark["title"].split())
        assert set(mark.attrs) == {"style", "title"}
    assert page.script is None
    shown, whole = page.blockquote.get_text(" "), re.sub(r"[\x1b\u202e]", " ", found.article.text)
    assert re.sub(r"\s", "", shown) == re.sub(r"\s", "", whole)
    # no typesetter finds a formula between two dollar signs
    assert all(run.count("$") < 2 for run in page.find_all(string=True))


def test_the_amount_of_a_statement_is_that_of_its_claim(ledger):
    money = ledger.statements[ledger.statements["unit"].fillna("").str.fullmatch("[A-Z]{3}")]
    claims = ledger.claims.set_index("claim_id").loc[money["links_to"].str.split(";").str[0]]
    assert (len(claims), set(claims["source_id"])) == (14, {"seed-article"})
    figures = claims["amount_high"].fillna(claims["amount_low"]).astype(object).fillna(claims["qualifier"])
    stated = pd.to_numeric(money["value"], errors="coerce").astype(object).fillna(money["value"])
    assert [stated.tolist(), money["unit"].tolist()] == [figures.tolist(), claims["currency"].tolist()]
