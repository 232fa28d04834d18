"""A stand-in for the terminal's owner."""

from collections.abc import Coroutine

from tui.desk.session import Session


class FakeShell:
    """Remembers what was asked of the terminal's owner."""

    def __init__(self) -> None:
        self.sessions: list[Session] = []
        self.codes: list[int] = []
        self.tasks: list[Coroutine[None, None, None]] = []
        self.mouse_on = True
        self.suspended = 0
        self.redrawn = 0

    def start(self, session: Session) -> None:
        self.sessions.append(session)

    def work(self, task: Coroutine[None, None, None]) -> None:
        self.tasks.append(task)

    def leave(self, code: int) -> None:
        self.codes.append(code)

    def to_background(self) -> None:
        self.suspended += 1

    def redraw(self) -> None:
        self.redrawn += 1

    def mouse(self, on: bool) -> None:
        self.mouse_on = on
