"""The report to the city council: paragraphs and tables over whole months."""
