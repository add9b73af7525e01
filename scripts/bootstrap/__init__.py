"""Set-up of a fresh machine: standard library only, Python 3.8 or newer, since nothing is installed yet."""
