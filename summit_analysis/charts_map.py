"""The figure of where the governments stand that signed, declined, or came without signing: a world map."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from summit_analysis.amounts import Language
from summit_analysis.charts import Chart
from summit_analysis.charts_canvas import GREY, INCHES, PALE, Style, canvas, in_inches, palette
from summit_analysis.charts_signing import called, day_in_words, look
from summit_analysis.days import one_day
from summit_analysis.errors import FrameError
from summit_analysis.rows import Row
from summit_analysis.signing import LISTED, UNKNOWN, UNRESOLVED, names_listed, short_names, signatories, size
from summit_analysis.signing_groups import REFUSALS, weakly_refused
from summit_analysis.sources import source_line
from summit_analysis.words import words
from summit_analysis.worldmap import Shape, area, middle, points, reaches, shapes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.patches import PathPatch

    from summit_analysis.tables import Ledger

LATER, OTHER = "added-later", "other"
CLASSES = (LISTED, LATER, UNRESOLVED, UNKNOWN, *REFUSALS)
"""What a state can be shown as, if the tables name it; all others are `OTHER`."""
_TOP, _SCALE = 1.34, 1.55
"""Upper edge of the world in the projection's units, and inches per unit."""
_EUROPE, _ZOOM = (-0.37, 0.655, 0.41, 1.195), 4.15
"""The part that is drawn again (left, bottom, right, top), and inches per unit there."""
_WORLD_INCHES, _BESIDE = 3.72, 3.55
_SMALL = 0.005
"""Square inches below which a shape cannot be seen and gets a mark as well."""


def chart_positions(
    ledger: Ledger, *, declaration: str = "paris-2025", as_of: str | dt.date | None = None, lang: Language = "en"
) -> Chart:
    """Draw the position of each state on a declaration on a map of the world.

    Parameters
    ----------
    ledger : Ledger
    declaration : str
        Its id.
    as_of : str or datetime.date, optional
        Default: the last reading of the list.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data hold one row per entity that the tables name for the declaration: ``iso3``, ``name_en``, ``name_fr``,
        ``entity_kind``, ``shown_as`` (one of `CLASSES`, or ``other``), ``drawn`` (``shape``, ``mark``, ``both``;
        organisations ``text``), ``source_id``.

    Raises
    ------
    ChoiceError
        If the declaration is unknown.
    FrameError
        If a state has no place on the map, or the day is before the adoption.

    Armenia is too small to be seen as a shape, and an organisation is no place on a map:

    >>> chart = chart_positions(ledger)
    >>> print(chart.title)
    63 states stand on the list of Paris 2025; 3 declined, 6 came without signing, 3 on the first list only
    >>> chart.data.set_index("iso3")["drawn"][["AUS", "ARM", "AUC"]].tolist()
    ['shape', 'both', 'text']
    """
    rows = _rows(ledger, declaration, as_of, lang)
    say, name = words("positions", lang), short_names(ledger, lang)[declaration]
    read = day_in_words(ledger, [declaration], as_of, lang)
    weak = weakly_refused(ledger, declaration)
    names = called(rows, lang, weak)
    texts = _texts(rows, names, names_listed(ledger, declaration, as_of), {"name": name, "day": read}, lang)
    subtitle = say["subtitle"].format(day=read) + (words("signing", lang)["weak"] if weak else "")
    source = say["map"].format(source=source_line(ledger.sources, rows["source_id"], lang=lang))
    high = _WORLD_INCHES + (_EUROPE[3] - _EUROPE[1]) * _ZOOM + 0.05
    with canvas(texts["title"], subtitle, source, height=high) as (figure, axes):
        in_inches(axes, high)
        _draw_world(axes, rows)
        _draw_europe(axes, rows)
        _draw_names(axes, rows, names, lang)
        drawn = rows.assign(drawn=[_drawn(row) for row in rows.itertuples()])
        columns = ["iso3", "name_en", "name_fr", "entity_kind", "shown_as", "drawn", "source_id"]
        said = texts["title"], subtitle, texts["alt"], source
        return Chart(f"map-{declaration}", figure, drawn[columns], *said, rows["source_id"])


def _rows(ledger: Ledger, declaration: str, as_of: str | dt.date | None, lang: Language) -> pd.DataFrame:
    """Give each entity the class it is shown as, and see that each state is on the map."""
    rows = signatories(ledger, declaration, as_of, lang=lang)
    adopted = ledger.declarations.set_index("declaration_id").loc[declaration, "adopted_on"]
    if as_of is not None and pd.Timestamp(one_day(as_of).item()) < adopted:
        raise FrameError(f"{declaration!r} was adopted on {adopted:%Y-%m-%d}; choose that day or a later one")
    late = (rows["listing"] == LATER) | ((rows["listed_on"] > adopted) & (rows["date_basis"] == "list-of-that-day"))
    shown = rows["answer"].mask((rows["answer"] == LISTED) & late, LATER)
    shown = shown.mask(rows["position"] != "signed", rows["position"])
    rows = rows.assign(shown_as=shown.where(shown.isin(CLASSES), OTHER))
    states = rows[rows["entity_kind"] == "state"]
    lost = states[~states["iso3"].isin([*shapes(), *points()])]
    if len(lost):
        state = lost.iloc[0]
        raise FrameError(
            f"{state['name_en']} ({state['iso3']}) has no place on the map; correct the code (ISO 3166 alpha-3), "
            "or add a point to world-110m.geojson"
        )
    return rows


def _texts(
    rows: pd.DataFrame, names: pd.Series, counts: pd.DataFrame, filled: dict[str, str], lang: Language
) -> dict[str, str]:
    say = words("positions", lang)
    states = rows[rows["entity_kind"] == "state"]
    n = states["shown_as"].value_counts()
    others = ", ".join(say[f"n-{word}"].format(n=n[word]) for word in (*REFUSALS, UNRESOLVED) if word in n)
    listed = size(counts.drop("organisation").reindex(["state", "organisation"], fill_value=0), lang)
    codes = {word: states.loc[states["shown_as"] == word, "iso3"] for word in CLASSES if word in n}
    named = [say["each"].format(word=say[word], n=n[word], names=", ".join(names[of])) for word, of in codes.items()]
    beside = ", ".join(names[rows.loc[rows["entity_kind"] != "state", "iso3"]]) or say["nobody"]
    return {
        "title": say["title" if others else "alone"].format(listed=listed, others=others, **filled),
        "alt": say["alt"].format(each=say["and"].join(named), organisations=beside, **filled),
    }


def _paint(word: str) -> Style:
    """Fill, hatch and edge of a class: told apart without colour, too."""
    blue, orange, red, purple = (palette()[place] for place in (0, 1, 3, 4))
    return {
        LISTED: {"facecolor": blue, "edgecolor": "white"},
        LATER: {"facecolor": "#b5d7ea", "edgecolor": blue, "hatch": "//////"},
        UNRESOLVED: {"facecolor": "white", "edgecolor": purple, "hatch": "......"},
        UNKNOWN: {"facecolor": "white", "edgecolor": GREY, "hatch": "||||||"},
        REFUSALS[0]: {"facecolor": "#f3d3bd", "edgecolor": red, "hatch": "xxxxx"},
        REFUSALS[1]: {"facecolor": "white", "edgecolor": orange, "hatch": "------"},
        OTHER: {"facecolor": PALE, "edgecolor": "white"},
    }[word]


def _mark(word: str) -> Style:
    if word == OTHER:
        return {"marker": "s", "facecolors": PALE, "edgecolors": GREY}
    if word == LATER:
        return {"marker": "s", "facecolors": "#b5d7ea", "edgecolors": palette()[0], "linewidths": 1.2}
    # a white edge lifts a mark off a shape of its own colour
    return look(word) | ({"edgecolors": "white"} if word in (LISTED, REFUSALS[0]) else {})


def _drawn(row: Row) -> str:
    if row.entity_kind != "state":
        return "text"
    if row.iso3 in points():
        return "mark"
    zoom = _ZOOM if _inside(middle(shapes()[row.iso3])) else _SCALE
    return "both" if area(shapes()[row.iso3]) * zoom**2 < _SMALL else "shape"


def _inside(place: np.ndarray) -> bool:
    left, bottom, right, top = _EUROPE
    return bool(left < place[0] < right and bottom < place[1] < top)


def _world(places: np.ndarray) -> np.ndarray:
    return np.column_stack([INCHES / 2 + places[:, 0] * _SCALE, (_TOP - places[:, 1]) * _SCALE])


def _europe(places: np.ndarray) -> np.ndarray:
    left, _, _, top = _EUROPE
    return np.column_stack([0.06 + (places[:, 0] - left) * _ZOOM, _WORLD_INCHES + (top - places[:, 1]) * _ZOOM])


def _patch(shape: Shape, place: Callable[[np.ndarray], np.ndarray], word: str, gid: str) -> PathPatch:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    # rings that run the other way are holes
    rings = [Path(place(ring), closed=True) for polygon in shape for ring in polygon]
    return PathPatch(Path.make_compound_path(*rings), lw=0.4, gid=gid, **_paint(word))


def _draw_world(axes: Axes, rows: pd.DataFrame) -> None:
    classes = rows.set_index("iso3")["shown_as"]
    for code, shape in shapes().items():
        axes.add_patch(_patch(shape, _world, classes.get(code, OTHER), code))
    _draw_marks(axes, rows, inside=False)
    left, bottom, right, top = _EUROPE
    corners = _world(np.array([[left, bottom], [right, bottom], [right, top], [left, top], [left, bottom]]))
    axes.plot(*corners.T, color=GREY, lw=0.7)


def _draw_europe(axes: Axes, rows: pd.DataFrame) -> None:
    from matplotlib.patches import Rectangle

    left, bottom, right, top = _EUROPE
    box = (0.06, _WORLD_INCHES), (right - left) * _ZOOM, (top - bottom) * _ZOOM
    window = axes.add_patch(Rectangle(*box, facecolor="none", edgecolor=GREY, lw=0.7, zorder=4))
    classes = rows.set_index("iso3")["shown_as"]
    for code, shape in shapes().items():
        if reaches(shape, _EUROPE):
            patch = axes.add_patch(_patch(shape, _europe, classes.get(code, OTHER), f"{code}-europe"))
            patch.set_clip_path(window)
    _draw_marks(axes, rows, inside=True)


def _draw_marks(axes: Axes, rows: pd.DataFrame, *, inside: bool) -> None:
    """Mark the states too small to be seen, inside the part that is drawn again or outside it."""
    for row in rows[rows["entity_kind"] == "state"].itertuples():
        place = points()[row.iso3] if row.iso3 in points() else middle(shapes()[row.iso3])
        if _inside(place) == inside and _drawn(row) != "shape":
            x, y = (_europe if inside else _world)(place[None])[0]
            mark = {"s": 30, "linewidths": 0.8, "zorder": 3, **_mark(row.shown_as)}
            axes.scatter([x], [y], gid=f"{row.iso3}-mark", **mark)


def _draw_names(axes: Axes, rows: pd.DataFrame, names: pd.Series, lang: Language) -> None:
    from matplotlib.patches import Rectangle

    say, states = words("positions", lang), rows[rows["entity_kind"] == "state"]
    y = _WORLD_INCHES + 0.06
    for word in (*CLASSES, OTHER):
        codes = states.loc[states["shown_as"] == word, "iso3"]
        if word != OTHER and codes.empty:
            continue
        axes.add_patch(Rectangle((_BESIDE, y - 0.06), 0.26, 0.13, lw=0.4, **_paint(word)))
        axes.scatter([_BESIDE + 0.4], [y], **{"s": 30, "linewidths": 0.8, **_mark(word)})
        head = say[word] if word == OTHER else say["head"].format(word=say[word], n=len(codes))
        axes.text(_BESIDE + 0.54, y, head, va="center", size=8.5, weight="bold" if word != OTHER else "normal")
        y += 0.155
        # the first class is the bulk of the map
        for line in textwrap.wrap(", ".join(names[codes]), 68) if word not in (LISTED, OTHER) else []:
            axes.text(_BESIDE + 0.54, y, line, va="center", size=8)
            y += 0.145
        y += 0.06
    beside = names[rows.loc[(rows["entity_kind"] != "state") & (rows["answer"] == LISTED), "iso3"]]
    if len(beside):
        axes.text(_BESIDE, y, say["beside"].format(names=", ".join(beside)), va="center", size=8, color=GREY)
