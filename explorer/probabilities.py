"""A probability as people read it, in one spelling wherever it stands."""

SMALLEST_SHOWN = 1e-5


def percent(probability: float) -> str:
    """In percent: 54.8 %, 0.0070 %; two digits that count where it is small."""
    if 0 < probability < SMALLEST_SHOWN:
        return "< 0.001 %"
    share = 100 * probability
    return f"{share:.1f} %" if share >= 1 or share == 0 else f"{share:#.2g} %"
