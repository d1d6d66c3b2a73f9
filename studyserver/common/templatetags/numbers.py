"""How templates write numbers for people: as the reports do."""

from django import template

from evaluation.output.numbers import decimals, duration, percent

register = template.Library()
for write in (decimals, duration, percent):
    register.filter(write.__name__, write)
