"""Maps: who signed a declaration, and where what was pledged is to be built; with the geometry they are made of."""

from __future__ import annotations

import datetime as dt
import json
import textwrap
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from summit_analysis.base import files
from summit_analysis.base.days import one_day
from summit_analysis.base.errors import FrameError
from summit_analysis.base.text import Language, Row, format_figure, in_words, long_day, words
from summit_analysis.charts.canvas import (
    GREY,
    PALE,
    Chart,
    Style,
    Texts,
    absent,
    axes_inches,
    chosen,
    drawing,
    in_inches,
    is_narrow,
    need,
    palette,
    put_together,
    texts_of,
)
from summit_analysis.charts.evidence import GONE, REACHED, STRONG, reached
from summit_analysis.charts.marks import Grid, mark, write
from summit_analysis.charts.signatures import called, day_in_words
from summit_analysis.ledger.tables import Ledger
from summit_analysis.pledges.claims import Where
from summit_analysis.pledges.status import STEPS, last_news, status
from summit_analysis.signatures import (
    KINDS,
    LISTED,
    REFUSALS,
    UNKNOWN,
    UNRESOLVED,
    names_listed,
    short_names,
    signatories,
    size,
    weakly_refused,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.transforms import Transform

WORLD_FILE, OUTLINES_FILE = "world-110m.geojson", "outlines-50m.geojson"
CENTRE = 11.0
"""Meridian in the middle of the world: it cuts through the Bering Strait at the edge, and through no state."""
_A = (1.340264, -0.081106, 0.000893, 0.003796)
"""Coefficients of Šavrič, Patterson and Jenny, The Equal Earth map projection (2018)."""
Shape = list[list[np.ndarray]]
"""Polygons, each a list of rings (the outline, then its holes), each ring of shape (n, 2)."""
Box = tuple[float, float, float, float]
"""Left, bottom, right, top, in the units of the projection."""

REFUSED, OTHER = "refused", "other"
CLASSES = (LISTED, REFUSED, UNKNOWN)
"""What a state can be shown as, if the tables name it; all others are `OTHER`."""
_WORLD: Box = (-2.536, -1.06, 2.536, 1.34)
_EUROPE: Box = (-0.37, 0.655, 0.41, 1.195)
"""What is drawn of the world, and of it once more."""
_SMALL = 0.005
"""Square inches below which a shape cannot be seen and gets a mark as well."""

_LEAST, _MOST = 0.085, 0.16
"""Inches: radius of the smallest circle of a site, which holds its number, and of the largest."""
_SHADES = {
    "operating": "#01416b", "under-construction": "#0173b2", "permitted": "#6fb1d9", "financed": "#a9d3ec",
    "site-chosen": "#dcedf8", STEPS[0]: "white", **dict.fromkeys(GONE, "white"),
}  # fmt: skip
"""The further a site has come the darker, so that the order is seen in grey, too."""


@drawing
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
        ``entity_kind``; ``shown_as`` (one of `CLASSES`, or ``other``: a refusal of which only a commentary tells is no
        more than that); ``answer``, ``position`` as in `summit_analysis.signatories`; ``drawn`` (``shape``, ``mark``,
        ``both``; ``text`` for an organisation); ``source_id``.

    Raises
    ------
    FrameError
        If the declaration was adopted later, or a state has no place on the map.
    ChoiceError
        If the declaration is unknown.
    AbsentError
        If the event has none, or nobody is named for it.

    Armenia is too small to be seen as a shape, and an organisation is no place on a map:

    >>> chart = charts.positions(ledger)
    >>> print(chart.title.partition("; ")[2])
    two refused (United Kingdom, United States), at least six came without signing
    >>> chart.data.set_index("iso3")["drawn"][["AUS", "ARM", "AUC"]].tolist()
    ['shape', 'both', 'text']
    """
    from matplotlib.patches import Rectangle

    need(ledger, "positions", lang, "declarations", *(["declaration"] if declaration is None else []))
    declaration = declaration or ledger.about.needed("declaration")
    if signatories(ledger, declaration).empty:
        raise absent("positions", "unlisted", lang, declaration=short_names(ledger, lang)[declaration])
    wide = not is_narrow()
    scale, zoom = axes_inches() / (_WORLD[2] - _WORLD[0]), (3.25 if wide else axes_inches()) / (_EUROPE[2] - _EUROPE[0])
    rows, weak = _placed(ledger, declaration, as_of, scale, zoom, lang), weakly_refused(ledger, declaration)
    names, say = called(ledger, lang, weak), words("positions", lang)
    texts = _map_texts(ledger, rows, names, weak, declaration, as_of, lang)
    columns = ["iso3", "name_en", "name_fr", "entity_kind", "shown_as", "answer", "position", "drawn", "source_id"]
    below, tall = (_WORLD[3] - _WORLD[1]) * scale + 0.08, (_EUROPE[3] - _EUROPE[1]) * zoom
    head, left = (below, 3.5) if wide else (below + tall + 0.1, 0.0)
    key = _key(rows, names, weak, int((axes_inches() - left) * 15), say)
    grid = Grid([1 + len(lines) for *_, lines in key], line=0.155, gap=0.08, head=head)
    high = max(below + tall, grid.edges[-1] + 0.1)
    with put_together(
        ledger,
        f"map-{declaration}",
        rows[columns],
        texts,
        rows["source_id"],
        rates=False,
        credit=say["map"],
        lang=lang,
    ) as (chart, axes):
        in_inches(axes, high)
        _draw_part(axes, rows[~rows["inside"]], _WORLD, scale, (0, 0), rows)
        _draw_part(axes, rows[rows["inside"]], _EUROPE, zoom, (0.03, below), rows)
        for place, (word, name, lines) in enumerate(key):
            axes.add_patch(Rectangle((left, float(grid.y(place)) - 0.06), 0.2, 0.12, lw=0.4, **_paints()[word]))
            write(axes, left + 0.3, grid.y(place), name, size=8.5, weight="bold")
            write(axes, left + 0.3, grid.y(place, np.arange(len(lines)) + 1), lines)
    return chart


def _placed(
    ledger: Ledger, declaration: str, as_of: str | dt.date | None, scale: float, zoom: float, lang: Language
) -> pd.DataFrame:
    """Give each entity the class it is shown as, and each state its place on the map."""
    rows = signatories(ledger, declaration, as_of, lang=lang)
    adopted = ledger.declarations.set_index("declaration_id").loc[declaration, "adopted_on"]
    if as_of is not None and pd.Timestamp(one_day(as_of).item()) < adopted:
        raise FrameError(f"{declaration!r} was adopted on {adopted:%Y-%m-%d}; choose that day or a later one")
    refused = rows["position"].eq(REFUSALS[0]) & ~rows["iso3"].isin(weakly_refused(ledger, declaration))
    shown = rows["answer"].where(rows["position"].eq("signed") & rows["answer"].isin(CLASSES), OTHER)
    places = {code: middle(shape) for code, shape in shapes().items()} | points()
    state = rows["entity_kind"] == "state"
    lost = rows[state & ~rows["iso3"].isin(places)]
    if len(lost):
        raise FrameError(
            f"{lost['name_en'].iloc[0]} ({lost['iso3'].iloc[0]}) has no place on the map; correct the code "
            f"(ISO 3166 alpha-3), or add a point to {WORLD_FILE}"
        )
    x, y = np.array([places.get(code, (np.nan, np.nan)) for code in rows["iso3"]]).reshape(-1, 2).T
    inside = (_EUROPE[0] < x) & (x < _EUROPE[2]) & (_EUROPE[1] < y) & (y < _EUROPE[3])
    seen = np.array([area(shapes().get(code, [])) for code in rows["iso3"]]) * np.where(inside, zoom, scale) ** 2
    drawn = np.select([~state, seen == 0, seen < _SMALL], ["text", "mark", "both"], "shape")
    return rows.assign(shown_as=shown.mask(refused, REFUSED), x=x, y=y, inside=inside, drawn=drawn)


def _map_texts(
    ledger: Ledger,
    rows: pd.DataFrame,
    names: pd.Series,
    weak: list[str],
    declaration: str,
    as_of: str | dt.date | None,
    lang: Language,
) -> Texts:
    say, sure = words("positions", lang), rows[~rows["iso3"].isin(weak)]
    counts = names_listed(ledger, declaration, as_of).drop("organisation").reindex(list(KINDS), fill_value=0)
    others = [
        say[f"{word}-1" if len(codes) == 1 else word].format(
            n=in_words(len(codes), lang), names=", ".join(names[codes])
        )
        for word in REFUSALS
        if len(codes := sure.loc[sure["position"] == word, "iso3"])
    ]
    states = rows[rows["entity_kind"] == "state"]
    each = [f"{head}{say['colon']}{' '.join(lines)}" for _, head, lines in _key(rows, names, weak, 10_000, say)]
    listed = names[states.loc[states["shown_as"] == LISTED, "iso3"]]
    read = ledger.sources[ledger.sources["source_id"].isin(rows.loc[rows["answer"] == LISTED, "source_id"])]
    filled = {
        "official": "" if (read["kind"].eq("primary") & read["read_as"].eq("original")).any() else say["unofficial"],
        "listed": size(counts, lang),
        "others": ", ".join(others),
        "name": short_names(ledger, lang)[declaration],
        "day": day_in_words(ledger, [declaration], as_of, lang),
        "each": say["and"].join([f"{say[LISTED]}{say['colon']}{', '.join(listed)}", *each[1:]]),
        "organisations": ", ".join(names[rows.loc[rows["entity_kind"] != "state", "iso3"]]) or say["nobody"],
    }
    title, subtitle, alt = texts_of(say if others else say | {"title": say["alone"]}, filled)
    return title[:1].upper() + title[1:], subtitle, alt


def _key(
    rows: pd.DataFrame, names: pd.Series, weak: list[str], wide: int, say: dict[str, str]
) -> list[tuple[str, str, list[str]]]:
    """Return each class that is shown, its head, and the lines below it: who is in it, unless that is the bulk."""
    states, found = rows[rows["entity_kind"] == "state"], []
    for word in (*CLASSES, OTHER):
        those = states[states["shown_as"] == word]
        if word == LISTED:
            others = names[rows.loc[(rows["entity_kind"] != "state") & (rows["answer"] == LISTED), "iso3"]]
            told = [say["beside"].format(names=", ".join(others))] if len(others) else []
        elif word == OTHER:
            parts = {word: those[those["position"] == word] for word in (*REFUSALS, UNRESOLVED)}
            told = [
                say[f"of-{part}"].format(names=", ".join(names[of["iso3"]])) for part, of in parts.items() if len(of)
            ]
            told += [say["weak"]] if those["iso3"].isin(weak).any() else []
        else:
            told = [", ".join(names[those["iso3"]])]
        if word == OTHER or len(those):
            head = say["head"].format(word=say[word], n=len(those)) if word != OTHER else say[word]
            found.append((word, head, [line for text in told for line in textwrap.wrap(text, wide)]))
    return found


def _paints() -> dict[str, Style]:
    """Fill, hatch and edge of each class: told apart without colour, too."""
    blue, red = palette()[0], palette()[3]
    return {
        LISTED: {"facecolor": blue, "edgecolor": "white"},
        REFUSED: {"facecolor": "#f3d3bd", "edgecolor": red, "hatch": "xxxxx"},
        UNKNOWN: {"facecolor": "white", "edgecolor": GREY, "hatch": "||||||"},
        OTHER: {"facecolor": PALE, "edgecolor": "white"},
    }


def _marks() -> dict[str, Style]:
    blue, red = palette()[0], palette()[3]
    # a white edge lifts a mark off a shape of its own colour
    return {
        LISTED: {"marker": "s", "facecolors": blue, "edgecolors": "white"},
        REFUSED: {"marker": "X", "facecolors": red, "edgecolors": "white"},
        UNKNOWN: {"marker": "v", "facecolors": "white", "edgecolors": GREY, "linewidths": 1.3},
        OTHER: {"marker": "s", "facecolors": PALE, "edgecolors": GREY},
    }


def _draw_part(
    axes: Axes, marked: pd.DataFrame, box: Box, scale: float, corner: tuple[float, float], rows: pd.DataFrame
) -> None:
    """Draw what a box holds of the world: each state painted by its class, and a mark for the small ones among some."""
    from matplotlib.patches import Rectangle

    place, frame = _placing(axes, box, scale, corner)
    classes, paints, end = rows.set_index("iso3")["shown_as"], _paints(), "" if box == _WORLD else "-europe"
    for code, shape in shapes().items():
        if reaches(shape, box):
            _draw_shape(axes, shape, place, frame, gid=code + end, lw=0.4, **paints[classes.get(code, OTHER)])
    for row in marked[marked["drawn"].isin(["mark", "both"])].itertuples():
        mark(axes, row.x, row.y, row.shown_as, _marks(), s=30, gid=f"{row.iso3}-mark", transform=place)
    # Europe, in the world and on its own
    left, bottom, right, top = _EUROPE
    around: Style = {"facecolor": "none", "edgecolor": GREY, "lw": 0.7, "zorder": 4}
    axes.add_artist(Rectangle((left, bottom), right - left, top - bottom, transform=place, **around))


def _placing(axes: Axes, box: Box, scale: float, corner: tuple[float, float]) -> tuple[Transform, Any]:
    """Return how the plane of the projection comes onto axes that count in inches, and the frame that cuts it off."""
    from matplotlib.patches import Rectangle
    from matplotlib.transforms import Affine2D

    left, bottom, right, top = box
    place = Affine2D().translate(-left, -top).scale(scale, -scale).translate(*corner) + axes.transData
    return place, Rectangle((left, bottom), right - left, top - bottom, transform=place)


def _draw_shape(axes: Axes, shape: Shape, place: Transform, frame: Any, **paint: Any) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    # rings that run the other way are holes
    path = Path.make_compound_path(*(Path(ring, closed=True) for polygon in shape for ring in polygon))
    # the layout need not measure the shapes: their limits are known
    axes.add_artist(PathPatch(path, transform=place, in_layout=False, **paint)).set_clip_path(frame)


@drawing
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
    need(ledger, "sites", lang, "pledges", "sites")
    say, wide = words("sites", lang), not is_narrow()
    rows = _followed(ledger, where, as_of)
    if rows.empty:
        raise absent("sites", "no-places", lang)
    country = rows["iso3"].iloc[0]
    outline = _shapes(OUTLINES_FILE).get(country) or _shapes(WORLD_FILE).get(country)
    if not outline:
        raise absent("sites", "no-outline", lang, country=country)
    centre = float(rows["longitude"].mean())
    land = [[equal_earth(ring, centre) for ring in polygon] for polygon in outline]
    box = _around(land, spots := equal_earth(rows[["longitude", "latitude"]].to_numpy(), centre))
    inches = 4.5 if wide else axes_inches()
    scale = inches / (box[2] - box[0])
    left, top = (inches + 0.1, 0.0) if wide else (0.0, (box[3] - box[1]) * scale + 0.1)
    told = [
        [
            *([""] if head else []),
            *textwrap.wrap(_site(row, ledger.names(lang), say, lang), int((axes_inches() - left - 0.3) * 15)),
        ]
        for row, head in zip(rows.itertuples(), rows["reached"] != rows["reached"].shift(), strict=True)
    ]
    grid = Grid([len(lines) for lines in told], line=0.16, gap=0.04, head=top)
    high = max(grid.edges[-1], (box[3] - box[1]) * scale)
    cited = [*rows["source_id"], *rows["megawatts_source_id"].dropna()]
    texts = _site_texts(ledger, rows, country, as_of, lang)
    with put_together(ledger, "where", rows, texts, cited, rates=False, credit=say["map"], lang=lang) as (
        chart,
        axes,
    ):
        in_inches(axes, high)
        place, frame = _placing(axes, box, scale, (0, 0))
        _draw_shape(axes, land, place, frame, facecolor="#f0f0f0", edgecolor=GREY, lw=0.6)
        shown = (spots - [box[0], box[3]]) * [scale, -scale]
        size = np.sqrt(rows["megawatts"].fillna(0) / (rows["megawatts"].max() or 1)) * _MOST
        _draw_sites(axes, shown, size.clip(lower=_LEAST).to_numpy(), rows["reached"])
        for number, (row, lines) in enumerate(zip(rows.itertuples(), told, strict=True)):
            if not lines[0]:
                write(axes, left, grid.y(number), say[f"at-{row.reached}"], weight="bold", size=9)
            first = int(not lines[0])
            write(axes, left + 0.2, grid.y(number, first), f"{number + 1}", ha="right", weight="bold")
            write(axes, left + 0.27, grid.y(number, np.arange(first, len(lines))), lines[first:])
    return chart


def _followed(ledger: Ledger, where: Where, as_of: str | dt.date | None) -> pd.DataFrame:
    """Give the sites in the country of most with what is known of their pledges: the furthest first, then by power."""
    known = reached(ledger, status(ledger, as_of), as_of)[["pledge_id", "reached", "strength"]]
    rows = ledger.sites[ledger.sites["pledge_id"].isin(chosen(ledger, where))].dropna(subset=["latitude", "longitude"])
    rows = rows.drop(columns="note").merge(known, on="pledge_id")
    rows = rows[rows["iso3"].isin(rows["iso3"].mode().head(1))]
    order = {"step": rows["reached"].map(REACHED.index), "power": -rows["megawatts"].fillna(0)}
    return rows.assign(**order).sort_values([*order, "commune"], ignore_index=True).drop(columns=[*order])


def _around(land: Shape, spots: np.ndarray) -> Box:
    """Return the box of all that lies near the sites: overseas parts would make the rest tiny."""
    low, high = spots.min(axis=0), spots.max(axis=0)
    reach = max(high - low) * 0.75 + 0.02
    near = [polygon[0] for polygon in land if reaches([polygon], (*(low - reach), *(high + reach)))]
    outline = np.concatenate([*near, spots])
    (left, bottom), (right, top) = outline.min(axis=0), outline.max(axis=0)
    edge = 0.04 * (right - left)
    return left - edge, bottom - edge, right + edge, top + edge


def _draw_sites(axes: Axes, spots: np.ndarray, radii: np.ndarray, reached: pd.Series) -> None:
    """Draw a numbered circle for each site, moved a little where they would lie on one another."""
    from matplotlib.patches import Circle

    for number, ((x, y), (left, top), radius, word) in enumerate(
        zip(apart(spots, radii), spots, radii, reached, strict=True), 1
    ):
        axes.plot([left, x], [top, y], color=GREY, lw=0.7)
        axes.add_patch(Circle((left, top), 0.02, color=GREY, lw=0))
        edge, line = (palette()[3], "--") if word in GONE else (_SHADES["operating"], "-")
        axes.add_patch(Circle((x, y), radius, facecolor=_SHADES[word], edgecolor=edge, ls=line, lw=1, zorder=3))
        ink = "white" if word in STEPS[4:] else "black"
        write(axes, x, y, f"{number}", ha="center", va="center_baseline", weight="bold", color=ink, zorder=4)


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
    power = say["no-power"]
    if pd.notna(row.megawatts):
        power = say[f"mw-{row.megawatts_kind}"].format(mw=format_figure(row.megawatts, lang=lang))
    weak = f" ({say['weak']})" if isinstance(row.strength, str) and row.strength not in STRONG else ""
    return f"{row.commune}{say['colon']}{names[row.pledge_id]}, {power}{weak}"


def _site_texts(ledger: Ledger, rows: pd.DataFrame, country: str, as_of: str | dt.date | None, lang: Language) -> Texts:
    say, day = words("sites", lang), last_news(ledger) if as_of is None else pd.Timestamp(one_day(as_of).item())
    lines = rows.apply(lambda row: _site(row, ledger.names(lang), say, lang), axis=1)
    each = [
        f"{say[f'at-{word}']}{say['colon']}{say['and'].join(those)}"
        for word, those in lines.groupby(rows["reached"], sort=False)
    ]
    begun = rows["reached"].isin(STEPS[4:]).sum()
    filled = {
        "country": called(ledger, lang).get(country, country),
        "begun": in_words(begun, lang),
        "n": in_words(len(rows), lang),
        "day": long_day(day, lang=lang, data_end=last_news(ledger)),
        "each": ". ".join(each),
    }
    return texts_of(say if begun else say | {"title": say["title-none"]}, filled)


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
    a1, a2, a3, a4 = _A
    along, up = np.radians(degrees[:, 0] - centre), np.radians(degrees[:, 1])
    theta = np.arcsin(np.sqrt(3) / 2 * np.sin(up))
    slope = a1 + 3 * a2 * theta**2 + theta**6 * (7 * a3 + 9 * a4 * theta**2)
    x = 2 * np.sqrt(3) / 3 * along * np.cos(theta) / slope
    y = theta * (a1 + a2 * theta**2 + theta**6 * (a3 + a4 * theta**2))
    return np.column_stack([x, y])


@cache
def shapes() -> dict[str, Shape]:
    """Return the projected shape of each state and territory that is large enough for one, by ISO 3166 alpha-3.

    France with Guiana, in thousand square kilometres:

    >>> round(area(shapes()["FRA"]) * 6371**2 / 1000)
    644
    """
    return {
        code: [[equal_earth(ring) for ring in polygon] for polygon in polygons]
        for code, polygons in _shapes(WORLD_FILE).items()
    }


@cache
def _shapes(name: str) -> dict[str, Shape]:
    """Return the shapes of a file in degrees, by ISO 3166 alpha-3."""
    parts = {code: geometry for code, geometry in _geometries(name) if geometry["type"] != "Point"}
    whole = {
        code: geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        for code, geometry in parts.items()
    }
    return {
        code: [[np.array(ring, dtype="float64") for ring in polygon] for polygon in polygons]
        for code, polygons in whole.items()
    }


@cache
def points() -> dict[str, np.ndarray]:
    """Return the projected place of each state that is too small for a shape, by ISO 3166 alpha-3.

    >>> "SGP" in points(), "SGP" in shapes()
    (True, False)
    """
    places = {
        code: geometry["coordinates"] for code, geometry in _geometries(WORLD_FILE) if geometry["type"] == "Point"
    }
    # what lies beyond the Bering Strait comes round on the other side
    edge = CENTRE - 180
    return {
        code: equal_earth(np.array([[lon + 360 if lon < edge else lon, lat]], dtype="float64"))[0]
        for code, (lon, lat) in places.items()
    }


def middle(shape: Shape) -> np.ndarray:
    """Return the centre of gravity of the largest polygon of a shape.

    >>> square = [[np.array([[0.0, 0], [2, 0], [2, 2], [0, 2], [0, 0]])]]
    >>> middle(square).tolist()
    [1.0, 1.0]
    """
    ring = max((polygon[0] for polygon in shape), key=ring_area)
    step = ring[:-1, 0] * ring[1:, 1] - ring[1:, 0] * ring[:-1, 1]
    centre: np.ndarray = ((ring[:-1] + ring[1:]) * step[:, None]).sum(axis=0) / (3 * step.sum())
    return centre


def area(shape: Shape) -> float:
    """Return the area of a shape in squares of the Earth's radius; holes are taken off.

    >>> outline, hole = (np.array([[0.0, 0], [n, 0], [n, n], [0, n], [0, 0]]) for n in (2, 1))
    >>> area([[outline, hole]])
    3.0
    """
    return sum(ring_area(polygon[0]) - sum(map(ring_area, polygon[1:])) for polygon in shape)


def reaches(shape: Shape, box: tuple[float, float, float, float]) -> bool:
    """Whether the rectangle around a shape touches a box: left, bottom, right, top.

    >>> reaches(shapes()["FRA"], (-0.5, 0.5, 0.5, 1.2)), reaches(shapes()["AUS"], (-0.5, 0.5, 0.5, 1.2))
    (True, False)
    """
    outline = np.concatenate([polygon[0] for polygon in shape])
    return bool((outline.min(axis=0) < box[2:]).all() and (outline.max(axis=0) > box[:2]).all())


def ring_area(ring: np.ndarray) -> float:
    """Return the area inside one closed ring, whichever way round it goes.

    >>> ring_area(np.array([[0.0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]))
    4.0
    """
    return float(abs((ring[:-1, 0] * ring[1:, 1] - ring[1:, 0] * ring[:-1, 1]).sum()) / 2)


def _geometries(name: str) -> list[tuple[str, dict[str, Any]]]:
    features = json.loads(files.read_text(files.shipped("data") / name))["features"]
    return [(feature["properties"]["iso3"], feature["geometry"]) for feature in features]
