"""Colour arithmetic: hex codes, the xterm tables, contrast, and ramps that look even to the eye."""

from collections.abc import Sequence
from functools import lru_cache
from string import hexdigits
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Rgb: TypeAlias = tuple[int, int, int]
Lab: TypeAlias = NDArray[np.float64]

_ANSI = (
    "#000000 #cd0000 #00cd00 #cdcd00 #0000ee #cd00cd #00cdcd #e5e5e5"
    " #7f7f7f #ff0000 #00ff00 #ffff00 #5c5cff #ff00ff #00ffff #ffffff"
)
_CUBE = (0, 95, 135, 175, 215, 255)

# Björn Ottosson's OKLab: https://bottosson.github.io/posts/oklab/
_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def rgb(code: str) -> Rgb:
    """The red, green and blue of `#rrggbb`; ValueError for anything else."""
    if len(code) != 7 or code[0] != "#" or not set(code[1:]) <= set(hexdigits):
        raise ValueError(f'"{code}" is not a colour like "#1b9e77"')
    value = int(code[1:], 16)
    return value >> 16, value >> 8 & 255, value & 255


def hex_code(color: Rgb) -> str:
    """`#rrggbb`."""
    return "#{:02x}{:02x}{:02x}".format(*color)


def _xterm() -> tuple[Rgb, ...]:
    cube = [(r, g, b) for r in _CUBE for g in _CUBE for b in _CUBE]
    grey = [(v, v, v) for v in range(8, 239, 10)]
    return (*(rgb(code) for code in _ANSI.split()), *cube, *grey)


XTERM: tuple[Rgb, ...] = _xterm()
"""xterm's 256 colours; the first 16 are its defaults, which users' terminals may repaint."""


def luminance(color: Rgb) -> float:
    """Relative luminance as WCAG 2 defines it, 0 to 1."""
    red, green, blue = (_linear(channel / 255) for channel in color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Rgb, other: Rgb) -> float:
    """WCAG contrast ratio, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def contrasts(colors: Sequence[Rgb]) -> NDArray[np.float64]:
    """The contrast ratio of each of some colours with each."""
    light = np.array([luminance(color) for color in colors]) + 0.05
    ratios: NDArray[np.float64] = light[:, None] / light
    return np.maximum(ratios, 1 / ratios)


def lab(color: Rgb) -> Lab:
    """OKLab lightness and two opponent axes: distances in it are differences to the eye."""
    result: Lab = _labs((color,))[0]
    return result


def distance(one: Rgb, other: Rgb) -> float:
    """How different two colours look: about 0.02 is just seen side by side."""
    return float(np.linalg.norm(lab(one) - lab(other)))


def ramp(stops: Sequence[Rgb], levels: int) -> list[Rgb]:
    """`levels` colours from the first stop to the last, in steps as large to the eye."""
    points = _labs(tuple(stops))
    along = _lengths(points)
    wanted = np.linspace(0.0, along[-1], levels)
    for _ in range(4):
        colors = _between(points, along, wanted)
        # A step that cuts a corner at a stop is shorter than its way: share what it lacks.
        steps = _lengths(colors)
        wanted = np.interp(np.linspace(0.0, steps[-1], levels), steps, wanted)
    return _from_labs(_between(points, along, wanted))


def nearest(color: Rgb, among: Sequence[Rgb]) -> int:
    """The position of the colour that looks most like this one."""
    apart = np.linalg.norm(_labs(tuple(among)) - lab(color), axis=1)
    return int(apart.argmin())


@lru_cache(maxsize=512)
def _labs(colors: tuple[Rgb, ...]) -> Lab:
    """Colours in OKLab [colours, axes]."""
    linear = np.array([[_linear(channel / 255) for channel in color] for color in colors])
    result: Lab = np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T
    result.flags.writeable = False
    return result


def _lengths(points: Lab) -> NDArray[np.float64]:
    """How long the way is from the first point to each."""
    return np.concatenate(([0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))))


def _between(points: Lab, along: NDArray[np.float64], wanted: NDArray[np.float64]) -> Lab:
    axes = [np.interp(wanted, along, points[:, axis]) for axis in range(3)]
    return np.stack(axes, axis=1)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _from_labs(points: Lab) -> list[Rgb]:
    """The colours of points in OKLab, as near as a screen can show them."""
    lms = np.linalg.solve(_TO_LAB, points.T) ** 3
    linear = np.linalg.solve(_TO_LMS, lms).T.clip(0.0, 1.0)
    curved = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    whole = np.rint(curved * 255).astype(int)
    return [(red, green, blue) for red, green, blue in whole.tolist()]
