"""Plug-ins: panes of the user's own, from the plugins folder or a file named on the command line.

A file's panes are its classes with a `kind`. They become rows of the registry, so whatever is
done with a pane of ours is done with them. They run with all rights of the user.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from feeds import userfile
from feeds.errors import ConfigError
from tui import registry

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "tapetop.panes"
"""Installed packages name their modules of panes in this group of entry points."""
_OWN = frozenset(registry.PANES)
_PARTS = ("title", "minimum", "draw", "numbers")


def load(named: Iterable[str], found: Iterable[Path] = ()) -> Iterator[str]:
    """Add the panes of plug-ins; a line for each that cannot be used, and the rest goes on.

    One that was named and is not there is refused.
    """
    for path in found:
        yield from _tried(path.name, partial(userfile.run, path))
    for word in named:
        path = Path(word)
        if path.suffix == ".py" or path.exists():
            if not path.is_file():
                raise ConfigError(f"--plugin {word}: no such file")
            yield from _tried(word, partial(userfile.run, path))
        else:
            yield from _tried(word, _installed(word).load)


def _tried(name: str, module: Callable[[], object]) -> Iterator[str]:
    """Add the panes of what is loaded; the line that says why it cannot be."""
    try:
        _add(name, module())
    except ConfigError as error:
        yield f"plug-in {error}"
    except SystemExit as error:
        yield f"plug-in {name}: it ended instead of being loaded ({error})"
    except Exception as error:
        # Whatever somebody's file does when it is loaded is no reason to show nothing.
        yield f"plug-in {name}: {userfile.told(error)}"


def _installed(name: str) -> "EntryPoint":
    """The entry point of a name."""
    # Not at the top: it takes a while, and few name an installed plug-in.
    from importlib.metadata import entry_points

    found = next(iter(entry_points(group=GROUP, name=name)), None)
    if found is None:
        known = ", ".join(sorted({point.name for point in entry_points(group=GROUP)})) or "none"
        raise ConfigError(f"--plugin {name}: neither a file nor installed; installed: {known}")
    return found


def _add(name: str, loaded: object) -> None:
    """Add the panes of a module, or a pane itself; all of them or none."""
    # What a file defines has no type that we know; `_check` looks at it.
    panes: list[Any] = [loaded]
    if not isinstance(loaded, type):
        of = getattr(loaded, "__name__", "")
        panes = [one for one in vars(loaded).values() if _is_pane(one) and one.__module__ == of]
    for pane in panes:
        _check(name, pane)
    if not panes:
        raise ConfigError(f"{name}: it defines no pane: no class with a `kind`")
    for pane in panes:
        registry.add(pane.kind, f"{pane.__module__}:{pane.__qualname__}")


def _is_pane(one: object) -> bool:
    return isinstance(one, type) and isinstance(getattr(one, "kind", None), str)


def _check(name: str, pane: Any) -> None:
    """Refuse what could not be shown; ConfigError says what is missing."""
    who = f"{name}: {pane.__name__}"
    kind = pane.kind
    if not re.fullmatch(r"[a-z][a-z0-9_-]*", kind):
        raise ConfigError(f'{who}: kind "{kind}" is not a word in small letters')
    taken = registry.PANES.get(kind, "").partition(":")[0]
    if kind in _OWN or taken not in ("", pane.__module__):
        raise ConfigError(f'{who}: there is a pane of the kind "{kind}" already')
    for part in _PARTS:
        if not hasattr(pane, part):
            raise ConfigError(f"{who}: it has no {part}")
    params = getattr(pane, "__dataclass_params__", None)
    if params is None or not params.frozen:
        raise ConfigError(f"{who}: it is no frozen dataclass")
    if not hasattr(pane.minimum, "width"):
        raise ConfigError(f"{who}: minimum is no Size, such as Size(20, 5)")
    # What has no default, or cannot be told from another, fails here and not on the screen.
    hash(pane())
