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
        "straight apostrophe": r"(?<=\w)'(?=\w)",
        "straight quotes": r'(?:^|[\s(])"\w|[\w.,]"(?:$|[\s),.;:])',
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
    rules = {
        "word": rf"(?i)(?<![\w-])(?:{BANNED[lang]})(?![\w-])",
        **TYPOGRAPHY[lang],
        **(PROSE[lang] if prose else {}),
    }
    return [
        f"{name}: …{text[max(0, hit.start() - 30) : hit.end() + 30]!r}"
        for name, rule in rules.items()
        for hit in re.finditer(rule, text)
    ]


def test_a_fault_of_each_kind_is_found():
    found = {
        "en": ["The careless sum", "Each euro once.", 'an "at least"', "the actor's word", "5 EUR"],
        "fr": [
            "Cet échelon",
            "La figure",
            "l'argent",
            "oui ; non",
            "oui\u00a0; non",
            "le 1er mai",
            "5 Md €",
            "7–8 milliards",
        ],
    }
    for lang, texts in found.items():
        assert all(faults(text, lang, prose=True) for text in texts)
        clean = {
            "en": "`naive` is “at least” the country’s.",
            "fr": "le 1ᵉʳ\u202f; « de 7 à 8 milliards d’euros »\u00a0:",
        }
        assert faults(str(typeset(clean[lang])), lang, prose=True) == []


# --- the texts of figures and pages

TEXTS = {name: tomllib.loads((PACKAGE / name).read_text(encoding="utf-8")) for name in ("words.toml", "pages.toml")}
SECTIONS = [(file, section) for file, tables in TEXTS.items() for section in tables]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("file", "section"), SECTIONS)
def test_the_texts_of_pages_need_no_word_of_ours(file, section, lang):
    found = {
        key: faults(str(typeset(text[lang])) if lang == "fr" else text[lang], lang)
        for key, text in TEXTS[file][section].items()
    }
    assert not {key: some for key, some in found.items() if some}


@pytest.mark.parametrize("page", sorted(PACKAGE.joinpath("templates").glob("*.html.j2")), ids=lambda page: page.stem)
def test_templates_hold_no_words_of_their_own(page):
    # what a page says stands in pages.toml, in both languages
    text = re.sub(
        r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|data-[\w-]+|<(style|script).*?</\1>|<[^>]*>",
        " ",
        page.read_text("utf-8"),
        flags=re.S,
    )
    assert set(re.findall(r"\w+", text)) <= {
        "README",
        "md",
        "summit",
        "analysis",
        "lab",
        "sources",
        "csv",
        "doctype",
        "lang",
        "en",
    }


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_computed_reads_like_a_newspaper(ledger, lang):
    asked = [
        {},
        {"rule": "article", "as_of": "2025-02-11"},
        {"to": "USD", "money_kinds": "private"},
        {"where": "comparator"},
    ]
    texts = [total(ledger, **options).sentence(lang, long=long) for options in asked for long in (False, True)]
    told = [found for found in headlines(ledger, lang=lang) if found.key != "ladder"]
    texts += [text for found in told for text in (found.topic, found.sentence, found.text)]
    for section in sections(ledger, lang=lang):
        texts += [section["title"], *section["paragraphs"], *section["points"]]
    texts += numbers_to_use(ledger, lang=lang).iloc[:, :3].to_numpy().ravel().tolist()
    assert [fault for text in texts for fault in faults(text, lang, prose=True)] == []
    # whole billions
    assert not [found.sentence for found in told if re.search(r"\d[.,]\d+ ?(?:bn|milliard)", found.sentence)]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_tables_of_a_total_say_reasons_in_words(ledger, lang):
    found = explore(ledger, lang=lang)
    texts = [table.text() for table in found.tables()]
    texts += [show(frame, "one", lang=lang, names=ledger.names(lang)).text() for frame in found.total.tables().values()]
    assert [fault for text in texts for fault in faults(text, lang)] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_names_in_the_data_are_typeset(ledger, lang):
    named = {
        "labels": f"label_{lang}",
        "events": f"title_{lang}",
        "statements": f"statement_{lang}",
        "declarations": f"short_{lang}",
        **({"entities": "name_fr"} if lang == "fr" else {}),
    }
    texts = [(table, text) for table, column in named.items() for text in getattr(ledger, table)[column].dropna()]
    assert [
        (table, fault) for table, text in texts for fault in faults(str(typeset(text)) if lang == "fr" else text, lang)
    ] == []


# --- notebooks, guides, help

NOTEBOOKS = sorted((ROOT / "notebooks").rglob("[0-9]*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_prose_of_notebooks_needs_no_word_of_ours(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    for output in (one for cell in cells for one in cell.get("outputs", [])):
        data = output.get("data", {})
        texts += ["".join(data.get("text/markdown", ""))]
    lang = "fr" if path.parent.name == "fr" else "en"
    assert [fault for text in texts for fault in faults(text, lang, prose=True)] == []


PAGES = ["README.md", "data/README.md"]
PAGES += [
    f"notebooks/{folder}{page}" for folder in ("", "fr/") for page in ("README.md", "paper.html", "paper-key.html")
]


@pytest.mark.parametrize("page", PAGES)
def test_guides_need_no_word_of_ours(page):
    text = (ROOT / page).read_text(encoding="utf-8").partition("<!-- columns")[0]
    text = re.sub("<style>.*?</style>|<[^>]*>", " ", text, flags=re.S) if page.endswith("html") else text
    assert faults(text, "fr" if "/fr/" in page else "en") == []


@pytest.mark.parametrize(
    "command", ["", "report", "new", "check", "convert", "total", "scan", "refresh", "lab", "rates"]
)
def test_help_needs_no_word_of_ours(command):
    shown = CliRunner().invoke(app, [*command.split(), "--help"], env={"COLUMNS": "300"}).output
    assert len(shown) > 100
    # the name of a rule as it is typed
    assert faults(shown.replace("[default: full-range]", ""), "en") == []
