"""How many small faults in the arithmetic the tests notice: ``python tests/mutation_score.py [MODULE ...]``.

Cosmic Ray (``pip install cosmic-ray``) finds the places and writes the faults. Its own runner starts Python and pandas
anew for each fault; here a process that has both is forked, and the tests that reach the line come first in it, the
quickest of them before the others.
"""

from __future__ import annotations

import argparse
import ast
import gc
import importlib
import importlib.abc
import importlib.util
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from hypothesis import Phase, settings

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "summit_analysis"
TESTS = {
    "money": ["test_base"],
    "currency.rates": ["test_currency"],
    "currency.convert": ["test_currency"],
    "pledges.claims": ["test_pledges", "test_golden"],
    "pledges.status": ["test_pledges", "test_golden"],
    "pledges.once": ["test_totals", "test_golden"],
    "pledges.totals": ["test_totals", "test_golden"],
    "pledges.compare": ["test_pledges", "test_golden"],
    "signatures": ["test_signatures", "test_golden"],
}
"""The module with its tests; those that begin a process of their own would not meet the fault."""
AT_MOST = 1
"""Faults at one place: eleven other operators in place of one plus say little more than one."""
UNFIT = ("NoOp", "ExceptionReplacer")
"""Operators that change nothing, or that stumble over `except (A, B)`."""
HEAVY = ["babel.numbers", "dask.dataframe", "duckdb", "forex_python.converter", "frictionless", "hypothesis"]
HEAVY += ["matplotlib", "openpyxl", "pandas", "polars", "pyarrow", "pytest", "pytest_cov", "seaborn", "typer"]
"""What is imported once, before any fork."""
UNUSED = ["cacheprovider", "terminal", "threadexception", "unraisableexception"]
OPTIONS = ["-x", "--hypothesis-profile=first failure", "--assert=plain", "-m", "not long"]
OPTIONS += ["-o", "addopts=--import-mode=importlib", "-p", "_hypothesis_pytestplugin"]
OPTIONS += [word for plugin in UNUSED for word in ("-p", f"no:{plugin}")]


def path_of(module: str) -> Path:
    """Return the file of a module, named as inside the package."""
    return ROOT.joinpath(PACKAGE, *module.split(".")).with_suffix(".py")


@dataclass(frozen=True)
class Fault:
    """One module with one change of one token."""

    module: str
    operator: str
    line: int
    column: int
    source: str

    @property
    def name(self) -> str:
        return f"{self.module}.py:{self.line}:{self.column} {self.operator}"


def faults_of(module: str) -> Iterator[Fault]:
    """Let Cosmic Ray write each fault, but for types, which nothing executes."""
    import cosmic_ray.plugins
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.mutating import mutate_code

    path = path_of(module)
    source = path.read_text(encoding="utf-8")
    types = list(type_places(ast.parse(source)))
    places: Counter[tuple[tuple[int, int], str]] = Counter()
    for name in sorted(cosmic_ray.plugins.operator_names()):
        operator_class = cosmic_ray.plugins.get_operator(name)
        if operator_class.arguments() or name.endswith(UNFIT):
            continue
        operator = operator_class()
        found = [place for node in ast_nodes(get_ast(source)) for place in operator.mutation_positions(node)]
        for occurrence, (start, _) in enumerate(found):
            family = name.split("/")[-1].split("_")[0]
            if any(first <= start < last for first, last in types) or places[start, family] == AT_MOST:
                continue
            changed = mutate_code(source, operator, occurrence)
            if changed and is_another(source, changed):
                places[start, family] += 1
                yield Fault(module, name.split("/")[-1], *start, changed)


def is_another(source: str, changed: str) -> bool:
    """Tell whether a change is Python and another program: the `*` before keyword-only options is no operator."""
    try:
        trees = ast.parse(source), ast.parse(changed)
    except SyntaxError:
        return False
    stars = [sum(bool(getattr(node, "posonlyargs", None)) for node in ast.walk(tree)) for tree in trees]
    return stars[0] == stars[1] and ast.dump(trees[0]) != ast.dump(trees[1])


def type_places(tree: ast.AST) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Yield where annotations begin and end, and blocks that only type checkers read."""
    for node in ast.walk(tree):
        kinds = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            kinds.append(node)
        for kind in filter(None, kinds):
            yield (kind.lineno, kind.col_offset), (kind.end_lineno, kind.end_col_offset)


class Faulty(importlib.abc.MetaPathFinder, importlib.abc.SourceLoader):
    """Gives the changed source when the module is imported."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault

    def find_spec(self, fullname, path, target=None):
        if fullname == f"{PACKAGE}.{self.fault.module}":
            return importlib.util.spec_from_loader(fullname, self, origin=self.get_filename(fullname))
        return None

    def get_filename(self, fullname):
        return str(path_of(self.fault.module))

    def get_data(self, path):
        return self.fault.source.encode("utf-8")


def in_a_fork(tests: list[str], seconds: float, fault: Fault | None = None) -> int | None:
    """Run tests in a copy of this process; return pytest's exit code, or None if the time was up."""
    child = os.fork()
    if not child:
        os.setsid()
        where = os.open(os.devnull, os.O_WRONLY)
        os.dup2(where, 1)
        os.dup2(where, 2)
        if fault:
            sys.meta_path.insert(0, Faulty(fault))
        import pytest

        code = 3
        try:
            code = int(pytest.main([*OPTIONS, *tests]))
        finally:
            os._exit(code)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.05)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def reached(module: str) -> tuple[dict[int, list[str]], list[str], float]:
    """Return the tests that reach each line of a module, all of its tests, the quickest first, and their seconds."""
    import coverage

    files = [f"tests/{name}.py" for name in TESTS[module]]
    with tempfile.TemporaryDirectory() as folder:
        data, report = Path(folder) / "data", Path(folder) / "report.xml"
        os.environ["COVERAGE_FILE"] = str(data)
        covered = ["-p", "pytest_cov", f"--cov={PACKAGE}", "--cov-context=test", "--cov-report="]
        if in_a_fork([*covered, f"--junitxml={report}", *files], 1200) != 0:
            raise SystemExit(f"Without any fault not all of these tests pass: {' '.join(files)}")
        cases = [case.attrib for case in ElementTree.parse(report).iter("testcase")]
        read = coverage.CoverageData(str(data))
        read.read()
        lines = read.contexts_by_lineno(str(path_of(module)))
    took = {f"{case['classname'].replace('.', '/')}.py::{case['name']}": float(case["time"]) for case in cases}
    tests, by_line = sorted(took, key=took.get), {}
    for line, contexts in lines.items():
        names = {context.split("|")[0] for context in contexts}
        by_line[line] = [test for test in tests if test in names]
    return by_line, tests, sum(took.values())


def score(module: str, workers: int) -> None:
    """Print each fault of a module that no test notices, and how many are noticed."""
    # the shipped ledger is read once for all that stands on it
    importlib.import_module(PACKAGE).load()
    if f"{PACKAGE}.{module}" in sys.modules:
        for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
            del sys.modules[name]
    by_line, tests, seconds = reached(module)
    faults, verdicts = list(faults_of(module)), Counter()

    def verdict_on(fault: Fault) -> str:
        # what a fixture of the whole session reaches is put down to the first test that asks for it: so all are run
        first = by_line.get(fault.line, [])
        code = in_a_fork([*first, *(test for test in tests if test not in first)], 60 + 5 * seconds, fault)
        return {0: "SURVIVED", None: "killed: no end"}.get(code, "killed")

    with ThreadPoolExecutor(workers) as pool:
        for fault, verdict in zip(faults, pool.map(verdict_on, faults), strict=True):
            verdicts[verdict] += 1
            if verdict != "killed":
                print(f"  {fault.name}: {verdict}", flush=True)
    noticed = len(faults) - verdicts["SURVIVED"]
    print(f"{module}: {noticed} of {len(faults)} noticed ({noticed / max(len(faults), 1):.1%})", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", default=list(TESTS), metavar="MODULE")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument(
        "-k", default="", metavar="EXPRESSION", help="only tests of such names: the score is a floor then"
    )
    options = parser.parse_args()
    OPTIONS.extend(["-k", options.k])
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for heavy in HEAVY:
        importlib.import_module(heavy)
    # forks share what they never look through
    gc.freeze()
    # one failing example is enough: none of them is made small
    phases = [Phase.explicit, Phase.generate]
    settings.register_profile("first failure", phases=phases, derandomize=True, deadline=None, database=None)
    for module in options.modules:
        score(module, options.workers)
    gc.unfreeze()


if __name__ == "__main__":
    main()
