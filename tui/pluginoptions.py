"""Options of plug-ins: of every command that shows panes, read before it looks for one."""

from collections.abc import Callable
from functools import reduce
from pathlib import Path
from typing import Any, TypeVar

import click

from feeds.line import one_line

F = TypeVar("F", bound=Callable[..., Any])

_WITHOUT = "tapetop without plug-ins"


def folder() -> Path:
    """Where plug-ins are that nobody has to name."""
    # Not at the top, as the panes below: who only asks for help needs neither.
    from platformdirs import user_config_path

    return user_config_path("tapetop") / "plugins"


def plugin_options(function: F) -> F:
    """Give a command that shows panes those of plug-ins too."""
    options = (
        click.option(
            "--plugin",
            multiple=True,
            metavar="FILE",
            expose_value=False,
            callback=_load,
            help="Add the panes of a Python file, or of an installed plug-in (repeatable).",
        ),
        click.option(
            "--no-plugins",
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_leave_out,
            help="Leave out the plug-ins of the configuration folder.",
        ),
    )
    return reduce(lambda decorated, option: option(decorated), reversed(options), function)


def _leave_out(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    ctx.meta[_WITHOUT] = value


def _load(ctx: click.Context, _param: click.Parameter, named: tuple[str, ...]) -> None:
    if ctx.resilient_parsing:
        return
    found = [] if ctx.meta.get(_WITHOUT) else sorted(folder().glob("[!_]*.py"))
    if not (found or named):
        return
    from tui.plugins import load

    for line in load(named, found):
        click.echo(f"tapetop: {one_line(line)}", err=True)
