"""An amount as it was printed: figures, open ends, scale. How it reads in English and French."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from babel.numbers import get_currency_name, get_currency_symbol

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
OPEN = {
    "en": {
        (False, False): "{}",
        (True, False): "up to {}",
        (False, True): "at least {}",
        (True, True): "roughly {}",
    },
    "fr": {
        (False, False): "{}",
        (True, False): "jusqu’à {}",
        (False, True): "au moins {}",
        (True, True): "environ {}",
    },
}
"""How an amount reads that is open below, above, or both."""
_SEVERAL = {
    "en": {12: "several trillion {}", 9: "several billion {}", 6: "several million {}"},
    "fr": {12: "plusieurs milliers de Md {}", 9: "plusieurs Md {}", 6: "plusieurs M {}"},
}
_NO_FIGURE = {"en": "no amount given", "fr": "montant non communiqué"}
_SPELLED = {12: "milliers de milliards", 9: "milliards", 6: "millions"}


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
    # NaN does not equal itself
    scale: float = field(default=math.nan, compare=False)

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


def format_amount(amount: Amount, *, lang: Language = "en", digits: int = 1, prose: bool = False) -> str:
    r"""Write an amount the way a newspaper prints it.

    Parameters
    ----------
    amount : Amount
    lang : {"en", "fr"}
    digits : int
        Most decimals shown after the scale word (109bn, 632.8bn).
    prose : bool
        For a sentence rather than a table: French then spells unit and currency out.

    Returns
    -------
    str
        With no-break spaces where the language asks for them.

    >>> format_amount(Amount(30e9, 50e9, "EUR"))
    '€30–50bn'
    >>> format_amount(Amount(5e9, 5e9, "EUR", open_high=True))
    'at least €5bn'
    >>> format_amount(Amount(7e9, 8e9, "EUR"), lang="fr", prose=True).replace("\xa0", " ")
    'de 7 à 8 milliards d’euros'
    """
    if prose and lang == "fr":
        return _spelled(amount, digits)
    symbol = get_currency_symbol(amount.currency, locale=known_language(lang))
    if lang == "en" and symbol and symbol == amount.currency:
        symbol += "\xa0"
    if not amount.quantified:
        return _SEVERAL[lang].get(_exponent(amount.scale), _NO_FIGURE[lang]).format(symbol).strip()
    words, exponent = OPEN[lang][amount.open_low, amount.open_high], _exponent(amount.high, lang, digits)
    if 0 < amount.low <= 0.5 * 10 ** (exponent - digits) and amount.low < amount.high and exponent:
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


def whole_billions(low: float, to: str, lang: Language, high: float | None = None) -> str:
    """Write an amount, or a range, as a sentence does: in whole billions, under ten of them with a digit.

    >>> whole_billions(15.6e9, "EUR", "en", 36.3e9), whole_billions(0.35e9, "EUR", "en")
    ('€16–36bn', '€350m')
    """
    high = low if high is None else high
    # a trillion is a word of English only
    whole = high >= 1e9 and (high < 1e12 or lang == "fr")
    return format_amount(Amount(low, high, to), lang=lang, digits=int(not whole or high < 1e10), prose=True)


def _spelled(amount: Amount, digits: int) -> str:
    """Write an amount as French prose does."""
    code, short = amount.currency, {"EUR": "euros", "USD": "dollars"}
    name = short.get(code) or (get_currency_name(code, count=2, locale="fr") if code else "")
    of = name and (f" d’{name}" if name[0] in "aeiouéœ" else f" de {name}")
    if not amount.quantified:
        several = _SPELLED.get(_exponent(amount.scale))
        return f"plusieurs {several}{of}" if several else _NO_FIGURE["fr"]
    said = []
    for end in dict.fromkeys((amount.low, amount.high)):
        exponent = _exponent(end, "fr", digits)
        exponent = exponent if exponent in _SPELLED else 0
        # from two up a noun is a plural
        unit = _SPELLED.get(exponent, "")[: None if round(end / 10**exponent, digits) >= 2 else -1]
        said.append((format_figure(end / 10**exponent, lang="fr", digits=digits), unit))
    (first, small), (last, unit) = said[0], said[-1]
    text = (
        f"{last}\xa0{unit}{of}" if unit else f"{last}\xa0{name if amount.high >= 2 else name.removesuffix('s')}".strip()
    )
    if (first, small) != (last, unit):
        text = f"de {first} à {text}" if small in ("", unit, unit[:-1]) else f"de {first}\xa0{small} à {text}"
    return OPEN["fr"][amount.open_low, amount.open_high].format(text)


def _exponent(value: float, lang: Language = "en", digits: int = 1) -> int:
    # with one digit 999,950,000 prints as 1bn, not as 1,000m; of no figure there is no unit
    return next((e for e in _UNITS[lang] if abs(value) >= 10**e - 0.5 * 10 ** (e - 3 - digits)), 0)
