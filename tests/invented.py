"""Pledges that nobody made, written into a copy of the tables, so that a test knows what must come out."""

import csv
import dataclasses
import re

import pandas as pd

from summit_analysis import load

PRIMARY, AGENCY, PRESS = "elysee-businessday-20250211", "afp-109bn-detail-20250210", "01net-109bn-20250210"
"""A source that speaks for itself, one of a news agency, and one of neither."""
UNDATED, DIGEST, MIRROR = "dcmag-telehouse-2024", "allmind-fluidstack-2026", "accad-edf-data4-202509"
"""A source of which nobody knows the day, one that retells another, and a copy of another."""
SOURCES = {name: value for name, value in vars().items() if name.isupper()}
BECAME = ("announced", "site-chosen", "financed", "permitted", "under-construction", "operating")
BECAME += ("enlarged", "scaled-back", "withdrawn")


def write(tables, text):
    """Write families of pledges, one a line, in pieces that a bar divides, each with further cells as ``name=value``.

    A piece is a pledge and its figure (``?`` for none), a ``claim`` about the last one and its figure, what became of
    it (status, day, sum, what the sum is), or a tie. A name that begins with a dash goes on from that of the first
    pledge of the line, its package if none is named after ``inside=``. Sources go by their names above. The ledger of
    all tables comes back.
    """
    for line in filter(None, text.splitlines()):
        root = name = line.split()[0]
        for piece in line.split(" | "):
            words = [root + word if word[0] == "-" else word for word in piece.split()]
            cells = dict(word.split("=", 1) for word in words if "=" in word)
            cells |= {name: SOURCES[word] for word in words for name in ["source_id"] if word in SOURCES}
            first, *words = [word for word in words if "=" not in word and word not in SOURCES]
            if words and words[0] in ("overlaps", "restates"):
                told = {"basis": "stated", "source_id": PRIMARY, "note": "Invented"}
                add(tables, "overlaps", pledge_a=first, relation=words[0], pledge_b=words[1], **told)
            elif first == "claim":
                claim(tables, name, figures(words[0]), cells.pop("source_id", PRIMARY), **cells)
            elif first in BECAME:
                on = words.pop(0) if words and re.match(r"\d{4}-", words[0]) else "2025-06-01"
                cells |= dict(zip(("amount", "amount_is"), words, strict=False))
                update(tables, name, first, "" if "updated_period" in cells else on, **cells)
            else:
                name, inside = first, cells.pop("inside", root if piece[0] == "-" else "")
                pledge(tables, name, figures(words[0]), inside, **cells)
    return load(tables)


def figures(word):
    """Read ``7``, ``3-5``, ``1e9``, ``several`` (billion), or nothing (``?``)."""
    ends = [int(float(end)) for end in re.findall(r"[\d.]+(?:e\d+)?", word)]
    return word if word == "several" else tuple(ends) if len(ends) > 1 else ends[0] if ends else None


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
    if figures == "several":
        low = high = ""
        printed = {"qualifier": "several", "scale": 10**9}
    # sums of a few euros are meant
    printed["note"] = f"Invented: {low}; {high}."
    told = {"currency": "EUR", "claimed_on": "2025-02-10", "standing": "stands"}
    who = {"claim_id": f"{name}--{source}", "pledge_id": name, "source_id": source}
    add(tables, "claims", **{**who, **printed, **told, **cells})


def update(tables, name, status, on="2025-06-01", **cells):
    """Add what became of a pledge: a day, or with ``on=""`` and ``updated_period`` a period."""
    money = {"currency": "EUR"} if "amount" in cells else {}
    told = {"source_id": PRIMARY, "note": f"Invented; {cells.get('amount')}"}
    add(tables, "updates", **{"pledge_id": name, "status": status, "updated_on": on, **told, **money, **cells})


def change(ledger, table, rows, cells):
    """Return the ledger with other cells in the rows of a query."""
    frame = getattr(ledger, table).copy()
    for column, value in cells.items():
        frame.loc[frame.eval(rows), column] = pd.Timestamp(value) if column.endswith("_on") else value
    return dataclasses.replace(ledger, **{table: frame})


def keep(ledger, table, rows):
    return dataclasses.replace(ledger, **{table: getattr(ledger, table).query(rows)})


def records(frame):
    """Return the rows of a frame as dicts: days as text, nothing for what is missing."""
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    days = [name for name in frame if frame[name].dtype.kind == "M"]
    return [row | {name: row[name] and str(row[name].date()) for name in days} for row in rows]


def some_ledger(random, shipped, quarrel=0.2):
    """Make a ledger of up to 12 pledges, with packages that are filled or not, claims in four currencies, and news.

    Of the claims about a pledge a share may differ from the others in figure, currency and standing.
    """
    days = [f"2025-{month:02d}-{day:02d}" for month in range(1, 10) for day in (3, 14, 25)]
    pledges, claims, updates, figures = [], [], [], {}
    for number in range(random.randint(1, 12)):
        facts = {
            "parent_id": random.choice([None, *[row["pledge_id"] for row in pledges]]),
            "money_kind": random.choice([*["private", "public", "mixed"] * 2, "none"]),
            "purpose": random.choice(["compute", "fund"]),
            "recipient_country": random.choice(["FRA", "EUE"]),
            "announced_on": random.choice([*days[:9], None]),
            "new_money": random.choice(["yes", "no", "partly"]),
        }
        pledges.append({"pledge_id": f"p{number:02d}", "group": "summit", "pledger_kind": "company", **facts})
    for name in [row["pledge_id"] for row in reversed(pledges)]:
        inside = [figures[row["pledge_id"]] for row in pledges if row["parent_id"] == name]
        figure, currency = random.randint(1, 40), random.choice(["EUR", "EUR", "USD", "GBP", "JPY"])
        if inside and None not in inside and random.random() < 0.6:
            figure, currency = sum(inside), "EUR"
        figures[name] = figure if currency == "EUR" else None
        for source in random.sample([PRIMARY, AGENCY, PRESS, UNDATED], random.choice([0, 1, 1, 2, 3])):
            other = random.random() < quarrel
            said = {
                "amount_low": figure + other * random.randint(0, 9),
                "currency": random.choice(["EUR", "USD"]) if other else currency,
                "standing": random.choice(["stands", "derived", "slip"]) if other else "stands",
                "claimed_on": random.choice(days),
            }
            who = {"claim_id": f"{name}--{source}", "pledge_id": name, "source_id": source, "qualifier": "exact"}
            claims.append(who | said)
        for _ in range(random.choice([0, 0, 1, 2])):
            amount_is = random.choice([None, "part", "raised", "spent", "contracted", "firm", "component", "new-total"])
            status = random.choice(["site-chosen", "financed", "operating", "enlarged", "scaled-back", "withdrawn"])
            sum_named = (
                {"amount": random.randint(1, 50), "currency": random.choice(["EUR", "USD"])} if amount_is else {}
            )
            told = {"updated_on": random.choice([*days, None]), "amount_is": amount_is, "source_id": PRIMARY}
            updates.append({"pledge_id": name, "status": status, **told, **sum_named})
    pairs = [random.sample(list(figures), 2) for _ in range(random.choice([0, 1, 3]) if len(pledges) > 1 else 0)]
    ties = {tuple(pair): random.choice(["overlaps", "restates"]) for pair in pairs}
    tied = [{"pledge_a": a, "pledge_b": b, "relation": relation} for (a, b), relation in ties.items()]
    tables = {"pledges": pledges, "claims": claims, "updates": updates, "overlaps": tied}
    like = {name: getattr(shipped, name) for name in tables}
    made = {name: pd.DataFrame(rows, columns=like[name].columns) for name, rows in tables.items()}
    return dataclasses.replace(shipped, **{name: table.astype(like[name].dtypes) for name, table in made.items()})
