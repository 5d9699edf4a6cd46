"""The lexicon in memory: nouns, verbs and adjectives with every form worked out once."""

from collections.abc import Iterable
from dataclasses import dataclass

from explorer.miniatures.language.lexicon_nouns import NOUNS
from explorer.miniatures.language.lexicon_others import ADJECTIVE_KINDS, ADJECTIVES, SIZES
from explorer.miniatures.language.lexicon_verbs import VERBS

MASCULINE, FEMININE, NEUTER, PLURAL = range(4)
NOMINATIVE, ACCUSATIVE, DATIVE = range(3)
CONTAINERS = ("bag", "cup", "glass", "bottle", "box", "plate")
FEMALE = ("woman", "girl", "mother", "sister", "daughter", "grandmother", "aunt", "queen", "nurse")
NO_PRONOUN = ("child", "baby")


@dataclass(frozen=True, slots=True, eq=False)
class Adjective:
    """An adjective: English word, German word, and the German word with each ending."""

    english: str
    german: str
    endings: dict[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Noun:
    """A noun: the English forms, the German forms by case, its gender and its kinds.

    Law: `singular[case]` is None exactly when the noun has no singular, and so for `plural`.
    """

    english: str
    english_plural: str
    gender: int
    singular: tuple[str, str, str] | None
    plural: tuple[str, str, str] | None
    kinds: tuple[str, ...]
    pronoun: str  # he, she, it, or "" where English has no safe choice
    adjectives: tuple[Adjective, ...]
    copied: bool = False
    single: bool = False  # one has only one of them: no plural is made

    @property
    def lemma(self) -> str:
        """The English word that stands for the noun in a combination."""
        return self.english if self.singular else self.english_plural

    @property
    def mass(self) -> bool:
        """Whether the noun names a stuff (bread, milk): no plural, no indefinite article."""
        return self.plural is None


@dataclass(frozen=True, slots=True, eq=False)
class Verb:
    """A verb. `present` holds the forms for ich, du, er, wir, sie; so does `past`."""

    base: str
    third: str
    english_past: str
    gerund: str
    particle: str
    infinitive: str
    present: tuple[str, ...]
    past: tuple[str, ...] | None
    participle: str
    auxiliary: str
    prefix: str
    subjects: tuple[str, ...]
    objects: tuple[str, ...]
    frame: str

    @property
    def lemma(self) -> str:
        """The English word that stands for the verb in a combination."""
        return f"{self.base} {self.particle}" if self.particle else self.base

    @property
    def progressive(self) -> bool:
        """Whether English has an -ing form of it: is reading, but not is knowing."""
        return self.frame not in ("be", "state", "say") and self.base != "live"


def _adjectives() -> tuple[dict[str, Adjective], dict[str, list[Adjective]]]:
    by_word: dict[str, Adjective] = {}
    by_kind: dict[str, list[Adjective]] = {}
    for line in ADJECTIVES.split("\n"):
        if not line:
            continue
        english, german, stem, kinds = line.split()
        base = german if stem == "-" else stem
        if base.endswith("e"):
            base = base[:-1]
        endings = {ending: base + ending for ending in ("e", "en", "er", "es", "em")}
        by_word[english] = Adjective(english, german, endings)
        for kind in kinds.split(","):
            for real in ADJECTIVE_KINDS.get(kind, (kind,)):
                by_kind.setdefault(real, []).append(by_word[english])
    return by_word, by_kind


def _fitting(kinds: Iterable[str]) -> tuple[Adjective, ...]:
    found: dict[str, Adjective] = {}
    for kind in kinds:
        for adjective in ADJECTIVES_BY_KIND.get(kind, ()):
            found[adjective.english] = adjective
    return tuple(found.values())


def _dative_plural(plural: str) -> str:
    return plural if plural[-1] in "ns" else plural + "n"


def _noun(line: str) -> Noun:
    english, english_plural, german, gender, plural, kind_list = line.split()
    kinds = tuple(kind_list.split(","))
    oblique = plural if gender.endswith("*") else german
    pronoun = "it"
    if kinds[0] == "person":
        pronoun = "she" if english in FEMALE else "" if english in NO_PRONOUN else "he"
    described = kinds + (("container",) if english in CONTAINERS else ())
    return Noun(
        english="" if english == "-" else english,
        english_plural="" if english_plural == "-" else english_plural,
        gender="mfn".index(gender[0]),
        singular=None if german == "-" else (german, oblique, oblique),
        plural=None if plural == "-" else (plural, plural, _dative_plural(plural)),
        kinds=kinds,
        pronoun=pronoun,
        adjectives=tuple(
            word for word in _fitting(described) if plural != "-" or word.english not in SIZES
        ),
        single="one" in kinds,
    )


def _past_forms(first: str) -> tuple[str, ...]:
    second = first + ("st" if first[-1] in "er" else "est")
    plural = first + ("n" if first.endswith("e") else "en")
    return first, second, first, plural, plural


def _verb(line: str) -> Verb:
    english, german, prefix, use = line.split("|")
    english, _, particle = english.partition("+")
    base, third, english_past, gerund = english.split()
    infinitive, first, second, third_german, participle, auxiliary = german.split()
    plural = "sind" if infinitive == "sein" else infinitive
    subjects, objects, frame = use.split()
    prefix = "" if prefix == "-" else prefix
    return Verb(
        base,
        third,
        english_past,
        gerund,
        particle,
        prefix + infinitive,
        (first, second, third_german, plural, plural),
        _past_forms(participle[1:]) if participle[0] == "=" else None,
        participle,
        auxiliary,
        prefix,
        tuple(subjects.split(",")),
        () if objects == "-" else tuple(objects.split(",")),
        frame,
    )


ADJECTIVES_BY_WORD, ADJECTIVES_BY_KIND = _adjectives()
ALL_NOUNS = tuple(_noun(line) for line in NOUNS.split("\n") if line)
ALL_VERBS = tuple(_verb(line) for line in VERBS.replace("|\n", "|").split("\n") if line)
BE = next(verb for verb in ALL_VERBS if verb.frame == "be")
HAVE = next(verb for verb in ALL_VERBS if verb.base == "have")


def nouns_of(kinds: Iterable[str]) -> tuple[Noun, ...]:
    """The nouns that belong to one of the kinds, each once, in the order of the lexicon."""
    wanted = set(kinds)
    return tuple(noun for noun in ALL_NOUNS if wanted.intersection(noun.kinds))


def verbs_of(*frames: str) -> tuple[Verb, ...]:
    """The verbs with one of the frames."""
    return tuple(verb for verb in ALL_VERBS if verb.frame in frames)


def copied_noun(word: str, kind: str) -> Noun:
    """A noun that the lexicon does not have: neuter, capitalised, its plural copied too."""
    german, plural = word.capitalize(), word.capitalize() + "s"
    return Noun(
        word,
        word + "s",
        NEUTER,
        (german, german, german),
        (plural, plural, plural),
        (kind,),
        "it",
        COPIED_ADJECTIVES,
        True,
    )


COPIED_ADJECTIVES = _fitting(("copied",)) or tuple(
    ADJECTIVES_BY_WORD[word] for word in ("old", "big", "small", "beautiful", "black", "white")
)
