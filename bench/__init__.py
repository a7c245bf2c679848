"""What okko costs: the same work in one bare loop and in a running station, side by side. `make bench` runs it."""
