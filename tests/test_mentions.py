"""Amounts of money in running text: our corpus, the titles in the ledger, what Babel writes, and any text at all."""

import functools
import re
import time
import tomllib
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from babel.numbers import format_compact_currency, format_currency
from hypothesis import example, given
from hypothesis import strategies as st

from summit_analysis import Amount, find_amounts, format_amount
from summit_analysis.article.amounts import COLUMNS, read_amounts
from summit_analysis.base.errors import ChoiceError, FrameError
from summit_analysis.money import QUALIFIERS

FOLDER = Path(__file__).parent / "corpus"
SILENT = tomllib.loads((FOLDER / "titles.toml").read_text(encoding="utf-8"))["silent"]
CORPUS = {
    (name, lang): entries
    for name in ("amounts", "unseen")
    for lang, entries in tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8")).items()
}
ENTRIES = [entry for entries in CORPUS.values() for entry in entries]
TOLD = ["span", "low", "high", "scale", "qualifier", "currency", "inferred"]


def expected(entry):
    """Return the rows of a sentence as the corpus tells them."""
    rows = []
    for span, low, high, qualifier, currency, *inferred in entry["want"]:
        figures = (None, None, float(low)) if qualifier == "several" else (float(low), float(high), None)
        rows.append((span, *figures, qualifier, currency, bool(inferred)))
    return rows


def told(frame):
    """Return the same columns of a frame as plain tuples."""
    rows = frame[TOLD].astype(object).where(frame[TOLD].notna(), None)
    return [tuple(row) for row in rows.itertuples(index=False)]


read = functools.cache(find_amounts)
"""Sentences and titles are put to several tests, and none of them changes what it is given."""


def right(lang, entry):
    found = read(entry["text"])
    return told(found) == expected(entry) and (lang == "mixed" or set(found["language"]) <= {lang})


@pytest.mark.parametrize(("name", "lang"), CORPUS)
def test_the_corpus_is_read_but_for_the_sentences_known_to_be_missed(name, lang):
    wanted = found = hits = 0
    for entry in CORPUS[name, lang]:
        want, got = Counter(expected(entry)), Counter(told(read(entry["text"])))
        wanted, found, hits = wanted + want.total(), found + got.total(), hits + (want & got).total()
        for what, rows in (("missed", want - got), ("wrong", got - want)):
            for row in rows.elements():
                print(f"{what} {row} in: {entry['text']}")
    print(f"{name}, {lang}: precision {hits / found:.3f}, recall {hits / wanted:.3f} of {wanted} amounts")
    failed = {entry["text"] for entry in CORPUS[name, lang] if not right(lang, entry)}
    assert failed == {entry["text"] for entry in CORPUS[name, lang] if "miss" in entry}
    assert len(failed) <= 0.05 * len(CORPUS[name, lang])
    assert min(hits / found, hits / wanted) > 0.95


def test_the_corpus_is_large_and_has_sentences_without_money():
    assert len(ENTRIES) >= 470
    assert sum(not entry["want"] for entry in ENTRIES) >= 65


COMMON = tomllib.loads((FOLDER / "common-words.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("lang", "billion"), [("en", "billion"), ("fr", "milliards")])
def test_an_everyday_word_is_no_currency_though_babel_may_begin_a_currencys_name_with_it(lang, billion):
    forms = ["5 {word} 7", "In 2030 {word}, 5 {billion} {word} 7", "{word} 5 {billion} X"]
    words = {form for word in COMMON[lang].split() for form in (word, word.title())}
    # in one text: reading thousands of them takes a hundred times as long
    text = "\n\n".join(form.format(word=word, billion=billion) for word in sorted(words) for form in forms)
    assert list(find_amounts(text, lang=lang)["sentence"]) == []


# Anything that looks like money to somebody in a hurry, written without looking at the code under test.
LOOKS_LIKE_MONEY = re.compile(
    r"(?i)[bm]illion|milliard|trillion|crore|lakh|\d ?(?:bn|mds?|mrd|tn|m|k|b)\b|[€$£¥₩₹]"
    r"|\b(?:euros?|dollars?|yuan|won|rupees?|pounds|EUR|USD|GBP|CHF)\b"
)


def titles(ledger):
    sources = ledger.sources
    return sources[sources["language"].isin(["en", "fr"]) & sources["title"].notna()]


def test_titles_that_look_like_money_carry_an_amount(ledger):
    silent = {
        row.source_id
        for row in titles(ledger).itertuples()
        if LOOKS_LIKE_MONEY.search(row.title) and read(row.title).empty
    }
    assert silent == set(SILENT)


def test_amounts_in_titles_are_whole(ledger):
    for row in titles(ledger).itertuples():
        spans = read(row.title)["span"]
        rest = row.title
        for span in spans:
            rest = rest.replace(span, " ", 1)
        assert row.source_id in SILENT or not LOOKS_LIKE_MONEY.search(rest), (rest, list(spans))


def test_titles_are_held_against_the_claims_of_their_source(ledger):
    agreed, of_source = 0, dict(list(ledger.claims.groupby("source_id")))
    for row in titles(ledger).itertuples():
        claims = of_source.get(row.source_id, ledger.claims.iloc[:0])
        for amount in read(row.title).dropna(subset="low").itertuples():
            same = claims[claims["currency"] == amount.currency]
            low, high = same["amount_low"].fillna(same["amount_high"]), same["amount_high"].fillna(same["amount_low"])
            if ((low <= amount.high) & (amount.low <= high)).any():
                agreed += 1
                continue
            why = "no claim was taken from this source"
            if len(claims):
                why = "its claims are of other sums" if len(same) else "its claims are in another currency"
            print(f"{row.source_id}: “{amount.span}” in the title is in no claim: {why}")
    print(f"{agreed} amounts in titles agree with a claim of their source")
    assert agreed > 50


def test_an_empty_result_has_the_columns_and_types_of_a_full_one():
    full, empty = find_amounts("€1bn"), find_amounts("nothing here")
    assert {name: str(dtype) for name, dtype in full.dtypes.items()} == COLUMNS
    assert {name: str(dtype) for name, dtype in empty.dtypes.items()} == COLUMNS
    assert empty.empty


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("Brookfield va investir 20 milliards", ["20 milliards"]),
        ("MGX to put 30 to 50bn into a campus, several billion of it this year", ["30 to 50bn", "several billion"]),
        ("Un site à 380 milliards (environ 53 milliards de dollars)", ["380 milliards"]),
        ("Brookfield va investir 20 milliards, dont 15 milliards d'euros à Cambrai", []),
        ("8 milliards d'habitants, 70 milliards de paramètres, 400 millions d'utilisateurs, 35 sites", []),
        ("A population of 8 billion; 70 billion parameters; 12 million people", []),
    ],
)
def test_what_may_be_money_without_a_currency_is_told_apart(text, spans):
    amounts, bare = read_amounts(text)
    assert list(bare["span"]) == spans
    assert set(bare["start"]).isdisjoint(amounts["start"])
    assert {name: str(dtype) for name, dtype in bare.dtypes.items()} == {
        name: dtype for name, dtype in COLUMNS.items() if name not in ("currency", "inferred")
    }


def test_only_text_in_one_of_two_languages_is_read():
    with pytest.raises(FrameError, match="bytes"):
        find_amounts(b"1 euro")
    with pytest.raises(ChoiceError, match="'de'"):
        find_amounts("1 Euro", lang="de")


BILLIONS = "two billions of euros, deux billions d'euros"
MENDED = [
    ("a comma in English", "1,500 €", "en", {"low": [1500.0]}),
    ("a comma in French", "1,500 €", "fr", {"low": [1.5]}),
    ("a billion in English", BILLIONS, "en", {"low": [2e9]}),
    ("a billion in French", BILLIONS, "fr", {"low": [2e12]}),
    (
        "each sentence of a mixed text has its language",
        "La prime est de 1,500 euro par jour. The prize in this race is 1,500 euros a day.",
        None,
        {"low": [1.5, 1500.0]},
    ),
    (
        "the sentence is the one around the amount",
        "Nobody came. Mr. Smith gave $5bn (U.S. $3bn of it at once). Then it rained.",
        None,
        {"sentence": ["Mr. Smith gave $5bn (U.S. $3bn of it at once)."] * 2},
    ),
    (
        "a currency comes from before rather than from behind",
        "€5bn now and another 3 billion later. In Tokyo they spend ¥60 billion.",
        None,
        {"currency": ["EUR", "EUR", "JPY"]},
    ),
    (
        "a conversion in brackets is no currency for what it converts",
        "Ils promettent 380 milliards en trois ans (environ 53 milliards de dollars).",
        None,
        {"span": ["53 milliards de dollars"]},
    ),
    (
        "a sum compared with is not open",
        "That is more than the €37bn of last year, and more than €40bn with this year's.",
        None,
        {"qualifier": ["exact", "at-least"]},
    ),
    (
        "a count among amounts is no money",
        "It raised €5bn. Its population was put at 1.4 billion, its model at 70 billion parameters, up from 7 billion.",
        None,
        {"span": ["€5bn"]},
    ),
    (
        "or joins two figures, whatever Babel calls the gold of Zimbabwe",
        "Investors could put 30 or 50 billion euros into the campus in 2030 or later.",
        None,
        {
            "span": ["30 or 50 billion euros"],
            "low": [30e9],
            "high": [50e9],
            "qualifier": ["range"],
            "currency": ["EUR"],
        },
    ),
]


@pytest.mark.parametrize(("text", "lang", "values"), [row[1:] for row in MENDED], ids=[row[0] for row in MENDED])
def test_a_mended_sentence_stays_mended(text, lang, values):
    found = find_amounts(text, lang=lang)
    assert {name: list(found[name].dropna()) for name in values} == values


# What Babel writes -----------------------------------------------------------------------------------------------

FRAMES = {
    "en": ("The grant to the city is {} this year.", "{}", "They said that ({}) was not enough."),
    "fr": ("La subvention de la ville est de {} cette année.", "{}", "Ils ont dit que cela ({}) ne suffit pas."),
}
CURRENCIES = [
    *("EUR", "USD", "GBP", "JPY", "CNY", "INR", "KRW", "CAD", "AUD", "HKD", "NZD", "TWD", "SGD", "BRL", "CHF", "SEK"),
    *("DKK", "PLN", "AED", "QAR", "ILS", "VND", "MXN", "ZAR"),
]
PRINTED = ["EUR", "USD", "GBP", "CNY", "INR", "JPY", "KRW", "CAD", "CHF"]
langs = st.sampled_from(["en", "fr"])


def only(lang, text, frame):
    """Return the one amount of a sentence built around `text`, with the language given: some texts are but a sign."""
    found = find_amounts(FRAMES[lang][frame].format(text), lang=lang)
    assert len(found) == 1, (text, list(found["span"]))
    return found.iloc[0]


@given(langs, st.sampled_from(CURRENCIES), st.integers(1, 10**15), st.sampled_from([None, "name"]), st.integers(0, 2))
def test_an_amount_written_by_babel_is_found_again(lang, currency, cents, style, frame):
    cents = cents if currency not in ("JPY", "KRW", "VND") else cents // 100 * 100 + 100
    text = format_currency(
        Decimal(cents) / 100, currency, locale=lang, format_type=style or "standard", currency_digits=True
    )
    row = only(lang, text, frame)
    assert (row.low, row.high, row.currency, row.qualifier) == (cents / 100, cents / 100, currency, "exact")
    assert row.span == text


@given(langs, st.sampled_from(CURRENCIES), st.integers(10, 9999), st.integers(3, 12), st.integers(0, 2))
def test_a_compact_amount_written_by_babel_is_found_again(lang, currency, tenths, exponent, frame):
    if lang == "fr" and tenths * 10**exponent >= 10**13:
        # Babel shortens the French billion to "Bn", which newspapers use for thousand millions
        exponent = 8
    value = tenths * 10 ** (exponent - 1)
    text = format_compact_currency(value, currency, locale=lang, fraction_digits=3)
    row = only(lang, text, frame)
    assert (row.low, row.high, row.currency, row.span) == (value, value, currency, text)


@st.composite
def amounts(draw):
    """Amounts that are printed without rounding."""
    unit, currency = draw(st.sampled_from([1e6, 1e9])), draw(st.sampled_from(PRINTED))
    if draw(st.booleans()) and draw(st.booleans()):
        return Amount(float("nan"), float("nan"), currency, scale=draw(st.sampled_from([1e6, 1e9, 1e12])))
    high = draw(st.integers(10, 9999))
    low = draw(st.integers(1, high)) if draw(st.booleans()) else high
    ends = draw(st.sampled_from([(False, False), (True, False), (False, True)]))
    return Amount(low * unit / 10, high * unit / 10, currency, *ends)


@given(langs, amounts(), st.integers(0, 2))
@example("en", Amount(20e6, 5e9, "EUR", open_high=True), 0)
def test_an_amount_of_ours_is_found_again_with_its_qualifier(lang, amount, frame):
    row = only(lang, format_amount(amount, lang=lang), frame)
    assert row.currency == amount.currency
    if not amount.quantified:
        assert (row.qualifier, row.scale) == ("several", amount.scale)
        return
    assert (row.low, row.high, row.open_low, row.open_high) == (
        amount.low,
        amount.high,
        amount.open_low,
        amount.open_high,
    )
    several = "exact" if amount.low == amount.high else "range"
    assert row.qualifier == ("up-to" if amount.open_low else "at-least" if amount.open_high else several)


# Any text at all -------------------------------------------------------------------------------------------------

PIECES = (
    *("€", "$", "£", "¥", "%", "-", "–", ",", ".", "(", ")", "/", "'", "’", "½", "٣", "１", "²", "שלום", "é"),
    *("1", "20", "109", "2025", "1,500", "1.5", "000", "5", "<p>", "</b>", "&nbsp;"),
    *("\u00ad", "\u202f", "\u00a0", "\u200f", "\x00", ". ", "\n", "\n\n", "e\u0301"),
    *("bn", "M", "Md", "k", "billion", "milliards", "million", "mille", "hundred", "cent", "crore", "half a", "demi"),
    *("euros", "dollars", "d'", "de", "yuan", "US", "EUR", "Rs", "livres", "francs", "dirhams", "sterling", "cents"),
    *("more than", "jusqu'à", "between", "and", "entre", "et", "to", "à", "from", "plus", "dont", "several", "une"),
    *("dizaine", "vingt", "twenty", "users", "habitants"),
)
# names that several currencies bear: a country anywhere in the text may choose
SHARED = ("livres", "francs", "dirhams", "¥")


def soup_of(pieces):
    return st.lists(st.sampled_from(pieces), max_size=30).flatmap(
        lambda drawn: st.sampled_from(["", " "]).map(lambda gap: gap.join(drawn))
    )


soup = soup_of(PIECES)
texts = st.one_of(st.text(), st.text(st.characters()), st.text("0123456789 .,'€$-\u00ad\u0301\n", max_size=40), soup)


def check_rows(text, found):
    """Hold what must be true of every result."""
    assert {name: str(dtype) for name, dtype in found.dtypes.items()} == COLUMNS
    end = 0
    for row in found.itertuples():
        assert text[row.start : row.end] == row.span
        assert end <= row.start < row.end
        end = row.end
        assert row.span in row.sentence or not row.span.isprintable()
        assert row.qualifier in QUALIFIERS
        assert re.fullmatch("[A-Z]{3}", row.currency)
        assert (row.qualifier == "several") == pd.isna(row.low) == pd.isna(row.high) != pd.isna(row.scale)
        assert pd.isna(row.low) or 0 <= row.low <= row.high < float("inf")
        assert (row.qualifier == "up-to") == row.open_low
        assert (row.qualifier == "at-least") == row.open_high


@given(texts, st.sampled_from([None, "en", "fr"]))
def test_no_text_breaks_it(text, lang):
    check_rows(text, find_amounts(text, lang=lang))


@pytest.mark.parametrize(
    "text", ["\ud800 €5bn \udfff", "€5bn\ud800", "\udcff1\u0301 €", "€" * 3 + "\x00\x1b[31m€1bn\x1b[0m"]
)
def test_broken_characters_do_not_break_it(text):
    check_rows(text, find_amounts(text))


SETTLED = [
    entry["text"] for entry in ENTRIES if not re.search("¥|dirham|riyal|livres|couron|francs|kron", entry["text"])
]
settled = st.one_of(st.sampled_from(SETTLED), soup_of([piece for piece in PIECES if piece not in SHARED]))


@given(settled, settled, langs)
def test_two_texts_side_by_side_keep_their_amounts(first, second, lang):
    def explicit(text, shift=0):
        found = find_amounts(text, lang=lang)
        found = found[~found["inferred"]]
        return found.assign(start=found["start"] + shift, end=found["end"] + shift)

    gap = "\n\n"
    apart = pd.concat([explicit(first), explicit(second, len(first + gap))], ignore_index=True)
    columns = ["start", "end", "low", "high", "scale", "currency", "qualifier"]
    together = explicit(first + gap + second).reset_index(drop=True)
    pd.testing.assert_frame_equal(together[columns], apart[columns])


NASTY = {
    "figures": "1",
    "groups": "1 000 ",
    "commas": "1,",
    "signs": "€",
    "dashes": "-",
    "scales": "milliards ",
    "amounts": "1€ ",
    "lists": "1, 2 and ",
    "number words": "vingt et un mille ",
    "marks": "e\u0301\u0301",
    "unseen": "\u00ad",
    "gaps": "\n ",
    "quotes": '." ',
    "no country": "5 millions de francs, ",
    "hedges": "more than 5 between ",
    "mixed": "€\u202f1٣-é ,\u05d0½$ ",
}


def seconds_per_character(size):
    """Return what a text of every nasty alphabet costs: of the processor, since nothing counts a regex's steps."""
    share = size // len(NASTY)
    text = "\n\n".join(piece * (share // len(piece)) for piece in NASTY.values())
    begun = time.process_time()
    find_amounts(text)
    return (time.process_time() - begun) / len(text)


def test_time_grows_with_the_length_of_the_text_and_no_faster():
    find_amounts("€1bn")
    short = max(seconds_per_character(50_000) for _ in range(3))
    assert seconds_per_character(500_000) < 2 * short
