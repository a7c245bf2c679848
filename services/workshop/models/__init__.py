"""Models looked at before they are used: what a file holds, what a bundle sees on pictures, bundles from elsewhere."""
