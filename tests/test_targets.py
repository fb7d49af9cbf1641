"""Money is put into the currency that is meant, however its code is written, by each function that takes one."""

from functools import partial

import pandas as pd
import pytest

from summit_analysis import (
    announced_by_day,
    compare_claims,
    compare_pledges,
    conflicts,
    envelope_by_rule,
    explain_ladder,
    ladder,
    new_or_known,
    resolve_claims,
    total,
    total_by_convention,
    value_claims,
)
from summit_analysis.base.errors import MissingRateError
from summit_analysis.pledges.claims import compare_rules

FRANCE = {"where": "france-109bn"}
TAKERS = {
    "announced_by_day": partial(announced_by_day, **FRANCE),
    "compare_claims": compare_claims,
    "compare_pledges": compare_pledges,
    "compare_rules": compare_rules,
    "conflicts": conflicts,
    "envelope_by_rule": partial(envelope_by_rule, envelope="france-109bn"),
    "explain_ladder": explain_ladder,
    "ladder": partial(ladder, as_of="2026-10-01", **FRANCE),
    "new_or_known": partial(new_or_known, **FRANCE),
    "resolve_claims": resolve_claims,
    "total": lambda ledger, to: total(ledger, to, **FRANCE).counted,
    "total_by_convention": partial(total_by_convention, **FRANCE),
    "value_claims": value_claims,
}


@pytest.mark.parametrize("take", TAKERS.values(), ids=TAKERS)
def test_case_and_blanks_of_a_code_make_no_difference(ledger, take):
    pd.testing.assert_frame_equal(take(ledger, to=" usd "), take(ledger, to="USD"))


@pytest.mark.parametrize("take", TAKERS.values(), ids=TAKERS)
def test_a_currency_that_is_none_is_our_error(ledger, take):
    with pytest.raises(MissingRateError, match="XXX: unknown currency"):
        take(ledger, to="XXX")
