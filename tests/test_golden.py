"""What the product says of the shipped ledger stays as it is, or changes in a commit that shows how.

Each table in `golden/` holds one public frame at the settings below, or what a command prints. After a change that is
meant, `python -m pytest tests/test_golden.py --write-golden` writes them anew, and the change shows them.
"""

import io
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import summit_analysis as sa
import summit_analysis.__main__ as cli
from summit_analysis.article import statements
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
    return sa.match_claims(sa.load(), sa.find_amounts(text, lang), on="2025-02-11")


def of_total(part):
    return lambda ledger, **setting: getattr(sa.total(ledger, **setting), part)


def without_day(function):
    return lambda ledger, to, rule, as_of: function(ledger, to=to, rule=rule)


def by_currency(function):
    return lambda ledger, to, rule, as_of: function(ledger, to=to)


def by_day(function, *arguments):
    return lambda ledger, to, rule, as_of: function(ledger, *arguments, as_of)


def once(function, *arguments):
    return lambda ledger, to, rule, as_of: function(ledger, *arguments) if to == "EUR" and as_of is None else None


def in_both(function):
    def said(ledger):
        each = {lang: pd.DataFrame(function(ledger, lang=lang)) for lang in ("en", "fr")}
        return pd.concat(each, names=["lang", "line"]).reset_index("lang")

    return once(said)


FRAMES = {
    "announced-by-day": without_day(sa.announced_by_day),
    "blocs": by_day(sa.blocs, PARIS),
    "changed-sides": by_day(sa.changed_sides),
    "check-statements": in_both(sa.check_statements),
    "claimed-counts": once(sa.claimed_counts, PARIS),
    "claims-compared": by_currency(sa.compare_claims),
    "claims-dated": once(claims.date_claims),
    "claims-resolved": lambda ledger, to, rule, as_of: sa.resolve_claims(ledger, rule, as_of, to=to),
    "claims-valued": by_currency(sa.value_claims),
    "conflicts": by_currency(sa.conflicts),
    "conventions": without_day(sa.total_by_convention),
    "envelope-by-rule": lambda ledger, to, rule, as_of: sa.envelope_by_rule(ledger, "france-109bn", to=to, as_of=as_of),
    "headlines": in_both(texts.headlines),
    "intersections": by_day(sa.exclusive_intersections),
    "inventory": once(lambda ledger: tables.inventory().drop(columns="digest")),
    "ladder": sa.ladder,
    "ladder-explained": sa.explain_ladder,
    "lists-compared": by_day(sa.compare_lists, PARIS, "newdelhi-2026"),
    "match-english": once(lambda ledger: article(ENGLISH, "en")),
    "match-french": once(lambda ledger: article(FRENCH, "fr")),
    "memberships": by_day(sa.memberships),
    "names-listed": by_day(sa.names_listed, PARIS),
    "new-or-known": without_day(sa.new_or_known),
    "pledges-compared": without_day(sa.compare_pledges),
    "rates-status": once(lambda ledger: update.rates_status(ledger.rates, "2026-11-01")),
    "rules-compared": lambda ledger, to, rule, as_of: claims.compare_rules(ledger, as_of, to=to),
    "signatories": by_day(sa.signatories, PARIS),
    "status": by_day(sa.status),
    "timeline": once(sa.timeline),
    "total-counted": of_total("counted"),
    "total-kinds": of_total("kinds"),
    "total-left-out": of_total("left_out"),
    "total-findings": of_total("findings"),
    "total-split": lambda ledger, **setting: sa.total(ledger, by="purpose", **setting).split,
    "total-ties": of_total("ties"),
    "verdicts": once(lambda ledger: statements.verdicts(ledger).reset_index()),
    "without-primary": once(sources.without_primary),
}
CHARTS = {
    "announced": sa.charts.announced,
    "comparison": sa.charts.comparison,
    "documented": sa.charts.documented,
    "envelope": sa.charts.envelope,
    "intersections": sa.charts.intersections,
    "kinds": sa.charts.kinds,
    "ladder": sa.charts.ladder,
    "naive-sum": sa.charts.naive_sum,
    "official-count": sa.charts.official_count,
    "positions": sa.charts.positions,
    "share-of-gdp": sa.charts.share_of_gdp,
    "sites": sa.charts.sites,
    "statements": sa.charts.statements,
    "status": sa.charts.status,
    "total": sa.charts.total,
}
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
    """Compare a text with the golden one of that name; write it where that was asked for."""

    def compare(name, text):
        path = GOLDEN / f"{name}.csv"
        if request.config.getoption("--write-golden"):
            path.write_text(text, encoding="utf-8", newline="")
        assert text.splitlines() == path.read_text(encoding="utf-8").splitlines()

    return compare


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_says_what_it_said(name, ledger, agrees):
    frames = {}
    for setting, options in SETTINGS.items():
        frame = FRAMES[name](ledger, **options)
        if frame is not None and not any(as_text(frame) == as_text(other) for other in frames.values()):
            frames[setting] = frame
    agrees(name, as_text(pd.concat(frames, names=["setting", "row"]).reset_index("setting")))


@pytest.mark.parametrize("name", CHARTS)
def test_a_figure_shows_and_says_what_it_did(name, ledger, agrees):
    figures = {lang: CHARTS[name](ledger, lang=lang) for lang in ("en", "fr")}
    data = {lang: chart.data for lang, chart in figures.items()}
    if as_text(data["en"]) == as_text(data["fr"]):
        del data["fr"]
    agrees(f"figure-{name}", as_text(pd.concat(data, names=["lang", "row"]).reset_index("lang")))
    texts = [(lang, part, getattr(chart, part)) for lang, chart in figures.items() for part in PARTS]
    agrees(f"figure-{name}-texts", as_text(pd.DataFrame(texts, columns=["lang", "part", "text"])))


PARTS = ("title", "subtitle", "alt", "source")


def test_totals_say_what_they_said(ledger, agrees):
    said = [
        (setting, lang, part.low, part.high, part.naive.low, part.naive.high, part.sentence(lang, long=long))
        for setting, options in SETTINGS.items()
        for part in [sa.total(ledger, **options)]
        for lang in ("en", "fr")
        for long in (False, True)
    ]
    columns = ["setting", "lang", "low", "high", "naive_low", "naive_high", "sentence"]
    agrees("total-sentences", as_text(pd.DataFrame(said, columns=columns)))


def test_commands_print_what_they_printed(agrees, tmp_path, monkeypatch):
    from summit_analysis import __main__

    monkeypatch.setattr(__main__.out, "width", 200)
    names = {"english": tmp_path / "english.txt", "french": tmp_path / "french.txt"}
    names["english"].write_text(ENGLISH, encoding="utf-8")
    names["french"].write_text(FRENCH, encoding="utf-8")
    out = io.StringIO()
    for command in COMMANDS:
        found = CliRunner().invoke(cli.app, [word.format(**names) for word in command.split()])
        lines = found.output.replace(str(tmp_path), "FOLDER").splitlines()
        out.write(
            f"$ {command}\n" + "".join(f"{line.rstrip()}\n" for line in lines) + f"exit code {found.exit_code}\n\n"
        )
    agrees("commands", out.getvalue())


def test_every_golden_table_belongs_to_a_test():
    names = {
        "total-sentences",
        "commands",
        *FRAMES,
        *(f"figure-{name}{end}" for name in CHARTS for end in ("", "-texts")),
    }
    assert {path.stem for path in GOLDEN.glob("*.csv")} == names
