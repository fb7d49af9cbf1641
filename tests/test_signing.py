"""Lists of signatories: names per declaration and day, three answers, nobody withdrew, sets computed from the file."""

import csv
import dataclasses
import itertools
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from summit_analysis import (
    blocs,
    changed_sides,
    charts,
    check,
    claimed_counts,
    compare_lists,
    exclusive_intersections,
    load,
    memberships,
    names_listed,
    signatories,
)
from summit_analysis.base import files
from summit_analysis.base.errors import ChoiceError, FrameError, LedgerError
from summit_analysis.base.text import alphabetical
from summit_analysis.signatures import BLOCS, CONTINENTS, last_reading, names_between, short_names, size, weakly_refused

DECLARATIONS = ["bletchley-2023", "seoul-leaders-2024", "seoul-ministerial-2024", "paris-2025", "newdelhi-2026"]
UNRESOLVED = {"ARE", "VAT", "ZAF"}


@pytest.fixture(scope="module")
def rows():
    """The table of signatures, read without the code under test."""
    with (files.shipped("data") / "signatures.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def signed(rows, declaration, **cells):
    """Codes of the names of a declaration whose cells are these."""
    return {
        row["iso3"]
        for row in rows
        if (row["declaration_id"], row["position"]) == (declaration, "signed")
        and all(row[column] == cell for column, cell in cells.items())
    }


def answered(frame, answer):
    return set(frame.loc[frame["answer"] == answer, "iso3"])


# --- names per declaration


@pytest.mark.parametrize(
    ("declaration", "day", "states", "organisations"),
    [
        ("bletchley-2023", "2023-11-01", 28, 1),
        ("bletchley-2023", "2024-10-22", 28, 1),
        ("bletchley-2023", "2024-10-23", 29, 1),
        ("bletchley-2023", None, 29, 1),
        ("seoul-leaders-2024", None, 10, 1),
        ("seoul-ministerial-2024", None, 27, 1),
        ("paris-2025", "2025-02-10", 0, 0),
        ("paris-2025", "2025-02-11", 58, 2),
        ("paris-2025", "2026-05-20", 63, 2),
        ("paris-2025", None, 63, 2),
        ("newdelhi-2026", None, 90, 2),
    ],
)
def test_names_per_declaration(ledger, declaration, day, states, organisations):
    counts = names_listed(ledger, declaration, day)
    assert counts["low"].tolist() == counts["high"].tolist() == [states, organisations, states + organisations]


@pytest.mark.parametrize("declaration", DECLARATIONS)
def test_every_row_of_the_table_is_one_row(ledger, rows, declaration):
    found = signatories(ledger, declaration)
    assert sorted(found["iso3"]) == sorted(row["iso3"] for row in rows if row["declaration_id"] == declaration)
    assert answered(found, "listed") == signed(rows, declaration, absent_from="")
    assert found[["name_en", "name_fr", "source_id", "evidence"]].notna().all(axis=None)


def test_between_two_lists_the_paris_list_is_a_range(ledger, rows):
    found = signatories(ledger, "paris-2025", "2025-06-01")
    late = signed(rows, "paris-2025", date_basis="reading-date")
    assert answered(found, "unknown") == late | UNRESOLVED
    assert answered(found, "listed") == signed(rows, "paris-2025") - late - UNRESOLVED
    counts = names_listed(ledger, "paris-2025", "2025-06-01")
    assert counts.loc["state", ["low", "high"]].tolist() == [56, 66]
    assert (size(counts), size(counts, "fr")) == ("56–66 states and 2 organisations", "56–66 États et 2 organisations")


def test_what_only_a_later_reading_shows_is_unknown_before_it(ledger, rows):
    late = signed(rows, "newdelhi-2026", date_basis="reading-date")
    for day, answer in (("2026-02-21", "unknown"), ("2026-09-30", "unknown"), ("2026-10-01", "listed")):
        found = signatories(ledger, "newdelhi-2026", day)
        assert late <= answered(found, answer)
    assert len(late) == 41


def test_on_the_first_day_who_was_added_later_is_certainly_not_there(ledger, rows):
    for declaration, day in (("paris-2025", "2025-02-11"), ("newdelhi-2026", "2026-02-21")):
        later = signed(rows, declaration, listing="added-later")
        assert later
        assert later <= answered(signatories(ledger, declaration, day), "not-yet")


@pytest.mark.parametrize(
    ("day", "answer", "position"),
    [
        ("2025-02-10", "not-yet", "signed"),
        ("2025-02-11", "listed", "signed"),
        ("2025-02-12", "unknown", "signed"),
        ("2026-05-19", "unknown", "signed"),
        ("2026-05-20", "unknown", "unresolved"),
        (None, "unknown", "unresolved"),
    ],
)
def test_the_three_names_of_the_first_paris_list_only(ledger, day, answer, position):
    found = signatories(ledger, "paris-2025", day).set_index("iso3").loc[sorted(UNRESOLVED)]
    assert found["answer"].unique().tolist() == [answer]
    assert found["position"].unique().tolist() == [position]


def test_unresolved_names_are_in_no_number(ledger):
    counts = names_listed(ledger, "paris-2025")
    assert counts["unresolved"].tolist() == [3, 0, 3]
    assert size(counts) == "63 states and 2 organisations"


def test_nobody_withdrew(ledger):
    words = set(memberships(ledger).to_numpy().ravel())
    for a, b in itertools.pairwise(DECLARATIONS):
        words |= set(compare_lists(ledger, a, b)["change"])
    assert not any("withdr" in str(word) for word in words)


def test_who_did_not_sign_is_on_no_list(ledger):
    found = signatories(ledger, "paris-2025").set_index("iso3")
    positions = found[~found["position"].isin(["signed", "unresolved"])].groupby("position").groups
    assert {word: sorted(codes) for word, codes in positions.items()} == {
        "attended-not-signed": ["COM", "GHA", "MYS", "SAU", "TGO", "VNM"],
        "declined": ["GBR", "ISR", "USA"],
    }
    assert set(found.loc[["USA", "GBR", "SAU"], "answer"]) == {"not-yet"}
    assert weakly_refused(ledger, "paris-2025") == ["ISR"]


def test_after_the_last_reading_nothing_more_is_known(ledger):
    pd.testing.assert_frame_equal(signatories(ledger, "paris-2025", "2029-01-01"), signatories(ledger, "paris-2025"))
    assert last_reading(ledger, "paris-2025") == pd.Timestamp("2026-10-01")


# --- lists side by side


def test_the_two_paris_lists_are_compared_by_sets(ledger, rows):
    found = compare_lists(ledger, ("paris-2025", "2025-02-11"), "paris-2025").set_index("iso3")["change"]
    first = signed(rows, "paris-2025") - signed(rows, "paris-2025", listing="added-later")
    last = signed(rows, "paris-2025") - signed(rows, "paris-2025", listing="day-one-only")
    assert (len(first), len(last)) == (60, 65)
    assert set(found.index[found == "joined"]) == last - first
    assert set(found.index[found == "stayed"]) == first & last
    assert set(found.index[found == "unresolved"]) == first - last == UNRESOLVED
    assert len(found) == len(first | last)


def test_two_declarations_are_compared_by_sets(ledger, rows):
    for a, b in itertools.pairwise(DECLARATIONS):
        of_a, of_b = (signed(rows, name, absent_from="") for name in (a, b))
        found = compare_lists(ledger, a, b).set_index("iso3")["change"]
        # whoever is unresolved on one of the two is in none of these
        apart = UNRESOLVED if "paris-2025" in (a, b) else set()
        assert set(found.index[found == "stayed"]) == (of_a & of_b) - apart
        assert set(found.index[found == "joined"]) == of_b - of_a - apart
        assert set(found.index[found == "not-on-later-list"]) == of_a - of_b - apart
        assert set(found.index[found.isin(["unresolved", "unknown"])]) == apart


def test_the_positions_of_who_is_not_on_the_later_list_stand_beside(ledger):
    found = compare_lists(ledger, "bletchley-2023", "paris-2025").set_index("iso3")
    assert found.loc["USA", ["in_a", "in_b", "change"]].tolist() == ["listed", "declined", "not-on-later-list"]
    assert found.loc["TUR", ["in_a", "in_b", "change"]].tolist() == ["listed", "not-yet", "not-on-later-list"]
    assert found.loc["ARE", ["in_a", "in_b", "change"]].tolist() == ["listed", "unresolved", "unresolved"]


def test_an_open_answer_makes_no_change(ledger, rows):
    found = compare_lists(ledger, "paris-2025", "newdelhi-2026", as_of="2026-02-21").set_index("iso3")["change"]
    late = signed(rows, "newdelhi-2026", date_basis="reading-date")
    assert set(found[found.index.isin(late)]) == {"unknown"}


@pytest.mark.parametrize(
    ("a", "b", "as_of"),
    [
        ("paris-2025", "paris-2025", None),
        (("paris-2025", "2025-02-11"), "paris-2025", "2025-02-11"),
    ],
)
def test_a_list_is_not_compared_with_itself(ledger, a, b, as_of):
    with pytest.raises(FrameError, match="paris-2025"):
        compare_lists(ledger, a, b, as_of)


def test_memberships_are_the_table(ledger, rows):
    frame = memberships(ledger).set_index("iso3")
    assert len(frame) == len(ledger.entities)
    assert list(frame.columns[3:]) == DECLARATIONS
    for declaration in DECLARATIONS:
        assert set(frame.index[frame[declaration] == "listed"]) == signed(rows, declaration, absent_from="")
    assert frame.loc["CHN", DECLARATIONS].tolist() == ["listed", "not-yet", "attended-not-signed", "listed", "listed"]


def test_who_had_declined_by_a_day_after_the_adoption(ledger):
    frame = memberships(ledger, "2025-06-01").set_index("iso3")
    assert frame.loc[["GBR", "USA"], "paris-2025"].tolist() == ["declined", "declined"]
    assert frame.loc["CHN", "seoul-ministerial-2024"] == "attended-not-signed"
    assert memberships(ledger).index.tolist() == list(range(len(ledger.entities)))


@pytest.mark.parametrize("declaration", DECLARATIONS)
def test_a_list_was_last_read_on_the_latest_day_of_its_own_rows(ledger, declaration):
    days = [
        day
        for table, columns in ((ledger.signatures, ("listed_on", "absent_from")), (ledger.counts, ("as_of",)))
        for column in columns
        for day in table.loc[table["declaration_id"] == declaration, column].dropna()
    ]
    assert last_reading(ledger, declaration) == max(days)


def test_nobody_declined_what_did_not_exist(ledger):
    frame = memberships(ledger, "2024-06-01")
    assert set(frame["paris-2025"]) == set(frame["newdelhi-2026"]) == {"not-yet"}


def test_each_signatory_is_in_one_combination(ledger, rows):
    found = exclusive_intersections(ledger)
    lists = {declaration: signed(rows, declaration, absent_from="") for declaration in DECLARATIONS}
    wanted = Counter(
        tuple(code in lists[declaration] for declaration in DECLARATIONS) for code in set().union(*lists.values())
    )
    shown = {
        tuple(row[declaration] for declaration in DECLARATIONS): row["states"] + row["organisations"]
        for _, row in found.iterrows()
    }
    assert shown == wanted
    assert [len(codes.split(";")) for codes in found["iso3s"]] == (found["states"] + found["organisations"]).tolist()
    assert (found["states"] + found["organisations"]).is_monotonic_decreasing


def test_who_signed_everything_and_who_left_out_paris_alone(ledger):
    found = exclusive_intersections(ledger)
    everything = found[found[DECLARATIONS].all(axis=1)]
    assert set(everything["iso3s"].iloc[0].split(";")) == {
        *("AUS", "CAN", "DEU", "EUE", "FRA", "ITA", "JPN", "KOR", "SGP"),
    }
    others = [declaration for declaration in DECLARATIONS if declaration != "paris-2025"]
    assert found.loc[found[others].all(axis=1) & ~found["paris-2025"], "iso3s"].tolist() == ["GBR;USA"]


def test_who_changed_sides(ledger):
    found = changed_sides(ledger)
    assert found["iso3"].tolist() == ["ISR", "GBR", "USA", "CHN", "SAU"]
    assert changed_sides(ledger, "2024-01-01").empty


def test_blocs_count_members(ledger, rows):
    found = blocs(ledger, "paris-2025").set_index("bloc")
    assert found.loc["eu27"].tolist() == [27, 27, 27]
    assert found.loc["g7"].tolist() == [5, 5, 7]
    on = signed(rows, "paris-2025", absent_from="")
    states = ledger.entities[ledger.entities["entity_kind"] == "state"].set_index("iso3")
    for bloc in BLOCS:
        assert found.loc[bloc, "low"] == len(on & set(states.index[states[bloc].eq(True)]))
    assert found.loc[list(CONTINENTS), "low"].sum() == 63
    between = blocs(ledger, "paris-2025", "2025-06-01").set_index("bloc")
    assert between.loc["g20", ["low", "high"]].tolist() == [12, 13]


def test_no_bloc_has_more_rows_than_members(ledger):
    states = ledger.entities[ledger.entities["entity_kind"] == "state"]
    assert all(states[bloc].sum() <= members for bloc, members in BLOCS.items())
    assert all((states["continent"] == continent).sum() <= members for continent, members in CONTINENTS.items())
    assert {bloc for bloc, members in BLOCS.items() if states[bloc].sum() < members} == {"g20", "african_union"}


# --- counts of the press


def test_every_figure_of_the_counts_is_held_against_the_list(ledger):
    found = claimed_counts(ledger, "paris-2025")
    table = ledger.counts[ledger.counts["declaration_id"] == "paris-2025"]
    figures = [*table["count_states"].dropna(), *table["count_total"].dropna()]
    assert sorted(found["count"]) == sorted(figures)
    assert {58, 60, 61, 64, 65} <= set(found["count"])
    inside = found["count"].between(found["low"], found["high"])
    assert (found["difference"].eq(0) == inside).all()
    assert found["fits"].isin(["names", "possible"]).eq(inside).all()


@pytest.mark.parametrize(
    ("source", "measure", "low", "high", "difference", "fits"),
    [
        ("afp-tahiti-infos-58-20250211", "states", 58, 58, 0, "names"),
        ("afp-tahiti-infos-58-20250211", "all", 60, 60, 0, "names"),
        ("shine-60-20250212", "states", 58, 58, 2, "other-measure"),
        ("aa-61-202502", "states", 58, 58, 3, "neither"),
        ("thejournal-61-202502", "all", 60, 60, 1, "neither"),
        ("ani-latestly-53-20250212", "all", 57, 67, -4, "neither"),
        ("wam-61-20250212", "states", 55, 65, 0, "possible"),
        ("hcamag-64-202502", "all", 57, 68, 0, "possible"),
        ("ai-governance-map-summits-20260520", "all", 65, 65, 0, "names"),
        ("airegulationmap-summits-20261001", "all", 65, 65, -1, "neither"),
    ],
)
def test_why_the_paris_count_differs(ledger, source, measure, low, high, difference, fits):
    found = claimed_counts(ledger, "paris-2025")
    row = found[(found["source_id"] == source) & (found["measure"] == measure)].iloc[0]
    assert row[["low", "high", "difference", "fits"]].tolist() == [low, high, difference, fits]


def test_a_count_before_the_list_meets_no_names(ledger):
    first = claimed_counts(ledger, "newdelhi-2026").iloc[0]
    assert first[["count", "low", "high", "difference"]].tolist() == [70, 0, 0, 70]


def test_a_page_of_a_month_speaks_of_any_day_of_it(ledger):
    found = claimed_counts(ledger, "paris-2025").set_index("source_id").loc["hcamag-64-202502"]
    assert [found["first_on"], found["last_on"]] == [pd.Timestamp("2025-02-11"), pd.Timestamp("2025-02-28")]
    days = pd.date_range(found["first_on"], found["last_on"])
    each = [names_listed(ledger, "paris-2025", day.date()).loc["all"] for day in days]
    span = names_between(ledger, "paris-2025", days[0], days[-1]).loc["all"]
    assert span.tolist() == [min(one["low"] for one in each), max(one["high"] for one in each)]


# --- names and their order


def test_names_are_sorted_as_the_language_does(ledger):
    french = signatories(ledger, "paris-2025", lang="fr")["name_fr"].tolist()
    for earlier, later in (
        ("Djibouti", "Égypte"),
        ("Égypte", "Émirats arabes unis"),
        ("Émirats arabes unis", "Espagne"),
        ("Espagne", "Estonie"),
        ("Estonie", "États-Unis"),
        ("Corée du Sud", "Côte d'Ivoire"),
        ("Côte d'Ivoire", "Croatie"),
    ):
        assert french.index(earlier) < french.index(later)
    assert sorted(french) != french


def test_ligatures_and_accents_have_their_place():
    names = pd.Series(["Zürich", "œuvre", "odeur", "Œil", "offre", "côté", "coté", "cote", "Oman"])
    ordered = names.sort_values(key=alphabetical).tolist()
    assert ordered == ["cote", "coté", "côté", "odeur", "Œil", "œuvre", "offre", "Oman", "Zürich"]


def test_each_declaration_has_a_short_name_in_both_languages(ledger):
    english, french = (short_names(ledger, lang) for lang in ("en", "fr"))
    assert english.index.tolist() == french.index.tolist() == DECLARATIONS
    assert english.str.len().max() < 25
    other = ledger.declarations.assign(declaration_id=ledger.declarations["declaration_id"] + "-b")
    titles = short_names(dataclasses.replace(ledger, declarations=other))
    assert titles.tolist() == ledger.declarations["title"].tolist()


@pytest.mark.parametrize(
    ("states", "organisations", "en", "fr"),
    [
        ((1, 1), (1, 1), "1 state and 1 organisation", "1 État et 1 organisation"),
        ((0, 0), (0, 0), "0 states", "0 État"),
        ((0, 1), (0, 0), "0–1 state", "0–1 État"),
    ],
)
def test_sizes_in_words(states, organisations, en, fr):
    counts = pd.DataFrame([states, organisations], columns=["low", "high"], index=["state", "organisation"])
    assert (size(counts), size(counts, "fr")) == (en, fr)


# --- what is wrong is said


def test_what_is_not_known_is_a_choice_or_a_day(ledger):
    for ask in (signatories, names_listed, blocs, last_reading, claimed_counts):
        with pytest.raises(ChoiceError, match="choose one of: bletchley-2023"):
            ask(ledger, "paris")
    with pytest.raises(FrameError, match="2025-02-30"):
        signatories(ledger, "paris-2025", "2025-02-30")
    with pytest.raises(ChoiceError, match="'de'"):
        memberships(ledger, lang="de")


def add(tables, table, line):
    return tables.rewrite(table, lambda text: text + line + "\n")


NEW = "paris-2025,{name},{code},state,signed,2026-12-01,reading-date,,added-later,airegulationmap-summits-20261001,New."


def test_a_new_signature_counts_from_its_day(tables):
    add(tables, "signatures", NEW.format(name="Oman", code="OMN"))
    ledger = load(tables)
    assert names_listed(ledger, "paris-2025").loc["state", "low"] == 64
    assert last_reading(ledger, "paris-2025") == pd.Timestamp("2026-12-01")
    assert names_listed(ledger, "paris-2025", "2026-11-30").loc["state", ["low", "high"]].tolist() == [63, 64]
    changes = compare_lists(ledger, ("paris-2025", "2026-05-20"), "paris-2025").set_index("iso3")["change"]
    assert changes["OMN"] == "unknown"
    assert changes.value_counts()["stayed"] == 65


@pytest.mark.parametrize("code", ["", "OM", "omn"])
def test_a_signature_without_a_code_is_a_finding(tables, code):
    row = add(tables, "signatures", NEW.format(name="Oman", code=code))
    found = check(tables)
    assert (row, "iso3") in set(zip(found["row"], found["column"], strict=True))
    assert found["remedy"].str.contains("ISO 3166").any()
    with pytest.raises(LedgerError, match=f"signatures, row {row}, iso3"):
        load(tables)


def test_a_state_with_a_code_of_its_own_is_on_no_map(tables):
    add(tables, "entities", "Sealand,XSL,state,Sealand,,Europe,no,no,no,no,no,no")
    add(tables, "signatures", NEW.format(name="Sealand", code="XSL"))
    ledger = load(tables)
    assert "XSL" in answered(signatories(ledger, "paris-2025"), "listed")
    with pytest.raises(FrameError, match=r"Sealand \(XSL\) has no place on the map"):
        charts.positions(ledger)


def test_answers_are_ours_alone(ledger):
    words = np.unique(np.concatenate([signatories(ledger, d)["answer"].unique() for d in DECLARATIONS]))
    assert set(words) <= {"listed", "not-yet", "unknown"}
