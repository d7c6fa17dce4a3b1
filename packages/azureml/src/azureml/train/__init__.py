"""Training as v1 named it: estimators, searches, the automatic choice."""
