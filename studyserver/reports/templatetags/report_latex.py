"""How texts and numbers are written for LaTeX."""

import re

from django import template

register = template.Library()

SIGNS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "_": r"\_",
    "%": r"\%",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"$<$",
    ">": r"$>$",
    # The end of a row and a rule read an option in brackets or a star from what comes next, in the next line, too.
    "[": "{[}",
    "]": "{]}",
    "*": "{*}",
    "\N{NO-BREAK SPACE}": "~",
    "×": r"$\times$",
    "–": "--",
    "−": "$-$",
    "∼": r"$\sim$",
    "½": r"$\frac12$",
    "κ": r"$\kappa$",
    "α": r"$\alpha$",
    "…": r"\dots{}",
    "’": "'",
    "“": "``",
    "”": "''",
}
RAISED = "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"
LOWERED = str.maketrans(RAISED, "-0123456789")


@register.filter
def latex(text: object) -> str:
    """``p < 10⁻³⁰⁰ & 5 %`` → ``p $<$ 10$^{-300}$ \\& 5 \\%``; other letters stay, as LaTeX reads UTF-8."""
    escaped = "".join(SIGNS.get(letter, letter) for letter in str(text))
    return re.sub(f"[{RAISED}]+", lambda power: f"$^{{{power[0].translate(LOWERED)}}}$", escaped)


@register.filter
def one_line(text: str) -> str:
    """For comments, which a line break would end."""
    return " ".join(text.split())
