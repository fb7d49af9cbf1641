"""The findings of the front page and the page of methods, every number in them computed from the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from summit_analysis import __version__
from summit_analysis.base.kept import kept
from summit_analysis.base.text import Language, format_figure, long_day, words
from summit_analysis.charts.marks import printed, whole_billions
from summit_analysis.currency.rates import EURO
from summit_analysis.ledger import schema
from summit_analysis.ledger.sources import without_primary
from summit_analysis.ledger.tables import Ledger
from summit_analysis.pledges.claims import value_claims
from summit_analysis.pledges.status import (
    STEPS,
    STRENGTHS,
    dated_updates,
    hearsay,
    last_news,
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

SECTIONS = ("numbers", "rows", "amounts", "days", "rates", "rules", "totals", "ladder", "signatures", "limits", "reuse")
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
    kinds = found.kinds.set_index("money_kind")
    filled = {
        "n": int((ledger.claims["source_id"] == ledger.about.article).sum()),
        "naive": _amount(found.naive.low, found.naive.high, lang),
        "once": _amount(found.low, found.high, lang),
        "again": _amount(found.naive.low - found.low, found.naive.high - found.high, lang),
        "day": found.day_in_words(lang),
        "bare": _listed(ledger.names(lang)[found.unquantified["pledge_id"]], lang),
        **{kind: _amount(row["low"], row["high"], lang) for kind, row in kinds.iterrows()},
    }
    return filled, ["text"]


def _inside(ledger: Ledger, lang: Language) -> tuple[dict[str, object], list[str]]:
    found, by_latest = (
        total(ledger, where=ledger.about.headline),
        total(ledger, rule="latest", where=ledger.about.headline),
    )
    names = ledger.names(lang)
    held = found.unallocated.set_index("pledge_id").loc[ledger.about.headline]
    direct = ledger.pledges.loc[ledger.pledges["parent_id"] == ledger.about.headline, "pledge_id"]
    bare = found.unquantified.loc[found.unquantified["parent_id"] == ledger.about.headline, "pledge_id"]
    latest = by_latest.unallocated.set_index("pledge_id").loc[ledger.about.headline]
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
    new, site, works = (rungs.loc[name] for name in ("new-money", "site", "works"))
    most, documented = (whole_billions(works[column], EURO, lang) for column in ("high", "documented"))
    filled: dict[str, object] = {
        # the finding is that of the figure
        "title": words("ladder", lang)["title"].format(most=most, documented=documented),
        "new_low": whole_billions(new["low"], EURO, lang),
        "new_high": whole_billions(new["high"], EURO, lang),
        "site": _amount(site["low"], site["high"], lang),
        "bare": _listed(ledger.names(lang)[rungs.loc["once", "unquantified"].split(";")], lang),
    }
    return filled, ["text"]


def _signed(ledger: Ledger, lang: Language) -> tuple[dict[str, object], list[str]]:
    declaration, last = ledger.about.needed("declaration"), ledger.about.last_day.date()
    rows = signatories(ledger, declaration, lang=lang).set_index("iso3")
    names = rows[f"name_{lang}"]
    sides = changed_sides(ledger, lang=lang).set_index("iso3")
    every_weak = weakly_refused(ledger, declaration)
    weak = [code for code in every_weak if rows.loc[code, "position"] == "declined"]
    others = short_names(ledger).index.drop(declaration)
    back = sides.index[sides[declaration].eq("declined") & sides[others].eq("listed").all(axis=1)]
    filled = {
        "size": size(names_listed(ledger, declaration), lang),
        "first_size": size(names_listed(ledger, declaration, last), lang),
        "name": short_names(ledger, lang)[declaration],
        "day": long_day(last_reading(ledger, declaration), lang=lang),
        "first_day": long_day(last, lang=lang),
        "declined": _listed(names[rows["position"].eq("declined") & ~rows.index.isin(weak)], lang),
        "came": int((rows["position"].eq("attended-not-signed") & ~rows.index.isin(every_weak)).sum()),
        "weak": _listed(names[weak], lang),
        "back": _listed(names[back], lang),
        "others": len(others),
    }
    return filled, ["text", *(["weak"] if weak else []), *(["back"] if len(back) else [])]


def _outcome(ledger: Ledger, lang: Language) -> tuple[dict[str, object], list[str]]:
    money = ledger.pledges[ledger.pledges["group"].eq("summit") & ledger.pledges["money_kind"].ne("none")]
    rows = status(ledger).set_index("pledge_id").loc[money["pledge_id"]]
    gone, names = rows.index[rows["withdrawn"] == "yes"], ledger.names(lang)
    told, projects = gone.isin(hearsay(ledger)), rows[rows["counts_as"] == "project"]
    further, none = (projects["furthest"] != STEPS[0]).sum(), (projects["furthest_possible"] == STEPS[0]).sum()
    maybe, own = len(projects) - further - none, rows[rows["counts_as"].isin(["project", "fund"])]
    filled = {
        "day": long_day(last_news(ledger), lang=lang),
        "projects": len(projects),
        "funds": len(own) - len(projects),
        "n": len(own),
        "further": further,
        "none": none,
        "maybe": words("status", lang)["maybe"].format(n=maybe) if maybe else "",
        "silent": (own["updates"] == 0).sum(),
        "gone": _listed(names[gone[~told]], lang),
        "told": _listed(names[gone[told]], lang),
    }
    return filled, ["text", *(["withdrawn"] if filled["gone"] else []), *(["reportedly"] if filled["told"] else [])]


def findings(ledger: Ledger, *, lang: Language = "en") -> pd.DataFrame:
    """Return what the ledger holds in one line each.

    Returns
    -------
    pandas.DataFrame
        ``finding``, ``value``, ``named`` (which rows make it so).
    """
    say, names = words("findings", lang), ledger.names(lang)
    valued = value_claims(ledger)
    seed = valued[valued["source_id"] == ledger.about.article]
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
        "digests": ledger.sources["read_as"].eq("digest").sum(),
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
        ``id``, ``title``, ``paragraphs``, and of what stands below them ``points``, ``links``, and ``table`` (heads,
        then rows, the last cell of each a line of Python).

    >>> [section["id"] for section in sections(ledger)][-2:]
    ['limits', 'reuse']
    """
    found, whole, counts = _article(ledger), total(ledger, where=ledger.about.headline), count_rows(ledger)
    tied = found.ties.loc[found.ties["within"] == "", "low"].sum()
    filled = {
        # to one decimal, so that the reader can add them up
        "naive": printed(found.naive.low, found.naive.high, EURO, lang),
        "once": printed(found.low, found.high, EURO, lang),
        "left_out": printed(found.left_out["low"].sum(), found.left_out["high"].sum(), EURO, lang),
        "tied": printed(tied, tied, EURO, lang),
        "whole": _amount(whole.low, whole.high, lang),
        **{name: format_figure(count, lang=lang) for name, count in counts.items()},
        "share": share(counts["primary"], counts["sources"], lang),
        "first_day": long_day(ledger.rates.days[0], lang=lang),
        "last_rates": long_day(ledger.rates.days[-1], lang=lang),
        "version": __version__,
    }
    written = []
    for name in SECTIONS:
        say = words(f"methods-{name}", lang)
        texts = {key: text.format(**filled) for key, text in say.items() if key[1:].isdigit()}
        paragraphs, points = ([text for key, text in texts.items() if key[0] == kind] for kind in "pi")
        links = schema.package()["sources"] if name == "reuse" else []
        # the heads of the table are the names of its columns
        table = numbers_to_use(ledger, lang=lang).rename(columns=say) if name == "numbers" else None
        below = {"points": points, "links": links, "table": table}
        written.append({"id": name, "title": say["title"], "paragraphs": paragraphs, **below})
    return written


def numbers_to_use(ledger: Ledger, *, lang: Language = "en") -> pd.DataFrame:
    """Say which grand total serves what, and which line of Python gives it; no other stands in a title or headline.

    >>> for row in numbers_to_use(ledger).head(2).itertuples():
    ...     print(row.number, row.code, sep=": ")
    €633bn: total(ledger, rule="article", as_of="2025-02-11").naive
    at most €321bn: total(ledger, rule="article", as_of="2025-02-11")
    """
    say, most, rows = words("methods-numbers", lang), words("total", lang)["at_most"], []
    article, summit = _article(ledger), total(ledger, as_of=ledger.about.last_day.date())
    now, n = total(ledger, as_of=last_news(ledger).date()), (ledger.claims["source_id"] == ledger.about.article).sum()
    for key, found, part in (
        ("added", article, ".naive"),
        ("once", article, ""),
        ("summit", summit, ""),
        ("news", now, ""),
    ):
        amount = found.naive if part else found.amount
        number, rule = _amount(amount.low, amount.high, lang), f'rule="{found.rule}", ' if found is article else ""
        what = say[f"{key}-what"].format(n=n, day=found.day_in_words(lang))
        code = f'total(ledger, {rule}as_of="{found.as_of}"){part}'
        rows.append((number if part else most.format(amount=number), what, say[f"{key}-when"], code))
    return pd.DataFrame(rows, columns=["number", "what", "when", "code"])


def _article(ledger: Ledger) -> Total:
    """What the article alone says, as of the end of the summit."""
    return total(ledger, rule="article", as_of=ledger.about.last_day.date())


def share(part: int, whole: int, lang: Language) -> str:
    """Write a share in whole per cent.

    >>> share(1, 8, "en")
    '12%'
    """
    from babel.numbers import format_percent

    return format_percent(part / whole, locale=lang)


def _amount(low: float, high: float, lang: Language) -> str:
    return whole_billions(low, EURO, lang, high)


def _listed(names: pd.Series, lang: Language) -> str:
    from babel.lists import format_list

    return format_list(list(names), locale=lang)
