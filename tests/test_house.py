"""The house keeps its form: rooms import one way, the package loads lazily, every public name is there, explained."""

import ast
import subprocess
import sys

import pytest

import house
import summit_analysis

ORDER = [
    ("base",),
    ("money", "currency", "signatures"),
    ("ledger",),
    ("pledges",),
    ("timeline", "article"),
    ("charts",),
    ("report",),
    ("__main__",),
]
"""The floors: a room may import rooms of lower floors only."""

FLOOR = {room: floor for floor, rooms in enumerate(ORDER) for room in rooms}
TREES = house.sources()
ARROWS = house.rooms(TREES)


def test_rooms_import_one_way():
    assert set(ARROWS) - {"__init__"} == set(FLOOR)
    wrong = [(one, other) for one in FLOOR for other in ARROWS[one] if FLOOR[other] >= FLOOR[one]]
    assert wrong == []


def test_no_file_imports_itself_through_others():
    names = set(TREES)
    arrows = {name: house.imported(tree, names) & names - {name} for name, tree in TREES.items()}
    assert house.floors(arrows) > 0


def test_a_circle_is_seen():
    with pytest.raises(RecursionError, match="a imports b imports a"):
        house.floors({"a": {"b"}, "b": {"a"}})


def test_every_way_to_import_is_seen():
    ways = {
        "from summit_analysis.base import files, text": {"base.files", "base.text"},
        "from summit_analysis.ledger.tables import load": {"ledger.tables"},
        "def f():\n    from summit_analysis.money import Amount": {"money"},
        "if TYPE_CHECKING:\n    from summit_analysis.money import Amount": set(),
        "from summit_analysis import __version__": set(),
        "import summit_analysis_other, pandas": set(),
    }
    assert {line: house.imported(ast.parse(line), set(TREES)) for line in ways} == ways


def test_importing_the_package_leaves_pandas_alone():
    code = "import sys, summit_analysis; print(summit_analysis.__version__, 'pandas' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == [summit_analysis.__version__, "False"]


def test_every_public_name_is_there():
    found = {name: getattr(summit_analysis, name) for name in summit_analysis.__all__}
    assert [name for name, one in found.items() if getattr(one, "__name__", name).split(".")[-1] != name] == []
    assert set(found) <= set(dir(summit_analysis))


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


def test_everything_public_has_a_docstring():
    assert [name for name, tree in TREES.items() if not ast.get_docstring(tree)] == []
    definitions = [one for name, tree in TREES.items() for one in public(tree, name)]
    assert [name for name, node in definitions if not ast.get_docstring(node)] == []
