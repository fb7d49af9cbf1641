"""What became of each pledge as of a day, how strong the evidence is, and over how many years it is to be spent."""

import datetime as dt
from collections import defaultdict

import pandas as pd

from summit_analysis.base.days import day_or_period, one_day, period_bounds
from summit_analysis.base.kept import kept
from summit_analysis.base.text import Row
from summit_analysis.currency.rates import EURO, clean_code
from summit_analysis.ledger.tables import Ledger

BUILDINGS = ("data-centre", "compute", "cloud", "gigafactory", "energy")
"""Purposes that make a pledge a project with a site, not a fund."""
STEPS = ("announced", "site-chosen", "financed", "permitted", "under-construction", "operating")
"""How far a pledge can come, in order."""
GONE = ("withdrawn", "reportedly-withdrawn")
"""What stands for the step of a pledge that its own side, or only others, say was withdrawn."""
STRENGTHS = ("primary", "news", "mirror", "digest", "undated")
"""Evidence, strongest first: the actor itself; a text of its own; a copy of another's; a retelling; no day at all."""
DOCUMENTED = ("raised", "spent", "contracted")
"""What a sum named in an update must be to count as documented money."""
_SURE_FIRST = ("yes", "possibly", "no")
_DAYS_PER_YEAR = 365.25


@kept
def last_day(ledger: Ledger) -> pd.Timestamp:
    """Return the latest day on which any source of the ledger was published: nothing can be known to be later."""
    return ledger.sources["published_on"].max()


@kept
def last_news(ledger: Ledger) -> pd.Timestamp:
    """Return the day of the last dated news about a pledge; without any, the last day in the data."""
    days = ledger.updates["updated_on"]
    return last_day(ledger) if days.isna().all() else days.max()


@kept
def dated_updates(ledger: Ledger, as_of: str | dt.date | None = None) -> pd.DataFrame:
    """Give each update the days between which it happened, and whether it had by a day.

    Parameters
    ----------
    ledger : Ledger
    as_of : str or datetime.date, optional
        Default: the last day in the data, on which every update counts.

    Returns
    -------
    pandas.DataFrame
        The table ``updates`` in order of time with ``dated`` (day, month or year as the source has it), ``first_on``,
        ``last_on`` (first and last possible day; a period ends no later than the last day in the data, NaT if nothing
        is known), ``happened`` (``yes``, ``possibly``, ``no``) and ``strength`` (one of `STRENGTHS`).
    """
    if as_of is not None:
        dated, day = dated_updates(ledger), pd.Timestamp(one_day(as_of))
        if day < last_day(ledger):
            certain = dated["happened"].where(dated["last_on"] <= day, "possibly")
            dated["happened"] = certain.mask(dated["first_on"] > day, "no")
        # what is known on the last day in the data has happened, also if nobody says when
        return dated
    updates, sources = ledger.updates, ledger.sources.set_index("source_id")
    begins, ends = period_bounds(updates["updated_period"])
    first = updates["updated_on"].fillna(begins)
    last = updates["updated_on"].fillna(ends.clip(upper=last_day(ledger)))
    kind, read_as = (updates["source_id"].map(sources[column]) for column in ("kind", "read_as"))
    evidence = [(first.isna(), "undated"), (read_as != "original", read_as), (kind == "primary", "primary")]
    dated = updates.assign(
        dated=day_or_period(updates, "updated"),
        first_on=first,
        last_on=last,
        happened="yes",
        strength=pd.Series("news", updates.index).case_when(evidence),
    )
    return dated.sort_values(["last_on", "first_on"], na_position="first", kind="stable")


@kept
def valued_updates(ledger: Ledger, to: str = EURO, as_of: str | dt.date | None = None) -> pd.DataFrame:
    """Return `dated_updates` that happened or may have, with ``figure``, the sum named in whole units of `to`.

    A sum without any day is valued on the last day in the data.
    """
    told = dated_updates(ledger, as_of).fillna({"last_on": last_day(ledger), "currency": to})
    told = told[told["happened"] != "no"]
    valued = ledger.rates.convert(told, amounts="amount", date="last_on", to=to, provenance=False)
    return valued.rename(columns={f"amount_{to}": "figure"})


@kept
def documented_sums(ledger: Ledger, to: str = EURO, as_of: str | dt.date | None = None) -> pd.DataFrame:
    """Return of each pledge and kind of documented or firm money the largest sum that a source names.

    Sums of one kind about one pledge are readings of one amount, or its state on several days: never added.

    Returns
    -------
    pandas.DataFrame
        ``pledge_id``, ``documented`` (whole units of `to`), ``kind`` (``raised``, ``spent``, ``contracted``; ``firm``:
        committed without condition), ``dated`` (day, month or year as the source has it), ``source_id``; pledges in
        table order.
    """
    told = valued_updates(ledger, to, as_of)
    told = told[told["amount_is"].isin([*DOCUMENTED, "firm"]) & told["happened"].eq("yes")]
    names = {"figure": "documented", "amount_is": "kind"}
    told = told.sort_values(["amount_is", "figure"], ascending=[True, False]).rename(columns=names)
    largest = told.drop_duplicates(["pledge_id", "kind"])[["pledge_id", *names.values(), "dated", "source_id"]]
    return ledger.pledges[["pledge_id"]].merge(largest, on="pledge_id")


@kept
def status(ledger: Ledger, as_of: str | dt.date | None = None, *, to: str = EURO) -> pd.DataFrame:
    """Say what became of each pledge.

    Parameters
    ----------
    ledger : Ledger
    as_of : str or datetime.date, optional
        Default: the last day in the data, and of a later day nothing more is known than on that one.
    to : str
        ISO 4217 code of the currency of ``documented`` and ``firm``.

    Returns
    -------
    pandas.DataFrame
        One row per pledge in table order. As of an earlier day those that somebody had announced by then: a pledge
        whose ``announced_on`` is not known has no row, as it is in no sum of `total`, which counts them.

        - ``counts_as``: ``project`` or ``fund`` (announced at or around the event, and no package of such; only these
          two are counted as pledges of the event), ``package`` (holds such pledges), ``later`` (announced
          after it, new money or a piece of what had been promised), ``older`` (promised before), ``comparator``;
        - ``furthest``: the furthest of `STEPS` it had certainly reached (``announced`` if no update says more);
        - ``furthest_possible``: the furthest it may have reached, where only a period is known;
        - ``withdrawn``: ``yes``, ``possibly`` or ``no``;
        - ``last_change``, ``last_change_on``: the last of enlarged, scaled-back, withdrawn, and its day (last possible
          day of a period);
        - ``strength``: evidence for ``furthest``, the strongest of `STRENGTHS`;
        - ``documented``: the money that a source says was raised, spent or contracted, the largest of these sums;
          ``firm``: what is committed without condition; whole units of `to`, NaN where no source names a sum;
        - ``updates``, ``source_ids``: how many updates count by then, and their sources (joined by semicolons).

    What was known at the summit, and on the last day in the data:

    >>> then, now = (status(ledger, day).set_index("pledge_id") for day in ("2025-02-11", None))
    >>> [found.loc["fluidstack-supercomputer", "withdrawn"] for found in (then, now)]
    ['no', 'yes']

    A week before the summit most of them had not been announced, and of eleven nobody knows the day:

    >>> len(status(ledger, "2025-02-04")), len(status(ledger)), int(ledger.pledges["announced_on"].isna().sum())
    (30, 102, 11)
    """
    told: dict[str, list[Row]] = defaultdict(list)
    for update in dated_updates(ledger, as_of).itertuples():
        told[update.pledge_id].append(update)
    rows, counts = [], _counts_as(ledger)
    for pledge in ledger.pledges["pledge_id"]:
        updates = told[pledge]
        sure = [update for update in updates if update.happened == "yes"]
        furthest, possible = _furthest(sure), _furthest([update for update in updates if update.happened != "no"])
        withdrawn = [update.happened for update in updates if update.status == "withdrawn"]
        changes = [update for update in sure if update.status in ("enlarged", "scaled-back", "withdrawn")]
        strengths = [update.strength for update in sure if update.status == furthest]
        rows.append(
            {
                "pledge_id": pledge,
                "counts_as": counts[pledge],
                "furthest": furthest,
                "furthest_possible": possible,
                "withdrawn": min(withdrawn, key=_SURE_FIRST.index, default="no"),
                "last_change": changes[-1].status if changes else None,
                "last_change_on": changes[-1].last_on if changes else pd.NaT,
                "strength": min(strengths, key=STRENGTHS.index, default=None),
                "updates": len(sure),
                "source_ids": ";".join(update.source_id for update in sure),
            }
        )
    columns = ["pledge_id", "counts_as", "furthest", "furthest_possible", "withdrawn", "last_change", "last_change_on"]
    found = pd.DataFrame(rows, columns=[*columns, "strength", "updates", "source_ids"])
    found = found.astype(dict.fromkeys(("last_change", "strength"), "str") | {"last_change_on": "datetime64[us]"})
    money = documented_sums(ledger, clean_code(to), as_of)
    firm = money["kind"] == "firm"
    for column, sums in (("documented", money[~firm]), ("firm", money[firm])):
        found[column] = found["pledge_id"].map(sums.groupby("pledge_id")["documented"].max()).astype(float)
    if as_of is None or (day := pd.Timestamp(one_day(as_of))) >= last_day(ledger):
        return found
    return found[(ledger.pledges["announced_on"] <= day).to_numpy()].reset_index(drop=True)


def _counts_as(ledger: Ledger) -> dict[str, str]:
    """Tell what was announced at the event from packages of it, older plans, later ones and comparators."""
    pledges = ledger.pledges
    own, old = pledges["group"] == ledger.about.group, pledges["new_money"] == "no"
    late = pledges["announced_on"] > ledger.about.last_day
    above = pledges.loc[own & ~old & ~late, "parent_id"].dropna()
    cases = [
        (~own, "comparator"),
        (late, "later"),
        (old, "older"),
        (pledges["pledge_id"].isin(above), "package"),
        (pledges["purpose"].isin(BUILDINGS), "project"),
    ]
    return dict(zip(pledges["pledge_id"], pd.Series("fund", pledges.index).case_when(cases), strict=True))


@kept
def hearsay(ledger: Ledger, as_of: str | dt.date | None = None) -> set[str]:
    """Return the pledges whose withdrawal rests on copies, retellings and pages without a day alone."""
    told = dated_updates(ledger, as_of)
    gone = told[told["status"].eq("withdrawn") & told["happened"].ne("no")]
    return set(gone["pledge_id"]) - set(gone.loc[gone["strength"].isin(STRENGTHS[:2]), "pledge_id"])


def reached(ledger: Ledger, as_of: str | dt.date | None, to: str = EURO) -> pd.DataFrame:
    """Give rows of `status` with ``reached``: the furthest step, unless the pledge was withdrawn."""
    known = status(ledger, as_of, to=to)
    gone, told = known["withdrawn"] == "yes", known["pledge_id"].isin(hearsay(ledger, as_of))
    return known.assign(reached=known["furthest"].mask(gone, GONE[0]).mask(gone & told, GONE[1]))


def _furthest(updates: list[Row]) -> str:
    steps = [update.status for update in updates if update.status in STEPS]
    return max(steps, key=STEPS.index, default="announced")


def years_between(begins: pd.Series, ends: pd.Series) -> pd.Series:
    """Count the years from one day or year to another, both counted whole.

    Parameters
    ----------
    begins, ends : pandas.Series of str
        ``YYYY`` or ``YYYY-MM-DD``, as ``horizon_start`` and ``horizon_end`` of the table ``pledges``.

    Returns
    -------
    pandas.Series of float
        NaN where one of the two is missing.

    >>> years_between(pd.Series(["2025", "2024-07-01"]), pd.Series(["2029", "2025-06-30"])).tolist()
    [5.0, 1.0]
    """
    # a year alone counts whole
    first, last = pd.to_datetime((begins + "-01-01").str[:10]), pd.to_datetime((ends + "-12-31").str[:10])
    return (((last - first).dt.days + 1) / _DAYS_PER_YEAR).round(2)
