"""The frames of the pages to look things up on, put into words: pledges, signatures, what happened when, the rest."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import quote, urlencode
from uuid import NAMESPACE_URL, uuid5

import pandas as pd

from summit_analysis.base.kept import kept
from summit_analysis.base.text import Language, format_figure, is_web, long_day, words
from summit_analysis.currency.rates import EURO
from summit_analysis.ledger.display import NAMED, heading, readable, show
from summit_analysis.ledger.sources import bylines, counted, references, resting
from summit_analysis.ledger.tables import Ledger
from summit_analysis.money import Amount, format_amount
from summit_analysis.pledges.claims import compare_claims, conflicts, resolve_claims, settle_claims
from summit_analysis.pledges.compare import total_by_convention
from summit_analysis.pledges.status import dated_updates, documented_sums, hearsay, status
from summit_analysis.report.notebooks import lift_styles
from summit_analysis.report.texts import described, imprint, share
from summit_analysis.signatures import claimed_counts, memberships, short_names
from summit_analysis.timeline import timeline

_ORDERED = {"amount": "high", "documented": "documented", "count": "count"}
"""Columns whose cells are sorted by a number, with the column that holds it."""
_NO_ROWS = {"style": "", "rows": 0, "source_ids": ()}
_PLACES = {"events": "timeline", "declarations": "timeline", "signatures": "signatures", "counts": "signatures"}
_PLACES |= {"corrections": "changes"}
"""The page on which rows of a table are found that are about no pledge."""


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
    # sums in several currencies are in order of their euros
    ordered = {**_ORDERED, **({"amount": "high_EUR"} if "high_EUR" in frame else {})}
    for place, column in enumerate(shown.columns):
        if column.key == about:
            cells = zip(frame["pledge_id"], column.texts, strict=True)
            shown.style.data[place] = [
                _linked(one, {one: text}, pledges) if one in names else escape(text) for one, text in cells
            ]
        elif column.key in NAMED:
            shown.style.data[place] = [
                ", ".join(_linked(one, names, pledges) for one in str(ids).split(";")) if pd.notna(ids) else ""
                for ids in frame[column.key]
            ]
        elif column.kind in ("text", "long"):
            shown.style.data[place] = [escape(_decoded(column.key, text, codes)) for text in column.texts]
        elif column.kind == "number" and (figures := ordered.get(column.key)) in frame:
            cells = zip(column.texts, frame[figures].fillna(-1), strict=True)
            shown.style.data[place] = [f'<data value="{figure:.0f}">{escape(text)}</data>' for text, figure in cells]
    body, style = lift_styles(shown.to_html())
    keys = [column.key for column in shown.columns]
    return {
        "id": key.removesuffix("-rows"),
        "body": body,
        "style": style,
        "rows": len(frame),
        "filters": [keys.index(name) for name in filters if name in keys],
    }


@kept
def _codes(ledger: Ledger, lang: Language) -> dict[str, str]:
    """Return what coded words of the tables, and codes of countries, mean; some by the name of their column too."""
    sections = ("explorer", "comparison", "signing", "timeline", "status", "bars", "tables", "kinds", "codes")
    told = {code: text for section in sections for code, text in words(section, lang).items()}
    countries = ledger.entities.dropna(subset="iso3").set_index("iso3")["name_fr" if lang == "fr" else "entity"]
    return {**told, **ledger.names(lang), **countries}


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
    say, declaration = words("tables", lang), ledger.about.declaration
    lists, signed, counts = dict(short_names(ledger, lang)), pd.DataFrame(), pd.DataFrame()
    if len(ledger.signatures):
        signed = memberships(ledger, lang=lang)[[f"name_{lang}", *lists]]
    if declaration and declaration in set(ledger.counts["declaration_id"]):
        columns = ["source_id", "as_of", "measure", "count", "low", "high", "fits"]
        counts = claimed_counts(ledger, declaration)[columns]
    apart, claims, rates = conflicts(ledger), _claims(ledger), pd.DataFrame()
    apart = apart.assign(spread=apart["spread"].round(2)).query("spread > 1")
    if len(claims):
        rates = pd.concat([total_by_convention(ledger, to=to).assign(currency=to) for to in (EURO, "USD")])
        rates = rates[["convention", "day", "low", "high", "currency"]]
    found: list[tuple[str, str, pd.DataFrame, dict[str, Any]]] = [
        ("pledges", "pledges", _overview(ledger), {"filters": ["counts_as", "purpose", "money_kind", "furthest"]}),
        ("signatures", "signatures", signed, {"filters": lists, "headings": {f"name_{lang}": say["name"]}}),
        ("signatures", "counts", counts, {}),
        (
            *("timeline", "timeline", _events(ledger, lang)),
            {"filters": ["what"], "headings": words("when", lang), "about": "label"},
        ),
        ("tables", "conflicts", apart.drop(columns=["claims", "spread_rates", "about"]), {}),
        (
            *("tables", "claims", claims),
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
    claims = compare_claims(ledger)
    opened = {"open_low": claims["qualifier"].eq("up-to"), "open_high": claims["qualifier"].eq("at-least")}
    columns = ["pledge_id", "low", "high", "currency", *opened, "source_id", "valued_on", "standing", "standing_reason"]
    return claims.assign(**opened)[[*columns, "high_EUR"]]


def _events(ledger: Ledger, lang: Language) -> pd.DataFrame:
    """Return what happened when, a period as long as it is known."""
    rows = timeline(ledger, lang=lang)
    first, last = (rows[day].dt.strftime("%Y-%m-%d") for day in ("first_on", "last_on"))
    when = first.where(first == last, first + " – " + last)
    for unit, letters in {"year": 4, "month": 7}.items():
        when = when.mask(rows["precision"] == unit, first.str[:letters])
    told = {"when": when, "pledge_id": rows["id"], "sum": rows["amount"]}
    return rows.assign(**told)[["when", "label", "pledge_id", "sum", "source_id", "what"]]


def _overview(ledger: Ledger) -> pd.DataFrame:
    """Return one row per pledge: who, how much, for what, whose money, since when, how far it has come."""
    rows = ledger.pledges.merge(resolve_claims(ledger), on="pledge_id").merge(status(ledger), on="pledge_id")
    told = ["pledge_id", "low", "high", "open_low", "open_high", "scale", "counts_as", "pledger", "purpose"]
    return rows[[*told, "money_kind", "announced_on", "furthest", "documented"]]


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
        ``related`` (heads and, below each, id, name, amount and note of other pledges), ``claims``, ``news`` (tables),
        ``documented`` (sentences), ``source_ids``.
    """
    say, names, amounts = words("pledge", lang), ledger.names(lang), _own_amounts(ledger, lang)
    claims, updates = _claims(ledger), dated_updates(ledger)
    when = updates["updated_on"].dt.strftime("%Y-%m-%d").fillna(updates["updated_period"])
    columns = ["pledge_id", "when", "status", "amount", "currency", "amount_is", "source_id", "note"]
    heads = {"standing": words("tables", lang)["standing"], "status": say["status"]}
    own = _parted(ledger, claims, "claims", lang, heads)
    since = _parted(ledger, updates.assign(when=when)[columns], "news", lang, heads)
    money, codes, related = documented_sums(ledger), words("codes", lang), _related(ledger, amounts, lang)
    documented = {
        pledge: [
            say["documented"].format(
                amount=format_amount(Amount(part.documented, part.documented, EURO), lang=lang),
                kind=codes[f"amount_is-{part.kind}"],
                day=long_day(part.day, lang=lang),
            )
            for part in parts.itertuples()
        ]
        for pledge, parts in money.groupby("pledge_id")
    }
    pages = list[dict[str, Any]]()
    for row in _filled(ledger.pledges.merge(status(ledger), on="pledge_id")):
        one = row["pledge_id"]
        tables = {"claims": own.get(one, _NO_ROWS), "news": since.get(one, _NO_ROWS)}
        pages.append(
            {
                **tables,
                **{"id": one, "name": names[one], "note": row["note"], "facts": _facts(ledger, row, lang)},
                **{"amount": amounts[one], "documented": documented.get(one, []), "related": related.get(one, {})},
                "source_ids": {source for found in tables.values() for source in found["source_ids"]},
            }
        )
    return pages


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
            "source_ids": frame["source_id"].iloc[places],
        }
        for pledge, places in frame.groupby("pledge_id").indices.items()
    }


def _filled(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows, with nothing written where a cell is missing."""
    rows: list[dict[str, Any]] = frame.astype(object).where(frame.notna(), "").to_dict("records")
    return rows


def _facts(ledger: Ledger, row: Mapping[str, Any], lang: Language) -> dict[str, str]:
    """Say of a pledge who pays what for what, where and when; what is not known is empty."""
    say, steps, codes = words("pledge", lang), words("status", lang), _codes(ledger, lang)
    gone = steps["reportedly" if row["pledge_id"] in hearsay(ledger) else "withdrawn"]
    return {
        "pledger": row["pledger"],
        "from": codes.get(row["pledger_country"], ""),
        "to": ", ".join(dict.fromkeys(filter(None, [row["place"], codes.get(row["recipient_country"], "")]))),
        "purpose": _decoded("purpose", row["purpose"], codes),
        "money": words("explorer", lang).get(row["money_kind"], row["money_kind"]),
        "new": codes.get(f"new_money-{row['new_money']}", ""),
        "announced": long_day(row["announced_on"], lang=lang) if row["announced_on"] else say["undated"],
        "horizon": "–".join(dict.fromkeys(filter(None, [row["horizon_start"], row["horizon_end"]]))),
        "furthest": steps[row["furthest"]] if len(ledger.updates) else "",
        "withdrawn": gone.format(change=steps["withdrawn"]) if row["withdrawn"] == "yes" else "",
    }


def _related(
    ledger: Ledger, amounts: Mapping[str, str], lang: Language
) -> dict[str, dict[str, list[tuple[str, str, str, str]]]]:
    """Return for each pledge, under a head in words, id, name, amount of the pledges it is tied to, and why."""
    say, names = words("pledge", lang), ledger.names(lang)
    inside = ledger.pledges.dropna(subset="parent_id")[["pledge_id", "parent_id"]].to_numpy()
    ties = [[row[part] for part in ("pledge_a", "relation", "pledge_b", "note")] for row in _filled(ledger.overlaps)]
    found = dict[str, dict[str, list[tuple[str, str, str, str]]]]()
    for pledge, head, other, note in [
        *((one, "part-of", whole, "") for one, whole in inside),
        *((whole, "parts", one, "") for one, whole in inside),
        *ties,
        *((other, f"{relation}-back", one, note) for one, relation, other, note in ties),
    ]:
        told = (other, names[other], amounts[other], note)
        found.setdefault(pledge, {}).setdefault(say[head], []).append(told)
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
    n, primary = len(known), int(ledger.sources["kind"].eq("primary").sum())
    read_as = ledger.sources["read_as"].value_counts().reindex(["mirror", "digest"], fill_value=0)
    lead = say["lead" if n else "lead-none"].format(n=n, primary=primary, **read_as, share=share(primary, n, lang))
    carrying, (heads, rows) = [source for source in known if source.id in rests], counted(ledger, lang=lang)
    told = {"sources": carrying, "rests": rests, "idle": n - len(carrying), "count_heads": heads, "count_rows": rows}
    return {"lead": lead, "words": say, **told}


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
    codes = {**_codes(ledger, lang), **short_names(ledger, lang), **called}
    codes |= {**ledger.events.set_index("event_id")[f"title_{lang}"]}
    codes |= {**ledger.statements.set_index("statement_id")[f"statement_{lang}"]}
    rows = list[dict[str, Any]]()
    for row in _filled(ledger.corrections):
        key, day = of_claims.get(row["key"], row["key"]), f"{row['corrected_on']:%Y-%m-%d}"
        name, pledge = ", ".join(codes.get(part, part) for part in key.split(";") if part), key.partition(";")[0]
        rows.append(
            {
                "urn": _urn(ledger, lang, row["table"], row["key"], row["column"], day),
                "when": day,
                "label": name + say["colon"] + heading(row["column"], lang),
                "pledge_id": pledge,
                **{end: _cell(row["column"], row[end], codes, lang) or say["empty"] for end in ("old", "new")},
                **{"reason": row["reason"], "source_id": row["source_id"], "source": called[row["source_id"]]},
                "page": f"pledges/{pledge}.html" if pledge in names else "changes.html",
            }
        )
    if {"version", "created"} <= {*about}:
        version = {"urn": _urn(ledger, lang, about["version"]), "label": say["version"].format(**about)}
        rows.append({**version, "when": about["created"][:10], "page": "changes.html"})
    rows.sort(key=lambda row: str(row["when"]), reverse=True)
    columns = ["when", "label", "pledge_id", "old", "new", "reason", "source_id"]
    frame = pd.DataFrame(rows, columns=columns)
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
    figures = re.compile(r"\d{5,}")
    return figures.sub(lambda figure: format_figure(float(figure[0]), lang=lang), _decoded(column, text, codes))


def letter(contact: str | None, subject: str, body: str) -> str:
    """Return the address that begins a letter, or an issue, to whom a ledger names; empty if that is no address.

    >>> letter("desk@example.org", "A row", "Which?"), letter("https://example.org/desk", "A row", "Which?")
    ('mailto:desk@example.org?subject=A%20row&body=Which%3F', 'https://example.org/desk')
    """
    if is_web(contact):
        issues = re.sub("/issues(?:/new)?/?$", "/issues/new?", str(contact))
        asked = {"title": subject, "body": body}
        return issues + urlencode(asked, quote_via=quote) if issues.endswith("?") else issues
    told = urlencode({"subject": subject, "body": body}, quote_via=quote)
    return f"mailto:{contact}?{told}" if re.fullmatch(r"[^@\s/:?&]+@[^@\s/:?&]+", contact or "") else ""
