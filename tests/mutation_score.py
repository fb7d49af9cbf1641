"""How many small faults in the arithmetic the tests notice: ``python tests/mutation_score.py [MODULE ...]``.

Cosmic Ray (``pip install cosmic-ray``) finds the places and writes the faults. Its own runner starts Python and pandas
anew for each fault; here a process that has both, and has collected the tests, is forked, takes the faulty code, and
runs first the tests that reach the line.
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
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random
from types import CodeType, FunctionType
from xml.etree import ElementTree

from hypothesis import Phase, settings

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "summit_analysis"
TESTS = {
    "money": ["test_base"],
    "currency.rates": ["test_currency"],
    "currency.convert": ["test_currency"],
    "pledges.claims": ["test_pledges", "test_totals", "test_golden"],
    "pledges.status": ["test_pledges", "test_golden"],
    "pledges.once": ["test_totals", "test_golden"],
    "pledges.totals": ["test_totals", "test_golden"],
    "pledges.compare": ["test_pledges", "test_golden"],
    "signatures": ["test_signatures", "test_golden"],
}
"""The module with its tests; those that begin a process of their own would not meet the fault."""
AT_MOST = 1
"""Faults at one place: eleven other operators in place of one plus say little more than one."""
SILENT = ("copy", "provenance", "strict", "validate")
"""Arguments that guard what cannot happen, or spare work: without them all comes out the same."""
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
    """Let Cosmic Ray write each fault, but for types, which nothing executes, and for what is silent."""
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
    """Yield where annotations begin and end, blocks that only type checkers read, and arguments that are silent."""
    for node in ast.walk(tree):
        kinds = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            kinds.append(node)
        if isinstance(node, ast.keyword) and node.arg in SILENT:
            kinds.append(node.value)
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


def in_a_fork(work: Callable[[], int], seconds: float) -> int | None:
    """Do some work in a copy of this process; return its exit code, or None if the time was up."""
    child = os.fork()
    if not child:
        os.setsid()
        where = os.open(os.devnull, os.O_WRONLY)
        os.dup2(where, 1)
        os.dup2(where, 2)
        code = 3
        try:
            code = int(work())
        finally:
            os._exit(code)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def reached(module: str) -> tuple[dict[int, list[str]], list[str], float]:
    """Return the tests that reach each line of a module, all of its tests, the quickest first, and their seconds."""
    import coverage
    import pytest

    files = [f"tests/{name}.py" for name in TESTS[module]]
    with tempfile.TemporaryDirectory() as folder:
        data, report = Path(folder) / "data", Path(folder) / "report.xml"
        os.environ["COVERAGE_FILE"] = str(data)
        covered = ["-p", "pytest_cov", f"--cov={PACKAGE}", "--cov-context=test", "--cov-report="]
        if in_a_fork(lambda: pytest.main([*OPTIONS, *covered, f"--junitxml={report}", *files]), 1800) != 0:
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


def codes_of(code: CodeType) -> Iterator[tuple[tuple[str, int], CodeType]]:
    """Yield what is compiled of each function of a module, by its name and its first line."""
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield (inner.co_qualname, inner.co_firstlineno), inner
            yield from codes_of(inner)


def score(module: str, workers: int, sample: int) -> None:
    """Print each fault of a module that no test notices, and how many are noticed."""
    import pytest

    # the shipped ledger is read once for all that stands on it
    importlib.import_module(PACKAGE).load()
    if f"{PACKAGE}.{module}" in sys.modules:
        for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
            del sys.modules[name]
    by_line, tests, seconds = reached(module)
    tree = ast.parse(path_of(module).read_text(encoding="utf-8"))
    bodies = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    inside = {line for node in bodies for line in range(node.body[0].lineno, node.end_lineno + 1)}
    faults, verdicts = list(faults_of(module)), Counter()
    faults = Random(sample).sample(faults, min(sample, len(faults))) if sample else faults

    def verdict_on(fault: Fault, items: dict[str, pytest.Item] | None = None) -> str:
        # what a fixture of the whole session reaches is put down to the first test that asks for it: so all are run
        first = by_line.get(fault.line, [])
        names = sorted(tests, key=lambda test: (test not in first, test.partition("::")[0]))

        def anew() -> int:
            sys.meta_path.insert(0, Faulty(fault))
            return pytest.main([*OPTIONS, *names])

        def in_place() -> int:
            codes = dict(codes_of(compile(fault.source, str(path_of(module)), "exec")))
            for function in functions:
                function.__code__ = codes[function.__code__.co_qualname, function.__code__.co_firstlineno]
            for item, following in pairwise([*map(items.__getitem__, names), None]):
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                if item.session.testsfailed:
                    return 1
            return 0

        code = in_a_fork(in_place if items else anew, 20 + 2 * seconds)
        return {0: "SURVIVED", None: "killed: no end"}.get(code, "killed")

    def judge(some: list[Fault], items: dict[str, pytest.Item] | None = None) -> None:
        with ThreadPoolExecutor(workers) as pool:
            for fault, verdict in zip(some, pool.map(lambda fault: verdict_on(fault, items), some), strict=True):
                verdicts[verdict] += 1
                if verdict != "killed":
                    print(f"  {fault.name}: {verdict}", flush=True)

    class Loop:
        """In place of running the tests, runs them with each fault inside a function."""

        def pytest_runtestloop(self, session: pytest.Session) -> bool:
            path = str(path_of(module))
            found = [one for one in gc.get_objects() if isinstance(one, FunctionType)]
            functions.extend(one for one in found if one.__code__.co_filename == path)
            judge([fault for fault in faults if fault.line in inside], {item.nodeid: item for item in session.items})
            return True

    functions: list[FunctionType] = []
    judge([fault for fault in faults if fault.line not in inside])
    pytest.main([*OPTIONS, "--capture=no", *(f"tests/{name}.py" for name in TESTS[module])], plugins=[Loop()])
    noticed = verdicts.total() - verdicts["SURVIVED"]
    print(f"{module}: {noticed} of {len(faults)} noticed ({noticed / max(len(faults), 1):.1%})", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", default=list(TESTS), metavar="MODULE")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("-k", default="", metavar="EXPRESSION", help="only these tests: the score is a floor then")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="only N of the faults, drawn by chance")
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
        score(module, options.workers, options.sample)
    gc.unfreeze()


if __name__ == "__main__":
    main()
