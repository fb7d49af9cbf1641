"""Sentences, numbers, scale words and currencies as English and French write them."""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Set
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property
from itertools import chain, product
from pathlib import Path
from typing import Any, NamedTuple
from unicodedata import normalize

from babel import Locale
from babel.core import get_global
from babel.numbers import get_currency_name, get_territory_currencies

from summit_analysis.base.text import LANGUAGES, Language

Phrase = tuple[str, ...]

_LONGEST_FIGURE, _LONGEST_PHRASE, _MOST_SIZES = 40, 7, 4
_WORD_VOTE, _FEWEST_WORDS = 2, 3
_WORD = re.compile(r"[^\W\d_]+'?|\S")
_LETTER = r"[^\W\d_]"
_GROUPED = re.compile(r"[0-9]+|[1-9][0-9]{0,2}(?:[^0-9][0-9]{3})+|[0-9]{1,2}(?:[^0-9][0-9]{2})+[^0-9][0-9]{3}")
"""Whole numbers: 1234567, in thousands 1,234,567, in lakhs and crores 12,34,567."""
_ENDS = ".!?…"
# emphasis and links of Markdown: neither "up to **€5bn**" nor "up to [€5bn](address)" sets the sum apart from its words
_MARKUP = (
    r"\*\*+|(?<![\w*])\*(?=[^\s*])|(?<=[^\s*])\*(?![\w*])|(?<!\w)__?(?=[^\W_]|[€$£¥₹])|(?<=[^\W_])__?(?!\w)"
    r"|\[(?=[^\[\]\n]{1,200}\][(\[])|\]\([^()\s]*(?: \"[^\"\n]*\")?\)|\]\[[^\[\]\n]*\]"
)
_ROW, _LONG_LINE = 12, 50
"""So far from its end a row of a table has a bar."""
_MARKS = "\u0300-\u036f"
_CLUSTER = re.compile(f"[^{_MARKS}][{_MARKS}]{{0,3}}|[{_MARKS}]", re.DOTALL)

# what is written without being read: soft hyphen, joiners, marks of direction
_UNSEEN = dict.fromkeys(
    map(
        ord,
        "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\ufe0e\ufe0f",
    )
)
_EVEN = str.maketrans(
    {
        **dict.fromkeys(
            "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t", " "
        ),
        **dict.fromkeys("’‘ʼ′`´＇", "'"),
        **dict.fromkeys("‐‑‒–−－", "-"),
        # a dash between clauses, which no compound has
        "―": "—",
        # a footnote's number is not part of the figure before it
        **dict.fromkeys("¹²³⁰⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉", "†"),
        "￥": "¥",
        "￡": "£",
        "￦": "₩",
        "﹩": "$",
        **{chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if chr(code) not in "＇－"},
    }
)


# --- the lexicon


@cache
def entries(*path: str) -> Any:
    """Return one table of the lexicon, for example ``entries("numbers", "fr")``."""
    if path:
        return entries(*path[:-1])[path[-1]]
    return tomllib.loads(Path(__file__).parents[1].joinpath("lexicon.toml").read_text(encoding="utf-8"))


@cache
def pattern(name: str, frame: str = r"(?<!\w)(?:{})(?!\w)") -> re.Pattern[str]:
    """Compile a regular expression of the lexicon; a list is that of its alternatives, set into a frame."""
    said = entries("patterns", name)
    return re.compile(said if isinstance(said, str) else frame.format("|".join(said)))


def phrase(text: str) -> Phrase:
    """Cut a phrase into the tokens a sentence has, in small letters."""
    return tuple(_WORD.findall(text.lower()))


@cache
def phrases(*path: str) -> frozenset[Phrase]:
    """Return the phrases of one table of the lexicon."""
    return frozenset(map(phrase, entries(*path)))


# --- sentences


class Token(NamedTuple):
    """A number, a word, a currency symbol or a mark, after what gap it stands, and its place in the text as given."""

    text: str
    kind: str
    gap: str
    start: int
    end: int


@dataclass
class Sentence:
    """The tokens of one sentence, its language and the words of the whole text."""

    tokens: list[Token]
    lang: Language = "en"
    around: Set[str] = frozenset()

    @cached_property
    def lows(self) -> list[str]:
        """The tokens in small letters."""
        return [token.text.lower() for token in self.tokens]

    def low(self, at: int) -> str:
        """Return a token in small letters, nothing beyond the ends."""
        return self.lows[at] if 0 <= at < len(self.lows) else ""

    def kind(self, at: int) -> str:
        """Return the kind of a token: n(umber), w(ord), s(ymbol), p(unctuation), nothing beyond the ends."""
        return self.tokens[at].kind if 0 <= at < len(self.lows) else ""

    def glued(self, at: int) -> bool:
        """Whether a token follows the one before it without a space."""
        return 0 < at < len(self.lows) and not self.tokens[at].gap

    def hyphen(self, at: int) -> bool:
        """Whether a hyphen or short dash stands here and joins what it stands between: 20-billion, not 20 - billion."""
        return self.low(at) == "-" and self.glued(at) and self.glued(at + 1)

    def after(self, at: int, phrases: Set[Phrase]) -> int | None:
        """Return where the text goes on after the longest of `phrases` at a token, None if there is none."""
        return next(self.ends(at, phrases), None)

    def ends(self, at: int, phrases: Set[Phrase]) -> Iterator[int]:
        """Yield where the text goes on after each of `phrases` at a token, the longest first."""
        longest = min(_LONGEST_PHRASE, len(self.lows) - at)
        return (at + count for count in range(longest, 0, -1) if tuple(self.lows[at : at + count]) in phrases)

    def starts(self, at: int, phrases: Set[Phrase]) -> Iterator[int]:
        """Yield where each of `phrases` begins that ends before a token, the longest first."""
        longest = min(_LONGEST_PHRASE, at)
        return (at - count for count in range(longest, 0, -1) if tuple(self.lows[at - count : at]) in phrases)


def passage(text: str, lang: Language | None = None) -> list[Sentence]:
    """Cut a text into sentences, all in `lang`, or each in the language of its stop words.

    The stop words of a sentence go against the text around it only by two or more.
    """
    clean, starts, ends = even(text)
    found: list[Sentence] = []
    begun, last, gap = 0, 0, ""
    for match in _token_pattern().finditer(clean):
        start, end = match.span()
        gap += clean[last:start]
        if match.lastgroup != "markup":
            token = Token(match[0], match.lastgroup or "p", gap, starts[start], ends[end - 1])
            if not found or _is_new_sentence(found[-1].tokens, token, last - begun):
                found.append(Sentence([]))
            found[-1].tokens.append(token)
            begun = start if "\n" in gap else begun
            gap = ""
        last = end
    votes = [_votes(sentence) for sentence in found]
    whole, around = sum(votes), frozenset(chain.from_iterable(sentence.lows for sentence in found))
    lean = _WORD_VOTE * ((whole > 0) - (whole < 0))
    for sentence, vote in zip(found, votes, strict=True):
        sentence.lang = lang or ("fr" if (vote + lean or whole) > 0 else "en")
        sentence.around = around
    return found


def even(text: str) -> tuple[str, list[int], list[int]]:
    """Write every space, apostrophe and hyphen one way, drop what is not seen; where each character began and ended."""
    clusters = _CLUSTER.finditer(text.translate(_EVEN))
    pieces = [(normalize("NFC", each[0]).translate(_UNSEEN), *each.span()) for each in clusters]
    starts = [start for piece, start, _ in pieces for _ in piece]
    ends = [end for piece, _, end in pieces for _ in piece]
    return "".join(piece for piece, *_ in pieces), starts, ends


@cache
def _token_pattern() -> re.Pattern[str]:
    symbols = [
        (f"(?<!{_LETTER})" if symbol[0].isalpha() else "")
        + re.escape(symbol).replace(r"\ ", " ?")
        + (f"(?!{_LETTER})" if symbol[-1].isalpha() else "")
        for symbol in sorted(_symbols(), key=lambda text: (-len(text), text))
    ]
    # possessive throughout: no token is ever read twice. An apostrophe stays with "d'", not with "Denmark's"
    number = r"[0-9]{1,3}(?: [0-9]{3}(?![0-9])){1,6}(?:[.,][0-9]++)?|[0-9]++(?:[.,'](?=[0-9])[0-9]++)*+"
    word = rf"{pattern('glued').pattern}|{_LETTER}++(?:'(?=[^\W_]|[€$£¥])(?!s(?!{_LETTER})))?+"
    kinds = {"markup": _MARKUP, "p": pattern("code").pattern, "n": number, "s": "|".join(symbols), "w": word}
    # so many dots lead from a name to its figure, and end no sentence
    return re.compile("|".join(f"(?P<{kind}>{said})" for kind, said in kinds.items()) + r"|\.{5,}|\S")


def _is_new_sentence(tokens: list[Token], token: Token, line: int) -> bool:
    """Whether a token begins one: behind an empty line, a full stop, a row of a table, or a line of few characters."""
    earlier, last = tokens[-2:][0], tokens[-1]
    lines, is_small = token.gap.count("\n"), token.text[0].islower()
    in_row = any(each.text == "|" for each in tokens[-_ROW:])
    is_apart = in_row or token.text in "-*•|" or (line < _LONG_LINE and not is_small)
    if lines > 1 or (lines == 1 and is_apart) or "\x0c" in token.gap or "\u2029" in token.gap:
        return True
    if not token.gap or is_small or in_row:
        return False
    ends = last.text in _ENDS or (last.text in "\"'»”)" and earlier.text in _ENDS)
    is_short = len(earlier.text) == 1 or earlier.text.lower() in entries("abbreviations", "words")
    return ends and not (last.text == "." and not last.gap and earlier.kind == "w" and is_short)


def _votes(sentence: Sentence) -> int:
    """Count French against English: stop words; where they are even, accents and how an amount is written."""
    english, french = _stopwords()
    words = sum((low in french) - (low in english) for low in sentence.lows)
    said = " ".join(sentence.lows)
    figures = len(pattern("french").findall(said)) - len(pattern("english").findall(said))
    return _WORD_VOTE * words + max(-1, min(1, figures))


def language(text: str) -> str:
    """Return the code of the language whose words of grammar a text has most of, nothing where it has few.

    >>> language("Das Land hat 109 Milliarden Euro für die Firmen und ihre Projekte versprochen."), language("€5bn")
    ('de', '')
    """
    words = Counter(_WORD.findall(text.lower()))
    counts = {lang: sum(words[word] for word in known) for lang, known in entries("stopwords").items()}
    likeliest = max(counts, key=counts.__getitem__)
    return likeliest if counts[likeliest] >= max(_FEWEST_WORDS, words.total() / 10) else ""


@cache
def _stopwords() -> list[frozenset[str]]:
    return [frozenset((*entries("stopwords", lang), *entries("numbers", lang, "units"))) for lang in LANGUAGES]


# --- currencies


def before(sentence: Sentence, at: int) -> tuple[str, int] | None:
    """Read a currency before a figure: what it is called and where the figure begins."""
    text, is_symbol = sentence.tokens[at].text, sentence.kind(at) == "s"
    is_named = text in _codes() or sentence.low(at) in entries("currencies", "euro")
    is_code = is_named and sentence.kind(at) == "w" and text not in entries("currencies", "risky", "names")
    has_dot = not is_symbol and sentence.low(at + 1) == "." and sentence.glued(at + 1)
    return (text, at + 1 + has_dot) if is_symbol or is_code else None


def after(sentence: Sentence, at: int) -> tuple[str, int] | None:
    """Read a currency after a figure: what it is called and where the text goes on."""
    hyphen = sentence.hyphen(at)
    at += hyphen or sentence.low(at) in entries("currencies", "links")
    end = sentence.after(at, _called())
    if end is not None:
        return " ".join(sentence.lows[at:end]), end
    # not the symbol of the next figure
    ours = sentence.glued(at) or not (sentence.glued(at + 1) and sentence.kind(at + 1) == "n")
    is_symbol = sentence.kind(at) == "s" and not hyphen and ours
    is_code = sentence.kind(at) == "w" and sentence.tokens[at].text in _codes()
    return (sentence.tokens[at].text, at + 1) if is_symbol or is_code else None


def iso(sentence: Sentence, name: str, read: Quantity) -> str | None:
    """Return the ISO 4217 code of a currency as called in a text, None where it stays open.

    Parameters
    ----------
    sentence : Sentence
        A country among its words, or those of the whole text, may choose.
    name : str
        As `before` or `after` read it.
    read : Quantity
        So much of it: "five pounds" without a scale word may be a weight.
    """
    currencies, scaled = entries("currencies"), read.unit > 1 or read.amount >= 1e5
    if not scaled and (name in currencies["risky"]["codes"] or name in currencies["everyday"]):
        return None
    default: str | None = currencies["defaults"].get(name)
    bearers = currency_names().get(name.lower()) or {_symbols().get(name) or _codes().get(name, "")}
    if len(bearers) == 1 or (default and name not in currencies["by_country"]):
        return default or min(bearers) or None
    told = (
        [code for code in bearers if any(words >= hint for hint in _hints(code))]
        for words in (set(sentence.lows), sentence.around)
    )
    named = next(filter(None, told), [])
    return named[0] if len(named) == 1 else default


@cache
def _codes() -> dict[str, str]:
    every = {code for place in get_global("territory_currencies") for code in get_territory_currencies(place)}
    return {**{code: code for code in sorted(every)}, **entries("currencies", "codes")}


@cache
def _symbols() -> dict[str, str]:
    found = {
        even(symbol)[0]: code
        for lang in LANGUAGES
        for code, symbol in Locale(lang).currency_symbols.items()
        if code in _codes()
        and not symbol.isalpha()
        and "." not in symbol
        # "$BN" in small letters is "$bn"
        and symbol[1:].lower() not in entries("scales", "both")
    }
    return {**found, **entries("currencies", "symbols")}


@cache
def _spoken() -> list[tuple[str, Phrase, int]]:
    """Return what Babel calls one and two of each currency, and where in it the noun stands: "Swiss franc"."""
    return [
        (code, phrase(even(get_currency_name(code, count=count, locale=lang))[0]), noun)
        for (lang, noun), code, count in product((("en", -1), ("fr", 0)), sorted({*_codes().values()}), (1, 2))
    ]


@cache
def currency_names() -> dict[str, set[str]]:
    """Return the names and nouns of currencies in small letters with the codes each may mean: "dollar" many."""
    own = entries("currencies")
    found = {" ".join(name): {code} for code, name, _ in _spoken() if len(name) > 1 or name[0] in own["euro"]}
    found |= {" ".join(phrase(name)): {code} for name, code in own["names"].items()}
    nouns = {noun: {code for code, name, at in _spoken() if name[at] == noun} for noun in own["nouns"]}
    # another release of Babel may begin a name with an everyday word: "or zimbabwéen"
    found |= {noun: codes for noun, codes in nouns.items() if codes}
    return found | {noun: set(codes) for noun, codes in own["heads"].items()}


@cache
def _called() -> frozenset[Phrase]:
    return frozenset(phrase(name) for name in currency_names() if name[0].isalpha())


@cache
def _hints(code: str) -> list[frozenset[str]]:
    """Return the countries, adjectives and cities that tell one currency of a name from the others."""
    places = [place for place in get_global("territory_currencies") if code in get_territory_currencies(place)]
    called = [even(Locale(lang).territories.get(place, ""))[0] for lang in LANGUAGES for place in places]
    named = [name[1:] if noun == 0 else name[:-1] for one, name, noun in _spoken() if one == code]
    hints = [*map(phrase, [*called, *entries("currencies", "hints").get(code, ())]), *named]
    return [frozenset(hint) for hint in hints if hint]


# --- figures and number words


class Quantity(NamedTuple):
    """A number, where the text goes on, and its scale.

    `value` is NaN where no figure stands. `strength` tells how sure the scale makes it an amount: "word" (billion,
    Md), "letter" (M, k), "size" (a scale without anything before it), "article" if no more than that stands for the
    number ("a billion"), else nothing.
    """

    value: float
    end: int
    unit: float = 1
    strength: str = ""
    rough: bool = False

    @property
    def amount(self) -> float:
        """The number in whole units."""
        # 1.1 * 1e9 is not the float 1.1e9
        return float(Decimal(repr(self.value)) * Decimal(self.unit))

    @property
    def known(self) -> bool:
        """Whether a figure stands."""
        return not math.isnan(self.value)


def read_figure(text: str, lang: Language) -> float | None:
    """Read figures with separators; the language decides where both readings are possible.

    >>> read_figure("1,500", "en"), read_figure("1,500", "fr"), read_figure("1.234,5", "en")
    (1500.0, 1.5, 1234.5)
    >>> read_figure("1.2.3", "en") is None
    True
    """
    marks = (".", ",") if lang == "en" else (",", ".")
    for mark in marks if len(text) <= _LONGEST_FIGURE else ():
        whole, _, decimals = text.partition(mark) if text.count(mark) == 1 else (text, "", "0")
        if decimals.isdigit() and _GROUPED.fullmatch(whole):
            return float(f"{re.sub('[^0-9]', '', whole)}.{decimals}")
    return None


def number(sentence: Sentence, at: int) -> Quantity | None:
    """Read the figures or number words that begin at a token."""
    if sentence.kind(at) != "n":
        return _words(sentence, at)
    # part of a name or a date: H100, GPT-4, 10/02, v2.5; but not of 10bn-20bn
    back = at - 1 - (sentence.hyphen(at - 1) and sentence.kind(at - 2) == "w")
    is_end = sentence.kind(back - 1) == "n" and scale(sentence, back).strength and scale(sentence, at + 1).strength
    is_name = sentence.kind(back) == "w" and sentence.low(back)[-1] != "'" and before(sentence, back) is None
    if sentence.glued(at) and ((is_name and not is_end) or sentence.low(back) in "/:#_.\\"):
        return None
    value = read_figure(sentence.tokens[at].text, sentence.lang)
    return None if value is None else Quantity(value, at + 1)


def _words(sentence: Sentence, at: int) -> Quantity | None:
    """Add up number words as long as each fits into the room the one before it left: cent neuf, twenty-five."""
    words, french = entries("numbers", sentence.lang), sentence.lang == "fr"
    article = sentence.low(at) in words["articles"]
    total, current, room, end = 0, int(article), 0 if article else math.inf, at + article
    while True:
        here = end
        if end > at:
            # over what links number words: twenty-five, a hundred and nine, vingt et un
            here += sentence.hyphen(here)
            linked = sentence.low(here + 1) in words["after_joint"] if french else room >= 100
            here += sentence.low(here) == words["joint"] and linked
        low = sentence.low(here)
        value = words["units"].get(low, math.inf)
        if low in words["eighties"] and current % 100 == 4:
            current, room = current + 76, 20
        elif value < room:
            # soixante-quinze, dix-sept
            open_to = {60: 20, 80: 20, 10: 10} if french else {}
            current, room = current + value, open_to.get(value, 10 if value >= 20 else 0)
        elif low in words["hundred"] and (0 < current < 100 or (french and here == at)):
            current, room = max(current, 1) * 100, 100
        elif low in words["thousand"] and total == 0 and (current or (french and here == at)):
            total, current, room = max(current, 1) * 1000, 0, 1000
        else:
            break
        end = here + 1
    if end == at:
        return None
    if article and end == at + 1:
        return Quantity(1, end, strength="article")
    # one point five, deux virgule trois
    decimal = words["units"].get(sentence.low(end + 1)) if sentence.low(end) == words["point"] else None
    return Quantity(float(f"{total + current}.{decimal or 0}"), end + 2 * (decimal is not None))


# --- scale words


def scale(sentence: Sentence, at: int, value: float = math.nan) -> Quantity:
    """Read the words of size at a token: "milliards", "bn", "dizaine de milliards", "lakh crore"; none is the size 1.

    What is counted in ("dizaine de") is the value, what it is counted by ("milliards") the unit.
    """
    found, words = Quantity(1, at), entries("numbers", sentence.lang)
    for _ in range(_MOST_SIZES):
        here = found.end + sentence.hyphen(found.end)
        heap = words["heaps"].get(sentence.low(here)) if found.unit == 1 else None
        unit, strength = (1, "") if heap else _scale_word(sentence, here, value)
        # of single letters only those of India go on: "10K Cr"
        fits = unit >= found.unit and (strength == found.strength == "word" or unit in entries("scales", "indian"))
        if not heap and (not strength or (found.strength and not fits)):
            break
        here += 1 + (heap is not None and sentence.low(here + 1) in words["of"])
        rough = found.rough or heap is not None
        found = Quantity(found.value * (heap or 1), here, found.unit * unit, found.strength or strength, rough)
    return found


def _scale_word(sentence: Sentence, at: int, value: float) -> tuple[float, str]:
    low, scales = sentence.low(at), entries("scales")
    # French would put it in the plural
    is_quoted_english = sentence.lang == "fr" and value >= 2 and low in ("billion", "trillion")
    unit = scales["en" if is_quoted_english else sentence.lang].get(low) or scales["both"].get(low)
    if unit:
        return unit, "word"
    text = sentence.tokens[at].text if low else ""
    is_letter = text in scales["letters"] and (sentence.glued(at) or text in scales["apart"])
    return (scales["letters"][text], "letter") if is_letter else (1, "")


# --- quantities


def quantity(sentence: Sentence, at: int) -> Quantity | None:
    """Read what begins at a token: "several" or a fraction with its scale, a number, or a scale alone."""
    return _led(sentence, at) or _counted(sentence, at) or _sized(sentence, at)


def _led(sentence: Sentence, at: int) -> Quantity | None:
    """Read several billion, half a billion, quarter-billion, trois quarts de milliard, half a dozen billion."""
    words = entries("numbers", sentence.lang)
    for end in sentence.ends(at, phrases("numbers", sentence.lang, "leads")):
        share, size = words["leads"][" ".join(sentence.lows[at:end])], scale(sentence, end)
        # "the last quarter of a billion-euro year" is a period
        is_joined = sentence.low(end - 1) != "-" or sentence.hyphen(end - 1)
        if size.value * size.unit > 1 and is_joined and sentence.low(at - 1) not in words["ordinals"]:
            return _of(size, share, rough=share % 0.25 > 0)
    return None


def _of(size: Quantity, value: float, *, rough: bool = False) -> Quantity:
    """Return so much of a size; without a figure, what it is counted in is a size too: tens of billions are 1e10."""
    if math.isnan(value):
        return size._replace(value=value, unit=10.0 ** int(math.log10(size.value * size.unit)))
    return size._replace(value=float(value * size.value), rough=rough or size.rough)


def _counted(sentence: Sentence, at: int) -> Quantity | None:
    """Read a number with its scale: une dizaine de milliards, two and a half million, un million deux cent mille."""
    read = number(sentence, at)
    if read is None:
        return None
    value, here = _and_a_half(sentence, read.value, read.end)
    size = scale(sentence, here, value)
    if size.end == here:
        return None if read.strength == "article" else Quantity(value, here)
    value, end = _and_a_half(sentence, value, size.end)
    return _with_rest(sentence, _of(size._replace(end=end), value))


def _and_a_half(sentence: Sentence, value: float, at: int) -> tuple[float, int]:
    """Add "and a half", and "and a quarter" before a scale word: "3 billion and a quarter of it" is no 3.25 billion."""
    begin = at + sentence.hyphen(at)
    for end in sentence.ends(begin, phrases("numbers", sentence.lang, "rests")):
        share = entries("numbers", sentence.lang, "rests")[" ".join(sentence.lows[begin:end])]
        if share == 0.5 or scale(sentence, end).strength:
            return value + share, end
    return value, at


def _with_rest(sentence: Sentence, whole: Quantity) -> Quantity:
    """Add what goes on with a smaller scale: un million deux cent mille, 2 milliards 500 millions."""
    rest = number(sentence, whole.end) if whole.strength == "word" else None
    size = scale(sentence, rest.end, rest.value) if rest and rest.strength != "article" else None
    more = rest.value * size.unit if rest and size else 0
    if size and 1000 <= more < whole.unit and (size.strength == "word" or sentence.kind(whole.end) == "w"):
        return Quantity(whole.amount + more, size.end, strength="word")
    return whole


def _sized(sentence: Sentence, at: int) -> Quantity | None:
    """Read a scale alone: billions, des dizaines de milliards, trillion-dollar; or "the billion euros" as one."""
    words, low, size = entries("numbers", sentence.lang), sentence.low(at), scale(sentence, at)
    is_one = low in words["singles"] and sentence.low(at - 1) in words["determiners"]
    has_currency = (is_one or sentence.hyphen(at + 1)) and after(sentence, at + 1) is not None
    if not (size.strength and (has_currency or low[-1] == "s")) and size.value == 1:
        return None
    return _of(size._replace(strength="size"), 1 if is_one else math.nan)
