"""Pure rules on identities: what makes a NIK or a No KK valid, what an interview tells, how two identities merge."""
