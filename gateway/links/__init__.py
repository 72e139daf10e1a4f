"""Bytes in and out, and reconnecting."""
