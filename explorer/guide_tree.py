"""The decision tree: from what must come out to the architecture that suits it."""

from explorer.decisions import Choice, Leaf, Question
from explorer.guide_architectures import (
    DECODER_ONLY,
    ENCODER_DECODER,
    ENCODER_ONLY,
    MBARTS,
    NLLBS,
    NamedModel,
)

BERT = NamedModel("BERT")
ROBERTA = NamedModel("RoBERTa")
DEBERTA = NamedModel("DeBERTa")
DISTILBERT = NamedModel("DistilBERT")
GPT = NamedModel("GPT family")
LLAMA = NamedModel("LLaMA")
MISTRAL = NamedModel("Mistral")

FINDS = Question(
    "finds",
    "What should it find?",
    (
        Choice(
            "Topic",
            "a label for the text",
            Leaf(
                "Text classification",
                ENCODER_ONLY,
                "One label for a whole text: nothing is written, and every word counts with both "
                "its sides.",
                (BERT, ROBERTA, DEBERTA),
                "Text classification",
                told=True,
            ),
        ),
        Choice(
            "Sentiment",
            "positive or negative",
            Leaf(
                "Sentiment analysis",
                ENCODER_ONLY,
                "A classification that needs the whole context; a small model is enough.",
                (DISTILBERT, ROBERTA),
                "Sentiment analysis",
                kinds=("sentiment",),
                told=True,
            ),
        ),
        Choice(
            "Hate speech",
            "does it attack somebody?",
            Leaf(
                "Hate speech detection",
                ENCODER_ONLY,
                "The same word insults or does not: context from both sides decides. Nothing is "
                "written.",
                (BERT, ROBERTA),
                "Hate speech detection",
                told=True,
            ),
        ),
        Choice(
            "Names",
            "people, places, firms",
            Leaf(
                "Named entities",
                ENCODER_ONLY,
                "A label for each word, and what stands after a word helps to find it.",
                (BERT, DEBERTA),
                "Named entities",
            ),
        ),
        Choice(
            "A passage",
            "the part that answers",
            Leaf(
                "Extractive question answering",
                ENCODER_ONLY,
                "The answer stands in the text: mark where it begins and ends, write nothing.",
                (ROBERTA, DEBERTA, NamedModel("ELECTRA")),
                "Extractive QA",
                kinds=("question",),
            ),
        ),
        Choice(
            "A comparison",
            "of two sentences",
            Leaf(
                "Comparing two sentences",
                ENCODER_ONLY,
                "A number or a label for a pair: both are read at once, nothing is written.",
                (ROBERTA, DEBERTA, NamedModel("Sentence-BERT")),
                kinds=("similarity", "inference"),
                told=True,
            ),
        ),
    ),
)

BECOMES = Question(
    "becomes",
    "What should become of the text?",
    (
        Choice(
            "A translation",
            "another language",
            Leaf(
                "Machine translation",
                ENCODER_DECODER,
                "Read the whole sentence first, then write another one: cross-attention finds the "
                "word that is being translated.",
                (
                    NamedModel("mT5", ("mt5-small",)),
                    NamedModel("NLLB", NLLBS),
                    NamedModel("mBART", MBARTS),
                    NamedModel("OPUS-MT", ("opus-mt-en-de", "opus-mt-de-en")),
                ),
                "Machine translation",
                kinds=("translation",),
            ),
        ),
        Choice(
            "A summary",
            "the short of it",
            Leaf(
                "Summaries",
                ENCODER_DECODER,
                "Long input, short output: the content is changed and not continued.",
                (
                    NamedModel("BART", ("bart-large-cnn", "distilbart-cnn-12-6")),
                    NamedModel("PEGASUS", ("pegasus-xsum",)),
                ),
                "Summaries",
                kinds=("summary",),
            ),
        ),
        Choice(
            "An answer",
            "to a question",
            Leaf(
                "Generative question answering",
                ENCODER_DECODER,
                "Question and context are read together, the answer is written from them.",
                (
                    NamedModel("T5", ("t5-small", "t5-base")),
                    NamedModel("FLAN-T5", ("flan-t5-small", "flan-t5-base")),
                ),
                "Generative QA",
                kinds=("question",),
            ),
        ),
        Choice(
            "Other words",
            "the same meaning",
            Leaf(
                "Paraphrasing",
                ENCODER_DECODER,
                "The meaning is read from both sides and said anew, at another length if it must.",
                (
                    NamedModel("T5", ("t5-small", "t5-base")),
                    NamedModel("BART", ("bart-base", "bart-large")),
                    NamedModel("PEGASUS trained to paraphrase"),
                ),
                "Paraphrasing",
                told=True,
            ),
        ),
        Choice(
            "Code",
            "from a description",
            Leaf(
                "Text to code",
                ENCODER_DECODER,
                "Input and output are two languages with rules of their own.",
                (NamedModel("CodeT5"), NamedModel("PLBART")),
                "Text to code",
            ),
        ),
        Choice(
            "A repair",
            "gaps filled",
            Leaf(
                "Repairing damaged text",
                ENCODER_DECODER,
                "A gap may hide any number of words: the encoder sees both its sides, the decoder "
                "writes as many as it needs.",
                (
                    NamedModel("BART", ("bart-base", "bart-large", "miniature-bart")),
                    NamedModel("T5", ("t5-small", "t5-base")),
                    NamedModel("mT5", ("mt5-small",)),
                ),
                kinds=("denoising",),
            ),
        ),
    ),
)

CONTINUES = Question(
    "continues",
    "What does it go on with?",
    (
        Choice(
            "Any text",
            "complete it",
            Leaf(
                "Text generation",
                DECODER_ONLY,
                "The output goes on where the input stops: one stack reads and writes.",
                (GPT, LLAMA, MISTRAL),
                "Text generation",
                told=True,
            ),
        ),
        Choice(
            "A story",
            "creative writing",
            Leaf(
                "Creative writing",
                DECODER_ONLY,
                "It lives from what a model has read, at any length; there is nothing to encode.",
                (GPT, LLAMA, MISTRAL),
                "Creative writing",
                told=True,
                trained_for=False,
            ),
        ),
        Choice(
            "Code",
            "complete it",
            Leaf(
                "Code completion",
                DECODER_ONLY,
                "Code goes on with code; what stands before it decides most.",
                (GPT, LLAMA, NamedModel("StarCoder")),
                "Code generation",
            ),
        ),
        Choice(
            "A dialogue",
            "a chatbot",
            Leaf(
                "Dialogue",
                DECODER_ONLY,
                "A conversation is one text that grows: the next turn goes on with all before it.",
                (GPT, LLAMA, NamedModel("Gemma")),
                "Dialogue",
                told=True,
            ),
        ),
    ),
)

TREE = Question(
    "writes",
    "Must the model write new text?",
    (
        Choice(
            "Yes",
            "it writes",
            Question(
                "output",
                "Is the output another text than the input?",
                (
                    Choice("Yes, another", "one text becomes another", BECOMES),
                    Choice("No, it goes on", "the input is continued", CONTINUES),
                ),
            ),
        ),
        Choice("No", "it understands: labels, marks", FINDS),
    ),
)
