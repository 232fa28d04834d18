"""Filing: how a file of the user's is written, whole or not at all."""

import os
import tempfile
from pathlib import Path


def write_whole(path: Path, text: str, *, lasting: bool = False) -> None:
    """Put a file with this text in the place of the one there, or leave that as it was.

    Its folder is made where it is missing. OSError says what is in the way. A lasting one is on
    the disk before it takes the place, so that not even a power cut leaves an empty file; it takes
    as long as the disk does.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    number, draft = tempfile.mkstemp(prefix=path.name, dir=path.parent)
    try:
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(text)
            if lasting:
                file.flush()
                os.fsync(file.fileno())
        Path(draft).replace(path)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise
