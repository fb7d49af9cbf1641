"""What reaches a reader is plain English and good French: no word of ours, and the typography of the language."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from summit_analysis import explore, total
from summit_analysis.__main__ import app
from summit_analysis.base.text import LANGUAGES, typeset
from summit_analysis.ledger.display import show
from summit_analysis.report.texts import headlines, numbers_to_use, sections

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "summit_analysis"
FOLDERS = {"en": "notebooks", "fr": "notebooks/fr"}

BANNED = {
    "en": r"careless\w*|as printed|envelopes?|tie[sd]?|rungs?|unquantified|full-range|naive\w*|pledgers?|seed-article"
    r"|each \w+ (?:counted )?once|counts? once|once each|open both ways|the actor itself|actor[’']s own|hype|hard core"
    r"|quarrels?|article that started|stands? (?:on|under|beside)|side by side, never",
    "fr": r"naï(?:f|ve)\w*|imprimée?s?|chaque \w+ (?:compté )?une fois|échelons?|promettants?|full-range|careless"
    r"|l’acteur lui-même|(?:la|une|cette|les|des) figures?|ne colle pas|unquantified|article de départ",
}
"""Words that need us beside them, and what was thought in another language."""
STRAIGHT = r"(?<=\w)'(?=\w)|(?:^|[\s(])\"\w|[\w.,]\"(?:$|[\s),.;:])"
"""Apostrophes and quotes of a typewriter."""
FRENCH = r" [;:!?»%]|« |\u00a0[;!?]|\u202f[:»]|\b1(?:er|re)\b"
"""Blanks that break, or are of the wrong width, and the first of a month or a row."""
PROSE = {
    "en": r"\b(?:EUR|USD|GBP)\b",
    "fr": r"\b(?:EUR|USD|GBP)\b|\$US|£GB|\bMd\b|\d[–-]\d[\d,]*\s*(?:Md|M|milliards|millions|€)",
}
"""What tables and labels of a figure may have, and sentences not: codes of currencies, ranges with a dash."""


def faults(text, lang, *, prose=False):
    """The faults of a text, with what is around them; code in backticks, addresses and braces are no prose."""
    text = re.sub(r"```.*?```|`[^`]*`|https?://\S+|\]\([^)]*\)|\{[^}]*\}", "·", text, flags=re.S)
    rules = [rf"(?i)(?<![\w-])(?:{BANNED[lang]})(?![\w-])", STRAIGHT]
    rules += [FRENCH] * (lang == "fr") + [PROSE[lang]] * prose
    hits = [hit for rule in rules for hit in re.finditer(rule, text)]
    return [f"{hit.group()!r} in …{text[max(0, hit.start() - 30) : hit.end() + 30]!r}" for hit in hits]


def test_a_fault_of_each_kind_is_found():
    wrong = {
        "en": ["The careless sum", "Each euro once.", 'an "at least"', "the actor's word", "5 EUR"],
        "fr": ["Cet échelon", "La figure", "l'argent", "oui ; non", "oui\u00a0; non", "le 1er mai", "5 Md €", "7–8 M"],
    }
    assert [text for lang in wrong for text in wrong[lang] if not faults(text, lang, prose=True)] == []
    assert faults("`naive` is “at least” the country’s.", "en", prose=True) == []
    assert faults(typeset("le 1ᵉʳ ; « de 7 à 8 milliards d’euros » :"), "fr", prose=True) == []


def as_written(ledger, lang):
    """What stands in the files of texts and, of names and statements, in the data."""
    files = [tomllib.loads((PACKAGE / name).read_text(encoding="utf-8")) for name in ("words.toml", "pages.toml")]
    texts = [text[lang] for file in files for section in file.values() for text in section.values()]
    named = {"labels": f"label_{lang}", "events": f"title_{lang}", "statements": f"statement_{lang}"}
    named |= {"declarations": f"short_{lang}"} | ({"entities": "name_fr"} if lang == "fr" else {})
    texts += [text for table, column in named.items() for text in getattr(ledger, table)[column].dropna()]
    return list(map(typeset, texts)) if lang == "fr" else texts


def tables_guides_and_help(ledger, lang):
    found, names = explore(ledger, lang=lang), ledger.names(lang)
    shown = [show(frame, "one", lang=lang, names=names) for frame in found.total.tables().values()]
    texts = [table.text() for table in [*found.tables(), *shown]]
    pages = [f"{FOLDERS[lang]}/{name}" for name in ("README.md", "paper.html", "paper-key.html")]
    for page in pages + ["README.md", "data/README.md"] * (lang == "en"):
        text = (ROOT / page).read_text(encoding="utf-8").partition("<!-- columns")[0]
        texts.append(re.sub("<style>.*?</style>|<[a-z/!][^>]*>", " ", text, flags=re.S))
    for command in ("", "report", "new", "check", "convert", "total", "scan", "refresh", "lab", "rates"):
        said = CliRunner().invoke(app, [*command.split(), "--help"], env={"COLUMNS": "300"}).output
        # the name of a rule as it is typed; help is in English alone
        texts += [said.replace("[default: full-range]", "")] * (lang == "en")
    return texts


def sentences(ledger, lang):
    asked = [{}, {"rule": "article", "as_of": "2025-02-11"}, {"to": "USD", "money_kinds": "private"}]
    asked += [{"where": "comparator"}]
    texts = [total(ledger, **options).sentence(lang, long=long) for options in asked for long in (False, True)]
    for found in headlines(ledger, lang=lang):
        # whole billions
        assert found.key == "ladder" or not re.search(r"\d[.,]\d+ ?(?:bn|milliard)", found.sentence)
        texts += [found.topic, found.sentence, found.text]
    for section in sections(ledger, lang=lang):
        texts += [section["title"], *section["paragraphs"], *section["points"]]
    texts += numbers_to_use(ledger, lang=lang).iloc[:, :3].to_numpy().ravel().tolist()
    for path in (ROOT / FOLDERS[lang]).glob("[0-9]*.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            texts += ["".join(cell["source"])] if cell["cell_type"] == "markdown" else []
            texts += ["".join(one.get("data", {}).get("text/markdown", "")) for one in cell.get("outputs", [])]
    return texts


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("place", [as_written, tables_guides_and_help, sentences])
def test_what_reaches_a_reader_needs_no_word_of_ours(place, lang, ledger):
    texts = place(ledger, lang)
    assert max(map(len, texts)) > 20
    assert [fault for text in texts for fault in faults(text, lang, prose=place is sentences)] == []


@pytest.mark.parametrize("page", sorted(PACKAGE.joinpath("templates").glob("*.html.j2")), ids=lambda page: page.stem)
def test_templates_hold_no_words_of_their_own(page):
    # what a page says stands in pages.toml, in both languages
    code = r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|data-[\w-]+|<(style|script).*?</\1>|<[^>]*>"
    words = set(re.findall(r"\w+", re.sub(code, " ", page.read_text("utf-8"), flags=re.S)))
    assert words <= {"README", "md", "summit", "analysis", "lab", "sources", "csv", "doctype", "lang", "en"}
