"""Tapetop's command line: what each word loads, and one plain line for everything that fails.

Commands are named by dotted path and loaded when they are called, so that help and scripts never
pay for the screen. Exit codes are a contract: 0 done, 1 a fault of ours, 2 a fault in what was
asked or in the terminal, 3 network, 4 damaged data, 128 + n stopped by signal n (130: Ctrl-C).
"""

import os
import sys
import traceback
from importlib import import_module
from typing import NamedTuple, NoReturn

import click

from feeds.errors import (
    ConfigError,
    DamagedRecording,
    FeedError,
    MalformedFrame,
    Rejected,
    system_reason,
)
from feeds.line import many_lines, one_line
from feeds.userfile import place, told
from feeds.version import __version__

DEBUG = "TAPETOP_DEBUG"
NETWORK = 3
INTERRUPTED = 130
REACH = "tapetop doctor checks the network, tapetop demo needs none"
"""What to do about a venue that is out of reach."""


class Entry(NamedTuple):
    """Where a command lives, `module:attribute`, and its line in the list of commands."""

    target: str
    help: str


COMMANDS: dict[str, Entry] = {
    "alerts": Entry("service.alerts:command", "Tell when a rule about a market comes true."),
    "attach": Entry("tui.commands:attach", "Watch what another tapetop is recording."),
    "bench": Entry("tui.bench.command:command", "Measure decode, book, aggregate and render."),
    "decode": Entry("service.decode:command", "Captured wire traffic in, normalised events out."),
    "demo": Entry("tui.commands:demo", "Watch a simulated market; needs no network."),
    "doctor": Entry("tui.doctor:command", "Check terminal, tmux, paths and venues."),
    "export": Entry("service.export:command", "Trades, bars, books of a recording as rows."),
    "history": Entry("service.history:command", "Fetch past trades to a file that replays."),
    "instruments": Entry("service.instruments:command", "List and search a venue's instruments."),
    "record": Entry("service.record:command", "Record venues to a file that replays."),
    "replay": Entry("tui.commands:replay", "Play a recording back."),
    "script": Entry("service.script:command", "Run a Python file on a market's events."),
    "snap": Entry("tui.snap:command", "Draw one pane without a terminal, or print its numbers."),
    "venues": Entry("service.venues:command", "What each venue carries, and how it is verified."),
}

LIVE = Entry("tui.commands:live", "Watch live markets (what tapetop does without a command).")

INTRODUCTION = """Watch order flow in the terminal: depth heatmap, footprint, candles, ladder
and tape of live crypto markets, from public data; no key and no account. Without a command it
watches VENUE:SYMBOL live; when none is named what was watched last, at first
binance-usdm:BTCUSDT."""

EPILOGUE = """\b
Examples:
  tapetop                                     what was watched last; BTCUSDT perpetual at first
  tapetop binance:ETHUSDT binance-usdm:ETHUSDT --layout flow
  tapetop binance-usdm:BTCUSDT --pane ladder  one pane, for a tmux split
  tapetop demo --seed 7                       the simulated market, no network
  tapetop record binance:BTCUSDT -o btc.jsonl.gz --duration 10m
  tapetop replay btc.jsonl.gz --speed 5 --from +2m
  tapetop snap footprint btc.jsonl.gz --set timeframe=1m --format svg -o btc.svg
  tapetop decode binance-usdm btc.jsonl.gz | head

\b
Environment:
  NO_COLOR            any value: no colour at all
  COLORTERM, TERM     truecolor, 256 or 16 colours are chosen by them
  HTTPS_PROXY         the way to the venues: http://HOST:PORT or socks5://HOST:PORT
  TAPETOP_DEBUG=1     show the stack trace of an error

\b
Exit codes: 0 done, 1 program error, 2 wrong usage or terminal, 3 network, 4 damaged data,
130 interrupted. Keys: press ? inside."""


class PipeClosed(Exception):
    """The reader of our output has gone."""


class Interrupted(Exception):
    """Ctrl-C while a command ran."""


class Program(click.Group):
    """The group of commands; arguments that name no command belong to `live`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Send everything that does not begin with a command or an option of ours to `live`."""
        own = {*COMMANDS, "--help", "-h", "--version"}
        return super().parse_args(ctx, args if args and args[0] in own else ["live", *args])

    def invoke(self, ctx: click.Context) -> object:
        """Run a command. click would make a closed pipe code 1, and of Ctrl-C two lines."""
        try:
            result: object = super().invoke(ctx)
        except BrokenPipeError as error:
            raise PipeClosed from error
        except KeyboardInterrupt as error:
            raise Interrupted from error
        return result

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands without loading them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command when it is called."""
        entry = LIVE if cmd_name == "live" else COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module, _, attribute = entry.target.partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show both ways to call the program."""
        formatter.write_usage("tapetop", "[VENUE:SYMBOL ...] [OPTIONS]")
        formatter.write_usage("tapetop", "COMMAND [ARGUMENTS] [OPTIONS]", prefix="       ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the options of `live`, since that is what a bare call runs, then the commands."""
        live = self.get_command(ctx, "live")
        assert live is not None
        options = [param for param in live.params if isinstance(param, click.Option)]
        records = [record for p in options if (record := p.get_help_record(ctx)) is not None]
        records.append(("--version", "Show the version and exit."))
        records.append(("-h, --help", "Show this message and exit."))
        with formatter.section("Options"):
            formatter.write_dl(records)
        with formatter.section("Commands (tapetop COMMAND --help says more)"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])


@click.group(
    cls=Program,
    help=INTRODUCTION,
    epilog=EPILOGUE,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="tapetop", message="%(prog)s %(version)s")
def program() -> None:
    """Group the commands."""


def main() -> NoReturn:
    """Run the command line and leave with its exit code."""
    # Python gives None where the shell closed it; mypy does not know.
    if getattr(sys, "stdout", None) is None:
        sys.exit(_fail("standard output is closed: point it at a file or /dev/null", 2))
    try:
        code = run(sys.argv[1:])
        sys.stdout.flush()
    except (PipeClosed, BrokenPipeError):
        # The reader of a pipe has seen enough: `tapetop decode ... | head` is no error. Python
        # would complain when it flushes stdout at exit, so stdout is pointed at nothing.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run one command line; every error becomes one line on stderr and an exit code."""
    try:
        result = program.main(arguments, prog_name="tapetop", standalone_mode=False)
    except PipeClosed:
        raise
    except (KeyboardInterrupt, Interrupted, click.Abort):
        return _fail("interrupted", INTERRUPTED)
    except click.UsageError as error:
        return _fail(_usage(error), 2)
    except click.ClickException as error:
        return _fail(error.format_message(), 2)
    except FeedError as error:
        code = exit_code(error)
        return _fail(f"{error} ({REACH})" if code == NETWORK else str(error), code)
    except OSError as error:
        return _fault(error) if place(error) else _system(error)
    except Exception as error:
        return _fault(error)
    return result if isinstance(result, int) else 0


def exit_code(error: FeedError) -> int:
    """Return the exit code of an error: whose fault it is and whether to try again."""
    match error:
        case ConfigError() | Rejected():
            return 2
        case DamagedRecording() | MalformedFrame():
            return 4
        case _:
            return NETWORK


def _usage(error: click.UsageError) -> str:
    """Write what is wrong with a command line, and where its help is."""
    text = error.format_message().rstrip(".")
    for theirs in ("a valid integer range", "a valid integer"):
        text = text.replace(theirs, "a whole number")
    text = text[:1].lower() + text[1:]
    path = error.ctx.command_path if error.ctx is not None else "tapetop"
    return f"{text} (see {path.removesuffix(' live')} --help)"


def _system(error: OSError) -> int:
    """Report what the system refused: the file it was about, or else our output."""
    _trace(error)
    where = error.filename if isinstance(error.filename, str) else "cannot write the output"
    return _fail(f"{where}: {system_reason(error)}", 1)


def _fault(error: Exception) -> int:
    """Report an error nobody foresaw."""
    _trace(error)
    # Of a script or plug-in of the user's the file and line are named.
    hint = "" if os.environ.get(DEBUG) or place(error) else f" ({DEBUG}=1 shows where)"
    return _fail(f"{told(error)}{hint}", 1)


def _trace(error: Exception) -> None:
    """Write where an error comes from, where that was asked for."""
    if os.environ.get(DEBUG):
        click.echo(many_lines("".join(traceback.format_exception(error))), err=True, nl=False)


def _fail(text: str, code: int) -> int:
    """Write one line to stderr, whatever the text holds, and return the exit code."""
    click.echo(f"tapetop: {one_line(text)}", err=True)
    return code


if __name__ == "__main__":
    main()
