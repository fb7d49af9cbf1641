"""Sentences, numbers, scale words and currencies as English and French write them."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache, cached_property
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from unicodedata import normalize

from summit_analysis.base.text import Language

Phrase = tuple[str, ...]


class Words(Protocol):
    """What `match` needs of a sentence."""

    def low(self, at: int) -> str:
        """Return a token in small letters."""

    def has(self, phrase: Phrase, at: int) -> bool:
        """Whether the words of a phrase stand at a place."""


_WORD = re.compile(r"[^\W\d_]+'?|\S")


@cache
def entries(*path: str) -> Any:
    """Return one table of the lexicon, for example ``entries("numbers", "fr")``."""
    table: Any = _lexicon()
    for key in path:
        table = table[key]
    return table


def phrase(text: str) -> Phrase:
    """Cut a phrase into the tokens a sentence has, in small letters."""
    return tuple(_WORD.findall(text.lower()))


def by_first(phrases: Iterable[str]) -> dict[str, list[Phrase]]:
    """Return phrases by their first token, the longest first."""
    return _grouped(map(phrase, phrases), 0)


def by_last(phrases: Iterable[str]) -> dict[str, list[Phrase]]:
    """Return phrases by their last token, the longest first."""
    return _grouped(map(phrase, phrases), -1)


def match(sentence: Words, at: int, phrases: dict[str, list[Phrase]]) -> int | None:
    """Return where the text goes on after the longest of `phrases` at a token, None if there is none."""
    for each in phrases.get(sentence.low(at), ()):
        if sentence.has(each, at):
            return at + len(each)
    return None


def _grouped(phrases: Iterable[Phrase], at: int) -> dict[str, list[Phrase]]:
    groups: dict[str, list[Phrase]] = {}
    for each in sorted(set(phrases), key=lambda words: (-len(words), words)):
        groups.setdefault(each[at], []).append(each)
    return groups


@cache
def _lexicon() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).parents[1].joinpath("lexicon.toml").read_text(encoding="utf-8"))


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
        **dict.fromkeys("¹²³⁰⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉", "*"),
        "￥": "¥",
        "￡": "£",
        "￦": "₩",
        "﹩": "$",
        **{chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if chr(code) not in "＇－"},
    }
)
_MARKS = "\u0300-\u036f"
_WORD_VOTE = 2
_LEADER = 5
_ACCENTS = frozenset("éèêëàâçùûîïôœ")
_CLUSTER = re.compile(f"[^{_MARKS}][{_MARKS}]{{0,3}}|[{_MARKS}]", re.DOTALL)


class Token(NamedTuple):
    """A number, a word, a currency symbol or a mark, with its place in the evened text."""

    text: str
    kind: str
    start: int
    end: int

    @property
    def low(self) -> str:
        """The token in small letters."""
        return self.text.lower()


@dataclass
class Sentence:
    """The tokens of one sentence, its place in the original text and its language."""

    tokens: list[Token]
    lows: list[str]
    start: int
    end: int
    lang: Language = "en"

    @cached_property
    def words(self) -> set[str]:
        """Every word of the sentence in small letters."""
        return set(self.lows)

    def low(self, at: int) -> str:
        """Return a token in small letters, nothing beyond the ends."""
        return self.lows[at] if 0 <= at < len(self.lows) else ""

    def kind(self, at: int) -> str:
        """Return the kind of a token: n(umber), w(ord), s(ymbol), p(unctuation), nothing beyond the ends."""
        return self.tokens[at].kind if 0 <= at < len(self.lows) else ""

    def glued(self, at: int) -> bool:
        """Whether a token follows the one before it without a space."""
        return 0 < at < len(self.lows) and self.tokens[at].start == self.tokens[at - 1].end

    def hyphen(self, at: int) -> bool:
        """Whether a hyphen or short dash stands here and joins what it stands between: 20-billion, not 20 - billion."""
        return self.low(at) == "-" and self.glued(at) and self.glued(at + 1)

    def has(self, phrase: tuple[str, ...], at: int) -> bool:
        """Whether the words of `phrase` stand at `at`."""
        return at >= 0 and tuple(self.lows[at : at + len(phrase)]) == phrase


class Places(NamedTuple):
    """Where each character of the evened text begins and ends in the original one."""

    starts: list[int] | range
    ends: list[int] | range


def even(text: str) -> tuple[str, Places]:
    """Write every space, apostrophe and hyphen one way, drop what is not seen, and remember the places."""
    clean = text.translate(_EVEN)
    if clean.isascii() or not re.search(f"[{_MARKS}{''.join(map(chr, _UNSEEN))}]", clean):
        return clean, Places(range(len(text)), range(1, len(text) + 1))
    kept, starts, ends = [], [], []
    for cluster in _CLUSTER.finditer(clean):
        piece = cluster[0] if len(cluster[0]) == 1 else normalize("NFC", cluster[0])
        piece = piece.translate(_UNSEEN)
        kept.append(piece)
        starts += [cluster.start()] * len(piece)
        ends += [cluster.end()] * len(piece)
    return "".join(kept), Places(starts, ends)


def sentences(text: str, symbols: str) -> Iterator[Sentence]:
    """Cut an evened text into sentences of tokens; `symbols` is the pattern of currency symbols."""
    tokens: list[Token] = []
    for token in _tokens(text, symbols):
        if tokens and _ends(text, tokens, token):
            yield _sentence(tokens)
            tokens = []
        tokens.append(token)
    if tokens:
        yield _sentence(tokens)


def languages(passage: list[Sentence], lang: Language | None = None) -> None:
    """Set the language of each sentence: `lang`, or by stop words, against the text around it only by two or more."""
    votes = [_votes(sentence) for sentence in passage]
    whole = sum(votes)
    lean = _WORD_VOTE * ((whole > 0) - (whole < 0))
    for sentence, vote in zip(passage, votes, strict=True):
        sentence.lang = lang or ("fr" if (vote + lean or whole) > 0 else "en")


def _votes(sentence: Sentence) -> int:
    """Count French against English: stop words; where they are even, accents and how an amount is written."""
    english, french = _stopwords()
    words = sum((low in french) - (low in english) for low in sentence.lows)
    tokens = sentence.tokens
    figures = sum(not _ACCENTS.isdisjoint(low) for low in sentence.lows)
    for at in range(1, len(tokens)):
        if tokens[at].kind == "n" and tokens[at - 1].kind == "s":
            figures -= 1
        elif tokens[at - 1].kind == "n":
            spaced = tokens[at].kind == "n" and len(tokens[at].text) == 3 and not sentence.glued(at)
            figures += tokens[at].kind == "s" or spaced
    return _WORD_VOTE * words + max(-1, min(1, figures))


@cache
def _stopwords() -> tuple[frozenset[str], frozenset[str]]:
    both = [{*entries("stopwords", lang), *entries("numbers", lang, "units")} for lang in ("en", "fr")]
    return frozenset(both[0]), frozenset(both[1])


@cache
def _pattern(symbols: str) -> re.Pattern[str]:
    # possessive throughout: no token is ever read twice. An apostrophe stays with "d'", not with "Denmark's"
    number = r"[0-9]++(?:[.,'](?=[0-9])[0-9]++)*+"
    word = r"[^\W\d_]++(?:'(?=[^\W_]|[€$£¥])(?!s(?![^\W\d_])))?+"
    return re.compile(rf"(?P<n>{number})|(?P<s>{symbols})|(?P<w>{word})|(?P<p>\S)")


def _tokens(text: str, symbols: str) -> Iterator[Token]:
    for found in _pattern(symbols).finditer(text):
        yield Token(found[0], found.lastgroup or "", found.start(), found.end())


def _ends(text: str, tokens: list[Token], token: Token) -> bool:
    last = tokens[-1]
    gap = text[last.end : token.start]
    if not gap:
        return False
    if gap.count("\n") > 1 or "\x0c" in gap or "\u2029" in gap:
        return True
    if "\n" in gap and token.text in "-*•":
        return True
    while last.text in "\"'»”)" and len(tokens) > 1 and tokens[-2].text in ".!?…":
        last = tokens[-2]
        tokens = tokens[-2:-1]
    if last.text not in ".!?…" or token.text[0].islower() or _is_leader(tokens):
        return False
    before = tokens[-2] if len(tokens) > 1 else None
    if last.text != "." or before is None or before.end != last.start:
        return True
    return not (before.kind == "w" and (len(before.text) == 1 or before.text.lower() in _abbreviations()))


def _is_leader(tokens: list[Token]) -> bool:
    """Whether a row of dots leads from a name to its figure: "Prologis ........ EUR 6.4bn"."""
    return len(tokens) >= _LEADER and all(token.text == "." for token in tokens[-_LEADER:])


@cache
def _abbreviations() -> frozenset[str]:
    return frozenset(entries("abbreviations")["words"])


def _sentence(tokens: list[Token]) -> Sentence:
    return Sentence(tokens, [token.text.lower() for token in tokens], tokens[0].start, tokens[-1].end)


def words_of(passage: list[Sentence]) -> set[str]:
    """Return every word of a text in small letters."""
    return set(chain.from_iterable(sentence.lows for sentence in passage))


_LOCALES = ("en", "fr")
_LETTER = r"[^\W\d_]"


def before(sentence: Sentence, at: int) -> tuple[str, int] | None:
    """Read a currency before a figure: what it is called and where the figure begins."""
    token, here = sentence.tokens[at], at + 1
    if token.kind == "s":
        return token.text, here
    if token.kind != "w" or (token.text not in _codes() and token.low not in entries("currencies", "euro")):
        return None
    if token.text in entries("currencies", "risky", "names"):
        return None
    here += sentence.low(here) == "." and sentence.glued(here)
    return token.text, here


def after(sentence: Sentence, at: int) -> tuple[str, int] | None:
    """Read a currency after a figure: what it is called and where the text goes on."""
    hyphen = sentence.hyphen(at)
    at += hyphen or sentence.low(at) in entries("currencies", "links")
    for name in _first().get(sentence.low(at), ()):
        if sentence.has(name, at):
            return " ".join(name), at + len(name)
    if sentence.kind(at) == "s" and not hyphen:
        # not the symbol of the next figure
        ours = sentence.glued(at) or not (sentence.glued(at + 1) and sentence.kind(at + 1) == "n")
        return (sentence.tokens[at].text, at + 1) if ours else None
    if sentence.kind(at) == "w" and sentence.tokens[at].text in _codes():
        return sentence.tokens[at].text, at + 1
    return None


def iso(name: str, *, scaled: bool, near: set[str], around: set[str]) -> str | None:
    """Return the ISO 4217 code of a currency as called in a text, None where it stays open.

    Parameters
    ----------
    name : str
        As `before` or `after` read it.
    scaled : bool
        Whether a scale word stands before it: "five pounds" may be a weight.
    near, around : set of str
        The words of the sentence and of the whole text; a country among them may choose.
    """
    if name in entries("currencies", "risky", "codes"):
        return _codes()[name] if scaled else None
    if name in entries("currencies", "everyday") and not scaled:
        return None
    default: str | None = entries("currencies", "defaults").get(name)
    bearers = _bearers(name)
    if len(bearers) == 1 or (default and name not in entries("currencies", "by_country")):
        return default or next(iter(bearers))
    for words in (near, around):
        named = {code for code in bearers if _named(code, words)}
        if named:
            return named.pop() if len(named) == 1 else default
    return default


def is_dollar(code: str) -> bool:
    """Whether a currency is called dollar somewhere: "$925m Canadian"."""
    return code in _heads()["dollar"]


@cache
def symbol_pattern() -> str:
    """Return the pattern of every currency symbol, the longest first."""
    parts = []
    for symbol in sorted(_symbols(), key=lambda text: (-len(text), text)):
        part = re.escape(symbol).replace(r"\ ", " ?")
        part = f"(?<!{_LETTER}){part}" if symbol[0].isalpha() else part
        parts.append(f"{part}(?!{_LETTER})" if symbol[-1].isalpha() else part)
    return "|".join(parts)


@cache
def _bearers(name: str) -> frozenset[str]:
    """Return the currencies that go by a name: one for a symbol or a full name, more for "francs"."""
    heads = entries("currencies", "heads").get(name) or _heads().get(name)
    if heads:
        return frozenset(heads)
    return frozenset({_symbols().get(name) or _codes().get(name) or _names()[phrase(name)]})


@cache
def _current() -> list[str]:
    from babel.core import get_global
    from babel.numbers import get_territory_currencies

    return sorted({code for place in get_global("territory_currencies") for code in get_territory_currencies(place)})


@cache
def _codes() -> dict[str, str]:
    return {**{code: code for code in _current()}, **entries("currencies", "codes")}


@cache
def _symbols() -> dict[str, str]:
    from babel import Locale

    found = {
        even(symbol)[0]: code
        for locale in _LOCALES
        for code, symbol in Locale(locale).currency_symbols.items()
        if code in _codes() and not symbol.isalpha() and "." not in symbol
    }
    # "$BN" in small letters is "$bn"
    found = {symbol: code for symbol, code in found.items() if symbol[1:].lower() not in entries("scales", "short")}
    return {**found, **entries("currencies", "symbols")}


@cache
def _names() -> dict[Phrase, str]:
    from babel.numbers import get_currency_name

    found = {
        phrase(even(get_currency_name(code, count=count, locale=locale))[0]): code
        for locale in _LOCALES
        for code in _current()
        for count in (1, 2)
    }
    own = {phrase(name): code for name, code in entries("currencies", "names").items()}
    return {**{name: code for name, code in found.items() if len(name) > 1 or name[0] in ("euro", "euros")}, **own}


@cache
def _heads() -> dict[str, set[str]]:
    from babel.numbers import get_currency_name

    heads: dict[str, set[str]] = {}
    for locale, place in (("en", -1), ("fr", 0)):
        for code in _current():
            for count in (1, 2):
                name = phrase(even(get_currency_name(code, count=count, locale=locale))[0])
                heads.setdefault(name[place], set()).add(code)
    # another release of Babel may begin a name with an everyday word: "or zimbabwéen"
    return {noun: heads[noun] for noun in entries("currencies", "nouns") if noun in heads}


@cache
def _first() -> dict[str, list[Phrase]]:
    names = {*_names(), *((head,) for head in (*_heads(), *entries("currencies", "heads")) if head.isalpha())}
    groups: dict[str, list[Phrase]] = {}
    for name in sorted(names, key=lambda words: (-len(words), words)):
        groups.setdefault(name[0], []).append(name)
    return groups


@cache
def _hints(code: str) -> list[Phrase]:
    from babel import Locale
    from babel.core import get_global
    from babel.numbers import get_currency_name, get_territory_currencies

    hints = [phrase(word) for word in entries("currencies", "hints").get(code, ())]
    for locale in _LOCALES:
        territories = Locale(locale).territories
        hints += [
            phrase(even(territories[place])[0])
            for place in get_global("territory_currencies")
            if place in territories and code in get_territory_currencies(place)
        ]
        for count in (1, 2):
            name = phrase(even(get_currency_name(code, count=count, locale=locale))[0])
            hints.append(name[:-1] if locale == "en" else name[1:])
    return [hint for hint in hints if hint]


def _named(code: str, words: set[str]) -> bool:
    return any(words.issuperset(hint) for hint in _hints(code))


_LONGEST = 40
_GROUPS = 7


class Number(NamedTuple):
    """A number, where the text goes on, and whether no more than an article stood for it ("a billion")."""

    value: float
    end: int
    article: bool = False


def number(sentence: Sentence, at: int) -> Number | None:
    """Read the figures or number words that begin at a token."""
    return _figures(sentence, at) if sentence.kind(at) == "n" else _words(sentence, at)


def read_figure(text: str, lang: Language) -> float | None:
    """Read figures with separators; the language decides where both readings are possible.

    >>> read_figure("1,500", "en"), read_figure("1,500", "fr"), read_figure("1.234,5", "en")
    (1500.0, 1.5, 1234.5)
    >>> read_figure("1.2.3", "en") is None
    True
    """
    if len(text) > _LONGEST:
        return None
    mark = _decimal_mark(text, lang)
    whole, _, decimals = text.rpartition(mark) if mark else (text, "", "")
    groups = re.split(r"[^0-9]", whole)
    if (mark and (mark in whole or not decimals.isdigit())) or not _in_groups(groups):
        return None
    return float(f"{''.join(groups)}.{decimals or 0}")


def _decimal_mark(text: str, lang: Language) -> str:
    """Return the point or comma that begins the decimals, nothing if there is none."""
    marks: list[str] = [mark for mark in re.findall(r"[^0-9]", text) if mark in ".,"]
    if not marks or (len(set(marks)) == 1 and len(marks) > 1):
        return ""
    head, _, tail = text.rpartition(marks[-1])
    if len(marks) > 1 or len(tail) != 3 or not 1 <= len(head) <= 3 or head.startswith("0"):
        return marks[-1]
    return marks[-1] if marks[-1] == _decimal_symbol(lang) else ""


def _in_groups(groups: list[str]) -> bool:
    """Whether groups of figures are whole, thousands, or lakhs and crores: 1,234,567 or 12,34,567."""
    first, *rest = groups
    if not rest:
        return True
    widths = {len(group) for group in rest[:-1]}
    return len(rest[-1]) == 3 and ((len(first) <= 3 and widths <= {3}) or (len(first) <= 2 and widths <= {2}))


@cache
def _decimal_symbol(lang: Language) -> str:
    from babel.numbers import get_decimal_symbol

    return get_decimal_symbol(lang)


def _figures(sentence: Sentence, at: int) -> Number | None:
    if sentence.glued(at) and _belongs_elsewhere(sentence, at - 1):
        return None
    text, end = sentence.tokens[at].text, at + 1
    if len(text) <= 3:
        while end - at < _GROUPS and _is_group(sentence, end):
            text, end = f"{text} {sentence.tokens[end].text}", end + 1
    value = read_figure(text, sentence.lang)
    return None if value is None else Number(value, end)


def _belongs_elsewhere(sentence: Sentence, at: int) -> bool:
    """Whether figures right after this token are part of a name or a date: H100, GPT-4, 10/02, v2.5."""
    token = sentence.tokens[at]
    if token.text == "-" and sentence.glued(at) and sentence.kind(at - 1) == "w":
        at -= 1
        token = sentence.tokens[at]
    if token.kind == "w":
        return not token.text.endswith("'") and before(sentence, at) is None
    return token.text in "/:#_.\\"


def _is_group(sentence: Sentence, at: int) -> bool:
    """Whether three figures after a space go on with the number before them."""
    if sentence.kind(at) != "n" or not sentence.tokens[at - 1].text.isdigit():
        return False
    close = sentence.tokens[at].start - sentence.tokens[at - 1].end == 1
    return close and re.fullmatch(r"[0-9]{3}(?:[.,][0-9]+)?", sentence.tokens[at].text) is not None


def _words(sentence: Sentence, at: int) -> Number | None:
    """Add up number words as long as each fits into the room the one before it left: cent neuf, twenty-five."""
    words, french = entries("numbers", sentence.lang), sentence.lang == "fr"
    article = sentence.low(at) in words["articles"]
    total, current, room, end = 0, int(article), 0 if article else math.inf, at + article
    while True:
        here = _past_joint(sentence, end, room, words) if end > at else at
        low = sentence.low(here)
        value = words["units"].get(low)
        if low in words["eighties"] and current % 100 == 4:
            current, room = current + 76, 20
        elif value is not None and value < room:
            current += value
            room = 0 if value < 20 else 20 if french and value in (60, 80) else 10
        elif low in words["hundred"] and (0 < current < 100 or (french and here == at)):
            current, room = max(current, 1) * 100, 100
        elif low in words["thousand"] and total == 0 and (current or (french and here == at)):
            total, current, room = max(current, 1) * 1000, 0, 1000
        else:
            break
        end = here + 1
    if end == at:
        return None
    bare = article and end == at + 1
    return Number(total + current, end, True) if bare else _after_point(sentence, Number(total + current, end), words)


def _past_joint(sentence: Sentence, at: int, room: float, words: dict[str, Any]) -> int:
    """Step over what links number words: twenty-five, a hundred and nine, vingt et un."""
    at += sentence.hyphen(at)
    if sentence.low(at) == words["joint"]:
        links = room >= 100 if sentence.lang == "en" else sentence.low(at + 1) in words["after_joint"]
        at += links
    return at


def _after_point(sentence: Sentence, read: Number, words: dict[str, Any]) -> Number:
    """Read decimals in words: one point five, deux virgule trois."""
    decimals, here = "", read.end + 1
    if sentence.low(read.end) == words["point"]:
        while len(decimals) < 3 and sentence.low(here) in words["units"]:
            decimals, here = f"{decimals}{words['units'][sentence.low(here)]}", here + 1
    return Number(float(f"{read.value}.{decimals}"), here) if decimals else Number(float(read.value), read.end)


_GLUED_CODES = ("EUR", "USD", "GBP", "CHF")


class Scale(NamedTuple):
    """One or more scale words in a row."""

    unit: float
    end: int
    strength: str
    code: str = ""


def scale(sentence: Sentence, at: int, value: float = math.nan) -> Scale | None:
    """Read the scale words at a token: "milliards", "bn", "mille milliards", "lakh crore", "MEUR"."""
    at += sentence.hyphen(at)
    read = _scale_word(sentence, at, value)
    last = read
    while read and last and last.strength == "word" and read.end - at < 3:
        last = _scale_word(sentence, read.end, value)
        if last is None or last.strength != "word" or last.unit < read.unit:
            break
        read = Scale(read.unit * last.unit, last.end, "word")
    return read


def full_word(low: str, lang: Language) -> float | None:
    """Return the size of a scale word written out, None for any other word: a French billion is 1e12."""
    unit: float | None = entries("scales", lang).get(low) or entries("scales", "both").get(low)
    return unit


def _scale_word(sentence: Sentence, at: int, value: float) -> Scale | None:
    if sentence.kind(at) != "w":
        return None
    low, text, scales = sentence.low(at), sentence.tokens[at].text, entries("scales")
    lang = sentence.lang
    if lang == "fr" and value >= 2 and low in ("billion", "trillion"):
        # French would put it in the plural: this is English quoted
        lang = "en"
    unit = full_word(low, lang) or scales["short"].get(low) or scales["foreign"].get(low)
    if unit:
        return Scale(unit, at + 1, "word")
    if text in scales["letters"] and (sentence.glued(at) or text in scales["apart"]):
        return Scale(scales["letters"][text], at + 1, "letter")
    stem, code = text[:-3], text[-3:]
    unit = scales["letters"].get(stem) or scales["short"].get(stem.lower()) if code in _GLUED_CODES else None
    return Scale(unit, at + 1, "letter", code) if unit else None


_HALF = Fraction(1, 2)
_LONGEST_SHARE = 4


class Quantity(NamedTuple):
    """A number with its scale, by where the text goes on.

    `value` is NaN where no figure stands. `strength` tells how sure the scale makes it an amount: "word" (billion,
    Md), "letter" (M, k) or nothing. `code` is a currency written in one with the scale ("MEUR").
    """

    value: float
    unit: float
    end: int
    strength: str = ""
    rough: bool = False
    code: str = ""

    @property
    def amount(self) -> float:
        """The number in whole units."""
        # 1.1 * 1e9 is not the float 1.1e9
        return float(Decimal(repr(self.value)) * Decimal(self.unit))

    @property
    def known(self) -> bool:
        """Whether a figure stands."""
        return not math.isnan(self.value)


def quantity(sentence: Sentence, at: int) -> Quantity | None:
    """Read what begins at a token: "several", a fraction, a rough count, a number."""
    if sentence.kind(at) == "w":
        in_words = _several(sentence, at) or _fraction(sentence, at) or _single(sentence, at)
        if in_words is not None:
            return in_words
    read = number(sentence, at)
    return None if read is None else _dozens(sentence, read) or _plain(sentence, read)


@cache
def starters(lang: Language) -> frozenset[str]:
    """Return the words a quantity may begin with, apart from "multibillion" and its like."""
    words = entries("numbers", lang)
    single = {*words["units"], *words["articles"], *words["hundred"], *words["thousand"], *words["heaps"]}
    return frozenset(single | {*_phrases(lang, "several"), *_phrases(lang, "fractions"), *_loose(lang)})


def without_determiner(sentence: Sentence, at: int) -> bool:
    """Whether "billions" begins here with nothing like "several" before it."""
    low = sentence.low(at)
    return low in _loose(sentence.lang) or low in entries("numbers", sentence.lang, "heaps")


def _several(sentence: Sentence, at: int) -> Quantity | None:
    """Read an amount without figure: several billion, des dizaines de milliards, multibillion, trillion-dollar."""
    words, low = entries("numbers", sentence.lang), sentence.low(at)
    here = match(sentence, at, _phrases(sentence.lang, "several"))
    if here is None:
        unit = full_word(low.removeprefix("multi"), sentence.lang) if low.startswith("multi") else None
        if unit:
            return Quantity(math.nan, unit, at + 1, "word")
        counted = sentence.kind(at - 1) == "n" or sentence.low(at - 1) in words["units"]
        if counted or not (without_determiner(sentence, at) and (low.endswith("s") or _compound(sentence, at))):
            return None
        here = at
    factor, here = _heaps(sentence, here)
    size = scale(sentence, here + (factor > 1 and sentence.low(here) in words["of"]))
    if size is not None:
        return Quantity(math.nan, factor * size.unit, size.end, size.strength, code=size.code)
    return Quantity(math.nan, factor, here) if factor > 1 else None


def _single(sentence: Sentence, at: int) -> Quantity | None:
    """Read "the billion" and "le milliard d'euros" as one; "a billion" is a number of its own."""
    words = entries("numbers", sentence.lang)
    if sentence.low(at) not in words["singles"] or sentence.low(at - 1) not in words["determiners"]:
        return None
    size = scale(sentence, at)
    if size is None or after(sentence, size.end) is None:
        return None
    return Quantity(1, size.unit, size.end, size.strength)


def _compound(sentence: Sentence, at: int) -> bool:
    """Whether a scale word leads a compound with a currency: trillion-dollar."""
    return sentence.hyphen(at + 1) and after(sentence, at + 1) is not None


def _heaps(sentence: Sentence, at: int) -> tuple[float, int]:
    """Read "tens of", "centaines de", "tens of thousands of"; 1 where none stands."""
    words, factor = entries("numbers", sentence.lang), 1.0
    for _ in range(2):
        here = at + (factor > 1 and sentence.low(at) in words["of"])
        heap = words["heaps"].get(sentence.low(here), 1)
        if heap == 1:
            break
        factor, at = factor * heap, here + 1
    return factor, at


def _dozens(sentence: Sentence, count: Number) -> Quantity | None:
    """Read a rough count: une dizaine de milliards, two dozen."""
    words = entries("numbers", sentence.lang)
    here = count.end + (sentence.low(count.end) in words["stretch"])
    low = sentence.low(here) if count.value == 1 else sentence.low(here).removesuffix("s")
    each = words["dozens"].get(low)
    if each is None:
        return None
    here += 1
    size = scale(sentence, here + (sentence.low(here) in words["of"]))
    if size is None:
        return Quantity(count.value * each, 1, here, rough=True)
    return Quantity(count.value * each, size.unit, size.end, size.strength, rough=True, code=size.code)


def _fraction(sentence: Sentence, at: int) -> Quantity | None:
    """Read half a billion, quarter-billion, trois quarts de milliard, half a dozen billion."""
    for share, end in _shares(sentence, at, "fractions"):
        if _is_period(sentence, at, end):
            continue
        dozens = _dozens(sentence, Number(float(share), end + sentence.hyphen(end)))
        if dozens is not None:
            return dozens
        size = scale(sentence, end)
        if size is not None:
            is_third = share.denominator == 3
            return Quantity(float(share), size.unit, size.end, size.strength, is_third, size.code)
    return None


def _is_period(sentence: Sentence, at: int, end: int) -> bool:
    """Whether "quarter of a" goes on as "the last quarter of a billion-euro year"."""
    words = entries("numbers", sentence.lang)
    return sentence.low(end - 1) in words["articles"] and sentence.low(at - 1) in words["ordinals"]


def _shares(sentence: Sentence, at: int, name: str) -> Iterator[tuple[Fraction, int]]:
    """Yield each share that begins at a token, with where the text goes on; its words may be joined by hyphens."""
    shares = _fractions(sentence.lang, name)
    words: Phrase = ()
    while sentence.kind(at) == "w" and len(words) < _LONGEST_SHARE:
        words = (*words, sentence.low(at))
        share = shares.get(words) or (shares.get((*words, "-")) if sentence.hyphen(at + 1) else None)
        if share is not None:
            yield share, at + 1
        at += 1 + sentence.hyphen(at + 1)


def _plain(sentence: Sentence, read: Number) -> Quantity | None:
    value, here = _and_a_fraction(sentence, read.value, read.end)
    size = scale(sentence, here, value)
    if size is None:
        return None if read.article else Quantity(value, 1, here)
    value, here = _and_a_fraction(sentence, value, size.end)
    whole = Quantity(value, size.unit, here, size.strength, code=size.code)
    return _with_rest(sentence, _with_rest(sentence, whole))


def _and_a_fraction(sentence: Sentence, value: float, at: int) -> tuple[float, int]:
    """Add "and a half", and "and a quarter" before a scale word: "3 billion and a quarter of it" is no 3.25 billion."""
    for share, end in _shares(sentence, at + sentence.hyphen(at), "rests"):
        if share == _HALF or scale(sentence, end) is not None:
            return value + float(share), end
    return value, at


def _with_rest(sentence: Sentence, whole: Quantity) -> Quantity:
    """Add what goes on with a smaller scale: un million deux cent mille, 2 milliards 500 millions."""
    rest = number(sentence, whole.end) if whole.strength == "word" and not whole.code else None
    if rest is None or rest.article:
        return whole
    size = scale(sentence, rest.end, rest.value)
    if size is not None and size.strength == "word" and rest.value * size.unit < whole.unit:
        return Quantity(whole.amount + rest.value * size.unit, 1, size.end, "word", code=size.code)
    if size is None and sentence.kind(whole.end) == "w" and 1000 <= rest.value < whole.unit:
        return Quantity(whole.amount + rest.value, 1, rest.end, "word")
    return whole


@cache
def _loose(lang: Language) -> frozenset[str]:
    """Return the scale words that may stand without a figure: billions of, billion-dollar."""
    return frozenset((*entries("scales", lang), *entries("scales", "both"))) - {"hundred", "mille", "thousand"}


@cache
def _fractions(lang: Language, name: str) -> dict[Phrase, Fraction]:
    return {phrase(text): Fraction(share) for text, share in entries("numbers", lang, name).items()}


@cache
def _phrases(lang: Language, name: str) -> dict[str, list[Phrase]]:
    return by_first(entries("numbers", lang, name))
