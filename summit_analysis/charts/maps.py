"""Figures on maps: who signed a declaration, and where what was pledged is to be built."""

from __future__ import annotations

import datetime as dt
import json
from functools import cache, partial
from itertools import chain

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Circle, PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, Bbox, Transform, TransformedBbox

from summit_analysis.base import files
from summit_analysis.base.days import one_day
from summit_analysis.base.errors import FrameError
from summit_analysis.base.text import Language, Row, format_figure, in_words, long_day, words
from summit_analysis.charts.canvas import (
    BLUE,
    GREY,
    PALE,
    RED,
    Chart,
    Style,
    absent,
    chosen,
    drawing,
    is_narrow,
    need,
    put_together,
    wrap,
)
from summit_analysis.charts.evidence import GONE, REACHED, STRONG, called, day_in_words, reached
from summit_analysis.charts.marks import CROSSED, write
from summit_analysis.ledger.tables import Ledger
from summit_analysis.pledges.claims import Where
from summit_analysis.pledges.status import STEPS, last_news, status
from summit_analysis.signatures import (
    KINDS,
    LISTED,
    REFUSALS,
    names_listed,
    short_names,
    signatories,
    size,
    weakly_refused,
)

WORLD_FILE, OUTLINES_FILE = "world-110m.geojson", "outlines-50m.geojson"
CENTRE = 11.0
"""Meridian in the middle of the world: it cuts through the Bering Strait at the edge, and through no state."""
_A = (1.340264, -0.081106, 0.000893, 0.003796)
"""Coefficients of Šavrič, Patterson and Jenny, The Equal Earth map projection (2018)."""
_LINE = 0.155
"""Inches from line to line."""
Box = tuple[float, float, float, float]
"""Left, bottom, right, top, in the units of the projection."""
REFUSED, OTHER = "refused", "other"
CLASSES = (LISTED, REFUSED, OTHER)
"""What a state is shown as; those that the tables do not name are in the last one."""
_WORLD: Box = (-2.536, -1.06, 2.536, 1.34)
_EUROPE: Box = (-0.37, 0.655, 0.41, 1.195)
"""What is drawn of the world, and of it once more."""
_SMALL = 0.008
"""Square inches: a shape that fits into less cannot be seen and gets a mark as well."""
_LEAST, _MOST = 0.085, 0.16
"""Inches: radius of the smallest circle of a site, which holds its number, and of the largest."""
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
}
"""The further a site has come the darker, so that the order is seen in grey, too; who refused is hatched."""
Key = list[tuple[str, str, list[tuple[str, str]]]]
"""Beside a map: words that have a look, what each means, and, below, what has it, with a number or without."""


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
    say, rows = words("positions", lang), _shown(ledger, declaration, as_of, lang)
    names = called(ledger, lang, weakly_refused(ledger, declaration))
    key, filled = _classes(rows, names, say), _map_words(ledger, rows, names, declaration, as_of, lang)
    filled["each"] = ". ".join(
        say["colon"].join(filter(None, [head, "; ".join(text for _, text in told)])) for _, head, told in key
    )
    say = say if filled["others"] else say | {"title": say["alone"]}
    paint = partial(_draw_world, rows=rows, key=key)
    return put_together(
        ledger, f"map-{declaration}", rows, say, filled, rows["source_id"], paint, rates=False, lang=lang
    )


def _shown(ledger: Ledger, declaration: str, as_of: str | dt.date | None, lang: Language) -> pd.DataFrame:
    """Give the rows of `signatories` with the class each is shown as."""
    adopted = ledger.declarations.set_index("declaration_id").loc[declaration, "adopted_on"]
    if as_of is not None and pd.Timestamp(one_day(as_of).item()) < adopted:
        raise FrameError(f"{declaration!r} was adopted on {adopted:%Y-%m-%d}; choose that day or a later one")
    rows = signatories(ledger, declaration, as_of, lang=lang)
    lost = rows[rows["entity_kind"].eq("state") & ~rows["iso3"].isin(outlines(WORLD_FILE))]
    if len(lost):
        raise FrameError(
            f"{lost['name_en'].iloc[0]} ({lost['iso3'].iloc[0]}) has no place on the map; correct the code "
            f"(ISO 3166 alpha-3), or add a point to {WORLD_FILE}"
        )
    listed = rows["position"].eq("signed") & rows["answer"].eq(LISTED)
    refused = rows["position"].eq(REFUSALS[0]) & ~rows["iso3"].isin(weakly_refused(ledger, declaration))
    shown = np.select([listed, refused], [LISTED, REFUSED], OTHER)
    columns = ["iso3", "name_en", "name_fr", "entity_kind", "shown_as", "answer", "position", "source_id"]
    return rows.assign(shown_as=shown)[columns]


def _map_words(
    ledger: Ledger, rows: pd.DataFrame, names: pd.Series, declaration: str, as_of: str | dt.date | None, lang: Language
) -> dict[str, str]:
    """Say how many signed, who refused and how many came without signing, by which lists and of which day."""
    say, sure = words("positions", lang), rows[~rows["iso3"].isin(weakly_refused(ledger, declaration))]
    others = [
        say[word if len(who) > 1 else f"{word}-1"].format(n=in_words(len(who), lang), names=", ".join(names[who]))
        for word in REFUSALS
        if len(who := sure.loc[sure["position"] == word, "iso3"])
    ]
    listed = rows[rows["shown_as"] == LISTED]
    read = ledger.sources[ledger.sources["source_id"].isin(listed["source_id"])]
    official = (read["kind"].eq("primary") & read["read_as"].eq("original")).any()
    counts = names_listed(ledger, declaration, as_of).loc[["state"]].reindex(list(KINDS), fill_value=0)
    return {
        **{"listed": size(counts, lang), "others": ", ".join(others), "names": ", ".join(names[listed["iso3"]])},
        **{"name": short_names(ledger, lang)[declaration], "official": "" if official else say["unofficial"]},
        "day": day_in_words(ledger, [declaration], as_of, lang),
    }


def _classes(rows: pd.DataFrame, names: pd.Series, say: dict[str, str]) -> Key:
    """Return each class with its head and the texts below it: who is in it, unless that is the bulk."""
    those = {word: rows[rows["shown_as"] == word] for word in CLASSES}
    counts = {word: f" ({those[word]['entity_kind'].eq('state').sum()})" for word in CLASSES[:2]}
    afar = names[those[LISTED].loc[those[LISTED]["entity_kind"] != "state", "iso3"]]
    why = those[OTHER]["position"].where(those[OTHER]["position"] != "signed", those[OTHER]["answer"])
    told = {
        LISTED: [say["beside"].format(names=", ".join(afar))] if len(afar) else [],
        REFUSED: [", ".join(names[those[REFUSED]["iso3"]])],
        OTHER: [
            say[f"of-{word}"].format(names=", ".join(names[rows.loc[of, "iso3"]]))
            for word, of in those[OTHER].groupby(why).groups.items()
            if f"of-{word}" in say
        ],
    }
    told[OTHER] += [say["weak"]] if any("*" in text for text in told[OTHER]) else []
    shown = [word for word in CLASSES if word == OTHER or len(those[word])]
    return [(word, say[word] + counts.get(word, ""), [("", text) for text in told[word]]) for word in shown]


def _draw_world(axes: Axes, wide: float, rows: pd.DataFrame, key: Key) -> float:
    """Draw the world, below it Europe once more, and the key; return where they end."""
    narrow, below = is_narrow(wide), _draw_part(axes, rows, _WORLD, wide, 0) + 0.08
    end = _draw_part(axes, rows, _EUROPE, wide if narrow else 3.25, below)
    left, top = (0.0, end + 0.1) if narrow else (3.5, below)
    return max(end, _write_key(axes, wide, left, top, key))


def _draw_part(axes: Axes, rows: pd.DataFrame, box: Box, inches: float, top: float) -> float:
    """Draw what a box holds of the world, so many inches wide, with marks for small states; return where it ends."""
    within, europe, place = Bbox.from_extents(*box), Bbox.from_extents(*_EUROPE), _placing(axes, box, inches, top)
    on_paper, shown = TransformedBbox(within, place), rows.set_index("iso3")["shown_as"]
    end, seen = "" if box == _WORLD else "-europe", (within.width / inches) ** 2 * _SMALL
    for code, path in outlines(WORLD_FILE).items():
        extent, word = path.get_extents(), shown.get(code, OTHER)
        if len(path) > 1 and extent.overlaps(within):
            shape = PathPatch(path, transform=place, gid=code + end, lw=0.4, **_LOOKS[word])
            axes.add_artist(shape).set_clip_box(on_paper)
        small, (x, y) = code in shown and extent.width * extent.height < seen, extent.get_points().mean(axis=0)
        if small and within.contains(x, y) and (box == _EUROPE or not europe.contains(x, y)):
            # a white edge lifts a mark off a shape of its own colour
            look = _LOOKS[word] | ({"edgecolor": GREY} if word == OTHER else {})
            axes.scatter(x, y, 30, marker="s", lw=0.8, zorder=3, gid=f"{code}-mark", transform=place, **look)
    axes.add_artist(Rectangle(europe.p0, europe.width, europe.height, transform=place, fc="none", ec=GREY, lw=0.7))
    return top + within.height * inches / within.width


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
    told, names = [_site(row, ledger.names(lang), say, lang) for row in rows.itertuples()], called(ledger, lang)
    steps = {word: [*of] for word, of in rows.groupby("reached", sort=False).groups.items()}
    filled = {
        **{"country": names.get(country, country), "n": in_words(len(rows), lang), "begun": in_words(begun, lang)},
        "day": long_day(day, lang=lang, data_end=last_news(ledger)),
        "each": ". ".join(
            say[f"at-{word}"] + say["colon"] + say["and"].join(told[row] for row in of) for word, of in steps.items()
        ),
    }
    key = [(word, say[f"at-{word}"], [(f"{row + 1}", told[row]) for row in of]) for word, of in steps.items()]
    cited = [*rows["source_id"], *rows["megawatts_source_id"].dropna()]
    say = say if begun else say | {"title": say["title-none"]}
    paint = partial(_draw_sites, rows=rows, outline=outline, centre=centre, key=key)
    return put_together(ledger, "where", rows, say, filled, cited, paint, rates=False, lang=lang)


def _built(ledger: Ledger, where: Where, as_of: str | dt.date | None) -> pd.DataFrame:
    """Give the sites in the country of most with what is known of their pledges: the furthest first, then by power."""
    known = reached(ledger, status(ledger, as_of), as_of)[["pledge_id", "reached", "strength"]]
    rows = ledger.sites[ledger.sites["pledge_id"].isin(chosen(ledger, where))].dropna(subset=["latitude", "longitude"])
    rows = rows.drop(columns="note").merge(known, on="pledge_id")
    rows = rows[rows["iso3"].isin(rows["iso3"].mode().head(1))]
    order = {"step": rows["reached"].map(REACHED.index), "power": -rows["megawatts"].fillna(0)}
    return rows.assign(**order).sort_values([*order, "commune"], ignore_index=True).drop(columns=[*order])


def _draw_sites(axes: Axes, wide: float, rows: pd.DataFrame, outline: Path, centre: float, key: Key) -> float:
    """Draw the land around the sites, a numbered circle for each, and the key; return where they end."""
    spots, inches = equal_earth(rows[["longitude", "latitude"]].to_numpy(), centre), wide if is_narrow(wide) else 4.5
    # overseas parts would make the rest tiny
    low, high = spots.min(axis=0), spots.max(axis=0)
    reach, rings = max(high - low) * 0.75 + 0.02, map(np.asarray, outline.to_polygons())
    near = [ring for ring in rings if (ring.max(0) > low - reach).all() and (ring.min(0) < high + reach).all()]
    corners = np.concatenate([*near, spots])
    edge = 0.04 * np.ptp(corners[:, 0])
    box = (*(corners.min(axis=0) - edge), *(corners.max(axis=0) + edge))
    land, place = Path.make_compound_path(*map(Path, near)), _placing(axes, box, inches, 0)
    axes.add_artist(PathPatch(land, transform=place, fc="#f0f0f0", ec=GREY, lw=0.6))
    scale, size = inches / (box[2] - box[0]), rows["megawatts"].fillna(0)
    shown = (spots - [box[0], box[3]]) * [scale, -scale]
    radii = (np.sqrt(size / (size.max() or 1)) * _MOST).clip(lower=_LEAST).to_numpy()
    for spot, circle, radius, row in zip(shown, apart(shown, radii), radii, rows.itertuples(), strict=True):
        axes.plot(*zip(spot, circle, strict=True), color=GREY, lw=0.7)
        axes.add_patch(Circle(tuple(spot), 0.02, color=GREY, lw=0))
        axes.add_patch(Circle(tuple(circle), radius, lw=1, zorder=3, **_LOOKS[row.reached]))
        axes.text(
            circle[0],
            circle[1],
            f"{row.Index + 1}",
            color="white" if row.reached in STEPS[4:] else "black",
            ha="center",
            va="center_baseline",
            size=8,
            linespacing=1.2,
            weight="bold",
            zorder=4,
        )
    end = (box[3] - box[1]) * scale
    left, top = (0.0, end + 0.1) if is_narrow(wide) else (inches + 0.1, 0.0)
    return float(max(end, _write_key(axes, wide, left, top, key)))


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
        rings = [[nested]] if kind == "Point" else nested if kind == "Polygon" else chain(*nested)
        lines = [np.array(ring, dtype="float64") for ring in rings]
        # a point beyond the Bering Strait comes round on the other side, as shapes there do already
        if kind == "Point":
            lines[0][:, 0] = (lines[0][:, 0] - centre + 180) % 360 + centre - 180
        # rings that run the other way are holes
        paths = [Path(equal_earth(ring, centre), closed=len(ring) > 1) for ring in lines]
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
    a1, a2, a3, a4 = _A
    along, up = np.radians(degrees[:, 0] - centre), np.radians(degrees[:, 1])
    theta = np.arcsin(np.sqrt(3) / 2 * np.sin(up))
    slope = a1 + 3 * a2 * theta**2 + theta**6 * (7 * a3 + 9 * a4 * theta**2)
    x = 2 * np.sqrt(3) / 3 * along * np.cos(theta) / slope
    y = theta * (a1 + a2 * theta**2 + theta**6 * (a3 + a4 * theta**2))
    return np.column_stack([x, y])


def _placing(axes: Axes, box: Box, inches: float, top: float) -> Transform:
    """Return how the plane of the projection comes onto axes that count in inches."""
    scale = inches / (box[2] - box[0])
    return Affine2D().translate(-box[0], -box[3]).scale(scale, -scale).translate(0, top) + axes.transData


def _write_key(axes: Axes, wide: float, left: float, top: float, key: Key) -> float:
    """Write what each look means; return where that ends."""
    for word, head, texts in key:
        axes.add_patch(Rectangle((left, top + 0.04), 0.2, 0.12, lw=0.6, **_LOOKS[word]))
        write(axes, left + 0.28, top + 0.1, head, size=9, weight="bold")
        top += 0.2
        for number, text in texts:
            lines = wrap(text, 8, "normal", points=72 * (wide - left - 0.28))
            write(axes, left + 0.2, top + 0.08, number, ha="right", weight="bold")
            write(axes, left + 0.28, top + 0.08 + _LINE * np.arange(len(lines)), lines)
            top += _LINE * len(lines) + 0.02
        top += 0.07
    return top
