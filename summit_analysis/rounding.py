"""How much a printed amount leaves open because it was rounded to its last printed digit."""

from __future__ import annotations

import math
import re

APPROX_AT_MOST = 0.05
"""An amount called approximate, or written in words, is off by at most this share of itself."""

_MOST_DIGITS = 30
_DIGITS = re.compile(r"\d(?:[\d\s.,'’]*\d)?")
_NOT_DIGIT = re.compile(r"\D")


def half_units(span: str, low: float, high: float, qualifier: str) -> tuple[float, float]:
    """Return by how much the two figures of an amount may have been rounded, up or down.

    Parameters
    ----------
    span : str
        The amount as printed.
    low, high : float
        What it says, in whole currency units; NaN if it has no figure.
    qualifier : str
        As in the ledger's claims.

    Returns
    -------
    tuple of float
        Half a unit of the last digit printed, of `low` and of `high`: "109 billion" stands for 108.5 to 109.5 billion.
        Called approximate, or in words, it is half a unit of the last digit that is not 0, but at most 5 % of the
        figure: "about 110 billion" stands for 105 to 115.

    >>> half_units("€109bn", 109e9, 109e9, "exact")
    (500000000.0, 500000000.0)
    >>> half_units("30 to 50.0 billion", 30e9, 50e9, "range")
    (500000000.0, 50000000.0)
    >>> half_units("about 110 billion", 110e9, 110e9, "approx")
    (5000000000.0, 5000000000.0)
    """
    printed = [_NOT_DIGIT.sub("", digits) for digits in _DIGITS.findall(span)] or [""]
    loose = qualifier == "approx"
    return _half_unit(printed[0], low, loose), _half_unit(printed[-1], high, loose)


def _half_unit(digits: str, figure: float, loose: bool) -> float:
    if not figure > 0:
        return 0.0 if figure == 0 else math.nan
    unit = figure / int(digits) if digits.strip("0") and len(digits) <= _MOST_DIGITS else 0.0
    if loose or not unit or not _is_power_of_ten(unit):
        return min(_last_digit(figure) / 2, APPROX_AT_MOST * figure)
    return unit / 2


def _last_digit(figure: float) -> float:
    """Return the size of the last digit that is not 0 (1e9 for 109e9, 1e10 for 110e9)."""
    digits, exponent = f"{figure:.11e}".split("e")
    return 10.0 ** (int(exponent) - len(digits.rstrip("0").partition(".")[2]))


def _is_power_of_ten(unit: float) -> bool:
    exponent = math.log10(unit)
    return math.isclose(exponent, round(exponent), abs_tol=1e-9)
