"""Figures of evidence: the article's statements, and what became of the pledges."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from summit_analysis.article.statements import VERDICTS, check_statements, verdicts
from summit_analysis.base.days import one_day
from summit_analysis.base.text import Language, Row, in_words, long_day, words
from summit_analysis.charts.canvas import (
    GREY,
    Chart,
    Style,
    absent,
    drawing,
    need,
    palette,
    pledged,
    put_together,
)
from summit_analysis.charts.marks import Grid, bars, billions, in_block, mark, month_or_year, short, write
from summit_analysis.currency.rates import EURO, clean_code
from summit_analysis.ledger.tables import Ledger
from summit_analysis.pledges import status as progress
from summit_analysis.pledges.claims import Where, select, sources_read
from summit_analysis.pledges.status import STEPS, STRENGTHS, dated_updates, hearsay, last_news

# statements, in inches: from square to square, and left edges of names, squares and texts
_STEP, _LEFT, _SQUARES, _TEXTS = 0.2, 0.07, 1.68, 4.95
_LINE_OF = 15
"""Squares a line."""
_STATED = [
    *("statement_id", "seed_paragraph", "topic", "kind", "value", "unit", "verdict", "corrected_value"),
    *("evidence_source_ids", "place"),
]

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


@drawing
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
    need(ledger, "verdicts", lang, "article", "statements")
    say, counts = words("verdicts", lang), verdicts(ledger, by="kind").set_index("kind")
    order = {name: rank for rank, name in enumerate([*counts.index, *VERDICTS])}
    drawn = ledger.statements.sort_values(["kind", "verdict"], key=lambda names: names.map(order), kind="stable")
    drawn = drawn.assign(place=drawn.groupby("kind").cumcount())[_STATED].reset_index(drop=True)
    wrong = check_statements(ledger, lang=lang).set_index("statement_id").query("verdict == 'wrong'")
    # away from its paragraph a statement may not say whom it is about
    alone = ledger.statements.set_index("statement_id")[f"alone_{lang}"].dropna()
    wrong = wrong.assign(statement=alone.reindex(wrong.index).fillna(wrong["statement"]))
    told, left = _mistakes(wrong, say), [_LEFT, _SQUARES, _TEXTS]
    squares, rows = -(-counts["statements"] // _LINE_OF), np.arange(len(counts))
    lines = (1 + told.groupby("kind")["line"].max()).reindex(counts.index, fill_value=0)
    grid = Grid([2] * len(rows), squares, lines, line=0.19, gap=0.16, head=0.3, left=left)
    filled = {
        **counts.sum(),
        "wrong": in_words(counts["wrong"].sum(), lang),
        "each": say["and"].join(say["each"].format(name=say[kind], **row) for kind, row in counts.iterrows()),
        "mistakes": say["and"].join(say["mistake"].format(**row) for _, row in wrong.iterrows()),
    }
    cited = [ledger.about.article] * len(drawn) + drawn["evidence_source_ids"].str.split(";").explode().tolist()
    how: Style = {"rates": False, "lang": lang}
    with put_together(ledger, "article-by-verdict", drawn, say, filled, cited, **how) as (chart, axes):
        key, (line, column) = grid.left[1] + 0.08 + 1.2 * np.arange(len(VERDICTS)), drawn["place"].divmod(_LINE_OF)
        heads = [f"{say[verdict]} {counts[verdict].sum()}" for verdict in VERDICTS]
        grid.lay(axes, key + 0.15, heads, rows, ha="left", size=9)
        write(axes, _LEFT, grid.y(rows), [say[kind] for kind in counts.index], weight="bold", size=9.5)
        write(axes, _LEFT, grid.y(rows, 1), [say["of"].format(**row) for _, row in counts.iterrows()], color=GREY)
        # solid, hatched, crossed: told apart without colour
        looks: dict[str, Style] = {
            "confirmed": {"color": palette()[0]},
            "imprecise": {"facecolors": "white", "edgecolors": palette()[1], "hatch": "/////"},
            "wrong": {"color": palette()[3]},
        }
        places = grid.left[1] + 0.08 + column * _STEP, grid.y(drawn["kind"].map(order), line, 1), drawn["verdict"]
        for x, y, verdict in ((key, 0.18, VERDICTS), places):
            mark(axes, x, y, verdict, looks, marker="s", s=120, linewidths=1)
            mark(axes, x, y, verdict, {"wrong": {"color": "white"}}, marker="x", s=42, linewidths=1.8)
        for row in told.itertuples():
            y = grid.y(order[row.kind], row.line, 2)
            write(axes, grid.left[2], y, row.text, size=8.5, weight=row.weight, color=row.color)
    return chart


def _mistakes(wrong: pd.DataFrame, say: dict[str, str]) -> pd.DataFrame:
    """Give the lines beside the squares of each kind: what is wrong, and below it what is right."""
    lines = [
        (row.kind, line, weight, color, 0.4 * before)
        for row, before in zip(wrong.itertuples(), wrong.groupby("kind").cumcount(), strict=True)
        for text, weight, color in (
            (row.statement, "normal", "black"),
            (say["right"].format(right=row.right), "bold", palette()[0]),
        )
        for line in in_block([text], _TEXTS, 8.5, weight)[0]
    ]
    found = pd.DataFrame(lines, columns=["kind", "text", "weight", "color", "gap"])
    return found.assign(line=found["gap"] + found.groupby("kind").cumcount())


@drawing
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
    need(ledger, "status", lang, "pledges", "updates")
    say, names, to = words("status", lang), ledger.names(lang), clean_code(to)
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
    shown = shown.assign(hatched=rows["reached"].isin(GONE))
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
    news = told["updated_on"].dt.strftime("%Y-%m-%d").fillna(told["updated_period"])
    # as texts, a month of a year comes after the bare year
    news = news.dropna().groupby(told["pledge_id"]).max()
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
    # two figures say of themselves that nobody knows it exactly
    said = [short(row.low, row.high, to, lang, exact and row.open_low, exact and row.open_high, row.scale)]
    if isinstance(row.strength, str) and row.strength not in STRONG:
        said.append(say["weak"])
    if isinstance(row.last_change, str) and row.reached not in GONE:
        sure = "{change}" if row.change_by in STRONG else say["reportedly"]
        said.append(sure.format(change=say[row.last_change]))
    known = isinstance(row.last_news, str)
    return " · ".join([*said, month_or_year(row.last_news, lang).replace(" ", "\xa0") if known else say["no-news"]])


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
