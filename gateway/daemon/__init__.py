"""The living gateway: it wires the rooms and decides nothing."""
