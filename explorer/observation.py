"""The one attention function that every loaded model runs through: it records, and edits.

It is registered with `transformers` under a name of its own and set when a model is loaded; nothing
is switched afterwards. What to record and to edit stands in an `Observer` that a thread puts into
a `ContextVar`: two people on one model cannot see each other, and nothing has to be undone.

Without an observer the call goes straight to `sdpa`, with the mask that `sdpa` itself would get:
boolean, or none at all where its own causal flag is enough. So it costs what `sdpa` costs.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import torch
from transformers import AttentionInterface
from transformers.integrations import sdpa_attention as untyped_sdpa
from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

from explorer.attention import ForcedRow, HeadRef, Stack

IMPLEMENTATION = "observed"
"""The name under which `transformers` knows the function."""

Place = tuple[Stack, int]
"""A stack and a layer."""

_ATTENTION = re.compile(
    r"(?:model\.)?(encoder|decoder)\.(?:block|layers)\.(\d+)\."
    r"(?:layer\.\d+\.)?(SelfAttention|EncDecAttention|self_attn|encoder_attn)"
)
_LOOKING_BACK = ("EncDecAttention", "encoder_attn")

_sdpa: Any = untyped_sdpa.sdpa_attention_forward


@dataclass(frozen=True)
class Seen:
    """One call of the attention function, on the model's device.

    Attributes:
        query, key, value: (batch, head, query or key, d_head).
        scale: what the products are multiplied by.
        bias: (batch or 1, head, query, key) or None.
        mask: (batch or 1, 1, query, key), true where a query may look; None where everywhere.
        scores: (batch, head, query, key): products times scale, plus bias; not masked yet.
        weights: (batch, head, query, key), with the forced rows in them.
        output: (batch, query, head, d_head), zero where a head is off.
    """

    query: torch.Tensor
    key: torch.Tensor
    value: torch.Tensor
    scale: float
    bias: torch.Tensor | None
    mask: torch.Tensor | None
    scores: torch.Tensor
    weights: torch.Tensor
    output: torch.Tensor


class Observer:
    """What one person wants to see and to change in the passes made under `observing`.

    Attributes:
        weights: for each place asked for, the weights of every call: (batch, head, query, key).
        steps: for each place asked for, all of every call.
        queries: for each place asked for, those of every call: (batch, head, query, d_head).
        keys: the keys of the last call there, (batch, head, key, d_head), and the scale.
    """

    def __init__(
        self,
        module: Any,
        stacks: Iterable[Stack] = (),
        steps: Iterable[Place] = (),
        ablate: Sequence[Sequence[HeadRef]] = (),
        forced: Iterable[ForcedRow] = (),
        looks: Iterable[Stack] = (),
    ) -> None:
        """Watch one model.

        Args:
            module: the `transformers` model; calls of any other pass unseen.
            stacks: those whose weights are kept.
            steps: layers of which everything is kept.
            ablate: for each row of the batch, the heads whose output is zero there; a single
                entry holds for all rows.
            forced: rows of weights; they count from the first query of a pass, so give the
                decoder its whole target at once.
            looks: stacks whose queries and keys are kept where the fast path is taken, so that
                the weights can be computed afterwards, for many steps at once.
        """
        self.places = places(module)
        self.weights: dict[Place, list[torch.Tensor]] = defaultdict(list)
        self.steps: dict[Place, list[Seen]] = defaultdict(list)
        self.queries: dict[Place, list[torch.Tensor]] = defaultdict(list)
        self.keys: dict[Place, tuple[torch.Tensor, float]] = {}
        self._stacks, self._stepped = frozenset(stacks), frozenset(steps)
        self._looks = frozenset(looks)
        self._off: dict[Place, list[tuple[int | slice, int]]] = defaultdict(list)
        for row, heads in enumerate(ablate):
            for head in heads:
                rows = slice(None) if len(ablate) == 1 else row
                self._off[head.stack, head.layer].append((rows, head.head))
        self._forced: dict[Place, list[ForcedRow]] = defaultdict(list)
        for forced_row in forced:
            self._forced[forced_row.head.stack, forced_row.head.layer].append(forced_row)

    @property
    def needs_weights(self) -> bool:
        """Whether the fast path, which never builds the weights, will not do.

        If it will not do in one layer, no layer takes it: so whatever is asked for, a weight has
        the same value to the last bit.
        """
        return bool(self._stacks or self._stepped or self._forced)

    def edit_weights(self, place: Place, weights: torch.Tensor) -> None:
        """Put the forced rows in."""
        for row in self._forced.get(place, ()):
            weights[:, row.head.head, row.query] = weights.new_tensor(row.weights)

    def edit_output(self, place: Place, output: torch.Tensor) -> None:
        """Zero the output (batch, query, head, d_head) of the heads that are off."""
        for rows, head in self._off.get(place, ()):
            output[rows, :, head] = 0

    def look(
        self, place: Place, query: torch.Tensor, key: torch.Tensor, scaling: float | None
    ) -> None:
        """Note what the weights can be computed from."""
        if place[0] in self._looks:
            self.queries[place].append(query)
            self.keys[place] = (key, query.shape[-1] ** -0.5 if scaling is None else scaling)

    def looked(self, place: Place, rows: slice) -> torch.Tensor:
        """The weights (batch, head, query, key) of some of all queries noted; nothing is masked."""
        key, scale = self.keys[place]
        query = torch.cat(self.queries[place], dim=2)[:, :, rows]
        weights: torch.Tensor = (query @ key.transpose(2, 3) * scale).softmax(-1)
        return weights

    def keep(self, place: Place, seen: Seen) -> None:
        """Note what was asked for."""
        if place[0] in self._stacks:
            self.weights[place].append(seen.weights)
        if place in self._stepped:
            self.steps[place].append(seen)


_OBSERVER: ContextVar[Observer | None] = ContextVar("observer", default=None)


@contextmanager
def observing(observer: Observer) -> Iterator[Observer]:
    """Let an observer see and edit what this thread computes.

    Never `yield` to others inside: a generator shares the context of whoever runs it.
    """
    token = _OBSERVER.set(observer)
    try:
        yield observer
    finally:
        _OBSERVER.reset(token)


def places(module: Any) -> Mapping[Any, Place]:
    """The stack and the layer of every attention module, read from its name in the model."""
    found: dict[Any, Place] = {}
    for name, part in module.named_modules():
        match = _ATTENTION.fullmatch(name)
        if match:
            stack: Stack = "decoder" if match[1] == "decoder" else "encoder"
            found[part] = ("cross" if match[3] in _LOOKING_BACK else stack, int(match[2]))
    return found


def observed_attention(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    position_bias: torch.Tensor | None = None,
    **kwargs: Any,
) -> tuple[torch.Tensor, None]:
    """Attention as `transformers` calls it; the output is (batch, query, head, d_head)."""
    observer = _OBSERVER.get()
    place = None if observer is None else observer.places.get(module)
    if observer is None or place is None or not observer.needs_weights:
        output: torch.Tensor = _sdpa(
            module,
            query,
            key,
            value,
            attention_mask,
            scaling=scaling,
            position_bias=position_bias,
            **kwargs,
        )[0]
        if observer is not None and place is not None:
            observer.edit_output(place, output)
            observer.look(place, query, key, scaling)
        return output, None
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    scores = query @ key.transpose(2, 3) * scale  # (batch, head, query, key)
    if position_bias is not None:
        scores = scores + position_bias
    mask = _mask(module, query, key, attention_mask)
    # The lowest number instead of minus infinity, as in `eager`: a row that may look nowhere
    # (padding) becomes even instead of no number.
    lowest = torch.finfo(scores.dtype).min
    masked = scores if mask is None else scores.masked_fill(~mask, lowest)
    weights = masked.softmax(-1)
    observer.edit_weights(place, weights)
    output = (weights @ value).transpose(1, 2).contiguous()  # (batch, query, head, d_head)
    observer.edit_output(place, output)
    # T5 hands zeros to cross-attention, which has no bias.
    bias = None if place[0] == "cross" else position_bias
    observer.keep(place, Seen(query, key, value, scale, bias, mask, scores, weights, output))
    return output, None


def _mask(
    module: Any, query: torch.Tensor, key: torch.Tensor, mask: torch.Tensor | None
) -> torch.Tensor | None:
    """What `sdpa` would use, spelled out where it is a flag: (batch or 1, 1, query, key)."""
    queries, keys = query.shape[2], key.shape[2]
    if mask is not None:
        if mask.dtype is not torch.bool:
            raise TypeError(f"an observed model takes boolean masks, not {mask.dtype}")
        return mask
    if not module.is_causal or queries == 1:
        return None
    return torch.ones(1, 1, queries, keys, dtype=torch.bool, device=query.device).tril()


def register() -> None:
    """Make the function known to `transformers`; again and again does no harm."""
    attention: Any = AttentionInterface
    masks: Any = AttentionMaskInterface
    attention.register(IMPLEMENTATION, observed_attention)
    masks.register(IMPLEMENTATION, sdpa_mask)


register()
