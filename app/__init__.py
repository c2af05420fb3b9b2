"""The IKK service: families' answers in, scores and receipts out, the index of every region and year."""

__version__ = "0.1.0"
