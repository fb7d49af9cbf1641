"""What the pages say, every number in it computed from the ledger: findings, methods, then tables to look things up."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import quote, urlencode
from uuid import NAMESPACE_URL, uuid5

import pandas as pd

from summit_analysis import __version__, charts
from summit_analysis.base import files
from summit_analysis.base.errors import AbsentError
from summit_analysis.base.kept import kept
from summit_analysis.base.text import Language, capital, format_figure, is_web, listed, long_day, records, words
from summit_analysis.charts.money import kinds_of, summed_up
from summit_analysis.currency.rates import EURO
from summit_analysis.ledger import schema
from summit_analysis.ledger.display import NAMED, heading, readable, show
from summit_analysis.ledger.sources import bylines, counted, references, resting, without_primary
from summit_analysis.ledger.tables import Ledger
from summit_analysis.money import Amount, format_amount
from summit_analysis.pledges.claims import RULES, compare_claims, conflicts, resolve_claims, settle_claims, value_claims
from summit_analysis.pledges.compare import total_by_convention
from summit_analysis.pledges.status import (
    STRENGTHS,
    dated_updates,
    documented_sums,
    last_day,
    last_news,
    reached,
)
from summit_analysis.pledges.totals import Total, recurring, total, total_amount
from summit_analysis.report.notebooks import lift_styles
from summit_analysis.signatures import (
    UNRESOLVED,
    claimed_counts,
    exclusive_intersections,
    last_reading,
    memberships,
    names_listed,
    short_names,
    signatories,
    size,
)
from summit_analysis.timeline import timeline

SECTIONS = ("numbers", "rows", "amounts", "days", "rates", "rules", "totals", "ladder", "signatures", "limits", "reuse")
"""Sections of the page of methods, in order."""
_NO_ROWS = {"style": "", "rows": 0, "source_ids": []}
_PLACES = {
    "events": "timeline",
    "declarations": "timeline",
    "signatures": "signatures",
    "counts": "signatures",
    "corrections": "changes",
}
"""The page on which rows of a table are found that are about no pledge."""


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
    """Return the findings of the report, at most five: one whose figure cannot be drawn is left out.

    What a finding says is what its figure says, and a little besides.

    Parameters
    ----------
    ledger : Ledger
    lang : {"en", "fr"}

    >>> [found.key for found in headlines(ledger)]
    ['once', 'inside', 'ladder', 'signed', 'outcome']
    """
    first = charts.naive_sum if ledger.about.article else total_at_the_event
    drawn: dict[str, tuple[Callable[..., charts.Chart], str, Callable[[Ledger, Language], dict[str, str]] | None]] = {
        "once": (first, "01-fourteen-sums", _of_the_event),
        "inside": (charts.envelope, "02-inside-the-109-billion", None),
        "ladder": (charts.ladder, "04-from-announcement-to-building-site", None),
        "signed": (charts.positions, "05-who-signed", _on_lists),
        "outcome": (charts.status, "04-from-announcement-to-building-site", None),
    }
    if ledger.updates.empty:
        # nothing is known of any step
        del drawn["ladder"]
    found = []
    for key, (figure, notebook, besides) in drawn.items():
        with suppress(AbsentError):
            chart, say = figure(ledger, lang=lang), words(f"finding-{key}", lang)
            filled = {**chart.told, "title": chart.title, **(besides(ledger, lang) if besides else {})}
            sentence, *texts = _filled_in(say, filled, filled).values()
            found.append(
                Headline(
                    key, say["topic"].format(**filled), capital(sentence), " ".join(texts), figure.__name__, notebook
                )
            )
    return found


def _filled_in(say: Mapping[str, str], filled: Mapping[str, Any], there: Mapping[str, Any]) -> dict[str, str]:
    """Fill the numbered ones of some texts in; one that is named after something only where that is there."""
    keys = [(key, *key.partition("-")[::2]) for key in say]
    return {
        key: say[key].format(**filled)
        for key, kind, when in keys
        if kind[1:].isdigit() and (not when or there.get(when))
    }


def total_at_the_event(ledger: Ledger, *, lang: Language = "en") -> charts.Chart:
    """Draw what the total as of the end of the event consists of."""
    return charts.total(ledger, as_of=_end(ledger), lang=lang)


def _of_the_event(ledger: Ledger, lang: Language) -> dict[str, str]:
    """Say whose money it is, in which pledges companies recur, and beside an article what all was pledged."""
    event, found = total(ledger, as_of=_end(ledger)), at_the_event(ledger)
    return {
        "at": f" {ledger.about.at(lang)}",
        "day": found.day_in_words(lang),
        "shares": kinds_of(found, lang),
        "all": total_amount(event, lang) if ledger.about.article else "",
        "across": across(found, lang),
    }


def _on_lists(ledger: Ledger, lang: Language) -> dict[str, str]:
    """Say how long the list of the declaration is and was, and which governments signed what."""
    declaration, last = ledger.about.declaration or "", ledger.about.last_day.date()
    now, then = (size(names_listed(ledger, declaration, day), lang) for day in (None, last))
    are_several = len(ledger.declarations) > 1 and len(exclusive_intersections(ledger)) > 0
    return {
        "size": now,
        "then": then if now != then else "",
        "day": long_day(last_reading(ledger, declaration), lang=lang),
        "first_day": long_day(last, lang=lang),
        "groups": charts.intersections(ledger, lang=lang).title if are_several else "",
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
        "share": round(100 * ledger.sources["kind"].eq("primary").mean()) if len(ledger.sources) else 0,
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
        "first_day": long_day(ledger.rates.days[0], lang=lang),
        "event": ledger.about.name(),
        "contact": ledger.about.contact,
        "across": ties,
        **imprint(ledger, lang=lang),
    }
    there = {
        **counts,
        "article": ledger.about.article,
        "all": not ledger.about.article,
        "recurs": ties,
        "shipped": is_shipped(ledger),
        "other": not is_shipped(ledger),
        "contact": ledger.about.contact,
    }
    lacking = {"numbers": found.counted.empty, "days": ledger.claims.empty, "signatures": ledger.signatures.empty}
    written = []
    for name in (section for section in SECTIONS if not lacking.get(section)):
        say = words(f"methods-{name}", lang)
        # a section may have words for what is counted
        judged = [say[one].format(n=filled[one]) for one in counts if one in say and counts[one]]
        texts = _filled_in(say, {**filled, "judged": listed(judged, lang)}, there)
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


def told_of(ledger: Ledger, name: str, key: str = "title") -> list[str]:
    """Return what a ledger says itself of its ``contributors``, or its ``licenses``."""
    return [str(one[key]) for one in described(ledger).get(name) or [] if isinstance(one, dict) and one.get(key)]


def credited(ledger: Ledger) -> list[dict[str, str]]:
    """Return whose data a ledger draws on (``title``, ``path``): those it names itself, and of the files all share."""
    # without signatures there is no map
    used = [one for one in schema.package()["resources"] if one["format"] != "geojson" or len(ledger.signatures)]
    shared = [one for resource in used if resource.get("shared") for one in resource.get("sources", [])]
    named = [*(described(ledger).get("sources") or []), *([] if is_shipped(ledger) else shared)]
    return [one for one in named if isinstance(one, dict) and one.get("title") and is_web(one.get("path"))]


def imprint(ledger: Ledger, *, lang: Language = "en") -> dict[str, str]:
    """Say how a ledger is to be named: that of this project by its version, another one by its own title and authors.

    Returns
    -------
    dict of str
        ``work`` (as a citation names it), ``licence``, ``terms`` (a sentence on the licences), ``version`` (ours),
        ``authors``, ``by`` (the same as a citation begins with them), ``last_news`` and ``last_rates`` (up to when),
        ``news`` (a sentence).
    """
    say, own, title = words("site", lang), "shipped" if is_shipped(ledger) else "other", described(ledger).get("title")
    named, event = listed(told_of(ledger, "contributors"), lang), ledger.about.name(lang)
    work = say[own].format(
        ledger=title
        if title and event in title
        else say["titled" if title else "ledger"].format(event=event, title=title),
        digest=ledger.digest,
        version=__version__,
    )
    licence = listed([name.replace("-", " ") for name in told_of(ledger, "licenses", "name")], lang)
    terms = say["terms-shipped" if is_shipped(ledger) else "terms"].format(licence=licence) if licence else ""
    news = long_day(last_news(ledger), lang=lang) if pd.notna(last_news(ledger)) else ""
    return {
        "work": work,
        "licence": licence,
        "terms": terms,
        "version": __version__,
        "authors": named,
        "by": say["authors"].format(names=named) if named else "",
        "last_news": news,
        "news": say["news"].format(day=news) if news else "",
        "last_rates": long_day(ledger.rates.days[-1], lang=lang),
    }


def numbers_to_use(ledger: Ledger, *, lang: Language = "en") -> pd.DataFrame:
    """Say which grand total serves what, and which line of Python gives it; no other stands in a title or headline.

    >>> for row in numbers_to_use(ledger).head(2).itertuples():
    ...     print(row.number, row.code, sep=": ")
    €633bn: total(ledger, rule="article", as_of="2025-02-11").naive
    at most €321bn: total(ledger, rule="article", as_of="2025-02-11")
    """
    say, end = words("methods-numbers", lang), _end(ledger)
    n = ledger.claims["source_id"].eq(ledger.about.article).sum()
    days = {"summit": end, "news": str(max(pd.Timestamp(end), last_news(ledger)).date()), "all": None}
    every = {key: total(ledger, as_of=day) for key, day in days.items()}
    # where nothing was heard since, or all is dated, two are one number
    apart = pd.Series({key: total_amount(found, lang) for key, found in every.items()}).drop_duplicates().index
    wanted = {key: at_the_event(ledger) for key in ("added", "once") if ledger.about.article}
    return pd.DataFrame(
        [
            {
                "number": summed_up(found, lang)["naive" if key == "added" else "total"],
                "what": say[f"{key}-what"].format(n=n, day=found.day_in_words(lang), at=ledger.about.at(lang)),
                "when": say[f"{key}-when"],
                "code": _call(found) + (".naive" if key == "added" else ""),
            }
            for key, found in {**wanted, **{key: every[key] for key in apart}}.items()
        ]
    )


def _call(found: Total) -> str:
    """Write the line of Python that gives a total."""
    asked = (("rule", found.rule), ("as_of", found.as_of))
    return ", ".join(["total(ledger", *(f'{name}="{one}"' for name, one in asked if one and one != RULES[0])]) + ")"


def at_the_event(ledger: Ledger) -> Total:
    """What the article alone says, or without an article all sources, as of the end of the event."""
    return total(ledger, rule="article" if ledger.about.article else "full-range", as_of=_end(ledger))


def _end(ledger: Ledger) -> str:
    """The last day of the event; where none is known, of the data."""
    days = [ledger.about.last_day, last_day(ledger), pd.Timestamp(ledger.rates.days[-1])]
    return str(next(day for day in days if pd.notna(day)).date())


def across(found: Total, lang: Language) -> str:
    """Say in which of its pledges companies recur; empty if in none."""
    names, say = found.ledger.names(lang), words("total", lang)["across"]
    return listed([say.format(a=names[a], b=names[b]) for a, b in recurring(found)], lang)


# --- the pages to look things up on


def table(
    ledger: Ledger,
    frame: pd.DataFrame,
    key: str,
    lang: Language,
    *,
    pledges: str = "pledges/",
    headings: Mapping[str, str] | None = None,
    filters: Sequence[str] = (),
    about: str = "",
) -> dict[str, Any]:
    """Write a frame as a table of a page, in which names of pledges lead to their pages.

    Parameters
    ----------
    ledger : Ledger
    frame : pandas.DataFrame
    key : str
        Id of the table.
    lang : {"en", "fr"}
    pledges : str
        Where the pages of pledges are, seen from that page.
    headings : mapping of str to str, optional
        See `show`.
    filters : sequence of str
        Columns of which a reader may choose a word.
    about : str
        Column whose texts lead to the pledge in the column ``pledge_id``, which is not shown then.

    Returns
    -------
    dict
        ``id``, ``body`` and ``style`` (HTML, CSS), ``rows`` (how many), ``filters`` (places of these columns).
    """
    names, codes = ledger.names(lang), _codes(ledger, lang)
    # of a claim, pledge and source say enough
    visible = frame.drop(
        columns=["claim_id", "claim_ids", "high_EUR", *(["pledge_id"] if about else [])], errors="ignore"
    )
    heads = {**dict(short_names(ledger, lang)), **(headings or {})}
    shown = show(visible, key, lang=lang, currency=EURO, names=names, sources=ledger.sources, headings=heads)
    # of cells that are sorted by a number, the column that holds it: sums in several currencies by their euros
    ordered = {"amount": "high_EUR" if "high_EUR" in frame else "high", "documented": "documented", "count": "count"}
    for place, column in enumerate(shown.columns):
        if column.key == about:
            shown.style.data[place] = [
                _linked(one, {one: text}, pledges) if one in names else escape(text)
                for one, text in zip(frame["pledge_id"], column.texts, strict=True)
            ]
        elif column.key in NAMED:
            shown.style.data[place] = [
                ", ".join(_linked(one, names, pledges) for one in str(ids).split(";")) if pd.notna(ids) else ""
                for ids in frame[column.key]
            ]
        elif column.kind in ("text", "long"):
            shown.style.data[place] = [escape(_decoded(column.key, text, codes)) for text in column.texts]
        elif column.kind == "number" and (figures := ordered.get(column.key)) in frame:
            shown.style.data[place] = [
                f'<data value="{figure:.0f}">{escape(text)}</data>'
                for text, figure in zip(column.texts, frame[figures].fillna(-1), strict=True)
            ]
    body, style = lift_styles(shown.to_html())
    return {
        "id": key.removesuffix("-rows"),
        "body": body,
        "style": style,
        "rows": len(frame),
        "filters": [place for place, column in enumerate(shown.columns) if column.key in filters],
    }


@kept
def _codes(ledger: Ledger, lang: Language) -> dict[str, str]:
    """Return what coded words of the tables, and codes of countries, mean; some by the name of their column too."""
    sections = ("explorer", "comparison", "signing", "timeline", "status", "bars", "tables", "kinds", "codes")
    told = {code: text for section in sections for code, text in words(section, lang).items()}
    return {**told, **ledger.names(lang), **ledger.countries(lang)}


def _decoded(column: str, text: str, codes: Mapping[str, str]) -> str:
    """Put a cell into words if all of it is coded."""
    said = [codes.get(f"{column}-{one}") or codes.get(one) for one in text.split(";")]
    return ", ".join(map(str, said)) if all(said) else text


def _linked(pledge: str, names: Mapping[str, str] | pd.Series, pledges: str) -> str:
    name = escape(names.get(pledge, pledge))
    return f'<a href="{pledges}{quote(pledge)}.html">{name}</a>' if pledge in names else name


@kept
def lists_of(ledger: Ledger, lang: Language) -> dict[str, list[dict[str, Any]]]:
    """Return the tables to look things up in, by page, as far as the ledger has something for them."""
    say, about, lists = words("tables", lang), ledger.about, dict(short_names(ledger, lang))
    signed, counts, rates, claims = pd.DataFrame(), pd.DataFrame(), pd.DataFrame(), _claims(ledger)
    if len(ledger.signatures):
        signed = memberships(ledger, lang=lang).query("iso3 in @ledger.signatures['iso3']")[[f"name_{lang}", *lists]]
    if about.declaration:
        counts = claimed_counts(ledger, about.declaration)[
            ["source_id", "as_of", "measure", "count", "low", "high", "fits"]
        ]
    if len(claims):
        rates = pd.concat([total_by_convention(ledger, to=to).assign(currency=to) for to in (EURO, "USD")])
        rates = rates[["convention", "day", "low", "high", "currency"]]
    apart = conflicts(ledger).round({"spread": 2}).query("spread > 1 and standing_claims > 1")
    found: list[tuple[str, str, pd.DataFrame, dict[str, Any]]] = [
        ("pledges", "pledges", _overview(ledger), {"filters": ["counts_as", "purpose", "money_kind", "reached"]}),
        ("signatures", "signatures", signed, {"filters": lists, "headings": {f"name_{lang}": say["name"]}}),
        ("signatures", "counts", counts, {}),
        (
            "timeline",
            "timeline",
            _events(ledger, lang),
            {"filters": ["what"], "headings": words("when", lang), "about": "label"},
        ),
        ("tables", "conflicts", apart.drop(columns=["claims", "spread_rates", "about"]), {}),
        (
            "tables",
            "claims",
            claims,
            {"filters": ["pledge_id", "standing"], "headings": {"standing": say["standing"]}},
        ),
        ("tables", "rates", rates, {}),
    ]
    pages = dict[str, list[dict[str, Any]]]()
    for page, key, frame, options in found:
        if len(frame):
            pages.setdefault(page, []).append(table(ledger, frame, f"{key}-rows", lang, **options))
    return pages


def _claims(ledger: Ledger) -> pd.DataFrame:
    """Return all claims with what an editor thinks of them."""
    claims = compare_claims(ledger).merge(ledger.claims[["claim_id", "scale"]], on="claim_id")
    told = claims.assign(
        open_low=claims["qualifier"].eq("up-to"),
        open_high=claims["qualifier"].eq("at-least"),
        valued_on=_as_known(claims["valued_on"], claims["valued_by"]),
    )
    amount = ["low", "high", "currency", "open_low", "open_high", "scale"]
    return told[["pledge_id", *amount, "source_id", "valued_on", "standing", "standing_reason", "high_EUR"]]


def _as_known(days: pd.Series, known: pd.Series) -> pd.Series:
    """Write days; of what is known as a month or year, no more than that."""
    texts = days.dt.strftime("%Y-%m-%d")
    return texts.mask(known == "month", texts.str[:7]).mask(known == "year", texts.str[:4])


def _events(ledger: Ledger, lang: Language) -> pd.DataFrame:
    """Return what happened when, a period as long as it is known."""
    rows = timeline(ledger, lang=lang)
    first, last = (_as_known(rows[day], rows["precision"]) for day in ("first_on", "last_on"))
    when = first.where(first == last, first + " – " + last)
    return rows.assign(when=when, pledge_id=rows["id"], sum=rows["amount"])[
        ["when", "label", "pledge_id", "sum", "source_id", "what"]
    ]


def _overview(ledger: Ledger) -> pd.DataFrame:
    """Return one row per pledge: who, how much, for what, whose money, since when, how far it has come."""
    rows = ledger.pledges.merge(resolve_claims(ledger), on="pledge_id").merge(reached(ledger, None), on="pledge_id")
    told = ["pledge_id", "low", "high", "open_low", "open_high", "scale", "counts_as", "pledger", "purpose"]
    return rows[[*told, "money_kind", "announced_on", "reached", "documented"]]


@kept
def _own_amounts(ledger: Ledger, lang: Language) -> dict[str, str]:
    """Write of each pledge what its accepted claims come to in its own currency, and in euros."""
    rows, columns = settle_claims(ledger), ["low", "high", "open_low", "open_high"]
    own = readable(rows[[*columns, "scale", "currency"]], lang=lang)[0].texts
    euros = readable(resolve_claims(ledger)[columns], lang=lang, currency=EURO)[0].texts
    told = zip(rows["pledge_id"], rows["currency"], own, euros, strict=True)
    return {one: f"{text} ≈ {euro}" if euro and currency != EURO else text for one, currency, text, euro in told}


@kept
def pledge_pages(ledger: Ledger, lang: Language) -> list[dict[str, Any]]:
    """Return what the page of each pledge says, in table order.

    Returns
    -------
    list of dict
        ``id``, ``name``, ``amount`` (its own currency, then euros; or empty), ``facts`` (keys and texts), ``note``,
        ``related`` (heads and, below each, id, name, amount and note of other pledges), ``claims``, ``news`` (tables,
        with their ``source_ids``), ``documented`` (sentences).
    """
    say, names, amounts = words("pledge", lang), ledger.names(lang), _own_amounts(ledger, lang)
    claims, updates = _claims(ledger), dated_updates(ledger)
    columns = ["pledge_id", "when", "status", "amount", "currency", "amount_is", "source_id", "note"]
    heads = {"standing": words("tables", lang)["standing"], "status": say["status"]}
    own = _parted(ledger, claims, "claims", lang, heads)
    since = _parted(ledger, updates.rename(columns={"dated": "when"})[columns], "news", lang, heads)
    money, codes, related = documented_sums(ledger), words("codes", lang), _related(ledger, amounts, lang)
    documented = {
        pledge: [
            say["documented"].format(
                amount=format_amount(Amount(part.documented, part.documented, EURO), lang=lang),
                kind=codes[f"amount_is-{part.kind}"],
                day=long_day(part.dated, lang=lang),
            )
            for part in parts.itertuples()
        ]
        for pledge, parts in money.groupby("pledge_id")
    }
    rows = ledger.pledges.merge(reached(ledger, None), on="pledge_id")
    return [
        {
            "id": one,
            "name": names[one],
            "note": row["note"],
            "facts": _facts(ledger, row, lang),
            "amount": amounts[one],
            "documented": documented.get(one, []),
            "related": related.get(one, {}),
            "claims": own.get(one, _NO_ROWS),
            "news": since.get(one, _NO_ROWS),
        }
        for one, row in zip(rows["pledge_id"], records(rows, ""), strict=True)
    ]


def _parted(
    ledger: Ledger, frame: pd.DataFrame, key: str, lang: Language, headings: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """Write a table and cut it into one per pledge; each written by itself would take ten times as long."""
    whole = table(ledger, frame.drop(columns="pledge_id"), key, lang, headings=headings)
    inside, *end = whole["body"].partition("</tbody>")
    begin, *rows = re.split(r"(?=<tr>\s*<td)", inside)
    return {
        str(pledge): {
            **whole,
            "body": "".join([begin, *(rows[at] for at in places), *end]),
            "rows": len(places),
            "source_ids": frame["source_id"].iloc[places].tolist(),
        }
        for pledge, places in frame.groupby("pledge_id").indices.items()
    }


def _facts(ledger: Ledger, row: Mapping[str, Any], lang: Language) -> dict[str, str]:
    """Say of a pledge who pays what for what, where and when; what is not known is empty."""
    say, steps, codes = words("pledge", lang), words("status", lang), _codes(ledger, lang)
    return {
        "pledger": row["pledger"],
        "from": codes.get(row["pledger_country"], ""),
        "to": ", ".join(dict.fromkeys(filter(None, [row["place"], codes.get(row["recipient_country"], "")]))),
        "purpose": _decoded("purpose", row["purpose"], codes),
        "money": words("explorer", lang).get(row["money_kind"], row["money_kind"]),
        "new": codes.get(f"new_money-{row['new_money']}", ""),
        "announced": long_day(row["announced_on"], lang=lang) if row["announced_on"] else say["day-unknown"],
        "horizon": "–".join(dict.fromkeys(filter(None, [row["horizon_start"], row["horizon_end"]]))),
        "furthest": steps[row["furthest"]] if len(ledger.updates) else "",
        "withdrawn": "" if row["reached"] == row["furthest"] else _decoded("reached", row["reached"], codes),
    }


def _related(
    ledger: Ledger, amounts: Mapping[str, str], lang: Language
) -> dict[str, dict[str, list[tuple[str, str, str, str]]]]:
    """Return for each pledge, under a head in words, id, name, amount of the pledges it is tied to, and why."""
    say, names = words("pledge", lang), ledger.names(lang)
    inside = ledger.pledges.dropna(subset="parent_id")[["pledge_id", "parent_id"]].to_numpy()
    ties = [
        [row[part] for part in ("pledge_a", "relation", "pledge_b", "note")] for row in records(ledger.overlaps, "")
    ]
    found = dict[str, dict[str, list[tuple[str, str, str, str]]]]()
    for pledge, head, other, note in [
        *((one, "part-of", whole, "") for one, whole in inside),
        *((whole, "parts", one, "") for one, whole in inside),
        *ties,
        *((other, f"{relation}-back", one, note) for one, relation, other, note in ties),
    ]:
        found.setdefault(pledge, {}).setdefault(say[head], []).append((other, names[other], amounts[other], note))
    return found


def sources_page(ledger: Ledger, lang: Language) -> dict[str, Any]:
    """Return what the page of sources says: of each that carries anything, which pages (address, name) do so."""
    say, known, names = words("sources-page", lang), references(ledger, lang=lang), ledger.names(lang)
    rests = dict[str, dict[tuple[str, str], None]]()
    for row in resting(ledger).sort_values("pledge_id", kind="stable").itertuples():
        place = _PLACES.get(row.table, "other")
        of_pledge = (f"pledges/{row.pledge_id}.html", names.get(row.pledge_id, ""))
        page = of_pledge if row.pledge_id in names else (f"{place}.html", say[place])
        rests.setdefault(row.source_id, {})[page] = None
    carrying, (heads, rows) = [source for source in known if source.id in rests], counted(ledger, lang=lang)
    return {
        "lead": say["lead" if known else "lead-none"].format(**count_rows(ledger)),
        "words": say,
        "sources": carrying,
        "rests": rests,
        "idle": len(known) - len(carrying),
        "count_heads": heads,
        "count_rows": rows,
    }


def changes(ledger: Ledger, lang: Language) -> dict[str, Any]:
    """Return what the page and the feed of changes say: what was corrected and released, the newest first.

    Returns
    -------
    dict
        ``heading``, ``lead``, ``words``, ``tables``; of the feed ``urn``, ``updated`` (a day), ``author`` and ``rows``,
        each with its own ``urn``, which is the same in every report.
    """
    say, about, names = words("changes", lang), described(ledger), ledger.names(lang)
    of_claims, called = ledger.claims.set_index("claim_id")["pledge_id"], bylines(ledger.sources, lang=lang)
    codes = {
        **_codes(ledger, lang),
        **short_names(ledger, lang),
        **called,
        **ledger.events.set_index("event_id")[f"title_{lang}"],
        **ledger.statements.set_index("statement_id")[f"statement_{lang}"],
    }
    rows = list[dict[str, Any]]()
    for row in records(ledger.corrections, ""):
        key, day = of_claims.get(row["key"], row["key"]), f"{row['corrected_on']:%Y-%m-%d}"
        name, pledge = ", ".join(codes.get(part, part) for part in key.split(";") if part), key.partition(";")[0]
        rows.append(
            {
                "urn": _urn(ledger, lang, row["table"], row["key"], row["column"], day),
                "when": day,
                "label": name + say["colon"] + heading(row["column"], lang),
                "pledge_id": pledge,
                **{end: _cell(row["column"], row[end], codes, lang) or say["empty"] for end in ("old", "new")},
                "reason": row["reason"],
                "source_id": row["source_id"],
                "source": called[row["source_id"]],
                "page": f"pledges/{pledge}.html" if pledge in names else "changes.html",
            }
        )
    if {"version", "created"} <= {*about}:
        rows.append(
            {
                "urn": _urn(ledger, lang, about["version"]),
                "when": about["created"][:10],
                "label": say["version"].format(**about),
                "page": "changes.html",
            }
        )
    rows.sort(key=lambda row: str(row["when"]), reverse=True)
    frame = pd.DataFrame(rows, columns=["when", "label", "pledge_id", "old", "new", "reason", "source_id"])
    return {
        "heading": say["title"],
        "lead": say["lead" if rows else "lead-none"],
        "words": say,
        "tables": [table(ledger, frame, "changes-rows", lang, headings=say, about="label")] if rows else [],
        "urn": _urn(ledger, lang, "changes"),
        "updated": rows[0]["when"] if rows else ledger.rates.days[-1],
        "author": imprint(ledger, lang=lang)["authors"] or ledger.about.name(lang),
        "rows": rows,
    }


def _urn(ledger: Ledger, *parts: str) -> str:
    """Return the name of something that is said of a ledger, wherever its report stands."""
    return uuid5(NAMESPACE_URL, "/".join([ledger.about.event_id, *parts])).urn


def _cell(column: str, text: str, codes: Mapping[str, str], lang: Language) -> str:
    """Put a cell of any table into words, or its long figures into groups."""
    said = _decoded(column, text, codes)
    return re.sub(r"\d{5,}", lambda figure: format_figure(float(figure[0]), lang=lang), said)


def letter(contact: str | None, subject: str, body: str) -> str:
    """Return the address that begins a letter, or an issue, to whom a ledger names; empty if that is no address.

    >>> letter("desk@example.org", "A row", "Which?"), letter("https://example.org/desk", "A row", "Which?")
    ('mailto:desk@example.org?subject=A%20row&body=Which%3F', 'https://example.org/desk')
    >>> letter("https://example.org/a/issues", "A row", "Which?"), letter("javascript:alert('a')@b", "A row", "Which?")
    ('https://example.org/a/issues/new?title=A%20row&body=Which%3F', '')
    """
    if is_web(contact):
        issues = re.sub("/issues(?:/new)?/?$", "/issues/new?", str(contact))
        return issues + urlencode({"title": subject, "body": body}, quote_via=quote) if issues[-1] == "?" else issues
    told = urlencode({"subject": subject, "body": body}, quote_via=quote)
    return f"mailto:{contact}?{told}" if re.fullmatch(r"[^@\s/:?&]+@[^@\s/:?&]+", contact or "") else ""
