"""Reads instrument files of every format into an Instrument, and checks them.

A published file is read for ever as it was. Only `check_instrument_file` is strict with files of format 1.
"""
