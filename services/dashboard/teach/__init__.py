"""Teaching from the page: which pictures, how, what came of it, and putting it to work."""
