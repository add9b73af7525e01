"""Cases in figures: one ledger, one way of asking it."""
