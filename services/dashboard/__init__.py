"""The dashboard: the page on the box, and the shift report."""
