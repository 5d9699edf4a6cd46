"""An encoder-only and a decoder-only model beside plain `transformers`; small random weights."""

from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import torch
import transformers

import explorer
from explorer.architecture_cost import (
    LENGTHS,
    Count,
    _all_at_once,
    _one_by_one,
    _pieces,
    measured,
    two_stacks,
)
from explorer.catalog_bundled import MINIATURES_FOLDER
from explorer.costs import longest
from explorer.errors import ExplorerError
from explorer.looks import check_looks
from explorer.masks import causal_mask
from explorer.sibling_attention import encoder_decoder_looks, sibling_looks
from explorer.sibling_output import check_continued, check_filled, fill, go_on
from explorer.siblings import ARCHITECTURES, NEAREST_IN_SIZE, load_sibling, sibling

TEXT = "The small dog sees the old cat."
LAYERS, HEADS, WIDTH, PLACES = 3, 4, 32, 40


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A BERT and a GPT-2 with the tokenizer of the bundled BART."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(
        str(MINIATURES_FOLDER / "miniature-bart")
    )
    rows = len(tokenizer)
    torch.manual_seed(3)
    bert = transformers.BertForMaskedLM(
        transformers.BertConfig(
            vocab_size=rows, hidden_size=WIDTH, num_hidden_layers=LAYERS,
            num_attention_heads=HEADS, intermediate_size=64, max_position_embeddings=PLACES,
            pad_token_id=1, initializer_range=0.3,
        )
    )  # fmt: skip
    gpt = transformers.GPT2LMHeadModel(
        transformers.GPT2Config(
            vocab_size=rows, n_embd=WIDTH, n_layer=LAYERS, n_head=HEADS, n_positions=PLACES,
            bos_token_id=0, eos_token_id=2, pad_token_id=1, initializer_range=0.3,
        )
    )  # fmt: skip
    found = {}
    for architecture, model in (("encoder-only", bert), ("decoder-only", gpt)):
        found[architecture] = tmp_path_factory.mktemp("siblings") / architecture
        model.save_pretrained(found[architecture])
        tokenizer.save_pretrained(found[architecture])
    return found


@pytest.fixture(scope="module")
def bert(folders):
    return load_sibling("encoder-only", folders["encoder-only"])


@pytest.fixture(scope="module")
def gpt(folders):
    return load_sibling("decoder-only", folders["decoder-only"])


def plain(folders, architecture):
    """The model and the tokenizer as a person without this project loads them."""
    kinds = {"encoder-only": transformers.AutoModelForMaskedLM,
             "decoder-only": transformers.AutoModelForCausalLM}  # fmt: skip
    model = kinds[architecture].from_pretrained(folders[architecture], attn_implementation="eager")
    return model.eval(), transformers.AutoTokenizer.from_pretrained(folders[architecture])


def test_weights_are_those_of_transformers(folders, bert, gpt):
    for model in (bert, gpt):
        other, tokenizer = plain(folders, model.architecture)
        ids = tokenizer(TEXT, return_tensors="pt").input_ids
        ids = ids[:, :-1] if model is gpt else ids
        found = sibling_looks(model, TEXT)
        with torch.inference_mode():
            weights = other(input_ids=ids, output_attentions=True).attentions
        assert found.weights.shape == (LAYERS, HEADS, ids.shape[1], ids.shape[1])
        np.testing.assert_allclose(found.weights, torch.stack(weights)[:, 0], atol=1e-6)
        assert check_looks((found,)).passed


def test_a_mask_says_what_can_change(bert, gpt):
    """Another last word changes what an encoder says everywhere, and a decoder only there."""
    for model in (bert, gpt):
        mask = sibling_looks(model, TEXT).mask
        ids = torch.tensor([model.tokenize(TEXT).ids])
        place = ids.shape[1] - 3
        other = ids.clone()
        other[0, place] += 1
        with torch.inference_mode():
            both = [model.module(input_ids=each).logits[0] for each in (ids, other)]
        changed = (both[0] - both[1]).abs().amax(-1).numpy() > 1e-5
        assert (changed == mask[:, place]).all()


def test_weights_outside_the_mask_are_red(bert, gpt):
    found = sibling_looks(bert, TEXT)
    hidden = replace(found, mask=causal_mask(*found.mask.shape))
    assert not check_looks((sibling_looks(gpt, TEXT), hidden)).passed
    more = replace(found, weights=found.weights * 1.001)
    assert not check_looks((more,)).passed


def test_the_three_kinds_of_an_encoder_decoder():
    model = explorer.load("miniature-t5")
    text = "translate English to German: " + TEXT
    maps = model.attention(text)
    encoder, decoder, cross = encoder_decoder_looks(maps)
    assert encoder.mask.all()
    assert cross.mask.all()
    assert (decoder.mask == np.tril(np.ones_like(decoder.mask))).all()
    for found, weights in ((encoder, maps.encoder), (decoder, maps.decoder), (cross, maps.cross)):
        assert (found.weights == weights).all()
        assert weights.shape[2:] == (len(found.rows), len(found.columns)) == found.mask.shape
    assert check_looks((encoder, decoder, cross)).passed


@pytest.mark.parametrize("word", [0, 2, 7])
def test_a_gap_is_filled_as_transformers_fills_it(folders, bert, word):
    found = fill(bert, TEXT, word, alternatives=4)
    words = ["The", "small", "dog", "sees", "the", "old", "cat", "."]
    assert found.word == words[word]
    model, tokenizer = plain(folders, "encoder-only")
    ids = tokenizer(TEXT, return_tensors="pt").input_ids
    (place,) = found.places
    assert tokenizer.decode(ids[0, place]).strip() == words[word]
    ids[0, place] = tokenizer.mask_token_id
    with torch.inference_mode():
        chances = model(input_ids=ids).logits[0, place].double().softmax(-1)
    best = chances.topk(4)
    assert [each.probability for each in found.candidates[0]] == pytest.approx(
        best.values.tolist(), abs=1e-6
    )
    assert found.candidates[0][0].piece.strip() in tokenizer.decode(best.indices[0])
    assert check_filled(bert, found).passed
    wrong = replace(found.candidates[0][0], probability=found.candidates[0][0].probability + 1e-3)
    assert not check_filled(bert, replace(found, candidates=((wrong,),))).passed
    # The right numbers in the right order beside other pieces, or other ids.
    one, two, *_ = found.candidates[0]
    for swapped in (
        (replace(one, piece=two.piece), replace(two, piece=one.piece)),
        (replace(one, id=two.id, piece=two.piece), replace(two, id=one.id, piece=one.piece)),
    ):
        assert not check_filled(bert, replace(found, candidates=(swapped,))).passed
    assert [each.id for each in found.candidates[0]] == best.indices.tolist()


def test_an_invented_name_is_filled_piece_by_piece_and_read_as_text():
    model = sibling("encoder-only")
    text = "Does Behczyzz love a letter? No, Behczyzz doesn't love a letter."
    found = fill(model, text, 1)
    assert len(found.places) > 2
    tokenizer = model.reader.tokenizer
    ids = model.tokenize(text).ids
    gaps = torch.tensor([[tokenizer.mask_token_id if at in found.places else id
                          for at, id in enumerate(ids)]])  # fmt: skip
    with torch.inference_mode():
        best = model.module(input_ids=gaps).logits[0, list(found.places)].argmax(-1)
    assert any(piece.startswith("##") for piece in tokenizer.convert_ids_to_tokens(best.tolist()))
    assert found.text == tokenizer.decode(best)
    shown = [each.piece for some in found.candidates for each in some]
    assert not any("#" in piece for piece in (*shown, *found.tokens.display))
    assert any(piece.startswith("##") for piece in found.tokens.pieces)


def test_going_on_is_greedy_generation(folders, gpt):
    found = go_on(gpt, "The small", most=12)
    model, tokenizer = plain(folders, "decoder-only")
    ids = tokenizer("The small", return_tensors="pt").input_ids[:, :-1]
    whole = model.generate(ids, max_new_tokens=12, do_sample=False)[0]
    assert [*found.begun.ids, *found.added.ids] == whole.tolist()
    with torch.inference_mode():
        chances = model(input_ids=whole[None]).logits[0].double().softmax(-1)
    first = len(found.begun)
    expected = [chances[first + at - 1, id].item() for at, id in enumerate(found.added.ids)]
    assert found.probabilities == pytest.approx(expected, abs=1e-6)
    assert found.next[0].probability == pytest.approx(chances[first - 1].max().item(), abs=1e-6)
    assert check_continued(gpt, found).passed
    wrong = (found.probabilities[0] + 1e-3, *found.probabilities[1:])
    assert not check_continued(gpt, replace(found, probabilities=wrong)).passed


def test_bad_input_is_one_sentence(folders, bert, gpt, tmp_path):
    with pytest.raises(ExplorerError, match="empty"):
        sibling_looks(bert, " ")
    with pytest.raises(ExplorerError, match="no word 8"):
        fill(bert, TEXT, 8)
    with pytest.raises(ExplorerError, match="fills all 40 places"):
        go_on(gpt, "dog " * 60)
    with pytest.raises(ExplorerError, match="holds no encoder-only model"):
        load_sibling("encoder-only", tmp_path)


def test_special_strings_that_are_typed_are_text(bert, gpt):
    for model in (bert, gpt):
        tokens = model.tokenize("a </s> <mask> <script>")
        inside = [id for id in tokens.ids[1:-1] if id in model.reader.special_ids]
        assert not inside


def test_what_is_longer_than_the_places_is_cut(bert):
    tokens = bert.tokenize("dog " * 60)
    assert len(tokens) == PLACES
    assert tokens.word_texts.count("dog") + tokens.truncated.count("dog") == 60
    assert tokens.truncated


@pytest.mark.parametrize("length", [1, 5, 20])
def test_passes_places_and_cache_by_hand(gpt, bert, length):
    ids = _pieces(length, "cpu")
    with torch.inference_mode():
        once, one_by_one = _all_at_once(bert.module, ids), _one_by_one(gpt.module, ids, length)
    assert once == Count(passes=1, positions=length, cache_bytes=0)
    places = length + length - 1
    # Keys and values of every layer, in float32.
    bytes_kept = 2 * LAYERS * places * WIDTH * 4
    assert one_by_one == Count(passes=length, positions=places, cache_bytes=bytes_kept)


@pytest.mark.parametrize("name", ["miniature-t5", NEAREST_IN_SIZE])
def test_the_encoder_decoder_keeps_both_caches(name):
    model = explorer.load(name)
    # As on a card that has bfloat16: the three would be compared in different formats.
    short = replace(model, module=deepcopy(model.module).bfloat16())
    for each in (model, short):
        with torch.inference_mode():
            count = two_stacks(each).run(6)
        assert (count.passes, count.positions) == (1 + 6, 6 + 6)
        width = 128
        assert count.cache_bytes == 2 * model.facts.decoder_layers * (6 + 6) * width * 4
    assert short.module.dtype == torch.bfloat16


def test_the_three_whose_costs_are_compared_are_of_nearly_one_size():
    found = list(measured(explorer.load(NEAREST_IN_SIZE), LENGTHS[-1:], repeats=1))
    assert [each.architecture for each in found] == list(ARCHITECTURES)
    sizes = {each.model: each.parameters for each in found}
    assert sizes[NEAREST_IN_SIZE] == explorer.parameter_count(NEAREST_IN_SIZE)
    assert max(sizes.values()) < 1.12 * min(sizes.values())
    assert all(each.seconds > 0 and each.peak_bytes > each.cache_bytes for each in found)
    assert longest(found) == tuple(found)
