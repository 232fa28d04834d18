"""Where the recorded exchange sessions are, and the mark of tests that need them."""

from pathlib import Path

import pytest

CAPTURES = Path(__file__).resolve().parents[2] / "shared" / "captures"
"""The folder of recorded traffic beside the repository."""

needs_captures = pytest.mark.skipif(
    not CAPTURES.is_dir(), reason=f"recorded exchange traffic is not at {CAPTURES}"
)
