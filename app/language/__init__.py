"""The language in which the command line speaks: its catalogue, and the words that typer writes around it."""
