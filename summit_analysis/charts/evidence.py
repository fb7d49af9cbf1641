"""Figures of evidence: the article's statements, what became of the pledges, and who signed exactly what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable

import numpy as np
import pandas as pd

from summit_analysis.article.statements import VERDICTS, check_statements, verdicts
from summit_analysis.base.days import day_or_period, one_day
from summit_analysis.base.text import Language, Row, alphabetical, in_words, listed, long_day, words
from summit_analysis.charts.canvas import BLUE, ORANGE, RED, Chart, absent, drawing, pledged
from summit_analysis.charts.marks import CROSSED, HATCHED, bars, billions, month_or_year, short
from summit_analysis.currency.rates import EURO
from summit_analysis.ledger.tables import Ledger
from summit_analysis.pledges import status as progress
from summit_analysis.pledges.claims import Where, select, sources_read
from summit_analysis.pledges.status import STEPS, STRENGTHS, dated_updates, hearsay, last_day, last_news
from summit_analysis.signatures import (
    KINDS,
    REFUSALS,
    UNRESOLVED,
    exclusive_intersections,
    last_reading,
    memberships,
    names_listed,
    short_names,
    size,
    weakly_refused,
)

_STATED = [
    *("statement_id", "seed_paragraph", "topic", "kind", "value", "unit", "verdict", "corrected_value"),
    *("evidence_source_ids", "place"),
]
_LOOKS = pd.DataFrame({"colour": [BLUE, ORANGE, RED], "hatch": ["", HATCHED, CROSSED]}, index=VERDICTS)
"""How the square of a statement says its verdict, told apart without colour."""
STRONG = STRENGTHS[:2]
"""Evidence on which a step rests: the actor itself, or a text of a publisher's own; all else is hearsay."""
GONE = ("withdrawn", "reportedly-withdrawn")
REACHED = (*reversed(STEPS), *GONE)
"""What a pledge has come to, in the order in which figures show it."""
PROJECT, FUND = "project", "fund"
_OF_FUNDS = ("title", "rest")
"""Texts that have another form where only funds are drawn."""
_FOLLOWED = [
    *("pledge_id", "counts_as", "low", "high", "open_low", "open_high", "scale", "reached", "furthest"),
    *("furthest_possible", "withdrawn", "strength", "last_change", "change_by", "last_news", "documented", "firm"),
    *("updates", "source_ids"),
]


@drawing("verdicts", "article", "statements")
def statements(ledger: Ledger, *, lang: Language = "en") -> Chart:
    """Draw each statement of the article as a square, by what is checked and by verdict; the wrong ones in words.

    Parameters
    ----------
    ledger : Ledger
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data hold one row per statement in the order drawn, with ``place``, its place among those of its ``kind``.

    Raises
    ------
    AbsentError
        If there is no article, or no statement of it.

    >>> chart = charts.statements(ledger)
    >>> print(chart.title)
    49 of the article’s 68 checkable statements are right, six are wrong
    >>> chart.data["verdict"].value_counts().to_dict()
    {'confirmed': 49, 'imprecise': 13, 'wrong': 6}
    """
    say, counts = words("verdicts", lang), verdicts(ledger)
    rank = {name: at for at, name in enumerate([*counts.index, *VERDICTS])}
    drawn = ledger.statements.sort_values(["kind", "verdict"], key=lambda names: names.map(rank), kind="stable")
    drawn = drawn.assign(place=drawn.groupby("kind").cumcount())[_STATED].reset_index(drop=True)
    wrong = check_statements(ledger, lang=lang).set_index("statement_id").query("verdict == 'wrong'")
    # away from their paragraph some need words that say whom they are about
    alone = ledger.statements.set_index("statement_id")[f"alone_{lang}"].reindex(wrong.index)
    wrong = wrong.assign(statement=alone.fillna(wrong["statement"]))
    mistakes = pd.Series([say["mistake"].format(**row) for _, row in wrong.iterrows()], wrong["kind"], dtype="str")
    filled = {
        **counts.sum(),
        "wrong": in_words(counts["wrong"].sum(), lang),
        "each": say["and"].join(say["each"].format(name=say[kind], **row) for kind, row in counts.iterrows()),
        "mistakes": say["and"].join(mistakes),
    }
    rows = pd.DataFrame({"name": counts.index.map(say), "low": 0, "high": 0, "reach": counts["statements"]})
    rows["text"] = [say["of"].format(**row) for _, row in counts.iterrows()]
    rows["more"] = ("– " + mistakes).groupby(level=0).agg("\n".join).reindex(counts.index, fill_value="")
    squares = _LOOKS.loc[drawn["verdict"]].assign(
        at=drawn["kind"].map(rank).to_numpy(), begin=drawn["place"].to_numpy()
    )
    return bars(
        ledger,
        "article-by-verdict",
        drawn,
        say,
        filled,
        [ledger.about.needed("article"), *drawn["evidence_source_ids"].str.split(";").explode()],
        rows,
        "",
        unit=1,
        pieces=squares.assign(end=squares["begin"] + 1),
        ticks={},
        rates=False,
        lang=lang,
    )


@drawing("status", "pledges", "updates")
def status(
    ledger: Ledger,
    *,
    where: Where = None,
    as_of: str | dt.date | None = None,
    to: str = EURO,
    lang: Language = "en",
) -> Chart:
    """Draw what became of each project of the event: one row each, by the step it reached; funds stand below in words.

    Parameters
    ----------
    ledger : Ledger
    where : str or iterable of str, optional
        As in `summit_analysis.total`.
    as_of : str or datetime.date, optional
        Pledges announced later are left out. Default: the last day in the data.
    to : str
        ISO 4217 code of the currency drawn.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data hold one row per project, and then per fund, with money: ``low``, ``high``, ``open_low``,
        ``open_high``, ``scale`` (as promised, see `summit_analysis.resolve_claims`; whole units of `to`); ``reached``
        (one of `REACHED`); ``change_by`` (evidence for ``last_change``); ``last_news`` (day, month
        or year of the last dated update, as known); the others as in `summit_analysis.status`.

    Raises
    ------
    AbsentError
        If nothing after their announcement is known of these pledges by that day.

    >>> chart = charts.status(ledger)
    >>> print(chart.title)
    Eight of the 14 projects announced at the summit have at least a site; for six none is known
    >>> chart.data[["pledge_id", "reached", "last_news"]].head(2)
             pledge_id    reached   last_news
    0     g42-grenoble  operating  2025-10-14
    1  mistral-essonne  operating  2026-06-17
    """
    say, names = words("status", lang), ledger.names(lang)
    until = last_news(ledger) if as_of is None else pd.Timestamp(one_day(as_of).item())
    drawn, day = _followed(ledger, where, as_of, to), long_day(until, lang=lang, data_end=last_news(ledger))
    if drawn["last_news"].isna().all():
        raise absent("status", "no-news" if as_of is None else "no-news-by", lang, day=long_day(until, lang=lang))
    # without projects, funds are all there is to draw
    rows = drawn[drawn["counts_as"] == drawn["counts_as"].iloc[0]]
    funds, name = drawn.drop(rows.index), rows["pledge_id"].map(names)
    texts = pd.Series([_told(row, to, lang) for row in rows.itertuples()], rows.index)
    step = ("at-" + rows["reached"]).map(say)
    further, none = (rows["furthest"] != STEPS[0]).sum(), (rows["furthest_possible"] == STEPS[0]).sum()
    maybe, notes = len(rows) - further - none, _of_funds(funds, names, to, lang)
    say = say if rows["counts_as"].iloc[0] == PROJECT else say | {word: say[f"{word}_pledges"] for word in _OF_FUNDS}
    filled = {
        **{"at": pledged(ledger, where, lang)["at"], "day": day, "n": in_words(len(rows), lang)},
        "further": in_words(further, lang),
        "rest": say["rest"].format(n=in_words(none, lang)) if none else "",
        "maybe": say["maybe"].format(n=in_words(maybe, lang)) if maybe else "",
        "each": ". ".join(
            f"{at}{say['colon']}{say['and'].join(those)}"
            for at, those in (name + say["colon"] + texts).groupby(step, sort=False)
        ),
    }
    cited = [
        *sources_read(ledger, rows["pledge_id"], "full-range", None),
        *drawn.loc[drawn["updates"] > 0, "source_ids"].str.split(";").explode(),
    ]
    shown = rows[["low", "high"]].fillna(0).assign(name=name, text=texts, heading=step)
    shown = shown.assign(hatch=np.where(rows["reached"].isin(GONE), HATCHED, ""))
    axis = billions(to, lang)
    return bars(ledger, "what-became-of-it", drawn, say, filled, cited, shown, axis, notes=notes, lang=lang)


def _followed(ledger: Ledger, where: Where, as_of: str | dt.date | None, to: str) -> pd.DataFrame:
    """Give projects, then funds, with money: the furthest first, of those alike the largest; with their last news."""
    pledges = select(ledger, where=where, to=to).drop(columns="withdrawn")
    known = reached(ledger, progress.status(ledger, as_of, to=to), as_of)
    rows = pledges[pledges["money_kind"] != "none"].merge(known, on="pledge_id")
    rows = rows[rows["counts_as"].isin([PROJECT, FUND])]
    told = dated_updates(ledger, as_of)
    told = told[told["happened"] == "yes"]
    # as texts, a month of a year comes after the bare year
    news = day_or_period(told, "updated").dropna().groupby(told["pledge_id"]).max()
    # of updates that say the same the strongest counts
    strongest = told["strength"].map(STRENGTHS.index).groupby([told["pledge_id"], told["status"]]).min()
    change = pd.MultiIndex.from_frame(rows[["pledge_id", "last_change"]])
    rows = rows.assign(
        last_news=rows["pledge_id"].map(news),
        change_by=strongest.reindex(change).map(dict(enumerate(STRENGTHS))).to_numpy(),
    )
    order = {
        "part": rows["counts_as"] == FUND,
        "step": rows["reached"].map(REACHED.index),
        "size": -rows["high"].fillna(0),
    }
    return rows.assign(**order).sort_values([*order, "pledge_id"])[_FOLLOWED].reset_index(drop=True)


def reached(ledger: Ledger, known: pd.DataFrame, as_of: str | dt.date | None) -> pd.DataFrame:
    """Add ``reached`` to rows of `summit_analysis.status`: the furthest step, unless the pledge was withdrawn."""
    gone, told = known["withdrawn"] == "yes", known["pledge_id"].isin(hearsay(ledger, as_of))
    return known.assign(reached=known["furthest"].mask(gone, GONE[0]).mask(gone & told, GONE[1]))


def _told(row: Row, to: str, lang: Language) -> str:
    """Say beside a bar how much was promised, on what weak evidence a step rests, what changed, and the last news."""
    say, exact = words("status", lang), row.low == row.high
    weak = isinstance(row.strength, str) and row.strength not in STRONG
    changed = isinstance(row.last_change, str) and row.reached not in GONE
    sure = "{change}" if row.change_by in STRONG else say["reportedly"]
    parts = [
        # two figures say of themselves that nobody knows it exactly
        short(row.low, row.high, to, lang, exact and row.open_low, exact and row.open_high, scale=row.scale),
        say["weak"] if weak else "",
        sure.format(change=say[row.last_change]) if changed else "",
        month_or_year(row.last_news, lang).replace(" ", "\xa0") if isinstance(row.last_news, str) else say["no-news"],
    ]
    return " · ".join(filter(None, parts))


def _of_funds(funds: pd.DataFrame, names: pd.Series, to: str, lang: Language) -> list[str]:
    """Say of funds what has been paid, which have begun, and of which nothing is known."""
    say, named = words("status", lang), funds["pledge_id"].map(names)
    paid = funds[["documented", "firm"]].max(axis=1)
    parts = {
        "paid": [f"{name} ({short(sum_, sum_, to, lang)})" for name, sum_ in zip(named, paid, strict=True) if sum_ > 0],
        "begun": named[paid.isna() & (funds["furthest"] == STEPS[-1])],
        "silent": named[paid.isna() & (funds["furthest"] != STEPS[-1])],
    }
    said = [say[f"funds-{part}"].format(names=", ".join(those)) for part, those in parts.items() if len(those)]
    return [say["funds"].format(n=len(funds), each=say["and"].join(said))] if said else []


@drawing("intersections", "declarations", "signatures")
def intersections(ledger: Ledger, *, as_of: str | dt.date | None = None, lang: Language = "en") -> Chart:
    """Draw each combination of declarations that occurs, with who signed exactly those; who refused one comes first.

    Parameters
    ----------
    ledger : Ledger
    as_of : str or datetime.date, optional
        Default: the last reading of each list.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data are the rows of `exclusive_intersections`, those with a government that refused the declaration of the
        event first.

    Raises
    ------
    AbsentError
        If there are no two declarations, or nobody had signed anything by that day.

    Each name stands in one row only:

    >>> chart = charts.intersections(ledger)
    >>> chart.data[["states", "organisations"]].sum().tolist()
    [99, 3]
    >>> print(chart.title)
    United Kingdom and United States signed the four other declarations, but refused Paris 2025
    """
    if len(ledger.declarations) < 2:
        raise absent("intersections", "one-declaration", lang)
    names, drawn = short_names(ledger, lang), exclusive_intersections(ledger, as_of)
    if drawn.empty:
        raise absent("intersections", "unsigned", lang, day=day_in_words(ledger, names.index, as_of, lang))
    table, event = memberships(ledger, as_of, lang=lang).set_index("iso3"), ledger.about.declaration or ""
    refusers = {code for code, word in table.get(event, pd.Series(dtype="str")).items() if word == REFUSALS[0]}
    refusers -= set(weakly_refused(ledger, event)) if refusers else set()
    news = drawn["iso3s"].str.split(";").map(refusers.isdisjoint)
    drawn, red = drawn.loc[news.sort_values(kind="stable").index].reset_index(drop=True), ~news.sort_values().to_numpy()
    # the codes come in the order of the English names
    name = called(ledger, lang).sort_values(key=alphabetical)
    members = [", ".join(name[name.index.isin(those.split(";"))]) for those in drawn["iso3s"]]
    say, filled = _group_texts(ledger, drawn, members, table, name[name.index.isin(refusers)], as_of, lang)
    signed = drawn[names.index].to_numpy(dtype="bool")
    at, column = np.nonzero(signed | red[:, None] & (names.index == event))
    squares = pd.DataFrame({"at": at, "begin": column + 0.37, "end": column + 0.63})
    return bars(
        ledger,
        "who-signed-exactly-what",
        drawn,
        say,
        filled,
        ledger.signatures["source_id"],
        pd.DataFrame({"name": members, "low": 0, "high": 0, "reach": len(names), "bold": red}).assign(
            text=(drawn["states"] + drawn["organisations"]).astype("str")
        ),
        "",
        unit=1,
        pieces=squares.assign(colour=np.where(red[at], RED, BLUE), hatch=np.where(signed[at, column], "", CROSSED)),
        ticks={at + 0.5: f"{name}\n({_listed(ledger, one, as_of)})" for at, (one, name) in enumerate(names.items())},
        rates=False,
        lang=lang,
    )


def _listed(ledger: Ledger, declaration: str, as_of: str | dt.date | None) -> str:
    """Write how many states and organisations a list has."""
    ends = names_listed(ledger, declaration, as_of).loc[list(KINDS), ["low", "high"]].to_numpy()
    return " + ".join(f"{low}" if low == high else f"{low}–{high}" for low, high in ends)


def _group_texts(
    ledger: Ledger,
    drawn: pd.DataFrame,
    members: list[str],
    table: pd.DataFrame,
    refusers: pd.Series,
    as_of: str | dt.date | None,
    lang: Language,
) -> tuple[dict[str, str], dict[str, object]]:
    """Return the texts and what fills them: one row has all who refused, or the title tells of the largest."""
    say, names = words("intersections", lang), short_names(ledger, lang)
    which = [listed(names[row.astype("bool")], lang) for _, row in drawn[names.index].iterrows()]
    sizes = drawn[["states", "organisations"]].set_axis(list(KINDS), axis=1)
    counts = [size(pd.DataFrame({"low": row, "high": row}), lang) for _, row in sizes.iterrows()]
    all_but, full = drawn[names.index].iloc[0].sum() == len(names) - 1 > 1, drawn[names.index].all(axis=1)
    unresolved = called(ledger, lang)[table.index[table[names.index].eq(UNRESOLVED).any(axis=1)]]
    filled = {
        **{"n": len(drawn), "d": in_words(len(names), lang), "largest": counts[0], "which": which[0]},
        "refusers": listed(refusers, lang),
        "others": say["others"].format(n=in_words(len(names) - 1, lang)) if all_but else which[0],
        "name": names.get(ledger.about.declaration),
        "full": counts[full.to_numpy().argmax()] if full.any() else say["none"],
        "day": day_in_words(ledger, names.index, as_of, lang),
        "open": say["open"].format(names=", ".join(unresolved)) if len(unresolved) else "",
        "each": ". ".join(say["colon"].join(one) for one in zip(which, members, strict=True)),
    }
    alone = len(refusers) and set(refusers) <= set(members[0].split(", "))
    return say | ({"title": say["refused-1" if len(refusers) == 1 else "refused"]} if alone else {}), filled


def day_in_words(ledger: Ledger, declarations: Iterable[str], as_of: str | dt.date | None, lang: Language) -> str:
    """Say as of which day lists are shown: a given one, or that of their last reading.

    >>> day_in_words(ledger, ["paris-2025"], None, "en"), day_in_words(ledger, ["paris-2025"], "2025-06-02", "fr")
    ('as last read on 1 October 2026', 'au 2 juin 2025')
    """
    say = words("signing", lang)
    if as_of is not None:
        # a list may have been read after the last news about money, and no page is newer than the last day
        return say["by"].format(day=long_day(one_day(as_of).item(), lang=lang, data_end=last_day(ledger)))
    last = max(last_reading(ledger, declaration) for declaration in declarations)
    return say["read"].format(day=long_day(last, lang=lang))


def called(ledger: Ledger, lang: Language, weak: Collection[str] = ()) -> pd.Series:
    """Return the names drawn, by code: the short one where there is one, those in `weak` with a star."""
    rows = ledger.entities.set_index("iso3")
    name = rows[f"short_{lang}"].fillna(ledger.countries(lang))
    return name.where(~name.index.isin(weak), name + "*").str.replace("'", "’")
