"""Who is named in a text: the names of pledges and countries, in its sentences, rows of tables and lines of lists."""

import math
import unicodedata
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

import pandas as pd

from summit_analysis.article.numbers import entries, passage, pattern
from summit_analysis.base.kept import kept
from summit_analysis.base.text import LANGUAGES
from summit_analysis.ledger.tables import Ledger

BARRIER, AMOUNT_BETWEEN = 30, 60
"""How many characters a mark of punctuation, and another amount, between a word and an amount count for."""
REACH, AT_HAND = 80, 40
"""Characters within which a word governs an amount, a place is that of the amount."""
SURE, NAMED, VAGUE = 3, 2, 1
ITEM, ROW = 1, 2
_MOST_NAMES, _LONGEST_HEADING = 6, 100
"""So many names on each side of an amount are weighed; so many characters a heading has."""
_WIDE = ("government", "eu-institution", "public-bank", "sovereign-fund")
"""Kinds of pledgers that pay for much else: only what the ledger calls the pledge by may accuse."""
_SAID = ("pledged", "denied", "other", "worth", "earlier", "together", "part", "site", "elsewhere")
_PLAIN = str.maketrans("’ʼ‘`\u00a0\u202f\u2009\n\t‐‑-", "''''        ")
_BEFORE = r"(?<!\w)(?:{})\W*(?:(?:the|its|new|le|la|les)\s|l')?$"


# --- names


class Name(NamedTuple):
    """One name of a pledge; or of a country, then `pledge` is empty and `kind` its ISO 3166 code."""

    text: str
    pledge: str
    level: int
    kind: str
    natives: tuple[str, ...] = ()
    """How the words begin by which a pledger may be called after his country: "the Canadians" are Brookfield."""


Names = dict[str, dict[str, list[Name]]]
"""All names of pledges and countries by their first word and whole, in plain letters, the longest first."""


@kept
def names_of(ledger: Ledger) -> Names:
    """Return the names under which a text may speak of the pledges of a ledger."""
    states = ledger.entities[ledger.entities["iso3"].notna() & ledger.entities["entity_kind"].eq("state")]
    states = states.assign(also_called=states["also_called"].str.split(";")).explode("also_called")
    called = states.melt("iso3", ["entity", "name_fr", "also_called"], value_name="name").dropna().drop_duplicates()
    found = [Name(name, "", 0, iso3) for name, iso3 in zip(called["name"], called["iso3"], strict=True)]
    words = called["name"].map(plain).str.findall(pattern("word")).explode()
    stems = words[words.str.len() > 4].str[:4].groupby(called["iso3"]).agg(tuple)
    countries = {plain(name.text) for name in found}
    pledges = ledger.pledges.set_index("pledge_id").assign(**{lang: ledger.names(lang) for lang in LANGUAGES})
    # a pledge without aliases is called by its label, or as its pledger
    labels = pledges.loc[~pledges.index.isin(ledger.aliases["pledge_id"]), ["en", "fr", "pledger"]]
    labels = labels.replace(r" *\(.*", "", regex=True).melt(ignore_index=False, value_name="alias").reset_index()
    for row in pd.concat([ledger.aliases, labels.assign(kind="label")]).itertuples():
        flat, pledge = plain(row.alias), pledges.loc[row.pledge_id]
        kind = "amount" if pattern("amount").search(flat) else row.kind
        # "Campus IA" and "groupe Durand" are proper names, "AI campus" is none
        is_proper = not pattern("word").findall(row.alias)[-1][0].islower() and flat not in countries
        own = kind != "name" or pledge["pledger_kind"] not in _WIDE or flat in plain(f"{pledge['en']} {pledge['fr']}")
        level = VAGUE if kind in ("place", "weak", "context", "amount") else SURE if is_proper and own else NAMED
        found.append(Name(row.alias, row.pledge_id, level, kind, stems.get(pledge["pledger_country"], ())))
    index: dict[str, dict[str, list[Name]]] = defaultdict(dict)
    for name in sorted(found, key=lambda name: -len(name.text)):
        key = pattern("article").sub("", plain(unicodedata.normalize("NFC", name.text)))
        if word := pattern("word").search(key):
            index[word[0]].setdefault(key[word.start() :], []).append(name)
    return dict(index)


# --- names in a text


class Hit:
    """A name in a line: the pledges it means and how surely, and which of the line's amounts it goes with."""

    def __init__(self, start: int, end: int, names: tuple[Name, ...]) -> None:
        self.start, self.end, self.names, self.key = start, end, names, names[0].text.lower()
        self.level = max(name.level for name in names)
        self.pledges = {name.pledge for name in names if name.pledge}
        self.kinds = {name.kind for name in names}
        self.owner, self.leads, self.there = -1, False, False


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Return a text without capitals, accents and special blanks, each character in its place."""
    return "".join(map(_plain_letter, text.translate(_PLAIN)))


@cache
def _plain_letter(letter: str) -> str:
    return unicodedata.normalize("NFD", letter)[0].lower()[0]


def _hits(text: str, flat: str, names: Names) -> Iterator[Hit]:
    """Yield the names in a text from left to right; of two that overlap the first, then the longer."""
    end = 0
    for word in pattern("word").finditer(flat):
        for key, named in names.get(word[0], {}).items() if word.start() >= end else ():
            start, stop = word.start(), word.start() + len(key)
            if flat.startswith(key, start) and not flat[stop : stop + 1].isalnum():
                meant = tuple(name for name in named if _as_written(name.text[-len(key) :], text[start:stop]))
                if meant:
                    end = stop
                    yield Hit(start, stop, meant)
                    break


def _as_written(name: str, printed: str) -> bool:
    """Whether the capitals of a name are capitals in the text: "Free" is a company, "free" is not."""
    return all(there.isupper() for here, there in zip(name, printed, strict=False) if here.isupper())


# --- lines: sentences, rows of tables, lines of lists

_LEANING = {plain(word).rstrip("'") for lang in LANGUAGES for word in (*entries("stopwords", lang), "it", "its")}
"""A line that begins with one of them has no subject of its own."""


class Line:
    """A sentence, a row or a line of a list, its amounts, and what stands above that may speak of them."""

    def __init__(
        self, text: str, start: int, kind: int = 0, *, before: str = "", heading: str = "", head: str = ""
    ) -> None:
        self.text, self.start, self.kind = text, start, kind
        self.before, self.heading, self.head = before, heading, head
        self.amounts: list[tuple[int, int]] = []

    def read(self, names: Names) -> None:
        """Find the names in it, and the words that say what its amounts are."""
        self.flat, self.hits = plain(self.text), list[Hit]()
        self.marks = [mark.start() for mark in pattern("punctuation").finditer(self.text)]
        found = list(_hits(self.text, self.flat, names))
        taken = {
            at for start, end in [*((hit.start, hit.end) for hit in found), *self.amounts] for at in range(start, end)
        }
        # a partnership in a name is none, but "French plan" is a plan
        self.places = {
            kind: [
                word.span()
                for word in pattern(kind).finditer(self.flat)
                if kind == "pledged" or word.start() not in taken
            ]
            for kind in _SAID
        }
        # a place is nobody who pays
        strangers = (word.start() for word in pattern("capital").finditer(self.text) if word.start() not in taken)
        self.capitals = [start for start in strangers if not self.follows("at", start)]
        verbs = {start for start, _ in self.places["pledged"]}
        for hit in found:
            # what is only compared with, stands behind the one that pays, or is part of another name, is not named
            if self.follows("compared", hit.start) or pattern("aside", r"\s(?:{})(?!\w)").match(self.flat, hit.end):
                continue
            longer = pattern("longer").match(self.text, hit.end)
            goes_on = longer and not {hit.end + 1} & (taken | verbs) and pattern("small").search(self.text)
            if goes_on and not pattern("titles").match(self.flat, hit.end + 1):
                continue
            # a name goes with the amount before it, as in "from Brookfield" and "(Brookfield", or else with the next
            previous = bisect_left(self.amounts, (hit.start,)) - 1
            hit.there = self.follows("at", hit.start) or self.follows("toward", hit.start)
            hit.leads = self.follows("attached", hit.start) and self.flat[hit.end : hit.end + 2] != "'s"
            back = self.gap(self.amounts[previous][1], hit.start) if previous >= 0 else math.inf
            ahead = self.gap(hit.end, self.amounts[previous + 1][0]) if previous + 1 < len(self.amounts) else math.inf
            goes_back = back <= AT_HAND if hit.leads else self.kind == ROW and back < ahead
            hit.owner = previous + (not goes_back)
            self.hits.append(hit)
        self.announced = bool(pattern("pledged").search(plain(f"{self.heading}\n{self.head}")))
        self.lent = self._lent(names)

    def _lent(self, names: Names) -> tuple[str, Hit] | None:
        """Return the last name of the sentence before, else of the heading, if the line has no subject of its own."""
        marker = pattern("item").match(self.text)
        first = pattern("word").search(self.text, marker.end() if marker else 0)
        word, after = (first[0], self.flat[first.end() : first.end() + 2]) if first else ("", "")
        # "turnover: 10 bn", "Public money: 10 bn" are of the heading, "Acme: 10 bn" and "a tea house: 10 bn" not
        is_theirs = plain(word) not in entries("patterns", "another") and (word[:1].islower() or after[1:].islower())
        leans = is_theirs if self.kind == ITEM else self.kind != ROW and plain(word) in _LEANING
        if not first or not (leans or word[0].isdigit()):
            return None
        for by, text in (("previous-sentence", self.before), ("heading", self.heading)):
            for hit in [hit for hit in _hits(text, plain(text), names) if hit.level >= NAMED][-1:]:
                natives = tuple(stem for name in hit.names for stem in name.natives)
                words = [self.flat[at:] for at in self.capitals if at >= first.end()]
                return (by, hit) if all(word.startswith(natives) for word in words) else None
        return None

    def strangers(self, left: int, right: int) -> int:
        """Count the capitalised words between two places that are no name known."""
        return max(bisect_left(self.capitals, right) - bisect_left(self.capitals, left), 0)

    def gap(self, left: int, right: int) -> int:
        """Count the characters between two places; punctuation and amounts between them cost more."""
        marks = bisect_left(self.marks, right) - bisect_left(self.marks, left)
        amounts = bisect_left(self.amounts, (right,)) - bisect_left(self.amounts, (left,))
        return right - left + BARRIER * marks + AMOUNT_BETWEEN * max(amounts, 0)

    def follows(self, kind: str, at: int) -> bool:
        """Whether a word of a kind, perhaps with an article, stands right before a place."""
        return bool(pattern(kind, _BEFORE).search(self.flat[max(at - AT_HAND, 0) : at]))

    def near(self, at: int) -> list[tuple[float, bool, Hit]]:
        """Return the names around an amount: how far off each is, and whether it goes with this amount."""
        start, end = self.amounts[at]
        middle = bisect_left(self.hits, start, key=lambda hit: hit.start)
        around = self.hits[max(middle - _MOST_NAMES, 0) : middle + _MOST_NAMES]
        gaps = [self.gap(end, hit.start) if hit.start >= end else self.gap(hit.end, start) for hit in around]
        return [(float(max(gap, 0)), hit.owner == at, hit) for gap, hit in zip(gaps, around, strict=True)]

    def said(self, at: int) -> dict[str, bool]:
        """Say what the words around an amount make of it."""
        start, end = self.amounts[at]
        gaps = {kind: self._nearest(kind, start, end) for kind in _SAID}
        pledged = min(gaps["pledged"], 2 * REACH if self.announced else math.inf)
        owned = {kind: gaps[kind] <= REACH and gaps[kind] < pledged for kind in ("other", "worth")}
        reach = {"pledged": 5 * REACH, "site": 2 * REACH, "elsewhere": math.inf}
        near = {kind: gap < math.inf and gap <= reach.get(kind, REACH) for kind, gap in gaps.items()}
        return {**near, **owned, "pledged": pledged <= 5 * REACH, "listed": self.kind != 0}

    def _nearest(self, kind: str, start: int, end: int) -> float:
        """Count the characters from an amount to the nearest word of a kind, before it or, but for a denial, behind."""
        places = self.places[kind]
        at = bisect_right(places, (start, start))
        before = [self.gap(places[at - 1][1], start)] if at and places[at - 1][1] <= start else []
        behind = [self.gap(end, place[0]) for place in places[at : at + 1] if kind != "denied" and place[0] >= end]
        return min([*before, *behind], default=math.inf)


def _cut(text: str) -> list[Line]:
    """Cut a text into sentences, rows of tables and lines of lists, each with what stands above it."""
    lines: list[Line] = []
    before = heading = head = ""
    starts = [0, *(sentence.tokens[0].start for sentence in passage(text)[1:]), len(text)]
    for start, end in pairwise(starts):
        printed = text[start:end]
        said, breaks = printed.strip(), printed[len(printed.rstrip()) :].count("\n")
        kind = ROW if pattern("row").match(said) else ITEM if pattern("item").match(said) else 0
        head = (head or printed) if kind == ROW else ""
        lines.append(Line(printed, start, kind, before=before, heading=heading, head=head))
        is_heading = kind == 0 and breaks > 0 and len(said) <= _LONGEST_HEADING and said[-1:] not in '.!?…»"”'
        ends = is_heading or kind != 0 or breaks > 1
        before = "" if ends else printed
        if ends and kind == 0:
            heading = printed if is_heading else ""
    return lines


def placed(rows: pd.DataFrame, names: Names) -> list[tuple[Line, int]]:
    """Return for each amount its line, and its place among the amounts of that line."""
    text, spans = rows.attrs.get("text", ""), [*zip(rows["start"], rows["end"], rows["span"], strict=True)]
    if all(text[start:end] == span for start, end, span in spans):
        lines = _cut(text)
        first = [line.start for line in lines]
        own = [lines[bisect_right(first, start) - 1] for start, *_ in spans]
    else:
        # the frame is of no one text: each sentence is one of its own
        told = zip(rows["sentence"], spans, strict=True)
        own = [Line(sentence, start - max(sentence.find(span), 0)) for sentence, (start, _, span) in told]
    for line, (start, end, _) in zip(own, spans, strict=True):
        line.amounts.append((start - line.start, end - line.start))
    for line in dict.fromkeys(own):
        line.amounts.sort()
        line.read(names)
    spots = zip(own, spans, strict=True)
    return [(line, bisect_left(line.amounts, (start - line.start,))) for line, (start, *_) in spots]
