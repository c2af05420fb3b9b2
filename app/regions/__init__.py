"""Kemendagri region codes, the editions shipped in this folder, and local time at a region.

This package is pure: it does no I/O except to read the files in this folder. README.md beside them gives their sources,
licences and counts.
"""
