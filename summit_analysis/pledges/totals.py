"""The total of pledges and its sentence; its parts; what is new in it; the ladder from hype to hard core."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from summit_analysis.base.days import one_day
from summit_analysis.base.errors import ChoiceError
from summit_analysis.base.kept import Frozen, kept
from summit_analysis.base.text import LANGUAGES, Language, Row, long_day, words
from summit_analysis.currency.convert import normalise_frame
from summit_analysis.currency.rates import EURO, clean_code
from summit_analysis.ledger.tables import Ledger
from summit_analysis.money import Amount, format_amount
from summit_analysis.pledges.claims import MONEY_KINDS, RULED, RULES, Rule, known_kinds, select, value_claims
from summit_analysis.pledges.once import WHOLE, Forest, Reckoning, nearest_selected, reckon_selected
from summit_analysis.pledges.status import dated_updates, last_day, years_between

_SMALL = 0.01
"""Rows under this share of the total are named with their share."""
_SHARE = {"en": "#,##0.0##%", "fr": "#,##0.0##\u202f%"}
_UNITS = {"EUR": "euro", "USD": "dollar"}


class _Summed(Protocol):
    """What is said of a `Total`, whose module imports this one."""

    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...
    @property
    def naive(self) -> Amount: ...
    @property
    def counted(self) -> pd.DataFrame: ...
    @property
    def left_out(self) -> pd.DataFrame: ...
    @property
    def unquantified(self) -> pd.DataFrame: ...
    @property
    def kinds(self) -> pd.DataFrame: ...
    @property
    def money_kinds(self) -> tuple[str, ...] | None: ...
    @property
    def names(self) -> pd.DataFrame: ...
    @property
    def to(self) -> str: ...
    @property
    def as_of(self) -> str | None: ...
    def day_in_words(self, lang: Language = "en") -> str: ...


def total_sentence(found: _Summed, lang: Language = "en") -> str:
    """Say a total: amount, kinds of money, open ends by name, rows without figure, and the careless sum.

    Parameters
    ----------
    found : Total
        Of the module `totals`, which calls this.
    lang : {"en", "fr"}

    Returns
    -------
    str
    """
    say = words("total", lang)
    amount = total_amount(found, lang)
    day = "" if found.as_of is None else say["as_of"].format(day=found.day_in_words(lang))
    main = day + say["main"].format(amount=amount, unit=unit(found.to, lang)) + _kinds(found, lang, say)
    clauses = [main, *_open(found, lang, say), *_beside(found, lang, say)]
    careless = say["careless"].format(amount=_amount(found.naive.low, found.naive.high, found, lang))
    text = f"{say['and'].join(clauses)}. {careless}{_careless_open(found, lang, say)}."
    return text[:1].upper() + text[1:]


def total_amount(found: _Summed, lang: Language = "en") -> str:
    """Say how much a total is: "at most" where companies recur across France and the EU."""
    amount = _amount(found.low, found.high, found, lang)
    across = {"FRA", "EUE"} <= set(found.counted["recipient_country"])
    return words("total", lang)["at_most"].format(amount=amount) if across else amount


def unit(to: str, lang: Language = "en") -> str:
    """Name what is counted once: a euro, a dollar, of other currencies a sum.

    >>> unit("EUR"), unit("SEK", "fr")
    ('euro', 'montant')
    """
    return _UNITS.get(to) or words("total", lang)["sum"]


def _amount(low: float, high: float, found: _Summed, lang: Language) -> str:
    return format_amount(Amount(low, high, found.to), lang=lang)


def _kinds(found: _Summed, lang: Language, say: dict[str, str]) -> str:
    parts = [
        say[row.money_kind].format(amount=_amount(row.low, row.high, found, lang))
        for row in found.kinds.sort_values("high", ascending=False).itertuples()
    ]
    return say["kinds"].format(kinds=", ".join(parts)) if parts else ""


def _open(found: _Summed, lang: Language, say: dict[str, str]) -> list[str]:
    clauses = []
    for flag, key in (("open_high", "floor"), ("open_low", "ceiling")):
        rows = found.counted[found.counted[flag]]
        if len(rows):
            clauses.append(
                say[key].format(names=_listed([_with_share(row, found, lang, say) for row in rows.itertuples()], lang))
            )
    return clauses


def _with_share(row: Row, found: _Summed, lang: Language, say: dict[str, str]) -> str:
    from babel.numbers import format_percent

    name: str = _names(found, lang)[row.pledge_id]
    share = row.high / found.high if found.high else 1.0
    if share >= _SMALL:
        return name
    return say["small"].format(name=name, share=format_percent(share, format=_SHARE[lang], locale=lang))


def _beside(found: _Summed, lang: Language, say: dict[str, str]) -> list[str]:
    names, clauses = _names(found, lang), []
    if found.money_kinds is not None and len(found.money_kinds) < len(MONEY_KINDS):
        kinds = [words("bars", lang)[f"only-{kind}"] for kind in found.money_kinds]
        clauses.append(say["only"].format(kinds=_listed(kinds, lang)))
    if len(found.unquantified):
        clauses.append(say["bare"].format(names=_listed(names[found.unquantified["pledge_id"]], lang)))
    gone = found.left_out[found.left_out["reason"].isin(["withdrawn", "succeeded"])]
    if len(gone):
        clauses.append(say["gone"].format(names=_listed(names[gone["pledge_id"]], lang)))
    undated = (found.left_out["reason"] == "undated").sum()
    if undated:
        clauses.append(say["undated"].format(n=undated))
    one_year = found.counted["one_year"]
    if one_year.any() and not one_year.all():
        clauses.append(say["one_year"].format(names=_listed(names[found.counted.loc[one_year, "pledge_id"]], lang)))
    if {"FRA", "EUE"} <= set(found.counted["recipient_country"]):
        clauses.append(say["across"])
    return clauses


def _careless_open(found: _Summed, lang: Language, say: dict[str, str]) -> str:
    """Who makes the careless sum open although the total is not: rows inside an envelope that has a figure."""
    names, rest = _names(found, lang), found.left_out
    floors = rest[rest["open_high"] & rest["low"].notna()]
    if not len(floors) or found.counted["open_high"].any():
        return ""
    clauses = [say["floor"].format(names=_listed(names[floors["pledge_id"]], lang))]
    if len(found.unquantified):
        clauses.append(say["bare"].format(names=_listed(names[found.unquantified["pledge_id"]], lang)))
    return say["kinds"].format(kinds=say["and"].join(clauses))


def _names(found: _Summed, lang: Language) -> pd.Series:
    return found.names.set_index("pledge_id")[f"label_{lang}"]


def _listed(names: Iterable[str], lang: Language) -> str:
    from babel.lists import format_list

    return format_list(list(names), locale=lang)


UNALLOCATED = "unallocated"
"""The group of what an envelope holds beyond its parts."""


def by_kind(reckoning: Reckoning) -> pd.DataFrame:
    """Split a total by the kind of money of the rows counted.

    Returns
    -------
    pandas.DataFrame
        ``money_kind``, ``low``, ``high``: what ties take off the total is taken off.
    """
    described, whole = reckoning.rows, reckoning.ties[reckoning.ties["within"] == WHOLE]
    kind = described.set_index("pledge_id")["money_kind"]
    stands = described.set_index("pledge_id")["counted_in"]
    parents = described.set_index("pledge_id")["parent_id"]
    # what is taken off comes out of the row that stands for the smaller of the two
    holder = [stands[p] or stands[parents[p]] for p in whole["pledge_a"]]
    off = whole.assign(money_kind=kind.reindex(holder).to_numpy(), low=-whole["low"], high=-whole["high"])
    columns = ["money_kind", "low", "high"]
    both = pd.concat([described.loc[described["counted"], columns], off[columns]])
    return both.groupby("money_kind")[["low", "high"]].agg(math.fsum).reset_index()


def by_group(ledger: Ledger, reckoning: Reckoning, by: str) -> pd.DataFrame:
    """Split the rows counted by a column of ``pledges``; of an envelope its direct parts, the rest is `UNALLOCATED`.

    Returns
    -------
    pandas.DataFrame
        The column `by`, ``low``, ``high``; rows counted themselves first, then those of envelopes, `UNALLOCATED` last.

    Raises
    ------
    ChoiceError
        If `by` is no column of ``pledges``.
    """
    described = reckoning.rows
    if not isinstance(by, str) or by not in ledger.pledges.columns:
        raise ChoiceError("by", by, ledger.pledges.columns)
    group = ledger.pledges.set_index("pledge_id", drop=False)[by]
    envelopes = reckoning.envelopes.set_index("pledge_id")
    counted = described.loc[described["counted"], "pledge_id"]
    whole = counted[~counted.isin(envelopes.index)]
    # a part may hang on a middle row without a figure, which counts as its parts
    figured = described.loc[described["low"].notna() & described["excluded"].eq(""), "pledge_id"]
    holder = described["pledge_id"].map(nearest_selected(described, pd.Index(figured)))
    parts = described[holder.isin(counted) & described["pledge_id"].isin(figured)]
    named = pd.concat([described[described["pledge_id"].isin(whole)], parts])
    off = _off(reckoning, named["pledge_id"]).reindex(named["pledge_id"]).fillna(0).to_numpy()
    named = named.assign(low=named["low"] - off[:, 0], high=named["high"] - off[:, 1])
    named = named.assign(**{by: named["pledge_id"].map(group)})[[by, "low", "high"]]
    left = envelopes.loc[envelopes.index.isin(counted), ["unallocated_low", "unallocated_high"]]
    rest = pd.DataFrame({by: [UNALLOCATED], "low": [left.iloc[:, 0].sum()], "high": [left.iloc[:, 1].sum()]})
    return pd.concat([named, rest]).groupby(by, sort=False, dropna=False)[["low", "high"]].sum().reset_index()


def _off(reckoning: Reckoning, named: pd.Series) -> pd.DataFrame:
    """What ties take off the bounds of the rows named, by id; of a row inside one of them, off that one."""
    parents = reckoning.rows.set_index("pledge_id")["parent_id"]
    holders = []
    for taken in reckoning.ties["pledge_a"]:
        holder = taken
        while isinstance(holder, str) and holder not in set(named):
            holder = parents[holder]
        holders.append(holder)
    return reckoning.ties[["low", "high"]].groupby(pd.Series(holders, dtype=object)).sum()


@dataclass(frozen=True, eq=False)
class Total(Frozen):
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


@kept
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


_Combine = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""From rows, their own amounts and those of their parts to the amounts of the rows."""
_OF_THE_ROW = ("restated", "new-total")
_SHARE_OF_IT = ("part", "spent", "raised")


class Descent:
    """The selected rows with their own updates; arrays have one entry per row."""

    def __init__(self, rows: pd.DataFrame, ledger: Ledger, to: str, as_of: str | dt.date | None) -> None:
        self.rows = rows.reset_index(drop=True)
        self.forest = Forest(self.rows["pledge_id"], self.rows["parent_id"])
        self.low = self.rows["low"].fillna(0).to_numpy()
        self.high = self.rows["high"].fillna(0).to_numpy()
        gone = self.rows["excluded"].ne("") | self.rows["reason"].eq("inside a withdrawn pledge")
        updates = dated_updates(ledger, as_of)
        withdrawn = updates.loc[updates["status"].eq("withdrawn") & updates["happened"].eq("yes"), "pledge_id"]
        self.withdrawn = (gone | self.rows["pledge_id"].isin(withdrawn)).to_numpy()
        self.live = ~gone.to_numpy()
        self.quantified = self.rows["low"].notna().to_numpy() & self.live
        self.old = self._old(ledger)
        self.updates = self._own_updates(updates, ledger, to)

    def _old(self, ledger: Ledger) -> np.ndarray:
        """Money promised before: a `no` row that is older than its envelope, undated, or a restatement."""
        announced = self.rows["announced_on"]
        above = self.rows.set_index("pledge_id")["announced_on"].reindex(self.rows["parent_id"]).to_numpy()
        younger_tranche = self.rows["parent_id"].notna() & (announced >= above)
        restates = ledger.overlaps.loc[ledger.overlaps["relation"] == "restates", "pledge_a"]
        first_said = ~younger_tranche | self.rows["pledge_id"].isin(restates)
        old: np.ndarray = (self.rows["new_money"].eq("no") & first_said).to_numpy()
        return old

    def _own_updates(self, updates: pd.DataFrame, ledger: Ledger, to: str) -> pd.DataFrame:
        mine = updates[updates["pledge_id"].isin(self.rows["pledge_id"]) & updates["happened"].ne("no")]
        # an amount without any day is put into the currency on the last day in the data
        day = mine["last_on"].fillna(last_day(ledger))
        mine = mine.assign(day=day, currency=mine["currency"].fillna(to))
        valued = normalise_frame(mine, amounts="amount", date="day", to=to, rates=ledger.rates, provenance=False)
        return valued.rename(columns={f"amount_{to}": "figure"}).assign(
            row=self.forest.ids.get_indexer(mine["pledge_id"])
        )

    def _upwards(self, own: np.ndarray, combine: _Combine) -> np.ndarray:
        """Let each row see the sum over its parts."""
        value, parts = own.copy(), np.zeros(len(own))
        for level in range(int(self.forest.depth.max(initial=0)), -1, -1):
            here = self.forest.at_depth(level)
            value[here] = np.where(self.live[here], combine(here, own[here], parts[here]), 0)
            inner = here[self.forest.parent[here] >= 0]
            parts += np.bincount(self.forest.parent[inner], value[inner], minlength=len(own))
        return value

    def new_money(self) -> np.ndarray:
        """Certainly and possibly new money of each row, shape (2, n)."""

        def promised_before(rows: np.ndarray, own: np.ndarray, parts: np.ndarray) -> np.ndarray:
            return np.where(self.old[rows], own, parts)

        old_low, old_high = (
            self._upwards(np.where(self.old, bound, 0), promised_before) for bound in (self.low, self.high)
        )
        yes = self.rows["new_money"].eq("yes").to_numpy() & self.quantified

        def certain(rows: np.ndarray, own: np.ndarray, parts: np.ndarray) -> np.ndarray:
            sure = np.where(yes[rows], self.low[rows] - old_high[rows], parts)
            held = np.where(self.quantified[rows], np.maximum(0, self.low[rows]), np.inf)
            return np.where(self.old[rows], 0, np.clip(sure, 0, held))

        def possible(rows: np.ndarray, own: np.ndarray, parts: np.ndarray) -> np.ndarray:
            most = np.where(self.quantified[rows], self.high[rows] - old_low[rows], parts)
            return np.where(self.old[rows], 0, np.maximum(0, most))

        zero = np.zeros(len(self.rows))
        return np.stack([self._upwards(zero, certain), self._upwards(zero, possible)])

    def reached(self, statuses: tuple[str, ...], most_new: np.ndarray) -> np.ndarray:
        """Possibly new amounts that have one of the statuses by the rows' own updates, shape (2, n)."""
        low, high = self._own(statuses)
        whole_low, whole_high = low >= self.low, high >= self.high

        def least(rows: np.ndarray, own: np.ndarray, parts: np.ndarray) -> np.ndarray:
            reached = np.where(whole_low[rows] & self.quantified[rows], self.low[rows], np.maximum(own, parts))
            new: np.ndarray = np.minimum(reached, most_new[rows])
            return new

        def most(rows: np.ndarray, own: np.ndarray, parts: np.ndarray) -> np.ndarray:
            held = np.where(self.quantified[rows], self.high[rows], np.inf)
            whole = whole_high[rows] & self.quantified[rows]
            reached = np.where(whole, self.high[rows], np.minimum(held, own + parts))
            new: np.ndarray = np.minimum(reached, most_new[rows])
            return new

        return np.stack([self._upwards(low, least), self._upwards(high, most)])

    def _own(self, statuses: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
        count = len(self.rows)
        low, high = np.zeros(count), np.zeros(count)
        envelopes = set(self.forest.parent)
        for update in self.updates[self.updates["status"].isin(statuses)].itertuples():
            row = update.row
            if self.withdrawn[row] or self.old[row] or not self.quantified[row]:
                continue
            least, most = self._says(row, update.amount_is, update.figure, row in envelopes)
            high[row] = max(high[row], most)
            if update.happened == "yes":
                low[row] = max(low[row], least)
        return low, high

    def _says(self, row: int, amount_is: object, figure: float, is_envelope: bool) -> tuple[float, float]:
        if amount_is in _SHARE_OF_IT:
            return min(figure, self.low[row]), min(figure, self.high[row])
        if amount_is in _OF_THE_ROW or (pd.isna(amount_is) and not is_envelope):
            return self.low[row], self.high[row]
        # a sum of another scope, or an envelope without a figure: how much of the row is meant is not said
        return 0.0, self.high[row] if amount_is == "component" else 0.0

    def marked(self, statuses: tuple[str, ...]) -> set[str]:
        """Ids of the rows with one of the statuses."""
        return set(self.updates.loc[self.updates["status"].isin(statuses), "pledge_id"])

    def possibly_new(self) -> set[str]:
        """Ids of the rows that are not certainly old money."""
        return set(self.rows.loc[~self.old, "pledge_id"])

    def tops(self, value: np.ndarray) -> pd.DataFrame:
        """The rows without an envelope, with their amounts."""
        top = (self.forest.parent < 0) & (value[1] > 0)
        return pd.DataFrame({"pledge_id": self.forest.ids[top], "low": value[0][top], "high": value[1][top]})


RUNGS = ("naive", "once", "new-money", "site", "works")
WORKS = ("financed", "permitted", "under-construction", "operating")
SITE = ("site-chosen", *WORKS)


def ladder(
    ledger: Ledger,
    to: str = EURO,
    rule: Rule = "full-range",
    where: str | Iterable[str] | None = None,
    as_of: str | dt.date | None = None,
) -> pd.DataFrame:
    """Descend from the careless sum to the money that has finance, a permit, works or a service.

    Parameters
    ----------
    ledger, to, rule, where, as_of
        As in `total`.

    Returns
    -------
    pandas.DataFrame
        One row per rung, each nested in the one above: ``rung`` (`RUNGS`), ``low``, ``high`` (whole units of `to`),
        ``pledges`` (how many rows carry it), ``unquantified`` (ids without a figure that reach the rung, joined by
        semicolons).

        - ``naive``: all rows added up;
        - ``once``: `total`;
        - ``new-money``: ``low`` is certainly, ``high`` possibly first promised by these announcements;
        - ``site``: has a site, or more; each row by its own updates, never by its envelope's;
        - ``works``: has finance, a permit, works or a service.

    Notes
    -----
    As of a day, a pledge that nobody dates is on no rung (`select`), and is not taken for money promised before either:
    what its envelope brings to ``new-money`` can then be higher by its figure than without `as_of`.

    In billions of euros; what has more than a site is one hundredth of the careless sum:

    >>> (ladder(ledger).set_index("rung")[["low", "high"]] / 1e9).round(1)
                 low   high
    rung
    naive      758.1  781.6
    once       376.9  404.0
    new-money  142.2  375.6
    site        47.1   75.0
    works        7.1    7.2
    """
    return explain_ladder(ledger, to, rule, where, as_of).pipe(_sums)


def explain_ladder(
    ledger: Ledger,
    to: str = EURO,
    rule: Rule = "full-range",
    where: str | Iterable[str] | None = None,
    as_of: str | dt.date | None = None,
) -> pd.DataFrame:
    """Return what each row brings to each rung of `ladder`.

    Returns
    -------
    pandas.DataFrame
        One row per rung and pledge that brings something, or per deduction: ``rung``, ``pledge_id``, ``low``,
        ``high`` (negative for what a tie takes off; NaN for a row without figure), ``what`` (``pledge`` or ``tie``).
        The amounts of a rung add up to `ladder`; a tie without pledge takes off what a rung would have beyond the one
        above.

    Who brings something to the lowest rung, Mistral without saying how much:

    >>> pieces = explain_ladder(ledger)
    >>> works = pieces.loc[pieces["rung"] == "works", ["pledge_id", "low", "high"]]
    >>> print(works.round(-6).to_string(index=False))
                  pledge_id          low         high
               france-109bn 6700000000.0 6750000000.0
    current-ai-target-2-5bn  385000000.0  387000000.0
                  roost-27m   26000000.0   26000000.0
            mistral-essonne          NaN          NaN
    """
    to = clean_code(to)
    rows = select(ledger, to=to, rule=rule, where=where, as_of=as_of)
    reckoning = reckon_selected(ledger, rows)
    tree = Descent(reckoning.rows, ledger, to, as_of)
    counted = reckoning.rows.loc[reckoning.rows["counted"], ["pledge_id", "low", "high"]]
    ties = reckoning.ties[reckoning.ties["within"].eq(WHOLE)]
    taken = ties.assign(pledge_id=ties["pledge_a"], low=-ties["low"], high=-ties["high"], what="tie")
    bare = rows.loc[rows["low"].isna() & rows["excluded"].eq(""), "pledge_id"]
    new = tree.new_money()
    site, works = tree.reached(SITE, new[1]), tree.reached(WORKS, new[1])
    parts = [
        _pieces("naive", rows[["pledge_id", "low", "high"]].dropna(), bare),
        _pieces("once", counted, bare).pipe(_with, "once", taken),
        _pieces("new-money", tree.tops(new), bare[bare.isin(tree.possibly_new())]).pipe(
            _with, "new-money", _shared(taken, tree, new)
        ),
        _pieces("site", tree.tops(site), bare[bare.isin(tree.marked(SITE))]),
        _pieces("works", tree.tops(works), bare[bare.isin(tree.marked(WORKS))]),
    ]
    return _limited(pd.concat(parts, ignore_index=True))


def _shared(taken: pd.DataFrame, tree: Descent, new: np.ndarray) -> pd.DataFrame:
    """What ties take off the certainly new money: no more than either row brings to it."""
    certain = pd.Series(new[0], tree.forest.ids)
    pairs = taken[taken["relation"] == "overlaps"]
    most = np.minimum(certain.reindex(pairs["pledge_a"]).to_numpy(), certain.reindex(pairs["pledge_b"]).to_numpy())
    off = pairs.assign(low=-np.minimum(-pairs["low"].to_numpy(), most), high=0.0)
    return off[off["low"] < 0]


def _pieces(rung: str, rows: pd.DataFrame, bare: pd.Series) -> pd.DataFrame:
    unnamed = pd.DataFrame({"pledge_id": list(bare), "low": np.nan, "high": np.nan})
    return pd.concat([rows, unnamed], ignore_index=True).assign(rung=rung, what="pledge")


def _with(pieces: pd.DataFrame, rung: str, taken: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([pieces, taken.assign(rung=rung)[["pledge_id", "low", "high", "rung", "what"]]], ignore_index=True)


def _limited(pieces: pd.DataFrame) -> pd.DataFrame:
    """Take off each rung what exceeds the one above: ties act on sums, and may leave less of a whole than of a part."""
    low, high, limits = math.inf, math.inf, []
    for rung in RUNGS:
        known = pieces[pieces["rung"].eq(rung) & pieces["low"].notna()]
        sums = math.fsum(known["low"]), math.fsum(known["high"])
        over = max(0.0, sums[0] - low), max(0.0, sums[1] - high)
        if any(over):
            limits.append({"rung": rung, "pledge_id": "", "low": -over[0], "high": -over[1], "what": "tie"})
        low, high = sums[0] - over[0], sums[1] - over[1]
    return pd.concat([pieces, pd.DataFrame(limits)], ignore_index=True) if limits else pieces


def _sums(pieces: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for rung in RUNGS:
        part = pieces[pieces["rung"] == rung]
        known = part[part["low"].notna()]
        low, high = math.fsum(known["low"]), math.fsum(known["high"])
        bare = part.loc[part["low"].isna(), "pledge_id"]
        rows.append((rung, low, high, int((known["what"] == "pledge").sum()), ";".join(bare)))
    return pd.DataFrame(rows, columns=["rung", "low", "high", "pledges", "unquantified"])


SUMMIT_WEEK = (pd.Timestamp("2025-02-06"), pd.Timestamp("2025-02-11"))
"""First and last day: from the science days to the leaders' plenary."""
OPENING = pd.Timestamp("2025-02-10")


def announced_by_day(
    ledger: Ledger,
    *,
    to: str = EURO,
    rule: Rule = "full-range",
    where: str | Iterable[str] | None = None,
    days: Iterable[str | dt.date] | None = None,
) -> pd.DataFrame:
    """Follow the announced money day by day, each euro once as of that day.

    Parameters
    ----------
    ledger : Ledger
    to, rule, where
        As in `total`.
    days : iterable of str or datetime.date, optional
        Default: the days on which the total changes or a pledge is announced.

    Returns
    -------
    pandas.DataFrame
        One row per day, in order: ``day``; ``low``, ``high`` (figures printed, whole units of `to`: those of `total` as
        of that day); ``new`` (pledges announced since the row before), ``new_counted`` (those of them that are in the
        sum themselves) and ``now_inside`` (pledges counted in the row before for which an envelope stands now), ids
        joined by semicolons.

    Raises
    ------
    ChoiceError
        If `rule` or `where` is not known.
    FrameError
        If one of `days` is not a day.

    On the Sunday an envelope took the place of what had been announced one by one:

    >>> found = announced_by_day(ledger, where="france-109bn", days=["2025-02-08", "2025-02-09"])
    >>> (found.set_index("day")[["low", "high"]] / 1e9).round(1)
                  low   high
    day
    2025-02-08   55.8   75.8
    2025-02-09  109.0  109.0
    """
    to = clean_code(to)
    pledges = select(ledger, to=to, rule=rule, where=where)[["pledge_id", "announced_on"]]
    moving = _moving(ledger, pledges, rule, to) if days is None else {pd.Timestamp(one_day(day).item()) for day in days}
    rows, since, level, counted = [], pd.Timestamp.min, (0.0, 0.0), pd.Series(dtype="str")
    for day in sorted(moving):
        found = total(ledger, to, rule, where, as_of=day.date())
        new = pledges.loc[pledges["announced_on"].between(since, day, inclusive="right"), "pledge_id"]
        if days is None and new.empty and (found.low, found.high) == level:
            continue
        inside = found.left_out.loc[found.left_out["counted_in"] != "", "pledge_id"]
        ids = [new, new[new.isin(found.counted["pledge_id"])], counted[counted.isin(inside)]]
        rows.append((day, found.low, found.high, *map(";".join, ids)))
        since, level, counted = day, (found.low, found.high), found.counted["pledge_id"]
    return pd.DataFrame(rows, columns=["day", "low", "high", "new", "new_counted", "now_inside"])


def new_or_known(
    ledger: Ledger,
    *,
    to: str = EURO,
    rule: Rule = "full-range",
    where: str | Iterable[str] | None = None,
    week: tuple[str | dt.date, str | dt.date] = SUMMIT_WEEK,
) -> pd.DataFrame:
    """Set what had been announced before the summit week against what was new in it.

    Parameters
    ----------
    ledger : Ledger
    to, rule, where
        As in `total`.
    week : pair of str or datetime.date
        First and last day.

    Returns
    -------
    pandas.DataFrame
        One row per pledge announced by the last day of the week, or undated, in table order:

        - ``pledge_id``, ``announced_on``; ``announced``: ``before``, ``in-week`` or ``undated``;
        - ``new_money``: ``yes``, ``partly``, ``no``, ``unknown``, as in the table;
        - ``low``, ``high``: its figures printed, whole units of `to`;
        - ``counted_in``: the row that stands for it in the total as of the last day, itself if counted, else empty;
        - ``low_new``, ``high_new``: what it brings to the money that is certainly and possibly new (`ladder`): they add
          up to that rung, so what lies in an envelope brings nothing of its own, and a tie takes off.

    Inside the 109 billion of February 2025 lies money of May 2024:

    >>> found = new_or_known(ledger).set_index("pledge_id")
    >>> found.loc["amazon-choose-france-2024", ["announced", "new_money", "counted_in"]].tolist()
    ['before', 'no', 'france-109bn']
    """
    first, last = (pd.Timestamp(one_day(day).item()) for day in week)
    rows = select(ledger, to=to, rule=rule, where=where, as_of=last.date())
    found = total(ledger, to, rule, where, as_of=last.date())
    holder = pd.concat([found.counted.assign(counted_in=found.counted["pledge_id"]), found.left_out])
    pieces = explain_ladder(ledger, to, rule, where, as_of=last.date())
    new = pieces[pieces["rung"] == "new-money"].groupby("pledge_id")[["low", "high"]].sum()
    day = rows["announced_on"]
    columns = ["pledge_id", "announced_on", "announced", "new_money", "low", "high", "counted_in"]
    return rows.assign(
        announced=np.select([day.isna(), day < first], ["undated", "before"], "in-week"),
        counted_in=rows["pledge_id"].map(holder.set_index("pledge_id")["counted_in"]),
    )[columns].assign(**{f"{end}_new": rows["pledge_id"].map(new[end]).fillna(0.0) for end in ("low", "high")})


def _moving(ledger: Ledger, pledges: pd.DataFrame, rule: Rule, to: str) -> set[pd.Timestamp]:
    """Return the days on which the total may change: an announcement, a claim that comes later, an update."""
    claims = value_claims(ledger, to=to).merge(pledges, on="pledge_id").sort_values("known_on", kind="stable")
    claims = claims[claims["standing"].isin(RULED)]
    if rule == "full-range":
        # a claim inside the hull of those before it moves nothing
        least, most = (claims.groupby("pledge_id")[f"{end}_{to}"] for end in ("low", "high"))
        bounds = pd.concat([least.cummin(), most.cummax()], axis=1)
        claims = claims[bounds.ne(bounds.groupby(claims["pledge_id"]).shift()).any(axis=1)]
    updates = dated_updates(ledger).merge(pledges, on="pledge_id")
    updates = updates[updates["status"].eq("withdrawn") | updates["amount_is"].isin(["new-total", "increase"])]
    later = claims.loc[claims["known_on"] > claims["announced_on"], "known_on"]
    days = pd.concat([pledges["announced_on"], later, updates["first_on"], updates["last_on"]]).dropna()
    return {*days[days <= last_day(ledger)], last_day(ledger)}
