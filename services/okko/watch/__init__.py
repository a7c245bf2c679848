"""What `okko watch` and the live demo show: what was seen of a station, drawn for a terminal of any size."""
