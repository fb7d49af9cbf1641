"""Sums over the forest of pledges, from the innermost part outwards: what is new, and what has reached a status."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from summit_analysis.conversion import normalise
from summit_analysis.envelopes import Forest
from summit_analysis.outcomes import dated_updates, last_day

if TYPE_CHECKING:
    from summit_analysis.tables import Ledger

_Combine = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""From rows, their own amounts and those of their parts to the amounts of the rows."""
_OF_THE_ROW = ("restated", "new-total")
_SHARE_OF_IT = ("part", "spent", "raised")


class Descent:
    """The selected rows with their own updates; arrays have one entry per row."""

    def __init__(self, rows: pd.DataFrame, ledger: Ledger, to: str, as_of: str | dt.date | None) -> None:
        self.rows = rows.reset_index(drop=True)
        self.forest = Forest(self.rows["pledge_id"], self.rows["parent_id"])
        self.low = self.rows["low"].fillna(0).to_numpy()
        self.high = self.rows["high"].fillna(0).to_numpy()
        gone = self.rows["excluded"].ne("") | self.rows["reason"].eq("inside a withdrawn pledge")
        updates = dated_updates(ledger, as_of)
        withdrawn = updates.loc[updates["status"].eq("withdrawn") & updates["happened"].eq("yes"), "pledge_id"]
        self.withdrawn = (gone | self.rows["pledge_id"].isin(withdrawn)).to_numpy()
        self.live = ~gone.to_numpy()
        self.quantified = self.rows["low"].notna().to_numpy() & self.live
        self.old = self._old(ledger)
        self.updates = self._own_updates(updates, ledger, to)

    def _old(self, ledger: Ledger) -> np.ndarray:
        """Money promised before: a `no` row that is older than its envelope, undated, or a restatement."""
        announced = self.rows["announced_on"]
        above = self.rows.set_index("pledge_id")["announced_on"].reindex(self.rows["parent_id"]).to_numpy()
        younger_tranche = self.rows["parent_id"].notna() & (announced >= above)
        restates = ledger.overlaps.loc[ledger.overlaps["relation"] == "restates", "pledge_a"]
        first_said = ~younger_tranche | self.rows["pledge_id"].isin(restates)
        old: np.ndarray = (self.rows["new_money"].eq("no") & first_said).to_numpy()
        return old

    def _own_updates(self, updates: pd.DataFrame, ledger: Ledger, to: str) -> pd.DataFrame:
        mine = updates[updates["pledge_id"].isin(self.rows["pledge_id"]) & updates["happened"].ne("no")]
        # an amount without any day is put into the currency on the last day in the data
        day = mine["last_on"].fillna(last_day(ledger))
        mine = mine.assign(day=day, currency=mine["currency"].fillna(to))
        valued = normalise(mine, amounts="amount", date="day", to=to, rates=ledger.rates, provenance=False)
        return valued.rename(columns={f"amount_{to}": "figure"}).assign(
            row=self.forest.ids.get_indexer(mine["pledge_id"])
        )

    def _upwards(self, own: np.ndarray, combine: _Combine) -> np.ndarray:
        """Let each row see the sum over its parts."""
        value, parts = own.copy(), np.zeros(len(own))
        for level in range(int(self.forest.depth.max(initial=0)), -1, -1):
            here = self.forest.at_depth(level)
            value[here] = np.where(self.live[here], combine(here, own[here], parts[here]), 0)
            inner = here[self.forest.parent[here] >= 0]
            parts += np.bincount(self.forest.parent[inner], value[inner], minlength=len(own))
        return value

    def new_money(self) -> np.ndarray:
        """Certainly and possibly new money of each row, shape (2, n)."""

        def promised_before(rows: np.ndarray, own: np.ndarray, parts: np.ndarray) -> np.ndarray:
            return np.where(self.old[rows], own, parts)

        old_low, old_high = (
            self._upwards(np.where(self.old, bound, 0), promised_before) for bound in (self.low, self.high)
        )
        yes = self.rows["new_money"].eq("yes").to_numpy() & self.quantified

        def certain(rows: np.ndarray, own: np.ndarray, parts: np.ndarray) -> np.ndarray:
            sure = np.where(yes[rows], self.low[rows] - old_high[rows], parts)
            held = np.where(self.quantified[rows], np.maximum(0, self.low[rows]), np.inf)
            return np.where(self.old[rows], 0, np.clip(sure, 0, held))

        def possible(rows: np.ndarray, own: np.ndarray, parts: np.ndarray) -> np.ndarray:
            most = np.where(self.quantified[rows], self.high[rows] - old_low[rows], parts)
            return np.where(self.old[rows], 0, np.maximum(0, most))

        zero = np.zeros(len(self.rows))
        return np.stack([self._upwards(zero, certain), self._upwards(zero, possible)])

    def reached(self, statuses: tuple[str, ...], most_new: np.ndarray) -> np.ndarray:
        """Possibly new amounts that have one of the statuses by the rows' own updates, shape (2, n)."""
        low, high = self._own(statuses)
        whole_low, whole_high = low >= self.low, high >= self.high

        def least(rows: np.ndarray, own: np.ndarray, parts: np.ndarray) -> np.ndarray:
            reached = np.where(whole_low[rows] & self.quantified[rows], self.low[rows], np.maximum(own, parts))
            new: np.ndarray = np.minimum(reached, most_new[rows])
            return new

        def most(rows: np.ndarray, own: np.ndarray, parts: np.ndarray) -> np.ndarray:
            held = np.where(self.quantified[rows], self.high[rows], np.inf)
            whole = whole_high[rows] & self.quantified[rows]
            reached = np.where(whole, self.high[rows], np.minimum(held, own + parts))
            new: np.ndarray = np.minimum(reached, most_new[rows])
            return new

        return np.stack([self._upwards(low, least), self._upwards(high, most)])

    def _own(self, statuses: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
        count = len(self.rows)
        low, high = np.zeros(count), np.zeros(count)
        envelopes = set(self.forest.parent)
        for update in self.updates[self.updates["status"].isin(statuses)].itertuples():
            row = update.row
            if self.withdrawn[row] or self.old[row] or not self.quantified[row]:
                continue
            least, most = self._says(row, update.amount_is, update.figure, row in envelopes)
            high[row] = max(high[row], most)
            if update.happened == "yes":
                low[row] = max(low[row], least)
        return low, high

    def _says(self, row: int, amount_is: object, figure: float, is_envelope: bool) -> tuple[float, float]:
        if amount_is in _SHARE_OF_IT:
            return min(figure, self.low[row]), min(figure, self.high[row])
        if amount_is in _OF_THE_ROW or (pd.isna(amount_is) and not is_envelope):
            return self.low[row], self.high[row]
        # a sum of another scope, or an envelope without a figure: how much of the row is meant is not said
        return 0.0, self.high[row] if amount_is == "component" else 0.0

    def marked(self, statuses: tuple[str, ...]) -> set[str]:
        """Ids of the rows with one of the statuses."""
        return set(self.updates.loc[self.updates["status"].isin(statuses), "pledge_id"])

    def possibly_new(self) -> set[str]:
        """Ids of the rows that are not certainly old money."""
        return set(self.rows.loc[~self.old, "pledge_id"])

    def tops(self, value: np.ndarray) -> pd.DataFrame:
        """The rows without an envelope, with their amounts."""
        top = (self.forest.parent < 0) & (value[1] > 0)
        return pd.DataFrame({"pledge_id": self.forest.ids[top], "low": value[0][top], "high": value[1][top]})
