"""Everything that is compared."""

from support.differential import configured, plain, raw, schemas

SCENARIOS = (plain.PLAIN, *schemas.SCENARIOS, *raw.SCENARIOS, *configured.SCENARIOS)
