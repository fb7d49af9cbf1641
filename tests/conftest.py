"""What every test shares: the shipped ledger, an editable copy of its tables, and no way out to the network."""

import os
import runpy
import shutil
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings

import summit_analysis
import summit_analysis.__main__ as cli
from summit_analysis.base import files
from summit_analysis.currency.rates import RATES_FILE
from summit_analysis.ledger import schema

# for this process now, and for each Python that it starts: the kernels of notebooks, the command line
OFFLINE = Path(__file__).with_name("offline")
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(OFFLINE), os.environ.get("PYTHONPATH")]))
runpy.run_path(str(OFFLINE / "sitecustomize.py"))

# the same examples on every machine: a red test is red for everyone
settings.register_profile("same everywhere", derandomize=True, deadline=None, database=None)
settings.load_profile("same everywhere")


def pytest_addoption(parser):
    parser.addoption("--kills", type=int, default=2, help="how many runs of the report to kill")
    parser.addoption("--write-golden", action="store_true", help="write the golden tables anew")
    parser.addoption("--mutations", type=int, default=46, help="how many spoilt tables to try")


@pytest.fixture(scope="session")
def ledger():
    return summit_analysis.load()


@pytest.fixture(scope="session")
def other():
    """A small ledger of an invented event: dollars and rupees, words of its own, five tables and no more."""
    return summit_analysis.load(Path(__file__).with_name("other-event"))


@pytest.fixture(scope="session")
def empty(tmp_path_factory):
    """A folder of the five tables that a ledger needs, with their header only."""
    folder = tmp_path_factory.mktemp("nothing-yet")
    for table in ("event", "sources", "pledges", "labels", "claims"):
        folder.joinpath(f"{table}.csv").write_text(",".join(schema.fields(table)) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def published():
    """The text of the ECB's file as {day: {currency: text}}, read without the code under test."""
    table = pd.read_csv(files.shipped("data") / RATES_FILE, dtype=str, keep_default_na=False, index_col="Date")
    rows = table.filter(regex="^[A-Z]{3}$").to_dict("index")
    return {date.fromisoformat(day): row for day, row in rows.items()}


@pytest.fixture(scope="session")
def anew():
    """Return a function that names those of some works that do not hand out the same again: a thing, or its cells."""

    def same(one, other):
        if not isinstance(one, pd.DataFrame):
            return one is other
        names = [name for name in one if isinstance(one[name].dtype, np.dtype) and one[name].dtype != object]
        return all(np.shares_memory(one[name].to_numpy(), other[name].to_numpy()) for name in names)

    return lambda *works: [work for work in works if not same(work(), work())]


@pytest.fixture
def main(monkeypatch, capsys):
    """Return a function that runs the whole program in this process: its exit code, what it printed, its errors."""

    def program(*words):
        monkeypatch.setattr(sys, "argv", ["summit-analysis", *map(str, words)])
        with pytest.raises(SystemExit) as stopped:
            sys.exit(cli.main())
        return stopped.value.code or 0, *capsys.readouterr()

    return program


class Tables:
    """A folder of tables that a test may spoil; passes for a path."""

    def __init__(self, folder):
        self.folder = Path(shutil.copytree(files.shipped("data"), folder))

    def __fspath__(self):
        return str(self.folder)

    def path(self, table):
        return self.folder / schema.resources()[table]["path"]

    def edit(self, table, key_column, key, column, value):
        """Write one cell and return the number of its row in the file."""
        frame = pd.read_csv(self.path(table), dtype=str, keep_default_na=False)
        row = frame.index[frame[key_column] == key][0]
        frame.loc[row, column] = value
        frame.to_csv(self.path(table), index=False, lineterminator="\n")
        return row + 2

    def append(self, table, rows):
        """Write further lines and return how many there are then."""
        text = self.path(table).read_text(encoding="utf-8") + rows
        self.path(table).write_text(text, encoding="utf-8", newline="")
        return len(text.splitlines())


@pytest.fixture(scope="session")
def copy_tables(tmp_path_factory):
    """Return a function that makes a fresh copy of the shipped tables."""
    return lambda: Tables(tmp_path_factory.mktemp("tables") / "data")


@pytest.fixture
def tables(copy_tables):
    return copy_tables()
