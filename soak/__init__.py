"""A line that is hurt on purpose, and a witness who says what came of it: the proof of what survives what."""
