"""The live page: what the station does at this moment."""
