"""The frames of the pages to look things up on, put into words: pledges, signatures, what happened when, the rest."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import quote

import pandas as pd

from summit_analysis.base.kept import kept
from summit_analysis.base.text import Language, Row, long_day, words
from summit_analysis.currency.rates import EURO
from summit_analysis.ledger.display import NAMED, show
from summit_analysis.ledger.tables import Ledger
from summit_analysis.money import Amount, format_amount
from summit_analysis.pledges.claims import compare_claims, conflicts, resolve_claims, settle_claims
from summit_analysis.pledges.compare import total_by_convention
from summit_analysis.pledges.status import dated_updates, documented_sums, hearsay, status
from summit_analysis.report.notebooks import lift_styles
from summit_analysis.signatures import claimed_counts, memberships, short_names
from summit_analysis.timeline import timeline

_ORDERED = {"amount": "high", "documented": "documented", "count": "count"}
"""Columns whose cells are sorted by a number, with the column that holds it."""
_NO_ROWS = {"style": "", "rows": 0, "source_ids": ()}


def table(
    ledger: Ledger,
    frame: pd.DataFrame,
    key: str,
    lang: Language,
    *,
    pledges: str = "pledges/",
    headings: Mapping[str, str] | None = None,
    filters: Sequence[str] = (),
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

    Returns
    -------
    dict
        ``id``, ``body`` and ``style`` (HTML, CSS), ``rows`` (how many), ``filters`` (places of these columns).
    """
    names = ledger.names(lang)
    shown = show(frame, key, lang=lang, currency=EURO, names=names, sources=ledger.sources, headings=headings)
    for place, column in enumerate(shown.columns):
        if column.key in NAMED:
            shown.style.data[place] = [
                ", ".join(_linked(one, names, pledges) for one in str(ids).split(";")) if pd.notna(ids) else ""
                for ids in frame[column.key]
            ]
        elif column.kind == "number" and (figures := _ORDERED.get(column.key)) in frame:
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


def _linked(pledge: str, names: pd.Series, pledges: str) -> str:
    name = escape(names.get(pledge, pledge))
    return f'<a href="{pledges}{quote(pledge)}.html">{name}</a>' if pledge in names else name


@kept
def lists_of(ledger: Ledger, lang: Language) -> dict[str, list[dict[str, Any]]]:
    """Return the tables to look things up in, by page, as far as the ledger has something for them."""
    say, about = words("tables", lang), ledger.about
    pages: dict[str, list[dict[str, Any]]] = {"pledges": [], "signatures": [], "timeline": [], "tables": []}

    def put(page: str, key: str, frame: pd.DataFrame, *filters: str, headings: Mapping[str, str] | None = None) -> None:
        if len(frame):
            pages[page].append(table(ledger, frame, f"{key}-rows", lang, headings=headings, filters=filters))

    if ledger.claims.empty:
        return {}
    put("pledges", "pledges", _overview(ledger, lang), "group", "purpose", "money_kind", "furthest")
    lists = dict(short_names(ledger, lang))
    if len(ledger.signatures):
        signed, texts = memberships(ledger, lang=lang), words("signing", lang)
        signed = signed[[f"name_{lang}", *lists]].replace(dict.fromkeys(lists, texts))
        put("signatures", "signatures", signed, *lists, headings={**lists, f"name_{lang}": say["name"]})
    if about.declaration and about.declaration in set(ledger.counts["declaration_id"]):
        counts = claimed_counts(ledger, about.declaration)
        counts = counts.assign(measure=counts["measure"].map(say), fits=counts["fits"].map(say))
        put("signatures", "counts", counts[["source_id", "as_of", "measure", "count", "low", "high", "fits"]])
    events = timeline(ledger, lang=lang).rename(columns={"amount": "sum"})
    events = events.assign(what=events["what"].map(say))
    put(
        "timeline",
        "timeline",
        events[["first_on", "last_on", "what", "label", "sum", "source_id"]],
        "what",
        headings={"sum": words("headings", lang)["amount"]},
    )
    apart = conflicts(ledger)
    put("tables", "conflicts", apart[apart["spread"] > 1].drop(columns=["claims", "spread_rates", "about"]))
    claims = claims_in_words(ledger, lang)
    put("tables", "claims", claims, "pledge_id", "standing", headings={"standing": say["standing"]})
    rates = pd.concat([total_by_convention(ledger, to=to) for to in (EURO, "USD")], ignore_index=True)
    rates = rates.assign(convention=rates["convention"].map(say), currency=rates["to"])
    put("tables", "rates", rates[["convention", "day", "low", "high", "currency"]])
    return {page: tables for page, tables in pages.items() if tables}


def claims_in_words(ledger: Ledger, lang: Language) -> pd.DataFrame:
    """Return all claims with what an editor thinks of them in words."""
    claims = compare_claims(ledger)
    opened = {"open_low": claims["qualifier"].eq("up-to"), "open_high": claims["qualifier"].eq("at-least")}
    claims = claims.assign(standing=claims["standing"].map(words("tables", lang)), **opened)
    columns = ["pledge_id", "low", "high", "currency", *opened, "valued_on", "standing", "standing_reason"]
    return claims[[*columns, "source_id"]]


def _overview(ledger: Ledger, lang: Language) -> pd.DataFrame:
    """Return one row per pledge: who, how much, for what, whose money, since when, how far it has come."""
    say, kinds, steps, groups = (words(section, lang) for section in ("bars", "explorer", "status", "pledge"))
    rows = ledger.pledges.merge(resolve_claims(ledger), on="pledge_id").merge(status(ledger), on="pledge_id")
    purposes = rows["purpose"].map(lambda word: say.get(f"purpose-{word}", word))
    coded = {"money_kind": rows["money_kind"].map(kinds), "furthest": rows["furthest"].map(steps), "purpose": purposes}
    coded["group"] = rows["group"].map(lambda word: groups.get(f"group-{word}", word))
    rows = rows.assign(**coded)
    told = ["pledge_id", "low", "high", "open_low", "open_high", "scale", "group", "pledger", "purpose", "money_kind"]
    return rows[[*told, "announced_on", "furthest", "documented"]]


@kept
def _own_amounts(ledger: Ledger, lang: Language) -> dict[str, str]:
    """Write of each pledge what its accepted claims come to in its own currency, and in euros."""
    rows, texts = settle_claims(ledger).merge(resolve_claims(ledger), on="pledge_id", suffixes=("", "_euros")), {}
    for row in rows.itertuples():
        own = Amount(row.low, row.high, row.currency or "", row.open_low, row.open_high, row.scale)
        euros = Amount(row.low_euros, row.high_euros, EURO, row.open_low, row.open_high)
        said = [own, euros] if own.quantified and row.currency != EURO else [own]
        texts[row.pledge_id] = (
            " ≈ ".join(format_amount(one, lang=lang) for one in said) if row.claims and pd.notna(row.currency) else ""
        )
    return texts


@kept
def pledge_pages(ledger: Ledger, lang: Language) -> list[dict[str, Any]]:
    """Return what the page of each pledge says, in table order.

    Returns
    -------
    list of dict
        ``id``, ``name``, ``amount`` (its own currency, then euros), ``facts`` (heads and texts), ``note``,
        ``related`` (heads and, below each, id, name, amount and note of other pledges), ``claims``, ``news`` (tables),
        ``documented`` (sentences), ``source_ids``, ``code`` (lines of Python).
    """
    say, names, amounts = words("pledge", lang), ledger.names(lang), _own_amounts(ledger, lang)
    claims, updates = claims_in_words(ledger, lang), dated_updates(ledger)
    steps = words("status", lang) | words("timeline", lang)
    news = updates.assign(
        when=updates["updated_on"].dt.strftime("%Y-%m-%d").fillna(updates["updated_period"]),
        status=updates["status"].map(steps),
        amount_is=updates["amount_is"].map(lambda word: say.get(f"is-{word}", word)),
    )[["pledge_id", "when", "status", "amount", "currency", "amount_is", "note", "source_id"]]
    heads = {"standing": words("tables", lang)["standing"], "amount_is": say["amount_is"], "status": say["status"]}
    heads |= {"standing_reason": say["reason"]}
    own, since = _parted(ledger, claims, "claims", lang, heads), _parted(ledger, news, "news", lang, heads)
    money, related, pages = documented_sums(ledger), _related(ledger, lang), list[dict[str, Any]]()
    for row, facts in zip(ledger.pledges.itertuples(), _facts(ledger, lang), strict=True):
        tables = {key: found.get(row.pledge_id, _NO_ROWS) for key, found in (("claims", own), ("news", since))}
        pages.append(
            {
                "id": row.pledge_id,
                "name": names[row.pledge_id],
                "has_amount": bool(amounts.get(row.pledge_id)),
                "amount": amounts.get(row.pledge_id) or say["no-amount"],
                "facts": facts,
                "note": row.note if isinstance(row.note, str) else "",
                "related": [
                    (head, [(one, names[one], amounts.get(one, ""), note) for one, note in found])
                    for head, found in related.get(row.pledge_id, {}).items()
                ],
                **tables,
                "documented": [
                    say["documented"].format(
                        amount=format_amount(Amount(one.documented, one.documented, EURO), lang=lang),
                        kind=say[f"is-{one.kind}"],
                        day=long_day(one.day, lang=lang),
                    )
                    for one in money[money["pledge_id"] == row.pledge_id].itertuples()
                ],
                "source_ids": {source for found in tables.values() for source in found["source_ids"]},
                "code": [
                    f"compare_claims(ledger).query(\"pledge_id == '{row.pledge_id}'\")",
                    f'total(ledger, where="{row.pledge_id}")',
                ],
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


def _facts(ledger: Ledger, lang: Language) -> list[list[tuple[str, str]]]:
    """Say of each pledge who pays what for what, where and when, as far as it is known."""
    say, bars, kinds = (words(section, lang) for section in ("pledge", "bars", "explorer"))
    name = "name_fr" if lang == "fr" else "entity"
    countries = ledger.entities.dropna(subset=["iso3"]).set_index("iso3")[name].to_dict()
    every, at_second_hand = status(ledger).set_index("pledge_id"), hearsay(ledger)
    steps, found = words("status", lang), []
    for row in ledger.pledges.itertuples():
        days = [day for day in (row.horizon_start, row.horizon_end) if isinstance(day, str)]
        gone = steps["withdrawn"]
        gone = steps["reportedly"].format(change=gone) if row.pledge_id in at_second_hand else gone
        told = {
            "pledger": row.pledger,
            "from": countries.get(row.pledger_country),
            "to": ", ".join(dict.fromkeys(filter(None, [_text(row.place), countries.get(row.recipient_country)]))),
            "purpose": bars.get(f"purpose-{row.purpose}", row.purpose),
            "money": kinds.get(row.money_kind, row.money_kind),
            "new": bars.get(f"new_money-{row.new_money}"),
            "announced": long_day(row.announced_on, lang=lang) if pd.notna(row.announced_on) else say["undated"],
            "horizon": "–".join(dict.fromkeys(days)),
            "furthest": steps[every.loc[row.pledge_id, "furthest"]] if len(ledger.updates) else "",
            "withdrawn": gone if every.loc[row.pledge_id, "withdrawn"] == "yes" else "",
        }
        found.append([(say[key], str(text)) for key, text in told.items() if text])
    return found


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _related(ledger: Ledger, lang: Language) -> dict[str, dict[str, list[tuple[str, str]]]]:
    """Return for each pledge, under a head in words, the pledges it is tied to, each with an editor's note."""
    say, found = words("pledge", lang), dict[str, dict[str, list[tuple[str, str]]]]()

    def put(pledge: str, head: str, other: str, note: Any = "") -> None:
        found.setdefault(pledge, {}).setdefault(say[head], []).append((other, _text(note)))

    inside: Row
    for inside in ledger.pledges.dropna(subset="parent_id").itertuples():
        put(inside.pledge_id, "part-of", inside.parent_id)
        put(inside.parent_id, "parts", inside.pledge_id)
    for tie in ledger.overlaps.itertuples():
        put(tie.pledge_a, tie.relation, tie.pledge_b, tie.note)
        put(tie.pledge_b, f"{tie.relation}-back", tie.pledge_a, tie.note)
    return found
