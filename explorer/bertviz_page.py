"""One HTML page around bertviz's own drawing code: no network, and a strict content policy.

The page holds, each once: bertviz's script with the two libraries it needs (packed), the weights
(one byte a cell, packed), and the names, as JSON in a block that no browser runs. A small script
unpacks them in the browser and hands them to bertviz.
"""

import base64
import colorsys
import hashlib
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from explorer.contrast import contrast

View = Literal["head", "model"]
Theme = Literal["light", "dark"]

BACKGROUNDS: Mapping[Theme, str] = {"light": "#ffffff", "dark": "#11141c"}
"""The pages' own backgrounds; the style sheet has them too."""
CONTRASTS = (4.6, 7.0, 11.0)
"""Neighbouring colours differ in lightness too: these contrasts with the background, in turn."""
LAYER_COLOURS = 10
"""How many colours bertviz has for layers; it begins again after them, below a numbered row."""

_FOLDER = Path(__file__).parent
_STYLE = (_FOLDER / "bertviz_page.css").read_text(encoding="utf-8")
_SCRIPT = (_FOLDER / "bertviz_page.js").read_text(encoding="utf-8")

# bertviz asks require.js for version 5 of D3 on another network. It gets version 3 from here,
# with the two names that version 3 lacks.
_SHIM = """
d3.schemeCategory10 = window.bertvizLayerColours;
d3.scaleOrdinal = () => (head) => window.bertvizColours[head];
window.require = {config() {}};
window.requirejs = (names, draw) => draw(window.jQuery, d3);
"""


@dataclass(frozen=True)
class Drawing:
    """What one of bertviz's two views brings, the same for every attention.

    Attributes:
        frame: its HTML, without its inline styles.
        program: the libraries and its script, ready to run, packed.
        digest: of the unpacked program, as a content policy names it.
        parameters: what its script reads, filled for one cell.
    """

    frame: str
    program: str
    digest: str
    parameters: Mapping[str, Any]


# One for each view: below 300 kB together.
@lru_cache(maxsize=2)
def drawing(view: View) -> Drawing:
    """What bertviz makes for a single cell, taken apart.

    bertviz writes the data into its script, twice and unescaped. So it is given one cell, and the
    script then reads a variable in the place where the cell's data stood.
    """
    # bertviz needs torch and IPython, which somebody who only reads this module does not.
    import torch
    from bertviz import head_view, model_view

    show = head_view if view == "head" else model_view
    page = show(
        cross_attention=[torch.zeros(1, 1, 1, 1)],
        encoder_tokens=["key"],
        decoder_tokens=["query"],
        html_action="return",
    ).data
    found = re.fullmatch(
        r"\s*<script src=.*?</script>(.*)<script[^>]*>(.*)</script>\s*", page, re.S
    )
    if not found:
        raise RuntimeError("bertviz's page has another shape than in version 1.4.1.")
    frame, script = found.groups()
    start = script.index("const params = ") + len("const params = ")
    parameters, length = json.JSONDecoder().raw_decode(script[start:])
    script = script.replace(script[start : start + length], "window.bertvizParameters")
    root = parameters["root_div_id"]
    frame = re.sub(r' style="[^"]*"', "", frame.replace(root, "bertviz"))
    program = "\n;".join([*_libraries(), _SHIM, script])
    return Drawing(
        frame=frame.strip(),
        program=packed(program.encode()),
        digest=_digest(program),
        parameters={**parameters, "root_div_id": "bertviz"},
    )


def page(view: View, theme: Theme, title: str, payload: Mapping[str, Any]) -> str:
    """The whole page as HTML.

    Args:
        view: which of bertviz's views.
        theme: light or dark.
        title: of the page; its tab and the memory of the chosen layer carry it.
        payload: what the page's script reads, besides `view`.
    """
    made = drawing(view)
    # Labels can't leave their JSON block (see `json_block`). This is the second wall: only these
    # two scripts and this style may run, each known by its digest, and nothing may be loaded,
    # sent or connected to. Streamlit's frame has the same origin as the dashboard, so a script
    # from a label could otherwise act as the visitor.
    policy = (
        f"default-src 'none'; script-src {_digest(_SCRIPT)} {made.digest}; "
        f"style-src {_digest(_STYLE)}; base-uri 'none'; form-action 'none'"
    )
    return f"""<!doctype html>
<html lang="en" data-theme="{theme}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<!-- Drawn by bertviz (Jesse Vig, Apache licence 2.0) with D3 (Mike Bostock, BSD licence) and
jQuery (OpenJS Foundation, MIT licence). -->
<noscript>The drawing needs JavaScript.</noscript>
<p id="notice" role="alert" hidden></p>
<main>{made.frame}</main>
<script type="application/json" id="payload">{json_block({"view": view, **payload})}</script>
<script type="text/plain" id="program">{made.program}</script>
<script>{_SCRIPT}</script>
</body>
</html>
"""


def json_block(data: Any) -> str:
    """JSON that can stand inside a script element: plain ASCII without `<`, `>` and `&`."""
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return "".join(f"\\u{ord(letter):04x}" if letter in "<>&" else letter for letter in text)


def packed(data: bytes) -> str:
    """Bytes as the page's script unpacks them: zlib's format, then Base64."""
    return base64.b64encode(zlib.compress(data, 9)).decode("ascii")


# 64 bytes for each head of a layer: below 1 MB.
@lru_cache(maxsize=64)
def distinct_colours(count: int, theme: Theme) -> tuple[str, ...]:
    """Colours that keep apart: even steps of hue, three levels of lightness in turn.

    Law: each has a contrast of at least 4.5 with the theme's background, so that a number in the
    background's colour can be read on it.
    """
    wheel = [(step / count, CONTRASTS[step % len(CONTRASTS)]) for step in range(count)]
    return tuple(_colour(hue, wanted, BACKGROUNDS[theme]) for hue, wanted in wheel)


def _colour(hue: float, wanted: float, background: str) -> str:
    """The colour of a hue with a wanted contrast, found by halving the range of lightness."""
    near, far = (1.0, 0.0) if background == BACKGROUNDS["light"] else (0.0, 1.0)
    for _ in range(12):
        middle = (near + far) / 2
        if contrast(_hex(hue, middle), background) < wanted:
            near = middle
        else:
            far = middle
    return _hex(hue, far)


def _hex(hue: float, lightness: float) -> str:
    channels = colorsys.hls_to_rgb(hue, lightness, 0.85)
    return "#{:02x}{:02x}{:02x}".format(*(round(255 * channel) for channel in channels))


def _libraries() -> list[str]:
    return [
        resources.files(package).joinpath("data", name).read_text(encoding="utf-8")
        for package, name in (
            ("xstatic.pkg.jquery", "jquery.slim.min.js"),
            ("xstatic.pkg.d3", "d3.js"),
        )
    ]


def _digest(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
    return f"'sha256-{digest}'"
