"""The training loop: resumable, and the same weights whether or not it was interrupted."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import torch
import transformers

from explorer.errors import ExplorerError
from explorer.miniatures.architecture import grown, grown_stack, new_model
from explorer.miniatures.digests import EXACT_SOURCES, SOURCES, recipe_digest, sources_digest
from explorer.miniatures.evaluation import CHECK_SEED, TASKS, score, unseen
from explorer.miniatures.examples import Encoded, batches
from explorer.miniatures.objectives import batches as stack_batches
from explorer.miniatures.objectives import pieces_of
from explorer.miniatures.recipes import CACHE, FAMILIES_OF_ONE_STACK, Recipe, recipe
from explorer.miniatures.record import WEIGHTS, weights_digest, write_record
from explorer.miniatures.stack_evaluation import check as stack_check
from explorer.miniatures.tokenizer_training import tokenizer_for
from explorer.miniatures.tokenizers import ChunkEncoder

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

Value = TypeVar("Value")

SAVE_SECONDS = 120.0
"""Time between two saved states."""
REPORT_STEPS = 100
CHECK_STEPS = 1_000
CHECK_EXAMPLES = 100
"""How often, and on how many unseen examples of each task, the model is tried on the way."""
LABEL_PADDING = -100
"""The label that the loss leaves out."""
GRADIENT_NORM = 1.0


@dataclass
class Progress:
    """What a progress line shows."""

    step: int
    loss: float
    rate: float
    minutes_left: float


class Training:
    """One model on its way through a recipe.

    Attributes:
        minutes: wall-clock time of the steps so far, summed over all resumptions.
        threads: numbers of CPU threads, one for each change on the way; they change the last
            digits of every sum.
        sources: digests of the code that made the examples, one for each change on the way.
        start_weights: digest of the weights that it started from; "" for new ones.

    A state that was saved under another recipe is refused.
    """

    def __init__(self, plan: Recipe, folder: Path, cache: Path = CACHE) -> None:
        self.plan = plan
        self._one_stack = plan.family in FAMILIES_OF_ONE_STACK
        self.minutes = 0.0
        self.threads: list[int] = []
        self.sources: list[str] = []
        self.start_weights = weights_digest(recipe(plan.start).folder) if plan.start else ""
        self.folder = folder
        self.tokenizer: PreTrainedTokenizerBase
        self.state_path = cache / f"{plan.name}.pt"
        if self.state_path.exists() and Path(folder, "tokenizer_config.json").exists():
            self.tokenizer = transformers.AutoTokenizer.from_pretrained(str(folder))
        else:
            folder.mkdir(parents=True, exist_ok=True)
            self.tokenizer = tokenizer_for(plan, folder)
        if plan.start:
            self.model = transformers.AutoModelForSeq2SeqLM.from_pretrained(
                str(recipe(plan.start).folder)
            )
        else:
            self.model = new_model(plan.family, self.tokenizer, plan.seed)
        self._prepare()
        self.step = 0
        self.loss = 0.0
        if self.state_path.exists():
            self._resume()

    def _prepare(self) -> None:
        """A new optimizer for the model as it is."""
        # In bfloat16 on a CPU the plain attention is faster than the fused one.
        self.model.set_attn_implementation("eager")
        self.optimizer = torch.optim.AdamW(
            _groups(self.model), betas=(0.9, 0.98), weight_decay=0.0, fused=True
        )

    def _grow_at(self, step: int) -> None:
        """Give the encoder the layers that the recipe wants in a step."""
        layers = self.plan.encoder_layers_at(step)
        if layers != self.model.config.num_hidden_layers:
            grow = grown_stack if self._one_stack else grown
            self.model = grow(self.model, layers, self.plan.seed).train()
            self._prepare()

    def _resume(self) -> None:
        state = torch.load(self.state_path, weights_only=True)
        begun, wanted = state.get("recipe", "unknown"), recipe_digest(self.plan)
        if begun != wanted:
            raise ExplorerError(
                f"The training state {self.state_path} was begun with recipe {begun} and the "
                f"recipe of {self.plan.name} is now {wanted}: delete the file to start again."
            )
        self.minutes, self.sources = state["minutes"], state["sources"]
        self.threads = state.get("threads", [])
        self.start_weights = state.get("start_weights", self.start_weights)
        self._grow_at(max(0, state["step"] - 1))
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.loss = state["step"], state["loss"]

    def save_state(self) -> None:
        """Write everything that a resumed run needs; a half-written file never counts."""
        self.state_path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.state_path.with_suffix(".unfinished")
        torch.save(
            {
                "model": self.model.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "step": self.step,
                "loss": self.loss,
                "minutes": self.minutes,
                "threads": self.threads,
                "start_weights": self.start_weights,
                "recipe": recipe_digest(self.plan),
                "sources": self.sources,
            },
            unfinished,
        )
        os.replace(unfinished, self.state_path)

    def run(self, report: Callable[[Progress], None], check: Callable[[], None]) -> None:
        """Train to the end of the recipe, then write the model."""
        padding = self.tokenizer.pad_token_id
        self.model.train()
        if self.step < self.plan.steps:
            _note(self.threads, torch.get_num_threads())
            patterns = EXACT_SOURCES if self._one_stack else SOURCES
            _note(self.sources, sources_digest(patterns=patterns))
        started, first = time.monotonic(), self.step
        saved, before = started, self.minutes
        for batch in self._batches():
            if self.step >= self.plan.steps:
                break
            self._grow_at(self.step)
            self._update(batch, padding)
            now = time.monotonic()
            self.minutes = before + (now - started) / 60
            if self.step % REPORT_STEPS == 0:
                left = (self.plan.steps - self.step) * (now - started) / (self.step - first)
                report(Progress(self.step, self.loss, self.plan.rate_at(self.step), left / 60))
            if self.step % CHECK_STEPS == 0:
                self.model.eval()
                check()
                self.model.train()
            if now - saved > SAVE_SECONDS:
                self.save_state()
                saved = now
        self.save_state()
        self.write_model()

    def _batches(self) -> Iterator[list[Encoded]]:
        """What the model reads and what it must say, from the present step on."""
        encode = ChunkEncoder(self.tokenizer)
        if not self._one_stack:
            return batches(self.plan, encode, self.step)
        pieces = pieces_of(self.tokenizer) if self.plan.family == "bert" else None
        return stack_batches(self.plan, encode, pieces, self.step)

    def _update(self, batch: list[Encoded], padding: int) -> None:
        """One step of the optimizer."""
        rate = self.plan.rate_at(self.step)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["factor"]
        source = _padded([pair[0] for pair in batch], padding)  # (example, source piece)
        labels = _padded([pair[1] for pair in batch], LABEL_PADDING)  # (example, target piece)
        # Short texts in one stack are faster in float32.
        with torch.autocast("cpu", torch.bfloat16, enabled=not self._one_stack):
            loss: Any = self._loss(source, (source != padding).long(), labels)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), GRADIENT_NORM)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.loss = 0.98 * self.loss + 0.02 * loss.item() if self.step else loss.item()
        self.step += 1

    def _loss(
        self, source: torch.Tensor, attention_mask: torch.Tensor, labels: torch.Tensor
    ) -> Any:
        """The model's own loss: the mean over all labels, in nats."""
        if self.plan.family == "bert":
            # The same number; what is not hidden needs no logits.
            states = self.model.bert(input_ids=source, attention_mask=attention_mask)[0]
            has_label = labels != LABEL_PADDING
            logits = self.model.cls(states[has_label])  # (hidden piece, vocabulary)
            return torch.nn.functional.cross_entropy(logits, labels[has_label])
        return self.model(input_ids=source, attention_mask=attention_mask, labels=labels).loss

    def check(self) -> dict[str, float]:
        """Exact match on a few unseen examples of each task; the loss of a model of one stack."""
        if self._one_stack:
            return stack_check(self.model, self.tokenizer)
        return {
            task: score(
                self.model, self.tokenizer, unseen(task, CHECK_EXAMPLES, seed=CHECK_SEED)
            ).exact_match
            for task in TASKS[self.plan.name]
        }

    def write_model(self) -> None:
        """Save the weights and the configuration in the Hub's format, and what made them."""
        self.model.eval()
        self.model.save_pretrained(str(self.folder))
        Path(self.folder, WEIGHTS).chmod(0o644)
        write_record(self.folder, self.plan.name, self.record())

    def record(self) -> dict[str, Any]:
        """What the card says of the training."""
        return {
            "recipe": recipe_digest(self.plan),
            "sources": self.sources,
            "start_weights": self.start_weights,
            "steps": self.step,
            "minutes": round(self.minutes, 1),
            "threads": self.threads,
            "plan": asdict(self.plan),
        }


def _note(values: list[Value], value: Value) -> None:
    """Add a value that is not the last one anyway."""
    if values[-1:] != [value]:
        values.append(value)


def _groups(model: "PreTrainedModel") -> list[dict[str, object]]:
    """Parameters by how fast they learn: T5's position biases must travel far, so ten times."""
    biases = [value for name, value in model.named_parameters() if "relative_attention" in name]
    others = [value for name, value in model.named_parameters() if "relative_attention" not in name]
    groups: list[dict[str, object]] = [{"params": others, "factor": 1.0, "lr": 0.0}]
    if biases:
        groups.append({"params": biases, "factor": 10.0, "lr": 0.0})
    return groups


def _padded(rows: list[list[int]], padding: int) -> torch.Tensor:
    """Rows of ids made equally long at their ends."""
    longest = max(map(len, rows))
    return torch.tensor([row + [padding] * (longest - len(row)) for row in rows])
