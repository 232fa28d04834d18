"""Requests of one connection are repeated until their answers will do."""

from feeds.adapter import Fetch
from feeds.asked import Asked
from feeds.sync import ANSWER, FIRST_DELAY

ONE, OTHER = Fetch("/one", "one", 1), Fetch("/other", "other", 2)


def test_what_is_asked_for_is_asked_for_again_until_it_is_settled() -> None:
    asked = Asked()
    assert asked.begin([ONE, OTHER], 0) == [ONE, OTHER]
    asked.settle("one")
    assert ("one" in asked, "other" in asked) == (False, True)
    assert asked.tick(ANSWER - 1) == []
    assert asked.tick(ANSWER) == [OTHER]
    asked.settle("never asked")


def test_a_useless_answer_is_asked_for_again_after_a_pause() -> None:
    asked = Asked()
    asked.begin([ONE], 0)
    assert asked.refuse("one", 5)
    assert asked.tick(4 + FIRST_DELAY) == []
    assert asked.tick(5 + FIRST_DELAY) == [ONE]
    assert not asked.refuse("other", 5)


def test_a_new_beginning_forgets_what_was_asked_for_before() -> None:
    asked = Asked()
    asked.begin([ONE], 0)
    assert asked.begin([OTHER], 1) == [OTHER]
    assert asked.ask(ONE, 2) == ONE
    assert asked.tick(2 + ANSWER) == [OTHER, ONE]
