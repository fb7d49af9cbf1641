"""Amounts of a text are held against the ledger: what agrees, contradicts, is new, and by how much."""

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summit_analysis import match_claims, quote
from summit_analysis.article.match import half_units
from summit_analysis.base.errors import FrameError, MissingRateError
from summit_analysis.pledges.claims import value_claims

CHAMPIONS, INVESTAI, MGX, FRANCE = "eu-ai-champions-initiative", "investai", "mgx-campus", "france-109bn"
FLUIDSTACK, BROOKFIELD, DATA4, CAMBRAI = (
    "fluidstack-supercomputer",
    "brookfield-france-ai",
    "brookfield-data4-datacentres",
    "brookfield-cambrai",
)
SOFTBANK, MISTRAL = "cmp-fra-softbank-75bn", "mistral-essonne"
BN = 1e9


def said(sentence, *amounts, language="en"):
    """Write the frame of `find_amounts` by hand: (span, low, currency) or (span, low, currency, qualifier, high)."""
    rows, at = [], 0
    for span, low, currency, *more in amounts:
        qualifier, high, inferred = [*more, "exact", None, False][: len(more)] + ["exact", None, False][len(more) :]
        at = sentence.index(span, at)
        rows.append(
            {
                "start": at,
                "end": at + len(span),
                "span": span,
                "low": low,
                "high": low if high is None else high,
                "open_low": qualifier == "up-to",
                "open_high": qualifier == "at-least",
                "scale": BN if math.isnan(low) else math.nan,
                "currency": currency,
                "qualifier": qualifier,
                "language": language,
                "inferred": inferred,
                "sentence": sentence,
            }
        )
        at += len(span)
    return pd.DataFrame(rows)


def euros(sentence, span, billions, qualifier="exact", **options):
    return said(sentence, (span, billions * BN, "EUR", qualifier), **options)


def only(ledger, frame, **options):
    found = match_claims(ledger, frame, **options)
    assert len(found) == 1, found[["verdict", "pledge_id", "reason"]].to_string()
    return found.iloc[0]


# --- one amount, one pledge


@pytest.mark.parametrize(
    ("sentence", "span", "billions", "qualifier", "verdict", "pledge"),
    [
        ("Emmanuel Macron announced 109 billion euros.", "109 billion euros", 109, "exact", "agrees", FRANCE),
        ("MGX will invest 50 billion euros.", "50 billion euros", 50, "exact", "agrees", MGX),
        ("MGX will invest up to 50 billion euros.", "50 billion euros", 50, "up-to", "agrees", MGX),
        ("MGX will invest 41 billion euros.", "41 billion euros", 41, "exact", "agrees", MGX),
        ("MGX will invest 70 billion euros.", "70 billion euros", 70, "exact", "contradicts", MGX),
        ("MGX will invest up to 70 billion euros.", "70 billion euros", 70, "up-to", "contradicts", MGX),
        ("MGX will invest more than 70 billion euros.", "70 billion euros", 70, "at-least", "contradicts", MGX),
        ("MGX will invest more than 20 billion euros.", "20 billion euros", 20, "at-least", "agrees", MGX),
        ("The EU AI Champions bring 200 billion euros.", "200 billion euros", 200, "exact", "contradicts", CHAMPIONS),
        ("The EU AI Champions bring 150 billion euros.", "150 billion euros", 150, "exact", "agrees", CHAMPIONS),
        ("The EU AI Champions bring at least 100 bn euros.", "100 bn euros", 100, "at-least", "agrees", CHAMPIONS),
        ("The EU AI Champions bring over 200 bn euros.", "200 bn euros", 200, "at-least", "contradicts", CHAMPIONS),
        ("Fluidstack will spend 10 billion euros.", "10 billion euros", 10, "exact", "agrees", FLUIDSTACK),
        ("Fluidstack will spend 30 billion euros.", "30 billion euros", 30, "exact", "contradicts", FLUIDSTACK),
        # a claim says "at least" itself, so a text that does is not at odds with it
        ("Fluidstack will spend over 30 billion euros.", "30 billion euros", 30, "at-least", "new", FLUIDSTACK),
        # all claims say "at least", or "up to"
        ("SoftBank will spend 60 billion euros in Dunkirk.", "60 billion euros", 60, "exact", "new", SOFTBANK),
        # less than half may be a part
        ("Fluidstack will spend 1 billion euros.", "1 billion euros", 1, "exact", "new", FLUIDSTACK),
        ("InvestAI is to mobilise 300 billion euros.", "300 billion euros", 300, "exact", "contradicts", INVESTAI),
        ("InvestAI mobilises 150 billion euros.", "150 billion euros", 150, "exact", "agrees", CHAMPIONS),
        ("Europe announced 200 billion euros.", "200 billion euros", 200, "exact", "agrees", INVESTAI),
        ("Brookfield will spend 15 billion euros.", "15 billion euros", 15, "exact", "agrees", DATA4),
        ("Orange will spend 3 billion euros.", "3 billion euros", 3, "exact", "unquantified", "orange-ai"),
        ("Mistral AI will spend €2bn in Essonne.", "€2bn", 2, "exact", "unquantified", MISTRAL),
        ("A newspaper counts 83 billion euros.", "83 billion euros", 83, "exact", "known-not-standing", FRANCE),
    ],
)  # fmt: skip
def test_verdicts(ledger, sentence, span, billions, qualifier, verdict, pledge):
    row = only(ledger, euros(sentence, span, billions, qualifier))
    assert (row["verdict"], row["pledge_id"]) == (verdict, pledge), row["reason"]


@pytest.mark.parametrize(
    ("sentence", "span", "billions"),
    [
        ("The summit cost 0.777 billion euros.", "0.777 billion euros", 0.777),
        # named, but with another country, another kind of money, or after its sum has been given
        ("Microsoft will spend 4 billion euros in France.", "4 billion euros", 4),
        ("The European Commission fined Meta 1.2 billion euros.", "1.2 billion euros", 1.2),
        ("MGX is valued at 90 billion euros.", "90 billion euros", 90),
        # the pledger does more than this pledge
        ("The European Commission proposes 409 billion euros.", "409 billion euros", 409),
    ],
)
def test_what_is_new_contradicts_nothing(ledger, sentence, span, billions):
    assert only(ledger, euros(sentence, span, billions))["verdict"] == "new"


def test_a_pledge_whose_sum_is_given_is_not_held_against_another_amount_of_the_sentence(ledger):
    sentence = "Stargate, at 500 billion dollars, dwarfs the 300 billion dollars of others."
    frame = said(sentence, ("500 billion dollars", 500 * BN, "USD"), ("300 billion dollars", 300 * BN, "USD"))
    assert match_claims(ledger, frame)["verdict"].tolist() == ["agrees", "new"]
    alone = said("Stargate needs 300 billion dollars.", ("300 billion dollars", 300 * BN, "USD"))
    assert match_claims(ledger, alone)["verdict"].eq("contradicts").any()


def test_a_pledgers_name_needs_the_recipient_beside_it(ledger):
    with_france = euros("The Emirates will spend 90 billion euros in France.", "90 billion euros", 90)
    row = only(ledger, with_france)
    assert (row["verdict"], row["pledge_id"], row["alias"]) == ("contradicts", MGX, "Emirates")
    assert only(ledger, euros("The Emirates will spend 90 billion euros.", "90 billion euros", 90))["verdict"] == "new"


# --- the article that started the project


def test_the_money_statements_of_the_article_get_sensible_verdicts(ledger):
    expected = {
        "s05": ("agrees", FRANCE),
        "s12": ("agrees", MGX),
        "s16": ("agrees", BROOKFIELD),
        "s17": ("contradicts", CAMBRAI),
        "s23": ("unquantified", "mistral-essonne"),
        "s26": ("agrees", FLUIDSTACK),
        "s33": ("contradicts", CHAMPIONS),
        "s38": ("agrees", INVESTAI),
        "s40": ("agrees", "bpifrance-ai-2029"),
        "s42": ("agrees", "amazon-aws-2031"),
        "s45": ("agrees", "apollo-energy"),
        "s48": ("agrees", "current-ai-initial-400m"),
        "s49": ("agrees", "current-ai-target-2-5bn"),
    }
    spans = {"s17": "15", "s23": "plusieurs milliards", "s49": "2,5 milliards", "s48": "400 millions"}
    for row in ledger.statements.query("statement_id in @expected").itertuples():
        figure = math.nan if row.value == "several" else float(row.value)
        span = spans.get(row.statement_id, f"{figure / BN:g} milliards")
        frame = said(row.statement_fr, (span, figure, row.unit), language="fr")
        found = only(ledger, frame, on="2025-02-11")
        assert (found["verdict"], found["pledge_id"]) == expected[row.statement_id], row.statement_fr
        assert (row.verdict == "wrong") == (found["verdict"] == "contradicts")


def test_an_amount_without_a_name_that_fits_several_is_a_tie(ledger):
    sentence = ledger.statements.set_index("statement_id").loc["s20", "statement_fr"]
    found = match_claims(ledger, euros(sentence, "5 milliards", 5, "at-least", language="fr"))
    assert {"apollo-energy", "digital-realty-france", "brookfield-associated-infrastructure"} == set(found["pledge_id"])
    assert found["tied"].all()
    assert (found["by"].eq("amount") & found["strength"].eq("weak") & found["verdict"].eq("agrees")).all()


# --- names


@pytest.mark.parametrize(
    ("written", "right"),
    [("Digital Reality", "Digital Realty"), ("Digital Realtty", "Digital Realty"), ("Digitl Realty", "Digital Realty")],
)
def test_a_misspelt_name_is_found_and_said(ledger, written, right):
    row = only(ledger, euros(f"{written} will spend more than 5 billion euros.", "5 billion euros", 5, "at-least"))
    assert (row["verdict"], row["pledge_id"]) == ("agrees", "digital-realty-france")
    assert (row["alias"], row["spelling"]) == (written, right)
    assert f"“{written}” is misspelt for {right}" in row["reason"]


@pytest.mark.parametrize("written", ["Brookfeild", "Fluidstak", "Prologys", "Sesterse", "Bpifrence", "Stargatte"])
def test_other_slips_of_the_pen_are_found_too(ledger, written):
    found = match_claims(ledger, euros(f"{written} will spend 800 billion euros.", "800 billion euros", 800))
    assert found["alias"].eq(written).all()
    assert found["spelling"].notna().all()


@pytest.mark.parametrize(
    ("sentence", "language"),
    [
        ("Free software costs 3 billion euros.", "en"),
        ("Un oubli humain coûte 3 milliards d'euros.", "fr"),
        ("Human rights cost 3 billion euros.", "en"),
        ("Advantage and Equinor spend 3 billion euros.", "en"),
        ("An orange costs 3 billion euros.", "en"),
    ],
)
def test_common_words_and_other_names_are_no_names(ledger, sentence, language):
    span = {"en": "3 billion euros", "fr": "3 milliards d'euros"}[language]
    found = match_claims(ledger, euros(sentence, span, 3, language=language))
    assert found["alias"].isna().all() or found["by"].eq("both").all()
    assert found["spelling"].isna().all()
    assert not found["verdict"].eq("contradicts").any()


def test_a_long_name_may_begin_small_in_a_sentence(ledger):
    sentence = "L'initiative européenne des champions de l'IA apporte 150 milliards d'euros."
    row = only(ledger, euros(sentence, "150 milliards d'euros", 150, language="fr"))
    assert (row["verdict"], row["pledge_id"], row["strength"]) == ("agrees", CHAMPIONS, "strong")


def test_a_longer_name_hides_the_shorter_one_inside_it(ledger):
    # "EU" alone may mean InvestAI, whose sum it is
    row = only(ledger, euros("The EU AI Champions bring 200 billion euros.", "200 billion euros", 200))
    assert row["alias"] == "EU AI Champions"


def test_the_european_union_beside_it_does_not_save_a_known_error(ledger):
    sentence = "L'Union européenne lance, avec 200 milliards d'euros, l'EU AI Champions Initiative."
    row = only(ledger, euros(sentence, "200 milliards d'euros", 200, language="fr"))
    assert (row["verdict"], row["pledge_id"], row["strength"]) == ("contradicts", CHAMPIONS, "strong")
    assert (row["claim_id"], row["standing"]) == (f"{CHAMPIONS}--seed-article", "other-scope")
    assert "InvestAI" in row["reason"]


def test_agreement_with_any_pledge_named_goes_before_contradiction(ledger):
    sentence = "InvestAI, built on the EU AI Champions, mobilises 200 billion euros."
    found = match_claims(ledger, euros(sentence, "200 billion euros", 200))
    assert found["verdict"].tolist() == ["agrees", "known-not-standing"]
    assert found["pledge_id"].tolist() == [INVESTAI, CHAMPIONS]
    assert found["strength"].eq("weak").all()
    assert not found["tied"].any()


def test_a_part_agrees_and_the_site_beside_it_does_not(ledger):
    found = match_claims(ledger, euros("Brookfield puts 15 billion euros into Cambrai.", "15 billion euros", 15))
    assert dict(zip(found["pledge_id"], found["verdict"], strict=True)) == {
        DATA4: "agrees",
        CAMBRAI: "known-not-standing",
    }


def test_in_a_list_each_amount_goes_with_its_own_name(ledger):
    sentence = "MGX (50 milliards d'euros), Brookfield (20 milliards) et Fluidstack (12 milliards) sont de la partie."
    frame = said(
        sentence,
        ("50 milliards d'euros", 50 * BN, "EUR"),
        ("20 milliards", 20 * BN, "EUR"),
        ("12 milliards", 12 * BN, "EUR"),
        language="fr",
    )
    found = match_claims(ledger, frame)
    assert found["pledge_id"].tolist() == [MGX, BROOKFIELD, FLUIDSTACK]
    assert found["verdict"].tolist() == ["agrees", "agrees", "contradicts"]


def test_swapped_amounts_agree_weakly_and_say_that_another_name_is_nearer(ledger):
    sentence = "MGX (20 milliards d'euros), Brookfield (50 milliards)"
    frame = said(sentence, ("20 milliards d'euros", 20 * BN, "EUR"), ("50 milliards", 50 * BN, "EUR"), language="fr")
    found = match_claims(ledger, frame)
    assert found["pledge_id"].tolist() == [BROOKFIELD, MGX]
    assert found["strength"].eq("weak").all()
    assert found["reason"].str.contains("is named nearer").all()


def test_a_site_given_the_sum_of_its_whole_is_pointed_out(ledger):
    sentence = "Brookfield will spend 20 billion euros on one data centre in Cambrai."
    found = match_claims(ledger, euros(sentence, "20 billion euros", 20))
    assert found["pledge_id"].tolist() == [BROOKFIELD, CAMBRAI]
    assert found["verdict"].tolist() == ["agrees", "known-not-standing"]
    assert found["strength"].tolist() == ["strong", "weak"]


def test_an_amount_that_is_a_name_is_weak_only_right_beside_another_name(ledger):
    for sentence, strength in (
        ("The 109 billion euros are the French answer, some say, to Stargate.", "strong"),
        ("MGX will invest 109 billion euros.", "weak"),
    ):
        row = only(ledger, euros(sentence, "109 billion euros", 109))
        assert (row["verdict"], row["pledge_id"], row["strength"]) == ("agrees", FRANCE, strength)


def test_a_name_of_several_pledges_shows_all_of_them(ledger):
    found = match_claims(ledger, euros("Amazon investira 8 milliards d'euros en France.", "8 milliards d'euros", 8))
    assert found["verdict"].eq("contradicts").all()
    assert found["tied"].all() and found["strength"].eq("weak").all()
    assert set(found["pledge_id"]) == {"amazon-aws-2031", "amazon-aws-2022-plan", "amazon-choose-france-2024"}
    assert found["off_by"].is_monotonic_increasing


def test_million_for_billion_is_said(ledger):
    row = only(ledger, said("Fluidstack will spend 10 million euros.", ("10 million euros", 1e7, "EUR")))
    assert row["verdict"] == "contradicts"
    assert "million and billion mixed up?" in row["reason"]


def test_an_amount_without_figure_is_unquantified(ledger):
    frame = said("Mistral AI will spend several billion euros.", ("several billion euros", math.nan, "EUR", "several"))
    row = only(ledger, frame)
    assert (row["verdict"], row["pledge_id"], row["by"]) == ("unquantified", "mistral-essonne", "name")
    nobody = said("It will cost several billion euros.", ("several billion euros", math.nan, "EUR", "several"))
    assert pd.isna(only(ledger, nobody)["pledge_id"])


# --- currencies


def test_the_day_of_the_text_gives_the_rate(ledger):
    frame = said("MGX will invest 80 billion dollars in France.", ("80 billion dollars", 80 * BN, "USD"))
    row = only(ledger, frame, on="2025-02-09")
    factor = float(quote("USD", "EUR", on="2025-02-09").factor)
    assert row["verdict"] == "contradicts"
    assert row["off_by"] == pytest.approx(80 * BN * factor - 50 * BN)
    assert row["rate"] == 1.0377
    assert row["rate_date"] == pd.Timestamp("2025-02-07")
    assert "7 February 2025" in row["reason"]


def test_a_sum_in_another_currency_agrees_whatever_rate_its_writer_took(ledger):
    for billions in (112, 113):
        frame = said(f"Macron unveils ${billions} billion.", (f"${billions} billion", billions * BN, "USD"))
        row = only(ledger, frame, on="2025-02-11")
        assert (row["verdict"], row["pledge_id"], row["strength"]) == ("agrees", FRANCE, "weak")
    frame = said("Macron unveils $120 billion.", ("$120 billion", 120 * BN, "USD"))
    assert only(ledger, frame, on="2025-02-11")["verdict"] == "new"


@pytest.mark.parametrize(
    ("sentence", "span", "figure", "verdict", "words"),
    [
        ("InvestAI mobilises $200 billion.", "$200 billion", 200 * BN, "contradicts", "slip"),
        ("Brookfield will spend $20 billion in France.", "$20 billion", 20 * BN, "contradicts", "same number"),
        ("MGX will invest $50 billion.", "$50 billion", 50 * BN, "agrees", "same number"),
    ],
)
def test_dollars_for_euros_are_no_rounding(ledger, sentence, span, figure, verdict, words):
    row = only(ledger, said(sentence, (span, figure, "USD")), on="2025-02-11")
    assert row["verdict"] == verdict
    assert words in row["reason"]


def test_what_was_replaced_at_the_launch_is_known_and_no_error(ledger):
    row = only(ledger, euros("Current AI starts with 400 million euros.", "400 million euros", 0.4), on="2025-02-11")
    assert (row["verdict"], row["standing"]) == ("known-not-standing", "superseded")


def test_the_same_sum_beside_it_in_another_currency_agrees_too(ledger):
    sentence = "The plan of 109 billion euros (110 billion dollars) is private."
    frame = said(sentence, ("109 billion euros", 109 * BN, "EUR"), ("110 billion dollars", 110 * BN, "USD"))
    found = match_claims(ledger, frame, on="2025-02-11")
    assert found["verdict"].tolist() == ["agrees", "agrees"]
    assert found["pledge_id"].eq(FRANCE).all()


@pytest.mark.parametrize("dollars_first", [True, False])
def test_a_sum_that_the_named_pledge_contradicts_is_no_agreement_with_one_that_is_not_named(ledger, dollars_first):
    amounts = [("$207bn", 207 * BN, "USD"), ("200 billion euros", 200 * BN, "EUR")][:: 1 if dollars_first else -1]
    sentence = f"The EU AI Champions bring {amounts[0][0]}, or {amounts[1][0]}."
    found = match_claims(ledger, said(sentence, *amounts), on="2025-02-11")
    assert list(zip(found["verdict"], found["pledge_id"], strict=True)) == [("contradicts", CHAMPIONS)] * 2


def test_an_inferred_currency_gives_way_to_the_pledges_own(ledger):
    frame = said("Current AI wants 2.5 billion.", ("2.5 billion", 2.5 * BN, "EUR", "exact", None, True))
    row = only(ledger, frame)
    assert (row["verdict"], row["pledge_id"]) == ("agrees", "current-ai-target-2-5bn")
    assert "currency" in row["reason"]


@pytest.mark.parametrize("currency", ["eur", " EUR ", None])
def test_a_currency_may_be_written_small_or_be_unknown(ledger, currency):
    row = only(ledger, said("MGX will invest 50 billion euros.", ("50 billion euros", 50 * BN, currency)))
    assert (row["verdict"], row["pledge_id"]) == ("agrees", MGX)


def test_a_currency_without_rate_is_no_contradiction(ledger):
    row = only(ledger, said("MGX will invest 90 billion dirhams.", ("90 billion dirhams", 90 * BN, "AED")))
    assert (row["verdict"], row["pledge_id"]) == ("new", MGX)
    assert "no reference rate for AED" in row["reason"]
    assert math.isnan(row["off_by"])


def test_off_by_is_in_the_currency_asked_for(ledger):
    frame = euros("The EU AI Champions bring 200 billion euros.", "200 billion euros", 200)
    in_dollars = only(ledger, frame, on="2025-02-11", to="usd")
    assert in_dollars["off_by"] == pytest.approx(50 * BN * 1.0324)
    assert in_dollars["off_by_pct"] == pytest.approx(100 / 3)
    assert in_dollars["hull_low"] == pytest.approx(150 * BN * 1.0324)


# --- arithmetic


@given(st.integers(1, 9999), st.sampled_from([1e3, 1e6, 1e9, 1e12]), st.integers(0, 3))
def test_rounding_covers_what_rounds_to_the_last_digit_printed(number, scale, decimals):
    figure = number * scale / 10**decimals
    half, _ = half_units(f"€{number / 10**decimals:.{decimals}f} bn", figure, figure, "exact")
    assert half == pytest.approx(0.5 * scale / 10**decimals)
    for share in (-0.99, 0.99):
        assert round((figure + share * half) / scale, decimals) == pytest.approx(figure / scale)


@given(st.floats(1, 1e16), st.sampled_from(["approx", "exact"]))
def test_what_has_no_digits_is_off_by_five_per_cent_at_most(figure, qualifier):
    low, high = half_units("une dizaine", figure, figure, qualifier)
    assert 0 < low == high <= 0.05 * figure


@settings(max_examples=10)
@given(st.lists(st.integers(75_000, 450_000), min_size=20, max_size=20))
def test_off_by_is_zero_exactly_when_the_amount_agrees(ledger, millions):
    spans = [f"{million / 1000:.3f} bn euros" for million in [*millions, 150_000]]
    frames = [euros(f"The EU AI Champions bring {span}.", span, float(span.split()[0])) for span in spans]
    found = match_claims(ledger, pd.concat(frames))
    assert found["amount"].tolist() == list(range(21))
    distance = found["low"] - 150 * BN
    assert found["off_by"].to_numpy() == pytest.approx(distance.to_numpy())
    assert found["off_by_pct"].to_numpy() == pytest.approx((distance / (1.5 * BN)).to_numpy())
    assert found["off_by"].eq(0).tolist() == found["verdict"].eq("agrees").tolist()


def test_a_figure_inside_the_hull_agrees_and_one_outside_does_not(ledger):
    spans = [f"{billions} billion euros" for billions in range(16, 400)]
    found = match_claims(
        ledger, pd.concat([euros(f"MGX will invest {span}.", span, int(span.split()[0])) for span in spans])
    )
    # 109 billion is itself a name, that of the envelope
    inside = (found["low"] / BN).between(30, 50) | found["low"].eq(109 * BN)
    assert (found["verdict"] == "agrees").tolist() == inside.tolist()
    assert (found["off_by"] == 0).tolist() == inside.tolist()
    assert set(found.loc[inside & found["strength"].eq("strong"), "low"]) == {30 * BN, 50 * BN}
    assert set(found.loc[~inside & found["strength"].eq("weak"), "low"]) == {29 * BN, 51 * BN, 52 * BN}


def test_every_standing_figure_agrees_with_its_own_pledge_when_named(ledger):
    """Whatever a standing claim prints, a text that names the pledge and prints it is never told to be wrong."""
    claims = value_claims(ledger)
    claims = claims[claims["standing"].eq("stands") & claims["low"].eq(claims["high"])]
    claims = claims.drop_duplicates(["pledge_id", "low", "currency"])
    names = (
        ledger.aliases[ledger.aliases["language"] != "fr"].drop_duplicates("pledge_id").set_index("pledge_id")["alias"]
    )
    texts = claims.assign(span=[f"{row.low:,.0f} {row.currency}" for row in claims.itertuples()])
    frames = [
        said(f"{names[row.pledge_id]} stands for {row.span}.", (row.span, row.low, row.currency, row.qualifier))
        for row in texts.itertuples()
    ]
    found = match_claims(ledger, pd.concat(frames))
    assert found.loc[found["verdict"].eq("contradicts"), "reason"].tolist() == []
    meant = texts["pledge_id"].tolist()
    matched = found.groupby("amount")["pledge_id"].agg(set)
    missed = [meant[place] for place in range(len(meant)) if meant[place] not in matched[place]]
    # pledges whose first alias is their envelope's, or another's, with the same sum
    assert len(meant) > 90
    assert missed == []


# --- the frame


def test_rows_go_by_position_and_the_input_stays(ledger):
    frame = pd.concat(
        [
            euros("The summit cost 0.777 billion euros.", "0.777 billion euros", 0.777),
            euros("MGX will invest 70 billion euros.", "70 billion euros", 70),
            euros("MGX will invest 70 billion euros.", "70 billion euros", 70),
        ],
        keys=["a", "b", "c"],
    )
    before = frame.copy()
    found = match_claims(ledger, frame)
    pd.testing.assert_frame_equal(frame, before)
    assert found["amount"].tolist() == [0, 1, 2]
    assert found["verdict"].tolist() == ["new", "contradicts", "contradicts"]


def test_no_amounts_make_an_empty_frame_of_the_same_columns(ledger):
    one = euros("MGX will invest 70 billion euros.", "70 billion euros", 70)
    empty, full = match_claims(ledger, one.iloc[:0]), match_claims(ledger, one)
    assert empty.empty
    assert empty.dtypes.to_dict() == full.dtypes.to_dict()


@pytest.mark.parametrize("column", ["start", "span", "low", "currency", "qualifier", "sentence"])
def test_a_missing_column_is_named(ledger, column):
    frame = euros("MGX will invest 70 billion euros.", "70 billion euros", 70).drop(columns=column)
    with pytest.raises(FrameError, match=column):
        match_claims(ledger, frame)


def test_a_bad_day_and_an_unknown_currency_are_named(ledger):
    frame = euros("MGX will invest 70 billion euros.", "70 billion euros", 70)
    with pytest.raises(FrameError, match="2025-02-30"):
        match_claims(ledger, frame, on="2025-02-30")
    for on in (None, "2025-02-11"):
        with pytest.raises(MissingRateError, match="XXX"):
            match_claims(ledger, frame, on=on, to="XXX")
