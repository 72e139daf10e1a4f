"""Words that several rooms say alike."""


def plural(count: int, thing: str, things: str = "") -> str:
    """A count in words that fit one and many: 1 lamp, 2 lamps; with `things` where it is more than an s."""
    return f"{count:,} {thing if count == 1 else things or thing + 's'}"
