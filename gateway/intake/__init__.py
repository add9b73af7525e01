"""The draft of a report: what a citizen said, what is missing, the read-back."""
