"""The LINE channel: what citizens write there, and what they are told."""
