"""Copy as Python: a short program for plain `transformers` that prints the same answer."""

from typing import TYPE_CHECKING

from explorer.generation import Decoding
from explorer.reading import SENTINEL, is_sentinel

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

MINIATURES = "explorer/miniatures"
"""Where the bundled models are, seen from the project folder."""

PRINTING = "torch.set_printoptions(precision=4, sci_mode=False, linewidth=120, threshold=1_000_000)"
"""Every number in full: above its threshold torch prints dots in place of most of a tensor."""

FIRST_IDS = "ids = answer.sequences[0, 1:]  # without the start token"


def generation_script(model: "Seq2SeqModel", text: str, decoding: Decoding) -> str:
    """A program that prints the answer and its score, and needs nothing of this project.

    What a person typed stands in it only as a Python literal, so that it is never run.
    """
    lines = [*_generating(model, decoding), FIRST_IDS, "", *_printing(model, decoding)]
    return "\n".join([*_opening(model, text), *lines]) + "\n"


def beams_script(
    model: "Seq2SeqModel",
    text: str,
    num_beams: int = 4,
    length_penalty: float = 1.0,
    max_new_tokens: int = 64,
    early_stopping: bool = False,
) -> str:
    """A program that prints each answer of a beam search and, on a line of its own, its score.

    With one beam `transformers` gives no score, and the program computes it.
    """
    if num_beams == 1:
        decoding = Decoding(max_new_tokens=max_new_tokens)
        *printing, score = _printing(model, decoding)
        score = f"{score.removesuffix(')')} / len(ids) ** {float(length_penalty)!r})"
        lines = [*_generating(model, decoding), FIRST_IDS, "", *printing, score]
    else:
        decoding = Decoding(
            "beam",
            num_beams=num_beams,
            max_new_tokens=max_new_tokens,
            length_penalty=length_penalty,
            early_stopping=early_stopping,
        )
        *before, say = _saying(model)
        lines = [
            *_generating(model, decoding, num_beams),
            "",
            *before,
            "for sequence, score in zip(answer.sequences, answer.sequences_scores):",
            "    ids = sequence[1:]  # without the start token",
            f"    {say}",
            "    print(score.item())",
        ]
    return "\n".join([*_opening(model, text), *lines]) + "\n"


def _opening(model: "Seq2SeqModel", text: str) -> list[str]:
    return [
        "import torch",
        "from transformers import AutoModelForSeq2SeqLM, AutoTokenizer, GenerationConfig",
        "",
        *_loading(model),
        "",
        *_reading(model, text),
        "",
    ]


def _loading(model: "Seq2SeqModel") -> list[str]:
    card, device = model.card, model.module.device
    dtype = str(model.module.dtype)
    languages = f", src_lang={model.source_language!r}" if model.source_language else ""
    if card.bundled:
        where = f"name = {f'{MINIATURES}/{card.name}'!r}  # run this in the project folder"
    else:
        where = f"name = {(card.hub_id or card.folder or model.name)!r}"
    place = "" if device.type == "cpu" else f".to({str(device)!r})"
    lines = [
        where,
        f"tokenizer = AutoTokenizer.from_pretrained(name{languages})",
        *_settings(model),
        "model = AutoModelForSeq2SeqLM.from_pretrained(",
        f"    name, dtype={dtype}, generation_config=settings",
        f").eval(){place}",
    ]
    if getattr(model.module.config, "num_decoder_layers", None) not in (
        None,
        model.facts.encoder_layers,
    ):
        lines.append(
            "# generate sizes the decoder's cache by a name that T5's configuration lacks:"
        )
        lines.append("model.config.decoder_layers = model.config.num_decoder_layers")
    return lines


def _settings(model: "Seq2SeqModel") -> list[str]:
    rules = model.rules
    settings: dict[str, object] = {
        "decoder_start_token_id": rules.start,
        "eos_token_id": list(rules.end) or None,
        "pad_token_id": rules.padding,
    }
    if rules.forced_first is not None:
        settings["forced_bos_token_id"] = rules.forced_first
    if rules.forced_last:
        last = rules.forced_last
        settings["forced_eos_token_id"] = last[0] if len(last) == 1 else list(last)
    if rules.bad_words:
        settings["bad_words_ids"] = [list(words) for words in rules.bad_words]
    written = {name: repr(value) for name, value in settings.items()}
    if model.target_language is not None:
        place = "decoder_start_token_id" if rules.forced_first is None else "forced_bos_token_id"
        written[place] = f"tokenizer.convert_tokens_to_ids({model.target_language!r})"
    return [
        "# What the model needs to decode; nothing else that the checkpoint sets joins in.",
        "settings = GenerationConfig(",
        *(f"    {name}={value}," for name, value in written.items()),
        ")",
    ]


def _reading(model: "Seq2SeqModel", text: str) -> list[str]:
    source = model.tokenize(text)
    lines = [f"text = {source.text!r}"]
    with model.lock:
        if model.source_language is not None:
            model.tokenizer.src_lang = model.source_language
        plain = tuple(model.tokenizer(source.text, verbose=False)["input_ids"])
    if plain == source.ids:
        lines.append('source = tokenizer(text, return_tensors="pt").to(model.device)')
        return lines
    if source.truncated:
        lines.append(f"# The model reads only the first {len(source.ids)} pieces of the text:")
    else:
        lines.append(
            "# The tokenizer would take some of the text for marks of its own; spelled out:"
        )
    lines += [
        f"ids = torch.tensor([{list(source.ids)}], device=model.device)",
        'source = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}',
    ]
    return lines


def _generating(model: "Seq2SeqModel", decoding: Decoding, answers: int = 1) -> list[str]:
    sampling = decoding.strategy == "sampling"
    settings: dict[str, object] = {
        "max_new_tokens": decoding.max_new_tokens,
        "min_new_tokens": decoding.min_new_tokens,
        "do_sample": sampling,
        "num_beams": decoding.num_beams,
        "repetition_penalty": float(decoding.repetition_penalty),
        "no_repeat_ngram_size": decoding.no_repeat_ngram_size,
        "length_penalty": float(decoding.length_penalty),
        "early_stopping": decoding.early_stopping,
    }
    if sampling:
        settings["temperature"] = float(decoding.temperature)
        settings["top_k"] = decoding.top_k
        settings["top_p"] = float(decoding.top_p)
    arguments = [f"    {name}={value!r}," for name, value in settings.items()]
    scores = "output_scores" if decoding.strategy == "beam" else "output_logits"
    return [
        *([f"torch.manual_seed({decoding.seed})"] if sampling else []),
        "answer = model.generate(",
        "    **source,",
        *arguments,
        *([f"    num_return_sequences={answers},"] if answers > 1 else []),
        f"    {scores}=True,",
        "    return_dict_in_generate=True,",
        ")",
    ]


def _saying(model: "Seq2SeqModel") -> list[str]:
    if any(map(is_sentinel, model.reader.placeholders)):
        return [
            "# Without the special tokens, but with the sentinels of a text with gaps:",
            "marks = [mark for mark in tokenizer.all_special_tokens if "
            f"not mark.startswith({SENTINEL!r})]",
            "hidden = tokenizer.convert_tokens_to_ids(marks)",
            "print(tokenizer.decode([number for number in ids.tolist() if number not in hidden]))",
        ]
    return ["print(tokenizer.decode(ids, skip_special_tokens=True))"]


def _printing(model: "Seq2SeqModel", decoding: Decoding) -> list[str]:
    lines = _saying(model)
    if decoding.strategy == "beam":
        return [*lines, "print(answer.sequences_scores[0].item())"]
    lines += [
        "chosen = torch.cat(answer.logits).float().log_softmax(-1).gather(1, ids[:, None])[:, 0]",
    ]
    if model.rules.forced_first is not None:
        lines.append("chosen[0] = 0.0  # the first piece is forced: its probability is 1")
    if model.rules.forced_last:
        lines.append(f"if len(ids) == {decoding.max_new_tokens}:")
        lines.append("    chosen[-1] = 0.0  # at the length limit the last piece is forced")
    return [*lines, "print(chosen.sum().item())"]
