"""Pure: one file a format. Rows in, bytes out, or bytes in, rows out; `negotiation.py` chooses by media type."""
