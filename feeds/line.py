"""Lines for people: what venues, files and arguments wrote, safe for a terminal.

Everything that goes to standard output or error passes here, or through `feeds.jsonline` where it
is for programs; what goes to the screen, the canvas makes safe.
"""


def printable(text: str) -> str:
    """The text, a question mark for everything a terminal could obey or hide."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else "?" for character in text)


def one_line(text: str) -> str:
    """The text on one line, safe for a terminal."""
    return printable(" ".join(text.split()))


def many_lines(text: str) -> str:
    """The text with its ends of lines, each line safe for a terminal."""
    return "\n".join(map(printable, text.split("\n")))
