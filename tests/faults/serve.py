"""A real server whose models can be slowed down, made to fail, and whose clock can be set back.

    python -m tests.faults.serve PORT

EXPLORER_FAULTS names a folder. What lies there counts from the next moment on:

    pause   seconds that every pass of a decoder takes longer
    clock   seconds that are added to the time of day
    fail    whether every pass of a decoder fails as nobody foresaw, 1 or 0

Every pass of a decoder is noted there as a byte in the file `passes`.
"""

import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from streamlit.web import cli

FOLDER = Path(os.environ["EXPLORER_FAULTS"])
_true_time = time.time


def _number(name: str) -> float:
    try:
        return float((FOLDER / name).read_text() or 0)
    except FileNotFoundError:
        return 0.0


def _before_pass(module: Any, *_: Any) -> None:
    if getattr(module, "is_decoder", False) and type(module).__name__ == "T5Stack":
        # On a disk that is full there is nothing to note it on.
        with suppress(OSError), (FOLDER / "passes").open("ab") as passes:
            passes.write(b".")
        time.sleep(_number("pause"))
        if _number("fail"):
            raise KeyError("nobody foresaw this")


def _time() -> float:
    return _true_time() + _number("clock")


if __name__ == "__main__":
    torch.nn.modules.module.register_module_forward_pre_hook(_before_pass)
    time.time = _time
    port = sys.argv[1]
    options = ["--server.headless=true", f"--server.port={port}", "--server.address=127.0.0.1"]
    sys.argv = ["streamlit", "run", "streamlit_app.py", *options]
    cli.main()
