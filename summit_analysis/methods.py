"""The page of methods and limits: its sections, and every number in them computed from the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from summit_analysis import __version__, schema
from summit_analysis.amounts import Amount, Language, format_amount, format_figure
from summit_analysis.claims import value_claims
from summit_analysis.display import long_day
from summit_analysis.headlines import Sums
from summit_analysis.outcomes import STRENGTHS, dated_updates
from summit_analysis.rates import EURO
from summit_analysis.signing import UNRESOLVED, signatories
from summit_analysis.sources import without_primary
from summit_analysis.tables import Ledger
from summit_analysis.words import words

SECTIONS = ("rows", "amounts", "days", "rates", "rules", "totals", "ladder", "signatures", "limits", "reuse")


@dataclass(frozen=True)
class Section:
    """A section of the page: its id, title, paragraphs, and the items and links of lists below them."""

    id: str
    title: str
    paragraphs: list[str]
    points: list[str]
    links: list[dict[str, str]]


def sections(ledger: Ledger, sums: Sums, counts: Mapping[str, int], *, lang: Language = "en") -> list[Section]:
    """Return the sections of the page in order.

    Parameters
    ----------
    ledger : Ledger
    sums : Sums
    counts : mapping of str to int
        Both of this ledger, as `add_up` and `count_rows` give them.
    lang : {"en", "fr"}

    >>> from summit_analysis.headlines import add_up
    >>> [section.id for section in sections(ledger, add_up(ledger), count_rows(ledger))][-2:]
    ['limits', 'reuse']
    """
    filled = {
        **{name: format_figure(count, lang=lang) for name, count in counts.items()},
        **_money(sums, lang),
        "share": share(counts["primary"], counts["sources"], lang),
        "first_day": long_day(ledger.rates.days[0], lang=lang),
        "last_day": long_day(ledger.rates.days[-1], lang=lang),
        "version": __version__,
    }
    found = []
    for name in SECTIONS:
        say = words(f"methods-{name}", lang)
        numbered = [(key[0], text.format(**filled)) for key, text in say.items() if key[1:].isdigit()]
        paragraphs, items = ([text for kind, text in numbered if kind == wanted] for wanted in "pi")
        links = schema.package()["sources"] if name == "reuse" else []
        found.append(Section(name, say["title"], paragraphs, items, links))
    return found


def count_rows(ledger: Ledger) -> dict[str, int]:
    """Count what the page of methods speaks of, by the names that its texts use.

    >>> count_rows(ledger)["claims"] == len(ledger.claims)
    True
    """
    lacking = without_primary(ledger)
    strengths = dated_updates(ledger)["strength"].value_counts().reindex(STRENGTHS, fill_value=0)
    counts = {
        "claims": len(ledger.claims),
        "pledges": len(ledger.pledges),
        "sources": len(ledger.sources),
        "mirrors": ledger.sources["read_as"].eq("mirror").sum(),
        "primary": ledger.sources["kind"].eq("primary").sum(),
        "corrections": len(ledger.corrections),
        **_claims(ledger),
        **_pledges(ledger),
        **_signatures(ledger),
        "lacking": len(lacking),
        "bare": lacking["claims"].eq(0).sum(),
        "updates": strengths.sum(),
        **{f"{name}_updates": count for name, count in strengths.items()},
        "days": len(ledger.rates.days),
        "currencies": len(ledger.rates.currencies) - 1,
    }
    return {name: int(count) for name, count in counts.items()}


def _claims(ledger: Ledger) -> dict[str, int]:
    standing, qualifier = ledger.claims["standing"].value_counts(), ledger.claims["qualifier"].value_counts()
    valued = value_claims(ledger)
    by = valued["valued_by"].value_counts()
    names = ("stands", "derived", "slip", "other-scope", "superseded", "tally")
    days = ("own-day", "source-day", "announcement-day", "earliest-day")
    return {
        **{name.replace("-", "_"): standing.get(name, 0) for name in names},
        **{name.replace("-", "_"): by.get(name, 0) for name in days},
        **{name.replace("-", "_"): qualifier.get(name, 0) for name in ("at-least", "up-to", "several")},
        "periods": by.get("month", 0) + by.get("year", 0),
        "carried": valued["rate_status"].eq("carried").sum(),
    }


def _pledges(ledger: Ledger) -> dict[str, int]:
    basis, relation = ledger.pledges["parent_basis"].value_counts(), ledger.overlaps["relation"].value_counts()
    return {
        "inside": ledger.pledges["parent_id"].notna().sum(),
        **{name: basis.get(name, 0) for name in ("stated", "inferred")},
        **{name: relation.get(name, 0) for name in ("overlaps", "restates", "succeeds")},
    }


def _signatures(ledger: Ledger) -> dict[str, int]:
    basis = ledger.signatures["date_basis"].value_counts()
    names = ledger.declarations["declaration_id"]
    unresolved = sum(signatories(ledger, name)["position"].eq(UNRESOLVED).sum() for name in names)
    read = {"that_day": basis.get("list-of-that-day", 0), "reading": basis.get("reading-date", 0)}
    return {**read, "unresolved": unresolved}


def _money(sums: Sums, lang: Language) -> dict[str, str]:
    found, whole = sums.article, sums.envelope
    ends = {
        "naive": (found.naive.low, found.naive.high),
        "once": (found.low, found.high),
        "left_out": (found.left_out["low"].sum(), found.left_out["high"].sum()),
        "tied": (found.ties.loc[found.ties["within"] == "", "low"].sum(),) * 2,
        "whole": (whole.low, whole.high),
    }
    return {name: format_amount(Amount(low, high, EURO), lang=lang) for name, (low, high) in ends.items()}


def share(part: int, whole: int, lang: Language) -> str:
    """Write a share in whole per cent.

    >>> share(1, 8, "en")
    '12%'
    """
    from babel.numbers import format_percent

    return format_percent(part / whole, locale=lang)
