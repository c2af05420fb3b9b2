"""Tests of the language of the command line."""
