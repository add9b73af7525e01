"""What supervisors, the research and evaluation commission and the public are told in figures."""
