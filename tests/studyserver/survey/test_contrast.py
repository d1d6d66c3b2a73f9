"""The colours of the pages meet WCAG AA in light and dark."""

import re

import pytest
from django.conf import settings

TEXT, LARGE_OR_SHAPE = 4.5, 3.0  # WCAG 2.2, success criteria 1.4.3 and 1.4.11.
PAIRS = [
    ("ink", "ground", TEXT),
    ("ink", "surface", TEXT),
    ("ink", "accent-soft", TEXT),
    ("muted", "ground", TEXT),
    ("muted", "surface", TEXT),
    ("accent", "ground", TEXT),
    ("accent", "accent-soft", TEXT),
    ("on-accent", "accent", TEXT),
    ("on-accent", "accent-strong", TEXT),
    ("danger", "ground", TEXT),
    ("danger", "surface", TEXT),
    ("accent", "surface", LARGE_OR_SHAPE),
]


def themes():
    css = (settings.BASE_DIR / "static/css/base.css").read_text()
    blocks = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    light, dark = (dict(re.findall(r"--([a-z-]+): #([0-9a-f]{6});", block)) for block in blocks)
    return {"light": light, "dark": dark}


def luminance(colour):
    """Relative luminance of sRGB, as WCAG defines it."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first, second):
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_black_on_white_has_the_contrast_of_the_definition():
    assert contrast("000000", "ffffff") == pytest.approx(21)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("front", "back", "needed"), PAIRS)
def test_contrast_is_sufficient(theme, front, back, needed):
    colours = themes()[theme]
    assert contrast(colours[front], colours[back]) >= needed
