"""The total of pledges, each euro once: with what it left out, what ties take off, and what it cannot tell."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from summit_analysis.amounts import LANGUAGES, Amount, Language
from summit_analysis.days import one_day
from summit_analysis.display import long_day
from summit_analysis.horizons import years_between
from summit_analysis.outcomes import last_day
from summit_analysis.rates import EURO, clean_code
from summit_analysis.reckoning import Reckoning, reckon_selected
from summit_analysis.resolving import RULES, Rule
from summit_analysis.selection import known_kinds, select
from summit_analysis.sentences import total_sentence
from summit_analysis.splitting import by_group, by_kind

if TYPE_CHECKING:
    from summit_analysis.tables import Ledger


@dataclass(frozen=True)
class Total:
    """A sum in which no euro counts twice.

    Attributes
    ----------
    low, high : float
        Figures printed, whole units of `to`; an amount without figure adds nothing.
    naive : Amount
        What adding up all selected rows gives.
    counted : pandas.DataFrame
        Rows in the sum: ``pledge_id``, ``low``, ``high``, ``open_low``, ``open_high``, ``money_kind``,
        ``recipient_country``, ``claim_ids`` (the claims read), ``amount_by``, and ``one_year``: a comparator that is
        the spending of a single year. It is not of a kind with plans of several years; the sentence names those that
        are added to such.
    left_out : pandas.DataFrame
        Every other selected row, with ``reason`` and ``counted_in`` (the envelope that stands for it).
    ties : pandas.DataFrame
        What overlaps, restatements and withdrawals take off: see `Reckoning.ties`; ``within`` is empty for the total.
    unallocated : pandas.DataFrame
        Envelopes against their parts: see `Reckoning.envelopes`.
    unquantified : pandas.DataFrame
        Rows without a figure, ``scale`` for "several billion": beside the total, in no sum.
    kinds : pandas.DataFrame
        The total by ``money_kind``: ``low``, ``high``.
    split : pandas.DataFrame or None
        With ``by=``: the counted envelopes split into their parts, ``low``, ``high`` by group, and ``unallocated``.
    findings : pandas.DataFrame
        ``finding``, ``pledge_id``, ``low``, ``high``: what does not fit. ``parts-above-envelope``: the parts sum to
        more than the envelope. ``no-room``: the envelope leaves less than two units of the scale for a part that is
        said to be several. ``withdrawn-part``: it is taken off the lower figure of its envelope.
    to, rule : str
    as_of : str or None
        The day asked for, YYYY-MM-DD.
    data_end : str
        The last day in the data; the sentence names it if `as_of` is later.
    money_kinds : tuple of str or None
        The only kinds of money selected, None for every kind.
    names : pandas.DataFrame
        Short names of the pledges: ``pledge_id``, ``label_en``, ``label_fr``.

    What the careless sum has too much is all there: left out, or taken off by a tie.

    >>> found = total(ledger, rule="article")
    >>> print(f"{found.naive.high / 1e9:.1f} carelessly, {found.high / 1e9:.1f} once")
    632.8 carelessly, 321.4 once
    >>> rest = found.naive.high - found.high - found.left_out["high"].sum() - found.ties["high"].sum()
    >>> round(float(rest), 2)
    0.0
    """

    low: float
    high: float
    naive: Amount
    counted: pd.DataFrame
    left_out: pd.DataFrame
    ties: pd.DataFrame
    unallocated: pd.DataFrame
    unquantified: pd.DataFrame
    kinds: pd.DataFrame
    split: pd.DataFrame | None
    findings: pd.DataFrame
    to: str
    rule: Rule
    as_of: str | None
    data_end: str
    money_kinds: tuple[str, ...] | None
    names: pd.DataFrame

    @property
    def amount(self) -> Amount:
        """The total with its open ends."""
        flags = self.counted["open_low"].any(), self.counted["open_high"].any()
        return Amount(self.low, self.high, self.to, *map(bool, flags))

    def sentence(self, lang: Language = "en") -> str:
        """Say the total in one sentence: amount, kinds of money, who makes it open, what has no figure."""
        return total_sentence(self, lang)

    def day_in_words(self, lang: Language = "en") -> str:
        """Write the day asked for, and where the data end if it is later; empty if none was."""
        return "" if self.as_of is None else long_day(self.as_of, lang=lang, data_end=self.data_end)

    def tables(self) -> dict[str, pd.DataFrame]:
        """The frames a reader needs to check the total, by title, with the columns that matter."""
        money = ["low", "high"]
        return {
            "Counted": self.counted[["pledge_id", *money, "money_kind", "amount_by"]],
            "Left out": self.left_out[["pledge_id", *money, "reason", "counted_in"]],
            "Taken off": self.ties[["pledge_a", "pledge_b", "relation", "within", *money, "reason"]],
            "Findings": self.findings,
        }

    def as_dict(self, lang: Language = "en") -> dict[str, object]:
        """The total as plain values: what ``--json`` prints."""
        head = {"sentence": self.sentence(lang), "low": self.low, "high": self.high, "currency": self.to}
        settings = {"rule": self.rule, "as_of": self.as_of, "data_end": self.data_end}
        naive = {"naive_low": self.naive.low, "naive_high": self.naive.high}
        frames = {title.lower().replace(" ", "_"): frame for title, frame in self.tables().items()}
        frames |= {"kinds": self.kinds, "unallocated": self.unallocated, "unquantified": self.unquantified}
        plain = {name: frame.astype(object).where(frame.notna(), None) for name, frame in frames.items()}
        return head | settings | naive | {name: frame.to_dict("records") for name, frame in plain.items()}


def total(
    ledger: Ledger,
    to: str = EURO,
    rule: Rule = "full-range",
    where: str | Iterable[str] | None = None,
    by: str | None = None,
    as_of: str | dt.date | None = None,
    money_kinds: str | Iterable[str] | None = None,
) -> Total:
    """Add up pledges so that no euro counts twice.

    Parameters
    ----------
    ledger : Ledger
    to : str
        ISO 4217 code.
    rule : {"full-range", "primary-first", "latest", "article"}
        How rival claims become one amount: see `resolve_claims`.
    where : str or iterable of str, optional
        ``summit`` (default), ``comparator``, ``article``, a pledge id with all inside it, or several of these.
    by : str, optional
        A column of ``pledges`` to split the counted rows by; of an envelope its direct parts are split, the rest is
        ``unallocated``.
    as_of : str or datetime.date, optional
        See `select`. Default: all rows, as announced. Of a day after the data nothing more is known than on their last.
    money_kinds : str or iterable of str, optional
        ``private``, ``public``, ``mixed``, or several of these: see `select`. Default: every kind.

    Returns
    -------
    Total
        ``naive`` = total + ``left_out`` + ``ties`` (those of the total), bound by bound, to the cent.

    Raises
    ------
    ChoiceError
        If `rule`, `where`, `by` or `money_kinds` is not known.

    >>> round(total(ledger, rule="article", as_of="2025-02-11").high / 1e9, 1)
    321.4
    """
    to = clean_code(to)
    kinds = None if money_kinds is None else tuple(known_kinds(money_kinds))
    rows = select(ledger, to=to, rule=rule, where=where, as_of=as_of, money_kinds=kinds)
    reckoning = reckon_selected(ledger, rows)
    described = reckoning.rows
    counted, rest = described[described["counted"]], described[~described["counted"]]
    bare = described[described["low"].isna() & described["excluded"].eq("")]
    bare = bare[~bare["reason"].str.startswith("no figure,")]
    low, high = reckoning.sums()
    columns = ["pledge_id", "low", "high", "open_low", "open_high", "money_kind", "recipient_country"]
    columns += ["claim_ids", "amount_by"]
    return Total(
        low=low,
        high=high,
        naive=_naive(described, to),
        counted=counted[columns].assign(one_year=_one_year(ledger, counted)).reset_index(drop=True),
        left_out=rest[[*columns, "reason", "counted_in"]].reset_index(drop=True),
        ties=reckoning.ties,
        unallocated=reckoning.envelopes,
        unquantified=bare[["pledge_id", "scale", "reason", "parent_id"]].reset_index(drop=True),
        kinds=by_kind(reckoning),
        split=None if by is None else by_group(ledger, reckoning, by),
        findings=_findings(described, reckoning),
        to=to,
        rule=rule,
        as_of=None if as_of is None else str(one_day(as_of)),
        data_end=str(last_day(ledger).date()),
        money_kinds=kinds,
        names=pd.DataFrame({f"label_{lang}": ledger.names(lang) for lang in LANGUAGES}).reset_index(),
    )


def envelope_by_rule(
    ledger: Ledger, envelope: str, *, to: str = EURO, as_of: str | dt.date | None = None
) -> pd.DataFrame:
    """Hold one envelope against its parts under every rule.

    Returns
    -------
    pandas.DataFrame
        One row per rule: ``rule``, the columns of `Reckoning.envelopes` for this envelope, ``unquantified`` (ids of
        its parts without a figure, joined by semicolons) and ``findings`` (joined by semicolons).

    How much of the 109 billion bears no name depends on whom one believes:

    >>> found = envelope_by_rule(ledger, "france-109bn").set_index("rule")
    >>> (found[["unallocated_low", "unallocated_high"]] / 1e9).round(1)
                   unallocated_low  unallocated_high
    rule
    full-range                 0.0              21.2
    primary-first              0.0               0.2
    latest                     0.0               0.2
    article                    0.0              13.0
    """
    rows = []
    for rule in RULES:
        found = total(ledger, to=to, rule=rule, where=envelope, as_of=as_of)
        held = found.unallocated[found.unallocated["pledge_id"] == envelope].drop(columns="pledge_id")
        bare, findings = ";".join(found.unquantified["pledge_id"]), ";".join(found.findings["finding"])
        rows.append(held.assign(rule=rule, unquantified=bare, findings=findings))
    table = pd.concat(rows, ignore_index=True)
    return table[["rule", *table.columns.drop("rule")]]


def _one_year(ledger: Ledger, counted: pd.DataFrame) -> pd.Series:
    horizon = ledger.pledges.set_index("pledge_id").loc[counted["pledge_id"], ["horizon_start", "horizon_end"]]
    years = years_between(horizon["horizon_start"], horizon["horizon_end"])
    # a pledge of the summit is whole, also if it is spent within a year
    return counted["group"].eq("comparator") & (years <= 1).to_numpy()


def _naive(rows: pd.DataFrame, to: str) -> Amount:
    known = rows[rows["low"].notna()]
    flags = known["open_low"].any(), known["open_high"].any() or rows["low"].isna().any()
    return Amount(math.fsum(known["low"]), math.fsum(known["high"]), to, *map(bool, flags))


def _findings(described: pd.DataFrame, reckoning: Reckoning) -> pd.DataFrame:
    envelopes, ties = reckoning.envelopes, reckoning.ties
    above = envelopes[envelopes["parts_low"] > envelopes["high"] * (1 + 1e-12)]
    found = [("parts-above-envelope", e.pledge_id, e.parts_low, e.parts_high) for e in above.itertuples()]
    room = envelopes.set_index("pledge_id")["unallocated_high"].reindex(described["parent_id"])
    room = pd.Series(room.to_numpy(), described.index)
    squeezed = described[described["scale"].notna() & described["excluded"].eq("") & (room < 2 * described["scale"])]
    found += [("no-room", row.pledge_id, 0.0, room[row.Index]) for row in squeezed.itertuples()]
    gone = ties[ties["reason"].str.endswith("part of an envelope")]
    found += [("withdrawn-part", tie.pledge_a, tie.low, tie.low) for tie in gone.itertuples()]
    return pd.DataFrame(found, columns=["finding", "pledge_id", "low", "high"]).astype({"low": float, "high": float})
