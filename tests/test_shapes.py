"""Shapes foretold from a configuration beside those of a real pass, for every family."""

from dataclasses import replace

import pytest

from explorer import shapes
from tests import loaded
from tests.checkpoints import FAMILIES


@pytest.mark.parametrize("family", FAMILIES)
def test_foretold_shapes_are_those_of_a_real_pass(family):
    model = loaded.loaded(family)
    source = model.tokenize(loaded.SOURCE).ids
    decoder = (model.rules.start, *model.tokenize_target("A cat.").ids)
    foretold = shapes.foretold(model.facts, len(source), len(decoder))
    real = shapes.measured(model, source, decoder)
    assert {shape.name: shape.sizes for shape in foretold} == real
    assert shapes.check_shapes(foretold, real).passed
    assert shapes.check_parameters(model).passed


def test_a_wrong_shape_or_count_fails_the_check():
    model = loaded.loaded("bart")
    source, decoder = model.tokenize(loaded.SOURCE).ids, (model.rules.start,)
    real = shapes.measured(model, source, decoder)
    wrong = shapes.foretold(model.facts, len(source), len(decoder) + 2)
    assert shapes.check_shapes(wrong, real).difference == 2
    assert not shapes.check_shapes(wrong, real).passed
    facts = replace(model.facts, parameters=model.facts.parameters + 1)
    assert shapes.check_parameters(replace(model, facts=facts)).difference == 1


def test_unknown_counts_are_question_marks():
    rows = [shape.row() for shape in shapes.foretold(loaded.loaded("t5").facts)]
    assert rows[0]["shape"] == "?"
    assert rows[1]["shape"].startswith("? × ")


def test_the_script_prints_the_same_shapes(capsys):
    model = loaded.loaded("t5")
    generation = model.generate(loaded.SOURCE)
    written = min(2, len(generation.tokens.ids) - 1)
    script = shapes.script(model, loaded.SOURCE, written)
    exec(compile(script, "script", "exec"), {})
    printed = capsys.readouterr().out
    decoder = (model.rules.start, *generation.tokens.ids[:written])
    real = shapes.measured(model, generation.source.ids, decoder)
    for name in ("Encoder output", "Cross-attention keys", "Self-attention keys", "Scores"):
        assert f"{name} {real[name]}" in printed
