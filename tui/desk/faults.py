"""Faults: panes that failed to draw, and keys that failed to do what they stand for.

A pane says so in its own place and a key in the row of keys; everything else goes on.
"""

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import click

from feeds.line import many_lines, one_line
from feeds.userfile import told
from tui.drawing.canvas import Canvas
from tui.drawing.look import Look
from tui.pane import Size, message, title_row


class Fault(NamedTuple):
    """What went wrong in a pane or with a key, where, and how often since it last went well."""

    what: str
    """What failed, in words."""
    text: str
    trace: str
    times: int


class Faults:
    """What went wrong, kept for the end of the run even where it went well again."""

    def __init__(self) -> None:
        self._now: dict[str, Fault] = {}
        self.ever: dict[str, Fault] = {}

    def add(self, name: str, error: Exception, what: str | None = None) -> None:
        """Note that a pane failed, or what else has this name."""
        times = self._now[name].times + 1 if name in self._now else 1
        trace = "".join(traceback.format_exception(error)) if times == 1 else self._now[name].trace
        fault = Fault(what or f"pane {name}", told(error), trace, times)
        self._now[name] = self.ever[name] = fault

    def mended(self, name: str) -> None:
        """Note that a pane drew well, or that a key did what it stands for."""
        self._now.pop(name, None)

    @contextmanager
    def spared(self, what: str, note: Callable[[str], None]) -> Iterator[None]:
        """Do what a key, a click or the wheel stands for; say in one line where that fails."""
        try:
            yield
        except Exception as error:
            # A command's fault ends no more than the command, as a pane's ends no more than that.
            self.add(what, error, what)
            note(one_line(f"{what} failed: {told(error)}"))
        else:
            self.mended(what)

    def tell(self, *, whole: bool) -> None:
        """Say on standard error what failed, with the way there where the whole is wanted."""
        for line, fault in zip(self.lines(), self.ever.values(), strict=True):
            if whole:
                click.echo(many_lines(fault.trace), err=True)
            click.echo(f"tapetop: {one_line(line)}", err=True)

    def lines(self) -> list[str]:
        """One line for each pane and key that ever failed."""
        return [f"{fault.what} failed: {fault.text}" for fault in self.ever.values()]


def draw_fault(name: str, error: Exception, size: Size, look: Look) -> Canvas:
    """Draw the error in the place of the pane."""
    canvas = Canvas(*size, look)
    title_row(canvas, look, name.capitalize(), None, ["failed"])
    message(canvas, look, f"this pane failed: {told(error)}. The others go on. ? has help.")
    return canvas
