"""Who stands on which declaration's list as of a day, lists side by side, and the counts of the press."""

import datetime as dt

import numpy as np
import pandas as pd

from summit_analysis.base.days import one_day, period_bounds
from summit_analysis.base.errors import ChoiceError, FrameError
from summit_analysis.base.kept import kept
from summit_analysis.base.text import Language, alphabetical, in_words, known_language, words
from summit_analysis.ledger.tables import Ledger

LISTED, NOT_YET, UNKNOWN = ("listed", "not-yet", "unknown")
UNRESOLVED = "unresolved"
"""Position of a name that the first list shows and a later one does not, which proves no withdrawal."""
REFUSALS = ("declined", "attended-not-signed")
BLOCS = {"eu27": 27, "g7": 7, "g20": 19, "brics_2025": 10, "oecd": 38, "african_union": 55}
"""Column of the table ``entities`` and number of members in 2025; the G20 as its 19 states."""
CONTINENTS = {"Africa": 54, "America": 35, "Asia": 48, "Europe": 44, "Oceania": 14}
"""Member and observer states of the United Nations, by their own geographical scheme, with one America."""
List = str | tuple[str, str | dt.date]
"""A declaration, or a declaration and a day."""
KINDS = ("state", "organisation")
MEASURES = {"states": "state", "all": "all"}
"""What a count is of, and the row of `names_listed` it is held against."""
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
    rows = pd.concat([ledger.signatures, ledger.counts])
    return rows.loc[rows["declaration_id"] == declaration, ["listed_on", "absent_from", "as_of"]].max().max()


@kept
def signatories(
    ledger: Ledger, declaration: str, as_of: str | dt.date | None = None, *, lang: Language = "en"
) -> pd.DataFrame:
    """Say of each state and organisation in the tables whether its name stands under a declaration as of a day.

    Parameters
    ----------
    ledger : Ledger
    declaration : str
        Its id, such as ``bletchley-2023``.
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
    evidence = ledger.sources.set_index("source_id")["kind"].rename("evidence")
    found = _as_of(ledger, declaration, as_of).drop(columns="entity_kind").join(evidence, on="source_id")
    return _sorted(_names(ledger).merge(found, on="iso3")[_COLUMNS], lang)


@kept
def _as_of(ledger: Ledger, declaration: str, as_of: str | dt.date | None) -> pd.DataFrame:
    """Give the rows of a declaration, by ``iso3``, their ``answer`` and ``position`` as of a day.

    And ``word``: the position of who did not sign, else the answer; ``low``, ``high``: certainly, and possibly, listed;
    ``unresolved``: on the first list, not on a later one.
    """
    adopted = _adopted(ledger, declaration)
    rows = ledger.signatures[ledger.signatures["declaration_id"] == declaration].set_index("iso3")
    day = last_reading(ledger, declaration) if as_of is None else pd.Timestamp(one_day(as_of))
    signed = rows["position"] == "signed"
    not_on_the_first = (rows["listing"] == "added-later") & (day == adopted)
    read_later = (rows["date_basis"] == "reading-date") & (adopted <= day) & (day < rows["listed_on"])
    # somewhere between the list that shows the name and the reading that does not, it went
    going = rows["absent_from"].notna() & (rows["listed_on"] < day)
    answer = pd.Series(NOT_YET, rows.index).mask(signed & (rows["listed_on"] <= day), LISTED)
    answer = answer.mask(signed & ((read_later & ~not_on_the_first) | going), UNKNOWN)
    position = rows["position"].mask(rows["absent_from"] <= day, UNRESOLVED)
    # nobody has declined what does not exist yet
    word = answer.where((position == "signed") | (day < adopted), position)
    unresolved = position == UNRESOLVED
    return rows.assign(
        answer=answer,
        position=position,
        word=word,
        low=answer == LISTED,
        high=answer.isin([LISTED, UNKNOWN]) & ~unresolved,
        unresolved=unresolved,
    )


@kept
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
    counts = (
        _as_of(ledger, declaration, as_of)
        .groupby("entity_kind")[["low", "high", "unresolved"]]
        .sum()
        .reindex(list(KINDS), fill_value=0)
    )
    counts.loc["all"] = counts.sum()
    return counts


@kept
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
    for declaration in short_names(ledger).index:
        frame[declaration] = _words(ledger, declaration, as_of, frame["iso3"])
    return _sorted(frame, lang)


def _words(ledger: Ledger, declaration: str, as_of: str | dt.date | None, codes: pd.Series) -> np.ndarray:
    """Return the ``word`` of each code; of whom the tables have no row, ``not-yet``: the lists were read whole."""
    return np.asarray(_as_of(ledger, declaration, as_of)["word"].reindex(codes, fill_value=NOT_YET))


def _adopted(ledger: Ledger, declaration: str) -> pd.Timestamp:
    adopted = ledger.declarations.set_index("declaration_id")["adopted_on"]
    if declaration not in list(adopted.index):
        raise ChoiceError("declaration", declaration, adopted.index)
    return adopted[declaration]


def _names(ledger: Ledger) -> pd.DataFrame:
    return ledger.entities.rename(columns={"entity": "name_en"})[_NAMED]


def _sorted(frame: pd.DataFrame, lang: Language) -> pd.DataFrame:
    return frame.sort_values(f"name_{known_language(lang)}", key=alphabetical, ignore_index=True)


def short_names(ledger: Ledger, lang: Language = "en") -> pd.Series:
    """Return the short name of each declaration, by ``declaration_id``, the oldest first; one without has its title.

    >>> short_names(ledger, "fr").tolist()
    ['Bletchley 2023', 'Séoul 2024, dirigeants', 'Séoul 2024, ministres', 'Paris 2025', 'New Delhi 2026']
    """
    rows = ledger.declarations.sort_values("adopted_on", kind="stable").set_index("declaration_id")
    return rows[f"short_{known_language(lang)}"].fillna(rows["title"])


def size(counts: pd.DataFrame, lang: Language = "en") -> str:
    """Write the frame of `names_listed` in words: 63 states and two organisations, or 56–66 states.

    >>> size(pd.DataFrame({"low": [56, 1], "high": [66, 1]}, index=["state", "organisation"]))
    '56–66 states and one organisation'
    """
    say = words("signing", lang)
    # French takes the singular for none, English the plural
    single = (0, 1) if lang == "fr" else (1,)
    parts = [
        say[kind if high in single else f"{kind}s"].format(
            n=in_words(low, lang) if 0 < low == high else f"{low}–{high}" if low < high else "0"
        )
        for kind, low, high in counts.loc[list(KINDS), ["low", "high"]].itertuples()
        if high or kind == KINDS[0]
    ]
    return say["plus"].format(one=parts[0], other=parts[1]) if len(parts) == 2 else parts[0]


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
    (first, day_a), (second, day_b) = (
        one if isinstance(one, tuple) and len(one) == 2 else (one, as_of) for one in (a, b)
    )
    if (first, day_a) == (second, day_b):
        raise FrameError(f"both lists are {first!r} of the same day; give two declarations, or one with two days")
    frame = _sorted(_names(ledger), lang)
    for column, name, day in (("in_a", first, day_a), ("in_b", second, day_b)):
        frame[column] = _words(ledger, name, day, frame["iso3"])
    on_a, on_b = frame["in_a"] == LISTED, frame["in_b"] == LISTED
    maybe_a, maybe_b = (frame[column].isin([UNKNOWN, UNRESOLVED]) for column in ("in_a", "in_b"))
    frame["change"] = np.select(
        [on_a & on_b, frame["in_b"] == UNRESOLVED, maybe_a | maybe_b, on_b],
        ["stayed", UNRESOLVED, UNKNOWN, "joined"],
        "not-on-later-list",
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
    declarations = frame.columns.drop(_NAMED).tolist()
    on, states = frame[declarations].eq(LISTED), frame["entity_kind"].eq("state")
    on = on.assign(lists=on.sum(axis=1), states=states, organisations=~states, iso3s=frame["iso3"])
    found = (
        on[on["lists"] > 0]
        .groupby([*declarations, "lists"], as_index=False)
        .agg(
            size=("iso3s", "size"),
            states=("states", "sum"),
            organisations=("organisations", "sum"),
            iso3s=("iso3s", ";".join),
        )
        # equal sizes: the more declarations, the higher
        .sort_values(["size", "lists", *declarations], ascending=False, ignore_index=True)
    )
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
    said = frame.drop(columns=_NAMED)
    refused, declined = (said.isin(kinds).any(axis=1) for kinds in (REFUSALS, REFUSALS[:1]))
    rows = frame[said.eq(LISTED).any(axis=1) & refused]
    return rows.sort_index(key=lambda places: ~declined[places], kind="stable", ignore_index=True)


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
    found = _as_of(ledger, declaration, as_of)
    states = ledger.entities[ledger.entities["entity_kind"] == "state"].set_index("iso3")
    inside = pd.DataFrame(
        {bloc: states[bloc].eq(True) for bloc in BLOCS}
        | {continent: states["continent"].eq(continent) for continent in CONTINENTS}
    )
    counts = {end: inside[states.index.isin(found.index[found[end]])].sum() for end in ("low", "high")}
    return pd.DataFrame({**counts, "members": BLOCS | CONTINENTS}).rename_axis("bloc").reset_index()


def weakly_refused(ledger: Ledger, declaration: str) -> list[str]:
    """Return the codes of those whose declining, or coming without signing, only an analysis or commentary reports."""
    found = signatories(ledger, declaration)
    return list(found.loc[found["position"].isin(REFUSALS) & found["evidence"].eq("analysis"), "iso3"])


@kept
def claimed_counts(ledger: Ledger, declaration: str) -> pd.DataFrame:
    """Hold every count of signatories against the names listed on its day.

    Parameters
    ----------
    ledger : Ledger
    declaration : str
        Its id, such as ``bletchley-2023``.

    Returns
    -------
    pandas.DataFrame
        One row per figure printed, a source that prints two having two; in order of days, those without a day last:

        - ``source_id``, ``as_of``, ``note`` as in the table ``counts``;
        - ``first_on``, ``last_on``: the days it can speak of: its own, else the day or month of its source, else
          any day from the adoption to the last reading;
        - ``measure``: ``states``, or ``all`` (with organisations); ``count``: the figure;
        - ``low``, ``high``: how many names of that measure were certainly and possibly listed on those days;
        - ``difference``: by how many ``count`` is above or below that, 0 within;
        - ``fits``: ``names`` (as many were listed), ``possible`` (inside an open range), ``other-measure`` (as many
          were listed with organisations, or without), ``neither``.

    Raises
    ------
    ChoiceError
        If the declaration is unknown.

    The 61 of the first reports are one more than the names on the list of that day:

    >>> counts = claimed_counts(ledger, "paris-2025").set_index("source_id")
    >>> print(*counts.loc["thejournal-61-202502", ["measure", "count", "low", "high", "fits"]])
    all 61 60 60 neither
    """
    until, adopted = last_reading(ledger, declaration), _adopted(ledger, declaration)
    counts = ledger.counts[ledger.counts["declaration_id"] == declaration].merge(
        ledger.sources[["source_id", "published_on", "published_period"]], on="source_id"
    )
    begins, ends = period_bounds(counts["published_period"])
    known = counts["as_of"].fillna(counts["published_on"])
    # a page of the month of adoption cannot count names before there are any
    first = known.fillna(begins.clip(lower=adopted)).fillna(adopted)
    last = known.fillna(ends.clip(upper=until)).fillna(until)
    rows = (
        counts.assign(first_on=first, last_on=last, states=counts["count_states"], all=counts["count_total"])
        .melt(["source_id", "as_of", "first_on", "last_on", "note"], list(MEASURES), "measure", "count")
        .dropna(subset="count")
        .astype({"count": "int64"})
    )
    spans = [names_between(ledger, declaration, row.first_on, row.last_on) for row in rows.itertuples()]
    for end in ("low", "high"):
        rows[end] = [names.loc[MEASURES[of], end] for names, of in zip(spans, rows["measure"], strict=True)]
    rows["difference"] = rows["count"] - rows["count"].clip(rows["low"], rows["high"])
    inside, known = rows["difference"] == 0, rows["low"] == rows["high"]
    # as many were listed with organisations, or without
    other = [
        names.loc[[*MEASURES.values()]].eq(count).all(axis=1).any()
        for names, count in zip(spans, rows["count"], strict=True)
    ]
    rows["fits"] = np.select(
        [inside & known, inside, np.array(other, dtype="bool")], ["names", "possible", "other-measure"], "neither"
    )
    by = ["as_of", "first_on", "last_on", "source_id", "measure"]
    rows = rows.sort_values(by, ascending=[True] * 4 + [False], na_position="last", ignore_index=True)
    return rows[["source_id", *by[:3], "measure", "count", "low", "high", "difference", "fits", "note"]]


@kept
def names_between(ledger: Ledger, declaration: str, first: pd.Timestamp, last: pd.Timestamp) -> pd.DataFrame:
    """Count the names listed at least (``low``) and at most (``high``) on any day of a span, as `names_listed` does."""
    rows = ledger.signatures[ledger.signatures["declaration_id"] == declaration]
    moves = pd.concat([rows["listed_on"], rows["absent_from"]])
    # what is known changes on the days of the table, and on the day after
    changes = pd.concat([moves, moves + pd.Timedelta(days=1)])
    days = {first, last, *changes[changes.between(first, last)]}
    found = pd.concat([names_listed(ledger, declaration, day.date()) for day in days]).groupby(level=0, sort=False)
    return found.agg({"low": "min", "high": "max"})
