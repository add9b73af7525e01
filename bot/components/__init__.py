"""Rasa components of this project: how a citizen's words become an intent and entities."""
