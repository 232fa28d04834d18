"""Tape sums: one bar divided between buyers and sellers of a window, and the speed of the tape."""

from typing import Literal, NamedTuple, TypeAlias

from market.instrument import Instrument
from market.tape import Speed
from market.traded import Traded
from tui.canvas import Canvas
from tui.digits import size_scale

SumsBar: TypeAlias = Literal["volume", "count", "average", "off"]
"""By what the bar is divided."""
_WORDY = 60
"""Cells from which on the numbers are told with words."""


class _Sides(NamedTuple):
    """What buyers and sellers have, in whole numbers of the same unit, and how it is told."""

    buy: int
    sell: int
    texts: tuple[str, str]
    wordy: tuple[str, str]


def draw_sums(
    canvas: Canvas, row: int, instrument: Instrument, sums: Traded, by: SumsBar, about: list[str]
) -> None:
    """Draw the bar with its numbers, and between them as much of what is said about it as fits."""
    look, width = canvas.look, canvas.width
    sides = _divided(instrument, sums, by)
    both = sides.buy + sides.sell
    middle = width * sides.buy // both if both else width // 2
    canvas.tint(0, row, middle, look.bid_bar)
    if not look.mono:
        canvas.tint(middle, row, width - middle, look.ask_bar)
    left, right = sides.wordy if width >= _WORDY else sides.texts
    left, right = f" ▲ {left}", f"{right} ▼ "
    canvas.text(0, row, left, look.buy, bold=True)
    canvas.right(width, row, right, look.sell, bold=True)
    room = width - len(left) - len(right) - 2
    for count in range(len(about), 0, -1):
        word = " · ".join(about[:count])
        if len(word) <= room:
            canvas.center(len(left), row, room + 2, word, look.text)
            return


def speed_words(speed: Speed | None) -> list[str]:
    """Prints of the last second, and by how many sigma that is more than in the minute before."""
    if speed is None:
        return []
    score = "" if speed.score is None else f" z {speed.score:+.1f}"
    return [f"{speed.prints}/s{score}"]


def _divided(instrument: Instrument, sums: Traded, by: SumsBar) -> _Sides:
    bought, sold, buys, sells = (
        int(column[0]) for column in (sums.bought, sums.sold, sums.buys, sums.sells)
    )
    scale = size_scale(instrument, max(bought, sold), 8)
    if by == "count":
        wordy = (f"{buys} buys of {scale.text(bought)}", f"{sells} sells of {scale.text(sold)}")
        return _Sides(buys, sells, (str(buys), str(sells)), wordy)
    if by == "average":
        means = (_mean(bought, buys), _mean(sold, sells))
        scale = size_scale(instrument, max(means), 8)
        texts = (scale.text(means[0]), scale.text(means[1]))
        wordy = (f"average {texts[0]} of {buys} prints", f"average {texts[1]} of {sells} prints")
        # Averages as whole numbers over their common divisor.
        return _Sides(bought * max(1, sells), sold * max(1, buys), texts, wordy)
    texts = (scale.text(bought), scale.text(sold))
    wordy = (f"bought {texts[0]} in {buys} prints", f"sold {texts[1]} in {sells} prints")
    return _Sides(bought, sold, texts, wordy)


def _mean(lots: int, count: int) -> int:
    """The average to the nearest lot."""
    return (2 * lots + count) // (2 * count) if count else 0
