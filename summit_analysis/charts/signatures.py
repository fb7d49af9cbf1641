"""Figures of signatures: memberships, combinations, the map, the counts."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from summit_analysis import signatures
from summit_analysis.base.days import one_day
from summit_analysis.base.errors import FrameError
from summit_analysis.base.text import Language, Row, alphabetical, long_day, words
from summit_analysis.charts.canvas import (
    GREY,
    INCHES,
    PALE,
    Chart,
    Style,
    in_inches,
    palette,
    put_together,
)
from summit_analysis.charts.marks import Shape, area, middle, points, reaches, shapes
from summit_analysis.ledger.sources import publishers
from summit_analysis.ledger.tables import Ledger
from summit_analysis.pledges.status import last_day
from summit_analysis.signatures import (
    KINDS,
    LISTED,
    MEASURES,
    NOT_YET,
    REFUSALS,
    UNKNOWN,
    UNRESOLVED,
    changed_sides,
    claimed_counts,
    declarations_in,
    exclusive_intersections,
    last_reading,
    names_between,
    names_listed,
    short_names,
    signatories,
    size,
    weakly_refused,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.patches import PathPatch


# memberships
_BLOCKS, _NAME_ROW, _STEP, _HEAD = 3, 0.16, 0.19, 1.5

# intersections
_GROUP = {"step": 0.24, "bars": 1.5, "names": 3.35, "line": 0.15, "gap": 0.12, "head": 1.52}
"""Inches: from column to column, left edges of bars and names, height of a line and of what is between rows."""

# positions
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

# counts
_COUNT_ROW, _MARGIN = 0.2, 0.62
"""Inches: height of a source, and what axis and heads take."""
_MARKS = {"states": "o", "all": "s"}
_BAND = "#cfe4f1"
_APART = 0.2
"""Share of a panel's width that is left between the two: left the states, right states and organisations."""


def look(word: str) -> Style:
    """Return how a word of `memberships` is marked: each has a form of its own, not only a colour."""
    blue, orange, red, purple = (palette()[place] for place in (0, 1, 3, 4))
    looks: dict[str, Style] = {
        LISTED: {"marker": "s", "facecolors": blue, "edgecolors": blue},
        REFUSALS[0]: {"marker": "X", "facecolors": red, "edgecolors": red},
        REFUSALS[1]: {"marker": "o", "facecolors": "white", "edgecolors": orange, "linewidths": 1.6},
        UNRESOLVED: {"marker": "D", "facecolors": "white", "edgecolors": purple, "linewidths": 1.3},
        UNKNOWN: {"marker": "v", "facecolors": "white", "edgecolors": GREY, "linewidths": 1.3},
        NOT_YET: {"marker": ".", "facecolors": PALE, "edgecolors": PALE, "s": 10},
    }
    return looks[word]


def memberships(ledger: Ledger, *, as_of: str | dt.date | None = None, lang: Language = "en") -> Chart:
    """Draw every state and organisation against every declaration.

    Parameters
    ----------
    ledger : Ledger
    as_of : str or datetime.date, optional
        Default: the last reading of each list.
    lang : {"en", "fr"}
        Also decides the order of the names.

    Returns
    -------
    Chart
        Its data are the frame of `summit_analysis.memberships`, in the order of the names drawn.

    The star says that only a commentary tells of the refusal:

    >>> chart = charts.memberships(ledger)
    >>> print(chart.title.rpartition(": ")[2])
    Israel*, United Kingdom, United States, China, Saudi Arabia
    >>> chart.data["paris-2025"].value_counts().to_dict()
    {'listed': 65, 'not-yet': 32, 'attended-not-signed': 6, 'declined': 3, 'unresolved': 3}
    """
    say, names = words("memberships", lang), short_names(ledger, lang)
    drawn = signatures.memberships(ledger, as_of, lang=lang)
    refused = drawn.set_index("iso3")[names.index].isin(REFUSALS)
    weak = {code for name in names.index for code in weakly_refused(ledger, name) if refused.loc[code, name]}
    name = called(drawn, lang, weak)
    # short names have another place in the alphabet
    drawn = drawn.set_index("iso3", drop=False).loc[name.sort_values(key=alphabetical).index].reset_index(drop=True)
    counts = [names_listed(ledger, declaration, as_of) for declaration in names.index]
    title, alt = _matrix_texts(drawn, names, name, counts, changed_sides(ledger, as_of, lang=lang)["iso3"], lang)
    subtitle = say["subtitle"].format(day=day_in_words(ledger, names.index, as_of, lang))
    if weak:
        subtitle += words("signing", lang)["weak"]
    cited = ledger.signatures["source_id"]
    per = -(-len(drawn) // _BLOCKS)
    with put_together(
        ledger,
        "who-signed-what",
        drawn,
        (title, subtitle, alt),
        cited,
        height=_HEAD + per * _NAME_ROW,
        rates=False,
        lang=lang,
    ) as (chart, axes):
        in_inches(axes, _HEAD + per * _NAME_ROW)
        for block in range(_BLOCKS):
            rows = drawn.iloc[block * per : (block + 1) * per]
            if len(rows):
                _draw_block(axes, block * INCHES / _BLOCKS, rows, heads(names, counts), name)
        _draw_key(axes, drawn[names.index], lang)
    return chart


def day_in_words(ledger: Ledger, declarations: Iterable[str], as_of: str | dt.date | None, lang: Language) -> str:
    """Say as of which day lists are shown: a given one, or that of their last reading.

    >>> day_in_words(ledger, ["paris-2025"], None, "en"), day_in_words(ledger, ["paris-2025"], "2025-06-01", "fr")
    ('as last read on 1 October 2026', 'au 1er juin 2025')
    """
    say = words("signing", lang)
    if as_of is not None:
        return say["by"].format(day=long_day(one_day(as_of).item(), lang=lang, data_end=last_day(ledger)))
    last = max(last_reading(ledger, declaration) for declaration in declarations)
    return say["read"].format(day=long_day(last, lang=lang))


def called(frame: pd.DataFrame, lang: Language, weak: Collection[str] = ()) -> pd.Series:
    """Return the names drawn, by code: long ones of organisations shortened, those in `weak` with a star."""
    say, name = words("signing", lang), frame.set_index("iso3")[f"name_{lang}"]
    return pd.Series({code: say.get(code, text) + ("*" if code in weak else "") for code, text in name.items()})


def heads(names: Iterable[str], counts: Iterable[pd.DataFrame]) -> list[str]:
    """Write the heads of the columns: each declaration with how many states and organisations it has.

    >>> heads(["Paris"], [pd.DataFrame({"low": [57, 2], "high": [63, 2]}, ["state", "organisation"])])
    ['Paris (57–63 + 2)']
    """
    texts = []
    for name, listed in zip(names, counts, strict=True):
        spans = [
            f"{low}" if low == high else f"{low}–{high}"
            for low, high in zip(listed["low"], listed["high"], strict=True)
        ]
        texts.append(f"{name} ({spans[0]} + {spans[1]})")
    return texts


def _matrix_texts(
    drawn: pd.DataFrame,
    names: pd.Series,
    name: pd.Series,
    counts: Iterable[pd.DataFrame],
    sides: pd.Series,
    lang: Language,
) -> tuple[str, str]:
    say, general = words("memberships", lang), words("signing", lang)
    title = say["title"].format(n=len(sides), names=", ".join(name[sides])) if len(sides) else say["steady"]
    sizes = [text + general["colon"] + size(listed, lang) for text, listed in zip(names, counts, strict=True)]
    others = [
        say["each"].format(declaration=names[d], word=general[word], names=", ".join(name[drawn.loc[rows, "iso3"]]))
        for d in names.index
        for word in (*REFUSALS, UNRESOLVED, UNKNOWN)
        if (rows := drawn[d] == word).any()
    ]
    filled = {"n": len(drawn), "d": len(names), "sizes": say["and"].join(sizes), "others": say["and"].join(others)}
    return title, say["alt"].format(**filled)


def _draw_block(axes: Axes, left: float, rows: pd.DataFrame, texts: list[str], name: pd.Series) -> None:
    cells = rows[declarations_in(rows)].to_numpy()
    marks = left + INCHES / _BLOCKS - 0.2 - (cells.shape[1] - 1) * _STEP
    draw_heads(axes, marks, _STEP, _HEAD, texts)
    middles = _HEAD + (np.arange(len(rows)) + 0.5) * _NAME_ROW
    for y, code in zip(middles, rows["iso3"], strict=True):
        axes.text(left + 0.06, y, name[code], va="center", size=8)
    # after every third name
    axes.hlines(middles[3::3] - _NAME_ROW / 2, left + 0.06, left + INCHES / _BLOCKS - 0.1, color=PALE, lw=0.5, zorder=0)
    for word in dict.fromkeys(cells.ravel()):
        line, column = np.nonzero(cells == word)
        axes.scatter(marks + column * _STEP, middles[line], **{"s": 34, "linewidths": 0.8, **look(word)})


def draw_heads(axes: Axes, left: float, step: float, bottom: float, texts: list[str]) -> None:
    """Write the heads upright above columns that are `step` inches apart."""
    for column, head in enumerate(texts):
        axes.text(left + column * step, bottom - 0.03, head, rotation=90, ha="center", va="bottom", size=8, color=GREY)


def _draw_key(axes: Axes, cells: pd.DataFrame, lang: Language) -> None:
    """Explain the marks in the empty corner above the first names."""
    say, seen = words("signing", lang), set(cells.to_numpy().ravel())
    shown = [word for word in (LISTED, *REFUSALS, UNRESOLVED, UNKNOWN, NOT_YET) if word in seen]
    for place, word in enumerate(shown):
        y = _HEAD - 0.3 - (len(shown) - 1 - place) * 0.175
        axes.scatter([0.12], [y], **{"s": 34, "linewidths": 0.8, **look(word)})
        axes.text(0.24, y, say[word], va="center", size=8, color=GREY)


def intersections(ledger: Ledger, *, as_of: str | dt.date | None = None, lang: Language = "en") -> Chart:
    """Draw each combination of declarations that occurs, with how many and who signed exactly those.

    Parameters
    ----------
    ledger : Ledger
    as_of : str or datetime.date, optional
        Default: the last reading of each list.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data are the frame of `exclusive_intersections`.

    Raises
    ------
    FrameError
        If nobody had signed anything by that day.

    Each name stands in one row only:

    >>> chart = charts.intersections(ledger)
    >>> chart.data[["states", "organisations"]].sum().tolist()
    [99, 3]
    >>> print(chart.title.partition(";")[0])
    8 states and 1 organisation signed all 5 declarations
    """
    say, names = words("intersections", lang), short_names(ledger, lang)
    drawn = exclusive_intersections(ledger, as_of)
    if drawn.empty:
        raise FrameError(f"no name stands on any list as of {as_of}; choose a later day")
    rows = signatures.memberships(ledger, as_of, lang=lang)
    name = called(rows, lang).sort_values(key=alphabetical)
    # the codes come in the order of the English names
    members = [", ".join(name[name.index.isin(codes.split(";"))]) for codes in drawn["iso3s"]]
    unresolved = rows.loc[rows[names.index].eq(UNRESOLVED).any(axis=1), "iso3"]
    opened = say["open"].format(names=", ".join(name[unresolved])) if len(unresolved) else ""
    subtitle = say["subtitle"].format(day=day_in_words(ledger, names.index, as_of, lang), open=opened).strip()
    title, alt = _group_texts(drawn, members, names, lang)
    cited = ledger.signatures["source_id"]
    wrapped = [textwrap.wrap(text, 74) for text in members]
    tall = [len(lines) * _GROUP["line"] + _GROUP["gap"] for lines in wrapped]
    height = _GROUP["head"] + sum(tall) + 0.05
    counts = [names_listed(ledger, declaration, as_of) for declaration in names.index]
    with put_together(
        ledger, "who-signed-exactly-what", drawn, (title, subtitle, alt), cited, height=height, rates=False, lang=lang
    ) as (chart, axes):
        in_inches(axes, height)
        draw_heads(axes, 0.2, _GROUP["step"], _GROUP["head"] - 0.07, heads(names, counts))
        for place, text in (("bars", say["amount"]), ("names", say["who"])):
            axes.text(_GROUP[place], _GROUP["head"] - 0.13, text, size=8, color=GREY, va="center")
        top = _GROUP["head"]
        for row, lines, inches in zip(drawn.to_dict("records"), wrapped, tall, strict=True):
            _draw_group(axes, top, inches, row, lines, names.index, drawn)
            top += inches
    return chart


def _group_texts(drawn: pd.DataFrame, members: list[str], names: pd.Series, lang: Language) -> tuple[str, str]:
    say, general = words("intersections", lang), words("signing", lang)

    def which(row: pd.Series) -> str:
        *others, last = names[row[names.index].astype(bool).to_numpy()]
        return general["plus"].format(one=", ".join(others), other=last) if others else last

    def many(row: pd.Series) -> str:
        counts = row[["states", "organisations"]].set_axis(list(KINDS))
        return size(pd.DataFrame({"low": counts, "high": counts}), lang)

    full, largest = drawn[drawn[names.index].all(axis=1)], drawn.iloc[0]
    everything = many(full.iloc[0]) if len(full) else say["none"]
    title = say["title"].format(full=everything, d=len(names), largest=many(largest), which=which(largest))
    groups = zip((row for _, row in drawn.iterrows()), members, strict=True)
    each = say["and"].join(say["each"].format(which=which(row), names=text) for row, text in groups)
    return title, say["alt"].format(n=len(drawn), each=each)


def _draw_group(
    axes: Axes,
    top: float,
    height: float,
    row: Mapping[str, Any],
    lines: list[str],
    declarations: pd.Index,
    drawn: pd.DataFrame,
) -> None:
    y, many = top + height / 2 - _GROUP["gap"] / 2, row["states"] + row["organisations"]
    largest = (drawn["states"] + drawn["organisations"]).max()
    axes.plot([0.06, INCHES - 0.06], [top - _GROUP["gap"] / 2] * 2, color=PALE, lw=0.6, zorder=0)
    held = [0.2 + n * _GROUP["step"] for n, d in enumerate(declarations) if row[d]]
    axes.plot([held[0], held[-1]], [y, y], color=palette()[0], lw=1.6, zorder=1)
    for column, declaration in enumerate(declarations):
        mark = look(LISTED if row[declaration] else NOT_YET)
        axes.scatter([0.2 + column * _GROUP["step"]], [y], **{"s": 42, "linewidths": 0.8, "zorder": 2, **mark})
    long = many / largest * (_GROUP["names"] - _GROUP["bars"] - 0.45)
    axes.barh([y], [long], height=0.14, left=_GROUP["bars"], color=palette()[0])
    axes.text(_GROUP["bars"] + long + 0.06, y, str(many), va="center", size=9, weight="bold")
    for number, line in enumerate(lines):
        axes.text(_GROUP["names"], top + (number + 0.5) * _GROUP["line"], line, va="center", size=8)


def positions(
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

    >>> chart = charts.positions(ledger)
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
    texts = _map_texts(rows, names, names_listed(ledger, declaration, as_of), {"name": name, "day": read}, lang)
    subtitle = say["subtitle"].format(day=read) + (words("signing", lang)["weak"] if weak else "")
    high = _WORLD_INCHES + (_EUROPE[3] - _EUROPE[1]) * _ZOOM + 0.05
    drawn = rows.assign(drawn=[_drawn(row) for row in rows.itertuples()])
    columns = ["iso3", "name_en", "name_fr", "entity_kind", "shown_as", "drawn", "source_id"]
    with put_together(
        ledger,
        f"map-{declaration}",
        drawn[columns],
        (texts["title"], subtitle, texts["alt"]),
        rows["source_id"],
        height=high,
        rates=False,
        credit=say["map"],
        lang=lang,
    ) as (chart, axes):
        in_inches(axes, high)
        _draw_world(axes, rows)
        _draw_europe(axes, rows)
        _draw_names(axes, rows, names, lang)
    return chart


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


def _map_texts(
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
        # the axes need not measure the shapes: their limits are known
        axes.add_artist(_patch(shape, _world, classes.get(code, OTHER), code))
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
            patch = axes.add_artist(_patch(shape, _europe, classes.get(code, OTHER), f"{code}-europe"))
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


def counts(ledger: Ledger, *, declaration: str = "paris-2025", lang: Language = "en") -> Chart:
    """Draw every count of signatories as a mark, one source a row, over the names listed on its day.

    Parameters
    ----------
    ledger : Ledger
    declaration : str
        Its id.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data are the frame of `claimed_counts` without the notes, with ``row``, the place of the source.

    Raises
    ------
    ChoiceError
        If the declaration is unknown.
    FrameError
        If no source counts its signatories.

    >>> chart = charts.counts(ledger, declaration="newdelhi-2026")
    >>> print(chart.title.partition(";")[0])
    Sources put the signatories of New Delhi 2026 at 70 to 92
    >>> chart.data["fits"].value_counts().to_dict()
    {'possible': 11, 'neither': 2, 'names': 1}
    """
    say = words("counts", lang)
    counts = claimed_counts(ledger, declaration).drop(columns="note")
    if counts.empty:
        raise FrameError(f"no source counts the signatories of {declaration!r}; add a row to counts.csv")
    counts = _in_rows(counts)
    names = publishers(ledger.sources).str.replace(r"^GitHub .*/(.*)$", r"\1 (GitHub)", regex=True)
    title, alt = _count_texts(ledger, counts, declaration, names, lang)
    rows = counts.drop_duplicates("row").set_index("row")
    with put_together(
        ledger,
        f"counted-{declaration}",
        counts,
        (title, say["subtitle"], alt),
        counts["source_id"],
        height=_COUNT_ROW * len(rows) + _MARGIN,
        rates=False,
        lang=lang,
    ) as (chart, axes):
        _draw(ledger, axes, counts, rows, declaration)
        _dress(axes, counts, rows, names, lang)
    return chart


def _in_rows(counts: pd.DataFrame) -> pd.DataFrame:
    """Give each source of a day a row: by day, then by the smaller figure."""
    day = counts["as_of"].dt.strftime("%Y-%m-%d").fillna("undated")
    least = counts.groupby([day, "source_id"])["count"].transform("min")
    key = pd.DataFrame({"day": day, "least": least, "source": counts["source_id"], "measure": counts["measure"]})
    key = key.sort_values(["day", "least", "source", "measure"], ascending=[True, True, True, False])
    counts = counts.loc[key.index].assign(row=key.groupby(["day", "least", "source"]).ngroup())
    return counts.reset_index(drop=True)


def _count_texts(
    ledger: Ledger, counts: pd.DataFrame, declaration: str, names: pd.Series, lang: Language
) -> tuple[str, str]:
    say = words("counts", lang)
    adopted = ledger.declarations.set_index("declaration_id").loc[declaration, "adopted_on"]

    def listed(day: pd.Timestamp) -> str:
        return size(names_listed(ledger, declaration, day.date()), lang)

    title = say["title"].format(
        name=short_names(ledger, lang)[declaration],
        least=counts["count"].min(),
        most=counts["count"].max(),
        first=listed(adopted),
        last=listed(last_reading(ledger, declaration)),
    )
    each = []
    for day, rows in counts.groupby("as_of", dropna=False):
        of_source = [(names[of["source_id"].iloc[0]], map(str, of["count"])) for _, of in rows.groupby("row")]
        figures = ", ".join(f"{name} {' + '.join(figures)}" for name, figures in of_source)
        if pd.isna(day):
            each.append(say["each_undated"].format(day=say["undated"], figures=figures))
        else:
            each.append(say["each"].format(day=long_day(day, lang=lang), figures=figures, names=listed(day)))
    alt = say["alt"].format(n=len(counts), sources=counts["source_id"].nunique(), each=say["and"].join(each))
    return title, alt


def _extent(counts: pd.DataFrame) -> tuple[int, int]:
    return int(counts[["count", "low"]].min().min()), int(counts[["count", "high"]].max().max())


def _shift(counts: pd.DataFrame) -> dict[str, int]:
    """How far each measure's panel is moved to the right."""
    least, most = _extent(counts)
    return {"states": 0, "all": round((most - least) * (1 + _APART))}


def _draw(ledger: Ledger, axes: Axes, counts: pd.DataFrame, rows: pd.DataFrame, declaration: str) -> None:
    shift, colours = _shift(counts), dict(zip(MEASURES, palette(), strict=False))
    days = list(zip(rows["first_on"], rows["last_on"], strict=True))
    listed = {span: names_between(ledger, declaration, *span) for span in set(days)}
    for place, span in zip(rows.index, days, strict=True):
        names = listed[span]
        for measure, kind in MEASURES.items():
            low, high = names.loc[kind, ["low", "high"]]
            # a band of one number is as wide as a mark
            left, wide = low + shift[measure] - 0.25, high - low + 0.5
            axes.barh([place], [wide], left=left, height=1, color=_BAND, zorder=0)
    for count in counts.itertuples():
        spot, colour = (count.count + shift[count.measure], count.row), colours[count.measure]
        inside = colour if count.difference == 0 else "white"
        style: Style = {"facecolors": inside, "edgecolors": colour, "linewidths": 1.3}
        axes.scatter(*spot, s=26, marker=_MARKS[count.measure], zorder=3, **style)
        axes.annotate(str(count.count), spot, (5, 0), textcoords="offset points", va="center", size=8)


def _dress(axes: Axes, counts: pd.DataFrame, rows: pd.DataFrame, names: pd.Series, lang: Language) -> None:
    (least, most), shift, say = _extent(counts), _shift(counts), words("counts", lang)
    every = 5 if most - least < 40 else 20
    ticks = range(-(-least // every) * every, most + 1, every)
    axes.set_xticks([tick + moved for moved in shift.values() for tick in ticks], [*map(str, ticks)] * len(shift))
    axes.grid(axis="x")
    axes.set_yticks(rows.index, names[rows["source_id"]], size=8.5)
    margin = (most - least) * 0.6
    axes.set(xlim=(least - 1, most + shift["all"] + margin), ylim=(len(rows) - 0.5, -1.4))
    for measure, moved in shift.items():
        axes.text((least + most) / 2 + moved, -0.95, say[measure], ha="center", va="center", size=9, weight="bold")
    day = rows["as_of"].dt.strftime("%Y-%m-%d").fillna("")
    for row in rows.index[day.ne(day.shift())]:
        text = say["undated"] if pd.isna(rows.loc[row, "as_of"]) else long_day(rows.loc[row, "as_of"], lang=lang)
        axes.axhline(row - 0.5, color=PALE, lw=0.6)
        axes.text(most + shift["all"] + margin * 0.96, row, text, ha="right", va="center", size=8, color=GREY)
