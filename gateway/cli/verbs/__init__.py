"""Verbs that have verbs of their own, a module a group: their options, and who does the work."""
