"""How pledges compare: per year, per inhabitant, per output; how far a total moves with the convention."""

import datetime as dt
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from summit_analysis.base.days import Period, one_day
from summit_analysis.base.kept import kept
from summit_analysis.currency.rates import EURO, Rates, clean_code, quote
from summit_analysis.ledger.tables import Ledger
from summit_analysis.pledges.claims import (
    Rule,
    Where,
    converted_by_period,
    exactly,
    select,
    settle_claims,
)
from summit_analysis.pledges.once import Once, forest_of
from summit_analysis.pledges.status import dated_updates, years_between

DOLLAR = "USD"
"""The currency in which output is compared, and whose rate says which day of a month was dear."""


@kept
def compare_pledges(
    ledger: Ledger, *, to: str = EURO, on: str | dt.date | None = None, rule: Rule = "full-range"
) -> pd.DataFrame:
    """Put every pledge that is no part of another beside the others, in one currency at the rate of one day.

    Parameters
    ----------
    ledger : Ledger
    to : str
        ISO 4217 code.
    on : str or datetime.date, optional
        The day whose rate serves all rows. Default: that on which the event opened.
    rule : str
        Which claims are read, see `resolve_claims`.

    Returns
    -------
    pandas.DataFrame
        One row per pledge without parent, summit and comparators, in table order:

        - ``pledge_id``, ``group``, ``recipient_country``;
        - ``low_printed``, ``high_printed``, ``currency``: lowest and highest figure read, in the pledge's own currency;
        - ``rate``, ``rate_date``: the rate used, as `normalise` gives it;
        - ``low``, ``high``, ``open_low``, ``open_high``: the figures in whole units of `to`, and whether a claim says
          "up to" or "at least";
        - ``standing``: what stands of a pledge that was scaled back: the last sum that its news name since; else empty;
        - ``horizon``: ``one-year``, ``multi-year`` or ``unstated``; ``horizon_start``, ``horizon_end`` as in the
          table; ``years_low``, ``years_high``: from the first to the last of them, both counted whole (2025 to 2029 are
          five, July 2024 to June 2025 is one), and what another source says, see ``horizon_years``;
        - ``low_per_year``, ``high_per_year``: the low figure over most years, the high one over fewest; as all that
          follows, of what stands where a pledge was scaled back;
        - ``gdp`` (whole US dollars of ``gdp_year``), ``share_low``, ``share_high``: the figures as a share of it (1 is
          one year's output), put into dollars at the mean rate of that year; ``low_per_person``, ``high_per_person``:
          divided by inhabitants. Empty where no single economy receives the money (``WLD``);
        - ``comparable``: a word for money of another kind (``no-money``, ``financing``, or as in the table), empty
          where nothing in the ledger says so; ``reason``, ``note`` (of the pledge);
        - ``claim_ids``: the claims read, joined by semicolons.

    Raises
    ------
    ChoiceError
        If the rule is not known.
    MissingRateError
        If a currency has no rate on that day.
    FrameError
        If `on` is not a day.

    Notes
    -----
    Rival claims are settled in the currency of the pledge (`settle_claims`). Shares follow the IMF, which puts output
    into dollars at the market rates of its year; so they do not depend on `on`.

    >>> compared = compare_pledges(ledger).set_index("pledge_id")
    >>> (compared.loc["france-109bn", ["low_per_year", "high_per_year"]].astype(float) / 1e9).round(1).tolist()
    [15.6, 36.3]
    """
    to, on = clean_code(to), ledger.about.opening_day if on is None else on
    settled = settle_claims(ledger, rule).set_index("pledge_id")
    pledges = ledger.pledges.set_index("pledge_id").loc[lambda rows: rows["parent_id"].isna()]
    pledges = pledges[pledges.index.isin(settled.index)]
    comparable, reason = pledges["other_money"], pledges["other_money_reason"]
    for other, word, why in (
        (pledges["pledger_kind"] == "public-bank", "financing", "a public bank lends, guarantees and buys shares"),
        (pledges["money_kind"] == "none", "no-money", "land or power, no money"),
    ):
        comparable, reason = comparable.mask(other, word), reason.mask(other, why)
    years = years_between(pledges["horizon_start"], pledges["horizon_end"])
    # another source may say "3-5"
    said = pledges["horizon_years"].str.split("-", expand=True).reindex(columns=[0, 1]).astype(float).ffill(axis=1)
    printed = settled[["low", "high", "currency", "open_low", "open_high", "claim_ids"]].loc[pledges.index]
    valued = ledger.rates.convert(printed, amounts=["low", "high"], to=to, on=on)
    standing = _standing(ledger, to, on).reindex(pledges.index)
    left = (standing / valued[f"high_{to}"]).fillna(1.0)
    low, high = valued[f"low_{to}"], valued[f"high_{to}"]
    fewest, most = np.fmin(years, said[0]), np.fmax(years, said[1])
    economy = pledges[["recipient_country"]].join(ledger.economies.set_index("iso3"), on="recipient_country")
    # output is in dollars at the mean rate of its year
    of_year = printed.assign(year=economy["gdp_year"].astype("str") + "-01-01")[economy["gdp_year"].notna()]
    in_dollars = ledger.rates.convert(of_year, amounts=["low", "high"], date="year", to=DOLLAR, period="year")
    share = in_dollars[[f"low_{DOLLAR}", f"high_{DOLLAR}"]].div(economy["gdp"].astype(float), axis="index")
    frame = pledges.assign(
        low_printed=printed["low"],
        high_printed=printed["high"],
        currency=printed["currency"],
        rate=valued["rate"],
        rate_date=valued["rate_date"],
        low=low,
        high=high,
        standing=standing,
        **{name: printed[name] for name in ("open_low", "open_high", "claim_ids")},
        comparable=comparable,
        reason=reason,
        years_low=fewest,
        years_high=most,
        horizon=np.select([most <= 1, most > 1], ["one-year", "multi-year"], "unstated"),
        low_per_year=left * low / most,
        high_per_year=left * high / fewest,
        gdp=economy["gdp"].astype(float),
        gdp_year=economy["gdp_year"],
        share_low=left * share[f"low_{DOLLAR}"],
        share_high=left * share[f"high_{DOLLAR}"],
        low_per_person=left * low / economy["population"].astype(float),
        high_per_person=left * high / economy["population"].astype(float),
    )
    return frame[
        [
            "group",
            "recipient_country",
            "low_printed",
            "high_printed",
            "currency",
            "rate",
            "rate_date",
            "low",
            "high",
            "open_low",
            "open_high",
            "standing",
            "horizon",
            "horizon_start",
            "horizon_end",
            "years_low",
            "years_high",
            "low_per_year",
            "high_per_year",
            "gdp",
            "gdp_year",
            "share_low",
            "share_high",
            "low_per_person",
            "high_per_person",
            "comparable",
            "reason",
            "note",
            "claim_ids",
        ]
    ].reset_index()


def _standing(ledger: Ledger, to: str, on: str | dt.date) -> pd.Series:
    """What stands of pledges that were scaled back: the last sum that their news name since."""
    updates = dated_updates(ledger)
    since = updates[updates["status"] == "scaled-back"].groupby("pledge_id")["last_on"].min()
    after = updates["last_on"] >= since.reindex(updates["pledge_id"]).to_numpy()
    last = updates[after & updates["amount_is"].isin(["part", "new-total"])].drop_duplicates("pledge_id", keep="last")
    return ledger.rates.convert(last, amounts="amount", to=to, on=on).set_index("pledge_id")[f"amount_{to}"]


@kept
def total_by_convention(
    ledger: Ledger,
    *,
    to: str = EURO,
    rule: Rule = "full-range",
    where: Where = None,
    on: str | dt.date | None = None,
    only: str | Iterable[str] | None = None,
) -> pd.DataFrame:
    """Count each euro once under every convention for the rate.

    Only the rate changes from row to row: the claims read, envelopes and ties stay.

    Parameters
    ----------
    ledger : Ledger
    to : str
        ISO 4217 code.
    rule, where, only
        As in `total`.
    on : str or datetime.date, optional
        See `shared_rates`. Default: the day on which the package of the headlines was announced, else the opening.

    Returns
    -------
    pandas.DataFrame
        One row per convention:

        - ``convention``: first those that give each pledge a rate of its own, ``own-day`` (what `total` does; a claim
          known by its month or year takes the mean), ``announcement-day`` (of its pledge; the own day where there is
          none), ``own-month`` and ``own-year`` (means); then those of `shared_rates`, one rate for all pledges;
        - ``day``, ``period``: the rate of a shared one; for the others ``day`` is NaT;
        - ``to``, ``low``, ``high``: the total as printed, whole units of `to`;
        - ``moved_low``, ``moved_high``: by how much they differ from ``own-day``, as a share of it.

    Raises
    ------
    ChoiceError
        If `rule` or `where` is not known.
    MissingRateError
        If a claim has no rate under one of the conventions.
    FrameError
        If `on` is not a day.

    Notes
    -----
    Rival claims are settled in the currency of the pledge first (`settle_claims`), so only the day of its one rate
    moves. All pledges count as announced.

    >>> in_dollars = total_by_convention(ledger, to="USD", where="france-109bn").set_index("convention")
    >>> round(float(in_dollars.loc["next-published", "high"]))
    112488000000
    """
    to, on, where = clean_code(to), ledger.about.headline_day if on is None else on, exactly(where, only)
    rows = select(ledger, to=to, rule=rule, where=where)
    settled = settle_claims(ledger, rule)
    settled = settled[settled["pledge_id"].isin(rows["pledge_id"])].set_index("pledge_id")
    said, own = settled["valued_on"], settled["valued_by"]
    announced = ledger.pledges.set_index("pledge_id")["announced_on"].loc[settled.index]
    each = {
        "own-day": (said, own),
        "announcement-day": (announced.fillna(said), own.mask(announced.notna(), "day")),
        "own-month": (said, own.where(own == "year", "month")),
        "own-year": (said, "year"),
    }
    shared = shared_rates(ledger.rates, on)
    found = []
    for name, (days, periods) in (each | shared).items():
        valued = converted_by_period(ledger, settled.assign(valued_on=days, valued_by=periods), to, provenance=False)
        bounds = {end: rows["pledge_id"].map(valued[f"{end}_{to}"]) for end in ("low", "high")}
        once = Once(rows.assign(**bounds), ledger.overlaps, forest_of(ledger))
        found.append((name, *shared.get(name, (pd.NaT, "")), to, *once.sums()))
    table = pd.DataFrame(found, columns=["convention", "day", "period", "to", "low", "high"])
    moved = table[["low", "high"]] / table.loc[0, ["low", "high"]].astype(float) - 1
    return table.join(moved.add_prefix("moved_"))


def shared_rates(rates: Rates, on: str | dt.date) -> dict[str, tuple[pd.Timestamp, Period]]:
    """Name the rates around a day that may serve all claims at once.

    Parameters
    ----------
    rates : Rates
    on : str or datetime.date

    Returns
    -------
    dict of str to (pandas.Timestamp, str)
        Day and period of ``last-published`` (on or before `on`: of a Sunday, the Friday), ``next-published`` (after
        it: the Monday; absent where the file ends), ``dollar-cheapest`` and ``dollar-dearest`` (the days of that month
        on which a euro bought most, and fewest, dollars), ``month-mean``, ``year-mean`` (with their first day) and
        ``last-day`` (of the file).

    Raises
    ------
    MissingRateError
        If there is no rate on that day.
    """
    day, days = one_day(on), rates.days
    month, year = day.astype("datetime64[M]"), day.astype("datetime64[Y]")
    of_month = days[days.astype("datetime64[M]") == month]
    dollars = rates.table[np.isin(days, of_month), rates.column[DOLLAR]]
    named: dict[str, tuple[Sequence[object] | np.ndarray, Period]] = {
        "last-published": ([quote(DOLLAR, on=day.item(), rates=rates).rate_date], "day"),
        "next-published": (days[days > day], "day"),
        "dollar-cheapest": (of_month[[dollars.argmax()]], "day"),
        "dollar-dearest": (of_month[[dollars.argmin()]], "day"),
        "month-mean": ([month], "month"),
        "year-mean": ([year], "year"),
        "last-day": (days[-1:], "day"),
    }
    return {name: (pd.Timestamp(one_day(of[0])), period) for name, (of, period) in named.items() if len(of)}
