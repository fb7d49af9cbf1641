"""A total in one sentence, in English and French, that names who makes it open."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import pandas as pd

from summit_analysis.amounts import Amount, Language, format_amount
from summit_analysis.rows import Row
from summit_analysis.selection import MONEY_KINDS
from summit_analysis.words import words

_SMALL = 0.01
"""Rows under this share of the total are named with their share."""
_SHARE = {"en": "#,##0.0##%", "fr": "#,##0.0##\u202f%"}
_UNITS = {"EUR": "euro", "USD": "dollar"}


class _Summed(Protocol):
    """What is said of a `Total`, whose module imports this one."""

    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...
    @property
    def naive(self) -> Amount: ...
    @property
    def counted(self) -> pd.DataFrame: ...
    @property
    def left_out(self) -> pd.DataFrame: ...
    @property
    def unquantified(self) -> pd.DataFrame: ...
    @property
    def kinds(self) -> pd.DataFrame: ...
    @property
    def money_kinds(self) -> tuple[str, ...] | None: ...
    @property
    def names(self) -> pd.DataFrame: ...
    @property
    def to(self) -> str: ...
    @property
    def as_of(self) -> str | None: ...
    def day_in_words(self, lang: Language = "en") -> str: ...


def total_sentence(found: _Summed, lang: Language = "en") -> str:
    """Say a total: amount, kinds of money, open ends by name, rows without figure, and the careless sum.

    Parameters
    ----------
    found : Total
        Of the module `totals`, which calls this.
    lang : {"en", "fr"}

    Returns
    -------
    str
    """
    say = words("total", lang)
    amount = total_amount(found, lang)
    day = "" if found.as_of is None else say["as_of"].format(day=found.day_in_words(lang))
    main = day + say["main"].format(amount=amount, unit=unit(found.to, lang)) + _kinds(found, lang, say)
    clauses = [main, *_open(found, lang, say), *_beside(found, lang, say)]
    careless = say["careless"].format(amount=_amount(found.naive.low, found.naive.high, found, lang))
    text = f"{say['and'].join(clauses)}. {careless}{_careless_open(found, lang, say)}."
    return text[:1].upper() + text[1:]


def total_amount(found: _Summed, lang: Language = "en") -> str:
    """Say how much a total is: "at most" where companies recur across France and the EU."""
    amount = _amount(found.low, found.high, found, lang)
    across = {"FRA", "EUE"} <= set(found.counted["recipient_country"])
    return words("total", lang)["at_most"].format(amount=amount) if across else amount


def unit(to: str, lang: Language = "en") -> str:
    """Name what is counted once: a euro, a dollar, of other currencies a sum.

    >>> unit("EUR"), unit("SEK", "fr")
    ('euro', 'montant')
    """
    return _UNITS.get(to) or words("total", lang)["sum"]


def _amount(low: float, high: float, found: _Summed, lang: Language) -> str:
    return format_amount(Amount(low, high, found.to), lang=lang)


def _kinds(found: _Summed, lang: Language, say: dict[str, str]) -> str:
    parts = [
        say[row.money_kind].format(amount=_amount(row.low, row.high, found, lang))
        for row in found.kinds.sort_values("high", ascending=False).itertuples()
    ]
    return say["kinds"].format(kinds=", ".join(parts)) if parts else ""


def _open(found: _Summed, lang: Language, say: dict[str, str]) -> list[str]:
    clauses = []
    for flag, key in (("open_high", "floor"), ("open_low", "ceiling")):
        rows = found.counted[found.counted[flag]]
        if len(rows):
            clauses.append(
                say[key].format(names=_listed([_with_share(row, found, lang, say) for row in rows.itertuples()], lang))
            )
    return clauses


def _with_share(row: Row, found: _Summed, lang: Language, say: dict[str, str]) -> str:
    from babel.numbers import format_percent

    name: str = _names(found, lang)[row.pledge_id]
    share = row.high / found.high if found.high else 1.0
    if share >= _SMALL:
        return name
    return say["small"].format(name=name, share=format_percent(share, format=_SHARE[lang], locale=lang))


def _beside(found: _Summed, lang: Language, say: dict[str, str]) -> list[str]:
    names, clauses = _names(found, lang), []
    if found.money_kinds is not None and len(found.money_kinds) < len(MONEY_KINDS):
        kinds = [words("bars", lang)[f"only-{kind}"] for kind in found.money_kinds]
        clauses.append(say["only"].format(kinds=_listed(kinds, lang)))
    if len(found.unquantified):
        clauses.append(say["bare"].format(names=_listed(names[found.unquantified["pledge_id"]], lang)))
    gone = found.left_out[found.left_out["reason"].isin(["withdrawn", "succeeded"])]
    if len(gone):
        clauses.append(say["gone"].format(names=_listed(names[gone["pledge_id"]], lang)))
    undated = (found.left_out["reason"] == "undated").sum()
    if undated:
        clauses.append(say["undated"].format(n=undated))
    one_year = found.counted["one_year"]
    if one_year.any() and not one_year.all():
        clauses.append(say["one_year"].format(names=_listed(names[found.counted.loc[one_year, "pledge_id"]], lang)))
    if {"FRA", "EUE"} <= set(found.counted["recipient_country"]):
        clauses.append(say["across"])
    return clauses


def _careless_open(found: _Summed, lang: Language, say: dict[str, str]) -> str:
    """Who makes the careless sum open although the total is not: rows inside an envelope that has a figure."""
    names, rest = _names(found, lang), found.left_out
    floors = rest[rest["open_high"] & rest["low"].notna()]
    if not len(floors) or found.counted["open_high"].any():
        return ""
    clauses = [say["floor"].format(names=_listed(names[floors["pledge_id"]], lang))]
    if len(found.unquantified):
        clauses.append(say["bare"].format(names=_listed(names[found.unquantified["pledge_id"]], lang)))
    return say["kinds"].format(kinds=say["and"].join(clauses))


def _names(found: _Summed, lang: Language) -> pd.Series:
    return found.names.set_index("pledge_id")[f"label_{lang}"]


def _listed(names: Iterable[str], lang: Language) -> str:
    from babel.lists import format_list

    return format_list(list(names), locale=lang)
