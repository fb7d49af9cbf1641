"""The code keeps its form: types in mypy's strict mode, ruff's lint, one layout; users see the types, too."""

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import summit_analysis

ROOT = Path(__file__).resolve().parent.parent
IGNORE = re.compile(r"# type: ignore(?:\[(?P<what>[\w-]+)\])?(?:  # (?P<why>\w.+))?")

# what mypy has learnt of pandas and of the language is learnt once
AS_WE_DO = ("--config-file", ROOT / "pyproject.toml", "--cache-dir", ROOT / ".mypy_cache")


def run(*command, cwd=ROOT):
    words = [sys.executable, "-m", *map(str, command)]
    return subprocess.run(words, cwd=cwd, capture_output=True, encoding="utf-8", check=False)


@pytest.mark.parametrize("command", ["mypy", "ruff check .", "ruff format --check summit_analysis tests"])
def test_no_tool_has_anything_to_say(command):
    said = run(*command.split())
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("def double(number): return 2 * number", "no-untyped-def"),
        ("def double(number: dict) -> int: return len(number)", "type-arg"),
        ("import json\ndef read(text: str) -> int: return json.loads(text)", "no-any-return"),
        ("number: int = 2  # type: ignore[assignment]", "unused-ignore"),
    ],
)
def test_the_types_are_held_strictly(line, what, tmp_path):
    (tmp_path / "loose.py").write_text(f"{line}\n")
    said = run("mypy", *AS_WE_DO, "loose.py", cwd=tmp_path)
    assert said.returncode == 1
    assert f"[{what}]" in said.stdout


def test_what_a_type_checker_is_told_to_pass_over_is_little_and_has_a_reason():
    lines = [line for path in (ROOT / "summit_analysis").glob("*.py") for line in path.read_text("utf-8").splitlines()]
    found = [IGNORE.search(line) for line in lines if "type: ignore" in line]
    assert all(one and one["what"] and one["why"] for one in found)
    assert len(found) <= 5


def test_users_of_the_package_see_its_types(tmp_path):
    """Needs the mark `py.typed` and the stub of the lazy names."""
    (tmp_path / "right.py").write_text(
        "from summit_analysis import charts, load, quote, total\n"
        'print(total(load(), rule="latest").sentence("fr"), quote("USD", on="2025-02-09").rate)\n'
        'charts.ladder(load()).save("figures")\n'
    )
    (tmp_path / "wrong.py").write_text(
        "from summit_analysis import load, no_such_name, quote, total\n"
        'total(load(), rule="newest")\n'
        'quote("USD", on=2025)\n'
    )
    said = {name: run("mypy", *AS_WE_DO, f"{name}.py", cwd=tmp_path) for name in ("right", "wrong")}
    assert said["right"].returncode == 0, said["right"].stdout
    assert said["wrong"].returncode == 1
    wrong = re.findall(r"^wrong\.py:(\d): error: .*\[([\w-]+)\]$", said["wrong"].stdout, re.MULTILINE)
    assert wrong == [("1", "attr-defined"), ("2", "arg-type"), ("3", "arg-type")]


@pytest.mark.parametrize("name", [name for name in summit_analysis.__all__ if callable(getattr(summit_analysis, name))])
def test_every_public_docstring_has_an_example(name):
    assert ">>> " in inspect.getdoc(getattr(summit_analysis, name))
