"""The link to a DALI line: one owner of its adapter, which gives the gear its orders and asks it in turn."""
