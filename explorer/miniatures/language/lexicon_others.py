"""Adjectives, adverbs, prepositions, names and the small words of the two languages."""

# English, German, the stem before an ending (when it differs), kinds it may describe.
# `human` covers persons, `creature` persons and animals, `solid` things one can touch.
ADJECTIVES = """
old alt - creature,solid,placeish,text,show
young jung - creature
big groß - creature,solid,placeish,food
small klein - creature,solid,placeish,food
tall groß - human
new neu - solid,placeish,text,show
beautiful schön - creature,solid,placeish,text,show,weather,sound
friendly freundlich - creature
happy glücklich - creature
sad traurig - creature,text,show,sound
tired müde - creature
hungry hungrig - creature
thirsty durstig - creature
angry wütend - creature
clever klug - creature
strong stark - creature
sick krank - creature
lazy faul - creature
famous berühmt - human,placeish,text,show
rich reich - human
poor arm - human
quiet ruhig - creature,placeish,weather
wild wild - animal
fast schnell - animal,vehicle
slow langsam - animal,vehicle
red rot - solid,fruit
blue blau - solid,sky
green grün - solid,fruit
yellow gelb - solid,fruit
black schwarz - solid,animal
white weiß - solid,animal
brown braun - solid,animal
heavy schwer - solid
light leicht - clothes
empty leer - container,placeish
full voll - container
clean sauber - solid,room
dirty schmutzig - solid,room,animal
expensive teuer teur solid,food,drink
cheap billig - solid,food,drink
broken kaputt - solid
warm warm - food,drink,weather,clothes,room
cold kalt - food,drink,weather,room
hot heiß - cooked,hot,weather
fresh frisch - food,drink
sweet süß - food,drink
good gut - human,food,drink,text,show,solid,sound,weather
bad schlecht - food,drink,text,show,weather
long lang - text,show,weathertime,clothes
short kurz - text,show,weathertime,clothes
interesting interessant - text,show,placeish
boring langweilig - text,show,placeish
funny lustig - human,text,show,sound
important wichtig - human,text
dark dunkel dunkl placeish,sky,weathertime
loud laut - sound,vehicle
"""

# Which kinds of noun the adjective kinds above stand for.
ADJECTIVE_KINDS = {
    "human": ("person",),
    "creature": ("person", "animal"),
    "solid": ("thing", "clothes", "furniture", "opening", "vehicle"),
    "placeish": ("place", "at", "on", "building"),
    "container": ("container",),
    "weathertime": ("moment",),
}

# Time adverbs: English, German, tenses they may stand with (p present, f future, t past).
TIMES = (
    ("today", "heute", "pft"), ("now", "jetzt", "p"), ("tomorrow", "morgen", "f"),
    ("yesterday", "gestern", "t"), ("tonight", "heute Abend", "pf"),
    ("every day", "jeden Tag", "p"), ("every morning", "jeden Morgen", "p"),
    ("every evening", "jeden Abend", "p"), ("this morning", "heute Morgen", "t"),
    ("last week", "letzte Woche", "t"), ("next week", "nächste Woche", "f"),
    ("in the morning", "am Morgen", "pft"), ("in the evening", "am Abend", "pft"),
    ("at night", "in der Nacht", "pft"), ("in summer", "im Sommer", "pf"),
    ("in winter", "im Winter", "pf"), ("on Monday", "am Montag", "pft"),
    ("on Friday", "am Freitag", "pft"), ("on Sunday", "am Sonntag", "pft"),
)
# Word by word links inside the time phrases that are longer than one word: German <- English.
FREQUENCIES = (
    ("often", "oft"), ("always", "immer"), ("sometimes", "manchmal"), ("never", "nie"),
    ("usually", "meistens"), ("rarely", "selten"), ("also", "auch"),
)
FRONT_FREQUENCIES = ("often", "sometimes", "usually")
END_FREQUENCIES = ("often", "sometimes")
MANNERS = (
    ("quickly", "schnell"), ("slowly", "langsam"), ("quietly", "leise"), ("together", "zusammen"),
    ("alone", "allein"), ("well", "gut"),
)
DEGREES = (("very", "sehr"), ("too", "zu"), ("really", "wirklich"), ("so", "so"))

# Two-way prepositions, here with the dative: where something is.
PLACE_PREPOSITIONS = (
    ("behind", "hinter"), ("in front of", "vor"), ("next to", "neben"),
)
CONTRACTIONS = {
    ("in", "dem"): "im", ("an", "dem"): "am", ("zu", "dem"): "zum", ("zu", "der"): "zur",
    ("in", "das"): "ins",
}

FEMALE_NAMES = ("Anna", "Maria", "Lena", "Sarah", "Laura", "Emma", "Julia", "Lisa", "Sophie",
                "Clara")
MALE_NAMES = ("Tom", "Peter", "Paul", "Max", "David", "Jonas", "Lukas", "Felix", "Ben", "Martin")
CITIES = ("Berlin", "Hamburg", "London", "Paris", "Bonn", "Dresden", "Leipzig", "Boston",
          "Madrid", "Oslo")

# English, German accusative and dative are looked up by the nominative.
# subject, object, agreement (0 ich, 1 du, 2 er, 3 wir, 4 sie), German nominative, acc., dative
PRONOUNS = (
    ("I", "me", 0, "ich", "mich", "mir"), ("you", "you", 1, "du", "dich", "dir"),
    ("he", "him", 2, "er", "ihn", "ihm"), ("she", "her", 2, "sie", "sie", "ihr"),
    ("we", "us", 3, "wir", "uns", "uns"), ("they", "them", 4, "sie", "sie", "ihnen"),
)
IT = (("er", "ihn", "ihm"), ("sie", "sie", "ihr"), ("es", "es", "ihm"))

NUMBERS = (("two", "zwei"), ("three", "drei"), ("four", "vier"), ("five", "fünf"),
           ("many", "viele"), ("some", "einige"), ("ten", "zehn"))
POSSESSIVES = (("my", "mein"), ("your", "dein"), ("his", "sein"), ("her", "ihr"),
               ("our", "unser"), ("their", "ihr"))

# Real words outside the lexicon, there to be copied (das Zebra).
RARE_NOUNS = tuple(
    "zebra giraffe penguin robot volcano tractor guitar violin piano balloon dragon wizard "
    "castle camel kangaroo llama panda koala parrot lizard dolphin turtle spider rocket helmet "
    "magnet puzzle ladder hammer bucket basket mirror pillow blanket carpet candy cookie pizza "
    "melon lemon mango burger pancake sandwich noodle mushroom onion garlic pepper pirate "
    "vampire monster ghost angel ninja unicorn dinosaur hamster crocodile gorilla leopard "
    "squirrel hedgehog trumpet saxophone tablet laptop keyboard printer telescope microscope "
    "compass anchor scooter helicopter submarine tunnel tower statue fountain".split()
)
