"""The reader of protobuf's wire format. Messages here are hand-made or drawn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.exchanges.mexc.protobuf import Schema, read
from tests.mexc import field, message, varint

INNER = Schema({1: "price", 2: "size"})
SCHEMA = Schema(
    {1: "text", 2: "number"}, {3: ("inner", INNER)}, {4: ("rows", INNER)}, {313: "levels"}
)
EMPTY: dict[str, object] = {"rows": [], "levels": []}


def test_each_kind_of_field_is_read_by_its_name() -> None:
    row = message(f1="84270", f2="0.5")
    payload = message(f1="é", f2=300, f3=row, f4=row) + field(4, b"") + field(313, row)
    inner = {"price": "84270", "size": "0.5"}
    assert read(SCHEMA, payload) == {
        "text": "é",
        "number": 300,
        "inner": inner,
        "rows": [inner, {}],
        "levels": [("84270", "0.5")],
    }


def test_an_empty_message_has_nothing_but_empty_lists() -> None:
    assert read(SCHEMA, b"") == EMPTY


def test_fields_that_nobody_asked_for_are_skipped() -> None:
    fixed = varint(9 << 3 | 1) + bytes(8) + varint(10 << 3 | 5) + bytes(4)
    payload = fixed + message(f7="x", f8=1, f2=5)
    assert read(SCHEMA, payload) == EMPTY | {"number": 5}


def test_the_last_of_a_value_that_comes_twice_counts() -> None:
    assert read(SCHEMA, message(f2=1) + message(f2=2))["number"] == 2


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"\x80", "an integer without an end"),
        (b"\x10" + b"\xff" * 10 + b"\x01", "an integer without an end"),
        (b"\x00\x01", "a field without a number"),
        (b"\x13", "a field of the unknown type 3"),
        (b"\x0a\x05abc", "the message ends within a field"),
        (b"\x09\x01", "the message ends within a field"),
        (b"\x18\x01", "a number where a message belongs"),
        (b"\x0a\x01\xff", "can't decode"),
        (field(313, b"\x80"), "an integer without an end"),
    ],
)
def test_bytes_that_are_no_message_are_refused(payload: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read(SCHEMA, payload)


@given(st.integers(0, 2**64 - 1), st.text())
def test_what_is_written_is_read(number: int, text: str) -> None:
    found = read(SCHEMA, message(f1=text, f2=number))
    assert (found["text"], found["number"]) == (text, number)


@given(st.text(min_size=1), st.integers(1, 20))
def test_a_message_that_is_cut_short_is_refused_or_holds_less(text: str, cut: int) -> None:
    whole = message(f2=7, f1=text)
    try:
        found = read(SCHEMA, whole[: max(0, len(whole) - cut)])
    except ValueError:
        return
    assert "text" not in found


@given(st.binary())
def test_whatever_bytes_come_they_are_a_message_or_a_value_error(payload: bytes) -> None:
    try:
        found = read(SCHEMA, payload)
    except ValueError:
        return
    assert found.keys() >= EMPTY.keys()


@given(
    st.lists(st.tuples(st.integers(1, 3), st.text(max_size=200) | st.integers(0, 300)), max_size=3)
)
def test_a_pair_is_read_like_any_other_message(fields: list[tuple[int, str | int]]) -> None:
    row = b"".join(field(number, value) for number, value in fields)
    held = {number: value for number, value in fields if number < 3}
    found = read(SCHEMA, field(313, row))["levels"]
    assert found == [tuple(held[number] for number in sorted(held))]
