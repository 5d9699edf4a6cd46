"""The warm-up of a fresh process, and a model that is asked for in the middle of it."""

import subprocess
import sys

import pytest

PROGRAM = """
import threading, time
from explorer.dashboard import warmup
from explorer.loading import store

preparing = threading.Thread(target=warmup.run_now)
preparing.start()
time.sleep({seconds})
with store().lease("miniature-bart") as model:
    print("leased", model.name)
preparing.join()
print("peeked", store().peek("miniature-t5").name)
"""


@pytest.mark.parametrize("seconds", [0.0, 1.5])
def test_a_model_asked_for_while_the_libraries_are_imported_is_loaded(seconds):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(seconds=seconds)],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "leased miniature-bart" in done.stdout
    assert "peeked miniature-t5" in done.stdout
