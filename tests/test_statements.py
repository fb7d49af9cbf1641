"""Verdicts are those of the table, said in both languages; squares and dumbbells are the rows, and their texts fit."""

import csv
import dataclasses
import re
from collections import Counter, defaultdict

import pandas as pd
import pytest
from matplotlib.colors import to_hex

from pictures import (
    assert_no_sentence_is_shared,
    assert_texts_fit,
    draw_all,
    in_both_languages,
    one_line,
    picture,
    spots,
    visible_texts,
)
from summit_analysis import charts, check_statements
from summit_analysis.article.statements import evidence_behind, verdicts
from summit_analysis.base import files
from summit_analysis.base.errors import ChoiceError, FrameError

DRAW = {"statements": charts.statements, "conflicts": charts.conflicts}
LANGS = pytest.mark.parametrize("lang", ["en", "fr"])
EACH = in_both_languages(DRAW)
VERDICTS = ["confirmed", "imprecise", "wrong"]


def table(name):
    """Read a table without the code under test."""
    with (files.shipped("data") / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


ROWS = {row["statement_id"]: row for row in table("statements")}
CLAIMS = table("claims")


@pytest.fixture(scope="module")
def checked(ledger):
    return {lang: check_statements(ledger, lang=lang).set_index("statement_id") for lang in ("en", "fr")}


@pytest.fixture(scope="module")
def figures(ledger):
    return draw_all(ledger, DRAW)


# --- verdicts


def test_the_article_has_66_statements_of_which_46_hold(ledger):
    counted = verdicts(ledger)[[*VERDICTS, "statements"]].sum()
    assert counted.tolist() == [46, 15, 5, 66]
    assert counted[VERDICTS].to_dict() == Counter(row["verdict"] for row in ROWS.values())


@pytest.mark.parametrize("by", ["topic", "kind"])
def test_verdicts_are_counted_by_group(ledger, by):
    wanted = Counter((row[by], row["verdict"]) for row in ROWS.values())
    found = verdicts(ledger, by=by)
    assert {(row[by], verdict): row[verdict] for _, row in found.iterrows() for verdict in VERDICTS} == {
        (group, verdict): wanted[group, verdict] for group in found[by] for verdict in VERDICTS
    }
    assert set(found[by]) == {row[by] for row in ROWS.values()}
    assert (found[VERDICTS].sum(axis=1) == found["statements"]).all()
    assert found["wrong"].is_monotonic_decreasing


def test_thin_evidence_is_counted(ledger):
    kinds = {row["source_id"]: row["kind"] for row in table("sources")}
    wanted = defaultdict(lambda: [0, 0, 0])
    for row in ROWS.values():
        pages = row["evidence_source_ids"].split(";")
        thin = (1, len(pages) == 1, all(kinds[page] != "primary" for page in pages))
        wanted[row["verdict"]] = [sum(pair) for pair in zip(wanted[row["verdict"]], thin, strict=True)]
    found = evidence_behind(ledger).set_index("verdict")
    assert found.index.tolist() == VERDICTS
    assert found[["statements", "one_page", "no_primary"]].T.to_dict("list") == wanted


@pytest.mark.parametrize(
    "call", [lambda ledger: check_statements(ledger, lang="de"), lambda ledger: verdicts(ledger, "x")]
)
def test_an_unknown_choice_is_our_error(ledger, call):
    with pytest.raises(ChoiceError):
        call(ledger)


# --- what is printed, and what is right


@LANGS
def test_a_row_keeps_what_the_table_says(checked, lang):
    found = checked[lang]
    assert found.index.tolist() == list(ROWS)
    for column, origin in {
        "statement": f"statement_{lang}",
        "verdict": "verdict",
        "topic": "topic",
        "kind": "kind",
        "note": "note",
        "links_to": "links_to",
        "evidence_source_ids": "evidence_source_ids",
    }.items():
        assert found[column].fillna("").tolist() == [row[origin] for row in ROWS.values()]
    assert found["paragraph"].astype("str").tolist() == [row["seed_paragraph"] for row in ROWS.values()]


@LANGS
def test_what_is_right_is_said_of_each_fault_and_of_nothing_else(checked, lang):
    found = checked[lang]
    assert found.index[found["right"].notna()].tolist() == [
        i for i, row in ROWS.items() if row["verdict"] != "confirmed"
    ]
    assert (found["right"].dropna().str.strip() != "").all()


def test_only_a_relation_in_words_prints_nothing(checked):
    silent = checked["en"].index[checked["en"]["printed"].isna()]
    assert silent.tolist() == checked["fr"].index[checked["fr"]["printed"].isna()].tolist()
    assert {ROWS[i]["kind"] for i in silent} == {"relation"}


@pytest.mark.parametrize(
    ("statement", "english", "french"),
    [
        ("s03", ("6–11 February 2025", "10–11 February 2025"), ("6–11 février 2025", "10–11 février 2025")),
        ("s08", ("10 February 2025", "9 February 2025"), ("10 février 2025", "9 février 2025")),
        ("s11", ("United Arab Emirates", None), ("Émirats arabes unis", None)),
        ("s12", ("€50bn", "€30–50bn"), ("50 Md €", "30–50 Md €")),
        ("s13", ("1 GW", "up to 1 GW"), ("1 GW", "jusqu’à 1 GW")),
        ("s20", ("at least €5bn", "€5–6bn"), ("au moins 5 Md €", "5–6 Md €")),
        ("s29", ("before 10 February 2025", None), ("avant le 10 février 2025", None)),
        ("s33", ("€200bn", "€150bn"), ("200 Md €", "150 Md €")),
        ("s45", ("€5bn", "$5bn, as a first tranche"), ("5 Md €", "5 Md $US, en première tranche")),
        ("s50", ("11 persons", None), ("11 personnes", None)),
        ("s53", ("China, France, India", None), ("Chine, France, Inde", None)),
    ],
)
def test_values_read_as_people_write_them(checked, statement, english, french):
    for lang, wanted in (("en", english), ("fr", french)):
        row = checked[lang].loc[statement]
        found = [None if pd.isna(row[column]) else plain(row[column]) for column in ("printed", "right")]
        assert found == list(wanted)


def plain(text):
    return re.sub(r"\s", " ", text)


def test_the_amount_of_a_statement_is_that_of_its_claim():
    claims = {row["claim_id"]: row for row in CLAIMS}
    money = [row for row in ROWS.values() if re.fullmatch("[A-Z]{3}", row["unit"])]
    assert len(money) == 14
    for row in money:
        claim = claims[row["links_to"].split(";")[0]]
        assert claim["source_id"] == "seed-article"
        assert claim["currency"] == row["unit"]
        assert row["value"] == (claim["amount_high"] or claim["amount_low"] or claim["qualifier"])


def in_words(row):
    return row["corrected_value"] and not row["corrected_high"] and not re.match(r"\d{4}-", row["corrected_value"])


def test_words_of_the_table_are_kept_in_english_and_translated(checked):
    worded = [i for i, row in ROWS.items() if in_words(row)]
    assert len(worded) > 8
    for i in worded:
        english, french = checked["en"].loc[i, "right"], checked["fr"].loc[i, "right"]
        assert english == ROWS[i]["corrected_value"]
        assert re.findall(r"\d+", french) == re.findall(r"\d+", english)
        # a name is a name in both languages
        assert french != english or ROWS[i]["kind"] in ("name", "place")


@LANGS
def test_the_evidence_is_cited_in_full(ledger, checked, lang):
    publisher = ledger.sources.set_index("source_id")["publisher"]
    for i, row in ROWS.items():
        for source in row["evidence_source_ids"].split(";"):
            assert publisher[source] in checked[lang].loc[i, "evidence"]


# --- squares are statements


def squares(chart):
    """Return (x, y, verdict) of each square in reading order; the first three are the key."""
    (axes,) = chart.figure.axes
    crosses = [tuple(spot) for points in axes.collections for spot in points.get_offsets()]
    found = []
    for patch in axes.patches:
        (x, y), side = patch.get_xy(), patch.get_width()
        crossed = any(x < a < x + side and y < b < y + side for a, b in crosses)
        # the looks differ without colour: crossed, hatched, plain
        found.append((x, y, "wrong" if crossed else "imprecise" if patch.get_hatch() else "confirmed"))
    return sorted(found, key=lambda square: (round(square[1], 3), square[0]))


@LANGS
def test_each_statement_is_a_square_of_its_verdict(figures, lang):
    chart = figures["statements", lang]
    key, drawn = squares(chart)[:3], squares(chart)[3:]
    assert [verdict for *_, verdict in key] == VERDICTS
    assert [verdict for *_, verdict in drawn] == chart.data["verdict"].tolist()
    assert sorted(chart.data["statement_id"]) == list(ROWS)
    assert {i: row.verdict for i, row in chart.data.set_index("statement_id").iterrows()} == {
        i: row["verdict"] for i, row in ROWS.items()
    }


@LANGS
def test_a_row_of_squares_goes_from_confirmed_to_wrong(figures, lang):
    for _, rows in figures["statements", lang].data.groupby("kind"):
        assert rows["place"].tolist() == list(range(len(rows)))
        assert rows["verdict"].map(VERDICTS.index).is_monotonic_increasing


def test_verdicts_differ_in_colour_too(figures):
    patches = figures["statements", "en"].figure.axes[0].patches
    assert len({to_hex(patch.get_edgecolor()) for patch in patches}) == 3


@LANGS
def test_counts_and_wrong_statements_are_written(figures, checked, lang):
    chart = figures["statements", lang]
    shown = " ".join(one_line(text.get_text()) for text in visible_texts(chart.figure))
    for row in checked[lang].query("verdict == 'wrong'").itertuples():
        assert one_line(row.right) in shown
        assert one_line(row.right) in one_line(chart.alt)
        # "15 billion of it" needs a name away from its paragraph
        assert one_line(row.statement) in shown or re.search(r"\d+|$", row.statement).group() in shown
    for verdict, count in Counter(row["verdict"] for row in ROWS.values()).items():
        assert re.search(rf"\b{count}\b", shown), verdict
    assert {"46", "66", "15", "8"} <= set(re.findall(r"\d+", chart.title))


# --- dumbbells are pledges


def spreads():
    """Return {pledge: (low, high)} of standing claims in the currency most of them use, without the library."""
    groups = defaultdict(list)
    for row in CLAIMS:
        if row["standing"] in ("stands", "derived") and (row["amount_low"] or row["amount_high"]):
            low, high = float(row["amount_low"] or row["amount_high"]), float(row["amount_high"] or row["amount_low"])
            groups[row["pledge_id"]].append((row["currency"], low, high))
    found = {}
    for pledge, claims in groups.items():
        (currency, _), *_ = Counter(currency for currency, *_ in claims).most_common()
        own = [claim for claim in claims if claim[0] == currency]
        found[pledge] = (min(low for _, low, _ in own), max(high for *_, high in own))
    return found


def dumbbells(chart):
    """Return (name, left end, right end, hollow) of each row, as drawn."""
    (axes,) = chart.figure.axes
    names = dict(zip(map(float, axes.get_yticks()), (t.get_text() for t in axes.get_yticklabels()), strict=True))
    for line, points in zip(axes.lines, axes.collections, strict=True):
        spots = points.get_offsets()
        assert sorted(set(line.get_xdata())) == sorted(spots[:, 0])
        hollow = to_hex(points.get_facecolor()[0]) == "#ffffff"
        yield names[float(line.get_ydata()[0])], min(spots[:, 0]), max(spots[:, 0]), hollow


def test_amounts_apart_are_those_of_the_claims(figures):
    data = figures["conflicts", "en"].data
    apart = {pledge: ends for pledge, ends in spreads().items() if ends[1] > ends[0]}
    drawn = data[data["part"] == "amount"].set_index("pledge_id")
    assert {pledge: (row.low, row.high) for pledge, row in drawn.iterrows()} == apart
    assert drawn["ratio"].is_monotonic_decreasing
    assert str(len(apart)) in re.findall(r"\d+", figures["conflicts", "en"].title)


@LANGS
def test_dumbbells_are_the_rows(ledger, figures, lang):
    chart = figures["conflicts", lang]
    names = ledger.names(lang)
    wanted = [(names[row.pledge_id], 1.0, row.ratio, row.part == "rates") for row in chart.data.itertuples()]
    assert list(dumbbells(chart)) == wanted
    assert set(chart.data["part"]) == {"amount", "other", "rates"}


def test_rates_move_one_figure_only(figures):
    data = figures["conflicts", "en"].data
    rates = data[data["part"] == "rates"]
    assert (rates["converted_high"] / rates["converted_low"]).tolist() == pytest.approx(rates["ratio"].tolist())
    assert (rates["currency"] != "EUR").all()
    assert data.loc[data["part"] != "rates", "converted_high"].isna().all()


@LANGS
def test_other_currencies_and_scopes_are_said_in_words(figures, lang):
    labels = [one_line(text.get_text()) for text in figures["conflicts", lang].figure.axes[0].texts]
    beside = {
        "en": ["$5bn; also in euros", "€10bn; €15bn, €20bn: of something else", "€30–50bn; by a slip in US dollars"],
        "fr": ["5 Md $US ; aussi en euros", "10 Md € ; 15 Md €, 20 Md € : pour autre chose"],
    }
    assert set(beside[lang]) <= set(labels)


def test_nothing_to_compare_is_our_error(ledger):
    alone = ledger.claims.drop_duplicates("pledge_id")
    alone = alone[alone["qualifier"] != "range"]
    with pytest.raises(FrameError, match="nothing to compare"):
        charts.conflicts(dataclasses.replace(ledger, claims=alone))


@pytest.mark.parametrize("to", ["USD", "JPY"])
def test_conflicts_can_be_drawn_in_another_currency(ledger, to):
    chart = charts.conflicts(ledger, to=to)
    left, right = chart.figure.axes[0].get_xlim()
    assert left < 1 < chart.data["ratio"].max() < right
    assert (chart.data.loc[chart.data["part"] == "rates", "currency"] != to).all()


# --- the texts fit


@EACH
def test_texts_are_legible_and_lie_inside_apart_and_on_no_mark(figures, name, lang):
    chart = figures[name, lang]
    (axes,) = chart.figure.axes
    marks = [patch.get_window_extent() for patch in axes.patches] + spots(axes, 3)
    assert len(marks) >= len(chart.data)
    assert_texts_fit(chart, marks, more_than=20)
    assert "LeBigData" in chart.source


@pytest.mark.parametrize("name", DRAW)
def test_the_two_languages_share_the_rows_and_no_sentence(figures, name):
    english, french = figures[name, "en"], figures[name, "fr"]
    pd.testing.assert_frame_equal(english.data, french.data)
    assert_no_sentence_is_shared(english, french)


def test_another_verdict_changes_text_and_picture(ledger, figures):
    statements = ledger.statements.copy()
    statements.loc[statements["statement_id"] == "s20", "verdict"] = "wrong"
    changed = charts.statements(dataclasses.replace(ledger, statements=statements))
    assert changed.text() != figures["statements", "en"].text()
    assert changed.png() != figures["statements", "en"].png()


@pytest.mark.parametrize("name", DRAW)
def test_drawn_again_the_bytes_are_the_same(ledger, figures, name):
    assert DRAW[name](ledger, lang="fr").svg() == figures[name, "fr"].svg()


# --- the picture itself


@picture("article-by-verdict.png")
def test_picture_of_the_article_by_verdict(figures):
    return figures["statements", "en"].figure


@picture("conflicts.png")
def test_picture_of_the_conflicts(figures):
    return figures["conflicts", "en"].figure
