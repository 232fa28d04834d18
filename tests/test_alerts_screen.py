"""Alerts on the screen: the list, the notice over the panes, the file, what is sent out."""

from pathlib import Path

import pytest

from feeds.adapter import Channel
from feeds.alertfile import load, read_rule
from feeds.errors import ConfigError
from feeds.notifier import Ways
from feeds.simulate import Simulate, events
from market.events import Event, FeedState, FeedStatus, Side, Trade
from tests.scenes import NAME, SECOND, START, lines
from tests.shell import FakeShell
from tui.alertoptions import alerting
from tui.desk.alerting import SHOWN_SECONDS
from tui.desk.monitor import Monitor, Now
from tui.desk.session import Session
from tui.dialogs.alerts import AlertList
from tui.keys import actions
from tui.launch import Alerting, Demo, Launch, LiveMarkets, Opening, Recording
from tui.pane import Size
from tui.terminal.clock import FrameClock
from tui.terminal.governor import Governor


class Hands:
    """A monitor, its fingers, and what it sends to the terminal."""

    def __init__(
        self, *rules: str, file: Path | None = None, opening: Opening | None = None
    ) -> None:
        given = Alerting(tuple(map(read_rule, rules)), None, file)
        launch = Launch(opening or LiveMarkets((NAME,)), alerts=given)
        self.monitor = Monitor(launch, FrameClock(Governor(10)), FakeShell(), tip=False)
        self.sent: list[str] = []
        self.monitor.alerts.write_with(self.sent.append)
        self.time, self.size, self._number = 0.0, Size(120, 40), 0

    def press(self, *keys: str) -> None:
        for key in keys:
            name = self.monitor.press(key, key if len(key) == 1 else None)
            if name is not None:
                actions.run(self.monitor, name)

    def type(self, text: str) -> None:
        self.press(*text)

    def trade(self, after: float, price: float, size: float = 1.0, name: str = NAME) -> None:
        """Have a trade come in as it would from a source."""
        if not self._number:
            self.hear([FeedStatus(name, START, FeedState.LIVE, venue="test")])
        self._number += 1
        ts = START + round(after * SECOND)
        event = Trade(name, ts, ts, str(self._number), price, size, Side.BUY)
        self.hear([event])

    def hear(self, batch: list[Event], since: int = 0) -> None:
        session = self.monitor.session
        assert session.heed is not None
        session.heed(session.markets, batch, since)

    def screen(self, seconds: float = 0.1) -> str:
        self.time += seconds
        self.monitor.frame(self.size, Now(self.time, round(self.time * SECOND)), lambda: 0.0)
        assert self.monitor.canvas is not None
        return "\n".join(lines(self.monitor.canvas))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tapetop" / "alerts.toml"


def test_a_key_lists_what_there_is_and_teaches_what_there_can_be() -> None:
    hands = Hands()
    hands.press("exclamation_mark")
    shown = hands.screen()
    assert "Alerts, told by bell" in shown
    assert "price > 65000" in shown
    assert "the last price crosses a level" in shown
    hands.press("escape")
    assert "Alerts, told" not in hands.screen()


def test_a_rule_is_checked_while_it_is_typed_and_kept(path: Path) -> None:
    hands = Hands(file=path)
    hands.press("exclamation_mark")
    hands.type("pric")
    assert 'did you mean "price"?' in hands.screen()
    hands.press("enter")
    assert not hands.monitor.alerts.listed
    hands.type("e")
    assert "after price comes one of > >= < <=" in hands.screen()
    hands.type(" > 100")
    shown = hands.screen()
    assert "any instrument that is watched: the last price crosses a level; told once" in shown
    hands.press("enter")
    assert "price > 100" in hands.screen()
    assert "armed" in hands.screen()
    assert [alert.rule.text for alert in load(path).alerts] == ["price > 100"]
    hands.type("price>100")
    hands.press("enter")
    assert "there is such an alert already" in hands.screen()
    hands.press("ctrl+u")
    hands.type("binance:ETHUSDT feed")
    hands.press("enter")
    assert "not watched" in hands.screen()
    hands.press("delete")
    assert [alert.rule.text for alert in load(path).alerts] == ["price > 100"]


def test_what_fires_is_shown_for_a_while_rings_and_stays_listed(path: Path) -> None:
    hands = Hands("price > 100", file=path)
    hands.trade(0, 99.0)
    assert "Alert" not in hands.screen()
    hands.trade(1, 101.5)
    shown = hands.screen()
    assert "━━ Alert ━" in shown
    assert f"14:00:01  {NAME} price 101.5 (price > 100)" in shown
    assert hands.sent == ["\x07"]
    assert f"{NAME} price" not in hands.screen(SHOWN_SECONDS)
    hands.press("exclamation_mark")
    assert "this run · fired 14:00:01 at 101.5" in hands.screen()
    assert not path.exists()


def test_many_at_a_time_are_counted_and_the_newest_shown() -> None:
    hands = Hands("size > 5 again 1ms")
    for number in range(9):
        hands.trade(number, 100.0, 10.0 + number)
    shown = hands.screen()
    assert "9 alerts" in shown
    assert "and 5 before" in shown
    assert "size 18" in shown
    assert "size 13" not in shown


def test_each_is_shown_for_its_time_however_many_follow() -> None:
    hands = Hands("size > 5 again 1ms")
    for number in range(30):
        hands.trade(number, 100.0, 10.0 + number)
        shown = hands.screen(1.0)
    assert "10 alerts" in shown
    assert "size 39" in shown
    assert "Alert" not in hands.screen(SHOWN_SECONDS)


def test_what_the_file_has_already_is_not_held_twice(path: Path) -> None:
    Hands(file=path).monitor.alerts.add(read_rule("size > 5"))
    assert len(Hands("size > 5", "size > 6", file=path).monitor.alerts.listed) == 2


def test_a_dialog_is_not_covered_and_what_fired_meanwhile_is_shown_after() -> None:
    hands = Hands("price > 100")
    hands.trade(0, 99.0)
    hands.press("question_mark")
    hands.trade(1, 101.0)
    assert "price 101" not in hands.screen(20)
    hands.press("escape")
    assert "price 101" in hands.screen()


def test_what_was_told_once_stays_so_after_a_restart_until_it_is_armed(path: Path) -> None:
    hands = Hands(file=path)
    hands.monitor.alerts.add(read_rule("price > 100"))
    hands.monitor.alerts.add(read_rule("size > 50 again 1s"))
    hands.trade(0, 99.0)
    hands.trade(1, 101.0, 60.0)
    again = Hands(file=path)
    assert [alert.armed for alert in again.monitor.alerts.listed] == [False, True]
    again.trade(2, 99.0)
    again.trade(3, 101.0)
    assert again.sent == []
    again.press("exclamation_mark", "enter")
    again.trade(4, 99.0)
    again.trade(5, 101.0)
    assert again.sent == ["\x07"]
    assert load(path).alerts[0].fired is not None


@pytest.mark.parametrize("opening", [Demo(7), Recording(Path("x.jsonl"))], ids=["demo", "replay"])
def test_a_past_or_made_up_market_leaves_no_trace_in_the_file(path: Path, opening: Opening) -> None:
    live = Hands(file=path)
    live.monitor.alerts.add(read_rule("price > 100"))
    live.trade(0, 99.0)
    live.trade(1, 101.0)
    before = path.read_text()
    hands = Hands(file=path, opening=opening)
    assert [alert.armed for alert in hands.monitor.alerts.listed] == [True]
    hands.trade(0, 99.0)
    hands.trade(1, 101.0)
    assert hands.sent == ["\x07"]
    assert path.read_text() == before


def test_to_look_at_the_demo_meanwhile_changes_nothing_of_what_was_told_live(path: Path) -> None:
    hands = Hands(file=path)
    hands.monitor.alerts.add(read_rule("price > 100"))
    hands.trade(0, 99.0)
    hands.trade(1, 101.0)
    live = hands.monitor.session
    hands.monitor.begin(Session(Demo(7)))
    assert [alert.armed for alert in hands.monitor.alerts.listed] == [True]
    hands.monitor.begin(Session(live.opening))
    assert [alert.armed for alert in hands.monitor.alerts.listed] == [False]


def test_what_somebody_wrote_into_the_file_meanwhile_stays(path: Path) -> None:
    hands = Hands(file=path)
    hands.monitor.alerts.add(read_rule("price > 100"))
    path.write_text('tell = ["osc9"]\n\n[[alert]]\nrule = "feed"\n')
    hands.monitor.alerts.add(read_rule("price > 200"))
    file = load(path)
    assert [alert.rule.text for alert in file.alerts] == ["feed", "price > 200"]
    assert file.tell == ["osc9"]
    path.write_text("tell = [")
    hands.monitor.alerts.add(read_rule("price > 300"))
    assert hands.monitor.footnote.startswith("not kept: ")
    assert path.read_text() == "tell = ["


def test_a_file_that_cannot_be_written_is_said(path: Path) -> None:
    hands = Hands(file=path)
    path.parent.write_text("no folder")
    hands.monitor.alerts.add(read_rule("price > 100"))
    assert hands.monitor.footnote.startswith("not kept: ")


def test_a_file_that_is_wrong_stops_the_start_with_its_line(path: Path) -> None:
    path.parent.mkdir()
    path.write_text('\n[[alert]]\nrule = "pric > 3"\n')
    with pytest.raises(ConfigError, match=r"alerts\.toml: line 3: \"pric\" is nothing"):
        Hands(file=path)


def test_rules_have_what_they_are_about_subscribed() -> None:
    hands = Hands("funding > 0.01%", "liquidation > 5")
    hands.screen()
    beside = hands.monitor.session._extra
    assert {Channel.MARK_PRICE, Channel.LIQUIDATIONS} <= set(beside.channels)
    assert not beside.interest
    other = Hands("interest 5m > 1%")
    other.screen()
    assert other.monitor.session._extra.interest


def test_what_is_played_before_the_start_is_not_told() -> None:
    hands = Hands("size > 0 again 1ms", opening=Demo(7))
    source = Simulate(7, warm_up=5)
    batch = list(events(7, 6))
    hands.hear(batch, source.since)
    (alert,) = hands.monitor.alerts.listed
    assert alert.fired is not None
    assert len(hands.monitor.alerts._news) < sum(isinstance(event, Trade) for event in batch) / 2
    assert all(firing.at >= source.since for firing, _ in hands.monitor.alerts._news)


def test_hostile_names_and_reasons_are_made_safe() -> None:
    hands = Hands("feed", "size > 0")
    hands.trade(0, 100.0, name="x:\x1b]0;owned\x07")
    assert "\x1b" not in hands.screen()
    hands.press("exclamation_mark")
    assert "\x1b" not in hands.screen()


def test_what_goes_wrong_outside_is_said_in_the_status_row_and_the_list() -> None:
    hands = Hands("price > 1")
    hands.monitor.alerts.notifier._complain("webhook", "webhook: h answers HTTP 500")
    assert "webhook: h answers HTTP 500" in hands.screen().splitlines()[0]
    hands.press("exclamation_mark")
    assert "h answers HTTP 500" in hands.screen()


@pytest.mark.parametrize("size", [Size(40, 12), Size(80, 24), Size(200, 50)])
def test_the_list_fits_every_screen_and_moves(size: Size) -> None:
    hands = Hands(*(f"price > {number}" for number in range(60)))
    hands.size = size
    hands.press("exclamation_mark")
    assert "price > 0" in hands.screen()
    hands.press("end")
    assert "price > 59" in hands.screen()
    hands.press("home", "delete")
    assert len(hands.monitor.alerts.listed) == 59
    dialog = hands.monitor.dialog
    assert isinstance(dialog, AlertList)
    for width, height in ((0, 0), (1, 1), (5, 3), (30, 6)):
        dialog.draw(Size(width, height), hands.monitor.look)


def test_on_a_narrow_screen_the_rule_is_read_before_its_state() -> None:
    hands = Hands("size >= 3 again 3s", "binance:BTCUSDT delta 10s beyond 1 again 10s")
    hands.size = Size(40, 12)
    hands.trade(0, 100.0, 5.0)
    hands.press("exclamation_mark")
    shown = hands.screen()
    assert "size >= 3 again 3s  last fired 14:…" in shown
    assert "binance:BTCUSDT delta 10s beyond 1…" in shown


def test_a_click_highlights_an_alert() -> None:
    hands = Hands("price > 1", "price > 2")
    hands.press("exclamation_mark")
    hands.screen()
    dialog = hands.monitor.dialog
    assert isinstance(dialog, AlertList)
    assert dialog.click(5, 6) is None
    hands.press("delete")
    assert [alert.rule.text for alert in hands.monitor.alerts.listed] == ["price > 1"]


def test_options_say_what_is_heard_and_how_it_is_told() -> None:
    given = alerting(LiveMarkets((NAME,)), ["price > 1", "price > 1"], ["osc9"], "say {text}", "")
    assert [rule.text for rule in given.rules] == ["price > 1"]
    assert given.ways == Ways(("osc9",), "", ("say", "{text}"))
    assert alerting(Demo(7), [], [], "", "").ways is None
    for opening in (LiveMarkets(("binance:BTCUSDT",)), Demo(7)):
        with pytest.raises(ConfigError, match="binance:ETHUSDT is not watched: name it too"):
            alerting(opening, ["binance:ETHUSDT feed"], [], "", "")
    assert alerting(Recording(Path("x")), ["binance:ETHUSDT feed"], [], "", "").rules
