"""What models take, by arithmetic, beside the real classes and beside measured memory."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer import catalog
from explorer.cards import FLOAT32_BYTES
from explorer.catalog_shapes import CONFIGURATIONS
from explorer.decoding import decode
from explorer.families import read_shape
from explorer.footprint import (
    NUMBER_BYTES,
    cache_numbers,
    footprint,
    matrices,
)
from explorer.footprint_check import check_cache, check_parameters, real_cache_numbers
from explorer.footprint_formulas import formulas
from explorer.footprint_script import footprint_script
from explorer.generation import Decoding
from tests import loaded
from tests.checkpoints import FAMILIES

NAMES = [card.name for card in catalog.MODELS]
ROOT = Path(__file__).resolve().parents[1]
ALLOWED_ERROR = 0.15
MOST_LATEX = 70
LENGTHS = st.integers(1, 2000)
BEAMS = st.integers(1, 16)
PRECISIONS = st.sampled_from(sorted(NUMBER_BYTES))


def card(name: str) -> catalog.ModelCard:
    found = catalog.find(name)
    assert found is not None
    return found


def generated_cache(model, source: int, target: int, beams: int):
    """The cache that `generate` itself leaves behind."""
    kept = []
    forward = model.module.forward

    def watched(*args, **given):
        result = forward(*args, **given)
        kept[:] = [result.past_key_values]
        return result

    model.module.forward = watched
    try:
        ids = tuple(3 + index % 20 for index in range(source))
        decoding = Decoding("beam" if beams > 1 else "greedy", beams, target, target)
        decode(model.module, ids, decoding, model.rules)
    finally:
        del model.module.forward
    return kept[0].self_attention_cache, kept[0].cross_attention_cache


@pytest.mark.parametrize("beams", [1, 3])
@pytest.mark.parametrize("family", FAMILIES)
def test_the_cache_is_that_of_generate_to_the_byte(family, beams):
    model = loaded.loaded(family)
    source, target = 17, 9
    real = generated_cache(model, source, target, beams)
    found = footprint(model.card, source, target, beams)
    sizes = [sum(layer.keys.nbytes + layer.values.nbytes for layer in part.layers) for part in real]
    assert sizes == [found.self_cache_bytes, found.cross_cache_bytes]
    assert found.cache_bytes == sum(sizes)
    numbers = real_cache_numbers(model.card, source, target, beams)
    assert [number * FLOAT32_BYTES for number in numbers] == sizes
    assert check_cache(model.card, found).passed
    assert not check_cache(model.card, replace(found, self_cache_bytes=0)).passed


@pytest.mark.parametrize("name", NAMES)
def test_parameters_and_caches_are_those_of_the_real_class(name):
    found = footprint(card(name), 700, 60, 4)
    assert check_parameters(card(name), found).passed
    assert check_cache(card(name), found).passed
    wrong = replace(found, parameters=found.parameters + 1)
    assert check_parameters(card(name), wrong).difference == 1


@pytest.mark.parametrize("family", FAMILIES)
def test_matrices_and_weights_are_those_of_the_module(family):
    model = loaded.loaded(family)
    shape = read_shape(model.card.configuration)
    linear = [
        part
        for name, part in model.module.named_modules()
        if isinstance(part, torch.nn.Linear) and name != "lm_head"
    ]
    numbers = sum(part.weight.numel() for part in linear)
    rows = sum(part.out_features for part in linear)
    assert matrices(shape) == (numbers, rows)
    # Untied embeddings are three parameters that are one tensor; buffers of one number are masks.
    tensors = {t.data_ptr(): t for t in (*model.module.parameters(), *model.module.buffers())}
    held = sum(t.numel() for t in tensors.values() if t.numel() > 1)
    assert footprint(model.card, 8, 8).weights_bytes == 4 * held
    assert footprint(model.card, 8, 8, 1, "bfloat16").weights_bytes == 2 * held
    eight = footprint(model.card, 8, 8, 1, "int8").weights_bytes
    assert eight == numbers + 4 * rows + 2 * (held - numbers)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(NAMES), LENGTHS, LENGTHS, BEAMS, PRECISIONS)
def test_more_of_anything_never_takes_less(name, source, target, beams, precision):
    found = footprint(card(name), source, target, beams, precision)
    for more in (
        footprint(card(name), source + 1, target, beams, precision),
        footprint(card(name), source, target + 1, beams, precision),
        footprint(card(name), source, target, beams + 1, precision),
    ):
        assert more.cache_bytes >= found.cache_bytes
        assert more.reading_bytes >= found.reading_bytes
        assert more.writing_bytes >= found.writing_bytes
        assert more.peak_bytes >= found.peak_bytes
        assert more.weights_bytes == found.weights_bytes
    assert found.peak_bytes >= found.weights_bytes + max(found.reading_bytes, found.writing_bytes)
    assert found.writing_bytes > found.cache_bytes
    assert found.source_tokens == min(source, catalog.facts(card(name)).max_source_tokens)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(NAMES), LENGTHS, LENGTHS, BEAMS)
def test_the_cache_adds_up(name, first, second, beams):
    shape = read_shape(card(name).configuration)
    both = cache_numbers(shape, first + second, beams)
    assert both == cache_numbers(shape, first, beams) + cache_numbers(shape, second, beams)
    assert cache_numbers(shape, first, beams) == beams * cache_numbers(shape, first, 1)


def value(latex: str) -> float:
    """What a term with numbers comes to."""
    term = latex.replace("{,}", "").replace(r"\cdot", "*").replace("^", "**")
    return float(eval(re.sub(r"(\d)\(", r"\1*(", term)))


@pytest.mark.parametrize("name", NAMES)
def test_the_numbers_in_the_formulas_add_up_to_the_figures(name):
    for precision in NUMBER_BYTES:
        for source, target, beams in ((128, 64, 1), (1024, 256, 4), (3, 2, 1)):
            found = footprint(card(name), source, target, beams, precision)
            parts = formulas(card(name), found)
            for part in parts:
                assert round(sum(map(value, part.numbers))) == part.value, part
                assert len(part.symbols) == len(part.numbers)
                assert max(map(len, part.numbers)) < MOST_LATEX, "too wide for a phone"
            assert [part.value for part in parts] == [
                found.parameters,
                found.weights_bytes,
                found.cache_bytes,
                found.reading_bytes,
                found.writing_bytes,
                found.peak_bytes,
            ]


@pytest.mark.parametrize("name", ["miniature-bart", "flan-t5-small", "t5-small", "pegasus-xsum"])
def test_the_script_prints_the_same_numbers(name, capsys):
    found = footprint(card(name), 40, 20, 2, "bfloat16")
    exec(compile(footprint_script(card(name), found), "script", "exec"), {})
    printed = capsys.readouterr().out
    assert f"Parameters {found.parameters}\n" in printed
    assert f"Self-attention cache {found.self_cache_bytes} bytes in bfloat16" in printed
    assert f"Cross-attention cache {found.cross_cache_bytes} bytes in bfloat16" in printed


MEASURE = """
import gc, sys
from pathlib import Path

import torch, transformers

import explorer
from explorer.decoding import decode
from explorer.generation import Decoding

folder, source, target, beams = sys.argv[1], *map(int, sys.argv[2:])
model = explorer.load("miniature-t5")  # what the libraries make at their first use is not counted
model.generate("The dog sees the cat.", Decoding("beam", 2, 4, 4))
gc.collect()


def memory(name):
    line = next(x for x in Path("/proc/self/status").read_text().splitlines() if name in x)
    return int(line.split()[1]) * 1024


before = memory("VmRSS")
Path("/proc/self/clear_refs").write_text("5")  # forget the highest so far
model = explorer.load(folder)
ids = tuple(3 + index % 500 for index in range(source))
decoding = Decoding("beam" if beams > 1 else "greedy", beams, target, target)
for _ in range(2):  # at the first reading the decoder's weights are not in memory yet
    decode(model.module, ids, decoding, model.rules)
print(memory("VmHWM") - before)
"""


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux' /proc")
@pytest.mark.parametrize(
    ("name", "source", "target", "beams"), [("t5-small", 512, 40, 4), ("bart-base", 700, 30, 4)]
)
def test_the_peak_is_what_a_process_really_takes(name, source, target, beams, tmp_path):
    import transformers

    import explorer

    family = read_shape(CONFIGURATIONS[name]).family
    bundled = explorer.load("miniature-t5" if family.name == "t5" else "miniature-bart")
    # A small vocabulary, so that cache and rows are a large part of the whole.
    configuration = {**CONFIGURATIONS[name], "vocab_size": bundled.facts.vocabulary_size}
    config = getattr(transformers, family.config_class)(**configuration)
    getattr(transformers, family.model_class)(config).save_pretrained(tmp_path)
    bundled.tokenizer.save_pretrained(tmp_path)
    measured = int(
        subprocess.run(
            [sys.executable, "-c", MEASURE, str(tmp_path), *map(str, (source, target, beams))],
            cwd=ROOT,
            env={**os.environ, "EXPLORER_DEVICE": "cpu"},
            check=True,
            capture_output=True,
            text=True,
            timeout=240,
        ).stdout
    )
    found = footprint(catalog.card_of_folder("model", tmp_path), source, target, beams)
    print(f"{name}: measured {measured:,}, foretold {found.peak_bytes:,}")
    assert abs(found.peak_bytes / measured - 1) < ALLOWED_ERROR
    # The weights alone would be far from it.
    assert found.weights_bytes < (1 - ALLOWED_ERROR) * measured
