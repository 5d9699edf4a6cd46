"""Short fingerprints of what a trained model depends on: recipe, code of the examples, files.

A digest is the first 16 hexadecimal digits of a SHA-256.
"""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.miniatures.recipes import Recipe

FOLDER = Path(__file__).parent
SOURCES = ("language/*.py", "corruption.py", "certainty.py", "examples.py")
"""The modules that make the examples, as patterns in this folder."""
EXACT_SOURCES = (
    "language/*.py",
    *(f"exact/{name}.py" for name in ("teller", "phrases", "clauses", "texts")),
    "objectives.py",
)
"""Those of the models of one stack."""
DIGITS = 16


def recipe_digest(plan: "Recipe") -> str:
    """Digest of every field of a recipe; the order of its tasks counts, as it does for a draw."""
    return _digest(json.dumps(asdict(plan)).encode())


def sources_digest(folder: Path = FOLDER, patterns: tuple[str, ...] = SOURCES) -> str:
    """Digest of the names and contents of the modules that make the examples."""
    paths = sorted(path for pattern in patterns for path in folder.glob(pattern))
    contents = [f"{path.relative_to(folder)}\n".encode() + path.read_bytes() for path in paths]
    return _digest(b"\0".join(contents))


def file_digest(path: Path) -> str:
    """Digest of a file's content."""
    return _digest(path.read_bytes())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:DIGITS]
