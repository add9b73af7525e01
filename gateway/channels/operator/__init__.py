"""The interface of the desk of conversations: a contract that other desks can use too."""
