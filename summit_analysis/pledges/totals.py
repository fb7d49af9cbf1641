"""The total of pledges and its sentence; its parts; what is new in it; the ladder from hype to hard core."""

from __future__ import annotations

import datetime as dt
import math
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from html import escape

import numpy as np
import pandas as pd

from summit_analysis.base.days import one_day
from summit_analysis.base.errors import ChoiceError
from summit_analysis.base.kept import Frozen, kept
from summit_analysis.base.text import Language, long_day, words
from summit_analysis.currency.rates import EURO, clean_code
from summit_analysis.ledger.tables import Ledger
from summit_analysis.money import Amount, format_amount
from summit_analysis.pledges.claims import MONEY_KINDS, RULED, RULES, Rule, known_kinds, select, value_claims
from summit_analysis.pledges.once import WHOLE, Once, forest_of
from summit_analysis.pledges.status import SUMMIT_WEEK, dated_updates, last_day, years_between

UNALLOCATED = "unallocated"
"""The group of what an envelope holds beyond its parts."""
RUNGS = ("naive", "once", "new-money", "site", "works")
WORKS = ("financed", "permitted", "under-construction", "operating")
SITE = ("site-chosen", *WORKS)
_COLUMNS = (
    *("pledge_id", "low", "high", "open_low", "open_high", "money_kind", "recipient_country"),
    *("claim_ids", "amount_by"),
)
_OF_THE_ROW = ("restated", "new-total")
_SHARE_OF_IT = ("part", "spent", "raised")
_SMALL = 0.01
"""Rows under this share of the total are named with their share."""
_SHARE = {"en": "#,##0.0##%", "fr": "#,##0.0##\u202f%"}
_UNITS = {"EUR": "euro", "USD": "dollar"}
_WIDTH, _LINES = 120, 5
"""Of a total as a console shows it."""


@dataclass(frozen=True, eq=False)
class Total(Frozen):
    """A sum in which no euro counts twice.

    Attributes
    ----------
    low, high : float
        Figures printed, whole units of `to`; an amount without figure adds nothing.
    split : pandas.DataFrame or None
        With ``by=``: the counted envelopes split into their parts, ``low``, ``high`` by group, and ``unallocated``.
    to, rule : str
    as_of : str or None
        The day asked for, YYYY-MM-DD.
    money_kinds : tuple of str or None
        The only kinds of money selected, None for every kind.
    ledger : Ledger
    once : Once
        The rows selected, counted once: what the frames are made of when they are asked for.

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
    split: pd.DataFrame | None
    to: str
    rule: Rule
    as_of: str | None
    money_kinds: tuple[str, ...] | None
    ledger: Ledger
    once: Once

    @cached_property
    def naive(self) -> Amount:
        """What adding up all selected rows gives."""
        rows = self.once.rows
        known = rows[rows["low"].notna()]
        flags = known["open_low"].any(), known["open_high"].any() or len(known) < len(rows)
        return Amount(math.fsum(known["low"]), math.fsum(known["high"]), self.to, *map(bool, flags))

    @cached_property
    def counted(self) -> pd.DataFrame:
        """Rows in the sum.

        ``pledge_id``, ``low``, ``high``, ``open_low``, ``open_high``, ``money_kind``, ``recipient_country``,
        ``claim_ids`` (the claims read), ``amount_by``, and ``one_year``: a comparator that is the spending of a single
        year. It is not of a kind with plans of several years; the sentence names those that are added to such.
        """
        rows = self.once.rows.loc[lambda rows: rows["counted"], list(_COLUMNS)].reset_index(drop=True)
        return rows.assign(one_year=rows["pledge_id"].isin(_spent_in_a_year(self.ledger)))

    @cached_property
    def left_out(self) -> pd.DataFrame:
        """Every other selected row, with ``reason`` and ``counted_in`` (the envelope that stands for it)."""
        rest = self.once.rows.loc[lambda rows: ~rows["counted"]]
        return rest[[*_COLUMNS, "reason", "counted_in"]].reset_index(drop=True)

    @property
    def ties(self) -> pd.DataFrame:
        """What overlaps, restatements and withdrawals take off: see `Once.ties`; ``within`` is empty for the total."""
        return self.once.ties

    @property
    def unallocated(self) -> pd.DataFrame:
        """Envelopes against their parts: see `Once.envelopes`."""
        return self.once.envelopes

    @cached_property
    def unquantified(self) -> pd.DataFrame:
        """Rows without a figure, ``scale`` for "several billion": beside the total, in no sum."""
        rows, reasons = self.once.rows, ["no figure", "inside a withdrawn pledge"]
        bare = rows[rows["reason"].isin(reasons) & rows["low"].isna()]
        return bare[["pledge_id", "scale", "reason", "parent_id"]].reset_index(drop=True)

    @cached_property
    def kinds(self) -> pd.DataFrame:
        """The total by ``money_kind`` of the rows counted, less what ties take off each: ``low``, ``high``."""
        once, rows = self.once, self.once.rows
        kind = dict(zip(rows["pledge_id"], rows["money_kind"], strict=True))
        figures = [(kind[pledge], once.low[pledge], once.high[pledge]) for pledge in once.counted]
        figures += [(kind[one.holder], -one.low, -one.high) for one in once.taken if one.within == WHOLE]
        sums = [
            (name, *(math.fsum(figure[end] for figure in figures if figure[0] == name) for end in (1, 2)))
            for name in sorted({figure[0] for figure in figures})
        ]
        return pd.DataFrame(sums, columns=["money_kind", "low", "high"]).astype({"low": float, "high": float})

    @cached_property
    def findings(self) -> pd.DataFrame:
        """What does not fit: ``finding``, ``pledge_id``, ``low``, ``high``.

        ``parts-above-envelope``: the parts sum to more than the envelope. ``no-room``: the envelope leaves less than
        two units of the scale for a part that is said to be several. ``withdrawn-part``: it is taken off the lower
        figure of its envelope.
        """
        once, held = self.once, list(self.once.envelopes.itertuples())
        above = [e for e in held if e.parts_low > e.high * (1 + 1e-12)]
        found = [("parts-above-envelope", e.pledge_id, e.parts_low, e.parts_high) for e in above]
        room = {e.pledge_id: e.unallocated_high for e in held}
        for pledge, scale in zip(once.rows["pledge_id"], once.rows["scale"], strict=True):
            left = room.get(once.forest.parent.get(pledge), math.inf)
            if not once.excluded[pledge] and left < 2 * scale:
                found.append(("no-room", pledge, 0.0, left))
        found += [
            ("withdrawn-part", one.pledge_a, one.low, one.low)
            for one in once.taken
            if one.reason.endswith("part of an envelope")
        ]
        return pd.DataFrame(found, columns=["finding", "pledge_id", "low", "high"]).astype(
            {"low": float, "high": float}
        )

    @property
    def data_end(self) -> str:
        """The last day in the data; the sentence names it if `as_of` is later."""
        return str(last_day(self.ledger).date())

    @property
    def amount(self) -> Amount:
        """The total with its open ends."""
        flags = self.counted["open_low"].any(), self.counted["open_high"].any()
        return Amount(self.low, self.high, self.to, *map(bool, flags))

    def sentence(self, lang: Language = "en") -> str:
        """Say the total in one sentence: amount, kinds of money, who makes it open, what has no figure."""
        return _sentence(self, lang)

    def __repr__(self) -> str:
        """Return the sentence, on five lines at most."""
        return "\n".join(textwrap.wrap(self.sentence(), _WIDTH, max_lines=_LINES, placeholder=" …"))

    def _repr_html_(self) -> str:
        from summit_analysis.ledger.display import plain_dollars

        return plain_dollars(f"<p>{escape(self.sentence())}</p>")

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


def _sentence(found: Total, lang: Language) -> str:
    """Say a total: amount, kinds of money, open ends by name, rows without figure, and the careless sum."""
    from babel.lists import format_list
    from babel.numbers import format_percent

    say, counted, rest = words("total", lang), found.counted, found.left_out
    names = found.ledger.names(lang)

    def amount(low: float, high: float) -> str:
        return format_amount(Amount(low, high, found.to), lang=lang)

    def clause(key: str, rows: pd.DataFrame, *, shares: bool = False) -> list[str]:
        """Name rows; with their shares of the total, where these are small."""
        texts = []
        for pledge, high in zip(rows["pledge_id"], rows["high"], strict=True):
            share = high / found.high if shares and found.high else 1.0
            percent = format_percent(share, format=_SHARE[lang], locale=lang)
            texts.append(say["small"].format(name=names[pledge], share=percent) if share < _SMALL else names[pledge])
        return [say[key].format(names=format_list(texts, locale=lang))] if texts else []

    kinds = [
        say[row.money_kind].format(amount=amount(row.low, row.high))
        for row in found.kinds.sort_values("high", ascending=False).itertuples()
    ]
    day = "" if found.as_of is None else say["as_of"].format(day=found.day_in_words(lang))
    main = say["main"].format(amount=total_amount(found, lang), unit=unit(found.to, lang))
    clauses = [day + main + (say["kinds"].format(kinds=", ".join(kinds)) if kinds else "")]
    clauses += clause("floor", counted[counted["open_high"]], shares=True)
    clauses += clause("ceiling", counted[counted["open_low"]], shares=True)
    if found.money_kinds is not None and len(found.money_kinds) < len(MONEY_KINDS):
        only = [words("bars", lang)[f"only-{kind}"] for kind in found.money_kinds]
        clauses.append(say["only"].format(kinds=format_list(only, locale=lang)))
    bare = clause("bare", found.unquantified.assign(high=0.0))
    clauses += bare + clause("gone", rest[rest["reason"].isin(["withdrawn", "succeeded"])])
    if undated := int((rest["reason"] == "undated").sum()):
        clauses.append(say["undated"].format(n=undated))
    if not counted["one_year"].all():
        clauses += clause("one_year", counted[counted["one_year"]])
    if _across(found):
        clauses.append(say["across"])
    careless = say["careless"].format(amount=amount(found.naive.low, found.naive.high))
    # rows inside an envelope that has a figure make the careless sum open although the total is not
    floors = clause("floor", rest[rest["open_high"] & rest["low"].notna()])
    if floors and not counted["open_high"].any():
        careless += say["kinds"].format(kinds=say["and"].join(floors + bare))
    text = f"{say['and'].join(clauses)}. {careless}."
    return text[:1].upper() + text[1:]


def _across(found: Total) -> bool:
    """Whether companies may recur across France and the EU."""
    return {"FRA", "EUE"} <= set(found.counted["recipient_country"])


def total_amount(found: Total, lang: Language = "en") -> str:
    """Say how much a total is: "at most" where companies recur across France and the EU."""
    amount = format_amount(Amount(found.low, found.high, found.to), lang=lang)
    return words("total", lang)["at_most"].format(amount=amount) if _across(found) else amount


def unit(to: str, lang: Language = "en") -> str:
    """Name what is counted once: a euro, a dollar, of other currencies a sum.

    >>> unit("EUR"), unit("SEK", "fr")
    ('euro', 'montant')
    """
    return _UNITS.get(to) or words("total", lang)["sum"]


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
    once = Once(rows, ledger.overlaps, forest_of(ledger))
    low, high = once.sums()
    return Total(
        low=low,
        high=high,
        split=None if by is None else _by_group(ledger, once, by),
        to=to,
        rule=rule,
        as_of=None if as_of is None else str(one_day(as_of)),
        money_kinds=kinds,
        ledger=ledger,
        once=once,
    )


@kept
def _spent_in_a_year(ledger: Ledger) -> set[str]:
    """Comparators that are one year's spending; a pledge of the summit is whole, also if it is spent within a year."""
    others = ledger.pledges[ledger.pledges["group"] == "comparator"]
    return set(others.loc[years_between(others["horizon_start"], others["horizon_end"]) <= 1, "pledge_id"])


def _by_group(ledger: Ledger, once: Once, by: str) -> pd.DataFrame:
    """Split the rows counted by a column of ``pledges``; of an envelope its direct parts, the rest is `UNALLOCATED`.

    Rows counted themselves come first, then those of envelopes, `UNALLOCATED` last.
    """
    if not isinstance(by, str) or by not in ledger.pledges.columns:
        raise ChoiceError("by", by, ledger.pledges.columns)
    group, envelopes = ledger.pledges.set_index("pledge_id", drop=False)[by], once.envelopes.set_index("pledge_id")
    # a part may hang on a middle row without a figure, which counts as its parts
    inside = once.forest.among(pledge for pledge in once.low if pledge in once.figured).parent
    counted = set(once.counted)
    named = [pledge for pledge in once.counted if pledge not in envelopes.index]
    named += [pledge for pledge, envelope in inside.items() if envelope in counted]
    rows = {pledge: [once.low[pledge], once.high[pledge]] for pledge in named}
    for one in once.taken:
        path = [one.pledge_a, *once.forest.ancestors(one.pledge_a)]
        if holder := next((pledge for pledge in path if pledge in rows), None):
            rows[holder][0] -= one.low
            rows[holder][1] -= one.high
    left = envelopes.loc[envelopes.index.isin(counted), ["unallocated_low", "unallocated_high"]].sum()
    split = [(group[pledge], *figures) for pledge, figures in rows.items()] + [(UNALLOCATED, *left)]
    frame = pd.DataFrame(split, columns=[by, "low", "high"]).astype({by: "str"})
    return frame.groupby(by, sort=False, dropna=False)[["low", "high"]].sum().reset_index()


def envelope_by_rule(
    ledger: Ledger, envelope: str, *, to: str = EURO, as_of: str | dt.date | None = None
) -> pd.DataFrame:
    """Hold one envelope against its parts under every rule.

    Returns
    -------
    pandas.DataFrame
        One row per rule: ``rule``, the columns of `Once.envelopes` for this envelope, ``unquantified`` (ids of
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
    pieces = explain_ladder(ledger, to, rule, where, as_of)
    rows = []
    for rung in RUNGS:
        part = pieces[pieces["rung"] == rung]
        known, bare = part[part["low"].notna()], part[part["low"].isna()]
        sums = math.fsum(known["low"]), math.fsum(known["high"])
        rows.append((rung, *sums, int((known["what"] == "pledge").sum()), ";".join(bare["pledge_id"])))
    return pd.DataFrame(rows, columns=["rung", "low", "high", "pledges", "unquantified"])


@kept
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
        One row per rung and pledge that brings something, or per deduction: ``pledge_id``, ``low``, ``high`` (negative
        for what a tie takes off; NaN for a row without figure), ``rung``, ``what`` (``pledge`` or ``tie``).
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
    once = Once(rows, ledger.overlaps, forest_of(ledger))
    updates, old = dated_updates(ledger, as_of), _promised_before(ledger, once)
    new = _new_money(once, old)
    mine = _own_updates(ledger, updates[updates["pledge_id"].isin(rows["pledge_id"])], to)
    withdrawn = updates["status"].eq("withdrawn") & updates["happened"].eq("yes")
    silent = old.union(updates.loc[withdrawn, "pledge_id"])
    bare = rows.loc[rows["low"].isna() & rows["excluded"].eq(""), "pledge_id"].tolist()
    pieces: list[tuple[str, str, float, float, str]] = []

    def add(rung: str, amounts: Iterable[tuple[str, float, float]], unnamed: Iterable[str]) -> None:
        pieces.extend((rung, *amount, "pledge") for amount in amounts)
        pieces.extend((rung, pledge, math.nan, math.nan, "pledge") for pledge in unnamed)

    def outermost(value: dict[str, tuple[float, float]]) -> list[tuple[str, float, float]]:
        return [(row, *value[row]) for row in once.low if once.forest.parent.get(row) is None and value[row][1] > 0]

    whole = [one for one in once.taken if one.within == WHOLE]
    add("naive", [(row, once.low[row], once.high[row]) for row in once.low if not math.isnan(once.low[row])], bare)
    add("once", [(row, once.low[row], once.high[row]) for row in once.counted], bare)
    pieces += [("once", one.pledge_a, -one.low, -one.high, "tie") for one in whole]
    add("new-money", outermost(new), [row for row in bare if row not in old])
    for one in whole:
        # a tie takes off the certainly new money no more than either row brings to it
        shared = min(one.low, new[one.pledge_a][0], new[one.pledge_b][0]) if one.relation == "overlaps" else 0.0
        pieces += [("new-money", one.pledge_a, -shared, 0.0, "tie")] if shared > 0 else []
    for rung, statuses in (("site", SITE), ("works", WORKS)):
        told = mine[mine["status"].isin(statuses)]
        reached = outermost(_reached(once, told, silent, new))
        add(rung, reached, [row for row in bare if row in set(told["pledge_id"])])
    above = math.inf, math.inf
    for rung in RUNGS:
        # ties act on sums, and may leave less of a whole than of a part: no rung has more than the one above
        known = [piece for piece in pieces if piece[0] == rung and not math.isnan(piece[2])]
        sums = math.fsum(piece[2] for piece in known), math.fsum(piece[3] for piece in known)
        over = max(0.0, sums[0] - above[0]), max(0.0, sums[1] - above[1])
        pieces += [(rung, "", -over[0], -over[1], "tie")] if any(over) else []
        above = sums[0] - over[0], sums[1] - over[1]
    frame = pd.DataFrame(pieces, columns=["rung", "pledge_id", "low", "high", "what"])
    return frame[["pledge_id", "low", "high", "rung", "what"]]


def _promised_before(ledger: Ledger, once: Once) -> set[str]:
    """Rows that are old money: a `no` row that is older than its envelope, undated, or a restatement."""
    day = dict(zip(once.rows["pledge_id"], once.rows["announced_on"], strict=True))
    restates = set(ledger.overlaps.loc[ledger.overlaps["relation"] == "restates", "pledge_a"])
    old = set(once.rows.loc[once.rows["new_money"] == "no", "pledge_id"])
    parent = once.forest.parent
    younger = {row for row in old if (above := parent.get(row)) is not None and day[row] >= day[above]}
    return old - (younger - restates)


def _own_updates(ledger: Ledger, updates: pd.DataFrame, to: str) -> pd.DataFrame:
    """Put the sums that updates name into the currency; one without any day on the last day in the data."""
    day, currency = updates["last_on"].fillna(last_day(ledger)), updates["currency"].fillna(to)
    mine = updates.assign(day=day, currency=currency)[updates["happened"] != "no"]
    valued = ledger.rates.convert(mine, amounts="amount", date="day", to=to, provenance=False)
    return valued.rename(columns={f"amount_{to}": "figure"})


def _new_money(once: Once, old: set[str]) -> dict[str, tuple[float, float]]:
    """Certainly and possibly new money of each row, from the innermost parts up."""
    new = dict.fromkeys(once.low, (0.0, 0.0))
    before = dict(new)
    sure = set(once.rows.loc[once.rows["new_money"] == "yes", "pledge_id"])
    for row in reversed(once.forest.order):
        if row in once.gone:
            continue
        parts, low, high = once.forest.parts[row], once.low[row], once.high[row]
        old_low, old_high = _added(before, parts)
        least, most = _added(new, parts)
        if row in old:
            before[row] = (low, high) if row in once.figured else (0.0, 0.0)
            continue
        before[row] = old_low, old_high
        if row in once.figured:
            least = min(max(0.0, low - old_high if row in sure else least), max(0.0, low))
            most = high - old_low
        new[row] = max(0.0, least), max(0.0, most)
    return new


def _reached(
    once: Once, told: pd.DataFrame, silent: set[str], new: dict[str, tuple[float, float]]
) -> dict[str, tuple[float, float]]:
    """How much of the possibly new money of each row has come so far by its own updates, or those of its parts."""
    own = dict.fromkeys(once.low, (0.0, 0.0))
    for update in told.itertuples():
        row, kind = update.pledge_id, update.amount_is
        if row in silent or row not in once.figured:
            continue
        low, high = once.low[row], once.high[row]
        if kind in _SHARE_OF_IT:
            low, high = min(update.figure, low), min(update.figure, high)
        elif kind not in _OF_THE_ROW and (once.forest.parts[row] or not pd.isna(kind)):
            # a sum of another scope, or an envelope without a figure: how much of the row is meant is not said
            low, high = 0.0, high if kind == "component" else 0.0
        least, most = own[row]
        own[row] = max(least, low) if update.happened == "yes" else least, max(most, high)
    reached = dict.fromkeys(once.low, (0.0, 0.0))
    for row in reversed(once.forest.order):
        if row not in once.gone:
            (low, high), (least, most) = own[row], _added(reached, once.forest.parts[row])
            least, most = max(low, least), high + most
            if row in once.figured:
                least = once.low[row] if low >= once.low[row] else least
                most = min(once.high[row], once.high[row] if high >= once.high[row] else most)
            reached[row] = min(least, new[row][1]), min(most, new[row][1])
    return reached


def _added(value: dict[str, tuple[float, float]], rows: list[str]) -> tuple[float, float]:
    return math.fsum(value[row][0] for row in rows), math.fsum(value[row][1] for row in rows)


@kept
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
