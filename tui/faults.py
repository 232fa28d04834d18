"""Faults: panes that failed to draw. Each says so in its own place, and the others go on."""

import traceback
from typing import NamedTuple

import click

from feeds.line import one_line
from tui.canvas import Canvas
from tui.look import Look
from tui.pane import Size, message, title_row


class Fault(NamedTuple):
    """What went wrong in a pane, where, and how often since it last drew well."""

    text: str
    trace: str
    times: int


class Faults:
    """What went wrong by pane, kept for the end of the run even where it went well again."""

    def __init__(self) -> None:
        self._now: dict[str, Fault] = {}
        self.ever: dict[str, Fault] = {}

    def add(self, name: str, error: Exception) -> None:
        """Note that a pane failed."""
        times = self._now[name].times + 1 if name in self._now else 1
        trace = "".join(traceback.format_exception(error)) if times == 1 else self._now[name].trace
        self._now[name] = self.ever[name] = Fault(_words(error), trace, times)

    def mended(self, name: str) -> None:
        """Note that a pane drew well."""
        self._now.pop(name, None)

    def tell(self, *, whole: bool) -> None:
        """Say on standard error what failed, with the way there where the whole is wanted."""
        for line, fault in zip(self.lines(), self.ever.values(), strict=True):
            if whole:
                click.echo(fault.trace, err=True)
            click.echo(f"tapetop: {one_line(line)}", err=True)

    def lines(self) -> list[str]:
        """One line for each pane that ever failed."""
        return [f"pane {name} failed: {fault.text}" for name, fault in self.ever.items()]


def draw_fault(name: str, error: Exception, size: Size, look: Look) -> Canvas:
    """Draw the error in the place of the pane."""
    canvas = Canvas(*size, look)
    title_row(canvas, look, name.capitalize(), None, ["failed"])
    message(canvas, look, f"this pane failed: {_words(error)}. The others go on. ? has help.")
    return canvas


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
