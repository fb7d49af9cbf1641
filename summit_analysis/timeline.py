"""What happened when: events, announcements, updates and declarations on one axis."""

import datetime as dt
from collections.abc import Iterable

import pandas as pd

from summit_analysis.base.days import one_day
from summit_analysis.base.errors import FrameError, listed_words
from summit_analysis.base.kept import kept
from summit_analysis.base.text import Language, words
from summit_analysis.currency.rates import EURO
from summit_analysis.ledger.tables import Ledger
from summit_analysis.money import Amount, format_amount
from summit_analysis.pledges.claims import date_claims, resolve_claims
from summit_analysis.pledges.status import dated_updates

WHAT = ("event", "announcement", "update", "declaration")

_COLUMNS = [
    "first_on",
    "last_on",
    "precision",
    "what",
    "kind",
    "label",
    "low",
    "high",
    "currency",
    "amount",
    "id",
    "source_id",
]


@kept
def timeline(
    ledger: Ledger,
    *,
    kinds: str | Iterable[str] | None = None,
    since: str | dt.date | None = None,
    until: str | dt.date | None = None,
    lang: Language = "en",
) -> pd.DataFrame:
    """Put events, announcements of pledges, updates and declarations on one axis, in order of time.

    Parameters
    ----------
    ledger : Ledger
    kinds : str or iterable of str, optional
        Words of ``what`` or ``kind``; a row stays if either is among them. Default: all rows.
    since, until : str or datetime.date, optional
        Keep what may have happened between the two days, which both count; rows without any day drop out. The data end
        on the day the last of their sources was published: nothing in them happened later, whatever `until` says.
    lang : {"en", "fr"}
        Language of ``label`` and ``amount``; titles of declarations stay as printed.

    Returns
    -------
    pandas.DataFrame
        - ``first_on``, ``last_on``: first and last day, or the first and last on which it can have happened; a period
          ends no later than the last day in the data; NaT if nothing is known;
        - ``precision``: ``day`` (the two days are its own), ``month``, ``year``, ``window`` (some day between the two;
          if they are one, it is that of the article), ``unknown``;
        - ``what``: one of `WHAT`; ``kind``: kind of event, purpose of the pledge, status of the update, or
          ``declaration``;
        - ``label``: title of the event or declaration, name of the pledge (and status);
        - ``low``, ``high`` (figures printed, whole units of ``currency``; a pledge's are those of `resolve_claims` in
          euros, an update's its own; NaN without figure), ``amount`` (the same in words, empty if there is none);
        - ``id``: of the event, pledge or declaration; ``source_id`` (of an announcement, its earliest claim's).

    Raises
    ------
    ChoiceError
        If `kinds` holds a word that no row has, or the language is not known.
    FrameError
        If `since` or `until` is not a day, or `since` is the later one.

    >>> timeline(ledger, kinds="counter-summit", since="2025-02-06", until="2025-02-11")["id"].tolist()
    ['counter-summit', 'counter-summit-interrupted']
    """
    titles = {"starts_on": "first_on", "ends_on": "last_on", "event_id": "id", f"title_{lang}": "label"}
    events = ledger.events.fillna({"precision": "window"}).rename(columns=titles).assign(what="event")
    names = {"declaration_id": "id", "title": "label", "adopted_on": "first_on"}
    signed = ledger.declarations.rename(columns=names).assign(
        last_on=ledger.declarations["adopted_on"], precision="day", what="declaration", kind="declaration"
    )
    parts = [events, _announcements(ledger, lang), _updates(ledger, lang), signed]
    # words for an amount need more than its figures
    rows = pd.concat(parts, ignore_index=True).reindex(columns=[*_COLUMNS, "open_low", "open_high", "scale"])
    rows = rows.astype({"low": "float64", "high": "float64", "currency": "str", "source_id": "str"})
    rows["amount"] = [
        # of what is neither a pledge nor news nobody says whether an end is open
        format_amount(
            Amount(row.low, row.high, row.currency, row.open_low == 1, row.open_high == 1, row.scale), lang=lang
        )
        if row.low == row.low or row.scale == row.scale
        else ""
        for row in rows.itertuples()
    ]
    rows = rows[_COLUMNS]
    if kinds is not None:
        asked = listed_words("kinds", kinds, sorted({*WHAT, *rows["kind"]}))
        rows = rows[rows["what"].isin(asked) | rows["kind"].isin(asked)]
    if since is not None or until is not None:
        first = pd.Timestamp.min if since is None else pd.Timestamp(one_day(since))
        last = pd.Timestamp.max if until is None else pd.Timestamp(one_day(until))
        if first > last:
            raise FrameError(f"since {since} is later than until {until}; exchange the two")
        rows = rows[(rows["last_on"] >= first) & (rows["first_on"] <= last)]
    return rows.sort_values(["first_on", "last_on"], kind="stable", ignore_index=True)


def _announcements(ledger: Ledger, lang: Language) -> pd.DataFrame:
    rows = ledger.pledges.merge(resolve_claims(ledger), on="pledge_id")
    earliest = date_claims(ledger).sort_values("known_on", kind="stable").drop_duplicates("pledge_id")
    return rows.rename(columns={"pledge_id": "id", "purpose": "kind", "announced_on": "first_on"}).assign(
        last_on=rows["announced_on"],
        precision=rows["announced_on"].isna().map({True: "unknown", False: "day"}),
        what="announcement",
        label=rows["pledge_id"].map(ledger.names(lang)),
        currency=EURO,
        source_id=rows["pledge_id"].map(earliest.set_index("pledge_id")["source_id"]),
    )


def _updates(ledger: Ledger, lang: Language) -> pd.DataFrame:
    rows, say = dated_updates(ledger), words("status", lang) | words("timeline", lang)
    return rows.rename(columns={"pledge_id": "id", "status": "kind"}).assign(
        precision=rows["dated"].str.len().map({10: "day", 7: "month", 4: "year"}).fillna("unknown"),
        what="update",
        label=rows["pledge_id"].map(ledger.names(lang)) + say["colon"] + rows["status"].map(say),
        low=rows["amount"],
        high=rows["amount"],
    )
