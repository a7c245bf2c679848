"""The subcommands of `okko`, one module each."""
