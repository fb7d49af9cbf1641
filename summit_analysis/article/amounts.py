"""Amounts of money in running English or French text, one row for each mention."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise, product

import pandas as pd

from summit_analysis.article import numbers
from summit_analysis.article.numbers import Phrase, Quantity, Sentence, entries, phrase, phrases
from summit_analysis.base.errors import ChoiceError, FrameError
from summit_analysis.base.text import LANGUAGES, Language

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
"""So many tokens at most stand between an amount and its figure in another currency."""
_LONGEST_LIST, _LONGEST_GAP = 8, 10
_YEAR = re.compile("19[0-9]{2}|20[0-9]{2}|2100")


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
        - ``currency``: ISO 4217; ``qualifier``: a word of :data:`summit_analysis.money.QUALIFIERS`;
        - ``language``: as the amount was read;
        - ``inferred``: the currency, and the scale of a part or a cell, stand elsewhere: in the same list, in the sum
          it is a part of, at the head of its column, beside the same figure, with the country that names it, earlier in
          the text or, failing that, later;
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
    currency, `summit-analysis scan` tells which figures may be money. "$" alone is the US dollar, "pounds" are
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


def read_amounts(text: str, lang: Language | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the frame of `find_amounts`, and apart the figures that may be money but for which no currency is named.

    >>> amounts, bare = read_amounts("Brookfield va investir 20 milliards")
    >>> len(amounts)
    0
    >>> bare[["span", "low", "high"]]
               span           low          high
    0  20 milliards  2.000000e+10  2.000000e+10
    """
    if not isinstance(text, str):
        raise FrameError(f"text is a {type(text).__name__}; give the text itself as a str")
    if lang is not None and lang not in LANGUAGES:
        raise ChoiceError("lang", lang, LANGUAGES)
    found = _with_currency(list(_amounts_of(numbers.passage(text, lang))))
    frame = pd.DataFrame([_row(text, mention) for mention in found], columns=list(COLUMNS)).astype(COLUMNS)
    # who reads the amounts may need what stands around their sentences
    frame.attrs["text"] = text
    has_currency = frame["currency"].notna()
    bare = frame[~has_currency].drop(columns=["currency", "inferred"])
    return frame[has_currency].reset_index(drop=True), bare.reset_index(drop=True)


def _row(text: str, mention: Term) -> tuple[object, ...]:
    sentence, tokens = mention.sentence, mention.sentence.tokens
    start, end = tokens[mention.start].start, tokens[mention.end - 1].end
    # a text without full stops is one sentence: shown whole at every mention, it would outgrow any memory
    first, last = max(tokens[0].start, start - SHOWN // 2), min(tokens[-1].end, end + SHOWN // 2)
    shown = text[first:last].strip().encode("utf-8", "replace").decode("utf-8")
    low, high, known = mention.quantity.amount, mention.high.amount, mention.quantity.known
    ranged = known and low != high
    # what stands before the first of two hedged ends is no hedge of the whole
    stated = "" if ranged and mention.high.rough else _hedge(sentence, mention.start, mention.end, ranged=ranged)
    open_low, open_high = known and stated == "up-to", known and stated == "at-least"
    if not known:
        stated = "several"
    elif not (open_low or open_high):
        rough = mention.quantity.rough or mention.high.rough
        stated = "range" if ranged else stated or ("approx" if rough else "exact")
    figures = (low, high, open_low, open_high, math.nan if known else mention.high.unit)
    return (start, end, text[start:end], *figures, mention.currency, stated, sentence.lang, mention.inferred, shown)


# --- the qualifier


def _hedge(sentence: Sentence, start: int, end: int, *, ranged: bool) -> str:
    """Return the word of `QUALIFIERS` that the text puts on the tokens from `start` to `end`, nothing if none.

    "Between" and "from" belong to a range, and articles may stand in between: "more than the 109 billion".
    """
    start -= ranged and sentence.low(start - 1) in entries("ranges", "openers")
    name, found = _before(sentence, start)
    for skipped in [] if found else _behind(sentence, start, phrases("hedges", "skipped", at=-1)):
        if not found:
            name, found = _before(sentence, start - len(skipped))
        if found in map(phrase, entries("hedges", "comparisons")) and skipped[0] in entries("hedges", "definite"):
            # "more than the 109 billion" compares with a known sum, "under the 109 billion plan" says nothing of it
            return ""
    name = name if found else _after(sentence, end)
    return {"none": "", "reach": "" if ranged else "up-to"}.get(name, name)


def _before(sentence: Sentence, at: int) -> tuple[str, Phrase]:
    """Return the longest phrase that ends here with its qualifier: "no more than" goes before "more than"."""
    may = set(entries("hedges", "may"))
    found = [
        (name, each)
        for name in entries("hedges", "before")
        for each in _behind(sentence, at, phrases("hedges", "before", name, at=-1))
        # "could, with debt, reach", but not "has reached"
        if name != "reach" or not may.isdisjoint(sentence.lows[max(at - len(each) - _NEAR, 0) : at])
    ]
    return max(found, key=lambda one: len(one[1]), default=("", ()))


def _behind(sentence: Sentence, at: int, endings: dict[str, list[Phrase]]) -> list[Phrase]:
    return [each for each in endings.get(sentence.low(at - 1), ()) if sentence.has(each, at - len(each))]


def _after(sentence: Sentence, at: int) -> str:
    """Return what follows says, if no more is said: "or more" but not "at least 300 of them"."""
    if sentence.low(at) in ("+", "-") and sentence.glued(at):
        return "at-least" if sentence.low(at) == "+" or sentence.low(at + 1) == "plus" else ""
    at += sentence.low(at) == ","
    name: str
    for name in entries("hedges", "after"):
        end = sentence.after(at, phrases("hedges", "after", name))
        # "or more" ends here, and does not begin "or more than 300"
        joint = sentence.low(at) in ("or", "and", "ou", "et")
        if end is not None and (
            sentence.kind(end) in ("", "p")
            or (joint and sentence.kind(end) == "w" and sentence.low(end) not in ("than", "de", "d'", "que", "qu'"))
        ):
            return name
    return ""


# --- the currency that stands elsewhere


def _with_currency(found: list[Term]) -> list[Term]:
    """Give each amount without a currency that of its list, of the same figure, of who names it, or of its neighbours.

    The neighbours are the last before it and, failing that, the first after it.
    """
    # what only converts this one is passed over: "109 milliards (112 Md$)"
    ahead = [None if _converts(mention, after) else after.currency for mention, after in pairwise(found)]
    later: list[str | None] = [None]
    for code in reversed(ahead):
        later.append(code or later[-1])
    same: dict[tuple[float, float], set[str]] = defaultdict(set)
    for mention in found:
        same[mention.quantity.amount, mention.high.amount].update([mention.currency] if mention.currency else [])
    completed: list[Term] = []
    earlier = None
    for mention, after, following in zip(found, reversed(later), [*found[1:], None], strict=False):
        earlier = mention.currency or earlier
        codes = same[mention.quantity.amount, mention.high.amount]
        if mention.currency or mention.vague:
            completed.append(mention)
            continue
        near = following.currency if following and _leads_on(mention, following) else None
        own = next(iter(codes)) if len(codes) == 1 else _speaker(completed[-1] if completed else None, mention)
        code = near or (own if earlier or after else None) or earlier or after
        completed.append(replace(mention, currency=code, inferred=True))
    return completed


def _speaker(before: Term | None, mention: Term) -> str | None:
    """Return the currency of who names a sum: "Stargate vaut 500 milliards de dollars. La France en annonce 109"."""
    sentence, start = mention.sentence, max(mention.start - _LONGEST_GAP, 0)
    if before is not None and before.sentence is sentence:
        if _is_shared_out(before):
            return None
        start = max(start, before.end)
    places = set(entries("currencies", "speakers", "places"))
    for code, at in product(("EUR", "USD", "GBP"), range(start, mention.start)):
        is_named = sentence.after(at, phrases("currencies", "speakers", code)) is not None
        if is_named and places.isdisjoint(sentence.lows[max(at - 2, 0) : at]):
            return code
    return None


def _converts(mention: Term, following: Term) -> bool:
    """Whether the next amount stands in brackets or after "soit", as another currency's figure for this one."""
    between = mention.sentence.lows[mention.end : following.start]
    is_near = following.sentence is mention.sentence and len(between) <= _NEAR
    return is_near and (("(" in between and ")" not in between) or "soit" in between)


def _leads_on(mention: Term, following: Term) -> bool:
    """Whether the next amount stands in the same list."""
    gap = mention.sentence.lows[mention.end : following.start]
    is_near = following.sentence is mention.sentence and len(gap) <= 2
    return is_near and all(low in (",", "or", "ou", *entries("ranges", "joints")) for low in gap)


# --- the amounts of a sentence


@dataclass(frozen=True)
class Term:
    """A number or range and its currency, by the tokens they cover; `prefixed` if the currency stands before."""

    sentence: Sentence
    start: int
    end: int
    quantity: Quantity
    currency: str | None
    prefixed: bool = False
    top: Quantity | None = None
    """The higher end of a range."""
    inferred: bool = False
    vague: bool = False
    """Nothing but a size, or a letter for one, and no currency: named, but never given a currency from elsewhere."""

    @property
    def high(self) -> Quantity:
        """The higher end, which is the number itself where it is the only one."""
        return self.top or self.quantity

    @property
    def bare(self) -> bool:
        """Whether it is nothing but a number."""
        return self.currency is None and self.quantity.strength == ""

    @property
    def is_year(self) -> bool:
        """Whether a bare number may be a year."""
        return self.end == self.start + 1 and _YEAR.fullmatch(self.sentence.tokens[self.start].text) is not None

    @property
    def stands_alone(self) -> bool:
        """Whether it may be an amount by itself: "5 M" needs a neighbour's currency, "5 billion" only some."""
        is_sum = self.vague or self.quantity.strength == "word"
        return self.currency is not None or (is_sum and not self.counts_things)

    @property
    def counts_things(self) -> bool:
        """Whether a noun that is no money follows a figure without currency, or one came just before."""
        sentence, lang, here, counted = self.sentence, self.sentence.lang, self.end, entries("counts", "words")
        here += sentence.low(here) == "-" and sentence.glued(here + 1)
        low = sentence.low(here)
        if sentence.kind(here) == "w":
            if low in entries("numbers", lang, "of"):
                low = sentence.low(here + 1)
                known = low in entries("money", lang) or low in entries("money", f"{lang}_of")
                # "6 milliards d'untel"
                known = known or (here + 1 < len(sentence.tokens) and sentence.tokens[here + 1].text[0].isupper())
            else:
                # French needs "de" before what is counted in millions
                known = lang == "fr" or low in entries("money", lang) or low in entries("money", "en_follow")
            if not known or low in counted:
                return True
        before = reversed(sentence.lows[max(self.start - 8, 0) : self.start])
        return next((low for low in before if low in counted or low in entries("counts", "until")), "") in counted


def _amounts_of(passage: list[Sentence]) -> Iterator[Term]:
    """Yield every amount of a text in order; a bare figure in a table takes the unit at the head of its column."""
    heads: dict[int, Term] = {}
    for sentence in passage:
        found = list(_amounts_in(sentence))
        bars = [at for at, low in enumerate(sentence.lows) if low == "|"]
        cells = list(enumerate(pairwise([-1, *bars, len(sentence.lows)]))) if bars else []
        units = {column: unit for column, (bar, end) in cells if (unit := _unit(sentence, bar + 1, end))}
        heads = units or (heads if cells else {})
        taken = {each.start for each in found}
        for column, (bar, end) in cells if heads and not units else []:
            if column in heads and taken.isdisjoint(range(bar, end)):
                found += _in_cell(sentence, bar + 1, end, heads[column])
        # "in billions of euros" is the unit of a column, no sum
        yield from sorted((each for each in found if each.quantity.known or not units), key=lambda each: each.start)


def _unit(sentence: Sentence, start: int, end: int) -> Term | None:
    """Read a unit without a figure in a cell: "€ bn", "en milliards d'euros", "₹ crore"."""
    for at in range(start, end):
        named = numbers.before(sentence, at)
        size = numbers.scale(sentence, named[1] if named else at)
        named = named or (size and numbers.after(sentence, size.end))
        code = size and (size.code or (named and numbers.iso(sentence, named[0], size._replace(value=1))))
        if size and code and sentence.kind(at - 1) != "n":
            return Term(sentence, at, size.end, size, code)
    return None


def _in_cell(sentence: Sentence, start: int, end: int, unit: Term) -> list[Term]:
    """Read the one figure of a cell, with its hedge: "up to 50"."""
    at = next((at for at in range(start, end) if sentence.kind(at) == "n"), -1)
    read = _term(sentence, at)
    found = _leaning(read, unit) if read and read.bare else None
    alone = found and not any(sentence.kind(at) == "n" for at in range(found.end, end))
    return [found] if found and alone else []


def _amounts_in(sentence: Sentence) -> Iterator[Term]:
    """Yield every amount of a sentence in order."""
    at = 0
    while at < len(sentence.tokens):
        first = _term(sentence, at)
        found = (_range(first) or _list(first) or [first] * first.stands_alone) if first else []
        found += _parts(found[-1]) if found else []
        yield from found
        at = found[-1].end if found else at + 1


# --- a number with its currency


def _term(sentence: Sentence, at: int) -> Term | None:
    """Read a number and its currency at a token."""
    kind, low = sentence.kind(at), sentence.low(at)
    prefix = numbers.before(sentence, at) if kind in ("s", "w") else None
    if prefix is not None and sentence.kind(prefix[1]) != "n":
        prefix = None
    in_words = kind == "w" and (low in numbers.starters(sentence.lang))
    begins = prefix or in_words or kind == "n"
    read = numbers.quantity(sentence, prefix[1] if prefix else at) if begins else None
    if read is None:
        return None
    found = _prefixed(sentence, at, read, prefix[0]) if prefix else _plain(sentence, at, read)
    if found is None or found.currency is None:
        return found
    return None if _is_rate(found) else _with_cents(found)


def _is_rate(read: Term) -> bool:
    """Whether an amount is one side of a rate: "$1 = 0.9698 euros", "(1 dollar = 0,97 euro)"."""
    sentence, one = read.sentence, entries("currencies", "one")
    left = sentence.low(read.end) in ("=", "≈") and read.quantity.amount in (1, 100, 1000)
    right = sentence.low(read.start - 1) in ("=", "≈") and any(
        low in one for low in sentence.lows[max(read.start - 4, 0) : read.start]
    )
    return read.quantity.unit == 1 and (left or right)


def _plain(sentence: Sentence, at: int, read: Quantity) -> Term | None:
    """Add the currency after a number, if there is one."""
    if sentence.low(read.end) == "%":
        return None
    if read.code:
        return Term(sentence, at, read.end, read, read.code)
    suffix = numbers.after(sentence, read.end)
    if suffix is None:
        heaped = not read.known and numbers.without_determiner(sentence, at)
        is_letter = read.strength == "letter" and sentence.low(read.end) in entries("money", sentence.lang)
        tens = heaped and sentence.low(at) in entries("numbers", sentence.lang, "heaps")
        vague = read.unit >= 1e6 and (tens or is_letter)
        return None if heaped and not vague else Term(sentence, at, read.end, read, None, vague=vague)
    name, end = suffix
    code, after = numbers.iso(sentence, name, read), sentence.low(end)
    is_region = sentence.low(end + (after == "-")) in ("area", "zone")
    # "2 million pounds of copper"
    is_weight = (
        name in entries("currencies", "weights")
        and after in entries("numbers", sentence.lang, "of")
        and sentence.low(end + 1) not in entries("money", sentence.lang)
    )
    # "$a + 5$" is a formula
    in_formula = sentence.low(at - 1) in entries("code", "signs") and "$" in sentence.lows[max(at - 5, 0) : at]
    no_money = is_region or is_weight or (name == "$" and in_formula)
    return None if code is None or no_money else Term(sentence, at, end, read, code)


def _prefixed(sentence: Sentence, at: int, read: Quantity, name: str) -> Term | None:
    """Put the currency before a number to it, and one after it that says the same."""
    code = numbers.iso(sentence, name, read)
    if code is None or (name.lower() in entries("currencies", "euro") and not read.strength):
        return None
    if name == "$" and read.unit == 1 and _is_program(sentence, at, read):
        return None
    suffix = None if read.code else numbers.after(sentence, read.end)
    named = None if suffix is None else numbers.iso(sentence, suffix[0], read)
    if suffix and named and (named == code or (name == "$" and named in numbers.heads()["dollar"])):
        return Term(sentence, at, suffix[1], read, named, prefixed=True)
    return Term(sentence, at, read.end, read, code, prefixed=True)


def _is_program(sentence: Sentence, at: int, read: Quantity) -> bool:
    """Whether "$1" belongs to a program or a formula."""
    code, after = entries("code"), sentence.low(read.end)
    is_formula = after in code["powers"] or (after == "$" and sentence.glued(read.end))
    is_small = read.value < 100 and "." not in sentence.tokens[read.end - 1].text
    is_argument = after in code["signs"] or sentence.low(at - 1) in (*code["opening"], *code["commands"])
    return is_formula or (is_small and is_argument)


def _with_cents(read: Term) -> Term:
    """Add cents to whole units: 3 euros and 50 cents, 2 euros 50 centimes, 3€50."""
    sentence, end, whole = read.sentence, read.end, read.quantity
    tight = sentence.kind(end - 1) == "s" and sentence.glued(end - 1) and sentence.glued(end)
    here = end + (sentence.low(end) in entries("ranges", "joints"))
    named = sentence.low(here + 1) in entries("currencies", "cents")
    cents = sentence.low(here)
    are_cents = (named or (tight and len(cents) == 2)) and cents.isdigit() and int(cents) < 100
    if not are_cents or whole.unit > 1 or not whole.value.is_integer():
        return read
    value = float(f"{whole.value:.0f}.{int(cents):02}")
    return replace(read, end=here + 1 + named, quantity=whole._replace(value=value))


# --- several numbers that belong together


def _range(first: Term) -> list[Term]:
    """Read the two ends of a range: 30 à 50 milliards, €30bn–€50bn, between $5m and $1bn."""
    at = _after_joint(first) if first.quantity.known else None
    begins = None if at is None else _after_hedge(first.sentence, at)
    second = None if begins is None else _term(first.sentence, begins)
    if second is None or not second.quantity.known or not _may_pair(first, second):
        return []
    low, top = _ends(first, second)
    top = top._replace(rough=top.rough or begins != at)
    # "€300 to €50 billion": no range at all, unless 300 billion fell to 50
    if low.unit == 1 and low.amount < 1000 and top.unit > 1000:
        return []
    code = second.currency or first.currency
    return [replace(first, end=second.end, quantity=low, currency=code, top=top)] if low.amount < top.amount else []


def _after_hedge(sentence: Sentence, at: int) -> int:
    """Return where the text goes on after a hedge, if there is one: "around $15bn to a little less than $25bn"."""
    ends = (sentence.after(at, phrases("hedges", "before", name)) for name in ("at-least", "up-to", "approx"))
    return max((end for end in ends if end is not None), default=at)


def _after_joint(first: Term) -> int | None:
    """Return where the second end of a range would begin."""
    sentence, end = first.sentence, first.end
    hedge = _before(sentence, first.start)[1]
    low, before = sentence.low(end), sentence.lows[max(first.start - len(hedge) - 3, 0) : first.start]
    if low == "-" or (low == "—" and sentence.glued(end) and sentence.glued(end + 1)):
        return end + 1
    at = sentence.after(end, phrases("ranges", "words"))
    opened = low in entries("ranges", "joints") and ("between" in before or "entre" in before)
    return end + 1 if at is None and opened else at


def _may_pair(first: Term, second: Term) -> bool:
    sentence = first.sentence
    differ = first.currency and second.currency and first.currency != second.currency
    if differ or (first.bare and first.is_year) or _is_change(first):
        return False
    if second.bare:
        # "€5-10", but not "€5 to 10 people" nor "€5bn-2030"
        tight = sentence.low(first.end) == "-" and sentence.glued(first.end) and sentence.glued(first.end + 1)
        return tight and first.prefixed and not second.is_year
    if second.currency is None and second.quantity.strength == "letter":
        return first.currency is not None
    return second.currency is not None or not second.counts_things


def _is_change(first: Term) -> bool:
    """Whether two figures are a before and an after: "rose from 3 to 5 billion" is no range."""
    start = first.start - len(_before(first.sentence, first.start)[1])
    before = first.sentence.lows[max(start - 5, 0) : start]
    return before[-1:] in (["from"], ["de"]) and any(low in entries("ranges", "changes") for low in before)


def _ends(first: Term, second: Term) -> tuple[Quantity, Quantity]:
    """Return both figures, the scale of one standing for the other where that is what is meant."""
    low, high = first.quantity, second.quantity
    if low.unit == 1 and (first.currency is None or first.prefixed):
        hundreds = entries("numbers", first.sentence.lang, "hundred")
        # "deux à trois cents millions"
        are_hundreds = low.value < 10 and any(
            word in hundreds for word in first.sentence.lows[second.start + 1 : second.end]
        )
        shared = low._replace(value=low.value * (100 if are_hundreds else 1), unit=high.unit)
        low = shared if shared.amount < high.amount else low
    elif second.bare:
        high = high._replace(unit=low.unit)
    return low, high


def _list(first: Term) -> list[Term]:
    """Read "20, 30 and 50 billion euros": the last names scale and currency for all."""
    sentence, quantity = first.sentence, first.quantity
    if quantity.strength or not quantity.known or quantity.value >= 1000 or not (first.bare or first.prefixed):
        return []
    # the figure after a name or a label is theirs: Llama 3, phase 2
    low = sentence.low(first.start - 1)
    capital = first.start > 0 and sentence.tokens[first.start - 1].text[0].isupper()
    is_name = capital and low not in entries("stopwords", sentence.lang)
    if first.bare and (is_name or low in entries("ranges", "labels")):
        return []
    items, here = [first], first.end
    while len(items) < _LONGEST_LIST:
        after = here + (sentence.low(here) == ",")
        changed = sentence.low(after) in ("to", "à") and _is_change(first)
        joined = changed or sentence.low(after) in entries("ranges", "joints")
        item = _term(sentence, after + joined) if after + joined > here else None
        if item is None or not item.quantity.known or item.prefixed != first.prefixed or item.is_year:
            return []
        if item.quantity.strength or (item.currency and not item.prefixed):
            return _shared(items, item) if joined and item.stands_alone else []
        items.append(item)
        here = item.end
    return []


def _shared(others: list[Term], last: Term) -> list[Term]:
    unit = last.quantity.unit
    scaled = [replace(each, quantity=each.quantity._replace(unit=unit)) for each in others]
    shared = [each if each.currency else replace(each, currency=last.currency, inferred=True) for each in scaled]
    return [*shared, last]


def _parts(whole: Term) -> list[Term]:
    """Read the figures that lean on the sum before them for scale and currency.

    "200 milliards, dont 20 pour l'Essonne", "of €109bn, MGX brings 50 and Brookfield 20", "MGX (50 Md€), Apollo (5)".
    """
    sentence, here, parts, is_shared = whole.sentence, whole.end, list[Term](), _is_shared_out(whole)
    at = _next_figure(whole) if whole.quantity.known and whole.high.unit >= 1e6 else None
    while at is not None and (is_shared or _is_gap(sentence, here, at)):
        read, before = _term(sentence, at), sentence.low(at - 1)
        if read is None or not read.bare or before in entries("ranges", "labels"):
            break
        part = _leaning(read, whole)
        after = sentence.low(part.end)
        goes_on = after in entries("ranges", "after_name") or (is_shared and after in entries("ranges", "after_part"))
        # "10 and 11 February", but "3 in 2026"; "Arthur, 32, says"
        following = sentence.low(part.end + 1)
        other = (following[:1].isdigit() and not _YEAR.fullmatch(following)) or before == after == ","
        if not goes_on or other or (is_shared and part.high.amount >= whole.high.amount):
            break
        parts.append(part)
        here, at = part.end, _next_figure(part)
    return parts


def _next_figure(read: Term) -> int | None:
    tokens = read.sentence.tokens[read.end : read.end + _LONGEST_GAP]
    figures = (at for at, token in enumerate(tokens, read.end) if token.kind == "n" and not _YEAR.fullmatch(token.text))
    return next(figures, None)


def _is_shared_out(whole: Term) -> bool:
    """Whether the figures after a sum are its parts: "of the 109 billion", "200 milliards, dont", "€109bn: 50 from"."""
    sentence, end, ranges = whole.sentence, whole.end, entries("ranges")
    return (
        not set(ranges["shared"]).isdisjoint(sentence.lows[max(whole.start - 3, 0) : whole.start])
        or not set(ranges["shares"]).isdisjoint(sentence.lows[end : end + _NEAR])
        or sentence.after(end + (sentence.low(end) in (",", "(")), phrases("ranges", "parts")) is not None
        or (sentence.low(end) in (":", "(") and sentence.kind(end + 1) == "n")
    )


def _is_gap(sentence: Sentence, start: int, end: int) -> bool:
    """Whether nothing but a mark, a name and a verb stand between two figures: "and Brookfield", "), Brookfield ("."""
    gap = sentence.tokens[start:end]
    known = (*entries("ranges", "gap"), *entries("ranges", "joints"))
    begins = len(gap) > 1 and (gap[0].text in ",;()" or gap[0].text in entries("ranges", "joints"))
    return (
        begins
        and any(token.text[0].isupper() for token in gap)
        and all(token.text[0].isupper() or token.text.lower() in known for token in gap)
    )


def _leaning(read: Term, whole: Term) -> Term:
    """Give a bare figure, or a range of two, the scale and currency of a sum it leans on."""
    unit = whole.high.unit
    found = replace(read, quantity=read.quantity._replace(unit=unit), currency=whole.currency, inferred=True)
    at = _after_joint(read)
    second = None if at is None else _term(read.sentence, at)
    if second is None or not second.bare or second.is_year or second.quantity.value <= read.quantity.value:
        return found
    return replace(found, end=second.end, top=second.quantity._replace(unit=unit))
