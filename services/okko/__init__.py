"""What the agents of okko share: the contract, the session, the station file and the command line."""

from importlib.metadata import version

__version__ = version("okko")
