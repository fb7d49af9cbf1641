"""The figure of what became of each pledge."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd

from summit_analysis.amounts import Language
from summit_analysis.charts import Chart
from summit_analysis.charts_canvas import GREY, PALE, Style, canvas, palette
from summit_analysis.charts_days import month_or_year
from summit_analysis.days import one_day
from summit_analysis.display import alphabetical, long_day
from summit_analysis.errors import FrameError
from summit_analysis.outcomes import CHANGES, STEPS, STRENGTHS, dated_updates, every_status, last_day
from summit_analysis.rows import Row
from summit_analysis.sources import source_line
from summit_analysis.words import words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from summit_analysis.tables import Ledger

STRONG = ("primary", "news")
"""Evidence drawn as a filled mark: the actor itself, or a text of a publisher's own."""
POSSIBLY = "possibly"
PASSED = "passed"
"""A step below the furthest one that no update names."""
MARKERS = {"enlarged": "^", "scaled-back": "v", "withdrawn": "X"}
_ROW = 0.222
"""Inches of height per pledge."""
_CHANGE_AT = len(STEPS) - 0.3
"""Where the marks of the last column stand."""
_BAND = "#c9dfec"
_HALF = 0.42
"""Half the width of a step's cell."""


def chart_status(ledger: Ledger, *, as_of: str | dt.date | None = None, lang: Language = "en") -> Chart:
    """Draw how far each pledge of the summit group came: one row per pledge, one column per step.

    Parameters
    ----------
    ledger : Ledger
    as_of : str or datetime.date, optional
        Pledges announced later are left out. Default: the last day in the data.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data hold one row per pledge with money, comparators left out, the furthest first:

        - ``pledge_id``, ``announced_on``, ``furthest``, ``furthest_possible`` as in `status`;
        - one column per step of `STEPS` after ``announced``: the strongest evidence of an update that names it (one of
          `STRENGTHS`), ``possibly`` if it may have happened later, ``passed`` if only a further step is named;
        - ``announced``: ``passed``, or ``possibly`` if its day is not known as of a day;
        - ``last_change``, ``change_on`` (day, month or year as known), ``change_by`` (evidence, or ``possibly``);
        - ``source_ids``: sources of the updates drawn, joined by semicolons.

    Raises
    ------
    FrameError
        If no step or change after an announcement is known by that day.

    >>> chart = chart_status(ledger)
    >>> print(chart.title)
    Sources show a site or more for 14 of 43 pledges, and no step beyond the announcement for 29
    >>> chart.data["furthest"].value_counts().to_dict()
    {'announced': 29, 'site-chosen': 6, 'operating': 5, 'under-construction': 2, 'permitted': 1}
    """
    until = last_day(ledger) if as_of is None else pd.Timestamp(one_day(as_of).item())
    if until >= last_day(ledger):
        # then a page without a day was out, too
        as_of = None
    updates = dated_updates(ledger, as_of)
    rows = _pledges(ledger, as_of)
    marked = updates["status"].isin([*STEPS[1:], *CHANGES]) & updates["happened"].ne("no")
    drawn = updates[marked & updates["pledge_id"].isin(rows["pledge_id"])]
    if drawn.empty:
        raise FrameError(f"nothing is known of any pledge by {as_of} but its announcement; choose a later day")
    names = ledger.names(lang)
    rows = _matrix(rows, drawn, as_of).pipe(_ordered, names)
    newest = updates.loc[updates["pledge_id"].isin(rows["pledge_id"]) & updates["happened"].eq("yes"), "updated_on"]
    title, subtitle, alt = _texts(
        rows, names, long_day(until, lang=lang, data_end=last_day(ledger)), newest.max(), lang
    )
    source = source_line(ledger.sources, drawn["source_id"], lang=lang)
    with canvas(title, subtitle, source, height=_ROW * len(rows) + 0.55) as (figure, axes):
        _draw(axes, rows, lang)
        _dress(axes, rows, names, lang)
        return Chart("what-became-of-it", figure, rows, title, subtitle, alt, source, drawn["source_id"])


def _pledges(ledger: Ledger, as_of: str | dt.date | None) -> pd.DataFrame:
    pledges = ledger.pledges[ledger.pledges["group"].eq("summit") & ledger.pledges["money_kind"].ne("none")]
    if as_of is not None:
        pledges = pledges[~(pledges["announced_on"] > pd.Timestamp(one_day(as_of).item()))]
    found = every_status(ledger, as_of)[["pledge_id", "furthest", "furthest_possible"]]
    return pledges[["pledge_id", "announced_on"]].merge(found, on="pledge_id")


def _matrix(rows: pd.DataFrame, drawn: pd.DataFrame, as_of: str | dt.date | None) -> pd.DataFrame:
    """Add to each pledge the evidence of each step, and its last change."""
    cells = _evidence(drawn).set_index(["pledge_id", "status"])["evidence"]
    furthest = rows["furthest"].map(STEPS.index)
    undated = rows["announced_on"].isna() & (as_of is not None)
    rows = rows.assign(announced=undated.map({True: POSSIBLY, False: PASSED}))
    for number, step in enumerate(STEPS[1:], 1):
        named = cells.reindex([(pledge, step) for pledge in rows["pledge_id"]]).to_numpy()
        passed = furthest.map(lambda reached, n=number: PASSED if n < reached else "")
        rows[step] = pd.Series(named, rows.index, dtype="str").fillna(passed)
    changes = drawn[drawn["status"].isin(CHANGES)]
    sure = changes["happened"].eq("yes")
    # a withdrawal that may have happened hides any older change
    last = pd.concat([changes[sure], changes[~sure & changes["status"].eq("withdrawn")]])
    last = last.drop_duplicates("pledge_id", keep="last").set_index("pledge_id")
    day = last["updated_on"].dt.strftime("%Y-%m-%d").fillna(last["updated_period"])
    rows["last_change"] = rows["pledge_id"].map(last["status"])
    rows["change_on"] = rows["pledge_id"].map(day)
    rows["change_by"] = cells.reindex(list(zip(rows["pledge_id"], rows["last_change"], strict=True))).to_numpy()
    sources = drawn.groupby("pledge_id")["source_id"].agg(lambda ids: ";".join(ids.unique()))
    return rows.assign(source_ids=rows["pledge_id"].map(sources).fillna(""))


def _evidence(drawn: pd.DataFrame) -> pd.DataFrame:
    """Keep of each pledge and status the surest update, of equally sure ones the strongest."""
    rank = drawn["strength"].map(STRENGTHS.index).mask(drawn["happened"] == POSSIBLY, len(STRENGTHS))
    best = drawn.assign(rank=rank).sort_values("rank", kind="stable").drop_duplicates(["pledge_id", "status"])
    return best.assign(evidence=best["strength"].mask(best["happened"] == POSSIBLY, POSSIBLY))


def _texts(
    rows: pd.DataFrame, names: pd.Series, day: str, newest: pd.Timestamp, lang: Language
) -> tuple[str, str, str]:
    say = words("status", lang)
    further, none = rows["furthest"] != STEPS[0], rows["furthest_possible"] == STEPS[0]
    maybe = (~further & ~none).sum()
    title = say["title"].format(
        further=further.sum(),
        n=len(rows),
        none=none.sum(),
        maybe=say["maybe"].format(n=maybe) if maybe else "",
    )
    news = "" if pd.isna(newest) else say["news"].format(day=long_day(newest, lang=lang))
    subtitle = say["subtitle"].format(day=day, news=news)
    if rows[list(STEPS)].eq(POSSIBLY).to_numpy().any() or rows["change_by"].eq(POSSIBLY).any():
        subtitle += say["circle"]
    if (undated := rows["announced"].eq(POSSIBLY).sum()) > 0:
        subtitle += say["undated"].format(n=undated)
    named = rows["pledge_id"].map(names)
    reached = [
        say["reached"].format(step=say[step], names=", ".join(named[rows["furthest"] == step]))
        for step in reversed(STEPS)
        if (rows["furthest"] == step).any()
    ]
    changed = [
        f"{named[row.Index]} {_change(row, lang)}" for row in rows.itertuples() if isinstance(row.last_change, str)
    ]
    weak = [
        f"{named[place]} ({say[row['furthest']]})"
        for place, row in rows.iterrows()
        if row[row["furthest"]] in STRENGTHS and row[row["furthest"]] not in STRONG
    ]
    alt = say["alt"].format(
        n=len(rows),
        day=day,
        each=say["and"].join(reached),
        changes=say["and"].join(changed) or "–",
        weak=say["and"].join(weak) or "–",
    )
    return title, subtitle, alt


def _draw(axes: Axes, rows: pd.DataFrame, lang: Language) -> None:
    blue, orange = palette()[0], palette()[3]
    reached = rows["furthest"].map(STEPS.index).to_numpy()
    # a pledge whose announcement is only possible has no band before its first certain step
    begun = (rows["announced"] != POSSIBLY) | (reached > 0)
    axes.barh(rows.index[begun], reached[begun] + 2 * _HALF, left=-_HALF, height=0.6, color=_BAND, lw=0)
    for number, step in enumerate(STEPS):
        for place, evidence in rows[step].items():
            if evidence in STRENGTHS:
                _mark(axes, number, place, "s", blue, evidence)
            elif evidence == POSSIBLY:
                _mark(axes, number, place, "o", blue, evidence)
    for row in rows[rows["last_change"].notna()].itertuples():
        colour = blue if row.last_change == "enlarged" else orange
        _mark(axes, _CHANGE_AT, row.Index, MARKERS[row.last_change], colour, row.change_by)
        axes.text(_CHANGE_AT + 0.18, row.Index, _change(row, lang), va="center", size=8.5)


def _mark(axes: Axes, x: float, y: float, marker: str, colour: str, evidence: str) -> None:
    inside = colour if evidence in STRONG else "white"
    axes.scatter([x], [y], marker=marker, s=38, facecolors=inside, edgecolors=colour, linewidths=1.2, zorder=3)


def _dress(axes: Axes, rows: pd.DataFrame, names: pd.Series, lang: Language) -> None:
    say = words("status", lang)
    axes.set_yticks(rows.index, rows["pledge_id"].map(names), size=9)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(-0.5, _CHANGE_AT + 2.12)
    axes.set_xticks(range(len(STEPS)), [say[step].replace(" ", "\n") for step in STEPS], size=8.5)
    # as high above the plot as the labels of the ticks
    above: Style = {"xytext": (-4, 3.5), "textcoords": "offset points", "va": "bottom", "ha": "left"}
    axes.annotate(say["change"], (_CHANGE_AT, -0.6), size=8.5, color=GREY, **above)
    axes.xaxis.tick_top()
    axes.tick_params(axis="x", length=0)
    axes.spines[["bottom", "left"]].set_visible(False)
    axes.grid(axis="x")
    for place in rows.index[rows["furthest"] != rows["furthest"].shift()]:
        axes.axhline(place - 0.5, color=PALE, lw=0.8)


def _change(row: Row, lang: Language) -> str:
    """Say a change with its month, or its year where no month is known."""
    say = words("status", lang)
    word = say[row.last_change]
    if row.change_by == POSSIBLY:
        return say["perhaps"].format(change=word)
    if not isinstance(row.change_on, str):
        return word
    return f"{word}, {month_or_year(row.change_on, lang)}"


def _ordered(rows: pd.DataFrame, names: pd.Series) -> pd.DataFrame:
    """Sort by furthest step, then by name as a reader looks for it."""
    reached = [rows[column].map(STEPS.index) for column in ("furthest", "furthest_possible")]
    keys = pd.concat([*reached, alphabetical(rows["pledge_id"].map(names))], axis=1)
    order = keys.sort_values(list(keys), ascending=[False, False, True], kind="stable").index
    return rows.loc[order].reset_index(drop=True)
