"""A network of one's own, trained on labelled parts: `okko teach --train`. PyTorch is imported when asked for."""
