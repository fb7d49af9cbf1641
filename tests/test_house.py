"""The house keeps its form, and what leaves it works alone: imports, types, lint, guide, commands, wheel."""

import ast
import csv
import inspect
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
from typer.testing import CliRunner

import house
import summit_analysis
from summit_analysis import check, load, names_listed, total
from summit_analysis.__main__ import app
from summit_analysis.base.text import long_day
from summit_analysis.ledger import schema

ROOT, PACKAGE = house.ROOT, house.PACKAGE
VERSION = summit_analysis.__version__


def text(*parts):
    return ROOT.joinpath(*parts).read_text(encoding="utf-8")


PROJECT = tomllib.loads(text("pyproject.toml"))


def run(*command, cwd=ROOT, env=None, python=sys.executable):
    words = [python, *map(str, command)]
    return subprocess.run(words, cwd=cwd, env=env, capture_output=True, encoding="utf-8", check=False)


ORDER = "base | money currency | ledger | pledges | timeline signatures article | charts | report | __main__"
"""The floors: a room may import rooms of lower floors only."""
FLOOR = {room: floor for floor, rooms in enumerate(ORDER.split(" | ")) for room in rooms.split()}


def test_rooms_import_one_way_and_no_file_imports_itself_through_others():
    trees = house.sources()
    arrows = house.rooms(trees)
    assert set(arrows) - {"__init__"} == set(FLOOR)
    assert [(one, other) for one in FLOOR for other in arrows[one] if FLOOR[other] >= FLOOR[one]] == []
    assert house.floors({name: house.imported(tree, set(trees)) - {name} for name, tree in trees.items()}) > 0


def test_importing_the_package_leaves_pandas_and_the_library_of_figures_alone():
    code = "import sys; from summit_analysis import charts, __version__; print(__version__, {'pandas', 'matplotlib'} & "
    assert run("-c", f"{code}{{*sys.modules}})").stdout.split() == [VERSION, "set()"]


def test_every_public_name_is_there_and_has_an_example():
    found = {name: getattr(summit_analysis, name) for name in summit_analysis.__all__}
    assert [name for name, one in found.items() if getattr(one, "__name__", name).split(".")[-1] != name] == []
    assert [name for name, one in found.items() if callable(one) and ">>> " not in inspect.getdoc(one)] == []


def without_docstrings(path):
    lines = path.read_text(encoding="utf-8").split("\n")
    for node in ast.walk(ast.parse("\n".join(lines))) if path.suffix == ".py" else []:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            lines[node.lineno - 1 : node.end_lineno] = [""] * (node.end_lineno - node.lineno + 1)
    return "\n".join(lines)


def test_no_id_name_or_day_of_the_shipped_ledger_stands_in_code_templates_or_texts(ledger):
    about = ledger.about
    tables = "event", "pledges", "claims", "sources", "events", "declarations", "statements"
    names = {one for table in tables for one in getattr(ledger, table).iloc[:, 0]}
    names -= {word for words in schema.words(schema.package()).values() for word in words}
    names |= {*ledger.labels["label_en"], *ledger.labels["label_fr"], *ledger.pledges["pledger"]}
    names |= {*ledger.declarations[["title", "short_en", "short_fr"]].to_numpy().ravel()}
    names |= {about.name("en"), about.name("fr"), about.at("en"), about.at("fr"), "Paris", "France", "Élysée", "Macron"}
    names |= {*ledger.sources.loc[ledger.sources["source_id"] == about.article, "publisher"]}
    for day in (about.first_day, about.opening_day, about.last_day, about.headline_day):
        names |= {str(day.date()), long_day(day, lang="en"), long_day(day, lang="fr")}
    own = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, sorted(names, key=len, reverse=True)))})(?![\w-])")
    paths = [path for path in PACKAGE.rglob("*") if path.suffix in (".py", ".pyi", ".toml", ".j2", ".css", ".json")]
    found = {path.name: set(own.findall(without_docstrings(path))) for path in paths}
    # the reader of amounts knows which countries pay in which currency
    assert {name: words for name, words in found.items() if words} == {"lexicon.toml": {"France"}}


USED = """from summit_analysis import charts, load, no_such_name, quote, total
print(total(load(), rule="latest").sentence("fr"), quote("USD", on="2025-02-09").rate)
charts.ladder(load()).save("figures")
total(load(), rule="newest")
quote("USD", on=2025)
"""


def test_mypy_has_nothing_to_say_of_the_package_and_tells_its_users_what_is_wrong(tmp_path):
    (tmp_path / "used.py").write_text(USED)
    said = run("-m", "mypy", PACKAGE, tmp_path / "used.py").stdout
    found = re.findall(r"(\w+)\.py:(\d+): error: .*\[([\w-]+)\]$", said, re.MULTILINE)
    assert found == [("used", "1", "attr-defined"), ("used", "4", "arg-type"), ("used", "5", "arg-type")], said
    # without this mark a user's mypy would not look at the package at all
    assert PROJECT["tool"]["mypy"]["strict"] and (PACKAGE / "py.typed").exists()


def test_ruff_has_nothing_to_say_and_types_are_passed_over_for_a_reason():
    for command in ("ruff check .", "ruff format --check summit_analysis tests"):
        said = run("-m", *command.split())
        assert said.returncode == 0, said.stdout + said.stderr
    ignored = re.findall("# type: ignore.*", "".join(path.read_text("utf-8") for path in PACKAGE.rglob("*.py")))
    assert [one for one in ignored if not re.match(r"# type: ignore\[[\w-]+\]  # \w", one)] == []


def test_what_the_guide_adds_is_sound_and_is_read_and_its_commands_exist(tables, ledger):
    guide = text(".github", "CONTRIBUTING.md")
    for section in re.split(r"^## ", guide, flags=re.MULTILINE):
        for table, rows in re.findall(r"^```csv (\w+)\n(.*?)^```", section, re.MULTILINE | re.DOTALL):
            assert {len(row) for row in csv.reader(io.StringIO(rows))} == {len(schema.fields(table))}, table
            tables.append(table, rows)
        # a pledge and its short names are one piece of work
        assert check(tables).empty, section
    grown = load(tables)
    assert total(grown).low - total(ledger).low == pytest.approx(2e9)
    assert names_listed(grown, "example-2027").loc["state", "low"] == 1
    for words in set(re.findall(r"summit-analysis ([a-z]+(?: update)?)", guide)):
        assert CliRunner().invoke(app, [*words.split(), "--help"]).exit_code == 0, words


def test_each_command_is_the_same_in_readme_gate_and_workflow_and_leaves_out_only_the_long_tests():
    install = "python3 -m venv .venv && .venv/bin/pip install -c summit_analysis/constraints.txt -e '.[test]'"
    main, tests = f"{install} && .venv/bin/summit-analysis", f"{install} && .venv/bin/python -m pytest"
    assert [text("README.md").count(f"```bash\n{command}\n```") for command in (main, tests)] == [1, 1]
    assert f"run: {tests}\n" in text(".github", "workflows", "ci.yml")
    gate = [line for line in text(".ci", "run").splitlines() if line and not line.startswith("#")]
    # what comes before only installs what some tests would be skipped without; both runs count
    assert gate[-5:] == ["set +e", tests, "code=$?", ".venv/bin/python -m pytest -m long", "exit $((code | $?))"]
    options = PROJECT["tool"]["pytest"]["ini_options"]
    assert {"tests", "notebooks"} <= set(options["testpaths"])
    fewer = r"(?:^| )(-k|-m \w+ \w+|-m|--ignore\S*|--deselect\S*|--nbval-lax|--mpl-generate\S*|--lf|-x|--maxfail\S*)\b"
    assert re.findall(fewer, " ".join(options["addopts"])) == ["-m not long"]
    assert {"--nbval", "--mpl", "--doctest-modules"} <= set(options["addopts"])


def test_readme_lists_the_notebooks_and_its_links_lead_somewhere_and_it_names_the_article(ledger):
    listed = re.findall(r"\| \[([\w-]+)\]\(notebooks/([\w-]+)\.ipynb\)", text("README.md"))
    assert listed == [(path.stem, path.stem) for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]
    inside = [link for link in re.findall(r"\]\(([^)#\s]+)\)", text("README.md")) if "://" not in link]
    assert [link for link in inside if not (ROOT / link).exists()] == []
    seed = ledger.sources.set_index("source_id").loc["seed-article"]
    # a page in prose has the apostrophes of print
    for page, title in (("README.md", seed["title"].replace("'", "’")), ("CITATION.cff", seed["title"])):
        assert [words for words in ("LeBigData.fr", title, seed["url"]) if words not in text(page)] == []
    assert f"\nversion: {VERSION}\n" in text("CITATION.cff")


def test_every_dependency_has_an_exact_pin_that_it_allows():
    pins = [Requirement(line) for line in text("summit_analysis", "constraints.txt").splitlines()]
    assert [pin for pin in pins if pin.url or pin.extras or not re.fullmatch(r"==[\w.!+]+", str(pin.specifier))] == []
    project = PROJECT["project"]
    extras = [one for extra in project["optional-dependencies"].values() for one in extra]
    for asked in map(Requirement, [*PROJECT["build-system"]["requires"], *project["dependencies"], *extras]):
        name = canonicalize_name(asked.name)
        versions = [str(pin.specifier).removeprefix("==") for pin in pins if canonicalize_name(pin.name) == name]
        assert versions and all(map(asked.specifier.contains, versions)), asked


# --- a real wheel in an empty environment


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    run("-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder).check_returncode()
    (path,) = folder.glob("*.whl")
    return path


def test_the_wheel_holds_tables_notebooks_and_package_and_nothing_else_and_says_what_it_is(wheel):
    with zipfile.ZipFile(wheel) as archive:
        inside = {name: archive.read(name) for name in archive.namelist()}
    about = {name.split("/", 1)[1]: inside.pop(name).decode("utf-8") for name in [*inside] if ".dist-info/" in name}
    paths = [path for folder in ("data", "notebooks") for path in (ROOT / folder).rglob("[!.]*") if path.is_file()]
    here = {f"_shipped/{path.relative_to(ROOT).as_posix()}": path.read_bytes() for path in paths}
    own = [path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    here |= {path.relative_to(PACKAGE).as_posix(): path.read_bytes() for path in own if path.name != "conftest.py"}
    assert inside == {f"{PACKAGE.name}/{name}": content for name, content in here.items()}
    assert f"Version: {VERSION}" in about["METADATA"] and "License-Expression: MIT AND CC-BY-4.0" in about["METADATA"]
    assert "European Central Bank" in about["licenses/LICENSE"]


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """An environment that holds the wheel, and sees the packages around it but no editable install."""
    home = tmp_path_factory.mktemp("installed")
    venv.create(home / "env", with_pip=False, system_site_packages=False, symlinks=os.name != "nt")
    paths = {"base": str(home / "env"), "platbase": str(home / "env")}
    scripts = Path(sysconfig.get_path("scripts", "venv", paths))
    python = scripts / Path(sys.executable).name
    run("-m", "pip", "--quiet", "--python", python, "install", "--no-deps", "--no-index", wheel).check_returncode()
    # a folder named here is searched last, and the .pth files in it, the editable install's among them, are not read
    around = {sysconfig.get_path(kind) for kind in ("purelib", "platlib")}
    (Path(sysconfig.get_path("purelib", "venv", paths)) / "around.pth").write_text("\n".join(sorted(around)))
    (home / "empty").mkdir()
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV_CORE"))}
    # nbconvert's templates lie beside the packages around, not in them
    env = {**clean, "PYTHONNOUSERSITE": "1", "PYTHONUTF8": "1", "JUPYTER_PATH": f"{sys.prefix}/share/jupyter"}

    def run_there(command, *words):
        done = run(*words, cwd=home / "empty", env=env, python=scripts / command)
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    run_there.python, run_there.home = python.name, home.resolve()
    return run_there


INSTALLED = r"""import pathlib, sys, summit_analysis as s
from summit_analysis.base import files
from summit_analysis.report import site
print(s.__version__, len(s.check()), [path for path in sys.path if pathlib.Path(path, "pyproject.toml").exists()])
print(s.__file__, files.shipped("data"), files.shipped("notebooks"), sep="\n")
site.FIGURES = site.FIGURES[:1]
site.build("report", notebooks=pathlib.Path("none"))
"""


@pytest.mark.long
def test_the_installed_package_is_the_one_of_the_wheel_and_converts_and_writes_a_report(installed):
    said, *places = installed(installed.python, "-c", INSTALLED).splitlines()[:4]
    assert [place for place in places if not Path(place).resolve().is_relative_to(installed.home / "env")] == []
    assert said == f"{VERSION} 0 []"
    assert "385,467,861.62 EUR" in installed("summit-analysis", "convert", "400e6", "USD", "EUR", "--on", "2025-02-09")
    assert "€633bn" in (installed.home / "empty" / "report" / "index.html").read_text(encoding="utf-8")


@pytest.mark.long
def test_the_lessons_run_in_both_languages_where_the_installed_package_copies_them(installed):
    # makes the copy, and JupyterLab only says which one it is
    installed("summit-analysis", "lab", "--version")
    copied = installed.home / "empty" / "summit-notebooks" / "notebooks"
    lessons = [json.loads(path.read_text(encoding="utf-8")) for path in copied.rglob("*.ipynb")]
    cells = sum(cell["cell_type"] == "code" for lesson in lessons for cell in lesson["cells"])
    options = ["--nbval", "--nbval-current-env", "--dist=loadfile", "-n2", "-q", "-p", "no:cacheprovider"]
    assert f"{cells} passed" in installed(installed.python, "-m", "pytest", *options, copied)
    assert len(lessons) == 14
