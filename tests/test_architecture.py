"""The promises of the layout: small files, light imports, layers that hold at run time too."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("market", "feeds", "service", "tui")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
FORBIDDEN_NAMES = {"utils.py", "helpers.py", "common.py", "base.py"}


def _modules_after(code: str) -> set[str]:
    """The top-level modules that a fresh interpreter has loaded after running `code`."""
    script = f"{code}\nimport sys\nprint(*sorted({{n.split('.')[0] for n in sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def _dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("path", SOURCES, ids=_dotted)
def test_a_file_has_one_subject_and_at_most_400_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400
    assert path.name not in FORBIDDEN_NAMES


def test_a_file_of_tests_has_at_most_400_lines() -> None:
    long = {_dotted(path) for path in TESTS if len(path.read_text().splitlines()) > 400}
    assert long == set()
    assert not {path.name for path in TESTS} & FORBIDDEN_NAMES


def test_init_files_hold_a_docstring_and_nothing_else() -> None:
    for path in SOURCES:
        if path.name == "__init__.py":
            assert len(path.read_text().splitlines()) == 1, path


def test_everything_below_the_screen_loads_without_the_screens_libraries() -> None:
    below = [_dotted(path) for path in SOURCES if path.relative_to(ROOT).parts[0] != "tui"]
    loaded = _modules_after("import " + ", ".join(below))
    assert not loaded & {"textual", "rich"}


def test_panes_draw_without_textual_and_without_a_socket_library() -> None:
    panes = [_dotted(path) for path in SOURCES if path.parent.name == "panes"]
    loaded = _modules_after("import tui.snap, " + ", ".join(panes))
    assert not loaded & {"textual", "aiohttp"}


def test_only_the_transport_and_its_resolver_name_the_socket_library() -> None:
    word = re.compile(r"^\s*(import|from) aiohttp", re.MULTILINE)
    naming = {_dotted(path) for path in SOURCES if word.search(path.read_text())}
    assert naming == {"feeds.transport", "feeds.resolver"}


def test_broad_excepts_stand_only_at_the_top_of_each_front_end_and_around_panes_and_keys() -> None:
    holders = {_dotted(path) for path in SOURCES if "except Exception" in path.read_text()}
    # A plug-in's file may raise anything while it is loaded: it is named, and the rest goes on.
    places = {"tui.main", "tui.desk.faults", "tui.desk.scene", "tui.plugins", "service.main"}
    assert holders <= places
