"""Keeps Rasa and the gateway running side by side: `wanshitong run`."""
