"""A quote is exact, names its day, and where there is none says why."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from summit_analysis import Rates, quote
from summit_analysis.base.errors import FrameError, MissingRateError


def refusal(source, target="EUR", *, on):
    with pytest.raises(MissingRateError) as error:
        quote(source, target, on=on)
    (row,) = error.value.missing.to_dict("records")
    return row["currency"], row["date"], row["rate_status"]


@pytest.mark.parametrize(
    ("on", "rate", "rate_date", "status"),
    [
        ("2025-02-06", "1.0360", "2025-02-06", "published"),
        ("2025-02-07", "1.0377", "2025-02-07", "published"),
        ("2025-02-08", "1.0377", "2025-02-07", "carried"),
        ("2025-02-09", "1.0377", "2025-02-07", "carried"),
        ("2025-02-10", "1.0320", "2025-02-10", "published"),
        ("2025-02-11", "1.0324", "2025-02-11", "published"),
        ("2024-02-29", "1.0826", "2024-02-29", "published"),
        ("2020-02-29", "1.0977", "2020-02-28", "carried"),
        ("1999-01-04", "1.1789", "1999-01-04", "published"),
    ],
)
def test_euro_to_dollar_on_known_days(on, rate, rate_date, status):
    found = quote("USD", "EUR", on=on)
    assert found.rate == Decimal(rate)
    assert found.factor == 1 / Decimal(rate)
    assert (found.rate_date, found.status) == (date.fromisoformat(rate_date), status)
    assert found.source == Rates.embedded().source


def test_the_last_rate_is_carried_to_the_eve_of_the_next_working_day(published):
    last = max(published)
    assert quote("USD", on=last).status == "published"
    assert [quote("USD", on=last + timedelta(n)).rate_date for n in (1, 2)] == [last, last]
    assert last.strftime("%A") == "Friday"
    assert refusal("USD", on=last + timedelta(3)) == ("USD", str(last + timedelta(3)), "after end")


ENDED = [
    ("TRL", "2004-12-31", "2005-01-03"), ("ROL", "2005-06-30", "2005-07-01"), ("SIT", "2006-12-29", "2007-01-02"),
    ("CYP", "2007-12-31", "2008-01-02"), ("MTL", "2007-12-31", "2008-01-02"), ("SKK", "2008-12-31", "2009-01-02"),
    ("EEK", "2010-12-31", "2011-01-03"), ("LVL", "2013-12-31", "2014-01-02"), ("LTL", "2014-12-31", "2015-01-02"),
    ("RUB", "2022-03-01", "2022-03-02"), ("HRK", "2022-12-30", "2023-01-02"), ("BGN", "2025-12-31", "2026-01-02"),
]  # fmt: skip
"""Currency, last day with a rate, next day of publication."""


@pytest.mark.parametrize(("currency", "last", "next_day"), ENDED, ids=[row[0] for row in ENDED])
def test_an_ended_currency_stops_with_its_last_rate(currency, last, next_day):
    assert quote(currency, on=last).status == "published"
    assert quote(currency, on=date.fromisoformat(next_day) - timedelta(1)).rate_date == date.fromisoformat(last)
    for on in (next_day, "2026-10-30", "2031-01-01"):
        assert refusal(currency, on=on) == (currency, on, "ended")


def test_no_other_currency_ended(published):
    by_day = published
    newest = by_day[max(by_day)]
    assert {currency for currency, rate in newest.items() if rate == "N/A"} == {row[0] for row in ENDED}


@pytest.mark.parametrize(
    ("currency", "on", "status"),
    [
        ("ISK", "2008-12-10", "hole"),
        ("ISK", "2018-01-31", "hole"),
        ("USD", "1999-01-03", "before start"),
        ("USD", "0999-01-03", "before start"),
        ("CNY", "2005-03-31", "before start"),
        ("XAU", "2025-02-10", "unknown currency"),
    ],
)
def test_where_there_is_no_rate_the_reason_is_given(currency, on, status):
    assert refusal(currency, on=on) == (currency, on, status)
    assert refusal("EUR", currency, on=on) == (currency, on, status)


@pytest.mark.parametrize("on", ["2008-12-09", "2018-02-01"])
def test_the_hole_of_the_icelandic_krona_ends_where_the_rates_do(on):
    assert quote("ISK", on=on).status == "published"


def test_the_refused_side_of_a_cross_is_named():
    assert refusal("USD", "RUB", on="2025-02-10")[0] == "RUB"
    assert refusal("RUB", "USD", on="2025-02-10")[0] == "RUB"


def test_every_printed_rate_comes_back_to_the_last_digit(published):
    for day, row in list(published.items())[::97]:
        for currency, text in row.items():
            if text != "N/A":
                assert quote(currency, on=day).rate == Decimal(text), (day, currency)


def test_a_cross_divides_two_rates_of_one_day(published):
    row, found = published[date(2025, 2, 7)], quote("USD", "JPY", on="2025-02-09")
    dollar, yen = Decimal(row["USD"]), Decimal(row["JPY"])
    assert (found.rate, found.factor) == (dollar / yen, yen / dollar)
    assert (found.rate_date, found.status) == (date(2025, 2, 7), "crossed and carried")
    assert quote("USD", "JPY", on="2025-02-07").status == "crossed"


@pytest.mark.parametrize("pair", [("USD", "EUR"), ("JPY", "GBP")], ids="-".join)
def test_there_and_back_is_where_one_started(pair):
    there, back = quote(*pair, on="2025-02-10"), quote(*pair[::-1], on="2025-02-10")
    assert abs(there.factor * back.factor - 1) < Decimal("1e-26")
    if "EUR" in pair:
        assert there.rate == back.rate


def test_a_currency_in_itself_needs_no_rate():
    found = quote("USD", "usd ", on="1980-01-01")
    assert (found.rate, found.factor, found.rate_date, found.status) == (1, 1, None, "same currency")


@pytest.mark.parametrize("on", ["10/02/2025", "2025-02-30", "", None, 20250210], ids=repr)
def test_what_is_not_a_day_is_refused(on):
    with pytest.raises(FrameError, match="is not a day"):
        quote("USD", on=on)


def test_another_table_of_rates_can_be_used():
    rates = Rates(np.array(["2025-02-10"], "datetime64[D]"), ("EUR", "USD"), np.array([[1.0, 2.0]]), "made up")
    found = quote("USD", on="2025-02-10", rates=rates)
    assert (found.factor, found.source) == (Decimal("0.5"), "made up")


@pytest.mark.parametrize(
    ("pair", "on", "parts", "absent"),
    [
        (("USD", "EUR"), "2025-02-09", ["1.0377 USD per 1 EUR", "Friday 7 February", "Sunday 9 February"], "divided"),
        (("EUR", "USD"), "2025-02-07", ["1.0377 USD per 1 EUR", "Friday 7 February 2025", "ECB"], "last one"),
        (("USD", "JPY"), "2025-02-07", ["USD per 1 JPY", "divided from two euro rates"], "last one"),
        (("usd", "USD"), "2025-02-07", ["nothing to convert"], "2025"),
    ],
    ids=["carried", "published", "crossed", "same"],
)
def test_a_quote_in_words_names_rate_day_and_reason(pair, on, parts, absent):
    text = quote(*pair, on=on).sentence()
    assert [part for part in parts if part not in text] == []
    assert absent not in text


@pytest.mark.parametrize(
    ("pair", "line"),
    [
        (("USD", "EUR"), "1 USD = 0.96367 EUR, 1 EUR = 1.0377 USD"),
        (("EUR", "IDR"), "1 EUR = 16,933.1 IDR, 1 IDR = 0.000059056 EUR"),
        (("USD", "USD"), "1 USD = 1 USD"),
    ],
    ids=["published", "many digits", "same"],
)
def test_a_quote_shows_both_directions_and_then_its_day(pair, line):
    found = quote(*pair, on="2025-02-09")
    first, *rest = repr(found).splitlines()
    assert (first, len(rest)) == (line, int(found.rate_date is not None))
    assert "".join(rest) in found.sentence()


def test_rates_show_reach_currencies_and_source():
    assert repr(Rates.from_ecb_text("Date,USD\n2025-02-10,1.032\n2025-02-07,1.0377\n", "mine.csv")) == (
        "Rates of 1 currencies against the euro, 7 February 2025 to 10 February 2025 (2 days)\n"
        "Source: ECB mine.csv to 2025-02-10"
    )
