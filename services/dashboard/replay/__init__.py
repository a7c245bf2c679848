"""Replay from the page: recorded items through another model or other rules, and the flips as pictures."""
