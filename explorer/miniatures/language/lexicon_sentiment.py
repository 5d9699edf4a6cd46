"""The words of praise and blame."""

from explorer.miniatures.language.word_list import words

POSITIVE = words(
    "good great wonderful beautiful brilliant excellent fantastic amazing perfect lovely "
    "nice funny interesting exciting charming delightful superb outstanding enjoyable "
    "pleasant clever fun awesome moving touching delicious friendly comfortable impressive "
    "fascinating entertaining magnificent gripping warm marvellous incredible fresh helpful "
    "memorable inspiring refreshing interesting happy cool cute sweet stunning splendid "
    "terrific fabulous remarkable thrilling touching smart witty elegant tasty comfy "
    "hilarious powerful original satisfying unforgettable favourite strong honest "
    "thoughtful sensational fine"
)
NEGATIVE = words(
    "bad terrible awful horrible boring dull poor weak stupid ugly disappointing annoying "
    "sad dreadful unpleasant silly tedious rude cold disgusting ridiculous painful pathetic "
    "predictable confusing cheap dirty noisy tasteless pointless lazy mediocre lame messy "
    "unfriendly useless forgettable broken depressing empty uncomfortable worthless "
    "hopeless nasty gross crap shallow unfunny slow clumsy irritating frustrating "
    "unbearable laughable dismal bland sloppy cheesy overrated dry wooden ordinary hollow "
    "lifeless senseless tiring offensive dangerous angry"
)
TOO = ("long", "slow", "loud", "expensive", "short", "dark", "small", "cold", "salty", "sweet")
ADVERBS = (
    "very",
    "really",
    "so",
    "absolutely",
    "truly",
    "quite",
    "simply",
    "extremely",
    "always",
    "just",
    "rather",
    "incredibly",
    "completely",
)
TOPICS = words(
    "film movie book story ending music song food meal hotel room restaurant service play "
    "game concert plot acting actor actress soundtrack novel party trip holiday weather "
    "soup cake coffee school teacher lesson phone computer house garden museum show series "
    "dinner breakfast director picture beach city park train journey product place waiter "
    "wine pizza"
)
PLURAL_TOPICS = (
    "actors",
    "characters",
    "songs",
    "rooms",
    "jokes",
    "pictures",
    "people",
    "dialogues",
    "waiters",
    "books",
    "films",
    "dishes",
    "effects",
    "scenes",
)
VERBS = (
    (
        ("hate", "hates", "hated"),
        ("dislike", "dislikes", "disliked"),
        ("regret", "regrets", "regretted"),
        ("despise", "despises", "despised"),
    ),
    (
        ("love", "loves", "loved"),
        ("like", "likes", "liked"),
        ("enjoy", "enjoys", "enjoyed"),
        ("adore", "adores", "adored"),
        ("recommend", "recommends", "recommended"),
        ("admire", "admires", "admired"),
    ),
)
FEELINGS = (
    ("sad", "angry", "bored", "tired", "disappointed", "unhappy", "furious", "miserable"),
    ("happy", "delighted", "pleased", "glad", "thrilled", "cheerful"),
)
NOUNS_OF_JUDGEMENT = (
    (
        "a disaster",
        "a mess",
        "a failure",
        "a waste of time",
        "a disappointment",
        "rubbish",
        "a nightmare",
    ),
    ("a masterpiece", "a joy", "a delight", "a pleasure", "a success", "a triumph", "a gem"),
)
# Whole judgements, without their subject.
SAID = (
    (
        "a waste of money",
        "nothing special",
        "not worth the money",
        "a big mistake",
        "no fun",
        "no good",
        "full of mistakes",
        "worse than expected",
        "far from good",
        "hard to watch",
    ),
    (
        "worth every minute",
        "worth the money",
        "full of life",
        "better than expected",
        "a great surprise",
        "a lot of fun",
        "the best of all",
        "well made",
        "well done",
        "a real treat",
    ),
)
WISHES = (
    (
        "I would not recommend {}",
        "I would never buy {} again",
        "I can't stand {}",
        "I don't want to see {} again",
        "we will never go back to {}",
        "avoid {}",
        "I am tired of {}",
        "{} wasted my time",
        "{} made me fall asleep",
        "don't buy {}",
    ),
    (
        "I would recommend {}",
        "I would buy {} again",
        "I can't wait to see {} again",
        "I want to see {} again",
        "we will come back to {}",
        "I am a big fan of {}",
        "{} made me smile",
        "{} made my day",
        "I can recommend {}",
        "you must see {}",
    ),
)
NEUTRAL = (
    "we saw this film yesterday",
    "I read it last week",
    "we went there on Sunday",
    "my sister gave me this book",
    "we were in Berlin",
    "I bought it in London",
    "we arrived in the evening",
    "I was there with my family",
)
