"""The analytic head: a morphable model built from formulas, with no licence attached."""
