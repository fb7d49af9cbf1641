"""The report is one site in two languages: whole, valid, reachable by keyboard, and with nothing from elsewhere."""

import base64
import codecs
import dataclasses
import html.parser
import io
import itertools
import posixpath
import re
import shutil
import struct
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from matplotlib.figure import Figure

import summit_analysis
from reports import BAD, LANGUAGES, SMALL, soup_of, whole_report, write_notebook  # noqa: F401
from summit_analysis import charts, check, ladder, names_listed, status, total
from summit_analysis.base import files
from summit_analysis.base.errors import ChoiceError
from summit_analysis.currency.rates import RATES_FILE
from summit_analysis.report.notebooks import article, notebook_paths
from summit_analysis.report.site import FIGURES, MADE, MARK, build, draw, write_pages
from summit_analysis.report.texts import findings, headlines
from summit_analysis.signatures import size


@pytest.fixture(scope="session")
def pages(built):
    """Every page, by its path in the report."""
    folder = built[0].folder
    return {path.relative_to(folder).as_posix(): soup_of(path) for path in sorted(folder.rglob("*.html"))}


def language(page):
    return "fr" if page.startswith("fr/") else "en"


# --- what is written


def test_both_languages_have_the_same_pages(pages):
    english = {page for page in pages if language(page) == "en"}
    assert {f"fr/{page}" for page in english} == set(pages) - english
    notebooks = {f"notebooks/{path.stem}.html" for path in notebook_paths()} | {f"notebooks/{SMALL}.html"}
    figures = {page for page in english if page.startswith("figures/")}
    assert len(figures) == len(FIGURES)
    assert english == {"index.html", "sources.html", "methods.html"} | notebooks | figures


def test_each_figure_has_its_files_in_both_languages(built, pages):
    for page in (page for page in pages if "figures/" in page):
        for ending in ("png", "svg", "csv"):
            assert (built[0].folder / page).with_suffix(f".{ending}").stat().st_size > 0
    assert sorted(path.name for path in built[0].folder.parent.iterdir()) == ["notebooks", "report"]


def test_pictures_of_figures_are_1600_pixels_wide(built):
    for path in built[0].folder.rglob("figures/*.png"):
        assert struct.unpack(">I", path.read_bytes()[16:20]) == (1600,)


def test_the_ledger_is_in_the_report_as_it_stands(built, ledger):
    tables = {path.stem: path for path in (built[0].folder / "tables").glob("*.csv")}
    for path in files.shipped("data").glob("*.csv"):
        assert tables[path.stem].read_bytes() == codecs.BOM_UTF8 + path.read_bytes()
    readme = built[0].folder / "tables" / "README.md"
    assert readme.read_bytes() == (files.shipped("data") / "README.md").read_bytes()
    assert sorted(pd.read_csv(tables["claims-in-euros"])["claim_id"]) == sorted(ledger.claims["claim_id"])
    assert pd.read_csv(tables["findings"])["sentence"].tolist() == [found.sentence for found in headlines(ledger)]
    assert {"inventory", "without-primary-source"} <= set(tables)


def test_the_tables_of_the_report_open_with_their_accents_in_excel_and_are_read_back(built, tmp_path):
    folder = Path(shutil.copytree(built[0].folder / "tables", tmp_path / "tables"))
    shutil.copy(files.shipped("data") / RATES_FILE, folder)
    assert check(folder).empty
    for path in built[0].folder.rglob("*.csv"):
        assert path.read_bytes().startswith(codecs.BOM_UTF8), path.name
    for page, word in (("methods.html", "Data"), ("fr/methods.html", "Données")):
        assert f"{word} > " in soup_of(built[0].folder / page).get_text()


def test_progress_is_told_for_each_notebook_cell_and_figure(built):
    _, told = built
    assert [step for name, *step in told if name == SMALL] == [[0, 1], [1, 1]]
    for lang in LANGUAGES:
        assert [step for name, *step in told if name == f"figures ({lang})"] == [
            [done, len(FIGURES)] for done in range(len(FIGURES) + 1)
        ]


def test_an_unknown_language_writes_nothing(tmp_path):
    with pytest.raises(ChoiceError, match="'de'"):
        build(tmp_path / "report", lang="de", notebooks=write_notebook(tmp_path / "notebooks", "00-one", "1"))
    assert not (tmp_path / "report").exists()


# --- every page


class Strict(html.parser.HTMLParser):
    """Lists what a browser would have to mend."""

    VOID = ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
    BLOCKS = ("article", "details", "div", "figure", "h1", "h2", "nav", "ol", "p", "pre", "section", "table", "ul")

    def __init__(self):
        super().__init__()
        self.open, self.wrong = [], []

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


def test_a_browser_has_nothing_to_mend(built, pages):
    for page in pages:
        parser = Strict()
        text = (built[0].folder / page).read_text(encoding="utf-8")
        parser.feed(text)
        parser.close()
        assert (page, parser.wrong, parser.open) == (page, [], [])
        assert text.startswith("<!doctype html>\n<html lang=")


@pytest.mark.parametrize("broken", ["<p><div></div></p>", "<ul><li></ul>", "<b/>", '<i id="a" id="b"></i>', "</p>"])
def test_what_a_browser_would_mend_is_seen(broken):
    parser = Strict()
    parser.feed(broken)
    assert parser.wrong


def test_each_page_has_language_title_landmarks_and_one_heading_of_the_first_level(pages):
    titles = [(language(page), soup.title.get_text()) for page, soup in pages.items()]
    assert len(set(titles)) == len(titles)
    for page, soup in pages.items():
        assert soup.html["lang"] == language(page)
        assert soup.title.get_text().strip()
        assert soup.find("meta", attrs={"name": "viewport"})
        assert [len(soup(tag)) for tag in ("main", "h1")] == [1, 1], page
        assert [len(soup.body(tag, recursive=False)) for tag in ("header", "footer")] == [1, 1]
        skip = soup.body.find("a")
        assert skip["href"] == f"#{soup.main['id']}"
        names = [tag["aria-label"] for tag in soup(["nav", "div"], attrs={"aria-label": True})]
        assert len(set(names)) == len(names), page
        assert {tag["aria-label"] for tag in soup("nav")} and all(tag.get("aria-label") for tag in soup("nav"))


def test_headings_leave_no_level_out(pages):
    for page, soup in pages.items():
        levels = [int(tag.name[1]) for tag in soup(re.compile("^h[1-6]$"))]
        assert levels[0] == 1, page
        assert [(a, b) for a, b in itertools.pairwise(levels) if b > a + 1] == [], page


def test_ids_are_unique_and_what_refers_to_them_finds_them(pages):
    for page, soup in pages.items():
        ids = [tag["id"] for tag in soup(id=True)]
        assert len(set(ids)) == len(ids), page
        assert {tag["aria-labelledby"] for tag in soup(attrs={"aria-labelledby": True})} <= set(ids), page


def test_local_links_and_their_anchors_resolve(built, pages):
    root = built[0].folder.resolve()
    for page, soup in pages.items():
        for tag in soup(["a", "img", "link"]):
            link = urlsplit(tag.get("href") or tag.get("src"))
            if link.scheme in ("http", "https"):
                continue
            assert (link.scheme, link.netloc) == ("", ""), (page, link)
            target = (root / page).parent / unquote(link.path) if link.path else root / page
            assert target.is_file(), (page, link.path)
            name = target.resolve().relative_to(root).as_posix()
            if link.fragment:
                assert pages[name].find(id=unquote(link.fragment)), (page, link)


def test_each_file_is_reached_from_the_front_page(built, pages):
    reached, todo = set(), ["index.html"]
    root = built[0].folder.resolve()
    while todo:
        page = todo.pop()
        if page in reached:
            continue
        reached.add(page)
        for tag in pages[page](["a", "img", "link"]) if page in pages else ():
            link = urlsplit(tag.get("href") or tag.get("src"))
            if not link.scheme and link.path:
                todo.append(((root / page).parent / unquote(link.path)).resolve().relative_to(root).as_posix())
    # but for what one report says to the next
    assert reached | {MARK, MADE} == {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


def test_nothing_comes_from_elsewhere_and_nothing_needs_a_script(built, pages):
    for page, soup in pages.items():
        assert soup(["script", "iframe", "object", "embed", "base", "form", "video", "audio"]) == [], page
        assert [tag for tag in soup(True) if any(name.startswith("on") for name in tag.attrs)] == [], page
        fetched = [tag[name] for tag in soup(True) for name in ("src", "srcset", "data", "poster") if tag.get(name)]
        fetched += [tag["href"] for tag in soup(["link", "use", "image"])]
        assert [address for address in fetched if re.match(r"\s*([a-z]+:)?//|data:", address)] == [], page
        styles = [tag.get_text() for tag in soup("style")] + [tag["style"] for tag in soup(style=True)]
        assert re.findall(r"@import|url\(", " ".join(styles)) == [], page
    style = (built[0].folder / "style.css").read_text(encoding="utf-8")
    assert re.findall(r"@import|url\(|//", style) == []


def test_links_lead_to_the_web_or_into_the_report(pages):
    for page, soup in pages.items():
        schemes = {urlsplit(tag["href"]).scheme for tag in soup("a")}
        assert schemes <= {"", "http", "https"}, page


def test_every_picture_has_a_text_and_a_size(pages):
    for page, soup in pages.items():
        for picture in soup("img"):
            assert len(picture["alt"]) >= 20, page
            assert int(picture["width"]) > 100
            assert int(picture["height"]) > 100


def test_wide_tables_scroll_in_a_region_that_a_keyboard_reaches(pages):
    for page, soup in pages.items():
        for table in soup("table"):
            region = table.find_parent(role="region")
            assert region["tabindex"] == "0", page
            assert region["aria-label"].strip()
            assert all(head.get("scope") for head in table("th")), page
        # a title, a link or a sentence inside a picture's link would be read twice
        assert all(tag["tabindex"] in ("0", "-1") for tag in soup(tabindex=True))


# --- two languages


def test_each_page_has_a_switch_to_its_counterpart(pages):
    for page, soup in pages.items():
        (switch,) = soup.header.find_all("a", hreflang=True)
        other = "en" if language(page) == "fr" else "fr"
        assert switch["hreflang"] == switch["lang"] == other
        counterpart = page.removeprefix("fr/") if language(page) == "fr" else f"fr/{page}"
        assert posixpath.normpath(posixpath.join(posixpath.dirname(page), switch["href"])) == counterpart


def test_what_is_english_on_a_french_page_says_so(pages):
    for page, soup in pages.items():
        if page.startswith("fr/notebooks/"):
            assert soup.find("article", class_="notebook")["lang"] == "en"
            assert soup.h1.find_parent(lang="en")


def french_text(soup):
    """What stands on a page in French: no notebook, no title of a source, no data, no code."""
    copy = BeautifulSoup(str(soup), "html.parser")
    for tag in copy(["head", "table", "code", "cite"]) + copy(lang="en") + copy.find_all(class_="sources"):
        tag.decompose()
    return copy.get_text(" ")


def test_french_pages_are_french(pages):
    for page, soup in pages.items():
        if language(page) == "fr":
            text = french_text(soup)
            for english in ("Skip to", "Findings", "Methods", "Text description", "Data drawn", "Cite this", "Source:"):
                assert english not in text, page
            assert re.findall(r"[€$]\d", text) == [], page
            assert soup.find("html")["lang"] == "fr"


def test_the_columns_of_data_drawn_have_french_names(pages):
    both = {"claims", "source", "sources", "verdict", "note", "horizon", "comparable", "convention", "organisations"}
    for page in (page for page in pages if page.startswith("fr/figures/")):
        heads = [
            {head.get_text() for head in pages[name].find(id="data-table").thead("th")}
            for name in (page, page.removeprefix("fr/"))
        ]
        # a declaration has its id for a name
        assert {head for head in set.intersection(*heads) - both if not re.search(r"-20\d\d$", head)} == set(), page


def test_french_marks_do_not_begin_a_line(pages):
    for page, soup in pages.items():
        if language(page) == "fr":
            assert re.findall(r"\w+ [:;!?»%]|« \w+", french_text(soup)) == [], page


def test_a_report_can_begin_in_french(built, tmp_path, monkeypatch, ledger):
    monkeypatch.setattr(summit_analysis.report.site, "FIGURES", (charts.naive_sum,))
    # its figure has been drawn for the whole report
    shutil.copytree(built[0].folder, tmp_path / "rapport")
    report = build(tmp_path / "rapport", lang="fr", notebooks=write_notebook(tmp_path / "notebooks", "00-un", "1"))
    front, other = soup_of(report.folder / "index.html"), soup_of(report.folder / "en" / "index.html")
    assert (front.html["lang"], other.html["lang"]) == ("fr", "en")
    assert "632,8" in front.find("img")["alt"]
    assert "€632.8bn" in other.find("img")["alt"]
    assert report.headlines == headlines(ledger, lang="fr")
    assert (report.made, report.unchanged) == (3, 2)


# --- front page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_front_page_has_five_findings_each_with_figure_and_notebook(pages, ledger, lang):
    front = pages["index.html" if lang == "en" else "fr/index.html"]
    articles = front.find_all("article", class_="finding")
    assert [one["id"] for one in articles] == ["once", "inside", "ladder", "signed", "outcome"]
    for found, one in zip(headlines(ledger, lang=lang), articles, strict=True):
        plain = " ".join(one.get_text().split())
        assert " ".join(found.sentence.split()) in re.sub(r"\s+", " ", plain)
        assert f"notebooks/{found.notebook}.html" in {tag["href"] for tag in one("a")}
        (picture,) = one("img")
        assert Path(picture["src"]).with_suffix(".html").as_posix() in {tag["href"] for tag in one("a")}


def test_the_findings_say_what_the_library_says(ledger):
    once, inside, rungs, signed, outcome = headlines(ledger)
    article = total(ledger, rule="article", as_of="2025-02-11")
    assert f"€{article.naive.high / 1e9:.1f}bn" in once.sentence
    assert f"at most €{article.high / 1e9:.1f}bn" in once.sentence
    assert article.sentence() == once.text
    # the figure says the same of the envelope and of the pledges
    drawn = {function.__name__: function for function in FIGURES}
    title = drawn["envelope"](ledger).title
    parts, left = re.search(r"make (\S+) of the \S+; (.+) has no name", title).groups()
    assert parts in inside.sentence
    assert left in inside.sentence
    works = ladder(ledger).set_index("rung").loc["works"]
    assert f"€{works['low'] / 1e9:.1f}–{works['high'] / 1e9:.1f}bn" in rungs.sentence
    assert signed.sentence.startswith(size(names_listed(ledger, "paris-2025")))
    assert "Israel" not in signed.sentence
    assert "Israel" in signed.text
    counts = re.findall(r"\d+", drawn["status"](ledger).title)
    assert re.findall(r"for (\d+)(?: of (\d+))?", outcome.sentence) == [(counts[0], counts[1]), (counts[2], "")]
    assert status(ledger)["withdrawn"].eq("yes").sum() == 1
    assert "Withdrawn: Fluidstack." in outcome.text


def test_headlines_follow_the_data(ledger):
    claims = ledger.claims.copy()
    claims.loc[claims["claim_id"] == "fluidstack-supercomputer--seed-article", ["amount_low", "amount_high"]] += 1e9
    changed = dataclasses.replace(ledger, claims=claims)
    assert "€633.8bn" in headlines(changed)[0].sentence
    assert findings(changed).loc[0, "value"] == "€633.8bn"


def test_the_naive_sum_is_named_with_what_is_open_and_what_has_no_figure(ledger):
    first = findings(ledger).iloc[0]
    assert first["value"] == "€632.8bn"
    opened, _, bare = first["named"].partition("no figure")
    assert "Digital Realty" in opened
    assert "Mistral" not in opened
    assert "Mistral" in bare
    assert "Digital Realty" not in bare
    assert "14" in first["finding"]


def test_the_front_page_names_the_article_and_lists_everything(built, pages, ledger):
    front, seed = pages["index.html"], ledger.sources.set_index("source_id").loc["seed-article"]
    assert front.find("a", href=seed["url"]).get_text() == seed["title"]
    assert "LeBigData.fr" in front.find(class_="opening").get_text()
    links = {tag["href"] for tag in front("a")}
    assert {page for page in pages if language(page) == "en"} - {"index.html"} <= links
    assert {f"tables/{path.name}" for path in (built[0].folder / "tables").iterdir()} <= links


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_notebook_has_its_question_and_each_table_its_row_in_both_languages(pages, lang):
    front = pages["index.html" if lang == "en" else "fr/index.html"]
    for link in front.find(id="notebooks")("a"):
        if SMALL not in link["href"]:
            assert link.get_text().strip().endswith("?")
            assert "lang" not in link.attrs
    assert all(cell.get_text().strip() for cell in front.find(id="tables")(["td", "th"]))


# --- pages of figures


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_figure_page_holds_the_figure_its_words_data_and_sources(built, pages, ledger, lang):
    drawn = draw(ledger, charts.naive_sum, lang=lang)
    page = ("" if lang == "en" else "fr/") + f"figures/{drawn.name}.html"
    soup, folder = pages[page], (built[0].folder / page).parent
    plain = re.sub(r"\s+", " ", soup.get_text(" "))
    for text in (drawn.title, *(drawn.about[part] for part in ("subtitle", "alt", "source"))):
        assert re.sub(r"\s+", " ", text) in plain
    assert (folder / f"{drawn.name}.csv").read_bytes() == drawn.files[f"{drawn.name}.csv"]
    assert len(soup.find(id="data-table").tbody("tr")) == drawn.about["rows"]
    cited = soup.find(class_="citation").get_text()
    assert drawn.name in cited
    assert summit_analysis.__version__ in cited
    assert "CC BY 4.0" in cited
    urls = ledger.sources.set_index("source_id").loc[drawn.about["source_ids"], "url"].dropna()
    assert {tag["href"] for tag in soup.find(class_="sources")("a")} == set(urls)
    assert any("00-start-here" in tag["href"] for tag in soup.main("a"))


def test_every_figure_names_the_sources_of_its_rows(pages, ledger):
    urls = set(ledger.sources["url"].dropna())
    for page in (page for page in pages if "figures/" in page):
        sources = pages[page].find(class_="sources")
        assert sources("li"), page
        assert {tag["href"] for tag in sources("a")} <= urls
        folded = sources.find_parent("details")
        assert bool(folded) == (len(sources("li")) > 12)
        assert bool(pages[page].find(id="data-table").find_parent("details")) == (
            len(pages[page].find(id="data-table").tbody("tr")) > 20
        )


# --- sources, methods


@pytest.mark.parametrize("page", ["sources.html", "fr/sources.html"])
def test_the_page_of_sources_lists_each_with_what_is_known(pages, ledger, page):
    soup = pages[page]
    for source in ledger.sources.itertuples():
        row = soup.find(id=f"source-{source.source_id}")
        assert source.publisher in row.get_text()
        link = row.find("a")
        assert (link and link["href"]) == (source.url if isinstance(source.url, str) else None)
        if isinstance(source.title, str):
            assert row.find(lang=source.language).get_text() == source.title
    assert len(soup.find(id="sources-table").tbody("tr")) == len(ledger.sources)
    numbers = [[int(cell.get_text()) for cell in row("td")] for row in soup.find(id="counts").tbody("tr")]
    assert numbers[-1] == [sum(column) for column in zip(*numbers[:-1], strict=True)]
    assert numbers[0][-1] == (ledger.sources["kind"] == "primary").sum()
    lead = soup.find(class_="lead").get_text()
    assert str(len(ledger.sources)) in lead
    assert str((ledger.sources["read_as"] == "mirror").sum()) in lead


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_of_methods_states_numbers_of_the_ledger(pages, ledger, lang):
    soup = pages["methods.html" if lang == "en" else "fr/methods.html"]
    sections = {tag["aria-labelledby"]: tag.get_text(" ") for tag in soup.main("section")}
    assert list(sections) == [tag["href"][1:] for tag in soup.find(class_="contents")("a")]
    assert str(len(ledger.claims)) in sections["rows"]
    assert str((ledger.claims["standing"] == "stands").sum()) in sections["rows"]
    assert str((ledger.claims["qualifier"] == "at-least").sum()) in sections["amounts"]
    assert str(ledger.rates.days[-1].item().year) in sections["rates"]
    assert all(rule in sections["rules"] for rule in ("full-range", "primary-first", "latest", "article"))
    assert str((ledger.overlaps["relation"] == "overlaps").sum()) in sections["totals"]
    assert str((ledger.signatures["date_basis"] == "reading-date").sum()) in sections["signatures"]
    assert "{" not in soup.get_text()


# --- notebook pages


def test_a_notebook_page_shows_the_outputs_and_folds_the_code(pages):
    soup = pages[f"notebooks/{SMALL}.html"]
    assert "The answer is forty-two." in soup.get_text()
    (code,) = soup.find_all("details", class_="code")
    assert "ledger = load()" in code.get_text()
    assert code.summary.get_text() == "Code"
    assert not code.has_attr("open")
    code.decompose()
    assert "ledger = load()" not in soup.get_text()


def test_a_solution_is_folded_with_its_output(pages):
    start = pages["notebooks/00-start-here.html"]
    assert start.find_all("details", class_="solution")
    for solution in start.find_all("details", class_="solution"):
        assert solution.find("pre")
        assert solution.find(class_="output")


def test_notebooks_link_to_each_other_as_pages(pages):
    links = {tag["href"] for tag in pages["notebooks/01-inside-the-109-billion.html"].find("article")("a")}
    assert "00-start-here.html" in links
    assert not any(link.endswith(".ipynb") for link in links)


def test_pictures_of_notebooks_are_shared_by_both_languages(built):
    folders = sorted(path.relative_to(built[0].folder).as_posix() for path in built[0].folder.rglob("pictures"))
    assert folders == ["notebooks/pictures"]


def test_pictures_of_notebooks_take_their_size_from_the_page(pages):
    pictures = [one for page, soup in pages.items() if "notebooks/" in page for one in soup("img")]
    assert len(pictures) > 20
    assert [one["src"] for one in pictures if one.has_attr("style")] == []


def test_a_picture_that_is_an_output_of_its_own_has_its_text_and_size():
    drawn, text = Figure(figsize=(2, 1)), 'Nothing at all, on "white" & <grey>.'
    drawn.savefig(png := io.BytesIO())
    output = nbformat.v4.new_output(
        "display_data",
        {"image/png": base64.encodebytes(png.getvalue()).decode(), "text/plain": "<Figure>"},
        metadata={"image/png": {"alt": text, "width": 800}},
    )
    cells = [nbformat.v4.new_markdown_cell("# Drawn"), nbformat.v4.new_code_cell("1", outputs=[output])]
    page = article("drawn", nbformat.v4.new_notebook(cells=cells), [])
    (picture,) = BeautifulSoup(page.body, "html.parser")("img")
    ((name, content),) = page.files.items()
    assert content == png.getvalue()
    assert picture.attrs == {"src": f"notebooks/pictures/{name}", "alt": text, "width": "200", "height": "100"}


def test_a_notebook_without_heading_or_with_odd_outputs_still_makes_a_page():
    notebook = nbformat.v4.new_notebook()
    outputs = [
        nbformat.v4.new_output("display_data", {"application/javascript": "alert(1)"}),
        nbformat.v4.new_output("display_data", {"application/vnd.jupyter.widget-view+json": {"model_id": "a"}}),
        nbformat.v4.new_output(
            "display_data",
            {
                "text/html": '<h4 id="x">Deep</h4><p id="x">a</p><a href="javascript:alert(1)">b</a><img src="http://a/b.png">'
            },
        ),
    ]
    notebook.cells = [nbformat.v4.new_markdown_cell("Only text"), nbformat.v4.new_code_cell("1", outputs=outputs)]
    notebook.metadata.widgets = {"application/vnd.jupyter.widget-state+json": {"state": {"a": {}}}}
    page = article("odd", notebook, [])
    soup = BeautifulSoup(page.body, "html.parser")
    assert (page.title, [tag.name for tag in soup(re.compile("^h[1-6]$"))]) == ("Only text", ["h1", "h2"])
    assert (soup("script"), soup("a"), soup("img"), len(soup(id="x"))) == ([], [], [], 1)
    assert "JupyterLab" in soup.get_text()


# --- what others have written is only text


def test_a_script_in_a_row_is_only_text(pages):
    page = pages[f"notebooks/{SMALL}.html"]
    assert page("script") == []
    # twice in the table, once in each citation
    assert page.get_text().count(BAD) >= 4
    assert page.title.get_text().startswith("What <b>is</b> it & why?")


def test_a_script_in_the_ledger_or_a_title_is_only_text(tmp_path, ledger):
    labels = ledger.labels.copy()
    labels.loc[labels["pledge_id"] == "mistral-essonne", "label_en"] = BAD
    spoilt = dataclasses.replace(ledger, labels=labels, sources=ledger.sources.assign(publisher=BAD, title=BAD))
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(f"# {BAD}")])
    drawn, pages = draw(spoilt, charts.naive_sum), [article("00-bad", notebook, [])]
    write_pages(tmp_path, spoilt, pages, [drawn], {"bad": 1}, lang="en", first="en")
    for path in tmp_path.rglob("*.html"):
        soup = soup_of(path)
        assert soup("script") == [], path
        if path.name != "methods.html":
            assert BAD in soup.get_text()
    assert BAD in soup_of(tmp_path / "index.html").find("img")["alt"]
    assert b"<script" not in drawn.files[f"{drawn.name}.svg"]


# --- the look


def luminance(colour):
    """Relative luminance as WCAG 2.2 defines it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_computed_as_the_guidelines_do():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.fixture(scope="module")
def style(built):
    return (built[0].folder / "style.css").read_text(encoding="utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_text_has_the_contrast_that_the_guidelines_ask_for(style, scheme):
    marks = {"light": ":root {", "dark": "prefers-color-scheme: dark", "print": "@media print"}
    colours = {}
    for start in dict.fromkeys(["light", scheme]):
        block = style[style.index(marks[start]) :]
        found = re.findall(r"--(\w+): (#[0-9a-f]{3,6});", block[: block.index("\n}")])
        colours |= {name: code if len(code) == 7 else re.sub("([0-9a-f])", r"\1\1", code) for name, code in found}
    texts = ("ink", "soft", "link", "accent", "string")
    assert {"paper", "raised", *texts} <= set(colours)
    for text in texts:
        for ground in ("paper", "raised"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)


def test_colours_stand_in_one_place(style):
    rules = re.sub(r":root \{[^}]*\}", "", style)
    # white is what figures are drawn on; the grey is that of addresses on paper
    assert set(re.findall(r"#[0-9a-f]{3,6}\b", rules)) <= {"#fff", "#444"}


def test_focus_is_seen_and_paper_leaves_navigation_out(style):
    assert ":focus-visible" in style
    assert re.findall(r"outline:\s*(none|0)", re.sub(r"main:focus \{[^}]*\}", "", style)) == []
    printed = style[style.index("@media print") :]
    assert re.search(r"header\.site nav[^{]*\{ display: none", printed)
    assert "attr(href)" in printed
