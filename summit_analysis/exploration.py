"""One total with all that a reporter asks about it: the sentence, the chart, what was left out, the sources."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import pandas as pd

from summit_analysis.amounts import Language
from summit_analysis.charts import Chart
from summit_analysis.charts_bars import draw_total
from summit_analysis.display import Table, long_day, plain_dollars, show
from summit_analysis.errors import FrameError
from summit_analysis.rates import EURO
from summit_analysis.selection import MONEY_KINDS
from summit_analysis.sources import cite, links
from summit_analysis.tables import Ledger
from summit_analysis.ties import WHOLE
from summit_analysis.totals import Total, total
from summit_analysis.words import words

OTHER_KIND = "another kind of money"
_LEFT_OUT = ["pledge_id", "low", "high", "open_low", "open_high", "scale", "money_kind", "reason", "counted_in"]


@dataclass(frozen=True, eq=False, repr=False)
class Exploration:
    """A total as one page.

    Attributes
    ----------
    total : Total
    chart : Chart
        See `chart_total`.
    left_out : pandas.DataFrame
        Every pledge of the summit that is not counted, with ``reason``: those of the total, and those of another kind
        of money. ``pledge_id``, ``low``, ``high`` (whole units of the currency), ``open_low``, ``open_high``,
        ``scale`` (of a "several billion"), ``money_kind``, ``reason``, ``counted_in``.
    sources : pandas.DataFrame
        The sources of the amounts counted: see `cite`.
    call : str
        The Python that gives the same.
    lang : {"en", "fr"}
    """

    total: Total
    chart: Chart
    left_out: pd.DataFrame
    sources: pd.DataFrame
    call: str
    lang: Language

    @property
    def sentence(self) -> str:
        """The total in words."""
        return self.total.sentence(self.lang)

    def tables(self) -> list[Table]:
        """Return what was left out, and what ties take off the lower sum if they do, put into words."""
        say, names = words("explorer", self.lang), self.total.names.set_index("pledge_id")[f"label_{self.lang}"]
        reasons, ties = words("reasons", self.lang), self.total.ties
        ties = ties.loc[(ties["within"] == WHOLE) & (ties["low"] > 0), ["pledge_a", "pledge_b", "low", "reason"]]
        left = self.left_out.assign(money_kind=self.left_out["money_kind"].map(say))
        tables = {"left-out": (left, ""), "ties": (ties.rename(columns={"low": "amount"}), say["ties"])}
        how = {"lang": self.lang, "currency": self.total.to, "names": names}
        return [
            show(frame.assign(reason=frame["reason"].map(reasons)), f"explored-{name}", caption=caption, **how)
            for name, (frame, caption) in tables.items()
            if len(frame)
        ]

    def text(self) -> str:
        """Return all of it as text: what a notebook test compares."""
        say = words("explorer", self.lang)
        left = "\n".join([self._title("left_out"), *(table.text() for table in self.tables())])
        cited = "\n".join([self._title("sources"), *self.sources["citation"]])
        return "\n\n".join([self.sentence, self.chart.text(), left, cited, f"{say['same']} {self.call}"])

    def _title(self, part: str) -> str:
        return words("explorer", self.lang)[part].format(n=len(getattr(self, part)))

    def parts(self, *, folded: bool = True) -> dict[str, str]:
        """Return the pieces of the page as HTML: ``sentence``, ``chart``, ``left_out``, ``sources``, ``call``.

        Parameters
        ----------
        folded : bool
            Tables and sources show only their title until it is opened.
        """
        say, tables = words("explorer", self.lang), "".join(table.to_html() for table in self.tables())
        parts = {
            "sentence": f'<p style="font-size:1.15em;line-height:1.45;max-width:52em">{escape(self.sentence)}</p>',
            "chart": self.chart.html(),
            "left_out": _fold(self._title("left_out"), tables, folded),
            "sources": _fold(self._title("sources"), links(self.sources), folded),
            "call": f"<p>{say['same']} <code>{escape(self.call)}</code></p>",
        }
        return {part: plain_dollars(content) for part, content in parts.items()}

    def html(self) -> str:
        """Return the page as one piece of HTML."""
        return f'<div class="summit-exploration" lang="{self.lang}">{"".join(self.parts().values())}</div>'

    __repr__ = text

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        return {"text/plain": self.text(), "text/html": self.html()}


def page_of(ledger: Ledger, found: Total, *, lang: Language = "en") -> Exploration:
    """Put a total of the summit on one page: see `explore`."""
    if found.counted.empty:
        raise FrameError(_nothing(ledger, found, lang))
    chart = draw_total(ledger, found, lang=lang)
    every = found if found.money_kinds is None else total(ledger, found.to, found.rule, as_of=found.as_of)
    sources = cite(ledger.sources, chart.source_ids)
    return Exploration(found, chart, _left_out(found, every), sources, _call(found, lang), lang)


def _nothing(ledger: Ledger, found: Total, lang: Language) -> str:
    """Say why nothing is counted."""
    say, pledges = words("explorer", lang), ledger.pledges
    asked = (pledges["group"] == "summit") & pledges["money_kind"].isin(found.money_kinds or MONEY_KINDS)
    first = pledges.loc[asked, "announced_on"].min()
    if found.as_of is None or pd.isna(first):
        return say["nothing_ever"]
    return say["nothing"].format(day=found.day_in_words(lang), first=long_day(first, lang=lang))


def _left_out(found: Total, every: Total) -> pd.DataFrame:
    rows = pd.concat([every.counted, every.left_out])
    asked = pd.concat([found.counted, found.left_out])["pledge_id"]
    other = rows[~rows["pledge_id"].isin(asked)].assign(reason=OTHER_KIND, counted_in="")
    scales = pd.concat([found.unquantified, every.unquantified]).drop_duplicates("pledge_id").set_index("pledge_id")
    left = pd.concat([found.left_out, other], ignore_index=True)
    return left.assign(scale=left["pledge_id"].map(scales["scale"]))[_LEFT_OUT]


def _call(found: Total, lang: Language) -> str:
    """Write the call of `explore` with all settings that are not its own."""
    settings = {
        "to": found.to if found.to != EURO else None,
        "rule": found.rule if found.rule != "full-range" else None,
        "as_of": found.as_of,
        "money_kinds": None if found.money_kinds is None else list(found.money_kinds),
        "by": None if found.split is None else found.split.columns[0],
        "lang": lang if lang != "en" else None,
    }
    given = [f"{name}={value!r}" for name, value in settings.items() if value is not None]
    return f"explore({', '.join(['ledger', *given])})"


def _fold(title: str, content: str, folded: bool) -> str:
    # who uses the keyboard must be able to scroll the box
    return (
        f"<details{'' if folded else ' open'}><summary><b>{title}</b></summary>"
        f'<div tabindex="0" style="max-height:22em;overflow:auto">{content}</div></details>'
    )
