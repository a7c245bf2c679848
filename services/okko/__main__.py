"""`python -m okko`: the command line, for the processes that `okko up` starts."""

from okko.cli import main

main()
