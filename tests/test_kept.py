"""A ledger cannot be changed by accident, so what is worked out from it is worked out once."""

import dataclasses
import datetime as dt
import pickle

import pandas as pd
import pytest

from summit_analysis import load, names_listed, resolve_claims, total, value_claims
from summit_analysis.base.errors import FrameError


def spoil(frame):
    for column in frame.columns:
        frame[column] = "spoilt"
    frame.loc[frame.index[:1], :] = None


@pytest.mark.parametrize("table", [field.name for field in dataclasses.fields(load()) if field.type == "pd.DataFrame"])
def test_a_table_handed_out_is_a_copy(ledger, table):
    before = getattr(ledger, table).copy()
    spoil(getattr(ledger, table))
    pd.testing.assert_frame_equal(getattr(ledger, table), before)


@pytest.mark.parametrize("work_out", [value_claims, resolve_claims, lambda one: names_listed(one, "paris-2025")])
def test_what_was_worked_out_is_handed_out_as_a_copy(ledger, work_out):
    before = work_out(ledger).copy()
    spoil(work_out(ledger))
    pd.testing.assert_frame_equal(work_out(ledger), before)


def test_the_frames_of_a_total_are_copies(ledger):
    before = total(ledger).counted.copy()
    spoil(total(ledger).counted)
    pd.testing.assert_frame_equal(total(ledger).counted, before)


def test_a_total_is_worked_out_once_for_each_question(ledger):
    assert total(ledger, where=["summit"]) is total(ledger, where=["summit"])
    assert total(ledger, to="USD") is not total(ledger)
    assert total(ledger) == total(ledger)
    assert total(ledger) != total(ledger, rule="latest")


def test_another_ledger_keeps_its_own(ledger):
    fewer = dataclasses.replace(ledger, claims=ledger.claims.iloc[1:])
    assert len(value_claims(fewer)) == len(value_claims(ledger)) - 1


def test_no_frame_of_a_ledger_can_be_replaced(ledger):
    with pytest.raises(dataclasses.FrozenInstanceError):
        ledger.claims = ledger.claims.head(1)


def test_a_path_is_no_ledger():
    with pytest.raises(FrameError, match=r"'data' is not a ledger; hand in load\(\)"):
        total("data")


def test_rates_once_written_to_are_refused(ledger):
    with pytest.raises(ValueError, match="read-only"):
        ledger.rates.table[:] = 0


def test_one_moment_in_two_zones_once_was_one_day(ledger):
    evening = dt.datetime(2025, 2, 8, 23, 30, tzinfo=dt.UTC)
    night = pd.Timestamp("2025-02-09 00:30", tz="Europe/Paris")
    assert evening == night
    assert [total(ledger, as_of=day).as_of for day in (evening, night)] == ["2025-02-08", "2025-02-09"]


def test_words_that_change_later_once_were_answered_as_before(ledger):
    words = {"a": "summit"}
    asked = words.values()
    before = total(ledger, where=asked).low
    words["a"] = "comparator"
    assert total(ledger, where=asked).low > 2 * before


def test_a_ledger_that_was_asked_something_once_could_not_be_pickled(ledger):
    asked = total(ledger)
    again = pickle.loads(pickle.dumps(ledger))
    assert total(again).low == pickle.loads(pickle.dumps(asked)).low == asked.low


def test_the_rows_behind_a_total_are_copies(ledger):
    before = total(ledger).once.rows.copy()
    spoil(total(ledger).once.rows)
    pd.testing.assert_frame_equal(total(ledger).once.rows, before)


def test_wrong_arguments_are_told_with_the_name_of_the_function(ledger):
    with pytest.raises(TypeError, match=r"total\(\) got an unexpected keyword argument 'foo'"):
        total(ledger, foo=1)
