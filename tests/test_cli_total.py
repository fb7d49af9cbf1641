"""The command `total`: the sentence first, then every row of the sum; wrong words end with exit code 2."""

import json
import re
import subprocess
import sys

import pytest
from typer.testing import CliRunner

import summit_analysis.__main__ as cli
from summit_analysis import __main__, total

ARTICLE = ("--rule", "article", "--as-of", "2025-02-11")


@pytest.fixture(autouse=True)
def _read_once(monkeypatch, ledger):
    # the tables are the same for every call, and reading them takes most of its time
    monkeypatch.setattr("summit_analysis.ledger.tables.load", lambda: ledger)
    # a narrow table would break its cells over lines
    monkeypatch.setattr(__main__.out, "width", 300)


def invoke(*words):
    return CliRunner().invoke(cli.app, ["total", *words], catch_exceptions=False)


def answer(*words):
    found = invoke(*words, "--json")
    assert found.exit_code == 0
    return json.loads(found.stdout)


def tables(text):
    """The tables printed: title -> rows of cells, header first."""
    found, title = {}, None
    for line in text.splitlines():
        if re.match(r"[┃│]", line):
            cells = [cell.strip() for cell in re.split("[┃│]", line)[1:-1]]
            found[title].append(cells)
        elif re.match(r"\w[\w ]*$", line.strip()):
            title = line.strip()
            found[title] = []
    return found


# --- as text


def test_the_sentence_comes_first(ledger):
    found = invoke(*ARTICLE)
    assert found.exit_code == 0
    first = found.stdout.splitlines()[0]
    assert first == total(ledger, rule="article", as_of="2025-02-11").sentence()
    assert [
        text for text in ("at most €321.4bn", "€632.8bn", "Mistral AI", "Digital Realty") if text not in first
    ] == []


def test_the_tables_hold_every_row_by_its_name(ledger):
    shown = tables(invoke(*ARTICLE).stdout)
    found = total(ledger, rule="article", as_of="2025-02-11")
    assert list(shown) == ["Counted", "Left out"]
    names = ledger.names("en")
    for title, frame in (("Counted", found.counted), ("Left out", found.left_out)):
        header, *rows = shown[title]
        assert [row[0] for row in rows] == frame["pledge_id"].map(names).tolist()
        assert header[:3] == ["pledge_id", "low", "high"]
    assert shown["Counted"][1][1:4] == ["109bn", "109bn", "private"]
    mistral = next(row for row in shown["Left out"] if row[0] == names["mistral-essonne"])
    assert mistral[-2:] == ["no figure", ""]
    assert shown["Left out"][1][-2:] == ["part of an envelope", names["france-109bn"]]


def test_what_ties_take_off_and_findings_are_printed_where_there_are_any():
    shown = tables(invoke("--rule", "latest").stdout)
    assert list(shown) == ["Counted", "Left out", "Taken off", "Findings"]
    assert ["no-room", "Mistral AI (Essonne)"] in [row[:2] for row in shown["Findings"]]
    assert {"overlaps"} == {row[2] for row in shown["Taken off"][1:]}


def test_french(ledger):
    found = invoke(*ARTICLE, "--lang", "fr")
    assert found.stdout.splitlines()[0] == total(ledger, rule="article", as_of="2025-02-11").sentence("fr")
    assert "au plus 321,4" in found.stdout
    assert ledger.names("fr")["france-109bn"] in found.stdout


# --- as JSON


def test_json_holds_the_figures_of_the_article():
    found = answer(*ARTICLE)
    assert (found["rule"], found["as_of"], found["currency"]) == ("article", "2025-02-11", "EUR")
    assert [round(found[key] / 1e9, 1) for key in ("low", "high", "naive_low", "naive_high")] == [
        321.4,
        321.4,
        632.8,
        632.8,
    ]
    kinds = {row["money_kind"]: round(row["high"] / 1e9, 1) for row in found["kinds"]}
    assert kinds == {"private": 109.0, "mixed": 202.4, "public": 10.0}
    assert [(row["pledge_id"], row["scale"]) for row in found["unquantified"]] == [("mistral-essonne", 1e9)]
    assert "at most" in found["sentence"]


def test_json_is_the_total_itself(ledger):
    assert answer() == json.loads(json.dumps(total(ledger).as_dict()))
    assert [round(answer()[key] / 1e9, 1) for key in ("low", "high")] == [376.9, 404.0]


def test_several_places_are_joined_by_commas(ledger):
    found = answer("--where", "france-109bn,investai")
    assert [row["pledge_id"] for row in found["counted"]] == ["france-109bn", "investai"]
    assert (found["low"], found["high"]) == (309e9, 309e9)
    assert "bpifrance-ai-2029" not in {row["pledge_id"] for row in found["left_out"]}
    everything = answer("--where", "summit,comparator")
    assert len(everything["counted"]) + len(everything["left_out"]) == len(ledger.pledges)


def test_dollars(published):
    rate = {str(day): float(row["USD"]) for day, row in published.items()}["2025-02-11"]
    found = answer(*ARTICLE, "--where", "france-109bn", "--to", "USD")
    assert (found["currency"], found["low"]) == ("USD", pytest.approx(109e9 * rate, rel=1e-12))
    assert "$" in found["sentence"]


# --- exit codes


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--rule", "newest"), "full-range, primary-first, latest, article"),
        (("--where", "mgx"), "mgx"),
        (("--where", "summit,nowhere"), "nowhere"),
        (("--as-of", "2025-02-30"), "2025-02-30"),
        (("--as-of", "11 February"), "YYYY-MM-DD"),
        (("--lang", "de"), "de"),
        (("--rule",), "--rule"),
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2_and_says_why(monkeypatch, capsys, words, named):
    monkeypatch.setattr(sys, "argv", ["summit-analysis", "total", *words])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    printed = capsys.readouterr()
    assert stopped.value.code == 2
    assert printed.out == ""
    assert named in printed.err


def test_an_unknown_currency_fails_with_its_reason(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["summit-analysis", "total", "--to", "XXX"])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 1
    assert "XXX: unknown currency" in capsys.readouterr().err


def test_a_currency_may_be_written_small_as_in_convert():
    assert answer("--to", "usd", "--where", "france-109bn")["currency"] == "USD"


def test_the_installed_program_reads_the_shipped_tables():
    command = [sys.executable, "-m", "summit_analysis", "total", "--rule", "newest"]
    answered = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert (answered.returncode, answered.stdout) == (2, "")
    assert answered.stderr.startswith("error: rule='newest'")
    assert "Traceback" not in answered.stderr
