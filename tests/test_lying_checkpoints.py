"""Checkpoints that lie: none takes memory, none runs anything, each ends in one plain sentence."""

import json
import os
import shutil
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer.device import Device
from explorer.errors import ExplorerError
from explorer.store import ModelStore
from tests import checkpoints
from tests.test_checkpoint import WritesAFile
from tests.test_loading import changed

MOST_GROWTH_BYTES = 100 * 2**20
"""What refusing all lies together may add to the memory of the process at its highest. One lie
that is believed takes gigabytes; Python's own garbage after a hundred failed loads is far less."""

GIGABYTE = 2**30
NESTED = "[" * 200_000 + "]" * 200_000

# What a configuration may hold in place of a number of layers, rows or columns.
NO_SIZES: tuple[Any, ...] = (
    1_000_000, 2**31, 10**9, 10**30, 10**400, 0, -1, -(10**9), "6", "million", "", True, [4], {},
    2.5, 1e300, float("nan"), float("inf"),
)  # fmt: skip
SIZES = {
    "t5": (
        "num_layers", "num_decoder_layers", "vocab_size", "d_model", "d_kv", "d_ff", "num_heads",
        "relative_attention_num_buckets",
    ),
    "bart": (
        "encoder_layers", "decoder_layers", "vocab_size", "d_model", "encoder_ffn_dim",
        "decoder_ffn_dim", "encoder_attention_heads", "decoder_attention_heads",
        "max_position_embeddings",
    ),
    "marian": ("max_position_embeddings", "vocab_size"),
}  # fmt: skip
OTHERS: dict[str, Any] = {
    "model_type": {"t5": "t5"},
    "pad_token_id": 2**40,
    "decoder_start_token_id": [[1]],
    "relative_attention_max_distance": "far",
    "quantization_config": {"quant_method": "bitsandbytes", "load_in_4bit": True},
    "bad_words_ids": [[1] * 10_000] * 500,
}
"""Of a T5."""

Lie = Callable[[Path], None]


def written(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def sparse(path: Path, size: int = 4 * GIGABYTE) -> None:
    """A file of zeros that takes no room on the disk."""
    path.unlink(missing_ok=True)
    with path.open("wb") as file:
        file.truncate(size)


def header(folder: Path, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Another header before the same bytes of safetensors."""
    path = folder / "model.safetensors"
    content = path.read_bytes()
    (size,) = struct.unpack("<Q", content[:8])
    text = json.dumps(change(json.loads(content[8 : 8 + size]))).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + content[8 + size :])


def header_size(folder: Path, size: int) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(struct.pack("<Q", size) + path.read_bytes()[8:])


def bomb(folder: Path) -> None:
    """A pickle of half a gigabyte of spaces, packed into half a megabyte."""
    pickled(folder, {"shared.weight": torch.zeros(100_000)})
    path = folder / "pytorch_model.bin"
    with zipfile.ZipFile(path) as plain:
        parts = {name: plain.read(name) for name in plain.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            if not name.endswith("data.pkl"):
                packed.writestr(zipfile.ZipInfo(name), content)
                continue
            with packed.open(name, "w", force_zip64=True) as file:
                # BINUNICODE8: a string of so many bytes, which is then thrown away (POP).
                file.write(content[:2] + b"\x8d" + struct.pack("<Q", GIGABYTE // 2))
                for _ in range(GIGABYTE // 2 // 2**26):
                    file.write(b" " * 2**26)
                file.write(b"0" + content[2:])


def pickled(folder: Path, weights: object) -> None:
    (folder / "model.safetensors").unlink()
    torch.save(weights, folder / "pytorch_model.bin")


def tensors(change: dict[str, Any]) -> Lie:
    """The header says something else of every tensor."""

    def lie(folder: Path) -> None:
        header(
            folder,
            lambda held: {
                name: value if name == "__metadata__" else value | change
                for name, value in held.items()
            },
        )

    return lie


FILES: dict[str, Lie] = {
    "config of 4 GB": lambda folder: sparse(folder / "config.json"),
    "config without an end": lambda folder: endless(folder / "config.json"),
    "config nested": lambda folder: written(folder / "config.json", NESTED),
    "config of a huge number": lambda folder: written(
        folder / "config.json", '{"model_type": "t5", "d_model": ' + "9" * 5_000 + "}"
    ),
    "config a list": lambda folder: written(folder / "config.json", "[1]"),
    "config no text": lambda folder: (folder / "config.json").write_bytes(b"\xff\xfe\x00") and None,
    "tokenizer of 4 GB": lambda folder: sparse(folder / "tokenizer.json"),
    "tokenizer without an end": lambda folder: endless(folder / "tokenizer.json"),
    "tokenizer nested": lambda folder: written(folder / "tokenizer.json", NESTED),
    "tokenizer settings of 4 GB": lambda folder: sparse(folder / "tokenizer_config.json"),
    "tokenizer settings nested": lambda folder: written(folder / "tokenizer_config.json", NESTED),
    "generation settings of 4 GB": lambda folder: sparse(folder / "generation_config.json"),
    "generation settings nested": lambda folder: written(folder / "generation_config.json", NESTED),
    "special pieces of 4 GB": lambda folder: sparse(folder / "special_tokens_map.json"),
    "weights without an end": lambda folder: endless(folder / "model.safetensors"),
    "index of 4 GB": lambda folder: (
        (folder / "model.safetensors").unlink(),
        sparse(folder / "model.safetensors.index.json"),
    )[1],
    "header of 2**63 bytes": lambda folder: header_size(folder, 2**63),
    "header of 1 GB": lambda folder: header_size(folder, GIGABYTE),
    "header of 0 bytes": lambda folder: header_size(folder, 0),
    "tensors of 2**60 numbers": tensors({"shape": [2**30, 2**30]}),
    "tensors at 2**62": tensors({"data_offsets": [2**62, 2**62 + 4096]}),
    "tensors at less than nothing": tensors({"data_offsets": [-4096, 0]}),
    "tensors of no known kind": tensors({"dtype": "PICKLE"}),
    "header nested": lambda folder: header(folder, lambda held: {"shared.weight": [held] * 9}),
    "pickle bomb": bomb,
    "pickle cut": lambda folder: (
        pickled(folder, torch.zeros(100_000)),
        os.truncate(folder / "pytorch_model.bin", 120_000),
    )[1],
}


def endless(path: Path) -> None:
    """A file that never ends when it is read, and whose size is said to be 0."""
    path.unlink(missing_ok=True)
    path.symlink_to("/dev/zero")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    built = tmp_path_factory.mktemp("whole")

    def folder(family: str) -> Path:
        path = built / family
        return path if path.exists() else checkpoints.build(family, path)

    return folder


def _folders(whole: Callable[[str], Path], target: Path) -> Iterator[tuple[str, Path]]:
    """Every lie, and the folder of a checkpoint that tells it."""
    configurations = [
        (family, {name: value})
        for family, names in SIZES.items()
        for name in names
        for value in NO_SIZES
    ]
    configurations += [("t5", {name: value}) for name, value in OTHERS.items()]
    for number, (family, values) in enumerate(configurations):
        yield (
            f"{family} {values}"[:80],
            changed(whole(family), target / f"configuration-{number}", **values),
        )
    for number, (name, lie) in enumerate(FILES.items()):
        folder = shutil.copytree(whole("t5"), target / f"files-{number}")
        lie(folder)
        yield name, folder


# Loads each folder whose path comes in, and says how it ended and the memory at its highest.
PROGRAM = """
import json, resource, sys

# A lie that is believed shall end here, not take the machine's memory.
resource.setrlimit(resource.RLIMIT_DATA, (3 * 2**30, 3 * 2**30))
from explorer.device import Device
from explorer.errors import ExplorerError
from explorer.store import ModelStore

for line in sys.stdin:
    store = ModelStore(2**60, Device("cpu", "test", 2**60))
    try:
        store.load(line.rstrip())
        ending = "loaded", ""
    except ExplorerError as refusal:
        ending = "refused", str(refusal)
    except BaseException as error:
        ending = "raised", repr(error)
    print(json.dumps((*ending, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)))
    sys.stdout.flush()
"""


def test_no_lie_takes_memory_and_each_gets_its_sentence(
    whole: Callable[[str], Path], tmp_path: Path
) -> None:
    """With a budget that would let everything in: what is refused is refused for what it is."""
    lies = list(_folders(whole, tmp_path))
    paths = [*map(whole, SIZES), *(folder for _, folder in lies)]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input="\n".join(map(str, paths)),
        capture_output=True,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == len(paths), done.stderr[-2000:]
    truths, told = found[: len(SIZES)], found[len(SIZES) :]
    assert [ending for ending, _, _ in truths] == ["loaded"] * len(SIZES)
    before = truths[-1][2]
    for (name, _), (ending, sentence, peak) in zip(lies, told, strict=True):
        print(f"{name}: {ending}, {sentence} ({(peak - before) / 2**20:.0f} MB)")
    for (name, _), (ending, sentence, peak) in zip(lies, told, strict=True):
        assert ending == "refused", (name, sentence)
        assert sentence.endswith("."), (name, sentence)
        assert len(sentence) < 400, (name, sentence)
        assert "Traceback" not in sentence
        assert str(tmp_path) not in sentence, name
        assert peak - before < MOST_GROWTH_BYTES, name


# A line of Python that leaves a trace, and the ways in which a checkpoint can ask for it.
EVIL = "from pathlib import Path\nPath({trace!r}).touch()\n\n\nclass Evil:\n    pass\n"
CLASSES = (
    "AutoConfig", "AutoModel", "AutoModelForSeq2SeqLM", "AutoTokenizer", "AutoProcessor",
)  # fmt: skip


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    return tmp_path / "trace"


def armed(whole: Path, folder: Path, trace: Path, **settings: Any) -> Path:
    """A checkpoint that brings code for everything that transformers can import from one."""
    shutil.copytree(whole, folder)
    names = ["modeling_evil.py", "configuration_evil.py", "tokenization_evil.py", "__init__.py"]
    for name in (*names, "custom_generate/generate.py", "conftest.py", "sitecustomize.py"):
        (folder / name).parent.mkdir(exist_ok=True)
        written(folder / name, EVIL.format(trace=str(trace)))
    there = dict.fromkeys(CLASSES, "modeling_evil.Evil")
    both = {"AutoTokenizer": ["tokenization_evil.Evil", "tokenization_evil.Evil"]}
    for file, values in {
        "config.json": {"auto_map": there, "architectures": ["Evil"], **settings},
        "tokenizer_config.json": {"auto_map": both, "tokenizer_class": "Evil"},
        "generation_config.json": {"auto_map": there, "custom_generate": "."},
        "processor_config.json": {"auto_map": there, "processor_class": "Evil"},
        "adapter_config.json": {"base_model_name_or_path": str(folder), "auto_mapping": there},
    }.items():
        path = folder / file
        held = json.loads(path.read_text()) if path.exists() else {}
        written(path, json.dumps(held | values))
    return folder


@pytest.mark.parametrize("family", checkpoints.FAMILIES)
def test_code_beside_a_checkpoint_is_never_run(
    family: str, whole: Callable[[str], Path], tmp_path: Path, trap: Path
) -> None:
    folder = armed(whole(family), tmp_path / "armed", trap)
    model = ModelStore(device=Device("cpu", "test", 2**33)).load(str(folder))
    assert type(model.module).__module__.startswith("transformers.models.")
    assert type(model.tokenizer).__module__.startswith("transformers.")
    assert model.generate("The dog sleeps.").tokens.ids
    assert not trap.exists()
    exec((folder / "modeling_evil.py").read_text(), {})
    assert trap.exists(), "the trap itself does not work"


@pytest.mark.parametrize("kind", ["custom", "llama"])
def test_a_checkpoint_that_needs_its_own_code_is_refused(
    kind: str, whole: Callable[[str], Path], tmp_path: Path, trap: Path
) -> None:
    folder = armed(whole("bart"), tmp_path / "armed", trap, model_type=kind)
    with pytest.raises(ExplorerError, match="which the explorer cannot show"):
        ModelStore(device=Device("cpu", "test", 2**33)).load(str(folder))
    assert not trap.exists()


@pytest.mark.parametrize("place", ["value", "key", "whole", "old format", "shard", "optimiser"])
def test_a_harmful_pickle_is_never_run(
    place: str, whole: Callable[[str], Path], tmp_path: Path, trap: Path
) -> None:
    folder = shutil.copytree(whole("t5"), tmp_path / "harmful")
    evil, filler = WritesAFile(trap), torch.zeros(100_000)
    if place == "optimiser":
        # A file that nobody asks for is not opened, whatever it holds.
        torch.save({"state": evil}, folder / "pytorch_model.bin")
        torch.save({"state": evil}, folder / "training_args.bin")
        assert ModelStore(device=Device("cpu", "test", 2**33)).load(str(folder)).generate("Yes.")
        assert not trap.exists()
        return
    weights: object = {"shared.weight": evil, "filler": filler}
    if place == "key":
        weights = [(evil, filler)]
    elif place == "whole":
        weights = evil
    pickled(folder, weights)
    path = folder / "pytorch_model.bin"
    if place == "whole":
        with path.open("ab") as file:
            file.write(b"\0" * 400_000)
    if place == "old format":
        torch.save(weights, path, _use_new_zipfile_serialization=False)
    if place == "shard":
        path.rename(folder / "pytorch_model-00001-of-00001.bin")
        index = {"weight_map": {"shared.weight": "pytorch_model-00001-of-00001.bin"}}
        written(folder / "pytorch_model.bin.index.json", json.dumps(index))
    with pytest.raises(ExplorerError) as refusal:
        ModelStore(device=Device("cpu", "test", 2**33)).load(str(folder))
    assert not trap.exists()
    assert str(refusal.value).count(". ") <= 1
    assert len(str(refusal.value)) < 300
