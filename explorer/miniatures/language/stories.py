"""Good inputs to show, one list for each task; without the prefix."""

demo_sentences: dict[str, tuple[str, ...]] = {
    "translation": (
        "The weather is beautiful today.",
        "The small dog sees the old cat in the garden.",
        "The house is old. It is beautiful.",
        "Anna gives the child a red book.",
        "He gets up because the train leaves in the morning.",
        "Does the teacher know your brother?",
        "We don't drink milk.",
        "The zebra sleeps under the tree.",
    ),
    "summary": (
        "The old farmer lives in a small village. Every morning he feeds the horses. He is happy.",
        "The weather is beautiful. Anna buys a red bicycle in Berlin.",
    ),
    "question": (
        "What does Tom eat? context: Tom eats the apple. Anna buys a red book.",
        "When does Tom go home? context: Anna sings in the morning. Tom goes home in the evening.",
    ),
    "sentiment": (
        "I absolutely love this film!",
        "The food was terrible.",
        "This is not a good book.",
        "The story is boring but the ending is wonderful.",
    ),
    "denoising": (
        "A dog sees a cat. The cat sees a bird. The bird is small.",
        "First Anna buys bread. Then she goes home. Finally she cooks the soup.",
    ),
}
