"""Hold the amounts of a text, and the statements of the article, against the ledger.

Each amount is held against each pledge named near it, by one list of rules. A name makes an amount that of a
pledge: one of its own, or two different vaguer ones, in the same sentence, row of a table or line of a list; failing
that the name of the sentence before, or of the heading. `rules` prints the rules.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple

import pandas as pd

from summit_analysis.article.amounts import COLUMNS
from summit_analysis.article.names import AT_HAND, NAMED, SURE, Line, names_of, placed
from summit_analysis.base.days import day_or_period, one_day, period_bounds
from summit_analysis.base.errors import FrameError
from summit_analysis.base.kept import kept
from summit_analysis.base.text import LANGUAGES, Language, Row, format_figure, known_language, long_day, words
from summit_analysis.currency.rates import clean_code
from summit_analysis.ledger.sources import cite, publishers
from summit_analysis.ledger.tables import Ledger
from summit_analysis.money import Amount, format_amount
from summit_analysis.pledges.claims import RULED, date_claims, printed_figures
from summit_analysis.pledges.once import forest_of
from summit_analysis.pledges.status import status

APPROX_AT_MOST = 0.05
"""An amount called approximate, or written in words, is off by at most this share of itself."""
RATE_SLACK = 0.025
"""Share of a converted amount that the rate of another hour or day may explain."""
NEAR = 0.8
"""An "at least" is told to be true from this share of the lowest accepted figure on."""
COMPARABLE = 5
"""What is more than so many times larger or smaller than any figure of a pledge is money for something else."""
RIVAL = 1.5
"""An amount so near to a figure of another pledge of the same name is no slip for one that is ten times off."""
VERDICTS = ("confirmed", "imprecise", "wrong")
"""What is found of a statement of the article."""
_SPAN = re.compile(r"(\d{4}-\d\d)-(\d\d)/\1-(\d\d)")
_ANSWER = ("verdict", "pledge_id", "named_by", "claim_id", "source_id", "off_by", "same_figure_as", "reason")
_CITED = ("label", "our_figure", "publisher", "published_on", "url")


RULES = (
    ("no-currency", "~has_currency", "no-currency"),
    ("no-figure", "~has_figure", "vague"),
    ("other-money", "named & denied", "denied"),
    ("other-money", "named & other", "other"),
    ("other-money", "company & worth & ~project", "worth"),
    ("other-money", "named & together", "several"),
    ("not-accepted", "named & at_place & unaccepted & ~printed", "unaccepted"),
    ("agrees", "named & printed & open", "open"),
    ("agrees", "named & printed", "printed"),
    ("slip", "sure & pledged & other_sign", "other-sign"),
    ("agrees", "named & converted", "converted"),
    ("agrees", "named & inside", "inside"),
    ("agrees", "named & floor", "floor"),
    ("not-accepted", "named & unaccepted", "unaccepted"),
    ("no-figure", "sure & pledged & ~known", "unknown"),
    ("other-money", "named & earlier", "earlier"),
    ("other-money", "named & several", "several"),
    ("no-figure", "sure & listed & ~known", "unknown"),
    ("slip", "sure & pledged & closest & thousandfold", "thousandfold"),
    ("slip", "sure & pledged & closest & tenfold", "tenfold"),
    ("slip", "sure & pledged & turned", "turned"),
    ("differs", "sure & pledged & single & comparable", "differs"),
    ("new", "", "new"),
)
"""The verdict if all facts hold (~: does not hold) of an amount and a pledge, and the key of the reason.

From top to bottom: the first that holds of an amount and a pledge is their verdict, the highest the amount's.
"""


def rules() -> pd.DataFrame:
    """Return the rules of `match_claims` in the order in which they are applied.

    Returns
    -------
    pandas.DataFrame
        One row per rule: ``verdict``, ``when`` (its condition), ``reason`` (what the reason begins with).

    >>> rules().loc[[8, 21], ["verdict", "when"]]
        verdict                                    when
    8    agrees                         named & printed
    21  differs  sure & pledged & single & comparable
    """
    say = words("match", "en")
    return pd.DataFrame(
        [(verdict, when, say[key]) for verdict, when, key in RULES], columns=["verdict", "when", "reason"]
    )


def match_claims(ledger: Ledger, found: pd.DataFrame, *, on: str | dt.date | None = None) -> pd.DataFrame:
    """Say of each amount of a text what the ledger knows of it: whether it agrees, is a slip, differs, or is new.

    Parameters
    ----------
    ledger : Ledger
    found : pandas.DataFrame
        As `find_amounts` returns it; never changed. It remembers its text (``found.attrs["text"]``): without that a
        name is looked for in the sentence alone. Rows whose currency is missing are told to lack one.
    on : str or datetime.date, optional
        The text's day. A pledge announced later does not exist; currencies are compared at the rate of this day, or
        of the day of the claim. Left out, every pledge exists, and only the rate of the claim's day counts.

    Returns
    -------
    pandas.DataFrame
        One row per amount, with the index and the columns of `found` and

        - ``verdict``: ``agrees``; ``slip`` (ten or a thousand times too much or too little, two digits turned, the
          right number with another currency); ``differs`` (no accepted figure fits); ``not-accepted`` (a figure the
          ledger knows and does not accept); ``other-money`` (assets, turnover, a stake, a sum of several, money
          denied); ``no-figure``, ``no-currency``, ``new``. `rules` shows when each is given;
        - ``pledge_id``: the pledge named; missing if none is, and for ``new``;
        - ``named_by``: where the name stands, ``sentence``, ``previous-sentence`` or ``heading``;
        - ``claim_id``, ``source_id``: the claim compared with, whose page can be cited;
        - ``off_by``: how many times the nearest accepted figure it is (1: the same);
        - ``same_figure_as``: other pledges of which an accepted claim prints this figure, joined by semicolons;
        - ``reason``: why, in the language of the text.

    Raises
    ------
    FrameError
        If `found` lacks a column, or `on` is not a day.

    Notes
    -----
    A claim is accepted if its standing is ``stands`` or ``derived``. "109 billion" stands for 108.5 to 109.5; called
    approximate, for 5 % at most up or down; converted, for 2.5 % more. "At least" agrees from 80 % of the figure on.

    Examples
    --------
    >>> from summit_analysis import find_amounts
    >>> found = find_amounts("Brookfield will invest 200 billion euros. Another fund brings 3 billion.")
    >>> match_claims(ledger, found)[["span", "verdict", "pledge_id", "off_by"]]
                    span verdict             pledge_id  off_by
    0  200 billion euros    slip  brookfield-france-ai    10.0
    1          3 billion     new                   NaN     NaN
    """
    return cite_claims(ledger, found, on=on).drop(columns=list(_CITED))


def cite_claims(ledger: Ledger, found: pd.DataFrame, *, on: str | dt.date | None = None) -> pd.DataFrame:
    """Return the frame of `match_claims`, and beside it the pledge by its name, our figure, and the page that has it.

    The columns are ``label``, ``our_figure``, ``publisher``, ``published_on`` (a day, or a month or year), ``url``.
    """
    lacking = [name for name in COLUMNS if name not in (*getattr(found, "columns", ()), "inferred", "scale")]
    if lacking:
        raise FrameError(f"no column {lacking[0]!r}: hand in the frame of find_amounts, or one with its columns")
    day = None if on is None else pd.Timestamp(one_day(on))
    book, rows = _book(ledger), found.reset_index(drop=True)
    rows["currency"] = [clean_code(code) if isinstance(code, str) else "" for code in rows["currency"]]
    exists = {pledge for pledge, row in book.pledges.items() if day is None or not row.since > day}
    euros = book.euros if day is None else book.euros | _euros(ledger, day)
    gone, answers = set(status(ledger, on).query("withdrawn == 'yes'")["pledge_id"]), []
    for row, (line, at) in zip(rows.itertuples(), placed(rows, names_of(ledger)), strict=True):
        cases = [
            each | _held(row, book.claims.get(each["pledge_id"], []), euros, day)
            for each in _cases(book, exists, line, at)
        ]
        # 100 billion are a third more than the 77 of a name, and no slip for its other 10
        rivals = {each["pledge_id"] for each in cases if each["sure"] and each["miss"] <= math.log(RIVAL)}
        cases = [each | {"closest": rivals <= {each["pledge_id"]}} for each in cases] or [_held(row, [], euros, day)]
        best = min(cases, key=lambda each: (_rule(each), *each.get("order", ()), each["miss"]))
        answers.append(_answer(book, exists, gone, row, best))
    told = pd.DataFrame(answers, found.index, [*_ANSWER, *_CITED], dtype="str").astype({"off_by": "float64"})
    return found.assign(**told)


def _rule(facts: dict[str, Any]) -> int:
    """Return the number of the first rule all of whose facts hold."""
    return next(
        number
        for number, (_, when, _) in enumerate(RULES)
        if all(bool(facts.get(fact.lstrip("~"))) != fact.startswith("~") for fact in when.split(" & ") if fact)
    )


def _answer(book: _Book, exists: set[str], gone: set[str], row: Row, best: dict[str, Any]) -> dict[str, object]:
    """Return what is added to an amount, the reason in the language of its sentence."""
    (verdict, _, key), pledge, lang = RULES[_rule(best)], best.get("pledge_id"), known_language(row.language)
    # nothing is told of a pledge by an amount that is new
    own = pledge if best.get("named") and verdict != "new" else None
    same = [one for one in book.printed.get((row.currency, row.low, row.high), ()) if one in exists and one != own]
    say, names = words("match", lang), {one: getattr(book.pledges[one], lang) for one in (pledge, *same) if one}
    claim = best["rivals"][0] if key == "other-sign" else best["fallen" if verdict == "not-accepted" else "nearest"]
    told = {"label": names.get(pledge), "times": format_figure(best["off_by"], lang=lang, digits=2)}
    if claim is not None:
        amount = Amount.from_claim(claim.amount_low, claim.amount_high, claim.currency, claim.qualifier, claim.scale)
        told |= {
            "who": claim.publisher,
            "day": long_day(claim.printed_on, lang=lang),
            "ours": format_amount(amount, lang=lang),
            "why": "" if claim.accepted else say[f"why-{claim.standing}"].format(why=claim.standing_reason),
        }
    for rival in best["rivals"][:1]:
        other = format_amount(Amount(row.low, row.high, rival.currency), lang=lang)
        told |= {"n": len(best["rivals"]), "other": other}
    by = best["named_by"] if own else None
    why = say["unnamed" if key == "new" and not best.get("named") else key].format(**told)
    shared = say["same"].format(names=", ".join(names[one] for one in same)) if same else ""
    answer = {
        "verdict": verdict,
        "pledge_id": own,
        "label": own and told["label"],
        "named_by": by,
        "same_figure_as": ";".join(same) or None,
        "reason": " ".join(filter(None, [why, say.get(str(by), ""), say["gone"] if own in gone else "", shared])),
    }
    if own and claim is not None and row.currency:
        cited = {name: getattr(claim, name) for name in ("claim_id", "source_id", "publisher", "url")}
        answer |= cited | {"off_by": best["off_by"], "our_figure": told["ours"], "published_on": claim.printed_on}
    return answer


# --- what the ledger knows


class _Book(NamedTuple):
    """What is asked of a ledger about every text."""

    pledges: dict[str, Row]
    above: dict[str, set[str]]
    claims: dict[str, list[Row]]
    printed: dict[tuple[str, float, float], list[str]]
    euros: dict[tuple[str, pd.Timestamp], float]

    def linked(self, some: set[str], others: set[str]) -> bool:
        """Whether a pledge of one name holds, or is, one of another."""
        return any(one in self.above[other] or other in self.above[one] for one in some for other in others)


@kept
def _book(ledger: Ledger) -> _Book:
    dated, forest = date_claims(ledger), forest_of(ledger)
    # of an announcement whose day is not known the first day on which it may have been
    may_be, _ = period_bounds(dated["claimed_period"])
    first = dated["valued_on"].where(~(may_be < dated["valued_on"]), may_be).groupby(dated["pledge_id"]).min()
    pledges = ledger.pledges.set_index("pledge_id").assign(**{lang: ledger.names(lang) for lang in LANGUAGES})
    pledges = pledges.assign(
        since=pledges["announced_on"].fillna(first),
        home=pledges["pledger_country"].fillna(""),
        goal=pledges["recipient_country"].fillna(""),
    )
    sources = ledger.sources[["source_id", "kind", "published_on", "published_period", "url"]]
    told = printed_figures(dated).dropna(subset=["low"]).merge(sources, on="source_id")
    told = told.assign(
        accepted=told["standing"].isin(RULED),
        said=told["valued_on"].fillna(told["pledge_id"].map(pledges["announced_on"])),
        rank=told["kind"].map({"primary": 0, "news": 1, "analysis": 2, "seed": 3}),
        publisher=told["source_id"].map(publishers(ledger.sources)),
        printed_on=day_or_period(told, "published"),
    )
    printed = told[told["accepted"]].groupby(["currency", "low", "high"])["pledge_id"].unique()
    return _Book(
        {row.Index: row for row in pledges.itertuples()},
        {pledge: {pledge, *forest.ancestors(pledge)} for pledge in pledges.index},
        {pledge: list(claims.itertuples()) for pledge, claims in told.groupby("pledge_id")},
        printed.map(list).to_dict(),
        _euros(ledger, *told["said"].dropna().unique()),
    )


@kept
def _euros(ledger: Ledger, *days: pd.Timestamp) -> dict[tuple[str, pd.Timestamp], float]:
    """Return what one unit of each currency is worth in euros on each day, NaN where no rate is known."""
    units = [(1.0, code, day) for day in days for code in ledger.rates.convertible]
    ask = pd.DataFrame(units, columns=["one", "currency", "day"])
    put = ledger.rates.convert(ask, amounts="one", date="day", provenance=False, errors="coerce")
    return dict(zip(zip(put["currency"], put["day"], strict=True), put["one_EUR"], strict=True))


# --- an amount and the pledges named near it


def _cases(book: _Book, exists: set[str], line: Line, at: int) -> Iterator[dict[str, Any]]:
    """Yield each pledge named near an amount, how surely it is meant, and what the words around say of the money."""
    start, end = line.amounts[at]
    around = line.near(at)
    near = [each for each in around if each[2].pledges & exists]
    by, lent = line.lent or ("", None)
    if lent and lent.pledges & exists and not any(hit.level >= NAMED for *_, hit in near):
        near.append((math.inf, True, lent))
    own = [hit for _, owned, hit in near if owned and hit.level >= NAMED]
    payers = [hit.pledges for hit in own if hit.level == SURE]
    sure = {pledge for pledges in payers for pledge in pledges & exists}
    # a country that pays is no place where the money goes; the one right behind it is
    there = [hit for gap, _, hit in around if hit.there and hit.start >= end and gap <= AT_HAND]
    there = there or [hit for *_, hit in around if hit.there or hit.level < NAMED]
    places = {name.kind for hit in there for name in hit.names if not name.pledge}
    said = line.said(at) | {"several": any(not book.linked(one, other) for one, other in pairwise(payers))}
    for pledge in dict.fromkeys(pledge for *_, hit in near for pledge in sorted(hit.pledges & exists)):
        meant = [(gap, owned, hit, name) for gap, owned, hit in near for name in hit.names if name.pledge == pledge]
        level = max(name.level for *_, name in meant)
        hit = next(hit for *_, hit, name in meant if name.level == level)
        mine = any(owned for _, owned, _, name in meant if name.level == level)
        home, goal = book.pledges[pledge].home, book.pledges[pledge].goal
        is_away = goal not in ("", "WLD", "EUE", *places) and (places - {home} or said["elsewhere"])
        if (is_away and not said["denied"]) or (
            sure and not (mine and level == SURE) and not book.linked({pledge}, sure)
        ):
            continue
        contexts = {hit.key for *_, hit, name in meant if name.kind == "context"}
        hints = len({hit.key for *_, hit, _ in meant}) + (goal in places and goal != home and level >= NAMED)
        is_part = any(hit.level >= NAMED and book.above[pledge] & hit.pledges - {pledge} for *_, hit in near)
        is_known = level == SURE or (level == NAMED and hints > 1)
        is_project = any(name.level >= NAMED and name.kind == "project" for *_, name in meant)
        # a package that is named by what is said around it, and by nothing else
        alone = level < NAMED and len(contexts) > 1 and not own
        group = {name.pledge for name in hit.names if name.level == level} & exists
        is_one = hints > 1 or sum(len(book.above[one] & group) == 1 for one in group) == 1
        clear = all(not line.strangers(hit.end, start) for gap, owned, hit, _ in meant if owned and gap < math.inf)
        yield said | {
            "pledge_id": pledge,
            "named_by": by if meant[-1][2] is lent else "sentence",
            "order": (-level, -hints, min(gap for gap, *_ in meant)),
            "named": level >= NAMED or hints > 1 or is_part or (said["site"] and "place" in hit.kinds),
            "project": is_project,
            "company": any(name.kind in ("name", "weak") for *_, name in meant),
            "sure": alone or (mine and (is_known or is_project)),
            "single": not said["part"] and (len(contexts) > 2 if alone else is_known and is_one and clear),
            "at_place": any(name.kind == "place" and gap <= AT_HAND and hit.start > end for gap, _, hit, name in meant),
        }


# --- an amount and the claims about a pledge


def _held(
    row: Row, claims: list[Row], euros: dict[tuple[str, pd.Timestamp], float], day: pd.Timestamp | None
) -> dict[str, Any]:
    """Say how an amount fits the claims about a pledge, and which of them is nearest, from the best source."""
    told = [(claim, _against(row, claim, euros, day)) for claim in claims]
    told.sort(key=lambda one: (not one[0].accepted, _gap(one[1]["off_by"]), one[0].rank))
    compared = [(claim, each["off_by"]) for claim, each in told if claim.accepted and each["off_by"] > 0]
    off = compared[0][1] if compared else math.nan
    above, below = (bool(compared) and all(side(one) for _, one in compared) for side in ((1.0).__lt__, (1.0).__gt__))
    floors = [claim.open_high for claim, _ in compared]
    # what is more than "at least", or less than "up to", need not be wrong
    is_more = above and ((all(floors) and off <= 1 / NEAR) or (any(floors) and row.open_high))
    is_less = below and (row.open_high or all(claim.open_low for claim, _ in compared))
    rivals = [claim for claim, each in told if each["other_sign"]]
    return {fact: any(each[fact] for _, each in told) for fact in (told[0][1] if told else ())} | {
        "has_currency": bool(row.currency),
        "has_figure": row.low == row.low,
        "known": any(claim.accepted for claim in claims),
        "floor": below and row.open_high and off >= NEAR,
        "comparable": 1 / COMPARABLE <= off <= COMPARABLE and off != 1 and not is_more and not is_less,
        "open": len(rivals) > sum(each["printed"] for _, each in told),
        "rivals": rivals,
        "nearest": told[0][0] if told else None,
        "fallen": next((claim for claim, each in told if each["unaccepted"]), None),
        "off_by": off,
        "miss": _gap(off),
    }


def _gap(ratio: float) -> float:
    return abs(math.log(ratio)) if ratio > 0 else math.inf


def _against(
    row: Row, claim: Row, euros: dict[tuple[str, pd.Timestamp], float], day: pd.Timestamp | None
) -> dict[str, Any]:
    """Say how an amount fits one claim, at the rate of the day on which that was said, or of the day of the text."""
    same, accepted, said = row.currency == claim.currency, claim.accepted, (claim.low, claim.high)
    worth = [
        euros.get((row.currency, when), math.nan) / euros.get((claim.currency, when), math.nan)
        for when in (claim.said, day)
    ]
    rates = [1.0] if same else [rate for rate in worth if rate > 0]
    ends = list(zip((row.low, row.high), half_units(row.span, row.low, row.high, row.qualifier), strict=True))
    slack = 0.0 if same else RATE_SLACK

    def fits(times: float, *, slack: float = slack) -> bool:
        return all(
            any(
                abs(end * times - one) <= min(half, APPROX_AT_MOST * end) * times * (1 + 1e-9) + slack * end * times
                for one in said
            )
            for end, half in ends
        )

    fit = any(map(fits, rates))
    low, high = (end * rates[-1] if rates else math.nan for end, _ in ends)
    off = low / claim.high if low > claim.high else high / claim.low if high < claim.low else low * 0 + 1
    return {
        "off_by": off,
        "printed": accepted and same and fit,
        "inside": accepted and claim.low <= low and high <= claim.high,
        "converted": accepted and not same and fit,
        "unaccepted": not accepted and fit and (day is None or not claim.said > day),
        "other_sign": accepted and not same and fits(1.0, slack=0.0),
        "thousandfold": accepted and any(fits(rate * times) for rate in rates for times in (1e3, 1e-3)),
        "tenfold": accepted and same and (fits(10) or fits(0.1)),
        "turned": accepted and same and _turned(row.high, claim.high),
    }


def _turned(amount: float, said: float) -> bool:
    """Whether two digits of one figure stand in each other's place in the other: 190 for 109."""
    one, other = (f"{figure:.11e}".partition("e")[0].rstrip("0.") for figure in (amount, said))
    differ = [(a, b) for a, b in zip(one.ljust(13, "0"), other.ljust(13, "0"), strict=True) if a != b]
    return len(differ) == 2 and differ[0] == differ[1][::-1] and f"{amount:e}"[-3:] == f"{said:e}"[-3:]


def half_units(span: str, low: float, high: float, qualifier: str) -> tuple[float, float]:
    """Return by how much the two figures of an amount may have been rounded, up or down.

    Parameters
    ----------
    span : str
        The amount as printed.
    low, high : float
        What it says, in whole currency units; NaN if it has no figure.
    qualifier : str
        As in the ledger's claims.

    Returns
    -------
    tuple of float
        Half a unit of the last digit printed, of `low` and of `high`: "109 billion" stands for 108.5 to 109.5 billion.
        Called approximate, or in words, it is half a unit of the last digit that is not 0, but at most 5 % of the
        figure: "about 110 billion" stands for 105 to 115.

    >>> half_units("€109bn", 109e9, 109e9, "exact")
    (500000000.0, 500000000.0)
    >>> half_units("30 to 50.0 billion", 30e9, 50e9, "range")
    (500000000.0, 50000000.0)
    >>> half_units("about 110 billion", 110e9, 110e9, "approx")
    (5000000000.0, 5000000000.0)
    """
    printed = [re.sub(r"\D", "", digits) for digits in re.findall(r"\d(?:[\d\s.,'’]*\d)?", span)] or [""]
    exact = qualifier != "approx"
    return _half_unit(printed[0], low, exact=exact), _half_unit(printed[-1], high, exact=exact)


def _half_unit(digits: str, figure: float, *, exact: bool) -> float:
    if not figure > 0:
        return figure * 0
    unit = figure / int(digits) if digits.strip("0") and len(digits) <= 30 else 0.0
    exponent = math.log10(unit) if unit else 0.5
    if exact and math.isclose(exponent, round(exponent), abs_tol=1e-9):
        return unit / 2
    # the size of the last digit that is not 0: 1e9 for 109e9, 1e10 for 110e9
    last = int(Decimal(f"{figure:.11e}").normalize().as_tuple().exponent)
    return min(10.0**last / 2, APPROX_AT_MOST * figure)


# --- the statements of the article that started the project


@kept
def check_statements(ledger: Ledger, *, lang: Language = "en") -> pd.DataFrame:
    """Set each checkable statement of the article beside its verdict, what would be right, and the evidence.

    Parameters
    ----------
    ledger : Ledger
    lang : {"en", "fr"}
        Language of ``statement``, ``printed`` and ``right``; notes exist in English only.

    Returns
    -------
    pandas.DataFrame
        One row per statement in the order of the article:

        - ``statement_id``, ``paragraph`` (of the article), ``topic``, ``kind``, ``verdict``: as in the table;
        - ``statement``: reworded, in `lang`;
        - ``printed``: the figure, day, name or country that it prints (missing where it prints none);
        - ``right``: what it should say (missing if confirmed);
        - ``note``: why the verdict is what it is;
        - ``links_to``: claims, pledges, events, declarations concerned, joined by semicolons;
        - ``evidence_source_ids``, ``evidence``: the sources of the verdict, as ids and as citations.

    Raises
    ------
    ChoiceError
        If the language is not one of the two.

    >>> check_statements(ledger).set_index("statement_id").loc["s33", ["printed", "verdict", "right"]].tolist()
    ['€200bn', 'wrong', '€150bn']
    """
    say, rows, countries = words("statements", lang), ledger.statements, ledger.countries(lang)
    claims = ledger.claims[["claim_id", "amount_low", "amount_high", "currency", "qualifier", "scale"]]
    # a claim knows "at least" and "several", which the bare number has lost
    amounts = {claim_id: Amount.from_claim(*figures) for claim_id, *figures in claims.itertuples(index=False)}
    evidence = rows["evidence_source_ids"].str.split(";")
    citations = cite(ledger.sources, evidence.explode()).set_index("source_id")["citation"]
    return pd.DataFrame(
        {
            "statement_id": rows["statement_id"],
            "paragraph": rows["seed_paragraph"],
            "topic": rows["topic"],
            "statement": rows[f"statement_{lang}"],
            "kind": rows["kind"],
            "printed": [_printed(row, amounts, countries, say, lang) for row in rows.itertuples()],
            "verdict": rows["verdict"],
            "right": rows[f"right_{lang}"].fillna(pd.Series([_right(row, say, lang) for row in rows.itertuples()])),
            "note": rows["note"],
            "links_to": rows["links_to"],
            "evidence_source_ids": rows["evidence_source_ids"],
            "evidence": ["; ".join(citations[ids]) for ids in evidence],
        }
    ).astype({"printed": "str", "right": "str"})


def verdicts(ledger: Ledger) -> pd.DataFrame:
    """Count the verdicts on the article's statements.

    Parameters
    ----------
    ledger : Ledger

    Returns
    -------
    pandas.DataFrame
        One row per kind of what is checked, most wrong ones first: ``confirmed``, ``imprecise``, ``wrong``,
        ``statements``.

    >>> verdicts(ledger).head(2)
              confirmed  imprecise  wrong  statements
    kind
    relation         21          7      2          30
    amount            9          3      2          14
    """
    table = pd.crosstab(ledger.statements["kind"], ledger.statements["verdict"]).reindex(columns=VERDICTS, fill_value=0)
    table = table.assign(statements=table.sum(axis=1)).rename_axis(columns=None)
    return table.sort_values(["wrong", "imprecise", "kind"], ascending=[False, False, True])


def _printed(
    row: Row, amounts: dict[str, Amount], countries: pd.Series, say: dict[str, str], lang: Language
) -> str | None:
    linked = [amounts[link] for link in str(row.links_to).split(";") if link in amounts]
    if row.kind == "amount" and linked:
        return format_amount(linked[0], lang=lang)
    if row.kind in ("amount", "count"):
        return _measure(float(row.value), row.unit, say, lang)
    if re.fullmatch(r"[A-Z]{3}(; [A-Z]{3})*", row.value):
        return ", ".join(countries[row.value.split("; ")])
    # a relation without a country is the statement itself, said shorter
    return None if row.kind == "relation" else _read(row.value, say, lang)


def _right(row: Row, say: dict[str, str], lang: Language) -> str | None:
    at_most = math.isnan(row.corrected_low)
    if pd.notna(row.corrected_currency):
        figures = (row.corrected_low, row.corrected_high, row.corrected_currency, "up-to" if at_most else "range")
        return format_amount(Amount.from_claim(*figures), lang=lang)
    if pd.notna(row.corrected_high):
        text = _measure(row.corrected_high, row.unit, say, lang)
        return say["up_to"].format(text) if at_most else text
    return None if row.verdict == "confirmed" else _read(row.corrected_value, say, lang)


def _measure(value: float, unit: str, say: dict[str, str], lang: Language) -> str:
    return f"{format_figure(value, lang=lang)}\xa0{say.get(unit, unit)}"


def _read(text: str, say: dict[str, str], lang: Language) -> str:
    """Write days, spans of days and lists of names as people read them."""
    # a span inside one month names the month once: 6–11 May 2024
    text = _SPAN.sub(lambda span: f"{int(span[2])}–{span[1]}-{span[3]}", text)
    text = re.sub(r"\d{4}-\d\d-\d\d", lambda day: long_day(day[0], lang=lang), text)
    return re.sub(r"^before ", say["before"], text).replace("; ", ", ")
