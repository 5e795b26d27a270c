"""Word lists, written the way a person reads them."""


def words(listed: str) -> tuple[str, ...]:
    """Return the blank-separated words of `listed`."""
    return tuple(listed.split())
