"""What a server process does beside answering requests: refresh, seal, count; started by `running.py`."""
