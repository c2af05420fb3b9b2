"""`ikk demo`: people get accounts, two villages of Banjarbaru are surveyed over three years, and what it adds up to.

Everything it sends is drawn from fixed seeds and goes through the HTTP API: a second run sends the same submissions
again, and nothing changes.
"""
