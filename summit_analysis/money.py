"""An amount as it was printed: figures, open ends, scale. How it reads in English and French."""

from __future__ import annotations

import math
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
_OPEN = {
    "en": {
        (False, False): "{}",
        (True, False): "up to {}",
        (False, True): "at least {}",
        (True, True): "about {}, open both ways",
    },
    "fr": {
        (False, False): "{}",
        (True, False): "jusqu'à {}",
        (False, True): "au moins {}",
        (True, True): "environ {}, sans borne",
    },
}
"""How an amount reads that is open below, above, or both."""
_SEVERAL = {
    "en": {12: "several trillion {}", 9: "several billion {}", 6: "several million {}"},
    "fr": {12: "plusieurs milliers de Md {}", 9: "plusieurs Md {}", 6: "plusieurs M {}"},
}
_NO_FIGURE = {"en": "no figure", "fr": "pas de montant"}


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
    lang, symbol = known_language(lang), _symbol(amount.currency, lang)
    if not amount.quantified:
        return _SEVERAL[lang].get(_exponent(amount.scale), _NO_FIGURE[lang]).format(symbol).strip()
    words, exponent = _OPEN[lang][amount.open_low, amount.open_high], _exponent(amount.high, lang, digits)
    if exponent and 0 < amount.low <= 0.5 * 10 ** (exponent - digits):
        # in the unit of the high figure the low one would print as 0
        ends = [Amount(end, end, amount.currency) for end in (amount.low, amount.high)]
        return words.format("–".join(format_amount(end, lang=lang, digits=digits) for end in ends))
    scaled = [figure / 10**exponent for figure in (amount.low, amount.high)]
    # two that print alike are one
    figures = "–".join(dict.fromkeys(format_figure(figure, lang=lang, digits=digits) for figure in scaled))
    unit = _UNITS[lang][exponent]
    return words.format(
        f"{symbol}{figures}{unit}" if lang == "en" else "\xa0".join(filter(None, (figures, unit, symbol)))
    )


def _exponent(value: float, lang: Language = "en", digits: int = 1) -> int:
    if math.isnan(value):
        return -1
    # with one digit 999,950,000 prints as 1bn, not as 1,000m
    return next((e for e in _UNITS[lang] if abs(value) >= 10**e - 0.5 * 10 ** (e - 3 - digits)), 0)


@cache
def _symbol(currency: str, lang: Language) -> str:
    from babel.numbers import get_currency_symbol

    symbol = get_currency_symbol(currency, locale=lang)
    return f"{symbol}\xa0" if lang == "en" and symbol and symbol == currency else symbol
