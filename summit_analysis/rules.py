"""What the schema cannot say: rules that tie columns, rows and tables of the ledger together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from summit_analysis import schema
from summit_analysis.amounts import QUALIFIERS
from summit_analysis.envelopes import circles
from summit_analysis.exports import FORMULA_MARKS
from summit_analysis.rates import Rates

Tables = dict[str, pd.DataFrame]
"""Tables as text: every cell a string, an empty cell an empty string, the index the row number in the file."""

COLUMNS = ["table", "row", "column", "value", "problem", "remedy"]
_NONE = pd.DataFrame(columns=COLUMNS)
_PLACEHOLDER = r"(?i)(?:n/?a|nan|null|none|nil|#n/a|\?+|-+)"
_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
_ISO = r"\d{4}(?:-\d{2}-\d{2})?"
# eighteen digits: more than all money there is, and they fit an integer of the machine
_WRITTEN = {
    "date": r"\d{4}-\d{2}-\d{2}",
    "number": r"\d{1,18}(?:\.\d{1,18})?",
    "integer": r"\d{1,18}",
    "year": r"\d{4}",
}


def findings(tables: Tables, rates: Rates | None) -> pd.DataFrame:
    """Apply every rule whose columns are there.

    Parameters
    ----------
    tables : dict of str to pandas.DataFrame
        See `Tables`; tables that could not be read are absent.
    rates : Rates or None
        Decides which currencies can be converted.

    Returns
    -------
    pandas.DataFrame
        ``table``, ``row`` (number in the file, header is 1), ``column``, ``value``, ``problem``, ``remedy``.
    """
    found = [
        *_headers(tables),
        *_cells(tables),
        *_claims(tables),
        *_days(tables),
        *_updates(tables),
        *_circles(tables),
        *_links(tables),
    ]
    if rates is not None:
        found += _currencies(tables, rates)
    found = [frame for frame in found if len(frame)]
    return pd.concat(found, ignore_index=True) if found else _NONE


def finding(table: str, frame: pd.DataFrame, wrong: pd.Series, column: str, problem: str, remedy: str) -> pd.DataFrame:
    """Write one finding for each row marked in `wrong`."""
    # nearly always: building an empty frame 250 times was most of the time of a check
    if not wrong.any():
        return _NONE
    bad = frame.loc[wrong.to_numpy()]
    return pd.DataFrame(
        {"table": table, "row": bad.index, "column": column, "value": bad[column], "problem": problem, "remedy": remedy}
    )


def _have(tables: Tables, table: str, *columns: str) -> bool:
    return table in tables and set(columns) <= set(tables[table].columns)


def _headers(tables: Tables) -> Iterator[pd.DataFrame]:
    """Find names that only blanks keep from being right: the schema's reader strips them, no other reader does."""
    for table, frame in tables.items():
        names = [name for name in frame if name != name.strip() and name.strip() in schema.fields(table)]
        rows = [(table, None, name.strip(), name, "blanks around the column's name", "Delete them") for name in names]
        yield pd.DataFrame(rows, columns=COLUMNS)


def _cells(tables: Tables) -> Iterator[pd.DataFrame]:
    for table, frame in tables.items():
        for name, field in schema.fields(table).items():
            if name not in frame:
                continue
            cells, typed = frame[name], field["type"]
            yield finding(
                table,
                frame,
                cells.str.contains(_CONTROL),
                name,
                "control character in the cell",
                "Delete the invisible character",
            )
            if typed == "string" and "enum" not in field.get("constraints", {}):
                yield finding(
                    table,
                    frame,
                    cells.str.fullmatch(_PLACEHOLDER),
                    name,
                    "word that stands for nothing",
                    "Leave the cell empty if unknown, or write the full name",
                )
                formula = cells.str.startswith(FORMULA_MARKS)
                yield finding(
                    table,
                    frame,
                    formula,
                    name,
                    "a spreadsheet would run it as a formula",
                    "Begin with a letter or digit",
                )
            elif typed in _WRITTEN:
                odd = cells.ne("") & ~cells.str.fullmatch(_WRITTEN[typed])
                yield finding(table, frame, odd, name, f"not written as a plain {typed}", schema.expected(field))


def _claims(tables: Tables) -> Iterator[pd.DataFrame]:
    if not _have(tables, "claims", "claim_id", "amount_low", "amount_high", "qualifier", "scale"):
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


def _days(tables: Tables) -> Iterator[pd.DataFrame]:
    for table, first, last in (("events", "starts_on", "ends_on"), ("pledges", "horizon_start", "horizon_end")):
        if _have(tables, table, first, last):
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
        if _have(tables, table, day, period):
            both = tables[table][day].ne("") & tables[table][period].ne("")
            yield finding(table, tables[table], both, period, f"{day} is filled too", "Keep the day, empty the period")


def _updates(tables: Tables) -> Iterator[pd.DataFrame]:
    if _have(tables, "updates", "amount", "currency", "amount_is"):
        updates = tables["updates"]
        filled = updates[["amount", "currency", "amount_is"]].ne("")
        partly = filled.any(axis=1) & ~filled.all(axis=1)
        yield finding(
            "updates", updates, partly, "amount", "amount, currency and amount_is go together", "Fill all three or none"
        )


def _circles(tables: Tables) -> Iterator[pd.DataFrame]:
    if _have(tables, "pledges", "pledge_id", "parent_id"):
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


def _links(tables: Tables) -> Iterator[pd.DataFrame]:
    if _have(tables, "claims", "claim_id", "pledge_id", "source_id"):
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
    if not all(_have(tables, table, key) for table, key in keys.items()):
        return
    ids = {table: set(tables[table][key]) for table, key in keys.items()}
    linked = set().union(*(ids[table] for table in keys if table != "sources"))
    for column, there in (("evidence_source_ids", ids["sources"]), ("links_to", linked)):
        if _have(tables, "statements", column):
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
        if _have(tables, table, "currency"):
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
