"""Bytes of a serial line into frames, without I/O."""
