"""The shift report: what a shift was like, as one page that needs nothing else and prints well."""
