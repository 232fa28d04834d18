"""Rooms and runs of free cells are what the simplest model says."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tui.sketch.sheet import room, run

cells = st.lists(st.booleans(), max_size=60)


@given(cells)
def test_a_run_ends_at_the_first_cell_that_is_taken(free: list[bool]) -> None:
    expected = free.index(False) if False in free else len(free)
    assert run(np.array(free, np.bool_)) == expected


@given(cells, st.integers(1, 20), st.integers(1, 25))
def test_room_is_the_first_run_that_is_long_enough_else_the_longest(
    free: list[bool], wanted: int, least: int
) -> None:
    runs = []
    start = None
    for place, is_free in enumerate([*free, False]):
        if is_free and start is None:
            start = place
        elif not is_free and start is not None:
            runs.append((start + 1, place - start - 2))
            start = None
    fitting = [at for at, length in runs if length >= wanted]
    found = room(np.array(free, np.bool_), wanted, least)
    if fitting:
        assert found == slice(fitting[0], fitting[0] + wanted)
        return
    longest = max((length for _, length in runs), default=0)
    if longest < min(least, wanted) or longest < 1:
        assert found is None
    else:
        at = next(at for at, length in runs if length == longest)
        assert found == slice(at, at + longest)
