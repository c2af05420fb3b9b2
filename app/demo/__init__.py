"""`ikk demo`: people get accounts, four villages of two regencies are surveyed over three years, the index is read.

Everything it sends is drawn from fixed seeds and goes through the HTTP API: a second run sends the same submissions
again, and nothing changes.
"""
