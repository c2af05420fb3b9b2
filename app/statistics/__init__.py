"""Figures of other systems beside the index, without I/O: periods, code lists, checks, and what readers are shown.

This package is pure: it does no I/O except to read the files in this folder.
"""
