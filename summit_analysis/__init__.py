"""Pledges, timelines and signatures of the Paris AI Action Summit as evidence that anyone can check."""

from importlib import import_module

__version__ = "0.1.0"

# each of these names stands in `__init__.pyi`, too: type checkers and editors read nothing else
_HOMES = {
    "amounts": ("Amount", "format_amount", "total_of"),
    "articles": ("Article", "parse_article", "read_article"),
    "charts": ("Chart",),
    "charts_announced": ("chart_announced",),
    "charts_bars": ("chart_total",),
    "charts_claims": ("chart_claims",),
    "charts_comparison": ("chart_comparison",),
    "charts_conflicts": ("chart_conflicts",),
    "charts_counts": ("chart_counts",),
    "charts_gdp": ("chart_share_of_gdp",),
    "charts_intersections": ("chart_intersections",),
    "charts_map": ("chart_positions",),
    "charts_sensitivity": ("chart_sensitivity",),
    "charts_signing": ("chart_memberships",),
    "charts_statements": ("chart_statements",),
    "charts_status": ("chart_status",),
    "charts_sums": ("chart_naive_sum",),
    "charts_totals": ("chart_envelope", "chart_ladder"),
    "charts_timeline": ("chart_timeline",),
    "chronology": ("timeline",),
    "claims": ("compare_claims", "conflicts", "date_claims", "value_claims"),
    "comparisons": ("compare_pledges",),
    "display": ("show",),
    "drafts": ("add_rows", "copy_data"),
    "ecb_file": ("ECBFileProvider",),
    "engines": ("normalise",),
    "errors": (
        "ArticleError",
        "ChoiceError",
        "FigureError",
        "FolderError",
        "FrameError",
        "LedgerError",
        "MissingExtraError",
        "MissingRateError",
        "NetworkError",
        "NotebookError",
        "SummitAnalysisError",
    ),
    "explorer": ("explore",),
    "freshness": ("rates_status", "with_live"),
    "grouping": ("grouped_sum",),
    "live": ("ForexPythonProvider",),
    "matching": ("match_claims",),
    "mentions": ("find_amounts", "find_without_currency"),
    "novelty": ("announced_by_day", "new_or_known"),
    "outcomes": ("status",),
    "quotes": ("Quote", "quote"),
    "rates": ("Rates",),
    "refreshing": ("update_rates",),
    "releases": ("moved_totals",),
    "resolving": ("RULES", "compare_rules", "resolve_claims"),
    "rungs": ("explain_ladder", "ladder"),
    "sensitivity": ("total_by_convention",),
    "signing": ("last_reading", "memberships", "names_listed", "short_names", "signatories"),
    "signing_counts": ("claimed_counts",),
    "signing_groups": ("blocs", "changed_sides", "compare_lists", "exclusive_intersections"),
    "sources": ("cite", "source_line", "without_primary"),
    "statements": ("check_statements", "evidence_behind", "verdicts"),
    "tables": ("Ledger", "check", "inventory", "load"),
    "totals": ("Total", "envelope_by_rule", "total"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}
__all__ = sorted(_HOME)  # noqa: PLE0605


def __getattr__(name: str) -> object:
    # pandas and friends load when a name is first used, not when the package is imported
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
