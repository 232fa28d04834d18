"""Hue, saturation and brightness of a colour: the three ways in which a hand changes it."""

from colorsys import hsv_to_rgb, rgb_to_hsv
from typing import Final, Literal, NamedTuple, TypeAlias

from tui.drawing.color import Rgb

Channel: TypeAlias = Literal["hue", "saturation", "brightness"]

CHANNELS: Final[tuple[Channel, ...]] = ("hue", "saturation", "brightness")
STEPS: Final[dict[Channel, float]] = {"hue": 2 / 360, "saturation": 0.01, "brightness": 0.01}
"""What one step changes: two degrees, or a hundredth."""


class Hsb(NamedTuple):
    """Each from 0 to 1 (Smith 1978, there called HSV); finer than the colour on the screen."""

    hue: float
    saturation: float
    brightness: float

    @property
    def rgb(self) -> Rgb:
        """The colour a screen shows for it."""
        red, green, blue = (round(part * 255) for part in hsv_to_rgb(*self))
        return red, green, blue

    def moved(self, channel: Channel, steps: int) -> "Hsb":
        """So many steps along a channel: hues go round, the others end at 0 and 1."""
        value = self[CHANNELS.index(channel)] + steps * STEPS[channel]
        value = value % 1.0 if channel == "hue" else min(1.0, max(0.0, value))
        return self._replace(**{channel: value})

    def word(self, channel: Channel) -> str:
        """A channel as it is read: degrees, or percent."""
        value = self[CHANNELS.index(channel)]
        return f"{round(value * 360) % 360}°" if channel == "hue" else f"{round(value * 100)} %"


def hsb(color: Rgb) -> Hsb:
    """The hue, saturation and brightness of a colour; a grey has hue 0."""
    red, green, blue = color
    return Hsb(*rgb_to_hsv(red / 255, green / 255, blue / 255))
