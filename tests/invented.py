"""Pledges that nobody made, written into a copy of the tables, so that a test knows what must come out."""

import csv

PRIMARY, AGENCY, PRESS = "elysee-businessday-20250211", "afp-109bn-detail-20250210", "01net-109bn-20250210"
"""A source that speaks for itself, one of a news agency, and one of neither."""
UNDATED = "dcmag-telehouse-2024"
"""A source of which nobody knows the day."""


def add(tables, table, **cells):
    """Append one row to a table; columns not named stay empty."""
    path = tables.path(table)
    with path.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    assert set(cells) <= set(header)
    cells = {name: int(cell) if isinstance(cell, float) else cell for name, cell in cells.items()}
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerow([cells.get(column, "") for column in header])


def pledge(tables, name, figures=None, inside="", **cells):
    """Add a pledge with one claim about it: a figure, a pair of low and high, or None for a pledge without claim."""
    parent = {"parent_id": inside, "parent_basis": "stated", "parent_source_id": PRIMARY} if inside else {}
    who = {"group": "summit", "pledger": "Nobody", "pledger_kind": "company", "recipient_country": "FRA"}
    what = {"purpose": "compute", "announced_on": "2025-02-10", "money_kind": "private", "new_money": "yes"}
    add(tables, "pledges", **{**who, **what, **parent, "pledge_id": name, "note": "Invented", **cells})
    add(tables, "labels", pledge_id=name, label_en=f"The {name}", label_fr=f"Le {name}")
    if figures is not None:
        claim(tables, name, figures)


def claim(tables, name, figures, source=PRIMARY, **cells):
    """Add a claim about a pledge, by default in euros, made on the day of the announcement."""
    low, high = figures if isinstance(figures, tuple) else (figures, figures)
    printed = {"amount_low": low, "amount_high": high, "qualifier": "exact" if low == high else "range"}
    # sums of a few euros are meant
    printed["note"] = f"Invented: {low}; {high}."
    told = {"currency": "EUR", "claimed_on": "2025-02-10", "standing": "stands"}
    add(
        tables,
        "claims",
        **{"claim_id": f"{name}--{source}", "pledge_id": name, "source_id": source, **printed, **told, **cells},
    )


def tie(tables, one, relation, other):
    """Tie two pledges."""
    note = {"basis": "stated", "source_id": PRIMARY, "note": "Invented"}
    add(tables, "overlaps", pledge_a=one, relation=relation, pledge_b=other, **note)


def update(tables, name, status, on="2025-06-01", **cells):
    """Add what became of a pledge: a day, or with ``on=""`` and ``updated_period`` a period."""
    money = {"currency": "EUR"} if "amount" in cells else {}
    row = {
        "pledge_id": name,
        "status": status,
        "updated_on": on,
        "source_id": PRIMARY,
        "note": f"Invented; {cells.get('amount')}",
    }
    add(tables, "updates", **{**row, **money, **cells})
