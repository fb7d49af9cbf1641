"""Lists of signatories: names per declaration and day, three answers, nobody withdrew, sets computed from the file."""

import dataclasses
import itertools
from functools import partial

import pandas as pd
import pytest

import summit_analysis as sa
from printed import cells
from refusals import misses
from summit_analysis import claimed_counts, compare_lists, load, memberships, names_listed, signatories
from summit_analysis.base.errors import ChoiceError, FrameError
from summit_analysis.base.text import alphabetical
from summit_analysis.signatures import last_reading, names_between, short_names, size, weakly_refused

BLETCHLEY, LEADERS, MINISTERS = "bletchley-2023", "seoul-leaders-2024", "seoul-ministerial-2024"
PARIS, DELHI = "paris-2025", "newdelhi-2026"
DECLARATIONS = [BLETCHLEY, LEADERS, MINISTERS, PARIS, DELHI]
UNRESOLVED = {"ARE", "VAT", "ZAF"}
ROWS = cells("signatures")


def signed(declaration, **cells):
    """Codes of the names of a declaration whose cells are these."""
    wanted = cells | {"declaration_id": declaration, "position": "signed"}
    return {row["iso3"] for row in ROWS if wanted.items() <= row.items()}


def codes(frame, column, *words):
    return set(frame.loc[frame[column].isin(words), "iso3"])


LISTED = {
    (BLETCHLEY, "2023-10-31"): [0, 0, 0],
    (BLETCHLEY, "2024-10-22"): [28, 1, 29],
    (BLETCHLEY, "2024-10-23"): [29, 1, 30],
    (MINISTERS, None): [27, 1, 28],
    (PARIS, "2025-02-10"): [0, 0, 0],
    (DELHI, None): [90, 2, 92],
}
FIRST_LIST_ONLY = {
    "2025-02-10": ["not-yet", "signed"],
    "2025-02-11": ["listed", "signed"],
    "2025-02-12": ["unknown", "signed"],
    "2026-05-19": ["unknown", "signed"],
    "2026-05-20": ["unknown", "unresolved"],
}


def test_names_per_declaration_and_day(ledger):
    for bound in ("low", "high"):
        assert {asked: names_listed(ledger, *asked)[bound].tolist() for asked in LISTED} == LISTED


def test_after_the_last_reading_of_any_table_nothing_more_is_known(ledger):
    for declaration in DECLARATIONS:
        found = signatories(ledger, declaration)
        assert codes(found, "answer", "listed") == signed(declaration, absent_from="")
        dated = [(ROWS, "listed_on"), (ROWS, "absent_from"), (cells("counts"), "as_of")]
        days = [row[day] for table, day in dated for row in table if row["declaration_id"] == declaration]
        assert str(last_reading(ledger, declaration).date()) == max(days)
        pd.testing.assert_frame_equal(signatories(ledger, declaration, "2029-01-01"), found)


def test_between_two_readings_is_unknown_what_only_the_later_shows_and_what_it_no_longer_shows(ledger):
    for declaration, day, again in ((PARIS, "2025-02-11", "2025-06-01"), (DELHI, "2026-02-21", "2026-09-30")):
        late, added = signed(declaration, date_basis="reading-date"), signed(declaration, listing="added-later")
        gone = UNRESOLVED if declaration == PARIS else set()
        found = signatories(ledger, declaration, again)
        assert codes(found, "answer", "unknown") == late | gone
        assert codes(found, "answer", "listed") == signed(declaration) - late - gone
        # on the first day who was added later is certainly not there
        first = signatories(ledger, declaration, day)
        assert codes(first, "answer", "unknown") == late - added
        assert added
        assert added <= codes(first, "answer", "not-yet")
    for day, words in FIRST_LIST_ONLY.items():
        found = signatories(ledger, PARIS, day).set_index("iso3").loc[sorted(UNRESOLVED), ["answer", "position"]]
        assert found.drop_duplicates().values.tolist() == [words], day


def test_nobody_declined_what_did_not_exist_and_who_did_by_an_analysis_alone_is_named(ledger):
    for day, word in (("2025-02-11", "declined"), ("2025-02-10", "not-yet")):
        assert memberships(ledger, day).set_index("iso3").loc[["GBR", "USA"], PARIS].tolist() == [word, word]
    assert sa.changed_sides(ledger, "2024-01-01").empty
    assert weakly_refused(ledger, PARIS) == ["ISR"]


def test_two_lists_are_compared_by_sets(ledger):
    first = signed(PARIS) - signed(PARIS, listing="added-later")
    last = signed(PARIS) - signed(PARIS, listing="day-one-only")
    pairs = {((PARIS, "2025-02-11"), PARIS): (first, last, first - last)}
    for a, b in itertools.pairwise(DECLARATIONS):
        # whoever is unresolved on one of the two is in none of these
        apart = UNRESOLVED if PARIS in (a, b) else set()
        pairs[a, b] = (*(signed(name, absent_from="") | apart for name in (a, b)), apart)
    for (a, b), (of_a, of_b, apart) in pairs.items():
        found = compare_lists(ledger, a, b)
        assert codes(found, "change", "stayed") == (of_a & of_b) - apart
        assert codes(found, "change", "joined") == of_b - of_a - apart
        assert codes(found, "change", "not-on-later-list") == of_a - of_b - apart
        assert codes(found, "change", "unresolved", "unknown") == apart
    # an open answer makes no change
    found = compare_lists(ledger, PARIS, DELHI, as_of="2026-02-21").set_index("iso3")["change"]
    assert set(found.reindex(list(signed(DELHI, date_basis="reading-date")))) == {"unknown"}


def test_every_figure_of_the_counts_is_held_against_the_list_and_why_it_differs(ledger):
    for declaration in DECLARATIONS:
        found = claimed_counts(ledger, declaration)
        table = ledger.counts[ledger.counts["declaration_id"] == declaration]
        assert sorted(found["count"]) == sorted([*table["count_states"].dropna(), *table["count_total"].dropna()])
        inside = found["count"].between(found["low"], found["high"])
        assert (found["difference"].eq(0) == inside).all()
        assert found["fits"].isin(["names", "possible"]).eq(inside).all()
    # a count before the list meets no names
    # a declaration that no page counts once ended the report in a TypeError
    assert claimed_counts(dataclasses.replace(ledger, counts=ledger.counts.head(0)), PARIS).empty
    first = claimed_counts(ledger, DELHI).iloc[0]
    assert first[["count", "low", "high", "difference"]].tolist() == [70, 0, 0, 70]


def test_of_a_span_the_least_and_the_most_of_its_days_are_told(ledger):
    for first, last in (("2025-02-11", "2025-02-28"), ("2026-05-18", "2026-05-20")):
        days = pd.date_range(first, last)
        each = [names_listed(ledger, PARIS, day.date()).loc["all"] for day in days]
        span = names_between(ledger, PARIS, days[0], days[-1]).loc["all"]
        assert span.tolist() == [min(one["low"] for one in each), max(one["high"] for one in each)]


def test_names_are_sorted_as_the_language_does_and_rows_numbered_in_their_order(ledger):
    ordered = ["cote", "coté", "côté", "odeur", "Œil", "œuvre", "offre", "Oman", "Zürich"]
    assert pd.Series(ordered[::-1]).sort_values(key=alphabetical).tolist() == ordered
    named = partial(signatories, declaration=PARIS, lang="fr"), partial(claimed_counts, declaration=PARIS)
    frames = [ask(ledger) for ask in (*named, memberships, sa.exclusive_intersections, sa.changed_sides)]
    assert [frame.index.tolist() for frame in frames] == [list(range(len(frame))) for frame in frames]
    assert frames[0]["name_fr"].equals(frames[0]["name_fr"].sort_values(key=alphabetical))


def test_a_declaration_without_a_short_name_has_its_title_and_sizes_are_said_in_words(ledger):
    titles = short_names(dataclasses.replace(ledger, declarations=ledger.declarations.assign(short_en=None)))
    assert titles.to_dict() == ledger.declarations.set_index("declaration_id")["title"].to_dict()
    sizes = {
        ((1, 1), (1, 1)): ("one state and one organisation", "un État et une organisation"),
        ((0, 0), (0, 0)): ("0 states", "0 État"),
        ((0, 1), (0, 0)): ("0–1 state", "0–1 État"),
        ((56, 66), (2, 2)): ("56–66 states and two organisations", "56–66 États et deux organisations"),
    }
    frames = {one: pd.DataFrame(one, ["state", "organisation"], ["low", "high"]) for one in sizes}
    assert {one: (size(frame), size(frame, "fr")) for one, frame in frames.items()} == sizes


def test_what_no_organisation_signed_counts_none_and_what_is_worked_out_is_worked_out_once(ledger, anew):
    states = ledger.entities.loc[ledger.entities["entity_kind"] == "state", "iso3"]
    alone = dataclasses.replace(ledger, signatures=ledger.signatures[ledger.signatures["iso3"].isin(states)])
    assert names_listed(alone, PARIS).loc["organisation"].tolist() == [0, 0, 0]
    works = [partial(work, ledger, PARIS) for work in (signatories, names_listed, claimed_counts)]
    works += [partial(memberships, ledger), partial(names_between, ledger, PARIS, *[pd.Timestamp("2025-02-11")] * 2)]
    assert anew(*works) == []


WRONG = [
    (sa.blocs, ("paris",), "choose one of: bletchley-2023"),
    # a list of declarations, or a pair without its day, once was a bare error
    (claimed_counts, ([PARIS],), "choose one of: bletchley-2023"),
    (compare_lists, ((PARIS,), BLETCHLEY), "choose one of: bletchley-2023"),
    (signatories, (PARIS, "2025-02-30"), "2025-02-30"),
    (partial(memberships, lang="de"), (), "'de'"),
    # a list is not compared with itself
    (compare_lists, (PARIS, PARIS), f"both lists are '{PARIS}'"),
    (compare_lists, ((PARIS, "2025-02-11"), PARIS, "2025-02-11"), f"both lists are '{PARIS}'"),
]


def test_what_is_not_known_is_a_choice_or_a_day(ledger):
    rows = {str(row): (partial(ask, ledger, *given), said) for row, (ask, given, said) in enumerate(WRONG)}
    assert misses((ChoiceError, FrameError), rows) == {}


def test_a_new_signature_counts_from_its_day_and_a_state_with_a_code_of_its_own_is_on_no_map(tables):
    tables.append("entities", "Sealand,XSL,state,Sealand,,,,Europe,no,no,no,no,no,no\n")
    row = f"{PARIS},Sealand,XSL,state,signed,2026-12-01,reading-date,,added-later,seed-article,New\n"
    tables.append("signatures", row)
    ledger = load(tables)
    assert last_reading(ledger, PARIS) == pd.Timestamp("2026-12-01")
    assert names_listed(ledger, PARIS).loc["state", "low"] == 64
    assert names_listed(ledger, PARIS, "2026-11-30").loc["state", ["low", "high"]].tolist() == [63, 64]
    assert codes(compare_lists(ledger, (PARIS, "2026-05-20"), PARIS), "change", "unknown") == {"XSL"}
    with pytest.raises(FrameError, match=r"Sealand \(XSL\) has no place on the map"):
        sa.charts.positions(ledger)
