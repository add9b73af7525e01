"""People who take conversations over: queue, claims, presence, and what they say."""
