"""Rules that tie columns, rows and tables of the ledger together, and all findings of rules."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from summit_analysis import cell_rules, schema
from summit_analysis.amounts import QUALIFIERS
from summit_analysis.defects import NONE, Tables, finding, have
from summit_analysis.envelopes import circles
from summit_analysis.rates import Rates

LEAST = 1000
"""Sums below it, in units of any currency, are taken for slips."""
_NUMERAL = re.compile("[0-9]+(?:[ .,'\u2019\u00a0\u202f][0-9]+)*")
"""A number in a text, with what parts its thousands: the 50 of "50 000" is none."""
_ISO = r"\d{4}(?:-\d{2}-\d{2})?"


def findings(tables: Tables, rates: Rates | None) -> pd.DataFrame:
    """Apply every rule whose columns are there.

    Parameters
    ----------
    tables : dict of str to pandas.DataFrame
        See `defects.Tables`; tables that could not be read are absent.
    rates : Rates or None
        Decides which currencies can be converted.

    Returns
    -------
    pandas.DataFrame
        ``table``, ``row`` (number in the file, header is 1), ``column``, ``value``, ``problem``, ``remedy``.
    """
    found = [
        *cell_rules.headers(tables),
        *cell_rules.cells(tables),
        *_claims(tables),
        *_sums(tables),
        *_days(tables),
        *_updates(tables),
        *_circles(tables),
        *_labels(tables),
        *_references(tables),
        *_links(tables),
    ]
    if rates is not None:
        found += _currencies(tables, rates)
    found = [frame for frame in found if len(frame)]
    return pd.concat(found, ignore_index=True) if found else NONE


def _claims(tables: Tables) -> Iterator[pd.DataFrame]:
    if not have(tables, "claims", "claim_id", "amount_low", "amount_high", "qualifier", "scale"):
        return
    claims = tables["claims"]
    low, high = (_numbers(claims[name]) for name in ("amount_low", "amount_high"))
    for qualifier, (has_low, has_high) in QUALIFIERS.items():
        row = claims["qualifier"].eq(qualifier)
        figures = {
            (True, True): "both amount_low and amount_high",
            (True, False): "amount_low only",
            (False, True): "amount_high only",
            (False, False): "no figure, but a scale",
        }[has_low, has_high]
        wrong = row & (claims["amount_low"].ne("").ne(has_low) | claims["amount_high"].ne("").ne(has_high))
        yield finding("claims", claims, wrong, "qualifier", "contradicts the figures", f"'{qualifier}' wants {figures}")
    unequal = claims["qualifier"].isin(["exact", "approx"]) & (low < high)
    yield finding(
        "claims", claims, unequal, "qualifier", "contradicts the figures", "Two different figures are a range"
    )
    equal = claims["qualifier"].eq("range") & (low == high)
    yield finding("claims", claims, equal, "qualifier", "contradicts the figures", "One figure is exact or approx")
    yield finding("claims", claims, low > high, "amount_low", "above amount_high", "Put the lower figure first")
    scaled = claims["scale"].ne("").ne(claims["qualifier"].eq("several"))
    yield finding(
        "claims",
        claims,
        scaled,
        "scale",
        "scale and qualifier disagree",
        "Fill scale for 'several' (1000000000 for several billion) and only there",
    )


def _sums(tables: Tables) -> Iterator[pd.DataFrame]:
    """Find sums of a few units, which are nearly always billions shortened: who means them says so in the note."""
    for table in ("claims", "updates"):
        for column, field in schema.fields(table).items():
            if field.get("unit") == cell_rules.MONEY and have(tables, table, column, "note"):
                frame = tables[table]
                told = [cell in _NUMERAL.findall(note) for cell, note in zip(frame[column], frame["note"], strict=True)]
                wrong = _numbers(frame[column]).lt(LEAST) & ~np.array(told, dtype=bool)
                remedy = "Write whole units (50000000000); if so little is meant, repeat these digits in the note"
                yield finding(table, frame, wrong, column, f"a sum below {LEAST}", remedy)


def _days(tables: Tables) -> Iterator[pd.DataFrame]:
    for table, first, last in (("events", "starts_on", "ends_on"), ("pledges", "horizon_start", "horizon_end")):
        if have(tables, table, first, last):
            frame = tables[table]
            # ISO texts compare as days; a bare year stands for all of it
            iso = frame[[first, last]].apply(lambda days: days.str.fullmatch(_ISO)).all(axis=1)
            later = iso & (frame[first] > frame[last].str.ljust(10, "~"))
            yield finding(table, frame, later, last, f"before {first}", "Correct one of the two")
    for table, day, period in (
        ("claims", "claimed_on", "claimed_period"),
        ("updates", "updated_on", "updated_period"),
        ("sources", "published_on", "published_period"),
    ):
        if have(tables, table, day, period):
            both = tables[table][day].ne("") & tables[table][period].ne("")
            yield finding(table, tables[table], both, period, f"{day} is filled too", "Keep the day, empty the period")


def _updates(tables: Tables) -> Iterator[pd.DataFrame]:
    if have(tables, "updates", "amount", "currency", "amount_is"):
        updates = tables["updates"]
        filled = updates[["amount", "currency", "amount_is"]].ne("")
        partly = filled.any(axis=1) & ~filled.all(axis=1)
        yield finding(
            "updates", updates, partly, "amount", "amount, currency and amount_is go together", "Fill all three or none"
        )


def _circles(tables: Tables) -> Iterator[pd.DataFrame]:
    if have(tables, "pledges", "pledge_id", "parent_id"):
        pledges = tables["pledges"]
        on_circle = circles(pledges["pledge_id"], pledges["parent_id"].replace("", None))
        yield finding(
            "pledges",
            pledges,
            pledges["pledge_id"].isin(on_circle),
            "parent_id",
            "the pledge would be part of itself",
            "Give one pledge of the circle another parent, or none",
        )


def _labels(tables: Tables) -> Iterator[pd.DataFrame]:
    if have(tables, "pledges", "pledge_id") and have(tables, "labels", "pledge_id"):
        pledges = tables["pledges"]
        bare = ~pledges["pledge_id"].isin(tables["labels"]["pledge_id"])
        remedy = "Add a row to labels.csv: this pledge_id, label_en, label_fr"
        yield finding("pledges", pledges, bare, "pledge_id", "has no row in labels", remedy)


def _references(tables: Tables) -> Iterator[pd.DataFrame]:
    """Find cells that the schema says refer to a row of another table, or of their own, and that name none."""
    for table, resource in schema.resources().items():
        # frictionless would read the table referred to once more for each of the keys: most of the time of a check
        for key in resource["schema"].get("foreignKeys", []):
            names, target = key["fields"], key["reference"]["resource"] or table
            there = key["reference"]["fields"]
            if not (have(tables, table, *names) and have(tables, target, *there)):
                continue
            frame = tables[table]
            known = set(tables[target][there].itertuples(index=False, name=None))
            cells = frame[names].itertuples(index=False, name=None)
            dead = pd.Series([any(row) and row not in known for row in cells], frame.index, dtype=bool)
            column, remedy = ", ".join(names), f"Correct it, or add the row to {target}.csv"
            told = frame.assign(**{column: frame[names].agg(", ".join, axis=1)}) if dead.any() else frame
            yield finding(table, told, dead, column, f"not among {', '.join(there)} of {target}", remedy)


def _links(tables: Tables) -> Iterator[pd.DataFrame]:
    if have(tables, "claims", "claim_id", "pledge_id", "source_id"):
        claims = tables["claims"]
        stem = claims["pledge_id"] + "--" + claims["source_id"]
        named = pd.Series(
            [
                claim == name or (claim.startswith(f"{name}-") and claim[len(name) + 1 :].isdigit())
                for claim, name in zip(claims["claim_id"], stem, strict=True)
            ],
            claims.index,
            dtype=bool,
        )
        # an id that is in no table is reported there
        both = [column for column in ("pledge_id", "source_id") if f"{column[:-3]}s" in tables]
        known = [claims[column].isin(tables[f"{column[:-3]}s"].get(column, [])) for column in both]
        wrong = ~named & np.logical_and.reduce(known)
        yield finding(
            "claims",
            claims,
            wrong,
            "claim_id",
            "does not name its pledge and source",
            "Write pledge_id--source_id, with -2, -3 for further claims",
        )
    keys = {
        "sources": "source_id",
        "pledges": "pledge_id",
        "claims": "claim_id",
        "events": "event_id",
        "declarations": "declaration_id",
    }
    if not all(have(tables, table, key) for table, key in keys.items()):
        return
    ids = {table: set(tables[table][key]) for table, key in keys.items()}
    linked = set().union(*(ids[table] for table in keys if table != "sources"))
    for column, there in (("evidence_source_ids", ids["sources"]), ("links_to", linked)):
        if have(tables, "statements", column):
            frame = tables["statements"]
            dead = pd.Series(
                [any(part not in there for part in cell.split(";") if cell) for cell in frame[column]],
                frame.index,
                dtype=bool,
            )
            yield finding(
                "statements",
                frame,
                dead,
                column,
                "names an id that is in no table",
                "Correct the id; several are joined by a semicolon",
            )


def _currencies(tables: Tables, rates: Rates) -> Iterator[pd.DataFrame]:
    for table in ("claims", "updates"):
        if have(tables, table, "currency"):
            currency = tables[table]["currency"]
            unknown = currency.ne("") & ~currency.isin(rates.currencies)
            yield finding(
                table,
                tables[table],
                unknown,
                "currency",
                "no reference rate for this currency",
                "Use an ISO 4217 code of the ECB's list",
            )


def _numbers(cells: pd.Series) -> pd.Series:
    return pd.to_numeric(cells.replace("", np.nan), errors="coerce")
