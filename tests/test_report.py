"""The report is one site in two languages: whole, valid, reachable by keyboard, and with nothing from elsewhere.

Notebooks run only when something changed; what stops one, or the machine, leaves the old report whole.
`pytest -m long tests/test_report.py --kills 50` kills more runs.
"""

import dataclasses
import itertools
import json
import os
import posixpath
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree

import nbformat
import numpy
import pandas as pd
import psutil
import pytest
from PIL import Image

import invented
import summit_analysis as sa
from printed import BAD, one_line, parsed
from refusals import misses
from summit_analysis import charts, load, total
from summit_analysis.base import files
from summit_analysis.base.errors import ChoiceError, FileError, ReportError
from summit_analysis.base.text import long_day
from summit_analysis.currency.rates import RATES_FILE
from summit_analysis.ledger import schema
from summit_analysis.pledges.status import last_day, last_news
from summit_analysis.report import site
from summit_analysis.report.notebooks import article, execute, notebook_paths, read
from summit_analysis.report.site import COLUMNS, FIGURES, MADE, build, conditions, draw, write_pages
from summit_analysis.report.texts import credited, headlines, imprint, numbers_to_use, sections

LANG = pytest.mark.parametrize("lang", ["en", "fr"])
EACH_LANGUAGE = pytest.mark.parametrize(("lang", "at"), [("en", ""), ("fr", "fr/")], ids=["en", "fr"])
NOT_ON_WINDOWS = pytest.mark.skipif(os.name == "nt", reason="Windows has no signals and permissions of this kind")
BOM = files.BYTE_ORDER_MARK.encode()
SMALL = "90-small"  # the notebook that is executed for the whole report
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAACklEQVR4nGMAAQAABQABDQottAAAAABJRU5ErkJggg=="
RUN = []
CELL = "from summit_analysis import charts, load\nledger = load()\ncharts.naive_sum(ledger)"


def notebook_of(title, *cells):
    """A notebook of code cells, of which some are texts."""
    code = [nbformat.v4.new_code_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(f"# {title}"), *code])


def write_notebook(folder, name, *cells, title="A question?"):
    files.write_text(folder / f"{name}.ipynb", nbformat.writes(notebook_of(title, *cells)))
    return folder


def was_run(source, **data):
    """A cell that needs no kernel any more."""
    shown = nbformat.v4.new_output("display_data", data or {"text/plain": f"ran {source}"})
    return nbformat.v4.new_code_cell(source, execution_count=1, outputs=[shown])


def run_if_new(path, *rest):
    """Run a notebook unless somebody has, and keep its name."""
    RUN.append(path.stem)
    counts = [cell.execution_count for cell in read(path).cells if cell.cell_type == "code"]
    return read(path) if all(counts) else execute(path, *rest)


def files_in(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """The whole report in English; of its notebooks only the small one is executed, the others are as committed."""
    home = tmp_path_factory.mktemp("site")
    shutil.copytree(files.shipped("notebooks"), home / "notebooks", ignore=shutil.ignore_patterns(".*"))
    notebooks = write_notebook(home / "notebooks", SMALL, CELL, title="What <b>is</b> it & why?")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site, "execute", run_if_new)
        return build(home / "report", notebooks=notebooks).folder


def pages_of(root, *, bare=False):
    """Every page, by its path in the report; or the figures that are for the pages of others."""
    # what is to be printed is as it is in the folder of notebooks
    found = [path for path in sorted(root.rglob("*.html")) if path.name != "paper.html"]
    found = [path for path in found if (path.parent.name == "embed") == bare]
    return {path.relative_to(root).as_posix(): parsed(path.read_text(encoding="utf-8")) for path in found}


@pytest.fixture(scope="module")
def pages(root):
    return pages_of(root)


def written(ledger, folder, lang="en"):
    write_pages(folder, ledger, [], [], {}, lang=lang, first="en")
    return pages_of(folder)


def without(ledger, tables, cells):
    """The ledger without the rows of some tables, and some cells of its event empty."""
    event = ledger.event.assign(**dict.fromkeys(cells)).astype(ledger.event.dtypes)
    return dataclasses.replace(ledger, event=event, **{name: getattr(ledger, name).head(0) for name in tables})


def language(page):
    return "fr" if page.startswith("fr/") else "en"


def leads(page, tag):
    """Return the path in the report to which a tag of a page leads."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), tag["href"]))


def test_both_languages_have_a_page_of_each_kind_and_pictures_of_notebooks_are_shared(root, pages, ledger):
    english = {page for page in pages if language(page) == "en"}
    assert {f"fr/{page}" for page in english - {COLUMNS}} == set(pages) - english
    names = ["index", "sources", "methods", "changes", "columns", "pledges", "signatures", "timeline", "tables"]
    names += [f"pledges/{pledge}" for pledge in ledger.pledges["pledge_id"]]
    names += [f"notebooks/{name}" for name in (SMALL, *(path.stem for path in notebook_paths()))]
    figures = {page for page in english if page.startswith("figures/")}
    assert english - figures == {f"{name}.html" for name in names} and len(figures) == len(FIGURES)
    assert {one["path"] for one in schema.resources().values()} <= {tag.get_text() for tag in pages[COLUMNS]("h3")}
    assert [path.relative_to(root).as_posix() for path in root.rglob("pictures")] == ["notebooks/pictures"]
    assert sorted(path.name for path in root.parent.iterdir()) == ["notebooks", "report"]


def test_the_ledger_is_in_the_report_opens_with_its_accents_in_excel_and_is_read_back(root, ledger, tmp_path):
    for path in files.shipped("data").glob("*.csv"):
        assert (root / "tables" / path.name).read_bytes() == BOM + path.read_bytes()
    assert [path for path in root.rglob("*.csv") if not path.read_bytes().startswith(BOM)] == []
    assert (root / "tables/README.md").read_bytes() == (files.shipped("data") / "README.md").read_bytes()
    assert [*pd.read_csv(root / "tables/findings.csv")["sentence"]] == [one.sentence for one in headlines(ledger)]
    folder = Path(shutil.copytree(root / "tables", tmp_path / "tables"))
    shutil.copy(files.shipped("data") / RATES_FILE, folder)
    assert sa.check(folder).empty


ENGLISH = re.compile(r"Skip to|Findings|Methods|Text description|Data drawn|Cite this|Source:|[€$]\d")
LOOSE = re.compile(r"\w+ [:;!?»%]|« \w+")
"""A mark that could begin a line, or a quotation mark that could end one."""


def said_in_french(tag):
    """The texts of a French page but for what notebooks print, titles of sources, data and code."""
    for child in tag.children:
        if isinstance(child, str):
            yield child
        elif child.name not in ("head", "table", "code", "pre", "cite") and child.get("lang") != "en":
            yield from said_in_french(child) if {"sources", "output"}.isdisjoint(child.get("class", ())) else ()


NOT_HERE = """
p :is(article, details, div, figure, h2, ol, p, section, table, ul), a a, body :is(style, link, meta),
script:not([defer][src]), iframe, object, embed, base, form, video, audio, img[srcset], use, image,
pre span[style], .notebook img[style], table:not([role=region][tabindex='0'] *)"""
"""What a browser would have to mend; what runs or fetches; what is unreadable in the dark or beyond a keyboard."""


def complaints(page, soup):
    """Return what a page lacks for whoever reads it: by ear, by keyboard, in one language, without a network."""
    lang, levels = language(page), [int(tag.name[1]) for tag in soup(re.compile("^h[1-6]$"))]
    ids, landmarks = [tag["id"] for tag in soup(id=True)], ("main", "h1", "body > header", "body > footer")
    (switch,) = soup.header.find_all("a", hreflang=True)
    # what the columns mean is said in English alone
    there = f"{'fr/' * (lang == 'en')}{page.removeprefix('fr/').replace('columns', 'index')}"
    styles = [tag.get_text() for tag in soup("style")] + [tag["style"] for tag in soup(style=True)]
    french = " ".join(said_in_french(soup.html)) if lang == "fr" else ""
    poor = [one for one in soup("img") if len(one["alt"]) < 20 or min(int(one["width"]), int(one["height"])) <= 100]
    wrong = {
        "language": soup.html["lang"] != lang,
        "landmarks": [len(soup.select(one)) for one in landmarks] != [1] * 4,
        "what is not to be here": soup.select(NOT_HERE),
        "the first link skips nothing": soup.body.find("a")["href"] != f"#{soup.main['id']}",
        "levels of headings": levels[0] != 1 or any(b > a + 1 for a, b in itertools.pairwise(levels)),
        "an id twice": len(set(ids)) < len(ids),
        "a picture without text or size": poor,
        "a script": any(name.startswith("on") for tag in soup(True) for name in tag.attrs),
        "a style from elsewhere": re.search(r"@import|url\(", " ".join(styles)),
        "switch": leads(page, switch) != there or {switch["hreflang"], switch["lang"]} != {"en", "fr"} - {lang},
        "English among French": ENGLISH.search(french),
        "a mark that begins a line": LOOSE.search(french),
        "a blank not filled": "notebooks/" not in page and re.search(r"\{\w*\}", soup.get_text()),
        "an article of another language": "notebooks/" in page
        and soup.h1.find_parent("article")["lang"] != ("en" if SMALL in page else lang),
    }
    return [f"{page}: {complaint}" for complaint, is_so in wrong.items() if is_so]


def faults(root, pages):
    """What is wrong with a report: its pages, titles that stand twice, tags never closed, links, files out of reach."""
    titles = pd.Series([f"{language(page)}: {soup.title.get_text().strip()}" for page, soup in pages.items()])
    found = [*titles[titles.duplicated()]]
    found += [complaint for page, soup in pages.items() for complaint in complaints(page, soup)]
    pages = pages | pages_of(root, bare=True)
    there, links = set(files_in(root)), {page: set() for page in pages}
    for page, soup in pages.items():
        # who parses it closes what is open
        ends = [text.count("</") for text in ((root / page).read_text(encoding="utf-8"), str(soup))]
        found += [f"{page}: a tag never closed"] * (ends[0] != ends[1])
        for tag in soup.select("a, img, link, source, script, meta[property='og:image']"):
            link = urlsplit(tag.get("href") or tag.get("src") or tag.get("srcset") or tag["content"])
            # nothing but links may lead elsewhere
            if tag.name != "a" or link.scheme not in ("http", "https", "mailto"):
                path, anchor = unquote(link.netloc + link.path) or posixpath.basename(page), unquote(link.fragment)
                target = posixpath.normpath(posixpath.join(posixpath.dirname(page), path))
                links[page].add(target)
                is_broken = target not in there or (anchor and not pages[target].find(id=anchor))
                found += [f"{page}: {target}#{anchor}"] * bool(is_broken)
    reached, todo = set(), {"index.html"}
    while todo:
        reached |= todo
        todo = set().union(*(links.get(page, ()) for page in todo)) - reached
    # but for what one report says to the next
    return found + sorted((reached | {site.MARK, MADE}) ^ there)


def test_every_page_is_for_every_reader_and_each_file_is_reached_by_links_that_lead_somewhere(root, pages):
    assert faults(root, pages) == []
    assert sum(len(soup("img")) for page, soup in pages.items() if "notebooks/" in page) > 20
    # whoever waits for its figures reads the first page by then
    for at in ("", "fr/"):
        loaded = pages[f"{at}index.html"].select("link[rel=stylesheet], link[rel=icon], script")
        names = ["index.html", *(tag.get("href") or tag["src"] for tag in loaded)]
        assert sum((root / at / name).stat().st_size for name in names) < 300_000


def test_no_page_shows_an_id_where_a_reader_expects_a_name_nor_a_coded_word_among_french(pages, ledger):
    ids = {*ledger.sources["source_id"], *ledger.pledges["pledge_id"], *ledger.claims["claim_id"]}
    # the same in French, or what a statement of the article says
    same = "exact cloud public opinion date sites organisation sources signatures original Europe energy fr en"
    english = {word for column in schema.words(schema.package()).values() for word in column} - {*same.split()}
    for page, soup in pages.items():
        if "notebooks/" not in page and page != COLUMNS:
            cells = {part.strip() for tag in soup(["td", "th", "a", "dd"]) for part in tag.get_text().split(";")}
            assert (page, cells & (ids | english if language(page) == "fr" else ids)) == (page, set())


OURS = r"Paris|France\b|Élysée|LeBigData|InvestAI|\bsummits?\b(?!-)|sommet|contributors|CC BY|MIT\b|otebook"


def test_another_ledger_has_a_whole_report_of_its_own_event_alone_that_names_once_what_it_lacks(other, tmp_path):
    report = build(tmp_path / "report", folder=other.folder)
    pages = pages_of(report.folder)
    assert faults(report.folder, pages) == []
    lacking = {"": "the ledger has no decl", "fr/": "le registre n’a aucune déclaration."}
    for at, lacks in lacking.items():
        front, methods = pages[f"{at}index.html"], pages[f"{at}methods.html"]
        assert other.about.name("fr" if at else "en") in front.h1.get_text()
        assert [one["id"] for one in front.select("article.finding:has(img)")] == ["once", "inside"]
        assert front.find(id="left-out").get_text().count(lacks) == 1
        assert len({tag["href"] for tag in front.find(id="figures")("a")}) == report.made / 2 < len(FIGURES)
        (code,) = methods.find(id="numbers-table")("code")
        assert eval(code.get_text(), {"total": total, "ledger": other}).high / 1e9 == pytest.approx(20.7, abs=0.05)
    assert " ".join(report.left_out) == pages["index.html"].find(id="left-out").get_text()
    # the columns of all ledgers are described with examples of ours
    del pages[COLUMNS]
    for page, soup in pages.items():
        for table in soup(class_="scroll"):
            table.decompose()
        text = one_line(soup.get_text(" "))
        assert (page, re.findall(rf"\bNone\b|\bnan\b|NaT|\.\.|  |\(\)|: [.;]|{OURS}", text)) == (page, [])


EVERY = ["once", "inside", "ladder", "signed", "outcome"]
WITHOUT = {
    "article": (["article_source_id"], [], []),
    "package": (["headline_pledge_id"], [], ["inside"]),
    "declaration": (["declaration_id"], [], ["signed"]),
    "signatures": ([], ["signatures", "counts"], ["signed"]),
    "news": ([], ["updates"], ["ladder", "outcome"]),
    "ties": ([], ["overlaps", "corrections"], []),
    "claims": ([], ["claims", "updates"], ["once", "inside", "ladder", "outcome"]),
}


@LANG
@pytest.mark.parametrize("lack", WITHOUT)
def test_a_finding_whose_rows_are_not_there_is_left_out_and_the_others_read_well(ledger, lack, lang):
    cells, tables, lost = WITHOUT[lack]
    less = without(ledger, tables, cells)
    found, methods = headlines(less, lang=lang), sections(less, lang=lang)
    assert [one.key for one in found] == [key for key in EVERY if key not in lost]
    said = [text for one in found for text in (one.topic, one.sentence, one.text)]
    said += [text for section in methods for text in (*section["paragraphs"], *section["points"])]
    assert [text for text in said if re.search(r"\bNone\b|\bnan\b|NaT|  |\{|\( ?\)|(?<!fr)(?<=: )[.;]", text)] == []
    ids, said = {section["id"] for section in methods}, " ".join(said)
    assert ("signatures" in ids, "numbers" in ids) == ("signatures" not in tables, lack != "claims")
    assert bool(re.search("say “at most” because|disons «\xa0au plus", said)) == (lack not in ("ties", "claims"))
    assert ("article" in said) == ("article" in str([*numbers_to_use(less)["code"]])) == (lack != "article")


def test_a_ledger_has_the_lists_that_it_can_have(ledger, tmp_path):
    signed, claims = ["signatures", "counts", "declarations"], ["claims", "updates", "corrections"]
    money = [*claims, "pledges", "labels", "overlaps", "sites", "aliases"]
    for tables, lists in (
        (signed, {"pledges", "timeline", "tables"}),
        (claims, {"pledges", "signatures", "timeline"}),
        ([*money, *signed, "events"], set()),
    ):
        less = without(ledger, tables, ["headline_pledge_id", "declaration_id"])
        pages = written(less, tmp_path / f"{len(lists)} {tables[0]}")
        assert [complaint for page, soup in pages.items() for complaint in complaints(page, soup)] == []
        linked = {tag["href"].partition(".")[0] for tag in pages["index.html"].header("a")}
        assert linked == lists | {"index", "fr/index", "sources", "methods"}
        assert all(table.tbody("tr") for page in lists for table in pages[f"{page}.html"]("table"))


def test_the_report_of_an_empty_ledger_says_so_and_how_to_begin(tmp_path, empty, monkeypatch):
    monkeypatch.setattr(site, "FIGURES", (charts.ladder, charts.positions))
    report = build(tmp_path / "report", folder=empty)
    pages = pages_of(report.folder)
    assert faults(report.folder, pages) == []
    leads = [one_line(pages[page].find(class_="lead").get_text()) for page in ("index.html", "fr/index.html")]
    assert (report.made, report.headlines, report.left_out, len(pages)) == (0, [], leads[:1], 9)
    needed = {path.name for path in empty.iterdir()}
    for lead, begin in zip(leads, ("This ledger is empty", "Ce registre est vide"), strict=True):
        assert lead.startswith(begin) and {*re.findall(r"\w+\.csv", lead)} == needed


def test_a_ledger_is_cited_by_its_own_title_and_authors_and_never_by_ours(other, tmp_path, tables):
    described = json.loads(other.folder.joinpath("datapackage.json").read_text())
    described |= {"title": "Who pays for Nairobi", "contributors": [{"title": "A. Wanjiru"}, {"title": "B. Otieno"}]}
    described |= {"licenses": [{"name": "ODbL-1.0"}], "sources": [{"title": "A list", "path": "https://example.org"}]}
    copy = Path(shutil.copytree(other.folder, tmp_path / "copy"))
    copy.joinpath("datapackage.json").write_text(json.dumps(described))
    own, page = load(copy), f"pledges/{other.pledges['pledge_id'][0]}.html"
    for each, authors in ((own, ["A. Wanjiru", "B. Otieno"]), (other, [])):
        cited = written(each, tmp_path / "site")[page].find(class_="citation").get_text()
        bib, ris = ((tmp_path / "site" / page).with_suffix(end).read_text("utf-8") for end in (".bib", ".ris"))
        fields = dict(re.findall(r"^  (\w+) = \{(.+)\},?$", bib, re.M))
        assert f"TI  - {fields['title'][1:-1]}\n" in ris and fields["howpublished"] in cited and fields["year"] in cited
        assert fields.get("author", "") == " and ".join(f"{{{one}}}" for one in authors)
        assert re.findall("^AU  - (.+)$", ris, re.M) == authors and cited.startswith(f"{imprint(each)['by']}“")
    # BibTeX counted a brace in a title as one of its own, and TeX stops at a caret
    assert site._environment("en").filters["tex"]("{^\\a_") == r"\textbraceleft{}\textasciicircum{}\textbackslash{}a\_"
    # a copy of our tables is somebody else's, too
    named = [(one["work"].split(" (data ")[0], one["by"]) for one in (imprint(own), imprint(load(tables)))]
    assert named[0] == ("“Who pays for Nairobi, Nairobi AI Finance Forum”", "A. Wanjiru and B. Otieno, ")
    assert named[1] == ("“Ledger of the Paris AI Action Summit”", "")
    assert imprint(own)["terms"] == " Tables: ODbL 1.0."
    assert [one["title"][:6] for one in credited(own)] == ["A list", "Europe"]


def shared(soup):
    """What a page tells those who show a link to it."""
    return {tag.get("property", tag.get("name")): tag["content"] for tag in soup.head("meta", content=True)}


def test_a_link_to_any_page_is_shown_with_its_words_and_a_picture_of_its_figure_or_the_first(root, pages):
    pictures = {}
    for page, soup in (pages | pages_of(root, bare=True)).items():
        told, lang = shared(soup), language(page)
        assert told["og:title"] == soup.h1.get_text() or "notebooks/" in page or page == COLUMNS
        assert told["og:description"] == told["description"] and len(told["description"]) > 10, page
        known = (told["og:locale"][:2], told["og:type"], told["twitter:card"], "og:url" in told)
        assert known == (lang, "website" if "index.html" in page else "article", "summary_large_image", False)
        picture = (root / page).parent.joinpath(told["og:image"]).resolve()
        own = page if re.search("figures/|embed/", page) else pages[f"{'fr/' * (lang == 'fr')}index.html"].img["src"]
        assert picture.stem == f"{Path(own).stem.removesuffix('-wide')}-card"
        pictures[picture] = picture.read_bytes()
    # each figure has a picture of its own
    assert len({*pictures.values()}) == len(pictures) == 2 * len(FIGURES)


def test_a_report_that_knows_its_address_names_it_and_that_of_the_other_language(tmp_path, other):
    at = "https://a.example/r"
    for lang in ("en", "fr"):
        drawn = [draw(other, charts.kinds, lang=lang)]
        write_pages(tmp_path, other, [], drawn, {}, lang=lang, first="fr", site_url=at)
    for page, soup in (pages_of(tmp_path) | pages_of(tmp_path, bare=True)).items():
        home, told = page.replace("embed/", "figures/"), shared(soup)
        here, there = f"{at}/{home}", f"{at}/{home[3:] if home[:3] == 'en/' else f'en/{home}'}"
        assert soup.find("link", rel="canonical")["href"] == told["og:url"] == here
        known = {tag["href"] for tag in soup("link", rel="alternate", hreflang=True)}
        assert known == ({here} if page.endswith(COLUMNS) else {here, there})
        assert told["og:image"] == f"{at}/{'en/' * (page[:3] == 'en/')}figures/public-and-private-card.png"
        if re.search("figures/|pledges/", page):
            bib, ris = ((tmp_path / page).with_suffix(end).read_text("utf-8") for end in (".bib", ".ris"))
            assert f"url = {{{here}}}" in bib and f"UR  - {here}\n" in ris and here in soup.select(".citation")[0].text


@pytest.mark.parametrize("contact", [None, "room 7, second floor", "desk@example.org"])
@LANG
def test_who_finds_an_error_is_told_where_to_write_and_has_half_a_letter(other, tmp_path, lang, contact):
    event = other.event.assign(contact=contact).astype(other.event.dtypes)
    for page, soup in written(dataclasses.replace(other, event=event), tmp_path, lang).items():
        asked, links = soup.find(id="wrong").get_text(), soup.find(id="wrong")("a")
        assert contact in asked if contact else re.search("no address|aucune adresse", asked)
        assert len(links) == ("@" in (contact or ""))
        for told in (parse_qs(urlsplit(link["href"]).query) for link in links):
            assert one_line(soup.h1.get_text()) in one_line(told["subject"][0])
            assert page.removeprefix("fr/") in told["body"][0] and told["body"][0].count("\n") == 4


@EACH_LANGUAGE
def test_the_front_page_has_five_findings_and_lists_everything(root, pages, ledger, lang, at):
    front, seed = pages[f"{at}index.html"], ledger.sources.set_index("source_id").loc["seed-article"]
    articles = front.find_all("article", class_="finding")
    assert [one["id"] for one in articles] == EVERY
    # the last reading of a list once passed for the day of the last news
    told = [long_day(day(ledger), lang=lang) in front.header.get_text() for day in (last_news, last_day)]
    assert told == [True, False]
    for found, one in zip(headlines(ledger, lang=lang), articles, strict=True):
        links = {f"notebooks/{found.notebook}.html", one.img["src"].replace("-wide.png", ".html")}
        assert links <= {tag["href"] for tag in one("a")} and one_line(found.sentence) in one_line(one.get_text())
    assert front.find("a", href=seed["url"]).get_text() == seed["title"]
    # each notebook has its question and each table its row
    *links, paper = front.find(id="notebooks")("a")
    assert (root / at / paper["href"]).read_bytes() == (files.shipped("notebooks") / at / "paper.html").read_bytes()
    assert [link for link in links if SMALL not in link["href"] and link.get_text().strip()[-1] != "?"] == []
    assert all(cell.get_text().strip() for cell in front.find(id="tables")(["td", "th"]))


@EACH_LANGUAGE
def test_the_pages_of_tables_have_a_row_for_each_of_the_public_frames(pages, ledger, lang, at):
    soups = {page: pages[f"{at}{page}.html"] for page in ("pledges", "signatures", "timeline", "tables")}
    rows = {part["aria-labelledby"]: part.tbody("tr") for soup in soups.values() for part in soup("section")}
    disputed, claims = sa.conflicts(ledger).query("spread > 1")["pledge_id"], sa.compare_claims(ledger)
    frames = {"claims": claims, "conflicts": disputed, "pledges": ledger.pledges, "timeline": sa.timeline(ledger)}
    frames |= {"signatures": sa.memberships(ledger), "counts": sa.claimed_counts(ledger, "paris-2025")}
    frames |= {"rates": [*sa.total_by_convention(ledger)["low"]] * 2}
    assert {key: len(found) for key, found in rows.items()} == {key: len(frame) for key, frame in frames.items()}
    link, pledge = rows["conflicts"][0].td.a, disputed.iloc[0]
    assert (link.get_text(), link["href"]) == (ledger.names(lang)[pledge], f"pledges/{pledge}.html")
    # won and dollars are in order of their euros, not of their figures
    euros = claims["high_EUR"].fillna(-1).round()
    assert [float(row.data["value"]) for row in rows["claims"]] == euros.to_list()
    # a title and its lead once stood twice on a page of one list
    for page, soup in soups.items():
        headings = [one_line(tag.get_text()) for tag in soup.main(["h1", "h2", "p"])]
        assert len(set(headings)) == len(headings) and (page in rows) == (page != "tables")


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
    assert pages[f"{at}pledges/france-109bn.html"].select("[aria-labelledby=related] [href='mgx-campus.html']")


def entries(path):
    """The entries of a feed (title, day, text, id, address), which is one as RFC 4287 wants it."""
    feed = ElementTree.parse(path).getroot()
    found, said = feed.findall("{*}entry"), ("title", "updated", "content", "id")
    ids, days = ([one.findtext(f"{{*}}{name}") for one in (feed, *found)] for name in ("id", "updated"))
    assert len(set(ids)) == len(ids) and all(re.fullmatch("urn:uuid:[0-9a-f-]{36}", one) for one in ids)
    assert days[1:] == sorted(days[1:], reverse=True) and all(day.endswith("T00:00:00Z") for day in days)
    assert feed.tag == "{http://www.w3.org/2005/Atom}feed" and feed.findtext("{*}author/{*}name").strip()
    return [(*(one.findtext(f"{{*}}{name}") for name in said), one.find("{*}link").get("href")) for one in found]


@EACH_LANGUAGE
def test_what_changed_is_a_page_and_a_feed_that_every_page_names(root, pages, ledger, lang, at):
    rows, feed = pages[f"{at}changes.html"].tbody("tr"), entries(root / at / "changes.xml")
    # and the version of the tables
    assert len(rows) == len(feed) == len(ledger.corrections) + 1
    for row, (title, updated, content, _, address) in zip(rows, feed, strict=True):
        when, what, old, new, reason, source = (one_line(cell.get_text()) for cell in row("td"))
        assert (when, what) == (updated[:10], one_line(title)) and (root / at / address).is_file()
        assert not reason or one_line(content) == f"{old} → {new}. {reason} ({source})"
    for page in (page for page in pages if language(page) == lang):
        (told,) = pages[page].head("link", type="application/atom+xml")
        linked = [leads(page, tag) for tag in pages[page].footer("a") if ":" not in tag["href"]]
        assert [leads(page, told), *linked][:3] == [f"{at}changes.xml", f"{at}changes.html", f"{at}changes.xml"]


@EACH_LANGUAGE
def test_a_correction_keeps_its_id_in_the_feed_whatever_else_is_corrected(other, tmp_path, lang, at):
    pledge, claim, found = "savanna-grid-fund", other.claims.iloc[0], []
    rows = [("pledges", pledge, "announced_on", "2026-04-01"), ("claims", claim.claim_id, "amount_low", "2026-05-01")]
    told = {"old": "12000000000", "source_id": other.sources["source_id"][0], "reason": "<b>A slip</b>"}
    for number in (1, 2):
        table = pd.DataFrame(rows[:number], columns=["table", "key", "column", "corrected_on"]).assign(**told)
        table = table.reindex(columns=other.corrections.columns).astype(other.corrections.dtypes)
        corrected = dataclasses.replace(other, corrections=table)
        assert len(written(corrected, tmp_path, lang)[f"{at}changes.html"]("td")) == 6 * number
        found.append(entries(tmp_path / at / "changes.xml"))
    (first,), (second, again) = found
    assert first == again and other.names(lang)[pledge] in first[0] and "<b>A slip</b>" in first[2]
    assert second[2].startswith({"en": "12,000,000,000 → ", "fr": "12\u202f000\u202f000\u202f000 → "}[lang])
    assert second[-1] == f"pledges/{claim.pledge_id}.html"


@EACH_LANGUAGE
def test_a_figure_page_holds_the_figure_its_words_data_sources_and_a_line_to_embed_it(root, pages, ledger, lang, at):
    drawn, urls = draw(ledger, charts.naive_sum, lang=lang), ledger.sources.set_index("source_id")["url"]
    soup = pages[f"{at}figures/{drawn.name}.html"]
    said = [drawn.title, sa.__version__, "CC BY 4.0", *(drawn.about[part] for part in ("subtitle", "alt", "source"))]
    assert [one for one in said if one_line(one) not in one_line(soup.get_text(" "))] == []
    assert (root / at / "figures" / f"{drawn.name}.csv").read_bytes() == drawn.files[f"{drawn.name}.csv"]
    assert len(soup.find(id="data-table").tbody("tr")) == drawn.about["rows"]
    sources = {tag["href"] for tag in soup.find(class_="sources")("a")}
    assert sources == set(urls.loc[drawn.about["source_ids"]].dropna())
    for embedded, bare in pages_of(root / at, bare=True).items():
        home = embedded.replace("embed/", "figures/")
        page, (picture,) = pages[f"{at}{home}"], pages[f"{at}{home}"]("picture")
        for one, address, width in ((picture.source, "srcset", 780), (picture.img, "src", 1600)):
            size = Image.open((root / at / home).parent / one[address]).size
            assert size == (width, int(one["height"])) and one["width"] == f"{width}"
        line = parsed(page.find(id="embed").find_parent("section").code.get_text()).iframe
        assert (line["src"], line["title"]) == (f"https://…/{at}{embedded}", page.h1.get_text())
        assert int(line["height"]) >= int(bare.img["height"]) / 2 and leads(embedded, bare.a) == home
        assert one_line(bare.figcaption.get_text()) == one_line(page.figcaption.get_text())


@EACH_LANGUAGE
def test_the_page_of_sources_lists_each_with_what_is_known(pages, ledger, lang, at):
    soup = pages[f"{at}sources.html"]
    rows = {row["id"].removeprefix("source-"): row for row in soup.find(id="sources-table").tbody("tr")}
    others = [path.read_text("utf-8") for path in files.shipped("data").glob("*.csv") if path.stem != "sources"]
    # one on which nothing rests is in the table only
    assert set(rows) == {*ledger.sources["source_id"]} & {*re.findall("[a-z0-9][a-z0-9-]*", " ".join(others))}
    about = pd.concat([ledger.claims, ledger.updates]).groupby("source_id")["pledge_id"].agg(set)
    for source in ledger.sources[ledger.sources["source_id"].isin(rows)].fillna("").itertuples():
        row = rows[source.source_id]
        page, rests = row.th.find("a"), {tag["href"] for tag in row("td")[-1]("a")}
        assert source.publisher in row.th.get_text() and (page["href"] if page else "") == source.url
        assert source.title in ("", row.find(lang=source.language).get_text()) and row("td")[-1].get_text().strip()
        assert {f"pledges/{pledge}.html" for pledge in about.get(source.source_id, [])} <= rests, source.source_id


@EACH_LANGUAGE
def test_each_line_of_python_gives_its_number_and_no_other_sum_is_in_a_headline(pages, ledger, lang, at):
    soup, found = pages[f"{at}methods.html"], numbers_to_use(ledger, lang=lang)
    assert [cell.get_text() for cell in soup.find(id="numbers-table")("code")] == found["code"].tolist()
    for row in found.itertuples():
        made = eval(row.code, {"total": total, "ledger": ledger})
        assert set(re.findall(r"\d+", row.number)) == {f"{end / 1e9:.0f}" for end in (made.low, made.high)}, row.code
    # the sum that belongs to no day is for tools and figures
    known = set(found.loc[found["code"].str.contains("as_of"), "number"].str.findall(r"\d+").explode())
    said = " ".join(headline.sentence for headline in headlines(ledger, lang=lang))
    # above what France was promised only these
    assert {number for number in re.findall(r"\d{3,}", said) if 110 < int(number) < 2000} <= known


def test_a_notebook_page_shows_outputs_folds_code_and_solutions_and_links_to_the_other_pages(pages):
    soup = pages[f"notebooks/{SMALL}.html"]
    assert soup.title.get_text().startswith("What <b>is</b> it & why?") and soup.img
    (code,) = soup.find_all("details", class_="code")
    assert "ledger = load()" in code.extract().get_text() and "ledger = load()" not in soup.get_text()
    assert pages["notebooks/01-fourteen-sums.html"].select("details.solution:not([open]) pre")
    links = {tag["href"] for tag in pages["notebooks/02-inside-the-109-billion.html"].find("article")("a")}
    assert "01-fourteen-sums.html" in links and not any(link.endswith(".ipynb") for link in links)


def test_a_script_in_the_ledger_a_title_or_an_output_is_only_text_or_not_there(tmp_path, ledger):
    named = invented.change(ledger, "labels", "pledge_id == 'mistral-essonne'", {"label_en": BAD})
    spoilt = invented.change(named, "sources", "index >= 0", {"publisher": BAD, "title": BAD})
    odd = {"application/javascript": "alert(1)", "application/vnd.jupyter.widget-view+json": {"model_id": "a"}}
    odd |= {"text/html": '<a href="javascript:alert(1)">b</a><img src="http://a/b.png">'}
    notebook = notebook_of(BAD, *(was_run("1", **{kind: one}) for kind, one in odd.items()))
    notebook.metadata.widgets = {"application/vnd.jupyter.widget-state+json": {"state": {"a": {}}}}
    made, drawn = article("odd", notebook, []), draw(spoilt, charts.naive_sum)
    assert (made.title, parsed(made.body)(["script", "a", "img"]), "JupyterLab" in made.body) == (BAD, [], True)
    write_pages(tmp_path, spoilt, [made], [drawn], {"bad": 1}, lang="en", first="en")
    soups = pages_of(tmp_path)
    assert [tag for soup in soups.values() for tag in soup("script") if tag.get_text() or not tag.get("src")] == []
    assert all(BAD in soups[f"{page}.html"].get_text() for page in ("index", "sources", "pledges/mistral-essonne"))
    assert BAD in soups["index.html"].find("img")["alt"]
    assert b"<script" not in drawn.files[f"{drawn.name}.svg"]


@pytest.fixture
def runs(monkeypatch, ledger):
    """Keep a run short: all but notebooks is looked at above, and what was run needs no kernel; say what was run."""
    RUN.clear()
    short = {"FIGURES": (), "load": lambda _=None: ledger, "headlines": lambda *_, **__: [], "execute": run_if_new}
    short |= {"write_pages": lambda *_, **__: None, "conditions": lambda _: "the same", "_write_tables": lambda *_: {}}
    for name, value in short.items():
        monkeypatch.setattr(site, name, value)
    return RUN


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
    first = files_in(out)
    assert (run(), files_in(out)) == ([], first)
    write_notebook(notebooks, "01-two", was_run("'three'"))
    assert run() == ["01-two"] and b"ran 'three'" in files_in(out)[MADE]
    (notebooks / "article.txt").write_text("new")
    # whatever another report did
    assert [run(), run(), run(fresh=True), run(), run(tmp_path / "other")] == [both, [], both, [], both]


def test_figures_are_those_of_the_earlier_report_until_a_row_changes_in_any_language(other, tmp_path, monkeypatch):
    monkeypatch.setattr(site, "FIGURES", (charts.envelope, charts.comparison))
    out, folder = tmp_path / "report", Path(shutil.copytree(other.folder, tmp_path / "ledger"))
    claims, svg = folder / "claims.csv", "figures/parts-of-savanna-grid-fund.svg"
    first, before, again = build(out, folder=folder), files_in(out), build(out, folder=folder)
    assert files_in(out) == before and other.digest.encode() in before[svg]
    claims.write_text(claims.read_text("utf-8").replace("40000000000,40000000000", "41000000000,41000000000"))
    changed, french = build(out, folder=folder), build(out, folder=folder, lang="fr")
    counts = [(report.made, report.unchanged) for report in (first, again, changed, french)]
    assert counts == [(6, 0), (6, 6), (6, 0), (6, 6)]
    after, ledger = files_in(out), load(folder)
    # each file says of which data it was made
    assert [one.digest.encode() in after[f"en/{svg}"] for one in (ledger, other)] == [True, False]
    assert french.headlines == headlines(ledger, lang="fr") and b'<html lang="fr">' in after["index.html"]


def test_tables_version_python_packages_and_source_are_conditions(monkeypatch, tables, other):
    before = conditions(tables.folder)
    assert before == conditions(files.shipped("data")) != conditions(other.folder)
    changes = [(site, "__version__", "0.0.0"), (sys, "version", "2.7"), (site.metadata, "distributions", list)]
    changes += [(files, "shipped", lambda _: other.folder), (Path, "read_bytes", lambda _: b"")]
    for of, name, value in changes:
        with monkeypatch.context() as patch:
            patch.setattr(of, name, value)
            assert conditions(tables.folder) != before, name


@NOT_ON_WINDOWS
def test_a_report_that_others_may_have_written_is_made_anew(tmp_path, notebooks, monkeypatch):
    changes = {
        "group": (lambda out, _: out.chmod(0o770), "may write to it"),
        "list": (lambda out, _: (out / MADE).chmod(0o666), "may write to it"),
        "owner": (lambda out, patch: patch.setattr(os, "geteuid", lambda: out.stat().st_uid + 1), "others own"),
    }
    for name, (change, said) in changes.items():
        out = tmp_path / name / "report"
        build(out, notebooks=notebooks)
        with monkeypatch.context() as patch:
            change(out, patch)
            report = build(out, notebooks=notebooks)
        assert said in report.problem and str(out) in report.problem and report.unchanged == 0, name


def test_what_is_not_as_it_was_made_is_made_anew(tmp_path, notebooks):
    out = tmp_path / "report"
    build(out, notebooks=notebooks)
    before, (picture,) = files_in(out), (path.relative_to(out) for path in out.rglob("*.png"))
    pages = json.loads(before[MADE])
    key, page = next((key, page) for key, page in pages.items() if page["files"])
    elsewhere = {"files": {"../up.png": next(iter(page["files"].values()))}}
    told = ["text", page | {"more": 1}, page | {"name": "../up"}, page | elsewhere]
    spoilt = [(MADE, json.dumps(pages | {key: one}).encode(), 1) for one in told]
    for name, content, left in [*spoilt, (picture, b"x", 1), (MADE, b"{", 0), (MADE, b"\xff", 0), (MADE, b"[]", 0)]:
        (out / name).write_bytes(content)
        assert [build(out, notebooks=notebooks).unchanged for _ in range(2)] == [left, 2], content
        assert files_in(out) == before, content
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notebooks", "report"]


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
    notebooks = write_notebook(old.parent / "notebooks", "04-fine", "1")
    for name, (cells, _) in stopped.items():
        write_notebook(notebooks, name, *cells)
    named = ".*\n".join(rf"{name}\.ipynb, code cell {said}" for name, (_, said) in stopped.items())
    with pytest.raises(ReportError, match=f"(?s){named}"):
        build(old, notebooks=notebooks, cell_seconds=9)
    assert sorted(runs) == [*stopped, "04-fine"]


def fatal(ledger, *, lang):
    """A figure that ends the process in which it is drawn."""
    os._exit(1)


@NOT_ON_WINDOWS
def test_a_figure_that_ends_its_drawer_is_named(old, monkeypatch):
    monkeypatch.setattr(site, "FIGURES", (fatal,))
    with pytest.raises(ReportError, match=r"figure fatal \((en|fr)\): .*terminated"):
        build(old, notebooks=old.parent / "none")


def test_a_wrong_language_or_address_or_a_folder_of_own_work_is_refused_before_any_notebook_runs(notebooks, runs):
    folder, wrong = notebooks.parent, ["example.org", "ftp://a.example", "https://", "https://a/?q", "https://a b"]
    rows = {
        address: (lambda address=address: build(folder / "report", notebooks=notebooks, site_url=address), "site_url=")
        for address in [*wrong, "https://a/index.html", 'https://a/"<b>']
    }
    assert misses(ChoiceError, rows | {"de": (lambda: build(folder / "report", lang="de"), "'de'")}) == {}
    with pytest.raises(FileError, match=r"holds notebooks/00-one\.ipynb, which would be lost"):
        build(folder, notebooks=notebooks)
    assert (runs, [path.name for path in folder.iterdir()]) == ([], ["notebooks"])


REAL = """import pathlib, sys
from summit_analysis.report import site
site.FIGURES = site.FIGURES[:1]  # the others are drawn alike
tell = lambda name, done, steps: print(name, done, flush=True)
site.build(sys.argv[1], lang=sys.argv[2], notebooks=pathlib.Path(sys.argv[3]), on_progress=tell)
"""
ODD = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "latin-1", "HOME": "/nowhere"}


def start(out, lang="en", *cells, **environment):
    """Begin to write a report in a process of its own; what it complains of is the second that it communicates."""
    notebooks = write_notebook(out.parent / "notebooks", "00-one", *(cells or ["print('one')"]))
    command, pipe = [sys.executable, "-c", REAL, str(out), lang, str(notebooks)], subprocess.PIPE
    options = {"env": {**os.environ, **environment}, "start_new_session": True}
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, **options)


@NOT_ON_WINDOWS
def test_ctrl_c_ends_the_kernels(old):
    process = start(old, "en", "print('on')", "while True: pass")
    while process.stdout.readline() != "00-one 1\n":
        assert process.poll() is None
    started = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    assert "KeyboardInterrupt" in process.communicate(timeout=60)[1]
    assert started and not psutil.wait_procs(started, timeout=10)[1]


@pytest.mark.long
@NOT_ON_WINDOWS
def test_a_killed_run_leaves_the_old_report_or_the_new_one_and_no_litter(tmp_path, request):
    whole, odd = {lang: tmp_path / lang for lang in ("en", "fr")}, tmp_path / "Été à Paris #1 100%"
    assert start(whole["en"]).communicate()[1] == ""
    shutil.copytree(whole["en"], whole["fr"])
    began = time.monotonic()
    assert start(whole["fr"], "fr").communicate()[1] == ""
    took, either = time.monotonic() - began, [files_in(folder) for folder in whole.values()]
    out = Path(shutil.copytree(whole["en"], odd / "le rapport"))
    for number, share in enumerate(numpy.linspace(0.4, 1, request.config.getoption("--kills"))):
        process = start(out, ("fr", "en")[number % 2])
        time.sleep(share * took)
        os.killpg(process.pid, signal.SIGKILL)  # kernels too
        process.communicate()
        assert files_in(out) in either, f"kill {number}"
        # under a hidden name: a day later it is swept
        for path in odd.glob(f".{out.name}-unfinished-*"):
            os.utime(path, (time.time() - 90_000,) * 2)
    # neither locale, home nor letters of a path change a report
    assert start(out, **ODD).communicate()[1] == "" and files_in(out) == files_in(whole["en"])
    assert sorted(path.name for path in odd.iterdir()) == ["le rapport", "notebooks"]
    assert not [one for one in psutil.process_iter(["cmdline"]) if str(out) in " ".join(one.info["cmdline"] or [])]
