"""Modules import one way, the package loads lazily, and everything public is explained."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import summit_analysis

PACKAGE = "summit_analysis"
ORDER = [
    "errors", "rows", "files", "exports", "amounts", "words", "columns", "display",
    "days", "rates", "conventions", "quotes", "coding", "lookups", "frames", "conversion",
    "downloads", "ecb_file", "live", "freshness", "refreshing",
    "tidy", "joining", "grouping", "engines",
    "envelopes", "schema", "defects", "cell_rules", "rules", "corrections", "validation", "table_files", "tables",
    "sources",
    "claims", "resolving", "outcomes",
    "horizons", "selection",
    "tree", "ties", "reckoning", "sentences", "splitting", "totals", "descent", "rungs", "comparisons", "sensitivity",
    "statements",
    "chronology", "novelty", "signing", "signing_groups", "signing_counts", "releases", "worldmap",
    "lexicon", "passages", "currencies", "numerals", "scales", "quantities", "hedges", "terms", "joined", "mentions",
    "rounding", "hulls", "aliases", "naming", "surroundings", "matches", "evidence", "judging", "reasons", "matching",
    "markup", "articles", "drafts",
    "charts_canvas", "charts", "charts_rows", "charts_days", "charts_claims", "charts_sums", "charts_totals",
    "charts_sensitivity", "charts_status", "charts_statements", "charts_conflicts", "charts_comparison", "charts_gdp",
    "charts_timeline", "charts_announced",
    "charts_signing", "charts_intersections", "charts_map", "charts_counts", "charts_bars",
    "exploration", "explorer",
    "differences", "side_by_side", "execution", "caching", "drawing", "headlines", "methods", "pages", "notebook_pages",
    "making", "references", "report_pages", "report",
    "console", "rate_commands", "scan_commands", "__main__",
]  # fmt: skip
"""Each module may import only those before it."""

PATHS = sorted(
    set(Path(summit_analysis.__file__).parent.glob("*.py")) - {Path(summit_analysis.__file__).with_name("conftest.py")}
)
TREES = {path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in PATHS}


def imported(tree):
    """Return the modules of this package that a module imports, inside functions too."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = f"{PACKAGE}.{base}".rstrip(".")
            found |= {f"{base}.{alias.name}" for alias in node.names} if base == PACKAGE else {base}
    # the version is the one thing that stands in the package itself
    inside = {name for name in found - {f"{PACKAGE}.__version__"} if f"{name}.".startswith(f"{PACKAGE}.")}
    return {name.removeprefix(PACKAGE).removeprefix(".").partition(".")[0] or PACKAGE for name in inside}


@pytest.mark.parametrize("module", sorted(TREES.keys() - {"__init__"}))
def test_a_module_imports_only_earlier_ones(module):
    assert module in ORDER
    assert imported(TREES[module]) <= set(ORDER[: ORDER.index(module)])


def test_the_package_itself_imports_no_module():
    assert imported(TREES["__init__"]) == set()


@pytest.mark.parametrize(
    ("line", "modules"),
    [
        ("import summit_analysis.rates", {"rates"}),
        ("from summit_analysis import files, rates", {"files", "rates"}),
        ("from summit_analysis.tables import load", {"tables"}),
        ("from . import tables", {"tables"}),
        ("from .tables import load", {"tables"}),
        ("def f():\n    from summit_analysis import load", {"load"}),
        ("import summit_analysis", {"summit_analysis"}),
        ("from summit_analysis import __version__", set()),
        ("import summit_analysis_other, pandas", set()),
    ],
)
def test_every_way_to_import_is_seen(line, modules):
    assert imported(ast.parse(line)) == modules


def test_importing_the_package_leaves_pandas_alone():
    code = f"import sys, {PACKAGE}; print({PACKAGE}.__version__, 'pandas' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == [summit_analysis.__version__, "False"]


@pytest.mark.parametrize("name", summit_analysis.__all__)
def test_every_public_name_is_there(name):
    found = getattr(summit_analysis, name)
    assert getattr(found, "__name__", name) == name
    assert name in dir(summit_analysis)


def test_type_checkers_are_told_of_each_public_name_and_its_home():
    stub = ast.parse(Path(summit_analysis.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    lines = [node for node in stub.body if isinstance(node, ast.ImportFrom)]
    told = {alias.asname: line.module for line in lines for alias in line.names if alias.asname == alias.name}
    assert told == {name: f"{PACKAGE}.{module}" for name, module in summit_analysis._HOME.items()}


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = summit_analysis.no_such_name


def public(node, prefix):
    """Yield (name, definition) of what can be called from outside, methods too."""
    for child in node.body:
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not child.name.startswith("_"):
            yield f"{prefix}.{child.name}", child
            if isinstance(child, ast.ClassDef):
                yield from public(child, f"{prefix}.{child.name}")


@pytest.mark.parametrize("module", sorted(TREES))
def test_everything_public_has_a_docstring(module):
    assert ast.get_docstring(TREES[module])
    assert [name for name, node in public(TREES[module], module) if not ast.get_docstring(node)] == []
