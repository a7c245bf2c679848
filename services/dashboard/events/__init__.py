"""The station's events, kept for as long as their number allows: what the report and the page of events read."""
