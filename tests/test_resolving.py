"""A rule with a name makes one amount per pledge, out of the claims it may read and of no other."""

import csv

import numpy as np
import pandas as pd
import pytest

import invented
from summit_analysis import RULES, load, resolve_claims
from summit_analysis.base import files
from summit_analysis.base.errors import ChoiceError, FrameError
from summit_analysis.pledges.claims import compare_rules

SEED = "seed-article"
READERS = ["full-range", "primary-first", "latest"]
MAY_READ = {"stands", "derived"}
FEBRUARY_10, FEBRUARY_11, FEBRUARY_12 = "2025-02-10", "2025-02-11", "2025-02-12"
APOLLO = dict.fromkeys(["verdict-109bn-202502", "poulin-109bn-202502", "theaitrack-109bn-202502"], FEBRUARY_10)
READ = [
    ("full-range", "apollo-energy", {SEED: "", **APOLLO, "businesscommunity-20250212": FEBRUARY_12}),
    ("full-range", "sesterce-national-plan", {"clubic-sesterce-202502": "", "infonet-sesterce-202502": ""}),
    # the Presidency is quoted last on the 11th
    ("primary-first", "mgx-campus", {"cryptopolitan-109bn-20250211": ""}),
    # the company itself speaks in June
    ("primary-first", "digital-realty-france", {"latribune-digitalrealty-20250619": ""}),
    # nobody is quoted: the agency, though two others are later
    ("primary-first", "iliad-opcore", {"afp-iliad-202405": ""}),
    # neither quoted nor agency: the rest, of the latest day
    ("primary-first", "amazon-aws-2022-plan", {"lmi-aws-2022": ""}),
    # a page of some day in 2025 counts from the end of the year
    ("latest", "telehouse-france", {"jde-telehouse-2025": ""}),
    ("latest", "cmp-kor-growth-fund", {"qazinform-korea-20251216": "2025-12-16"}),
    ("latest", "cmp-ita-uae-40bn", {"reuters-uaeitaly-20250224": "2025-02-24"}),
    ("article", "mgx-campus", {SEED: ""}),
    ("article", "current-ai-initial-400m", {SEED: FEBRUARY_11}),
]
"""Rule, pledge, the sources read and, of claims not in euros, the day of the rate."""


@pytest.fixture(scope="module")
def cells():
    """The claims as text by id, read without the code under test."""
    with (files.shipped("data") / "claims.csv").open(encoding="utf-8", newline="") as file:
        return {row["claim_id"]: row for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def resolved(ledger):
    return {rule: resolve_claims(ledger, rule).set_index("pledge_id") for rule in RULES}


def ids(cell):
    return [part for part in cell.split(";") if part]


# --- which claims are read


@pytest.mark.parametrize(("rule", "pledge", "sources"), READ)
def test_the_amount_is_the_hull_of_the_claims_read(cells, published, resolved, rule, pledge, sources):
    row = resolved[rule].loc[pledge]
    assert sorted(ids(row["claim_ids"])) == sorted(f"{pledge}--{source}" for source in sources)
    figures = []
    for source, day in sources.items():
        cell = cells[f"{pledge}--{source}"]
        assert (cell["currency"] == "EUR") == (day == "")
        rate = float(published[pd.Timestamp(day).date()][cell["currency"]]) if day else 1.0
        figures += [float(cell[bound]) / rate for bound in ("amount_low", "amount_high") if cell[bound]]
    assert (row["low"], row["high"]) == pytest.approx((min(figures), max(figures)), rel=1e-12)
    assert (row["claims"], row["rule"]) == (len(sources), rule)


def test_full_range_reads_all_that_stands(cells, resolved):
    stands = {one for one, cell in cells.items() if cell["standing"] in MAY_READ}
    assert {one for cell in resolved["full-range"]["claim_ids"] for one in ids(cell)} == stands


@pytest.mark.parametrize("rule", READERS)
def test_no_rule_but_the_article_reads_slips_and_other_scopes(cells, resolved, rule):
    read = {one for cell in resolved[rule]["claim_ids"] for one in ids(cell)}
    assert {cells[one]["standing"] for one in read} == MAY_READ


def test_a_slip_would_have_moved_the_amount(cells, published, resolved):
    slip = cells["mgx-campus--reuters-uae-20250206"]
    assert (slip["standing"], slip["currency"]) == ("slip", "USD")
    dollars = float(slip["amount_low"]) / float(published[pd.Timestamp("2025-02-06").date()]["USD"])
    assert resolved["full-range"].loc["mgx-campus", "low"] == float(slip["amount_low"]) > dollars


def test_the_article_reads_its_own_claims_whatever_their_standing(cells, resolved):
    mine = {one: cell for one, cell in cells.items() if cell["source_id"] == SEED}
    article = resolved["article"]
    assert sorted(article["claim_ids"]) == sorted(mine)
    elsewhere = {c["pledge_id"]: float(c["amount_high"]) for c in mine.values() if c["standing"] not in MAY_READ}
    assert elsewhere == {"brookfield-cambrai": 15e9, "eu-ai-champions-initiative": 200e9}
    assert article.loc[[*elsewhere], "high"].to_dict() == elsewhere


def test_pledges_the_article_does_not_mention_drop_out(cells, ledger, resolved):
    mentioned = {cell["pledge_id"] for cell in cells.values() if cell["source_id"] == SEED}
    order = [pledge for pledge in ledger.pledges["pledge_id"] if pledge in mentioned]
    assert 0 < len(order) < len(ledger.pledges)
    assert [*resolved["article"].index] == order
    for rule in READERS:
        assert [*resolved[rule].index] == [*ledger.pledges["pledge_id"]]


@pytest.mark.parametrize(
    ("rule", "pledge", "flags"),
    [
        # one source says "more than 5", another "up to 6"
        ("full-range", "digital-realty-france", (True, True)),
        ("article", "digital-realty-france", (False, True)),
        ("latest", "digital-realty-france", (False, False)),
        ("full-range", "evroc-mougins", (True, False)),
    ],
)
def test_open_ends_are_those_of_the_claims_read(resolved, rule, pledge, flags):
    assert tuple(resolved[rule].loc[pledge, ["open_low", "open_high"]]) == flags


def test_a_pledge_without_any_claim_has_no_figure(resolved):
    for rule in READERS:
        row = resolved[rule].loc["orange-ai"]
        assert np.isnan(row[["low", "high", "scale"]].astype(float)).all()
        assert (row["claims"], row["claim_ids"]) == (0, "")


# --- as of a day


@pytest.mark.parametrize(
    ("day", "rule", "figures"),
    [
        ("2025-05-18", "full-range", None),
        ("2025-05-18", "latest", None),
        ("2025-05-19", "full-range", (8.5e9, 8.5e9)),
        ("2025-09-10", "latest", (8.5e9, 8.5e9)),
        # an elected official says more that day; only `full-range` still reads the others
        ("2025-09-11", "full-range", (8.5e9, 10e9)),
        ("2025-09-11", "latest", (10e9, 10e9)),
        ("2025-09-11", "primary-first", (10e9, 10e9)),
    ],
)
def test_as_of_hides_later_claims(ledger, day, rule, figures):
    row = resolve_claims(ledger, rule, day).set_index("pledge_id").loc["mgx-campus-first-tranche"]
    if figures is None:
        assert np.isnan([row["low"], row["high"]]).all()
        assert (row["claims"], row["claim_ids"]) == (0, "")
    else:
        assert (row["low"], row["high"]) == figures


@pytest.mark.parametrize(
    ("day", "figure"),
    # February and all of 2025 are known when they are over; one page is of a day in 2024
    [("2025-02-27", 1e9), ("2025-02-28", 0.4e9), ("2025-12-30", 0.4e9), ("2025-12-31", 1e9)],
)
def test_a_period_counts_from_its_end(ledger, day, figure):
    row = resolve_claims(ledger, "latest", day).set_index("pledge_id").loc["telehouse-france"]
    assert (row["low"], row["high"]) == (figure, figure)


def test_the_article_says_the_same_on_every_day(ledger, resolved):
    early = resolve_claims(ledger, "article", "2020-01-01").set_index("pledge_id")
    pd.testing.assert_frame_equal(early, resolved["article"])


# --- pledges that nobody made


@pytest.fixture(scope="module")
def small(copy_tables):
    tables, pledge, claim = copy_tables(), invented.pledge, invented.claim
    several = {"qualifier": "several", "scale": 10**9}
    pledge(tables, "announced-later", 10, announced_on="2025-03-01")
    claim(tables, "announced-later", 20, invented.UNDATED, claimed_on="", claimed_period="2025")
    pledge(tables, "never-dated", 10, announced_on="")
    claim(tables, "never-dated", 20, invented.UNDATED, claimed_on="")
    pledge(tables, "then-vague", 10)
    claim(tables, "then-vague", ("", ""), invented.PRESS, claimed_on=FEBRUARY_11, **several)
    pledge(tables, "only-vague")
    claim(tables, "only-vague", ("", ""), **several)
    pledge(tables, "three-classes", 10)
    claim(tables, "three-classes", 20, invented.AGENCY, claimed_on=FEBRUARY_11)
    claim(tables, "three-classes", 30, invented.PRESS, claimed_on=FEBRUARY_12)
    pledge(tables, "agency-and-press")
    claim(tables, "agency-and-press", 20, invented.AGENCY)
    claim(tables, "agency-and-press", 30, invented.PRESS, claimed_on=FEBRUARY_12)
    pledge(tables, "quoted")
    claim(tables, "quoted", 20, invented.PRESS, attributed_to="Nobody", attributed_is_pledger="yes")
    analysts = {"attributed_to": "analysts", "attributed_is_pledger": "no", "claimed_on": FEBRUARY_12}
    claim(tables, "quoted", 30, invented.AGENCY, **analysts)
    return load(tables)


@pytest.mark.parametrize(
    ("pledge", "full_range", "primary_first", "latest"),
    [
        # dated only by the announcement, which is later: undated, so never the latest
        ("announced-later", (10, 20), (10, 10), (10, 10)),
        ("never-dated", (10, 20), (10, 10), (10, 10)),
        # a figure is better than none
        ("then-vague", (10, 10), (10, 10), (10, 10)),
        ("three-classes", (10, 30), (10, 10), (30, 30)),
        ("agency-and-press", (20, 30), (20, 20), (30, 30)),
        # the pledger is quoted; analysts are not the pledger
        ("quoted", (20, 30), (20, 20), (30, 30)),
    ],
)
def test_each_rule_has_its_own_choice(small, pledge, full_range, primary_first, latest):
    for rule, figures in zip(READERS, (full_range, primary_first, latest), strict=True):
        row = resolve_claims(small, rule).set_index("pledge_id").loc[pledge]
        assert (row["low"], row["high"]) == figures, rule


def test_a_scale_is_kept_only_where_there_is_no_figure(small):
    row = resolve_claims(small).set_index("pledge_id")
    assert row.loc["only-vague", "scale"] == 1e9
    assert np.isnan(row.loc["only-vague", ["low", "high"]].astype(float)).all()
    assert np.isnan(row.loc["then-vague", "scale"])


# --- all rules side by side


def test_all_rules_stand_side_by_side(ledger, resolved):
    table = compare_rules(ledger)
    assert [*table.columns.get_level_values(0).unique()] == list(RULES)
    assert [*table.index] == [*ledger.pledges["pledge_id"]]
    for rule in RULES:
        shown = table[rule].dropna(subset="claims")
        assert [*shown.index] == [*resolved[rule].index]
        pd.testing.assert_frame_equal(shown, resolved[rule][["low", "high", "claims"]], check_dtype=False)


@pytest.mark.parametrize("rule", ["newest", "", "Article", None])
def test_an_unknown_rule_names_the_known_ones(ledger, rule):
    with pytest.raises(ChoiceError, match="full-range, primary-first, latest, article"):
        resolve_claims(ledger, rule)


@pytest.mark.parametrize("day", ["2025-02-30", "11 February"])
def test_a_bad_day_is_our_error(ledger, day):
    with pytest.raises(FrameError, match=day):
        resolve_claims(ledger, "latest", day)
