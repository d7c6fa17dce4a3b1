"""What runs in FLAML's environment; the modules are copied there, and import each other by name."""
