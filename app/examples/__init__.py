"""Examples for the OpenAPI document, of families that do not exist."""
