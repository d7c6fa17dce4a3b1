"""Measures of predictions, by the names of v1."""
