"""Jobs of a server process: refresh instruments, seal the audit queue, count. `running.py` starts them."""
