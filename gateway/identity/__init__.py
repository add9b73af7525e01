"""Who the staff are, what they may do, and how they prove it."""
