"""The decision agent: the controller of the line. One verdict for each trigger, by its deadline."""
