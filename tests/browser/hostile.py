"""Texts that would do harm if any part of them ran, and what tells that one did."""

from playwright.sync_api import Frame, Page

from tests.browser.drawn import labels

# Each would change a title, open a dialog or send a request if any part of it ran.
ATTACK = "top.document.title=`taken`;alert(1);fetch(`http://127.0.0.1:9/stolen`)"
PAYLOADS = (
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


PIECES = tuple(payload.replace("src=x ", 'src="x" ').replace(" ", "/") for payload in PAYLOADS)
"""The same as pieces of a vocabulary, which hold no spaces; a browser reads the slash as one."""


def watch(page: Page) -> list[str]:
    """What happens from here on that only a label that runs could do: dialogs and requests."""
    events: list[str] = []
    page.on("dialog", lambda dialog: (events.append("dialog"), dialog.dismiss()))
    page.on("request", lambda sent: ":9/" in sent.url and events.append(f"request: {sent.url}"))
    return events


def attack(page: Page | Frame, view: str) -> None:
    """Make everything appear that a label can appear in, and see that each is only text."""
    if view == "head":
        page.locator("#left text").nth(2).hover()
        assert labels(page, "#left text") == list(PAYLOADS)
        assert labels(page, "#right text") == list(PAYLOADS)
    else:
        page.get_by_role("button").click()
        assert labels(page, ".detail .token") == [*PAYLOADS, *PAYLOADS]
    assert (
        page.evaluate("document.querySelectorAll('img, iframe, a, form, base, video').length") == 0
    )
