"""The subcommands of `ikk`, a file per noun."""
