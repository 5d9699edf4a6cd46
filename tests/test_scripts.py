import ast
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from explorer.checkpoint import open_checkpoint
from explorer.generation import Decoding
from explorer.model import Seq2SeqModel
from explorer.rules import SETTINGS_FILE
from tests.loaded import DECODINGS, SOURCE, loaded
from tests.test_decoding import HABITS

NASTY = 'The dog\'s """\n\\ </s> {cat} \'); raise SystemExit(3) #\u202e'


RUNNER = """
import contextlib, io, json, sys
for script in json.load(sys.stdin):
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(script, "script", "exec"), {"__name__": "__main__"})
    text, score = said.getvalue().removesuffix("\\n").rsplit("\\n", 1)
    print(json.dumps([text, float(score)]))
assert not any(name.split(".")[0] == "explorer" for name in sys.modules)
"""
"""Runs scripts one after the other, because the imports take longer than all of them."""


def run(scripts: list[str], folder: Path) -> list[tuple[str, float]]:
    """What each script prints, in an interpreter that has never seen this project."""
    environment = os.environ | {"TRANSFORMERS_VERBOSITY": "error", "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-I", "-c", RUNNER],
        input=json.dumps(scripts),
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


def jobs() -> list[tuple[Seq2SeqModel, str, Decoding]]:
    french = loaded("nllb").for_languages("fra_Latn", "spa_Latn")
    plain = [
        (loaded(family), SOURCE, decoding)
        for family in ("t5", "bart", "nllb")
        for decoding in (DECODINGS[1], DECODINGS[3], DECODINGS[6])
    ]
    return [
        *plain,
        (loaded("mbart"), SOURCE, DECODINGS[0]),
        (loaded("marian"), SOURCE, DECODINGS[4]),
        (loaded("mt5"), SOURCE, DECODINGS[1]),
        (loaded("pegasus"), SOURCE, DECODINGS[6]),
        (french, "Le petit chien voit le vieux chat.", DECODINGS[0]),
        (loaded("t5"), NASTY, DECODINGS[0]),
        (loaded("bart"), NASTY, DECODINGS[0]),
        (loaded("bart"), "The small dog sees. " * 60, DECODINGS[0]),
    ]


@pytest.mark.timeout(900)
def test_scripts_print_the_same(tmp_path):
    assert loaded("bart").tokenize(jobs()[-1][1]).truncated
    printed = run([model.script(text, decoding) for model, text, decoding in jobs()], tmp_path)
    for (model, text, decoding), (said, score) in zip(jobs(), printed, strict=True):
        answer = model.generate(text, decoding)
        assert said == answer.text, (model.name, decoding)
        assert score == pytest.approx(answer.sequence_score, abs=1e-3), (model.name, decoding)


def test_habits_of_a_checkpoint_do_not_join_in(tmp_path):
    """A script runs on the checkpoint as it is, with all that its files would like to set."""
    scripts, answers = [], []
    for family, extra in (("bart", HABITS), ("t5", dict.fromkeys(HABITS, "nonsense"))):
        usual = loaded(family)
        folder = shutil.copytree(usual.folder, tmp_path / family)
        settings = folder / SETTINGS_FILE
        settings.write_text(json.dumps(json.loads(settings.read_text()) | extra))
        model = open_checkpoint(str(folder), folder, usual.device)
        for decoding in (DECODINGS[0], DECODINGS[2], DECODINGS[6]):
            scripts.append(model.script(SOURCE, decoding))
            answers.append(usual.generate(SOURCE, decoding))
    for answer, (said, score) in zip(answers, run(scripts, tmp_path), strict=True):
        assert said == answer.text
        assert score == pytest.approx(answer.sequence_score, abs=1e-3)


def test_text_stands_in_the_script_only_as_text():
    script = loaded("t5").script(NASTY)
    names = [node for node in ast.walk(ast.parse(script)) if isinstance(node, ast.Constant)]
    assert NASTY in [node.value for node in names]
    assert "\u202e" not in script  # nor does it turn the lines around it


def test_a_bundled_model_is_named_without_a_path_of_this_machine():
    model = loaded("t5")
    card = replace(model.card, name="miniature-t5", bundled=True)
    script = replace(model, card=card).script(SOURCE)
    assert "name = 'explorer/miniatures/miniature-t5'" in script
    assert str(model.folder) not in script
    hub = replace(model, card=replace(model.card, hub_id="google-t5/t5-small"))
    assert "name = 'google-t5/t5-small'" in hub.script(SOURCE)
