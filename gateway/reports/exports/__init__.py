"""Files that take a while: made beside the requests, kept for some days, for who asked for them."""
