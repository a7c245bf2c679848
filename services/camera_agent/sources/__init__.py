"""Camera sources, one file each; `kind` tells them apart in the station file."""
