"""The file of alerts: written whole, read back the same, its faults named by their lines."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from feeds.alertfile import AlertFile, load, read_rule, written
from feeds.errors import ConfigError
from feeds.notifier import Ways
from market.alerts.watch import Alert, Firing

HOOK = "https://hooks.example.org/a"


def kept(tmp_path: Path, text: str) -> AlertFile:
    path = tmp_path / "alerts.toml"
    path.write_text(text, "utf-8")
    return load(path)


def test_where_there_is_no_file_there_is_nothing(tmp_path: Path) -> None:
    assert load(tmp_path / "alerts.toml") == AlertFile()


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    rule, other = read_rule("binance:BTCUSDT feed"), read_rule("size >= 20 again 10s")
    fired = Firing(rule, "binance:BTCUSDT", 1_700_000_000_123_456_000, Decimal(1), 'GAP: "x"\\\x1b')
    file = AlertFile(
        [Alert(rule, fired), Alert(other)],
        tell=["bell", HOOK],
        player="paplay {file}",
        sound="/tmp/ding.wav",
    )
    found = kept(tmp_path, written(file))
    assert found.ways == Ways(("bell",), HOOK, ("paplay", "/tmp/ding.wav"))
    first, second = found.alerts
    assert first.rule == rule
    assert first.fired == fired._replace(note='GAP: "x"\\?')
    assert not first.armed
    assert (second.rule, second.fired, second.armed) == (other, None, True)
    assert written(replace(found, ways=None)) == written(file)


def test_a_rule_that_is_told_again_is_armed_though_it_fired(tmp_path: Path) -> None:
    text = '[[alert]]\nrule = "size > 5 again 1m"\nfired = 2024-08-08T23:55:12Z\nvalue = "7"\n'
    (alert,) = kept(tmp_path, text).alerts
    assert alert.armed
    assert alert.fired is not None
    assert alert.fired.value == 7


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("tell = [", "invalid value (at end of document)"),
        ('tell = []\nplayer = "x\n', "line 2: illegal character"),
        ("\n\ntel = []\n", 'line 3: unknown key "tel"; there are tell, player'),
        ('# x\ntell = "bell"\n', "line 2: tell is a list of words"),
        ('\ntell = ["bel"]\n', 'line 2: "bel" is no way of telling'),
        ('player = "a {file}"\n', "line 1: player names {file}"),
        ("player = 3\n", 'line 1: player is a text in quotes: player = "…"'),
        ('[alert]\nrule = "feed"\n', "line 1: alerts are written as [[alert]]"),
        ('[[alert]]\nrule = "feed"\n\n[[alert]]\nrule = "pric > 3"\n', 'line 5: "pric" is nothing'),
        ('[[alert]]\n\nrule = "binanse:X feed"\n', 'line 3: unknown venue "binanse"'),
        ('[[alert]]\nrule = "sim:x feed"\n', 'line 2: "sim:x" is no simulated market'),
        ('[[alert]]\nwhen = "feed"\n', 'line 2: unknown key "when"; an alert has rule'),
        ('\n[[alert]]\nvalue = "1"\n', "line 2: an alert needs a rule"),
        ("[[alert]]\nrule = 3\n", "line 2: rule is a text in quotes"),
        ('[[alert]]\nrule = "feed"\nfired = "now"\n', "line 3: fired is a time with its zone"),
        ('[[alert]]\nrule = "feed"\nfired = 2024-08-08\n', "line 3: fired is a time"),
        (
            '[[alert]]\nrule = "feed"\nfired = 2024-08-08T00:00:00Z\nvalue = "x"\n',
            'line 4: "x" is no number',
        ),
        ('[[alert]]\nrule = "feed"\n' * 201, "201 alerts, 200 at most"),
    ],
)
def test_what_is_wrong_is_one_line_that_names_its_place(
    tmp_path: Path, text: str, complaint: str
) -> None:
    with pytest.raises(ConfigError) as error:
        kept(tmp_path, text)
    assert complaint in str(error.value)
    assert str(tmp_path / "alerts.toml") in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "alerts.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"alerts\.toml: "):
        load(path)
    with pytest.raises(ConfigError, match="is a directory"):
        load(tmp_path)
