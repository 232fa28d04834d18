"""A screen that writes changed spans and nothing beside them.

Textual crops a dirty span at the right only and writes again from the widget's left edge
(https://github.com/Textualize/textual/issues/5625). This is private API of Textual 8: where it no
longer looks as expected, the stock classes are used, which write more and show the same.
"""

from time import perf_counter
from typing import Any

from rich.console import Console, RenderableType
from textual._compositor import ChopsUpdate, Compositor, CompositorUpdate
from textual.app import ComposeResult
from textual.screen import Screen

from tui.terminal.driver import TerminalDriver
from tui.terminal.view import CellStrip, CellView

EXPECTED = ("chops", "spans", "chop_ends")
"""What a partial update must hold for our way of writing it."""


class Meter:
    """Seconds spent on composing and encoding since they were last taken."""

    def __init__(self) -> None:
        self._seconds = 0.0

    def add(self, seconds: float) -> None:
        """Count time spent."""
        self._seconds += seconds

    def take(self) -> float:
        """Return what was counted and begin again."""
        seconds, self._seconds = self._seconds, 0.0
        return seconds


class SpanChops(ChopsUpdate):
    """A partial update that honours the left edge of each span as well as the right."""

    def __init__(self, update: ChopsUpdate, meter: Meter, view: CellView) -> None:
        super().__init__(update.chops, update.spans, update.chop_ends)
        self._meter, self._view = meter, view

    def render_segments(self, console: Console) -> str:
        """Return the terminal text: for each span a cursor move and its cells."""
        started = perf_counter()
        prepared = self._view.update_text(self.spans) if self._all_cells() else None
        text = self._written(console) if prepared is None else prepared
        self._meter.add(perf_counter() - started)
        return text

    def _all_cells(self) -> bool:
        """Whether nothing lies over the view in any row that changed."""
        strips = (strip for y, _, _ in self.spans for strip in self.chops[y].values())
        return all(isinstance(strip, CellStrip) for strip in strips)

    def _written(self, console: Console) -> str:
        text: list[str] = []
        for y, x1, x2 in self.spans:
            for end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                if strip is None or x >= x2 or end <= x1:
                    continue
                left, right = max(x, x1), min(end, x2)
                text.append(f"\x1b[{y + 1};{left + 1}H")
                text.append(strip.crop(left - x, right - x).render(console))
        return "".join(text)


class SpanCompositor(Compositor):
    """A compositor that makes `SpanChops` of partial updates and counts the time it takes."""

    def __init__(self, meter: Meter, view: CellView) -> None:
        super().__init__()
        self._meter, self._view = meter, view

    def render_update(self, *args: Any, **named: Any) -> RenderableType | None:
        """Return the update, timed. The arguments are Textual's own and passed on unread."""
        started = perf_counter()
        update = super().render_update(*args, **named)
        self._meter.add(perf_counter() - started)
        if isinstance(update, ChopsUpdate) and all(hasattr(update, name) for name in EXPECTED):
            return SpanChops(update, self._meter, self._view)
        return update


class Ready(CompositorUpdate):
    """An update that is terminal text already."""

    def __init__(self, text: str) -> None:
        self._text = text

    def render_segments(self, console: Console) -> str:
        """Return the terminal text."""
        return self._text


class SpanScreen(Screen[None], inherit_bindings=False):
    """A screen that is one view, composed by a `SpanCompositor`."""

    def __init__(self, view: CellView) -> None:
        super().__init__()
        self.view = view
        view.write_now = self.write_now
        self.meter = Meter()
        if isinstance(getattr(self, "_compositor", None), Compositor):
            self._compositor = SpanCompositor(self.meter, view)

    def compose(self) -> ComposeResult:
        """Give the screen its view."""
        yield self.view

    def write_now(self, text: str) -> bool:
        """Write an update of the view at once, if the view alone is on the screen.

        Composing costs more than drawing does, and Textual writes at its own pace, up to a frame
        later. Where anything lies over the view or is about to be laid out, nothing is written.
        """
        if not self._view_alone():
            return False
        if isinstance(driver := self.app._driver, TerminalDriver):
            driver.gather()
        # Textual passes its own updates here in the same way.
        self.app._display(self, Ready(text))  # type: ignore[arg-type]
        return True

    def _view_alone(self) -> bool:
        """Whether what is seen is the view and nothing else, and nothing waits to be composed."""
        if self.app.screen is not self or len(self.app.screen_stack) > 1:
            return False
        waits = self._dirty_widgets or self._layout_required or self._repaint_required
        # The screen has no edge, so its size is the app's, which is known without reckoning.
        if waits or self._compositor.size != self.app.size:
            return False
        seen = self._compositor.visible_widgets
        return self.view in seen and all(
            widget is self or widget is self.view or not region.area or not widget.display
            for widget, (region, _) in seen.items()
        )
