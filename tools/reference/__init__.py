"""Writes docs/reference from what the code itself says: settings, topics, messages, commands, errors, events."""
