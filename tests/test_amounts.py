"""Amounts: how figures printed are read, added and written in English and French."""

import math
from dataclasses import FrozenInstanceError

import pytest
from babel.numbers import parse_decimal
from hypothesis import given
from hypothesis import strategies as st

from summit_analysis import Amount, format_amount
from summit_analysis.base.errors import ChoiceError
from summit_analysis.base.text import format_figure
from summit_analysis.money import QUALIFIERS

NAN = math.nan


def eur(low, high=None, **more):
    return Amount(low, low if high is None else high, "EUR", **more)


@pytest.mark.parametrize(
    ("qualifier", "low", "high", "expected"),
    [
        ("exact", 109e9, 109e9, eur(109e9)),
        ("approx", 6e9, 6e9, eur(6e9)),
        ("range", 30e9, 50e9, eur(30e9, 50e9)),
        ("at-least", 5e9, NAN, eur(5e9, open_high=True)),
        ("up-to", NAN, 4e9, eur(4e9, open_low=True)),
    ],
)
def test_a_claim_becomes_an_amount(qualifier, low, high, expected):
    assert Amount.from_claim(low, high, "EUR", qualifier) == expected


def test_an_amount_stays_as_it_was_printed():
    with pytest.raises(FrozenInstanceError):
        eur(109e9).low = 110e9


def test_several_billion_has_a_scale_and_no_figure():
    amount = Amount.from_claim(NAN, NAN, "EUR", "several", 1e9)
    assert not amount.quantified
    assert amount.scale == 1e9
    assert amount.bounds() == (0.0, math.inf)


def test_amounts_that_lack_the_same_figures_are_equal():
    several, again = (Amount(float("nan"), float("nan"), "EUR", scale=1e9) for _ in range(2))
    assert several == again
    assert len({several, again, eur(1.0), eur(1.0)}) == 2
    assert several not in (Amount(NAN, NAN, "USD", scale=1e9), eur(0.0, scale=1e9), None)


def test_an_unknown_qualifier_is_refused_with_the_known_ones():
    with pytest.raises(ChoiceError, match="'about'") as refusal:
        Amount.from_claim(1.0, 1.0, "EUR", "about")
    assert all(qualifier in str(refusal.value) for qualifier in QUALIFIERS)


@pytest.mark.parametrize(
    ("amount", "bounds"),
    [
        (eur(5.0), (5.0, 5.0)),
        (eur(3.0, 5.0), (3.0, 5.0)),
        (eur(5.0, open_high=True), (5.0, math.inf)),
        (eur(5.0, open_low=True), (0.0, 5.0)),
        (eur(3.0, 5.0, open_low=True, open_high=True), (0.0, math.inf)),
    ],
    ids=["exact", "range", "at least", "up to", "open both ways"],
)
def test_open_ends_reach_to_zero_and_to_infinity(amount, bounds):
    assert amount.bounds() == bounds


PRINTED = [
    (eur(109e9), "€109bn", "109 Md €"),
    (eur(30e9, 50e9), "€30–50bn", "30–50 Md €"),
    (eur(5e9, open_high=True), "at least €5bn", "au moins 5 Md €"),
    (eur(50e9, open_low=True), "up to €50bn", "jusqu'à 50 Md €"),
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
    (eur(NAN), "no figure", "pas de montant"),
]


@pytest.mark.parametrize(("amount", "english", "french"), PRINTED, ids=[english for _, english, _ in PRINTED])
def test_an_amount_reads_as_in_a_newspaper(amount, english, french):
    texts = [format_amount(amount, lang=lang) for lang in ("en", "fr")]
    plain = [text.replace("\u00a0", " ").replace("\u202f", " ") for text in texts]
    assert plain == [english, french]


def test_figure_unit_and_symbol_cannot_be_torn_apart():
    assert " " not in format_amount(eur(109e9), lang="fr")
    assert " " not in format_amount(Amount(1e9, 1e9, "CHF"))


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (999_949_999.0, 1, "€999.9m"),
        (999_950_000.0, 1, "€1bn"),
        (1e9, 1, "€1bn"),
        (999_949_999_999.0, 1, "€999.9bn"),
        (999_499_999.0, 0, "€999m"),
        (999_500_000.0, 0, "€1bn"),
        (999_994_999.0, 2, "€999.99m"),
        (999_995_000.0, 2, "€1bn"),
    ],
)
def test_rounding_up_moves_to_the_next_unit(value, digits, text):
    assert format_amount(eur(value), digits=digits) == text


def test_the_digits_asked_for_hold_for_both_ends_in_their_own_units():
    assert format_amount(eur(1.234e6, 2.346e9), digits=2) == "€1.23m–€2.35bn"


def test_a_range_that_rounds_to_one_figure_prints_one():
    assert format_amount(eur(1.0e9, 1.04e9)) == "€1bn"
    assert format_amount(eur(1.0e9, 1.04e9), digits=2) == "€1–1.04bn"


def test_a_bare_figure_has_one_digit_unless_another_number_is_asked_for():
    assert [format_figure(1234.56), format_figure(1234.56, digits=0), format_figure(1234.56, lang="fr", digits=2)] == [
        "1,234.6",
        "1,235",
        "1\u202f234,56",
    ]


@given(st.integers(0, 10**15), st.sampled_from(["en", "fr"]), st.integers(0, 3))
def test_a_printed_figure_reads_back_within_its_rounding(value, lang, digits):
    text = format_figure(value / 1000, lang=lang, digits=digits)
    assert abs(float(parse_decimal(text, locale=lang)) - value / 1000) <= 0.5 * 10**-digits * (1 + 1e-9)


@pytest.mark.parametrize(("write", "value"), [(format_amount, eur(1.0)), (format_figure, 1.0)], ids=["whole", "bare"])
def test_a_language_without_words_is_refused(write, value):
    with pytest.raises(ChoiceError, match="lang='de'"):
        write(value, lang="de")
