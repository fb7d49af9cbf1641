"""The total of pledges and its sentence; its parts; what is new in it; the ladder from promise to building."""

import datetime as dt
import math
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from html import escape

import pandas as pd

from summit_analysis.base.days import one_day
from summit_analysis.base.errors import ChoiceError, one_or_several
from summit_analysis.base.kept import Frozen, kept
from summit_analysis.base.text import Language, capital, format_figure, listed, long_day, records, words
from summit_analysis.currency.rates import EURO, clean_code
from summit_analysis.ledger.tables import Ledger
from summit_analysis.money import Amount, format_amount, whole_billions
from summit_analysis.pledges.claims import (
    ARTICLE,
    MONEY_KINDS,
    Rule,
    Where,
    date_claims,
    exactly,
    known_kinds,
    resolve_claims,
    select,
)
from summit_analysis.pledges.once import WHOLE, Once, forest_of
from summit_analysis.pledges.status import (
    DOCUMENTED,
    STEPS,
    STRENGTHS,
    dated_updates,
    documented_sums,
    hearsay,
    last_day,
    last_news,
    valued_updates,
    years_between,
)

Amounts = dict[str, tuple[float, float]]
"""The low and the high figure of pledges."""
Piece = tuple[str, float, float, list[str]]
"""What a pledge brings, low and high, or a tie takes off, and the sources that say so."""
UNALLOCATED = "unallocated"
"""The group of what an envelope holds beyond its parts."""
RUNGS = ("naive", "once", "new-money", "site", "works")
_STATUSES = {"site": STEPS[1:], "works": STEPS[2:]}
"""The steps that news must tell of for these rungs."""
_COLUMNS = (
    "pledge_id",
    "low",
    "high",
    "open_low",
    "open_high",
    "money_kind",
    "recipient_country",
    "claim_ids",
    "amount_by",
)
_SMALL = 0.01
"""Rows under this share of the total are named with their share."""
_MONEY = {"low": float, "high": float}
_ROUNDING = 0.01
"""By so much may parts miss a package they fill: each is converted at its own day."""


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
    where : str, sequence of str, or None
        The selection asked for.
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
    where: Where
    as_of: str | None
    money_kinds: tuple[str, ...] | None
    ledger: Ledger
    once: Once

    @cached_property
    def naive(self) -> Amount:
        """What adding up all selected rows gives."""
        rows = self.once.rows
        flags = rows["open_low"].any(), rows["open_high"].any() or rows["low"].isna().any()
        return Amount(float(rows["low"].sum()), float(rows["high"].sum()), self.to, *map(bool, flags))

    @cached_property
    def counted(self) -> pd.DataFrame:
        """Rows in the sum.

        ``pledge_id``, ``low``, ``high``, ``open_low``, ``open_high``, ``money_kind``, ``recipient_country``,
        ``claim_ids`` (the claims read), ``amount_by``, and ``one_year``: a comparator that is the spending of a single
        year. It is not of a kind with plans of several years; the sentence names those that are added to such.
        """
        rows = self.once.rows.loc[lambda rows: rows["counted"], list(_COLUMNS)].reset_index(drop=True)
        # a pledge of the event is whole, also if it is spent within a year
        others = self.ledger.pledges[self.ledger.pledges["group"] != self.ledger.about.group]
        yearly = others[years_between(others["horizon_start"], others["horizon_end"]) <= 1]
        return rows.assign(one_year=rows["pledge_id"].isin(yearly["pledge_id"]))

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
        reasons = ["no figure", "inside a withdrawn pledge"]
        bare = self.once.rows.loc[lambda rows: rows["reason"].isin(reasons) & rows["low"].isna()]
        return bare[["pledge_id", "scale", "reason", "parent_id"]].reset_index(drop=True)

    @cached_property
    def kinds(self) -> pd.DataFrame:
        """The total by ``money_kind``, ``low``, ``high``: what `total` says with ``money_kinds=`` of each.

        A mixed package that its parts fill is of their kinds, else of its own. Money that may be of two kinds is in
        both, so the low figures can add up to more than that of the total.
        """
        asked = self.ledger, self.to, self.rule, self.where
        parts = {one: total(*asked, as_of=self.as_of, money_kinds=one) for one in self.money_kinds or MONEY_KINDS}
        frame = pd.DataFrame(
            [(one, part.low, part.high) for one, part in parts.items()], columns=["money_kind", *_MONEY]
        )
        return frame[frame["high"] > 0].reset_index(drop=True)

    @cached_property
    def findings(self) -> pd.DataFrame:
        """What does not fit: ``finding``, ``pledge_id``, ``low``, ``high``.

        ``parts-above-envelope``: the parts sum to more than the envelope. ``withdrawn-part``: it is taken off the lower
        figure of its envelope.
        """
        above = self.unallocated.loc[lambda held: held["parts_low"] > held["high"] * (1 + 1e-12)]
        parts = [one for one in self.once.taken if one.reason.endswith("part of an envelope")]
        found = [("parts-above-envelope", one.pledge_id, one.parts_low, one.parts_high) for one in above.itertuples()]
        found += [("withdrawn-part", one.pledge_a, one.low, one.low) for one in parts]
        return pd.DataFrame(found, columns=["finding", "pledge_id", *_MONEY]).astype(_MONEY)

    @property
    def data_end(self) -> str | None:
        """The day of the last news, None without any; the sentence names it if `as_of` is later."""
        last = last_news(self.ledger)
        return None if pd.isna(last) else str(last.date())

    @property
    def amount(self) -> Amount:
        """The total with its open ends."""
        flags = self.counted["open_low"].any(), self.counted["open_high"].any()
        return Amount(self.low, self.high, self.to, *map(bool, flags))

    def sentence(self, lang: Language = "en", *, long: bool = False) -> str:
        r"""Say the total in a sentence or two; the long form names all that it rests on and leaves open.

        Parameters
        ----------
        lang : {"en", "fr"}
        long : bool
            With kinds of money, shares, what was withdrawn, in which pledges companies recur.

        >>> print(*total(ledger, rule="article", as_of="2025-02-11").sentence().split(". "), sep="\n")
        As of 11 February 2025, at most €321bn without double counting
        Adding up every figure would give €633bn; no amount was given for Mistral AI (Essonne).
        """
        say, counted, rest = words("total", lang), self.counted, self.left_out
        if self.ledger.pledges.empty:
            return say["empty"]
        names = self.ledger.names(lang)

        def clause(key: str, rows: pd.DataFrame, whole: float = math.nan) -> list[str]:
            """Name rows; of a whole with their shares where these are small, or in short not at all."""
            shares = zip(names[rows["pledge_id"]], rows["high"] / whole, strict=True)
            texts = [
                say["small"].format(name=name, share=format_figure(100 * share, lang=lang, digits=3))
                if share < _SMALL
                else name
                for name, share in shares
                if long or not share < _SMALL
            ]
            return [say[key].format(names=listed(texts, lang))] if texts else []

        kinds = [words("bars", lang)[f"only-{kind}"] for kind in self.money_kinds or ()]
        only = say["only"].format(kinds=listed(kinds, lang)) if kinds else ""
        day = say["ever"] if self.as_of is None else say["as_of"].format(day=self.day_in_words(lang))
        # what nobody says is not nothing
        main = day + say["none" if self.once.rows["low"].isna().all() else "main"].format(
            amount=total_amount(self, lang, long=long), only=only
        )
        floors = clause("floor", counted[counted["open_high"]], self.high)
        ceilings = clause("ceiling", counted[counted["open_low"]], self.high)
        bare = clause("bare", self.unquantified.assign(high=math.nan))
        year = [] if counted["one_year"].all() else clause("one_year", counted[counted["one_year"]])
        everything = say["all"].format(amount=_written(self.naive.low, self.naive.high, self.to, lang, long))
        if not long:
            beside = [everything] if self.rule == ARTICLE and self.naive.high > self.high else []
            return _sentences([[main], [*beside, *floors, *ceilings, *bare, *year]], say["and"])
        shares = [
            say[row.money_kind].format(amount=_written(row.low, row.high, self.to, lang, long))
            for row in self.kinds.sort_values("high", ascending=False).itertuples()
        ]
        clauses = [main + (say["kinds"].format(kinds=", ".join(shares)) if shares else ""), *floors, *ceilings, *bare]
        # who left by hearsay is said to have left by hearsay
        told = {pledge: say["hearsay"].format(name=names[pledge]) for pledge in hearsay(self.ledger, self.as_of)}
        left = rest.loc[rest["reason"].isin(["withdrawn", "succeeded"]), "pledge_id"]
        gone = listed([told.get(pledge) or names[pledge] for pledge in left], lang)
        clauses += [say["gone"].format(names=gone)] if len(left) else []
        if undated := int((rest["reason"] == "undated").sum()):
            clauses.append(say["undated"].format(n=undated))
        clauses += [*year, *(say["across"].format(a=names[a], b=names[b]) for a, b in recurring(self))]
        # rows inside an envelope that has a figure make the sum of everything open although the total is not
        inside = clause("floor", rest[rest["open_high"] & rest["low"].notna()])
        if inside and not counted["open_high"].any():
            everything += say["kinds"].format(kinds=say["and"].join(inside + bare))
        return _sentences([clauses, [everything]], say["and"])

    def __repr__(self) -> str:
        """Return the sentence, on five lines at most."""
        return "\n".join(textwrap.wrap(self.sentence(), 120, max_lines=5, placeholder=" …"))

    def _repr_html_(self) -> str:
        from summit_analysis.ledger.display import plain_dollars

        return plain_dollars(f"<p>{escape(self.sentence())}</p>")

    def day_in_words(self, lang: Language = "en") -> str:
        """Write the day asked for, and where the data end if it is later; empty if none was."""
        return "" if self.as_of is None else long_day(self.as_of, lang=lang, data_end=self.data_end)

    def tables(self) -> dict[str, pd.DataFrame]:
        """The frames a reader needs to check the total, by title, with the columns that matter."""
        money = ["low", "high"]
        amount = [*money, "open_low", "open_high"]
        return {
            "Counted": self.counted[["pledge_id", *amount, "money_kind", "amount_by"]],
            "Left out": self.left_out[["pledge_id", *amount, "reason", "counted_in"]],
            "Taken off": self.ties[["pledge_a", "pledge_b", "relation", "within", *money, "reason"]],
            "Findings": self.findings,
        }

    def as_dict(self, lang: Language = "en") -> dict[str, object]:
        """The total as plain values: what ``--json`` prints."""
        frames = {title.lower().replace(" ", "_"): frame for title, frame in self.tables().items()}
        frames |= {"kinds": self.kinds, "unallocated": self.unallocated, "unquantified": self.unquantified}
        return {
            "sentence": self.sentence(lang, long=True),
            "low": self.low,
            "high": self.high,
            "currency": self.to,
            "rule": self.rule,
            "as_of": self.as_of,
            "data_end": self.data_end,
            "naive_low": self.naive.low,
            "naive_high": self.naive.high,
            **{name: records(frame) for name, frame in frames.items()},
        }


def recurring(found: Total) -> list[tuple[str, str]]:
    """The pairs of pledges, or of packages with parts, behind both of which the same companies stand."""
    ties, forest, counted = found.ledger.overlaps, found.once.forest, set(found.counted["pledge_id"])
    pairs = ties.loc[ties["relation"] == "recurs", ["pledge_a", "pledge_b"]].itertuples(index=False, name=None)
    there = [pair for pair in pairs if set(pair) <= set(forest.parent)]
    return [pair for pair in there if all(counted & {*forest.within(one), *forest.ancestors(one)} for one in pair)]


def total_amount(found: Total, lang: Language = "en", *, long: bool = False) -> str:
    """Say how much a total is: "at most" where companies recur in two of its pledges, with the low estimate."""
    if not recurring(found):
        return _written(found.low, found.high, found.to, lang, long)
    say = words("total", lang)
    low, high = (_written(end, end, found.to, lang, long) for end in (found.low, found.high))
    return say["at_most"].format(amount=high) + (say["low_estimate"].format(amount=low) if low != high else "")


def _written(low: float, high: float, to: str, lang: Language, long: bool) -> str:
    if long:
        return format_amount(Amount(low, high, to), lang=lang, prose=True)
    return whole_billions(low, to, lang, high)


def _sentences(clauses: list[list[str]], semicolon: str) -> str:
    """Join clauses to sentences, and sentences to a text."""
    texts = [semicolon.join(some) for some in clauses if some]
    return " ".join(f"{capital(text)}." for text in texts)


@kept
def total(
    ledger: Ledger,
    to: str = EURO,
    rule: Rule = "full-range",
    where: Where = None,
    by: str | None = None,
    as_of: str | dt.date | None = None,
    money_kinds: str | Iterable[str] | None = None,
    only: str | Iterable[str] | None = None,
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
        Groups of pledges (``summit``, ``comparator``), ``article`` (what the article mentions), names of pledges by id,
        label or alias, each with all inside it, or several of these. Default: the group of the event.
    only : str or iterable of str, optional
        Names of pledges that are meant without what is inside them, in place of `where`.
    by : str, optional
        A column of ``pledges`` to split the counted rows by; of an envelope its direct parts are split, the rest is
        ``unallocated``.
    as_of : str or datetime.date, optional
        See `select`. Default: all rows, as announced. Of a day after the data nothing more is known than on their last.
    money_kinds : str or iterable of str, optional
        ``private``, ``public``, ``mixed``, or several of these. A part counts with its package and is of its kind; a
        mixed package that its parts fill is of theirs. Default: every kind.

    Returns
    -------
    Total
        ``naive`` = total + ``left_out`` + ``ties`` (those of the total), bound by bound, to the cent.

    Raises
    ------
    ChoiceError
        If `rule`, `where`, `by` or `money_kinds` is not known.
    FrameError
        If the selection is empty, a mask or a frame.

    >>> round(total(ledger, rule="article", as_of="2025-02-11").high / 1e9, 1)
    321.4
    """
    to, where, kinds = clean_code(to), exactly(where, only), known_kinds(money_kinds)
    rows = select(ledger, to=to, rule=rule, where=where, as_of=as_of)
    if kinds:
        rows = _of_kinds(rows, ledger, kinds, to, as_of)
    once = Once(rows, ledger.overlaps, forest_of(ledger))
    low, high = once.sums()
    return Total(
        low=low,
        high=high,
        split=None if by is None else _by_group(ledger, once, by),
        to=to,
        rule=rule,
        where=where,
        as_of=None if as_of is None else str(one_day(as_of)),
        money_kinds=kinds,
        ledger=ledger,
        once=once,
    )


def _of_kinds(
    rows: pd.DataFrame, ledger: Ledger, kinds: Iterable[str], to: str, as_of: str | dt.date | None
) -> pd.DataFrame:
    """Keep the rows that count as money of some kinds, of a package that mixes them its share."""
    shares, once = _mixed(ledger, to, as_of), Once(rows, ledger.overlaps, forest_of(ledger))
    kind, factor = dict(zip(rows["pledge_id"], rows["money_kind"], strict=True)), []
    for row, own in kind.items():
        # a part counts with its package, or leaves with it, and is of its kind
        path = [row, *once.forest.ancestors(row)] if row in once.forest.parent else [row]
        package = next((above for above in reversed(path) if above in once.figured | once.gone), row)
        share = shares.get(package, {kind[package]: 1.0})
        mine = math.fsum(share.get(one, 0.0) for one in kinds)
        factor.append(mine if package == row or package not in shares else float(own in kinds and mine > 0))
    scale = pd.Series(factor, rows.index)
    return rows.assign(low=rows["low"] * scale, high=rows["high"] * scale)[scale > 0]


@kept
def _mixed(ledger: Ledger, to: str, as_of: str | dt.date | None) -> dict[str, dict[str, float]]:
    """Say what share of a mixed package is of which kind, where its parts fill it by the claims that are accepted."""
    rows = select(ledger, to=to, where=sorted(set(ledger.pledges["group"])) or None, as_of=as_of)
    kind, shares = dict(zip(rows["pledge_id"], rows["money_kind"], strict=True)), {}
    once = Once(rows, ledger.overlaps, forest_of(ledger))
    for package in (row for row in once.envelopes["pledge_id"] if kind[row] == "mixed"):
        # a part that shares its money with another one says the same again
        twice = {one.pledge_a for one in once.taken if one.within == package and one.relation == "overlaps"}
        parts = [part for part in once.forest.parts[package] if part in once.figured and part not in twice]
        ends = [(math.fsum(end[part] for part in parts), end[package]) for end in (once.low, once.high)]
        sums = [math.fsum(once.high[part] for part in parts if kind[part] == one) for one in MONEY_KINDS]
        if any(sums) and all(abs(parts - whole) <= _ROUNDING * whole for parts, whole in ends):
            shares[package] = {one: amount / math.fsum(sums) for one, amount in zip(MONEY_KINDS, sums, strict=True)}
    return shares


def _by_group(ledger: Ledger, once: Once, by: str) -> pd.DataFrame:
    """Split the rows counted by a column of ``pledges``; of an envelope its direct parts, the rest is `UNALLOCATED`.

    Each group gets its lowest and its highest possible share: money that two groups may share is in the high figure of
    both and in the low figure of neither. Rows counted themselves come first, then those of envelopes, `UNALLOCATED`
    last.
    """
    if not isinstance(by, str) or by not in ledger.pledges.columns:
        raise ChoiceError("by", by, ledger.pledges.columns)
    group = {**dict(zip(ledger.pledges["pledge_id"], ledger.pledges[by], strict=True)), UNALLOCATED: UNALLOCATED}
    # what stands for each row counted: itself, or its parts and the rest, also those of a middle row without a figure
    shares = {row: {row: [once.low[row], once.high[row]]} for row in once.counted}
    for package in once.envelopes[once.envelopes["pledge_id"].isin(once.counted)].itertuples():
        shares[package.pledge_id] = {UNALLOCATED: [package.unallocated_low, package.unallocated_high]}
    for part, package in once.forest.among(row for row in once.low if row in once.figured).parent.items():
        if package in shares:
            shares[package][part] = [once.low[part], once.high[part]]

    def meant(pledge: str) -> dict[str, list[float]]:
        """The share that a row is in; of a package all of them."""
        if pledge in shares:
            return shares[pledge]
        among, path = shares.get(once.holder[pledge] or "", {}), [pledge, *once.forest.ancestors(pledge)]
        nearest = next((row for row in path if row in among), None)
        return {nearest: among[nearest]} if nearest else {}

    most = {row: once.high[row] for row in shares}
    for one in once.taken:
        if one.within == WHOLE and one.holder in most:
            most[one.holder] = max(0.0, most[one.holder] - one.high)
        # what is said twice inside a part leaves the part its figure
        mine = meant(one.pledge_a) if one.within in (WHOLE, *shares) else {}
        for ends in mine.values():
            ends[0] -= one.low
            ends[1] -= one.high if one.pledge_a not in shares else 0.0
        if mine and one.relation == "overlaps":
            # what may be the one's may be the other's as well
            for other, ends in meant(one.pledge_b).items():
                ends[0] -= one.low if {group[other]} != {group[row] for row in mine} else 0.0
    split = []
    # who is counted himself comes first
    for row, parts in sorted(shares.items(), key=lambda one: UNALLOCATED in one[1]):
        # parts that say more than their package holds: nobody knows whose is too much
        over = max(0.0, math.fsum(max(0.0, low) for low, _ in parts.values()) - most[row])
        for part, (low, high) in parts.items():
            highest = max(0.0, min(high, most[row]))
            split.append((group[part], row, min(max(0.0, low - over), highest), highest, most[row]))
    frame = pd.DataFrame(split, columns=[by, "within", "low", "high", "most"]).astype({by: "str"})
    # what parts of one group say together is no more than their package holds
    frame = frame.groupby([by, "within"], sort=False, dropna=False).agg({"low": "sum", "high": "sum", "most": "first"})
    frame["high"] = frame[["high", "most"]].min(axis=1)
    sums = frame.groupby(by, sort=False, dropna=False)[["low", "high"]].sum()
    last = pd.Index([UNALLOCATED], dtype="str", name=by)
    return pd.concat([sums.drop(UNALLOCATED, errors="ignore"), sums.reindex(last, fill_value=0.0)]).reset_index()


def ladder(
    ledger: Ledger,
    to: str = EURO,
    rule: Rule = "full-range",
    where: Where = None,
    as_of: str | dt.date | None = None,
    only: str | Iterable[str] | None = None,
) -> pd.DataFrame:
    """Descend from the careless sum to the money that has finance, a permit, works or a service.

    Parameters
    ----------
    ledger, to, rule, where, as_of, only
        As in `total`.

    Returns
    -------
    pandas.DataFrame
        One row per rung, each nested in the one above: ``rung`` (`RUNGS`), ``low``, ``high`` (whole units of `to`),
        ``pledges`` (how many rows of `explain_ladder` carry it), ``unquantified`` (ids without a figure that reach the
        rung, joined by semicolons), ``documented`` (money that sources say was raised, spent or contracted for pledges
        on the rung, old money too: a euro spent is spent).

        - ``naive``: all rows added up;
        - ``once``: `total`;
        - ``new-money``: low and high estimate of what was first promised by these announcements;
        - ``site``: has a site, or more; each row by its own updates, never by its envelope's;
        - ``works``: has finance, a permit, works or a service.

    Notes
    -----
    News without a sum says that an unknown share of a pledge has come so far: nothing for ``low``, all of it for
    ``high``; of a package it says nothing, for its parts have news of their own. A sum that news name is the low
    figure; a pledge without an amount enters with what is documented.

    As of a day, a pledge that nobody dates is on no rung (`select`), and is not taken for money promised before either:
    what its envelope brings to ``new-money`` can then be higher by its figure than without `as_of`.

    In billions of euros; a fiftieth of the careless sum at most has come further than a site:

    >>> (ladder(ledger).set_index("rung")[["low", "high"]] / 1e9).round(1)
                 low   high
    rung
    naive      791.4  815.6
    once       380.2  408.0
    new-money  143.7  374.0
    site        43.1   74.2
    works        1.1   16.7
    """
    found, pieces = (
        total(ledger, to, rule, where, as_of=as_of, only=only),
        explain_ladder(ledger, to, rule, where, as_of, only),
    )
    once, documented, told = found.once, _documented(ledger, found.once, found.to, as_of), dated_updates(ledger, as_of)
    told = told[told["happened"] == "yes"]
    rows = []
    for rung in RUNGS:
        part = pieces[pieces["rung"] == rung]
        known, bare = part[part["low"].notna()], part[part["low"].isna()]
        there = set(told.loc[told["status"].isin(_STATUSES[rung]), "pledge_id"]) if rung in _STATUSES else once.low
        money = dict[str, float]()
        for row in reversed(once.forest.order):
            own = documented.get(row, 0.0) if row in there else 0.0
            money[row] = max(own, math.fsum(money[inside] for inside in once.forest.parts[row]))
        spent = math.fsum(money[row] for row in once.forest.order if once.forest.parent[row] is None)
        # what is taken off in floats may leave less than nothing
        ends = known[["low", "high"]].sum().clip(lower=0.0)
        rows.append((rung, *ends, known["what"].eq("pledge").sum(), ";".join(bare["pledge_id"]), spent))
    return pd.DataFrame(rows, columns=["rung", "low", "high", "pledges", "unquantified", "documented"])


@kept
def explain_ladder(
    ledger: Ledger,
    to: str = EURO,
    rule: Rule = "full-range",
    where: Where = None,
    as_of: str | dt.date | None = None,
    only: str | Iterable[str] | None = None,
) -> pd.DataFrame:
    """Return what each row brings to each rung of `ladder`.

    Returns
    -------
    pandas.DataFrame
        One row per rung and pledge that brings something, or per deduction: ``pledge_id``, ``low``, ``high`` (negative
        for what a tie takes off; NaN for a row without figure), ``rung``, ``what`` (``pledge`` or ``tie``),
        ``source_ids`` (joined by semicolons: of the claims read; on ``site`` and ``works``, of the news of the pledge
        and of its parts; of a tie). The amounts of a rung add up to `ladder`. On ``site`` and ``works`` the parts of a
        package stand for it, unless it has news of its own. A tie takes off what parts have beyond their package, and
        one without pledge what a rung would have beyond the one above.

    Who brings something to the lowest rung, most of them without saying how much:

    >>> pieces = explain_ladder(ledger)
    >>> works = pieces.loc[pieces["rung"] == "works", ["pledge_id", "low", "high"]]
    >>> print((works.set_index("pledge_id") / 1e9).round(2))
                               low   high
    pledge_id
    mgx-campus-first-tranche  0.00  10.00
    digital-realty-france     0.30   0.30
    evroc-mougins             0.05   4.00
    mistral-essonne           0.72   0.72
    sesterce-valence          0.00   0.45
    current-ai-initial-400m   0.00   0.39
    roost-27m                 0.00   0.03
    g42-grenoble              0.00   0.80
    """
    found = total(ledger, to, rule, where, as_of=as_of, only=only)
    once, told = found.once, valued_updates(ledger, found.to, as_of)
    old, floor = _promised_before(ledger, once), _documented(ledger, once, found.to, as_of)
    new = _new_money(once, old, floor)
    silent = old.union(told.query("status == 'withdrawn' and happened == 'yes'")["pledge_id"])
    whole = [one for one in once.taken if one.within == WHOLE]
    said = dict(zip(ledger.claims["claim_id"], ledger.claims["source_id"], strict=True))
    read = {row.pledge_id: [said[one] for one in row.claim_ids.split(";") if one] for row in once.given.itertuples()}
    pairs = {frozenset((row.pledge_a, row.pledge_b)): row.source_id for row in ledger.overlaps.itertuples()}
    tied = {one.pledge_a: [pairs[frozenset((one.pledge_a, one.pledge_b))]] for one in whole if one.pledge_b}

    figures = [(row, low, once.high[row], read[row]) for row, low in once.low.items() if not math.isnan(low)]
    bare = [row for row, low in once.low.items() if math.isnan(low) and not once.excluded[row]]
    unnamed = [(row, math.nan, math.nan, read[row]) for row in bare]
    outermost = [row for row in once.low if once.forest.parent.get(row) is None]
    # of each rung what pledges bring, and what ties take off
    rungs: dict[str, tuple[list[Piece], list[Piece]]] = {
        "naive": ([*figures, *unnamed], []),
        "once": (
            [*(one for one in figures if once.holder.get(one[0]) == one[0]), *unnamed],
            [(one.pledge_a, -one.low, -one.high, tied.get(one.pledge_a, [])) for one in whole],
        ),
        "new-money": (
            [
                *((row, *new[row], read[row]) for row in outermost if new[row][1] > 0),
                *(one for one in unnamed if one[0] not in old),
            ],
            # a tie takes off the low estimate of new money no more than either row brings to it
            [
                (one.pledge_a, -min(one.low, new[one.pledge_a][0], new[one.pledge_b][0]), 0.0, tied[one.pledge_a])
                for one in whole
                if one.relation == "overlaps"
            ],
        ),
    }
    for rung, statuses in _STATUSES.items():
        mine = told[told["status"].isin(statuses)]
        news, inside = mine.groupby("pledge_id")["source_id"].agg(list), once.forest.within
        heard = {row: [one for part in inside(row) for one in news.get(part, [])] for row in once.forest.parent}
        brought = [(row, *ends, heard[row]) for row, ends in _reached(once, mine, silent, new).items()]
        unsaid = [(row, math.nan, math.nan, heard[row]) for row in bare if row in news and not floor.get(row)]
        rungs[rung] = (
            [*(one for one in brought if min(one[1:3]) >= 0), *unsaid],
            [one for one in brought if min(one[1:3]) < 0],
        )
    pieces, above = [], (math.inf, math.inf)
    for rung, (brought, ties) in rungs.items():
        # ties act on sums, and may leave less of a whole than of a part: no rung has more than the one above
        known = [one for one in [*brought, *ties] if not math.isnan(one[1])]
        low, high = math.fsum(one[1] for one in known), math.fsum(one[2] for one in known)
        over = max(0.0, low - above[0]), max(0.0, high - above[1])
        above = low - over[0], high - over[1]
        ties.append(("", -over[0], -over[1], []))
        pieces += [
            (row, low, high, rung, what, ";".join(dict.fromkeys(filter(pd.notna, sources))))
            for what, there in (("pledge", brought), ("tie", [one for one in ties if any(one[1:3])]))
            for row, low, high, sources in there
        ]
    return pd.DataFrame(pieces, columns=["pledge_id", "low", "high", "rung", "what", "source_ids"])


def at_second_hand(
    ledger: Ledger, rule: Rule = "full-range", where: Where = None, as_of: str | dt.date | None = None, to: str = EURO
) -> pd.Series:
    """Return the piece that most of the last rung of `ladder` rests on, if only copies and retellings tell of it.

    Without such a piece ``pledge_id`` is empty, ``low`` and ``high`` are 0.

    >>> at_second_hand(ledger)["pledge_id"]
    'mgx-campus-first-tranche'
    """
    pieces, told = explain_ladder(ledger, to, rule, where, as_of), dated_updates(ledger, as_of)
    sure = set(told.loc[told["strength"].isin(STRENGTHS[:2]), "source_id"])
    largest = (
        pieces[pieces["rung"].eq(RUNGS[-1]) & pieces["what"].eq("pledge")].dropna(subset="high").nlargest(1, "high")
    )
    shaky = largest[[sure.isdisjoint(ids.split(";")) for ids in largest["source_ids"]]]
    return pd.concat([shaky, pd.DataFrame([{"pledge_id": "", "low": 0.0, "high": 0.0}])]).iloc[0]


def _promised_before(ledger: Ledger, once: Once) -> set[str]:
    """Rows that are old money: a `no` row that was known before its envelope, is undated, or says something again."""
    day = dict(zip(once.rows["pledge_id"], once.rows["announced_on"], strict=True))
    known = pd.concat([date_claims(ledger), dated_updates(ledger).rename(columns={"last_on": "known_on"})])
    first = known.groupby("pledge_id")["known_on"].min()
    restates = set(ledger.overlaps.loc[ledger.overlaps["relation"] == "restates", "pledge_a"])
    old = set(once.rows.loc[once.rows["new_money"] == "no", "pledge_id"])
    above = {row: once.forest.parent.get(row) for row in old}
    younger = {row for row in old if above[row] and min(day[row], first.get(row, day[row])) >= day[above[row]]}
    return old - (younger - restates)


def _documented(ledger: Ledger, once: Once, to: str, as_of: str | dt.date | None) -> dict[str, float]:
    """The documented money of each row that has some: spent money has been raised before, so the larger sum."""
    sums = documented_sums(ledger, to, as_of)
    sums = sums[sums["kind"].isin(DOCUMENTED) & sums["pledge_id"].isin(set(once.low) - once.gone)]
    return dict(sums.groupby("pledge_id")["documented"].max())


def _new_money(once: Once, old: set[str], floor: dict[str, float]) -> Amounts:
    """Low and high estimate of the new money of each row, from the innermost parts up."""
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
                least = min(max(0.0, low - old_high if row in sure else least), low)
                most = high - old_low
            else:
                least, most = (max(end, floor.get(row, 0.0)) for end in (least, most))
            # what is documented of a part without an amount may be more than what is new in its package
            new[row] = max(0.0, min(least, most)), max(0.0, most)
    return new


def _reached(once: Once, told: pd.DataFrame, silent: set[str], new: Amounts) -> Amounts:
    """How much of the possibly new money has come so far, by row: by its own updates, else by those of its parts.

    What the parts of a row bring beyond it comes off the row, as an amount below zero.
    """
    own = dict.fromkeys(once.low, (0.0, 0.0))
    for update in told[told["pledge_id"].isin(set(once.low) - once.gone - silent)].itertuples():
        row, kind = update.pledge_id, update.amount_is
        low, high = once.low[row], once.high[row]
        if row not in once.figured:
            # nobody says how much is pledged: what is documented is the floor
            low = high = update.figure if kind in DOCUMENTED else 0.0
        elif kind == "part":
            low, high = min(update.figure, low), min(update.figure, high)
        elif kind not in ("restated", "new-total"):
            # which share of the pledge is meant is not said, but for the sum that is documented
            low = min(update.figure, low) if kind in (*DOCUMENTED, "firm") else 0.0
            # of a package its parts have news of their own
            high = 0.0 if pd.isna(kind) and once.forest.parts[row] else high
        least, most = own[row]
        own[row] = max(least, low) if update.happened == "yes" else least, max(most, high)
    reached, split = dict.fromkeys(once.low, (0.0, 0.0)), dict[str, Amounts]()
    for row in reversed(once.forest.order):
        if row not in once.gone:
            inside = {one: end for part in once.forest.parts[row] for one, end in split.get(part, {}).items()}
            (low, high), (least, most) = own[row], _added(reached, once.forest.parts[row])
            least, most = max(low, least), high + most
            if row in once.figured:
                least = once.low[row] if low >= once.low[row] else least
                most = min(once.high[row], most)
            reached[row] = least, most = min(least, new[row][1]), min(most, new[row][1])
            low, high = (end - math.fsum(one[at] for one in inside.values()) for at, end in enumerate((least, most)))
            if own[row][1] > 0 or not inside:
                split[row] = {row: (least, most)} if most > 0 else {}
            else:
                split[row] = inside | ({row: (low, high)} if min(low, high) < -_ROUNDING else {})
    return {
        row: ends
        for top in once.forest.order
        if once.forest.parent[top] is None
        for row, ends in split.get(top, {}).items()
    }


def _added(value: Amounts, rows: list[str]) -> tuple[float, float]:
    return math.fsum(value[row][0] for row in rows), math.fsum(value[row][1] for row in rows)


def documented(ledger: Ledger, *, to: str = EURO, as_of: str | dt.date | None = None) -> pd.DataFrame:
    """Set the money that sources document, and what is firm, beside what was pledged.

    Parameters
    ----------
    ledger : Ledger
    to : str
        ISO 4217 code.
    as_of : str or datetime.date, optional
        Default: the last day in the data.

    Returns
    -------
    pandas.DataFrame
        One row per pledge and kind, in table order: ``pledge_id``; ``low``, ``high`` (the pledge, figures printed, NaN
        without figure); ``documented`` (the largest sum named, whole units of `to`); ``kind`` (``raised``, ``spent``,
        ``contracted``, or ``firm``: committed without condition); ``dated`` (day, month or year as the source has it);
        ``source_id``.

    Of Evroc's four billion, fifty million have been raised:

    >>> found = documented(ledger).set_index("pledge_id")
    >>> (found.loc["evroc-mougins", ["low", "high", "documented"]].astype(float) / 1e9).round(2).tolist()
    [4.0, 4.0, 0.05]
    """
    found = documented_sums(ledger, clean_code(to), as_of)
    found = found.merge(resolve_claims(ledger, as_of=as_of, to=to), on="pledge_id")
    return found[["pledge_id", "low", "high", "documented", "kind", "dated", "source_id"]]


@kept
def announced_by_day(
    ledger: Ledger,
    *,
    to: str = EURO,
    rule: Rule = "full-range",
    where: Where = None,
    days: str | dt.date | Iterable[str | dt.date] | None = None,
    only: str | Iterable[str] | None = None,
) -> pd.DataFrame:
    """Follow the announced money day by day, each euro once as of that day.

    Parameters
    ----------
    ledger : Ledger
    to, rule, where
        As in `total`.
    days : str, datetime.date, or several of them, optional
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
    to, where = clean_code(to), exactly(where, only)
    pledges = select(ledger, to=to, rule=rule, where=where)[["pledge_id", "announced_on"]]
    if days is None:
        # the total may change with an announcement, a claim, or news; on the last day what nobody dates is known
        claims, updates = (dated(ledger).merge(pledges) for dated in (date_claims, dated_updates))
        updates = updates[updates["status"].eq("withdrawn") | updates["amount_is"].isin(["new-total", "increase"])]
        known = pd.concat([pledges["announced_on"], claims["known_on"], updates["first_on"], updates["last_on"]])
        moving = {*known[known <= last_day(ledger)], last_day(ledger)}
    else:
        moving = {pd.Timestamp(one_day(day)) for day in one_or_several(days)}
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
