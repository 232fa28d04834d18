"""What REST bodies of several venues have in common."""

import pytest
from msgspec import Raw, Struct

from feeds.bodies import Refused, first_keys, is_list, listed, listed_or_one, raw, shape


class _Row(Struct):
    a: int


def test_rows_are_read_from_a_list_and_from_one_without() -> None:
    assert listed_or_one(_Row)(Raw(b'{"a":"1"}')) == [_Row(1)]
    assert listed_or_one(_Row)(raw(b' [{"a":"1"},{"a":2}]')) == [_Row(1), _Row(2)]
    assert listed(_Row)(Raw(b"[]")) == []
    with pytest.raises(ValueError, match="Expected `array`"):
        listed(_Row)(Raw(b'{"a":1}'))


def test_a_body_is_known_by_the_keys_of_its_first_row() -> None:
    shapes = {"one": frozenset({"a", "b"}), "two": frozenset({"a"})}
    for body, name in [
        (b'{"a":1}', "two"),
        (b'[{"b":1,"a":2,"c":3},{}]', "one"),
        (b"[]", ""),
        (b"[[1]]", ""),
        (b"3", ""),
    ]:
        assert shape(first_keys(Raw(body)), shapes) == name
    assert is_list(Raw(b"[1]")) > is_list(Raw(b"{}"))


def test_a_refusal_says_why_and_whether_it_may_pass() -> None:
    busy = Refused("venue", "429", "", {"429"})
    assert (busy.passing, busy.reason) == (True, "refused (429)")
    assert not Refused("venue", "1", "no such symbol", {"429"}).passing
