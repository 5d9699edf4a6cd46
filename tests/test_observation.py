from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import Barrier
from typing import Any

import pytest
import torch

from explorer.attention import STACKS, ForcedRow, HeadRef, heads_of
from explorer.generation import Decoding
from explorer.observation import IMPLEMENTATION, Observer, observing, places
from tests.checkpoints import FAMILIES
from tests.loaded import SOURCE, folder, loaded

TOLERANCE = 1e-5
"""Of weights and outputs."""
LENGTHS = (1, 2, 9, 32)
THREADS = 8


@cache
def eager(family: str) -> Any:
    """The same checkpoint in plain `transformers` with its own eager attention."""
    model = loaded(family)
    plain = type(model.module).from_pretrained(folder(family), attn_implementation="eager").eval()
    plain.config.decoder_layers = model.facts.decoder_layers
    return plain.to(model.module.device)


def batch(family: str, length: int, padded: bool) -> dict[str, torch.Tensor]:
    """Random pieces; when padded, three texts and targets of different lengths."""
    generator = torch.Generator().manual_seed(length)
    rows, size = (3 if padded else 1), loaded(family).facts.vocabulary_size
    source = torch.randint(5, size, (rows, 11), generator=generator)
    target = torch.randint(5, size, (rows, length), generator=generator)
    mask, target_mask = torch.ones_like(source), torch.ones_like(target)
    if padded:
        mask[1, 7:] = 0
        mask[2, 3:] = 0
        target_mask[2, (length + 1) // 2 :] = 0
    found = {
        "input_ids": source,
        "attention_mask": mask,
        "decoder_input_ids": target,
        "decoder_attention_mask": target_mask,
    }
    return {name: value.to(loaded(family).module.device) for name, value in found.items()}


def everything(family: str) -> Observer:
    module = loaded(family).module
    return Observer(module, STACKS, steps=places(module).values())


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("padded", [False, True], ids=["alone", "padded"])
@pytest.mark.parametrize("length", LENGTHS)
def test_observed_weights_are_those_of_eager_attention(family, padded, length):
    model, inputs = loaded(family), batch(family, length, padded)
    assert model.module.config._attn_implementation == IMPLEMENTATION
    with torch.inference_mode():
        theirs = eager(family)(**inputs, output_attentions=True, use_cache=False)
        with observing(everything(family)) as observer:
            ours = model.module(**inputs, use_cache=False)
    expected = {
        "encoder": theirs.encoder_attentions,
        "decoder": theirs.decoder_attentions,
        "cross": theirs.cross_attentions,
    }
    assert len(expected["encoder"]) == model.facts.encoder_layers
    assert len(expected["decoder"]) == len(expected["cross"]) == model.facts.decoder_layers
    assert len(observer.weights) == sum(len(layers) for layers in expected.values())
    for stack, layers in expected.items():
        for layer, weights in enumerate(layers):
            (found,) = observer.weights[stack, layer]
            assert (found - weights).abs().max() <= TOLERANCE
    assert (ours.logits - theirs.logits).abs().max() <= TOLERANCE


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("padded", [False, True], ids=["alone", "padded"])
def test_the_fast_path_gives_the_same_outputs(family, padded):
    model, inputs = loaded(family), batch(family, 9, padded)
    with torch.inference_mode():
        with observing(everything(family)) as observer:
            model.module(**inputs, use_cache=False)
        for place, (seen,) in observer.steps.items():
            # The same queries, keys and values once more, through torch's own kernel.
            mask = None if seen.mask is None else torch.where(seen.mask, 0.0, -torch.inf)
            if seen.bias is not None:
                mask = seen.bias if mask is None else seen.bias + mask
            output = torch.nn.functional.scaled_dot_product_attention(
                seen.query, seen.key, seen.value, attn_mask=mask, scale=seen.scale
            ).transpose(1, 2)
            assert (output - seen.output).abs().max() <= TOLERANCE * seen.value.abs().max(), place
            assert (seen.bias is not None) == (family in ("t5", "mt5") and place[0] != "cross")


@pytest.mark.parametrize("family", FAMILIES)
def test_the_unobserved_path_is_sdpa_bit_for_bit(family):
    model, inputs = loaded(family), batch(family, 9, padded=True)
    plain = type(model.module).from_pretrained(folder(family), attn_implementation="sdpa").eval()
    plain.to(model.module.device)
    with torch.inference_mode():
        expected = plain(**inputs, use_cache=False).logits
        assert torch.equal(model.module(**inputs, use_cache=False).logits, expected)


@pytest.mark.parametrize("family", FAMILIES)
def test_decoding_step_by_step_sees_what_one_pass_sees(family):
    model = loaded(family)
    decoding = Decoding(max_new_tokens=8)
    with observing(Observer(model.module, STACKS)) as observer:
        answer = model.generate(SOURCE, decoding)
    count = len(answer.tokens)
    maps = model.attention(SOURCE, answer.tokens)
    if model.tokenizer.pad_token_id in answer.tokens.ids[:-1]:
        pytest.skip("the answer holds padding, which M2M100 places differently in one pass")
    for layer in range(model.facts.decoder_layers):
        cross = torch.cat(observer.weights["cross", layer], dim=2)[0].cpu()
        assert len(observer.weights["cross", layer]) == count
        assert abs(cross - torch.from_numpy(maps.cross[layer])).max() <= 5e-4
        last = observer.weights["decoder", layer][-1][0, :, 0].cpu()  # (head, key)
        assert abs(last - torch.from_numpy(maps.decoder[layer][:, -1])).max() <= 5e-4


@pytest.mark.parametrize("family", FAMILIES)
def test_a_head_that_is_off_is_a_head_whose_output_weights_are_zero(family):
    model, inputs = loaded(family), batch(family, 9, padded=True)
    head = 1
    plain = eager(family)
    for stack in STACKS:
        layer = (
            model.facts.encoder_layers if stack == "encoder" else model.facts.decoder_layers
        ) - 1
        (part,) = (part for part, place in places(plain).items() if place == (stack, layer))
        projection = part.o if hasattr(part, "o") else part.out_proj
        kept = projection.weight.detach().clone()
        width = kept.shape[1] // len(heads_of(model.facts, stack, layer))
        try:
            with torch.no_grad():
                projection.weight[:, head * width : (head + 1) * width] = 0
            with torch.inference_mode():
                expected = plain(**inputs, use_cache=False).logits
        finally:
            with torch.no_grad():
                projection.weight.copy_(kept)
        off = [(HeadRef(stack, layer, head),)]
        with torch.inference_mode():
            usual = model.module(**inputs, use_cache=False).logits
            with observing(Observer(model.module, STACKS, ablate=off)):
                slow = model.module(**inputs, use_cache=False).logits
            with observing(Observer(model.module, ablate=off)):
                fast = model.module(**inputs, use_cache=False).logits
        assert (slow - expected).abs().max() <= 1e-4
        assert (fast - usual).abs().max() > 0.01
        assert (fast - slow).abs().max() <= (usual - expected).abs().max() / 10


def test_each_row_of_a_batch_has_its_own_heads_off():
    model, inputs = loaded("bart"), batch("bart", 5, padded=True)
    heads = [(HeadRef("cross", 0, 0),), (), (HeadRef("decoder", 1, 1), HeadRef("cross", 1, 0))]
    with torch.inference_mode(), observing(Observer(model.module, ablate=heads)):
        together = model.module(**inputs, use_cache=False).logits
    for row, off in enumerate(heads):
        with torch.inference_mode(), observing(Observer(model.module, ablate=[off])):
            alone = model.module(**inputs, use_cache=False).logits
        assert torch.equal(together[row], alone[row])
        others = [number for number in range(3) if number != row]
        assert not torch.allclose(together[others], alone[others], atol=1e-3)


def test_a_forced_row_decides_where_its_head_looks():
    model, inputs = loaded("t5"), batch("t5", 5, padded=False)
    weights = tuple(1.0 if key == 4 else 0.0 for key in range(11))
    row = ForcedRow(HeadRef("cross", 1, 2), 3, weights)
    with torch.inference_mode():
        usual = model.module(**inputs, use_cache=False).logits
        with observing(Observer(model.module, steps=[("cross", 1)], forced=[row])) as observer:
            changed = model.module(**inputs, use_cache=False).logits
    (seen,) = observer.steps["cross", 1]
    assert seen.weights[0, 2, 3].tolist() == list(weights)
    assert torch.equal(seen.output[0, 3, 2], seen.value[0, 2, 4])
    # Earlier steps can't know of it, this one does.
    assert torch.allclose(changed[:, :3], usual[:, :3], atol=1e-3)
    assert (changed[:, 3] - usual[:, 3]).abs().max() > 0.01


def test_another_model_passes_unseen_and_nothing_stays_behind():
    model, other = loaded("t5"), loaded("bart")
    with observing(Observer(model.module, STACKS)) as observer:
        other.generate(SOURCE, Decoding(max_new_tokens=2))
    assert not observer.weights
    with pytest.raises(ZeroDivisionError), observing(observer):
        raise ZeroDivisionError
    model.generate(SOURCE, Decoding(max_new_tokens=2))
    assert not observer.weights


def settings(family: str) -> Iterator[tuple[HeadRef, ...]]:
    """Different heads for every other thread, none for those between."""
    heads = heads_of(loaded(family).facts, "cross")
    for number in range(THREADS):
        yield (heads[number % len(heads)],) if number % 2 else ()


@pytest.mark.parametrize("family", ["t5", "bart"])
def test_eight_threads_on_one_model_do_not_see_each_other(family):
    model = loaded(family)
    texts = [f"{SOURCE} {number}" for number in range(THREADS)]
    ablated = list(settings(family))
    start = Barrier(THREADS)

    def work(number: int, together: bool) -> list[Any]:
        if together:
            start.wait()
        found = []
        for _ in range(5 if together else 1):
            maps = model.attention(texts[number], ablate=ablated[number])
            answer = model.generate(texts[number], Decoding(max_new_tokens=8))
            found.append(
                (maps.target.ids, maps.cross.tobytes(), maps.decoder.tobytes(), answer.text)
            )
        return found

    alone = [work(number, together=False)[0] for number in range(THREADS)]
    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(work, range(THREADS), [True] * THREADS))
    for number in range(THREADS):
        assert all(one == alone[number] for one in found[number])
    # The heads count for something, else this would prove nothing.
    unablated = model.attention(
        texts[1], loaded(family).attention(texts[1], ablate=ablated[1]).target
    )
    assert unablated.decoder.tobytes() != alone[1][2]


def test_a_mask_that_is_no_mask_is_refused():
    model, inputs = loaded("t5"), batch("t5", 3, padded=False)
    inputs["attention_mask"] = torch.zeros(1, 1, 1, 11, device=model.module.device)
    with (
        torch.inference_mode(),
        observing(Observer(model.module, STACKS)),
        pytest.raises(TypeError, match="boolean"),
    ):
        model.module(**inputs)
