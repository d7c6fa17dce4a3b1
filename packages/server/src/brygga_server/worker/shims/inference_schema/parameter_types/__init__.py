"""The types a parameter can be declared with."""
