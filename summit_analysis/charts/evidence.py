"""Figures of evidence: the article's statements, what became of pledges and where, who signed what and who did not."""

import datetime as dt
import json
from collections.abc import Collection, Iterable, Mapping
from functools import cache, partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Circle, PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, Bbox, Transform, TransformedBbox

from summit_analysis.article.match import VERDICTS, check_statements, verdicts
from summit_analysis.base import files
from summit_analysis.base.days import one_day
from summit_analysis.base.errors import FrameError
from summit_analysis.base.text import Language, Row, alphabetical, format_figure, in_words, listed, long_day, words
from summit_analysis.charts.canvas import (
    BLUE,
    CROSSED,
    FADED,
    GREY,
    HATCHED,
    ORANGE,
    PALE,
    RED,
    Chart,
    Style,
    absent,
    bars,
    billions,
    drawing,
    is_narrow,
    named,
    need,
    pledged,
    put_together,
    short,
    wrap,
    write,
)
from summit_analysis.currency.rates import EURO
from summit_analysis.ledger.tables import Ledger
from summit_analysis.pledges.claims import Where, select, sources_read
from summit_analysis.pledges.status import GONE, STEPS, STRENGTHS, dated_updates, last_day, last_news, reached
from summit_analysis.signatures import (
    KINDS,
    LISTED,
    REFUSALS,
    UNRESOLVED,
    exclusive_intersections,
    last_reading,
    memberships,
    names_listed,
    short_names,
    signatories,
    size,
    weakly_refused,
)

_STATED = [
    "statement_id",
    "seed_paragraph",
    "topic",
    "kind",
    "value",
    "unit",
    "verdict",
    "corrected_value",
    "evidence_source_ids",
    "place",
]
_VERDICTS = pd.DataFrame({"colour": [BLUE, ORANGE, RED], "hatch": ["", HATCHED, CROSSED]}, index=VERDICTS)
"""How the square of a statement says its verdict, told apart without colour."""
STRONG = STRENGTHS[:2]
"""Evidence on which a step rests: the actor itself, or a text of a publisher's own; all else is hearsay."""
REACHED = (*reversed(STEPS), *GONE)
"""What a pledge has come to, in the order in which figures show it."""
_FOLLOWED = [
    "pledge_id",
    "counts_as",
    "low",
    "high",
    "open_low",
    "open_high",
    "scale",
    "reached",
    "furthest",
    "furthest_possible",
    "withdrawn",
    "strength",
    "last_change",
    "change_by",
    "last_news",
    "documented",
    "firm",
    "updates",
    "source_ids",
]
_LEAST, _MOST = 0.085, 0.16
"""Inches: radius of the smallest circle of a site, which holds its number, and of the largest."""
REFUSED, OTHER = "refused", "other"
CLASSES = (LISTED, REFUSED, OTHER)
"""What a state is shown as; those that the tables do not name are in the last one."""
_WORLD = Bbox.from_extents(-2.536, -1.06, 2.536, 1.34)
_EUROPE = Bbox.from_extents(-0.37, 0.655, 0.41, 1.195)
"""What is drawn of the world, and of it once more, on the plane of the projection."""
_SMALL = 0.008
"""Square inches: a shape that fits into less cannot be seen and gets a mark as well."""
_LOOKS: dict[str, Style] = {
    "operating": {"facecolor": "#01416b", "edgecolor": "#01416b"},
    "under-construction": {"facecolor": "#0173b2", "edgecolor": "#01416b"},
    "permitted": {"facecolor": "#6fb1d9", "edgecolor": "#01416b"},
    "financed": {"facecolor": "#a9d3ec", "edgecolor": "#01416b"},
    "site-chosen": {"facecolor": "#dcedf8", "edgecolor": "#01416b"},
    STEPS[0]: {"facecolor": "white", "edgecolor": "#01416b"},
    **{key: {"facecolor": "white", "edgecolor": RED, "ls": "--"} for key in GONE},
    LISTED: {"facecolor": BLUE, "edgecolor": "white"},
    REFUSED: {"facecolor": "#f3d3bd", "edgecolor": RED, "hatch": CROSSED},
    OTHER: {"facecolor": PALE, "edgecolor": "white"},
    "land": {"facecolor": FADED, "edgecolor": GREY, "lw": 0.6},
}
"""On maps: the further a site has come the darker, so that the order is seen in grey, too; who refused is hatched."""
WORLD_FILE, OUTLINES_FILE = "world-110m.geojson", "outlines-50m.geojson"
CENTRE = 11.0
"""Meridian in the middle of the world: it cuts through the Bering Strait at the edge, and through no state."""
_EQUAL_EARTH = np.polynomial.Polynomial([0, 1.340264, 0, -0.081106, 0, 0, 0, 0.000893, 0, 0.003796])
"""How high a place is on it; coefficients of Šavrič, Patterson and Jenny, The Equal Earth map projection (2018)."""
_LINE_OF_KEY = 0.155
"""Inches from line to line."""
Key = list[tuple[Style, str, list[tuple[str, str]]]]
"""Beside a map: looks, what each means, and, below, what has it, with a number or without."""


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
    squares = _VERDICTS.loc[drawn["verdict"]].assign(
        at=drawn["kind"].map(rank).to_numpy(), begin=drawn["place"].to_numpy()
    )
    return bars(
        ledger,
        "article-by-verdict",
        drawn,
        say,
        filled,
        [need(ledger, "verdicts", lang, "article"), *drawn["evidence_source_ids"].str.split(";").explode()],
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
    >>> print(chart.title.partition(";")[0])
    Eight of the 14 projects announced at the summit have at least a site
    >>> chart.data[["pledge_id", "reached", "last_news"]].head(2)
             pledge_id    reached   last_news
    0     g42-grenoble  operating  2025-10-14
    1  mistral-essonne  operating  2026-06-17
    """
    say, names = words("status", lang), ledger.names(lang)
    until = last_news(ledger) if as_of is None else pd.Timestamp(one_day(as_of))
    drawn, day = _followed(ledger, where, as_of, to), long_day(until, lang=lang, data_end=last_news(ledger))
    if drawn["last_news"].isna().all():
        raise absent("status", "no-news" if as_of is None else "no-news-by", lang, day=long_day(until, lang=lang))
    # without projects, funds are all there is to draw
    rows = drawn[drawn["counts_as"] == drawn["counts_as"].iloc[0]]
    funds, name = drawn.drop(rows.index), rows["pledge_id"].map(names)
    texts = pd.Series([_told(row, to, lang) for row in rows.itertuples()], rows.index)
    step = ("at-" + rows["reached"]).map(say)
    left, notes = rows[~rows["reached"].isin(GONE)], _of_funds(funds, names, to, lang)
    further, none = (left["furthest"] != STEPS[0]).sum(), (left["furthest_possible"] == STEPS[0]).sum()
    maybe, off = len(left) - further - none, rows.drop(left.index)["reached"]
    withdrawn = (drawn.loc[drawn["reached"] == word, "pledge_id"].map(names) for word in GONE)
    projects, few = rows["counts_as"].iloc[0] == "project", say.get(f"title_{further}", say["title"])
    # of one or none the title is said otherwise
    say |= {"title": few} if projects else {word: say[f"{word}_pledges"] for word in ("title", "rest")}
    filled = {
        "at": pledged(ledger, where, lang)["at"],
        "day": day,
        "n": in_words(len(rows), lang),
        "further": in_words(further, lang),
        "rest": (say["rest"].format(n=in_words(none, lang)) if none else "")
        + (say[f"off-{off.min()}"].format(n=in_words(len(off), lang)) if len(off) else ""),
        "maybe": say["maybe"].format(n=in_words(maybe, lang)) if maybe else "",
        "projects": in_words(len(rows), lang) if projects else "",
        "pledges": not projects,
        "funds": len(funds),
        "every": in_words(len(drawn), lang),
        "silent": in_words((drawn["updates"] == 0).sum(), lang),
        **{key: listed(those, lang) for key, those in zip(("gone", "told"), withdrawn, strict=True)},
        "each": ". ".join(
            f"{at}{say['colon']}{say['and'].join(those)}"
            for at, those in (name + say["colon"] + texts).groupby(step, sort=False)
        ),
    }
    return bars(
        ledger,
        "what-became-of-it",
        drawn,
        say,
        filled,
        [
            *sources_read(ledger, rows["pledge_id"], "full-range", None),
            *drawn.loc[drawn["updates"] > 0, "source_ids"].str.split(";").explode(),
        ],
        rows[["low", "high"]]
        .fillna(0)
        .assign(name=name, text=texts, heading=step, hatch=np.where(rows["reached"].isin(GONE), HATCHED, "")),
        billions(to, lang),
        notes=notes,
        lang=lang,
    )


def _followed(ledger: Ledger, where: Where, as_of: str | dt.date | None, to: str) -> pd.DataFrame:
    """Give projects, then funds, with money: the furthest first, of those alike the largest; with their last news."""
    pledges = select(ledger, where=where, to=to).query("money_kind != 'none'").drop(columns="withdrawn")
    known = reached(ledger, as_of, to)
    told = dated_updates(ledger, as_of).query("happened == 'yes'")
    # as texts, a month of a year comes after the bare year
    news = told["dated"].dropna().groupby(told["pledge_id"]).max()
    # of updates that say the same the strongest counts
    changes = (
        told[["pledge_id", "status", "strength"]]
        .set_axis(["pledge_id", "last_change", "change_by"], axis=1)
        .sort_values("change_by", key=lambda words: words.map(STRENGTHS.index))
        .drop_duplicates(["pledge_id", "last_change"])
    )
    rows = pledges.merge(known[known["counts_as"].isin(["project", "fund"])]).merge(changes, how="left")
    order = {
        "part": rows["counts_as"] == "fund",
        "step": rows["reached"].map(REACHED.index),
        "size": -rows["high"].fillna(0),
    }
    rows = rows.assign(last_news=rows["pledge_id"].map(news), **order)
    return rows.sort_values([*order, "pledge_id"])[_FOLLOWED].reset_index(drop=True)


def _told(row: Row, to: str, lang: Language) -> str:
    """Say beside a bar how much was promised, on what weak evidence a step rests, what changed, and the last news."""
    say, exact = words("status", lang), row.low == row.high
    weak, news = isinstance(row.strength, str) and row.strength not in STRONG, row.last_news
    changed = isinstance(row.last_change, str) and row.reached not in GONE
    sure = "{change}" if row.change_by in STRONG else say["reportedly"]
    parts = [
        # two figures say of themselves that nobody knows it exactly
        short(row.low, row.high, to, lang, exact and row.open_low, exact and row.open_high, scale=row.scale),
        say["weak"] if weak else "",
        sure.format(change=say[row.last_change]) if changed else "",
        long_day(news[:7], lang=lang).replace(" ", "\xa0") if isinstance(news, str) else say["no-news"],
    ]
    return " · ".join(filter(None, parts))


def _of_funds(funds: pd.DataFrame, names: pd.Series, to: str, lang: Language) -> list[str]:
    """Say of funds what has been paid, which have begun, and of which nothing is known."""
    say, names = words("status", lang), funds["pledge_id"].map(names)
    paid = funds[["documented", "firm"]].max(axis=1)
    parts = {
        "paid": [f"{name} ({short(sum_, sum_, to, lang)})" for name, sum_ in zip(names, paid, strict=True) if sum_ > 0],
        "begun": names[paid.isna() & (funds["furthest"] == STEPS[-1])],
        "silent": names[paid.isna() & (funds["furthest"] != STEPS[-1])],
    }
    each = say["and"].join(filter(None, (named(say[f"funds-{part}"], those) for part, those in parts.items())))
    return [say["funds"].format(n=len(funds), each=each)] if each else []


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
    country, centre, names = rows["iso3"].iloc[0], float(rows["longitude"].mean()), called(ledger, lang)
    outline = outlines(OUTLINES_FILE, centre).get(country) or outlines(WORLD_FILE, centre).get(country)
    if outline is None:
        raise absent("sites", "no-outline", lang, country=country)
    begun, told = int(rows["reached"].isin(STEPS[4:]).sum()), _sites_in_words(rows, ledger.names(lang), say, lang)
    key = [
        (_LOOKS[step], say[f"at-{step}"], [(f"{row + 1}", told[row]) for row in of.index])
        for step, of in rows.groupby("reached", sort=False)
    ]
    filled = {
        "country": names.get(country, country),
        "n": in_words(len(rows), lang),
        "begun": in_words(begun, lang),
        "day": long_day(last_news(ledger) if as_of is None else as_of, lang=lang, data_end=last_news(ledger)),
        "each": ". ".join(head + say["colon"] + say["and"].join(text for _, text in texts) for _, head, texts in key),
    }
    return put_together(
        ledger,
        "where",
        rows,
        say if begun else say | {"title": say["title-none"]},
        filled,
        [*rows["source_id"], *rows["megawatts_source_id"].dropna()],
        partial(_draw_sites, rows=rows, outline=outline, centre=centre, key=key),
        rates=False,
        lang=lang,
    )


def _built(ledger: Ledger, where: Where, as_of: str | dt.date | None) -> pd.DataFrame:
    """Give the sites in the country of most with what is known of their pledges: the furthest first, then by power."""
    known = reached(ledger, as_of)[["pledge_id", "reached", "strength"]].merge(select(ledger, where=where)["pledge_id"])
    rows = ledger.sites.dropna(subset=["latitude", "longitude"]).drop(columns="note").merge(known, on="pledge_id")
    rows = rows[rows["iso3"].isin(rows["iso3"].mode().head(1))]
    order = {"step": rows["reached"].map(REACHED.index), "power": -rows["megawatts"].fillna(0)}
    return rows.assign(**order).sort_values([*order, "commune"], ignore_index=True).drop(columns=[*order])


def _draw_sites(axes: Axes, wide: float, rows: pd.DataFrame, outline: Path, centre: float, key: Key) -> float:
    """Draw the land around the sites, a numbered circle for each, and the key; return where they end."""
    spots, inches = equal_earth(rows[["longitude", "latitude"]].to_numpy(), centre), wide if is_narrow(wide) else 4.5
    held = Path(spots).get_extents()
    reach = held.padded(max(held.size) * 0.75 + 0.02)
    # overseas parts would make the rest tiny
    parts = (Path(ring).get_extents() for ring in outline.to_polygons())
    box = Bbox.union([held, *(part for part in parts if part.overlaps(reach))])
    place, end = draw_land(axes, box.padded(0.04 * box.width), inches, 0, {"": (outline, _LOOKS["land"])})
    shown, size = (place - axes.transData).transform(spots), rows["megawatts"].fillna(0)
    radii = (np.sqrt(size / (size.max() or 1)) * _MOST).clip(lower=_LEAST).to_numpy()
    circles = apart(shown, radii)
    # from the place, a dot, to its circle
    lines: Style = {"color": GREY, "lw": 0.7, "marker": "o", "markevery": [0], "ms": 2.9, "mew": 0}
    axes.plot(*np.stack([shown, circles]).transpose(2, 0, 1), **lines)
    for at, radius, row in zip(circles, radii, rows.itertuples(), strict=True):
        axes.add_patch(Circle(tuple(at), radius, lw=1, zorder=3, **_LOOKS[row.reached]))
        look = {"color": "white" if row.reached in STEPS[4:] else "black", "weight": "bold", "linespacing": 1.2}
        axes.text(at[0], at[1], f"{row.Index + 1}", look, size=8, ha="center", va="center_baseline", zorder=4)
    return write_key(axes, wide, key, (inches + 0.1, 0.0), end)


def _sites_in_words(rows: pd.DataFrame, names: pd.Series, say: dict[str, str], lang: Language) -> list[str]:
    """Say of each site where it lies, whose it is, and its power."""
    power = [
        say["no-power" if pd.isna(row.megawatts) else f"mw-{row.megawatts_kind}"].format(
            mw=format_figure(row.megawatts, lang=lang)
        )
        for row in rows.itertuples()
    ]
    weak = np.where(rows["strength"].isin(STRENGTHS) & ~rows["strength"].isin(STRONG), f" ({say['weak']})", "")
    return [*(rows["commune"] + say["colon"] + rows["pledge_id"].map(names) + ", " + power + weak)]


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
    refused = (
        table.index[table[event] == REFUSALS[0]].difference(weakly_refused(ledger, event)) if event in table else []
    )
    drawn = drawn.assign(red=~drawn["iso3s"].str.split(";").map(set(refused).isdisjoint))
    drawn = drawn.sort_values("red", ascending=False, kind="stable", ignore_index=True)
    red = drawn.pop("red").to_numpy()
    # the codes come in the order of the English names
    name = called(ledger, lang).sort_values(key=alphabetical)
    members = [", ".join(name[name.index.isin(those.split(";"))]) for those in drawn["iso3s"]]
    say, filled = _group_texts(ledger, drawn, members, table, name[name.index.isin(refused)], as_of, lang)
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
    first = drawn.loc[0, ["states", "organisations"]].set_axis(list(KINDS))
    all_but = drawn[names.index].iloc[0].sum() == len(names) - 1 > 1
    unresolved = called(ledger, lang)[table.index[table[names.index].eq(UNRESOLVED).any(axis=1)]]
    filled = {
        "n": len(drawn),
        "largest": size(pd.DataFrame({"low": first, "high": first}), lang),
        "which": which[0],
        "refusers": listed(refusers, lang),
        "others": say["others"].format(n=in_words(len(names) - 1, lang)) if all_but else which[0],
        "name": names.get(ledger.about.declaration),
        "day": day_in_words(ledger, names.index, as_of, lang),
        "open": named(say["open"], unresolved),
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


@drawing("positions", "declarations")
def positions(
    ledger: Ledger, *, declaration: str | None = None, as_of: str | dt.date | None = None, lang: Language = "en"
) -> Chart:
    """Draw on a map of the world who signed a declaration, who refused, and who is not on its list.

    Parameters
    ----------
    ledger : Ledger
    declaration : str, optional
        Its id. Default: that of the event.
    as_of : str or datetime.date, optional
        Default: the last reading of the list.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data hold one row per entity that the tables name for the declaration: ``iso3``, ``name_en``, ``name_fr``,
        ``entity_kind``; ``shown_as`` (one of `CLASSES`; a refusal of which only a commentary tells, and a name of which
        nobody knows whether it stood there by then, are ``other``); ``answer``, ``position``, ``source_id`` as in
        `summit_analysis.signatories`.

    Raises
    ------
    FrameError
        If the declaration was adopted later, or a state has no place on the map.
    ChoiceError
        If the declaration is unknown.
    AbsentError
        If the event has none, or nobody is named for it.

    >>> chart = charts.positions(ledger)
    >>> print(chart.title.partition("; ")[2])
    two refused (United Kingdom, United States), at least six came without signing
    >>> chart.data["shown_as"].value_counts().to_dict()
    {'listed': 65, 'other': 10, 'refused': 2}
    """
    declaration = declaration or need(ledger, "positions", lang, "declaration")
    if signatories(ledger, declaration).empty:
        raise absent("positions", "unlisted", lang, declaration=short_names(ledger, lang)[declaration])
    say, weak = words("positions", lang), weakly_refused(ledger, declaration)
    rows, names = _shown(ledger, declaration, as_of, lang), called(ledger, lang, weak)
    key, sure = _classes(rows, names, say), rows[~rows["iso3"].isin(weak)]
    others = [
        say[word if len(who) > 1 else f"{word}-1"].format(n=in_words(len(who), lang), names=", ".join(names[who]))
        for word in REFUSALS
        if len(who := sure.loc[sure["position"] == word, "iso3"])
    ]
    signed = rows[rows["shown_as"] == LISTED]
    official = ledger.sources.query("kind == 'primary' and read_as == 'original'")["source_id"]
    counts = names_listed(ledger, declaration, as_of).loc[["state"]].reindex(list(KINDS), fill_value=0)
    filled = {
        "listed": size(counts, lang),
        "names": ", ".join(names[signed["iso3"]]),
        "name": short_names(ledger, lang)[declaration],
        "official": "" if signed["source_id"].isin(official).any() else say["unofficial"],
        "others": named(f"{say['and']}{{names}}", others),
        "weak": listed(rows.loc[rows["position"].eq(REFUSALS[0]) & rows["iso3"].isin(weak), f"name_{lang}"], lang),
        "day": day_in_words(ledger, [declaration], as_of, lang),
        "each": ". ".join(
            say["colon"].join(filter(None, [head, "; ".join(text for _, text in texts)])) for _, head, texts in key
        ),
    }
    return put_together(
        ledger,
        f"map-{declaration}",
        rows,
        say,
        filled,
        rows["source_id"],
        partial(_draw_world, rows=rows, key=key),
        rates=False,
        lang=lang,
    )


def _shown(ledger: Ledger, declaration: str, as_of: str | dt.date | None, lang: Language) -> pd.DataFrame:
    """Give the rows of `signatories` with the class each is shown as."""
    adopted = ledger.declarations.set_index("declaration_id").loc[declaration, "adopted_on"]
    if as_of is not None and pd.Timestamp(one_day(as_of)) < adopted:
        raise FrameError(f"{declaration!r} was adopted on {adopted:%Y-%m-%d}; choose that day or a later one")
    rows = signatories(ledger, declaration, as_of, lang=lang)
    lost = rows[rows["entity_kind"].eq("state") & ~rows["iso3"].isin(outlines(WORLD_FILE))]
    if len(lost):
        raise FrameError(
            f"{lost['name_en'].iloc[0]} ({lost['iso3'].iloc[0]}) has no place on the map; correct the code "
            f"(ISO 3166 alpha-3), or add a point to {WORLD_FILE}"
        )
    refused = rows["position"].eq(REFUSALS[0]) & ~rows["iso3"].isin(weakly_refused(ledger, declaration))
    shown = np.select([rows["position"].eq("signed") & rows["answer"].eq(LISTED), refused], [LISTED, REFUSED], OTHER)
    return rows.assign(shown_as=shown)[
        ["iso3", "name_en", "name_fr", "entity_kind", "shown_as", "answer", "position", "source_id"]
    ]


def _classes(rows: pd.DataFrame, names: pd.Series, say: dict[str, str]) -> Key:
    """Return of each class its look, its head, and the texts below it: who is in it, unless that is the bulk."""
    listed, refused, other = (rows[rows["shown_as"] == word] for word in CLASSES)
    why = other["position"].mask(other["position"] == "signed", other["answer"])
    starred = other[names[other["iso3"]].str.endswith("*").to_numpy()]
    told = {
        LISTED: {"beside": listed[listed["entity_kind"] != "state"]},
        REFUSED: {"those": refused},
        OTHER: {f"of-{word}": of for word, of in other.groupby(why)} | {"weak": starred},
    }
    key: Key = []
    for word, parts in told.items():
        states = rows.loc[rows["shown_as"] == word, "entity_kind"].eq("state")
        texts = [text for part, of in parts.items() if (text := named(say[part], names[of["iso3"]]))]
        if len(states) or word == OTHER:
            key.append((_LOOKS[word], say[word].format(n=states.sum()), [("", text) for text in texts]))
    return key


def _draw_world(axes: Axes, wide: float, rows: pd.DataFrame, key: Key) -> float:
    """Draw the world, below it Europe once more, with marks for small states, and the key; return where they end."""
    shown, world, inset = rows.set_index("iso3")["shown_as"], outlines(WORLD_FILE), wide if is_narrow(wide) else 3.25
    top = end = 0.0
    for box, inches, part in ((_WORLD, wide, ""), (_EUROPE, inset, "-europe")):
        shapes = {code + part: (path, _LOOKS[shown.get(code, OTHER)] | {"lw": 0.4}) for code, path in world.items()}
        top = end + 0.08 if part else 0.0
        place, end = draw_land(axes, box, inches, top, shapes)
        for code in shown.index.intersection([*world]):
            extent = world[code].get_extents()
            x, y = extent.get_points().mean(axis=0)
            small = extent.width * extent.height < (box.width / inches) ** 2 * _SMALL
            if small and box.contains(x, y) and (part or not _EUROPE.contains(x, y)):
                # a white edge lifts a mark off a shape of its own colour
                look = _LOOKS[shown[code]] | ({"edgecolor": GREY} if shown[code] == OTHER else {})
                axes.scatter(x, y, 30, marker="s", lw=0.8, zorder=3, gid=f"{code}-mark", transform=place, **look)
        axes.add_artist(Rectangle(_EUROPE.p0, *_EUROPE.size, transform=place, fc="none", ec=GREY, lw=0.7))
    return write_key(axes, wide, key, (inset + 0.25, top), end)


# --- shapes of the world on the plane, and on paper that counts in inches


@cache
def outlines(name: str, centre: float = CENTRE) -> dict[str, Path]:
    """Return the shapes of a file, projected, by ISO 3166 alpha-3; of a state too small for one it is a single point.

    >>> world = outlines(WORLD_FILE)
    >>> len(world["SGP"]), len(world["FRA"]) > 1
    (1, True)
    """
    found = {}
    for feature in json.loads(files.read_text(files.shipped("data") / name))["features"]:
        kind, nested = feature["geometry"]["type"], feature["geometry"]["coordinates"]
        rings = (
            [[nested]]
            if kind == "Point"
            else nested
            if kind == "Polygon"
            else [ring for part in nested for ring in part]
        )
        # rings that run the other way are holes
        paths = [Path(equal_earth(np.array(ring), centre), closed=len(ring) > 1) for ring in rings]
        found[feature["properties"]["iso3"]] = Path.make_compound_path(*paths)
    return found


def equal_earth(degrees: np.ndarray, centre: float = CENTRE) -> np.ndarray:
    """Project places onto the plane so that equal areas stay equal.

    Parameters
    ----------
    degrees : numpy.ndarray, shape (n, 2)
        Longitude and latitude in degrees; longitudes may go beyond 180.
    centre : float
        Meridian that is a straight line.

    Returns
    -------
    numpy.ndarray, shape (n, 2)
        x and y in radii of the Earth; the area of the whole map is that of the sphere, 4π.

    >>> equal_earth(np.array([[11.0, 0.0], [191.0, 0.0]])).round(4).tolist()
    [[0.0, 0.0], [2.7066, 0.0]]
    """
    along, up = np.radians(degrees - [centre, 0]).T
    theta = np.arcsin(np.sqrt(3) / 2 * np.sin(up))
    x = 2 * np.sqrt(3) / 3 * along * np.cos(theta) / _EQUAL_EARTH.deriv()(theta)
    return np.column_stack([x, _EQUAL_EARTH(theta)])


def draw_land(
    axes: Axes, box: Bbox, inches: float, top: float, shapes: Mapping[str, tuple[Path, Style]]
) -> tuple[Transform, float]:
    """Draw what a box of the plane holds of shapes with names and looks, so many inches wide and so far down.

    Returns
    -------
    matplotlib.transforms.Transform
        How the plane comes onto the axes, which count in inches downwards.
    float
        Where the box ends on them.
    """
    scale = inches / box.width
    place = Affine2D().translate(-box.x0, -box.y1).scale(scale, -scale).translate(0, top) + axes.transData
    for name, (path, look) in shapes.items():
        # a point is no shape
        if len(path) > 1 and path.get_extents().overlaps(box):
            shape = PathPatch(path, transform=place, gid=name, **look)
            axes.add_artist(shape).set_clip_box(TransformedBbox(box, place))
    return place, top + scale * box.height


def apart(spots: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Move circles until none lies on another, each as little as it takes.

    >>> apart(np.array([[0.0, 0.0], [1.0, 0.0], [9.0, 9.0]]), np.array([1.0, 1.0, 1.0])).round(2).tolist()
    [[-0.5, -0.0], [1.5, 0.0], [9.0, 9.0]]
    """
    # two on one spot need some way to go
    moved, least = spots + np.random.default_rng(0).normal(0, 1e-4, spots.shape), radii[:, None] + radii
    for _ in range(500):
        between = moved[:, None] - moved
        far = np.hypot(*between.transpose(2, 0, 1)) + np.eye(len(spots)) * 1e9
        moved = moved + (between * (np.clip(least - far, 0, None) / far / 2)[..., None]).sum(axis=1)
    return moved


def write_key(axes: Axes, wide: float, key: Key, beside: tuple[float, float], end: float) -> float:
    """Write what each look means beside a map, or where that is narrow below its end; return where both end."""
    left, top = (0.0, end + 0.1) if is_narrow(wide) else beside
    for look, head, texts in key:
        axes.add_patch(Rectangle((left, top + 0.04), 0.2, 0.12, lw=0.6, **look))
        write(axes, left + 0.28, top + 0.1, head, size=9, weight="bold")
        top += 0.2
        for number, text in texts:
            lines = wrap(text, 8, points=72 * (wide - left - 0.28))
            write(axes, left + 0.2, top + 0.08, number, ha="right", weight="bold")
            write(axes, left + 0.28, top + 0.08 + _LINE_OF_KEY * np.arange(len(lines)), lines)
            top += _LINE_OF_KEY * len(lines) + 0.02
        top += 0.07
    return max(end, top)
