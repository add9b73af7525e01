"""Signed webhooks: what happens to a unit's cases, told to the unit's own system."""
