"""Counting each euro once in forests that nobody could read: how the time grows with rows and with depth."""

import numpy as np
import pandas as pd
import pytest

from summit_analysis.pledges.once import Forest, Once


def pledges(parent, low):
    ids = np.array([f"p{number}" for number in range(len(low))], dtype=object)
    inside = np.where(parent >= 0, ids[parent], None)
    flags = {"open_high": False, "excluded": "", "withdrawn": "no"}
    return pd.DataFrame({"pledge_id": ids, "parent_id": inside, "low": low, "high": low * 1.2, **flags})


def wide(count):
    """One pledge in ten is an envelope, one envelope in five has no figure."""
    generator, envelopes = np.random.default_rng(1), count // 10
    parent = np.where(np.arange(count) < envelopes, -1, generator.integers(0, envelopes, count))
    low = generator.integers(1, 1000, count) * 1e6
    low[:envelopes] = np.where(generator.random(envelopes) < 0.2, np.nan, 1e10)
    every = np.arange(0, count - 1, 1000)
    ties = pd.DataFrame({"pledge_a": every, "pledge_b": every + 1}).map("p{}".format).assign(relation="overlaps")
    return pledges(parent, low), ties


def deep(count, depth):
    """Chains of envelopes, of which only the innermost has a figure."""
    number = np.arange(count)
    low = np.where(number % depth == depth - 1, 5e6, np.nan)
    ties = pd.DataFrame({"pledge_a": [], "pledge_b": [], "relation": []}, dtype="str")
    return pledges(np.where(number % depth == 0, -1, number - 1), low), ties


def reckon(rows, ties):
    """Count once, and make the frames that a total shows."""
    once = Once(rows, ties, Forest(rows["pledge_id"], rows["parent_id"]))
    return once.rows, once.ties, once.envelopes


@pytest.mark.parametrize("count", [10_000, 100_000, 1_000_000])
def test_wide(timed, rows, count):
    if count > rows:
        pytest.skip("more rows than asked for")
    forest, ties = wide(count)
    described, _, _ = timed(
        "envelopes", "once: n pledges in n/10 envelopes", count, lambda: reckon(forest, ties), multiply=False
    )
    outermost = described[described["counted"]]
    assert len(outermost) >= 0.08 * count
    assert (outermost["counted_in"] == outermost["pledge_id"]).all()


@pytest.mark.parametrize("count", [10_000, 100_000, 1_000_000])
def test_deep(timed, rows, count):
    if count > rows:
        pytest.skip("more rows than asked for")
    forest, ties = deep(count, depth=1000)
    described, _, _ = timed("envelopes", "once: chains 1,000 deep", count, lambda: reckon(forest, ties), multiply=False)
    assert described["counted"].sum() == count // 1000
