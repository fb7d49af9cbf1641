"""Measure the house: `python tests/house.py` prints how large the library is; `test_house.py` holds its form."""

import ast
import subprocess
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "summit_analysis"


def sources():
    """Each module of the library by its dotted name inside it, parsed; what only tests use is not counted."""
    trees = {}
    for path in sorted(path for path in PACKAGE.rglob("*.py") if path.name != "conftest.py"):
        name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")
        trees[name] = ast.parse(path.read_text("utf-8"))
    return trees


def statements(tree):
    """All statements but docstrings: a text alone on its line does nothing."""
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]
    return [node for node in nodes if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))]


def executed(node):
    """What lies below a node, but for blocks that only type checkers read."""
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)):
            yield child
            yield from executed(child)


def imported(tree, names):
    """The modules of this library that a module imports as it runs, inside functions too."""
    found = set()
    for node in executed(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == PACKAGE.name:
            inside = node.module.partition(".")[2]
            modules = {f"{inside}.{alias.name}".lstrip(".") for alias in node.names} & names
            found |= modules or {inside} & names - {""}
    return found


def floors(arrows):
    """How many rooms stand above one another, each on one it imports; a circle has no floors."""

    @cache
    def height(one, above=()):
        if one in above:
            raise RecursionError(" imports ".join((*above, one)))
        return 1 + max((height(other, (*above, one)) for other in arrows[one]), default=0)

    return max(map(height, list(arrows)))


def rooms(trees):
    """Which rooms, folders or modules that stand in none, each room imports."""
    arrows = defaultdict(set)
    for name, tree in trees.items():
        room = name.partition(".")[0]
        arrows[room] |= {other.partition(".")[0] for other in imported(tree, set(trees))} - {room, "__init__"}
    return arrows


def main():
    """Print the measures, one a line."""
    trees = sources()
    every = {name: statements(tree) for name, tree in trees.items()}
    count = sum(map(len, every.values()))
    imports = sum(isinstance(node, ast.Import | ast.ImportFrom) for nodes in every.values() for node in nodes)
    public = ast.parse((PACKAGE / "__init__.pyi").read_text("utf-8"))
    names = sum(len(node.names) for node in public.body if isinstance(node, ast.ImportFrom))
    collect = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-n0"]
    said = subprocess.run(collect, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    lines = sum(len(path.read_text("utf-8").splitlines()) for path in (ROOT / "tests").glob("*.py"))
    print(f"{count} statements, {100 * imports / count:.1f} % of them imports")
    print(f"{sum(len(nodes) > 1 for nodes in every.values())} files besides one-line __init__")
    print(f"{floors(rooms(trees))} floors of folders")
    print(f"{names} public names")
    print(f"{sum('::' in line for line in said.splitlines())} tests in {lines} lines")
    if "-v" in sys.argv:
        for name, nodes in sorted(every.items(), key=lambda one: -len(one[1])):
            print(f"{len(nodes):6} {name}")


if __name__ == "__main__":
    main()
