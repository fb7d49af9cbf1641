"""Hold the amounts of a text against the ledger: one frame of amounts and pledges named near them, one list of rules.

A name makes an amount that of a pledge: one of its own, or two different vaguer ones, in the same sentence, row of a
table or line of a list; failing that the name of the sentence before, or of the heading. `rules` prints the rules.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd

from summit_analysis.article.amounts import COLUMNS
from summit_analysis.article.numbers import entries
from summit_analysis.base.days import one_day
from summit_analysis.base.errors import FrameError
from summit_analysis.base.kept import kept
from summit_analysis.base.text import LANGUAGES, Language, format_figure, known_language, long_day, words
from summit_analysis.currency.rates import EURO, clean_code
from summit_analysis.ledger.sources import publishers
from summit_analysis.ledger.tables import Ledger
from summit_analysis.money import Amount, format_amount
from summit_analysis.pledges.claims import RULED, date_claims, printed_figures
from summit_analysis.pledges.once import forest_of

APPROX_AT_MOST = 0.05
"""An amount called approximate, or written in words, is off by at most this share of itself."""
RATE_SLACK = 0.025
"""Share of a converted amount that the rate of another hour or day may explain."""
NEAR = 0.8
"""An "at least" is told to be true from this share of the lowest accepted figure on."""
COMPARABLE = 5
"""What is more than so many times larger or smaller than any figure of a pledge is money for something else."""
BARRIER, AMOUNT_BETWEEN = 30, 60
"""How many characters a mark of punctuation, and another amount, between a word and an amount count for."""
REACH, BESIDE, AT_HAND = 80, 12, 40
"""Characters within which a word governs an amount, two currencies give one sum, a place is that of the amount."""
_MOST_NAMES = 6
"""So many names on each side of an amount are weighed."""
_SURE, _NAMED, _VAGUE = 3, 2, 1
_WIDE = ("government", "eu-institution", "public-bank", "sovereign-fund")
"""Kinds of pledgers that pay for much else: only what the ledger calls the pledge by may accuse."""
_PLAIN = str.maketrans("’ʼ‘`\u00a0\u202f\u2009\n\t‐‑-", "''''        ")
_WORD = re.compile(r"\w+")
_DIGITS = re.compile(r"\d(?:[\d\s.,'’]*\d)?")
_AMOUNT = re.compile(r"\d.*(?:illi|bn|md)")
_MOST_DIGITS = 30
_CAPITAL = re.compile(r"(?<!\w)(?!(?:AI|IA|EU|UE|A\.I)\b)[A-ZÀ-Ý]\w+")
_PUNCTUATION = re.compile(r"[,;:()\[\]–—\n]")
_ROW, _ITEM, _LINE = re.compile(r"\||.*(?:\s\|\s|\t)"), re.compile(r"(?:[-*•·–]|\d+[.)])\s"), re.compile(r"[^\n]+")
_STOP = re.compile(r"(?<!\.)[.!?…][\"'”»)\]*_]*+\s++(?=[\W\dA-ZÀ-Ý])")
_LONG_LINE, _LONG_HEADING = 50, 100
_BEFORE = r"(?<!\w)(?:{})\W*(?:(?:the|its|new|le|la|les)\s|l')?$"
_TWIN = re.compile(r"\s*(?:\(|[,/]?\s*(?:or|ou|soit|i\.e\.)\b)\W*(?:or|ou|soit|about|around|some|roughly|environ)?\W*")


class Rule(NamedTuple):
    """One rule: the verdict if the condition holds of an amount and a pledge, and the key of the reason in words."""

    verdict: str
    when: str
    reason: str


RULES = (
    Rule("no-currency", "~has_currency", "no-currency"),
    Rule("no-figure", "~has_figure", "vague"),
    Rule("other-money", "named & denied", "denied"),
    Rule("other-money", "named & other", "other"),
    Rule("other-money", "named & together", "several"),
    Rule("not-accepted", "named & at_place & unaccepted", "unaccepted"),
    Rule("agrees", "named & printed", "printed"),
    Rule("slip", "sure & pledged & other_sign", "other-sign"),
    Rule("agrees", "named & converted", "converted"),
    Rule("agrees", "named & inside", "inside"),
    Rule("agrees", "named & floor", "floor"),
    Rule("not-accepted", "named & unaccepted", "unaccepted"),
    Rule("no-figure", "sure & pledged & ~known", "unknown"),
    Rule("other-money", "named & earlier", "earlier"),
    Rule("other-money", "named & several", "several"),
    Rule("slip", "sure & pledged & thousandfold", "thousandfold"),
    Rule("slip", "sure & pledged & tenfold", "tenfold"),
    Rule("slip", "sure & pledged & turned", "turned"),
    Rule("differs", "sure & pledged & single & comparable", "differs"),
    Rule("new", "~named | named", "new"),
)
"""From top to bottom: the first that holds of an amount and a pledge is their verdict, the highest the amount's."""


def rules() -> pd.DataFrame:
    """Return the rules of `match_claims` in the order in which they are applied.

    Returns
    -------
    pandas.DataFrame
        One row per rule: ``verdict``, ``when`` (its condition), ``reason`` (what the reason begins with).

    >>> rules().loc[[6, 18], ["verdict", "when"]]
        verdict                                    when
    6    agrees                         named & printed
    18  differs  sure & pledged & single & comparable
    """
    say = words("match", "en")
    return pd.DataFrame(RULES).assign(reason=[say[rule.reason] for rule in RULES])


def match_claims(ledger: Ledger, found: pd.DataFrame, *, on: str | dt.date | None = None) -> pd.DataFrame:
    """Say of each amount of a text what the ledger knows of it: whether it agrees, is a slip, differs, or is new.

    Parameters
    ----------
    ledger : Ledger
    found : pandas.DataFrame
        As `find_amounts` returns it; never changed. It remembers its text (``found.attrs["text"]``): without that a
        name is looked for in the sentence alone. Rows whose currency is missing are told to lack one.
    on : str or datetime.date, optional
        The text's day. A pledge announced later does not exist; currencies are compared at the rate of this day, or
        of the day of the claim. Left out, every pledge exists, and only the rate of the claim's day counts.

    Returns
    -------
    pandas.DataFrame
        One row per amount, with the index and the columns of `found` and

        - ``verdict``: ``agrees``; ``slip`` (ten or a thousand times too much or too little, two digits turned, the
          right number with another currency); ``differs`` (no accepted figure fits); ``not-accepted`` (a figure the
          ledger knows and does not accept); ``other-money`` (assets, turnover, a stake, a sum of several, money
          denied); ``no-figure``, ``no-currency``, ``new``. `rules` shows when each is given;
        - ``pledge_id``: the pledge named; missing if none is, and for ``new``;
        - ``named_by``: where the name stands, ``sentence``, ``previous-sentence`` or ``heading``;
        - ``claim_id``, ``source_id``: the claim compared with, whose page can be cited;
        - ``off_by``: how many times the nearest accepted figure it is (1: the same);
        - ``same_figure_as``: other pledges of which an accepted claim prints this figure, joined by semicolons;
        - ``reason``: why, in the language of the text.

    Raises
    ------
    FrameError
        If `found` lacks a column, or `on` is not a day.

    Notes
    -----
    A claim is accepted if its standing is ``stands`` or ``derived``. "109 billion" stands for 108.5 to 109.5; called
    approximate, for 5 % at most up or down; converted, for 2.5 % more. "At least" agrees from 80 % of the figure on.

    Examples
    --------
    >>> from summit_analysis import find_amounts
    >>> found = find_amounts("Brookfield will invest 200 billion euros. Another fund brings 3 billion.")
    >>> match_claims(ledger, found)[["span", "verdict", "pledge_id", "off_by"]]
                    span verdict             pledge_id  off_by
    0  200 billion euros    slip  brookfield-france-ai    10.0
    1          3 billion     new                   NaN     NaN
    """
    lacking = [name for name in COLUMNS if name not in (*getattr(found, "columns", ()), "inferred", "scale")]
    if lacking:
        raise FrameError(f"no column {lacking[0]!r}: hand in the frame of find_amounts, or one with its columns")
    day = None if on is None else pd.Timestamp(one_day(on))
    rows = found.reset_index(drop=True)
    rows["currency"] = [clean_code(code) if isinstance(code, str) else "" for code in rows["currency"]]
    pairs = _compared(ledger, rows, _pairs(ledger, rows, day), day)
    pairs["rule"] = np.select([pairs.eval(rule.when).astype(bool) for rule in RULES], range(len(RULES)))
    order = pairs.assign(level=-pairs["level"], hints=-pairs["hints"], gap=pairs["off_by"].map(_gap))
    best = order.sort_values(["amount", "rule", "level", "hints", "distance", "gap"], kind="stable")
    best = best.drop_duplicates("amount").set_index("amount").sort_index()
    # nothing is told of a pledge by an amount that is new
    best["verdict"] = [RULES[number].verdict for number in best["rule"]]
    best["claim_id"] = best["fallen_id"].where(best["verdict"].eq("not-accepted"), best["claim_id"])
    best["meant"], best["compared_with"] = best["pledge_id"], best["claim_id"]
    told = ["pledge_id", "named_by", "claim_id", "source_id", "off_by"]
    best["source_id"] = best["claim_id"].map(ledger.claims.set_index("claim_id")["source_id"])
    best.loc[best["verdict"].isin(["new", "no-currency"]), told[2:]] = None
    best.loc[best["verdict"].eq("new") | ~best["named"], told] = None
    best["same_figure_as"] = _same_figures(ledger, rows, best["pledge_id"], day)
    best["reason"] = _reasons(ledger, rows, best)
    columns = ["verdict", *told, "same_figure_as", "reason"]
    answer = best[columns].astype({name: "float64" if name == "off_by" else "str" for name in columns})
    return found.assign(**{name: answer[name].set_axis(found.index) for name in columns})


def _gap(ratio: float) -> float:
    return abs(math.log(ratio)) if ratio > 0 else math.inf


# --- names


class _Name(NamedTuple):
    """One name of a pledge; or of a country, then `pledge` is empty and `kind` its ISO 3166 code."""

    text: str
    pledge: str
    level: int
    kind: str


class _Hit:
    """A name in a line: the pledges it means and how surely, and which of the line's amounts it goes with."""

    def __init__(self, start: int, end: int, names: tuple[_Name, ...]) -> None:
        self.start, self.end, self.names, self.key = start, end, names, names[0].text.lower()
        self.level = max(name.level for name in names)
        self.pledges = {name.pledge for name in names if name.pledge}
        self.kinds = {name.kind for name in names}
        self.owner, self.leads = -1, False


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Return a text without capitals, accents and special blanks, each character in its place."""
    return "".join(map(_plain_letter, text.translate(_PLAIN)))


@cache
def _plain_letter(letter: str) -> str:
    return unicodedata.normalize("NFD", letter)[0].lower()[0]


@kept
def _names(ledger: Ledger) -> dict[str, dict[str, list[_Name]]]:
    """Return all names of pledges and countries by their first word, in plain letters, the longest first."""
    states = ledger.entities[ledger.entities["iso3"].notna() & ledger.entities["entity_kind"].eq("state")]
    states = states.assign(also_called=states["also_called"].str.split(";")).explode("also_called")
    called = states.melt("iso3", ["entity", "name_fr", "also_called"], value_name="name").dropna().drop_duplicates()
    names = [_Name(name, "", 0, iso3) for name, iso3 in zip(called["name"], called["iso3"], strict=True)]
    countries, pledges = {plain(name.text) for name in names}, ledger.pledges.set_index("pledge_id")
    labels = {pledge: (ledger.names("en")[pledge], ledger.names("fr")[pledge]) for pledge in pledges.index}
    for row in ledger.aliases.itertuples():
        flat, kind, pledger = plain(row.alias), row.kind, pledges["pledger_kind"][row.pledge_id]
        kind = "amount" if _AMOUNT.search(flat) else kind
        # "Campus IA" and "groupe Durand" are proper names, "AI campus" is none
        proper = not _WORD.findall(row.alias)[-1][0].islower()
        its_own = kind != "name" or pledger not in _WIDE or any(flat in plain(label) for label in labels[row.pledge_id])
        level = _VAGUE if kind in ("place", "weak", "context", "amount") else _NAMED
        level = _SURE if level == _NAMED and proper and its_own and flat not in countries else level
        names.append(_Name(row.alias, row.pledge_id, level, kind))
    known = {(name.pledge, plain(name.text)): name.level for name in names}
    own = {name.pledge for name in names}
    for pledge, texts in labels.items():
        for text in dict.fromkeys(re.sub(r" *\(.*", "", text) for text in (*texts, pledges["pledger"][pledge])):
            # what holds a sure name hides it, and is as sure; a pledge without aliases is called by its label
            holds = any(level == _SURE and one == pledge and key in plain(text) for (one, key), level in known.items())
            if (pledge, plain(text)) not in known and plain(text) not in countries:
                names.append(_Name(text, pledge, _SURE if holds or pledge not in own else _VAGUE, "label"))
    index: dict[str, dict[str, list[_Name]]] = defaultdict(dict)
    for name in sorted(names, key=lambda name: -len(name.text)):
        key = plain(unicodedata.normalize("NFC", name.text))
        if word := _WORD.search(key):
            index[word[0]].setdefault(key[word.start() :], []).append(name)
    return dict(index)


def _hits(text: str, flat: str, names: dict[str, dict[str, list[_Name]]]) -> Iterator[_Hit]:
    """Yield the names in a text from left to right; of two that overlap the first, then the longer."""
    end = 0
    for word in _WORD.finditer(flat):
        for key, named in names.get(word[0], {}).items() if word.start() >= end else ():
            start, stop = word.start(), word.start() + len(key)
            if flat.startswith(key, start) and not flat[stop : stop + 1].isalnum():
                meant = tuple(name for name in named if _as_written(name.text[-len(key) :], text[start:stop]))
                if meant:
                    end = stop
                    yield _Hit(start, stop, meant)
                    break


def _as_written(name: str, printed: str) -> bool:
    """Whether the capitals of a name are capitals in the text: "Free" is a company, "free" is not.

    The first letter of a name of three words or more may be small in the midst of a sentence.
    """
    first = int(len(_WORD.findall(name)) > 2)
    return all(there.isupper() for here, there in zip(name[first:], printed[first:], strict=False) if here.isupper())


# --- lines: sentences, rows of tables, lines of lists


@dataclass
class _Line:
    """A sentence, a row or a line of a list, the line before and the heading above it, and its amounts."""

    text: str
    start: int
    is_row: bool = False
    before: str = ""
    heading: str = ""
    amounts: list[tuple[int, int, str]] = field(default_factory=list)
    flat: str = ""
    hits: list[_Hit] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    places: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    capitals: list[int] = field(default_factory=list)
    borrowed: list[tuple[str, _Hit]] = field(default_factory=list)
    announced: bool = False

    def strangers(self, left: int, right: int) -> int:
        """Count the capitalised words between two places that are no name known."""
        return max(bisect_left(self.capitals, right) - bisect_left(self.capitals, left), 0)

    def gap(self, left: int, right: int) -> int:
        """Count the characters between two places; punctuation and amounts between them cost more."""
        marks = bisect_left(self.marks, right) - bisect_left(self.marks, left)
        return right - left + BARRIER * marks + AMOUNT_BETWEEN * self.between(left, right)

    def between(self, left: int, right: int) -> int:
        """Count the amounts between two places."""
        return max(bisect_left(self.amounts, (right,)) - bisect_left(self.amounts, (left,)), 0)

    def follows(self, kind: str, at: int) -> bool:
        """Whether a word of a kind, perhaps with an article, stands right before a place."""
        return bool(_said(kind, _BEFORE).search(self.flat[max(at - AT_HAND, 0) : at]))

    def read(self, names: dict[str, dict[str, list[_Name]]]) -> None:
        """Find the names in it, and the words that say what its amounts are."""
        self.flat = plain(self.text)
        hits = list(_hits(self.text, self.flat, names))
        self.marks = [mark.start() for mark in _PUNCTUATION.finditer(self.text)]
        known = sorted([*((hit.start, hit.end) for hit in hits), *(amount[:2] for amount in self.amounts)])

        def is_known(start: int) -> bool:
            at = bisect_right(known, (start, math.inf)) - 1
            return at >= 0 and start < known[at][1]

        for kind in ("pledging", "other", "earlier", "together", "denial", "part", "elsewhere"):
            spans = [word.span() for word in _said(kind).finditer(self.flat)]
            # a partnership in a name is none, but "French plan" is a plan
            self.places[kind] = [span for span in spans if kind == "pledging" or not is_known(span[0])]
        self.capitals = [word.start() for word in _CAPITAL.finditer(self.text) if not is_known(word.start())]
        for hit in hits:
            # what is only compared with, or stands behind the one that pays, is not named
            if self.follows("compared", hit.start) or _said("aside", r"\s(?:{})(?!\w)").match(self.flat, hit.end):
                continue
            # a name goes with the amount before it, as in "from Brookfield" and "(Brookfield", or else with the next
            previous, hit.leads = bisect_left(self.amounts, (hit.start,)) - 1, self.follows("attached", hit.start)
            back = self.gap(self.amounts[previous][1], hit.start) if previous >= 0 else math.inf
            ahead = self.gap(hit.end, self.amounts[previous + 1][0]) if previous + 1 < len(self.amounts) else math.inf
            goes_back = back <= AT_HAND if hit.leads else self.is_row and back < ahead
            hit.owner = previous + (not goes_back)
            self.hits.append(hit)
        self.announced = bool(self.heading and _said("pledging").search(plain(self.heading)))
        self.borrowed = _borrowed(self, names)

    def near(self, at: int) -> list[tuple[float, bool, _Hit]]:
        """Return the names around an amount: how far off each is, and whether it goes with this amount."""
        start, end, _ = self.amounts[at]
        middle = bisect_left(self.hits, start, key=lambda hit: hit.start)
        around = self.hits[max(middle - _MOST_NAMES, 0) : middle + _MOST_NAMES]
        gaps = [self.gap(end, hit.start) if hit.start >= end else self.gap(hit.end, start) for hit in around]
        return [(float(max(gap, 0)), hit.owner == at, hit) for gap, hit in zip(gaps, around, strict=True)]

    def nearest(self, kind: str, start: int, end: int, *, behind: bool = True) -> float:
        """Count the characters from an amount to the nearest word of a kind, before it or also behind."""
        places = self.places[kind]
        at = bisect_right(places, (start, start))
        before = [self.gap(places[at - 1][1], start)] if at and places[at - 1][1] <= start else []
        after = [self.gap(end, place[0]) for place in places[at : at + 1] if behind and place[0] >= end]
        return min([*before, *after], default=math.inf)


def _lines(text: str) -> list[_Line]:
    """Cut a text into its lines in order."""
    blocks: list[list[int]] = []
    for line in _LINE.finditer(text):
        if not (printed := line[0].strip()):
            continue
        apart = not blocks or text.count("\n", blocks[-1][1], line.start()) > 1
        kind = 2 if _ROW.match(printed) else 1 if _ITEM.match(printed) else 0
        # a line goes on in the next one if it is long, or if that begins small
        wraps = not apart and kind == 0 and blocks[-1][2] != 2
        if wraps and (printed[0].islower() or blocks[-1][3] >= _LONG_LINE):
            blocks[-1][1], blocks[-1][3] = line.end(), len(printed)
        else:
            blocks.append([line.start(), line.end(), kind, len(printed)])
    lines: list[_Line] = []
    heading, used = "", False
    for start, end, kind, _ in blocks:
        block = text[start:end]
        if kind:
            lines.append(_Line(block, start, kind == 2, heading=heading if kind == 1 else ""))
            used = True
            continue
        heading, above, before, first = "" if used else heading, "" if used else heading, "", start
        for stop in [*_STOP.finditer(text, start, end), None]:
            last = stop.end() if stop else end
            word = _WORD.findall(text[max(first, stop.start() - 12) : stop.start()])[-1:] if stop else []
            short = stop and stop[0][0] == "." and word and (len(word[0]) == 1 or plain(word[0]) in _short())
            if not short and first < last:
                lines.append(_Line(text[first:last], first, before=before, heading=above))
                before, first = text[first:last], last
        tail = block.strip().rstrip("*_ ")
        is_heading = len(tail) <= _LONG_HEADING and (tail[:1] == "#" or tail[-1:] not in '.!?…»"”')
        heading, used = (block if is_heading else before if tail.endswith(":") else ""), False
    return lines


@cache
def _short() -> frozenset[str]:
    return frozenset(entries("abbreviations", "words"))


@cache
def _said(kind: str, frame: str = r"(?<!\w)(?:{})(?!\w)") -> re.Pattern[str]:
    return re.compile(frame.format("|".join(entries("match", kind))))


def _read_lines(rows: pd.DataFrame, names: dict[str, dict[str, list[_Name]]]) -> list[tuple[_Line, int]]:
    """Return for each amount its line, and its place among the amounts of that line."""
    text, starts, ends = rows.attrs.get("text", ""), rows["start"].tolist(), rows["end"].tolist()
    if [text[start:end] for start, end in zip(starts, ends, strict=True)] != rows["span"].tolist():
        # the frame is of no one text: each sentence is one of its own
        lines, starts, here = [], [], 0
        for sentence, span in zip(rows["sentence"], rows["span"], strict=True):
            lines.append(_Line(sentence, here))
            starts.append(here + max(sentence.find(span), 0))
            here += len(sentence)
        ends = [start + len(span) for start, span in zip(starts, rows["span"], strict=True)]
    else:
        lines = _lines(text)
    first, placed = [line.start for line in lines], {}
    for row in np.argsort(starts, kind="stable").tolist():
        line = lines[bisect_right(first, starts[row]) - 1]
        start, end, code = starts[row] - line.start, ends[row] - line.start, rows["currency"][row]
        last = line.amounts[-1] if line.amounts else None
        # the same sum in another currency is one amount with the first: "109 milliards (112 Md$)"
        if last and (start < last[1] or (code != last[2] and _TWIN.fullmatch(line.text, last[1], start))):
            line.amounts[-1] = (last[0], end, code)
        else:
            line.amounts.append((start, end, code))
        placed[row] = line, len(line.amounts) - 1
    for line in lines:
        if line.amounts:
            line.read(names)
    return [placed[row] for row in range(len(rows))]


# --- the frame: each amount and each pledge named near it


_PAIR = {
    **{
        "amount": "int64",
        "pledge_id": "str",
        "named_by": "str",
        "level": "int64",
        "hints": "int64",
        "distance": "float64",
    },
    **dict.fromkeys(("named", "sure", "single", "at_place", "pledged", "denied", "other", "earlier"), "bool"),
    **dict.fromkeys(("together", "several"), "bool"),
}


def _pairs(ledger: Ledger, rows: pd.DataFrame, day: pd.Timestamp | None) -> pd.DataFrame:
    """Return one row per amount and pledge named near it, or one without a pledge, with what the words around say."""
    names, forest, pledges = _names(ledger), forest_of(ledger), ledger.pledges.set_index("pledge_id")
    countries = pledges[["pledger_country", "recipient_country"]].fillna("").to_dict("index")
    announced = pledges["announced_on"].fillna(date_claims(ledger).groupby("pledge_id")["known_on"].min())
    exists = set(pledges.index[~(announced > day)] if day is not None else pledges.index)
    above = {pledge: {pledge, *forest.ancestors(pledge)} for pledge in pledges.index}

    def linked(one: set[str], other: set[str]) -> bool:
        """Whether a pledge of one name holds, or is, one of another."""
        return any(a in above[b] or b in above[a] for a in one for b in other)

    found: list[tuple[object, ...]] = []
    for amount, (line, at) in enumerate(_read_lines(rows, names)):
        start, end, _ = line.amounts[at]
        around = line.near(at)
        near = [(gap, owned, hit) for gap, owned, hit in around if not exists.isdisjoint(hit.pledges)]
        lent = line.borrowed[0][1].pledges if line.borrowed else set()
        apart = any(hit.kinds & {"place", "weak"} and not hit.pledges & lent for *_, hit in near)
        borrowed = [] if apart or any(hit.level >= _NAMED for *_, hit in near) else line.borrowed
        near += [(math.inf, True, hit) for _, hit in borrowed if not exists.isdisjoint(hit.pledges)]
        own = [hit for _, owned, hit in near if owned and hit.level >= _NAMED]
        sure = {pledge for hit in own if hit.level == _SURE for pledge in hit.pledges & exists}
        # a country that pays is no place where the money goes
        there = [hit for *_, hit in around if hit.level < _NAMED or hit.leads]
        places = {name.kind for hit in there for name in hit.names if not name.pledge}
        say = {kind: line.nearest(kind, start, end) for kind in line.places}
        say["pledging"] = min(say["pledging"], 2 * REACH if line.announced else math.inf)
        words_say = (
            say["pledging"] <= 5 * REACH,
            line.nearest("denial", start, end, behind=False) <= REACH,
            say["other"] <= REACH and say["other"] < say["pledging"],
            say["earlier"] <= REACH,
            say["together"] <= REACH,
            any(not linked(a.pledges, b.pledges) for a, b in pairwise(hit for hit in own if hit.level == _SURE)),
        )
        before = len(found)
        for pledge in dict.fromkeys(pledge for *_, hit in near for pledge in sorted(hit.pledges & exists)):
            meant = [(gap, owned, hit, name) for gap, owned, hit in near for name in hit.names if name.pledge == pledge]
            level = max(name.level for *_, name in meant)
            mine = any(owned for _, owned, _, name in meant if name.level == level)
            home, goal = countries[pledge]["pledger_country"], countries[pledge]["recipient_country"]
            is_abroad = goal not in ("", "WLD", "EUE", *places) and (places - {home} or say["elsewhere"] < math.inf)
            if is_abroad or (sure and not (mine and level == _SURE) and not linked({pledge}, sure)):
                continue
            is_there = goal in places and goal != home and level >= _NAMED
            contexts = {hit.key for *_, hit, name in meant if name.kind == "context"}
            hints = len({hit.key for *_, hit, _ in meant}) + is_there
            is_part = any(hit.level >= _NAMED and above[pledge] & hit.pledges - {pledge} for *_, hit in near)
            alone = level < _NAMED and len(contexts) > 1 and not own
            is_known = level == _SURE or (level == _NAMED and hints > 1)
            is_meant = is_known or any(name.level == _NAMED and name.kind == "project" for *_, name in meant)
            at_home = home in places and goal not in (home, *places)
            hit = next(hit for *_, hit, name in meant if name.level == level)
            group = {name.pledge for name in hit.names if name.level == level} & exists
            is_one = hints > 1 or sum(len(above[one] & group) == 1 for one in group) == 1
            clear = all(not line.strangers(hit.end, start) for gap, owned, hit, _ in meant if owned and gap < math.inf)
            place = any(name.kind == "place" and gap <= AT_HAND and hit.start > end for gap, _, hit, name in meant)
            found.append(
                (
                    amount,
                    pledge,
                    borrowed[0][0] if borrowed and borrowed[0][1] is meant[-1][2] else "sentence",
                    level,
                    hints,
                    min(gap for gap, *_ in meant),
                    level >= _NAMED or hints > 1 or is_part,
                    alone or (mine and is_meant and not at_home),
                    say["part"] > REACH and (len(contexts) > 2 if alone else is_known and is_one and clear),
                    place,
                    *words_say,
                )
            )
        if len(found) == before:
            found.append((amount, None, None, 0, 0, math.inf, *[False] * 10))
    return pd.DataFrame(found, columns=list(_PAIR)).astype(_PAIR)


def _borrowed(line: _Line, names: dict[str, dict[str, list[_Name]]]) -> list[tuple[str, _Hit]]:
    """Return the last name of the sentence before, else of the heading, if the line has no subject of its own."""
    first = _WORD.search(line.text)
    leans = first is not None and plain(first[0]) in _leaning() and not line.strangers(first.end(), len(line.text))
    for by, text in (("previous-sentence", line.before), ("heading", line.heading)) if leans else ():
        hits = [hit for hit in _hits(text, plain(text), names) if hit.level >= _NAMED]
        if hits:
            return [(by, hits[-1])]
    return []


@cache
def _leaning() -> frozenset[str]:
    return frozenset(plain(word) for lang in LANGUAGES for word in entries("stopwords", lang)) | {"it", "its"}


# --- the figures: each pair against the claims of its pledge


@kept
def _figures(ledger: Ledger) -> pd.DataFrame:
    """Return the claims that print a figure, with the day of each and the rank of its source."""
    kinds = ledger.sources.set_index("source_id")["kind"]
    claims = printed_figures(date_claims(ledger)).dropna(subset=["low"])
    claims = claims.merge(ledger.pledges[["pledge_id", "announced_on"]], on="pledge_id", how="left")
    claims = claims.assign(
        accepted=claims["standing"].isin(RULED),
        said=claims["valued_on"].fillna(claims["announced_on"]),
        rank=claims["source_id"]
        .map(kinds)
        .map(dict(zip(("primary", "news", "analysis", "seed"), range(4), strict=True))),
    )
    columns = ["pledge_id", "claim_id", "source_id", "currency", "low", "high", "open_low", "open_high"]
    return claims[[*columns, "accepted", "said", "rank", "standing_reason"]]


_FITS = ("printed", "other_sign", "converted", "unaccepted", "thousandfold", "tenfold", "turned")


def _compared(ledger: Ledger, rows: pd.DataFrame, pairs: pd.DataFrame, day: pd.Timestamp | None) -> pd.DataFrame:
    """Add to each pair how its amount fits the claims about its pledge, and the claim that is nearest."""
    figures = rows[["span", "low", "high", "open_low", "open_high", "currency", "qualifier"]]
    halves = [half_units(row.span, row.low, row.high, row.qualifier) for row in figures.itertuples()]
    figures = figures.assign(half_low=[low for low, _ in halves], half_high=[high for _, high in halves])
    long = pairs[["amount", "pledge_id"]].assign(pair=pairs.index).join(figures, on="amount")
    long = long.merge(_figures(ledger), on="pledge_id", suffixes=("", "_said"))
    same = long["currency"].eq(long["currency_said"])
    # at the rate of the day on which it was said, or of the day of the text
    factors = [_factor(ledger, long, long["said"])]
    factors += [] if day is None else [_factor(ledger, long, pd.Series(day, long.index))]
    slack, said = np.where(same, 0.0, RATE_SLACK), (long["low_said"], long["high_said"])

    def fits(factor: pd.Series | float, slack: np.ndarray | float) -> pd.Series:
        ends = [(long[end] * factor, long[f"half_{end}"] * factor) for end in ("low", "high")]
        near = [
            [
                (value - one).abs() <= np.minimum(half, APPROX_AT_MOST * value) * (1 + 1e-9) + slack * value
                for one in said
            ]
            for value, half in ends
        ]
        return (near[0][0] | near[0][1]) & (near[1][0] | near[1][1])

    def ever(times: float) -> pd.Series:
        return pd.concat([fits(factor * times, slack) for factor in factors], axis=1).any(axis=1)

    accepted, fit = long["accepted"], ever(1)
    known = long["said"].le(day).where(long["said"].notna(), True) if day is not None else True
    low, high = long["low"] * factors[-1].fillna(factors[0]), long["high"] * factors[-1].fillna(factors[0])
    off = (low / long["high_said"]).where(
        low > long["high_said"], (high / long["low_said"]).where(high < long["low_said"], 1.0)
    )
    long = long.assign(
        off_by=off.where(low.notna()),
        printed=accepted & same & fit,
        other_sign=accepted & ~same & fits(1.0, 0.0),
        converted=accepted & ~same & fit,
        unaccepted=~accepted & fit & known,
        thousandfold=accepted & (ever(1e3) | ever(1e-3)),
        tenfold=accepted & same & (ever(10) | ever(0.1)),
        turned=accepted
        & same
        & np.array([_turned(*each) for each in zip(long["high"], long["high_said"], strict=True)], bool),
        above=(off > 1) & ~fit,
        below=(off < 1) & ~fit,
        miss=off.where(low.notna()).map(_gap),
    )
    by_pair = long[accepted & low.notna()].groupby("pair")
    pairs = pairs.join(long.groupby("pair")[list(_FITS)].any()).join(by_pair[["above", "below"]].all())
    ceilings, floors = by_pair["open_low_said"].all(), by_pair["open_high_said"].agg(["all", "any"])
    pairs = (
        pairs.join(ceilings.rename("ceiling")).join(floors).join(long[accepted].groupby("pair").size().rename("known"))
    )
    pairs = pairs.fillna(dict.fromkeys([*_FITS, "above", "below", "ceiling", "all", "any"], False)).fillna({"known": 0})
    flags = [*_FITS, "above", "below", "ceiling", "all", "any", "known"]
    pairs = pairs.astype(dict.fromkeys(flags, "bool")).join(figures, on="amount")
    # of the claims that decide, the nearest one from the best source
    order = long.assign(other=~accepted).sort_values(["pair", "other", "miss", "rank"], kind="stable")
    nearest = order.drop_duplicates("pair").set_index("pair")
    ratio = nearest["off_by"].where(nearest["accepted"])
    fallen = order[order["unaccepted"]].drop_duplicates("pair").set_index("pair")["claim_id"]
    pairs = pairs.join(nearest["claim_id"]).join(ratio).join(fallen.rename("fallen_id"))
    off = pairs["off_by"]
    open_end = (pairs["above"] & (pairs["all"] | (pairs["any"] & pairs["open_high"]))) | (
        pairs["below"] & (pairs["ceiling"] | pairs["open_high"])
    )
    return pairs.assign(
        has_currency=pairs["currency"].ne(""),
        has_figure=pairs["low"].notna(),
        inside=pairs["known"] & off.notna() & ~pairs["above"] & ~pairs["below"],
        floor=pairs["below"] & pairs["open_high"] & off.ge(NEAR),
        comparable=off.between(1 / COMPARABLE, COMPARABLE) & (pairs["above"] | pairs["below"]) & ~open_end,
    )


def _factor(ledger: Ledger, long: pd.DataFrame, days: pd.Series) -> pd.Series:
    """Return what an amount is multiplied by to be in the currency of the claim, NaN without a rate on that day."""
    euros = []
    for code in ("currency", "currency_said"):
        ask = pd.DataFrame({"one": 1.0, "currency": long[code].replace("", EURO), "day": days}).drop_duplicates()
        put = ledger.rates.convert(ask, amounts="one", date="day", provenance=False, errors="coerce")
        key = pd.MultiIndex.from_frame(put[["currency", "day"]])
        euros.append(pd.Series(put["one_EUR"].to_numpy(), key).reindex(pd.MultiIndex.from_arrays([long[code], days])))
    factor = pd.Series(euros[0].to_numpy() / euros[1].to_numpy(), long.index)
    return factor.where(long["currency"].ne(long["currency_said"]), 1.0)


def _turned(amount: float, said: float) -> bool:
    """Whether two digits of one figure stand in each other's place in the other: 190 for 109."""
    one, other = (f"{figure:.11e}".partition("e")[0].rstrip("0.") for figure in (amount, said))
    differ = [(a, b) for a, b in zip(one.ljust(13, "0"), other.ljust(13, "0"), strict=True) if a != b]
    return len(differ) == 2 and differ[0] == differ[1][::-1] and f"{amount:e}"[-3:] == f"{said:e}"[-3:]


def half_units(span: str, low: float, high: float, qualifier: str) -> tuple[float, float]:
    """Return by how much the two figures of an amount may have been rounded, up or down.

    Parameters
    ----------
    span : str
        The amount as printed.
    low, high : float
        What it says, in whole currency units; NaN if it has no figure.
    qualifier : str
        As in the ledger's claims.

    Returns
    -------
    tuple of float
        Half a unit of the last digit printed, of `low` and of `high`: "109 billion" stands for 108.5 to 109.5 billion.
        Called approximate, or in words, it is half a unit of the last digit that is not 0, but at most 5 % of the
        figure: "about 110 billion" stands for 105 to 115.

    >>> half_units("€109bn", 109e9, 109e9, "exact")
    (500000000.0, 500000000.0)
    >>> half_units("30 to 50.0 billion", 30e9, 50e9, "range")
    (500000000.0, 50000000.0)
    >>> half_units("about 110 billion", 110e9, 110e9, "approx")
    (5000000000.0, 5000000000.0)
    """
    printed = [re.sub(r"\D", "", digits) for digits in _DIGITS.findall(span)] or [""]
    halves = []
    for digits, figure in ((printed[0], low), (printed[-1], high)):
        if not figure > 0:
            halves.append(0.0 if figure == 0 else math.nan)
            continue
        unit = figure / int(digits) if digits.strip("0") and len(digits) <= _MOST_DIGITS else 0.0
        exponent = math.log10(unit) if unit else 0.5
        is_printed = math.isclose(exponent, round(exponent), abs_tol=1e-9)
        # the size of the last digit that is not 0: 1e9 for 109e9, 1e10 for 110e9
        mantissa, power = f"{figure:.11e}".split("e")
        last = 10.0 ** (int(power) - len(mantissa.rstrip("0").partition(".")[2]))
        exact = is_printed and qualifier != "approx"
        halves.append(unit / 2 if exact else min(last / 2, APPROX_AT_MOST * figure))
    return halves[0], halves[1]


# --- in words


def _same_figures(ledger: Ledger, rows: pd.DataFrame, named: pd.Series, day: pd.Timestamp | None) -> list[str | None]:
    """Return for each amount the other pledges of which an accepted claim prints its figure in its currency."""
    claims = _figures(ledger)
    claims = claims[claims["accepted"] & (claims["said"].le(day) | claims["said"].isna() if day is not None else True)]
    printed: dict[tuple[str, float, float], dict[str, None]] = defaultdict(dict)
    for row in claims.itertuples():
        printed[row.currency, row.low, row.high][row.pledge_id] = None
    asked = zip(rows["currency"], rows["low"], rows["high"], named, strict=True)
    others = [[one for one in printed.get((code, low, high), ()) if one != own] for code, low, high, own in asked]
    return [";".join(pledges) or None for pledges in others]


def _reasons(ledger: Ledger, rows: pd.DataFrame, best: pd.DataFrame) -> list[str]:
    """Write each reason in the language of the text."""
    claims = ledger.claims.assign(who=ledger.claims["source_id"].map(publishers(ledger.sources)))
    pages = ledger.sources[["source_id", "published_on", "published_period"]]
    claims = claims.merge(pages, on="source_id").set_index("claim_id")
    texts = {lang: (words("match", lang), ledger.names(lang).to_dict()) for lang in LANGUAGES}

    @cache
    def told_by(claim_id: str, lang: Language) -> dict[str, str]:
        claim = claims.loc[claim_id]
        day, period = claim["published_on"], claim["published_period"]
        when = period if isinstance(period, str) else texts[lang][0]["undated"]
        amount = Amount.from_claim(*claim[["amount_low", "amount_high", "currency", "qualifier", "scale"]])
        said = {"ours": format_amount(amount, lang=lang), "who": claim["who"], "why": claim["standing_reason"]}
        return said | {"day": when if pd.isna(day) else long_day(day, lang=lang)}

    found = []
    for tongue, row in zip(rows["language"], best.itertuples(), strict=True):
        lang = known_language(tongue)
        say, names = texts[lang]
        key = RULES[row.rule].reason if isinstance(row.meant, str) or RULES[row.rule].reason != "new" else "unnamed"
        told = told_by(row.compared_with, lang) if isinstance(row.compared_with, str) else {}
        told = {**told, "label": names.get(row.meant), "times": format_figure(row.off_by, lang=lang, digits=2)}
        same = row.same_figure_as.split(";") if isinstance(row.same_figure_as, str) else []
        also = ", ".join(names[one] for one in same)
        parts = [say[key].format(**told), say.get(str(row.named_by), ""), also and say["same"].format(names=also)]
        found.append(" ".join(filter(None, parts)))
    return found
