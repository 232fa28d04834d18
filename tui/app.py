"""The app: the one Textual app, a thin shell that gives the monitor a terminal, time and keys."""

import asyncio
import gc
import os
import signal
import time
from collections.abc import Coroutine
from contextlib import AbstractContextManager
from functools import partial
from typing import Final

import click
from platformdirs import user_state_path
from textual import events
from textual.app import App
from textual.worker import WorkerFailed

from feeds.cadence import Cadence
from feeds.line import one_line
from tui.desk.keeping import Keeper
from tui.desk.monitor import Monitor, Now
from tui.desk.session import Session
from tui.desk.stats import Stats, peak_rss, since_start
from tui.drawing.canvas import Canvas
from tui.keys import actions
from tui.launch import Launch
from tui.pane import Size
from tui.terminal.bell import Bell
from tui.terminal.clock import FrameClock
from tui.terminal.driver import TerminalDriver
from tui.terminal.governor import Governor
from tui.terminal.spans import SpanScreen
from tui.terminal.trace import Trace
from tui.terminal.view import CellView

SIGNALS: Final = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
"""Asked to end from outside: the terminal is restored and the stats are written."""


def run(launch: Launch) -> int:
    """Show the monitor until it is left; return the exit code."""
    app = TapetopApp(launch)
    if passed := app.keeper.passed:
        click.echo(f"tapetop: {one_line(passed)}", err=True)
    with asyncio.Runner(loop_factory=app.cadence.new_loop) as runner:
        runner.run(_run(app))
    app.trace.close()
    if unkept := app.keeper.flush():
        click.echo(f"tapetop: {one_line(unkept)}", err=True)
    if launch.stats is not None:
        app.stats().write(launch.stats)
    if app.fault is not None:
        raise app.fault
    if app.monitor.exit_error is not None:
        raise app.monitor.exit_error
    faults = app.monitor.faults
    faults.tell(whole=bool(os.environ.get("TAPETOP_DEBUG")))
    unreached = app.monitor.session.unreached
    if unreached is not None and not app.return_code:
        raise unreached
    return app.return_code or (1 if faults.ever else 0)


async def _run(app: "TapetopApp") -> None:
    """Run the app; from before it takes the terminal, a signal ends it in good order."""
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, partial(app.leave, 128 + number))
    await app.run_async()


class TapetopApp(App[None], inherit_bindings=False):
    """Keys, sizes and ticks in; canvases out."""

    ENABLE_COMMAND_PALETTE = False
    TITLE = "tapetop"
    CSS = "Screen { overflow: hidden; }"

    def __init__(self, launch: Launch) -> None:
        super().__init__(driver_class=TerminalDriver)
        self.launch = launch
        pace = launch.pace
        self.governor = Governor(
            pace.fps, bandwidth=pace.bandwidth, share=pace.cpu, on=pace.governor
        )
        self.frame_clock = FrameClock(self.governor, self._behind)
        self.cadence = Cadence(pace.gather)
        self.trace = Trace(launch.trace)
        self._mounted = False
        self._left: int | None = None
        """The exit code, once it is known that the app ends."""
        self._woken = asyncio.Event()
        self._taken = 0.0
        """When the picture that was written last was taken."""
        self._bytes = 0
        self._tip_seen = user_state_path("tapetop") / "tip-seen"
        tip = launch.pane is None and not self._tip_seen.exists()
        self.monitor = Monitor(launch, self.frame_clock, self, tip=tip)
        self.monitor.alerts.write_with(self._signal)
        self.keeper = Keeper(launch.kept, self.monitor, self._keep)
        self.monitor.reads_delayed_ms = lambda: self.cadence.latency_ms
        self._bell = None if launch.bell is None else Bell(launch.bell)
        self.view = CellView(Canvas(0, 0, self.monitor.look))
        self._pressed: tuple[int, int] | None = None
        """Where a button of the mouse went down last."""
        self._measured = False
        """Whether the mouse laid a ruler since then."""
        self.startup: float | None = None
        """Seconds from the start of the process to the first frame."""

    @property
    def fault(self) -> BaseException | None:
        """The error nobody foresaw that ended the app."""
        error = self._exception
        return error.error if isinstance(error, WorkerFailed) else error

    def get_default_screen(self) -> SpanScreen:
        """Return the one screen."""
        self.one_screen = SpanScreen(self.view)
        return self.one_screen

    def on_mount(self) -> None:
        """Show the first frame; only then begin to watch."""
        if self._left is not None:
            self.exit(return_code=self._left)
            return
        self._mounted = True
        self.app_resume_signal.subscribe(self, lambda _: self.redraw())
        if isinstance(self._driver, TerminalDriver):
            self._driver.on_written, self._driver.on_answer = self._written, self._answered
            if self.governor.on:
                # Asked before there is anything to show: then the first picture is measured.
                self._driver.fence()
                self.governor.link.sent(time.monotonic(), time.monotonic(), 0)
        self._draw()
        if self.keeper.said:
            self.monitor.note(one_line(self.keeper.said))
        self.call_after_refresh(self._first_frame_is_out)

    def _first_frame_is_out(self) -> None:
        self.startup = since_start()
        self.run_worker(self._frames(), group="frames", exclusive=True)
        self.run_worker(self.monitor.alerts.notifier.run(), group="alerts")
        self.start(self.monitor.session)
        self.keeper.touched()
        # What is there now stays; the collector need not look at it again and again.
        gc.collect()
        gc.freeze()

    def start(self, session: Session) -> None:
        """Pump a session, and no other."""
        self.run_worker(session.run(), group="session", exclusive=True)

    def work(self, task: Coroutine[None, None, None]) -> None:
        """Do this beside the session, instead of what was begun so before."""
        self.run_worker(task, group="work", exclusive=True)

    def _keep(self, task: Coroutine[None, None, None]) -> None:
        self.run_worker(task, group="keep")

    def leave(self, code: int) -> None:
        """End the app with an exit code, as soon as there is something to end."""
        self._left = code
        if self._mounted:
            self.exit(return_code=code)

    def to_background(self) -> None:
        """Go to the background as Ctrl+Z does; `fg` comes back to a whole picture."""
        self.frame_clock.rest()
        self.keeper.flush()
        self.action_suspend_process()

    def redraw(self) -> None:
        """Write every cell again: another program has written over them."""
        self.frame_clock.rest()
        self.view.refresh()

    def mouse(self, on: bool) -> None:
        """Take the mouse, or leave it to the terminal's own selection."""
        if isinstance(self._driver, TerminalDriver):
            self._driver.take_mouse(on)

    def on_key(self, event: events.Key) -> None:
        """Give a key to the dialog, or do what it stands for."""
        event.stop()
        event.prevent_default()
        if event.key == "ctrl+c":
            self.leave(128 + signal.SIGINT)
            return
        self._remember_tip()
        with self._spared(f"key {event.key}"):
            self._do(self.monitor.press(event.key, event.character))
        self._trace("key", key=event.key)
        self._draw_now()

    def on_paste(self, event: events.Paste) -> None:
        """Give pasted text to the dialog."""
        with self._spared("pasting"):
            self.monitor.paste(event.text)
        self._draw_now()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Remember where a ruler would begin."""
        self._pressed, self._measured = (event.screen_x, event.screen_y), False

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Lay a ruler while the mouse is dragged through a pane that has one."""
        here = event.screen_x, event.screen_y
        if event.button != 1 or self._pressed is None or here == self._pressed:
            return
        with self._spared("dragging"):
            if not self.monitor.measure(self._pressed, here):
                return
            self._measured = True
        self._draw_now()

    def on_click(self, event: events.Click) -> None:
        """Focus the pane that was clicked, or point at the cell of one that has the focus."""
        self._remember_tip()
        if self._measured:
            self._measured = False
            return
        with self._spared("click"):
            self._do(self.monitor.point(event.screen_x, event.screen_y))
        self._draw_now()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll to higher prices in the pane under the mouse."""
        self._wheel(event, "up")

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll to lower prices in the pane under the mouse."""
        self._wheel(event, "down")

    def on_app_blur(self) -> None:
        """Spend less on a window that nobody looks at, if that was asked for."""
        if self.launch.pace.unfocused is not None:
            self.governor.least_interval = 1.0 / self.launch.pace.unfocused

    def on_app_focus(self) -> None:
        """Draw for somebody who looks again."""
        self.governor.least_interval = 0.0
        self.frame_clock.rest()
        self._woken.set()

    def on_resize(self) -> None:
        """Draw at the new size at once."""
        self._draw()

    def stats(self) -> Stats:
        """Return what this run drew, skipped, wrote and spent."""
        driver, clock = self._driver, self.frame_clock
        p50, p95, p99 = clock.percentiles()
        return Stats(
            frames_drawn=clock.drawn,
            frames_skipped=clock.skipped,
            skipped_for={why: count for why, count in clock.skips.items() if count},
            frame_ms_p50=p50,
            frame_ms_p95=p95,
            frame_ms_p99=p99,
            fps=self.governor.fps,
            bytes_written=driver.bytes_written if isinstance(driver, TerminalDriver) else 0,
            events_applied=self.monitor.events_applied,
            startup_ms=None if self.startup is None else round(self.startup * 1e3, 1),
            peak_rss_bytes=peak_rss(),
            seconds=round(since_start(), 3),
            width=self.monitor.size.width,
            height=self.monitor.size.height,
            depth=self.launch.depth,
            source=self.monitor.session.label,
        )

    async def _frames(self) -> None:
        """Tick for ever: at the governor's pace, and at once when the terminal has caught up."""
        clock, loop = self.frame_clock, asyncio.get_running_loop()
        while True:
            self._woken.clear()
            alarm = loop.call_later(clock.wait(time.monotonic()), self._woken.set)
            await self._woken.wait()
            alarm.cancel()
            self._tick()

    def _tick(self) -> None:
        """Draw a frame if it is due and would differ."""
        if not self.screen_stack:
            return  # the app is being taken down around this worker
        if isinstance(self._driver, TerminalDriver) and self._driver.gone:
            self.leave(128 + signal.SIGHUP)
            return
        if self.frame_clock.due(time.monotonic()):
            self._draw()
        else:
            self._trace("skip", why=self.frame_clock.reason or "")

    def _draw_now(self) -> None:
        """Show what a key did: at once, or as soon as the terminal has room for it; keep it."""
        self.keeper.touched()
        if self.governor.hold(time.monotonic()) is None:
            self._draw()

    def _draw(self) -> None:
        started = time.perf_counter()
        self._taken = time.monotonic()
        self.monitor.bear(self.governor.effort)
        self.view.thrifty = self.governor.step > 0
        composed = self.one_screen.meter.take()
        now = Now(time.monotonic(), time.time_ns())
        if self._bell is not None and self._bell.due(self.monitor.market, now.seconds):
            self.bell()
        canvas = self.monitor.frame(Size(*self.size), now, time.perf_counter)
        if self.monitor.panel is not None:
            self.view.costs = self.monitor.panel.costs
        if canvas is not None and self.view.show(canvas, self.monitor.owners()):
            # What Textual spends on a frame after us is counted with the frame that follows.
            spent = time.perf_counter() - started + composed
            self.frame_clock.drew(time.monotonic(), spent)
        else:
            self._trace("same")

    def _written(self) -> None:
        """An update of the screen has been handed to the terminal: let it say when it is shown."""
        driver = self._driver
        assert isinstance(driver, TerminalDriver)
        size = driver.bytes_written - self._bytes
        if not size:
            return
        now = time.monotonic()
        fenced = self.governor.on and self.governor.link.wants_fence(now)
        if fenced:
            driver.fence()
        self._bytes = driver.bytes_written
        self.governor.sent(now, self._taken, size, fenced=fenced)
        self.frame_clock.wrote(now, size)
        self._trace("frame", drawn=round(self._taken * 1e9))

    def _answered(self, at: float) -> None:
        """The terminal has shown what was sent: a frame that waited for that may go."""
        self.governor.answered(at)
        if self.frame_clock.reason is not None:
            self.frame_clock.hasten(at)
            self._woken.set()

    def _trace(self, kind: str, *, drawn: int = 0, why: str = "", key: str = "") -> None:
        self.trace.bytes = self._bytes
        self.trace.events = self.monitor.events_applied
        self.trace.add(kind, drawn=drawn, why=why, key=key)

    def _wheel(self, event: events.MouseEvent, command: str) -> None:
        with self._spared(f"wheel {command}"):
            self._do(self.monitor.wheel(event.screen_x, event.screen_y, command))
        self._draw_now()

    def _do(self, name: str | None) -> None:
        """Do what a command's name stands for, where there is one."""
        if name is not None:
            actions.run(self.monitor, name)

    def _spared(self, what: str) -> AbstractContextManager[None]:
        """Go on where this fails, and say so."""
        return self.monitor.faults.spared(what, self.monitor.note)

    def _signal(self, sequence: str) -> None:
        """Send the terminal what is no part of a picture: a bell, a notification."""
        if self._driver is not None:
            self._driver.write(sequence)

    def _behind(self) -> bool:
        return isinstance(self._driver, TerminalDriver) and self._driver.behind

    def _remember_tip(self) -> None:
        """Never show the first-run tip again."""
        if not self.monitor.tip_shown:
            return
        try:
            self._tip_seen.parent.mkdir(parents=True, exist_ok=True)
            self._tip_seen.touch()
        except OSError as error:
            self.monitor.note(f"the tip will come again: {error}")

    def _print_error_renderables(self) -> None:
        """Print nothing: an error is one line of the command line's, which knows its exit code."""
        self._exit_renderables.clear()
