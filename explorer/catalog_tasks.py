"""What the models of the catalogue were trained to do, with the exact prefixes and codes."""

from explorer.cards import Task

WEATHER = "The weather is beautiful today, so we will have lunch in the garden."
ARTICLE = (
    "The town of Lindau will close its old bridge for six months. Engineers found cracks in two "
    "of the stone pillars during a routine inspection on Monday. About four thousand people cross "
    "the bridge every day. The mayor said that a free ferry will carry walkers and cyclists over "
    "the river until the repairs are finished in spring, while cars must take the northern road."
)
GERMAN_WEATHER = "Das Wetter ist heute schön, deshalb essen wir im Garten zu Mittag."
GAPS = "The <mask> crossed the river and <mask> into the forest."


def _translation(language: str, prefix: str) -> Task:
    return Task("translation", f"English to {language}", prefix, WEATHER)


T5_TASKS = (
    *(
        _translation(language, f"translate English to {language}: ")
        for language in ("German", "French", "Romanian")
    ),
    Task("summary", "Summarise", "summarize: ", ARTICLE),
    Task(
        "question",
        "Answer a question about a text",
        "question: ",
        "Who carries people over the river? context: The bridge is closed until spring. "
        "A free ferry carries walkers and cyclists over the river.",
        fields=("question", "context"),
    ),
    Task(
        "sentiment",
        "Positive or negative",
        "sst2 sentence: ",
        "a warm and funny film that never lets its people down .",
    ),
    Task(
        "acceptability",
        "Is it correct English?",
        "cola sentence: ",
        "The gardener watered of the flowers.",
    ),
    Task(
        "similarity",
        "How alike are two sentences (0 to 5)?",
        "stsb sentence1: ",
        "A man is playing a guitar. sentence2: Somebody makes music on a guitar.",
        fields=("sentence1", "sentence2"),
    ),
    Task(
        "inference",
        "Does one sentence follow from another?",
        "mnli hypothesis: ",
        "Nobody is outside. premise: Two children are building a snowman in the yard.",
        fields=("hypothesis", "premise"),
    ),
    Task(
        "denoising",
        "Fill the gaps of the pre-training",
        "",
        "The cat sat on the <extra_id_0> and looked out of the <extra_id_1>.",
    ),
)
"""The prefixes that the original T5 was trained with."""

FLAN_TASKS = (
    _translation("German", "Translate to German: "),
    _translation("French", "Translate to French: "),
    Task("summary", "Summarise", "Summarize: ", ARTICLE),
    Task(
        "question",
        "Answer a question",
        "Answer the following question. ",
        "Which is heavier, a litre of water or a litre of air?",
    ),
    Task(
        "sentiment",
        "Positive or negative",
        "Is the following review positive or negative? ",
        "A warm and funny film that never lets its people down.",
    ),
    Task(
        "instruction",
        "Reason step by step",
        "Answer the following question by reasoning step by step. ",
        "A baker has 12 rolls and sells 5. How many rolls are left?",
    ),
)
"""FLAN-T5 was trained on instructions in many wordings; these are usual ones."""

SUMMARY_TASKS = (Task("summary", "Summarise", "", ARTICLE),)


def _between(codes: tuple[tuple[str, str, str], ...], texts: tuple[str, ...]) -> tuple[Task, ...]:
    return tuple(
        Task("translation", title, "", text, source_language=source, target_language=target)
        for (title, source, target), text in zip(codes, texts, strict=True)
    )


NLLB_TASKS = _between(
    (
        ("English to German", "eng_Latn", "deu_Latn"),
        ("German to English", "deu_Latn", "eng_Latn"),
        ("English to French", "eng_Latn", "fra_Latn"),
        ("English to Chinese", "eng_Latn", "zho_Hans"),
        ("English to Swahili", "eng_Latn", "swh_Latn"),
    ),
    (WEATHER, GERMAN_WEATHER, WEATHER, WEATHER, WEATHER),
)
MBART_TASKS = _between(
    (
        ("English to German", "en_XX", "de_DE"),
        ("German to English", "de_DE", "en_XX"),
        ("English to French", "en_XX", "fr_XX"),
        ("English to Hindi", "en_XX", "hi_IN"),
        ("English to Chinese", "en_XX", "zh_CN"),
    ),
    (WEATHER, GERMAN_WEATHER, WEATHER, WEATHER, WEATHER),
)
