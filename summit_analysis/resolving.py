"""Rules with a name that make one amount per pledge out of rival claims."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from summit_analysis.claims import RULED, value_claims
from summit_analysis.days import one_day
from summit_analysis.errors import ChoiceError
from summit_analysis.rates import EURO, clean_code
from summit_analysis.sources import SEED

if TYPE_CHECKING:
    from summit_analysis.tables import Ledger

Rule = Literal["full-range", "primary-first", "latest", "article"]
RULES: tuple[Rule, ...] = ("full-range", "primary-first", "latest", "article")

AGENCIES = r"\b(?:AFP|AP|Reuters|Bloomberg|ANSA|PA|CP|dpa|EFE|Kyodo|Yonhap|Xinhua|TASS)\b"
NOT_THE_PLEDGER = (
    *("Financial Times", "Bloomberg", "TechCrunch", "TechCrunch (own tally)", "Reuters", "South China Morning Post"),
    *("analysts", "unnamed people", "author of a parliamentary question", "local elected official"),
)
"""Names in ``attributed_to`` that are neither the pledger nor the authority that announced the pledge."""


def known_rule(name: str) -> Rule:
    """Return the rule of this name, or raise `ChoiceError`."""
    for rule in RULES:
        if rule == name:
            return rule
    raise ChoiceError("rule", name, RULES)


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
    rule, to = known_rule(rule), clean_code(to)
    claims = value_claims(ledger, to=to)
    if rule == "article":
        claims = claims[claims["source_id"] == SEED]
        pledges = ledger.pledges.loc[ledger.pledges["pledge_id"].isin(claims["pledge_id"]), "pledge_id"]
    else:
        claims = claims[claims["standing"].isin(RULED)]
        pledges = ledger.pledges["pledge_id"]
        if as_of is not None:
            claims = claims[claims["known_on"] <= pd.Timestamp(one_day(as_of).item())]
        claims = _best(claims, rule, ledger)
    figures = claims.rename(
        columns={"low": "low_printed", "high": "high_printed", f"low_{to}": "low", f"high_{to}": "high"}
    )
    merged = figures.groupby("pledge_id").agg(
        low=("low", "min"),
        high=("high", "max"),
        open_low=("open_low", "any"),
        open_high=("open_high", "any"),
        scale=("scale", "max"),
        claims=("claim_id", "size"),
        claim_ids=("claim_id", ";".join),
    )
    resolved = merged.reindex(pledges).rename_axis("pledge_id").reset_index()
    return resolved.assign(
        open_low=resolved["open_low"].eq(True),
        open_high=resolved["open_high"].eq(True),
        scale=resolved["scale"].where(resolved["low"].isna()),
        claims=resolved["claims"].fillna(0).astype("int64"),
        claim_ids=resolved["claim_ids"].fillna("").astype("str"),
        rule=rule,
    )


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


def compare_rules(ledger: Ledger, as_of: str | dt.date | None = None, *, to: str = EURO) -> pd.DataFrame:
    """Set the amounts of all rules side by side.

    Returns
    -------
    pandas.DataFrame
        One row per pledge, indexed by ``pledge_id``; column levels are the rule and ``low``, ``high`` (whole units of
        `to`), ``claims``: missing where the rule leaves the pledge out.

    Raises
    ------
    MissingRateError
        If a claim cannot be put into `to`.

    The Presidency said 30 to 50 billion, and four days later 50:

    >>> compare_rules(ledger).loc["mgx-campus"].unstack(sort=False)[["low", "high"]] / 1e9
                    low  high
    full-range     30.0  50.0
    primary-first  50.0  50.0
    latest         50.0  50.0
    article        50.0  50.0
    """
    frames = {
        rule: resolve_claims(ledger, rule, as_of, to=to).set_index("pledge_id")[["low", "high", "claims"]]
        for rule in RULES
    }
    return pd.concat(frames, axis=1).reindex(ledger.pledges["pledge_id"])


def _best(claims: pd.DataFrame, rule: Rule, ledger: Ledger) -> pd.DataFrame:
    if rule == "full-range":
        return claims
    # a figure is better than none, whoever prints it
    claims = _first(claims, claims["low"].isna())
    if rule == "primary-first":
        claims = _first(claims, _distance(claims, ledger))
    else:
        claims = _first(claims, claims["valued_by"].isin(["announcement-day", "nothing"]))
    # a claim that nobody can date comes before all others
    return _first(claims, -claims["known_on"].fillna(pd.Timestamp(0)).astype("int64"))


def _first(claims: pd.DataFrame, rank: pd.Series) -> pd.DataFrame:
    """Keep the claims of each pledge with the lowest rank."""
    return claims[rank.eq(rank.groupby(claims["pledge_id"]).transform("min"))]


def _distance(claims: pd.DataFrame, ledger: Ledger) -> pd.Series:
    """0: the pledger or announcing authority speaks or is quoted; 1: agency text; 2: the rest."""
    sources = ledger.sources.set_index("source_id")
    own = claims["source_id"].map(sources["kind"]).eq("primary")
    quoted = claims["attributed_to"].notna() & ~claims["attributed_to"].isin(NOT_THE_PLEDGER)
    agency = claims["source_id"].map(sources["publisher"]).str.contains(AGENCIES)
    return pd.Series(np.select([own | quoted, agency], [0, 1], 2), claims.index)
