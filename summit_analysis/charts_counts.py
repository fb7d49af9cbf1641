"""The figure of how many signatories sources count, against the names that stood on the list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from summit_analysis.amounts import Language
from summit_analysis.charts import Chart
from summit_analysis.charts_canvas import GREY, PALE, Style, canvas, palette
from summit_analysis.display import long_day
from summit_analysis.errors import FrameError
from summit_analysis.signing import last_reading, names_listed, short_names, size
from summit_analysis.signing_counts import MEASURES, claimed_counts, names_between
from summit_analysis.sources import publishers, source_line
from summit_analysis.words import words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from summit_analysis.tables import Ledger

_ROW, _MARGIN = 0.2, 0.62
"""Inches: height of a source, and what axis and heads take."""
_MARKS = {"states": "o", "all": "s"}
_BAND = "#cfe4f1"
_APART = 0.2
"""Share of a panel's width that is left between the two: left the states, right states and organisations."""


def chart_counts(ledger: Ledger, *, declaration: str = "paris-2025", lang: Language = "en") -> Chart:
    """Draw every count of signatories as a mark, one source a row, over the names listed on its day.

    Parameters
    ----------
    ledger : Ledger
    declaration : str
        Its id.
    lang : {"en", "fr"}

    Returns
    -------
    Chart
        Its data are the frame of `claimed_counts` without the notes, with ``row``, the place of the source.

    Raises
    ------
    ChoiceError
        If the declaration is unknown.
    FrameError
        If no source counts its signatories.

    >>> chart = chart_counts(ledger, declaration="newdelhi-2026")
    >>> print(chart.title.partition(";")[0])
    Sources put the signatories of New Delhi 2026 at 70 to 92
    >>> chart.data["fits"].value_counts().to_dict()
    {'possible': 11, 'neither': 2, 'names': 1}
    """
    say = words("counts", lang)
    counts = claimed_counts(ledger, declaration).drop(columns="note")
    if counts.empty:
        raise FrameError(f"no source counts the signatories of {declaration!r}; add a row to counts.csv")
    counts = _in_rows(counts)
    names = publishers(ledger.sources).str.replace(r"^GitHub .*/(.*)$", r"\1 (GitHub)", regex=True)
    title, alt = _texts(ledger, counts, declaration, names, lang)
    source = source_line(ledger.sources, counts["source_id"], lang=lang)
    rows = counts.drop_duplicates("row").set_index("row")
    with canvas(title, say["subtitle"], source, height=_ROW * len(rows) + _MARGIN) as (figure, axes):
        _draw(ledger, axes, counts, rows, declaration)
        _dress(axes, counts, rows, names, lang)
        said = title, say["subtitle"], alt, source
        return Chart(f"counted-{declaration}", figure, counts, *said, counts["source_id"])


def _in_rows(counts: pd.DataFrame) -> pd.DataFrame:
    """Give each source of a day a row: by day, then by the smaller figure."""
    day = counts["as_of"].dt.strftime("%Y-%m-%d").fillna("undated")
    least = counts.groupby([day, "source_id"])["count"].transform("min")
    key = pd.DataFrame({"day": day, "least": least, "source": counts["source_id"], "measure": counts["measure"]})
    key = key.sort_values(["day", "least", "source", "measure"], ascending=[True, True, True, False])
    counts = counts.loc[key.index].assign(row=key.groupby(["day", "least", "source"]).ngroup())
    return counts.reset_index(drop=True)


def _texts(ledger: Ledger, counts: pd.DataFrame, declaration: str, names: pd.Series, lang: Language) -> tuple[str, str]:
    say = words("counts", lang)
    adopted = ledger.declarations.set_index("declaration_id").loc[declaration, "adopted_on"]

    def listed(day: pd.Timestamp) -> str:
        return size(names_listed(ledger, declaration, day.date()), lang)

    title = say["title"].format(
        name=short_names(ledger, lang)[declaration],
        least=counts["count"].min(),
        most=counts["count"].max(),
        first=listed(adopted),
        last=listed(last_reading(ledger, declaration)),
    )
    each = []
    for day, rows in counts.groupby("as_of", dropna=False):
        of_source = [(names[of["source_id"].iloc[0]], map(str, of["count"])) for _, of in rows.groupby("row")]
        figures = ", ".join(f"{name} {' + '.join(figures)}" for name, figures in of_source)
        if pd.isna(day):
            each.append(say["each_undated"].format(day=say["undated"], figures=figures))
        else:
            each.append(say["each"].format(day=long_day(day, lang=lang), figures=figures, names=listed(day)))
    alt = say["alt"].format(n=len(counts), sources=counts["source_id"].nunique(), each=say["and"].join(each))
    return title, alt


def _extent(counts: pd.DataFrame) -> tuple[int, int]:
    return int(counts[["count", "low"]].min().min()), int(counts[["count", "high"]].max().max())


def _shift(counts: pd.DataFrame) -> dict[str, int]:
    """How far each measure's panel is moved to the right."""
    least, most = _extent(counts)
    return {"states": 0, "all": round((most - least) * (1 + _APART))}


def _draw(ledger: Ledger, axes: Axes, counts: pd.DataFrame, rows: pd.DataFrame, declaration: str) -> None:
    shift, colours = _shift(counts), dict(zip(MEASURES, palette(), strict=False))
    days = list(zip(rows["first_on"], rows["last_on"], strict=True))
    listed = {span: names_between(ledger, declaration, *span) for span in set(days)}
    for place, span in zip(rows.index, days, strict=True):
        names = listed[span]
        for measure, kind in MEASURES.items():
            low, high = names.loc[kind, ["low", "high"]]
            # a band of one number is as wide as a mark
            left, wide = low + shift[measure] - 0.25, high - low + 0.5
            axes.barh([place], [wide], left=left, height=1, color=_BAND, zorder=0)
    for count in counts.itertuples():
        spot, colour = (count.count + shift[count.measure], count.row), colours[count.measure]
        inside = colour if count.difference == 0 else "white"
        style: Style = {"facecolors": inside, "edgecolors": colour, "linewidths": 1.3}
        axes.scatter(*spot, s=26, marker=_MARKS[count.measure], zorder=3, **style)
        axes.annotate(str(count.count), spot, (5, 0), textcoords="offset points", va="center", size=8)


def _dress(axes: Axes, counts: pd.DataFrame, rows: pd.DataFrame, names: pd.Series, lang: Language) -> None:
    (least, most), shift, say = _extent(counts), _shift(counts), words("counts", lang)
    every = 5 if most - least < 40 else 20
    ticks = range(-(-least // every) * every, most + 1, every)
    axes.set_xticks([tick + moved for moved in shift.values() for tick in ticks], [*map(str, ticks)] * len(shift))
    axes.grid(axis="x")
    axes.set_yticks(rows.index, names[rows["source_id"]], size=8.5)
    margin = (most - least) * 0.6
    axes.set_xlim(least - 1, most + shift["all"] + margin)
    axes.set_ylim(len(rows) - 0.5, -1.4)
    for measure, moved in shift.items():
        axes.text((least + most) / 2 + moved, -0.95, say[measure], ha="center", va="center", size=9, weight="bold")
    day = rows["as_of"].dt.strftime("%Y-%m-%d").fillna("")
    for row in rows.index[day.ne(day.shift())]:
        text = say["undated"] if pd.isna(rows.loc[row, "as_of"]) else long_day(rows.loc[row, "as_of"], lang=lang)
        axes.axhline(row - 0.5, color=PALE, lw=0.6)
        axes.text(most + shift["all"] + margin * 0.96, row, text, ha="right", va="center", size=8, color=GREY)
