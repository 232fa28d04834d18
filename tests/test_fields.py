"""Times are told by their magnitude, and amounts are plain numbers."""

from decimal import Decimal

import pytest

from feeds.errors import MalformedFrame
from feeds.fields import amount, nanoseconds


@pytest.mark.parametrize(
    "time", [1_723_161_256, 1_723_161_256_000, 1_723_161_256_000_000, 1_723_161_256_000_000_000]
)
def test_a_time_is_in_ns_whatever_its_unit(time: int) -> None:
    assert nanoseconds(time) == 1_723_161_256_000_000_000


@pytest.mark.parametrize("text", ["NaN", "-1", "Infinity", "-Infinity", "1e999999", "1e-999"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(MalformedFrame, match="is not an amount"):
        amount(Decimal(text), "venue")


@pytest.mark.parametrize("text", ["0", "0.00000001", "99999999999999999999"])
def test_an_amount_is_kept_as_it_is(text: str) -> None:
    assert str(amount(Decimal(text), "venue")) == str(Decimal(text))
