"""Everything that is compared."""

from support.differential.plain import PLAIN

SCENARIOS = (PLAIN,)
