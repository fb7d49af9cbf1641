"""The report is one site in two languages: whole, valid, reachable by keyboard, and with nothing from elsewhere.

Notebooks run side by side and only when something changed; what stops one, or the machine, leaves the old report whole.
`pytest -m long tests/test_report.py --kills 50` kills more runs.
"""

import base64
import codecs
import dataclasses
import datetime as dt
import html.parser
import io
import itertools
import json
import operator
import os
import posixpath
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path
from random import Random
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree

import nbformat
import pandas as pd
import psutil
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from nbclient import NotebookClient

import invented
import summit_analysis as sa
from printed import BAD, one_line, parsed
from refusals import misses
from summit_analysis import charts, check, conflicts, load, total
from summit_analysis.article.match import rules
from summit_analysis.article.scan import SIGNS
from summit_analysis.base import files
from summit_analysis.base.errors import ChoiceError, FileError, ReportError
from summit_analysis.base.text import long_day
from summit_analysis.currency.rates import RATES_FILE
from summit_analysis.ledger import schema
from summit_analysis.pledges.status import last_day, last_news
from summit_analysis.report import site
from summit_analysis.report.notebooks import article, execute, notebook_paths, outputs, read, run_jobs, shown
from summit_analysis.report.site import COLUMNS, FIGURES, MADE, build, conditions, draw, png_size, write_pages
from summit_analysis.report.texts import credited, headlines, imprint, numbers_to_use, sections

EACH_LANGUAGE = pytest.mark.parametrize(("lang", "at"), [("en", ""), ("fr", "fr/")], ids=["en", "fr"])
NOT_ON_WINDOWS = pytest.mark.skipif(os.name == "nt", reason="Windows has no signals and permissions of this kind")
SMALL = "90-small"
CELL = f"""
from IPython.display import HTML, Markdown, display
from summit_analysis import charts, cite, links, load, show
ledger = load()
display(Markdown("The answer is **forty-two**."))
display(charts.naive_sum(ledger))
evil = ledger.sources.head(2).assign(title={BAD!r}, note={BAD!r})
display(show(evil, "evil", sources=evil))
HTML(links(cite(evil, evil["source_id"])))
"""


def write_notebook(folder, name, *cells, title="A question?"):
    folder.mkdir(parents=True, exist_ok=True)
    code = [nbformat.v4.new_code_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(f"# {title}"), *code])
    nbformat.write(notebook, folder / f"{name}.ipynb")
    return folder


def was_run(source, **data):
    """A cell that needs no kernel any more."""
    output = nbformat.v4.new_output("display_data", data or {"text/plain": f"ran {source}"})
    return nbformat.v4.new_code_cell(source, execution_count=1, outputs=[output])


def run_if_new(path, *rest):
    """Run a notebook unless somebody has."""
    counts = [cell.execution_count for cell in read(path).cells if cell.cell_type == "code"]
    return read(path) if all(counts) else execute(path, *rest)


def files_in(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def soup_of(path):
    return parsed(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def told():
    """What the whole report told of its progress."""
    return []


@pytest.fixture(scope="module")
def root(tmp_path_factory, told):
    """The whole report in English; of its notebooks only the small one is executed, the others are as committed."""
    home = tmp_path_factory.mktemp("site")
    shutil.copytree(files.shipped("notebooks"), home / "notebooks", ignore=shutil.ignore_patterns(".*"))
    notebooks = write_notebook(home / "notebooks", SMALL, CELL, title="What <b>is</b> it & why?")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site, "execute", run_if_new)
        return build(home / "report", notebooks=notebooks, on_progress=lambda *step: told.append(step)).folder


def pages_of(root, *, bare=False):
    """Every page, by its path in the report; or the figures that are for the pages of others."""
    # what is to be printed is as it is in the folder of notebooks
    found = (path for path in sorted(root.rglob("*.html")) if path.name != "paper.html")
    found = (path for path in found if (path.parent.name == "embed") == bare)
    return {path.relative_to(root).as_posix(): soup_of(path) for path in found}


@pytest.fixture(scope="module")
def pages(root):
    return pages_of(root)


def language(page):
    return "fr" if page.startswith("fr/") else "en"


def of_figures(pages):
    return [page for page in pages if "figures/" in page]


def leads(page, tag):
    """Return the path in the report to which a tag of a page leads."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), tag["href"]))


# --- what is written


def test_both_languages_have_a_page_of_each_kind_and_each_figure_its_files(root, pages, ledger):
    english = {page for page in pages if language(page) == "en"}
    assert {f"fr/{page}" for page in english - {COLUMNS}} == set(pages) - english
    figures = {page for page in english if page.startswith("figures/")}
    names = ["index", "sources", "methods", "changes", "columns", "pledges", "signatures", "timeline", "tables"]
    names += [f"pledges/{pledge}" for pledge in ledger.pledges["pledge_id"]]
    names += [f"notebooks/{name}" for name in (SMALL, *(path.stem for path in notebook_paths()))]
    assert english - figures == {f"{name}.html" for name in names} and len(figures) == len(FIGURES)
    # pictures of notebooks are shared by both languages
    assert [path.relative_to(root).as_posix() for path in root.rglob("pictures")] == ["notebooks/pictures"]
    assert sorted(path.name for path in root.parent.iterdir()) == ["notebooks", "report"]


def test_the_ledger_is_in_the_report_opens_with_its_accents_in_excel_and_is_read_back(root, ledger, tmp_path):
    tables = {path.stem: path for path in (root / "tables").glob("*.csv")}
    for path in files.shipped("data").glob("*.csv"):
        assert tables[path.stem].read_bytes() == codecs.BOM_UTF8 + path.read_bytes()
    assert (root / "tables/README.md").read_bytes() == (files.shipped("data") / "README.md").read_bytes()
    assert sorted(pd.read_csv(tables["claims-in-euros"])["claim_id"]) == sorted(ledger.claims["claim_id"])
    assert pd.read_csv(tables["findings"])["sentence"].tolist() == [found.sentence for found in headlines(ledger)]
    assert [path for path in root.rglob("*.csv") if not path.read_bytes().startswith(codecs.BOM_UTF8)] == []
    folder = Path(shutil.copytree(root / "tables", tmp_path / "tables"))
    shutil.copy(files.shipped("data") / RATES_FILE, folder)
    assert check(folder).empty


def test_progress_is_told_for_each_notebook_cell_and_figure(root, told):
    assert [step for name, *step in told if name == SMALL] == [[0, 1], [1, 1]]
    for lang in ("en", "fr"):
        steps = [step for name, *step in told if name == f"figures ({lang})"]
        assert steps == [[done, len(FIGURES)] for done in range(len(FIGURES) + 1)]


# --- every page


class Strict(html.parser.HTMLParser):
    """Lists what a browser would have to mend."""

    VOID = ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
    BLOCKS = ("article", "details", "div", "figure", "h1", "h2", "nav", "ol", "p", "pre", "section", "table", "ul")

    def __init__(self, text):
        super().__init__()
        self.open, self.wrong = [], []
        self.feed(text)
        self.close()
        self.wrong += self.open

    def handle_starttag(self, tag, attributes):
        names = [name for name, _ in attributes]
        misplaced = {"p": tag in self.BLOCKS, "a": tag == "a", "body": tag in ("style", "link", "meta")}
        if len(set(names)) < len(names) or any(misplaced.get(outer) for outer in self.open):
            self.wrong.append((tag, self.getpos()))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in self.VOID:
            self.wrong.append((f"{tag}/", self.getpos()))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append((f"/{tag}", self.getpos()))


def test_a_browser_has_nothing_to_mend(root, pages):
    broken = ["<p><div></div></p>", "<ul><li></ul>", "<b/>", '<i id="a" id="b"></i>', "</p>", "<ul>"]
    assert [text for text in broken if not Strict(text).wrong] == []
    for page in pages:
        text = (root / page).read_text(encoding="utf-8")
        assert (page, Strict(text).wrong) == (page, [])
        assert text.startswith("<!doctype html>\n<html lang=")


def said_in_french(tag):
    """The texts of a French page but for what notebooks print, titles of sources, data and code."""
    for child in tag.children:
        if isinstance(child, str):
            yield child
        elif not (
            child.name in UNSAID or child.get("lang") == "en" or {"sources", "output"} & {*child.get("class", ())}
        ):
            yield from said_in_french(child)


UNSAID = ("head", "table", "code", "pre", "cite")
ENGLISH = re.compile(r"Skip to|Findings|Methods|Text description|Data drawn|Cite this|Source:|[€$]\d")
LOOSE = re.compile(r"\w+ [:;!?»%]|« \w+")
"""A mark that could begin a line, or a quotation mark that could end one."""


def complaints(page, soup):
    """Return what a page lacks for whoever reads it: by ear, by keyboard, in one language, without a network."""
    lang, title = language(page), soup.title.get_text().strip()
    levels = [int(tag.name[1]) for tag in soup(re.compile("^h[1-6]$"))]
    ids = [tag["id"] for tag in soup(id=True)]
    labelled = {tag["aria-labelledby"] for tag in soup(attrs={"aria-labelledby": True})}
    names = [tag["aria-label"] for tag in soup(["nav", "div"], attrs={"aria-label": True})]
    regions = [table.find_parent(role="region") or {} for table in soup("table")]
    (switch,) = soup.header.find_all("a", hreflang=True)
    fetched = [tag[name] for tag in soup(True) for name in ("src", "srcset", "data", "poster") if tag.get(name)]
    fetched += [tag["href"] for tag in soup(["link", "use", "image"])]
    styles = [tag.get_text() for tag in soup("style")] + [tag["style"] for tag in soup(style=True)]
    french = " ".join(said_in_french(soup.html))
    wrong = {
        "language": soup.html["lang"] != lang,
        "no title": not title,
        "viewport": not soup.find("meta", attrs={"name": "viewport"}),
        "landmarks": [len(soup(tag)) for tag in ("main", "h1")] != [1, 1]
        or [len(soup.body(tag, recursive=False)) for tag in ("header", "footer")] != [1, 1],
        "the first link skips nothing": soup.body.find("a")["href"] != f"#{soup.main['id']}",
        "names of regions": len(set(names)) < len(names) or not all(map(str.strip, names)),
        "a navigation without a name": not soup("nav") or not all(tag.get("aria-label") for tag in soup("nav")),
        "levels of headings": levels[0] != 1 or any(b > a + 1 for a, b in itertools.pairwise(levels)),
        "an id twice": len(set(ids)) < len(ids),
        "a label that is not there": not labelled <= set(ids),
        "a wide table out of reach": any(region.get("tabindex") != "0" for region in regions),
        "a head without scope": not all(head.get("scope") for head in soup.select("table th")),
        # what is in a picture's link would be read twice
        "order of the keyboard": any(tag["tabindex"] not in ("0", "-1") for tag in soup(tabindex=True)),
        "a picture without text": any(len(picture["alt"]) < 20 for picture in soup("img")),
        "a picture without size": any(int(one[side]) <= 100 for one in soup("img") for side in ("width", "height")),
        "a picture not as large as the page says": "notebooks/" in page and soup.select("img[style]"),
        # one of them could not be read in the dark
        "code in colours of its own": soup.select("pre span[style]"),
        "a script of another kind": [tag for tag in soup("script") if tag.get_text() or not tag.has_attr("defer")]
        or (soup("script") and not soup.select("[data-filters], .scroll, .citation time")),
        "a script": soup(["iframe", "object", "embed", "base", "form", "video", "audio"])
        or any(name.startswith("on") for tag in soup(True) for name in tag.attrs),
        "from elsewhere": any(re.match(r"\s*([a-z]+:)?//|data:", address) for address in fetched)
        or re.search(r"@import|url\(", " ".join(styles)),
        # what the columns mean is said in English alone
        "switch": leads(page, switch)
        != f"{'fr/' * (lang == 'en')}{page.removeprefix('fr/').replace('columns', 'index')}"
        or not switch["hreflang"] == switch["lang"] == ("en" if lang == "fr" else "fr"),
        "English among French": lang == "fr" and ENGLISH.search(french),
        "a mark that begins a line": lang == "fr" and LOOSE.search(french),
        "a blank not filled": "notebooks/" not in page and re.search(r"\{\w*\}", soup.get_text()),
        "an article of another language": "notebooks/" in page
        and soup.h1.find_parent("article")["lang"] != ("en" if SMALL in page else lang),
    }
    return [f"{page}: {complaint}" for complaint, is_so in wrong.items() if is_so]


def complaints_of(pages):
    return [complaint for page, soup in pages.items() for complaint in complaints(page, soup)]


def test_every_page_is_for_every_reader(root, pages):
    assert complaints_of(pages) == []
    titles = [(language(page), soup.title.get_text()) for page, soup in pages.items()]
    assert len(set(titles)) == len(titles)
    assert sum(len(soup("img")) for page, soup in pages.items() if "notebooks/" in page) > 20


def test_links_lead_to_the_web_or_to_what_is_there_and_each_file_is_reached(root, pages):
    assert astray(root, pages) == []


def astray(root, pages):
    """Return links that lead nowhere, and files that none leads to."""
    pages = pages | pages_of(root, bare=True)
    there, links = set(files_in(root)), {page: [] for page in pages}
    for page, soup in pages.items():
        for tag in soup.select("a, img, link, source, script, meta[property='og:image']"):
            link = urlsplit(tag.get("href") or tag.get("src") or tag.get("srcset") or tag["content"])
            if link.scheme not in ("http", "https", "mailto"):
                path = unquote(link.netloc + link.path) or posixpath.basename(page)
                target = posixpath.normpath(posixpath.join(posixpath.dirname(page), path))
                links[page].append((target, unquote(link.fragment)))
    broken = [
        (page, target, anchor)
        for page, found in links.items()
        for target, anchor in found
        if target not in there or (anchor and not pages[target].find(id=anchor))
    ]
    reached, todo = set(), {"index.html"}
    while todo:
        page = todo.pop()
        reached.add(page)
        todo |= {target for target, _ in links.get(page, [])} - reached
    # but for what one report says to the next
    return broken + sorted((reached | {site.MARK, MADE}) ^ there)


def test_the_columns_of_data_drawn_have_french_names(pages):
    both = {"claims", "source", "sources", "verdict", "note", "horizon", "comparable", "convention", "organisations"}
    for page in (page for page in of_figures(pages) if language(page) == "en"):
        tables = [pages[name].find(id="data-table").thead for name in (page, f"fr/{page}")]
        heads = set.intersection(*({head.get_text() for head in table("th")} for table in tables)) - both
        # a declaration is named after a place
        assert [head for head in heads if not re.search(r" 20\d\d$", head)] == [], page


def test_a_report_can_begin_in_french(root, tmp_path, monkeypatch, ledger):
    monkeypatch.setattr(site, "FIGURES", (charts.naive_sum,))
    monkeypatch.setattr(site, "execute", run_if_new)
    # its figure has been drawn for the whole report
    shutil.copytree(root, tmp_path / "rapport")
    notebooks = write_notebook(tmp_path / "notebooks", "00-un", was_run("1"))
    report = build(tmp_path / "rapport", lang="fr", notebooks=notebooks)
    for page, lang, amount in (("index.html", "fr", "633"), ("en/index.html", "en", "€633bn")):
        front = soup_of(report.folder / page)
        assert front.html["lang"] == lang and amount in front.find("img")["alt"]
    assert report.headlines == headlines(ledger, lang="fr")
    assert (report.made, report.unchanged) == (3, 2)


# --- the report of another ledger


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory, other):
    """The report of an invented event: no article, no declarations, no news."""
    return build(tmp_path_factory.mktemp("other") / "report", folder=other.folder)


OURS = re.compile(
    r"Paris|France\b|Élysée|LeBigData|InvestAI|Stargate|\bsummits?\b(?!-)|sommet|contributors|CC BY|MIT\b|otebook"
)


def test_another_ledger_has_a_whole_report_that_speaks_of_its_own_event_alone(elsewhere, other):
    root, pages = elsewhere.folder, pages_of(elsewhere.folder)
    assert complaints_of(pages) + astray(root, pages) == []
    # the columns of all ledgers are described with examples of ours
    del pages["columns.html"]
    for page, soup in pages.items():
        for table in soup(class_="scroll"):
            table.decompose()
        text = one_line(soup.get_text(" "))
        assert (page, re.findall(rf"\bNone\b|\bnan\b|NaT|\.\.|  |\(\)|: [.;]|{OURS.pattern}", text)) == (page, [])
        assert Strict((root / page).read_text(encoding="utf-8")).wrong == [], page


@EACH_LANGUAGE
def test_what_another_ledger_lacks_is_left_out_and_named_once(elsewhere, other, lang, at):
    pages, name, days, lacks = pages_of(elsewhere.folder), *NAIROBI[lang]
    front, methods = pages[f"{at}index.html"], pages[f"{at}methods.html"]
    assert name in front.h1.get_text() and days in front.find(class_="lead").get_text()
    found = front.find_all("article", class_="finding")
    assert [one["id"] for one in found] == [one.key for one in headlines(other, lang=lang)] == ["once", "inside"]
    assert all(one.img for one in found)
    said = front.find(id="left-out").get_text()
    assert said.count(lacks) == 1
    if lang == "en":
        assert said == " ".join(elsewhere.left_out)
        assert "No figure of lists in common and positions on a map: " in said
    drawn = {tag["href"] for tag in front.find(id="figures")("a")}
    assert len(drawn) == (elsewhere.made / 2) < len(FIGURES)
    sections = {tag["aria-labelledby"]: tag.get_text(" ") for tag in methods.main("section")}
    assert "signatures" not in sections and "article" not in sections["rules"]
    (row,) = methods.find(id="numbers-table").tbody("tr")
    assert eval(row.code.get_text(), {"total": total, "ledger": other}).high / 1e9 == pytest.approx(20.7, abs=0.05)
    cited = one_line(pages[f"{at}figures/total.html"].find(class_="citation").get_text())
    assert [one for one in (name, other.digest, f"summit-analysis {sa.__version__}") if one not in cited] == []


NAIROBI = {
    "en": ("Nairobi AI Finance Forum", "9–\u206012 March 2026", "the ledger has no declarations."),
    "fr": ("Forum de Nairobi", "du 9 au 12 mars 2026", "le registre n’a aucune déclaration."),
}


def test_the_tables_of_another_report_are_those_of_its_folder_and_its_figures_follow_them(elsewhere, other, tmp_path):
    tables = elsewhere.folder / "tables"
    names = (
        "event sources pledges labels claims entities pegs findings claims-in-euros without-primary-source inventory"
    )
    assert {path.stem for path in tables.glob("*.csv")} == set(names.split())
    assert len(pd.read_csv(tables / "claims-in-euros.csv")) == len(other.claims)
    assert "## claims.csv" in (tables / "README.md").read_text(encoding="utf-8")
    copy = Path(shutil.copytree(other.folder, tmp_path / "copy"))
    assert conditions(copy) == conditions(other.folder) != conditions()
    copy.joinpath("labels.csv").write_text(other.folder.joinpath("labels.csv").read_text().replace("Savanna", "Steppe"))
    assert conditions(copy) != conditions(other.folder)


LACKS = {
    "nothing": ([], [], ["once", "inside", "ladder", "signed", "outcome"]),
    "article": (["article_source_id"], [], ["once", "inside", "ladder", "signed", "outcome"]),
    "package": (["headline_pledge_id"], [], ["once", "ladder", "signed", "outcome"]),
    "declaration": (["declaration_id"], [], ["once", "inside", "ladder", "outcome"]),
    "signatures": ([], ["signatures", "counts"], ["once", "inside", "ladder", "outcome"]),
    "news": ([], ["updates"], ["once", "inside", "signed"]),
    "ties": ([], ["overlaps", "corrections"], ["once", "inside", "ladder", "signed", "outcome"]),
    "claims": ([], ["claims", "updates"], ["signed"]),
}


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("lack", LACKS)
def test_a_finding_whose_rows_are_not_there_is_left_out_and_the_others_read_well(ledger, lack, lang):
    cells, tables, expected = LACKS[lack]
    less = without(ledger, tables, cells)
    found, methods = headlines(less, lang=lang), sections(less, lang=lang)
    assert [one.key for one in found] == expected
    said = [text for one in found for text in (one.topic, one.sentence, one.text)]
    said += [text for section in methods for text in (*section["paragraphs"], *section["points"])]
    assert [text for text in said if re.search(r"\bNone\b|\bnan\b|NaT|  |\{|\( ?\)|(?<!fr)(?<=: )[.;]", text)] == []
    ids, said = {section["id"] for section in methods}, " ".join(said)
    assert ("signatures" in ids, "numbers" in ids) == ("signatures" not in tables, lack != "claims")
    at_most = {"en": "say “at most” because", "fr": "disons «\xa0au plus\xa0», car"}[lang]
    assert (at_most in said) == (lack not in ("ties", "claims"))
    codes = [row.code for row in numbers_to_use(less).itertuples()]
    assert ("article" in said) == (lack != "article") == any("article" in code for code in codes)


def test_a_ledger_is_cited_by_its_own_title_and_authors_and_never_by_ours(other, tmp_path, tables):
    described = json.loads(other.folder.joinpath("datapackage.json").read_text())
    described |= {"title": "Who pays for Nairobi", "contributors": [{"title": "A. Wanjiru"}, {"title": "B. Otieno"}]}
    described |= {"licenses": [{"name": "ODbL-1.0"}], "sources": [{"title": "A list", "path": "https://example.org"}]}
    copy = Path(shutil.copytree(other.folder, tmp_path / "copy"))
    copy.joinpath("datapackage.json").write_text(json.dumps(described))
    own, spoilt, (name, *_), said = load(copy), load(tables), other.pledges["pledge_id"], {}
    for place, each in {"own": own, "other": other}.items():
        write_pages(tmp_path / place, each, [], [], {}, lang="en", first="en")
        path = tmp_path / place / f"pledges/{name}.html"
        said[place] = [path.with_suffix(end).read_text("utf-8") for end in (".bib", ".ris")]
        cited = soup_of(path).find(class_="citation").get_text()
        assert cited.startswith("A. Wanjiru and B. Otieno, “" if place == "own" else "“")
    assert "author = {{A. Wanjiru} and {B. Otieno}}" in said["own"][0]
    assert re.findall("^AU  - (.+)$", said["own"][1], re.M) == ["A. Wanjiru", "B. Otieno"]
    assert not re.search("author =|AU  -|Wanjiru", "".join(said["other"]))
    # BibTeX counted a brace in a title as one of its own, and TeX stops at a caret
    odd = site._environment("en").filters["tex"]("{a_b^c~d\\e")
    assert odd == r"\textbraceleft{}a\_b\textasciicircum{}c\textasciitilde{}d\textbackslash{}e"
    works = [imprint(one)["work"].split(" (data ")[0] for one in (own, spoilt)]
    # a copy of our tables is somebody else's, too
    assert works == ["“Who pays for Nairobi, Nairobi AI Finance Forum”", "“Ledger of the Paris AI Action Summit”"]
    assert [imprint(one)["by"] for one in (own, other, spoilt)] == ["A. Wanjiru and B. Otieno, ", "", ""]
    assert (imprint(own)["terms"], imprint(spoilt)["licence"]) == (" Tables: ODbL 1.0.", "")
    assert [one["title"][:6] for one in credited(own)] == ["A list", "Europe"]


def test_the_report_of_an_empty_ledger_says_so_and_how_to_begin(tmp_path, empty, monkeypatch):
    monkeypatch.setattr(site, "FIGURES", (charts.ladder, charts.positions))
    report = build(tmp_path / "report", folder=empty)
    pages = pages_of(report.folder)
    assert (report.made, report.headlines) == (0, [])
    assert report.left_out == [one_line(pages["index.html"].find(class_="lead").get_text())]
    there = {f"{page}.html" for page in ("index", "methods", "sources", "changes", "columns")}
    assert {page for page in pages if language(page) == "en"} == there
    assert complaints_of(pages) + astray(report.folder, pages) == []
    for page, words in (("index.html", "This ledger is empty"), ("fr/index.html", "Ce registre est vide")):
        said = pages[page].find(class_="lead").get_text()
        expected = (words, *(f"{name}.csv" for name in ("event", "pledges", "sources", "claims")))
        assert [word for word in expected if word not in said] == []
        assert pages[page].find("img") is None and "nothing-yet" in pages[page].h1.get_text()


# --- what others make of it: a link that is shared, a figure on a page of theirs, a citation


def shared(soup):
    """What a page tells those who show a link to it."""
    return {
        tag.get("property") or tag["name"]: tag["content"]
        for tag in soup.head("meta", content=True)
        if len(tag.attrs) == 2
    }


def test_a_link_to_any_page_is_shown_with_its_words_and_a_picture_of_its_figure_or_the_first(root, pages, elsewhere):
    for top, each in ((root, pages), (elsewhere.folder, pages_of(elsewhere.folder))):
        pictures = set()
        for page, soup in (each | pages_of(top, bare=True)).items():
            told, lang = shared(soup), language(page)
            assert told["og:title"] == soup.h1.get_text() or "notebooks/" in page or page == COLUMNS
            assert told["og:description"] == told["description"] and len(told["description"]) > 10, page
            kind = "website" if page.endswith("index.html") else "article"
            assert (told["og:locale"][:2], told["og:type"]) == (lang, kind)
            assert told["twitter:card"] == "summary_large_image"
            picture = (top / page).parent / told["og:image"]
            assert png_size(picture.read_bytes()) == (1200, 630)
            pictures.add(picture.resolve())
            front = each["fr/index.html" if lang == "fr" else "index.html"].find("img")["src"]
            own = page if re.search("figures/|embed/", page) else front
            assert picture.name == f"{re.sub('-wide|[.](html|png)', '', posixpath.basename(own))}-card.png"
            assert (soup.find("link", rel="canonical"), "og:url" in told) == (None, False)
        # each figure has a picture of its own
        contents = {path.read_bytes() for path in pictures}
        assert len(contents) == len(pictures) == sum("figures/" in page for page in each)


def test_a_report_that_knows_its_address_names_it_and_that_of_the_other_language(tmp_path, other):
    drawn = {lang: [draw(other, charts.kinds, lang=lang)] for lang in ("en", "fr")}
    for lang, figures in drawn.items():
        write_pages(tmp_path, other, [], figures, {}, lang=lang, first="fr", site_url="https://a.example/r")
    for page, soup in (pages_of(tmp_path) | (bare := pages_of(tmp_path, bare=True))).items():
        home, told = page.replace("embed/", "figures/"), shared(soup)
        here, there = (f"https://a.example/r/{one}" for one in (home, home[3:] if home[:3] == "en/" else f"en/{home}"))
        assert soup.find("link", rel="canonical")["href"] == told["og:url"] == here
        known = {tag["href"] for tag in soup("link", rel="alternate", hreflang=True)}
        assert known == ({here} if page.endswith(COLUMNS) else {here, there})
        at = "https://a.example/r/en/" if page[:3] == "en/" else "https://a.example/r/"
        assert told["og:image"] == f"{at}figures/public-and-private-card.png"
        if "figures/" in page or "pledges/" in page:
            assert here in soup.find(class_="citation").get_text()
            bib, ris = ((tmp_path / page).with_suffix(f".{kind}").read_text("utf-8") for kind in ("bib", "ris"))
            assert f"url = {{{here}}}" in bib and f"UR  - {here}\n" in ris
    assert len(bare) == 2


def test_the_line_to_embed_a_figure_leads_to_a_bare_page_with_picture_title_source_and_the_way_back(root, pages):
    for page in of_figures(pages):
        line = parsed(pages[page].find(id="embed").find_parent("section").code.get_text()).iframe
        embedded = line["src"].removeprefix("https://…/")
        assert embedded == page.replace("figures/", "embed/")
        bare, title = soup_of(root / embedded), pages[page].h1.get_text()
        assert line["title"] == bare.h1.get_text() == title
        assert bare(["nav", "header", "script"]) == bare("link", rel="stylesheet") == []
        (picture,), (back,) = bare("img"), bare("a")
        whole = (root / embedded).parent / picture["src"]
        assert one_line(title[:20]) in one_line(whole.read_text("utf-8"))
        assert int(line["height"]) >= int(picture["height"]) / 2
        assert leads(embedded, back) == page
        assert one_line(bare.figcaption.get_text()) == one_line(pages[page].figcaption.get_text())
        assert len(picture["alt"]) > 20 and Strict((root / embedded).read_text("utf-8")).wrong == []
        assert re.findall(r"@import|url\(|//", bare.style.get_text()) == []


def test_a_citation_for_programs_has_balanced_braces_and_each_field_of_the_page(root, pages):
    for page in (page for page in pages if re.search("figures/|pledges/", page)):
        text = (root / page).with_suffix(".bib").read_text("utf-8")
        fields = dict(re.findall(r"^  (\w+) = \{(.+)\},?$", text, re.M))
        title = fields["title"].strip("{}").replace("\\", "")
        assert text.count("{") == text.count("}"), page
        assert one_line(title) == one_line(pages[page].h1.get_text()), page
        assert one_line(fields["howpublished"].replace("\\", "")) in one_line(
            pages[page].find(class_="citation").get_text()
        )
        assert fields["langid"] == {"en": "english", "fr": "french"}[language(page)]
        ris = dict(line.split("  -") for line in (root / page).with_suffix(".ris").read_text("utf-8").splitlines())
        assert (ris["TI"].strip(), next(iter(ris)), list(ris)[-1]) == (title, "TY", "ER")
        assert ris["PY"].strip() == fields["year"] == fields["urldate"][:4]


# --- pages of each kind


@EACH_LANGUAGE
def test_the_front_page_has_five_findings_and_lists_everything(root, pages, ledger, lang, at):
    front, seed = pages[f"{at}index.html"], ledger.sources.set_index("source_id").loc["seed-article"]
    articles = front.find_all("article", class_="finding")
    assert [one["id"] for one in articles] == ["once", "inside", "ladder", "signed", "outcome"]
    for found, one in zip(headlines(ledger, lang=lang), articles, strict=True):
        # a figure is small nowhere
        (picture,), links = one("img"), {tag["href"] for tag in one("a")}
        assert one_line(found.sentence) in one_line(one.get_text())
        assert {f"notebooks/{found.notebook}.html", picture["src"].replace("-wide.png", ".html")} <= links
    assert front.find("a", href=seed["url"]).get_text() == seed["title"]
    assert "LeBigData.fr" in front.find(class_="opening").get_text() and len(front("img")) == len(articles)
    links = {posixpath.normpath(posixpath.join(at, tag["href"])) for tag in front("a")}
    own = {page for page in pages if language(page) == lang and "pledges/" not in page}
    assert own - {f"{at}index.html"} | {f"tables/{path.name}" for path in (root / "tables").glob("*.csv")} <= links
    # what a programmer needs is folded
    assert front.find(id="tables").table.find_parent("details")
    # each notebook has its question and each table its row, in the language of the page
    *links, paper = front.find(id="notebooks")("a")
    assert (root / at / paper["href"]).read_bytes() == (files.shipped("notebooks") / at / "paper.html").read_bytes()
    for link in links:
        assert SMALL in link["href"] or (link.get_text().strip().endswith("?") and "lang" not in link.attrs)
    assert all(cell.get_text().strip() for cell in front.find(id="tables")(["td", "th"]))
    # all that is fetched before the figures
    fetched = ["index.html", *(tag.get("src") or tag["href"] for tag in front.select("script, link[rel=stylesheet]"))]
    assert sum((root / at / file).stat().st_size for file in fetched) < 300_000


@EACH_LANGUAGE
def test_the_pages_of_tables_have_a_row_for_each_of_the_public_frames(pages, ledger, lang, at):
    soups = [pages[f"{at}{page}.html"] for page in ("pledges", "signatures", "timeline", "tables")]
    rows = {section["aria-labelledby"]: section.tbody("tr") for soup in soups for section in soup("section")}
    disputed = conflicts(ledger)
    assert {key: len(found) for key, found in rows.items()} == {
        "pledges": len(ledger.pledges),
        "conflicts": (disputed["spread"] > 1).sum(),
        "claims": len(sa.compare_claims(ledger)),
        "rates": 2 * len(sa.total_by_convention(ledger)),
        "timeline": len(sa.timeline(ledger)),
        "signatures": len(sa.memberships(ledger)),
        "counts": len(sa.claimed_counts(ledger, "paris-2025")),
    }
    link = rows["conflicts"][0].td.a
    assert link.get_text() == ledger.names(lang)[disputed["pledge_id"].iloc[0]]
    assert link["href"] == f"pledges/{disputed['pledge_id'].iloc[0]}.html"
    # won and dollars are in order of their euros, not of their figures
    euros = sa.compare_claims(ledger)["high_EUR"].fillna(-1).round()
    assert [float(row.data["value"]) for row in rows["claims"]] == euros.to_list()
    cells = [cell.get_text() for key in rows for row in rows[key] for cell in row("td")]
    assert not {"not-yet", "own-day", "slip", "other-scope", "nan", "NaT"} & set(cells)


@EACH_LANGUAGE
def test_the_page_of_a_pledge_has_each_claim_and_source_what_became_of_it_and_the_rows(root, pages, ledger, lang, at):
    names, urls = ledger.names(lang), ledger.sources.set_index("source_id")["url"]
    for pledge in ledger.pledges["pledge_id"]:
        soup = pages[f"{at}pledges/{pledge}.html"]
        claims, news = (rows[rows["pledge_id"] == pledge] for rows in (ledger.claims, ledger.updates))
        linked = {tag["href"] for tag in soup.select(".sources a")}
        assert linked == set(urls.loc[[*claims["source_id"], *news["source_id"]]].dropna()), pledge
        rows = [len(soup.select(f"#{key}-table tbody tr")) for key in ("claims", "news")]
        csv = pd.read_csv(root / "pledges" / f"{pledge}.csv")
        assert (soup.h1.get_text(), rows, len(csv)) == (names[pledge], [len(claims), len(news)], len(claims))
    text = pages[f"{at}pledges/fluidstack-supercomputer.html"].find("dl").get_text()
    assert {"en": "reportedly withdrawn", "fr": "à confirmer"}[lang] in text
    package = pages[f"{at}pledges/france-109bn.html"].find(attrs={"aria-labelledby": "related"})
    assert "mgx-campus.html" in {tag["href"] for tag in package("a")}


ATOM = "{http://www.w3.org/2005/Atom}"


def entries(path):
    """The entries of a feed (title, day, text, address), which is one as RFC 4287 wants it."""
    feed = ElementTree.parse(path).getroot()
    found = feed.findall(f"{ATOM}entry")
    assert (feed.tag, feed.find(f"{ATOM}author/{ATOM}name").text.strip() != "") == (f"{ATOM}feed", True)
    for one in (feed, *found):
        assert [len(one.findall(ATOM + name)) for name in ("id", "title", "updated")] == [1, 1, 1]
        assert dt.datetime.fromisoformat(one.findtext(f"{ATOM}updated")).tzinfo
        assert [link.get("href") for link in one.findall(f"{ATOM}link[@rel='alternate']")]
    ids = [one.findtext(f"{ATOM}id") for one in (feed, *found)]
    assert len({uuid.UUID(one.removeprefix("urn:uuid:")) for one in ids}) == len(ids)
    assert feed.findtext(f"{ATOM}updated") == max(
        one.findtext(f"{ATOM}updated") for one in (*found, *[feed][len(found) :])
    )
    said = ("title", "updated", "content", "id")
    return [(*(one.findtext(ATOM + name) for name in said), one.find(f"{ATOM}link").get("href")) for one in found]


@EACH_LANGUAGE
def test_what_changed_is_a_page_and_a_feed_that_every_page_names(root, pages, ledger, lang, at):
    rows, feed = pages[f"{at}changes.html"].tbody("tr"), entries(root / at / "changes.xml")
    # and the version of the tables
    assert len(rows) == len(feed) == len(ledger.corrections) + 1
    for row, (title, updated, content, _, address) in zip(rows, feed, strict=True):
        when, what, old, new, reason, source = (one_line(cell.get_text()) for cell in row("td"))
        assert (when, what) == (updated[:10], one_line(title))
        assert not reason or one_line(content) == f"{old} → {new}. {reason} ({source})"
        assert (root / at / address).is_file() and (what.startswith("Version") or row.td.find_next("a"))
    assert {one_line(row("td")[4].get_text()) for row in rows} >= set(ledger.corrections["reason"].map(one_line))
    assert sorted(feed, key=lambda one: one[1], reverse=True) == feed
    for page, soup in pages.items():
        (told,) = soup.head("link", type="application/atom+xml")
        assert leads(page, told) == ("fr/" if language(page) == "fr" else "") + "changes.xml"
        assert {posixpath.basename(tag["href"]) for tag in soup.footer("a")} == {"changes.html", "changes.xml"}


def without(ledger, tables, cells=()):
    """The ledger without the rows of some tables, and some cells of its event empty."""
    event = ledger.event.assign(**dict.fromkeys(cells)).astype(ledger.event.dtypes)
    return dataclasses.replace(ledger, event=event, **{name: getattr(ledger, name).head(0) for name in tables})


def written(ledger, folder, lang="en"):
    write_pages(folder, ledger, [], [], {}, lang=lang, first="en")
    return pages_of(folder)


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_correction_keeps_its_id_in_the_feed_whatever_else_is_corrected(other, tmp_path, lang):
    told = {"source_id": other.sources["source_id"].iloc[0], "reason": "<b>A slip</b>"}
    pledge, claim = "savanna-grid-fund", other.claims.iloc[0]
    rows = [told | {"table": "pledges", "key": pledge, "column": "announced_on", "corrected_on": "2026-04-01"}]
    rows += [told | {"table": "claims", "key": claim["claim_id"], "column": "amount_low", "old": "12000000000"}]
    rows[1] |= {"corrected_on": "2026-05-01"}
    found = []
    for number in range(3):
        table = pd.DataFrame(rows[:number], columns=other.corrections.columns).astype(other.corrections.dtypes)
        pages = written(dataclasses.replace(other, corrections=table), tmp_path / str(number), lang)
        page = pages[f"{'fr/' * (lang == 'fr')}changes.html"]
        found.append(entries(tmp_path / str(number) / ("fr" * (lang == "fr")) / "changes.xml"))
        none = {"en": "Nothing has been corrected", "fr": "Rien n’a été corrigé"}[lang] in page.get_text()
        assert (len(page("td")), len(found[-1]), none) == (6 * number, number, number == 0)
    assert found[1][0] == found[2][1]
    assert other.names(lang)[pledge] in found[1][0][0] and "<b>A slip</b>" in found[1][0][2]
    assert re.match({"en": "12,000,000,000 → ", "fr": "12\u202f000\u202f000\u202f000 → "}[lang], found[2][0][2])
    assert found[2][0][-1] == f"pledges/{claim['pledge_id']}.html"


CONTACTS = {
    "": None,
    "room 7, second floor": None,
    "desk@example.org": "mailto:desk@example.org?subject={title}&body={body}",
    "https://example.org/a/b/issues": "https://example.org/a/b/issues/new?title={title}&body={body}",
    "https://example.org/a/b/issues/new/": "https://example.org/a/b/issues/new?title={title}&body={body}",
    "https://example.org/contact?to=desk": "https://example.org/contact?to=desk",
    "javascript:alert('summit')@x": None,
}


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("contact", CONTACTS)
def test_who_finds_an_error_is_told_where_to_write_and_has_half_a_letter(other, tmp_path, contact, lang):
    event = other.event.assign(contact=contact or None).astype(other.event.dtypes)
    begin, _, title = (CONTACTS[contact] or "").partition("{")
    for page, soup in written(dataclasses.replace(other, event=event), tmp_path, lang).items():
        asked = soup.find(id="wrong")
        assert contact in asked.get_text()
        assert bool(contact) != bool(re.search("no address|aucune adresse", asked.get_text()))
        links = [tag["href"] for tag in asked("a")]
        assert [link.startswith(begin) for link in links] == [True] * bool(begin)
        if title:
            told = parse_qs(urlsplit(links[0]).query)
            assert one_line(soup.h1.get_text()) in one_line(told[re.search(r"(\w+)=$", begin)[1]][0])
            assert page.removeprefix("fr/") in told["body"][0] and told["body"][0].count("\n") == 4


MONEY = ["claims", "updates", "pledges", "labels", "overlaps", "sites", "aliases", "corrections"]
SIGNED = ["signatures", "counts", "declarations"]
PARTS = {
    "signatures alone": (MONEY, {"signatures", "timeline"}),
    "money alone": (SIGNED, {"pledges", "timeline", "tables"}),
    "pledges without claims": (["claims", "updates", "corrections"], {"pledges", "signatures", "timeline"}),
    "sources alone": ([*MONEY, *SIGNED, "events"], set()),
}


@pytest.mark.parametrize("part", PARTS)
def test_a_ledger_has_the_lists_that_it_can_have(ledger, tmp_path, part):
    tables, lists = PARTS[part]
    pages = written(without(ledger, tables, ["headline_pledge_id", "declaration_id"]), tmp_path)
    assert complaints_of(pages) == []
    others = {"index", "methods", "sources", "changes", "columns"}
    assert {page.removesuffix(".html") for page in pages if "/" not in page} == lists | others
    for page in lists:
        assert all(table.tbody("tr") for table in pages[f"{page}.html"]("table"))
    linked = {tag["href"] for soup in pages.values() for tag in soup.header("a")}
    assert {f"{page}.html" for page in lists} <= linked


def test_no_page_shows_an_id_where_a_reader_expects_a_name_nor_a_coded_word_among_french(pages, ledger):
    ids = {*ledger.sources["source_id"], *ledger.pledges["pledge_id"], *ledger.claims["claim_id"]}
    english = {word for column in schema.words(schema.package()).values() for word in column}
    # the same in French, or what a statement of the article says
    english -= {"exact", "cloud", "public", "opinion", "date", "sites", "organisation", "sources", "signatures"}
    english -= {"original", "Europe", "energy", "fr", "en"}
    seen = {"ids": set(), "codes": set()}
    for page, soup in pages.items():
        if "notebooks/" not in page and page != "columns.html":
            cells = {part.strip() for tag in soup(["td", "th", "a", "dd"]) for part in tag.get_text().split(";")}
            seen["ids"] |= {(page, one) for one in cells & ids if not one.endswith(".csv")}
            seen["codes"] |= {(page, one) for one in cells & english if language(page) == "fr"}
    assert seen == {"ids": set(), "codes": set()}


def test_what_the_columns_mean_is_a_page_and_no_raw_text(pages):
    page = pages[COLUMNS]
    headings = [tag.get_text() for tag in page("h3")]
    assert [one["path"] for one in schema.resources().values() if one["path"] not in headings] == []
    assert "|---|" not in page.get_text() and "<!--" not in page.get_text()
    for each in ("index.html", "fr/index.html", "figures/ladder.html", "fr/figures/ladder.html"):
        links = {leads(each, tag): tag for tag in pages[each].main("a")}
        assert links[COLUMNS]["hreflang"] == "en" and not any(link.endswith("README.md") for link in links)


def test_a_title_and_its_lead_once_stood_twice_on_a_page_of_one_list(pages):
    for at, name in itertools.product(("", "fr/"), ("pledges", "signatures", "timeline", "tables")):
        headings = [one_line(tag.get_text()) for tag in pages[f"{at}{name}.html"].main(["h1", "h2", "p"])]
        assert len(set(headings)) == len(headings)
        assert bool(pages[f"{at}{name}.html"].find("section", attrs={"aria-labelledby": name})) == (name != "tables")


@EACH_LANGUAGE
def test_a_figure_page_holds_the_figure_its_words_data_and_sources(root, pages, ledger, lang, at):
    drawn, urls = draw(ledger, charts.naive_sum, lang=lang), ledger.sources.set_index("source_id")["url"]
    soup, text = (
        pages[f"{at}figures/{drawn.name}.html"],
        one_line(pages[f"{at}figures/{drawn.name}.html"].get_text(" ")),
    )
    said = [drawn.title, *(drawn.about[part] for part in ("subtitle", "alt", "source"))]
    assert [one for one in said if one_line(one) not in text] == []
    assert (root / at / "figures" / f"{drawn.name}.csv").read_bytes() == drawn.files[f"{drawn.name}.csv"]
    assert len(soup.find(id="data-table").tbody("tr")) == drawn.about["rows"]
    cited = soup.find(class_="citation").get_text()
    assert [part for part in (drawn.name, sa.__version__, "CC BY 4.0") if part not in cited] == []
    sources = {tag["href"] for tag in soup.find(class_="sources")("a")}
    assert sources == set(urls.loc[drawn.about["source_ids"]].dropna())
    assert any("01-fourteen-sums" in tag["href"] for tag in soup.main("a"))


def test_each_figure_has_a_picture_for_a_phone_and_one_for_a_screen_names_its_sources_and_folds_long_lists(root, pages):
    for page in of_figures(pages):
        (picture,) = pages[page]("picture")
        for one, address, width in ((picture.source, "srcset", 780), (picture.img, "src", 1600)):
            content = (root / page).parent.joinpath(one[address]).read_bytes()
            assert (png_size(content), png_size(content)[0]) == ((int(one["width"]), int(one["height"])), width)
        # what is downloaded has its title and its source, which the page says itself
        whole = (root / page).with_suffix(".png").read_bytes()
        assert png_size(whole)[0] == 1600 and png_size(whole)[1] > int(picture.img["height"])
        sources, data = pages[page].find(class_="sources"), pages[page].find(id="data-table")
        assert sources("li"), page
        assert bool(sources.find_parent("details")) == (len(sources("li")) > 12)
        assert bool(data.find_parent("details")) == (len(data.tbody("tr")) > 20)


@EACH_LANGUAGE
def test_the_page_of_sources_lists_each_with_what_is_known(pages, ledger, lang, at):
    soup = pages[f"{at}sources.html"]
    rows = {row["id"].removeprefix("source-"): row for row in soup.find(id="sources-table").tbody("tr")}
    others = [path.read_text("utf-8") for path in files.shipped("data").glob("*.csv") if path.stem != "sources"]
    # one on which nothing rests is in the table only
    assert set(rows) == {*ledger.sources["source_id"]} & {*re.findall("[a-z0-9][a-z0-9-]*", " ".join(others))}
    assert f"{len(ledger.sources) - len(rows)}" in soup.find(attrs={"aria-labelledby": "all"}).p.get_text()
    about = pd.concat([ledger.claims, ledger.updates]).groupby("source_id")["pledge_id"].agg(set)
    for source in ledger.sources[ledger.sources["source_id"].isin(rows)].fillna("").itertuples():
        row = rows[source.source_id]
        page, rests = row.th.find("a"), row("td")[-1]
        assert source.publisher in row.th.get_text() and (page["href"] if page else "") == source.url
        assert source.title in ("", row.find(lang=source.language).get_text())
        pledges = {tag["href"].removesuffix(".html") for tag in rests("a")}
        assert rests.get_text().strip()
        assert {f"pledges/{pledge}" for pledge in about.get(source.source_id, [])} <= pledges, source.source_id
    numbers = [[int(cell.get_text()) for cell in row("td")] for row in soup.find(id="counts").tbody("tr")]
    assert numbers[-1] == [sum(column) for column in zip(*numbers[:-1], strict=True)]
    assert numbers[0][-1] == (ledger.sources["kind"] == "primary").sum()
    counts = len(ledger.sources), (ledger.sources["read_as"] == "mirror").sum()
    assert [one for one in counts if str(one) not in soup.find(class_="lead").get_text()] == []


def test_a_notebook_page_shows_outputs_folds_code_and_solutions_and_links_to_the_other_pages(pages):
    soup = pages[f"notebooks/{SMALL}.html"]
    assert "The answer is forty-two." in soup.get_text()
    # a script is text: twice in the table, once in each citation
    assert soup.get_text().count(BAD) >= 4
    assert soup.title.get_text().startswith("What <b>is</b> it & why?")
    (code,) = soup.find_all("details", class_="code")
    assert "ledger = load()" in code.extract().get_text() and "ledger = load()" not in soup.get_text()
    assert (code.summary.get_text(), code.has_attr("open")) == ("Code", False)
    solutions = pages["notebooks/01-fourteen-sums.html"].find_all("details", class_="solution")
    assert any(one.find("pre") for one in solutions) and not any(tag.has_attr("open") for tag in solutions)
    links = {tag["href"] for tag in pages["notebooks/02-inside-the-109-billion.html"].find("article")("a")}
    assert "01-fourteen-sums.html" in links and not any(link.endswith(".ipynb") for link in links)


def test_a_notebook_with_odd_outputs_still_makes_a_page():
    odd = '<a href="javascript:alert(1)">b</a><img src="http://a/b.png">'
    shown = {"application/javascript": "alert(1)", "application/vnd.jupyter.widget-view+json": {"model_id": "a"}}
    outputs = [nbformat.v4.new_output("display_data", {kind: one}) for kind, one in {**shown, "text/html": odd}.items()]
    notebook = notebook_of("# Odd", *outputs)
    notebook.metadata.widgets = {"application/vnd.jupyter.widget-state+json": {"state": {"a": {}}}}
    page = article("odd", notebook, [])
    soup = parsed(page.body)
    assert (page.title, soup(["script", "a", "img"]), soup(id=True)) == ("Odd", [], [])
    assert "JupyterLab" in soup.get_text()


def test_text_has_the_contrast_that_the_guidelines_ask_for_colours_stand_in_one_place_and_paper_has_no_menu(root):
    assert (contrast("#000000", "#ffffff"), contrast("#767676", "#ffffff")) == pytest.approx((21, 4.54), abs=0.01)
    style, schemes = (root / "style.css").read_text(encoding="utf-8"), {}
    for scheme, start in (("light", ":root {"), ("dark", "prefers-color-scheme: dark"), ("print", "@media print")):
        block = style[style.index(start) :]
        found = re.findall(r"--(\w+): (#[0-9a-f]{3,6});", block[: block.index("\n}")])
        schemes[scheme] = {**schemes.get("light", {}), **dict(found)}
    pairs = itertools.product(schemes, ("ink", "soft", "link", "accent", "string"), ("paper", "raised"))
    assert [one for one in pairs if contrast(*(schemes[one[0]][part] for part in one[1:])) < 4.5] == []
    # each verdict on an amount has a sign of its own, and letters that stand out from its paper
    assert set(SIGNS) == set(rules()["verdict"]) and len({sign for sign, *_ in SIGNS.values()}) == 6
    assert [verdict for verdict, (_, paper, ink) in SIGNS.items() if contrast(paper, ink) < 7] == []
    # white is what figures are drawn on; the grey is that of addresses on paper
    assert set(re.findall(r"#[0-9a-f]{3,6}\b", re.sub(r":root \{[^}]*\}", "", style))) <= {"#fff", "#444"}
    assert re.findall(r"outline:\s*(none|0)", re.sub(r"main:focus \{[^}]*\}", "", style)) == []
    printed = style[style.index("@media print") :]
    assert re.search(r"header\.site nav[^{]*\{ display: none", printed) and "attr(href)" in printed
    assert ":focus-visible" in style and re.findall(r"@import|url\(|//", style) == []


@EACH_LANGUAGE
def test_the_page_of_methods_states_numbers_of_the_ledger(pages, ledger, lang, at):
    soup = pages[f"{at}methods.html"]
    sections = {tag["aria-labelledby"]: tag.get_text(" ") for tag in soup.main("section")}
    assert list(sections) == [tag["href"][1:] for tag in soup.find(class_="contents")("a")]
    counted = {
        "rows": [len(ledger.claims), (ledger.claims["standing"] == "stands").sum()],
        "amounts": [(ledger.claims["qualifier"] == "at-least").sum()],
        "rates": [ledger.rates.days[-1].item().year],
        "totals": [(ledger.overlaps["relation"] == "overlaps").sum()],
        "rules": ["full-range", "primary-first", "latest", "article"],
        "signatures": [(ledger.signatures["date_basis"] == "reading-date").sum()],
    }
    assert [said for name, found in counted.items() for said in found if str(said) not in sections[name]] == []


def test_the_findings_follow_the_data_and_say_what_the_figures_say(ledger):
    for lang in ("en", "fr"):
        found = {
            one.key: (one.sentence, getattr(charts, one.figure)(ledger, lang=lang))
            for one in headlines(ledger, lang=lang)
        }
        assert [key for key in ("once", "ladder") if found[key][0] != found[key][1].title] == []
        # whom a map names, its finding names; so do projects, in a sentence that has their day
        assert found["signed"][0].endswith(found["signed"][1].told["others"])
        (outcome, drawn), end = found["outcome"], long_day(last_news(ledger), lang=lang)
        assert outcome.endswith(drawn.title.partition("; ")[2]) and end in outcome and drawn.told["further"] in outcome
    once, inside, *_ = headlines(ledger)
    drawn = charts.envelope(ledger).data.query("what == 'pledge'")[["low", "high"]].sum() / 1e9
    assert f"€{drawn['low']:.0f}–{drawn['high']:.0f}bn; up to €{109 - drawn['low']:.0f}bn" in inside.sentence
    claims = ledger.claims.copy()
    claims.loc[claims["claim_id"] == "fluidstack-supercomputer--seed-article", ["amount_low", "amount_high"]] += 1e9
    changed = headlines(dataclasses.replace(ledger, claims=claims))[0]
    assert ("€633bn" in once.sentence, "€634bn" in changed.sentence) == (True, True)
    # where nothing is built, what became of the funds is a finding
    funds = dataclasses.replace(ledger, pledges=ledger.pledges.assign(purpose="fund"))
    outcome = headlines(funds)[-1]
    assert outcome.sentence == charts.status(funds).title
    assert "listed apart" not in outcome.text and "projects announced" not in outcome.sentence
    # and where nobody signed anything, who refused
    refused = dataclasses.replace(ledger, signatures=ledger.signatures.query("position != 'signed'"))
    assert "0 states have signed" in next(one.sentence for one in headlines(refused) if one.key == "signed")


# --- notebooks as pages, and what others have written as text


def notebook_of(markdown, *outputs):
    cells = [nbformat.v4.new_markdown_cell(markdown), nbformat.v4.new_code_cell("1", outputs=list(outputs))]
    return nbformat.v4.new_notebook(cells=cells)


def test_a_picture_that_is_an_output_of_its_own_has_its_text_and_size():
    drawn, text = Figure(figsize=(2, 1)), 'Nothing at all, on "white" & <grey>.'
    drawn.savefig(png := io.BytesIO())
    data = {"image/png": base64.encodebytes(png.getvalue()).decode(), "text/plain": "<Figure>"}
    output = nbformat.v4.new_output("display_data", data, metadata={"image/png": {"alt": text, "width": 800}})
    page = article("drawn", notebook_of("# Drawn", output), [])
    (picture,) = parsed(page.body)("img")
    ((name, content),) = page.files.items()
    assert content == png.getvalue()
    assert picture.attrs == {"src": f"notebooks/pictures/{name}", "alt": text, "width": "200", "height": "100"}


def test_a_script_in_the_ledger_or_a_title_is_only_text(tmp_path, ledger):
    named = invented.change(ledger, "labels", "pledge_id == 'mistral-essonne'", {"label_en": BAD})
    spoilt = invented.change(named, "sources", "index >= 0", {"publisher": BAD, "title": BAD})
    drawn, pages = draw(spoilt, charts.naive_sum), [article("00-bad", notebook_of(f"# {BAD}"), [])]
    write_pages(tmp_path, spoilt, pages, [drawn], {"bad": 1}, lang="en", first="en")
    for path in tmp_path.rglob("*.html"):
        assert [tag for tag in soup_of(path)("script") if tag.get_text() or not tag.get("src")] == [], path
    for path in (tmp_path / "index.html", tmp_path / "sources.html", tmp_path / "pledges" / "mistral-essonne.html"):
        assert BAD in soup_of(path).get_text()
    assert BAD in soup_of(tmp_path / "index.html").find("img")["alt"]
    assert b"<script" not in drawn.files[f"{drawn.name}.svg"]


# --- the look


def contrast(one, other):
    """As WCAG 2.2 defines it, from relative luminance."""
    luminance = []
    for colour in (one, other):
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour))
        luminance.append(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    return (max(luminance) + 0.05) / (min(luminance) + 0.05)


# --- only what has changed is run again


@pytest.fixture
def runs(monkeypatch, ledger):
    """Keep a run short: figures and pages are looked at above, and what was run needs no kernel; say what was run."""
    names = []

    def counted(path, *rest):
        names.append(path.stem)
        return run_if_new(path, *rest)

    def write_bodies(folder, ledger, articles, *_, **__):
        folder.joinpath("index.html").write_text("".join(page.body for page in articles))

    short = {"FIGURES": (), "load": lambda _=None: ledger, "headlines": lambda *_, **__: [], "execute": counted}
    for name, value in {**short, "write_pages": write_bodies, "conditions": lambda _: "the same"}.items():
        monkeypatch.setattr(site, name, value)
    return names


DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAACklEQVR4nGMAAQAABQABDQottAAAAABJRU5ErkJggg=="


@pytest.fixture
def notebooks(tmp_path, runs):
    write_notebook(tmp_path / "notebooks", "00-one", was_run("'one'", **{"image/png": DOT}))
    return write_notebook(tmp_path / "notebooks", "01-two", was_run("'two'"))


def test_only_what_has_changed_is_run_again(tmp_path, notebooks, runs):
    both, out = ["00-one", "01-two"], tmp_path / "report"

    def run(out=out, **options):
        runs.clear()
        report = build(out, notebooks=notebooks, **options)
        assert (report.made, report.unchanged) == (2, 2 - len(runs))
        return sorted(runs)

    assert run() == both
    written = files_in(out)
    assert run() == [] and files_in(out) == written
    write_notebook(notebooks, "01-two", was_run("'three'"))
    assert run() == ["01-two"]
    assert "ran 'three'" in parsed(files_in(out)["index.html"]).get_text()
    (notebooks / "article.txt").write_text("new")
    # whatever another report did
    assert [run(), run(), run(fresh=True), run(), run(tmp_path / "other")] == [both, [], both, [], both]


def test_figures_are_those_of_the_earlier_report_until_a_row_changes(other, tmp_path, monkeypatch):
    monkeypatch.setattr(site, "FIGURES", (charts.envelope, charts.comparison))
    out, folder = tmp_path / "report", Path(shutil.copytree(other.folder, tmp_path / "ledger"))
    reports, svg = [build(out, folder=folder)], out / "figures/parts-of-savanna-grid-fund.svg"
    before = files_in(out)
    reports.append(build(out, folder=folder))
    assert files_in(out) == before and other.digest in svg.read_text("utf-8")
    claims = folder / "claims.csv"
    claims.write_text(claims.read_text("utf-8").replace("40000000000,40000000000", "41000000000,41000000000"))
    reports.append(build(out, folder=folder))
    assert [(report.made, report.unchanged) for report in reports] == [(6, 0), (6, 6), (6, 0)]
    # each file says of which data it was made
    assert load(folder).digest in svg.read_text("utf-8") and other.digest not in svg.read_text("utf-8")


def test_data_version_python_packages_and_source_are_conditions(monkeypatch, tables):
    shipped = files.shipped
    monkeypatch.setattr(files, "shipped", lambda name: tables.folder if name == "data" else shipped(name))
    changes = {
        "version": lambda patch: patch.setattr(site, "__version__", "0.0.0"),
        "python": lambda patch: patch.setattr(sys, "version", "2.7"),
        "packages": lambda patch: patch.setattr(site.metadata, "distributions", list),
        "source": lambda patch: patch.setattr(Path, "read_bytes", lambda _: b""),
        "data": lambda _: tables.edit("pledges", "pledge_id", "mgx-campus", "place", "Elsewhere"),
    }
    before = conditions()
    assert conditions() == before
    for name, change in changes.items():
        with monkeypatch.context() as patch:
            change(patch)
            assert conditions() != before, name
    assert len({site.key_of("a", "bc"), site.key_of("ab", "c"), site.key_of("abc"), site.key_of("abc", "")}) == 4


@NOT_ON_WINDOWS
def test_a_report_that_others_may_have_written_is_made_anew(tmp_path, notebooks, monkeypatch):
    def behind_a_link(out, _):
        out.rename(out.with_name("mine")).chmod(0o755)
        out.symlink_to(out.with_name("mine"))
        os.lchown(out, 12345, 12345)

    changes = {
        "everybody": (lambda out, _: out.chmod(0o777), "others may write to"),
        "group": (lambda out, _: out.chmod(0o770), "others may write to"),
        "list": (lambda out, _: (out / MADE).chmod(0o666), "others may write to"),
        "owner": (lambda out, patch: patch.setattr(os, "geteuid", lambda: out.stat().st_uid + 1), "to another user"),
    }
    # only root gives a link to somebody else
    changes |= {"link": (behind_a_link, "to another user")} if os.geteuid() == 0 else {}
    for name, (change, said) in changes.items():
        out = tmp_path / name / "report"
        build(out, notebooks=notebooks)
        with monkeypatch.context() as patch:
            change(out, patch)
            report = build(out, notebooks=notebooks)
        assert said in report.problem and str(out) in report.problem and report.unchanged == 0, name


def retell(change):
    """Change what a report keeps of each page for the next one."""

    def spoil(out):
        made = json.loads((out / MADE).read_text(encoding="utf-8"))
        (out / MADE).write_text(json.dumps({key: change(page) for key, page in made.items()}), encoding="utf-8")

    return spoil


SPOILT = {
    "a changed picture": lambda out: next(out.rglob("*.png")).write_bytes(b"x"),
    "no picture": lambda out: next(out.rglob("*.png")).unlink(),
    "cut": lambda out: (out / MADE).write_text("{"),
    "no text": lambda out: (out / MADE).write_bytes(b"\xff"),
    "a list": lambda out: (out / MADE).write_text("[]"),
    "texts": retell(lambda page: "text"),
    "a part more": retell(lambda page: {**page, "more": 1}),
    "a page elsewhere": retell(lambda page: {**page, "name": "../up"}),
    "a picture elsewhere": retell(lambda page: {**page, "files": {"../up.png": next(iter(page["files"].values()))}}),
}


def test_what_is_not_as_it_was_made_is_made_anew(tmp_path, runs):
    notebooks = write_notebook(tmp_path / "notebooks", "00-one", was_run("'one'", **{"image/png": DOT}))
    out = tmp_path / "report"
    build(out, notebooks=notebooks)
    before = files_in(out)
    for name, spoil in SPOILT.items():
        spoil(out)
        assert files_in(out) != before, name
        assert [build(out, notebooks=notebooks).unchanged for _ in range(2)] == [0, 1], name
        assert files_in(out) == before, name
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notebooks", "report"]


# --- side by side


PLAIN = """
import matplotlib.pyplot as plt
import os, pandas as pd, sys
print(os.getcwd(), __name__, pd.get_option("display.max_columns"), pd.get_option("display.width"))
pd.DataFrame([["long " * 9] * 9])
"""


def test_a_kernel_shows_what_one_shows_that_jupyter_starts(tmp_path):
    (path,) = write_notebook(tmp_path / "notebooks", "00-plain", PLAIN, "plt.plot([1, 2]);", "1 + 1").iterdir()
    told = []
    done = execute(path, 60, lambda *step: told.append(step))
    usual = NotebookClient(read(path), resources={"metadata": {"path": str(path.parent)}}).execute()
    assert (outputs(usual), shown(usual)) == (outputs(done), shown(done))
    assert [list(output.data) for output in done.cells[2].outputs] == [["text/plain", "image/png"]]
    assert told == [("00-plain", steps, 3) for steps in range(4)]


def test_jobs_run_side_by_side_and_no_more_than_asked_for():
    meet, at_work, most = threading.Barrier(2), set(), []

    def job():
        at_work.add(threading.get_ident())
        most.append(len(at_work))
        # alone it would wait for ever
        meet.wait(60)
        at_work.discard(threading.get_ident())

    assert len(run_jobs([job] * 6, workers=2)) == 6
    assert max(most) == 2


# --- what stops a run leaves the old report


@pytest.fixture
def old(tmp_path, runs):
    """An old report, which is as it was once the test is over."""
    contents = {"index.html": "the old one", "figures/old.svg": "<svg/>", site.MARK: "index.html\nfigures/old.svg\n"}
    for name, text in contents.items():
        files.write_text(tmp_path / "report" / name, text)
    yield tmp_path / "report"
    assert files_in(tmp_path / "report") == {name: text.encode() for name, text in contents.items()}
    assert not list(tmp_path.glob(".report*"))


def test_each_notebook_that_stops_is_named_and_the_others_are_done(old, runs):
    stopped = {
        "00-raises": (["1", "print('fine')", "1 / 0", "2"], "3: ZeroDivisionError: division by zero"),
        "01-dies": (["import os; os._exit(1)"], "1: the kernel died"),
        "02-asks": (["1", "from summit_analysis import quote; quote('XXX', on='2025-02-10')"], "2: .*XXX"),
        "03-hangs": (["1", "while True: pass"], "2: no end after 9 s"),
    }
    for name, (cells, _) in stopped.items():
        write_notebook(old.parent / "notebooks", name, *cells)
    notebooks = write_notebook(old.parent / "notebooks", "04-fine", "1")
    named = ".*\n".join(rf"{name}\.ipynb, code cell {said}" for name, (_, said) in stopped.items())
    with pytest.raises(ReportError, match=f"(?s){named}"):
        build(old, notebooks=notebooks, cell_seconds=9)
    assert sorted(runs) == [*stopped, "04-fine"]


class Fatal:
    """A figure that ends the process to which it is sent."""

    __name__ = "fatal"

    def __reduce__(self):
        return os._exit, (1,)


def test_a_figure_that_cannot_be_drawn_or_ends_its_drawer_is_named(old, monkeypatch):
    wrong = {operator.truediv: r"truediv \((en|fr)\): TypeError: .*truediv\(\) takes no keyword"}
    wrong |= {Fatal(): r"fatal \((en|fr)\): .*terminated"} if os.name != "nt" else {}
    for figure, said in wrong.items():
        monkeypatch.setattr(site, "FIGURES", (figure,))
        with pytest.raises(ReportError, match=f"figure {said}"):
            build(old, notebooks=old.parent / "none")


def test_a_wrong_language_or_address_or_a_folder_of_own_work_is_refused_before_any_notebook_runs(notebooks, runs):
    folder, wrong = (
        notebooks.parent,
        "example.org|ftp://a.example|https://|https://a/?q|https://a/index.html|https://a b",
    )
    rows = {
        address: (
            lambda address=address: build(folder / "report", notebooks=notebooks, site_url=address),
            rf"^site_url='{re.escape(address)}' .*https://example.org/report",
        )
        for address in (*wrong.split("|"), 'https://a/"<b>')
    }
    assert misses(ChoiceError, rows | {"de": (lambda: build(folder / "report", lang="de"), "'de'")}) == {}
    with pytest.raises(FileError, match=r"holds notebooks/00-one\.ipynb, which would be lost"):
        build(folder, notebooks=notebooks)
    assert (runs, [path.name for path in folder.iterdir()]) == ([], ["notebooks"])


@NOT_ON_WINDOWS
def test_ctrl_c_ends_the_kernels(old):
    notebooks = write_notebook(old.parent / "notebooks", "00-long", "print('on')", "while True: pass")
    code = (
        "import pathlib, sys\n"
        "from summit_analysis.report import site\n"
        "site.FIGURES = ()\n"
        "tell = lambda name, done, steps: print(done, flush=True)\n"
        "site.build(sys.argv[1], notebooks=pathlib.Path(sys.argv[2]), on_progress=tell)\n"
    )
    command = [sys.executable, "-c", code, str(old), str(notebooks)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert [process.stdout.readline() for _ in range(2)] == [b"0\n", b"1\n"]
        started = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=60)
    assert b"KeyboardInterrupt" in complaint
    assert started
    assert not psutil.wait_procs(started, timeout=10)[1]


# --- what happens to a machine: a real run, killed, without room, in odd places

REAL = """
import pathlib, sys
from summit_analysis.report import site
from summit_analysis.base.errors import SummitAnalysisError
site.FIGURES = site.FIGURES[:1]  # the others are drawn alike
try:
    site.build(sys.argv[1], lang=sys.argv[2], notebooks=pathlib.Path(sys.argv[3]))
except SummitAnalysisError as error:
    sys.exit(f"error: {error}")
"""
ODD = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "latin-1", "HOME": "/nowhere"}


def start(out, lang="en", room=10**9, **environment):
    """Begin to write a report in a process of its own, in which no file may be larger than there is room."""
    # Windows has none
    import resource

    notebooks = write_notebook(out.parent / "notebooks", "00-one", "print('one')")
    return subprocess.Popen(
        [sys.executable, "-c", REAL, str(out), lang, str(notebooks)],
        env={**os.environ, **environment},
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room)),  # noqa: PLW1509 (no threads here)
        start_new_session=True,
    )


def finish(process):
    _, complaint = process.communicate(timeout=180)
    return process.returncode, complaint


@pytest.mark.long
@NOT_ON_WINDOWS
def test_a_killed_run_leaves_the_old_report_or_the_new_one_and_no_litter(tmp_path, request):
    whole, odd, random = {lang: tmp_path / lang for lang in ("en", "fr")}, tmp_path / "Été à Paris #1 100%", Random(7)
    assert finish(start(whole["en"])) == (0, "")
    shutil.copytree(whole["en"], whole["fr"])
    began = time.monotonic()
    assert finish(start(whole["fr"], "fr")) == (0, "")
    took, either = time.monotonic() - began, [files_in(folder) for folder in whole.values()]
    out = Path(shutil.copytree(whole["en"], odd / "le rapport"))
    for number in range(request.config.getoption("--kills")):
        process = start(out, ("fr", "en")[number % 2])
        time.sleep(random.uniform(0.3, 1.05) * took)
        # the whole group: kernels too
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        assert files_in(out) in either, f"kill {number}"
        left = {path.name for path in odd.iterdir()} - {out.name, "notebooks"}
        # at most what each run left, under its hidden name
        assert len(left) <= number + 1
        assert all(name.startswith(f".{out.name}-unfinished-") for name in left)
        # a day later it is swept
        for name in left:
            os.utime(odd / name, (time.time() - 90_000,) * 2)
    before = files_in(out)
    code, complaint = finish(start(out, "fr", room=20_000))
    assert (code, complaint[:20]) == (1, "error: cannot write ")
    assert "Traceback" not in complaint
    assert files_in(out) == before
    # neither locale, home nor letters of a path change a report
    assert finish(start(out, **ODD)) == (0, "")
    assert files_in(out) == files_in(whole["en"])
    assert sorted(path.name for path in odd.iterdir()) == ["le rapport", "notebooks"]
    assert not [one for one in psutil.process_iter(["cmdline"]) if str(out) in " ".join(one.info["cmdline"] or [])]


def test_each_line_of_python_gives_the_number_it_stands_beside_and_no_other_sum_is_in_a_headline(ledger, pages):
    found = numbers_to_use(ledger)
    for row in found.itertuples():
        made = eval(row.code, {"total": total, "ledger": ledger})
        ends = {f"{getattr(made, end) / 1e9:.0f}" for end in ("low", "high")}
        assert set(re.findall(r"\d+", row.number)) == ends, row.code
    assert [number in found["number"].str.cat() for number in ("633", "321", "375")] == [True] * 3
    # the sum that belongs to no day is for tools and figures
    known = set(found.loc[found["code"].str.contains("as_of"), "number"].str.findall(r"\d+").explode())
    for lang, at in (("en", ""), ("fr", "fr/")):
        said = " ".join(headline.sentence for headline in headlines(ledger, lang=lang))
        # above what France was promised only these
        assert {number for number in re.findall(r"\d{3,}", said) if 110 < int(number) < 2000} <= known
        cells = [cell.get_text() for cell in pages[f"{at}methods.html"].find(id="numbers-table")("code")]
        assert cells == found["code"].tolist()


def test_the_last_reading_of_a_list_once_passed_for_the_day_of_the_last_news(ledger, pages):
    assert last_news(ledger) < last_day(ledger)
    for page, soup in pages.items():
        assert long_day(last_news(ledger), lang=language(page)) in soup.header.get_text()
        assert long_day(last_day(ledger), lang=language(page)) not in soup.header.get_text()
