"""What the ledger says to an amount: the verdicts, and one amount against one pledge."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from summit_analysis.hulls import Fit

if TYPE_CHECKING:
    from summit_analysis.naming import Hit


class Verdict(StrEnum):
    """What the ledger says to an amount."""

    agrees = "agrees"
    contradicts = "contradicts"
    new = "new"
    unquantified = "unquantified"
    known_not_standing = "known-not-standing"


@dataclass(frozen=True)
class Match:
    """One amount against one pledge, or against none.

    Attributes
    ----------
    verdict : Verdict
    because : str
        Key of the reason.
    pledge_id : str
        Nothing if no single pledge is meant.
    by : str
        ``amount``, ``name``, ``both`` or nothing.
    strong : bool
    fit : Fit
    off : float
        How far the amount lies above (+) or below (-) the hull, in `currency`.
    currency : str
        In which the two were compared.
    hit : Hit or None
        The name found.
    also : tuple of str
        Other pledges the reason speaks of.
    """

    verdict: Verdict
    because: str
    pledge_id: str = ""
    by: str = ""
    strong: bool = False
    fit: Fit = Fit.unknown
    off: float = np.nan
    currency: str = ""
    hit: Hit | None = None
    also: tuple[str, ...] = ()
