"""The verbs of a case. Each takes `actor` and `now`, changes the case through `transitions`, returns it."""
