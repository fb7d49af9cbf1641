"""Pledges, timelines and signatures of the Paris AI Action Summit as evidence that anyone can check.

`load()` reads the tables that ship, ``load(folder)`` tables of your own; nearly everything takes what it returns.

Tables
    `load`, `check`, `Ledger` · a copy to work on: `copy_data`, `add_rows` · of an event of your own: `new_ledger`
    · to read: `show`, `cite`, `links`
Currency
    `normalise` a column, `quote` one rate · the stored rates: `Rates`, `update_rates`
Amounts
    `Amount` (figures, "at least", "up to"), `format_amount`
Claims
    `value_claims`, `compare_claims`, `conflicts` · one amount of rival claims: `resolve_claims`, `RULES` · `status`
Sums
    `total` (a `Total`), `explore` · `ladder`, `explain_ladder` · `announced_by_day`, `documented`
    · `compare_pledges`, `total_by_convention`
Time and signatures
    `timeline` · `signatories`, `names_listed`, `memberships`, `compare_lists`, `changed_sides`, `blocs`,
    `exclusive_intersections`, `claimed_counts`
Articles
    `scan`: a text with its amounts marked, a table, rows · its steps: `find_amounts`, `match_claims`
    · the one behind the ledger: `check_statements`
Figures
    `charts`: ``charts.ladder(load())``, and the others that ``help(summit_analysis.charts)`` lists
Errors
    `errors`; all are a `SummitAnalysisError`

>>> from summit_analysis import load, total
>>> round(total(load(), rule="article", as_of="2025-02-11").high / 1e9, 1)
321.4
"""

import lazy_loader

__version__ = "0.3.0"

# pandas and friends load when a name is first used; the names stand in `__init__.pyi`
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
