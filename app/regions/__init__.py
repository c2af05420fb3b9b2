"""Pure: Kemendagri region codes, the editions shipped in this folder, and local time at a region.

Sources, licences and counts: README.md beside this file.
"""
