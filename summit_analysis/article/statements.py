"""What the article that started the project states, what the evidence says of it, and what would be right instead."""

import math
import re

import pandas as pd

from summit_analysis.base.kept import kept
from summit_analysis.base.text import Language, Row, format_figure, long_day, words
from summit_analysis.ledger.sources import cite
from summit_analysis.ledger.tables import Ledger
from summit_analysis.money import Amount, format_amount

VERDICTS = ("confirmed", "imprecise", "wrong")
_SPAN = re.compile(r"(\d{4}-\d\d)-(\d\d)/\1-(\d\d)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@kept
def check_statements(ledger: Ledger, *, lang: Language = "en") -> pd.DataFrame:
    """Set each checkable statement of the article beside its verdict, what would be right, and the evidence.

    Parameters
    ----------
    ledger : Ledger
    lang : {"en", "fr"}
        Language of ``statement``, ``printed`` and ``right``; notes exist in English only.

    Returns
    -------
    pandas.DataFrame
        One row per statement in the order of the article:

        - ``statement_id``, ``paragraph`` (of the article), ``topic``, ``kind``, ``verdict``: as in the table;
        - ``statement``: reworded, in `lang`;
        - ``printed``: the figure, day, name or country that it prints (missing where it prints none);
        - ``right``: what it should say (missing if confirmed);
        - ``note``: why the verdict is what it is;
        - ``links_to``: claims, pledges, events, declarations concerned, joined by semicolons;
        - ``evidence_source_ids``, ``evidence``: the sources of the verdict, as ids and as citations.

    Raises
    ------
    ChoiceError
        If the language is not one of the two.

    >>> check_statements(ledger).set_index("statement_id").loc["s33", ["printed", "verdict", "right"]].tolist()
    ['€200bn', 'wrong', '€150bn']
    """
    say, rows, countries = words("statements", lang), ledger.statements, ledger.countries(lang)
    claims = ledger.claims[["claim_id", "amount_low", "amount_high", "currency", "qualifier", "scale"]]
    # a claim knows "at least" and "several", which the bare number has lost
    amounts = {claim_id: Amount.from_claim(*figures) for claim_id, *figures in claims.itertuples(index=False)}
    evidence = rows["evidence_source_ids"].str.split(";")
    citations = cite(ledger.sources, evidence.explode()).set_index("source_id")["citation"]
    return pd.DataFrame(
        {
            "statement_id": rows["statement_id"],
            "paragraph": rows["seed_paragraph"],
            "topic": rows["topic"],
            "statement": rows[f"statement_{lang}"],
            "kind": rows["kind"],
            "printed": [_printed(row, amounts, countries, say, lang) for row in rows.itertuples()],
            "verdict": rows["verdict"],
            "right": rows[f"right_{lang}"].fillna(pd.Series([_right(row, say, lang) for row in rows.itertuples()])),
            "note": rows["note"],
            "links_to": rows["links_to"],
            "evidence_source_ids": rows["evidence_source_ids"],
            "evidence": ["; ".join(citations[ids]) for ids in evidence],
        }
    ).astype({"printed": "str", "right": "str"})


def verdicts(ledger: Ledger) -> pd.DataFrame:
    """Count the verdicts on the article's statements.

    Parameters
    ----------
    ledger : Ledger

    Returns
    -------
    pandas.DataFrame
        One row per kind of what is checked, most wrong ones first: ``confirmed``, ``imprecise``, ``wrong``,
        ``statements``.

    >>> verdicts(ledger).head(2)
              confirmed  imprecise  wrong  statements
    kind
    relation         21          7      2          30
    amount            9          3      2          14
    """
    table = pd.crosstab(ledger.statements["kind"], ledger.statements["verdict"]).reindex(columns=VERDICTS, fill_value=0)
    table = table.assign(statements=table.sum(axis=1)).rename_axis(columns=None)
    return table.sort_values(["wrong", "imprecise", "kind"], ascending=[False, False, True])


def _printed(
    row: Row, amounts: dict[str, Amount], countries: pd.Series, say: dict[str, str], lang: Language
) -> str | None:
    linked = [amounts[link] for link in str(row.links_to).split(";") if link in amounts]
    if row.kind == "amount" and linked:
        return format_amount(linked[0], lang=lang)
    if row.kind in ("amount", "count"):
        return _measure(float(row.value), row.unit, say, lang)
    if re.fullmatch(r"[A-Z]{3}(; [A-Z]{3})*", row.value):
        return ", ".join(countries[row.value.split("; ")])
    # a relation without a country is the statement itself, said shorter
    return None if row.kind == "relation" else _read(row.value, say, lang)


def _right(row: Row, say: dict[str, str], lang: Language) -> str | None:
    at_most = math.isnan(row.corrected_low)
    if pd.notna(row.corrected_currency):
        figures = (row.corrected_low, row.corrected_high, row.corrected_currency, "up-to" if at_most else "range")
        return format_amount(Amount.from_claim(*figures), lang=lang)
    if pd.notna(row.corrected_high):
        text = _measure(row.corrected_high, row.unit, say, lang)
        return say["up_to"].format(text) if at_most else text
    return None if row.verdict == "confirmed" else _read(row.corrected_value, say, lang)


def _measure(value: float, unit: str, say: dict[str, str], lang: Language) -> str:
    return f"{format_figure(value, lang=lang)}\xa0{say.get(unit, unit)}"


def _read(text: str, say: dict[str, str], lang: Language) -> str:
    """Write days, spans of days and lists of names as people read them."""
    # a span inside one month names the month once: 6–11 May 2024
    text = _SPAN.sub(lambda span: f"{int(span[2])}–{span[1]}-{span[3]}", text)
    text = _DAY.sub(lambda day: long_day(day[0], lang=lang), text)
    return re.sub(r"^before ", say["before"], text).replace("; ", ", ")
