"""`ikk demo` creates accounts, surveys villages of two regencies over three years, and shows their index.

Everything it sends is drawn from fixed seeds and goes through the HTTP API. A second run sends the same submissions
again, and nothing changes.
"""
