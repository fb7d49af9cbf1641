"""The names under which texts speak of pledges, each with how surely it means one: aliases, labels, pledgers."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import IntEnum
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import pandas as pd

from summit_analysis.rows import Row

if TYPE_CHECKING:
    from summit_analysis.tables import Ledger

WORD = re.compile(r"\w+")
_AMOUNT = re.compile(r"\d.*(?:illi|bn|md)")
_SUFFIX = re.compile(r" *\(.*")
_ALSO_CALLED = {
    "USA": ("US", "U.S.", "United States of America"),
    "GBR": ("UK", "Britain", "Great Britain"),
    "ARE": ("UAE",),
}
_PLAIN = str.maketrans("’ʼ‘`\u00a0\u202f\u2009\n\t‐‑-", "''''        ")


class Grade(IntEnum):
    """How surely a name means a pledge."""

    weak = 1
    """Too general to decide alone: a weak alias, a descriptive one, an amount used as a name."""
    wider = 2
    """The pledger or the place, which do other things too."""
    own = 3
    """The pledge's own name."""


@dataclass(frozen=True)
class Name:
    """One name of one pledge."""

    alias: str
    pledge_id: str
    grade: Grade
    language: str
    is_amount: bool
    misspelt: bool = False


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


def country_names(ledger: Ledger) -> list[tuple[str, str]]:
    """Return the names of countries in both languages, each with its ISO 3166 alpha-3 code (EUE for the EU)."""
    states = ledger.entities[ledger.entities["iso3"].notna() & ledger.entities["entity_kind"].eq("state")]
    pairs = [(row.iso3, name) for row in states.itertuples() for name in (row.entity, row.name_fr)]
    pairs += [(iso3, name) for iso3, also in _ALSO_CALLED.items() for name in also]
    return [(name, iso3) for iso3, name in pairs if not pd.isna(name)]


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Return a text without capitals, accents and special blanks, each character in its place."""
    return "".join(map(_plain_letter, text.translate(_PLAIN)))


@cache
def _plain_letter(letter: str) -> str:
    return unicodedata.normalize("NFD", letter)[0].lower()[0]


def _graded(row: Row, label: str, founded_for_it: bool, countries: set[str]) -> Name | None:
    alias = unicodedata.normalize("NFC", row.alias)
    flat = plain(alias)
    is_amount = bool(_AMOUNT.search(flat))
    if is_amount and row.kind == "weak":
        return None
    is_own = {
        "misspelling": True,
        "project": _is_proper(alias),
        "name": founded_for_it or any(_within(base, flat) for base in re.split(r" *\(.*?\)| \| ", label) if base),
    }.get(row.kind, False)
    if row.kind == "weak" or is_amount:
        grade = Grade.weak
    elif flat not in countries and (is_own or _within(flat, label)):
        grade = Grade.own
    else:
        grade = Grade.weak if row.kind == "project" else Grade.wider
    return Name(alias, row.pledge_id, grade, row.language, is_amount, row.kind == "misspelling")


def _within(part: str, whole: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(part)}(?!\w)", whole))


def _is_proper(alias: str) -> bool:
    """Whether an alias is a proper name: "Campus IA", but not "AI campus"."""
    return all(not word[0].islower() for word in WORD.findall(alias) if len(word) > 3)
