"""Photographs of the dashboard's pages, taken from a running station: `make screenshots`."""
