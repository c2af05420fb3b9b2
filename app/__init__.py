"""The IKK service takes families' answers, returns scores and receipts, and computes the index by region and year."""

__version__ = "0.1.0"
