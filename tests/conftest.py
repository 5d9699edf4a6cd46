"""What tests of many modules share: small checkpoints, each built once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests import checkpoints

Checkpoint = Callable[..., Path]


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    """A function that gives the folder of a small random checkpoint of a family.

    The folders are shared by all tests: copy one before changing anything in it.
    """
    built: dict[tuple[object, ...], Path] = {}

    def folder(family: str, **options: int) -> Path:
        key = (family, *sorted(options.items()))
        if key not in built:
            name = "-".join(str(part) for part in key).replace("'", "").replace(", ", "-")
            folder = tmp_path_factory.mktemp("checkpoints") / name.replace("(", "").replace(")", "")
            built[key] = checkpoints.build(family, folder, **options)
        return built[key]

    return folder
