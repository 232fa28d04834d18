"""The board draws what would differ, within its budget, and lays the tiles over one another."""

from collections.abc import Callable, Hashable
from itertools import pairwise

from tui.desk.board import Board, Tile
from tui.desk.layouts import Region
from tui.drawing.canvas import Canvas
from tui.drawing.look import Look
from tui.pane import Size
from tui.themes import load_look

LOOK = load_look()
SIZE = Size(12, 2)


def _tile(name: str, place: Region, key: Callable[[], Hashable], drawn: list[str]) -> Tile:
    def draw(size: Size, look: Look) -> Canvas:
        drawn.append(name)
        canvas = Canvas(size.width, size.height, look)
        canvas.text(0, 0, name, look.text)
        return canvas

    return Tile(name, place, draw, key)


def _row(canvas: Canvas | None, y: int = 0) -> str:
    assert canvas is not None
    return "".join(map(chr, canvas.glyph[y].tolist()))


def test_a_board_whose_pictures_would_not_differ_draws_nothing() -> None:
    drawn: list[str] = []
    board = Board()
    board.lay([_tile("a", Region(0, 0, 6, 1), lambda: 1, drawn)])
    assert _row(board.compose(SIZE, LOOK, lambda: 0.0, 1.0)) == "a           "
    assert board.compose(SIZE, LOOK, lambda: 0.0, 1.0) is None
    assert drawn == ["a"]


def test_another_look_draws_every_tile_again() -> None:
    drawn: list[str] = []
    board = Board()
    board.lay([_tile("a", Region(0, 0, 6, 1), lambda: 1, drawn)])
    board.compose(SIZE, LOOK, lambda: 0.0, 1.0)
    assert board.compose(SIZE, load_look("light"), lambda: 0.0, 1.0) is not None


def test_no_time_leaves_fewer_levels_for_later_but_not_another_theme() -> None:
    drawn: list[str] = []
    time = iter(range(1000))
    board = Board()
    board.lay([_tile(n, Region(x, 0, 1, 1), lambda: 1, drawn) for x, n in enumerate("abc")])
    for theme, levels, expected in (("dark", 32, "abc"), ("dark", 8, "a"), ("light", 8, "bca")):
        drawn.clear()
        board.compose(SIZE, load_look(theme, levels=levels), lambda: float(next(time)), 0.5)
        assert "".join(drawn) == expected


def test_later_tiles_lie_over_earlier_ones_and_are_found_first() -> None:
    drawn: list[str] = []
    board = Board()
    board.lay(
        [
            _tile("under", Region(0, 0, 12, 1), lambda: 1, drawn),
            _tile("on", Region(2, 0, 3, 1), lambda: 1, drawn),
        ]
    )
    assert _row(board.compose(SIZE, LOOK, lambda: 0.0, 1.0)) == "unon        "
    assert [tile.name for x in (0, 2, 4, 5) if (tile := board.at(x, 0))] == [
        "under",
        "on",
        "on",
        "under",
    ]
    assert board.at(0, 1) is None


def test_a_tile_that_found_no_time_is_first_in_line_at_the_next_frame() -> None:
    drawn: list[str] = []
    time = iter(range(1000))
    frame = [0]
    board = Board()
    board.lay([_tile(n, Region(x, 0, 1, 1), lambda: frame[0], drawn) for x, n in enumerate("abc")])

    def clock() -> float:
        return float(next(time))

    board.compose(SIZE, LOOK, clock, 0.5)
    assert drawn == ["a", "b", "c"], "a tile never drawn is drawn in any case"
    drawn.clear()
    for number in range(1, 4):
        frame[0] = number
        board.compose(SIZE, LOOK, clock, 0.5)
    assert drawn == ["a", "b", "c"], "each got its turn, one a frame"


def test_a_board_fits_a_screen_without_any_cells() -> None:
    board = Board()
    board.lay([_tile("a", Region(0, 0, 0, 0), lambda: 1, [])])
    canvas = board.compose(Size(0, 0), LOOK, lambda: 0.0, 1.0)
    assert canvas is not None
    assert canvas.glyph.size == 0


def test_a_tile_taken_away_shows_what_was_beneath_it() -> None:
    under = _tile("under", Region(0, 0, 12, 1), lambda: 1, [])
    board = Board()
    board.lay([under, _tile("on", Region(0, 0, 2, 1), lambda: 1, [])])
    assert _row(board.compose(SIZE, LOOK, lambda: 0.0, 1.0)) == "onder       "
    board.lay([under])
    assert _row(board.compose(SIZE, LOOK, lambda: 0.0, 1.0)) == "under       "
    board.lay([under])
    assert board.compose(SIZE, LOOK, lambda: 0.0, 1.0) is None


def test_a_tile_that_nobody_sees_is_not_drawn() -> None:
    drawn: list[str] = []
    frame = [0]
    under = _tile("under", Region(1, 0, 4, 1), lambda: frame[0], drawn)
    board = Board()
    board.lay([under])
    board.compose(SIZE, LOOK, lambda: 0.0, 1.0)
    board.lay([under, _tile("over", Region(0, 0, 6, 2), lambda: 1, drawn)])
    frame[0] = 1
    board.compose(SIZE, LOOK, lambda: 0.0, 1.0)
    assert drawn == ["under", "over"]
    assert under.skips["covered"] == 1
    board.lay([under])
    board.compose(SIZE, LOOK, lambda: 0.0, 1.0)
    assert drawn == ["under", "over", "under"]


def test_a_tile_rests_between_two_pictures_of_the_market_but_not_after_a_key() -> None:
    drawn: list[str] = []
    key, data = [0], [0]

    def draw(size: Size, look: Look) -> Canvas:
        drawn.append("tape")
        return Canvas(*size, look)

    tile = Tile("tape", Region(0, 0, 4, 1), draw, lambda: key[0], lambda: data[0], rest=0.1)
    board = Board()
    board.lay([tile])
    board.compose(SIZE, LOOK, lambda: 10.0, 1.0)
    data[0] = 1
    assert board.compose(SIZE, LOOK, lambda: 10.05, 1.0) is None
    assert tile.skips == {"rest": 1}
    assert board.compose(SIZE, LOOK, lambda: 10.1, 1.0) is not None
    key[0] = 1
    assert board.compose(SIZE, LOOK, lambda: 10.11, 1.0) is not None
    assert len(drawn) == 3


def test_tiles_that_rest_take_turns_where_frames_come_faster() -> None:
    drawn: list[str] = []
    now, moved = [0.0], [0]

    def tile(name: str, x: int) -> Tile:
        def draw(size: Size, look: Look) -> Canvas:
            drawn.append(name)
            return Canvas(*size, look)

        return Tile(name, Region(x, 0, 1, 1), draw, lambda: 0, lambda: moved[0], rest=0.1)

    board = Board()
    board.lay([tile(name, x) for x, name in enumerate("abcd")])
    frames = []
    for number in range(20):
        now[0], moved[0] = number * 0.05, number
        board.compose(SIZE, LOOK, lambda: now[0], 1.0)
        frames.append("".join(drawn))
        drawn.clear()
    assert frames[0] == "abcd"
    assert all(len(frame) == 2 for frame in frames[2:])
    assert all({*one, *other} == {*"abcd"} for one, other in pairwise(frames[2:]))
    for number in range(20):
        now[0], moved[0] = 2 + number * 0.1, 100 + number
        board.compose(SIZE, LOOK, lambda: now[0], 1.0)
    assert len(drawn) == 20 * 4, "at their own pace none has to wait"


def test_every_cell_has_the_topmost_tile_as_its_owner() -> None:
    board = Board()
    board.lay([_tile("a", Region(0, 0, 12, 1), int, []), _tile("b", Region(2, 0, 3, 9), int, [])])
    owners = board.owners(SIZE)
    assert owners[0].tolist() == [0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]
    assert owners[1].tolist() == [-1, -1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1]
