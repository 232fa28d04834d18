"""Filing: how a file of the user's is written, whole or not at all."""

import os
import tempfile
from pathlib import Path


def write_whole(path: Path, content: str | bytes, *, lasting: bool = False) -> None:
    """Put a file with this content in the place of the one there, or leave that as it was.

    Its folder is made where it is missing. OSError says what is in the way. A lasting one is on
    the disk before it takes the place, so that not even a power cut leaves an empty file; it takes
    as long as the disk does.
    """
    raw = content.encode() if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    number, draft = tempfile.mkstemp(prefix=path.name, dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(raw)
            if lasting:
                file.flush()
                os.fsync(file.fileno())
        Path(draft).replace(path)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise
