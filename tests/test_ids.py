"""Trade ids are taken once, as long as they are remembered."""

from hypothesis import given
from hypothesis import strategies as st

from feeds.ids import REMEMBERED, RecentIds


@given(st.lists(st.text(max_size=2), max_size=60))
def test_an_id_is_new_once(idents: list[str]) -> None:
    taken = RecentIds()
    assert [ident for ident in idents if taken.take(ident)] == list(dict.fromkeys(idents))


def test_the_oldest_ids_are_forgotten_first() -> None:
    taken = RecentIds()
    for number in range(REMEMBERED + 1):
        assert taken.take(str(number))
    assert not taken.take("1")
    assert taken.take("0")
    assert taken.take("1")
    assert not taken.take(str(REMEMBERED))
