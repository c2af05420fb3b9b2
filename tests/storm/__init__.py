"""The storm: many devices send interviews while servers are killed, the database restarts and connections break.

`make storm` runs it at full scale, and `test_storm.py` at a small one. The servers are real programs on a
PostgreSQL of their own. At the end nothing may be lost or doubled, and every figure must equal a recount of what
the devices sent. docs/decisions/0042-waits-and-the-storm.md says what each part is for.
"""
