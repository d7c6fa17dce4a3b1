"""Names, and measures by them."""
