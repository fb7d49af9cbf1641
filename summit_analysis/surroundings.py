"""Set each amount found in a text into its sentence: the names that stand there, how near they are, the countries."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from summit_analysis.errors import FrameError
from summit_analysis.hulls import Figure
from summit_analysis.mentions import SHOWN
from summit_analysis.naming import Hit, Names
from summit_analysis.rates import clean_code
from summit_analysis.rounding import half_units
from summit_analysis.rows import Row

_NEEDED = ("start", "span", "low", "high", "open_low", "open_high", "currency", "qualifier", "sentence")
_OPTIONAL = {"language": "", "inferred": False}
_MIDDLE = range(SHOWN // 2 - 5, SHOWN // 2 + 1)
"""Where the amount begins in a sentence that `find_amounts` cut on the left."""


@dataclass(frozen=True, eq=False)
class Mention:
    """One amount in its sentence.

    Attributes
    ----------
    position, start : int
        Its row in the frame, its place in the text.
    span, currency, qualifier : str
        As found; `currency` is empty where none is known.
    figure : Figure
    inferred : bool
        The currency stands elsewhere in the text.
    sentence : str
    place : tuple of int
        Where the amount stands in `sentence`.
    others : tuple of int
        Where the other amounts of the sentence begin.
    hits : tuple of Hit
        The names in the sentence, the nearest first.
    countries : frozenset of str
        ISO 3166 alpha-3 codes of the countries named in it.
    """

    position: int
    start: int
    span: str
    currency: str
    qualifier: str
    figure: Figure
    inferred: bool
    sentence: str
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
        return {hit: hit.distance(*self.place, self.sentence, self.others) for hit in self.hits}

    def is_apart(self, hit: Hit) -> bool:
        """Whether another amount stands between a name and this one."""
        left, right = (hit.end, self.place[0]) if hit.end <= self.place[0] else (self.place[1], hit.start)
        return any(left <= other < right for other in self.others)

    def gap(self, other: Mention) -> int:
        """Count the characters between this amount and another one of the text."""
        first, second = sorted((self, other), key=lambda mention: mention.start)
        return second.start - first.start - len(first.span)


def by_sentence(amounts: pd.DataFrame, names: Names) -> list[list[Mention]]:
    """Return the amounts of each sentence together, sentences and amounts in the order of the frame.

    Raises
    ------
    FrameError
        If a column of `find_amounts` is missing.
    """
    lacking = [column for column in _NEEDED if column not in amounts.columns]
    if lacking:
        raise FrameError(f"no column {lacking[0]!r}: hand in the frame of find_amounts, or one with its columns")
    texts = {column: amounts[column].map(_composed) for column in ("sentence", "span")}
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
    hits = names.find(row.sentence, row.language)
    return Mention(
        position=row.Index,
        start=row.start,
        span=row.span,
        currency=clean_code(row.currency),
        qualifier=row.qualifier,
        figure=Figure(
            row.low,
            row.high,
            *half_units(row.span, row.low, row.high, row.qualifier),
            bool(row.open_low),
            bool(row.open_high),
        ),
        inferred=bool(row.inferred),
        sentence=row.sentence,
        place=ends,
        others=others,
        hits=tuple(sorted(hits, key=lambda hit: hit.distance(*ends, row.sentence, others))),
        countries=frozenset(names.countries(row.sentence)),
    )


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)
