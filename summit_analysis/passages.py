"""Text as a reader of amounts needs it: odd characters evened out, words with their places, sentences, language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain
from typing import NamedTuple
from unicodedata import normalize

from summit_analysis.amounts import Language
from summit_analysis.lexicon import entries

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
