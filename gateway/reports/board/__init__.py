"""The live board: what stands now and what came today, for a wall and for a phone. No personal data."""
