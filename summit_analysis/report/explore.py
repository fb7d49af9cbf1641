"""The explorer: one total with all that a reporter asks about it, with controls in JupyterLab."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any

import ipywidgets
import pandas as pd
from babel.numbers import get_currency_name
from IPython import get_ipython

from summit_analysis import charts
from summit_analysis.base.errors import AbsentError, FrameError, SummitAnalysisError
from summit_analysis.base.text import Language, alphabetical, long_day, words
from summit_analysis.currency.rates import EURO
from summit_analysis.ledger.display import Table, plain_dollars, show
from summit_analysis.ledger.sources import cite, links
from summit_analysis.ledger.tables import Ledger
from summit_analysis.pledges.claims import MONEY_KINDS, Only, Rule, Where, rules_for, select
from summit_analysis.pledges.once import WHOLE
from summit_analysis.pledges.totals import Total, total

GROUPS = ("money_kind", "recipient_country", "pledger_country", "pledger_kind", "purpose", "new_money")
"""What the control offers to group by; a call takes any column of ``pledges``."""
_LEFT_OUT = ["pledge_id", "low", "high", "open_low", "open_high", "scale", "money_kind", "reason", "counted_in"]
_ALERT = "border-left:0.3em solid #d55e00;padding-left:0.7em;font-size:1.15em;line-height:1.45"
# who turns a menu or types a day must not lose it to JupyterLab, where arrows and letters move, cut and delete cells
_OWN_KEYS = """setTimeout(() => element.closest('.summit-explorer').querySelectorAll('select, input')
        .forEach((control) => control.setAttribute('data-lm-suppress-shortcuts', 'true')))"""


def explore(
    ledger: Ledger,
    *,
    to: str = EURO,
    rule: Rule = "full-range",
    where: Where = None,
    as_of: str | dt.date | None = None,
    money_kinds: str | Iterable[str] | None = None,
    by: str | None = None,
    only: str | Iterable[str] | None = None,
    lang: Language = "en",
    widgets: bool = False,
) -> Exploration:
    """Show a total as one page: its sentence, the chart, what was left out and why, the sources.

    Parameters
    ----------
    ledger : Ledger
    to, rule, where, as_of, money_kinds, by, only
        As in `total`.
    lang : {"en", "fr"}
    widgets : bool
        Put controls above it, in JupyterLab and wherever else somebody can turn them. What is saved with a notebook,
        and what a notebook shows that is only run through, is the page of this call.

    Returns
    -------
    Exploration

    Raises
    ------
    ChoiceError
        If a setting is not known.
    MissingRateError
        If a claim cannot be put into the currency.
    AbsentError
        If the ledger is empty.
    FrameError
        If nothing of what is asked for had been announced by the day.

    >>> page = explore(ledger, to="USD", as_of="2025-02-11", rule="article")
    >>> page.call
    "explore(ledger, to='USD', rule='article', as_of='2025-02-11')"
    """
    found = total(ledger, to, rule, where, by=by, as_of=as_of, money_kinds=money_kinds, only=only)
    if ledger.claims.empty:
        raise AbsentError(words("site", lang)["empty"])
    if found.counted.empty:
        say, pledges = words("explorer", lang), select(ledger, where=found.where)
        first = pledges.loc[pledges["money_kind"].isin(found.money_kinds or MONEY_KINDS), "announced_on"].min()
        if found.as_of is None or pd.isna(first):
            raise FrameError(say["nothing_ever"])
        raise FrameError(say["nothing"].format(day=found.day_in_words(lang), first=long_day(first, lang=lang)))
    every = total(ledger, found.to, found.rule, found.where, as_of=found.as_of)
    other = pd.concat([every.counted, every.left_out]).assign(reason="another kind of money", counted_in="")
    left = pd.concat([found.left_out, other]).drop_duplicates("pledge_id").set_index("pledge_id")
    left = left.drop(found.counted["pledge_id"]).join(every.once.rows.set_index("pledge_id")["scale"])
    chart = charts.total(
        ledger, to=to, rule=rule, where=found.where, by=by, as_of=as_of, money_kinds=found.money_kinds, lang=lang
    )
    return Exploration(
        found, chart, left.reset_index()[_LEFT_OUT], cite(ledger.sources, chart.source_ids), lang, widgets
    )


@dataclass(frozen=True, eq=False, repr=False)
class Exploration:
    """A total as one page.

    Attributes
    ----------
    total : Total
    chart : Chart
        See `charts.total`.
    left_out : pandas.DataFrame
        Every pledge selected that is not counted, with ``reason``: those of the total, and those of another kind
        of money. ``pledge_id``, ``low``, ``high`` (whole units of the currency), ``open_low``, ``open_high``,
        ``scale`` (of a "several billion"), ``money_kind``, ``reason``, ``counted_in``.
    sources : pandas.DataFrame
        The sources of the amounts counted: see `cite`.
    lang : {"en", "fr"}
    widgets : bool
        Whether controls stand above it where somebody can turn them.
    """

    total: Total
    chart: charts.Chart
    left_out: pd.DataFrame
    sources: pd.DataFrame
    lang: Language
    widgets: bool

    @cached_property
    def sentence(self) -> str:
        """The total in words."""
        return self.total.sentence(self.lang)

    @property
    def call(self) -> str:
        """The Python that gives the same: all settings that are not its own."""
        found = self.total
        settings = {
            "to": found.to if found.to != EURO else None,
            "rule": found.rule if found.rule != "full-range" else None,
            "where": None if isinstance(found.where, Only) else found.where,
            "only": list(found.where.words) if isinstance(found.where, Only) else None,
            "as_of": found.as_of,
            "money_kinds": None if found.money_kinds is None else list(found.money_kinds),
            "by": None if found.split is None else found.split.columns[0],
            "lang": self.lang if self.lang != "en" else None,
        }
        given = [f"{name}={value!r}" for name, value in settings.items() if value is not None]
        return f"explore({', '.join(['ledger', *given])})"

    def tables(self) -> list[Table]:
        """Return what was left out, and what ties take off the lower sum if they do, put into words."""
        say, ties = words("explorer", self.lang), self.total.ties
        off = ties.loc[(ties["within"] == WHOLE) & (ties["low"] > 0), ["pledge_a", "pledge_b", "low", "reason"]]
        left = self.left_out.assign(money_kind=self.left_out["money_kind"].map(say))
        tables = {"left-out": (left, ""), "ties": (off.rename(columns={"low": "amount"}), say["ties"])}
        how = {"lang": self.lang, "currency": self.total.to, "names": self.total.ledger.names(self.lang)}
        return [
            show(frame, f"explored-{name}", caption=caption, **how)
            for name, (frame, caption) in tables.items()
            if len(frame)
        ]

    def text(self) -> str:
        """Return all of it as text: what a notebook test compares."""
        in_full = self.total.sentence(self.lang, long=True)
        left = "\n".join([self._title("left_out"), in_full, *(table.text() for table in self.tables())])
        cited = "\n".join([self._title("sources"), *self.sources["citation"]])
        return "\n\n".join(
            [self.sentence, self.chart.text(), left, cited, f"{words('explorer', self.lang)['same']} {self.call}"]
        )

    def _title(self, part: str) -> str:
        return words("explorer", self.lang)[part].format(n=len(getattr(self, part)))

    def parts(self, *, folded: bool = True) -> dict[str, str]:
        """Return the pieces of the page as HTML: ``sentence``, ``chart``, ``left_out``, ``sources``, ``call``.

        Parameters
        ----------
        folded : bool
            Tables and sources show only their title until it is opened.
        """
        say, in_full = words("explorer", self.lang), escape(self.total.sentence(self.lang, long=True))
        tables = "".join(table.to_html() for table in self.tables())
        parts = {
            "sentence": f'<p style="font-size:1.15em;line-height:1.45;max-width:52em">{escape(self.sentence)}</p>',
            "chart": self.chart.html(),
            "left_out": _fold(self._title("left_out"), f"<p>{in_full}</p>{tables}", folded),
            "sources": _fold(self._title("sources"), links(self.sources), folded),
            "call": f"<p>{say['same']} <code>{escape(self.call)}</code></p>",
        }
        return {part: plain_dollars(content) for part, content in parts.items()}

    @cached_property
    def controls(self) -> ipywidgets.Box:
        """The controls and, below them, the page that follows them."""
        found, say, groups = self.total, words("explorer", self.lang), words("bars", self.lang)
        by = "" if found.split is None else found.split.columns[0]
        day = None if found.as_of is None else dt.date.fromisoformat(found.as_of)
        rates = found.ledger.rates
        ended = pd.Series(rates.table[-1], rates.currencies).isna()
        offered = {*rates.convertible} - {*ended.index[ended]} | {found.to}
        names = pd.Series({code: f"{get_currency_name(code, locale=self.lang)} ({code})" for code in offered})
        codes = dict.fromkeys([EURO, "USD", *names.sort_values(key=alphabetical).index])
        currencies = [(names[code], code) for code in codes if code in names]
        rules = [(say[rule], rule) for rule in rules_for(found.ledger)]
        columns = [(groups.get(name, name), name) for name in dict.fromkeys(filter(None, [*GROUPS, by]))]
        look = {"layout": {"width": "24rem", "max_width": "98%"}, "style": {"description_width": "6rem"}}
        tick = {"indent": False, "layout": {"width": "auto", "margin": "0 1.5rem 0 0"}}
        settings: dict[str, ipywidgets.Widget] = {
            "to": ipywidgets.Dropdown(description=say["currency"], options=currencies, value=found.to, **look),
            "rule": ipywidgets.Dropdown(description=say["rule"], options=rules, value=found.rule, **look),
            "as_of": ipywidgets.DatePicker(description=say["as_of"], value=day, **look),
            "by": ipywidgets.Dropdown(description=say["by"], options=[(say["each"], ""), *columns], value=by, **look),
        }
        kinds: dict[str, ipywidgets.Widget] = {
            kind: ipywidgets.Checkbox(
                description=say[f"only-{kind}"], value=kind in (found.money_kinds or MONEY_KINDS), **tick
            )
            for kind in MONEY_KINDS
        }
        # in JupyterLab links and tables look like those of any other output
        shown: dict[str, ipywidgets.Widget] = {
            part: ipywidgets.HTML(content).add_class("jp-RenderedHTMLCommon")
            for part, content in self.parts(folded=False).items()
        }

        def redraw(_: object) -> None:
            # a menu takes nothing for no choice at all
            asked: dict[str, Any] = {name: one.value or None for name, one in settings.items()}
            ticked = [kind for kind, box in kinds.items() if box.value]
            if len(ticked) < len(MONEY_KINDS):
                asked["money_kinds"] = ticked
            try:
                if not ticked:
                    raise FrameError(say["no_kind"])
                parts = explore(found.ledger, **asked, where=found.where, lang=self.lang).parts(folded=False)
            except SummitAnalysisError as error:
                parts = {"sentence": f'<p role="alert" style="{_ALERT}">{escape(str(error))}</p>'}
            for part, piece in shown.items():
                piece.value = parts.get(part, "")

        for control in (settings | kinds).values():
            control.observe(redraw, names="value")
        # on a narrow screen the controls stand below each other
        wrapped = {"flex_flow": "row wrap", "align_items": "center"}
        boxes = ipywidgets.HBox([*kinds.values()], layout=wrapped)
        row = ipywidgets.HBox([*settings.values(), boxes], layout={"margin": "0 0 1rem 0", **wrapped})
        # by these classes styles and tests find them
        for name, widget in {**settings, **kinds, **shown, "kinds": boxes}.items():
            widget.add_class(f"summit-explorer-{name.replace('_', '-')}")
        script = {"output_type": "display_data", "data": {"application/javascript": _OWN_KEYS}, "metadata": {}}
        hidden = ipywidgets.Output(outputs=(script,), layout={"display": "none"})
        return ipywidgets.VBox([row, *shown.values(), hidden]).add_class("summit-explorer")

    def html(self) -> str:
        """Return the page as one piece of HTML."""
        return f'<div class="summit-exploration" lang="{self.lang}">{"".join(self.parts().values())}</div>'

    __repr__ = text

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        page: dict[str, object] = {"text/plain": self.text(), "text/html": self.html()}
        # a notebook that is only run through has nobody to turn a control; its shell knows the message it answers
        message: dict[str, Any] = getattr(get_ipython(), "get_parent", dict)()
        somebody_there = message.get("content", {}).get("allow_stdin")
        return {**self.controls._repr_mimebundle_(), **page} if self.widgets and somebody_there else page


def _fold(title: str, content: str, folded: bool) -> str:
    # who uses the keyboard must be able to scroll the box
    return (
        f"<details{'' if folded else ' open'}><summary><b>{title}</b></summary>"
        f'<div tabindex="0" style="max-height:22em;overflow:auto">{content}</div></details>'
    )
