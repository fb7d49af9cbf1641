"""What the product says of the shipped ledger stays as it is, or changes in a commit that shows how.

Each table in `golden/` holds one public frame at the settings below, or what a command prints. After a change that is
meant, `python -m pytest tests/test_golden.py --write-golden` writes them anew, and the change shows them.
"""

import itertools
from inspect import signature
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import summit_analysis as sa
import summit_analysis.__main__ as cli
from summit_analysis.article.match import verdicts
from summit_analysis.currency import update
from summit_analysis.ledger import sources, tables
from summit_analysis.pledges import claims
from summit_analysis.report import texts

GOLDEN = Path(__file__).with_name("golden")
SETTINGS = {
    "as announced, euros": {"to": "EUR", "rule": "full-range", "as_of": None},
    "the article at the summit, euros": {"to": "EUR", "rule": "article", "as_of": "2025-02-11"},
    "latest claims, dollars": {"to": "USD", "rule": "latest", "as_of": None},
}
ALWAYS = {"declaration": "paris-2025", "a": "paris-2025", "b": "newdelhi-2026", "envelope": "france-109bn"}
ENGLISH = """Paris AI summit: the sums

The United Arab Emirates will invest 30 to 50 billion euros in a campus of 1 GW. Brookfield adds 20 billion euros, and
Macron promised €109bn for France. The EU AI Champions bring 150 billion euros. InvestAI mobilises 200 billion euros,
20 of them for gigafactories. Current AI starts with $400 million. Amazon said it would spend six billion euros.
Mistral AI will invest several billion euros. Stargate is worth $500 billion, up to 40 times that.
"""
FRENCH = """Sommet de Paris : les chiffres

Les Émirats investiront de 30 à 50 milliards d'euros. Brookfield ajoute 20 milliards d'euros, Digital Realty 5 milliards
d'euros au moins. Current AI commence avec 400 millions de dollars. L'Europe mobilise 200 milliards d'euros.
"""


def of_total(part):
    return lambda ledger, to, rule, as_of: getattr(sa.total(ledger, to, rule, by="purpose", as_of=as_of), part)


def in_both(function):
    def said(ledger):
        each = {lang: pd.DataFrame(function(ledger, lang=lang)) for lang in ("en", "fr")}
        return pd.concat(each, names=["lang", "line"]).reset_index("lang")

    return said


PUBLIC = """announced_by_day blocs changed_sides claimed_counts compare_claims compare_lists compare_pledges conflicts
exclusive_intersections explain_ladder ladder memberships names_listed resolve_claims
signatories status timeline total_by_convention value_claims"""
FRAMES = {
    **{name: getattr(sa, name) for name in PUBLIC.split()},
    **{one.__name__: one for one in (claims.date_claims, sources.without_primary)},
    **{
        f"total_{part}": of_total(part)
        for part in ("counted", "findings", "kinds", "left_out", "split", "ties", "unallocated", "unquantified")
    },
    "check_statements": in_both(sa.check_statements),
    "headlines": in_both(texts.headlines),
    "inventory": lambda ledger: tables.inventory().drop(columns="digest"),
    "rates_status": lambda ledger: update.rates_status(ledger.rates, "2026-11-01"),
    "verdicts": lambda ledger: verdicts(ledger).reset_index(),
}
"""Each is asked for what of the settings, and of what is always asked, it takes."""
CHARTS = sorted(set(sa.charts.__all__) - {"Chart"})
COMMANDS = [
    "convert 400e6 USD EUR --on 2025-02-09",
    "convert 109e9 EUR JPY --on 2025-02-10",
    "convert 1 GBP USD --on 1999-01-04",
    "convert 1 HRK EUR --on 2023-01-03",
    "total",
    "total --rule article --as-of 2025-02-11",
    "total --to USD --rule latest --where all",
    "scan english.txt",
    "scan english.txt --on 2025-02-11 --json",
    "scan french.txt --on 2025-02-11",
]


def as_text(frame):
    return frame.to_csv(index=False, float_format="%.10g", lineterminator="\n", date_format="%Y-%m-%d")


@pytest.fixture
def agrees(request):
    """Compare a text, or frames by a first column, with the golden one of that name; write it where that is asked."""

    def compare(name, text, *columns):
        path = GOLDEN / f"{name.replace('_', '-')}.csv"
        text = as_text(pd.concat(text, names=columns).reset_index(columns[0])) if columns else text
        if request.config.getoption("--write-golden"):
            path.write_text(text, encoding="utf-8", newline="")
        assert text.splitlines() == path.read_text(encoding="utf-8").splitlines()

    return compare


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_says_what_it_said(name, ledger, agrees):
    frames, takes = {}, signature(FRAMES[name]).parameters
    for setting, options in SETTINGS.items():
        frame = FRAMES[name](ledger, **{key: value for key, value in (ALWAYS | options).items() if key in takes})
        if not any(as_text(frame) == as_text(other) for other in frames.values()):
            frames[setting] = frame
    agrees(name, frames, "setting", "row")


@pytest.mark.parametrize("name", CHARTS)
def test_a_figure_shows_and_says_what_it_did(name, ledger, agrees):
    figures = {lang: getattr(sa.charts, name)(ledger, lang=lang) for lang in ("en", "fr")}
    data = {lang: chart.data for lang, chart in figures.items()}
    if as_text(data["en"]) == as_text(data["fr"]):
        del data["fr"]
    agrees(f"figure_{name}", data, "lang", "row")
    parts = "title", "subtitle", "alt", "source"
    said = [(lang, part, getattr(chart, part)) for lang, chart in figures.items() for part in parts]
    agrees(f"figure_{name}_texts", as_text(pd.DataFrame(said, columns=["lang", "part", "text"])))


def test_totals_say_what_they_said(ledger, agrees):
    totals = {setting: sa.total(ledger, **options) for setting, options in SETTINGS.items()}
    asked = itertools.product(totals.items(), ("en", "fr"), (False, True))
    said = [
        (setting, lang, part.low, part.high, part.naive.low, part.naive.high, part.sentence(lang, long=long))
        for (setting, part), lang, long in asked
    ]
    columns = ["setting", "lang", "low", "high", "naive_low", "naive_high", "sentence"]
    agrees("total_sentences", as_text(pd.DataFrame(said, columns=columns)))


def test_commands_print_what_they_printed(agrees, tmp_path, monkeypatch):
    monkeypatch.setattr(cli.out, "width", 200)
    monkeypatch.chdir(tmp_path)
    Path("english.txt").write_text(ENGLISH, encoding="utf-8")
    Path("french.txt").write_text(FRENCH, encoding="utf-8")
    lines = []
    for command in COMMANDS:
        found = CliRunner().invoke(cli.app, command.split())
        lines += [f"$ {command}", *found.output.splitlines(), f"exit code {found.exit_code}", ""]
    agrees("commands", "".join(f"{line.rstrip()}\n" for line in lines))


def test_every_golden_table_belongs_to_a_test():
    figures = {f"figure_{name}{end}" for name in CHARTS for end in ("", "_texts")}
    names = {path.stem.replace("-", "_") for path in GOLDEN.glob("*.csv")}
    assert names == {"commands", "total_sentences", *FRAMES, *figures}
