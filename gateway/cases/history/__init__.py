"""Cases of the system before this one, taken in as they are."""
