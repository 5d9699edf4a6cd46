"""Adjectives, adverbs, prepositions, names and the small words of the two languages."""

from explorer.miniatures.language.word_list import word_set, words

# English, German, the stem before an ending (when it differs), kinds it may describe.
# `human` covers persons, `creature` persons and animals, `solid` things one can touch.
ADJECTIVES = """
old alt - creature,solid,placeish,text,show,plant,tale
young jung - creature
big groß - creature,solid,placeish,food,moon,plant
small klein - creature,solid,placeish,food,plant
tall groß - human
new neu - solid,placeish,text,show
beautiful schön - creature,solid,placeish,text,show,weather,sound,sky,moon,plant
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
famous berühmt - human,text,show
rich reich - human
poor arm - human
quiet ruhig - creature,placeish,moment
wild wild - animal
fast schnell - animal,vehicle
slow langsam - animal,vehicle
red rot - solid,fruit
blue blau - solid,sky
green grün - solid,fruit,plant
yellow gelb - solid,fruit
black schwarz - solid,animal
white weiß - solid,animal
brown braun - solid,animal
heavy schwer - solid
light leicht - clothes
empty leer - container,placeish
full voll - container
clean sauber - solid,room
dirty schmutzig - solid,room,pet
expensive teuer teur solid,food,drink,building
cheap billig - solid,food,drink
broken kaputt - solid
warm warm - food,drink,weather,clothes,room,sun
cold kalt - food,drink,weather,room
hot heiß - cooked,hot,weather,sun
fresh frisch - food,drink
sweet süß - food,drink
good gut - human,food,drink,text,show,sound,weather,asked,tale
bad schlecht - food,drink,text,show,weather
long lang - text,show,weathertime,clothes,asked
short kurz - text,show,weathertime,clothes
interesting interessant - text,show,asked,placeish
boring langweilig - text,show,tale
funny lustig - human,text,show,sound,tale
important wichtig - text,asked
dark dunkel dunkl placeish,sky,weathertime
loud laut - sound,vehicle
nice nett - human
polite höflich - human
brave mutig - creature
hard hart - baked,furniture
soft weich - furniture,fruit
ripe reif - fruit
easy leicht - asked
difficult schwierig - asked,text
modern modern - placeish,device
grey grau - solid,animal,sky
healthy gesund - creature,food
exciting spannend - text,show
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
    ("today", "heute", "pft"),
    ("now", "jetzt", "p"),
    ("tomorrow", "morgen", "f"),
    ("yesterday", "gestern", "t"),
    ("tonight", "heute Abend", "pf"),
    ("every day", "jeden Tag", "p"),
    ("every morning", "jeden Morgen", "p"),
    ("every evening", "jeden Abend", "p"),
    ("this morning", "heute Morgen", "t"),
    ("last week", "letzte Woche", "t"),
    ("next week", "nächste Woche", "f"),
    ("in the morning", "am Morgen", "pft"),
    ("in the evening", "am Abend", "pft"),
    ("at night", "in der Nacht", "pft"),
    ("soon", "bald", "f"),
    ("after school", "nach der Schule", "pft"),
    ("next Monday", "nächsten Montag", "f"),
    ("in the afternoon", "am Nachmittag", "pft"),
    ("last night", "letzte Nacht", "t"),
    ("this week", "diese Woche", "pf"),
    ("again", "wieder", "pft"),
    ("in summer", "im Sommer", "pf"),
    ("in winter", "im Winter", "pf"),
    ("on Monday", "am Montag", "pft"),
    ("on Saturday", "am Samstag", "pft"),
    ("on Friday", "am Freitag", "pft"),
    ("on Sunday", "am Sonntag", "pft"),
)
# Times that go with often, always, never, ...
WITH_FREQUENCY = ("in ", "on ", "at ", "after ")
# No opening the sentence with these.
NEVER_FIRST = ("again",)
# With these nicht would stand in another place: nicht wieder, nicht jeden Tag.
NOT_NEGATED = ("again", "every day", "every morning", "every evening")
FREQUENCIES = (
    ("often", "oft"),
    ("always", "immer"),
    ("sometimes", "manchmal"),
    ("never", "nie"),
    ("usually", "meistens"),
    ("rarely", "selten"),
    ("also", "auch"),
    ("still", "noch"),
)
FRONT_FREQUENCIES = ("often", "sometimes", "usually")
END_FREQUENCIES = ("often", "sometimes")
# What can be done in which way: English, German, the verbs.
MANNERS = (
    ("quickly", "schnell", "work walk run eat drink read write swim open close clean learn"),
    ("slowly", "langsam", "work walk eat drink read write swim open close dance"),
    ("quietly", "leise", "work sing wait cry laugh play open close read speak"),
    ("well", "gut", "swim dance sing cook sleep play speak"),
    ("alone", "allein", "work play dance swim sing wait walk sleep travel read eat live"),
    ("loudly", "laut", "laugh sing cry read speak"),
)
DEGREES = (("very", "sehr"), ("too", "zu"), ("really", "wirklich"), ("so", "so"))

# Two-way prepositions, here with the dative: where something is.
PLACE_PREPOSITIONS = (
    ("behind", "hinter"),
    ("in front of", "vor"),
    ("next to", "neben"),
)
CONTRACTIONS = {
    ("in", "dem"): "im",
    ("an", "dem"): "am",
    ("zu", "dem"): "zum",
    ("zu", "der"): "zur",
    ("in", "das"): "ins",
}

FEMALE_NAMES = (
    "Anna",
    "Maria",
    "Lena",
    "Sarah",
    "Laura",
    "Emma",
    "Julia",
    "Lisa",
    "Sophie",
    "Clara",
)
MALE_NAMES = ("Tom", "Peter", "Paul", "Max", "David", "Jonas", "Lukas", "Felix", "Ben", "Martin")
CITIES = (
    "Berlin",
    "Hamburg",
    "London",
    "Paris",
    "Bonn",
    "Dresden",
    "Leipzig",
    "Boston",
    "Madrid",
    "Oslo",
)

# subject, object, agreement (0 ich, 1 du, 2 er, 3 wir, 4 sie), German nominative, acc., dative
PRONOUNS = (
    ("I", "me", 0, "ich", "mich", "mir"),
    ("you", "you", 1, "du", "dich", "dir"),
    ("he", "him", 2, "er", "ihn", "ihm"),
    ("she", "her", 2, "sie", "sie", "ihr"),
    ("we", "us", 3, "wir", "uns", "uns"),
    ("they", "them", 4, "sie", "sie", "ihnen"),
)
IT = (("er", "ihn", "ihm"), ("sie", "sie", "ihr"), ("es", "es", "ihm"))

NUMBERS = (
    ("two", "zwei"),
    ("three", "drei"),
    ("four", "vier"),
    ("five", "fünf"),
    ("six", "sechs"),
    ("seven", "sieben"),
    ("eight", "acht"),
    ("nine", "neun"),
    ("ten", "zehn"),
)
QUANTITIES = ("many", "some")
POSSESSIVES = (
    ("my", "mein"),
    ("your", "dein"),
    ("his", "sein"),
    ("her", "ihr"),
    ("our", "unser"),
    ("their", "ihr"),
)

# Comparatives: English, German; two words in English when it says more.
COMPARATIVES = {
    "old": ("older", "älter"),
    "young": ("younger", "jünger"),
    "big": ("bigger", "größer"),
    "small": ("smaller", "kleiner"),
    "tall": ("taller", "größer"),
    "strong": ("stronger", "stärker"),
    "fast": ("faster", "schneller"),
    "slow": ("slower", "langsamer"),
    "cold": ("colder", "kälter"),
    "warm": ("warmer", "wärmer"),
    "cheap": ("cheaper", "billiger"),
    "heavy": ("heavier", "schwerer"),
    "beautiful": ("more beautiful", "schöner"),
    "expensive": ("more expensive", "teurer"),
    "interesting": ("more interesting", "interessanter"),
    "good": ("better", "besser"),
    "long": ("longer", "länger"),
    "clever": ("cleverer", "klüger"),
    "new": ("newer", "neuer"),
}

# What passes: these go with a time (today, often); old, red or famous do not.
PASSING = word_set(
    "beautiful happy sad tired hungry thirsty angry sick lazy quiet friendly warm cold hot "
    "dirty clean empty full good bad loud fresh dark funny healthy polite blue grey cheap "
    "expensive brave nice"
)

# Real words outside the lexicon, there to be copied (das Zebra).
RARE_ANIMALS = words(
    "zebra giraffe penguin camel kangaroo panda koala parrot lizard dolphin turtle spider "
    "dragon wizard pirate vampire monster ghost angel ninja unicorn dinosaur hamster "
    "crocodile gorilla leopard hedgehog robot whale shark owl eagle crow beetle otter "
    "beaver badger ostrich rhino hippo astronaut soldier lawyer engineer detective knight "
    "clown"
)
RARE_THINGS = words(
    "tractor guitar violin piano balloon rocket helmet magnet puzzle ladder hammer bucket "
    "basket mirror pillow blanket carpet candy cookie pizza melon mango burger pancake "
    "noodle mushroom onion pepper trumpet saxophone tablet laptop keyboard printer "
    "telescope microscope compass anchor scooter helicopter submarine statue fountain "
    "pencil wallet sweater scarf glove shovel kettle oven fridge"
)

COLOURS = word_set("red blue green yellow black white brown grey")
SIZES = word_set("big small")
# What a woman is called who does the job.
FEMALE_JOBS = {
    "teacher": "Lehrerin",
    "doctor": "Ärztin",
    "farmer": "Bäuerin",
    "baker": "Bäckerin",
    "cook": "Köchin",
    "gardener": "Gärtnerin",
    "painter": "Malerin",
    "driver": "Fahrerin",
    "student": "Studentin",
    "singer": "Sängerin",
}
GREETINGS = (
    ("hello", "hallo"),
    ("good morning", "guten Morgen"),
    ("good evening", "guten Abend"),
    ("good night", "gute Nacht"),
    ("thank you", "danke"),
    ("goodbye", "auf Wiedersehen"),
    ("good day", "guten Tag"),
    ("welcome", "willkommen"),
)
ANSWERS = (("yes", "ja"), ("no", "nein"))
