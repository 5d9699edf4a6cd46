import json
import random
import subprocess
import sys
from dataclasses import asdict, replace
from itertools import islice, pairwise
from pathlib import Path

import pytest
import torch

from explorer.errors import ExplorerError
from explorer.miniatures import (
    evaluation,
    examples,
    language,
    recipes,
    tokenizer_training,
    train,
    training,
)
from explorer.miniatures.architecture import grown
from explorer.miniatures.certainty import certain_places
from explorer.miniatures.corruption import KINDS, MASK, Corrupted, infill
from explorer.miniatures.digests import recipe_digest, sources_digest
from explorer.miniatures.evaluation import CHECK_SEED, Score, unseen, wilson_interval
from explorer.miniatures.examples import LONGEST_PIECES, Pair, batches, damaged, draw
from explorer.miniatures.language import documents
from explorer.miniatures.recipes import RECIPES, Recipe, recipe
from explorer.miniatures.record import read_record
from explorer.miniatures.training import Progress, Training

TINY = Recipe(
    name="tiny",
    family="t5",
    steps=30,
    batch=4,
    rates=((-1, 0.0), (4, 1e-3), (20, 1e-3), (30, 0.0)),
    shares={"sentiment": 0.6, "question": 0.4},
    later_shares=((20, {"sentiment": 1.0}),),
    contexts=((0, (1,)), (10, (1, 2)), (20, (2, 3, 4))),
    sharing=((0, 0.0), (15, 0.7)),
    encoder_layers=((0, 3), (12, 5)),
)


SHORT = replace(TINY, steps=2, rates=((-1, 0.0), (2, 1e-3)), later_shares=())


class InterruptedTrainingError(Exception):
    pass


@pytest.fixture(autouse=True)
def _few_examples_and_frequent_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokenizer_training, "TOKENIZER_EXAMPLES", 300)
    monkeypatch.setattr(training, "REPORT_STEPS", 1)


def nothing(*_: object) -> None:
    pass


def test_an_interrupted_training_ends_with_the_same_weights(tmp_path: Path) -> None:
    whole = Training(TINY, tmp_path / "whole", tmp_path / "cache-1")
    seen: list[Progress] = []
    whole.run(seen.append, nothing)
    assert [progress.step for progress in seen] == list(range(1, 31))
    assert seen[-1].minutes_left == 0

    first = Training(TINY, tmp_path / "parts", tmp_path / "cache-2")

    def interrupt(progress: Progress) -> None:
        if progress.step == 17:
            first.save_state()
        if progress.step == 21:
            raise InterruptedTrainingError

    with pytest.raises(InterruptedTrainingError):
        first.run(interrupt, nothing)
    second = Training(TINY, tmp_path / "parts", tmp_path / "cache-2")
    assert second.step == 17
    second.run(nothing, nothing)
    ours, theirs = second.model.state_dict(), whole.model.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    assert (tmp_path / "parts" / "model.safetensors").read_bytes() == (
        tmp_path / "whole" / "model.safetensors"
    ).read_bytes()
    assert (tmp_path / "whole" / "config.json").exists()


def test_batches_from_the_middle_are_those_of_the_whole_run() -> None:
    plan = recipe("miniature-t5")
    tiny = Recipe("tiny", "t5", 10, 2, ((0, 1.0),), shares=plan.shares)

    def encode(text: str) -> list[int]:
        return [ord(letter) for letter in text][:LONGEST_PIECES]

    whole = list(islice(batches(tiny, encode), 120))
    assert list(islice(batches(tiny, encode, 100), 20)) == whole[100:]
    assert whole[:48] != whole[48:96]


def test_a_grown_encoder_first_computes_nearly_the_same(tmp_path: Path) -> None:
    training = Training(replace(SHORT, encoder_layers=((0, 3),)), tmp_path, tmp_path / "cache")
    training.run(nothing, nothing)
    larger = grown(training.model, 5, seed=1).eval()
    assert (larger.config.num_layers, larger.config.num_decoder_layers) == (5, 3)
    ids = training.tokenizer("The film was good.", return_tensors="pt").input_ids
    before, after = (
        model(input_ids=ids, labels=ids).logits.detach() for model in (training.model, larger)
    )
    assert 0 < (before - after).abs().max() < 0.1 * before.abs().max()
    old, new = training.model.state_dict(), larger.state_dict()
    for before_place, place in ((0, 0), (1, 2), (2, 4)):
        name = "encoder.block.{}.layer.0.SelfAttention.q.weight"
        assert torch.equal(old[name.format(before_place)], new[name.format(place)])


def test_the_rate_rises_stays_and_falls_to_nothing() -> None:
    assert TINY.rate_at(0) == pytest.approx(2e-4)
    assert TINY.rate_at(4) == TINY.rate_at(20) == pytest.approx(1e-3)
    assert TINY.rate_at(25) == pytest.approx(5e-4)
    assert TINY.rate_at(30) == 0


def test_what_is_drawn_changes_with_the_steps() -> None:
    assert [TINY.contexts_at(step) for step in (0, 9, 10, 25)] == [(1,), (1,), (1, 2), (2, 3, 4)]
    assert [TINY.sharing_at(step) for step in (0, 14, 15)] == [0.0, 0.0, 0.7]
    assert TINY.shares_at(19) == TINY.shares
    assert TINY.shares_at(20) == {"sentiment": 1.0}


@pytest.mark.parametrize("plan", RECIPES, ids=lambda plan: plan.name)
def test_recipes_are_sound(plan: Recipe) -> None:
    for shares in (plan.shares, *(later for _, later in plan.later_shares)):
        assert sum(shares.values()) == pytest.approx(1)
    for levels in (plan.contexts, plan.sharing):
        steps = [step for step, _ in levels]
        assert steps[0] == 0
        assert steps == sorted(steps)
    assert plan.rates[0] == (-1, 0.0)
    assert plan.rates[-1] == (plan.steps, 0.0)
    assert [step for step, _ in plan.rates] == sorted(step for step, _ in plan.rates)
    assert recipe(plan.name) is plan


def test_an_unknown_model_is_refused_with_the_names() -> None:
    with pytest.raises(ExplorerError, match="miniature-bart-summary"):
        recipe("maxiature")


@pytest.mark.parametrize("kind", KINDS)
def test_damage_has_the_original_as_its_target(kind: str) -> None:
    rng = random.Random(3)
    for _ in range(60):
        pair = damaged(kind, rng, False, determined=True)
        assert pair.task == kind
        assert pair.source != pair.target
        if kind in ("masking", "infilling"):
            assert MASK in pair.source
        if kind in ("permutation", "rotation"):
            assert sorted(pair.source.split()) == sorted(pair.target.split())


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[language.Document]:
    """The documents that are made from here on."""
    documents_made: list[language.Document] = []
    real = language.document

    def remembered(rng: random.Random, heldout: bool = False) -> language.Document:
        documents_made.append(real(rng, heldout))
        return documents_made[-1]

    monkeypatch.setattr(language, "document", remembered)
    return documents_made


def test_determined_damage_hides_only_what_the_rules_fix(made: list[language.Document]) -> None:
    rng = random.Random(5)
    for _ in range(200):
        pair = damaged("masking", rng, False, determined=True)
        document = made[-1]
        for place, word in enumerate(pair.source.split()):
            if MASK in word:
                assert document.determined[place]


def hidden_words(fixed: str, texts: tuple[str, ...], one_order: bool = True) -> set[str]:
    """The words of a document that are judged to follow from the rest."""
    document = documents.from_sentences(list(texts), one_order, (), frozenset(fixed.split()))
    return {document.words[place] for place in certain_places(document)}


def test_certain_words_are_those_that_the_text_is_built_on() -> None:
    chain = ("A dog sees a cat.", "The cat sees a bird.")
    # The verb stands twice by chance: nobody could know it.
    assert hidden_words("a the", chain) == {"A", "a", "The", "cat", "cat."}
    echo = ("Does Anna like tea?", "Yes, Anna likes tea.", "Anna is old.")
    found = hidden_words("yes", echo, one_order=False)
    assert found == {"Anna", "like", "likes", "tea?", "tea."}
    sequence = ("First Anna sees a dog.", "Then she sees a cat.")
    assert hidden_words("first then she", sequence) == {"First", "Then", "she"}
    # Whatever else looks like these is no more than a coincidence.
    for texts in (
        ("The dog is old.", "We see the dog."),
        ("A dog is old.", "The cat sees the dog."),
        ("Does the dog sleep?", "Yes, the dog sees the old cat."),
    ):
        assert hidden_words("", texts, one_order=False) == set()


def one_order(sentences: tuple[str, ...]) -> bool:
    """Whether an order follows from the rules that the card names."""
    if len(sentences) == 1:
        return True
    first, *others = sentences
    if first.startswith("First "):
        return [sentence.split()[0] for sentence in others] == ["Then", "Finally"][: len(others)]
    if first.endswith("?"):
        return len(others) == 1 and others[0].startswith(("Yes, ", "No, "))
    return all(
        f" {following.split()[1]} " in sentence.replace(".", " ").partition(" ")[2]
        for sentence, following in pairwise(sentences)
    )


@pytest.mark.parametrize("kind", ["permutation", "rotation"])
@pytest.mark.parametrize("heldout", [False, True])
def test_a_determined_order_is_certain(
    kind: str, heldout: bool, made: list[language.Document]
) -> None:
    rng = random.Random(6)
    for _ in range(150):
        damaged(kind, rng, heldout, determined=True)
        assert one_order(made[-1].sentences)


@pytest.mark.parametrize("heldout", [False, True])
def test_strictness_is_not_a_matter_of_the_part(
    heldout: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    lengths: dict[bool, list[int]] = {True: [], False: []}

    def remembered(text: str, runs: list[tuple[int, int]]) -> Corrupted:
        lengths[strict] += [length for _, length in runs]
        return infill(text, runs)

    monkeypatch.setattr(examples, "infill", remembered)
    for strict in (True, False):
        for seed in range(60):
            damaged("infilling", random.Random(seed), heldout, True, strict=strict)
    # A mask that hides nothing is only drawn where a person need not know it.
    assert min(lengths[True]) == 1
    assert min(lengths[False]) == 0


def test_a_training_is_watched_on_other_examples_than_the_final_ones(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(training, "CHECK_EXAMPLES", 5)
    monkeypatch.setattr(training, "TASKS", {"tiny": ("sentiment", "question")})
    real = training.score

    def remembered(model: object, tokenizer: object, pairs: list[Pair]) -> Score:
        asked.extend(pair.source for pair in pairs)
        return real(model, tokenizer, pairs)  # type: ignore[arg-type]

    monkeypatch.setattr(training, "score", remembered)
    assert set(Training(TINY, tmp_path, tmp_path / "cache").check()) == {"sentiment", "question"}
    assert len(asked) == 10
    final = {pair.source for task in ("sentiment", "question") for pair in unseen(task, 50)}
    assert not final.intersection(asked)
    assert unseen("question", 5, seed=CHECK_SEED) != unseen("question", 5)


def test_a_state_of_another_recipe_is_refused(tmp_path: Path) -> None:
    begun = Training(TINY, tmp_path / "model", tmp_path / "cache")
    begun.minutes = 2.5
    begun.sources = ["older"]
    begun.save_state()
    again = Training(TINY, tmp_path / "model", tmp_path / "cache")
    assert (again.minutes, again.sources) == (2.5, begun.sources)
    for change in ({"seed": 2}, {"later_shares": ()}, {"sharing": ((0, 0.1),)}):
        other = replace(TINY, **change)
        assert recipe_digest(other) != recipe_digest(TINY)
        with pytest.raises(ExplorerError, match=r"tiny\.pt was begun with recipe"):
            Training(other, tmp_path / "model", tmp_path / "cache")


def test_changed_sources_and_threads_are_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = Training(SHORT, tmp_path / "model", tmp_path / "cache")
    begun.sources, begun.threads = ["older"], [7]
    begun.save_state()
    monkeypatch.setattr(training, "sources_digest", lambda **_: "newer")
    for _ in range(2):  # at the end there is nothing left to train
        again = Training(SHORT, tmp_path / "model", tmp_path / "cache")
        again.run(nothing, nothing)
        assert again.sources == ["older", "newer"]
        assert again.threads == [7, torch.get_num_threads()]


def test_the_record_tells_how_the_weights_were_made(tmp_path: Path) -> None:
    whole = Training(SHORT, tmp_path / "model", tmp_path / "cache")
    whole.run(nothing, nothing)
    written = read_record(tmp_path / "model")
    assert written["recipe"] == recipe_digest(SHORT)
    assert written["steps"] == 2
    assert written["plan"] == json.loads(json.dumps(asdict(SHORT)))
    assert written["minutes"] == round(whole.minutes, 1)
    (tmp_path / "model" / "model.safetensors").write_bytes(b"others")
    with pytest.raises(ExplorerError, match="does not describe the training"):
        read_record(tmp_path / "model")
    (tmp_path / "model" / "scores.json").unlink()
    with pytest.raises(ExplorerError, match="does not describe the training"):
        read_record(tmp_path / "model")


@pytest.mark.parametrize("content", [None, "{", "[]", '{"training": 3}', '{"training": {}}'])
def test_a_bad_record_is_refused_in_one_sentence_before_anything_is_scored(
    content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "miniature-t5"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"weights")
    if content is not None:
        (folder / "scores.json").write_text(content)
    scored: list[str] = []
    monkeypatch.setattr(recipes, "FOLDER", tmp_path)
    monkeypatch.setattr(evaluation, "scores", lambda *_: scored.append("scored"))
    monkeypatch.setattr(sys, "argv", ["train", "--evaluate", "miniature-t5", "--threads", "1"])
    with pytest.raises(SystemExit) as refusal:
        train.main()
    sentence = str(refusal.value)
    assert sentence.startswith("scores.json of miniature-t5 does not describe the training")
    assert sentence.endswith(".")
    assert scored == []


def test_reading_a_record_needs_no_torch() -> None:
    program = "import sys, explorer.miniatures.record; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


def test_the_digest_of_the_sources_reads_their_contents(tmp_path: Path) -> None:
    (tmp_path / "language").mkdir()
    for name in ("corruption.py", "language/nouns.py", "card.py"):
        (tmp_path / name).write_text("a")
    before = sources_digest(tmp_path)
    (tmp_path / "card.py").write_text("b")
    assert sources_digest(tmp_path) == before
    (tmp_path / "language/nouns.py").write_text("b")
    assert sources_digest(tmp_path) != before


def test_the_minutes_of_all_parts_are_summed(tmp_path: Path) -> None:
    first = Training(SHORT, tmp_path / "model", tmp_path / "cache")
    first.minutes = 7.0
    first.run(nothing, nothing)
    assert 7.0 < first.minutes < 8.0
    assert Training(SHORT, tmp_path / "model", tmp_path / "cache").minutes == first.minutes


def test_evaluation_never_draws_what_training_may_draw() -> None:
    rng = random.Random(1)
    for task, make in language.EXAMPLES.items():
        for _ in range(50):
            assert not any(map(language.is_held_out, make(rng, False).combinations)), task
            assert all(map(language.is_held_out, make(rng, True).combinations)), task
    assert unseen("translation", 5) == unseen("translation", 5)
    assert draw("summary-plain", rng, False).source[:9] != "summarize"


def test_wilson_interval_holds_the_share() -> None:
    assert wilson_interval(0.5, 100) == pytest.approx((0.404, 0.596), abs=1e-3)
    lower, upper = wilson_interval(1.0, 500)
    assert lower == pytest.approx(0.9924, abs=1e-3)
    assert upper == pytest.approx(1.0)
