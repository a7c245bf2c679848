"""Boxes and masks of the record as a COCO file, and back: for tools in which people draw. Pure but for the commands."""
