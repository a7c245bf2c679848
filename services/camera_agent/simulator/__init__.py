"""The duck simulator: makes pictures of ducks on a belt, good and bad, from a seed and a number."""
