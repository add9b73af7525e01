"""The LINE channel, against a fake of LINE's API on this machine."""
