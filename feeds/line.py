"""One line for a person: what venues, files and arguments wrote, safe for a terminal."""


def one_line(text: str) -> str:
    """The text on one line, a question mark for everything a terminal could obey or hide."""
    line = " ".join(text.split())
    return "".join(character if character.isprintable() else "?" for character in line)
