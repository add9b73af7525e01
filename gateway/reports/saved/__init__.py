"""Questions that are kept: under a name, and asked by the clock."""
