"""Errors of the feeds: the type decides the recovery, the error makes its own text."""


class FeedError(Exception):
    """Anything that can go wrong between a venue and the model."""


class MalformedFrame(FeedError):
    """A frame that is not what the venue documents: counted, shown, and passed over."""

    def __init__(self, venue: str, reason: str, frame: bytes | str = b"") -> None:
        super().__init__(venue, reason, frame)
        self.venue, self.reason, self.frame = venue, reason, frame

    def __str__(self) -> str:
        text = f"{self.venue}: {self.reason}"
        return f"{text}: {self.frame[:120]!r}" if self.frame else text


class Rejected(FeedError):
    """The venue refuses what was asked; asking again will not help."""

    def __init__(self, venue: str, reason: str) -> None:
        super().__init__(venue, reason)
        self.venue, self.reason = venue, reason

    def __str__(self) -> str:
        return f"{self.venue}: {self.reason}"


class Disconnected(FeedError):
    """The venue is out of reach or hung up; try again after a pause."""

    def __init__(self, venue: str, reason: str, retry_after: float | None = None) -> None:
        super().__init__(venue, reason, retry_after)
        self.venue, self.reason, self.retry_after = venue, reason, retry_after

    def __str__(self) -> str:
        return f"{self.venue}: {self.reason.removeprefix(f'{self.venue} ')}"


class DamagedRecording(FeedError):
    """A recording that cannot be read to its end; what came before it was read."""

    def __init__(self, path: str, line: int, reason: str) -> None:
        super().__init__(path, line, reason)
        self.path, self.line, self.reason = path, line, reason

    def __str__(self) -> str:
        return f"{self.path}: line {self.line}: {self.reason}"


class ConfigError(FeedError):
    """Something the user asked for cannot be: the text names the thing and the remedy."""


def system_reason(error: OSError) -> str:
    """Why the system refuses, in lower case and without the name of the file."""
    return (error.strerror or str(error)).lower()
