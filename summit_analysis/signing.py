"""Who stands on which declaration's list as of a day: listed, certainly not yet, or unknown."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd

from summit_analysis.amounts import Language, known_language
from summit_analysis.claims import known_ledger
from summit_analysis.days import one_day
from summit_analysis.display import alphabetical
from summit_analysis.errors import ChoiceError
from summit_analysis.words import words

if TYPE_CHECKING:
    from summit_analysis.tables import Ledger

LISTED, NOT_YET, UNKNOWN = ("listed", "not-yet", "unknown")
UNRESOLVED = "unresolved"
"""Position of a name that the first list shows and a later one does not, which proves no withdrawal."""
KINDS = ("state", "organisation")
_NAMED = ["iso3", "name_en", "name_fr", "entity_kind"]
_COLUMNS = [*_NAMED, "answer", "position", "listed_on", "date_basis", "absent_from", "listing", "source_id", "evidence"]


def last_reading(ledger: Ledger, declaration: str) -> pd.Timestamp:
    """Return the last day on which the list of a declaration was read or its names were counted.

    Raises
    ------
    ChoiceError
        If the declaration is unknown.

    >>> last_reading(ledger, "paris-2025").date()
    datetime.date(2026, 10, 1)
    """
    _adopted(ledger, declaration)
    signatures = ledger.signatures[ledger.signatures["declaration_id"] == declaration]
    counts = ledger.counts[ledger.counts["declaration_id"] == declaration]
    days = [signatures["listed_on"], signatures["absent_from"], counts["as_of"]]
    return pd.concat(days).max()


def signatories(
    ledger: Ledger, declaration: str, as_of: str | dt.date | None = None, *, lang: Language = "en"
) -> pd.DataFrame:
    """Say of each state and organisation in the tables whether its name stands under a declaration as of a day.

    Parameters
    ----------
    ledger : Ledger
    declaration : str
        Its id, such as ``paris-2025``.
    as_of : str or datetime.date, optional
        Default: the last reading of the list. Of a later day nothing more is known than on that of the last reading.
    lang : {"en", "fr"}
        Language in whose order the names are sorted.

    Returns
    -------
    pandas.DataFrame
        One row per entity that the tables name for this declaration: ``iso3``, ``name_en``, ``name_fr``,
        ``entity_kind``, and

        - ``answer``: ``listed``; ``not-yet`` (certainly on no list by then); ``unknown``: the name was first seen at a
          later reading and may have stood there before, or an earlier list shows it and a later one does not;
        - ``position``: ``signed`` (some list shows it, on whatever day), ``declined``, ``attended-not-signed``, or
          ``unresolved``: on the first list, and not on a later one read by that day;
        - ``listed_on``, ``date_basis``, ``absent_from``, ``listing``, ``source_id`` as in the table ``signatures``;
        - ``evidence``: the ``kind`` of that source (``primary``, ``news``, ``analysis``, ``seed``).

    Raises
    ------
    ChoiceError
        If the declaration is unknown.
    FrameError
        If `as_of` is not a day.

    Notes
    -----
    ``list-of-that-day`` means that the name was not there before ``listed_on``; ``reading-date`` leaves the time before
    open, except on the first day for a name that the list of that day certainly did not show (``added-later``).

    Between two readings of the list, what is not known is said to be unknown:

    >>> found = signatories(ledger, "paris-2025", "2025-06-01")
    >>> found["answer"].value_counts()
    answer
    listed     58
    unknown    10
    not-yet     9
    Name: count, dtype: int64
    """
    adopted = _adopted(ledger, declaration)
    rows = ledger.signatures[ledger.signatures["declaration_id"] == declaration]
    day = last_reading(ledger, declaration) if as_of is None else pd.Timestamp(one_day(as_of).item())
    signed = rows["position"] == "signed"
    not_on_the_first = (rows["listing"] == "added-later") & (day == adopted)
    read_later = (rows["date_basis"] == "reading-date") & (adopted <= day) & (day < rows["listed_on"])
    # somewhere between the list that shows the name and the reading that does not, it went
    going = rows["absent_from"].notna() & (rows["listed_on"] < day)
    answer = pd.Series(NOT_YET, rows.index).mask(signed & (rows["listed_on"] <= day), LISTED)
    answer = answer.mask(signed & ((read_later & ~not_on_the_first) | going), UNKNOWN)
    position = rows["position"].mask(rows["absent_from"] <= day, UNRESOLVED)
    evidence = rows["source_id"].map(ledger.sources.set_index("source_id")["kind"])
    found = rows.assign(answer=answer, position=position, evidence=evidence)
    named = found.drop(columns="entity_kind").merge(_names(ledger), on="iso3")
    return _sorted(named[_COLUMNS], lang)


def names_listed(ledger: Ledger, declaration: str, as_of: str | dt.date | None = None) -> pd.DataFrame:
    """Count the names under a declaration as of a day.

    Parameters
    ----------
    ledger : Ledger
    declaration, as_of
        As in `signatories`.

    Returns
    -------
    pandas.DataFrame
        Index ``state``, ``organisation``, ``all``; ``low`` (names certainly listed), ``high`` (with those unknown),
        ``unresolved`` (on the first list, not on a later one read by that day: in neither number).

    Besides 56 states seven were first seen, and three no longer, when the list was read again:

    >>> names_listed(ledger, "paris-2025", "2025-06-01")
                  low  high  unresolved
    entity_kind
    state          56    66           0
    organisation    2     2           0
    all            58    68           0
    """
    found = signatories(ledger, declaration, as_of)
    unresolved = found["position"] == UNRESOLVED
    flags = pd.DataFrame(
        {
            "low": found["answer"] == LISTED,
            "high": found["answer"].isin([LISTED, UNKNOWN]) & ~unresolved,
            "unresolved": unresolved,
        }
    )
    counts = flags.groupby(found["entity_kind"]).sum().reindex(list(KINDS), fill_value=0).astype("int64")
    counts.loc["all"] = counts.sum()
    return counts.rename_axis("entity_kind")


def memberships(ledger: Ledger, as_of: str | dt.date | None = None, *, lang: Language = "en") -> pd.DataFrame:
    """Put all declarations side by side: one row per entity, one column per declaration, the oldest first.

    Parameters
    ----------
    ledger : Ledger
    as_of : str or datetime.date, optional
        Default: the last reading of each list.
    lang : {"en", "fr"}
        Language in whose order the names are sorted.

    Returns
    -------
    pandas.DataFrame
        ``iso3``, ``name_en``, ``name_fr``, ``entity_kind`` and one column per ``declaration_id``: the `position` of who
        did not sign or is unresolved, else the `answer` (``not-yet`` where the tables have no row, for the lists were
        read whole).

    Who is on no list has not always declined:

    >>> table = memberships(ledger).set_index("iso3")
    >>> table.loc[["FRA", "GBR", "CHN"], ["bletchley-2023", "seoul-ministerial-2024", "paris-2025"]]
         bletchley-2023 seoul-ministerial-2024 paris-2025
    iso3
    FRA          listed                 listed     listed
    GBR          listed                 listed   declined
    CHN          listed    attended-not-signed     listed
    """
    frame = _names(ledger)
    for row in ledger.declarations.sort_values("adopted_on", kind="stable").itertuples():
        found = signatories(ledger, row.declaration_id, as_of).set_index("iso3")
        # nobody has declined what does not exist yet
        open_ = as_of is None or row.adopted_on <= pd.Timestamp(one_day(as_of).item())
        word = found["answer"].where(found["position"].eq("signed") | (not open_), found["position"])
        frame[row.declaration_id] = frame["iso3"].map(word).fillna(NOT_YET)
    return _sorted(frame, lang)


def declarations_in(frame: pd.DataFrame) -> list[str]:
    """Return the columns of `memberships` that are declarations."""
    return [column for column in frame.columns if column not in _NAMED]


def _adopted(ledger: Ledger, declaration: str) -> pd.Timestamp:
    known_ledger(ledger)
    adopted = ledger.declarations.set_index("declaration_id")["adopted_on"]
    if declaration not in adopted.index:
        raise ChoiceError("declaration", declaration, adopted.index)
    return adopted[declaration]


def _names(ledger: Ledger) -> pd.DataFrame:
    known_ledger(ledger)
    return ledger.entities.rename(columns={"entity": "name_en"})[_NAMED]


def _sorted(frame: pd.DataFrame, lang: Language) -> pd.DataFrame:
    return frame.sort_values(f"name_{known_language(lang)}", key=alphabetical, ignore_index=True)


def short_names(ledger: Ledger, lang: Language = "en") -> pd.Series:
    """Return the short name of each declaration, by ``declaration_id``, the oldest first; one without has its title.

    >>> short_names(ledger, "fr").tolist()
    ['Bletchley 2023', 'Séoul 2024, dirigeants', 'Séoul 2024, ministres', 'Paris 2025', 'New Delhi 2026']
    """
    known_ledger(ledger)
    say = words("signing", lang)
    titles = ledger.declarations.sort_values("adopted_on", kind="stable").set_index("declaration_id")["title"]
    return pd.Series({declaration: say.get(declaration, title) for declaration, title in titles.items()})


def size(counts: pd.DataFrame, lang: Language = "en") -> str:
    """Write the frame of `names_listed` in words: 63 states and 2 organisations, or 56–66 states.

    >>> size(pd.DataFrame({"low": [56, 1], "high": [66, 1]}, index=["state", "organisation"]))
    '56–66 states and 1 organisation'
    """
    say = words("signing", lang)
    parts = []
    for kind in KINDS:
        low, high = counts.loc[kind, ["low", "high"]]
        if high or kind == KINDS[0]:
            span = f"{low}" if low == high else f"{low}–{high}"
            # French takes the singular for none, English the plural
            one = high == 1 or (high == 0 and lang == "fr")
            parts.append(say[kind if one else f"{kind}s"].format(n=span))
    return say["plus"].format(one=parts[0], other=parts[1]) if len(parts) == 2 else parts[0]
