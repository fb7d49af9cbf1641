"""The code keeps its form: types in mypy's strict mode, ruff's lint, one layout; users see the types, too."""

import inspect
import re
import subprocess
import sys
from pathlib import Path

import summit_analysis

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "summit_analysis"
IGNORE = re.compile(r"# type: ignore(?:\[(?P<what>[\w-]+)\])?(?:  # (?P<why>\w.+))?")
SAID = re.compile(r"^(.+?):(\d+): error: .*\[([\w-]+)\]$", re.MULTILINE)
USERS = {
    "right": (
        "from summit_analysis import charts, load, quote, total\n"
        'print(total(load(), rule="latest").sentence("fr"), quote("USD", on="2025-02-09").rate)\n'
        'charts.ladder(load()).save("figures")\n',
        [],
    ),
    "wrong": (
        "from summit_analysis import load, no_such_name, quote, total\n"
        'total(load(), rule="newest")\n'
        'quote("USD", on=2025)\n',
        [("1", "attr-defined"), ("2", "arg-type"), ("3", "arg-type")],
    ),
    "untyped": ("def double(number): return 2 * number\n", [("1", "no-untyped-def")]),
    "any_dict": ("def double(number: dict) -> int: return len(number)\n", [("1", "type-arg")]),
    "any_json": ("import json\ndef read(text: str) -> int: return json.loads(text)\n", [("2", "no-any-return")]),
    "unused": ("number: int = 2  # type: ignore[assignment]\n", [("1", "unused-ignore")]),
}
"""Files of users of the package, and what mypy says of each in our strict mode: line and kind of the error."""


def run(*command):
    words = [sys.executable, "-m", *map(str, command)]
    return subprocess.run(words, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)


def test_mypy_has_nothing_to_say_of_the_package_and_tells_its_users_what_is_wrong(tmp_path):
    for name, (lines, _) in USERS.items():
        (tmp_path / f"{name}.py").write_text(lines)
    said = run("mypy", PACKAGE, *tmp_path.glob("*.py")).stdout
    found = {name: [] for name in USERS}
    for path, line, what in SAID.findall(said):
        found.setdefault(Path(path).stem if "summit_analysis" not in path else path, []).append((line, what))
    assert found == {name: errors for name, (_, errors) in USERS.items()}, said
    # without this mark a user's mypy would not look at the package at all
    assert (PACKAGE / "py.typed").exists()


def test_ruff_has_nothing_to_say():
    for command in ("ruff check .", "ruff format --check summit_analysis tests"):
        said = run(*command.split())
        assert said.returncode == 0, said.stdout + said.stderr


def test_what_a_type_checker_is_told_to_pass_over_is_little_and_has_a_reason():
    lines = [line for path in PACKAGE.rglob("*.py") for line in path.read_text("utf-8").splitlines()]
    found = [IGNORE.search(line) for line in lines if "type: ignore" in line]
    assert all(one and one["what"] and one["why"] for one in found)
    assert len(found) <= 5


def test_every_public_docstring_has_an_example():
    public = {name: getattr(summit_analysis, name) for name in summit_analysis.__all__}
    assert [name for name, one in public.items() if callable(one) and ">>> " not in inspect.getdoc(one)] == []
