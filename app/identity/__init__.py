"""Rules on identities, without I/O: valid NIK and No KK, checks of what an interview says, merging two identities."""
