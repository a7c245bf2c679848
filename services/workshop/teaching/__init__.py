"""Teaching a station from good parts: pictures collected, a method fitted and chosen, a threshold with its honesty."""
