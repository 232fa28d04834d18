"""Alerts in a real terminal: the bytes of a notification arrive, and a webhook beside frames."""

import json
import os
import re
from pathlib import Path

import pytest

from feeds.alertfile import read_rule
from feeds.notifier import parse_ways
from tests.running import in_loop
from tests.test_app import _Terminal
from tests.test_notifier import Server, serving
from tui.app import TapetopApp
from tui.launch import Alerting, Demo, Launch

OSC = rb"\x1b\]9;tapetop: sim:7 size [0-9.]+, (buy|sell) at [0-9.]+ \(size > 0\)\x07"
WRAPPED = rb"\x1bPtmux;\x1b\x1b\]9;tapetop: sim:7 size [^\x1b\x07]+\x07\x1b\\"


@pytest.mark.parametrize(("tmux", "form"), [("", OSC), ("/tmp/tmux,1,0", WRAPPED)])
def test_a_notification_arrives_at_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tmux: str, form: bytes
) -> None:
    if tmux:
        monkeypatch.setenv("TMUX", tmux)
    else:
        monkeypatch.delenv("TMUX", raising=False)
    words = ["--alert", "size > 0 again 1s", "--tell", "osc9", "--pane", "tape"]
    terminal = _Terminal(tmp_path, "demo", *words)
    terminal.wait_for(b"tapetop: sim:7 size")
    terminal.wait_for(b"\x07\x1b\\" if tmux else b"(size > 0)\x07")
    assert re.search(form, terminal.output)
    os.write(terminal.master, b"q")
    assert terminal.end() == 0
    assert terminal.told == ""


def test_what_is_wrong_is_said_before_the_terminal_is_taken(tmp_path: Path) -> None:
    terminal = _Terminal(tmp_path, "demo", "--alert", "size > x")
    assert terminal.end() == 2
    assert terminal.output == b""
    assert '--alert "size > x": after > comes a number' in terminal.told


@in_loop
async def test_a_webhook_is_sent_what_fires_while_frames_are_drawn() -> None:
    server = Server(503, 200)
    async with serving(server) as url:
        given = Alerting((read_rule("size > 0 again 1h"),), parse_ways([url]))
        app = TapetopApp(Launch(Demo(7), alerts=given))
        async with app.run_test(size=(80, 24)) as pilot:
            while len(server.bodies) < 2:
                await pilot.pause(0.05)
            await pilot.press("q")
    assert app.return_code == 0
    assert server.bodies[0] == server.bodies[1]
    assert json.dumps(server.bodies[0]["rule"]) == '"size > 0 again 1h"'
