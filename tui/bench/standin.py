"""The stand-in exchange of the project's tests, in a process of its own, speaking TLS.

It is no part of the installed program: only a checkout has it.
"""

import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Self

import msgspec

from feeds.errors import ConfigError
from tui.bench.followers import Reached

ROOT: Final = Path(__file__).resolve().parents[2]
_SERVER: Final = ROOT / "tests" / "exchange" / "__main__.py"


class Told(msgspec.Struct):
    """What it says of itself: `ready`, `playing` and `said`, each once."""

    kind: str
    t: int
    """ns of the monotonic clock."""
    url: str = ""
    certificate: str = ""
    said: dict[str, int] = {}
    """Messages by kind of stream."""
    log: list[Reached] = []


class StandIn:
    """A running stand-in; a context manager that ends it."""

    def __init__(self, capture: Path, folder: Path, words: Sequence[str]) -> None:
        require_stand_in()
        command = [sys.executable, "-m", "tests.exchange", str(capture.resolve()), "--port", "0"]
        self._process = subprocess.Popen(
            [*command, "--tls", str(folder), "--aggregate", "--no-candles", "--unrouted", *words],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._told: queue.SimpleQueue[Told | None] = queue.SimpleQueue()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        ready = self.expect("ready", 60)
        self.url = ready.url
        self.environ = {**os.environ, "SSL_CERT_FILE": ready.certificate}
        """For whoever is to trust it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGINT)
        self._process.wait()
        self._listener.join()
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()

    @property
    def told(self) -> bool:
        """Whether it has said something that nobody has read."""
        return not self._told.empty()

    def expect(self, kind: str, seconds: float) -> Told:
        """The next thing it says, which must be of this kind; ConfigError when it does not come."""
        try:
            told = self._told.get(timeout=seconds)
        except queue.Empty:
            raise ConfigError(f"the stand-in exchange does not say {kind}") from None
        if told is None or told.kind != kind:
            raise ConfigError(f"the stand-in exchange has ended: {self._last_words()}")
        return told

    def _listen(self) -> None:
        assert self._process.stdout is not None
        decode = msgspec.json.Decoder(Told).decode
        for line in self._process.stdout:
            self._told.put(decode(line))
        self._told.put(None)

    def _last_words(self) -> str:
        assert self._process.stderr is not None
        if self._process.poll() is None:
            return "it speaks out of turn"
        lines = self._process.stderr.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "without a word"


def require_stand_in() -> None:
    """Refuse to go on where there is no stand-in, or nothing to make its certificate with."""
    if not _SERVER.exists():
        raise ConfigError("bench load needs a checkout: the stand-in exchange is in its tests")
    if shutil.which("openssl") is None:
        raise ConfigError("bench load makes a certificate with openssl, which is not installed")
