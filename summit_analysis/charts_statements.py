"""The figure of what the article got right and wrong."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pandas as pd

from summit_analysis.amounts import Language
from summit_analysis.charts import Chart
from summit_analysis.charts_canvas import GREY, PALE, Style, canvas, in_inches, palette
from summit_analysis.sources import SEED, source_line
from summit_analysis.statements import VERDICTS, check_statements, verdicts
from summit_analysis.words import words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from summit_analysis.tables import Ledger

# all is placed in inches: step from square to square, squares a line, left edges of names, squares and texts
_STEP, _LINE_OF, _LEFT, _SQUARES, _TEXTS = 0.205, 15, 0.07, 1.69, 4.95
_LINE, _BETWEEN, _GAP = 0.158, 0.07, 0.2
_STATED = [
    *("statement_id", "seed_paragraph", "topic", "kind", "value", "unit", "verdict", "corrected_value"),
    *("evidence_source_ids", "place"),
]


def chart_statements(ledger: Ledger, *, lang: Language = "en") -> Chart:
    """Draw each statement of the article as a square, by what is checked and by verdict; the wrong ones in words.

    Parameters
    ----------
    ledger : Ledger
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data hold one row per statement in the order drawn, with ``place``, its place among those of its ``kind``.

    >>> chart = chart_statements(ledger)
    >>> print(chart.title)
    46 of the article’s 66 checkable statements hold; of its 15 amounts, 8 do
    >>> chart.data["verdict"].value_counts().to_dict()
    {'confirmed': 46, 'imprecise': 15, 'wrong': 5}
    """
    say, counts = words("verdicts", lang), verdicts(ledger, by="kind")
    order = {name: rank for rank, name in enumerate([*counts["kind"], *VERDICTS])}
    drawn = ledger.statements.sort_values(["kind", "verdict"], key=lambda names: names.map(order), kind="stable")
    drawn = drawn.assign(place=drawn.groupby("kind").cumcount())[_STATED].reset_index(drop=True)
    wrong = check_statements(ledger, lang=lang).set_index("statement_id").query("verdict == 'wrong'")
    # away from its paragraph a statement may not say whom it is about
    wrong = wrong.assign(statement=[say.get(row.Index, row.statement) for row in wrong.itertuples()])
    sums = counts[["statements", *VERDICTS]].sum()
    amounts = counts.set_index("kind").reindex(["amount"], fill_value=0).iloc[0]
    filled = {
        **sums,
        "amounts": amounts["statements"],
        "amounts_confirmed": amounts["confirmed"],
        "each": say["and"].join(say["each"].format(name=say[row["kind"]], **row) for _, row in counts.iterrows()),
        "mistakes": say["and"].join(say["mistake"].format(**row) for _, row in wrong.iterrows()),
    }
    title, subtitle, alt = (say[key].format(**filled) for key in ("title", "subtitle", "alt"))
    cited = [SEED] * len(drawn) + drawn["evidence_source_ids"].str.split(";").explode().tolist()
    source = source_line(ledger.sources, cited, lang=lang)
    texts = {kind: _mistakes(wrong[wrong["kind"] == kind], say) for kind in counts["kind"]}
    rows = [_tall(row, texts[row["kind"]]) for _, row in counts.iterrows()]
    with canvas(title, subtitle, source, height=sum(rows) + 0.36) as (figure, axes):
        in_inches(axes, 0.4 + sum(rows) - _GAP + 0.06)
        _draw_key(axes, sums, say)
        top = 0.4
        for tall, (_, row) in zip(rows, counts.iterrows(), strict=True):
            _draw_kind(axes, top, row, drawn[drawn["kind"] == row["kind"]], texts[row["kind"]], say)
            top += tall
        return Chart("article-by-verdict", figure, drawn, title, subtitle, alt, source, cited)


def _mistakes(wrong: pd.DataFrame, say: dict[str, str]) -> list[tuple[str, str]]:
    """Each wrong statement, wrapped to the column beside the squares, and what is right."""
    return [
        (_wrapped(row.statement, 40), _wrapped(say["right"].format(right=row.right), 38)) for row in wrong.itertuples()
    ]


def _wrapped(text: str, width: int) -> str:
    return "\n".join(textwrap.wrap(text, width))


def _lines(texts: tuple[str, str]) -> int:
    return sum(text.count("\n") + 1 for text in texts)


def _tall(row: pd.Series, texts: list[tuple[str, str]]) -> float:
    squares: float = -(-row["statements"] // _LINE_OF) * _STEP
    beside = sum(_lines(pair) * _LINE + _BETWEEN for pair in texts) - _BETWEEN
    return max(squares, 2 * _LINE, beside) + _GAP


def _draw_key(axes: Axes, sums: pd.Series, say: dict[str, str]) -> None:
    x = _SQUARES
    for verdict in VERDICTS:
        _square(axes, x, 0.02, verdict)
        axes.text(x + _STEP + 0.02, 0.02 + _STEP / 2, f"{say[verdict]} {sums[verdict]}", va="center", size=9)
        x += 1.5


def _draw_kind(
    axes: Axes, top: float, row: pd.Series, drawn: pd.DataFrame, texts: list[tuple[str, str]], say: dict[str, str]
) -> None:
    axes.axhline(top - _GAP / 2, color=PALE, lw=0.6)
    axes.text(_LEFT, top, say[row["kind"]], va="top", size=9.5, weight="bold")
    axes.text(_LEFT, top + _LINE, say["of"].format(**row), va="top", size=8.5, color=GREY)
    for statement in drawn.itertuples():
        line, place = divmod(statement.place, _LINE_OF)
        _square(axes, _SQUARES + place * _STEP, top + line * _STEP, statement.verdict)
    for mistake, right in texts:
        axes.text(_TEXTS, top, mistake, va="top", size=8.5, linespacing=1.15)
        below = top + (mistake.count("\n") + 1) * _LINE
        axes.text(_TEXTS, below, right, va="top", size=8.5, linespacing=1.15, weight="bold", color=palette()[0])
        top += _lines((mistake, right)) * _LINE + _BETWEEN


def _square(axes: Axes, x: float, y: float, verdict: str) -> None:
    from matplotlib.patches import Rectangle

    blue, orange, red = palette()[0], palette()[1], palette()[3]
    # solid, hatched, crossed: told apart without colour
    look: Style = {
        "confirmed": {"facecolor": blue, "edgecolor": blue},
        "imprecise": {"facecolor": "white", "edgecolor": orange, "hatch": "/////"},
        "wrong": {"facecolor": red, "edgecolor": red},
    }[verdict]
    side = _STEP * 0.82
    axes.add_patch(Rectangle((x, y), side, side, lw=1, **look))
    if verdict == "wrong":
        axes.scatter([x + side / 2], [y + side / 2], marker="x", color="white", s=42, linewidths=1.8, zorder=3)
