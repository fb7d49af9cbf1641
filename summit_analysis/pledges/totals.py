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
from summit_analysis.pledges.claims import MONEY_KINDS, RULED, RULES, Rule, date_claims, known_kinds, select
from summit_analysis.pledges.once import WHOLE, Once, forest_of
from summit_analysis.pledges.status import SUMMIT_WEEK, dated_updates, last_day, years_between

Amounts = dict[str, tuple[float, float]]
"""The low and the high figure of pledges."""
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
_MONEY = {"low": float, "high": float}
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
        frame = pd.DataFrame(figures, columns=["money_kind", "low", "high"])
        return frame.groupby("money_kind").agg(math.fsum).astype(float).reset_index()

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
        left = once.rows.assign(left=[room.get(once.forest.parent.get(row), math.inf) for row in once.low])
        narrow = left[left["excluded"].eq("") & (left["left"] < 2 * left["scale"])]
        found += [("no-room", row.pledge_id, 0.0, row.left) for row in narrow.itertuples()]
        parts = [one for one in once.taken if one.reason.endswith("part of an envelope")]
        found += [("withdrawn-part", one.pledge_a, one.low, one.low) for one in parts]
        return pd.DataFrame(found, columns=["finding", "pledge_id", *_MONEY]).astype(_MONEY)

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
        from babel.lists import format_list
        from babel.numbers import format_percent

        say, counted, rest = words("total", lang), self.counted, self.left_out
        names = self.ledger.names(lang)

        def amount(low: float, high: float) -> str:
            return format_amount(Amount(low, high, self.to), lang=lang)

        def small(name: str, share: float) -> str:
            return say["small"].format(name=name, share=format_percent(share, format=_SHARE[lang], locale=lang))

        def clause(key: str, rows: pd.DataFrame, whole: float = math.nan) -> list[str]:
            """Name rows; with their shares of a whole, where these are small."""
            shares = zip(names[rows["pledge_id"]], rows["high"] / whole, strict=True)
            texts = [small(name, share) if share < _SMALL else name for name, share in shares]
            return [say[key].format(names=format_list(texts, locale=lang))] if texts else []

        kinds = [
            say[row.money_kind].format(amount=amount(row.low, row.high))
            for row in self.kinds.sort_values("high", ascending=False).itertuples()
        ]
        day = "" if self.as_of is None else say["as_of"].format(day=self.day_in_words(lang))
        main = say["main"].format(amount=total_amount(self, lang), unit=unit(self.to, lang))
        clauses = [day + main + (say["kinds"].format(kinds=", ".join(kinds)) if kinds else "")]
        clauses += clause("floor", counted[counted["open_high"]], self.high)
        clauses += clause("ceiling", counted[counted["open_low"]], self.high)
        if self.money_kinds is not None and len(self.money_kinds) < len(MONEY_KINDS):
            only = [words("bars", lang)[f"only-{kind}"] for kind in self.money_kinds]
            clauses.append(say["only"].format(kinds=format_list(only, locale=lang)))
        bare = clause("bare", self.unquantified.assign(high=math.nan))
        clauses += bare + clause("gone", rest[rest["reason"].isin(["withdrawn", "succeeded"])])
        if undated := int((rest["reason"] == "undated").sum()):
            clauses.append(say["undated"].format(n=undated))
        if not counted["one_year"].all():
            clauses += clause("one_year", counted[counted["one_year"]])
        if _across(self):
            clauses.append(say["across"])
        careless = say["careless"].format(amount=amount(self.naive.low, self.naive.high))
        # rows inside an envelope that has a figure make the careless sum open although the total is not
        floors = clause("floor", rest[rest["open_high"] & rest["low"].notna()])
        if floors and not counted["open_high"].any():
            careless += say["kinds"].format(kinds=say["and"].join(floors + bare))
        text = f"{say['and'].join(clauses)}. {careless}."
        return text[:1].upper() + text[1:]

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
        frames = {title.lower().replace(" ", "_"): frame for title, frame in self.tables().items()}
        frames |= {"kinds": self.kinds, "unallocated": self.unallocated, "unquantified": self.unquantified}
        plain = {name: frame.astype(object).where(frame.notna(), None) for name, frame in frames.items()}
        return {
            **{"sentence": self.sentence(lang), "low": self.low, "high": self.high, "currency": self.to},
            **{"rule": self.rule, "as_of": self.as_of, "data_end": self.data_end},
            **{"naive_low": self.naive.low, "naive_high": self.naive.high},
            **{name: frame.to_dict("records") for name, frame in plain.items()},
        }


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
    split = [(group[pledge], once.low[pledge], once.high[pledge]) for pledge in named]
    for one in once.taken:
        holders = [row for row in (one.pledge_a, *once.forest.ancestors(one.pledge_a)) if row in named]
        split += [(group[row], -one.low, -one.high) for row in holders[:1]]
    left = envelopes.loc[envelopes.index.isin(counted), ["unallocated_low", "unallocated_high"]].sum()
    frame = pd.DataFrame([*split, (UNALLOCATED, *left)], columns=[by, "low", "high"]).astype({by: "str"})
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
    totals = {rule: total(ledger, to=to, rule=rule, where=envelope, as_of=as_of) for rule in RULES}
    held = {
        rule: found.unallocated[found.unallocated["pledge_id"] == envelope].assign(
            unquantified=";".join(found.unquantified["pledge_id"]), findings=";".join(found.findings["finding"])
        )
        for rule, found in totals.items()
    }
    return pd.concat(held, names=["rule", None]).drop(columns="pledge_id").reset_index("rule").reset_index(drop=True)


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
        counts = int((known["what"] == "pledge").sum()), ";".join(bare["pledge_id"])
        rows.append((rung, math.fsum(known["low"]), math.fsum(known["high"]), *counts))
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
    once, updates = Once(rows, ledger.overlaps, forest_of(ledger)), dated_updates(ledger, as_of)
    old = _promised_before(ledger, once)
    new = _new_money(once, old)
    withdrawn = updates["status"].eq("withdrawn") & updates["happened"].eq("yes")
    silent = old.union(updates.loc[withdrawn, "pledge_id"])
    # the sums that updates name; one without any day is of the last day in the data
    told = updates.fillna({"last_on": last_day(ledger), "currency": to})
    told = told[told["happened"].ne("no") & told["pledge_id"].isin(once.low)]
    told = ledger.rates.convert(told, amounts="amount", date="last_on", to=to, provenance=False)
    bare = rows.loc[rows["low"].isna() & rows["excluded"].eq(""), "pledge_id"].tolist()
    whole = [one for one in once.taken if one.within == WHOLE]

    def figures(pledges: Iterable[str]) -> Amounts:
        return {row: (once.low[row], once.high[row]) for row in pledges}

    def outermost(value: Amounts) -> Amounts:
        return {row: value[row] for row in once.low if once.forest.parent.get(row) is None and value[row][1] > 0}

    # a tie takes off the certainly new money no more than either row brings to it
    shared = [
        (one.pledge_a, (-min(one.low, new[one.pledge_a][0], new[one.pledge_b][0]), 0.0))
        for one in whole
        if one.relation == "overlaps"
    ]
    rungs: dict[str, tuple[Amounts, list[str], list[tuple[str, tuple[float, float]]]]] = {
        "naive": (figures(row for row in once.low if not math.isnan(once.low[row])), bare, []),
        "once": (figures(once.counted), bare, [(one.pledge_a, (-one.low, -one.high)) for one in whole]),
        "new-money": (outermost(new), [row for row in bare if row not in old], shared),
    }
    for rung, statuses in (("site", SITE), ("works", WORKS)):
        mine = told[told["status"].isin(statuses)]
        reached = outermost(_reached(once, mine.rename(columns={f"amount_{to}": "figure"}), silent, new))
        rungs[rung] = reached, [row for row in bare if row in set(mine["pledge_id"])], []
    pieces, above = [], (math.inf, math.inf)
    for rung, (amounts, unnamed, ties) in rungs.items():
        # ties act on sums, and may leave less of a whole than of a part: no rung has more than the one above
        low, high = (math.fsum(figure[end] for _, figure in [*amounts.items(), *ties]) for end in (0, 1))
        over = max(0.0, low - above[0]), max(0.0, high - above[1])
        above = low - over[0], high - over[1]
        pieces += [(row, *figure, rung, "pledge") for row, figure in amounts.items()]
        pieces += [(row, math.nan, math.nan, rung, "pledge") for row in unnamed]
        ties.append(("", (-over[0], -over[1])))
        pieces += [(row, *figure, rung, "tie") for row, figure in ties if any(figure)]
    return pd.DataFrame(pieces, columns=["pledge_id", "low", "high", "rung", "what"])


def _promised_before(ledger: Ledger, once: Once) -> set[str]:
    """Rows that are old money: a `no` row that is older than its envelope, undated, or a restatement."""
    day = dict(zip(once.rows["pledge_id"], once.rows["announced_on"], strict=True))
    restates = set(ledger.overlaps.loc[ledger.overlaps["relation"] == "restates", "pledge_a"])
    old = set(once.rows.loc[once.rows["new_money"] == "no", "pledge_id"])
    younger = {row for row in old if (above := once.forest.parent.get(row)) and day[row] >= day[above]}
    return old - (younger - restates)


def _new_money(once: Once, old: set[str]) -> Amounts:
    """Certainly and possibly new money of each row, from the innermost parts up."""
    new = dict.fromkeys(once.low, (0.0, 0.0))
    before = dict(new)
    sure = set(once.rows.loc[once.rows["new_money"] == "yes", "pledge_id"])
    for row in reversed(once.forest.order):
        parts, low, high = once.forest.parts[row], once.low[row], once.high[row]
        if row in old:
            before[row] = (low, high) if row in once.figured else (0.0, 0.0)
        elif row not in once.gone:
            before[row] = old_low, old_high = _added(before, parts)
            least, most = _added(new, parts)
            if row in once.figured:
                least = min(max(0.0, low - old_high if row in sure else least), max(0.0, low))
                most = high - old_low
            new[row] = max(0.0, least), max(0.0, most)
    return new


def _reached(once: Once, told: pd.DataFrame, silent: set[str], new: Amounts) -> Amounts:
    """How much of the possibly new money of each row has come so far by its own updates, or those of its parts."""
    own = dict.fromkeys(once.low, (0.0, 0.0))
    for update in told[told["pledge_id"].isin(once.figured - silent)].itertuples():
        row, kind = update.pledge_id, update.amount_is
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
                most = min(once.high[row], most)
            reached[row] = min(least, new[row][1]), min(most, new[row][1])
    return reached


def _added(value: Amounts, rows: list[str]) -> tuple[float, float]:
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
    to, end = clean_code(to), last_day(ledger)
    pledges = select(ledger, to=to, rule=rule, where=where)[["pledge_id", "announced_on"]]
    if days is None:
        # the total may change with an announcement, a claim, a withdrawal, another amount
        claims, updates = (table.merge(pledges) for table in (date_claims(ledger), dated_updates(ledger)))
        updates = updates[updates["status"].eq("withdrawn") | updates["amount_is"].isin(["new-total", "increase"])]
        read = claims.loc[claims["standing"].isin(RULED), "known_on"]
        known = pd.concat([pledges["announced_on"], read, updates["first_on"], updates["last_on"]])
        moving = {*known[known <= end], end}
    else:
        moving = {pd.Timestamp(one_day(day).item()) for day in days}
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


@kept
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
