"""Giving people accounts and roles, as far as that needs no database: what is asked, and the files of a training."""
