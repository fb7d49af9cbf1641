"""Totals of tables that were edited, split, or put into another currency: what goes in comes out, and no more."""

import json

import pytest

import invented
from summit_analysis import load, total
from summit_analysis.base.errors import ChoiceError, LedgerError

SUMMIT_DAY = "2025-02-11"
BOUNDS = ["low", "high"]


def tied_families(tables):
    """Families whose members may share money, or say it again."""
    pledge, tie = invented.pledge, invented.tie
    pledge(tables, "tied", 100)
    pledge(tables, "tied-part", (20, 30), "tied")
    pledge(tables, "tied-twice", 25)
    pledge(tables, "tied-other", (50, 60))
    tie(tables, "tied-part", "overlaps", "tied-other")
    tie(tables, "tied-twice", "overlaps", "tied-other")
    tie(tables, "tied-twice", "overlaps", "tied")
    pledge(tables, "deep", 100)
    pledge(tables, "deep-part", 60, "deep")
    pledge(tables, "deep-part-of-part", 10, "deep-part")
    pledge(tables, "deep-twin", 30)
    tie(tables, "deep-part-of-part", "overlaps", "deep-twin")
    pledge(tables, "said-first", 60)
    pledge(tables, "said-again", (20, 30))
    tie(tables, "said-again", "restates", "said-first")


@pytest.fixture(scope="module")
def small(copy_tables):
    """Families of pledges that nobody made, beside the real ones; each has one thing to tell."""
    tables, pledge, update = copy_tables(), invented.pledge, invented.update
    pledge(tables, "alone", 7)
    pledge(tables, "overfull", 100)
    pledge(tables, "overfull-a", 80, "overfull")
    pledge(tables, "overfull-b", 50, "overfull")
    pledge(tables, "maybe-overfull", 100)
    pledge(tables, "maybe-overfull-a", (90, 120), "maybe-overfull")

    pledge(tables, "no-figure")
    pledge(tables, "no-figure-a", 40, "no-figure")
    pledge(tables, "no-figure-b", (3, 5), "no-figure")
    pledge(tables, "no-figure-c", None, "no-figure")
    pledge(tables, "bare-middle", 100)
    pledge(tables, "bare-middle-a", None, "bare-middle", recipient_country="DEU")
    pledge(tables, "bare-middle-b", 40, "bare-middle-a", recipient_country="DEU")

    tied_families(tables)

    pledge(tables, "squeezed", 10 * 10**9)
    pledge(tables, "squeezed-a", 8.5 * 10**9, "squeezed")
    pledge(tables, "squeezed-b", None, "squeezed")
    invented.claim(tables, "squeezed-b", ("", ""), qualifier="several", scale=10**9)

    pledge(tables, "roomy", 10 * 10**9)
    pledge(tables, "roomy-a", 8 * 10**9, "roomy")
    pledge(tables, "roomy-b", None, "roomy")
    invented.claim(tables, "roomy-b", ("", ""), qualifier="several", scale=10**9)
    pledge(tables, "barely-overfull", 100)
    pledge(tables, "barely-overfull-a", 101, "barely-overfull")

    for name, end in (("half-a-year", "2025-06-30"), ("a-year", "2025-12-31"), ("two-years", "2026-12-31")):
        pledge(tables, name, 5, group="comparator", horizon_start="2025-01-01", horizon_end=end)

    pledge(tables, "no-day", 50, announced_on="")
    pledge(tables, "no-day-part", 20, "no-day")
    pledge(tables, "land", 50, money_kind="none")
    pledge(tables, "land-part", 20, "land")

    pledge(tables, "grows", 10)
    for number, amount_is in enumerate(["part", "raised", "spent", "component", "restated"], 1):
        update(tables, "grows", "enlarged", f"2025-03-0{number}", amount=99, amount_is=amount_is)
    update(tables, "grows", "enlarged", "2025-04-01", amount=5, amount_is="increase")
    update(tables, "grows", "enlarged", "2025-05-01", amount=8, amount_is="new-total")
    update(tables, "grows", "enlarged", "2025-06-01", amount=2, amount_is="increase", source_id=invented.PRESS)
    update(tables, "grows", "enlarged", "2025-06-01", amount=9, amount_is="new-total")
    pledge(tables, "leaves", 10)
    pledge(tables, "leaves-part", 4, "leaves")
    update(tables, "leaves", "withdrawn", "2025-06-01")
    return load(tables)


ONCE = {
    "alone": (7, 7),
    # the envelope counts, its parts do not
    "overfull": (100, 100),
    "maybe-overfull": (100, 100),
    # without a figure it counts as its parts
    "no-figure": (43, 45),
    "bare-middle": (100, 100),
    "squeezed": (10e9, 10e9),
    "roomy": (10e9, 10e9),
    "barely-overfull": (100, 100),
    "land": (20, 20),
    "no-day": (50, 50),
    "grows": (10, 10),
    "leaves": (10, 10),
}
TIED = {
    # the part may be 30, the other at most 50: so 30; twice comes off once, though two ties name it
    ("tied", "tied-other", "tied-twice"): (175 - 30 - 25, 185),
    ("tied", "tied-other"): (150 - 30, 160),
    ("tied-other", "tied-part"): (70 - 20, 90),
    ("tied",): (100, 100),
    # said again comes off both bounds
    ("said-first", "said-again"): (60, 60),
    ("said-again",): (20, 30),
    ("deep", "deep-twin"): (130 - 10, 130),
}


@pytest.mark.parametrize(("where", "bounds"), [*ONCE.items(), *TIED.items()], ids=str)
def test_each_family_counts_once(small, where, bounds):
    found = total(small, where=where)
    assert (found.low, found.high) == bounds


@pytest.mark.parametrize(
    ("where", "rows"),
    [
        (
            ["tied", "tied-other", "tied-twice"],
            [
                ("tied-part", "tied-other", "overlaps", "", 30, 0, "may be the same money"),
                ("tied-twice", "tied", "overlaps", "", 25, 0, "may be the same money"),
                ("tied-twice", "tied-other", "overlaps", "", 0, 0, "taken off already"),
            ],
        ),
        (
            ["said-first", "said-again"],
            [("said-again", "said-first", "restates", "", 20, 30, "the same money said again")],
        ),
    ],
    ids=["may be", "said again"],
)
def test_each_deduction_names_its_two_pledges_and_why(small, where, rows):
    assert list(total(small, where=where).ties.itertuples(index=False, name=None)) == rows


def test_new_pledges_appear_in_the_total(ledger, small):
    before, after = total(ledger), total(small)
    families = ("tied", "tied-other", "tied-twice"), ("said-first", "said-again"), ("deep", "deep-twin")
    added = [*ONCE.values(), *map(TIED.get, families)]
    assert after.low - before.low == pytest.approx(sum(low for low, _ in added), abs=0.001)
    assert after.high - before.high == pytest.approx(sum(high for _, high in added), abs=0.001)
    assert "alone" in set(after.counted["pledge_id"])


@pytest.mark.parametrize(
    ("where", "findings"),
    [
        ("overfull", [["parts-above-envelope", "overfull", 130, 130]]),
        # the parts may just as well be less
        ("maybe-overfull", []),
        ("barely-overfull", [["parts-above-envelope", "barely-overfull", 101, 101]]),
        ("squeezed", [["no-room", "squeezed-b", 0, 1.5e9]]),
        # several billion are at least two
        ("roomy", []),
    ],
)
def test_findings_hold_what_does_not_fit(small, where, findings):
    assert total(small, where=where).findings.values.tolist() == findings


def test_spending_within_a_year_is_not_of_a_kind_with_plans_of_several(small):
    found = total(small, where=["half-a-year", "a-year", "two-years"])
    assert found.counted.set_index("pledge_id")["one_year"].to_dict() == {
        "half-a-year": True,
        "a-year": True,
        "two-years": False,
    }


def test_a_careless_sum_with_a_floor_in_it_is_a_floor(small):
    assert total(small, where="digital-realty-france", rule="article").naive.open_high
    assert not total(small, where="alone").naive.open_high


def test_an_envelope_without_a_figure_counts_as_its_parts(small):
    found = total(small, where="no-figure")
    assert found.counted["pledge_id"].tolist() == ["no-figure-a", "no-figure-b"]
    left_out = found.left_out.set_index("pledge_id")["reason"].to_dict()
    assert left_out == {"no-figure": "no figure, counts as its parts", "no-figure-c": "no figure"}
    # what its parts say is its figure, so only the silent part is named
    assert found.unquantified["pledge_id"].tolist() == ["no-figure-c"]
    assert "no figure: The no-figure-c" in found.sentence()


@pytest.mark.parametrize(("where", "reason"), [("no-day", "undated"), ("land", "no money")])
def test_what_hangs_on_a_row_in_no_sum_stands_on_its_own(small, where, reason):
    found = total(small, where=where, as_of=SUMMIT_DAY)
    assert found.left_out[["pledge_id", "reason"]].values.tolist() == [[where, reason]]
    assert (found.counted["pledge_id"].tolist(), found.low) == ([f"{where}-part"], 20)


@pytest.mark.parametrize(
    ("day", "figure"),
    # shares and restatements change nothing; an increase and a total of one day are one step
    [(None, 10), ("2025-03-31", 10), ("2025-04-01", 15), ("2025-05-01", 8), ("2025-06-01", 9), ("2026-10-01", 9)],
)
def test_only_new_totals_and_increases_change_an_amount(small, day, figure):
    found = total(small, where="grows", as_of=day)
    assert (found.low, found.high) == (figure, figure)
    assert (found.counted["amount_by"].item() == "claims") == (figure == 10)


def test_what_has_left_takes_its_parts_along(small):
    assert total(small, where="leaves", as_of="2025-05-31").low == 10
    found = total(small, where="leaves", as_of="2025-06-01")
    assert (found.low, found.high) == (0, 0)
    assert found.left_out["reason"].tolist() == ["withdrawn", "inside a withdrawn pledge"]


def test_before_the_announcement_there_is_nothing(small):
    found = total(small, where="alone", as_of="2025-02-09")
    assert (found.low, len(found.counted), len(found.left_out)) == (0, 0, 0)


@pytest.mark.parametrize(("pledge", "parent"), [("france-109bn", "mgx-campus"), ("alone", "alone")])
def test_a_circle_is_refused(tables, pledge, parent):
    invented.pledge(tables, "alone", 7)
    tables.edit("pledges", "pledge_id", pledge, "parent_id", parent)
    with pytest.raises(LedgerError, match="part of itself") as caught:
        load(tables)
    assert set(caught.value.findings["value"]) == {parent} | ({"france-109bn"} if parent == "mgx-campus" else set())


# --- split


def split(found):
    column = found.split.columns[0]
    return {row[column]: (row["low"], row["high"]) for row in found.split.to_dict("records")}


def test_an_envelope_is_split_into_its_parts_and_what_none_explains(ledger):
    plain, by = (total(ledger, rule="article", as_of=SUMMIT_DAY, by=by) for by in (None, "recipient_country"))
    assert plain.split is None
    assert (by.low, by.high) == (plain.low, plain.high)
    parts = split(by)
    # six named parts of the 109, and the public bank
    assert parts["FRA"] == (106e9, 106e9)
    assert parts["EUE"] == (200e9, 200e9)
    assert parts["unallocated"][1] == pytest.approx(13e9 + (2.5e9 - 0.4e9) / 1.0324, abs=0.01)
    assert sum(high for _, high in parts.values()) == pytest.approx(by.high, abs=0.01)


@pytest.mark.parametrize(
    ("where", "by", "parts"),
    [
        ("no-figure", "purpose", {"compute": (43, 45), "unallocated": (0, 0)}),
        # the part without a figure counts as what is inside it
        ("bare-middle", "recipient_country", {"DEU": (40, 40), "unallocated": (60, 60)}),
        (["tied", "tied-other"], "money_kind", {"private": (20 + 50 - 30, 90), "unallocated": (70, 80)}),
        (["said-first", "said-again"], "money_kind", {"private": (60, 60), "unallocated": (0, 0)}),
        # what a part of a part shares comes off the part
        (["deep", "deep-twin"], "pledge_id", {"deep-twin": (30, 30), "deep-part": (50, 60), "unallocated": (40, 40)}),
    ],
    ids=str,
)
def test_a_split_loses_nothing_and_counts_nothing_twice(small, where, by, parts):
    found = split(total(small, where=where, by=by))
    assert found == parts
    assert list(found) == list(parts)


def test_money_of_nobody_in_particular_is_in_the_split_too(ledger):
    # the Champions are of no single country: an empty cell
    parts = split(total(ledger, where="investai", by="pledger_country"))
    assert sum(high for _, high in parts.values()) == 220e9


@pytest.mark.parametrize("by", ["country", "", "low"])
def test_an_unknown_column_to_split_by_is_our_error(ledger, by):
    with pytest.raises(ChoiceError, match="by="):
        total(ledger, by=by)


# --- another currency


def test_dollars_differ_from_euros_by_rates_only(ledger, published):
    euros, dollars = (total(ledger, to=to) for to in ("EUR", "USD"))
    rates = [float(row["USD"]) for day, row in published.items() if day.year in (2024, 2025, 2026)]
    for name in ("counted", "left_out"):
        one, other = getattr(euros, name), getattr(dollars, name)
        texts = one.columns.difference(BOUNDS)
        assert one[texts].equals(other[texts])
        ratio = (other[BOUNDS] / one[BOUNDS]).stack().dropna()
        assert ratio.between(min(rates), max(rates)).all()
        assert len(ratio) >= 2 * len(one.dropna(subset="low"))
    assert dollars.ties[["pledge_a", "within", "reason"]].equals(euros.ties[["pledge_a", "within", "reason"]])
    assert dollars.findings.equals(euros.findings)
    assert dollars.sentence().count("$") >= 5


def test_the_109_in_dollars_take_the_rate_of_the_day(ledger, published):
    found = total(ledger, to="USD", rule="article", where="france-109bn")
    rate = {str(day): row["USD"] for day, row in published.items()}[SUMMIT_DAY]
    assert found.low == found.high == pytest.approx(109e9 * float(rate), rel=1e-12)


def test_as_plain_values_it_is_json(small):
    found = total(small, where="no-figure")
    answer = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    assert (answer["low"], answer["high"], answer["naive_high"]) == (43, 45, 45)
    assert {row["pledge_id"]: row["low"] for row in answer["left_out"]} == {"no-figure": None, "no-figure-c": None}
