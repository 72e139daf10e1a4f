"""Devices that nobody has configured yet: what is heard of them, what they seem to be, how they are written down."""
