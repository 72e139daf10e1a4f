"""What can be wrong with a broker that shall be set up."""


class BrokerError(RuntimeError):
    """The broker cannot be set up like this; says what was expected, what is there, and what to do."""
