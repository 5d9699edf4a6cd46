"""The comparison of the families beside the real classes of transformers."""

from functools import cache

import pytest
import torch
import transformers
from torch import nn

from explorer import catalog
from explorer.configuration import open_configuration
from explorer.errors import ExplorerError
from explorer.families import FAMILIES, family_of
from explorer.family_comparison import REPRESENTATIVES, TRAITS, Trait, compare
from explorer.family_training import TRAININGS, training
from explorer.guide_architectures import ARCHITECTURES
from tests import loaded

NAMES = [card.name for card in catalog.MODELS]


@cache
def module(name):
    """The real class with the model's real configuration, and no weights."""
    card = catalog.find(name)
    family = family_of(card.configuration)
    config = open_configuration(family, card.configuration)
    with torch.device("meta"):
        return getattr(transformers, family.model_class)(config)


def is_t5(name):
    return hasattr(module(name), "shared")


def stacks(name):
    whole = module(name)
    return whole.get_encoder(), whole.get_decoder()


def layers(name, stack):
    found = stacks(name)[stack]
    return found.block if is_t5(name) else found.layers


def attention(name):
    layer = layers(name, 0)[0]
    return layer.layer[0].SelfAttention if is_t5(name) else layer.self_attn


def value(name, title):
    return compare([name]).trait(title).values[0]


@pytest.mark.parametrize("name", NAMES)
def test_depth_and_width_are_those_of_the_real_class(name):
    whole = module(name)
    assert value(name, "Encoder layers") == str(len(layers(name, 0)))
    assert value(name, "Decoder layers") == str(len(layers(name, 1)))
    embedding = whole.get_input_embeddings()
    assert value(name, "Width (d_model)") == f"{embedding.embedding_dim:,}"
    assert value(name, "Vocabulary") == f"{embedding.num_embeddings:,}"
    part = attention(name)
    query = part.q if is_t5(name) else part.q_proj
    heads = part.n_heads if is_t5(name) else part.num_heads
    assert value(name, "Heads × width") == f"{heads} × {query.out_features // heads}"
    first = layers(name, 0)[0]
    inner = first.layer[1].DenseReluDense.wo.in_features if is_t5(name) else first.fc1.out_features
    assert value(name, "Feed-forward width") == f"{inner:,}"
    assert value(name, "Parameters") == f"{catalog.parameter_count(name):,}"


@pytest.mark.parametrize("name", NAMES)
def test_positions_and_activation_are_those_of_the_real_class(name):
    kinds = {type(each).__name__ for each in module(name).modules()}
    given = value(name, "Positions")
    assert ("bias for each distance" in given) == hasattr(
        attention(name), "relative_attention_bias"
    )
    assert ("learned table" in given) == any("LearnedPositional" in kind for kind in kinds)
    assert ("sines" in given) == any("Sinusoidal" in kind for kind in kinds)
    first = layers(name, 0)[0]
    function = first.layer[1].DenseReluDense.act if is_t5(name) else first.activation_fn
    gated = is_t5(name) and hasattr(first.layer[1].DenseReluDense, "wi_1")
    at = torch.linspace(-3, 3, 50)
    expected = {
        "ReLU": torch.relu(at),
        "GELU": nn.functional.gelu(at),
        "Swish": at * torch.sigmoid(at),
    }
    [named] = [key for key, numbers in expected.items() if value(name, "Activation")[:4] == key[:4]]
    # The GELU of T5 is an approximation, at most a thousandth away.
    torch.testing.assert_close(function(at), expected[named], atol=1e-3, rtol=0)
    assert value(name, "Activation").endswith("with a gate") == gated


@pytest.mark.parametrize("name", NAMES)
def test_norms_bias_scale_and_output_are_those_of_the_real_class(name):
    whole = module(name)
    norms = [each for each in whole.modules() if type(each).__name__.endswith("LayerNorm")]
    assert norms
    rms = all(getattr(each, "bias", None) is None for each in norms)
    assert value(name, "Kind of norm") == ("RMS" if rms else "mean and variance")
    linear = [each for key, each in whole.named_modules()
              if isinstance(each, nn.Linear) and key != "lm_head"]  # fmt: skip
    biased = {each.bias is not None for each in linear}
    assert biased == {value(name, "Bias terms") == "yes"}
    scaling = attention(name).scaling
    if value(name, "Scale of attention") == "none":
        assert scaling == 1.0
    else:
        assert scaling == pytest.approx(attention(name).head_dim ** -0.5)
    more = value(name, "More norms")
    stack = stacks(name)[0]
    assert ("embeddings" in more) == hasattr(stack, "layernorm_embedding")
    last = "final_layer_norm" if is_t5(name) else "layer_norm"
    assert ("last layer" in more) == hasattr(stack, last)
    scale = getattr(stack, "embed_scale", getattr(stack.embed_tokens, "embed_scale", 1.0))
    wanted = whole.get_input_embeddings().embedding_dim ** 0.5
    times = value(name, "Embeddings times √d")
    assert scale == pytest.approx(wanted if times == "yes" else 1.0)
    start = whole.config.decoder_start_token_id
    expected = {"the padding piece": whole.config.pad_token_id,
                "the end piece": whole.config.eos_token_id}  # fmt: skip
    assert start == expected[value(name, "Decoder starts with")]


@pytest.mark.parametrize("family", [each.name for each in FAMILIES])
def test_norms_stand_where_a_real_pass_has_them(family):
    """The first self-attention reads the layer's input itself, or that input normalised."""
    model = loaded.loaded(family)
    stack = model.module.get_encoder()
    layer = stack.block[0] if hasattr(stack, "block") else stack.layers[0]
    inner = layer.layer[0].SelfAttention if hasattr(layer, "layer") else layer.self_attn
    seen = {}

    def keep(name):
        def hook(_, args, kwargs):
            seen[name] = args[0] if args else kwargs["hidden_states"]

        return hook

    hooks = [
        layer.register_forward_pre_hook(keep("layer"), with_kwargs=True),
        inner.register_forward_pre_hook(keep("attention"), with_kwargs=True),
    ]
    with torch.no_grad():
        ids = torch.tensor([model.tokenize(loaded.SOURCE).ids])
        stack(input_ids=ids)
    for hook in hooks:
        hook.remove()
    [name] = [name for name in REPRESENTATIVES if catalog.find(name).family == family]
    same = torch.equal(seen["layer"], seen["attention"])
    assert (value(name, "Norms stand") == "after each part") == same


@pytest.mark.parametrize("family", [each.name for each in FAMILIES])
def test_the_tokenizer_is_of_the_kind_that_is_said(family):
    tokenizer = loaded.loaded(family).tokenizer
    backend = getattr(tokenizer, "backend_tokenizer", None)
    said = training(family).tokenizer
    if backend is None:
        # Marian's own, on SentencePiece for both languages.
        assert hasattr(tokenizer, "spm_source")
        assert said == "SentencePiece, unigram"
        return
    kind = type(backend.model).__name__
    byte_level = "ByteLevel" in type(backend.pre_tokenizer).__name__ or "Byte" in str(
        backend.pre_tokenizer
    )
    assert ("unigram" in said) == (kind == "Unigram")
    assert ("BPE" in said) == (kind == "BPE")
    assert ("bytes" in said) == byte_level


def test_every_family_has_a_training_and_a_representative():
    families = [each.name for each in FAMILIES]
    assert sorted(each.family for each in TRAININGS) == sorted(families)
    assert sorted(catalog.find(name).family for name in REPRESENTATIVES) == sorted(families)
    comparison = compare(REPRESENTATIVES)
    assert [each.title for each in comparison.traits] == [title for _, title, _ in TRAITS]
    assert all(all(each.values) for each in comparison.traits)
    titles = [row["Trait"] for row in comparison.rows()]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize(
    ("values", "usual", "differs"),
    [
        (("6", "12", "12"), "12", (True, False, False)),
        (("6", "12", "6", "12"), None, (False,) * 4),
        # The commonest value, and yet most models have another one.
        (("6", "6", "12", "24", "8"), None, (False,) * 5),
        (("6", "6", "12", "24"), None, (False,) * 4),
        (("6", "6", "6", "24", "8"), "6", (False, False, False, True, True)),
        (("a", "b", "c"), None, (False,) * 3),
        (("a", "a"), "a", (False, False)),
        (("a",), "a", (False,)),
        (("a", "b"), None, (False, False)),
    ],
)
def test_what_differs_from_most_is_marked(values, usual, differs):
    trait = Trait("Size", "Layers", values)
    assert trait.usual == usual
    assert trait.differs == differs


def test_years_of_the_families_are_those_of_their_models():
    """What is dated in two tables is dated alike, or both years are said."""
    popular = {each.title: each for kind in ARCHITECTURES for each in kind.models}
    for each in TRAININGS:
        title = next(family.title for family in FAMILIES if family.name == each.family)
        shown = next(model for name, model in popular.items() if name.startswith(title.split()[0]))
        assert shown.year == (each.models_year or each.year)
        if each.models_year:
            assert f"paper {each.year}" in shown.note
    assert value("opus-mt-en-de", "Paper").endswith("2018; these models 2020")


def test_marks_stand_before_the_cells_that_differ():
    comparison = compare(["t5-small", "bart-base", "pegasus-xsum"])
    [scale] = [row for row in comparison.rows("◆ ") if row["Trait"] == "Scale of attention"]
    assert scale["t5-small"] == "◆ none"
    assert scale["bart-base"] == scale["pegasus-xsum"] == "1/√d"
    assert all("◆" not in cell for row in comparison.rows() for cell in row.values())


def test_a_model_that_nobody_knows_is_refused():
    with pytest.raises(ExplorerError, match="not in the catalogue"):
        compare(["t5-huge"])
    with pytest.raises(ExplorerError, match="choose one"):
        compare([])
