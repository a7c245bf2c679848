"""Builds the documentation as a site: pages as they are, in the folders where they are, so that each link holds."""
