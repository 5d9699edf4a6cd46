"""Which form an article, a possessive or an adjective takes: by case and gender."""

from explorer.miniatures.language.lexicon_others import POSSESSIVES

THIRD_SINGULAR, THIRD_PLURAL = 2, 4

Table = tuple[tuple[str, ...], ...]

# Endings by case, then gender (masculine, feminine, neuter, plural).
EIN: Table = (("", "e", "", "e"), ("en", "e", "", "e"), ("em", "er", "em", "en"))

DER: Table = (("er", "e", "es", "e"), ("en", "e", "es", "e"), ("em", "er", "em", "en"))

THE: Table = (
    ("der", "die", "das", "die"),
    ("den", "die", "das", "die"),
    ("dem", "der", "dem", "den"),
)

WEAK: Table = (("e", "e", "e", "en"), ("en", "e", "e", "en"), ("en", "en", "en", "en"))

MIXED: Table = (("er", "e", "es", "en"), ("en", "e", "es", "en"), ("en", "en", "en", "en"))

STRONG: Table = (("er", "e", "es", "e"), ("en", "e", "es", "e"), ("em", "er", "em", "en"))


def _table(stem: str, endings: Table) -> Table:
    return tuple(tuple(stem + ending for ending in row) for row in endings)


# English determiner -> German forms by case and gender, endings of the adjectives that follow.
DETERMINERS: dict[str, tuple[Table, Table]] = {
    "the": (THE, WEAK),
    "this": (_table("dies", DER), WEAK),
    "these": (_table("dies", DER), WEAK),
    "every": (_table("jed", DER), WEAK),
    "a": (_table("ein", EIN), MIXED),
    "no": (_table("kein", EIN), MIXED),
    "many": (_table("viel", DER), STRONG),
    "some": (_table("einig", DER), STRONG),
}

for _english, _german in POSSESSIVES:
    DETERMINERS[_english] = (_table(_german, EIN), MIXED)
