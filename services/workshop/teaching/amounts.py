"""How many parts a teaching needs, and takes. Pure."""

LEAST_GOOD = 10
"""From fewer nothing is taught: a threshold would be as good as drawn by lot."""

LEAST_KO = 10
"""From fewer KO parts a head is not taught: the methods that learn from good parts alone do better then."""

LEAST_OF_CLASS = 5
"""Of a defect that is told apart from others: one is held out in each fold."""

LEAST_TRAINED = 20
"""Of good and of KO parts, for a network of one's own: of fewer less than five would be held out."""

MOST_GOOD = 400
MOST_KO = 200
"""Parts that are taken: at 120 kB each for what the backbone sees, and as much again while a method learns, this keeps
below 500 MB."""
