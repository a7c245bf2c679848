"""The workshop: what is done with models and the record beside the running line; no agent imports it."""
