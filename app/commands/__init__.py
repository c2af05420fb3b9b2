"""The subcommands of `ikk`, with one file for each noun."""
