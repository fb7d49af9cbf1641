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

BANNED = {
    "en": r"careless\w*|as printed|envelopes?|tie[sd]?|rungs?|unquantified|full-range|naive\w*|pledgers?|seed-article"
    r"|each \w+ (?:counted )?once|counts? once|once each|open both ways|the actor itself|actor[’']s own|hype|hard core"
    r"|quarrels?|article that started|stands? (?:on|under|beside)|side by side, never",
    "fr": r"naï(?:f|ve)\w*|imprimée?s?|chaque \w+ (?:compté )?une fois|échelons?|promettants?|full-range|careless"
    r"|l’acteur lui-même|(?:la|une|cette|les|des) figures?|ne colle pas|unquantified|article de départ",
}
"""Words that need us beside them, and what was thought in another language."""
TYPOGRAPHY = {
    "en": {
        "straight apostrophe": r"(?<=\w)'(?=\w)",
        "straight quotes": r'(?:^|[\s(])"\w|[\w.,]"(?:$|[\s),.;:])',
    },
    "fr": {
        "ordinary space before a double sign": r" [;:!?»%]|« ",
        "wrong no-break space": r"\u00a0[;!?]|\u202f[:»]",
        "1er, 1re": r"\b1(?:er|re)\b",
    },
}
PROSE = {
    "en": {"currency code": r"\b(?:EUR|USD|GBP)\b"},
    "fr": {
        "currency code": r"\b(?:EUR|USD|GBP)\b|\$US|£GB|\bMd\b",
        "range with a dash": r"\d[–-]\d[\d,]*\s*(?:Md|M|milliards|millions|€)",
    },
}
"""What tables and labels of a figure may have, and sentences not."""


def faults(text, lang, *, prose=False):
    """The faults of a text, with what is around them; code in backticks, addresses and braces are no prose."""
    text = re.sub(r"```.*?```|`[^`]*`|https?://\S+|\]\([^)]*\)|\{[^}]*\}", "·", text, flags=re.S)
    rules = {"word": rf"(?i)(?<![\w-])(?:{BANNED[lang]})(?![\w-])", **TYPOGRAPHY["en"], **TYPOGRAPHY[lang]}
    return [
        f"{name}: …{text[max(0, hit.start() - 30) : hit.end() + 30]!r}"
        for name, rule in (rules | (PROSE[lang] if prose else {})).items()
        for hit in re.finditer(rule, text)
    ]


def test_a_fault_of_each_kind_is_found():
    wrong = {
        "en": ["The careless sum", "Each euro once.", 'an "at least"', "the actor's word", "5 EUR"],
        "fr": ["Cet échelon", "La figure", "l'argent", "oui ; non", "oui\u00a0; non", "le 1er mai", "5 Md €", "7–8 M"],
    }
    assert [text for lang in wrong for text in wrong[lang] if not faults(text, lang, prose=True)] == []
    assert faults("`naive` is “at least” the country’s.", "en", prose=True) == []
    assert faults(typeset("le 1ᵉʳ ; « de 7 à 8 milliards d’euros » :"), "fr", prose=True) == []


# --- where readers find words: texts of ours as they stand in the files, and what is worked out from the tables


def texts_of_figures_and_pages(ledger, lang):
    files = [tomllib.loads((PACKAGE / name).read_text(encoding="utf-8")) for name in ("words.toml", "pages.toml")]
    return [typeset_in(lang, text[lang]) for file in files for section in file.values() for text in section.values()]


def typeset_in(lang, text):
    return typeset(text) if lang == "fr" else text


def names_in_the_data(ledger, lang):
    named = {"labels": f"label_{lang}", "events": f"title_{lang}", "statements": f"statement_{lang}"}
    named |= {"declarations": f"short_{lang}"} | ({"entities": "name_fr"} if lang == "fr" else {})
    return [typeset_in(lang, text) for table in named for text in getattr(ledger, table)[named[table]].dropna()]


def tables_of_a_total(ledger, lang):
    found, names = explore(ledger, lang=lang), ledger.names(lang)
    shown = [show(frame, "one", lang=lang, names=names) for frame in found.total.tables().values()]
    return [table.text() for table in [*found.tables(), *shown]]


def guides(ledger, lang):
    pages = [
        f"notebooks/{'' if lang == 'en' else 'fr/'}{page}" for page in ("README.md", "paper.html", "paper-key.html")
    ]
    pages += ["README.md", "data/README.md"] if lang == "en" else []
    texts = {page: (ROOT / page).read_text(encoding="utf-8").partition("<!-- columns")[0] for page in pages}
    return [
        re.sub("<style>.*?</style>|<[^>]*>", " ", text, flags=re.S) if page.endswith("html") else text
        for page, text in texts.items()
    ]


def help_of_commands(ledger, lang):
    commands = ["", "report", "new", "check", "convert", "total", "scan", "refresh", "lab", "rates"]
    said = [CliRunner().invoke(app, [*one.split(), "--help"], env={"COLUMNS": "300"}).output for one in commands]
    # the name of a rule as it is typed
    return [text.replace("[default: full-range]", "") for text in said] if lang == "en" else ["·" * 101]


def sentences(ledger, lang):
    asked = [{}, {"rule": "article", "as_of": "2025-02-11"}, {"to": "USD", "money_kinds": "private"}]
    asked += [{"where": "comparator"}]
    texts = [total(ledger, **options).sentence(lang, long=long) for options in asked for long in (False, True)]
    told = [found for found in headlines(ledger, lang=lang) if found.key != "ladder"]
    # whole billions
    assert not [found.sentence for found in told if re.search(r"\d[.,]\d+ ?(?:bn|milliard)", found.sentence)]
    texts += [text for found in told for text in (found.topic, found.sentence, found.text)]
    for section in sections(ledger, lang=lang):
        texts += [section["title"], *section["paragraphs"], *section["points"]]
    return texts + numbers_to_use(ledger, lang=lang).iloc[:, :3].to_numpy().ravel().tolist()


def prose_of_notebooks(ledger, lang):
    texts = []
    for path in (ROOT / "notebooks" / ("fr" if lang == "fr" else "")).glob("[0-9]*.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            texts += ["".join(cell["source"])] if cell["cell_type"] == "markdown" else []
            texts += ["".join(one.get("data", {}).get("text/markdown", "")) for one in cell.get("outputs", [])]
    return texts


PLACES = [texts_of_figures_and_pages, names_in_the_data, tables_of_a_total, guides, help_of_commands]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("place", [*PLACES, sentences, prose_of_notebooks])
def test_what_reaches_a_reader_needs_no_word_of_ours(place, lang, ledger):
    texts = place(ledger, lang)
    assert max(map(len, texts)) > 20
    assert [fault for text in texts for fault in faults(text, lang, prose=place not in PLACES)] == []


@pytest.mark.parametrize("page", sorted(PACKAGE.joinpath("templates").glob("*.html.j2")), ids=lambda page: page.stem)
def test_templates_hold_no_words_of_their_own(page):
    # what a page says stands in pages.toml, in both languages
    code = r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|data-[\w-]+|<(style|script).*?</\1>|<[^>]*>"
    words = set(re.findall(r"\w+", re.sub(code, " ", page.read_text("utf-8"), flags=re.S)))
    assert words <= {"README", "md", "summit", "analysis", "lab", "sources", "csv", "doctype", "lang", "en"}
