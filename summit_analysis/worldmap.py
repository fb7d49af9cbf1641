"""The shapes of the world's states, from Natural Earth, on the equal-area projection Equal Earth."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np

from summit_analysis import files

MAP_FILE = "world-110m.geojson"
CENTRE = 11.0
"""Meridian in the middle: the one that cuts through the Bering Strait at the edge, and through no state."""
_A = (1.340264, -0.081106, 0.000893, 0.003796)
"""Coefficients of Šavrič, Patterson and Jenny, The Equal Earth map projection (2018)."""

Shape = list[list[np.ndarray]]
"""Polygons, each a list of rings (the outline, then its holes), each ring of shape (n, 2)."""


def equal_earth(degrees: np.ndarray) -> np.ndarray:
    """Project places onto the plane so that equal areas stay equal.

    Parameters
    ----------
    degrees : numpy.ndarray, shape (n, 2)
        Longitude and latitude in degrees; longitudes may go beyond 180.

    Returns
    -------
    numpy.ndarray, shape (n, 2)
        x and y in radii of the Earth; the area of the whole map is that of the sphere, 4π.

    >>> equal_earth(np.array([[11.0, 0.0], [191.0, 0.0]])).round(4).tolist()
    [[0.0, 0.0], [2.7066, 0.0]]
    """
    a1, a2, a3, a4 = _A
    along, up = np.radians(degrees[:, 0] - CENTRE), np.radians(degrees[:, 1])
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
    parts = {code: geometry for code, geometry in _geometries() if geometry["type"] != "Point"}
    whole = {
        code: geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        for code, geometry in parts.items()
    }
    return {
        code: [[equal_earth(np.array(ring, dtype="float64")) for ring in polygon] for polygon in polygons]
        for code, polygons in whole.items()
    }


@cache
def points() -> dict[str, np.ndarray]:
    """Return the projected place of each state that is too small for a shape, by ISO 3166 alpha-3.

    >>> "SGP" in points(), "SGP" in shapes()
    (True, False)
    """
    places = {code: geometry["coordinates"] for code, geometry in _geometries() if geometry["type"] == "Point"}
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


def _geometries() -> list[tuple[str, dict[str, Any]]]:
    features = json.loads(files.read_text(files.shipped("data") / MAP_FILE))["features"]
    return [(feature["properties"]["iso3"], feature["geometry"]) for feature in features]
