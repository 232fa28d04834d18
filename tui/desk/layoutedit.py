"""Layout edits: layouts of the user's file renamed, deleted, put in order, the rest left as it is.

A file that people write has remarks and its own ways. It is changed as text, and the new text is
taken only if it means exactly what it should; else the file stays and its owner is told.
"""

import json
import re
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from feeds.errors import ConfigError
from feeds.tomltext import read_toml
from tui.desk.layoutfile import check_name, rewrite
from tui.desk.layouts import is_own, layout_names, own_layouts, parse_layouts

_KEY: Final = r"""(?:"(?P<double>[^"\\]*)"|'(?P<single>[^']*)'|(?P<bare>[A-Za-z0-9_-]+))"""
_HEAD: Final = re.compile(rf"\s*\[\[?\s*{_KEY}\s*(?:\..*)?\]\]?\s*(?:#.*)?")
_ORDER: Final = re.compile(r"^[ \t]*order[ \t]*=[ \t]*\[[^\]]*\][^\n]*\n?", re.MULTILINE)

Raw = dict[str, Any]  # TOML, whatever stands there


class _Part(NamedTuple):
    """Some lines of the file: those before the first section, or a section with its remarks."""

    name: str
    """Of the layout; empty before the first section."""
    head: str
    """The line that names it, which may end in a remark."""
    before: str
    """Remarks right above that line."""
    after: str

    @property
    def text(self) -> str:
        """The part as it stands in the file."""
        return self.before + self.head + self.after


def rename_layout(name: str, new: str) -> Path:
    """Give a layout of the user's another name; ConfigError says what is in the way."""
    _require_own(name)
    check_name(new)

    def text(parts: Sequence[_Part]) -> str:
        return "".join(
            part._replace(head=_renamed(part.head, new)).text if part.name == name else part.text
            for part in parts
        )

    return _edit(
        text,
        lambda raw: {new if key == name else key: value for key, value in raw.items()},
        lambda order: [new if known == name else known for known in order],
    )


def delete_layout(name: str) -> Path:
    """Take a layout out of the user's file; one of ours that it stood for is there again."""
    _require_own(name)
    return _edit(
        lambda parts: "".join(part.text for part in parts if part.name != name),
        lambda raw: {key: value for key, value in raw.items() if key != name},
        lambda order: [known for known in order if known != name],
    )


def move_layout(name: str, steps: int) -> Path:
    """Put a layout so many places later among all, or earlier; digits follow the order."""
    names = layout_names()
    place = names.index(name)
    names.insert(min(max(0, place + steps), len(names) - 1), names.pop(place))
    return _edit(lambda parts: "".join(part.text for part in parts), dict, lambda _: names)


def _require_own(name: str) -> None:
    if not is_own(name):
        raise ConfigError(f"{name} is one of ours, which stay as they are: c copies it")


def _edit(
    change: Callable[[Sequence[_Part]], str],
    meant: Callable[[Raw], Raw],
    ordered: Callable[[list[str]], list[str]],
) -> Path:
    """Write the file with a change of its text, where that means what is meant."""
    path = own_layouts()

    def edited(before: str) -> str:
        # Somebody may have changed it since the program read it.
        parse_layouts(str(path), before, {})
        raw = read_toml(before)
        order = ordered(list(raw.pop("order", [])))
        wanted = meant(raw) | ({"order": order} if order else {})
        after = _with_order(change(_parts(before)), order)
        if _read(after) != wanted:
            raise ConfigError(f"{path} is written in a way that only you can change by hand")
        return after

    return rewrite(edited)


def _read(text: str) -> Raw | None:
    """What a text means; None where that is nothing."""
    try:
        return read_toml(text)
    except tomllib.TOMLDecodeError:
        return None


def _parts(text: str) -> list[_Part]:
    """The text in parts; put together again they are the same text."""
    parts, lines = [_Part("", "", "", "")], text.splitlines(keepends=True)
    for line in lines:
        head = _HEAD.fullmatch(line.rstrip("\r\n"))
        if head is None:
            parts[-1] = parts[-1]._replace(after=parts[-1].after + line)
            continue
        kept, remarks = _split_remarks(parts[-1].after, first=len(parts) == 1)
        parts[-1] = parts[-1]._replace(after=kept)
        name = head["double"] or head["single"] or head["bare"] or ""
        parts.append(_Part(name, line, remarks, ""))
    return parts


def _split_remarks(text: str, *, first: bool) -> tuple[str, str]:
    """What stands above the remarks that lead to a section, and those; a file's head stays."""
    lines = text.splitlines(keepends=True)
    cut = len(lines)
    while cut and lines[cut - 1].lstrip().startswith("#"):
        cut -= 1
    if first and not cut:
        return text, ""
    return "".join(lines[:cut]), "".join(lines[cut:])


def _renamed(head: str, new: str) -> str:
    """The line that names a section, with another name."""
    return re.sub(_KEY, new, head, count=1)


def _with_order(text: str, order: Sequence[str]) -> str:
    """The text with this order in it, where it had one or above its first section."""
    line = f"order = {json.dumps(list(order), ensure_ascii=False)}\n" if order else ""
    top, *sections = _parts(text)
    above = top.text
    if _ORDER.search(above):
        return _ORDER.sub(lambda _: line, above, count=1) + "".join(s.text for s in sections)
    if not line:
        return text
    gap = "\n" if sections and not (above.endswith("\n\n") and above) else ""
    return f"{above}{line}{gap}{''.join(section.text for section in sections)}"
