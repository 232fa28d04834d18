"""Colour arithmetic: hex codes, the xterm tables, contrast, and ramps that look even to the eye."""

from collections.abc import Sequence
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


def lab(color: Rgb) -> Lab:
    """OKLab lightness and two opponent axes: distances in it are differences to the eye."""
    linear = np.array([_linear(channel / 255) for channel in color])
    result: Lab = _TO_LAB @ np.cbrt(_TO_LMS @ linear)
    return result


def distance(one: Rgb, other: Rgb) -> float:
    """How different two colours look: about 0.02 is just seen side by side."""
    return float(np.linalg.norm(lab(one) - lab(other)))


def ramp(stops: Sequence[Rgb], levels: int) -> list[Rgb]:
    """`levels` colours from the first stop to the last, in steps as large to the eye."""
    points = np.array([lab(stop) for stop in stops])
    along = np.concatenate(([0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))))
    wanted = np.linspace(0.0, along[-1], levels)
    axes = [np.interp(wanted, along, points[:, axis]) for axis in range(3)]
    return [_from_lab(point) for point in np.stack(axes, axis=1)]


def nearest(color: Rgb, among: Sequence[Rgb]) -> int:
    """The position of the colour that looks most like this one."""
    return min(range(len(among)), key=lambda position: distance(color, among[position]))


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _from_lab(point: Lab) -> Rgb:
    linear = np.linalg.solve(_TO_LMS, np.linalg.solve(_TO_LAB, point) ** 3).clip(0.0, 1.0)
    curved = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    red, green, blue = (int(channel) for channel in np.rint(curved * 255))
    return red, green, blue
