"""The findings of the front page and the page of methods, every number in them computed from the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from summit_analysis import __version__
from summit_analysis.base.kept import kept
from summit_analysis.base.text import Language, format_figure, long_day, words
from summit_analysis.currency.rates import EURO
from summit_analysis.ledger import schema
from summit_analysis.ledger.sources import SEED, without_primary
from summit_analysis.ledger.tables import Ledger
from summit_analysis.money import Amount, format_amount
from summit_analysis.pledges.claims import value_claims
from summit_analysis.pledges.status import (
    HEADLINE,
    STEPS,
    STRENGTHS,
    SUMMIT_WEEK,
    dated_updates,
    last_day,
    status,
)
from summit_analysis.pledges.totals import Total, ladder, total
from summit_analysis.signatures import (
    UNRESOLVED,
    changed_sides,
    last_reading,
    names_listed,
    short_names,
    signatories,
    size,
    weakly_refused,
)

DECLARATION = "paris-2025"
SECTIONS = ("rows", "amounts", "days", "rates", "rules", "totals", "ladder", "signatures", "limits", "reuse")
"""Sections of the page of methods, in order."""


@dataclass(frozen=True)
class Headline:
    """One finding.

    Attributes
    ----------
    key : str
        Stable id: ``once``, ``inside``, ``ladder``, ``signed``, ``outcome``.
    topic, sentence, text : str
        Two or three words, the finding, and what it needs to be read rightly.
    figure : str
        Name of the function that draws it.
    notebook : str
        Name of the notebook that explains it.
    """

    key: str
    topic: str
    sentence: str
    text: str
    figure: str
    notebook: str


@kept
def headlines(ledger: Ledger, *, lang: Language = "en") -> list[Headline]:
    """Return the five findings of the report.

    Parameters
    ----------
    ledger : Ledger
    lang : {"en", "fr"}

    >>> [found.key for found in headlines(ledger)]
    ['once', 'inside', 'ladder', 'signed', 'outcome']
    """
    say = words("headlines", lang)
    drawn = {
        "once": (_once, "naive_sum", "02-each-euro-once"),
        "inside": (_inside, "envelope", "01-inside-the-109-billion"),
        "ladder": (_ladder, "ladder", "02-each-euro-once"),
        "signed": (_signed, "positions", "06-who-signed"),
        "outcome": (_outcome, "status", "07-what-became-of-it"),
    }
    found = []
    for key, (reckon, figure, notebook) in drawn.items():
        filled, parts = reckon(ledger, lang)
        text = " ".join(say[f"{key}-{part}"].format(**filled) for part in parts)
        sentence = say[f"{key}-sentence"].format(**filled)
        found.append(Headline(key, say[f"{key}-topic"].format(**filled), sentence, text, figure, notebook))
    return found


def _once(ledger: Ledger, lang: Language) -> tuple[dict[str, object], list[str]]:
    found = _article(ledger)
    filled = {
        "n": int((ledger.claims["source_id"] == SEED).sum()),
        "naive": _amount(found.naive.low, found.naive.high, lang),
        "once": _amount(found.low, found.high, lang),
        "in_full": found.sentence(lang),
    }
    return filled, ["text"]


def _inside(ledger: Ledger, lang: Language) -> tuple[dict[str, object], list[str]]:
    found, by_latest = total(ledger, where=HEADLINE), total(ledger, rule="latest", where=HEADLINE)
    names = ledger.names(lang)
    held = found.unallocated.set_index("pledge_id").loc[HEADLINE]
    direct = ledger.pledges.loc[ledger.pledges["parent_id"] == HEADLINE, "pledge_id"]
    bare = found.unquantified.loc[found.unquantified["parent_id"] == HEADLINE, "pledge_id"]
    latest = by_latest.unallocated.set_index("pledge_id").loc[HEADLINE]
    squeezed = by_latest.findings.loc[by_latest.findings["finding"] == "no-room", "pledge_id"]
    squeezed = squeezed[squeezed.isin(direct)]
    say = words("headlines", lang)
    most = _amount(held["unallocated_high"], held["unallocated_high"], lang)
    filled = {
        "whole": _amount(found.low, found.high, lang),
        "n": len(direct) - len(bare),
        "parts": _amount(held["parts_low"], held["parts_high"], lang),
        "left": say["up-to"].format(amount=most)
        if held["unallocated_low"] == 0
        else _amount(held["unallocated_low"], held["unallocated_high"], lang),
        "bare": _listed(names[bare], lang),
        "latest": _amount(latest["unallocated_high"], latest["unallocated_high"], lang),
        "squeezed": _listed(names[squeezed], lang),
    }
    return filled, ["text", *(["no-figure"] if len(bare) else []), *(["no-room"] if len(squeezed) else [])]


def _ladder(ledger: Ledger, lang: Language) -> tuple[dict[str, object], list[str]]:
    rungs = ladder(ledger).set_index("rung")
    filled = {name.replace("-", "_"): _amount(row["low"], row["high"], lang) for name, row in rungs.iterrows()}
    for end in ("low", "high"):
        filled[f"new_{end}"] = _amount(rungs.loc["new-money", end], rungs.loc["new-money", end], lang)
    bare = rungs.loc["once", "unquantified"].split(";")
    return {**filled, "bare": _listed(ledger.names(lang)[bare], lang)}, ["text"]


def _signed(ledger: Ledger, lang: Language) -> tuple[dict[str, object], list[str]]:
    rows = signatories(ledger, DECLARATION, lang=lang).set_index("iso3")
    names = rows[f"name_{lang}"]
    sides = changed_sides(ledger, lang=lang).set_index("iso3")
    weak = weakly_refused(ledger, DECLARATION)
    weak = [code for code in weak if rows.loc[code, "position"] == "declined"]
    others = short_names(ledger).index.drop(DECLARATION)
    back = sides.index[sides[DECLARATION].eq("declined") & sides[others].eq("listed").all(axis=1)]
    filled = {
        "size": size(names_listed(ledger, DECLARATION), lang),
        "first_size": size(names_listed(ledger, DECLARATION, SUMMIT_WEEK[1].date()), lang),
        "name": short_names(ledger, lang)[DECLARATION],
        "day": long_day(last_reading(ledger, DECLARATION), lang=lang),
        "first_day": long_day(SUMMIT_WEEK[1].date(), lang=lang),
        "declined": _listed(names[rows["position"].eq("declined") & ~rows.index.isin(weak)], lang),
        "came": int(rows["position"].eq("attended-not-signed").sum()),
        "weak": _listed(names[weak], lang),
        "back": _listed(names[back], lang),
        "others": len(others),
    }
    return filled, ["text", *(["weak"] if weak else []), *(["back"] if len(back) else [])]


def _outcome(ledger: Ledger, lang: Language) -> tuple[dict[str, object], list[str]]:
    money = ledger.pledges[ledger.pledges["group"].eq("summit") & ledger.pledges["money_kind"].ne("none")]
    rows = status(ledger).set_index("pledge_id").loc[money["pledge_id"]]
    gone, names = rows.index[rows["withdrawn"] == "yes"], ledger.names(lang)
    filled = {
        "day": long_day(last_day(ledger), lang=lang),
        "n": len(rows),
        "further": int((rows["furthest"] != STEPS[0]).sum()),
        "none": int((rows["furthest_possible"] == STEPS[0]).sum()),
        "silent": int((rows["updates"] == 0).sum()),
        "gone": _listed(names[gone], lang),
    }
    return filled, ["text", *(["withdrawn"] if len(gone) else [])]


def findings(ledger: Ledger, *, lang: Language = "en") -> pd.DataFrame:
    """Return what the ledger holds in one line each.

    Returns
    -------
    pandas.DataFrame
        ``finding``, ``value``, ``named`` (which rows make it so).
    """
    say, names = words("findings", lang), ledger.names(lang)
    valued = value_claims(ledger)
    seed = valued[valued["source_id"] == SEED]
    naive = _amount(seed["low_EUR"].sum(), seed["high_EUR"].sum(), lang)
    floors = ", ".join(seed.loc[seed["open_high"], "pledge_id"].map(names))
    bare = ", ".join(seed.loc[seed["high_EUR"].isna(), "pledge_id"].map(names))
    lacking = without_primary(ledger)
    rows = [
        (say["naive"].format(n=len(seed)), naive, say["naive_open"].format(floors=floors, bare=bare)),
        (say["claims"], str(len(ledger.claims)), say["pledges"].format(n=ledger.claims["pledge_id"].nunique())),
        (say["primary"], str(len(lacking)), say["of"].format(n=len(ledger.pledges))),
    ]
    return pd.DataFrame(rows, columns=["finding", "value", "named"])


@kept
def count_rows(ledger: Ledger) -> dict[str, int]:
    """Count what the page of methods speaks of, by the names that its texts use.

    >>> count_rows(ledger)["claims"] == len(ledger.claims)
    True
    """
    claims, pledges, lacking, valued = ledger.claims, ledger.pledges, without_primary(ledger), value_claims(ledger)
    days, read = valued["valued_by"].value_counts(), ledger.signatures["date_basis"].value_counts()
    strengths = dated_updates(ledger)["strength"].value_counts().reindex(STRENGTHS, fill_value=0)
    by_word = {
        "stands derived slip other-scope superseded tally": claims["standing"].value_counts(),
        "at-least up-to several": claims["qualifier"].value_counts(),
        "own-day source-day announcement-day earliest-day": days,
        "stated inferred": pledges["parent_basis"].value_counts(),
        "overlaps restates succeeds": ledger.overlaps["relation"].value_counts(),
    }
    counts = {
        "claims": len(claims),
        "pledges": len(pledges),
        "sources": len(ledger.sources),
        "mirrors": ledger.sources["read_as"].eq("mirror").sum(),
        "primary": ledger.sources["kind"].eq("primary").sum(),
        "corrections": len(ledger.corrections),
        **{word.replace("-", "_"): found.get(word, 0) for few, found in by_word.items() for word in few.split()},
        "periods": days.get("month", 0) + days.get("year", 0),
        "carried": valued["rate_status"].eq("carried").sum(),
        "inside": pledges["parent_id"].notna().sum(),
        "that_day": read.get("list-of-that-day", 0),
        "reading": read.get("reading-date", 0),
        "unresolved": sum(
            signatories(ledger, name)["position"].eq(UNRESOLVED).sum() for name in ledger.declarations["declaration_id"]
        ),
        "lacking": len(lacking),
        "bare": lacking["claims"].eq(0).sum(),
        "updates": strengths.sum(),
        **{f"{name}_updates": count for name, count in strengths.items()},
        "days": len(ledger.rates.days),
        "currencies": len(ledger.rates.currencies) - 1,
    }
    return {name: int(count) for name, count in counts.items()}


def sections(ledger: Ledger, *, lang: Language = "en") -> list[dict[str, Any]]:
    """Return the sections of the page in order.

    Parameters
    ----------
    ledger : Ledger
    lang : {"en", "fr"}

    Returns
    -------
    list of dict
        ``id``, ``title``, ``paragraphs``, and of the lists below them ``points`` and ``links``.

    >>> [section["id"] for section in sections(ledger)][-2:]
    ['limits', 'reuse']
    """
    found, whole, counts = _article(ledger), total(ledger, where=HEADLINE), count_rows(ledger)
    tied = found.ties.loc[found.ties["within"] == "", "low"].sum()
    filled = {
        "naive": _amount(found.naive.low, found.naive.high, lang),
        "once": _amount(found.low, found.high, lang),
        "left_out": _amount(found.left_out["low"].sum(), found.left_out["high"].sum(), lang),
        "tied": _amount(tied, tied, lang),
        "whole": _amount(whole.low, whole.high, lang),
        **{name: format_figure(count, lang=lang) for name, count in counts.items()},
        "share": share(counts["primary"], counts["sources"], lang),
        "first_day": long_day(ledger.rates.days[0], lang=lang),
        "last_day": long_day(ledger.rates.days[-1], lang=lang),
        "version": __version__,
    }
    written = []
    for name in SECTIONS:
        say = words(f"methods-{name}", lang)
        texts = {key: text.format(**filled) for key, text in say.items() if key[1:].isdigit()}
        paragraphs, points = ([text for key, text in texts.items() if key[0] == kind] for kind in "pi")
        links = schema.package()["sources"] if name == "reuse" else []
        written.append({"id": name, "title": say["title"], "paragraphs": paragraphs, "points": points, "links": links})
    return written


def _article(ledger: Ledger) -> Total:
    """What the article alone says, as of the end of the summit."""
    return total(ledger, rule="article", as_of=SUMMIT_WEEK[1].date())


def share(part: int, whole: int, lang: Language) -> str:
    """Write a share in whole per cent.

    >>> share(1, 8, "en")
    '12%'
    """
    from babel.numbers import format_percent

    return format_percent(part / whole, locale=lang)


def _amount(low: float, high: float, lang: Language) -> str:
    return format_amount(Amount(low, high, EURO), lang=lang)


def _listed(names: pd.Series, lang: Language) -> str:
    from babel.lists import format_list

    return format_list(list(names), locale=lang)
