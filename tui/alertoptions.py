"""Options of alerts, as commands that open the screen take them, made what the screen needs."""

import os
from collections.abc import Sequence

from feeds.alertfile import default_path, load, read_rule
from feeds.errors import ConfigError
from feeds.notifier import Ways, parse_ways
from market.alerts.rule import Rule
from tui.launch import Alerting, Demo, LiveMarkets, Opening


def alerting(
    opening: Opening, rules: Sequence[str], tell: Sequence[str], player: str, sound: str
) -> Alerting:
    """What the command line says of alerts; ConfigError also where their file is wrong."""
    path = default_path()
    file = load(path)
    given = tuple(_rule(text, opening) for text in dict.fromkeys(rules))
    ways: Ways | None = None
    if tell or player:
        # What is said of signals does not silence the player of the file, nor the other way round.
        words = tell or (file.tell if file.tell is not None else ("bell",))
        ways = parse_ways(words, player or file.player, sound or file.sound)
    return Alerting(given, ways, path, "TMUX" in os.environ)


def _rule(text: str, opening: Opening) -> Rule:
    """A rule of something that is watched; of a recording that is not known yet."""
    try:
        rule = read_rule(text)
    except ConfigError as error:
        raise ConfigError(f'--alert "{text}": {error}') from error
    match opening:
        case LiveMarkets(instruments):
            watched = instruments
        case Demo(seed, beside):
            watched = tuple(f"sim:{number}" for number in (seed, *beside))
        case _:
            return rule
    if rule.instrument not in ("", *watched):
        raise ConfigError(f'--alert "{text}": {rule.instrument} is not watched: name it too')
    return rule
