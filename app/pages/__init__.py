"""Pure: pages that people look at and print. Templates beside this file, without a script and without the network."""
