"""Figures of signatures: memberships, combinations, the map, the counts."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from summit_analysis import signatures
from summit_analysis.base.days import one_day
from summit_analysis.base.errors import FrameError
from summit_analysis.base.text import Language, alphabetical, long_day, words
from summit_analysis.charts.canvas import (
    GREY,
    PALE,
    Chart,
    Style,
    Texts,
    absent,
    axes_inches,
    drawing,
    in_inches,
    need,
    need_room,
    palette,
    put_together,
    texts_of,
)
from summit_analysis.charts.marks import Grid, area, mark, middle, points, reaches, shapes, write
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


_BLOCKS = 3
"""Names of `memberships` that stand side by side."""

_BARS, _NAMES = 1.5, 3.3
"""Inches: left edges of the bars and the names of `intersections`."""

LATER, OTHER = "added-later", "other"
CLASSES = (LISTED, LATER, UNRESOLVED, UNKNOWN, *REFUSALS)
"""What a state can be shown as, if the tables name it; all others are `OTHER`."""
Box = tuple[float, float, float, float]
_WORLD: Box = (-2.536, -1.06, 2.536, 1.34)
_EUROPE: Box = (-0.37, 0.655, 0.41, 1.195)
"""What is drawn of the world, and of it once more: left, bottom, right, top in the projection's units."""
_SCALE, _ZOOM = 1.55, 4.15
"""Inches per unit in the world and in Europe."""
_WORLD_INCHES, _BESIDE = 3.72, 3.55
"""Inches: where the world ends, and where the key begins beside Europe."""
_SMALL = 0.005
"""Square inches below which a shape cannot be seen and gets a mark as well."""

_COUNT_ROW, _MARGIN = 0.2, 0.62
"""Inches: height of a source, and what axis and heads take."""
_BAND = "#cfe4f1"
_APART = 0.2
"""Share of a panel's width that is left between the two: left the states, right states and organisations."""


def looks() -> dict[str, Style]:
    """Return how each word of `memberships` is marked: it has a form of its own, not only a colour."""
    blue, orange, red, purple = (palette()[place] for place in (0, 1, 3, 4))
    return {
        LISTED: {"marker": "s", "facecolors": blue, "edgecolors": blue},
        REFUSALS[0]: {"marker": "X", "facecolors": red, "edgecolors": red},
        REFUSALS[1]: {"marker": "o", "facecolors": "white", "edgecolors": orange, "linewidths": 1.6},
        UNRESOLVED: {"marker": "D", "facecolors": "white", "edgecolors": purple, "linewidths": 1.3},
        UNKNOWN: {"marker": "v", "facecolors": "white", "edgecolors": GREY, "linewidths": 1.3},
        NOT_YET: {"marker": ".", "facecolors": PALE, "edgecolors": PALE, "s": 10},
    }


@drawing
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
        Its data are the rows of `summit_analysis.memberships` that the lists name, in the order of the names drawn.

    Raises
    ------
    AbsentError
        If the ledger has no declarations, or no names for them.

    A refusal of which only a commentary tells has a star, and no place in the title:

    >>> chart = charts.memberships(ledger)
    >>> print(chart.title.partition(", ")[2])
    2 refused another (United Kingdom, United States) and at least 2 came without signing one
    >>> chart.data["paris-2025"].value_counts().to_dict()
    {'listed': 65, 'not-yet': 32, 'attended-not-signed': 6, 'declined': 3, 'unresolved': 3}
    """
    need(ledger, "memberships", lang, "declarations", "signatures")
    names, drawn = short_names(ledger, lang), signatures.memberships(ledger, as_of, lang=lang)
    # all ledgers may share one table of states
    drawn = drawn[drawn["iso3"].isin(ledger.signatures["iso3"])]
    refused = drawn.set_index("iso3")[names.index].isin(REFUSALS)
    weak = {code for each in names.index for code in weakly_refused(ledger, each) if refused.loc[code, each]}
    name = called(ledger, lang, weak)[drawn["iso3"]]
    # short names have another place in the alphabet
    drawn = drawn.set_index("iso3", drop=False).loc[name.sort_values(key=alphabetical).index].reset_index(drop=True)
    title, subtitle, alt = _matrix_texts(ledger, drawn, names, name, weak, as_of, lang)
    texts = title, subtitle + (words("signing", lang)["weak"] if weak else ""), alt
    deep, cited = -(-len(drawn) // _BLOCKS), ledger.signatures["source_id"]
    grid = Grid([1] * deep, line=0.16, head=1.5)
    with put_together(
        ledger, "who-signed-what", drawn, texts, cited, height=grid.edges[-1], rates=False, lang=lang
    ) as (chart, axes):
        block, row = np.divmod(np.arange(len(drawn)), deep)
        wide, cells = axes_inches() / _BLOCKS, drawn[names.index]
        columns = np.unique(block)[:, None] * wide + wide - 0.2 - 0.19 * np.arange(len(names))[::-1]
        heads = [heads_of(ledger, names, as_of)] * len(columns)
        grid.lay(axes, columns, heads, range(3, deep, 3), rotation=90)
        write(axes, block * wide + 0.06, grid.y(row), name[drawn["iso3"]])
        mark(axes, columns[block], grid.y(row)[:, None], cells, looks())
        # the key stands in the empty corner above the first names
        shown = [word for word in looks() if cells.eq(word).to_numpy().any()]
        y = 1.2 - 0.175 * np.arange(len(shown))[::-1]
        mark(axes, 0.12, y, shown, looks())
        write(axes, 0.24, y, [words("signing", lang)[word] for word in shown], color=GREY)
    return chart


def day_in_words(ledger: Ledger, declarations: Iterable[str], as_of: str | dt.date | None, lang: Language) -> str:
    """Say as of which day lists are shown: a given one, or that of their last reading.

    >>> day_in_words(ledger, ["paris-2025"], None, "en"), day_in_words(ledger, ["paris-2025"], "2025-06-01", "fr")
    ('as last read on 1 October 2026', 'au 1er juin 2025')
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
    name = rows[f"short_{lang}"].fillna(rows["entity" if lang == "en" else "name_fr"])
    return name.where(~name.index.isin(weak), name + "*")


def heads_of(ledger: Ledger, names: pd.Series, as_of: str | dt.date | None) -> list[str]:
    """Write the heads of the columns: each declaration with how many states and organisations it has.

    >>> heads_of(ledger, pd.Series({"paris-2025": "Paris"}), "2025-06-01")
    ['Paris (56–66 + 2)']
    """
    texts = []
    for declaration, name in names.items():
        ends = names_listed(ledger, declaration, as_of).loc[list(KINDS), ["low", "high"]].to_numpy()
        spans = [f"{low}" if low == high else f"{low}–{high}" for low, high in ends]
        texts.append(f"{name} ({' + '.join(spans)})")
    return texts


def _matrix_texts(
    ledger: Ledger,
    drawn: pd.DataFrame,
    names: pd.Series,
    name: pd.Series,
    weak: Collection[str],
    as_of: str | dt.date | None,
    lang: Language,
) -> Texts:
    from babel.lists import format_list

    say, general = words("memberships", lang), words("signing", lang)
    # what a commentary alone says is in no title
    sides = changed_sides(ledger, as_of, lang=lang).set_index("iso3")[names.index].drop(list(weak), errors="ignore")
    refused = sides.eq(REFUSALS[0]).any(axis=1)
    codes = dict(zip(REFUSALS, (sides.index[refused], sides.index[~refused]), strict=True))
    parts = format_list(_refusals(codes, name, say), locale=lang)
    alone = {"listed": size(names_listed(ledger, names.index[0], as_of), lang), "name": names.iloc[0]}
    kind = "title" if parts else "steady" if len(names) > 1 else "alone"
    title = (words("positions", lang) | say)[kind].format(parts=parts, **alone)
    sizes = [f"{text}{general['colon']}{size(names_listed(ledger, d, as_of), lang)}" for d, text in names.items()]
    others = [
        say["each"].format(declaration=names[d], word=general[word], names=", ".join(name[drawn.loc[rows, "iso3"]]))
        for d in names.index
        for word in (*REFUSALS, UNRESOLVED, UNKNOWN)
        if (rows := drawn[d] == word).any()
    ]
    filled = {"n": len(drawn), "d": len(names), "sizes": say["and"].join(sizes), "others": say["and"].join(others)}
    day = day_in_words(ledger, names.index, as_of, lang)
    return title, say["subtitle"].format(day=day), say["alt"].format(**filled)


def _refusals(codes: Mapping[str, pd.Index], name: pd.Series, say: dict[str, str], start: str = "") -> list[str]:
    """Say who refused, by name, and how many came without signing: at least so many, for nobody lists all who came."""
    counted = [(f"{start}{word}", len(codes[word]), ", ".join(name[codes[word]])) for word in REFUSALS if word in codes]
    return [say.get(f"{key}-{n}", say[key]).format(n=n, names=names) for key, n, names in counted if n]


@drawing
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
    AbsentError
        If there are no two declarations, or nobody had signed anything by that day.

    Each name stands in one row only:

    >>> chart = charts.intersections(ledger)
    >>> chart.data[["states", "organisations"]].sum().tolist()
    [99, 3]
    >>> print(chart.title.partition(";")[0])
    8 states and 1 organisation signed all 5 declarations
    """
    need(ledger, "intersections", lang, "declarations", "signatures")
    if len(ledger.declarations) < 2:
        raise absent("intersections", "one-declaration", lang)
    names, drawn = short_names(ledger, lang), exclusive_intersections(ledger, as_of)
    if drawn.empty:
        raise absent("intersections", "unsigned", lang, day=day_in_words(ledger, names.index, as_of, lang))
    rows = signatures.memberships(ledger, as_of, lang=lang)
    name = called(ledger, lang).sort_values(key=alphabetical)
    # the codes come in the order of the English names
    members = [", ".join(name[name.index.isin(codes.split(";"))]) for codes in drawn["iso3s"]]
    unresolved = name[rows.loc[rows[names.index].eq(UNRESOLVED).any(axis=1), "iso3"]]
    texts = _group_texts(drawn, members, names, unresolved, day_in_words(ledger, names.index, as_of, lang), lang)
    lines = [textwrap.wrap(text, 72) for text in members]
    grid, cited = Grid([len(each) for each in lines], line=0.15, gap=0.12, head=1.52), ledger.signatures["source_id"]
    with put_together(
        ledger, "who-signed-exactly-what", drawn, texts, cited, height=grid.edges[-1], rates=False, lang=lang
    ) as (chart, axes):
        y, on, columns = grid.middles, drawn[names.index].to_numpy(), 0.2 + 0.24 * np.arange(len(names))
        grid.lay(axes, columns, heads_of(ledger, names, as_of), range(len(drawn)), rotation=90)
        say = words("intersections", lang)
        write(axes, [_BARS, _NAMES], grid.edges[0] - 0.1, [say["amount"], say["who"]], color=GREY)
        first, last = columns[on.argmax(axis=1)], columns[::-1][on[:, ::-1].argmax(axis=1)]
        axes.hlines(y, first, last, color=palette()[0], lw=1.6)
        mark(axes, columns, y[:, None], np.where(on, LISTED, NOT_YET), looks(), s=42)
        many = drawn["states"] + drawn["organisations"]
        bars = axes.barh(y, many / many.max() * 1.4, height=0.14, left=_BARS, color=palette()[0])
        axes.bar_label(bars, many.astype("str"), padding=4, size=9, weight="bold")
        write(axes, _NAMES, y, ["\n".join(each) for each in lines])
    return chart


def _group_texts(
    drawn: pd.DataFrame, members: list[str], names: pd.Series, unresolved: pd.Series, day: str, lang: Language
) -> Texts:
    say, general = words("intersections", lang), words("signing", lang)

    def which(row: pd.Series) -> str:
        *others, last = names[row[names.index].astype(bool).to_numpy()]
        return general["plus"].format(one=", ".join(others), other=last) if others else last

    def many(row: pd.Series) -> str:
        counts = row[["states", "organisations"]].set_axis(list(KINDS))
        return size(pd.DataFrame({"low": counts, "high": counts}), lang)

    full, largest = drawn[drawn[names.index].all(axis=1)], drawn.iloc[0]
    groups = zip(drawn.iterrows(), members, strict=True)
    filled = {
        "full": many(full.iloc[0]) if len(full) else say["none"],
        "d": len(names),
        "largest": many(largest),
        "which": which(largest),
        "day": day,
        "open": say["open"].format(names=", ".join(unresolved)) if len(unresolved) else "",
        "n": len(drawn),
        "each": say["and"].join(say["each"].format(which=which(row), names=text) for (_, row), text in groups),
    }
    title, subtitle, alt = texts_of(say, filled)
    return title, subtitle.strip(), alt


@drawing
def positions(
    ledger: Ledger, *, declaration: str | None = None, as_of: str | dt.date | None = None, lang: Language = "en"
) -> Chart:
    """Draw the position of each state on a declaration on a map of the world.

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
        ``entity_kind``, ``shown_as`` (one of `CLASSES`, or ``other``), ``drawn`` (``shape``, ``mark``, ``both``;
        organisations ``text``), ``source_id``.

    Raises
    ------
    ChoiceError
        If the declaration is unknown.
    AbsentError
        If the event has none, or nobody is named for it.
    FrameError
        If a state has no place on the map, or the day is before the adoption.

    Armenia is too small to be seen as a shape, and an organisation is no place on a map:

    >>> chart = charts.positions(ledger)
    >>> print(chart.title.partition("; ")[2])
    2 refused (United Kingdom, United States), at least 6 came without signing
    >>> chart.data.set_index("iso3")["drawn"][["AUS", "ARM", "AUC"]].tolist()
    ['shape', 'both', 'text']
    """
    declaration = _declaration(ledger, "positions", declaration, lang)
    rows, weak = _placed(ledger, declaration, as_of, lang), weakly_refused(ledger, declaration)
    names = called(ledger, lang, weak)
    title, subtitle, alt = _map_texts(ledger, rows, names, weak, declaration, as_of, lang)
    columns = ["iso3", "name_en", "name_fr", "entity_kind", "shown_as", "drawn", "source_id"]
    high = _WORLD_INCHES + (_EUROPE[3] - _EUROPE[1]) * _ZOOM + 0.05
    with put_together(
        ledger,
        f"map-{declaration}",
        rows[columns],
        (title, subtitle + (words("signing", lang)["weak"] if weak else ""), alt),
        rows["source_id"],
        height=high,
        rates=False,
        credit=words("positions", lang)["map"],
        lang=lang,
    ) as (chart, axes):
        in_inches(axes, high)
        need_room(axes_inches() > (_WORLD[2] - _WORLD[0]) * _SCALE - 0.01)
        _draw_part(axes, rows[~rows["inside"]], _WORLD, _SCALE, (0, 0), rows)
        _draw_part(axes, rows[rows["inside"]], _EUROPE, _ZOOM, (0.06, _WORLD_INCHES), rows)
        _draw_key(axes, rows, names, words("positions", lang))
    return chart


def _declaration(ledger: Ledger, figure: str, declaration: str | None, lang: Language) -> str:
    """Return the declaration asked for, or that of the event, if somebody is named for it."""
    need(ledger, figure, lang, "declarations", *(["declaration"] if declaration is None else []))
    declaration = declaration or ledger.about.needed("declaration")
    if signatories(ledger, declaration).empty:
        raise absent(figure, "unlisted", lang, declaration=short_names(ledger, lang)[declaration])
    return declaration


def _placed(ledger: Ledger, declaration: str, as_of: str | dt.date | None, lang: Language) -> pd.DataFrame:
    """Give each entity the class it is shown as, and each state its place on the map."""
    rows = signatories(ledger, declaration, as_of, lang=lang)
    adopted = ledger.declarations.set_index("declaration_id").loc[declaration, "adopted_on"]
    if as_of is not None and pd.Timestamp(one_day(as_of).item()) < adopted:
        raise FrameError(f"{declaration!r} was adopted on {adopted:%Y-%m-%d}; choose that day or a later one")
    late = (rows["listing"] == LATER) | ((rows["listed_on"] > adopted) & (rows["date_basis"] == "list-of-that-day"))
    shown = rows["answer"].mask((rows["answer"] == LISTED) & late, LATER)
    shown = shown.mask(rows["position"] != "signed", rows["position"])
    places = {code: middle(shape) for code, shape in shapes().items()} | points()
    state = rows["entity_kind"] == "state"
    lost = rows[state & ~rows["iso3"].isin(places)]
    if len(lost):
        raise FrameError(
            f"{lost['name_en'].iloc[0]} ({lost['iso3'].iloc[0]}) has no place on the map; correct the code "
            "(ISO 3166 alpha-3), or add a point to world-110m.geojson"
        )
    x, y = np.array([places.get(code, (np.nan, np.nan)) for code in rows["iso3"]]).reshape(-1, 2).T
    inside = (_EUROPE[0] < x) & (x < _EUROPE[2]) & (_EUROPE[1] < y) & (y < _EUROPE[3])
    seen = np.array([area(shapes().get(code, [])) for code in rows["iso3"]]) * np.where(inside, _ZOOM, _SCALE) ** 2
    drawn = np.select([~state, seen == 0, seen < _SMALL], ["text", "mark", "both"], "shape")
    return rows.assign(shown_as=shown.where(shown.isin(CLASSES), OTHER), x=x, y=y, inside=inside, drawn=drawn)


def _map_texts(
    ledger: Ledger,
    rows: pd.DataFrame,
    names: pd.Series,
    weak: Collection[str],
    declaration: str,
    as_of: str | dt.date | None,
    lang: Language,
) -> Texts:
    say, states = words("positions", lang), rows[rows["entity_kind"] == "state"]
    counts = names_listed(ledger, declaration, as_of).drop("organisation")
    codes = {word: of for word in CLASSES if len(of := states.loc[states["shown_as"] == word, "iso3"])}
    others = _refusals({word: of[~of.isin(weak)] for word, of in codes.items()}, names, say, "n-")
    each = [say["each"].format(word=say[word], n=len(of), names=", ".join(names[of])) for word, of in codes.items()]
    filled = {
        "listed": size(counts.reindex(list(KINDS), fill_value=0), lang),
        "others": ", ".join(others),
        "name": short_names(ledger, lang)[declaration],
        "day": day_in_words(ledger, [declaration], as_of, lang),
        "each": say["and"].join(each),
        "organisations": ", ".join(names[rows.loc[rows["entity_kind"] != "state", "iso3"]]) or say["nobody"],
    }
    return texts_of(say if others else say | {"title": say["alone"]}, filled)


def _paints() -> dict[str, Style]:
    """Fill, hatch and edge of each class: told apart without colour, too."""
    blue, orange, red, purple = (palette()[place] for place in (0, 1, 3, 4))
    return {
        LISTED: {"facecolor": blue, "edgecolor": "white"},
        LATER: {"facecolor": "#b5d7ea", "edgecolor": blue, "hatch": "//////"},
        UNRESOLVED: {"facecolor": "white", "edgecolor": purple, "hatch": "......"},
        UNKNOWN: {"facecolor": "white", "edgecolor": GREY, "hatch": "||||||"},
        REFUSALS[0]: {"facecolor": "#f3d3bd", "edgecolor": red, "hatch": "xxxxx"},
        REFUSALS[1]: {"facecolor": "white", "edgecolor": orange, "hatch": "------"},
        OTHER: {"facecolor": PALE, "edgecolor": "white"},
    }


def _map_marks() -> dict[str, Style]:
    later: Style = {"facecolors": "#b5d7ea", "edgecolors": palette()[0], "linewidths": 1.2}
    other: Style = {"facecolors": PALE, "edgecolors": GREY}
    # a white edge lifts a mark off a shape of its own colour
    lifted = {word: looks()[word] | {"edgecolors": "white"} for word in (LISTED, REFUSALS[0])}
    return looks() | lifted | {LATER: {"marker": "s", **later}, OTHER: {"marker": "s", **other}}


def _draw_part(
    axes: Axes, marked: pd.DataFrame, box: Box, scale: float, corner: tuple[float, float], rows: pd.DataFrame
) -> None:
    """Draw what a box holds of the world: each state painted by its class, and a mark for the small ones among some."""
    from matplotlib.patches import PathPatch, Rectangle
    from matplotlib.path import Path
    from matplotlib.transforms import Affine2D

    left, bottom, right, top = box
    place = Affine2D().translate(-left, -top).scale(scale, -scale).translate(*corner) + axes.transData
    frame = Rectangle((left, bottom), right - left, top - bottom, transform=place)
    classes, paints, end = rows.set_index("iso3")["shown_as"], _paints(), "" if box == _WORLD else "-europe"
    for code, shape in shapes().items():
        if reaches(shape, box):
            # rings that run the other way are holes
            path = Path.make_compound_path(*(Path(ring, closed=True) for polygon in shape for ring in polygon))
            paint = paints[classes.get(code, OTHER)]
            # the layout need not measure the shapes: their limits are known
            patch = axes.add_artist(PathPatch(path, lw=0.4, gid=code + end, transform=place, in_layout=False, **paint))
            patch.set_clip_path(frame)
    for row in marked[marked["drawn"].isin(["mark", "both"])].itertuples():
        mark(axes, row.x, row.y, row.shown_as, _map_marks(), s=30, gid=f"{row.iso3}-mark", transform=place)
    # Europe, in the world and on its own
    left, bottom, right, top = _EUROPE
    around: Style = {"facecolor": "none", "edgecolor": GREY, "lw": 0.7, "zorder": 4}
    axes.add_artist(Rectangle((left, bottom), right - left, top - bottom, transform=place, **around))


def _draw_key(axes: Axes, rows: pd.DataFrame, names: pd.Series, say: dict[str, str]) -> None:
    from matplotlib.patches import Rectangle

    states = rows[rows["entity_kind"] == "state"]
    codes = {word: states.loc[states["shown_as"] == word, "iso3"] for word in (*CLASSES, OTHER)}
    shown = [word for word in codes if word == OTHER or len(codes[word])]
    # the first class is the bulk of the map
    told = [textwrap.wrap(", ".join(names[codes[w]]), 68) if w not in (LISTED, OTHER) else [] for w in shown]
    grid = Grid([1 + len(lines) for lines in told], line=0.145, gap=0.07, head=_WORLD_INCHES - 0.05)
    mark(axes, _BESIDE + 0.4, grid.y(range(len(shown))), shown, _map_marks(), s=30)
    for row, (word, lines) in enumerate(zip(shown, told, strict=True)):
        axes.add_patch(Rectangle((_BESIDE, float(grid.y(row)) - 0.065), 0.26, 0.13, lw=0.4, **_paints()[word]))
        head, weight = (say["head"], "bold") if word != OTHER else ("{word}", "normal")
        head = head.format(word=say[word], n=len(codes[word]))
        write(axes, _BESIDE + 0.54, grid.y(row), head, size=8.5, weight=weight)
        write(axes, _BESIDE + 0.54, grid.y(row, np.arange(len(lines)) + 1), lines)
    beside = names[rows.loc[(rows["entity_kind"] != "state") & (rows["answer"] == LISTED), "iso3"]]
    if len(beside):
        write(axes, _BESIDE, grid.edges[-1] + 0.06, say["beside"].format(names=", ".join(beside)), color=GREY)


@drawing
def counts(ledger: Ledger, *, declaration: str | None = None, lang: Language = "en") -> Chart:
    """Draw every count of signatories as a mark, one source a row, over the names listed on its day.

    Parameters
    ----------
    ledger : Ledger
    declaration : str, optional
        Its id. Default: that of the event.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data are the frame of `claimed_counts` without the notes, with ``row``, the place of the source.

    Raises
    ------
    ChoiceError
        If the declaration is unknown.
    AbsentError
        If the event has none, nobody is named for it, or no source counts its signatories.

    >>> chart = charts.counts(ledger, declaration="newdelhi-2026")
    >>> print(chart.title.partition(";")[0])
    Sources put the signatories of New Delhi 2026 at 70 to 92
    >>> chart.data["fits"].value_counts().to_dict()
    {'possible': 13, 'neither': 2, 'names': 1}
    """
    say, declaration = words("counts", lang), _declaration(ledger, "counts", declaration, lang)
    counts = claimed_counts(ledger, declaration).drop(columns="note")
    if counts.empty:
        raise absent("counts", "uncounted-names", lang, declaration=short_names(ledger, lang)[declaration])
    counts = _in_rows(counts)
    names = publishers(ledger.sources).str.replace(r"^GitHub .*/(.*)$", r"\1 (GitHub)", regex=True)
    texts = _count_texts(ledger, counts, declaration, names, lang)
    rows, cited = counts.drop_duplicates("row").set_index("row"), counts["source_id"]
    height = _COUNT_ROW * len(rows) + _MARGIN
    with put_together(
        ledger, f"counted-{declaration}", counts, texts, cited, height=height, rates=False, lang=lang
    ) as (chart, axes):
        least, most = counts[["count", "low"]].min().min(), counts[["count", "high"]].max().max()
        extent, every = most - least, 5 if most - least < 40 else 20
        ticks, shift = np.arange(-(-least // every) * every, most + 1, every), [0, round(extent * (1 + _APART))]
        margin = most + shift[1] + extent * 0.6
        spans = [
            names_between(ledger, declaration, *days) for days in zip(rows["first_on"], rows["last_on"], strict=True)
        ]
        for moved, form, colour, (measure, kind) in zip(shift, "os", palette(), MEASURES.items(), strict=False):
            band = pd.DataFrame([names.loc[kind] for names in spans], rows.index)
            # a band of one number is as wide as a mark
            wide = band["high"] - band["low"] + 0.5
            axes.barh(rows.index, wide, left=band["low"] + moved - 0.25, height=1, color=_BAND, zorder=0)
            shown = counts[counts["measure"] == measure]
            x, look = shown["count"] + moved, {"marker": form, "edgecolors": colour, "linewidths": 1.3, "s": 26}
            fits = {True: look | {"facecolors": colour}, False: look | {"facecolors": "white"}}
            mark(axes, x, shown["row"], shown["difference"] == 0, fits)
            write(axes, x + extent * 0.035, shown["row"], shown["count"].astype("str"))
            write(axes, (least + most) / 2 + moved, -0.95, say[measure], ha="center", size=9, weight="bold")
        axes.set_xticks(np.add.outer(shift, ticks).ravel(), [*map(str, ticks)] * len(shift))
        axes.grid(axis="x")
        axes.set_yticks(rows.index, names[rows["source_id"]], size=8.5)
        axes.set(xlim=(least - 1, margin), ylim=(len(rows) - 0.5, -1.4))
        day = rows["as_of"].map(lambda day: long_day(day, lang=lang), na_action="ignore").fillna(say["undated"])
        day = day[day != day.shift()]
        axes.hlines(day.index - 0.5, least - 1, margin, color=PALE, lw=0.6)
        write(axes, margin - extent * 0.024, day.index, day, ha="right", color=GREY)
    return chart


def _in_rows(counts: pd.DataFrame) -> pd.DataFrame:
    """Give each source of a day a row: by day, then by the smaller figure."""
    day = counts["as_of"].dt.strftime("%Y-%m-%d").fillna("undated")
    least = counts.groupby([day, "source_id"])["count"].transform("min")
    key = pd.DataFrame({"day": day, "least": least, "source": counts["source_id"], "measure": counts["measure"]})
    key = key.sort_values(["day", "least", "source", "measure"], ascending=[True, True, True, False])
    counts = counts.loc[key.index].assign(row=key.groupby(["day", "least", "source"]).ngroup())
    return counts.reset_index(drop=True)


def _count_texts(ledger: Ledger, counts: pd.DataFrame, declaration: str, names: pd.Series, lang: Language) -> Texts:
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
    return title, say["subtitle"], alt
