"""What the agents of okko share: the contract, the session, the station file and the command line."""

__version__ = "0.1.0"
