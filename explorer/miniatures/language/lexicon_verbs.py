"""The verbs: their English and German forms, and what they may be said of.

A line holds, between bars (and may go on in the next line after a bar):
1. English: base, third person, past, -ing; a particle or preposition after `+` (get+up).
2. German: infinitive without prefix, ich, du, er, participle, auxiliary (`h` haben, `s` sein).
   A participle with `=` in front is a simple past instead (hatte, mochte).
3. The German separable prefix or `-`.
4. Kinds of subject, then kinds of object (`-`: none), then a frame.
   Frames: `plain`, `state` (no -ing form), `dative` (the object is dative), `give` (two objects),
   `to` (a goal), `stay` (a place is needed), `say` (a clause with that), `city` (to a city),
   `event` (no place), `weather` (it rains).
"""

VERBS = """
sleep sleeps slept sleeping|schlafen schlafe schläfst schläft geschlafen h|-|person,animal - plain
laugh laughs laughed laughing|lachen lache lachst lacht gelacht h|-|person - plain
cry cries cried crying|weinen weine weinst weint geweint h|-|person - plain
work works worked working|arbeiten arbeite arbeitest arbeitet gearbeitet h|-|person - plain
play plays played playing|spielen spiele spielst spielt gespielt h|-|person,animal - plain
swim swims swam swimming|schwimmen schwimme schwimmst schwimmt geschwommen s|-|person,animal - plain
dance dances danced dancing|tanzen tanze tanzt tanzt getanzt h|-|person - plain
sing sings sang singing|singen singe singst singt gesungen h|-|person,animal - plain
wait waits waited waiting|warten warte wartest wartet gewartet h|-|person,animal - plain
get gets got getting+up|stehen stehe stehst steht aufgestanden s|auf|person,animal - plain
wake wakes woke waking+up|wachen wache wachst wacht aufgewacht s|auf|person,animal - plain
come comes came coming+back|kommen komme kommst kommt zurückgekommen s|zurück|person,animal - plain
arrive arrives arrived arriving|kommen komme kommst kommt angekommen s|an|person,traffic - event
shop shops shopped shopping|kaufen kaufe kaufst kauft eingekauft h|ein|person - plain
leave leaves left leaving|fahren fahre fährst fährt abgefahren s|ab|traffic - event
start starts started starting|fangen fange fängst fängt angefangen h|an|event - event
sit sits sat sitting|sitzen sitze sitzt sitzt gesessen h|-|person,animal - stay
stand stands stood standing|stehen stehe stehst steht gestanden h|-|person,animal,furniture - stay
live lives lived living|wohnen wohne wohnst wohnt gewohnt h|-|person - stay
go goes went going|gehen gehe gehst geht gegangen s|-|person - to
walk walks walked walking|laufen laufe läufst läuft gelaufen s|-|person,animal - to
run runs ran running|rennen renne rennst rennt gerannt s|-|person,animal - to
drive drives drove driving|fahren fahre fährst fährt gefahren s|-|person - to
see sees saw seeing|sehen sehe siehst sieht gesehen h|
-|person,animal person,animal,thing,building,vehicle,plant,clothes state
hear hears heard hearing|hören höre hörst hört gehört h|-|person,animal person,animal,sound state
love loves loved loving|lieben liebe liebst liebt geliebt h|
-|person person,animal,food,text,show,sound,place state
like likes liked liking|mögen mag magst mag =mochte h|
-|person person,animal,food,drink,text,show,sound,clothes state
know knows knew knowing|kennen kenne kennst kennt =kannte h|-|person person,text,place,name state
need needs needed needing|brauchen brauche brauchst braucht gebraucht h|
-|person thing,clothes,money,furniture,owned state
have has had having|haben habe hast hat =hatte h|-|person animal,thing,clothes,owned,money,pet state
want wants wanted wanting|wollen will willst will =wollte h|
-|person food,drink,thing,clothes,pet state
find finds found finding|finden finde findest findet gefunden h|
-|person,animal thing,animal,clothes,money,fruit plain
look looks looked looking+for|suchen suche suchst sucht gesucht h|
-|person,animal person,animal,thing,clothes,money plain
visit visits visited visiting|besuchen besuche besuchst besucht besucht h|-|person person,goal plain
meet meets met meeting|treffen treffe triffst trifft getroffen h|-|person person plain
ask asks asked asking|fragen frage fragst fragt gefragt h|-|person person plain
call calls called calling|rufen rufe rufst ruft angerufen h|an|person person plain
invite invites invited inviting|laden lade lädst lädt eingeladen h|ein|person person plain
pick picks picked picking+up|holen hole holst holt abgeholt h|ab|person person plain
help helps helped helping|helfen helfe hilfst hilft geholfen h|-|person person,animal dative
thank thanks thanked thanking|danken danke dankst dankt gedankt h|-|person person dative
follow follows followed following|folgen folge folgst folgt gefolgt s|
-|person,animal person,animal,vehicle dative
buy buys bought buying|kaufen kaufe kaufst kauft gekauft h|
-|person food,drink,thing,clothes,furniture,owned,pet plain
sell sells sold selling|verkaufen verkaufe verkaufst verkauft verkauft h|
-|person food,thing,clothes,furniture,owned,pet plain
eat eats ate eating|essen esse isst isst gegessen h|-|person food plain
drink drinks drank drinking|trinken trinke trinkst trinkt getrunken h|-|person drink plain
cook cooks cooked cooking|kochen koche kochst kocht gekocht h|-|person cooked plain
bake bakes baked baking|backen backe backst backt gebacken h|-|person baked plain
read reads read reading|lesen lese liest liest gelesen h|-|person text plain
write writes wrote writing|schreiben schreibe schreibst schreibt geschrieben h|-|person text plain
paint paints painted painting|malen male malst malt gemalt h|-|person art,animal,person plain
carry carries carried carrying|tragen trage trägst trägt getragen h|
-|person thing,furniture,clothes plain
wear wears wore wearing|tragen trage trägst trägt getragen h|-|person clothes plain
lose loses lost losing|verlieren verliere verlierst verliert verloren h|
-|person thing,clothes,money plain
forget forgets forgot forgetting|vergessen vergesse vergisst vergisst vergessen h|
-|person thing,text,clothes,name plain
wash washes washed washing|waschen wasche wäschst wäscht gewaschen h|
-|person clothes,pet,fruit,owned plain
clean cleans cleaned cleaning|putzen putze putzt putzt geputzt h|-|person room,opening plain
tidy tidies tidied tidying+up|räumen räume räumst räumt aufgeräumt h|auf|person room plain
open opens opened opening|machen mache machst macht aufgemacht h|auf|person opening,openable plain
close closes closed closing|machen mache machst macht zugemacht h|zu|person opening plain
build builds built building|bauen baue baust baut gebaut h|-|person building,furniture,boat plain
repair repairs repaired repairing|reparieren repariere reparierst repariert repariert h|
-|person vehicle,device,furniture,opening plain
feed feeds fed feeding|füttern füttere fütterst füttert gefüttert h|-|person animal plain
give gives gave giving|geben gebe gibst gibt gegeben h|-|person gift,food,drink,clothes,money give
show shows showed showing|zeigen zeige zeigst zeigt gezeigt h|
-|person gift,clothes,building,owned give
bring brings brought bringing|bringen bringe bringst bringt gebracht h|
-|person gift,food,drink,clothes give
send sends sent sending|schicken schicke schickst schickt geschickt h|-|person gift,money give
say says said saying|sagen sage sagst sagt gesagt h|-|person - say
think thinks thought thinking|denken denke denkst denkt gedacht h|-|person - say
know knows knew knowing|wissen weiß weißt weiß =wusste h|-|person - say
hope hopes hoped hoping|hoffen hoffe hoffst hofft gehofft h|-|person - say
rain rains rained raining|regnen regne regnest regnet geregnet h|-|it - weather
snow snows snowed snowing|schneien schneie schneist schneit geschneit h|-|it - weather
shine shines shone shining|scheinen scheine scheinst scheint geschienen h|-|sun,moon - event
grow grows grew growing|wachsen wachse wächst wächst gewachsen s|-|plant - plain
dream dreams dreamed dreaming|träumen träume träumst träumt geträumt h|-|person - plain
smile smiles smiled smiling|lächeln lächle lächelst lächelt gelächelt h|-|person - plain
jump jumps jumped jumping|springen springe springst springt gesprungen s|-|person,animal - plain
stay stays stayed staying|bleiben bleibe bleibst bleibt geblieben s|-|person,animal - stay
lie lies lay lying|liegen liege liegst liegt gelegen h|-|pet,thing,clothes - stay
travel travels travelled travelling|reisen reise reist reist gereist s|-|person - city
fly flies flew flying|fliegen fliege fliegst fliegt geflogen s|-|person - city
speak speaks spoke speaking|sprechen spreche sprichst spricht gesprochen h|-|person language plain
learn learns learned learning|lernen lerne lernst lernt gelernt h|-|person language plain
play plays played playing|spielen spiele spielst spielt gespielt h|-|person sport plain
understand understands understood understanding|verstehen verstehe verstehst versteht verstanden h|
-|person person,language,text,asked state
answer answers answered answering|beantworten beantworte beantwortest beantwortet beantwortet h|
-|person asked,letter plain
tell tells told telling|erzählen erzähle erzählst erzählt erzählt h|-|person tale give
watch watches watched watching|schauen schaue schaust schaut angeschaut h|
an|person show,animal,art plain
turn turns turned turning+on|machen mache machst macht angemacht h|an|person switch plain
turn turns turned turning+off|machen mache machst macht ausgemacht h|aus|person switch plain
take takes took taking|nehmen nehme nimmst nimmt genommen h|
-|person thing,food,traffic,clothes plain
use uses used using|benutzen benutze benutzt benutzt benutzt h|-|person device,owned,traffic plain
miss misses missed missing|vermissen vermisse vermisst vermisst vermisst h|-|person person,pet state
hate hates hated hating|hassen hasse hasst hasst gehasst h|
-|person person,animal,food,show,sound state
cut cuts cut cutting|schneiden schneide schneidest schneidet geschnitten h|
-|person fruit,baked plain
hold holds held holding|halten halte hältst hält gehalten h|-|person thing,pet plain
believe believes believed believing|glauben glaube glaubst glaubt geglaubt h|-|person - say
be is was being|sein bin bist ist =war s|-|person - be
"""

# English: modal or semi-modal -> German ich, du, er, wir; the infinitive goes to the end.
MODALS = {
    "can": ("kann", "kannst", "kann", "können"),
    "must": ("muss", "musst", "muss", "müssen"),
    "will": ("werde", "wirst", "wird", "werden"),
    "should": ("sollte", "solltest", "sollte", "sollten"),
    "wants to": ("will", "willst", "will", "wollen"),
}
# Must not forbids: darf nicht. (Muss nicht means that there is no need.)
MUST_NOT = ("darf", "darfst", "darf", "dürfen")
