"""Event marks: one glyph for each sort of finding, and the colour of its side."""

from typing import Final

from market.detectors.found import Finding, Sort, sort_of
from tui.look import Look

GLYPHS: Final[dict[Sort, str]] = {
    Sort.SWEEP: "»",
    Sort.LARGE: "○",
    Sort.ICEBERG: "◆",
    Sort.ABSORPTION: "■",
    Sort.EXHAUSTION: "◇",
    Sort.WALL: "×",
    Sort.DIVERGENCE: "≠",
    Sort.LIQUIDATIONS: "!",
}


def glyph_of(finding: Finding) -> str:
    """The glyph of a finding on a chart and in the list."""
    return GLYPHS[sort_of(finding)]


def ink_of(finding: Finding, look: Look) -> int:
    """The colour of a finding's side."""
    return look.buy if finding.lots > 0 else look.sell
