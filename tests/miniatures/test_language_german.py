"""Hand-written sentences: the German is the one a careful teacher writes, links included."""

import pytest

from explorer.miniatures.language.clause import QUESTION, STATEMENT, SUBORDINATE, Clause
from explorer.miniatures.language.example import aligned, text_of, write_english, write_german
from explorer.miniatures.language.lexicon import (
    ACCUSATIVE,
    ADJECTIVES_BY_WORD,
    ALL_NOUNS,
    ALL_VERBS,
    BE,
    DATIVE,
    Noun,
    Verb,
    copied_noun,
)
from explorer.miniatures.language.noun_phrases import Name, NounPhrase, Pair
from explorer.miniatures.language.parts import fixed
from explorer.miniatures.language.phrases import prepositional
from explorer.miniatures.language.pronouns import Asked, Pointing, Pronoun


def noun(word: str) -> Noun:
    return next(entry for entry in ALL_NOUNS if word in (entry.english, entry.english_plural))


def verb(lemma: str, objects: str = "") -> Verb:
    return next(
        entry
        for entry in ALL_VERBS
        if entry.lemma == lemma and (not objects or objects in entry.objects)
    )


def phrase(text: str) -> NounPhrase:
    """the small dog -> a noun phrase; a bar gives the German of a number (two|zwei dogs)."""
    *rest, last = text.split()
    entry = noun(last)
    determiner = "" if not rest or rest[0] in ADJECTIVES_BY_WORD else rest.pop(0)
    return NounPhrase(
        entry,
        "a" if determiner == "an" else determiner,
        tuple(ADJECTIVES_BY_WORD[word] for word in rest),
        plural=last == entry.english_plural,
    )


def place(english: str, german: str, text: str, case: int = DATIVE):
    return prepositional(english, german, phrase(text), case)


WEATHER = Clause(
    phrase("the weather"), BE, predicate=fixed("beautiful", "schön"), time=fixed("today", "heute")
)

# clause, order, English, German, links (English word - German word)
CASES = [
    (
        WEATHER,
        STATEMENT,
        "The weather is beautiful today.",
        "Das Wetter ist heute schön.",
        "The-Das weather-Wetter is-ist today-heute beautiful-schön",
    ),
    (
        Clause(
            phrase("the small dog"),
            verb("see"),
            object=phrase("the old cat"),
            place=place("in", "in", "the garden"),
        ),
        STATEMENT,
        "The small dog sees the old cat in the garden.",
        "Der kleine Hund sieht die alte Katze im Garten.",
        "The-Der small-kleine dog-Hund sees-sieht the-die old-alte cat-Katze in-im the-im "
        "garden-Garten",
    ),
    (
        Clause(
            Name("Anna", "she"),
            verb("give"),
            object=phrase("a red book"),
            receiver=phrase("the child"),
        ),
        STATEMENT,
        "Anna gives the child a red book.",
        "Anna gibt dem Kind ein rotes Buch.",
        "Anna-Anna gives-gibt the-dem child-Kind a-ein red-rotes book-Buch",
    ),
    (
        Clause(
            Name("Anna", "she"),
            verb("give"),
            object=phrase("a red apple"),
            receiver=phrase("the children"),
            receiver_after=True,
        ),
        STATEMENT,
        "Anna gives a red apple to the children.",
        "Anna gibt den Kindern einen roten Apfel.",
        "Anna-Anna gives-gibt to-den the-den children-Kindern a-einen red-roten apple-Apfel",
    ),
    (
        Clause(Pronoun("he"), verb("get up"), front=fixed("every day", "jeden Tag")),
        STATEMENT,
        "Every day he gets up.",
        "Jeden Tag steht er auf.",
        "Every-Jeden day-Tag gets-steht he-er gets-auf up-auf",
    ),
    (
        Clause(Pronoun("he"), verb("get up"), time=fixed("every day", "jeden Tag")),
        SUBORDINATE,
        "He gets up every day.",
        "Er jeden Tag aufsteht.",
        "He-Er every-jeden day-Tag gets-aufsteht up-aufsteht",
    ),
    (
        Clause(Pronoun("we"), verb("drink"), negated="n't", object=phrase("milk")),
        STATEMENT,
        "We don't drink milk.",
        "Wir trinken keine Milch.",
        "We-Wir drink-trinken don't-keine milk-Milch",
    ),
    (
        Clause(phrase("the boy"), verb("know"), negated="not", object=phrase("the teacher")),
        STATEMENT,
        "The boy does not know the teacher.",
        "Der Junge kennt den Lehrer nicht.",
        "The-Der boy-Junge does-kennt know-kennt the-den teacher-Lehrer not-nicht",
    ),
    (
        Clause(phrase("the teacher"), verb("know"), object=phrase("your brother")),
        QUESTION,
        "Does the teacher know your brother?",
        "Kennt der Lehrer deinen Bruder?",
        "Does-Kennt know-Kennt the-der teacher-Lehrer your-deinen brother-Bruder",
    ),
    (
        Clause(phrase("the woman"), verb("buy"), front=Asked("what")),
        QUESTION,
        "What does the woman buy?",
        "Was kauft die Frau?",
        "What-Was does-kauft buy-kauft the-die woman-Frau",
    ),
    (
        Clause(Asked("who"), verb("help"), object=phrase("the old neighbour")),
        STATEMENT,
        "Who helps the old neighbour?",
        "Wer hilft dem alten Nachbarn?",
        "Who-Wer helps-hilft the-dem old-alten neighbour-Nachbarn",
    ),
    (
        Clause(
            phrase("my sister"),
            verb("buy"),
            "past",
            object=phrase("two|zwei old cars"),
            time=fixed("last week", "letzte Woche"),
        ),
        STATEMENT,
        "My sister bought two old cars last week.",
        "Meine Schwester hat letzte Woche zwei alte Autos gekauft.",
        "My-Meine sister-Schwester bought-hat last-letzte week-Woche two-zwei old-alte cars-Autos "
        "bought-gekauft",
    ),
    (
        Clause(
            phrase("the children"),
            verb("run"),
            "past",
            place=place("into", "in", "the house", ACCUSATIVE),
        ),
        STATEMENT,
        "The children ran into the house.",
        "Die Kinder sind ins Haus gerannt.",
        "The-Die children-Kinder ran-sind into-ins the-ins house-Haus ran-gerannt",
    ),
    (
        Clause(Pronoun("I"), verb("pick up"), "can", object=Pronoun("she", as_object=True)),
        STATEMENT,
        "I can pick her up.",
        "Ich kann sie abholen.",
        "I-Ich can-kann her-sie pick-abholen up-abholen",
    ),
    (
        Clause(Pronoun("they"), verb("read"), gladly=True, object=phrase("books")),
        STATEMENT,
        "They like to read books.",
        "Sie lesen gern Bücher.",
        "They-Sie read-lesen to-lesen like-gern books-Bücher",
    ),
    (
        Clause(Pronoun("I"), BE, contracted=True, predicate=fixed("very tired", "sehr müde")),
        STATEMENT,
        "I'm very tired.",
        "Ich bin sehr müde.",
        "I'm-Ich I'm-bin very-sehr tired-müde",
    ),
    (
        Clause(
            phrase("the train"),
            verb("leave"),
            "progressive",
            time=fixed("in the evening", "am Abend"),
        ),
        STATEMENT,
        "The train is leaving in the evening.",
        "Der Zug fährt am Abend ab.",
        "The-Der train-Zug is-fährt leaving-fährt in-am the-am evening-am in-Abend the-Abend "
        "evening-Abend leaving-ab",
    ),
    (
        Clause(Pointing(False), BE, negated="not", predicate=phrase("a good book")),
        STATEMENT,
        "This is not a good book.",
        "Das ist kein gutes Buch.",
        "This-Das is-ist not-kein a-kein good-gutes book-Buch",
    ),
    (
        Clause(
            Pair(phrase("the man"), Name("Tom", "he")),
            verb("go"),
            place=place("to", "zu", "the school"),
        ),
        STATEMENT,
        "The man and Tom go to the school.",
        "Der Mann und Tom gehen zur Schule.",
        "The-Der man-Mann and-und Tom-Tom go-gehen to-zur the-zur school-Schule",
    ),
    (
        Clause(
            NounPhrase(copied_noun("zebra", "animal"), "the", (ADJECTIVES_BY_WORD["small"],)),
            verb("sleep"),
            place=place("under", "unter", "an old tree"),
        ),
        STATEMENT,
        "The small zebra sleeps under an old tree.",
        "Das kleine Zebra schläft unter einem alten Baum.",
        "The-Das small-kleine zebra-Zebra sleeps-schläft under-unter an-einem old-alten tree-Baum",
    ),
    (
        Clause(
            phrase("the man"),
            verb("drink"),
            object=phrase("cold water"),
            frequency=fixed("often", "oft"),
            manner=fixed("slowly", "langsam"),
        ),
        STATEMENT,
        "The man often drinks cold water slowly.",
        "Der Mann trinkt oft langsam kaltes Wasser.",
        "The-Der man-Mann drinks-trinkt often-oft slowly-langsam cold-kaltes water-Wasser",
    ),
    (
        Clause(
            phrase("the expensive hats"),
            BE,
            "will",
            predicate=fixed("cheaper", "billiger"),
            time=fixed("tomorrow", "morgen"),
        ),
        STATEMENT,
        "The expensive hats will be cheaper tomorrow.",
        "Die teuren Hüte werden morgen billiger sein.",
        "The-Die expensive-teuren hats-Hüte will-werden tomorrow-morgen cheaper-billiger be-sein",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case[2] for case in CASES])
def test_german_and_links(case):
    clause, order, english, german, links = case
    asked = order == QUESTION or isinstance(clause.subject, Asked)
    words = clause.english(order if order == QUESTION else STATEMENT)
    targets = clause.german(order)
    write_english(words, "?" if asked else ".")
    write_german(targets, "?" if asked else ".")
    pairs = aligned(words, targets)
    assert text_of(words) == english
    assert " ".join(target.text for target in targets) == german
    found = {
        f"{words[source].text.rstrip('.?')}-{targets[target].text.rstrip('.?')}"
        for source, target in pairs
    }
    assert found == set(links.split())


@pytest.mark.parametrize(
    ("word", "forms"),
    [
        ("boy", "der Junge, den Jungen, dem Jungen; die Jungen, die Jungen, den Jungen"),
        ("book", "das Buch, das Buch, dem Buch; die Bücher, die Bücher, den Büchern"),
        ("cat", "die Katze, die Katze, der Katze; die Katzen, die Katzen, den Katzen"),
        ("car", "das Auto, das Auto, dem Auto; die Autos, die Autos, den Autos"),
        ("teacher", "der Lehrer, den Lehrer, dem Lehrer; die Lehrer, die Lehrer, den Lehrern"),
        ("bear", "der Bär, den Bären, dem Bären; die Bären, die Bären, den Bären"),
    ],
)
def test_cases_of_a_noun(word, forms):
    written = []
    for plural in (False, True):
        entry = NounPhrase(noun(word), "the", (), plural)
        written.append(
            ", ".join(" ".join(target.text for target in entry.german(case)) for case in range(3))
        )
    assert "; ".join(written) == forms


@pytest.mark.parametrize(
    ("text", "accusative", "dative"),
    [
        ("a good man", "einen guten Mann", "einem guten Mann"),
        ("this good woman", "diese gute Frau", "dieser guten Frau"),
        ("our good child", "unser gutes Kind", "unserem guten Kind"),
        ("good milk", "gute Milch", "guter Milch"),
        ("good wine", "guten Wein", "gutem Wein"),
        ("good bread", "gutes Brot", "gutem Brot"),
        ("good friends", "gute Freunde", "guten Freunden"),
        ("my good friends", "meine guten Freunde", "meinen guten Freunden"),
        ("many good friends", "viele gute Freunde", "vielen guten Freunden"),
        ("some good friends", "einige gute Freunde", "einigen guten Freunden"),
        ("two|zwei good friends", "zwei gute Freunde", "zwei guten Freunden"),
        ("every old house", "jedes alte Haus", "jedem alten Haus"),
        ("the dark room", "das dunkle Zimmer", "dem dunklen Zimmer"),
        ("an expensive key", "einen teuren Schlüssel", "einem teuren Schlüssel"),
    ],
)
def test_endings_of_adjectives(text, accusative, dative):
    entry = phrase(text)
    assert " ".join(target.text for target in entry.german(ACCUSATIVE)) == accusative
    assert " ".join(target.text for target in entry.german(DATIVE)) == dative


def test_every_noun_has_a_gender_and_regular_dative_plural():
    assert {entry.gender for entry in ALL_NOUNS} == {0, 1, 2}
    for entry in ALL_NOUNS:
        if entry.plural:
            assert entry.plural[2][-1] in "ns"


def test_every_verb_agrees_with_its_infinitive():
    for entry in ALL_VERBS:
        assert entry.infinitive.startswith(entry.prefix)
        assert entry.auxiliary in "hs"
        assert entry.participle.startswith(entry.prefix) or entry.past
        if entry.base not in ("be", "like", "want", "know"):
            assert entry.present[2].endswith("t"), entry.base
            assert entry.prefix + entry.present[3] == entry.infinitive
