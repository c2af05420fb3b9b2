"""What serving a family's rights stands on: requests and their clock, the family under lock, the sums of villages.

Locks are always taken in this order, as taking a submission does too: the family, its requests, what it is found by,
the sums of villages by key; and what is erased goes last. So nobody waits in a circle, and whoever waited for a family
reads it as it is afterwards.
"""
