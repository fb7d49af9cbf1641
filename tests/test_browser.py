"""The report and JupyterLab in a real browser: nothing from outside, nothing broken, nothing out of reach.

Needs Playwright (extra `browser`) and Chromium, for the checks of accessibility also axe-core; `.ci/run` installs them.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from summit_analysis import new_ledger
from summit_analysis.base import files
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
START = "01-fourteen-sums"
NAMES = "index methods pledges signatures timeline tables sources changes pledges/france-109bn figures/ladder"
KINDS = [f"{name}.html" for name in [*NAMES.split(), f"notebooks/{START}", "notebooks/07-euros-dollars-and-the-day"]]
"""One page of each kind that has the frame of the site."""
DOLLARS = """from IPython.display import HTML, display
from summit_analysis import explore, load
display(explore(load(), to="USD", money_kinds="private"), HTML("<p>$x^2$</p>"))"""
LANGUAGES = pytest.mark.parametrize("language", ["", "fr/"], ids=["en", "fr"])
SECONDS = 180


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as engine:
        started = engine.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield started
        started.close()


@pytest.fixture
def visit(browser):
    """Return a function that opens an address; what the page asks for and complains of is kept on it."""
    contexts = []

    def open_page(address, **options):
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.asked, page.complaints = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: message.type == "error" and page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()


def outside(page, *allowed):
    return [url for url in page.asked if not url.startswith((*allowed, "data:", "blob:", "about:"))]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The report as it is written for readers, nothing left out."""
    return build(tmp_path_factory.mktemp("site") / "report").folder


@LANGUAGES
@pytest.mark.parametrize("name", KINDS)
def test_a_page_opens_from_the_disk_on_a_phone_whole_and_asks_nothing_of_elsewhere(name, language, visit, folder):
    page = visit((folder / language / name).as_uri(), viewport=PHONE)
    loaded = "async one => { one.loading = 'eager'; await one.decode(); return one.naturalWidth > 0 }"
    pictures = page.evaluate(f"Promise.all([...document.images].map({loaded}))")
    assert all(pictures) and (pictures or not name.startswith(("index", "figures", "notebooks")))
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    # long lists, and the claims and news of a pledge, are read without moving them sideways
    wide = "one => one.matches('[data-filters] *, dl ~ section *') && one.scrollWidth > one.clientWidth"
    assert page.evaluate(f"[...document.querySelectorAll('.scroll')].filter({wide}).map(one => one.id)") == []
    assert (outside(page, "file://"), page.complaints) == ([], [])


def test_the_first_key_leads_past_the_navigation_which_is_not_printed_and_dark_differs(visit, folder):
    address, colour = (folder / "index.html").as_uri(), "getComputedStyle(document.body).backgroundColor"
    light, dark = (visit(address, color_scheme=scheme) for scheme in ("light", "dark"))
    assert light.evaluate(colour) != dark.evaluate(colour)
    light.keyboard.press("Tab")
    light.keyboard.press("Enter")
    assert light.evaluate("location.hash") == light.evaluate("'#' + document.querySelector('main').id")
    navigation = light.locator("nav").first
    assert navigation.is_visible()
    light.emulate_media(media="print")
    assert not navigation.is_visible()


@pytest.mark.parametrize(("language", "day"), [("", "5 January 2027"), ("fr/", "5 janvier 2027")], ids=["en", "fr"])
def test_a_citation_has_the_day_of_its_reader_and_an_embedded_figure_fits_its_frame(language, day, visit, folder):
    page = visit((folder / language / "figures/ladder.html").as_uri())
    page.clock.set_fixed_time("2027-01-05T12:00:00")
    page.reload()
    assert page.locator(".citation time").inner_text() == day
    for width, picture, title in ((390, "-narrow.png", True), (800, ".svg", False)):
        size = {"width": width, "height": 600}
        page = visit((folder / language / "embed/ladder.html").as_uri(), viewport=size, color_scheme="dark")
        assert page.evaluate("document.images[0].currentSrc").endswith(f"ladder{picture}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        # a picture with title and source says them itself
        assert (page.locator("h1").bounding_box()["height"] > 10) == title


@pytest.mark.skipif(not AXE.exists(), reason="needs axe-core: npm install --prefix .venv/axe axe-core")
@LANGUAGES
@pytest.mark.parametrize("name", [*KINDS, "embed/ladder.html", "../columns.html"])
def test_axe_finds_nothing_on_a_screen_in_the_light_and_on_a_phone_in_the_dark(name, language, visit, folder):
    name = name.removeprefix("" if language else "../")
    for scheme, size in (("light", {"width": 1280, "height": 800}), ("dark", PHONE)):
        page = visit((folder / language / name).as_uri(), color_scheme=scheme, viewport=size)
        page.add_script_tag(path=AXE)
        found = page.evaluate("axe.run({resultTypes: ['violations']})")
        assert len(found["passes"]) > 10
        assert [(one["id"], [node["html"][:200] for node in one["nodes"][:3]]) for one in found["violations"]] == []


@pytest.fixture(params=["", "fr/"], ids=["en", "fr"])
def front(request, visit, folder):
    """The front page: each of the next things is found from here with three clicks at most."""
    page = visit((folder / request.param / "index.html").as_uri())
    page.route(re.compile("^https?:"), lambda route: route.fulfill(body="a source"))
    return page


def search(page, table, text):
    """Type into the search of a table and return the rows that are left."""
    page.locator("[data-filters]", has=page.locator(table)).locator("input[type=search]").fill(text)
    return page.locator(f"{table} tbody tr").all()


def test_the_latest_news_of_a_pledge_is_found(front, ledger):
    front.locator("nav a[href='pledges.html']").first.click()
    search(front, "#pledges-table", "Fluidstack")
    front.locator("#pledges-table tbody a").first.click()
    assert front.locator("h1").inner_text() == "Fluidstack"
    front.locator("#news-table tr:not(:has(~ tr a)) a").first.click()
    news = dated_updates(ledger).query("pledge_id == 'fluidstack-supercomputer'")
    assert front.url == news["source_id"].map(ledger.sources.set_index("source_id")["url"]).dropna().iloc[-1]


def test_the_largest_claims_about_a_pledger_are_found(front):
    front.locator("nav a[href='tables.html']").first.click()
    rows = search(front, "#claims-table", "Brookfield")
    front.locator("#claims-table th:nth-child(2) .dt-column-order").click()
    cells = front.locator("#claims-table tbody td:nth-child(2)").all()
    euros = [float(cell.get_attribute("data-order")) for cell in cells]
    assert euros == sorted(euros, reverse=True) and len(euros) == len(rows) > 3


def test_how_to_cite_a_figure_is_found(front):
    front.locator("#ladder figcaption a").first.click()
    assert front.locator("h1").inner_text() in front.locator(".citation").first.inner_text()
    front.locator(".onward a[href$='.bib']").first.click()
    front.wait_for_url("**/ladder.bib")
    assert front.locator("body").inner_text().startswith("@misc{ladder")


@pytest.mark.parametrize("size", [None, PHONE], ids=["screen", "phone"])
@LANGUAGES
def test_whoever_has_no_mouse_or_no_picture_filters_searches_and_sorts(language, size, visit, folder):
    page = visit((folder / language / "pledges.html").as_uri(), viewport=size)
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
    printed = visit((files.shipped("notebooks") / name).as_uri()).pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of JupyterLab as the command opens it for a class, beside the lessons another ledger."""
    home = tmp_path_factory.mktemp("lab")
    # cells out of sight would not be in the page at all
    settings = home / "jupyter/lab/user-settings/@jupyterlab/notebook-extension/tracker.jupyterlab-settings"
    files.write_text(settings, '{"windowingMode": "none"}')
    own = dict.fromkeys(["JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"], str(home / "jupyter"))
    options = ["--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1", "--IdentityProvider.token="]
    with (home / "log").open("w") as log:
        command = [sys.executable, "-m", "summit_analysis", "lab", "--without-outputs", *options]
        server = subprocess.Popen(command, env=os.environ | own, stdout=log, stderr=log, cwd=home)
    end = time.monotonic() + SECONDS
    try:
        while not (begun := [*home.glob("jupyter/runtime/jpserver-*.json")]):
            assert server.poll() is None and time.monotonic() < end, (home / "log").read_text()
            time.sleep(0.25)
        copied = home / "summit-notebooks"
        new_ledger(copied / "mine")
        dollars = nbformat.read(copied / "mine" / "explore.ipynb", 4)
        dollars.cells = [nbformat.v4.new_code_cell(DOLLARS)]
        files.write_text(copied / "dollars.ipynb", nbformat.writes(dollars))
        yield json.loads(begun[0].read_text())["url"].rstrip("/")
    finally:
        server.terminate()
        server.wait(20)


def _run_all(visit, lab, notebook):
    """Open a notebook in a workspace of its own and run its cells."""
    address = f"{lab}/lab/workspaces/{notebook.replace('/', '-')}/tree/{notebook}.ipynb"
    page = visit(address, viewport={"width": 1280, "height": 2000})
    page.set_default_timeout(SECONDS * 1000)
    # run before the kernel is there, JupyterLab would ask which one
    page.get_by_text("| Idle").first.wait_for()
    page.get_by_text("Run", exact=True).first.click()
    page.locator(".lm-Menu-itemLabel", has_text=re.compile(r"^Run All Cells$")).click()
    return page


OURS = f"notebooks/{START}", "InvestAI (EU)", "US Dollar (USD)", "$"
ANOTHER_EVENT = "mine/explore", "Rivers package", "United Arab Emirates Dirham (AED)", "AED"


@pytest.mark.parametrize(("notebook", "pledge", "currency", "sign"), [OURS, ANOTHER_EVENT])
def test_jupyterlab_runs_a_notebook_and_its_explorer_follows_the_currency(notebook, pledge, currency, sign, lab, visit):
    page = _run_all(visit, lab, notebook)
    explorer = page.locator(".summit-explorer").last
    explorer.locator("select").first.wait_for(state="attached")
    explorer.scroll_into_view_if_needed()
    sentence = explorer.locator(".summit-explorer-sentence")
    before = sentence.inner_text()
    assert "€" in before and pledge in explorer.inner_text() + explorer.locator("img").first.get_attribute("alt")
    explorer.locator(".summit-explorer-to select").select_option(label=currency)
    changed = "before => document.querySelector('.summit-explorer-sentence').innerText !== before"
    page.wait_for_function(changed, arg=before)
    assert sign in sentence.inner_text() and "€" not in sentence.inner_text()
    assert page.locator("[data-mime-type='application/vnd.jupyter.error']").count() == 0
    assert outside(page, lab, lab.replace("http", "ws")) == []


def test_jupyterlab_sets_no_formula_between_two_dollar_signs(lab, visit):
    page = _run_all(visit, lab, "dollars")
    shown = page.locator(".jp-OutputArea-output .summit-exploration")
    shown.wait_for()
    # the formula after it shows that the typesetter has been there
    page.locator("mjx-container").first.wait_for(state="attached")
    assert (page.locator("mjx-container").count(), shown.locator("mjx-container").count()) == (1, 0)
    assert shown.inner_text().count("$") > 1
