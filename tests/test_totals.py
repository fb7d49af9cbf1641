"""The totals of the real ledger: each euro once, with what was left out, what ties take off, and who makes it open."""

import datetime as dt
import math
import re

import pytest

from summit_analysis import (
    RULES,
    charts,
    envelope_by_rule,
    explore,
    ladder,
    status,
    timeline,
    total,
    value_claims,
)
from summit_analysis.base.errors import ChoiceError, FrameError

SUMMIT_DAY, LAST_DAY = "2025-02-11", "2026-10-01"
BOUNDS = ["low", "high"]
READERS = ["full-range", "primary-first", "latest"]
BOTH = ("summit", "comparator")
CHOOSE, SOFTBANK = "cmp-fra-choose-france-2025", "cmp-fra-softbank-75bn"


@pytest.fixture(scope="module")
def article(ledger):
    return total(ledger, rule="article", as_of=SUMMIT_DAY)


def bn(amount):
    return round(amount / 1e9, 1)


def bounds(found):
    return bn(found.low), bn(found.high)


def reasons(found):
    return found.left_out.set_index("pledge_id")["reason"].to_dict()


def plain(sentence):
    """The sentence with ordinary blanks."""
    return re.sub(r"\s", " ", sentence)


# --- a day after the data


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", "11 February 2052 (the data end on 1 October 2026)"),
        ("fr", "11 février 2052 (les données s’arrêtent au 1er octobre 2026)"),
    ],
)
@pytest.mark.parametrize(
    "say",
    [
        lambda ledger, **asked: total(ledger, as_of=asked["as_of"]).sentence(asked["lang"]),
        lambda ledger, **asked: explore(ledger, **asked).sentence,
        lambda ledger, **asked: explore(ledger, **asked).parts()["sentence"],
        lambda ledger, **asked: charts.total(ledger, **asked).subtitle,
        lambda ledger, **asked: charts.envelope(ledger, **asked).subtitle,
        lambda ledger, **asked: charts.ladder(ledger, **asked).subtitle,
        lambda ledger, **asked: charts.status(ledger, **asked).subtitle,
        lambda ledger, **asked: charts.memberships(ledger, **asked).subtitle,
    ],
)
def test_a_day_after_the_data_once_passed_without_a_word(ledger, say, lang, words):
    assert words in plain(say(ledger, as_of="2052-02-11", lang=lang))
    within = say(ledger, as_of=LAST_DAY, lang=lang)
    assert not re.search("the data end|s’arrêtent", within)


def test_a_day_is_kept_as_it_is_written_in_calls(ledger):
    for day in (dt.datetime(2025, 2, 11, 20), "2025-02-11 20:00"):
        assert total(ledger, as_of=day).as_of == SUMMIT_DAY


# --- what is no argument


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"where": []}, "where=[] is not known; choose one of: summit"),
        ({"where": 5}, "where=5 is not known; choose one of: summit"),
        ({"money_kinds": 5}, "money_kinds=5 is not known; choose one of: private"),
        ({"by": ["purpose"]}, "by=['purpose'] is not known; choose one of: pledge_id"),
    ],
)
def test_an_empty_or_wrong_choice_once_made_a_total_of_nothing_or_a_bare_error(ledger, asked, words):
    with pytest.raises(ChoiceError, match=re.escape(words)):
        total(ledger, **asked)


@pytest.mark.parametrize("wanted", [total, explore, ladder, status, timeline, value_claims, charts.total])
def test_a_path_once_passed_for_a_ledger(wanted):
    with pytest.raises(FrameError, match=re.escape("'data' is not a ledger; hand in load()")):
        wanted("data")


# --- its frames


MONEY = ["pledge_id", "low", "high", "open_low", "open_high", "money_kind", "recipient_country", "claim_ids"]


@pytest.mark.parametrize(
    ("name", "columns"),
    {
        "counted": [*MONEY, "amount_by", "one_year"],
        "left_out": [*MONEY, "amount_by", "reason", "counted_in"],
        "ties": ["pledge_a", "pledge_b", "relation", "within", *BOUNDS, "reason"],
        "unquantified": ["pledge_id", "scale", "reason", "parent_id"],
        "kinds": ["money_kind", *BOUNDS],
        "findings": ["finding", "pledge_id", *BOUNDS],
    }.items(),
)
def test_each_frame_has_its_columns_and_counts_its_rows(ledger, name, columns):
    frame = getattr(total(ledger, as_of=LAST_DAY), name)
    assert frame.columns.tolist() == columns
    assert frame.index.tolist() == list(range(len(frame)))
    assert len(frame)


# --- the article


def test_the_article_adds_up_to_half_of_what_it_prints(article):
    assert (bn(article.naive.low), bn(article.naive.high)) == (632.8, 632.8)
    assert (article.naive.open_low, article.naive.open_high) == (False, True)
    assert bounds(article) == (321.4, 321.4)
    # both that make the careless sum open lie inside the exact 109
    assert (article.amount.open_low, article.amount.open_high) == (False, False)


def test_the_kinds_of_money_make_the_sum(article):
    kinds = article.kinds.set_index("money_kind")
    assert kinds.map(bn).T.to_dict("list") == {"mixed": [202.4] * 2, "private": [109.0] * 2, "public": [10.0] * 2}
    assert math.fsum(kinds["low"]) == pytest.approx(article.low, abs=0.005)


def test_who_makes_the_careless_sum_open(article):
    left_out = article.left_out
    assert left_out.loc[left_out["open_high"], "pledge_id"].tolist() == ["digital-realty-france"]
    assert article.unquantified[["pledge_id", "scale"]].values.tolist() == [["mistral-essonne", 1e9]]


@pytest.mark.parametrize(
    ("lang", "once", "careless"),
    [
        (
            "en",
            ["11 February 2025", "at most €321.4bn", "€109bn private", "€202.4bn mixed", "€10bn public", "Mistral AI"],
            ["€632.8bn", "“at least”: Digital Realty", "no figure: Mistral AI"],
        ),
        (
            "fr",
            [
                "11 février 2025",
                "au plus 321,4 Md €",
                "109 Md € de fonds privés",
                "202,4 Md €",
                "10 Md €",
                "Mistral AI",
            ],
            ["632,8 Md €", "« au moins » : Digital Realty", "sans montant : Mistral AI"],
        ),
    ],
)
def test_the_sentence_says_it_all(article, lang, once, careless):
    first, second = plain(article.sentence(lang)).split(". ")
    assert [text for text in once if text not in first] == []
    assert [text for text in careless if text not in second] == []
    # the sum itself is closed, so nobody may be named as its floor
    assert "at least" not in first
    assert "au moins" not in first


def test_an_unknown_language_is_our_error(article):
    with pytest.raises(ChoiceError, match="'de'"):
        article.sentence("de")


def test_only_france_with_the_eu_is_at_most(ledger):
    assert "at most" not in total(ledger, where="france-109bn").sentence().lower()
    assert "at most" not in total(ledger, where="investai").sentence().lower()
    assert "at most" in total(ledger, where=["france-109bn", "investai"]).sentence().lower()


# --- envelopes


def test_the_109_under_every_rule(ledger):
    table = envelope_by_rule(ledger, "france-109bn")
    assert table.index.tolist() == [*range(len(RULES))]
    table = table.set_index("rule")
    assert [*table.index] == list(RULES)
    assert (table[BOUNDS] == 109e9).all(axis=None)
    assert (table["unallocated_low"] == 0).all()
    assert bn(table.loc["article", "unallocated_high"]) == 13.0
    assert bn(table.loc["full-range", "unallocated_high"]) == 21.2
    assert 0 < table.loc["latest", "unallocated_high"] < 1e9
    assert [*table.loc["full-range", ["parts_low", "parts_high"]].map(bn)] == [87.8, 109.7]
    named = table["unquantified"].str.split(";").map(sorted).to_dict()
    assert named.pop("article") == ["mistral-essonne"]
    assert named == {rule: ["mistral-essonne", "orange-ai", "thales-ai"] for rule in READERS}
    # less than a billion is left for "several billion" of Mistral
    assert table.loc["latest", "findings"] == "no-room"
    assert table.loc[["full-range", "article"], "findings"].tolist() == ["", ""]


def test_the_public_bank_is_outside_the_private_109(ledger, article):
    inside = total(ledger, where="france-109bn")
    assert "bpifrance-ai-2029" not in {*inside.counted["pledge_id"], *inside.left_out["pledge_id"]}
    assert "bpifrance-ai-2029" in set(article.counted["pledge_id"])


@pytest.mark.parametrize("rule", READERS)
def test_the_parts_of_investai_are_200_to_220_and_no_finding(ledger, rule):
    found = total(ledger, rule=rule, where="investai")
    (held,) = found.unallocated.to_dict("records")
    assert [bn(held[name]) for name in ("low", "high", "parts_low", "parts_high")] == [200.0, 200.0, 200.0, 220.0]
    assert (held["unallocated_low"], held["unallocated_high"]) == (0, 0)
    assert found.findings.empty
    # the gigafactories are tied to both other parts, and come off once
    assert found.ties["within"].tolist() == ["investai", "investai"]
    assert sorted(found.ties["low"]) == [0, 20e9]
    assert bounds(found) == (200.0, 200.0)


# --- the summit


def test_the_summit_group(ledger):
    assert bounds(total(ledger)) == (376.9, 404.0)
    then = total(ledger, as_of=SUMMIT_DAY)
    assert bounds(then) == (374.9, 375.4)
    assert sum(reason == "undated" for reason in reasons(then).values()) == 7
    assert "7 rows without a day of announcement" in then.sentence()


def test_a_tie_binds_only_when_both_rows_exist(ledger):
    tied = {day: set(total(ledger, as_of=day).ties["pledge_a"]) for day in (SUMMIT_DAY, "2025-05-19", None)}
    assert "prologis-data-centres" not in tied[SUMMIT_DAY]
    assert "prologis-data-centres" in tied["2025-05-19"] & tied[None]


@pytest.mark.parametrize(
    ("day", "low", "reason"),
    [
        ("2025-12-31", 109.0, "part of an envelope"),
        ("2026-09-30", 99.0, "part of an envelope"),
        (LAST_DAY, 99.0, "withdrawn"),
    ],
)
def test_a_withdrawal_comes_off_the_low_figure_and_is_named(ledger, day, low, reason):
    found = total(ledger, where="france-109bn", as_of=day)
    assert bounds(found) == (low, 109.0)
    assert reasons(found)["fluidstack-supercomputer"] == reason
    gone = found.ties[found.ties["within"].eq("")]
    assert gone[["pledge_a", *BOUNDS]].values.tolist() == [["fluidstack-supercomputer", 10e9, 0.0]] * (low < 109)
    assert (found.findings["finding"] == "withdrawn-part").sum() == (low < 109)
    assert ("withdrawn: Fluidstack" in found.sentence()) == (reason == "withdrawn")


# --- every row, every cent


def test_spending_of_one_year_is_named_where_it_is_added_to_plans_of_several(ledger):
    capex = [
        f"cmp-usa-{name}2025" for name in ("microsoft-capex-fy", "alphabet-capex-", "meta-capex-", "amazon-capex-")
    ]
    found = total(ledger, where="comparator")
    assert found.counted.loc[found.counted["one_year"], "pledge_id"].tolist() == capex
    for lang, said in (("en", "spending of one year"), ("fr", "dépenses d’une seule année")):
        names = ledger.names(lang)
        assert all(names[pledge] in found.sentence(lang).partition(said)[2] for pledge in capex)
        # a sum of one year's spending alone, and pledges of the summit, are of one kind
        assert said not in total(ledger, where=capex).sentence(lang)
        assert said not in total(ledger).sentence(lang)


def expected(ledger, rule, where, day):
    pledges = ledger.pledges
    mentioned = set(ledger.claims.loc[ledger.claims["source_id"] == "seed-article", "pledge_id"])
    groups = {"summit": ["summit"], "article": BOTH, BOTH: BOTH}[where]
    rows = pledges[pledges["group"].isin(groups)]
    if "article" in (rule, where):
        rows = rows[rows["pledge_id"].isin(mentioned)]
    return sorted(rows.loc[~(rows["announced_on"] > (day or "2099-01-01")), "pledge_id"])


@pytest.mark.parametrize("day", [None, SUMMIT_DAY, LAST_DAY])
@pytest.mark.parametrize("where", ["summit", "article", BOTH])
@pytest.mark.parametrize("rule", RULES)
def test_every_row_once_and_every_cent(ledger, rule, where, day):
    found = total(ledger, rule=rule, where=where, as_of=day)
    assert sorted([*found.counted["pledge_id"], *found.left_out["pledge_id"]]) == expected(ledger, rule, where, day)
    assert (found.left_out["reason"] != "").all()
    off = found.ties[found.ties["within"] == ""]
    for bound in BOUNDS:
        parts = [getattr(found, bound), *found.left_out[bound].dropna(), *off[bound]]
        assert math.fsum(parts) == pytest.approx(getattr(found.naive, bound), rel=0, abs=0.005)
        assert math.fsum(found.kinds[bound]) == pytest.approx(getattr(found, bound), rel=0, abs=0.005)
    assert 0 < found.low <= found.high <= found.naive.high


# --- where


@pytest.mark.parametrize("where", ["mgx", "", "Summit", ["summit", "no-such-pledge"]])
def test_an_unknown_place_to_look_is_our_error(ledger, where):
    with pytest.raises(ChoiceError, match="where="):
        total(ledger, where=where)


def test_other_words_and_days_that_nobody_knows_are_our_errors(ledger):
    with pytest.raises(ChoiceError, match="rule='newest'"):
        total(ledger, rule="newest")
    with pytest.raises(FrameError, match="2025-02-30"):
        total(ledger, as_of="2025-02-30")


def test_what_is_selected_twice_counts_once(ledger):
    once = total(ledger, where="france-109bn")
    twice = total(ledger, where=["mgx-campus", "france-109bn", "mgx-campus"])
    assert (twice.low, twice.high, twice.naive) == (once.low, once.high, once.naive)


def test_what_restates_another_comes_off_both_bounds_when_both_are_there(ledger):
    assert "restates" not in set(total(ledger, where=CHOOSE).ties["relation"])
    found = total(ledger, where=[CHOOSE, "france-109bn"])
    again = found.ties[found.ties["relation"] == "restates"]
    assert again[["pledge_a", *BOUNDS]].values.tolist() == [[f"{CHOOSE}-ai", 17e9, 20.8e9]]
    # 37 to 40.8, of which 17 to 20.8 firms up the 109
    assert bounds(found) == (109 + 37 - 17, 109 + 40.8 - 20.8)
    # `detail` only spells that out
    assert "detail" not in set(found.ties["relation"])


@pytest.mark.parametrize(
    ("day", "reason", "low"),
    [(None, "succeeded", 75), ("2026-05-29", "", 0), ("2026-05-30", "succeeded", 75), (LAST_DAY, "withdrawn", 75)],
)
def test_a_successor_stands_for_what_it_succeeds(ledger, day, reason, low):
    found = total(ledger, where=["fluidstack-supercomputer", SOFTBANK], as_of=day)
    assert reasons(found).get("fluidstack-supercomputer", "") == reason
    # before that, the one that may have left is still worth up to 10
    assert bounds(found) == (low, low or 10)


def test_a_total_prints_as_its_sentence_on_five_lines_at_most(ledger, article):
    assert " ".join(repr(article).split()) == " ".join(article.sentence().split())
    long = repr(total(ledger, where=BOTH)).splitlines()
    assert len(long) == 5
    assert max(map(len, long)) <= 120
    assert long[-1].endswith(" …")


def test_a_total_in_dollars_is_no_formula_in_a_notebook(ledger):
    page = total(ledger, to="USD")._repr_html_()
    assert page.count("<span>$</span>") == page.count("$") > 1
