"""Open311 GeoReport v2 and the city's own Open1999: public cases for programs, and their reports in."""
