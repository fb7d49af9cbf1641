"""What leaves the house: a wheel that works alone, two commands written once and meant everywhere, exact pins."""

import csv
import importlib.util
import io
import json
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import summit_analysis

ROOT = Path(__file__).resolve().parent.parent
INSTALL = "python3 -m venv .venv && .venv/bin/pip install -c summit_analysis/constraints.txt -e '.[test]'"
MAIN = f"{INSTALL} && .venv/bin/summit-analysis"
TESTS = f"{INSTALL} && .venv/bin/python -m pytest"
LONG = ".venv/bin/python -m pytest -m long"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def text(*parts):
    return ROOT.joinpath(*parts).read_text(encoding="utf-8")


# --- a real wheel in an empty environment


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    build = ["build", "--wheel", "--no-isolation", "--outdir", folder, ROOT]
    if importlib.util.find_spec("hatchling") is None:
        build = ["pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT]
    subprocess.run([sys.executable, "-m", *map(str, build)], check=True, capture_output=True, text=True, cwd=folder)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """An environment that holds the wheel, and sees the packages around it but no editable install."""
    home = tmp_path_factory.mktemp("installed")
    venv.create(home / "env", with_pip=False, system_site_packages=False, symlinks=os.name != "nt")
    paths = {"base": str(home / "env"), "platbase": str(home / "env")}
    scripts = Path(sysconfig.get_path("scripts", "venv", paths))
    python = scripts / Path(sys.executable).name
    pip = [sys.executable, "-m", "pip", "--quiet", "--python", python, "install", "--no-deps", "--no-index", wheel]
    subprocess.run(list(map(str, pip)), check=True, capture_output=True, text=True)
    # a folder named here is searched last, and the .pth files in it, the editable install's among them, are not read
    around = {sysconfig.get_path(kind) for kind in ("purelib", "platlib")}
    (Path(sysconfig.get_path("purelib", "venv", paths)) / "around.pth").write_text("\n".join(sorted(around)))
    (home / "empty").mkdir()

    def run(*command):
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV_CORE"))}
        return subprocess.run(
            [scripts / command[0], *command[1:]],
            check=True,
            capture_output=True,
            encoding="utf-8",
            cwd=home / "empty",
            env={**environment, "PYTHONNOUSERSITE": "1", "PYTHONUTF8": "1"},
        ).stdout

    run.python, run.home = python.name, home
    return run


def test_the_wheel_holds_tables_notebooks_and_package_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        inside = {name: archive.read(name) for name in archive.namelist()}
    for folder in ("data", "notebooks"):
        here = {path.name: path.read_bytes() for path in (ROOT / folder).iterdir() if path.is_file()}
        prefix = f"summit_analysis/_shipped/{folder}/"
        assert {name.removeprefix(prefix): inside[name] for name in inside if name.startswith(prefix)} == here
    own = [path for path in (ROOT / "summit_analysis").rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert {str(path.relative_to(ROOT)) for path in own} - set(inside) == {"summit_analysis/conftest.py"}
    assert any(path.parent.name == "templates" for path in own)
    assert {name.split("/")[0] for name in inside} == {
        "summit_analysis",
        f"summit_analysis-{summit_analysis.__version__}.dist-info",
    }
    assert [name for name in inside if re.search(r"\.pyc$|checkpoint|/tests?/|/\.", name)] == []


def test_the_wheel_says_what_it_is(wheel):
    info = f"summit_analysis-{summit_analysis.__version__}.dist-info"
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read(f"{info}/METADATA").decode("utf-8")
        licence = archive.read(f"{info}/licenses/LICENSE").decode("utf-8")
    assert f"Version: {summit_analysis.__version__}" in metadata
    assert "License-Expression: MIT AND CC-BY-4.0" in metadata
    assert "European Central Bank" in licence


@pytest.mark.long
def test_the_installed_package_is_the_one_of_the_wheel(installed):
    code = (
        "import json, pathlib, sys, summit_analysis as s\n"
        "from summit_analysis.base import files\nfrom summit_analysis.report import notebooks as execution\n"
        "ledger = s.load()\n"
        "print(json.dumps({'file': s.__file__, 'version': s.__version__, 'pledges': len(ledger.pledges),"
        " 'rate': str(s.quote('USD', on='2025-02-09').rate), 'data': str(files.shipped('data')),"
        " 'notebooks': [str(path) for path in execution.notebook_paths()], 'defects': len(s.check()),"
        " 'editable': [p for p in sys.path if pathlib.Path(p, 'pyproject.toml').exists()]}))"
    )
    answer = json.loads(installed(installed.python, "-c", code))
    home = installed.home.resolve()
    for place in (answer["file"], answer["data"], *answer["notebooks"]):
        assert Path(place).resolve().is_relative_to(home / "env")
    assert answer["version"] == summit_analysis.__version__
    assert answer["pledges"] == len(summit_analysis.load().pledges)
    assert answer["rate"] == "1.0377"
    assert answer["defects"] == 0
    assert answer["editable"] == []
    assert [Path(path).name for path in answer["notebooks"]] == sorted(
        path.name for path in (ROOT / "notebooks").glob("*.ipynb")
    )


@pytest.mark.long
def test_the_installed_command_converts(installed):
    assert "385,467,861.62 EUR" in installed("summit-analysis", "convert", "400e6", "USD", "EUR", "--on", "2025-02-09")
    assert "No finding" in installed("summit-analysis", "check")


@pytest.mark.long
def test_the_installed_package_writes_a_report(installed):
    code = (
        "import pathlib\n"
        "from summit_analysis.report import site as report\n"
        "report.FIGURES = report.FIGURES[:1]\n"
        "report.build('report', notebooks=pathlib.Path('none'))"
    )
    installed(installed.python, "-c", code)
    report = installed.home / "empty" / "report"
    assert "€632.8bn" in (report / "index.html").read_text(encoding="utf-8")
    assert len(list((report / "figures").glob("*.png"))) == len(list((report / "fr" / "figures").glob("*.png"))) == 1
    assert "prefers-color-scheme" in (report / "style.css").read_text(encoding="utf-8")


# --- two commands


@pytest.mark.parametrize("command", [MAIN, TESTS])
def test_readme_holds_each_command_on_a_line_of_its_own(command):
    assert text("README.md").splitlines().count(command) == 1
    assert f"```bash\n{command}\n```" in text("README.md")


GATE = [line for line in text(".ci", "run").splitlines() if line and not line.startswith("#")]


def test_the_gate_ends_in_the_test_command_and_the_long_tests():
    assert GATE[:2] == ["set -euo pipefail", 'cd "$(dirname "$0")/.."']
    assert [line for line in GATE if "pytest" in line] == [TESTS, LONG]
    # what comes before only installs what some tests would be skipped without
    assert GATE[-5:] == ["set +e", TESTS, "code=$?", LONG, "exit $((code | $?))"]
    assert os.name == "nt" or os.access(ROOT / ".ci" / "run", os.X_OK)


@pytest.mark.skipif(os.name == "nt", reason="the gate is a script of bash")
@pytest.mark.parametrize("codes", [(0, 0), (1, 0), (0, 2)])
def test_the_gate_fails_if_one_of_its_two_runs_does(codes, tmp_path):
    for name, script in {
        "pip": "true",
        "python": f'case "$*" in *long) exit {codes[1]};; *) exit {codes[0]};; esac',
    }.items():
        path = tmp_path / ".venv" / "bin" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
    lines = [GATE[0], "python3() { true; }", *GATE[-5:]]
    assert subprocess.run(["bash", "-c", "\n".join(lines)], cwd=tmp_path, check=False).returncode == sum(codes)


def test_the_workflow_runs_the_test_command():
    assert f"run: {TESTS}\n" in text(".github", "workflows", "ci.yml")


def test_the_test_command_leaves_nothing_out_but_the_long_tests():
    options = PROJECT["tool"]["pytest"]["ini_options"]
    assert {"tests", "notebooks"} <= set(options["testpaths"])
    words = " ".join(options["addopts"])
    fewer = r"(?:^| )(-k|-m \w+ \w+|-m|--ignore\S*|--deselect\S*|--nbval-lax|--mpl-generate\S*|--lf|-x|--maxfail\S*)\b"
    assert re.findall(fewer, words) == ["-m not long"]
    assert {"--nbval", "--mpl", "--doctest-modules"} <= set(options["addopts"])
    assert [marker.split(":")[0] for marker in options["markers"]] == ["long"]


def test_readme_lists_the_notebooks():
    listed = re.findall(r"\| \[([\w-]+)\]\(notebooks/([\w-]+)\.ipynb\)", text("README.md"))
    there = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
    assert listed == [(name, name) for name in there]


def test_the_links_of_readme_lead_somewhere():
    links = re.findall(r"\]\(([^)#\s]+)\)", text("README.md"))
    inside = [link for link in links if "://" not in link]
    assert inside
    assert [link for link in inside if not (ROOT / link).exists()] == []


def test_readme_and_citation_name_and_link_the_article(ledger):
    seed = ledger.sources.set_index("source_id").loc["seed-article"]
    for page in ("README.md", "CITATION.cff"):
        assert "LeBigData.fr" in text(page)
        assert seed["title"] in text(page)
        assert seed["url"] in text(page)


def test_the_version_is_the_same_everywhere():
    assert f"\nversion: {summit_analysis.__version__}\n" in text("CITATION.cff")
    assert PROJECT["project"]["dynamic"] == ["version"]


# --- pins


PINS = [Requirement(line) for line in text("summit_analysis", "constraints.txt").splitlines()]


def test_pins_are_exact_and_hold_no_address():
    assert PINS
    assert "://" not in text("summit_analysis", "constraints.txt")
    assert [
        str(pin) for pin in PINS if pin.url or pin.extras or not re.fullmatch(r"==[\w.!+]+", str(pin.specifier))
    ] == []


def test_every_dependency_is_pinned_to_a_version_it_allows():
    extras = PROJECT["project"]["optional-dependencies"].values()
    asked = [
        *PROJECT["build-system"]["requires"],
        *PROJECT["project"]["dependencies"],
        *(one for extra in extras for one in extra),
    ]
    assert len(asked) > 10
    for requirement in map(Requirement, asked):
        pins = [pin for pin in PINS if canonicalize_name(pin.name) == canonicalize_name(requirement.name)]
        assert pins, f"{requirement.name} has no pin"
        for pin in pins:
            assert requirement.specifier.contains(str(pin.specifier).removeprefix("==")), f"{pin} is not {requirement}"


# --- measured numbers


def ratios(name):
    """Return the ratios of a committed table as the benchmarks' page prints them, without those of small tables."""
    rows = csv.DictReader(io.StringIO(text("tests", "benchmarks", name)))
    found = [float(row["multiplications"]) for row in rows if row["multiplications"] and row["rows"] != "100"]
    return {f"{ratio:,.1f}" if ratio < 100 else f"{ratio:,.0f}" for ratio in found}


@pytest.mark.parametrize(("column", "file"), [(2, "ratios-first-run.csv"), (3, "ratios.csv")])
def test_the_ratios_that_were_measured_are_printed(column, file):
    page = text("tests", "benchmarks", "README.md")
    table = re.search(r"^\| way \| run 1 \|.*?\n\n", page, re.MULTILINE | re.DOTALL).group()
    cells = [line.split("|")[column] for line in table.strip().splitlines()[2:]]
    printed = [ratio.strip() for cell in cells for ratio in cell.split("/")]
    assert len(printed) >= 14
    assert set(printed) <= ratios(file)
