"""The data of the catalogue: what each model is, what it was trained on and how to ask it."""

import json
from pathlib import Path

from explorer.cards import ModelCard, Task
from explorer.families import count_parameters, read_shape

MINIATURES_FOLDER = Path(__file__).parent / "miniatures"
MINIATURES = ("miniature-t5", "miniature-bart", "miniature-bart-summary")

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


def _t5(d_model: int, d_ff: int, layers: int, heads: int, **more: object) -> dict[str, object]:
    return {
        "model_type": "t5",
        "vocab_size": 32128,
        "d_model": d_model,
        "d_kv": 64,
        "d_ff": d_ff,
        "num_layers": layers,
        "num_decoder_layers": layers,
        "num_heads": heads,
        "n_positions": 512,
        "relative_attention_num_buckets": 32,
        "decoder_start_token_id": 0,
        "pad_token_id": 0,
        "eos_token_id": 1,
        **more,
    }


GATED_UNTIED = {"feed_forward_proj": "gated-gelu", "tie_word_embeddings": False}
"""What version 1.1 of T5 changed: a gate, and an output layer of its own."""


def _bart(
    kind: str,
    vocabulary: int,
    d_model: int,
    layers: tuple[int, int],
    heads: int,
    feed_forward: int,
    positions: int,
    **more: object,
) -> dict[str, object]:
    return {
        "model_type": kind,
        "vocab_size": vocabulary,
        "d_model": d_model,
        "encoder_layers": layers[0],
        "decoder_layers": layers[1],
        "encoder_attention_heads": heads,
        "decoder_attention_heads": heads,
        "encoder_ffn_dim": feed_forward,
        "decoder_ffn_dim": feed_forward,
        "max_position_embeddings": positions,
        **more,
    }


_BART_IDS: dict[str, object] = {
    "bos_token_id": 0,
    "pad_token_id": 1,
    "eos_token_id": 2,
    "decoder_start_token_id": 2,
    "forced_eos_token_id": 2,
}
_MARIAN = _bart(
    "marian",
    58101,
    512,
    (6, 6),
    8,
    2048,
    512,
    activation_function="swish",
    scale_embedding=True,
    pad_token_id=58100,
    decoder_start_token_id=58100,
    eos_token_id=0,
    forced_eos_token_id=0,
)

DOWNLOADABLE: tuple[ModelCard, ...] = (
    ModelCard(
        name="t5-small",
        hub_id="google-t5/t5-small",
        family="t5",
        title="T5 small",
        tasks=T5_TASKS,
        languages=("English", "German", "French", "Romanian"),
        licence="Apache 2.0",
        download_bytes=242_043_056,
        parameters=60_506_624,
        bundled=False,
        configuration=_t5(512, 2048, 6, 8),
        summary="The smallest original T5: every task is text in, text out, named by a prefix.",
        purpose="Watching one model do many tasks; quick translations of short sentences.",
    ),
    ModelCard(
        name="t5-base",
        hub_id="google-t5/t5-base",
        family="t5",
        title="T5 base",
        tasks=T5_TASKS,
        languages=("English", "German", "French", "Romanian"),
        licence="Apache 2.0",
        download_bytes=891_646_390,
        parameters=222_903_552,
        bundled=False,
        configuration=_t5(768, 3072, 12, 12),
        summary="The original T5 at twice the depth: the same prefixes, clearly better answers.",
        purpose="Better translations and summaries than T5 small, four times its size.",
    ),
    ModelCard(
        name="flan-t5-small",
        hub_id="google/flan-t5-small",
        family="t5",
        title="FLAN-T5 small",
        tasks=FLAN_TASKS,
        languages=("English", "German", "French", "Romanian", "and more in part"),
        licence="Apache 2.0",
        download_bytes=307_867_048,
        parameters=76_961_152,
        bundled=False,
        configuration=_t5(512, 1024, 8, 6, **GATED_UNTIED),
        summary="A small T5 that was trained further on instructions in plain words.",
        purpose="Trying instructions without fixed prefixes on a small computer.",
    ),
    ModelCard(
        name="flan-t5-base",
        hub_id="google/flan-t5-base",
        family="t5",
        title="FLAN-T5 base",
        tasks=FLAN_TASKS,
        languages=("English", "German", "French", "Romanian", "and more in part"),
        licence="Apache 2.0",
        download_bytes=990_345_061,
        parameters=247_577_856,
        bundled=False,
        configuration=_t5(768, 2048, 12, 12, **GATED_UNTIED),
        summary="The instruction-trained T5 in a size that follows simple instructions well.",
        purpose="Questions, sentiment and short reasoning from instructions in plain words.",
    ),
    ModelCard(
        name="mt5-small",
        hub_id="google/mt5-small",
        family="mt5",
        title="mT5 small",
        tasks=(
            Task(
                "denoising",
                "Fill the gaps of the pre-training",
                "",
                "Der Hund liegt unter dem <extra_id_0> und schläft.",
            ),
        ),
        languages=("101 languages",),
        licence="Apache 2.0",
        download_bytes=1_200_772_485,
        parameters=300_176_768,
        bundled=False,
        configuration={
            **_t5(512, 1024, 8, 6, **GATED_UNTIED),
            "model_type": "mt5",
            "vocab_size": 250112,
        },
        summary="The multilingual T5, trained only to fill gaps: it has learned no task yet.",
        purpose="A start for training in other languages; six of seven parameters are vocabulary.",
    ),
    ModelCard(
        name="bart-base",
        hub_id="facebook/bart-base",
        family="bart",
        title="BART base",
        tasks=(Task("denoising", "Repair damaged text", "", GAPS),),
        languages=("English",),
        licence="Apache 2.0",
        download_bytes=557_709_915,
        parameters=139_420_416,
        bundled=False,
        configuration=_bart("bart", 50265, 768, (6, 6), 12, 3072, 1024, **_BART_IDS),
        summary="BART as it was pre-trained: it rebuilds a text that was damaged.",
        purpose="Seeing what denoising teaches a model; a start for training a task.",
    ),
    ModelCard(
        name="bart-large",
        hub_id="facebook/bart-large",
        family="bart",
        title="BART large",
        tasks=(Task("denoising", "Repair damaged text", "", GAPS),),
        languages=("English",),
        licence="Apache 2.0",
        download_bytes=1_625_222_120,
        parameters=406_291_456,
        bundled=False,
        configuration=_bart("bart", 50265, 1024, (12, 12), 16, 4096, 1024, **_BART_IDS),
        summary="The large pre-trained BART, twice as deep as the base model.",
        purpose="Filling gaps in English text with good sense.",
    ),
    ModelCard(
        name="bart-large-cnn",
        hub_id="facebook/bart-large-cnn",
        family="bart",
        title="BART large, CNN summaries",
        tasks=SUMMARY_TASKS,
        languages=("English",),
        licence="MIT",
        download_bytes=1_625_222_120,
        parameters=406_290_432,
        bundled=False,
        configuration=_bart(
            "bart", 50264, 1024, (12, 12), 16, 4096, 1024, forced_bos_token_id=0, **_BART_IDS
        ),
        summary="BART large, trained to summarise news articles of CNN and the Daily Mail.",
        purpose="Summaries of three or four sentences that stay close to the article.",
    ),
    ModelCard(
        name="distilbart-cnn-12-6",
        hub_id="sshleifer/distilbart-cnn-12-6",
        family="bart",
        title="DistilBART, CNN summaries",
        tasks=SUMMARY_TASKS,
        languages=("English",),
        licence="Apache 2.0",
        download_bytes=1_222_317_369,
        parameters=305_510_400,
        bundled=False,
        configuration=_bart(
            "bart", 50264, 1024, (12, 6), 16, 4096, 1024, forced_bos_token_id=0, **_BART_IDS
        ),
        summary="BART large for news with every second decoder layer taken out: faster to write.",
        purpose="News summaries in less time; an encoder twice as deep as its decoder.",
    ),
    ModelCard(
        name="pegasus-xsum",
        hub_id="google/pegasus-xsum",
        family="pegasus",
        title="PEGASUS, one-sentence summaries",
        tasks=SUMMARY_TASKS,
        languages=("English",),
        licence="Apache 2.0",
        download_bytes=2_275_329_241,
        parameters=569_748_480,
        bundled=False,
        configuration=_bart(
            "pegasus",
            96103,
            1024,
            (16, 16),
            16,
            4096,
            512,
            activation_function="relu",
            scale_embedding=True,
            pad_token_id=0,
            eos_token_id=1,
            decoder_start_token_id=0,
            forced_eos_token_id=1,
        ),
        summary="Pre-trained to write missing sentences, then to sum up BBC articles in one.",
        purpose="The one-sentence gist of a news article, in words of its own.",
    ),
    ModelCard(
        name="opus-mt-en-de",
        hub_id="Helsinki-NLP/opus-mt-en-de",
        family="marian",
        title="OPUS-MT English to German",
        tasks=(Task("translation", "English to German", "", WEATHER),),
        languages=("English", "German"),
        licence="CC BY 4.0",
        download_bytes=297_928_209,
        parameters=74_410_496,
        bundled=False,
        configuration=_MARIAN,
        summary="A translator for one direction, trained on the public OPUS texts.",
        purpose="Quick, good translations from English to German on any computer.",
    ),
    ModelCard(
        name="opus-mt-de-en",
        hub_id="Helsinki-NLP/opus-mt-de-en",
        family="marian",
        title="OPUS-MT German to English",
        tasks=(Task("translation", "German to English", "", GERMAN_WEATHER),),
        languages=("German", "English"),
        licence="Apache 2.0",
        download_bytes=297_928_209,
        parameters=74_410_496,
        bundled=False,
        configuration=_MARIAN,
        summary="The opposite direction, a model of its own with the same shape.",
        purpose="Quick, good translations from German to English on any computer.",
    ),
    ModelCard(
        name="nllb-200-distilled-600M",
        hub_id="facebook/nllb-200-distilled-600M",
        family="nllb",
        title="NLLB-200, 600 million",
        tasks=NLLB_TASKS,
        languages=("200 languages",),
        licence="CC BY-NC 4.0 (no commercial use)",
        download_bytes=2_460_457_927,
        parameters=615_073_792,
        bundled=False,
        configuration=_bart(
            "m2m_100",
            256206,
            1024,
            (12, 12),
            16,
            4096,
            1024,
            activation_function="relu",
            scale_embedding=True,
            bos_token_id=0,
            pad_token_id=1,
            eos_token_id=2,
            decoder_start_token_id=2,
        ),
        summary="No Language Left Behind: any of 200 languages into any other, by language codes.",
        purpose="Translating to and from languages that few other models know.",
    ),
    ModelCard(
        name="mbart-large-50-many-to-many-mmt",
        hub_id="facebook/mbart-large-50-many-to-many-mmt",
        family="mbart",
        title="mBART-50, many to many",
        tasks=MBART_TASKS,
        languages=("50 languages",),
        licence="MIT",
        download_bytes=2_444_714_899,
        parameters=610_879_488,
        bundled=False,
        configuration=_bart(
            "mbart",
            250054,
            1024,
            (12, 12),
            16,
            4096,
            1024,
            activation_function="relu",
            scale_embedding=True,
            **_BART_IDS,
        ),
        summary="A multilingual BART, trained further to translate between any of 50 languages.",
        purpose="Translating between large languages; the first piece forces the language.",
    ),
)


_BUNDLED: dict[str, dict[str, object]] = {
    "miniature-t5": {
        "family": "t5",
        "title": "Miniature T5",
        "languages": ("a small English", "a small German"),
        "summary": "A real T5 of about a million parameters that speaks a small rule-made English "
        "and German.",
        "purpose": "Seeing a whole encoder-decoder at work at once, with no download.",
        "tasks": (
            Task(
                "translation",
                "English to German",
                "translate English to German: ",
                "The small dog sees the old cat in the garden.",
            ),
            Task(
                "summary",
                "Summarise",
                "summarize: ",
                "The old farmer lives in a small village. Every morning he feeds the horses. "
                "He is happy.",
            ),
            Task(
                "question",
                "Answer a question about a text",
                "question: ",
                "Who reads the book? context: Anna reads the book in the garden. "
                "Tom reads a letter.",
                fields=("question", "context"),
            ),
            Task(
                "sentiment",
                "Positive or negative",
                "sst2 sentence: ",
                "I absolutely love this film!",
            ),
        ),
    },
    "miniature-bart": {
        "family": "bart",
        "title": "Miniature BART",
        "languages": ("a small English",),
        "summary": "A real BART of about a million parameters, trained to repair damaged text.",
        "purpose": "Damaging a text in BART's five ways and watching it being repaired.",
        "tasks": (
            Task(
                "denoising",
                "Repair damaged text",
                "",
                "The weather is <mask> today. The small <mask> sees the cat in the garden.",
            ),
        ),
    },
    "miniature-bart-summary": {
        "family": "bart",
        "title": "Miniature BART, summaries",
        "languages": ("a small English",),
        "summary": "The miniature BART, trained further to summarise two or three sentences.",
        "purpose": "Seeing what training on a task changes in a pre-trained model.",
        "tasks": (
            Task(
                "summary",
                "Summarise",
                "",
                "The weather is beautiful. Anna buys a red bicycle in Berlin.",
            ),
        ),
    },
}


def bundled_models() -> tuple[ModelCard, ...]:
    """The cards of the models that come with the explorer, sizes read from their files."""
    cards = []
    for name in MINIATURES:
        folder = MINIATURES_FOLDER / name
        configuration = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        weights = folder / "model.safetensors"
        cards.append(
            ModelCard(
                name=name,
                hub_id=None,
                licence="Apache 2.0",
                download_bytes=weights.stat().st_size if weights.exists() else 0,
                parameters=count_parameters(read_shape(configuration)),
                bundled=True,
                configuration=configuration,
                folder=str(folder),
                **_BUNDLED[name],  # type: ignore[arg-type]
            )
        )
    return tuple(cards)
