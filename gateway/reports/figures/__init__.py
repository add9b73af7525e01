"""Every figure of the city's report: what it is, what was entered from outside, what the platform counts."""
