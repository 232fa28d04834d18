"""Cell widths: how a width is divided into the columns of a footprint.

Each bar has a candle at its left and a mark for its point of control at its right. Where columns
get narrow numbers lose digits, and where there is no room for digits they become shades.
"""

from typing import Literal, NamedTuple, TypeAlias

from market.instrument import Instrument
from tui.drawing.digits import price_scale

Content: TypeAlias = Literal["sides", "volume", "delta", "trades", "profile", "table"]
"""What cells show: sold x bought, one number of both, bars without numbers, or tinted numbers."""
PAIRED: tuple[Content, ...] = ("sides", "table")

_ROOMY = 15
"""Cells of a column that reads well: candle, 5 digits, ` x `, 5 digits, mark."""
_TIGHT = 13
"""The same with a bare `x`."""
_AIRY = 17
"""The same with a digit more a number."""
_WIDE = 21
"""Cells beyond which a column gains nothing."""
_SMALL = 9
"""Cells of the narrowest column with numbers."""
_SINGLE = 9
"""Cells of a column with one number that reads well."""
_SINGLE_WIDE = 13
NARROWEST = 3
"""Cells of the narrowest column at all: candle, shade, mark."""
_MOST_DIGITS = 7


def axis_width(instrument: Instrument, ticks: int) -> int:
    """Cells of the price axis for prices about `ticks`, and for the names of the sums."""
    return max(price_scale(instrument, 1, ticks * 2).width, len(" volume")) + 1


def most_bars(width: int, content: Content = "sides") -> int:
    """How many bars read well in a width."""
    if content not in PAIRED:
        return max(1, width // _SINGLE)
    return max(1, width // (_ROOMY if width >= 6 * _ROOMY else _TIGHT))


class Columns(NamedTuple):
    """How a width is divided into equal columns."""

    bars: int
    """How many there are."""
    width: int
    digits: int
    """Cells for one number; 0 where shades stand for numbers."""
    content: Content = "sides"
    tight: bool = False
    """Whether numbers come before the cells between them: six digits as soon as they have room."""

    @classmethod
    def of(
        cls, width: int, bars: int, content: Content = "sides", tight: bool = False
    ) -> "Columns":
        """Divide a width for so many bars, or as many as have room."""
        width = max(0, width)
        count = max(1, min(bars, width // NARROWEST))
        if content in PAIRED:
            column = min(_WIDE, width // count)
            gaps = 5 if column >= (_AIRY if tight else _ROOMY) else 3
            digits = (column - gaps) // 2 if column >= _SMALL else 0
        else:
            column = min(_SINGLE_WIDE, width // count)
            digits = column - 2 if column > NARROWEST and content != "profile" else 0
        most = _MOST_DIGITS - tight if content in PAIRED else _MOST_DIGITS
        return cls(count, column, min(most, digits), content, tight)

    @property
    def body(self) -> int:
        """Cells between the candle and the mark."""
        if not self.digits or self.content not in PAIRED:
            return max(1, self.width - 2)
        return 2 * self.digits + len(self.separator)

    @property
    def separator(self) -> str:
        """What stands between the two numbers."""
        wide = self.width >= (_AIRY if self.tight else _ROOMY)
        if self.content == "table":
            return " │ " if wide else "│"
        return " x " if wide else "x"
