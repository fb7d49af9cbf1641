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
                claim(tables, name, words[0], cells.pop("source_id", PRIMARY), **cells)
            elif first in BECAME:
                on = words.pop(0) if words and re.match(r"\d{4}-", words[0]) else "2025-06-01"
                cells |= dict(zip(("amount", "amount_is"), words, strict=False))
                update(tables, name, first, "" if "updated_period" in cells else on, **cells)
            else:
                name, inside = first, cells.pop("inside", root if piece[0] == "-" else "")
                pledge(tables, name, words[0], inside, **cells)
    return load(tables)


def add(tables, table, **cells):
    """Append one row to a table; columns not named stay empty."""
    path = tables.path(table)
    with path.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    assert set(cells) <= set(header)
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerow([cells.get(column, "") for column in header])


def pledge(tables, name, figure, inside, **cells):
    """Add a pledge with one claim about it, or with none for the figure ``?``."""
    parent = {"parent_id": inside, "parent_basis": "stated", "parent_source_id": PRIMARY} if inside else {}
    who = {"group": "summit", "pledger": "Nobody", "pledger_kind": "company", "recipient_country": "FRA"}
    what = {"purpose": "compute", "announced_on": "2025-02-10", "money_kind": "private", "new_money": "yes"}
    add(tables, "pledges", **{**who, **what, **parent, "pledge_id": name, "note": "Invented", **cells})
    add(tables, "labels", pledge_id=name, label_en=f"The {name}", label_fr=f"Le {name}")
    if figure != "?":
        claim(tables, name, figure)


def claim(tables, name, figure, source=PRIMARY, **cells):
    """Add a claim, by default in euros and on the day of the announcement: ``7``, ``3-5``, ``1e9``, ``several``."""
    if figure == "several":
        printed = {"qualifier": "several", "scale": 10**9, "note": "Invented"}
    else:
        ends = [int(float(end)) for end in figure.split("-")]
        # sums of a few euros are meant
        printed = {"amount_low": ends[0], "amount_high": ends[-1], "note": f"Invented: {ends[0]}; {ends[-1]}."}
        printed["qualifier"] = "exact" if ends[0] == ends[-1] else "range"
    told = {"currency": "EUR", "claimed_on": "2025-02-10", "standing": "stands"}
    who = {"claim_id": f"{name}--{source}", "pledge_id": name, "source_id": source}
    add(tables, "claims", **{**who, **printed, **told, **cells})


def update(tables, name, status, on, **cells):
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


def some_ledger(random, shipped, quarrel=0.2):
    """Make a ledger of up to 15 pledges, with packages that are filled or not, claims in four currencies, and news.

    Of the claims about a pledge a share may differ from the others in figure, currency and standing.
    """
    days = [f"2025-{month:02d}-{day:02d}" for month in range(1, 10) for day in (3, 14, 25)]
    pledges, claims, updates, figures = [], [], [], {}
    for number in range(random.randint(1, 15)):
        facts = {
            "parent_id": random.choice([None, *[row["pledge_id"] for row in pledges[-3:]]]),
            "money_kind": random.choice([*["private", "public", "mixed"] * 4, "none"]),
            "purpose": random.choice(["compute", "fund"]),
            "recipient_country": random.choice(["FRA", "EUE"]),
            "announced_on": random.choice([*days[:9] * 2, None]),
            "new_money": random.choice(["yes", "no", "partly"]),
        }
        pledges.append({"pledge_id": f"p{number:02d}", "group": "summit", "pledger_kind": "company", **facts})
    for name in [row["pledge_id"] for row in reversed(pledges)]:
        inside = [figures[row["pledge_id"]] for row in pledges if row["parent_id"] == name]
        figure, currency = random.randint(1, 40), random.choice(["EUR", "EUR", "USD", "GBP", "JPY"])
        if inside and None not in inside and random.random() < 0.6:
            figure, currency = sum(inside), "EUR"
        figures[name] = figure if currency == "EUR" else None
        for source in random.sample([PRIMARY, AGENCY, PRESS, UNDATED], random.choice([0, 1, 1, 1, 2, 2, 3])):
            other = random.random() < quarrel
            said = {
                "amount_low": figure + other * random.randint(0, 9),
                "currency": random.choice(["EUR", "USD"]) if other else currency,
                "standing": random.choice(["stands", "derived", "slip"]) if other else "stands",
                "claimed_on": random.choice(days),
                "qualifier": random.choice([*["exact"] * 9, "at-least"]),
            }
            claims.append(said | {"claim_id": f"{name}--{source}", "pledge_id": name, "source_id": source})
        for _ in range(random.choice([0, 0, 1, 2])):
            amount_is = random.choice([None, "part", "raised", "spent", "contracted", "firm", "component", "new-total"])
            status = random.choice(["site-chosen", "financed", "operating", "enlarged", "scaled-back", "withdrawn"])
            money = {"amount": random.randint(1, 50), "currency": random.choice(["EUR", "USD"])} if amount_is else {}
            told = {"updated_on": random.choice([*days, *[None] * 9]), "amount_is": amount_is, "source_id": PRIMARY}
            updates.append({"pledge_id": name, "status": status, **told, **money})
    pairs = [random.sample(list(figures), 2) for _ in range(random.choice([0, 3, 8, 15]) if len(pledges) > 1 else 0)]
    ties = {tuple(pair): random.choice([*["overlaps", "restates"] * 3, "succeeds", "detail"]) for pair in pairs}
    tied = [{"pledge_a": a, "pledge_b": b, "relation": relation} for (a, b), relation in ties.items()]
    tables = {"pledges": pledges, "claims": claims, "updates": updates, "overlaps": tied}
    like = {name: getattr(shipped, name) for name in tables}
    made = {name: pd.DataFrame(rows, columns=like[name].columns) for name, rows in tables.items()}
    return dataclasses.replace(shipped, **{name: table.astype(like[name].dtypes) for name, table in made.items()})
