"""An amount as it was printed: figures, open ends, scale. How it adds up and how it reads in English and French."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from summit_analysis.base.errors import ChoiceError
from summit_analysis.base.text import Language, format_figure, known_language

QUALIFIERS = {
    "exact": (True, True),
    "approx": (True, True),
    "range": (True, True),
    "at-least": (True, False),
    "up-to": (False, True),
    "several": (False, False),
}
"""Which of the two figures (low, high) a qualifier fills."""

_UNITS = {"en": {12: "tn", 9: "bn", 6: "m", 3: "k", 0: ""}, "fr": {9: "Md", 6: "M", 3: "k", 0: ""}}
_WORDS = {
    "en": {
        "low": "up to {}",
        "high": "at least {}",
        "both": "about {}, open both ways",
        "none": "no figure",
    },
    "fr": {
        "low": "jusqu'à {}",
        "high": "au moins {}",
        "both": "environ {}, sans borne",
        "none": "pas de montant",
    },
}
_SEVERAL = {
    "en": {12: "several trillion {}", 9: "several billion {}", 6: "several million {}"},
    "fr": {12: "plusieurs milliers de Md {}", 9: "plusieurs Md {}", 6: "plusieurs M {}"},
}


@dataclass(frozen=True)
class Amount:
    """A sum of money as printed.

    Parameters
    ----------
    low, high : float
        The figures printed, in whole units of `currency`. One figure fills both, a range fills two; NaN if no
        figure was given.
    currency : str
        ISO 4217 code; empty where none is known, and then none is printed.
    open_low : bool
        The figure is a ceiling ("up to"): the true amount may be lower.
    open_high : bool
        The figure is a floor ("at least"): the true amount may be higher.
    scale : float
        Order of magnitude of an amount without figure (1e9 for "several billion"), else NaN.

    "At least 5 billion" keeps the figure printed, and what it says beyond it:

    >>> pledged = Amount(5e9, 5e9, "EUR", open_high=True)
    >>> pledged.low, pledged.bounds(), format_amount(pledged)
    (5000000000.0, (5000000000.0, inf), 'at least €5bn')
    """

    low: float
    high: float
    currency: str
    open_low: bool = False
    open_high: bool = False
    scale: float = math.nan

    @classmethod
    def from_claim(cls, low: float, high: float, currency: str, qualifier: str, scale: float = math.nan) -> Amount:
        """Read the figures of a claim with its qualifier.

        >>> Amount.from_claim(5e9, math.nan, "EUR", "at-least")
        Amount(low=5000000000.0, high=5000000000.0, currency='EUR', open_low=False, open_high=True, scale=nan)
        """
        if qualifier not in QUALIFIERS:
            raise ChoiceError("qualifier", qualifier, QUALIFIERS)
        printed = [figure for figure in (low, high) if not math.isnan(figure)]
        low, high = (printed[0], printed[-1]) if printed else (math.nan, math.nan)
        return cls(low, high, currency, qualifier == "up-to", qualifier == "at-least", scale)

    def __eq__(self, other: object) -> bool:
        """Whether both say the same: a figure that is missing equals one that is missing."""
        return isinstance(other, Amount) and self._said == other._said

    def __hash__(self) -> int:
        return hash(self._said)

    @property
    def _said(self) -> tuple[object, ...]:
        # NaN does not equal itself
        return tuple(None if isinstance(said, float) and math.isnan(said) else said for said in vars(self).values())

    @property
    def quantified(self) -> bool:
        """Whether any figure was printed."""
        return not math.isnan(self.low)

    def bounds(self) -> tuple[float, float]:
        """Return the logical interval: an open end reaches to 0 or to infinity.

        >>> Amount(4e9, 4e9, "EUR", open_low=True).bounds()
        (0.0, 4000000000.0)
        """
        if not self.quantified:
            return 0.0, math.inf
        return (0.0 if self.open_low else self.low), (math.inf if self.open_high else self.high)


def total_of(amounts: Iterable[Amount]) -> Amount:
    """Add amounts of one currency: printed figures add up, open ends stay open, amounts without figure add nothing.

    Raises
    ------
    ChoiceError
        If the amounts are in more than one currency.

    >>> total_of([Amount(1.0, 2.0, "EUR"), Amount(3.0, 3.0, "EUR", open_high=True)])
    Amount(low=4.0, high=5.0, currency='EUR', open_low=False, open_high=True, scale=nan)
    """
    amounts = list(amounts)
    currencies = sorted({amount.currency for amount in amounts})
    if len(currencies) != 1:
        raise ChoiceError("currency", currencies, ["one currency for all amounts"])
    known = [amount for amount in amounts if amount.quantified]
    if not known:
        return Amount(math.nan, math.nan, currencies[0])
    return Amount(
        math.fsum(amount.low for amount in known),
        math.fsum(amount.high for amount in known),
        currencies[0],
        any(amount.open_low for amount in known),
        any(amount.open_high for amount in known),
    )


def format_amount(amount: Amount, *, lang: Language = "en", digits: int = 1) -> str:
    """Write an amount the way a newspaper prints it.

    Parameters
    ----------
    amount : Amount
    lang : {"en", "fr"}
    digits : int
        Most decimals shown after the scale word (109bn, 632.8bn).

    Returns
    -------
    str
        With no-break spaces where the language asks for them.

    >>> format_amount(Amount(30e9, 50e9, "EUR"))
    '€30–50bn'
    >>> format_amount(Amount(5e9, 5e9, "EUR", open_high=True))
    'at least €5bn'
    """
    words, symbol = _words(lang), _symbol(amount.currency, lang)
    if not amount.quantified:
        return _SEVERAL[lang].get(_exponent(amount.scale), words["none"]).format(symbol).strip()
    exponent = _exponent(amount.high, lang, digits)
    if exponent and 0 < amount.low <= 0.5 * 10 ** (exponent - digits):
        # in the unit of the high figure the low one would print as 0
        ends = [Amount(end, end, amount.currency) for end in (amount.low, amount.high)]
        texts = [format_amount(end, lang=lang, digits=digits) for end in ends]
        return _frame(amount, words).format("–".join(texts))
    figures = _figures(amount.low, amount.high, exponent, digits, lang)
    unit = _UNITS[lang][exponent]
    text = f"{symbol}{figures}{unit}" if lang == "en" else "\xa0".join(filter(None, (figures, unit, symbol)))
    return _frame(amount, words).format(text)


def _figures(low: float, high: float, exponent: int, digits: int, lang: Language) -> str:
    texts = [format_figure(figure / 10**exponent, lang=lang, digits=digits) for figure in (low, high)]
    return texts[0] if texts[0] == texts[1] else "–".join(texts)


def _frame(amount: Amount, words: dict[str, str]) -> str:
    key = {(True, False): "low", (False, True): "high", (True, True): "both"}.get((amount.open_low, amount.open_high))
    return words[key] if key else "{}"


def _exponent(value: float, lang: Language = "en", digits: int = 1) -> int:
    if math.isnan(value):
        return -1
    # with one digit 999,950,000 prints as 1bn, not as 1,000m
    return next((e for e in _UNITS[lang] if abs(value) >= 10**e - 0.5 * 10 ** (e - 3 - digits)), 0)


def _words(lang: str) -> dict[str, str]:
    return _WORDS[known_language(lang)]


@cache
def _symbol(currency: str, lang: Language) -> str:
    from babel.numbers import get_currency_symbol

    symbol = get_currency_symbol(currency, locale=lang)
    return f"{symbol}\xa0" if lang == "en" and symbol and symbol == currency else symbol
