"""The other end of a pseudo-terminal: answers what programs ask of a terminal, and shows nothing.

It knows the questions of a start-up (synchronised output, resizing in band, device attributes) and
`CSI 6n`, where the cursor is, which the program uses to learn what has been shown.
"""

import re
from typing import Final

ATTRIBUTES: Final = b"\x1b[?62;22c"
NAME: Final = b"\x1b[>41;0;0c"
_QUESTIONS: Final = re.compile(
    rb"\x1b\[(?:(?P<row>\d+);(?P<column>\d+)H|(?P<word>6n|5n|\?2026\$p|\?2048\$p|\?u|0?c|>0?c))"
)
_LONGEST: Final = 16
"""Bytes that the beginning of a question may have been cut to."""

_ANSWERS: Final = {
    b"5n": b"\x1b[0n",
    b"?2026$p": b"\x1b[?2026;2$y",
    b"?2048$p": b"\x1b[?2048;0$y",
    b"?u": b"\x1b[?0u",
    b"c": ATTRIBUTES,
    b"0c": ATTRIBUTES,
    b">c": NAME,
    b">0c": NAME,
}


class AnsweringTerminal:
    """Reads what a program writes, in pieces of any size, and gives the answers it owes."""

    def __init__(self, *, mute: bool = False) -> None:
        self.mute = mute
        """Never answers, as old terminals and some multiplexers."""
        self._rest = b""
        self._cursor = (1, 1)

    def take(self, data: bytes) -> list[bytes]:
        """Read; return the answers in the order of the questions."""
        if self.mute or not data:
            return []
        text, end = self._rest + data, 0
        answers: list[bytes] = []
        for found in _QUESTIONS.finditer(text):
            end = found.end()
            word = found["word"]
            if word is None:
                self._cursor = (int(found["row"]), int(found["column"]))
            elif word == b"6n":
                answers.append(b"\x1b[%d;%dR" % self._cursor)
            else:
                answers.append(_ANSWERS[word])
        begun = text.rfind(b"\x1b", max(end, len(text) - _LONGEST))
        self._rest = text[begun:] if begun >= 0 else b""
        return answers
