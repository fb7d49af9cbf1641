"""Outlines of states on a plane, and a key beside a map: what maps are made of."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from summit_analysis.base import files
from summit_analysis.charts.canvas import Style, axes_inches, wrap
from summit_analysis.charts.marks import write

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.path import Path
    from matplotlib.transforms import Transform

WORLD_FILE, OUTLINES_FILE = "world-110m.geojson", "outlines-50m.geojson"
CENTRE = 11.0
"""Meridian in the middle of the world: it cuts through the Bering Strait at the edge, and through no state."""
_A = (1.340264, -0.081106, 0.000893, 0.003796)
"""Coefficients of Šavrič, Patterson and Jenny, The Equal Earth map projection (2018)."""
_LINE = 0.155
"""Inches from line to line."""
Box = tuple[float, float, float, float]
"""Left, bottom, right, top, in the units of the projection."""


@cache
def outlines(name: str, centre: float = CENTRE) -> dict[str, Path]:
    """Return the shapes of a file, projected, by ISO 3166 alpha-3; of a state too small for one it is a single point.

    >>> world = outlines(WORLD_FILE)
    >>> len(world["SGP"]), len(world["FRA"]) > 1
    (1, True)
    """
    from matplotlib.path import Path

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


def placing(axes: Axes, box: Box, inches: float, top: float) -> Transform:
    """Return how the plane of the projection comes onto axes that count in inches."""
    from matplotlib.transforms import Affine2D

    scale = inches / (box[2] - box[0])
    return Affine2D().translate(-box[0], -box[3]).scale(scale, -scale).translate(0, top) + axes.transData


def write_key(axes: Axes, left: float, top: float, key: Iterable[tuple[Style, str, list[tuple[str, str]]]]) -> float:
    """Write what each paint means and, below, what has it, with a number or without; return where that ends."""
    from matplotlib.patches import Rectangle

    for paint, head, texts in key:
        axes.add_patch(Rectangle((left, top + 0.04), 0.2, 0.12, lw=0.6, **paint))
        write(axes, left + 0.28, top + 0.1, head, size=9, weight="bold")
        top += 0.2
        for number, text in texts:
            lines = wrap(text, 8, points=72 * (axes_inches() - left - 0.28))
            write(axes, left + 0.2, top + 0.08, number, ha="right", weight="bold")
            write(axes, left + 0.28, top + 0.08 + _LINE * np.arange(len(lines)), lines)
            top += _LINE * len(lines) + 0.02
        top += 0.07
    return top
