"""Take the README's picture of each page: `python -m tests.browser.screenshots [FOLDER]`.

With a folder, pictures of every page in both themes, on a phone and on a projector go there.
"""

import sys
from pathlib import Path

from tests.browser.server import ROOT, DashboardServer
from tests.browser.visitor import PATHS, PHONE, PROJECTOR, Visitor, chromium

README_PICTURES = ROOT / ".github" / "pictures"


def main(folder: Path | None) -> None:
    """Start the dashboard, open each page, write one PNG a page."""
    with DashboardServer() as server, chromium() as browser:
        for name, path in PATHS.items():
            if folder is None:
                _picture(browser, f"{server.url}/{path}", README_PICTURES / f"{name}.png")
                continue
            for theme in ("light", "dark"):
                for label, size in (("phone", PHONE), ("projector", PROJECTOR)):
                    target = folder / f"{name}-{theme}-{label}.png"
                    _picture(browser, f"{server.url}/{path}", target, size, theme, whole=True)


def _picture(browser, address, target, size=PROJECTOR, theme="light", whole=False) -> None:
    visitor = Visitor(browser, size, theme)
    visitor.open(address)
    visitor.screenshot(target, whole)
    visitor.close()
    print(target)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
