"""Pure: one file for each format, which turns rows into bytes or bytes into rows. `negotiation.py` chooses one."""
