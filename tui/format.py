"""Numbers and foreign text made fit for cells: the one boundary nothing hostile passes."""

import unicodedata


def safe_text(text: str, width: int | None = None) -> str:
    """Foreign text without anything a terminal would obey, at most `width` cells wide."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(_safe(mark) for mark in unicodedata.normalize("NFC", text))
    if width is None or (len(text) <= width and text.isascii()):
        return text
    return _cap(text, width)


def cell_width(mark: str) -> int:
    """Cells one character of safe text takes: 1 or 2."""
    return 2 if unicodedata.east_asian_width(mark) in "WF" else 1


def text_width(text: str) -> int:
    """Cells a safe text takes."""
    return len(text) if text.isascii() else sum(map(cell_width, text))


def _safe(mark: str) -> str:
    if mark in "\t\n\v\f\r\x85\u2028\u2029":
        return " "
    category = unicodedata.category(mark)
    if category in ("Cc", "Cf", "Mn", "Me") or mark in "\u115f\u1160\u3164\uffa0":
        return ""
    return "?" if category[0] == "C" else " " if category == "Zs" else mark


def _cap(text: str, width: int) -> str:
    used = 0
    for position, mark in enumerate(text):
        used += cell_width(mark)
        if used > width:
            return text[:position]
    return text
