"""Which steps a picture holds, for its title."""


def told(first: int, after: int, count: int) -> str:
    """The steps of a picture that does not hold all, such as ", steps 8–23 of 64"; else "".

    Args:
        first: the first step that is drawn, from 0.
        after: the first one after it that is not.
        count: how many there are.
    """
    return "" if first == 0 and after >= count else f", steps {first}–{after - 1} of {count}"
