"""Figures of quality: how sure they are, how two runs differ, and how they are shown."""
