"""The report is whole or not there: pages, figures, tables, nothing fetched from outside, nothing unescaped."""

import dataclasses
import re
import struct
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pandas as pd
import pytest
from bs4 import BeautifulSoup

import summit_analysis.report
from summit_analysis import ChoiceError, FolderError, NotebookError, chart_naive_sum
from summit_analysis.report import build, findings

BAD = "<script>alert('summit')</script>"
CELL = """
from IPython.display import HTML, Markdown, display
from summit_analysis import chart_naive_sum, cite, load, show
from summit_analysis.sources import links
ledger = load()
display(Markdown("The answer is **forty-two**."))
display(chart_naive_sum(ledger))
evil = ledger.sources.head(2).assign(title={bad!r}, note={bad!r})
display(show(evil, "evil", sources=evil))
HTML(links(cite(evil, evil["source_id"])))
"""


def write_notebook(folder, name, *cells, title="A question?"):
    folder.mkdir(exist_ok=True)
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_markdown_cell(f"# {title}"), *map(nbformat.v4.new_code_cell, cells)]
    nbformat.write(notebook, folder / f"{name}.ipynb")
    return folder


def files_in(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    home = tmp_path_factory.mktemp("report")
    notebooks = write_notebook(home / "notebooks", "00-one", CELL.format(bad=BAD), title="What <b>is</b> it & why?")
    stages, steps = [], []
    report = build(
        home / "report",
        notebooks=notebooks,
        on_start=lambda name, count: stages.append((name, count)),
        on_step=lambda: steps.append(stages[-1][0]),
    )
    return report, stages, steps


@pytest.fixture
def few_figures(monkeypatch):
    """Keep a run short whose figures are looked at elsewhere."""
    monkeypatch.setattr(summit_analysis.report, "FIGURES", (chart_naive_sum,))


@pytest.fixture
def french(tmp_path_factory, few_figures):
    home = tmp_path_factory.mktemp("rapport")
    return build(home / "rapport", lang="fr", notebooks=write_notebook(home / "notebooks", "00-un", "1"))


@pytest.fixture(params=["index.html", "00-one.html"])
def page(request, built):
    path = built[0].folder / request.param
    return path, BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


# --- what is written


def test_the_report_is_whole(built):
    folder = built[0].folder
    written = set(files_in(folder))
    assert {"index.html", "00-one.html"} <= written
    pictures = {Path(name).stem for name in written if name.startswith("figures/")}
    assert len(pictures) >= 2
    assert {f"figures/{name}.{kind}" for name in pictures for kind in ("png", "svg", "csv")} <= written
    assert {name.partition("/")[0] for name in written} == {"index.html", "00-one.html", "figures", "tables"}
    assert [path.name for path in folder.parent.iterdir() if path.name not in ("report", "notebooks")] == []


def test_pictures_are_1600_pixels_wide(built):
    for path in (built[0].folder / "figures").glob("*.png"):
        assert struct.unpack(">I", path.read_bytes()[16:20]) == (1600,)


def test_tables_hold_what_their_names_say(built, ledger):
    tables = {path.stem: pd.read_csv(path) for path in (built[0].folder / "tables").glob("*.csv")}
    assert sorted(tables["claims-in-euros"]["claim_id"]) == sorted(ledger.claims["claim_id"])
    assert sorted(tables["sources"]["source_id"]) == sorted(ledger.sources["source_id"])
    assert tables["findings"].astype("str").values.tolist() == built[0].findings.values.tolist()
    assert {"inventory", "without-primary-source"} <= set(tables)


def test_the_page_holds_the_outputs_and_not_the_code(built):
    text = BeautifulSoup((built[0].folder / "00-one.html").read_text(encoding="utf-8"), "html.parser").get_text()
    assert "The answer is forty-two." in text
    assert "ledger = load()" not in text


def test_progress_is_told_stage_by_stage(built):
    _, stages, steps = built
    assert stages[0] == ("00-one", 1)
    assert [stage for stage, count in stages for _ in range(count)] == steps


def test_the_findings_are_those_of_the_front_page(built):
    front = BeautifulSoup((built[0].folder / "index.html").read_text(encoding="utf-8"), "html.parser")
    rows = [[cell.get_text() for cell in row.find_all("td")] for row in front.find_all("tr")]
    assert rows == built[0].findings.values.tolist()


def test_the_naive_sum_is_named_with_what_is_open_and_what_has_no_figure(ledger):
    first = findings(ledger).iloc[0]
    assert first["value"] == "€632.8bn"
    opened, _, bare = first["named"].partition("no figure")
    assert "Digital Realty" in opened
    assert "Mistral" not in opened
    assert "Mistral" in bare
    assert "Digital Realty" not in bare
    assert "14" in first["finding"]


def test_findings_follow_the_data(ledger):
    claims = ledger.claims.copy()
    claims.loc[claims["claim_id"] == "fluidstack-supercomputer--seed-article", ["amount_low", "amount_high"]] += 1e9
    assert findings(dataclasses.replace(ledger, claims=claims)).loc[0, "value"] == "€633.8bn"


# --- French


def test_a_french_report_is_french(french, ledger):
    front = BeautifulSoup((french.folder / "index.html").read_text(encoding="utf-8"), "html.parser")
    assert front.html["lang"] == "fr"
    assert findings(ledger, lang="fr").loc[0, "value"].replace("\u202f", "\xa0") == "632,8\xa0Md\xa0€"
    assert front.find("td", class_="value").get_text() == findings(ledger, lang="fr").loc[0, "value"]
    assert "632,8" in front.find("img")["alt"]
    for english in ("What we found", "Figures of", "Tables of", "€632.8bn", "data drawn", "Source:"):
        assert english not in front.get_text()


def test_an_unknown_language_writes_nothing(tmp_path):
    with pytest.raises(ChoiceError, match="'de'"):
        build(tmp_path / "report", lang="de", notebooks=write_notebook(tmp_path / "notebooks", "00-one", "1"))
    assert not (tmp_path / "report").exists()


# --- pages


def test_a_page_fetches_nothing_from_outside(page):
    _, soup = page
    fetched = [tag.get(name, "") for tag in soup.find_all(True) for name in ("src", "srcset", "data", "poster")]
    fetched += [tag.get("href", "") for tag in soup.find_all(["link", "use", "image", "base"])]
    styles = " ".join(
        [tag.get_text() for tag in soup.find_all("style")] + [t.get("style", "") for t in soup.find_all(True)]
    )
    fetched += re.findall(r"@import[^;]+|url\([^)]*\)", styles)
    assert [text[:80] for text in fetched if re.search(r"^\s*(https?:)?//|[(\"'\s](https?:)?//", text[:300])] == []


def test_no_script_of_a_page_knows_where_to_fetch_another(page):
    _, soup = page
    scripts = " ".join(tag.get_text() for tag in soup.find_all("script"))
    assert re.findall(r"https?://[^\"'\s]*(?:cdn|unpkg|\.m?js\b)[^\"'\s]*", scripts) == []


def test_every_picture_has_alt_text(page):
    _, soup = page
    pictures = soup.find_all("img")
    assert pictures
    assert [picture for picture in pictures if len(picture.get("alt", "")) < 20] == []


def test_internal_links_resolve(page):
    path, soup = page
    links = [tag[name] for tag in soup.find_all(True) for name in ("href", "src") if tag.get(name)]
    inside = [urlsplit(link) for link in links if not urlsplit(link).scheme]
    for link in inside:
        target = path.parent / unquote(link.path) if link.path else path
        assert target.is_file(), link.path
        if link.fragment:
            assert BeautifulSoup(target.read_text(encoding="utf-8"), "html.parser").find(id=unquote(link.fragment))


def test_the_front_page_links_every_file_and_the_article(built, ledger):
    folder = built[0].folder
    front = BeautifulSoup((folder / "index.html").read_text(encoding="utf-8"), "html.parser")
    links = {tag["href"] for tag in front.find_all("a")}
    assert {name for name in files_in(folder) if name != "index.html"} <= links
    seed = ledger.sources.set_index("source_id").loc["seed-article"]
    assert seed["url"] in links
    assert front.find("a", href=seed["url"]).get_text() == seed["title"]
    assert "LeBigData.fr" in front.find("p").get_text()


def test_a_page_says_its_language_and_title(page):
    _, soup = page
    assert soup.html["lang"] == "en"
    assert soup.title.get_text().strip()


def test_a_script_in_a_row_is_only_text(built):
    page = BeautifulSoup((built[0].folder / "00-one.html").read_text(encoding="utf-8"), "html.parser")
    assert "alert(" not in " ".join(tag.get_text() for tag in page.find_all("script"))
    for tag in page.find_all("script"):
        tag.decompose()
    # twice in the table, once in each citation
    assert page.get_text().count(BAD) == 6


def test_a_script_in_the_ledger_or_a_title_is_only_text_on_the_front_page(tmp_path, monkeypatch, few_figures, ledger):
    labels = ledger.labels.copy()
    labels.loc[labels["pledge_id"] == "mistral-essonne", "label_en"] = BAD
    sources = ledger.sources.assign(publisher=BAD, title=BAD)
    spoilt = dataclasses.replace(ledger, labels=labels, sources=sources)
    monkeypatch.setattr(summit_analysis.report, "load", lambda: spoilt)
    build(tmp_path / "report", notebooks=write_notebook(tmp_path / "notebooks", "00-one", "1", title=BAD))
    front = BeautifulSoup((tmp_path / "report" / "index.html").read_text(encoding="utf-8"), "html.parser")
    assert front.find_all("script") == []
    # publisher, title of the article, title of the page, pledge without a figure
    assert front.get_text().count(BAD) >= 4
    assert BAD in front.find("img")["alt"]
    for picture in (tmp_path / "report" / "figures").glob("*.svg"):
        assert "<script" not in picture.read_text(encoding="utf-8")


# --- failure


@pytest.fixture
def old(tmp_path):
    (tmp_path / "report" / "figures").mkdir(parents=True)
    (tmp_path / "report" / "index.html").write_text("the old one")
    (tmp_path / "report" / "figures" / "old.svg").write_text("<svg/>")
    return tmp_path / "report"


@pytest.mark.parametrize(
    ("cells", "number", "reason"),
    [
        (["1", "print('fine')", "1 / 0", "2"], 3, "ZeroDivisionError: division by zero"),
        (["import os; os._exit(1)"], 1, "kernel died"),
        (["1", "from summit_analysis import quote; quote('XXX', on='2025-02-10')"], 2, "XXX"),
    ],
)
def test_a_failing_notebook_is_named_and_leaves_the_old_report(old, cells, number, reason):
    before = files_in(old)
    notebooks = write_notebook(old.parent / "notebooks", "00-fine", "1")
    write_notebook(notebooks, "01-broken", *cells)
    with pytest.raises(NotebookError, match=rf"(?s)01-broken\.ipynb, code cell {number}\b.*{reason}"):
        build(old, notebooks=notebooks)
    assert files_in(old) == before
    assert sorted(path.name for path in old.parent.iterdir()) == ["notebooks", "report"]


def test_an_interrupted_run_leaves_the_old_report(old):
    before = files_in(old)

    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(old, notebooks=write_notebook(old.parent / "notebooks", "00-one", "1"), on_step=interrupt)
    assert files_in(old) == before
    assert sorted(path.name for path in old.parent.iterdir()) == ["notebooks", "report"]


@pytest.mark.usefixtures("few_figures")
def test_a_good_run_replaces_the_old_report_whole(old):
    build(old, notebooks=write_notebook(old.parent / "notebooks", "00-one", "1"))
    assert "figures/old.svg" not in files_in(old)
    assert b"the old one" not in files_in(old)["index.html"]
    assert sorted(path.name for path in old.parent.iterdir()) == ["notebooks", "report"]


def test_a_file_in_the_place_of_the_folder_is_our_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderError, match="report"):
        build(tmp_path / "file" / "report", notebooks=write_notebook(tmp_path / "notebooks", "00-one", "1"))
