"""Hold the amounts of a text against the ledger: each amount with each pledge named near it, by one list of rules.

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
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias

import pandas as pd

from summit_analysis.article.amounts import COLUMNS
from summit_analysis.article.numbers import entries
from summit_analysis.base.days import one_day, period_bounds
from summit_analysis.base.errors import FrameError
from summit_analysis.base.kept import kept
from summit_analysis.base.text import LANGUAGES, Language, Row, format_figure, known_language, long_day, words
from summit_analysis.currency.rates import clean_code
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
RIVAL = 1.5
ITEM, ROW = 1, 2
_SAID = ("pledged", "denied", "other", "earlier", "together", "part", "site", "elsewhere")
_ANSWER = ("verdict", "pledge_id", "named_by", "claim_id", "source_id", "off_by", "same_figure_as", "reason")
_PRINTED = ("amount_low", "amount_high", "currency", "qualifier", "scale")
_Facts: TypeAlias = dict[str, Any]
_Euros: TypeAlias = dict[tuple[str, pd.Timestamp], float]
_WIDE = ("government", "eu-institution", "public-bank", "sovereign-fund")
"""Kinds of pledgers that pay for much else: only what the ledger calls the pledge by may accuse."""
_PLAIN = str.maketrans("’ʼ‘`\u00a0\u202f\u2009\n\t‐‑-", "''''        ")
_WORD = re.compile(r"\w+")
_DIGITS = re.compile(r"\d(?:[\d\s.,'’]*\d)?")
_AMOUNT = re.compile(r"\d.*(?:illi|bn|md)")
_MOST_DIGITS = 30
_CAPITAL = re.compile(r"(?<!\w)(?!(?:AI|IA|EU|UE|A\.I)\b)[A-ZÀ-Ý]\w+")
_LONGER = re.compile(r"[ \u00a0](?:[A-ZÀ-Ý][a-zà-ÿ]+|\d{1,3}(?!\d))")
_ARTICLE = re.compile(r"^(?:the |la |les? |l')")
_SMALL = re.compile(r"(?<!\w)(?!(?:m|b|tr)illions?|milliards?|euros?|dollars?|with|over|from|into)[a-zà-ÿ]{4}")
_PUNCTUATION = re.compile(r"[,;:()\[\]–—\n]")
_ROW, _ITEM, _LINE = re.compile(r"\||.*(?:\s\|\s|\t)"), re.compile(r"(?:[-*•·–]|\d+[.)])\s"), re.compile(r"[^\n]+")
_SHORT = re.compile(rf"(?<!\w)(?:\w|{'|'.join(entries('abbreviations', 'words'))})\.\Z", re.IGNORECASE)
_STOP = re.compile(r"(?<!\.)[.!?…][\"'”»)\]*_]*+\s++(?=[\W\dA-ZÀ-Ý])")
_LONG_LINE, _LONG_HEADING = 50, 100
_BEFORE = r"(?<!\w)(?:{})\W*(?:(?:the|its|new|le|la|les)\s|l')?$"
_TWIN = re.compile(r"\s*(?:\(|[,/]?\s*(?:or|ou|soit|i\.e\.)\b)\W*(?:or|ou|soit|about|around|some|roughly|environ)?\W*")


class Rule(NamedTuple):
    """One rule: the verdict if all facts hold (~: does not hold) of an amount and a pledge, the key of the reason."""

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
    Rule("no-figure", "sure & listed & ~known", "unknown"),
    Rule("slip", "sure & pledged & closest & thousandfold", "thousandfold"),
    Rule("slip", "sure & pledged & closest & tenfold", "tenfold"),
    Rule("slip", "sure & pledged & turned", "turned"),
    Rule("differs", "sure & pledged & single & comparable", "differs"),
    Rule("new", "", "new"),
)
"""From top to bottom: the first that holds of an amount and a pledge is their verdict, the highest the amount's."""


def rules() -> pd.DataFrame:
    """Return the rules of `match_claims` in the order in which they are applied.

    Returns
    -------
    pandas.DataFrame
        One row per rule: ``verdict``, ``when`` (its condition), ``reason`` (what the reason begins with).

    >>> rules().loc[[6, 19], ["verdict", "when"]]
        verdict                                    when
    6    agrees                         named & printed
    19  differs  sure & pledged & single & comparable
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
    book, rows = _book(ledger), found.reset_index(drop=True)
    rows["currency"] = [clean_code(code) if isinstance(code, str) else "" for code in rows["currency"]]
    exists = {pledge for pledge, since in book.announced.items() if day is None or not since > day}
    euros = book.euros if day is None else book.euros | _euros(ledger, day)
    answers = []
    for row, (line, at) in zip(rows.itertuples(), _placed(rows, book), strict=True):
        cases = [
            each | _held(row, book.claims[each["pledge_id"]], euros, day) for each in _cases(book, exists, line, at)
        ]
        # 100 billion are a third more than the 77 of a name, and no slip for its other 10
        rivals = {each["pledge_id"] for each in cases if each["sure"] and each["miss"] <= math.log(RIVAL)}
        cases = [each | {"closest": rivals <= {each["pledge_id"]}} for each in cases] or [_held(row, [], euros, day)]
        best = min(cases, key=lambda each: (_rule(each), *each.get("order", ()), each["miss"]))
        answers.append(_answer(book, exists, row, best))
    types = {name: "float64" if name == "off_by" else "str" for name in _ANSWER}
    told = pd.DataFrame(answers, found.index, list(_ANSWER)).astype(types)
    return found.assign(**told)


def _rule(facts: _Facts) -> int:
    """Return the number of the first rule all of whose facts hold."""
    for number, rule in enumerate(RULES):
        asked = (fact for fact in rule.when.split(" & ") if fact)
        if all(bool(facts.get(fact.lstrip("~"))) != fact.startswith("~") for fact in asked):
            return number
    raise AssertionError("the last rule asks for nothing")


def _answer(book: _Book, exists: set[str], row: Row, best: _Facts) -> tuple[object, ...]:
    """Return what is added to an amount, the reason in the language of its sentence."""
    (verdict, _, key), pledge, lang = RULES[_rule(best)], best.get("pledge_id"), known_language(row.language)
    say, names = words("match", lang), book.labels[lang]
    claim = best["fallen"] if verdict == "not-accepted" else best["nearest"]
    told = {"label": names.get(pledge or ""), "times": format_figure(best["off_by"], lang=lang, digits=2)}
    if claim is not None:
        day, amount = claim.published_on, Amount.from_claim(*(getattr(claim, name) for name in _PRINTED))
        when = long_day(day, lang=lang) if not pd.isna(day) else claim.published_period or say["undated"]
        why = say[f"why-{claim.standing}"].format(why=claim.standing_reason) if not claim.accepted else ""
        told |= {"who": claim.who, "day": when, "ours": format_amount(amount, lang=lang), "why": why}
    # nothing is told of a pledge by an amount that is new
    own = pledge if best.get("named") and verdict != "new" else None
    by, told_of = (best.get("named_by"), claim) if own else (None, None)
    told_of = None if verdict == "no-currency" else told_of
    same = [one for one in book.printed.get((row.currency, row.low, row.high), ()) if one in exists and one != own]
    parts = [say["unnamed" if key == "new" and not pledge else key].format(**told), say.get(str(by), "")]
    parts += [say["same"].format(names=", ".join(names[one] for one in same))] if same else []
    ids = (told_of.claim_id, told_of.source_id, best["off_by"]) if told_of is not None else (None, None, math.nan)
    return verdict, own, by, *ids, ";".join(same) or None, " ".join(filter(None, parts))


# --- what the ledger knows


class _Name(NamedTuple):
    """One name of a pledge; or of a country, then `pledge` is empty and `kind` its ISO 3166 code."""

    text: str
    pledge: str
    level: int
    kind: str


class _Book(NamedTuple):
    """What is asked of a ledger about every text."""

    names: dict[str, dict[str, list[_Name]]]
    labels: dict[Language, dict[str, str]]
    announced: dict[str, pd.Timestamp]
    countries: dict[str, tuple[str, str]]
    stems: dict[str, set[str]]
    above: dict[str, set[str]]
    claims: dict[str, list[Row]]
    printed: dict[tuple[str, float, float], dict[str, None]]
    euros: _Euros

    def linked(self, some: set[str], others: set[str]) -> bool:
        """Whether a pledge of one name holds, or is, one of another."""
        return any(one in self.above[other] or other in self.above[one] for one in some for other in others)


@kept
def _book(ledger: Ledger) -> _Book:
    names, pledges, forest = _names(ledger), ledger.pledges.set_index("pledge_id"), forest_of(ledger)
    dated = date_claims(ledger)
    # of an announcement whose day is not known the first day on which it may have been
    may_be, _ = period_bounds(dated["claimed_period"])
    first = dated["valued_on"].where(~(may_be < dated["valued_on"]), may_be).groupby(dated["pledge_id"]).min()
    announced = pledges["announced_on"].fillna(first)
    ends = pledges[["pledger_country", "recipient_country"]].fillna("")
    sources = ledger.sources[["source_id", "kind", "published_on", "published_period"]]
    told = printed_figures(dated).dropna(subset=["low"]).merge(sources, on="source_id")
    told = told.merge(ledger.pledges[["pledge_id", "announced_on"]], on="pledge_id", how="left")
    told = told.assign(
        accepted=told["standing"].isin(RULED),
        said=told["valued_on"].fillna(told["announced_on"]),
        rank=told["kind"].map({"primary": 0, "news": 1, "analysis": 2, "seed": 3}),
        who=told["source_id"].map(publishers(ledger.sources)),
    )
    claims: dict[str, list[Row]] = defaultdict(list)
    printed: dict[tuple[str, float, float], dict[str, None]] = defaultdict(dict)
    for claim in told.itertuples():
        claims[claim.pledge_id].append(claim)
        if claim.accepted:
            printed[claim.currency, claim.low, claim.high][claim.pledge_id] = None
    stems: dict[str, set[str]] = defaultdict(set)
    for name in [name for named in names.values() for each in named.values() for name in each if not name.pledge]:
        stems[name.kind].update(word[:4] for word in _WORD.findall(plain(name.text)) if len(word) > 4)
    return _Book(
        names,
        {lang: ledger.names(lang).to_dict() for lang in LANGUAGES},
        announced.to_dict(),
        dict(zip(ends.index, ends.itertuples(index=False), strict=True)),
        stems,
        {pledge: {pledge, *forest.ancestors(pledge)} for pledge in pledges.index},
        claims,
        printed,
        _euros(ledger, *told["said"].dropna().unique()),
    )


@kept
def _euros(ledger: Ledger, *days: pd.Timestamp) -> _Euros:
    """Return what one unit of each currency is worth in euros on each day, NaN where no rate is known."""
    units = [(1.0, code, day) for day in days for code in ledger.rates.convertible]
    ask = pd.DataFrame(units, columns=["one", "currency", "day"])
    put = ledger.rates.convert(ask, amounts="one", date="day", provenance=False, errors="coerce")
    return dict(zip(zip(put["currency"], put["day"], strict=True), put["one_EUR"], strict=True))


def _names(ledger: Ledger) -> dict[str, dict[str, list[_Name]]]:
    """Return all names of pledges and countries by their first word, in plain letters, the longest first."""
    states = ledger.entities[ledger.entities["iso3"].notna() & ledger.entities["entity_kind"].eq("state")]
    states = states.assign(also_called=states["also_called"].str.split(";")).explode("also_called")
    called = states.melt("iso3", ["entity", "name_fr", "also_called"], value_name="name").dropna().drop_duplicates()
    names = [_Name(name, "", 0, iso3) for name, iso3 in zip(called["name"], called["iso3"], strict=True)]
    countries, known = {plain(name.text) for name in names}, dict[str, dict[str, int]]()
    pledges = ledger.pledges.set_index("pledge_id").assign(**{lang: ledger.names(lang) for lang in LANGUAGES})
    for row in ledger.aliases.itertuples():
        flat, pledge = plain(row.alias), pledges.loc[row.pledge_id]
        kind = "amount" if _AMOUNT.search(flat) else row.kind
        # "Campus IA" and "groupe Durand" are proper names, "AI campus" is none
        is_proper = not _WORD.findall(row.alias)[-1][0].islower() and flat not in countries
        is_its_own = (
            kind != "name" or pledge["pledger_kind"] not in _WIDE or flat in plain(f"{pledge['en']} {pledge['fr']}")
        )
        is_vague = kind in ("place", "weak", "context", "amount")
        level = _VAGUE if is_vague else _SURE if is_proper and is_its_own else _NAMED
        names.append(_Name(row.alias, row.pledge_id, level, kind))
        known.setdefault(row.pledge_id, {})[flat] = level
    for pledge_id, *texts in pledges[["en", "fr", "pledger"]].itertuples():
        own = known.get(pledge_id, {})
        for text in dict.fromkeys(re.sub(r" *\(.*", "", text) for text in texts):
            # what holds a sure name hides it, and is as sure; a pledge without aliases is called by its label
            is_sure = not own or any(level == _SURE and name in plain(text) for name, level in own.items())
            if plain(text) not in {*own, *countries}:
                names.append(_Name(text, pledge_id, _SURE if is_sure else _VAGUE, "label"))
    index: dict[str, dict[str, list[_Name]]] = defaultdict(dict)
    for name in sorted(names, key=lambda name: -len(name.text)):
        key = _ARTICLE.sub("", plain(unicodedata.normalize("NFC", name.text)))
        if word := _WORD.search(key):
            index[word[0]].setdefault(key[word.start() :], []).append(name)
    return dict(index)


# --- names in a text


class _Hit:
    """A name in a line: the pledges it means and how surely, and which of the line's amounts it goes with."""

    def __init__(self, start: int, end: int, names: tuple[_Name, ...]) -> None:
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


class _Line:
    """A sentence, a row or a line of a list, its amounts, and what stands above that may speak of them."""

    def __init__(
        self, text: str, start: int, kind: int = 0, *, before: str = "", heading: str = "", head: str = ""
    ) -> None:
        self.text, self.start, self.kind = text, start, kind
        self.before, self.heading, self.head = before, heading, head
        self.amounts: list[tuple[int, int, str]] = []

    def read(self, book: _Book) -> None:
        """Find the names in it, and the words that say what its amounts are."""
        self.flat, self.hits = plain(self.text), list[_Hit]()
        self.marks = [mark.start() for mark in _PUNCTUATION.finditer(self.text)]
        hits = list(_hits(self.text, self.flat, book.names))
        spans = [*((hit.start, hit.end) for hit in hits), *(amount[:2] for amount in self.amounts)]
        taken = {at for start, end in spans for at in range(start, end)}
        # a partnership in a name is none, but "French plan" is a plan
        self.places = {
            kind: [
                word.span()
                for word in _said(kind).finditer(self.flat)
                if kind == "pledged" or word.start() not in taken
            ]
            for kind in _SAID
        }
        # a place is nobody who pays
        strangers = (word.start() for word in _CAPITAL.finditer(self.text) if word.start() not in taken)
        self.capitals = [start for start in strangers if not self.follows("at", start)]
        verbs = {start for start, _ in self.places["pledged"]}
        for hit in hits:
            # what is only compared with, stands behind the one that pays, or is part of another name, is not named
            if self.follows("compared", hit.start) or _said("aside", r"\s(?:{})(?!\w)").match(self.flat, hit.end):
                continue
            longer = _LONGER.match(self.text, hit.end)
            goes_on = longer and not {hit.end + 1} & (taken | verbs) and _SMALL.search(self.text)
            if goes_on and not _said("titles").match(self.flat, hit.end + 1):
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
        above = plain(f"{self.heading}\n{self.head}")
        self.announced, self.estranged = (bool(_said(kind).search(above)) for kind in ("pledged", "other"))
        self.lent = self._lent(book)

    def _lent(self, book: _Book) -> tuple[str, _Hit] | None:
        """Return the last name of the sentence before, else of the heading, if the line has no subject of its own."""
        marker = _ITEM.match(self.text)
        first = _WORD.search(self.text, marker.end() if marker else 0)
        word, after = (first[0], self.flat[first.end() : first.end() + 2]) if first else ("", "")
        if self.kind == ITEM:
            # "turnover: 10 bn", "Public money: 10 bn" are of the heading, "Acme: 10 bn" and "a tea house: 10 bn" not
            leans = plain(word) not in entries("match", "another") and (word[:1].islower() or after[1:].islower())
        else:
            leans = self.kind != ROW and plain(word) in _leaning()
        if not first or not (leans or word[0].isdigit()):
            return None
        for by, text in (("previous-sentence", self.before), ("heading", self.heading)):
            for hit in [hit for hit in _hits(text, plain(text), book.names) if hit.level >= _NAMED][-1:]:
                stems = tuple(stem for pledge in hit.pledges for stem in book.stems.get(book.countries[pledge][0], ()))
                words = [self.flat[at:] for at in self.capitals if at >= first.end()]
                # "the Canadians" are Brookfield
                return (by, hit) if all(word.startswith(stems) for word in words) else None
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
        return bool(_said(kind, _BEFORE).search(self.flat[max(at - AT_HAND, 0) : at]))

    def near(self, at: int) -> list[tuple[float, bool, _Hit]]:
        """Return the names around an amount: how far off each is, and whether it goes with this amount."""
        start, end, _ = self.amounts[at]
        middle = bisect_left(self.hits, start, key=lambda hit: hit.start)
        around = self.hits[max(middle - _MOST_NAMES, 0) : middle + _MOST_NAMES]
        gaps = [self.gap(end, hit.start) if hit.start >= end else self.gap(hit.end, start) for hit in around]
        return [(float(max(gap, 0)), hit.owner == at, hit) for gap, hit in zip(gaps, around, strict=True)]

    def said(self, at: int) -> _Facts:
        """Say what the words around an amount make of it."""
        start, end, _ = self.amounts[at]
        gaps = {kind: self._nearest(kind, start, end) for kind in _SAID}
        pledged = min(gaps["pledged"], 2 * REACH if self.announced else math.inf)
        other = min(gaps["other"], REACH if self.estranged and not self.announced else math.inf)
        return {kind: gap <= REACH for kind, gap in gaps.items()} | {
            "pledged": pledged <= 5 * REACH,
            "other": other <= REACH and other < pledged,
            "listed": self.kind != 0,
            "site": gaps["site"] <= 2 * REACH,
            "elsewhere": gaps["elsewhere"] < math.inf,
        }

    def _nearest(self, kind: str, start: int, end: int) -> float:
        """Count the characters from an amount to the nearest word of a kind, before it or, but for a denial, behind."""
        places = self.places[kind]
        at = bisect_right(places, (start, start))
        before = [self.gap(places[at - 1][1], start)] if at and places[at - 1][1] <= start else []
        behind = [self.gap(end, place[0]) for place in places[at : at + 1] if kind != "denied" and place[0] >= end]
        return min([*before, *behind], default=math.inf)


def _lines(text: str) -> list[_Line]:
    """Cut a text into its lines in order."""
    blocks: list[list[int]] = []
    for line in _LINE.finditer(text):
        if not (printed := line[0].strip()):
            continue
        apart = not blocks or text.count("\n", blocks[-1][1], line.start()) > 1
        kind = ROW if _ROW.match(printed) else ITEM if _ITEM.match(printed) else 0
        # a line goes on in the next one if it is long, or if that begins small
        wraps = not apart and kind == 0 and blocks[-1][2] != ROW
        if wraps and (printed[0].islower() or blocks[-1][3] >= _LONG_LINE):
            blocks[-1][1], blocks[-1][3] = line.end(), len(printed)
        else:
            blocks.append([line.start(), line.end(), kind, len(printed)])
    lines: list[_Line] = []
    heading, head, used = "", "", False
    for start, end, kind, _ in blocks:
        block = text[start:end]
        head = (head or block) if kind == ROW else ""
        if kind:
            lines.append(_Line(block, start, kind, heading=heading, head=head))
            used = True
            continue
        heading, above, before, first = "" if used else heading, "" if used else heading, "", start
        for stop in [*_STOP.finditer(text, start, end), None]:
            last = stop.end() if stop else end
            if first < last and not (stop and _SHORT.search(text[max(first, stop.start() - 12) : stop.start() + 1])):
                lines.append(_Line(text[first:last], first, before=before, heading=above))
                before, first = text[first:last], last
        tail = block.strip().rstrip("*_ ")
        is_heading = len(tail) <= _LONG_HEADING and (tail[:1] == "#" or tail[-1:] not in '.!?…»"”')
        heading, used = (block if is_heading else before if tail.endswith(":") else ""), False
    return lines


@cache
def _leaning() -> frozenset[str]:
    return frozenset(plain(word).rstrip("'") for lang in LANGUAGES for word in entries("stopwords", lang)) | {
        "it",
        "its",
    }


@cache
def _said(kind: str, frame: str = r"(?<!\w)(?:{})(?!\w)") -> re.Pattern[str]:
    return re.compile(frame.format("|".join(entries("match", kind))))


def _placed(rows: pd.DataFrame, book: _Book) -> list[tuple[_Line, int]]:
    """Return for each amount its line, and its place among the amounts of that line."""
    text, spans = rows.attrs.get("text", ""), [*zip(rows["start"], rows["end"], rows["span"], strict=True)]
    if all(text[start:end] == span for start, end, span in spans):
        lines = _lines(text)
        first = [line.start for line in lines]
        own = [lines[bisect_right(first, start) - 1] for start, *_ in spans]
    else:
        # the frame is of no one text: each sentence is one of its own
        both = zip(rows["sentence"], spans, strict=True)
        own = [_Line(sentence, start - max(sentence.find(span), 0)) for sentence, (start, _, span) in both]
    placed = {}
    for row in sorted(range(len(spans)), key=spans.__getitem__):
        line, code = own[row], rows["currency"][row]
        start, end = (at - line.start for at in spans[row][:2])
        last = line.amounts[-1] if line.amounts else None
        # the same sum in another currency is one amount with the first: "109 milliards (112 Md$)"
        if last and (start < last[1] or (code != last[2] and _TWIN.fullmatch(line.text, last[1], start))):
            line.amounts[-1] = (last[0], end, code)
        else:
            line.amounts.append((start, end, code))
        placed[row] = line, len(line.amounts) - 1
    for line in dict.fromkeys(own):
        line.read(book)
    return [placed[row] for row in range(len(spans))]


# --- an amount and the pledges named near it


def _cases(book: _Book, exists: set[str], line: _Line, at: int) -> Iterator[_Facts]:
    """Yield each pledge named near an amount, how surely it is meant, and what the words around say of the money."""
    start, end, _ = line.amounts[at]
    around = line.near(at)
    near = [each for each in around if each[2].pledges & exists]
    lent = line.lent
    # the place or the work of another pledge makes the name before that of another amount
    apart = any("place" in hit.kinds and lent and not hit.pledges & lent[1].pledges for *_, hit in near)
    if lent and lent[1].pledges & exists and not apart and not any(hit.level >= _NAMED for *_, hit in near):
        near.append((math.inf, True, lent[1]))
    own = [hit for _, owned, hit in near if owned and hit.level >= _NAMED]
    payers = [hit.pledges for hit in own if hit.level == _SURE]
    sure = {pledge for pledges in payers for pledge in pledges & exists}
    # a country that pays is no place where the money goes; the one right behind it is
    there = [hit for gap, _, hit in around if hit.there and hit.start >= end and gap <= AT_HAND]
    there = there or [hit for *_, hit in around if hit.there or hit.level < _NAMED]
    places = {name.kind for hit in there for name in hit.names if not name.pledge}
    said = line.said(at)
    said["several"] = any(not book.linked(one, other) for one, other in pairwise(payers))
    abroad = bool(said.pop("elsewhere"))
    for pledge in dict.fromkeys(pledge for *_, hit in near for pledge in sorted(hit.pledges & exists)):
        meant = [(gap, owned, hit, name) for gap, owned, hit in near for name in hit.names if name.pledge == pledge]
        level = max(name.level for *_, name in meant)
        hit = next(hit for *_, hit, name in meant if name.level == level)
        mine = any(owned for _, owned, _, name in meant if name.level == level)
        home, goal = book.countries[pledge]
        if goal not in ("", "WLD", "EUE", *places) and (places - {home} or abroad) and not said["denied"]:
            continue
        if sure and not (mine and level == _SURE) and not book.linked({pledge}, sure):
            continue
        contexts = {hit.key for *_, hit, name in meant if name.kind == "context"}
        hints = len({hit.key for *_, hit, _ in meant}) + (goal in places and goal != home and level >= _NAMED)
        is_part = any(hit.level >= _NAMED and book.above[pledge] & hit.pledges - {pledge} for *_, hit in near)
        is_known = level == _SURE or (level == _NAMED and hints > 1)
        is_meant = is_known or any(name.level == _NAMED and name.kind == "project" for *_, name in meant)
        at_home = home in places and goal not in (home, *places)
        # a package that is named by what is said around it, and by nothing else
        alone = level < _NAMED and len(contexts) > 1 and not own
        group = {name.pledge for name in hit.names if name.level == level} & exists
        is_one = hints > 1 or sum(len(book.above[one] & group) == 1 for one in group) == 1
        clear = all(not line.strangers(hit.end, start) for gap, owned, hit, _ in meant if owned and gap < math.inf)
        yield said | {
            "pledge_id": pledge,
            "named_by": lent[0] if lent and lent[1] is meant[-1][2] else "sentence",
            "order": (-level, -hints, min(gap for gap, *_ in meant)),
            "named": level >= _NAMED or hints > 1 or is_part or (said["site"] and "place" in hit.kinds),
            "sure": alone or (mine and is_meant and not at_home),
            "single": not said["part"] and (len(contexts) > 2 if alone else is_known and is_one and clear),
            "at_place": any(name.kind == "place" and gap <= AT_HAND and hit.start > end for gap, _, hit, name in meant),
        }


# --- an amount and the claims about a pledge


def _held(row: Row, claims: list[Row], euros: _Euros, day: pd.Timestamp | None) -> _Facts:
    """Say how an amount fits the claims about a pledge, and which of them is nearest, from the best source."""
    told = [(claim, _against(row, claim, euros, day)) for claim in claims]
    told.sort(key=lambda one: (not one[0].accepted, _gap(one[1]["off_by"]), one[0].rank))
    compared = [(claim, each["off_by"]) for claim, each in told if claim.accepted and each["off_by"] > 0]
    off = compared[0][1] if compared else math.nan
    above, below = (bool(compared) and all(side(one) for _, one in compared) for side in ((1.0).__lt__, (1.0).__gt__))
    floors = [claim.open_high for claim, _ in compared]
    # what is more than "at least", or less than "up to", need not be wrong
    is_more = above and ((all(floors) and off <= 1 / NEAR) or (any(floors) and row.open_high))
    is_less = below and (row.open_high or all(claim.open_low for claim, _ in compared))
    return {fact: any(each[fact] for _, each in told) for fact in (told[0][1] if told else ())} | {
        "has_currency": bool(row.currency),
        "has_figure": row.low == row.low,
        "known": any(claim.accepted for claim in claims),
        "floor": below and row.open_high and off >= NEAR,
        "comparable": 1 / COMPARABLE <= off <= COMPARABLE and off != 1 and not is_more and not is_less,
        "nearest": told[0][0] if told else None,
        "fallen": next((claim for claim, each in told if each["unaccepted"]), None),
        "off_by": off,
        "miss": _gap(off),
    }


def _gap(ratio: float) -> float:
    return abs(math.log(ratio)) if ratio > 0 else math.inf


def _against(row: Row, claim: Row, euros: _Euros, day: pd.Timestamp | None) -> _Facts:
    """Say how an amount fits one claim, at the rate of the day on which that was said, or of the day of the text."""
    same, accepted, said = row.currency == claim.currency, claim.accepted, (claim.low, claim.high)
    worth = [
        euros.get((row.currency, when), math.nan) / euros.get((claim.currency, when), math.nan)
        for when in (claim.said, day)
    ]
    rates = [1.0] if same else [rate for rate in worth if rate > 0]
    ends = list(zip((row.low, row.high), half_units(row.span, row.low, row.high, row.qualifier), strict=True))
    slack = 0.0 if same else RATE_SLACK

    def fits(times: float, *, slack: float = slack) -> bool:
        return all(
            any(
                abs(end * times - one) <= min(half, APPROX_AT_MOST * end) * times * (1 + 1e-9) + slack * end * times
                for one in said
            )
            for end, half in ends
        )

    fit = any(map(fits, rates))
    low, high = (end * rates[-1] if rates else math.nan for end, _ in ends)
    off = low / claim.high if low > claim.high else high / claim.low if high < claim.low else low * 0 + 1
    return {
        "off_by": off,
        "printed": accepted and same and fit,
        "inside": accepted and claim.low <= low and high <= claim.high,
        "converted": accepted and not same and fit,
        "unaccepted": not accepted and fit and (day is None or not claim.said > day),
        "other_sign": accepted and not same and fits(1.0, slack=0.0),
        "thousandfold": accepted and any(fits(rate * times) for rate in rates for times in (1e3, 1e-3)),
        "tenfold": accepted and same and (fits(10) or fits(0.1)),
        "turned": accepted and same and _turned(row.high, claim.high),
    }


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
