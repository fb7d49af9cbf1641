"""Amounts of money in running English or French text, one row for each mention."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise, product

import pandas as pd

from summit_analysis.article import numbers
from summit_analysis.article.numbers import Quantity, Sentence, entries, phrases
from summit_analysis.base.errors import FrameError
from summit_analysis.base.text import Language, known_language

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
_LONGEST_LIST, _LONGEST_GAP = 8, 14
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
    found = read_amounts(text, lang)
    return found[found["currency"].notna()].reset_index(drop=True)


def read_amounts(text: str, lang: Language | None = None) -> pd.DataFrame:
    """Return the frame of `find_amounts`, and in it the figures that may be money but for which no currency is named.

    >>> read_amounts("Brookfield va investir 20 milliards")[["span", "low", "currency"]]
               span           low currency
    0  20 milliards  2.000000e+10      NaN
    """
    if not isinstance(text, str):
        raise FrameError(f"text is a {type(text).__name__}; give the text itself as a str")
    if lang is not None:
        known_language(lang)
    rows = [_row(text, mention) for mention in _with_currency(list(_amounts_of(numbers.passage(text, lang))))]
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)
    # who reads the amounts may need what stands around their sentences
    frame.attrs["text"] = text
    return frame


def _row(text: str, mention: Term) -> tuple[object, ...]:
    sentence, tokens = mention.sentence, mention.sentence.tokens
    start, end = tokens[mention.start].start, tokens[mention.end - 1].end
    # a text without full stops is one sentence: shown whole at every mention, it would outgrow any memory
    first, last = max(tokens[0].start, start - SHOWN // 2), min(tokens[-1].end, end + SHOWN // 2)
    shown = text[first:last].strip().encode("utf-8", "replace").decode("utf-8")
    low, high, known = mention.quantity.amount, mention.high.amount, mention.quantity.known
    ranged, rough = known and low != high, mention.quantity.rough or mention.high.rough
    # what stands before the first of two hedged ends is no hedge of the whole
    hedge = "" if ranged and mention.high.rough else _hedge(sentence, mention.start, mention.end, ranged=ranged)
    stated = "range" if ranged and hedge not in ("up-to", "at-least") else hedge
    qualifier = stated or ("approx" if rough else "exact")
    return (
        start,
        end,
        text[start:end],
        low,
        high,
        known and qualifier == "up-to",
        known and qualifier == "at-least",
        math.nan if known else mention.high.unit,
        mention.currency,
        qualifier if known else "several",
        sentence.lang,
        mention.inferred,
        shown,
    )


# --- the qualifier


def _hedge(sentence: Sentence, start: int, end: int, *, ranged: bool) -> str:
    """Return the word of `QUALIFIERS` that the text puts on the tokens from `start` to `end`, nothing if none.

    Articles may stand in between: "more than the 109 billion".
    """
    begins = [start, *sentence.starts(start, phrases("hedges", "skipped"))]
    hedges = ((begin, *_before(sentence, begin)) for begin in begins)
    begin, name, first = next((hedge for hedge in hedges if hedge[1]), (start, "", start))
    is_known = begin < start and sentence.low(begin) in entries("hedges", "definite")
    if is_known and tuple(sentence.lows[first:begin]) in phrases("hedges", "comparisons"):
        # "more than the 109 billion" compares with a known sum, "under the 109 billion plan" says nothing of it
        return ""
    name = name or _after(sentence, end)
    return {"none": "", "reach": "" if ranged else "up-to"}.get(name, name)


def _before(sentence: Sentence, at: int) -> tuple[str, int]:
    """Return the qualifier whose phrase ends here and where that begins: "no more than" goes before "more than"."""
    may = set(entries("hedges", "may"))
    found = [
        (name, begin)
        for name in entries("hedges", "before")
        for begin in sentence.starts(at, phrases("hedges", "before", name))
        # "could, with debt, reach", but not "has reached"
        if name != "reach" or not may.isdisjoint(sentence.lows[max(begin - _NEAR, 0) : at])
    ]
    return min(found, key=lambda one: one[1], default=("", at))


def _after(sentence: Sentence, at: int) -> str:
    """Return what follows says, if no more is said: "or more" but not "at least 300 of them"."""
    if sentence.low(at) in ("+", "-") and sentence.glued(at):
        return "at-least" if sentence.low(at) == "+" or sentence.low(at + 1) == "plus" else ""
    at += sentence.low(at) == ","
    for name in entries("hedges", "after"):
        end = sentence.after(at, phrases("hedges", "after", name))
        # "or more" ends here, and does not begin "or more than 300"
        joint = sentence.low(at) in ("or", "and", "ou", "et")
        if end is not None and (
            sentence.kind(end) in ("", "p")
            or (joint and sentence.kind(end) == "w" and sentence.low(end) not in ("than", "de", "d'", "que", "qu'"))
        ):
            return str(name)
    return ""


# --- the currency that stands elsewhere


def _with_currency(found: list[Term]) -> list[Term]:
    """Give each amount without a currency that of its list, of the same figure, of who names it, or of its neighbours.

    The neighbours are the last before it and, failing that, the first after it.
    """
    same: dict[tuple[float, float], set[str]] = defaultdict(set)
    for mention in found:
        same[mention.quantity.amount, mention.high.amount].update(filter(None, [mention.currency]))
    # what only converts this one is passed over: "109 milliards (112 Md$)"
    ahead = [None if _converts(mention, after) else after.currency for mention, after in pairwise(found)]
    later: Iterator[str | None] = accumulate([None, *reversed(ahead)], lambda far, near: near or far)
    completed: list[Term] = []
    before: str | None = None
    for mention, after in zip(found, reversed([*later]), strict=False):
        codes = same[mention.quantity.amount, mention.high.amount]
        own = min(codes) if len(codes) == 1 else _speaker(completed[-1] if completed else None, mention)
        before = mention.currency or before
        code = (own if before or after else None) or before or after
        is_open = not mention.currency and not mention.vague
        completed.append(replace(mention, currency=code, inferred=True) if is_open else mention)
    return completed


def _speaker(before: Term | None, mention: Term) -> str | None:
    """Return the currency of who names a sum: "Stargate vaut 500 milliards de dollars. La France en annonce 109"."""
    sentence, speakers = mention.sentence, entries("currencies", "speakers")
    follows = before is not None and before.sentence is sentence
    start = max(mention.start - _LONGEST_GAP, before.end if before and follows else 0, 0)
    named = (
        code
        for code, at in product(("EUR", "USD", "GBP"), range(start, mention.start))
        if sentence.after(at, phrases("currencies", "speakers", code)) is not None
        and set(speakers["places"]).isdisjoint(sentence.lows[max(at - 2, 0) : at])
    )
    return None if before and follows and _is_shared_out(before) else next(named, None)


def _converts(mention: Term, following: Term) -> bool:
    """Whether the next amount stands in brackets or after "soit", as another currency's figure for this one."""
    between = mention.sentence.lows[mention.end : following.start]
    is_set_off = ("(" in between and ")" not in between) or "soit" in between
    return is_set_off and following.sentence is mention.sentence


# --- the amounts of a sentence


@dataclass(frozen=True)
class Term:
    """A number or range and its currency, by the tokens they cover; `prefixed` if the currency stands before."""

    sentence: Sentence
    start: int
    end: int
    quantity: Quantity
    currency: str | None = None
    prefixed: bool = False
    top: Quantity | None = None
    """The higher end of a range."""
    inferred: bool = False

    @property
    def high(self) -> Quantity:
        """The higher end, which is the number itself where it is the only one."""
        return self.top or self.quantity

    @property
    def bare(self) -> bool:
        """Whether it is nothing but a number, or two."""
        return self.currency is None and self.high.strength == ""

    @property
    def is_year(self) -> bool:
        """Whether a bare number may be a year."""
        return self.end == self.start + 1 and _YEAR.fullmatch(self.sentence.tokens[self.start].text) is not None

    @property
    def vague(self) -> bool:
        """Whether it is a size, or a letter for one, without currency: named, but never given one from elsewhere."""
        sentence, lang, strength = self.sentence, self.sentence.lang, self.quantity.strength
        is_heap = strength == "size" and sentence.low(self.start) in entries("numbers", lang, "heaps")
        is_letter = strength == "letter" and sentence.low(self.end) in entries("money", lang)
        return self.currency is None and self.quantity.unit >= 1e6 and (is_heap or is_letter)

    @property
    def is_head(self) -> bool:
        """Whether it is the unit of the figures after it: "in billions of euros: Iliad 3, Prologis 6.4"."""
        sides = self.sentence.low(self.start - 1), self.sentence.low(self.end)
        return self.quantity.strength == "size" and sides in (("in", ":"), ("en", ":"))

    @property
    def stands_alone(self) -> bool:
        """Whether it may be an amount by itself: "5 M" needs a neighbour's currency, "5 billion" only some."""
        # "several hundred" by itself are no sum
        is_sum = self.vague or (self.high.strength == "word" and not 1 < self.high.unit < 1e5)
        return self.currency is not None or (is_sum and not self.counts_things)

    @property
    def counts_things(self) -> bool:
        """Whether a noun that is no money follows a figure without currency, or one came just before."""
        sentence, lang, counted = self.sentence, self.sentence.lang, entries("counts", "words")
        here = self.end + sentence.hyphen(self.end)
        of = sentence.low(here) in entries("numbers", lang, "of")
        noun = sentence.tokens[here + of].text if here + of < len(sentence.tokens) else "."
        known = noun.lower() in (*entries("money", lang), *entries("money", f"{lang}_{'of' if of else 'follow'}"))
        # French needs "de" before what is counted in millions; "6 milliards d'Untel" are his
        known = known or (noun[0].isupper() if of else lang == "fr" or sentence.kind(here) != "w")
        before = reversed(sentence.lows[max(self.start - 8, 0) : self.start])
        last = next((low for low in before if low in counted or low in entries("counts", "until")), "")
        return not known or noun.lower() in counted or last in counted


def _amounts_of(passage: list[Sentence]) -> Iterator[Term]:
    """Yield every amount of a text in order; a bare figure in a table takes the unit at the head of its column."""
    heads: dict[int, Term] = {}
    for sentence in passage:
        terms = _joined(sentence)
        found = list(_amounts_in(_listed(terms)))
        bars = [at for at, low in enumerate(sentence.lows) if low == "|"]
        cells = list(enumerate(pairwise([-1, *bars, len(sentence.lows)]))) if bars else []
        units = {
            column: unit for column, (bar, end) in cells if (unit := _unit(sentence, bar + 1, end)) and unit.currency
        }
        heads = units or (heads if cells else {})
        taken = {each.start for each in found}
        placed = [(bisect_left(bars, each.start), each) for each in terms if sentence.kind(each.start) == "n"]
        figures = Counter(column for column, _ in placed)
        found += [
            _leaning(each, heads[column])
            for column, each in placed
            if column in heads and not units and figures[column] == 1 and each.bare and each.start not in taken
        ]
        # "in billions of euros" is the unit of a column, no sum
        yield from sorted(
            (each for each in found if each.quantity.known or not (units or each.is_head)), key=lambda each: each.start
        )


def _unit(sentence: Sentence, start: int, end: int) -> Term | None:
    """Read a unit without a figure in a cell: "€ bn", "en milliards d'euros", "₹ crore"."""
    for at in range(start, end):
        before = numbers.before(sentence, at)
        size = numbers.scale(sentence, before[1] if before else at)
        named = before or numbers.after(sentence, size.end)
        if size.strength and named and sentence.kind(at - 1) != "n":
            return Term(sentence, at, size.end, size, numbers.iso(sentence, named[0], size))
    return None


def _amounts_in(terms: list[Term]) -> Iterator[Term]:
    """Yield what is money among the numbers of a sentence, and the parts of a sum that lean on it."""
    whole = last = None
    for term in terms:
        if term.stands_alone:
            whole = last = term
            yield term
        elif (
            whole
            and last
            and term.sentence.kind(term.start) == "n"
            and not term.is_year
            # "109 billion (3)" has a footnote
            and [*term.sentence.lows[last.end : term.start], term.sentence.low(term.end)] != ["(", ")"]
        ):
            last = _part(whole, last, term)
            yield from filter(None, [last])


def _joined(sentence: Sentence) -> list[Term]:
    """Return every number of a sentence, two that are the ends of a range as one; the two sides of a rate are none."""
    found, at = list[Term](), 0
    while at < len(sentence.tokens):
        read = _term(sentence, at)
        at = read.end if read else at + 1
        if (
            read
            and found
            and found[-1].quantity.amount in (1, 100, 1000)
            and sentence.lows[found[-1].end : read.start] in (["="], ["≈"])
        ):
            found.pop()
        elif read:
            ranged = _range(found[-1], read) if found else None
            found[len(found) - bool(ranged) :] = [ranged or read]
    return found


# --- a number with its currency


def _term(sentence: Sentence, at: int) -> Term | None:
    """Read a number and its currency at a token."""
    prefix = numbers.before(sentence, at)
    prefix = prefix if prefix and sentence.kind(prefix[1]) == "n" else None
    read = numbers.quantity(sentence, prefix[1] if prefix else at)
    if read is None or (not prefix and sentence.low(read.end) == "%"):
        return None
    suffix = numbers.after(sentence, read.end)
    size = numbers.scale(sentence, suffix[1], read.value) if suffix and not read.strength else read
    if suffix and size.strength == "word" and size is not read and sentence.kind(suffix[1] - 1) == "s":
        # "5€ billion"
        read, suffix = read._replace(unit=size.unit, strength=size.strength), (suffix[0], size.end)
    code, named = (side and numbers.iso(sentence, side[0], read) for side in (prefix, suffix))
    if prefix:
        # "US$5bn dollars" says it twice; "Euro 5" is a norm
        is_twice = named and (named == code or (prefix[0] == "$" and named in numbers.currency_names()["dollar"]))
        end = suffix[1] if suffix and is_twice else read.end
        is_money = bool(code and (read.strength or prefix[0].lower() not in entries("currencies", "euro")))
        found = Term(sentence, at, end, read, named if is_twice else code, prefixed=True)
    else:
        found = Term(sentence, at, suffix[1] if suffix else read.end, read, named)
        # "20 euro area members", "2 million pounds of copper"
        is_region = sentence.low(found.end + sentence.hyphen(found.end)) in ("area", "zone")
        may_weigh = suffix is not None and suffix[0] in entries("currencies", "weights")
        of = may_weigh and sentence.low(found.end) in entries("numbers", sentence.lang, "of")
        is_money = suffix is None or (bool(named) and not is_region and not (of and found.counts_things))
    return _with_cents(found) if is_money else None


def _with_cents(read: Term) -> Term:
    """Add cents to whole units: 3 euros and 50 cents, 2 euros 50 centimes, 3€50."""
    sentence, end = read.sentence, read.end
    here = end + (sentence.low(end) in entries("ranges", "joints"))
    is_named = sentence.low(here + 1) in entries("currencies", "cents")
    is_tight = sentence.kind(end - 1) == "s" and sentence.glued(end - 1) and sentence.glued(end)
    has_cents = read.currency and (is_named or is_tight) and re.fullmatch("[0-9]{2}", sentence.low(here))
    value = read.quantity.value + (int(sentence.low(here)) / 100 if has_cents else 0)
    return replace(read, end=here + 1 + is_named, quantity=read.quantity._replace(value=value)) if has_cents else read


# --- several numbers that belong together


def _range(first: Term, second: Term) -> Term | None:
    """Join the two ends of a range: 30 à 50 milliards, €30bn–€50bn, between $5m and $1bn; 30 to 40 of a sum."""
    if first.top or not first.quantity.known or not second.quantity.known or not _is_joint(first, second):
        return None
    if (first.bare and first.is_year) or _is_change(first) or len({first.currency, second.currency} - {None}) > 1:
        return None
    # "€5-10", but not "€5 to 10 people" nor "€5bn-2030"
    may_lean = not second.is_year and (first.bare or (first.prefixed and first.sentence.hyphen(first.end)))
    is_letter = second.quantity.strength == "letter"
    leans = first.currency if is_letter or first.sentence.hyphen(first.end) else None
    is_sum = second.currency or leans or not (is_letter or second.counts_things)
    low, top = _ends(first, second)
    # "€300 to €50 billion": no range at all, unless 300 billion fell to 50
    if (
        not (may_lean if second.bare else is_sum)
        or low.amount >= top.amount
        or (low.unit == 1 and low.amount < 1000 and top.unit > 1000)
    ):
        return None
    return replace(first, end=second.end, quantity=low, currency=second.currency or first.currency, top=top)


def _is_joint(first: Term, second: Term) -> bool:
    """Whether nothing but what joins the ends of a range stands between two numbers, and a hedge of the second."""
    sentence, end = first.sentence, first.end
    before = sentence.lows[max(_before(sentence, first.start)[1] - 3, 0) : first.start]
    opened = "between" in before or "entre" in before
    is_dash = sentence.low(end) == "—" and sentence.glued(end) and sentence.glued(end + 1)
    joins = is_dash or (opened and sentence.low(end) in entries("ranges", "joints"))
    ends = [*sentence.ends(end, phrases("ranges", "words")), *[end + 1] * joins]
    hedged = (
        after
        for at in ends
        for name in ("at-least", "up-to", "approx")
        for after in sentence.ends(at, phrases("hedges", "before", name))
    )
    return second.start in (*ends, *hedged)


def _is_change(first: Term) -> bool:
    """Whether two figures are a before and an after: "rose from 3 to 5 billion" is no range."""
    start = _before(first.sentence, first.start)[1]
    before = first.sentence.lows[max(start - 5, 0) : start]
    return before[-1:] in (["from"], ["de"]) and any(low in entries("ranges", "changes") for low in before)


def _ends(first: Term, second: Term) -> tuple[Quantity, Quantity]:
    """Return both figures, the scale of one standing for the other where that is what is meant."""
    low, high = first.quantity, second.quantity
    is_hedged = second.start > first.end + 1 and bool(_before(first.sentence, second.start)[0])
    high = high._replace(rough=high.rough or is_hedged, unit=low.unit if second.bare else high.unit)
    if low.unit == 1 and (first.currency is None or first.prefixed):
        # "deux à trois cents millions"
        are_hundreds = low.value < 10 and first.sentence.kind(second.start) == "w" and high.value % 100 == 0
        shared = low._replace(value=low.value * (100 if are_hundreds else 1), unit=high.unit)
        low = shared if shared.amount < high.amount else low
    return low, high


def _listed(terms: list[Term]) -> list[Term]:
    """Give scale and currency to what stands before its last: "20, 30 and 50 billion euros"."""
    found = list(terms)
    for at, last in enumerate(terms):
        begin, is_last = at, last.stands_alone and not last.top and bool(last.quantity.strength or not last.prefixed)
        while is_last and begin and at - begin < _LONGEST_LIST and _is_item(terms[begin - 1], terms[begin], last):
            begin -= 1
        if begin < at and last.sentence.lows[terms[at - 1].end : last.start] != [","]:
            found[begin:at] = [_leaning(each, last) for each in terms[begin:at]]
    return found


def _is_item(item: Term, following: Term, last: Term) -> bool:
    """Whether a number is one of a list that ends in `last`, not the figure of a name or label: Llama 3, phase 2."""
    sentence, start, read = item.sentence, item.start, item.quantity
    gap = " ".join(sentence.lows[item.end : following.start]).removeprefix(",").strip()
    is_change = gap in ("to", "à") and _is_change(item)
    is_next = is_change or gap in entries("ranges", "joints") or (not gap and item.end < following.start)
    low, is_capital = sentence.low(start - 1), sentence.tokens[start - 1].text[0].isupper()
    is_name = is_capital and low not in entries("stopwords", sentence.lang)
    is_label = start > 0 and item.bare and (is_name or low in entries("ranges", "labels"))
    # of "3 billion and 4 billion dollars" the first has its scale already
    has_scale = item.currency is None and read.strength == "word" and last.currency is not None
    is_alike = has_scale or (item.prefixed == last.prefixed and (item.prefixed or item.bare))
    is_figure = read.known and read.value < 1000 and not item.is_year and not item.top
    return is_next and is_figure and is_alike and not is_label and not (item.prefixed and read.strength)


def _leaning(read: Term, whole: Term) -> Term:
    """Give a bare figure, or a range of two, the scale and currency of a sum it leans on."""
    unit = whole.high.unit if read.high.strength == "" else read.high.unit
    top, currency = read.top and read.top._replace(unit=unit), read.currency or whole.currency
    return replace(
        read,
        quantity=read.quantity._replace(unit=unit),
        top=top,
        currency=currency,
        inferred=read.currency is None and currency is not None,
    )


def _part(whole: Term, last: Term, term: Term) -> Term | None:
    """Return a figure after a sum, or after its last part, with scale and currency of the sum if it is a part of it.

    "200 milliards, dont 20 pour l'Essonne", "of €109bn, MGX brings 50 and Brookfield 20", "MGX (50 Md€), Apollo (5)".
    """
    sentence, ranges, part, is_shared = whole.sentence, entries("ranges"), _leaning(term, whole), _is_shared_out(whole)
    before, after, beyond = (sentence.low(at) for at in (term.start - 1, term.end, term.end + 1))
    is_near = term.start - last.end < _LONGEST_GAP and (is_shared or _is_gap(sentence, last.end, term.start))
    goes_on = after in ranges["after_name"] or (is_shared and after in ranges["after_part"])
    # "10 and 11 February", but "3 in 2026"; "Arthur, 32, says"
    is_other = (beyond[:1].isdigit() and not _YEAR.fullmatch(beyond)) or before == after == ","
    fits = (
        (whole.quantity.known or whole.is_head)
        and whole.high.unit >= 1e6
        and not (is_shared and part.high.amount >= whole.high.amount)
    )
    is_part = term.bare and is_near and goes_on and fits and not is_other and before not in ranges["labels"]
    return part if is_part else None


def _is_shared_out(whole: Term) -> bool:
    """Whether the figures after a sum are its parts: "of the 109 billion", "200 milliards, dont", "€109bn: 50 from"."""
    sentence, end, ranges = whole.sentence, whole.end, entries("ranges")
    return (
        whole.is_head
        or not set(ranges["shared"]).isdisjoint(sentence.lows[max(whole.start - 3, 0) : whole.start])
        or not set(ranges["shares"]).isdisjoint(sentence.lows[end : end + _NEAR])
        or sentence.after(end + (sentence.low(end) in (",", "(")), phrases("ranges", "parts")) is not None
        or (sentence.low(end) in (":", "(") and sentence.kind(end + 1) == "n")
    )


def _is_gap(sentence: Sentence, start: int, end: int) -> bool:
    """Whether nothing but a mark, a name and a verb stand between two figures: "and Brookfield", "), Brookfield ("."""
    gap = sentence.tokens[start:end]
    known = (*entries("ranges", "gap"), *entries("ranges", "joints"))
    capitals = [token.text[0].isupper() for token in gap]
    return any(capitals) and all(token.text.lower() in known or big for token, big in zip(gap, capitals, strict=True))
