"""Readers of published morphable models: one file layout each, arrays in millimetres out."""
