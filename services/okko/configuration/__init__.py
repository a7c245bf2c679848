"""The station file as something that is changed while the station runs: what is told of it, its versions, its diff."""
