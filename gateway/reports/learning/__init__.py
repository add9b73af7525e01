"""What the city learns from its cases: what is new, what comes again, and what comes next."""
