"""Where cases are: counts by district and village, points, places with several cases."""
