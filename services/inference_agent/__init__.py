"""The inference agent: decodes frames, runs LiteRT models on them and publishes predictions."""
