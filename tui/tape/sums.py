"""Tape sums: one bar divided between buyers and sellers of a window, and the speed of the tape."""

from typing import Literal, NamedTuple, TypeAlias

from market.instrument import Instrument
from tui.drawing.canvas import Canvas
from tui.drawing.digits import size_scale

SumsBar: TypeAlias = Literal["volume", "count", "average", "off"]
"""By what the bar is divided."""
_Pair: TypeAlias = tuple[str, str]


class Sums(NamedTuple):
    """Lots and numbers of prints that were bought and sold."""

    bought: int
    sold: int
    buys: int
    sells: int


class _Sides(NamedTuple):
    """What buyers and sellers have, in whole numbers of the same unit, and how it is told."""

    buy: int
    sell: int
    forms: tuple[_Pair, ...]
    """From the wordiest to the shortest."""


def draw_sums(
    canvas: Canvas, row: int, unit: Instrument, sums: Sums, by: SumsBar, about: list[str]
) -> None:
    """Draw the bar with its numbers, and between them as much of what is said about it as fits.

    Sums are in lots of the `unit`.
    """
    look, width = canvas.look, canvas.width
    sides = _divided(unit, sums, by)
    both = sides.buy + sides.sell
    middle = width * sides.buy // both if both else width // 2
    canvas.tint(0, row, middle, look.bid_bar)
    if not look.mono:
        canvas.tint(middle, row, width - middle, look.ask_bar)
    word = " · ".join(about)
    # The wordiest that leaves room for all, and where none does the numbers alone.
    fits = (form for form in sides.forms if len("".join(form)) + len(word) + 8 <= width)
    left, right = next(fits, sides.forms[-1])
    left, right = f" ▲ {left}", f"{right} ▼ "
    canvas.text(0, row, left, look.buy, bold=True)
    canvas.right(width, row, right, look.sell, bold=True)
    room = width - len(left) - len(right)
    for count in range(len(about), 0, -1):
        word = " · ".join(about[:count])
        if len(word) + 2 <= room:
            canvas.center(len(left), row, room, word, look.text)
            return


def speed_words(pace: tuple[int, float | None] | None) -> list[str]:
    """Prints of the last second, and by how many sigma that is more than in the minute before."""
    if pace is None:
        return []
    prints, score = pace
    return [f"{prints}/s" if score is None else f"{prints}/s z {score:+.1f}"]


def _divided(instrument: Instrument, sums: Sums, by: SumsBar) -> _Sides:
    bought, sold, buys, sells = sums
    scale = size_scale(instrument, max(bought, sold), 8)
    if by == "count":
        wordy = (f"{buys} buys of {scale.text(bought)}", f"{sells} sells of {scale.text(sold)}")
        return _Sides(buys, sells, (wordy, (str(buys), str(sells))))
    if by == "average":
        means = (_mean(bought, buys), _mean(sold, sells))
        scale = size_scale(instrument, max(means), 8)
        buy, sell = scale.text(means[0]), scale.text(means[1])
        wordy = (f"average {buy} of {buys} prints", f"average {sell} of {sells} prints")
        # Averages as whole numbers over their common divisor.
        return _Sides(bought * max(1, sells), sold * max(1, buys), (wordy, (buy, sell)))
    buy, sell = scale.text(bought), scale.text(sold)
    wordy = (f"bought {buy} in {buys} prints", f"sold {sell} in {sells} prints")
    middling = (f"{buy} in {buys}", f"{sell} in {sells}")
    return _Sides(bought, sold, (wordy, middling, (buy, sell)))


def _mean(lots: int, count: int) -> int:
    """The average to the nearest lot."""
    return (2 * lots + count) // (2 * count) if count else 0
