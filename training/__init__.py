"""Scripts that make the models that are shipped; run with the `train` extra, never by an agent."""
