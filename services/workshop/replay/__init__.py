"""Replay: the recorded images through another model or other rules, with the very code of the pipeline."""
