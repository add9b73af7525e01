"""Text messages to telephones: an interface for the city's provider, and a local recorder."""
