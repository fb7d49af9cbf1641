"""What is printed as a test writes it; the shipped tables as text, read without the code under test."""

import csv
import io
import os
import re
import subprocess
import sys

import pandas as pd
from bs4 import BeautifulSoup

from summit_analysis.base import files
from summit_analysis.ledger import schema

SUMMIT_DAY, LAST_DAY = "2025-02-11", "2026-10-01"
BOUNDS = ["low", "high"]
READERS = ["full-range", "primary-first", "latest"]
BAD = "<script>alert('summit')</script>"


def unspaced(text):
    """The text with ordinary blanks."""
    return re.sub(r"\s", " ", text)


def one_line(text):
    return " ".join(text.split())


def parsed(html):
    return BeautifulSoup(html, "html.parser")


def python(code, **env):
    """Return the lines that another process prints."""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ | env)
    return ran.stdout.splitlines()


def cell(value):
    """A day as text, nothing for what is missing, all else as it is."""
    return None if pd.isna(value) else str(value.date()) if isinstance(value, pd.Timestamp) else value


def cells(table):
    """Return the rows of a table as dicts of text, corrected; a key is the first column."""
    rows, key = _rows(table), next(iter(schema.fields(table)))
    for fix in _rows("corrections"):
        for row in rows:
            if (fix["table"], fix["key"]) == (table, row[key]):
                row[fix["column"]] = fix["new"]
    return rows


def _rows(table):
    text = (files.shipped("data") / schema.resources()[table]["path"]).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))
