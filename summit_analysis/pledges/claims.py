"""Who says what about a pledge, the day a claim is valued on, and rules that make one amount of rival claims."""

import datetime as dt
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal, TypeAlias

import pandas as pd

from summit_analysis.base.days import UNITS, one_day, period_bounds
from summit_analysis.base.errors import ChoiceError, FrameError, listed_words, one_or_several
from summit_analysis.base.kept import kept
from summit_analysis.base.text import LANGUAGES, Row
from summit_analysis.currency.rates import EURO, clean_code
from summit_analysis.ledger.sources import AGENCIES
from summit_analysis.ledger.tables import Ledger
from summit_analysis.pledges.once import forest_of
from summit_analysis.pledges.status import last_day, valued_updates


@dataclass(frozen=True)
class Only:
    """Pledges that are meant without what is inside them."""

    words: tuple[str, ...]


Where: TypeAlias = str | Iterable[str] | Only | None
"""Which pledges: groups, `ARTICLE`, names of pledges with all inside them; None for those of the event."""
Rule = Literal["full-range", "primary-first", "latest", "article"]
RULES: tuple[Rule, ...] = ("full-range", "primary-first", "latest", "article")
ARTICLE: Rule = "article"
"""The rule that reads the article alone, and the name of what it mentions."""
RULED = ("stands", "derived")
"""Standings of claims that a rule may read."""
_RANKED: dict[Rule, str] = {"primary-first": "distance", "latest": "undated"}
"""What the rules that choose among claims rank them by."""
MONEY_KINDS = ("private", "public", "mixed")
_SPAN = ["low", "high", "open_low", "open_high", "scale", "claims", "claim_ids"]
"""What the claims about a pledge come to."""


@kept
def date_claims(ledger: Ledger) -> pd.DataFrame:
    """Give each claim the day, or the period, at whose rate it is valued.

    Parameters
    ----------
    ledger : Ledger

    Returns
    -------
    pandas.DataFrame
        The table ``claims`` with ``valued_on`` (day, or first day of the period), ``valued_by`` and ``known_on``
        (first day on which the claim counts: the end of a period, no later than the last day in the data, else
        ``valued_on``). ``valued_by`` is

        - ``own-day``: the day of the statement;
        - ``source-day``: the day its source was published;
        - ``announcement-day``: the day of the announcement, where the claim's period allows it;
        - ``earliest-day``: its ``not_before``, where the day found, or its period, begins earlier;
        - ``month``, ``year``: the mean of its period;
        - ``nothing``: no day and no period are known.

    A claim that only says 2025 takes the mean rate of that year, and counts from its end:

    >>> dated = date_claims(ledger).set_index("claim_id")
    >>> print(*dated.loc["telehouse-france--jde-telehouse-2025", ["claimed_period", "valued_by", "known_on"]])
    2025 year 2025-12-31 00:00:00
    """
    claims, end = ledger.claims, last_day(ledger)
    # joined, not mapped: of no rows at all they are days, too
    told = claims.join(ledger.sources.set_index("source_id")["published_on"], on="source_id")
    announced = told.join(ledger.pledges.set_index("pledge_id")["announced_on"], on="pledge_id")["announced_on"]
    begins, ends = period_bounds(claims["claimed_period"])
    is_month = claims["claimed_period"].str.len() == len("2025-02")
    days = pd.DataFrame(
        {
            "own-day": claims["claimed_on"],
            "source-day": told["published_on"],
            "announcement-day": announced.mask((announced < begins) | (announced > ends)),
            "month": begins.where(is_month),
            "year": begins.mask(is_month),
        }
    )
    day = days.bfill(axis="columns")["own-day"].astype(claims["claimed_on"].dtype)
    by = days.notna().idxmax(axis="columns").where(day.notna(), "nothing")
    early = claims["not_before"].notna() & ~(day >= claims["not_before"])
    day, by = day.mask(early, claims["not_before"]), by.mask(early, "earliest-day").astype("str")
    # nothing that is in the data became known after the last day in them
    is_period = by.isin(["month", "year", "earliest-day"]) & ends.notna()
    return claims.assign(valued_on=day, valued_by=by, known_on=day.mask(is_period, ends.mask(ends > end, end)))


@kept
def value_claims(ledger: Ledger, *, to: str = EURO) -> pd.DataFrame:
    """Put every claim into one currency, each at the rate of its day or period.

    Parameters
    ----------
    ledger : Ledger
    to : str
        ISO 4217 code of the target.

    Returns
    -------
    pandas.DataFrame
        `date_claims` with the figures as printed, ``low``, ``high`` (whole units of the claim's currency; one figure
        fills both), ``open_low``, ``open_high``, and the columns of `normalise`: ``low_<to>``, ``high_<to>``,
        ``rate``, ``factor``, ``rate_date``, ``rate_source``, ``rate_status``.

    Raises
    ------
    MissingRateError
        If a claim with a figure has no rate on its day.

    Said on a Sunday, so at the rate of the Friday before:

    >>> dollars = value_claims(ledger, to="USD").set_index("claim_id")
    >>> said = dollars.loc["france-109bn--journalinfo-109bn-20250209"]
    >>> print(said["valued_on"].date(), said["rate"], said["rate_date"].date(), said["rate_status"])
    2025-02-09 1.0377 2025-02-07 carried
    """
    to = clean_code(to)
    dated = printed_figures(date_claims(ledger))
    # a rate that is missing is missed by a claim, not by a number of a row
    read = dated.set_index("claim_id")[["low", "high", "currency", "valued_on", "valued_by"]]
    return dated.join(converted_by_period(ledger, read, to).drop(columns=read.columns), on="claim_id")


def converted_by_period(
    ledger: Ledger, rows: pd.DataFrame, to: str, *, amounts: Sequence[str] = ("low", "high"), provenance: bool = True
) -> pd.DataFrame:
    """Put amounts into a currency, each row at the rate of its ``valued_on``, or the mean of its month or year.

    Which of them is said by ``valued_by``: ``month``, ``year``, else the day. The columns are those of `normalise`;
    first come the rows of days, then those of months, then those of years.
    """
    periods = rows["valued_by"].where(rows["valued_by"].isin(UNITS), "day")
    # an empty table has no groups, but all columns
    parts = [
        ledger.rates.convert(part, amounts=amounts, date="valued_on", to=to, period=period, provenance=provenance)
        for period, part in list(rows.groupby(periods)) or [("day", rows)]
    ]
    return pd.concat(parts)


def printed_figures(claims: pd.DataFrame) -> pd.DataFrame:
    """Add ``low`` and ``high`` as printed, and the flags ``open_low`` ("up to") and ``open_high`` ("at least")."""
    return claims.assign(
        low=claims["amount_low"].fillna(claims["amount_high"]),
        high=claims["amount_high"].fillna(claims["amount_low"]),
        open_low=claims["qualifier"].eq("up-to"),
        open_high=claims["qualifier"].eq("at-least"),
    )


@kept
def compare_claims(ledger: Ledger, *, to: str = EURO) -> pd.DataFrame:
    """Set all claims about each pledge side by side.

    Parameters
    ----------
    ledger : Ledger
    to : str
        ISO 4217 code of the common currency.

    Returns
    -------
    pandas.DataFrame
        One row per claim, pledges in table order, within a pledge by size: ``pledge_id``, ``claim_id``,
        ``source_id``, ``kind``, ``read_as``, ``low``, ``high``, ``currency``, ``qualifier``, ``attributed_to``,
        ``low_<to>``, ``high_<to>``, ``valued_on``, ``valued_by``, ``known_on``, ``rate``, ``rate_date``,
        ``standing``, ``standing_reason``.

    Apollo's five billion are dollars; the article and one report made them euros:

    >>> claims = compare_claims(ledger)
    >>> apollo = claims[claims["pledge_id"] == "apollo-energy"]
    >>> print(apollo[["low", "currency", "qualifier", "kind", "standing"]].to_string(index=False))
             low currency qualifier     kind standing
    5000000000.0      USD     exact     news   stands
    5000000000.0      USD  at-least analysis   stands
    5000000000.0      USD     exact analysis   stands
    5000000000.0      USD  at-least     news   stands
    5000000000.0      EUR     exact     news     slip
    5000000000.0      EUR     exact     seed   stands
    """
    to = clean_code(to)
    valued = value_claims(ledger, to=to).merge(ledger.sources[["source_id", "kind", "read_as"]], on="source_id")
    valued = valued.sort_values([f"high_{to}", f"low_{to}", "claim_id"])
    return ledger.pledges[["pledge_id"]].merge(valued, on="pledge_id")[
        [
            "pledge_id",
            "claim_id",
            "source_id",
            "kind",
            "read_as",
            "low",
            "high",
            "currency",
            "qualifier",
            "attributed_to",
            f"low_{to}",
            f"high_{to}",
            "valued_on",
            "valued_by",
            "known_on",
            "rate",
            "rate_date",
            "standing",
            "standing_reason",
        ]
    ]


@kept
def conflicts(ledger: Ledger, *, to: str = EURO) -> pd.DataFrame:
    """Say for each pledge how far its claims are apart, and about what.

    Parameters
    ----------
    ledger : Ledger
    to : str
        ISO 4217 code of the common currency.

    Returns
    -------
    pandas.DataFrame
        One row per pledge with claims, the most money at stake first, then in table order:

        - ``claims``, ``standing_claims``: how many there are, and how many a rule may read;
        - ``currency``: the one most of the latter use; ``low``, ``high``: their lowest and highest figure in it;
        - ``amount_at_stake_<to>``: ``high`` less ``low``, at the rate of `resolve_claims`; 0 where they agree;
        - ``spread``: ``high`` / ``low``, 1 where they agree (NaN without figure);
        - ``spread_rates``: the widest ratio between conversions into `to` of one and the same printed figure, which
          comes only from the day each is valued on;
        - ``about``: what they disagree on, of ``amount``, ``currency``, ``scope``, ``attribution``, joined by commas.

    >>> campus = conflicts(ledger).set_index("pledge_id").loc["mgx-campus"]
    >>> print(f"{campus['low'] / 1e9:.0f} or {campus['high'] / 1e9:.0f} billion; they differ in {campus['about']}")
    30 or 50 billion; they differ in amount, currency, attribution
    """
    to = clean_code(to)
    told, settled = compare_claims(ledger, to=to), settle_claims(ledger).set_index("pledge_id")
    each, read = told.groupby("pledge_id", sort=False), told[told["standing"].isin(RULED)]
    frame = each.size().to_frame("claims")
    frame["standing_claims"] = read.groupby("pledge_id").size().reindex(frame.index, fill_value=0)
    frame["currency"] = settled["currency"].fillna(each["currency"].agg(lambda said: said.mode()[0]))
    own = read[read["currency"] == read["pledge_id"].map(frame["currency"])].dropna(subset="high")
    figures = own.drop_duplicates(["pledge_id", "low", "high"]).groupby("pledge_id")
    frame[["low", "high"]] = figures.agg({"low": "min", "high": "max"})
    unit = resolve_claims(ledger, to=to).set_index("pledge_id")["high"] / settled["high"]
    frame[f"amount_at_stake_{to}"] = (frame["high"] - frame["low"]) * unit
    frame["spread"] = frame["high"] / frame["low"]
    same = read[read["high"] > 0].groupby(["pledge_id", "currency", "low", "high"])[f"high_{to}"]
    frame["spread_rates"] = (same.max() / same.min()).groupby("pledge_id").max()
    differ = pd.DataFrame(
        {
            "amount": figures.size() > 1,
            "currency": told[told["standing"] != "derived"].groupby("pledge_id")["currency"].nunique().ge(2),
            "scope": told["standing"].isin(["other-scope", "tally"]).groupby(told["pledge_id"]).any(),
            "attribution": each["attributed_to"].nunique().ge(2),
        },
        frame.index,
    ).eq(True)
    frame["about"] = [", ".join(differ.columns[row]) for row in differ.to_numpy()]
    return frame.sort_values(f"amount_at_stake_{to}", ascending=False, kind="stable").reset_index()


def rules_for(ledger: Ledger) -> list[Rule]:
    """Return the rules that a ledger can follow: that of the article only where there is one."""
    return [rule for rule in RULES if rule != ARTICLE or ledger.about.article]


def known_rule(name: str, ledger: Ledger) -> Rule:
    """Return the rule of this name, or raise `ChoiceError`."""
    if name not in rules_for(ledger):
        raise ChoiceError("rule", name, rules_for(ledger))
    return name


@kept
def resolve_claims(
    ledger: Ledger, rule: Rule = "full-range", as_of: str | dt.date | None = None, *, to: str = EURO
) -> pd.DataFrame:
    """Make one amount per pledge out of the claims about it.

    Parameters
    ----------
    ledger : Ledger
    rule : {"full-range", "primary-first", "latest", "article"}
        - ``full-range``: hull of the figures printed;
        - ``primary-first``: claims by the pledger or the announcing authority, or attributed to one of them; where
          there are none, agency text; else the rest; of the best class those of the latest day;
        - ``latest``: claims of the latest day (a period counts from its end; a claim dated only by the announcement
          is undated and read only where there is no other);
        - ``article``: the claims of the article that started the project, whatever their standing; pledges it does
          not mention drop out.
    as_of : str or datetime.date, optional
        Read only claims known by that day. Does not bind the rule ``article``.
    to : str
        ISO 4217 code of the result.

    Returns
    -------
    pandas.DataFrame
        One row per pledge in table order: ``pledge_id``, ``low``, ``high`` (figures printed, whole units of `to`; NaN
        if no claim read has a figure), ``open_low``, ``open_high``, ``scale`` (of a "several billion"), ``claims``
        (how many were read), ``claim_ids`` (joined by semicolons), ``rule``.

    Raises
    ------
    ChoiceError
        If the rule is not known.
    MissingRateError
        If a claim cannot be put into `to`.

    Notes
    -----
    Rules read claims that stand (``stands``, ``derived``); slips, figures of another scope, superseded figures and
    tallies are never read, except by ``article``.

    >>> campus = resolve_claims(ledger, "full-range").set_index("pledge_id").loc["mgx-campus"]
    >>> print(campus["low"], campus["high"])
    30000000000.0 50000000000.0
    """
    settled, to = settle_claims(ledger, rule, as_of), clean_code(to)
    unit = settled["first_claim"].map(_units(ledger, to)).astype(float)
    return settled.assign(low=settled["low"] * unit, high=settled["high"] * unit, rule=rule)[
        ["pledge_id", *_SPAN, "rule"]
    ]


@kept
def settle_claims(ledger: Ledger, rule: Rule = "full-range", as_of: str | dt.date | None = None) -> pd.DataFrame:
    """Settle what rival claims about each pledge amount to in its own currency, before anything is converted.

    Parameters
    ----------
    ledger, rule, as_of
        As in `resolve_claims`.

    Returns
    -------
    pandas.DataFrame
        One row per pledge in table order: ``pledge_id``, ``low``, ``high`` (figures printed, whole units of
        ``currency``), ``currency`` (that of most accepted claims; of two the one first known), ``valued_on``,
        ``valued_by`` (of ``first_claim``, the first accepted one in that currency), ``open_low``, ``open_high``,
        ``scale``, ``claims``, ``claim_ids``.

    Notes
    -----
    A claim in another currency is put into the pledge's at the rate of its own day, but for a conversion made by a
    source (``derived``): that says nothing of its own, and is not read where somebody stated the amount.

    Two hundred billion said in February and in September are one figure, whatever the dollar did in between:

    >>> row = settle_claims(ledger).set_index("pledge_id").loc["investai"]
    >>> print(row["low"], row["high"], row["currency"], row["valued_on"].date())
    200000000000.0 200000000000.0 EUR 2025-02-11
    """
    rule, day = known_rule(rule, ledger), None if as_of is None else pd.Timestamp(one_day(as_of))
    rows = [(pledge, *_settle(ledger, pledge, rule, day)) for pledge in ledger.pledges["pledge_id"]]
    columns = ["pledge_id", *_SPAN, "currency", "first_claim", "valued_on", "valued_by"]
    texts = dict.fromkeys(["pledge_id", "claim_ids", "currency", "first_claim", "valued_by"], "str")
    settled = pd.DataFrame(rows, columns=columns).astype(
        texts | {"open_low": bool, "open_high": bool, "valued_on": ledger.claims["claimed_on"].dtype}
    )
    return settled[settled["claims"] > 0].reset_index(drop=True) if rule == ARTICLE else settled


def _settle(ledger: Ledger, pledge: str, rule: Rule, day: pd.Timestamp | None) -> tuple[object, ...]:
    """Settle the claims about a pledge: its span, its currency, the first claim in it with its day and period."""
    said = _told(ledger).get(pledge, [])
    if rule == ARTICLE:
        said = [claim for claim in said if claim.source_id == ledger.about.article]
    else:
        said = [claim for claim in said if claim.standing in RULED and (day is None or claim.known_on <= day)]
    if not said:
        return math.nan, math.nan, False, False, math.nan, 0, "", None, None, pd.NaT, None
    figured = [claim for claim in said if not math.isnan(claim.low)] or said
    stated = [claim for claim in figured if claim.standing != "derived"] or figured
    # of two currencies said as often the one first known
    currency = Counter(claim.currency for claim in stated).most_common(1)[0][0]
    first = next(claim for claim in stated if claim.currency == currency)
    foreign = {claim.claim_id for claim in said if claim.currency != currency and not math.isnan(claim.low)}
    read = [claim for claim in said if claim.standing != "derived" or claim.claim_id not in foreign]
    if rule in _RANKED:
        # a figure is better than none, whoever prints it; of the best class those of the latest day
        ranks = [(math.isnan(claim.low), getattr(claim, _RANKED[rule]), claim.age) for claim in read]
        best = min(ranks)
        read = [claim for claim, rank in zip(read, ranks, strict=True) if rank == best]
    units = _units(ledger, currency, rivals=True) if foreign else {}
    ends = [
        end * units.get(claim.claim_id, 1.0) for claim in read for end in (claim.low, claim.high) if not math.isnan(end)
    ]
    low, high = min(ends, default=math.nan), max(ends, default=math.nan)
    # a scale is kept only where there is no figure
    scale = math.nan if ends else max(claim.scale for claim in read)
    flags = any(claim.open_low for claim in read), any(claim.open_high for claim in read)
    names = ";".join(claim.claim_id for claim in sorted(read, key=lambda claim: claim.Index))
    return low, high, *flags, scale, len(read), names, currency, first.claim_id, first.valued_on, first.valued_by


@kept
def _told(ledger: Ledger) -> dict[str, list[Row]]:
    """The claims about each pledge, as printed, the first known first, with what rules rank them by."""
    claims, sources = printed_figures(date_claims(ledger)), ledger.sources.set_index("source_id")
    primary = claims["source_id"].map(sources["kind"]).eq("primary")
    quoted = claims["attributed_is_pledger"].fillna(False).astype("bool")
    agency = claims["source_id"].map(sources["publisher"]).str.contains(AGENCIES)
    ranked = claims.assign(
        distance=pd.Series(2, claims.index).case_when([(primary | quoted, 0), (agency, 1)]),
        undated=claims["valued_by"].isin(["announcement-day", "nothing"]),
        # a claim that nobody can date comes before all others, so it is the last to be read
        age=-claims["known_on"].fillna(pd.Timestamp(0)).astype("int64"),
    )
    told: dict[str, list[Row]] = {}
    for claim in ranked.sort_values(["known_on", "valued_on"], kind="stable").itertuples():
        told.setdefault(claim.pledge_id, []).append(claim)
    return told


@kept
def _units(ledger: Ledger, to: str, rivals: bool = False) -> dict[str | None, float]:
    """What a unit of the currency of each claim with a figure is worth in another, on the claim's day or in its period.

    Of `rivals` only: the claims about pledges of which others speak in that currency.
    """
    claims = printed_figures(date_claims(ledger)).dropna(subset="low")
    if rivals:
        claims = claims[claims["pledge_id"].isin(claims.loc[claims["currency"] == to, "pledge_id"])]
    rows = claims.assign(unit=1.0).set_index("claim_id")[["currency", "valued_on", "valued_by", "unit"]]
    return dict(converted_by_period(ledger, rows, to, amounts=["unit"], provenance=False)[f"unit_{to}"])


def only_up_to(ledger: Ledger, rule: Rule = "full-range", as_of: str | dt.date | None = None) -> set[str]:
    """Return the pledges of which every figure that a rule has read says "up to": the true amount may be less."""
    settled = settle_claims(ledger, rule, as_of).set_index("pledge_id")
    read = settled.loc[settled["open_low"], "claim_ids"].str.split(";").explode()
    ceiling = read.map(ledger.claims.set_index("claim_id")["qualifier"]).loc[lambda said: said != "several"].eq("up-to")
    return set(ceiling.index) - set(ceiling.index[~ceiling])


def sources_read(
    ledger: Ledger, pledges: Iterable[str], rule: Rule = "full-range", as_of: str | dt.date | None = None
) -> pd.Series:
    """Return the source of each claim about the given pledges that a rule has read.

    Parameters
    ----------
    ledger : Ledger
    pledges : iterable of str
        Pledge ids.
    rule, as_of
        As in `resolve_claims`.

    Returns
    -------
    pandas.Series of str
        ``source_id``, once per claim.
    """
    resolved = resolve_claims(ledger, rule, as_of)
    return sources_of(ledger, resolved[resolved["pledge_id"].isin(pledges)])


def sources_of(ledger: Ledger, rows: pd.DataFrame) -> pd.Series:
    """Return the source of each claim named in the column ``claim_ids`` (joined by semicolons), once per claim."""
    read = rows["claim_ids"].str.split(";").explode()
    return ledger.claims.loc[ledger.claims["claim_id"].isin(read), "source_id"]


@kept
def select(
    ledger: Ledger,
    *,
    to: str = EURO,
    rule: Rule = "full-range",
    where: Where = None,
    as_of: str | dt.date | None = None,
) -> pd.DataFrame:
    """Return the selected pledges that exist as of a day, each with one amount.

    Parameters
    ----------
    ledger : Ledger
    to : str
        ISO 4217 code.
    rule : str
        See `resolve_claims`.
    where : str or iterable of str, optional
        Groups of pledges, ``article`` (what the article mentions), names of pledges by id, label or alias (each with
        all inside it), or several of these. Default: the group of the event.
    as_of : str or datetime.date, optional
        Rows exist from their announcement; updates that change the amount, withdrawals and successions count from
        their day. Default: all rows, as announced.

    Returns
    -------
    pandas.DataFrame
        One row per pledge, in table order: the columns of `resolve_claims` with ``announced_on``, ``money_kind``,
        ``recipient_country``, ``new_money``, ``parent_id`` as in the table, and

        - ``amount_by``: ``claims``, or the ids of the sources of the update that changed it;
        - ``excluded``: why the row is in no sum (``no money``, ``undated``, ``withdrawn``, ``succeeded``), else empty;
        - ``withdrawn``: ``yes``, ``possibly`` or ``no``.

    Raises
    ------
    ChoiceError
        If `where` names neither a group nor a pledge.
    """
    to, facts = clean_code(to), ["announced_on", "money_kind", "recipient_country", "new_money", "parent_id"]
    wanted = ledger.pledges.set_index("pledge_id").loc[lambda rows: rows.index.isin(_wanted(ledger, where)), facts]
    rows = (
        resolve_claims(ledger, rule, as_of, to=to).join(wanted, on="pledge_id", how="inner").assign(amount_by="claims")
    )
    gone = dict[str, str]()
    if as_of is not None:
        rows = rows[~(rows["announced_on"] > pd.Timestamp(one_day(as_of)))]
        updates = valued_updates(ledger, to, as_of)
        if rule != ARTICLE:
            steps = updates["happened"].eq("yes") & updates["amount_is"].isin(["new-total", "increase"])
            rows = _changed(rows, updates[steps])
        left = updates[updates["status"] == "withdrawn"]
        # what is certain comes last, and has the last word
        gone = dict(sorted(zip(left["pledge_id"], left["happened"], strict=True), key=lambda one: one[1]))
    excluded = {
        pledge: "withdrawn" if gone.get(pledge) == "yes" else "undated" if as_of is not None and day is pd.NaT else ""
        for pledge, day in zip(rows["pledge_id"], rows["announced_on"], strict=True)
    }
    standing = {pledge for pledge, why in excluded.items() if not why}
    ties = zip(*(ledger.overlaps[name] for name in ("pledge_a", "pledge_b", "relation")), strict=True)
    excluded |= {old: "succeeded" for new, old, relation in ties if relation == "succeeds" and {new, old} <= standing}
    excluded |= dict.fromkeys(rows.loc[rows["money_kind"] == "none", "pledge_id"], "no money")
    told = [(gone.get(pledge, "no"), why) for pledge, why in excluded.items()]
    return rows.reset_index(drop=True).join(pd.DataFrame(told, columns=["withdrawn", "excluded"], dtype="str"))


def exactly(where: Where, only: str | Iterable[str] | None) -> Where:
    """Return the selection that `where` or `only` stands for: who hands in both wants only one of them."""
    if only is None:
        return where
    if where is not None:
        raise FrameError("where= and only= are two selections; hand in one of them")
    return Only(tuple(one_or_several(only)))


def _wanted(ledger: Ledger, where: Where) -> set[str]:
    """Return the ids of the pledges selected; raise `ChoiceError` for a word nobody knows and for no word at all."""
    groups, wanted = set(ledger.pledges["group"]), set[str]()
    named = where.words if isinstance(where, Only) else ledger.about.group if where is None else where
    if not (said := one_or_several(named)):
        raise FrameError("the selection is empty: no pledge is left")
    for word in said:
        if not isinstance(word, str) or word in ledger.pledges.columns:
            raise FrameError(
                f"pledges are selected by name, not by {word!r}: hand in names, of a mask "
                "ledger.pledges.loc[mask, 'pledge_id'], of a frame frame['pledge_id']"
            )
        if word in groups or where is None:
            wanted |= set(ledger.pledges.loc[ledger.pledges["group"] == word, "pledge_id"])
        elif word == ARTICLE and ledger.about.article:
            wanted |= set(ledger.claims.loc[ledger.claims["source_id"] == ledger.about.article, "pledge_id"])
        else:
            pledge = known_pledge(ledger, word)
            wanted |= {pledge} if isinstance(where, Only) else set(forest_of(ledger).within(pledge))
    return wanted


def known_pledge(ledger: Ledger, name: str, option: str = "where") -> str:
    """Return the id of the pledge that is called so: by its id, its label, or a name in ``aliases``.

    Of pledges that share a name the package that holds the others is meant.

    Raises
    ------
    ChoiceError
        If nobody is called so, with the names nearest to it; or if several are.
    """
    names, forest, said = _names(ledger), forest_of(ledger), str(name).casefold()
    found = [name] if name in [*forest.parent] else names.get(said, [])
    outer = [pledge for pledge in found if not set(forest.ancestors(pledge)) & set(found)]
    if len(outer) == 1:
        return outer[0]
    if outer:
        raise ChoiceError(option, name, outer, f"names {len(outer)} pledges")
    like = [one for one in names if said and said in one][:4] or get_close_matches(said, names, n=4, cutoff=0.6)
    near = dict.fromkeys(pledge for one in like for pledge in names[one])
    words = [*ledger.pledges["group"].unique(), *([ARTICLE] if ledger.about.article else [])]
    raise ChoiceError(option, name, [*near, *(words if option == "where" else ()), "a pledge id or name"])


@kept
def _names(ledger: Ledger) -> dict[str, list[str]]:
    """The pledges of each id, label, sure name and pledger, in small letters."""
    sure = ledger.aliases[~ledger.aliases["kind"].isin(["weak", "context"])]
    told = [
        *zip(ledger.pledges["pledge_id"], ledger.pledges["pledge_id"], strict=True),
        *((name, pledge) for lang in LANGUAGES for pledge, name in ledger.names(lang).items()),
        *zip(sure["alias"], sure["pledge_id"], strict=True),
        *zip(ledger.pledges["pledger"], ledger.pledges["pledge_id"], strict=True),
    ]
    names = defaultdict[str, list[str]](list)
    for name, pledge in dict.fromkeys((str(name).casefold(), pledge) for name, pledge in told):
        names[name].append(pledge)
    return dict(names)


def known_kinds(money_kinds: str | Iterable[str] | None) -> tuple[str, ...] | None:
    """Return the kinds of money named, in the order of `MONEY_KINDS`, None for all of them, or raise `ChoiceError`."""
    asked = listed_words("money_kinds", MONEY_KINDS if money_kinds is None else money_kinds, MONEY_KINDS)
    kinds = tuple(kind for kind in MONEY_KINDS if kind in asked)
    return None if kinds == MONEY_KINDS else kinds


def _changed(rows: pd.DataFrame, steps: pd.DataFrame) -> pd.DataFrame:
    """Apply new totals and increases in order of time; an increase and a total of one day are one step said twice."""
    names = ["low", "high", "open_low", "open_high", "scale", "amount_by"]
    changed = dict(zip(rows["pledge_id"], rows[names].itertuples(index=False, name=None), strict=True))
    # of one day the increase comes first, so that the total stays
    for step in steps.sort_values(["last_on", "amount_is"]).itertuples():
        if step.pledge_id in changed:
            low, high, *flags, _ = changed[step.pledge_id]
            if step.amount_is == "new-total":
                low = high = 0.0
                flags = [False, False, math.nan]
            changed[step.pledge_id] = low + step.figure, high + step.figure, *flags, step.source_id
    figures = pd.DataFrame(list(changed.values()), rows.index, names).astype(rows[names].dtypes)
    return rows.assign(**figures)
