"""Hold the amounts found in a text against the ledger: what agrees, what contradicts, what is new."""

from __future__ import annotations

import datetime as dt
import difflib
import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum
from functools import cache, cached_property, lru_cache

import numpy as np
import pandas as pd

from summit_analysis.article.amounts import SHOWN
from summit_analysis.base.days import one_day
from summit_analysis.base.errors import FrameError, MissingRateError
from summit_analysis.base.text import Row, long_day
from summit_analysis.currency.rates import EURO, clean_code, quote
from summit_analysis.ledger.tables import Ledger
from summit_analysis.money import Amount, format_amount
from summit_analysis.pledges.claims import RULED, date_claims, printed_figures, value_claims
from summit_analysis.pledges.once import forest_of

APPROX_AT_MOST = 0.05
"""An amount called approximate, or written in words, is off by at most this share of itself."""
RATE_SLACK = 0.025
"""Share of a converted amount that the rate of another day may explain: in February 2025 the euro moved by 2.2 %."""
SIMILAR = 0.85
"""Spellings are one name from this ratio of `difflib.SequenceMatcher` on: one slip in 7 letters, two in 14."""
BARRIER, AMOUNT_BETWEEN = 30, 60
"""How many characters a mark of punctuation, and another amount, between a name and an amount count for."""
BESIDE = 40
"""Characters between an amount and the same amount in another currency."""
PART, OTHER = 2, 3
"""Less than half of a pledge may be a part of it; more than three times it may be another business of a company."""
THOUSAND = 1000
"""Million and billion, *million* and *milliard*, are mistaken for each other."""
CLEARLY = 0.05
"""A contradiction is strong from this share of the hull on."""

_NEEDED = ("start", "span", "low", "high", "open_low", "open_high", "currency", "qualifier", "sentence")
_OPTIONAL = {"language": "", "inferred": False}
_MIDDLE = range(SHOWN // 2 - 5, SHOWN // 2 + 1)
"""Where the amount begins in a sentence that `find_amounts` cut on the left."""
_MOST_DIGITS = 30
_JUST_OVER = 1 + 1e-9
"""What binary fractions may add to half a unit."""
_KINDS = ("primary", "news", "analysis", "seed")
"""Kinds of sources, the best witness first."""
_OVERTAKEN = ("superseded", "tally")
"""Standings of claims that were no mistake."""
_BRANCHED_OUT = ("company", "asset-manager", "sovereign-fund", "government", "public-bank")
"""Kinds of pledgers that promise money in more than one country."""
_SHORTEST_MISSPELT = 7
_PLAIN = str.maketrans("’ʼ‘`\u00a0\u202f\u2009\n\t‐‑-", "''''        ")
_DIGITS = re.compile(r"\d(?:[\d\s.,'’]*\d)?")
_WORD = re.compile(r"\w+")
_AMOUNT = re.compile(r"\d.*(?:illi|bn|md)")
_SUFFIX = re.compile(r" *\(.*")
_PUNCTUATION = re.compile(r"[,;:()\[\]–—\n]")
_OTHER_MONEY = re.compile(
    r"(?i)\b(?:revenues?|turnover|sales|profits?|losse?s?|valu(?:ed|ation)|market (?:cap\w*|value)|fine[ds]|fine of|"
    r"lawsuit|gdp|chiffre d.affaires|bénéfices?|pertes?|valoris\w+|capitalisation|amendes?|pib)\b"
)

_TEXTS = {
    "printed": "{label}: standing claims say {standing}",
    "beside": "{label}, though {also} stands beside it: standing claims say {standing}",
    "farther": "{label}, though {also} is named nearer: standing claims say {standing}",
    "inside": "{label}: between the figures of standing claims, {standing}",
    "true-floor": "{label}: true of what standing claims say, {standing}",
    "part": "{label}, a part of {also}: standing claims say {standing}",
    "alone": "no name beside it; {label}: standing claims say {standing}",
    "restated": "the sum beside it in another currency; {label}: standing claims say {standing}",
    "outside": "{label}: standing claims say {standing}, this is {off}",
    "thousand": "{label}: standing claims say {standing}, this is {off}; million and billion mixed up?",
    "fallen": "{label}: known, but that claim does not stand ({fallen}); standing claims say {standing}",
    "too": "{label} is named too, but of it that claim does not stand ({fallen}); standing claims say {standing}",
    "room": "{label}: standing claims say {standing}, which leaves room for it",
    "far": "{also}: {size}; not held against it",
    "abroad": "{also} named, but with another country",
    "other money": "{also} named, but the sentence speaks of turnover, worth, fines or the like",
    "no rate": "{label}: standing claims say {standing}, and there is no reference rate for {currency}",
    "no figure": "{label}: the ledger has no figure for it",
    "bare": "no figure printed",
    "elsewhere": "the figure of {also}, of which none is named",
    "unknown": "no claim prints this amount, and no pledge is named beside it",
}

_DTYPES = {
    "amount": "int64",
    "span": "str",
    "low": "float64",
    "high": "float64",
    "currency": "str",
    "qualifier": "str",
    "verdict": "str",
    "pledge_id": "str",
    "by": "str",
    "strength": "str",
    "tied": "bool",
    "claim_id": "str",
    "source_id": "str",
    "standing": "str",
    "hull_low": "float64",
    "hull_high": "float64",
    "off_by": "float64",
    "off_by_pct": "float64",
    "rate": "float64",
    "rate_date": "datetime64[s]",
    "alias": "str",
    "spelling": "str",
    "reason": "str",
}


class Verdict(StrEnum):
    """What the ledger says to an amount."""

    agrees = "agrees"
    contradicts = "contradicts"
    new = "new"
    unquantified = "unquantified"
    known_not_standing = "known-not-standing"


class Fit(StrEnum):
    """How an amount stands to the figures of a pledge."""

    printed = "printed"
    """A standing claim prints this figure, rounding allowed for."""
    inside = "inside"
    """It lies between the lowest and the highest figure that standing claims print."""
    true_floor = "true-floor"
    """It is an "at least" that the standing figures fulfil."""
    room = "room"
    """No standing claim prints it, but their open ends leave room for it."""
    outside = "outside"
    """No standing claim can be true together with it."""
    unknown = "unknown"
    """The pledge has no standing figure, or none that can be converted."""


class Grade(IntEnum):
    """How surely a name means a pledge."""

    weak = 1
    """Too general to decide alone: a weak alias, a descriptive one, an amount used as a name."""
    wider = 2
    """The pledger or the place, which do other things too."""
    own = 3
    """The pledge's own name."""


TRUE = (Fit.printed, Fit.inside, Fit.true_floor)
"""Fits that agree with the standing claims."""


def match_claims(
    ledger: Ledger, amounts: pd.DataFrame, *, on: str | dt.date | None = None, to: str = EURO
) -> pd.DataFrame:
    """Say of each amount of a text which pledges it agrees with, which it contradicts, and to which it is new.

    Parameters
    ----------
    ledger : Ledger
    amounts : pandas.DataFrame
        As `find_amounts` returns it; never changed.
    on : str or datetime.date, optional
        The text's day, at whose rate currencies are compared. Left out, each claim is converted at the rate of the day
        it is valued on.
    to : str
        ISO 4217 code of the currency of ``off_by``.

    Returns
    -------
    pandas.DataFrame
        One row per amount and pledge that it concerns, the best first, or one row without a pledge:

        - ``amount``: position of the row in `amounts`; its ``span``, ``low``, ``high``, ``currency``, ``qualifier``;
        - ``verdict``: see the notes; ``by``: ``amount``, ``name`` (beside it in the sentence) or ``both``;
        - ``strength``: ``strong`` or ``weak``; ``tied``: several pledges fit equally well, and all are shown;
        - ``pledge_id``; ``claim_id``, ``source_id``, ``standing``: the claim whose figures are nearest;
        - ``hull_low``, ``hull_high``: what its standing claims span, in `to`;
        - ``off_by`` (in `to`), ``off_by_pct`` (of the nearer end of the hull): how far the figure lies above (+) or
          below (-) the hull; 0 if rounding explains it;
        - ``rate`` (as published) and ``rate_date``, if the nearest claim is in another currency;
        - ``alias``: the name as printed in the text; ``spelling``: the right one, if it is misspelt;
        - ``reason``: in words.

    Raises
    ------
    FrameError
        If `amounts` lacks a column, or `on` is not a day.
    MissingRateError
        If there is no rate of `to`.

    Notes
    -----
    The *hull* of a pledge reaches from the lowest to the highest figure that its standing claims print (standing
    ``stands`` or ``derived``). An amount means all that rounds to its last printed digit: "109 billion" is 108.5 to
    109.5; called approximate, half a unit of its last digit that is not 0, at most 5 %; converted, 2.5 % more, unless
    it is the claims' own number in another currency.

    - ``agrees``: its pledge is named in the sentence and it lies in the hull, or it is an "at least" below it, hence
      true; or, without a name, a standing claim prints the same figure in the same currency. "Up to" is compared by the
      figure it names. A part of the envelope named agrees too, and so does the same sum given beside it in another
      currency. Agreement with any pledge named goes before contradiction. Strong if a sure name stands beside it and a
      standing claim prints the figure.
    - ``contradicts``: it lies outside the hull of the pledge that the nearest sure name means, and no standing claim
      leaves that end open (all say "at least", or the text does and one claim too; likewise "up to"). Sure is the
      pledge's own name, or its pledger's or place's together with a second name or the country that is to receive the
      money. Not held against a pledge: less than half of it, which may be a part, unless million and billion are mixed
      up; an amount whose sentence gives the pledge's sum elsewhere, has another amount in between, speaks of another
      country, or of turnover, worth, fines. Strong if the name is of one pledge and its parts, and it is off by 5 % or
      more.
    - ``known-not-standing``: only a claim that does not stand prints it, and its reason is given. A slip or the figure
      of something else, given as that of the pledge named, contradicts; one replaced at the launch does not.
    - ``unquantified``: the text prints no figure, or the ledger has none for the pledge named.
    - ``new``: all else. ``pledge_id`` then tells which pledge was named, if it is only one.

    >>> from summit_analysis import find_amounts
    >>> found = find_amounts("The EU AI Champions Initiative mobilises 200 billion euros.")
    >>> match_claims(ledger, found)[["verdict", "pledge_id", "off_by"]]
           verdict                   pledge_id        off_by
    0  contradicts  eu-ai-champions-initiative  5.000000e+10
    """
    to = clean_code(to)
    on = None if on is None else one_day(on).item()
    hulls = Hulls(ledger, on)
    if on is None:
        hulls.valued(to)
    else:
        # a currency without a rate is refused even if no amount is in it
        quote(EURO, to, on=on, rates=ledger.rates)
    judge = Judge(hulls)
    reasons = Reasons(judge, to)
    rows = [
        _row(mention, match, matches, reasons)
        for sentence in by_sentence(amounts, Names(ledger))
        for mention, matches in judge.judge(sentence)
        for match in matches
    ]
    return pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype=dtype) for name, dtype in _DTYPES.items()})


def _row(mention: Mention, match: Match, matches: list[Match], reasons: Reasons) -> dict[str, object]:
    hulls = reasons.hulls
    # the others may be about claims that do not stand
    standing = match.verdict not in (Verdict.contradicts, Verdict.known_not_standing)
    claim = hulls.nearest(match.pledge_id, mention.figure, match.currency, standing=standing)
    hull = hulls.hulls(reasons.to).get(match.pledge_id)
    # how far it is off, in the common currency and in % of the nearer end of the hull
    off, off_pct = np.nan, np.nan
    if match.verdict is Verdict.agrees and match.fit is not Fit.unknown:
        off, off_pct = 0.0, 0.0
    elif match.pledge_id and match.fit is not Fit.unknown:
        own = hulls.hulls(match.currency)[match.pledge_id]
        off = match.off * hulls.factor(claim, reasons.to)
        off_pct = 100 * match.off / (own.high if match.off > 0 else own.low)
    converted = claim if claim is not None and claim.currency != match.currency else None
    return {
        "amount": mention.row.Index,
        "span": mention.row.span,
        "low": mention.figure.low,
        "high": mention.figure.high,
        "currency": mention.currency or None,
        "qualifier": mention.row.qualifier,
        "verdict": match.verdict.value,
        "pledge_id": match.pledge_id or None,
        "by": match.by or None,
        "strength": "strong" if match.strong else "weak" if match.pledge_id else None,
        "tied": match.because != "too" and sum(other.because == match.because for other in matches) > 1,
        "claim_id": None if claim is None else claim.claim_id,
        "source_id": None if claim is None else claim.source_id,
        "standing": None if claim is None else claim.standing,
        "hull_low": hull.low if hull else np.nan,
        "hull_high": hull.high if hull else np.nan,
        "off_by": off,
        "off_by_pct": off_pct,
        "rate": converted.rate if converted else np.nan,
        "rate_date": converted.rate_date if converted else pd.NaT,
        "alias": match.hit.text if match.hit else None,
        "spelling": (match.hit.spelling or None) if match.hit else None,
        "reason": reasons.reason(mention, match, claim, off, off_pct),
    }


# --- the amounts and names of a text


@dataclass(frozen=True)
class Name:
    """One name of one pledge."""

    alias: str
    pledge_id: str
    grade: Grade
    language: str
    is_amount: bool
    misspelt: bool = False


@dataclass(frozen=True)
class Hit:
    """A place in a text where a name stands, and the pledges it may mean."""

    start: int
    end: int
    text: str
    spelling: str
    """The right spelling, if `text` is not it, else nothing."""
    names: tuple[Name, ...]

    def grade(self, pledge_id: str) -> Grade:
        """Return how surely this place means a pledge it may mean."""
        return max(name.grade for name in self.names if name.pledge_id == pledge_id)

    def distance(self, start: int, end: int, text: str, others: Sequence[int] = ()) -> int:
        """Count the characters to an amount; punctuation and other amounts (by their first places) cost more."""
        if self.start < end and start < self.end:
            return 0
        left, right = (self.end, start) if self.end <= start else (end, self.start)
        between = sum(left <= other < right for other in others)
        return right - left + BARRIER * len(_PUNCTUATION.findall(text, left, right)) + AMOUNT_BETWEEN * between


@dataclass(frozen=True, eq=False)
class Mention:
    """One amount in its sentence.

    Attributes
    ----------
    row : namedtuple
        Of the frame, its texts in normal form C.
    currency : str
        Empty where none is known.
    figure : Figure
    place : tuple of int
        Where the amount stands in its sentence.
    others : tuple of int
        Where the other amounts of the sentence begin.
    hits : tuple of Hit
        The names in the sentence, the nearest first.
    countries : frozenset of str
        ISO 3166 alpha-3 codes of the countries named in it.
    """

    row: Row
    currency: str
    figure: Figure
    place: tuple[int, int]
    others: tuple[int, ...]
    hits: tuple[Hit, ...]
    countries: frozenset[str]

    @property
    def quantified(self) -> bool:
        """Whether it has a figure."""
        return not math.isnan(self.figure.low)

    @cached_property
    def distances(self) -> dict[Hit, int]:
        """How far each name stands from the amount."""
        return {hit: hit.distance(*self.place, self.row.sentence, self.others) for hit in self.hits}

    def is_apart(self, hit: Hit) -> bool:
        """Whether another amount stands between a name and this one."""
        left, right = (hit.end, self.place[0]) if hit.end <= self.place[0] else (self.place[1], hit.start)
        return any(left <= other < right for other in self.others)

    def gap(self, other: Mention) -> int:
        """Count the characters between this amount and another one of the text."""
        first, second = sorted((self.row, other.row), key=lambda row: row.start)
        gap: int = second.start - first.start - len(first.span)
        return gap

    @property
    def is_other_money(self) -> bool:
        """Whether the sentence speaks of turnover, worth, fines or the like."""
        return bool(_OTHER_MONEY.search(self.row.sentence))

    def named(self) -> Iterator[tuple[Hit, str, Grade]]:
        """Yield each pledge that a name of the sentence may mean, the nearest first; an amount that is one is sure."""
        for hit in self.hits:
            for pledge in dict.fromkeys(name.pledge_id for name in hit.names):
                is_amount = any(name.is_amount and name.pledge_id == pledge for name in hit.names)
                yield hit, pledge, Grade.own if is_amount and not self.distances[hit] else hit.grade(pledge)

    def is_nearer(self, one: Hit | None, other: Hit | None) -> bool:
        """Whether one of two names stands nearer to the amount."""
        return one is not None and other is not None and self.distances[one] < self.distances[other]


def by_sentence(amounts: pd.DataFrame, names: Names) -> list[list[Mention]]:
    """Return the amounts of each sentence together, sentences and amounts in the order of the frame.

    Raises
    ------
    FrameError
        If a column of `find_amounts` is missing.
    """
    lacking = [column for column in _NEEDED if column not in getattr(amounts, "columns", ())]
    if lacking:
        raise FrameError(f"no column {lacking[0]!r}: hand in the frame of find_amounts, or one with its columns")
    texts = {column: amounts[column].astype("str").str.normalize("NFC") for column in ("sentence", "span")}
    optional = {name: amounts.get(name, default) for name, default in _OPTIONAL.items()}
    rows = amounts.assign(**texts, **optional).fillna({"language": "", "currency": ""}).reset_index(drop=True)
    groups: list[list[tuple[Row, int]]] = []
    last_start = end = after = -1
    for row in rows.itertuples():
        same = last_start < row.start < after
        place = _place(row.sentence, row.span, end if same else 0)
        if not same:
            groups.append([])
        groups[-1].append((row, place))
        last_start, end, after = row.start, place + len(row.span), row.start - place + len(row.sentence)
    return [[_mention(row, place, group, names) for row, place in group] for group in groups]


def _place(sentence: str, span: str, after: int) -> int:
    """Return where an amount stands in its sentence: after the amount before it, or in the middle if it was cut."""
    for place in _MIDDLE:
        if len(sentence) > _MIDDLE.stop and sentence.startswith(span, place):
            return place
    found = sentence.find(span, after)
    return found if found >= 0 else max(sentence.find(span), 0)


def _mention(row: Row, place: int, group: list[tuple[Row, int]], names: Names) -> Mention:
    ends = (place, place + len(row.span))
    others = tuple(place + other.start - row.start for other, _ in group if other is not row)
    halves = half_units(row.span, row.low, row.high, row.qualifier)
    figure = Figure(row.low, row.high, *halves, bool(row.open_low), bool(row.open_high))
    hits = names.find(row.sentence, row.language)
    nearest = tuple(sorted(hits, key=lambda hit: hit.distance(*ends, row.sentence, others)))
    return Mention(row, clean_code(row.currency), figure, ends, others, nearest, names.countries(row.sentence))


class Names:
    """All names under which texts speak of the pledges of a ledger: aliases.csv, labels.csv and the pledgers' names."""

    def __init__(self, ledger: Ledger) -> None:
        self.names: dict[str, list[Name]] = defaultdict(list)
        for name in all_names(ledger):
            self.names[plain(name.alias)].append(name)
        self._pattern = _any_of(self.names)
        self._countries = {plain(name): iso3 for name, iso3 in country_names(ledger)}
        self._country = _any_of(self._countries)
        self._near: dict[tuple[int, str], list[str]] = defaultdict(list)
        for key, named in self.names.items():
            if len(key) >= _SHORTEST_MISSPELT and any(name.grade > Grade.weak and not name.misspelt for name in named):
                self._near[len(key.split()), key[0]].append(key)
        # the amounts of one sentence ask for the same names
        self._found = lru_cache(maxsize=64)(self._find)

    def find(self, text: str, language: str) -> tuple[Hit, ...]:
        """Return the names in a text, from left to right; of two that overlap the first, then the longer.

        Parameters
        ----------
        text : str
            In normal form C.
        language : str
            "en" or "fr"; of another language the aliases of both count.
        """
        return self._found(text, language)

    def _find(self, text: str, language: str) -> tuple[Hit, ...]:
        flat = plain(text)
        found = [self._hit(match, text, language) for match in self._pattern.finditer(flat)]
        exact = [hit for hit in found if hit]
        return tuple(sorted(exact + self._misspelt(text, flat, language, exact), key=lambda hit: hit.start))

    def countries(self, text: str) -> frozenset[str]:
        """Return the countries named in a text (ISO 3166 alpha-3, or EUE for the EU)."""
        found = [match for match in self._country.finditer(plain(text)) if text[match.start()].isupper()]
        return frozenset(self._countries[match.group()] for match in found)

    def _hit(self, match: re.Match[str], text: str, language: str) -> Hit | None:
        printed = text[match.start() : match.end()]
        names = tuple(
            name for name in self.names[match.group()] if _counts(name, language) and _as_written(name.alias, printed)
        )
        if not names:
            return None
        right = self._right_spelling(names) if any(name.misspelt for name in names) else ""
        return Hit(match.start(), match.end(), printed, right, names)

    def _right_spelling(self, names: Iterable[Name]) -> str:
        wrong = next(name for name in names if name.misspelt)
        others = [name.alias for named in self.names.values() for name in named if name.pledge_id == wrong.pledge_id]
        return max((one for one in others if one != wrong.alias), key=lambda one: _similarity(one, wrong.alias))

    def _misspelt(self, text: str, flat: str, language: str, exact: list[Hit]) -> list[Hit]:
        words = [match.span() for match in _WORD.finditer(flat)]
        taken = {place for hit in exact for place in range(hit.start, hit.end)}
        found: list[Hit] = []
        for first, (start, _) in enumerate(words):
            if not text[start].isupper() or start in taken:
                continue
            for count in (4, 3, 2, 1):
                run = words[first : first + count]
                key = " ".join(flat[begin:end] for begin, end in run)
                near = [one for one in self._near.get((count, flat[start]), ()) if _similarity(one, key) >= SIMILAR]
                if len(run) == count and near and taken.isdisjoint(range(start, run[-1][1])):
                    best = max(near, key=lambda one: _similarity(one, key))
                    names = tuple(name for name in self.names[best] if _counts(name, language))
                    if names:
                        found.append(Hit(start, run[-1][1], text[start : run[-1][1]], names[0].alias, names))
                        taken |= set(range(start, run[-1][1]))
                        break
        return found


def all_names(ledger: Ledger) -> list[Name]:
    """Return every name of every pledge."""
    labels = ledger.names("en").map(plain) + " | " + ledger.names("fr").map(plain)
    founded = ledger.pledges.set_index("pledge_id")["pledger_kind"].eq("coalition")
    countries = {plain(name) for name, _ in country_names(ledger)}
    graded = [
        _graded(row, labels[row.pledge_id], founded[row.pledge_id], countries) for row in ledger.aliases.itertuples()
    ]
    # a vague name that is only an amount says no more than the amount
    names = [name for name in graded if name is not None]
    known = {(name.pledge_id, plain(name.alias)) for name in names} | {("", country) for country in countries}
    columns = {"label_en": ("en", ledger.labels), "label_fr": ("fr", ledger.labels), "pledger": ("en", ledger.pledges)}
    for column, (language, frame) in columns.items():
        for pledge, text in zip(frame["pledge_id"], frame[column], strict=True):
            base = unicodedata.normalize("NFC", _SUFFIX.sub("", text))
            if known.isdisjoint({(pledge, plain(base)), ("", plain(base))}):
                known.add((pledge, plain(base)))
                names.append(Name(base, pledge, Grade.weak, language, is_amount=False))
    return names


def _graded(row: Row, label: str, founded_for_it: bool, countries: set[str]) -> Name | None:
    alias = unicodedata.normalize("NFC", row.alias)
    flat = plain(alias)
    is_amount = bool(_AMOUNT.search(flat))
    if is_amount and row.kind == "weak":
        return None
    is_own = {
        "misspelling": True,
        # "Campus IA" is a proper name, "AI campus" is none
        "project": all(not word[0].islower() for word in _WORD.findall(alias) if len(word) > 3),
        "name": founded_for_it or any(_within(base, flat) for base in re.split(r" *\(.*?\)| \| ", label) if base),
    }.get(row.kind, False)
    if row.kind == "weak" or is_amount:
        grade = Grade.weak
    elif flat not in countries and (is_own or _within(flat, label)):
        grade = Grade.own
    else:
        grade = Grade.weak if row.kind == "project" else Grade.wider
    return Name(alias, row.pledge_id, grade, row.language, is_amount, row.kind == "misspelling")


def country_names(ledger: Ledger) -> list[tuple[str, str]]:
    """Return the names of countries in both languages, each with its ISO 3166 alpha-3 code (EUE for the EU)."""
    states = ledger.entities[ledger.entities["iso3"].notna() & ledger.entities["entity_kind"].eq("state")]
    named = states.assign(also_called=states["also_called"].str.split(";")).explode("also_called")
    pairs = named.melt("iso3", ["entity", "name_fr", "also_called"], value_name="name").dropna().drop_duplicates()
    return list(pairs[["name", "iso3"]].itertuples(index=False, name=None))


def _within(part: str, whole: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(part)}(?!\w)", whole))


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Return a text without capitals, accents and special blanks, each character in its place."""
    return "".join(map(_plain_letter, text.translate(_PLAIN)))


@cache
def _plain_letter(letter: str) -> str:
    return unicodedata.normalize("NFD", letter)[0].lower()[0]


@lru_cache(maxsize=65536)
def _similarity(one: str, other: str) -> float:
    if abs(len(one) - len(other)) > max(2, len(one) // 6):
        return 0.0
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= SIMILAR else 0.0


def _any_of(keys: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted(keys, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")


def _counts(name: Name, language: str) -> bool:
    return name.language in (language, "any") or language not in ("en", "fr")


def _as_written(alias: str, printed: str) -> bool:
    """Whether the capitals of an alias are capitals in the text: "Free" is a company, "free" is not.

    The first letter of a name of three words or more may be small in the midst of a sentence.
    """
    first = int(len(_WORD.findall(alias)) > 2)
    return all(there.isupper() for here, there in zip(alias[first:], printed[first:], strict=True) if here.isupper())


# --- figures, and what the standing claims span


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


@dataclass(frozen=True)
class Figure:
    """The figures of an amount as printed, half a unit of the last digit of each, and which ends are open."""

    low: float
    high: float
    half_low: float
    half_high: float
    open_low: bool = False
    open_high: bool = False

    @property
    def ends(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The lower and the upper figure, each with half a unit of its last digit."""
        return (self.low, self.half_low), (self.high, self.half_high)

    def times(self, factor: float) -> Figure:
        """Return a figure `factor` times as large."""
        figures = {name: factor * getattr(self, name) for name in ("low", "high", "half_low", "half_high")}
        return replace(self, **figures)

    def means(self, values: Collection[float], slack: float = 0.0) -> bool:
        """Whether both figures, when rounded, may stand for one of `values`; of a coarse rounding 5 % count."""
        return all(
            any(abs(value - figure) <= _reach(figure, min(half, APPROX_AT_MOST * figure), slack) for value in values)
            for figure, half in self.ends
        )


def _reach(figure: float, half: float, slack: float) -> float:
    return half * _JUST_OVER + slack * figure


@dataclass(frozen=True)
class Hull:
    """What the standing claims about one pledge span, in one currency.

    Attributes
    ----------
    low, high : float
        Lowest and highest figure printed.
    floor, ceiling : float
        The logical bounds (`Amount.bounds`): 0 where every standing claim says "up to", infinite where every one says
        "at least"; a claim that closes an end closes it for all.
    some_ceiling, some_floor : bool
        At least one standing claim says "up to", "at least".
    figures : tuple of (float, float)
        Those of each standing claim.
    converted : bool
        No standing claim is in this currency.
    """

    low: float
    high: float
    floor: float
    ceiling: float
    some_ceiling: bool
    some_floor: bool
    figures: tuple[tuple[float, float], ...]
    converted: bool

    def fit(self, amount: Figure, slack: float = 0.0) -> tuple[Fit, float]:
        """Return how an amount fits, and by how much it lies above (+) or below (-) the hull, 0 unless rounding fails.

        An "up to" is compared by the figure it names, for that is how high the money may go; an "at least" below the
        hull is true. A figure beyond an open end of the ledger is not excluded by it.
        """
        off = 0.0
        if amount.high + _reach(amount.high, amount.half_high, slack) < self.low:
            off = amount.high - self.low
        elif amount.low - _reach(amount.low, amount.half_low, slack) > self.high:
            off = amount.low - self.high
        if off == 0:
            printed = {value for figures in self.figures for value in figures}
            return (Fit.printed if amount.means(printed, slack) else Fit.inside), 0.0
        if off < 0 and amount.open_high:
            return Fit.true_floor, 0.0
        is_open = (
            self.floor == 0 or (amount.open_low and self.some_ceiling)
            if off < 0
            else np.isinf(self.ceiling) or (amount.open_high and self.some_floor)
        )
        return (Fit.room if is_open else Fit.outside), off


class Hulls:
    """The claims of a ledger by pledge, and the hulls of the standing ones, worked out once for each currency.

    A claim is a row of `value_claims` with its figures in one currency, ``low`` and ``high`` (NaN without figure or
    rate), as printed, ``own_low`` and ``own_high``, the ``kind`` of its source and whether it ``stands``.
    """

    def __init__(self, ledger: Ledger, on: dt.date | None = None) -> None:
        self.ledger, self.on = ledger, on
        self._printed = printed_figures(date_claims(ledger))
        self.valued = cache(self._valued)
        self.claims = cache(self._claims)
        self.hulls = cache(self._hulls)
        self.own_currency = cache(self._own_currency)

    def _claims(self, currency: str) -> dict[str, list[Row]]:
        """Return the claims of each pledge, converted at the rate of the day asked for, else of the day of each."""
        try:
            valued = self.valued(currency)
        except MissingRateError:
            same = self._printed["currency"].eq(currency)
            valued = self._printed.assign(rate=np.nan, rate_date=pd.NaT)
            valued = valued.assign(**{f"{end}_{currency}": valued[end].where(same) for end in ("low", "high")})
        rows = valued.assign(
            label=valued.index,
            kind=valued["source_id"].map(self.ledger.sources.set_index("source_id")["kind"]),
            stands=valued["standing"].isin(RULED),
            standing_reason=valued["standing_reason"].fillna("no reason given"),
            own_low=valued["low"],
            own_high=valued["high"],
            low=valued[f"low_{currency}"],
            high=valued[f"high_{currency}"],
        )
        found: dict[str, list[Row]] = defaultdict(list)
        for row in rows.itertuples(index=False):
            found[row.pledge_id].append(row)
        return found

    def _valued(self, currency: str) -> pd.DataFrame:
        if self.on is None:
            return value_claims(self.ledger, to=currency)
        return self.ledger.rates.convert(
            self._printed, amounts=["low", "high"], on=self.on, to=currency, errors="coerce"
        )

    def _hulls(self, currency: str) -> dict[str, Hull]:
        return {pledge: hull for pledge, rows in self.claims(currency).items() if (hull := _hull(rows, currency))}

    def _own_currency(self, pledge_id: str) -> str:
        """Return the currency that most standing claims about a pledge use, nothing if it has no claim."""
        claims = self.claims(EURO).get(pledge_id, [])
        used = [claim.currency for claim in claims if claim.stands] or [claim.currency for claim in claims]
        return Counter(used).most_common(1)[0][0] if used else ""

    def nearest(self, pledge_id: str, amount: Figure, currency: str, *, standing: bool) -> Row | None:
        """Return the claim nearest to an amount, of the standing ones or of all; of equals the best source's."""
        claims = self.claims(currency or self.own_currency(pledge_id) or EURO).get(pledge_id, [])
        eligible = [claim for claim in claims if claim.stands] if standing else claims
        return min(eligible or claims, key=lambda claim: _rank(claim, amount), default=None)

    def factor(self, claim: Row | None, target: str) -> float:
        """Return what an amount in the currency of a claim's figures is multiplied by, at that claim's rates."""
        if claim is None or not claim.low > 0:
            return np.nan
        there = next(one.low for one in self.claims(target)[claim.pledge_id] if one.label == claim.label)
        return float(there / claim.low)


def _rank(claim: Row, amount: Figure) -> tuple[float, bool, bool, int]:
    distance = abs(claim.low - amount.low) + abs(claim.high - amount.high)
    distance = np.inf if np.isnan(distance) else round(distance, 2)
    other_ends = (claim.open_low, claim.open_high) != (amount.open_low, amount.open_high)
    return distance, not claim.stands, other_ends, _KINDS.index(claim.kind)


def _hull(claims: list[Row], currency: str) -> Hull | None:
    standing = [claim for claim in claims if claim.stands and not np.isnan(claim.low)]
    if not standing:
        return None
    low, high = min(claim.low for claim in standing), max(claim.high for claim in standing)
    return Hull(
        low,
        high,
        0.0 if all(claim.open_low for claim in standing) else low,
        np.inf if all(claim.open_high for claim in standing) else high,
        any(claim.open_low for claim in standing),
        any(claim.open_high for claim in standing),
        tuple((claim.low, claim.high) for claim in standing),
        all(claim.currency != currency for claim in standing),
    )


# --- the verdict


@dataclass(frozen=True)
class Match:
    """One amount against one pledge, or against none.

    Attributes
    ----------
    verdict : Verdict
    because : str
        Key of the reason.
    pledge_id : str
        Nothing if no single pledge is meant.
    by : str
        ``amount``, ``name``, ``both`` or nothing.
    strong : bool
    fit : Fit
    off : float
        How far the amount lies above (+) or below (-) the hull, in `currency`.
    currency : str
        In which the two were compared.
    hit : Hit or None
        The name found.
    also : tuple of str
        Other pledges the reason speaks of.
    """

    verdict: Verdict
    because: str
    pledge_id: str = ""
    by: str = ""
    strong: bool = False
    fit: Fit = Fit.unknown
    off: float = np.nan
    currency: str = ""
    hit: Hit | None = None
    also: tuple[str, ...] = ()


class Judge:
    """Holds amounts against the hulls of a ledger's pledges."""

    def __init__(self, hulls: Hulls) -> None:
        self.hulls = hulls
        pledges = hulls.ledger.pledges
        self._pledges = pledges.set_index("pledge_id")
        self._forest = forest_of(hulls.ledger)

    def judge(self, sentence: list[Mention]) -> list[tuple[Mention, list[Match]]]:
        """Return the matches of each amount of one sentence, the best first."""
        first = [(mention, self._agreements(mention) if mention.quantified else []) for mention in sentence]
        stated = {match.pledge_id for _, matches in first for match in matches}
        judged = [(mention, matches or self._otherwise(mention, stated)) for mention, matches in first]
        return [(mention, self._restated(mention, matches, judged) or matches) for mention, matches in judged]

    def _agreements(self, mention: Mention) -> list[Match]:
        """Return the pledges that are surely named and that the amount fits, those of the best and nearest name."""
        options = [
            (match.fit is not Fit.printed, mention.distances[hit], -grade, match)
            for hit, pledge, grade in mention.named()
            if grade > Grade.weak
            for match in [self._match(mention, pledge, hit)]
            if match.fit is Fit.printed or (match.fit in TRUE and not self.is_abroad(mention, pledge))
        ]
        best = min((option[:3] for option in options), default=None)
        found = {option[3].pledge_id: option[3] for option in options if option[:3] == best}
        return self._with_slips(mention, [self._beside_nearer(mention, match) for match in found.values()])

    def _beside_nearer(self, mention: Mention, match: Match) -> Match:
        """Weaken an agreement if another pledge is named nearer, or right beside an amount that is itself the name."""
        by_amount = match.hit is not None and not mention.distances[match.hit]
        others = {
            pledge: mention.is_nearer(hit, match.hit) and not self.in_line(pledge, match.pledge_id)
            for hit, pledge, grade in mention.named()
            if grade is Grade.own and hit is not match.hit and not mention.is_apart(hit)
            if not by_amount or mention.distances[hit] < BARRIER
        }
        nearer = tuple(pledge for pledge, is_nearer_one in others.items() if by_amount or is_nearer_one)
        if match.pledge_id in others or not nearer:
            return match
        return replace(match, because="beside" if by_amount else "farther", strong=False, also=nearer)

    def _with_slips(self, mention: Mention, found: list[Match]) -> list[Match]:
        """Add a pledge named too, nearer or as a part, to which only a claim that does not stand gives the amount."""
        agreeing = [match.pledge_id for match in found]
        reach = min((mention.distances[match.hit] for match in found if match.hit), default=0)
        slips = [
            replace(self._match(mention, pledge, hit), verdict=Verdict.known_not_standing, because="too", by="both")
            for hit, pledge, grade in mention.named()
            if grade is Grade.own and pledge not in agreeing and not mention.is_apart(hit)
            if mention.distances[hit] < reach or any(self.in_line(pledge, other) for other in agreeing)
            if self.fallen(mention, pledge)
        ]
        if slips and slips[0].hit is not None and mention.distances[slips[0].hit] < reach:
            found = [replace(match, strong=False) for match in found]
        return found + [replace(slip, strong=False) for slip in slips[:1]]

    def _parts(self, mention: Mention) -> list[Match]:
        """Return the parts of the nearest named envelope that print the amount."""
        for hit, envelope, grade in mention.named():
            inside = self.parts(envelope) if grade > Grade.weak else []
            matches = [self._match(mention, pledge, hit, because="part", also=(envelope,)) for pledge in inside]
            if found := [match for match in matches if match.fit is Fit.printed]:
                return self._with_slips(mention, [replace(match, strong=False) for match in found])
        return []

    def _weakly(self, mention: Mention) -> list[Match]:
        """Return the pledges that print the amount and are named only vaguely, those of the nearest name."""
        matches = [self._match(mention, pledge, hit) for hit, pledge, grade in mention.named() if grade is Grade.weak]
        found = [match for match in matches if match.fit is Fit.printed]
        return [replace(match, strong=False) for match in found if match.hit is found[0].hit]

    def _alone(self, mention: Mention) -> list[Match]:
        """Return the pledges of which a claim prints the amount in its own currency, standing claims first."""
        for because, standing in (("alone", True), ("fallen", False)):
            verdict = Verdict.agrees if standing else Verdict.known_not_standing
            pledges = self.printing(mention, standing=standing)
            if len(pledges) > 1 and any(grade is Grade.own for _, _, grade in mention.named()):
                return [Match(Verdict.new, "elsewhere", also=tuple(pledges))]
            if pledges:
                matches = [self._match(mention, pledge, None, because=because) for pledge in pledges]
                return [replace(match, verdict=verdict, by="amount", strong=False) for match in matches]
        return []

    def _restated(
        self, mention: Mention, matches: list[Match], judged: list[tuple[Mention, list[Match]]]
    ) -> list[Match]:
        """Return what the amount beside this one says, if this is the same sum in another currency.

        A contradiction of a pledge that is named goes before an agreement with one that is not.
        """
        told = {match.verdict for match in matches if match.by in ("name", "both")}
        if not mention.quantified or Verdict.agrees in told:
            return []
        for other, theirs in judged:
            agreeing = [match for match in theirs if match.verdict is Verdict.agrees]
            if Verdict.contradicts in told:
                agreeing = [match for match in agreeing if match.by != "amount"]
            if agreeing and self._is_same_sum(mention, other, agreeing[0].pledge_id):
                return [replace(match, because="restated", by="amount", strong=False) for match in agreeing]
            against = [match for match in theirs if match.verdict is Verdict.contradicts]
            if against and not told and self._is_same_sum(mention, other, against[0].pledge_id):
                return self._contradictions(mention, [self._match(mention, one.pledge_id, one.hit) for one in against])
        return []

    def _is_same_sum(self, mention: Mention, other: Mention, pledge: str) -> bool:
        """Whether an amount is the one beside it in another currency, at the rate of the pledge's nearest claim."""
        if mention.gap(other) > BESIDE or mention.currency in ("", other.currency):
            return False
        claim = self.hulls.nearest(pledge, other.figure, other.currency, standing=True)
        factor = self.hulls.factor(claim, mention.currency)
        return mention.figure.means({other.figure.low * factor, other.figure.high * factor}, RATE_SLACK)

    def _otherwise(self, mention: Mention, stated: set[str]) -> list[Match]:
        if not mention.quantified:
            return self._bare(mention)
        if parts := self._parts(mention):
            return parts
        weak, against = self._weakly(mention), self._against(mention, stated)
        if weak and against:
            known = self.fallen(mention, against[0].pledge_id)
            printing = self.printing(mention, standing=True)
            same = [match for match in weak if match.hit is against[0].hit and match.pledge_id in printing]
            if same or (not known and mention.is_nearer(weak[0].hit, against[0].hit)):
                return self._with_slips(mention, same or weak)
        return (
            against
            or weak
            or ([] if mention.is_other_money else self._alone(mention))
            or [Match(Verdict.new, "unknown")]
        )

    def _bare(self, mention: Mention) -> list[Match]:
        for hit in mention.hits:
            pledges = [pledge for one, pledge, grade in mention.named() if one is hit and grade > Grade.weak]
            if pledges:
                return [Match(Verdict.unquantified, "bare", pledge, "name", hit=hit) for pledge in pledges]
        return [Match(Verdict.unquantified, "bare")]

    def _against(self, mention: Mention, stated: set[str]) -> list[Match]:
        """Return what the nearest name speaks against, unless its sum stands elsewhere in the sentence."""
        for hit in mention.hits:
            pledges = list(dict.fromkeys(name.pledge_id for name in hit.names if name.grade > Grade.weak))
            if not pledges or mention.is_apart(hit) or not stated.isdisjoint(pledges):
                continue
            meant = [pledge for pledge in pledges if self.is_meant(mention, hit, pledge)]
            if meant:
                return self._contradictions(mention, [self._match(mention, pledge, hit) for pledge in meant])
            if all(self.is_abroad(mention, pledge) for pledge in pledges):
                return [Match(Verdict.new, "abroad", by="name", hit=hit, also=tuple(pledges))]
        return []

    def _contradictions(self, mention: Mention, matches: list[Match]) -> list[Match]:
        meant = tuple(match.pledge_id for match in matches)
        if mention.is_other_money:
            return [Match(Verdict.new, "other money", by="name", hit=matches[0].hit, also=meant)]
        known = [match for match in matches if match.fit is not Fit.unknown]
        if not known:
            has_figure = [self.hull(match.pledge_id) is not None for match in matches]
            why = [(Verdict.new, "no rate") if has else (Verdict.unquantified, "no figure") for has in has_figure]
            return [
                replace(match, verdict=verdict, because=because, by="name", strong=False)
                for match, (verdict, because) in zip(matches, why, strict=True)
            ]
        slips = [match for match in known if match.fit not in TRUE and self.fallen(mention, match.pledge_id)]
        near = slips or [match for match in known if not self._is_far(mention, match, one_of_many=len(known) > 1)]
        roomy = [] if slips else [match for match in near if match.fit is Fit.room]
        if roomy or not near:
            # new although pledges are named; its pledge if it can be only one
            first, *others = roomy or known
            pledge, because = "" if others else first.pledge_id, "room" if roomy else "far"
            told = replace(first, verdict=Verdict.new, because=because, pledge_id=pledge, by="name", strong=False)
            return [replace(told, also=meant)]
        one_family = self.of_one_family([match.pledge_id for match in slips or known])
        near.sort(key=lambda match: abs(match.off))
        return [self._contradiction(mention, match, one_family) for match in near]

    def _contradiction(self, mention: Mention, match: Match, one_family: bool) -> Match:
        pledge = match.pledge_id
        if self.fallen(mention, pledge) in _OVERTAKEN:
            return replace(match, verdict=Verdict.known_not_standing, because="fallen", by="both", strong=False)
        hull = self.hulls.hulls(match.currency)[pledge]
        strong = one_family and abs(match.off) >= CLEARLY * (hull.high if match.off > 0 else hull.low)
        printing = self.printing(mention, standing=True)
        also = tuple(other for other in printing if self.in_line(other, pledge))
        because = "thousand" if self.is_thousandfold(mention.figure, hull) else "outside"
        return replace(match, verdict=Verdict.contradicts, because=because, by="name", strong=strong, also=also)

    def _match(
        self, mention: Mention, pledge: str, hit: Hit | None, *, because: str = "", also: tuple[str, ...] = ()
    ) -> Match:
        fit, off, currency = self.fit(mention, pledge)
        because = because or fit.value
        return Match(Verdict.agrees, because, pledge, "both", fit is Fit.printed, fit, off, currency, hit, also)

    def _is_far(self, mention: Mention, match: Match, *, one_of_many: bool) -> bool:
        """Whether an amount may be a part of the pledge, or another business of a pledger with several pledges."""
        hull = self.hulls.hulls(match.currency)[match.pledge_id]
        if self.is_thousandfold(mention.figure, hull):
            return False
        elsewhere = self._pledges.loc[match.pledge_id, "recipient_country"] not in mention.countries
        is_other = one_of_many and elsewhere and mention.figure.low > hull.high * OTHER
        return is_other or mention.figure.high * PART < hull.low

    def fit(self, mention: Mention, pledge: str) -> tuple[Fit, float, str]:
        """Return how an amount fits a pledge, how far it is off, and in which currency the two were compared."""
        own = self.hulls.own_currency(pledge)
        found = self._fit_in(mention.figure, pledge, mention.currency or own)
        if mention.row.inferred and found[0] not in TRUE and mention.currency != own:
            # a currency carried over from an earlier sentence is the writer's only by our guess
            again = self._fit_in(mention.figure, pledge, own)
            return again if again[0] is Fit.printed else found
        return found

    def _fit_in(self, figure: Figure, pledge: str, currency: str) -> tuple[Fit, float, str]:
        hull = self.hull(pledge, currency)
        if hull is None:
            return Fit.unknown, np.nan, currency
        slack = RATE_SLACK if hull.converted and not self.is_other_currency(figure, pledge) else 0.0
        return (*hull.fit(figure, slack), currency)

    def hull(self, pledge: str, currency: str = "") -> Hull | None:
        """Return the hull of a pledge in a currency, by default its own; nothing if it has no figure or no rate."""
        currency = currency or self.hulls.own_currency(pledge)
        return self.hulls.hulls(currency).get(pledge) if currency else None

    def is_other_currency(self, figure: Figure, pledge: str) -> bool:
        """Whether the bare number is the one that the pledge's claims print in their own currency."""
        hull = self.hull(pledge)
        return hull is not None and hull.fit(figure)[0] is Fit.printed

    def is_thousandfold(self, figure: Figure, hull: Hull) -> bool:
        """Whether the amount would be printed if million stood for billion, or the other way round."""
        return any(hull.fit(figure.times(factor))[0] is Fit.printed for factor in (THOUSAND, 1 / THOUSAND))

    def printing(self, mention: Mention, *, standing: bool) -> list[str]:
        """Return the pledges of which a claim prints exactly this amount in this currency, in table order."""
        if not mention.quantified or not mention.currency:
            return []
        low, high = (Figure(end, end, half, half) for end, half in mention.figure.ends)
        return [
            pledge
            for pledge, claims in self.hulls.claims(mention.currency).items()
            if any(
                claim.stands is standing
                and claim.currency == mention.currency
                and low.means([claim.low])
                and high.means([claim.high])
                for claim in claims
            )
        ]

    def fallen(self, mention: Mention, pledge: str) -> str:
        """Return the standing of the claim about a pledge that prints this amount and does not stand, else nothing."""
        if pledge not in self.printing(mention, standing=False):
            return ""
        claim = self.hulls.nearest(pledge, mention.figure, mention.currency, standing=False)
        return "" if claim is None or claim.stands else claim.standing

    def is_meant(self, mention: Mention, hit: Hit, pledge: str) -> bool:
        """Whether a name surely means this pledge: its own name, or its pledger's with something beside it."""
        grade = hit.grade(pledge)
        if grade is Grade.weak or self.is_abroad(mention, pledge):
            return False
        row = self._pledges.loc[pledge]
        there = row["recipient_country"] in mention.countries and row["recipient_country"] != row["pledger_country"]
        beside = any(pledge == other and one.text != hit.text for one, other, _ in mention.named())
        return grade is Grade.own or there or beside

    def is_abroad(self, mention: Mention, pledge: str) -> bool:
        """Whether a pledger with business in many countries is spoken of together with others than the recipient."""
        row = self._pledges.loc[pledge]
        others = mention.countries - {row["pledger_country"]}
        return row["pledger_kind"] in _BRANCHED_OUT and bool(others) and row["recipient_country"] not in others

    def parts(self, pledge: str) -> list[str]:
        """Return all pledges inside an envelope."""
        return [part for part in self._forest.within(pledge) if part != pledge]

    def in_line(self, one: str, other: str) -> bool:
        """Whether one of two pledges holds the other."""
        return one in self._forest.ancestors(other) or other in self._forest.ancestors(one)

    def of_one_family(self, pledges: list[str]) -> bool:
        """Whether all pledges lie in the same outermost envelope."""
        return len({[pledge, *self._forest.ancestors(pledge)][-1] for pledge in pledges}) == 1


# --- the reason in words


class Reasons:
    """Writes the reason of each match."""

    def __init__(self, judge: Judge, to: str) -> None:
        self.judge, self.hulls, self.to = judge, judge.hulls, to
        self.labels = judge.hulls.ledger.names()
        claims = printed_figures(judge.hulls.ledger.claims)
        self._figures = claims[claims["standing"].isin(RULED)]
        self._standing = cache(self._standing_figures)

    def reason(self, mention: Mention, match: Match, claim: Row | None, off: float, off_pct: float) -> str:
        """Write the reason of one match.

        Parameters
        ----------
        mention : Mention
        match : Match
        claim : Claim or None
            The claim nearest to the amount.
        off, off_pct : float
            How far off it is, in the common currency and in %.
        """
        text = _TEXTS[match.because].format(
            label=self.labels.get(match.pledge_id, ""),
            standing=self._standing(match.pledge_id),
            also=", ".join(self.labels[list(match.also)]),
            off=self._off(off, off_pct),
            fallen=_fallen(claim),
            size=self._size(mention, match),
            currency=mention.currency,
        )
        return "; ".join(filter(None, [text, *self._notes(mention, match, claim)]))

    def _notes(self, mention: Mention, match: Match, claim: Row | None) -> list[str]:
        notes = []
        if match.because == "bare" and match.pledge_id:
            notes.append(f"{self.labels[match.pledge_id]}: standing claims say {self._standing(match.pledge_id)}")
        if match.verdict is Verdict.contradicts:
            if self.judge.fallen(mention, match.pledge_id):
                notes.append(f"the ledger has it, but not standing ({_fallen(claim)})")
            if match.also:
                notes.append(f"it is the figure of {', '.join(self.labels[list(match.also)])}")
        if claim is not None and mention.quantified and match.currency not in ("", claim.currency):
            notes.append(self._conversion(mention, match, claim))
        if mention.row.inferred or match.currency not in ("", mention.currency):
            notes.append("its currency stands elsewhere in the text" if mention.currency else "it has no currency")
        if match.hit and match.hit.spelling:
            notes.append(f"“{match.hit.text}” is misspelt for {match.hit.spelling}")
        return notes

    def _conversion(self, mention: Mention, match: Match, claim: Row) -> str:
        if self.judge.is_other_currency(mention.figure, match.pledge_id):
            return f"the same number in another currency, {match.currency} instead of {claim.currency}"
        if not claim.rate * claim.low > 0:
            return ""
        factor = claim.own_low / claim.low
        figure = mention.figure
        there = Amount(figure.low * factor, figure.high * factor, claim.currency)
        here = Amount(figure.low, figure.high, match.currency)
        day = long_day(claim.rate_date) if pd.notna(claim.rate_date) else "its period"
        return f"{format_amount(here)} is {format_amount(there)} at the ECB’s rate of {day}"

    def _standing_figures(self, pledge_id: str) -> str:
        """Write what the standing claims span, each currency for itself, the one most use first."""
        claims = self._figures[self._figures["pledge_id"] == pledge_id]
        texts = [_span(rows, currency) for currency, rows in claims.groupby("currency")]
        return " or ".join(text for _, text in sorted(texts, reverse=True)) or "nothing"

    def _off(self, off: float, off_pct: float) -> str:
        if np.isnan(off):
            return "something else"
        side, share = "more" if off > 0 else "less", abs(off_pct)
        share_text = f"{share:,.0f}" if share >= 100 else f"{share:.3g}"
        return f"{format_amount(Amount(abs(off), abs(off), self.to))} ({share_text} %) {side}"

    def _size(self, mention: Mention, match: Match) -> str:
        if match.because != "far":
            return ""
        low = self.hulls.hulls(match.currency)[match.also[0]].low
        is_small = mention.figure.high < low
        size = "less than half of the pledge, so perhaps a part" if is_small else "more than three times the pledge"
        return f"{self._standing(match.also[0])}, and this is {size}" if len(match.also) == 1 else "of another size"


def _span(rows: pd.DataFrame, currency: str) -> tuple[int, str]:
    open_ends = {end: bool(rows[end].all()) for end in ("open_low", "open_high")}
    amount = Amount(rows["low"].min(), rows["high"].max(), currency, **open_ends, scale=rows["scale"].max())
    return len(rows), format_amount(amount, digits=2)


def _fallen(claim: Row | None) -> str:
    return "" if claim is None else f"{claim.source_id}: {claim.standing}, {claim.standing_reason}"
