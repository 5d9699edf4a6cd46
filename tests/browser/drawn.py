"""What is on screen in bertviz's drawing, in a page of its own or in a frame of the dashboard."""

import numpy as np
from playwright.sync_api import Frame, Page

HALF_BYTE = 0.5 / 255 + 1e-9
"""How far a line's opacity may be from its weight, which is one byte."""


def wait(page: Page | Frame) -> None:
    page.wait_for_selector("html[data-drawn=yes]", state="attached")


def opacities(page: Page | Frame) -> np.ndarray:
    """The opacity of every line of the head view: (head, query, key)."""
    found = page.evaluate(
        """() => [...document.querySelectorAll('#attention .headAttention')].map(
            head => [...head.children].map(
                row => [...row.children].map(line => +line.getAttribute('stroke-opacity'))))"""
    )
    return np.array(found)


def labels(page: Page | Frame, texts: str) -> list[str]:
    """The whole of each label, whether it is shown whole or on hover."""
    return page.evaluate(
        """texts => [...document.querySelectorAll(texts)].map(text =>
            (text.parentNode.querySelector('title') ?? text).textContent)""",
        texts,
    )


def framed(page: Page, name: str) -> Frame:
    handle = page.locator(f'iframe[title="{name}"]').element_handle()
    assert handle
    frame = handle.content_frame()
    assert frame
    wait(frame)
    return frame


def channels(colour: str) -> list[int]:
    """Red, green and blue of a colour as a browser tells it, rgb(1, 2, 3)."""
    return [int(part) for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]


def as_hex(colour: str) -> str:
    """The same as #010203."""
    return "#{:02x}{:02x}{:02x}".format(*channels(colour))
