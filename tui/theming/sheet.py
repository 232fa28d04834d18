"""Sheet: the picture of the theme editor, a list of colours and what there is to say of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from tui.dialogs.frame import framed, window
from tui.drawing.canvas import Canvas
from tui.drawing.color import Rgb, hex_code, nearest, rgb
from tui.drawing.format import folded, shortened
from tui.drawing.look import ColorDepth, Look
from tui.pane import Size
from tui.themefile import Heat, Theme
from tui.theming.hsb import CHANNELS, Channel, Hsb
from tui.theming.rows import Levels, Role, Row, Split, Stop, color_of, name_of, word_of
from tui.theming.uses import USES, seen

_SWATCH: Final = 19
"""Where swatches begin."""
_VALUE: Final = 26
_WHOLE: Final = 46
"""Cells across below which a row has no room for numbers beside its value."""
_SAMPLE: Final = " Ab1 "
_KEYS: Final = "←→ change  Tab hue…  Enter type  s save"
_MORE: Final = "u undo  r reset  + - stops  Shift+←→ x10"
_TYPING: Final = "Enter sets it  Esc leaves it"
_NAMING: Final = "Enter saves  Esc does not"


class Told(NamedTuple):
    """A line below the list."""

    text: str
    ink: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that the picture depends on but size and colours."""

    title: str
    theme: Theme
    rows: Sequence[Row]
    at: int
    first: int
    """The row that was uppermost before."""
    channel: Channel
    color: Hsb | None
    """The highlighted colour."""
    typed: str | None
    naming: bool
    said: str
    wrong: bool

    def scrolled(self, height: int) -> int:
        """The row that is uppermost now."""
        return window(self.first, self.at, rows_in(height), len(self.rows))

    def draw(self, size: Size, look: Look) -> Canvas:
        """Draw it."""
        canvas = framed(size, look, self.title)
        rows, first = rows_in(size.height), self.scrolled(size.height)
        for y, place in enumerate(range(first, min(first + rows, len(self.rows))), start=1):
            self._draw_row(canvas, y, self.rows[place], lit=place == self.at)
        self._draw_foot(canvas, 1 + rows)
        return canvas

    def _draw_row(self, canvas: Canvas, y: int, row: Row, *, lit: bool) -> None:
        look = canvas.look
        if lit:
            canvas.fill(1, y, canvas.width - 2, 1, look.selection)
            canvas.text(1, y, "▸", look.accent, bold=True)
        canvas.text(3, y, name_of(row), look.text, bold=lit)
        if lit and self.typed is not None and not self.naming:
            room = canvas.width - _VALUE - 3
            canvas.fill(_VALUE - 1, y, room + 1, 1, look.background)
            canvas.text(_VALUE, y, f"{self.typed[-room + 1 :]}▏", look.accent, bold=True)
            return
        color = color_of(self.theme, row)
        if color is None:
            canvas.text(_VALUE, y, word_of(self.theme, row), look.text)
            return
        canvas.text(_VALUE, y, hex_code(color), look.text)
        if isinstance(row, Role):
            self._draw_sample(canvas, y, row.name)
            found = seen(row.name, lambda role: shown(self.theme, role, look))
            hard = found.hard(USES[row.name])
            ink = look.warn if hard else look.dim
            if canvas.width >= _WHOLE:
                canvas.right(canvas.width - 3, y, f"{found.ratio:.1f}", ink, bold=hard)
            canvas.text(canvas.width - 3, y, "!" if hard else " ", look.warn, bold=True)
        elif isinstance(row, Stop):
            canvas.fill(_SWATCH, y, len(_SAMPLE), 1, _step(self.theme, row, look))
        number = _number(self.theme, row, look)
        if number is not None and canvas.width >= _WHOLE:
            canvas.right(_VALUE + 12, y, str(number), look.dim)

    def _draw_sample(self, canvas: Canvas, y: int, role: str) -> None:
        """A piece of what the role is for: writing on it or with it, or the colour alone."""
        look, use = canvas.look, USES[role]
        own, other = getattr(look, role), getattr(look, use.beside[0])
        if use.kind == "mark":
            canvas.fill(_SWATCH, y, len(_SAMPLE), 1, own)
            return
        ink, ground = (other, own) if use.kind == "ground" else (own, other)
        canvas.fill(_SWATCH, y, len(_SAMPLE), 1, ground)
        canvas.text(_SWATCH, y, _SAMPLE, ink)

    def _draw_foot(self, canvas: Canvas, top: int) -> None:
        """What there is to say of the highlighted row, as much as there is room for, and keys."""
        look, rows, width = canvas.look, canvas.height - top, max(1, canvas.width - 6)
        if rows >= 5:
            canvas.hline(2, top, canvas.width - 4, look.faint)
            top, rows = top + 1, rows - 1
        keys = _NAMING if self.naming else _TYPING if self.typed is not None else _KEYS
        lines = self._said(width, look) or self._told(look)
        for y in range(top, canvas.height - (2 if rows >= 6 else 1)):
            if y - top < len(lines):
                text, ink = lines[y - top]
                canvas.text(3, y, shortened(text, width), ink, bold=bool(self.said))
        if rows >= 6:
            canvas.text(3, canvas.height - 2, shortened(keys, width), look.dim)
            keys = "" if self.typed is not None else _MORE
        if rows > 0:
            canvas.text(3, canvas.height - 1, shortened(keys, width), look.dim)
        if rows >= 2 and self.color is not None and not (self.said or self.naming):
            self._draw_channels(canvas, canvas.height - (3 if rows >= 6 else 2))

    def _said(self, width: int, look: Look) -> list[Told]:
        """What was said, and the name that is being typed."""
        ink = look.error if self.wrong else look.accent
        lines = [Told(line, ink) for line in folded(self.said, width, 3)]
        if self.naming and self.typed is not None:
            lines.insert(0, Told(f"save as: {self.typed}▏", look.text))
        return lines

    def _told(self, look: Look) -> list[Told]:
        """Of the highlighted row: how well it is seen, what it is for, how it is shown here."""
        row = self.rows[self.at]
        lines = []
        if isinstance(row, Role):
            lines.append(_contrast_words(row.name, self.theme, look))
        lines.append(Told(meaning(row), look.text))
        if color_of(self.theme, row) is not None:
            lines.append(Told(_depth_words(self.theme, row, look), look.dim))
        return lines

    def _draw_channels(self, canvas: Canvas, y: int) -> None:
        """Hue, saturation and brightness; arrows stand at the one they change."""
        assert self.color is not None
        look, x = canvas.look, 3
        canvas.fill(1, y, canvas.width - 2, 1, look.panel)
        for channel in CHANNELS:
            chosen = channel == self.channel
            word = self.color.word(channel)
            text = f"{channel[:3]} ◂{word:>5}▸" if chosen else f"{channel[:3]}  {word:>5} "
            canvas.text(x, y, text, look.accent if chosen else look.text, bold=chosen)
            x += len(text) + 2


def rows_in(height: int) -> int:
    """Rows of the list in so much room: the lines below it make way first."""
    below = 7 if height >= 20 else 5 if height >= 14 else 3 if height >= 9 else 2
    return max(0, height - 1 - (below if height >= 5 else 0))


def meaning(row: Row) -> str:
    """What a row is for."""
    match row:
        case Role(name):
            return USES[name].meaning
        case Stop(asks):
            return f"resting size, nothing to a wall{', of asks' if asks else ''}"
        case Levels():
            return "steps in truecolor at most, 2 to 64"
        case Split():
            return "own: asks have a ramp of their own"
        case _:
            return "without colours: white on black, or not"


def shown(theme: Theme, role: str, look: Look) -> Rgb:
    """The colour of a role as this terminal shows it; exact where it shows none."""
    if look.mono:
        color = color_of(theme, Role(role))
        assert color is not None
        return color
    return look.palette[getattr(look, role)]


def _contrast_words(role: str, theme: Theme, look: Look) -> Told:
    use, found = USES[role], seen(role, lambda other: shown(theme, other, look))
    if use.kind == "mark":
        return Told(f"contrast {found.ratio:.1f} on {found.beside}", look.dim)
    where = f"of {found.beside} on it" if use.kind == "ground" else f"on {found.beside}"
    words = f"contrast {found.ratio:.1f} {where}"
    if found.hard(use):
        return Told(f"{words}: below 4.5, hard to read", look.warn)
    return Told(words, look.dim)


def _depth_words(theme: Theme, row: Row, look: Look) -> str:
    """How a colour is shown where not every colour is."""
    match look.depth:
        case ColorDepth.MONO:
            return "no colours here (NO_COLOR): it is kept"
        case ColorDepth.TRUE:
            x256, x16 = (_by_hand(theme, row, depth) for depth in (ColorDepth.C256, ColorDepth.C16))
            if isinstance(row, Role) and x256:
                return f"by hand: {x256} at 256 colours, {x16} at 16"
            return f"at 256 and 16 colours {'by hand' if x256 or x16 else 'the nearest'}"
        case depth:
            number = _number(theme, row, look)
            hand = " (by hand)" if _by_hand(theme, row, depth) else ", the nearest"
            return f"shown as {number}{hand} of {depth} colours"


def _by_hand(theme: Theme, row: Row, depth: ColorDepth) -> str:
    """The numbers that were chosen by hand for a depth; "" where the nearest are taken."""
    if isinstance(row, Stop):
        heat = _heat(theme, row)
        numbers = heat.x256 if depth is ColorDepth.C256 else heat.x16
        return " ".join(map(str, numbers))
    words = word_of(theme, row).split()
    return "" if len(words) < 3 else words[1 if depth is ColorDepth.C256 else 2]


def _number(theme: Theme, row: Row, look: Look) -> int | None:
    """The number of the colour as it is shown; None where it is shown as it is, or not."""
    if look.mono or look.depth is ColorDepth.TRUE:
        return None
    return look.codes[_step(theme, row, look) if isinstance(row, Stop) else _index(row, look)]


def _index(row: Row, look: Look) -> int:
    index: int = getattr(look, name_of(row))
    return index


def _step(theme: Theme, row: Stop, look: Look) -> int:
    """The colour of the ramp that shows a stop; without colours a shade as far along it."""
    heat, ramp = _heat(theme, row), look.heat_ask if row.asks else look.heat_bid
    if look.mono:
        return int(ramp[round(row.place * (len(ramp) - 1) / (len(heat.stops) - 1))])
    color = rgb(heat.stops[row.place])
    if look.depth is ColorDepth.TRUE:
        return nearest(color, look.palette)
    return int(ramp[nearest(color, [look.palette[index] for index in ramp])])


def _heat(theme: Theme, row: Stop) -> Heat:
    heat = theme.heat_ask if row.asks else theme.heat
    assert heat is not None
    return heat
