"""Panes of the user's own: shown like ours, and named with file and line where they fail."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenes import simulated
from tests.settingshand import opened
from tests.shell import FakeShell
from tui import registry
from tui.desk.layouts import forget_layouts
from tui.desk.monitor import Monitor, Now
from tui.keys import actions
from tui.launch import Demo, Launch
from tui.main import run
from tui.pane import Size
from tui.plugins import load
from tui.registry import PANES, pane_type
from tui.settings.words import set_all
from tui.terminal.clock import FrameClock
from tui.terminal.governor import Governor
from tui.themes import load_look

PAGE = Path(__file__).resolve().parents[1] / "docs" / "plugins.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
SCRIPT, PANE = EXAMPLES
BROKEN = "import math\nmath.nothing\n"


@pytest.fixture(autouse=True)
def _ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Forget plug-ins after each test, and let none of another be found."""
    monkeypatch.setattr(registry, "PANES", PANES)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    before = dict(PANES)
    yield
    for kind in PANES.keys() - before.keys():
        del PANES[kind]


@pytest.fixture
def balance(tmp_path: Path) -> Path:
    path = tmp_path / "balance.py"
    path.write_text(PANE)
    return path


def plugged(tmp_path: Path, name: str, text: str) -> Path:
    """A file in the plugins folder."""
    path = tmp_path / "config" / "tapetop" / "plugins" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_the_pane_of_the_page_draws_and_tells_its_numbers(
    balance: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["snap", "balance", "sim:7", "--plugin", str(balance)]
    assert run([*words, "--format", "json", "--set", "trades=1000"]) == 0
    told = json.loads(capsys.readouterr().out)
    market = simulated()
    lots = market.trades.last(1000).lots.tolist()
    assert market.instrument is not None
    assert told["bought"] == str(market.instrument.size(sum(lot for lot in lots if lot > 0)))
    assert told["sold"] == str(market.instrument.size(-sum(lot for lot in lots if lot < 0)))
    assert run([*words, "--size", "50x6"]) == 0
    picture = capsys.readouterr().out.splitlines()
    assert "Balance sim:7 · last 500 trades" in picture[0]
    assert picture[1].startswith(" bought ")
    assert "███" in picture[2]


def test_it_fits_every_size_and_no_market(balance: Path) -> None:
    assert [*load([str(balance)])] == []
    pane, look = pane_type("balance")(), load_look()
    for width, height in [(0, 0), (1, 1), (9, 3), (80, 24)]:
        for market in (None, simulated()):
            canvas = pane.draw(market, Size(width, height), look)
            assert (canvas.width, canvas.height) == (width, height)


def test_it_stands_in_the_list_of_panes_and_has_a_dialog_of_settings(balance: Path) -> None:
    assert [*load([str(balance)])] == []
    assert list(PANES)[-1] == "balance"
    pane = set_all(pane_type("balance")(), ["trades=50"])
    dialog, _ = opened(pane)
    canvas = dialog.draw(Size(60, 12), load_look())
    text = "\n".join("".join(map(chr, row)) for row in canvas.glyph.tolist())
    assert "trades" in text
    assert "50" in text
    assert "How many of the newest trades are weighed." in text


def shown(kind: str | None, layout: str = "default") -> Monitor:
    """The monitor with one pane, or a layout, one frame into the simulated market."""
    launch = Launch(Demo(7), layout, pane=kind)
    monitor = Monitor(launch, FrameClock(Governor(10)), FakeShell(), tip=False)
    monitor.frame(Size(100, 20), Now(0.1, 1), lambda: 0.0)
    return monitor


def lines(monitor: Monitor) -> str:
    assert monitor.canvas is not None
    return "\n".join("".join(map(chr, row)) for row in monitor.canvas.glyph.tolist())


def test_the_screen_shows_it_and_p_offers_it(balance: Path) -> None:
    assert [*load([str(balance)])] == []
    monitor = shown("balance")
    assert "Balance" in lines(monitor)
    name = monitor.press("p", "p")
    assert name is not None
    actions.run(monitor, name)
    monitor.frame(Size(100, 30), Now(0.5, 500_000_000), lambda: 0.0)
    assert "▸ Balance" in lines(monitor)
    assert "Heatmap" in lines(monitor)


def test_a_fault_stays_in_its_tile_with_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "f.py"
    path.write_text(PANE.replace("canvas = Canvas(*size, look)", "raise ValueError('no good')"))
    line = next(n for n, text in enumerate(path.read_text().splitlines(), 1) if "no good" in text)
    assert [*load([str(path)])] == []
    monitor = shown("balance")
    text = " ".join(lines(monitor).split())
    assert "this pane failed" in text
    assert f"f.py:{line}: ValueError: no good" in text.replace("\n", " ")
    assert monitor.faults.lines() == [f"pane balance failed: {path}:{line}: ValueError: no good"]


def test_the_folder_is_loaded_unless_it_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plugged(tmp_path, "balance.py", PANE)
    plugged(tmp_path, "_later.py", BROKEN)
    words = ["snap", "balance", "sim:7", "--size", "40x5"]
    assert run([*words, "--no-plugins"]) == 2
    assert 'unknown pane "balance"' in capsys.readouterr().err
    assert run(words) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (BROKEN, "bad.py:2: AttributeError: module 'math' has no attribute 'nothing'"),
        ("def f(:\n", "bad.py:1: SyntaxError: invalid syntax"),
        ("raise SystemExit(3)\n", "it ended instead of being loaded (3)"),
        ("x = 1\n", "it defines no pane: no class with a `kind`"),
        (PANE.replace('"balance"', '"tape"'), 'there is a pane of the kind "tape" already'),
        (PANE.replace('"balance"', '"My Pane"'), 'kind "My Pane" is not a word in small letters'),
        (PANE.replace("def numbers", "def figures"), "Balance: it has no numbers"),
        (PANE.replace("(frozen=True)", ""), "Balance: it is no frozen dataclass"),
        (PANE.replace("Size(20, 4)", "(20, 4)"), "minimum is no Size"),
        (PANE.replace("trades: int = 500", "trades: int"), "missing 1 required positional"),
    ],
)
def test_one_that_cannot_be_used_is_one_line_and_the_rest_goes_on(
    text: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plugged(tmp_path, "bad.py", text)
    assert run(["snap", "tape", "sim:7", "--size", "40x5", "--duration", "1s"]) == 0
    out, err = capsys.readouterr()
    assert "Tape" in out
    assert err.count("\n") == 1
    assert err.startswith("tapetop: plug-in bad.py: ")
    assert says in err


def test_one_that_is_named_and_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["snap", "tape", "sim:7", "--plugin", "none.py"]) == 2
    assert "--plugin none.py: no such file" in capsys.readouterr().err
    assert run(["snap", "tape", "sim:7", "--plugin", "nobody"]) == 2
    assert "neither a file nor installed; installed: none" in capsys.readouterr().err


def test_two_of_one_kind_are_told_apart(tmp_path: Path, balance: Path) -> None:
    other = tmp_path / "other.py"
    other.write_text(PANE)
    assert [*load([str(balance), str(balance)])] == []
    (line,) = load([str(other)])
    assert line.endswith('there is a pane of the kind "balance" already')


def test_a_pane_that_fails_in_snap_is_named_with_file_and_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "f.py"
    path.write_text(PANE.replace("bought, sold = self.sides(market)", "bought, sold = 1 / 0", 1))
    assert run(["snap", "balance", "sim:7", "--plugin", str(path)]) == 1
    assert re.fullmatch(
        rf"tapetop: {re.escape(str(path))}:\d+: ZeroDivisionError: division by zero\n",
        capsys.readouterr().err,
    )


def test_a_layout_says_in_its_place_what_is_not_loaded(tmp_path: Path, balance: Path) -> None:
    file = plugged(tmp_path, "balance.py", PANE).parents[1] / "layouts.toml"
    file.write_text('[mine]\ncolumns = [{ pane = "tape" }, { pane = "balance" }]\n')
    forget_layouts()
    try:
        monitor = shown(None, "mine")
        text = lines(monitor)
        assert "Balance not loaded" in text
        assert 'there is no pane "balance"' in text
        assert "Tape" in text
        opened(monitor.desk.panes["balance"])
        assert [*load([str(balance)])] == []
        assert "not loaded" not in lines(shown(None, "mine"))
    finally:
        file.unlink()
        forget_layouts()


def test_an_installed_plug_in_is_found_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    site = tmp_path / "site"
    about = site / "weights-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: weights\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[tapetop.panes]\nweights = weights_panes\n")
    (site / "weights_panes.py").write_text(PANE)
    monkeypatch.syspath_prepend(str(site))
    assert run(["snap", "balance", "sim:7", "--plugin", "weights", "--size", "40x5"]) == 0
    out, err = capsys.readouterr()
    assert ("Balance" in out, err) == (True, "")
    assert run(["snap", "tape", "sim:7", "--plugin", "weighs"]) == 2
    assert "installed: weights" in capsys.readouterr().err
