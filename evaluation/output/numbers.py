"""How numbers are written for people, in every report alike: percentages, p-values with their order of magnitude."""

import math
from fractions import Fraction

from evaluation.interval import Interval

NONE = "–"
"""Stands where there is no number."""
RAISED = "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"
"""Minus and digits of a power of ten."""
SUPERSCRIPTS = str.maketrans("-0123456789", RAISED)
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
"""Whole numbers that running text spells out."""
# Below the smallest positive double a tail probability is computed as 0.
SMALLEST = 1e-300


def percent(share: float) -> str:
    """``0.6201`` → ``62.0 %`` with a no-break space; cut at 0 and 100, which a t interval may pass."""
    return f"{100 * min(1.0, max(0.0, share)):.1f}\N{NO-BREAK SPACE}%"


def points(share: float) -> str:
    """A percentage without its sign, for ranges such as ``55.3–68.8 %``."""
    return f"{100 * min(1.0, max(0.0, share)):.1f}"


def interval(found: Interval | None) -> str:
    """A share's interval in percent: ``55.3–68.8 %``; a dash where there is none."""
    if found is None or math.isnan(found.low):
        return NONE
    return f"{points(found.low)}–{percent(found.high)}"


def p_value(p: float | None) -> str:
    """Two significant digits: ``0.0011``, ``1.7 × 10⁻²¹``, never 0 or a rounded-up 1."""
    if p is None or math.isnan(p):
        return "not estimable"
    if p < SMALLEST:
        return "< 10⁻³⁰⁰"
    if p < 0.0001:
        mantissa, exponent = f"{p:.1e}".split("e")
        return f"{mantissa} × {_power(int(exponent))}"
    if p > 0.995:
        return "> 0.995"
    return f"{p:.2g}" if p < 0.1 else f"{p:.2f}"


def p_is(p: float | None) -> str:
    """A p-value as a statement: ``p = 0.0011``, ``p > 0.995``, ``p < 10⁻³⁰⁰``."""
    written = p_value(p)
    statement = f"p {written}" if written[0] in "<>n" else f"p = {written}"
    return statement.replace(" ", "\N{NO-BREAK SPACE}")


def magnitude(p: float | None) -> str:
    """The order of magnitude, as in the paper's Fig. 12: ``1.7e-21`` → `` (∼10⁻²¹)``; none from 0.1 on."""
    if p is None or math.isnan(p) or not SMALLEST <= p < 0.1:
        return ""
    return f" (∼{_power(math.floor(math.log10(p)))})"


def decimals(value: float | None, digits: int) -> str:
    """Fixed decimals with a minus sign, never −0; a dash where there is no value."""
    return NONE if value is None or math.isnan(value) else f"{value:z.{digits}f}".replace("-", "−")


def duration(minutes: float | None) -> str:
    """Minutes, or whole seconds below one: ``12.3 min``, ``48 s``; a dash where there is no value."""
    if minutes is None:
        return NONE
    written = f"{minutes:.1f} min" if minutes >= 1 else f"{60 * minutes:.0f} s"
    return written.replace(" ", "\N{NO-BREAK SPACE}")


def seconds(milliseconds: float) -> str:
    """Two significant digits, whole seconds from ten on: ``0.25 s``, ``4.1 s``, ``154 s``."""
    value = milliseconds / 1000
    written = f"{value:.2g}" if value < 1 else f"{value:.1f}" if value < 10 else f"{value:.0f}"
    return f"{written}\N{NO-BREAK SPACE}s"


def _power(exponent: int) -> str:
    return "10" + str(exponent).translate(SUPERSCRIPTS)


def few(number: float) -> str:
    """Two digits, never 0: ``0.047``, ``3.3``."""
    return "less than 0.001" if number < 0.001 else f"{number:.2g}"


def in_words(number: int) -> str:
    """``ten``; digits from 13 on."""
    return WORDS[number] if number < len(WORDS) else str(number)


def share_in_words(share: float) -> str:
    """A share of few: ``5 / 6`` → ``five of six``."""
    part = Fraction(share).limit_denominator(100)
    return f"{in_words(part.numerator)} of {in_words(part.denominator)}"
