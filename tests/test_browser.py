"""The report and JupyterLab in a real browser: nothing from outside, nothing broken, nothing out of reach.

Needs Playwright (extra `browser`) and Chromium, for the checks of accessibility also axe-core; `.ci/run` installs them.
"""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest

from summit_analysis import compare_claims, memberships, new_ledger
from summit_analysis.base import files
from summit_analysis.base.text import words
from summit_analysis.pledges.status import dated_updates
from summit_analysis.report.site import build

playwright = pytest.importorskip("playwright.sync_api", reason="needs the extra `browser`")
CHROMIUM = os.environ.get("SUMMIT_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
if CHROMIUM is None:
    pytest.skip("needs Debian's Chromium on the path, or its place in SUMMIT_CHROMIUM", allow_module_level=True)
pytestmark = pytest.mark.long

AXE = Path(os.environ.get("SUMMIT_AXE", Path(sys.prefix) / "axe/node_modules/axe-core/axe.min.js"))
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
QUIET += ["--disable-component-update", "--disable-sync"]
PHONE = {"width": 390, "height": 844}
START, SIGNED = "01-fourteen-sums", "05-who-signed"
LISTS = ["pledges.html", "signatures.html", "timeline.html", "tables.html", "sources.html", "changes.html"]
KINDS = [*LISTS, "index.html", "methods.html", "pledges/france-109bn.html"]
KINDS += ["figures/ladder.html", f"notebooks/{START}.html", "notebooks/07-euros-dollars-and-the-day.html"]
"""One page of each kind that has the frame of the site."""
OTHER = Path(__file__).with_name("other-event")
README_LINE = 'explore(load(), to="USD", money_kinds="private")'
SERVER_SECONDS, RUN_SECONDS = 60, 180


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as engine:
        started = engine.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield started
        started.close()


class Visit:
    """A page that was opened, with what it asked for and complained of."""

    def __init__(self, page):
        self.page, self.asked, self.complaints = page, [], []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda message: message.type == "error" and self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def outside(self, *allowed):
        return [url for url in self.asked if not url.startswith((*allowed, "data:", "blob:", "about:"))]


@pytest.fixture
def visit(browser):
    """Return a function that opens an address; options are those of a browser context."""
    contexts = []

    def open_page(address, **options):
        contexts.append(browser.new_context(**options))
        visited = Visit(contexts[-1].new_page())
        visited.page.goto(address)
        return visited

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The report as it is written for readers, nothing left out."""
    return build(tmp_path_factory.mktemp("site") / "report").folder


# --- the report


@pytest.mark.parametrize("language", ["", "fr/"], ids=["en", "fr"])
@pytest.mark.parametrize("name", KINDS)
def test_a_page_opens_from_the_disk_on_a_phone_whole_and_without_any_request_to_elsewhere(
    name, language, visit, folder
):
    visited = visit((folder / language / name).as_uri(), viewport=PHONE)
    page = visited.page
    pictures = page.evaluate(
        """async () => Promise.all([...document.images].map(async one => {
               one.loading = "eager"
               await one.decode()
               return [one.alt.trim().length, one.naturalWidth]
           }))"""
    )
    assert all(alt > 0 and width > 0 for alt, width in pictures)
    assert pictures or not name.startswith(("index", "figures", "notebooks"))
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    # long lists, and the claims and news of a pledge, are read without moving them sideways
    wide = "one => one.matches('[data-filters] *, dl ~ section *') && one.scrollWidth > one.clientWidth"
    assert page.evaluate(f"[...document.querySelectorAll('.scroll')].filter({wide}).map(one => one.id)") == []
    here, there = ("English", "Français")[:: -1 if language else 1]
    for link, at in ((there, "" if language else "fr/"), (here, language)):
        page.get_by_role("link", name=link).first.click()
        assert page.url == (folder / at / name).as_uri()
        assert page.locator("html").get_attribute("lang") == (at.strip("/") or "en")
    assert visited.outside("file://") == []
    assert visited.complaints == []


def test_the_first_key_leads_past_the_navigation_which_is_not_printed_and_dark_differs(visit, folder):
    address, colour = (folder / "index.html").as_uri(), "getComputedStyle(document.body).backgroundColor"
    light, dark = (visit(address, color_scheme=scheme).page for scheme in ("light", "dark"))
    assert light.evaluate(colour) != dark.evaluate(colour)
    light.keyboard.press("Tab")
    assert light.evaluate("document.activeElement.getAttribute('href')").startswith("#")
    light.keyboard.press("Enter")
    assert light.evaluate("location.hash") == light.evaluate("'#' + document.querySelector('main').id")
    assert light.locator("nav").first.is_visible()
    light.emulate_media(media="print")
    assert not light.locator("nav").first.is_visible()


@pytest.mark.parametrize(("language", "day"), [("", "5 January 2027"), ("fr/", "5 janvier 2027")], ids=["en", "fr"])
def test_a_citation_has_the_day_of_its_reader_and_an_embedded_figure_the_width_of_its_frame(
    language, day, visit, folder
):
    page = visit((folder / language / "figures/ladder.html").as_uri()).page
    page.clock.set_fixed_time("2027-01-05T12:00:00")
    page.reload()
    assert page.locator(".citation time").inner_text() == day
    for width, picture, title in ((390, "-narrow.png", True), (800, ".svg", False)):
        size = {"width": width, "height": 600}
        page = visit((folder / language / "embed/ladder.html").as_uri(), viewport=size, color_scheme="dark").page
        assert page.evaluate("document.images[0].currentSrc").endswith(f"ladder{picture}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        # a picture with title and source says them itself
        assert (page.locator("h1").bounding_box()["height"] > 10) == title


@pytest.mark.skipif(not AXE.exists(), reason="needs axe-core: npm install --prefix .venv/axe axe-core")
@pytest.mark.parametrize(
    ("language", "schemes"), [("", ("light", "dark")), ("fr/", ("dark", "light"))], ids=["en", "fr"]
)
@pytest.mark.parametrize("name", [*KINDS, "embed/ladder.html", "columns.html"])
def test_axe_finds_nothing_on_a_screen_and_on_a_phone_in_the_light_and_in_the_dark(
    name, language, schemes, visit, folder
):
    at = "" if name == "columns.html" else language
    for scheme, size in zip(schemes, ({"width": 1280, "height": 800}, PHONE), strict=True):
        page = visit((folder / at / name).as_uri(), color_scheme=scheme, viewport=size).page
        page.add_script_tag(path=AXE)
        found = page.evaluate("axe.run({resultTypes: ['violations']})")
        assert len(found["passes"]) > 10
        assert [(one["id"], [node["html"][:200] for node in one["nodes"][:3]]) for one in found["violations"]] == []


class Reader:
    """Somebody who begins on the front page; counts what they press, not what they type."""

    def __init__(self, page, lang):
        self.page, self.lang, self.clicks = page, lang, 0
        page.route(re.compile("^https?:"), lambda route: route.fulfill(body="a source"))

    def click(self, place):
        self.page.locator(place).first.click()
        self.clicks += 1

    def found(self, box, text):
        """Type into the search of a table and return the rows that are left."""
        boxes = self.page.locator("[data-filters]", has=self.page.locator(box))
        boxes.locator("input[type=search]").fill(text)
        return self.page.locator(f"{box} tbody tr").all()


def latest_news_of_fluidstack(reader, ledger):
    reader.click("nav a[href='pledges.html']")
    reader.found("#pledges-table", "Fluidstack")
    reader.click("#pledges-table tbody a")
    assert reader.page.locator("h1").inner_text() == "Fluidstack"
    reader.click("#news-table tr:not(:has(~ tr a)) a")
    news = dated_updates(ledger).query("pledge_id == 'fluidstack-supercomputer'")
    addresses = news["source_id"].map(ledger.sources.set_index("source_id")["url"])
    assert reader.page.url == addresses.dropna().iloc[-1]


def claims_about_brookfield_above_ten_billion(reader, ledger):
    reader.click("nav a[href='tables.html']")
    reader.found("#claims-table", "Brookfield")
    reader.click("#claims-table th:nth-child(2) .dt-column-order")
    rows = [row.locator("td").all() for row in reader.page.locator("#claims-table tbody tr").all()]
    euros = [float(row[1].get_attribute("data-order")) for row in rows]
    assert euros == sorted(euros, reverse=True)
    read = sorted((row[0].inner_text(), sum_) for row, sum_ in zip(rows, euros, strict=True) if sum_ > 1e10)
    known = compare_claims(ledger).query("high_EUR > 1e10 and pledge_id.str.contains('brookfield')")
    names = known["pledge_id"].map(ledger.names(reader.lang))
    assert read == sorted(zip(names, known["high_EUR"].round(), strict=True))


def whether_kenya_signed(reader, ledger):
    reader.click("nav a[href='signatures.html']")
    (row,) = reader.found("#signatures-table", "Kenya")
    heads = [head.inner_text() for head in reader.page.locator("#signatures-table thead .dt-column-title").all()]
    (place,) = (place for place, head in enumerate(heads) if "Paris" in head)
    answer = memberships(ledger).set_index("name_en").loc["Kenya", ledger.about.declaration]
    assert row.locator("td").nth(place).inner_text() == words("signing", reader.lang)[answer]


def how_to_cite_the_ladder(reader, ledger):
    reader.click("#ladder figcaption a")
    assert reader.page.locator("h1").inner_text() in reader.page.locator(".citation").first.inner_text()
    reader.click(".onward a[href$='.bib']")
    reader.page.wait_for_url("**/ladder.bib")
    assert reader.page.locator("body").inner_text().startswith("@misc{ladder")


TASKS = (
    latest_news_of_fluidstack,
    claims_about_brookfield_above_ten_billion,
    whether_kenya_signed,
    how_to_cite_the_ladder,
)


@pytest.mark.parametrize("language", ["", "fr/"], ids=["en", "fr"])
@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.__name__)
def test_a_reader_finds_it_from_the_front_page_with_three_clicks(task, language, visit, folder, ledger):
    reader = Reader(visit((folder / language / "index.html").as_uri()).page, language.strip("/") or "en")
    task(reader, ledger)
    assert 0 < reader.clicks <= 3


@pytest.mark.parametrize("size", [None, PHONE], ids=["screen", "phone"])
@pytest.mark.parametrize("language", ["", "fr/"], ids=["en", "fr"])
def test_whoever_has_no_mouse_or_no_picture_filters_searches_and_sorts(language, size, visit, folder):
    page = visit((folder / language / "pledges.html").as_uri(), viewport=size).page
    controls = page.locator(".filters select, .dt-search input, .dt-column-order")
    heads = [head.inner_text() for head in page.locator("thead .dt-column-title").all()]
    page.locator("main").focus()
    reached = set()
    for _ in range(controls.count() + 1):
        page.keyboard.press("Tab")
        reached.add(controls.evaluate_all("all => all.indexOf(document.activeElement)"))
    assert reached == {-1, *range(controls.count())} and controls.count() == 4 + 1 + len(heads)
    sort = page.locator("[data-sort]").get_attribute("data-sort")
    for head in heads:
        assert page.get_by_role("button", name=head + sort, exact=True).count() == 1
    assert all(page.get_by_role("combobox", name=heads[place], exact=True).count() for place in (2, 4, 5, 7))
    page.get_by_role("button", name=heads[1] + sort, exact=True).focus()
    page.keyboard.press("Enter")
    assert page.locator("thead th").nth(1).get_attribute("aria-sort") == "descending"
    page.get_by_role("combobox", name=heads[5], exact=True).focus()
    page.keyboard.press("ArrowDown")
    chosen = page.locator("tbody tr td:nth-child(6)").all_inner_texts()
    assert len(chosen) == int(page.get_by_role("status").inner_text().split()[0]) > 0
    assert len(set(chosen)) == 1


@pytest.mark.parametrize("name", ["paper.html", "paper-key.html", "fr/paper.html", "fr/paper-key.html"])
def test_the_exercise_on_paper_and_its_key_are_one_sheet_each(name, visit):
    printed = visit((files.shipped("notebooks") / name).as_uri()).page.pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1


def _solutions_are_folded(page, count):
    """They are closed until a reader opens one."""
    folded = page.locator("details.solution")
    assert folded.count() == count
    assert [one.get_attribute("open") for one in folded.all()] == [None] * count
    code = folded.first.locator("pre").first
    assert not code.is_visible()
    folded.first.locator("summary").click()
    assert code.is_visible()


@pytest.mark.parametrize("language", ["", "fr/"], ids=["en", "fr"])
def test_solutions_are_folded_on_the_site(language, visit, folder):
    page = visit((folder / language / f"notebooks/{SIGNED}.html").as_uri(), java_script_enabled=False).page
    _solutions_are_folded(page, 2)


# --- JupyterLab


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A server with a copy of the notebooks and tables, and among them a ledger of another event; its address."""
    home = tmp_path_factory.mktemp("lab")
    for name in ("notebooks", "data"):
        shutil.copytree(files.shipped(name), home / name, ignore=shutil.ignore_patterns(".*"))
    mine = shutil.copytree(OTHER, new_ledger(home / "notebooks" / "mine"), dirs_exist_ok=True)
    text = (mine / "explore.ipynb").read_text(encoding="utf-8")
    files.write_text(mine / "explore.ipynb", text.replace('load(\\"example\\")', 'load(\\".\\")'))
    sources = [
        f"from summit_analysis import explore, load\n{README_LINE}",
        'from IPython.display import HTML\nHTML("<p>$x^2$</p>")',
    ]
    dollars = nbformat.read(home / "notebooks" / f"{START}.ipynb", 4)
    dollars.cells = [nbformat.v4.new_code_cell(source) for source in sources]
    files.write_text(home / "notebooks" / "dollars.ipynb", nbformat.writes(dollars))
    for unrun in (home / "notebooks").rglob(f"{SIGNED}.ipynb"):
        lesson = nbformat.read(unrun, 4)
        for cell in lesson.cells:
            cell.update({"outputs": [], "execution_count": None} if cell.cell_type == "code" else {})
        files.write_text(unrun, nbformat.writes(lesson))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = f"--no-browser --allow-root --port={port} --ServerApp.ip=127.0.0.1 --ServerApp.port_retries=0".split()
    options += ["--IdentityProvider.token=", f"--notebook-dir={home / 'notebooks'}", "--LabApp.news_url="]
    own = {f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    own |= {f"JUPYTERLAB_{name}_DIR": str(home / name.lower()) for name in ("SETTINGS", "WORKSPACES")}
    # cells out of sight would not be in the page at all
    settings = home / "settings" / "@jupyterlab" / "notebook-extension" / "tracker.jupyterlab-settings"
    files.write_text(settings, '{"windowingMode": "none"}')
    with (home / "log").open("w") as log:
        command = [sys.executable, "-m", "jupyterlab", *options]
        server = subprocess.Popen(command, env={**os.environ, **own}, stdout=log, stderr=log, cwd=home)
    address = f"http://127.0.0.1:{port}"
    end, answered = time.monotonic() + SERVER_SECONDS, False
    try:
        while not answered:
            assert server.poll() is None and time.monotonic() < end, (home / "log").read_text()
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/api", timeout=2):
                answered = True
            time.sleep(0.25)
        yield address
    finally:
        server.terminate()
        server.wait(20)


def _run_all(visit, address):
    """Open a notebook and run its cells."""
    visited = visit(address, viewport={"width": 1280, "height": 2000})
    page = visited.page
    page.locator(".jp-Notebook").wait_for(timeout=SERVER_SECONDS * 1000)
    # run before the kernel is there, JupyterLab would ask which one
    page.get_by_text("| Idle").first.wait_for(timeout=SERVER_SECONDS * 1000)
    page.get_by_text("Run", exact=True).first.click()
    page.locator(".lm-Menu-itemLabel", has_text=re.compile(r"^Run All Cells$")).click()
    return visited


@pytest.mark.parametrize(
    ("notebook", "pledge", "currency", "sign"),
    [
        (START, "InvestAI (EU)", "US Dollar (USD)", "$"),
        ("mine/explore", "Narmada campus (Chennai)", "United Arab Emirates Dirham (AED)", "AED"),
    ],
    ids=["ours", "another-event"],
)
def test_jupyterlab_runs_a_notebook_and_its_explorer_follows_the_currency(notebook, pledge, currency, sign, lab, visit):
    visited = _run_all(visit, f"{lab}/lab/workspaces/{Path(notebook).name}/tree/{notebook}.ipynb")
    page = visited.page
    explorer = page.locator(".summit-explorer").last
    explorer.locator("select").first.wait_for(timeout=RUN_SECONDS * 1000, state="attached")
    explorer.scroll_into_view_if_needed()
    sentence = explorer.locator(".summit-explorer-sentence")
    before = sentence.inner_text()
    assert "€" in before
    assert pledge in explorer.inner_text() + explorer.locator("img").first.get_attribute("alt")
    explorer.locator(".summit-explorer-to select").select_option(label=currency)
    page.wait_for_function(
        "before => document.querySelector('.summit-explorer-sentence').innerText !== before", arg=before
    )
    after = sentence.inner_text()
    assert sign in after
    assert "€" not in after
    assert page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.error']").count() == 0
    assert visited.outside(lab, lab.replace("http", "ws")) == []


@pytest.mark.parametrize("language", ["", "fr/"], ids=["en", "fr"])
def test_solutions_stay_folded_after_run_all(language, lab, visit):
    page = _run_all(visit, f"{lab}/lab/workspaces/folded{language.strip('/')}/tree/{language}{SIGNED}.ipynb").page
    last = "/\\d/.test([...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].at(-1).innerText)"
    page.wait_for_function(last, timeout=RUN_SECONDS * 1000)
    assert page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.error']").count() == 0
    _solutions_are_folded(page, 2)


def test_jupyterlab_sets_no_formula_between_two_dollar_signs(lab, visit):
    # a workspace of its own: the usual one would open the notebook of another test beside it
    page = _run_all(visit, f"{lab}/lab/workspaces/dollars/tree/dollars.ipynb").page
    shown = page.locator(".jp-OutputArea-output .summit-exploration")
    shown.wait_for(timeout=RUN_SECONDS * 1000)
    # the formula of the second cell shows that the typesetter has been there
    page.locator("mjx-container").first.wait_for(timeout=SERVER_SECONDS * 1000, state="attached")
    assert page.locator("mjx-container").count() == 1
    assert shown.locator("mjx-container").count() == 0
    assert shown.inner_text().count("$") > 1
