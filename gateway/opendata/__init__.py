"""What the city publishes by itself: figures for everybody, and files for programs."""
