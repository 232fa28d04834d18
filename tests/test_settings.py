import pytest

from feeds.errors import ConfigError
from tui.panes.footprint import FootprintPane
from tui.panes.ladder import Ladder
from tui.registry import PANES, pane_type
from tui.settings.words import set_all, set_one, setting, settings_of, worded


def test_settings_are_read_by_the_type_of_the_field() -> None:
    words = ["grouping=10", "ratio=2.5", "ignore_zeros=off", "timeframe=100t"]
    pane = set_all(FootprintPane(), words)
    assert pane == FootprintPane(grouping=10, ratio=2.5, ignore_zeros=False, timeframe="100t")


def test_auto_leaves_a_setting_to_the_pane_where_it_can_choose() -> None:
    assert set_one(Ladder(grouping=5), "grouping", "auto") == Ladder()


def test_the_last_of_a_key_wins_and_blanks_do_not_matter() -> None:
    assert set_all(Ladder(), ["grouping=5", " grouping = 7 "]) == Ladder(grouping=7)


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("groupin=5", 'unknown setting "groupin" (did you mean "grouping"?); settings: grouping'),
        ("wombat=5", 'unknown setting "wombat"; settings: grouping, timeframe'),
        ("grouping", '"grouping" is not a setting: write key=value'),
        ("grouping=ten", 'grouping="ten": a whole number or "auto" is accepted'),
        ("grouping=0", 'grouping="0": must be 1 or more'),
        ("ratio=nan", 'ratio="nan": a number is accepted'),
        ("ratio=0.5", "ratio must be from 1"),
        ("ratio=auto", "a number is accepted"),
        ("ignore_zeros=maybe", "on or off is accepted"),
        ("timeframe=1x", '"1x" is not a timeframe'),
        ("bars=0", "must be 1 or more"),
    ],
)
def test_a_wrong_setting_says_what_is_accepted(word: str, says: str) -> None:
    with pytest.raises(ConfigError) as raised:
        set_all(FootprintPane(), [word])
    assert says in str(raised.value)
    assert str(raised.value).startswith("footprint: ") or word == "grouping"


def test_choices_name_all_and_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"log, linear, rank .*did you mean .linear"):
        set_one(pane_type("heatmap")(), "contrast", "linnear")


@pytest.mark.parametrize("kind", PANES)
def test_every_pane_names_the_settings_that_panes_share(kind: str) -> None:
    hints = settings_of(pane_type(kind))
    assert hints["timeframe"] in (str, str | None)
    for name in ("grouping", "until", "center"):
        assert hints[name] == int | None


@pytest.mark.parametrize("kind", PANES)
@pytest.mark.parametrize("word", ["grouping=0", "grouping=-3", "timeframe=soon", "until=never"])
def test_every_pane_refuses_nonsense_in_the_settings_that_panes_share(kind: str, word: str) -> None:
    with pytest.raises(ConfigError, match=kind):
        set_all(pane_type(kind)(), [word])


def test_an_unknown_pane_is_told_which_one_was_meant() -> None:
    with pytest.raises(ConfigError) as raised:
        pane_type("footprnt")
    assert str(raised.value) == (
        f'unknown pane "footprnt" (did you mean "footprint"?); panes: {", ".join(PANES)}'
    )


def test_the_registry_is_sorted_and_names_each_pane_by_its_kind() -> None:
    assert list(PANES) == sorted(PANES)
    assert [pane_type(kind).kind for kind in PANES] == list(PANES)


@pytest.mark.parametrize(
    ("kind", "key", "accepted"),
    [
        ("footprint", "grouping", "a whole number from 1 or auto (default)"),
        ("footprint", "ratio", "a number, 3.0 by default"),
        ("footprint", "ignore_zeros", "on (default), off"),
        ("heatmap", "contrast", "log (default), linear, rank"),
        ("tape", "zone", "text or auto (default)"),
        ("tickers", "query", "text, empty by default"),
        (
            "tape",
            "timeframe",
            "a length such as 15s, 1m, 100t, 500v, 50n, 20r or 20b, 1m by default",
        ),
    ],
)
def test_a_setting_says_in_words_what_it_takes(kind: str, key: str, accepted: str) -> None:
    assert setting(pane_type(kind), key).accepted == accepted


@pytest.mark.parametrize("kind", PANES)
def test_the_word_of_every_value_by_default_sets_it(kind: str) -> None:
    pane = pane_type(kind)()
    for key in settings_of(type(pane)):
        wanted = setting(type(pane), key)
        assert wanted.default == worded(getattr(pane, key))
        assert set_one(pane, key, wanted.default) == pane
        for choice in wanted.choices:
            assert worded(getattr(set_one(pane, key, choice), key)) == choice
