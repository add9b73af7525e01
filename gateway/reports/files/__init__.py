"""A table as a file: ODS, XLSX, CSV, JSON, and a page to print."""
