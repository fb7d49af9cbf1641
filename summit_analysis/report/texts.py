"""The findings of the front page and the page of methods, every number in them computed from the ledger."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import pandas as pd

from summit_analysis import __version__
from summit_analysis.base import files
from summit_analysis.base.errors import AbsentError
from summit_analysis.base.kept import kept
from summit_analysis.base.text import Language, format_figure, in_words, is_web, long_day, words
from summit_analysis.charts.canvas import absent, need
from summit_analysis.charts.money import parts_and_rest
from summit_analysis.currency.rates import EURO
from summit_analysis.ledger import schema
from summit_analysis.ledger.sources import without_primary
from summit_analysis.ledger.tables import Ledger
from summit_analysis.money import Amount, format_amount, whole_billions
from summit_analysis.pledges.claims import Rule, settle_claims, value_claims
from summit_analysis.pledges.status import (
    STEPS,
    STRENGTHS,
    dated_updates,
    hearsay,
    last_day,
    last_news,
    status,
)
from summit_analysis.pledges.totals import Total, at_second_hand, ladder, recurring, total, total_amount
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
STANDINGS = ("stands", "derived", "slip", "other_scope", "superseded", "tally")
"""How an editor may have judged a claim."""
_JUDGED = {"rows": STANDINGS, "days": ("own_day", "source_day", "announcement_day", "periods")}
"""What a section counts of claims, where there are any."""


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
    """Return the findings of the report, at most five: one whose rows the ledger does not have is left out.

    Parameters
    ----------
    ledger : Ledger
    lang : {"en", "fr"}

    >>> [found.key for found in headlines(ledger)]
    ['once', 'inside', 'ladder', 'signed', 'outcome']
    """
    say = words("headlines", lang)
    drawn = {
        "once": (_once, "naive_sum" if ledger.about.article else "total_at_the_event", "01-fourteen-sums"),
        "inside": (_inside, "envelope", "02-inside-the-109-billion"),
        "ladder": (_ladder, "ladder", "04-from-announcement-to-building-site"),
        "signed": (_signed, "positions", "05-who-signed"),
        "outcome": (_outcome, "status", "04-from-announcement-to-building-site"),
    }
    found = []
    for key, (reckon, figure, notebook) in drawn.items():
        with suppress(AbsentError):
            filled = reckon(ledger, lang)
            names = [
                name for name in say if name.startswith(f"{key}-") and filled.get(name.removeprefix(f"{key}-"), True)
            ]
            topic, sentence, *texts = (say[name].format(**filled) for name in names)
            found.append(Headline(key, topic, sentence, " ".join(texts), figure, notebook))
    return found


Told: TypeAlias = dict[str, object]
"""What fills the texts of a finding; one that is named after something is written only where that is there."""


def _once(ledger: Ledger, lang: Language) -> Told:
    article, found = ledger.about.article, at_the_event(ledger)
    if found.counted.empty:
        raise absent("total", "uncounted", lang)
    say, only, kinds = words("headlines", lang), words("bars", lang), found.kinds
    shares = [_amount(row.low, row.high, lang) for row in kinds.itertuples()]
    told = zip(kinds["money_kind"], shares, ["kind-first", *["kind"] * len(kinds)], strict=False)
    again = found.naive.low - found.low, found.naive.high - found.high
    taken_off = _amount(*again, lang)
    return {
        "article": bool(article),
        "n": int((ledger.claims["source_id"] == article).sum()),
        "other": not article,
        "naive": _amount(found.naive.low, found.naive.high, lang),
        "once": total_amount(found, lang),
        "all": total_amount(total(ledger, as_of=_end(ledger)), lang) if article else "",
        "twice": taken_off,
        "again": taken_off if any(again) and not article else "",
        "day": found.day_in_words(lang),
        "at": ledger.about.at(lang),
        "kinds": listed([say[key].format(kind=only[f"only-{kind}"], amount=share) for kind, share, key in told], lang),
        "across": across(found, lang),
        "bare": listed(ledger.names(lang)[found.unquantified["pledge_id"]], lang),
    }


def _inside(ledger: Ledger, lang: Language) -> Told:
    package, rules = need(ledger, "envelope", lang, "headline"), ("full-range", "latest")
    found, latest = (total(ledger, rule=rule, where=package) for rule in cast("tuple[Rule, ...]", rules))
    rows = pd.concat([found.unallocated, latest.unallocated]).query("pledge_id == @package")
    if package not in set(found.unallocated["pledge_id"]):
        raise absent("envelope", "no-parts", lang, pledge=ledger.names(lang)[package])
    names, row, left = ledger.names(lang), rows.iloc[0], rows["unallocated_high"].iloc[-1]
    direct = ledger.pledges.loc[ledger.pledges["parent_id"] == package, "pledge_id"]
    bare = found.unquantified.loc[found.unquantified["parent_id"] == package, "pledge_id"]
    narrow = latest.findings.loc[latest.findings["finding"] == "no-room", "pledge_id"]
    squeezed = narrow[narrow.isin(direct)]
    scales = settle_claims(ledger).set_index("pledge_id").loc[squeezed, "scale"]
    vague = [format_amount(Amount(math.nan, math.nan, "", scale=one), lang=lang, prose=True) for one in scales]
    known, rest = len(direct) - len(bare), parts_and_rest(ledger, found, package, lang)
    return {
        "name": names[package],
        "whole": _amount(found.low, found.high, lang),
        **rest,
        "full": not rest["left"],
        "several": in_words(known, lang) if known > 1 else "",
        "one": known <= 1,
        "range": len({_amount(row[end], row[end], lang) for end in ("parts_low", "parts_high")}) > 1,
        "bare": listed(names[bare], lang),
        "latest": _amount(left, left, lang),
        "squeezed": listed(names[squeezed], lang),
        "vague": listed(dict.fromkeys(vague), lang),
    }


def _ladder(ledger: Ledger, lang: Language) -> Told:
    # without news nothing is known of any step
    need(ledger, "ladder", lang, "updates")
    rungs = ladder(ledger).set_index("rung")
    if not rungs["high"].any():
        raise absent("ladder", "uncounted", lang)
    new, site, works = (rungs.loc[name] for name in ("new-money", "site", "works"))
    most, documented = (whole_billions(works[column], EURO, lang) for column in ("high", "documented"))
    bare, told = rungs.loc["once", "unquantified"], at_second_hand(ledger)
    return {
        # the finding is that of the figure
        "title": words("ladder", lang)["title" if works["high"] else "nothing"].format(
            most=most, documented=documented, at=f" {ledger.about.at(lang)}"
        ),
        "works": works["high"],
        "told": ledger.names(lang).get(told["pledge_id"]),
        "hand": _amount(told["low"], told["high"], lang) if told["high"] else "",
        "new_low": whole_billions(new["low"], EURO, lang),
        "new_high": whole_billions(new["high"], EURO, lang),
        "site": _amount(site["low"], site["high"], lang) if site["high"] else "",
        "bare": listed(ledger.names(lang)[bare.split(";")], lang) if bare else "",
    }


def _signed(ledger: Ledger, lang: Language) -> Told:
    declaration = need(ledger, "positions", lang, "signatures", "declaration")
    say, last = words("headlines", lang), ledger.about.last_day.date()
    rows = signatories(ledger, declaration, lang=lang).set_index("iso3")
    names = rows[f"name_{lang}"]
    sides = changed_sides(ledger, lang=lang).set_index("iso3")
    every_weak = weakly_refused(ledger, declaration)
    weak = [code for code in every_weak if rows.loc[code, "position"] == "declined"]
    others = short_names(ledger).index.drop(declaration)
    back = sides.index[sides[declaration].eq("declined") & sides[others].eq("listed").all(axis=1) & bool(len(others))]
    declined = names[rows["position"].eq("declined") & ~rows.index.isin(weak)]
    came = int((rows["position"].eq("attended-not-signed") & ~rows.index.isin(every_weak)).sum())
    now, then = (size(names_listed(ledger, declaration, day), lang) for day in (None, last))
    refused = say["refused-one" if len(declined) == 1 else "refused"]
    adopted = ledger.declarations.set_index("declaration_id")["adopted_on"]
    signed, later = listed(names[back], lang), adopted.max() > adopted[declaration]
    return {
        "size": now,
        "then": then if now != then else "",
        "name": short_names(ledger, lang)[declaration],
        "day": long_day(last_reading(ledger, declaration), lang=lang),
        "first_day": long_day(last, lang=lang),
        "refused": refused.format(declined=listed(declined, lang)) if len(declined) else "",
        "came": in_words(came, lang) if came else "",
        "weak": listed(names[weak], lang),
        "back": "" if later else signed,
        "later": signed if later else "",
        "others": in_words(len(others), lang),
    }


def _outcome(ledger: Ledger, lang: Language) -> Told:
    need(ledger, "status", lang, "updates")
    money = ledger.pledges[ledger.pledges["group"].eq(ledger.about.group) & ledger.pledges["money_kind"].ne("none")]
    rows = status(ledger).set_index("pledge_id").loc[money["pledge_id"]]
    gone, names = rows.index[rows["withdrawn"] == "yes"], ledger.names(lang)
    told, projects = gone.isin(hearsay(ledger)), rows[rows["counts_as"] == "project"]
    if projects.empty:
        raise absent("status", "no-news", lang)
    further, none = (projects["furthest"] != STEPS[0]).sum(), (projects["furthest_possible"] == STEPS[0]).sum()
    maybe, own = len(projects) - further - none, rows[rows["counts_as"].isin(["project", "fund"])]
    return {
        "day": long_day(last_news(ledger), lang=lang),
        "at": ledger.about.at(lang),
        "projects": in_words(len(projects), lang),
        "funds": len(own) - len(projects),
        "n": in_words(len(own), lang),
        "further": in_words(further, lang),
        "none": in_words(none, lang),
        "maybe": words("status", lang)["maybe"].format(n=in_words(maybe, lang)) if maybe else "",
        "silent": in_words((own["updates"] == 0).sum(), lang),
        "gone": listed(names[gone[~told]], lang),
        "told": listed(names[gone[told]], lang),
    }


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
        " ".join(STANDINGS).replace("_", "-"): claims["standing"].value_counts(),
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
        ``id``, ``title``, ``paragraphs``, and of what stands below them ``points``.

    >>> [section["id"] for section in sections(ledger)][-2:]
    ['limits', 'reuse']
    """
    found, counts = at_the_event(ledger), count_rows(ledger)
    ties = across(total(ledger, as_of=_end(ledger)), lang)
    tied = found.ties.loc[found.ties["within"] == "", "low"].sum()

    def exact(low: float, high: float) -> str:
        return format_amount(Amount(low, high, EURO), lang=lang, prose=True)

    filled: dict[str, object] = {
        # to one decimal, so that the reader can add them up
        "naive": exact(found.naive.low, found.naive.high),
        "once": exact(found.low, found.high),
        "left_out": exact(found.left_out["low"].sum(), found.left_out["high"].sum()),
        "off": words("methods-totals", lang)["off"].format(tied=exact(tied, tied)) if tied else "",
        **{name: format_figure(count, lang=lang) for name, count in counts.items()},
        "share": share(counts["primary"], counts["sources"], lang),
        "first_day": long_day(ledger.rates.days[0], lang=lang),
        "event": ledger.about.name(),
        "contact": ledger.about.contact,
        "across": ties,
        **imprint(ledger, lang=lang),
    }
    # a text is written where what it speaks of is there
    there = {
        "": True,
        "article": bool(ledger.about.article),
        "all": not ledger.about.article,
        "recurs": bool(ties),
        "updates": len(ledger.updates) > 0,
        "claims": len(ledger.claims) > 0,
        "corrected": len(ledger.corrections) > 0,
        "shipped": is_shipped(ledger),
        "other": not is_shipped(ledger),
        "contact": bool(ledger.about.contact),
    }
    lacking = {"numbers": found.counted.empty, "days": ledger.claims.empty, "signatures": ledger.signatures.empty}
    written = []
    for name in (section for section in SECTIONS if not lacking.get(section)):
        say = words(f"methods-{name}", lang)
        judged = [say[one].format(n=filled[one]) for one in _JUDGED.get(name, ()) if counts[one]]
        keys = [(key, *key.partition("-")[::2]) for key in say]
        texts = {
            key: say[key].format(judged=listed(judged, lang), **filled)
            for key, kind, when in keys
            if kind[1:].isdigit() and there[when]
        }
        paragraphs, points = ([text for key, text in texts.items() if key[0] == kind] for kind in "pi")
        written.append({"id": name, "title": say["title"], "paragraphs": paragraphs, "points": points})
    return written


def is_shipped(ledger: Ledger) -> bool:
    """Whether a ledger is the one that ships with the package."""
    return ledger.folder.resolve() == files.shipped("data").resolve()


def described(ledger: Ledger) -> dict[str, Any]:
    """What a folder's own ``datapackage.json`` says of itself; what it has word for word from ours is not its own."""
    path, shipped = ledger.folder / schema.SCHEMA_FILE, schema.package()
    if is_shipped(ledger) or not path.exists():
        return shipped if is_shipped(ledger) else {}
    return {name: value for name, value in json.loads(files.read_text(path)).items() if value != shipped.get(name)}


def _titles(described: dict[str, Any], name: str, key: str = "title") -> list[str]:
    return [str(one[key]) for one in described.get(name) or [] if isinstance(one, dict) and one.get(key)]


def credited(ledger: Ledger) -> list[dict[str, str]]:
    """Return whose data a ledger draws on (``title``, ``path``): those it names itself, and of the files all share."""
    every = [one for one in schema.package()["resources"] if one.get("shared")]
    # without signatures there is no map
    every = [one for one in every if one["format"] != "geojson" or len(ledger.signatures)]
    shared = [one for resource in every for one in resource.get("sources", [])]
    named = [*(described(ledger).get("sources") or []), *([] if is_shipped(ledger) else shared)]
    return [one for one in named if isinstance(one, dict) and one.get("title") and is_web(one.get("path"))]


def authors(ledger: Ledger) -> list[str]:
    """Return whose work a ledger is, as it says itself."""
    return _titles(described(ledger), "contributors")


def imprint(ledger: Ledger, *, lang: Language = "en") -> dict[str, str]:
    """Say how a ledger is to be named: that of this project by its version, another one by its own title and authors.

    Returns
    -------
    dict of str
        ``work`` (as a citation names it), ``licence``, ``terms`` (a sentence on the licences), ``version`` (ours),
        ``authors``, ``by`` (the same as a citation begins with them), ``last_news`` and ``last_rates`` (up to when),
        ``news`` (a sentence).
    """
    say, about, own = words("site", lang), described(ledger), "shipped" if is_shipped(ledger) else "other"
    named, event, title = listed(authors(ledger), lang), ledger.about.name(lang), about.get("title")
    work = say[own].format(
        ledger=title
        if title and event in title
        else say["titled" if title else "ledger"].format(event=event, title=title),
        digest=ledger.digest,
        version=__version__,
    )
    licence = listed([name.replace("-", " ") for name in _titles(about, "licenses", "name")], lang)
    terms = say["terms-shipped" if is_shipped(ledger) else "terms"].format(licence=licence) if licence else ""
    news = long_day(last_news(ledger), lang=lang) if pd.notna(last_news(ledger)) else ""
    rates = long_day(ledger.rates.days[-1], lang=lang)
    until = {"last_news": news, "news": news and say["news"].format(day=news), "last_rates": rates}
    said = {"work": work, "licence": licence, "terms": terms, "version": __version__, "authors": named}
    return said | until | {"by": say["authors"].format(names=named) if named else ""}


def numbers_to_use(ledger: Ledger, *, lang: Language = "en") -> pd.DataFrame:
    """Say which grand total serves what, and which line of Python gives it; no other stands in a title or headline.

    >>> for row in numbers_to_use(ledger).head(2).itertuples():
    ...     print(row.number, row.code, sep=": ")
    €633bn: total(ledger, rule="article", as_of="2025-02-11").naive
    at most €321bn: total(ledger, rule="article", as_of="2025-02-11")
    """
    say, rows, end = words("methods-numbers", lang), [], last_news(ledger)
    article, event = at_the_event(ledger), total(ledger, as_of=_end(ledger))
    n = (ledger.claims["source_id"] == ledger.about.article).sum()
    wanted = [("added", article, ".naive"), ("once", article, "")] if ledger.about.article else []
    wanted += [("summit", event, "")]
    # where nothing was heard since, or all is dated, two are one number
    wanted += [("news", total(ledger, as_of=end.date()), "")] if end > pd.Timestamp(_end(ledger)) else []
    ever, dated = total(ledger), wanted[-1][1]
    wanted += [("all", ever, "")] if (ever.low, ever.high) != (dated.low, dated.high) else []
    for key, found, part in wanted:
        number = _amount(found.naive.low, found.naive.high, lang) if part else total_amount(found, lang)
        what = say[f"{key}-what"].format(n=n, day=found.day_in_words(lang), at=ledger.about.at(lang))
        asked = {"rule": found.rule if found.rule != "full-range" else None, "as_of": found.as_of}
        code = ", ".join(["total(ledger", *(f'{name}="{one}"' for name, one in asked.items() if one)]) + f"){part}"
        rows.append((number, what, say[f"{key}-when"], code))
    return pd.DataFrame(rows, columns=["number", "what", "when", "code"])


def at_the_event(ledger: Ledger) -> Total:
    """What the article alone says, or without an article all sources, as of the end of the event."""
    return total(ledger, rule="article" if ledger.about.article else "full-range", as_of=_end(ledger))


def _end(ledger: Ledger) -> dt.date:
    """The last day of the event; where none is known, of the data."""
    days = [ledger.about.last_day, last_day(ledger), pd.Timestamp(ledger.rates.days[-1])]
    end: dt.date = next(day for day in days if pd.notna(day)).date()
    return end


def across(found: Total, lang: Language) -> str:
    """Say in which of its pledges companies recur; empty if in none."""
    names, say = found.ledger.names(lang), words("total", lang)["across"]
    return listed([say.format(a=names[a], b=names[b]) for a, b in recurring(found)], lang)


def share(part: int, whole: int, lang: Language) -> str:
    """Write a share in whole per cent.

    >>> share(1, 8, "en")
    '12%'
    """
    from babel.numbers import format_percent

    return format_percent(part / whole if whole else 0, locale=lang)


def _amount(low: float, high: float, lang: Language) -> str:
    return whole_billions(low, EURO, lang, high)


def listed(names: Iterable[str], lang: Language) -> str:
    """Write a list: a, b, and c."""
    from babel.lists import format_list

    return format_list(list(names), locale=lang)
