"""Figures of evidence: the article's statements, what became of the pledges, and where they are to be built."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from summit_analysis.article.statements import VERDICTS, check_statements, verdicts
from summit_analysis.base.days import one_day
from summit_analysis.base.text import Language, Row, format_figure, in_words, long_day, words
from summit_analysis.charts.canvas import (
    GREY,
    Chart,
    Style,
    absent,
    axes_inches,
    chosen,
    drawing,
    in_inches,
    is_narrow,
    palette,
    pledged,
    put_together,
)
from summit_analysis.charts.maps import OUTLINES_FILE, WORLD_FILE, equal_earth, outlines, placing, write_key
from summit_analysis.charts.marks import Grid, bars, billions, in_block, mark, month_or_year, short, write
from summit_analysis.charts.signatures import called
from summit_analysis.currency.rates import EURO
from summit_analysis.ledger.tables import Ledger
from summit_analysis.pledges import status as progress
from summit_analysis.pledges.claims import Where, select, sources_read
from summit_analysis.pledges.status import STEPS, STRENGTHS, dated_updates, hearsay, last_news

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.path import Path
    from numpy.typing import ArrayLike

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
_LEAST, _MOST = 0.085, 0.16
"""Inches: radius of the smallest circle of a site, which holds its number, and of the largest."""
_SHADES = {
    "operating": "#01416b", "under-construction": "#0173b2", "permitted": "#6fb1d9", "financed": "#a9d3ec",
    "site-chosen": "#dcedf8", STEPS[0]: "white", **dict.fromkeys(GONE, "white"),
}  # fmt: skip
"""The further a site has come the darker, so that the order is seen in grey, too."""
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
    say, counts = words("verdicts", lang), verdicts(ledger, by="kind").set_index("kind")
    order = {name: rank for rank, name in enumerate([*counts.index, *VERDICTS])}
    drawn = ledger.statements.sort_values(["kind", "verdict"], key=lambda names: names.map(order), kind="stable")
    drawn = drawn.assign(place=drawn.groupby("kind").cumcount())[_STATED].reset_index(drop=True)
    wrong = _wrong(ledger, lang)
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
        _squares(axes, key, 0.18, VERDICTS)
        y = grid.y(drawn["kind"].map(order), line, 1)
        _squares(axes, grid.left[1] + 0.08 + column * _STEP, y, drawn["verdict"])
        for row in told.itertuples():
            y = grid.y(order[row.kind], row.line, 2)
            write(axes, grid.left[2], y, row.text, size=8.5, weight=row.weight, color=row.color)
    return chart


def _wrong(ledger: Ledger, lang: Language) -> pd.DataFrame:
    """Give the wrong statements in words that say whom they are about, away from their paragraph too."""
    wrong = check_statements(ledger, lang=lang).set_index("statement_id").query("verdict == 'wrong'")
    alone = ledger.statements.set_index("statement_id")[f"alone_{lang}"].dropna()
    return wrong.assign(statement=alone.reindex(wrong.index).fillna(wrong["statement"]))


def _squares(axes: Axes, x: ArrayLike, y: ArrayLike, verdict: ArrayLike) -> None:
    """Draw a square for each verdict: solid, hatched or crossed, told apart without colour."""
    looks: dict[str, Style] = {
        "confirmed": {"color": palette()[0]},
        "imprecise": {"facecolors": "white", "edgecolors": palette()[1], "hatch": "/////"},
        "wrong": {"color": palette()[3]},
    }
    mark(axes, x, y, verdict, looks, marker="s", s=120, linewidths=1)
    mark(axes, x, y, verdict, {"wrong": {"color": "white"}}, marker="x", s=42, linewidths=1.8)


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
    said = [short(row.low, row.high, to, lang, exact and row.open_low, exact and row.open_high, scale=row.scale)]
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


@drawing("sites", "pledges", "sites")
def sites(ledger: Ledger, *, where: Where = None, as_of: str | dt.date | None = None, lang: Language = "en") -> Chart:
    """Draw on a map of the country that has most of them where what was pledged is, or was, to be built.

    Parameters
    ----------
    ledger : Ledger
    where : str or iterable of str, optional
        Pledges, as in `summit_analysis.total`.
    as_of : str or datetime.date, optional
        The day of what is known of their progress, as in `summit_analysis.status`. Default: the last one in the data.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data hold one row per site with a place, in the order of the numbers: the columns of the table ``sites``
        but the note, and ``reached``, what is known of its pledge (one of `REACHED`), with
        ``strength``, the evidence for that.

    Raises
    ------
    AbsentError
        If no site of these pledges has a place, or the map has no outline of the country.

    >>> chart = charts.sites(ledger)
    >>> print(chart.title)
    France: at most six of 16 sites are in operation or being built
    >>> chart.data[["commune", "megawatts", "megawatts_kind", "reached"]].head(2)
                  commune  megawatts megawatts_kind    reached
    0  Bruyères-le-Châtel       44.0        planned  operating
    1              Meudon       28.8        running  operating
    """
    say, rows = words("sites", lang), _built(ledger, where, as_of)
    if rows.empty:
        raise absent("sites", "no-places", lang)
    country, centre = rows["iso3"].iloc[0], float(rows["longitude"].mean())
    outline = outlines(OUTLINES_FILE, centre).get(country) or outlines(WORLD_FILE, centre).get(country)
    if outline is None:
        raise absent("sites", "no-outline", lang, country=country)
    day, begun = last_news(ledger) if as_of is None else as_of, int(rows["reached"].isin(STEPS[4:]).sum())
    names = ledger.names(lang)
    rows_told = [(f"{row.Index + 1}", _site(row, names, say, lang)) for row in rows.itertuples()]
    steps = [(word, list(of)) for word, of in rows.groupby("reached", sort=False).groups.items()]
    filled = {
        **{"country": called(ledger, lang).get(country, country), "n": in_words(len(rows), lang)},
        **{"begun": in_words(begun, lang), "day": long_day(day, lang=lang, data_end=last_news(ledger))},
        "each": ". ".join(
            say[f"at-{word}"] + say["colon"] + say["and"].join(rows_told[row][1] for row in of) for word, of in steps
        ),
    }
    cited = [*rows["source_id"], *rows["megawatts_source_id"].dropna()]
    say = say if begun else say | {"title": say["title-none"]}
    with put_together(ledger, "where", rows, say, filled, cited, rates=False, lang=lang) as (chart, axes):
        inches = axes_inches() if is_narrow() else 4.5
        end = _draw_sites(axes, rows, outline, centre, inches)
        left, top = (0.0, end + 0.1) if is_narrow() else (inches + 0.1, 0.0)
        key = [(_paint(word), say[f"at-{word}"], [rows_told[row] for row in of]) for word, of in steps]
        in_inches(axes, max(end, write_key(axes, left, top, key)))
    return chart


def _built(ledger: Ledger, where: Where, as_of: str | dt.date | None) -> pd.DataFrame:
    """Give the sites in the country of most with what is known of their pledges: the furthest first, then by power."""
    known = reached(ledger, progress.status(ledger, as_of), as_of)[["pledge_id", "reached", "strength"]]
    rows = ledger.sites[ledger.sites["pledge_id"].isin(chosen(ledger, where))].dropna(subset=["latitude", "longitude"])
    rows = rows.drop(columns="note").merge(known, on="pledge_id")
    rows = rows[rows["iso3"].isin(rows["iso3"].mode().head(1))]
    order = {"step": rows["reached"].map(REACHED.index), "power": -rows["megawatts"].fillna(0)}
    return rows.assign(**order).sort_values([*order, "commune"], ignore_index=True).drop(columns=[*order])


def _paint(word: str) -> Style:
    edge = {"edgecolor": palette()[3], "ls": "--"} if word in GONE else {"edgecolor": _SHADES["operating"]}
    return {"facecolor": _SHADES[word], **edge}


def _draw_sites(axes: Axes, rows: pd.DataFrame, outline: Path, centre: float, inches: float) -> float:
    """Draw the land around the sites, and a numbered circle for each; return where the map ends."""
    from matplotlib.patches import Circle, PathPatch
    from matplotlib.path import Path

    spots = equal_earth(rows[["longitude", "latitude"]].to_numpy(), centre)
    # overseas parts would make the rest tiny
    low, high = spots.min(axis=0), spots.max(axis=0)
    reach = max(high - low) * 0.75 + 0.02
    rings = (np.asarray(ring) for ring in outline.to_polygons())
    near = [ring for ring in rings if (ring.max(0) > low - reach).all() and (ring.min(0) < high + reach).all()]
    corners = np.concatenate([*near, spots])
    edge = 0.04 * np.ptp(corners[:, 0])
    box = (*(corners.min(axis=0) - edge), *(corners.max(axis=0) + edge))
    land = Path.make_compound_path(*map(Path, near))
    axes.add_artist(PathPatch(land, transform=placing(axes, box, inches, 0), fc="#f0f0f0", ec=GREY, lw=0.6))
    scale = inches / (box[2] - box[0])
    shown, size = (spots - [box[0], box[3]]) * [scale, -scale], rows["megawatts"].fillna(0)
    radii = (np.sqrt(size / (size.max() or 1)) * _MOST).clip(lower=_LEAST).to_numpy()
    for spot, circle, radius, row in zip(shown, apart(shown, radii), radii, rows.itertuples(), strict=True):
        axes.plot(*zip(spot, circle, strict=True), color=GREY, lw=0.7)
        axes.add_patch(Circle(tuple(spot), 0.02, color=GREY, lw=0))
        axes.add_patch(Circle(tuple(circle), radius, lw=1, zorder=3, **_paint(row.reached)))
        ink = "white" if row.reached in STEPS[4:] else "black"
        write(
            axes,
            circle[0],
            circle[1],
            f"{row.Index + 1}",
            ha="center",
            va="center_baseline",
            weight="bold",
            color=ink,
            zorder=4,
        )
    return float((box[3] - box[1]) * scale)


def apart(spots: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Move circles until none lies on another, each as little as it takes.

    >>> apart(np.array([[0.0, 0.0], [1.0, 0.0], [9.0, 9.0]]), np.array([1.0, 1.0, 1.0])).round(2).tolist()
    [[-0.5, -0.0], [1.5, 0.0], [9.0, 9.0]]
    """
    turn = 2.4 * np.arange(len(spots))
    # two on one spot need some way to go
    moved, least = spots + 1e-4 * np.column_stack([np.cos(turn), np.sin(turn)]), radii[:, None] + radii
    for _ in range(500):
        between = moved[:, None] - moved
        far = np.hypot(*between.transpose(2, 0, 1)) + np.eye(len(spots)) * 1e9
        moved = moved + (between * (np.clip(least - far, 0, None) / far / 2)[..., None]).sum(axis=1)
    return moved


def _site(row: Row, names: pd.Series, say: dict[str, str], lang: Language) -> str:
    """Say where a site lies, whose it is, and its power."""
    kind = "no-power" if pd.isna(row.megawatts) else f"mw-{row.megawatts_kind}"
    power = say[kind].format(mw=format_figure(row.megawatts, lang=lang))
    weak = f" ({say['weak']})" if isinstance(row.strength, str) and row.strength not in STRONG else ""
    return f"{row.commune}{say['colon']}{names[row.pledge_id]}, {power}{weak}"
