"""Alerts dialog: every alert with how it stands; a line to type another one, checked as it is."""

from collections.abc import Hashable, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Final

from feeds.alertfile import read_rule
from feeds.errors import ConfigError
from market.alerts.rule import Rule
from market.alerts.subjects import SUBJECTS
from market.alerts.watch import Alert
from tui.dialogs.frame import LONGEST, MOVES, Done, closes, edited, framed, window
from tui.drawing.canvas import Canvas
from tui.drawing.format import safe_text, shortened, text_width
from tui.drawing.look import Look
from tui.pane import Size

if TYPE_CHECKING:
    from tui.desk.monitor import Monitor

WIDTH: Final = 88
_SAID: Final = 3
"""Rows for what there is to say of what is typed."""
_LOW: Final = 14
"""Rows below which one is enough for that."""
_NARROW: Final = 70
"""Cells below which the rules need those that tell where an alert is kept."""


def open_alerts(monitor: "Monitor") -> None:
    """List the alerts over the panes."""
    monitor.open_dialog(AlertList(monitor), lambda _: None)


class AlertList:
    """Alerts in their order, one of them highlighted, and what is typed."""

    def __init__(self, monitor: "Monitor") -> None:
        self._monitor, self._alerts = monitor, monitor.alerts
        self.about: str | None = None
        self.typed = ""
        self._wrong = ""
        self._rule: Rule | None = None
        self._at = self._first = self._changes = 0
        self._size = Size(0, 0)

    @property
    def version(self) -> Hashable:
        """Something that differs whenever its picture does."""
        states = tuple(self._state(alert) for alert in self._alerts.listed)
        return self._changes, self._alerts.version, self._alerts.complaint, states

    def press(self, key: str, character: str | None) -> Done | None:
        """Take a key."""
        self._changes += 1
        if key in ("escape", "ctrl+c"):
            return Done(None)
        if key == "enter":
            self._enter()
        elif key in MOVES:
            self._move(MOVES[key])
        elif key in ("delete", "ctrl+d"):
            self._delete()
        elif (typed := edited(self.typed, key, character)) is not None:
            self._type(typed)
        return None

    def insert(self, text: str) -> None:
        """Add typed or pasted text."""
        self._changes += 1
        self._type((self.typed + safe_text(text))[:LONGEST])

    def click(self, x: int, y: int) -> Done | None:
        """Highlight the alert that was clicked."""
        if closes(self._size, x, y):
            return Done(None)
        row = self._first + y - self._head
        if self._head <= y < self._size.height - 1 and row < len(self._alerts.listed):
            self._changes += 1
            self._at = row
        return None

    def size(self, width: int, height: int) -> Size:
        """How large it is within so much room."""
        rows = 2 + _SAID + max(len(SUBJECTS), len(self._alerts.listed)) + 1
        return Size(min(WIDTH, width), min(rows, max(0, height)))

    def draw(self, size: Size, look: Look) -> Canvas:
        """Draw title, what is typed and what it means, the alerts and the keys."""
        self._size = size
        canvas = framed(size, look, self._title)
        self._draw_typed(canvas)
        rows = size.height - self._head - 1
        if self._alerts.listed:
            self._draw_alerts(canvas, rows)
        else:
            self._draw_examples(canvas, rows)
        self._draw_foot(canvas)
        return canvas

    @property
    def _head(self) -> int:
        """Rows above the list: title, typed line, what is said of it."""
        return 3 if self._size.height < _LOW else 2 + _SAID

    @property
    def _title(self) -> str:
        ways = self._alerts.notifier.ways
        named = [*ways.signals]
        named += ["webhook"] if ways.webhook else []
        named += [ways.player[0]] if ways.player else []
        return f"Alerts, told by {', '.join(named) or 'this screen alone'}"

    def _enter(self) -> None:
        if not self.typed.strip():
            if self._chosen is not None:
                self._alerts.arm(self._chosen)
            return
        if self._rule is None:
            return
        if not self._alerts.add(self._rule):
            self._wrong, self._rule = "there is such an alert already", None
            return
        self._at = next(
            number for number, alert in enumerate(self._alerts.listed) if alert.rule == self._rule
        )
        self._type("")

    def _delete(self) -> None:
        if self._chosen is not None:
            self._alerts.remove(self._chosen)
            self._move(0)

    @property
    def _chosen(self) -> Alert | None:
        listed = self._alerts.listed
        return listed[self._at] if self._at < len(listed) else None

    def _move(self, steps: int) -> None:
        self._at = min(max(0, self._at + steps), max(0, len(self._alerts.listed) - 1))

    def _type(self, text: str) -> None:
        self.typed, self._wrong, self._rule = text, "", None
        if text.strip():
            try:
                self._rule = read_rule(text)
            except ConfigError as error:
                self._wrong = str(error)

    def _draw_typed(self, canvas: Canvas) -> None:
        look, room = canvas.look, canvas.width - 7
        canvas.fill(2, 1, canvas.width - 4, 1, look.selection)
        tail = self.typed[-room:] if room > 0 else ""
        canvas.text(3, 1, tail, look.text)
        canvas.text(3 + text_width(tail), 1, "▏", look.accent)
        if not self.typed:
            prompt = "type a rule: [VENUE:SYMBOL] price > 65000, size >= 20 again 10s"
            canvas.text(4, 1, shortened(prompt, room), look.faint)
        text, ink = self._said(look)
        for row, line in enumerate(
            wrap(safe_text(text), max(1, canvas.width - 6))[: self._head - 2]
        ):
            canvas.text(3, 2 + row, line, ink)

    def _said(self, look: Look) -> tuple[str, int]:
        """What there is to say of what is typed, or else of how alerts are told."""
        if self._wrong:
            return self._wrong, look.warn
        if self._rule is not None:
            condition, pause = self._rule.condition, self._rule.pause
            again = "once" if pause is None else "each time, after its pause"
            where = self._rule.instrument or "any instrument that is watched"
            means = SUBJECTS[condition.subject].means
            return f"{where}: {means}; told {again}. Enter adds it.", look.live
        if self._alerts.complaint:
            return self._alerts.complaint, look.warn
        return "", look.dim

    def _draw_alerts(self, canvas: Canvas, rows: int) -> None:
        look, listed = canvas.look, self._alerts.listed
        self._move(0)
        self._first = window(self._first, self._at, rows, len(listed))
        for row, alert in enumerate(listed[self._first : self._first + max(0, rows)]):
            y, lit = self._head + row, self._first + row == self._at
            if lit:
                canvas.fill(1, y, canvas.width - 2, 1, look.selection)
                canvas.text(1, y, "▸", look.accent, bold=True)
            rule = shortened(alert.rule.text, canvas.width - 5)
            canvas.text(3, y, rule, look.text, bold=lit)
            state = self._state(alert, whole=canvas.width >= _NARROW)
            state = shortened(state, canvas.width - 7 - text_width(rule))
            canvas.right(canvas.width - 2, y, state, look.dim if alert.armed else look.warn)

    def _draw_examples(self, canvas: Canvas, rows: int) -> None:
        look = canvas.look
        widest = max(text_width(subject.example) for subject in SUBJECTS.values())
        for row, subject in enumerate([*SUBJECTS.values()][: max(0, rows)]):
            canvas.text(3, self._head + row, subject.example, look.text)
            room = canvas.width - widest - 8
            canvas.text(6 + widest, self._head + row, shortened(subject.means, room), look.dim)

    def _state(self, alert: Alert, whole: bool = True) -> str:
        """How an alert stands, in a few words; where it is kept among them if that is wanted."""
        watched: Sequence[str] = self._monitor.session.instruments
        kept = "this run · " if whole and not self._alerts.is_kept(alert) else ""
        if alert.fired is not None:
            zone = self._monitor.zone.of(alert.fired.instrument.partition(":")[0])
            at = zone.clock(alert.fired.at, millis=False)
            market = self._monitor.session.market(alert.fired.instrument)
            if market is None or zone.date(market.clock) != zone.date(alert.fired.at):
                at = f"{zone.date(alert.fired.at)} {at}"
            fired = "last fired" if alert.armed else "fired"
            return safe_text(f"{kept}{fired} {at} at {alert.fired.measure}", 50)
        if alert.rule.instrument and alert.rule.instrument not in watched:
            return f"{kept}not watched"
        return f"{kept}armed"

    def _draw_foot(self, canvas: Canvas) -> None:
        look, row = canvas.look, canvas.height - 1
        if row <= self._head:
            return
        keys = "Enter adds what is typed, or arms again   Del deletes   ↑↓ choose"
        canvas.text(3, row, shortened(keys, canvas.width - 16), look.dim)
        count = len(self._alerts.listed)
        text = f"{min(self._at + 1, count)} of {count}" if count else "none yet"
        canvas.right(canvas.width - 2, row, text, look.dim)
