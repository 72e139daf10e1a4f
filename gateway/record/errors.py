"""What can be wrong with a record."""


class RecordError(Exception):
    """The record cannot be used: missing, busy, damaged, another site's or of a newer version. Says what to do."""
