"""Lists of signatories side by side: who joined, who stayed, who changed sides, which blocs, which combinations."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from summit_analysis.amounts import Language
from summit_analysis.errors import FrameError
from summit_analysis.signing import (
    LISTED,
    NOT_YET,
    UNKNOWN,
    UNRESOLVED,
    declarations_in,
    memberships,
    signatories,
)

if TYPE_CHECKING:
    from summit_analysis.tables import Ledger

STAYED, JOINED, GONE = "stayed", "joined", "not-on-later-list"
REFUSALS = ("declined", "attended-not-signed")
BLOCS = {"eu27": 27, "g7": 7, "g20": 19, "brics_2025": 10, "oecd": 38, "african_union": 55}
"""Column of the table ``entities`` and number of members in 2025; the G20 as its 19 states."""
CONTINENTS = {"Africa": 54, "America": 35, "Asia": 48, "Europe": 44, "Oceania": 14}
"""Member and observer states of the United Nations, by their own geographical scheme, with one America."""

List = str | tuple[str, str | dt.date]
"""A declaration, or a declaration and a day."""


def compare_lists(
    ledger: Ledger, a: List, b: List, as_of: str | dt.date | None = None, *, lang: Language = "en"
) -> pd.DataFrame:
    """Compare two lists of signatories, or one list on two days.

    Parameters
    ----------
    ledger : Ledger
    a, b : str or (str, str or datetime.date)
        A declaration, the earlier one first; with a day of its own, ``("paris-2025", "2025-02-11")``, to compare one
        list with itself.
    as_of : str or datetime.date, optional
        Day for a list without one. Default: its last reading.
    lang : {"en", "fr"}
        Language in whose order the names are sorted.

    Returns
    -------
    pandas.DataFrame
        One row per entity that stands, or may stand, on one of the two: ``iso3``, ``name_en``, ``name_fr``,
        ``entity_kind``, ``in_a`` and ``in_b`` (a `position` other than ``signed``, else an `answer`), and ``change``:

        - ``stayed``: on both;
        - ``joined``: on `b`, certainly not on `a`;
        - ``not-on-later-list``: on `a`, certainly not on `b`: nobody "withdrew" without evidence;
        - ``unresolved``: `b` is a list that showed the name once and later did not;
        - ``unknown``: of one of the two the answer is not known.

    Raises
    ------
    ChoiceError
        If a declaration is unknown.
    FrameError
        If a day is none, or `a` and `b` are the same list.

    On the first list, certainly not on the later one:

    >>> found = compare_lists(ledger, "bletchley-2023", "paris-2025")
    >>> found.loc[found["change"] == "not-on-later-list", "name_en"].tolist()
    ['Israel', 'Philippines', 'Saudi Arabia', 'Turkey', 'United Kingdom', 'United States']
    """
    (first, day_a), (second, day_b) = (one if isinstance(one, tuple) else (one, as_of) for one in (a, b))
    if (first, day_a) == (second, day_b):
        raise FrameError(f"both lists are {first!r} of the same day; give two declarations, or one with two days")
    of_a, of_b = (_words(ledger, name, day) for name, day in ((first, day_a), (second, day_b)))
    frame = memberships(ledger, lang=lang)[["iso3", "name_en", "name_fr", "entity_kind"]]
    frame = frame.assign(in_a=frame["iso3"].map(of_a).fillna(NOT_YET), in_b=frame["iso3"].map(of_b).fillna(NOT_YET))
    on_a, on_b = frame["in_a"] == LISTED, frame["in_b"] == LISTED
    maybe_a, maybe_b = (frame[column].isin([UNKNOWN, UNRESOLVED]) for column in ("in_a", "in_b"))
    frame["change"] = np.select(
        [on_a & on_b, frame["in_b"] == UNRESOLVED, maybe_a | maybe_b, on_b],
        [STAYED, UNRESOLVED, UNKNOWN, JOINED],
        GONE,
    )
    return frame[on_a | on_b | maybe_a | maybe_b].reset_index(drop=True)


def exclusive_intersections(ledger: Ledger, as_of: str | dt.date | None = None) -> pd.DataFrame:
    """Group the signatories by the declarations on which they certainly stand, those and no others.

    Parameters
    ----------
    ledger : Ledger
    as_of : str or datetime.date, optional
        Default: the last reading of each list.

    Returns
    -------
    pandas.DataFrame
        One row per combination that occurs, the largest first: one ``bool`` column per ``declaration_id``, ``states``,
        ``organisations``, ``iso3s`` (codes, joined by semicolons, in the order of English names). Who certainly stands
        on no list is in no row.

    Two states stand on every list but that of Paris:

    >>> exclusive_intersections(ledger).set_index("iso3s").loc["GBR;USA"]
    bletchley-2023             True
    seoul-leaders-2024         True
    seoul-ministerial-2024     True
    paris-2025                False
    newdelhi-2026              True
    states                        2
    organisations                 0
    Name: GBR;USA, dtype: object
    """
    frame = memberships(ledger, as_of)
    declarations = declarations_in(frame)
    on = frame[declarations].eq(LISTED).assign(iso3=frame["iso3"], state=frame["entity_kind"] == "state")
    on = on[on[declarations].any(axis=1)]
    grouped = on.groupby(declarations).agg(
        states=("state", "sum"), entities=("state", "size"), iso3s=("iso3", ";".join)
    )
    grouped["organisations"] = grouped["entities"] - grouped["states"]
    # equal sizes: the more declarations, the higher
    found = grouped.reset_index().assign(lists=lambda rows: rows[declarations].sum(axis=1))
    found = found.sort_values(["entities", "lists", *declarations], ascending=False, kind="stable", ignore_index=True)
    return found[[*declarations, "states", "organisations", "iso3s"]]


def changed_sides(ledger: Ledger, as_of: str | dt.date | None = None, *, lang: Language = "en") -> pd.DataFrame:
    """Return who stands on one declaration and is known to have declined, or attended without signing, another.

    Parameters
    ----------
    ledger : Ledger
    as_of, lang
        As in `memberships`.

    Returns
    -------
    pandas.DataFrame
        Those rows of `memberships`, who declined first. Who is merely absent from a list has not changed sides.

    China signed in Paris, and had stayed off one list in Seoul:

    >>> changed_sides(ledger)[["name_en", "seoul-ministerial-2024", "paris-2025"]]
              name_en seoul-ministerial-2024           paris-2025
    0          Israel                 listed             declined
    1  United Kingdom                 listed             declined
    2   United States                 listed             declined
    3           China    attended-not-signed               listed
    4    Saudi Arabia                 listed  attended-not-signed
    """
    frame = memberships(ledger, as_of, lang=lang)
    words = frame[declarations_in(frame)]
    both = words.eq(LISTED).any(axis=1) & words.isin(REFUSALS).any(axis=1)
    declined = words.eq(REFUSALS[0]).any(axis=1)
    return pd.concat([frame[both & declined], frame[both & ~declined]], ignore_index=True)


def blocs(ledger: Ledger, declaration: str, as_of: str | dt.date | None = None) -> pd.DataFrame:
    """Count how many members of each bloc and states of each continent stand under a declaration.

    Parameters
    ----------
    ledger : Ledger
    declaration, as_of
        As in `signatories`.

    Returns
    -------
    pandas.DataFrame
        ``bloc`` (a key of `BLOCS` or `CONTINENTS`), ``low`` (certainly listed), ``high`` (with those unknown),
        ``members`` (how many it has in all). Blocs overlap; continents do not.

    Raises
    ------
    ChoiceError
        If the declaration is unknown.

    Five of the G7 signed; Britain and the United States declined:

    >>> blocs(ledger, "paris-2025").set_index("bloc").loc[["g7", "eu27"]]
          low  high  members
    bloc
    g7      5     5        7
    eu27   27    27       27
    """
    found = signatories(ledger, declaration, as_of).set_index("iso3")
    states = ledger.entities[ledger.entities["entity_kind"] == "state"].set_index("iso3")
    sure = states.index.isin(found.index[found["answer"] == LISTED])
    maybe = states.index.isin(found.index[(found["answer"] == UNKNOWN) & (found["position"] != UNRESOLVED)])
    inside = {bloc: states[bloc].eq(True).to_numpy() for bloc in BLOCS}
    inside |= {continent: states["continent"].eq(continent).to_numpy() for continent in CONTINENTS}
    rows = [(bloc, (sure & here).sum(), ((sure | maybe) & here).sum()) for bloc, here in inside.items()]
    return pd.DataFrame(rows, columns=["bloc", "low", "high"]).assign(members=[*BLOCS.values(), *CONTINENTS.values()])


def weakly_refused(ledger: Ledger, declaration: str) -> list[str]:
    """Return the codes of those whose declining, or coming without signing, only an analysis or commentary reports."""
    found = signatories(ledger, declaration)
    weakly = found["position"].isin(REFUSALS) & (found["evidence"] == "analysis")
    codes: list[str] = found.loc[weakly, "iso3"].tolist()
    return codes


def _words(ledger: Ledger, declaration: str, day: str | dt.date | None) -> pd.Series:
    found = signatories(ledger, declaration, day).set_index("iso3")
    return found["answer"].where(found["position"] == "signed", found["position"])
