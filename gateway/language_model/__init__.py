"""The optional language model: it may reword a question or shorten an entry, and never answers."""
