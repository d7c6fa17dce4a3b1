"""What the classes of the facade share: the table of support, and how its rows take effect."""
