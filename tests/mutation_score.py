"""How many small faults in the arithmetic the tests notice: ``python tests/mutation_score.py [MODULE ...]``.

Cosmic Ray (``pip install cosmic-ray``) finds the places and writes the faults. Its own runner starts Python and pandas
anew for each fault; here a process that has both is forked, imports the faulty module in place of the true one, and
runs the quickest tests first.
"""

import argparse
import ast
import gc
import importlib
import os
import signal
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from importlib.machinery import SourceFileLoader
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import pytest
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
SILENT = ("copy", "provenance", "strict", "validate")
"""Arguments that guard what cannot happen, or spare work: without them all comes out the same."""
UNFIT = ("NoOp", "BitOr_Add", "ExceptionReplacer")
"""Operators that change nothing, between booleans either, or that stumble over `except (A, B)`."""
HEAVY = "babel.numbers dask.dataframe duckdb forex_python frictionless polars pyarrow seaborn typer"
"""What is imported once, before any fork."""
OPTIONS = ["-x", "--hypothesis-profile=first failure", "--assert=plain", "-m", "not long"]
OPTIONS += ["-o", "addopts=--import-mode=importlib", "-p", "_hypothesis_pytestplugin"]
OPTIONS += [f"-pno:{plugin}" for plugin in ("cacheprovider", "terminal", "threadexception", "unraisableexception")]
NO_FAILURE, RUNNER_FAILED = 0, 3


def path_of(module):
    """Return the file of a module, named as inside the package."""
    return ROOT.joinpath(PACKAGE, *module.split(".")).with_suffix(".py")


def faults_of(module):
    """Let Cosmic Ray write the faults: name, and the whole module with one token changed, but not of types."""
    import cosmic_ray.plugins
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.mutating import mutate_code

    source = path_of(module).read_text(encoding="utf-8")
    types, seen = list(type_places(ast.parse(source))), set()
    for name in sorted(cosmic_ray.plugins.operator_names()):
        operator_class = cosmic_ray.plugins.get_operator(name)
        if operator_class.arguments() or name.endswith(UNFIT):
            continue
        operator, short = operator_class(), name.split("/")[-1]
        found = [place for node in ast_nodes(get_ast(source)) for place in operator.mutation_positions(node)]
        for occurrence, (start, _) in enumerate(found):
            place = start, short.split("_")[0]
            # another operator in place of a plus says little more
            if place in seen or any(first <= start < last for first, last in types):
                continue
            changed = mutate_code(source, operator, occurrence)
            if changed and is_another(source, changed):
                seen.add(place)
                yield f"{module}.py:{start[0]}:{start[1]} {short}", changed


def is_another(source, changed):
    """Tell whether a change is Python and another program: the `*` before keyword-only options is no operator."""
    try:
        trees = ast.parse(source), ast.parse(changed)
    except SyntaxError:
        return False
    stars = [sum(bool(getattr(node, "posonlyargs", None)) for node in ast.walk(tree)) for tree in trees]
    return stars[0] == stars[1] and ast.dump(trees[0]) != ast.dump(trees[1])


def type_places(tree):
    """Yield where annotations begin and end, blocks that only type checkers read, and arguments that are silent."""
    for node in ast.walk(tree):
        kinds = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            kinds.append(node)
        if isinstance(node, ast.keyword) and node.arg in SILENT:
            kinds.append(node.value)
        for kind in filter(None, kinds):
            yield (kind.lineno, kind.col_offset), (kind.end_lineno, kind.end_col_offset)


def in_a_fork(work, seconds):
    """Do some work in a copy of this process, which ends when the time is up; return its exit code."""
    child = os.fork()
    if not child:
        code = RUNNER_FAILED
        try:
            signal.alarm(round(seconds))
            silent = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silent, 1)
            os.dup2(silent, 2)
            code = int(work())
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def durations(files):
    """Return how many seconds each test in some files takes, all of which pass as long as there is no fault."""
    with tempfile.NamedTemporaryFile(suffix=".xml") as report:
        if in_a_fork(lambda: pytest.main([*OPTIONS, f"--junitxml={report.name}", *files]), 1800) != NO_FAILURE:
            raise SystemExit(f"Without any fault not all of these tests pass: {' '.join(files)}")
        cases = [case.attrib for case in ElementTree.parse(report.name).iter("testcase")]
    return {f"{case['classname'].replace('.', '/')}.py::{case['name']}": float(case["time"]) for case in cases}


def score(module, workers, sample):
    """Print each fault of a module that no test notices, and how many are noticed."""
    files = [f"tests/{name}.py" for name in TESTS[module]]
    took = durations(files)
    every = list(faults_of(module))
    faults = Random(sample).sample(every, min(sample or len(every), len(every)))

    def tried(source):
        usual = SourceFileLoader.get_code

        def get_code(loader, name):
            here = name == f"{PACKAGE}.{module}"
            return compile(source, loader.path, "exec") if here else usual(loader, name)

        class Sorted:
            def pytest_collection_modifyitems(self, items):
                items.sort(key=lambda item: took.get(item.nodeid, 0.0))

        SourceFileLoader.get_code = get_code
        return pytest.main([*OPTIONS, *files], plugins=[Sorted()])

    noticed = 0
    with ThreadPoolExecutor(workers) as pool:
        codes = pool.map(lambda fault: in_a_fork(lambda: tried(fault[1]), 20 + 2 * sum(took.values())), faults)
        for (name, _), code in zip(faults, codes, strict=True):
            if code == RUNNER_FAILED:
                raise SystemExit(f"{name}: pytest itself stumbled, which says nothing of the tests")
            noticed += code != NO_FAILURE
            # a negative code is that of the alarm: no test failed, but none came to an end
            if code <= 0:
                print(f"  {name}: {'no end' if code else 'SURVIVED'}", flush=True)
    print(f"{module}: {noticed} of {len(faults)} noticed ({noticed / max(len(faults), 1):.1%})", flush=True)


def main():
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
    for heavy in HEAVY.split():
        importlib.import_module(heavy)
    # forks share what they never look through
    gc.freeze()
    # one failing example is enough: none of them is made small
    profile = {"phases": [Phase.explicit, Phase.generate], "derandomize": True, "deadline": None, "database": None}
    settings.register_profile("first failure", **profile)
    for module in options.modules:
        score(module, options.workers, options.sample)
    gc.unfreeze()


if __name__ == "__main__":
    main()
