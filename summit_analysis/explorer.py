"""The explorer: one total with controls in JupyterLab, and by keywords anywhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from summit_analysis.amounts import Language
from summit_analysis.display import alphabetical
from summit_analysis.errors import MissingRateError, SummitAnalysisError
from summit_analysis.exploration import Exploration, page_of
from summit_analysis.rates import EURO
from summit_analysis.resolving import RULES, Rule
from summit_analysis.selection import MONEY_KINDS
from summit_analysis.tables import Ledger
from summit_analysis.totals import Total, total
from summit_analysis.words import words

if TYPE_CHECKING:
    from ipywidgets import Box, Widget

GROUPS = ("money_kind", "recipient_country", "pledger_country", "pledger_kind", "purpose", "new_money")
"""What the control offers to group by; a call takes any column of ``pledges``."""
_FIRST = {"EUR": 0, "USD": 1}
_ALERT = "border-left:0.3em solid #d55e00;padding-left:0.7em;font-size:1.15em;line-height:1.45"


def explore(
    ledger: Ledger,
    *,
    to: str = EURO,
    rule: Rule = "full-range",
    as_of: str | dt.date | None = None,
    money_kinds: str | Iterable[str] | None = None,
    by: str | None = None,
    lang: Language = "en",
    widgets: bool = False,
) -> Exploration:
    """Show a total as one page: its sentence, the chart, what was left out and why, the sources.

    Parameters
    ----------
    ledger : Ledger
    to, rule, as_of, money_kinds, by
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
    FrameError
        If nothing of what is asked for had been announced by the day.

    >>> page = explore(ledger, to="USD", as_of="2025-02-11", rule="article")
    >>> page.call
    "explore(ledger, to='USD', rule='article', as_of='2025-02-11')"
    """
    found = total(ledger, to, rule, by=by, as_of=as_of, money_kinds=money_kinds)
    page = page_of(ledger, found, lang=lang)
    return Explorer(**vars(page), ledger=ledger) if widgets else page


@dataclass(frozen=True, eq=False, repr=False)
class Explorer(Exploration):
    """A page with controls above it: what `explore` returns with ``widgets=True``."""

    ledger: Ledger

    @cached_property
    def controls(self) -> Box:
        """The controls and, below them, the page that follows them."""
        return _panel(self.ledger, self)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        page = super()._repr_mimebundle_()
        return {**self.controls._repr_mimebundle_(), **page} if _somebody_there() else page


def _somebody_there() -> bool:
    """Whether the front end takes input; one that only runs a notebook through has nobody to turn a control."""
    from IPython import get_ipython

    # only the shell of a notebook knows the message it answers
    message: dict[str, Any] = getattr(get_ipython(), "get_parent", dict)()
    return bool(message.get("content", {}).get("allow_stdin"))


def _panel(ledger: Ledger, start: Exploration) -> Box:
    from ipywidgets import HTML, VBox

    say, lang = words("explorer", start.lang), start.lang
    settings, kinds = _settings(ledger, start.total, lang), _kinds(start.total, say)
    shown = {part: _named(HTML(content), part) for part, content in start.parts(folded=False).items()}
    for piece in shown.values():
        # in JupyterLab links and tables look like those of any other output
        piece.add_class("jp-RenderedHTMLCommon")

    def redraw(_: object) -> None:
        # a menu takes nothing for no choice at all
        asked = {name: control.value or None for name, control in settings.items()}
        parts = _parts(ledger, asked, [kind for kind, box in kinds.items() if box.value], lang)
        for part, piece in shown.items():
            piece.value = parts.get(part, "")

    for control in (*settings.values(), *kinds.values()):
        control.observe(redraw, names="value")
    row = _row([*settings.values(), _named(_row(kinds.values()), "kinds")])
    row.layout.margin = "0 0 1rem 0"
    return _named(VBox([row, *shown.values(), _own_keys()]), "")


def _parts(ledger: Ledger, settings: dict[str, Any], kinds: list[str], lang: Language) -> dict[str, str]:
    """The page of the settings, or the sentence that says why there is none."""
    say = words("explorer", lang)
    chosen = None if len(kinds) == len(MONEY_KINDS) else kinds
    try:
        if kinds:
            return page_of(ledger, total(ledger, **settings, money_kinds=chosen), lang=lang).parts(folded=False)
        why = say["no_kind"]
    except MissingRateError as error:
        first = error.missing.iloc[0]
        name = _currency(first["currency"], lang)
        why = say["no_rate"].format(currency=name, n=len(error.missing), day=first["date"])
    except SummitAnalysisError as error:
        why = str(error)
    return {"sentence": f'<p role="alert" style="{_ALERT}">{escape(why)}</p>'}


def _settings(ledger: Ledger, found: Total, lang: Language) -> dict[str, Widget]:
    """The controls by the keyword of `total` that each sets."""
    from ipywidgets import DatePicker, Dropdown

    say, groups = words("explorer", lang), words("bars", lang)
    by = None if found.split is None else found.split.columns[0]
    offered = dict.fromkeys([*GROUPS, *([by] if by else [])])
    choices = {
        "to": (say["currency"], _currencies(ledger, lang), found.to),
        "rule": (say["rule"], [(say[rule], rule) for rule in RULES], found.rule),
        "by": (say["by"], [(say["each"], ""), *((groups.get(name, name), name) for name in offered)], by or ""),
    }
    controls = {
        name: Dropdown(description=label, options=options, value=value)
        for name, (label, options, value) in choices.items()
    }
    day = None if found.as_of is None else dt.date.fromisoformat(found.as_of)
    controls["as_of"] = DatePicker(description=say["as_of"], value=day)
    for name, control in controls.items():
        control.layout.width, control.layout.max_width, control.style.description_width = "24rem", "98%", "6rem"
        _named(control, name)
    return {name: controls[name] for name in ("to", "rule", "as_of", "by")}


def _kinds(found: Total, say: dict[str, str]) -> dict[str, Widget]:
    from ipywidgets import Checkbox

    boxes = {}
    for kind in MONEY_KINDS:
        ticked = found.money_kinds is None or kind in found.money_kinds
        boxes[kind] = _named(Checkbox(description=say[f"only-{kind}"], value=ticked, indent=False), kind)
        boxes[kind].layout.width, boxes[kind].layout.margin = "auto", "0 1.5rem 0 0"
    return boxes


def _currencies(ledger: Ledger, lang: Language) -> list[tuple[str, str]]:
    """Every currency of the ECB as (name, code): the euro and the dollar first, those that ended last."""
    say, rates = words("explorer", lang), ledger.rates
    names = pd.Series({code: f"{_currency(code, lang)} ({code})" for code in rates.currencies})
    ended, looked_up = dict(zip(rates.currencies, rates.ended, strict=True)), alphabetical(names)
    names = names.map(lambda name: say["ended"].format(currency=name)).where(names.index.map(ended), names)
    codes = sorted(names.index, key=lambda code: (ended[code], _FIRST.get(code, len(_FIRST)), looked_up[code]))
    return [(names[code], code) for code in codes]


def _currency(code: str, lang: Language) -> str:
    from babel.numbers import get_currency_name

    return get_currency_name(code, locale=lang)


def _row(children: Iterable[Widget]) -> Box:
    from ipywidgets import HBox, Layout

    # on a narrow screen the controls stand below each other
    return HBox([*children], layout=Layout(flex_flow="row wrap", align_items="center"))


def _own_keys() -> Widget:
    """Keep what is typed in the controls from JupyterLab, where arrows and letters move, cut and delete cells."""
    from ipywidgets import Layout, Output

    script = """setTimeout(() => element.closest('.summit-explorer').querySelectorAll('select, input')
        .forEach((control) => control.setAttribute('data-lm-suppress-shortcuts', 'true')))"""
    message = {"output_type": "display_data", "data": {"application/javascript": script}, "metadata": {}}
    return Output(outputs=(message,), layout=Layout(display="none"))


def _named(widget: Widget, name: str) -> Widget:
    """Give a widget the class by which styles and tests find it."""
    return widget.add_class(f"summit-explorer-{name.replace('_', '-')}" if name else "summit-explorer")
