"""What the product says of the shipped ledger stays as it is, or changes in a commit that shows how.

Each table in `golden/` holds one public frame at the settings below, or what a command prints. After a change that is
meant, `python -m pytest tests/test_golden.py --write-golden` writes them anew, and the change shows them.
"""

import io
import itertools
from functools import partial
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
PARIS = "paris-2025"
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


def article(text, lang):
    return lambda ledger: sa.match_claims(ledger, sa.find_amounts(text, lang), on="2025-02-11")


def of_total(part, **asked):
    return lambda ledger, to, rule, as_of: getattr(sa.total(ledger, to, rule, as_of=as_of, **asked), part)


def in_both(function):
    def said(ledger):
        each = {lang: pd.DataFrame(function(ledger, lang=lang)) for lang in ("en", "fr")}
        return pd.concat(each, names=["lang", "line"]).reset_index("lang")

    return said


PLAIN = "announced_by_day changed_sides conflicts ladder memberships new_or_known timeline"
OF_PARIS = "blocs claimed_counts names_listed signatories"
OF_TOTAL = "counted findings kinds left_out ties"
FRAMES = {
    **{name.replace("_", "-"): getattr(sa, name) for name in PLAIN.split()},
    **{name.replace("_", "-"): partial(getattr(sa, name), declaration=PARIS) for name in OF_PARIS.split()},
    **{f"total-{part.replace('_', '-')}": of_total(part) for part in OF_TOTAL.split()},
    "check-statements": in_both(sa.check_statements),
    "claims-compared": sa.compare_claims,
    "claims-dated": claims.date_claims,
    "claims-resolved": sa.resolve_claims,
    "claims-valued": sa.value_claims,
    "conventions": sa.total_by_convention,
    "envelope-by-rule": partial(sa.envelope_by_rule, envelope="france-109bn"),
    "headlines": in_both(texts.headlines),
    "intersections": sa.exclusive_intersections,
    "inventory": lambda ledger: tables.inventory().drop(columns="digest"),
    "ladder-explained": sa.explain_ladder,
    "lists-compared": partial(sa.compare_lists, a=PARIS, b="newdelhi-2026"),
    "match-english": article(ENGLISH, "en"),
    "match-french": article(FRENCH, "fr"),
    "pledges-compared": sa.compare_pledges,
    "rates-status": lambda ledger: update.rates_status(ledger.rates, "2026-11-01"),
    "rules-compared": claims.compare_rules,
    "status": lambda ledger, as_of: sa.status(ledger, as_of, to="EUR"),
    "total-split": of_total("split", by="purpose"),
    "verdicts": lambda ledger: verdicts(ledger).reset_index(),
    "without-primary": sources.without_primary,
}
"""Each is asked for what of the settings it takes."""
CHARTS = sorted(name.replace("_", "-") for name in sa.charts.__all__ if name != "Chart")
COMMANDS = [
    "convert 400e6 USD EUR --on 2025-02-09",
    "convert 109e9 EUR JPY --on 2025-02-10",
    "convert 1 GBP USD --on 1999-01-04",
    "convert 1 HRK EUR --on 2023-01-03",
    "total",
    "total --rule article --as-of 2025-02-11",
    "total --to USD --rule latest --where all",
    "scan {english}",
    "scan {english} --on 2025-02-11 --json",
    "scan {french} --on 2025-02-11",
]


def as_text(frame):
    return frame.to_csv(index=False, float_format="%.10g", lineterminator="\n", date_format="%Y-%m-%d")


@pytest.fixture
def agrees(request):
    """Compare a text, or frames by a first column, with the golden one of that name; write it where that is asked."""

    def compare(name, text, *columns):
        path = GOLDEN / f"{name}.csv"
        text = as_text(pd.concat(text, names=columns).reset_index(columns[0])) if columns else text
        if request.config.getoption("--write-golden"):
            path.write_text(text, encoding="utf-8", newline="")
        assert text.splitlines() == path.read_text(encoding="utf-8").splitlines()

    return compare


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_says_what_it_said(name, ledger, agrees):
    frames, asks = {}, FRAMES[name]
    for setting, options in SETTINGS.items():
        frame = asks(ledger, **{option: options[option] for option in options if option in signature(asks).parameters})
        if not any(as_text(frame) == as_text(other) for other in frames.values()):
            frames[setting] = frame
    agrees(name, frames, "setting", "row")


@pytest.mark.parametrize("name", CHARTS)
def test_a_figure_shows_and_says_what_it_did(name, ledger, agrees):
    figures = {lang: getattr(sa.charts, name.replace("-", "_"))(ledger, lang=lang) for lang in ("en", "fr")}
    data = {lang: chart.data for lang, chart in figures.items()}
    if as_text(data["en"]) == as_text(data["fr"]):
        del data["fr"]
    agrees(f"figure-{name}", data, "lang", "row")
    parts = itertools.product(figures.items(), ("title", "subtitle", "alt", "source"))
    said = [(lang, part, getattr(chart, part)) for (lang, chart), part in parts]
    agrees(f"figure-{name}-texts", as_text(pd.DataFrame(said, columns=["lang", "part", "text"])))


def test_totals_say_what_they_said(ledger, agrees):
    said = []
    for (setting, options), lang, long in itertools.product(SETTINGS.items(), ("en", "fr"), (False, True)):
        part = sa.total(ledger, **options)
        figures = part.low, part.high, part.naive.low, part.naive.high
        said.append((setting, lang, *figures, part.sentence(lang, long=long)))
    columns = ["setting", "lang", "low", "high", "naive_low", "naive_high", "sentence"]
    agrees("total-sentences", as_text(pd.DataFrame(said, columns=columns)))


def test_commands_print_what_they_printed(agrees, tmp_path, monkeypatch):
    monkeypatch.setattr(cli.out, "width", 200)
    names = {"english": tmp_path / "english.txt", "french": tmp_path / "french.txt"}
    names["english"].write_text(ENGLISH, encoding="utf-8")
    names["french"].write_text(FRENCH, encoding="utf-8")
    out = io.StringIO()
    for command in COMMANDS:
        found = CliRunner().invoke(cli.app, [word.format(**names) for word in command.split()])
        lines = found.output.replace(str(tmp_path), "FOLDER").splitlines()
        out.writelines(f"{line.rstrip()}\n" for line in [f"$ {command}", *lines, f"exit code {found.exit_code}", ""])
    agrees("commands", out.getvalue())


def test_every_golden_table_belongs_to_a_test():
    figures = {f"figure-{name}{end}" for name in CHARTS for end in ("", "-texts")}
    assert {path.stem for path in GOLDEN.glob("*.csv")} == {"total-sentences", "commands", *FRAMES, *figures}
