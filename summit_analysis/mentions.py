"""Amounts of money in running English or French text, one row for each mention."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from summit_analysis import currencies
from summit_analysis.amounts import LANGUAGES, Language
from summit_analysis.errors import ChoiceError, FrameError
from summit_analysis.hedges import hedge
from summit_analysis.joined import Money, amounts_in
from summit_analysis.lexicon import entries
from summit_analysis.passages import Places, even, languages, sentences, words_of

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = {
    "start": "int64",
    "end": "int64",
    "span": "str",
    "low": "float64",
    "high": "float64",
    "open_low": "bool",
    "open_high": "bool",
    "scale": "float64",
    "currency": "str",
    "qualifier": "str",
    "language": "str",
    "inferred": "bool",
    "sentence": "str",
}
"""Columns of `find_amounts` with their types."""

SHOWN = 500
"""So many characters of a sentence are kept, the amount in their middle."""
_NEAR = 8


def find_amounts(text: str, lang: Language | None = None) -> pd.DataFrame:
    """Find every amount of money in a text.

    Parameters
    ----------
    text : str
        Running English or French, any length.
    lang : {"en", "fr"}, optional
        The language of all of it. Left out, each sentence is told by its stop words, one without any by those of
        the whole text. It decides what 1,500 and "billion" mean: in French 1.5 and a million millions.

    Returns
    -------
    pandas.DataFrame
        One row per mention in the order of the text, a repeated one again:

        - ``start``, ``end``: places in `text`, so that ``text[start:end] == span``;
        - ``span``: the amount with its currency and the words that stand for its figure ("several", "une dizaine
          de"), without the qualifier before or after it;
        - ``low``, ``high``: the figures printed in whole currency units, one figure fills both, NaN if there is none;
        - ``open_low``, ``open_high``: "up to", "at least"; ``scale``: size of the words of an amount without figure
          (1e9 for "several billion", 1e10 for "tens of billions"), else NaN;
        - ``currency``: ISO 4217; ``qualifier``: a word of :data:`summit_analysis.amounts.QUALIFIERS`;
        - ``language``: as the amount was read;
        - ``inferred``: the currency stands elsewhere: in the same list, earlier in the text or, failing that, later;
        - ``sentence``: what it stands in, at most 500 characters around it.

    Raises
    ------
    FrameError
        If `text` is no str.
    ChoiceError
        If `lang` is not one of the two languages.

    Notes
    -----
    A figure without currency is money only if a scale word (billion, Md) stands by it, no counted thing follows
    ("50 billion parameters") and some currency is named in the text; none is invented: where the text names no
    currency, `find_without_currency` tells which figures may be money. "$" alone is the US dollar, "pounds" are
    sterling, "rupees" Indian; crowns, francs, pesos and dinars count only where a country tells which.

    Examples
    --------
    >>> found = find_amounts("Brookfield mise 20 milliards d'euros, MGX de 30 à 50 milliards.")
    >>> found[["span", "low", "high", "qualifier", "inferred"]]
                        span           low          high qualifier  inferred
    0  20 milliards d'euros  2.000000e+10  2.000000e+10     exact     False
    1     30 à 50 milliards  3.000000e+10  5.000000e+10     range      True
    """
    return read_amounts(text, lang)[0]


def find_without_currency(text: str, lang: Language | None = None) -> pd.DataFrame:
    """Find the figures that may be money, but for which the text names no currency.

    Parameters
    ----------
    text, lang
        As for `find_amounts`, of which these rows are no part: what they are worth cannot be told.

    Returns
    -------
    pandas.DataFrame
        One row per figure with a scale word that counts nothing: the columns of `find_amounts` but ``currency`` and
        ``inferred``.

    Raises
    ------
    FrameError, ChoiceError
        As `find_amounts`.

    Examples
    --------
    >>> headline = "Brookfield va investir 20 milliards"
    >>> len(find_amounts(headline))
    0
    >>> find_without_currency(headline)[["span", "low", "high"]]
               span           low          high
    0  20 milliards  2.000000e+10  2.000000e+10
    """
    return read_amounts(text, lang)[1]


def read_amounts(text: str, lang: Language | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the frames of `find_amounts` and of `find_without_currency`, reading the text once."""
    if not isinstance(text, str):
        raise FrameError(f"text is a {type(text).__name__}; give the text itself as a str")
    if lang is not None and lang not in LANGUAGES:
        raise ChoiceError("lang", lang, LANGUAGES)
    clean, places = even(text)
    passage = list(sentences(clean, currencies.symbol_pattern()))
    languages(passage, lang)
    around = words_of(passage)
    found = _with_currency([mention for sentence in passage for mention in amounts_in(sentence, around)])
    money = [_row(text, places, mention) for mention in found if mention.currency is not None]
    bare = [_row(text, places, mention) for mention in found if mention.currency is None]
    return _frame(money), _frame(bare).drop(columns=["currency", "inferred"])


def _frame(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    import pandas as pd

    columns = list(zip(*rows, strict=True)) if rows else [()] * len(COLUMNS)
    return pd.DataFrame(
        {name: pd.Series(values, dtype=dtype) for (name, dtype), values in zip(COLUMNS.items(), columns, strict=True)}
    )


def _row(text: str, places: Places, mention: Money) -> tuple[object, ...]:
    sentence, tokens = mention.sentence, mention.sentence.tokens
    start, end = places.starts[tokens[mention.start].start], places.ends[tokens[mention.end - 1].end - 1]
    # a text without full stops is one sentence: shown whole at every mention, it would outgrow any memory
    first = max(places.starts[sentence.start], start - SHOWN // 2)
    last = min(places.ends[sentence.end - 1], end + SHOWN // 2)
    shown = text[first:last].strip().encode("utf-8", "replace").decode("utf-8")
    known = not math.isnan(mention.low)
    ranged = known and mention.low != mention.high
    stated = hedge(sentence, mention.start, mention.end, ranged=ranged)
    open_low, open_high = known and stated == "up-to", known and stated == "at-least"
    if not known:
        stated = "several"
    elif not (open_low or open_high):
        stated = "range" if ranged else stated or ("approx" if mention.rough else "exact")
    figures = (mention.low, mention.high, open_low, open_high, math.nan if known else mention.unit)
    return (start, end, text[start:end], *figures, mention.currency, stated, sentence.lang, mention.inferred, shown)


def _with_currency(found: list[Money]) -> list[Money]:
    """Give each amount without a currency that of its list, else the last before it, else the first after it."""
    later = _later(found)
    earlier, complete = None, []
    for place, mention in enumerate(found):
        if mention.currency is not None:
            earlier = mention.currency
            complete.append(mention)
            continue
        listed = found[place + 1].currency if _leads_on(mention, found[place + 1 : place + 2]) else None
        complete.append(replace(mention, currency=listed or earlier or later[place], inferred=True))
    return complete


def _later(found: list[Money]) -> list[str | None]:
    """Return the first currency after each amount, passing over what only converts it: "109 milliards (112 Md$)"."""
    after: list[str | None] = [None] * len(found)
    upcoming: str | None = None
    for place in range(len(found) - 2, -1, -1):
        if found[place + 1].currency is not None and not _converts(found[place], found[place + 1]):
            upcoming = found[place + 1].currency
        after[place] = upcoming
    return after


def _converts(mention: Money, following: Money) -> bool:
    """Whether the next amount stands in brackets or after "soit", as another currency's figure for this one."""
    if following.sentence is not mention.sentence or following.start - mention.end > _NEAR:
        return False
    between = mention.sentence.lows[mention.end : following.start]
    return ("(" in between and ")" not in between) or "soit" in between


def _leads_on(mention: Money, following: list[Money]) -> bool:
    """Whether the next amount stands in the same list."""
    if not following or not _close(mention, following[0]):
        return False
    gap = mention.sentence.lows[mention.end : following[0].start]
    return all(low in (",", "or", "ou", *entries("ranges", "joints")) for low in gap)


def _close(mention: Money, following: Money) -> bool:
    return following.sentence is mention.sentence and following.start - mention.end <= 2
