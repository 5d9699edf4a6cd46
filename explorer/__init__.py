"""Seq2Seq Explorer: look inside encoder-decoder transformers, from a notebook or a dashboard.

    import explorer

    model = explorer.load("miniature-t5")
    print(model.generate("translate English to German: The dog sees the cat.").text)

Names are imported when they are first used: torch and transformers take seconds to import, and
a page that needs no model must not wait for them.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer import catalog as catalog
    from explorer.ablation import Ablation as Ablation
    from explorer.ablation import AblationMap as AblationMap
    from explorer.attention import AttentionMaps as AttentionMaps
    from explorer.attention import ForcedRow as ForcedRow
    from explorer.attention import HeadRef as HeadRef
    from explorer.attention import HeadSteps as HeadSteps
    from explorer.attribution import Agreement as Agreement
    from explorer.attribution import Attribution as Attribution
    from explorer.attribution import DeletionCurve as DeletionCurve
    from explorer.attribution_verdict import Verdict as Verdict
    from explorer.beams import AgainstGreedy as AgainstGreedy
    from explorer.beams import BeamHypothesis as BeamHypothesis
    from explorer.beams import BeamNode as BeamNode
    from explorer.beams import BeamToken as BeamToken
    from explorer.beams import BeamTree as BeamTree
    from explorer.brancher import Brancher as Brancher
    from explorer.branches import Branch as Branch
    from explorer.branches import BranchComparison as BranchComparison
    from explorer.branches import BranchTree as BranchTree
    from explorer.catalog import ModelCard as ModelCard
    from explorer.catalog import ModelFacts as ModelFacts
    from explorer.catalog import parameter_count as parameter_count
    from explorer.checks import Check as Check
    from explorer.device import Device as Device
    from explorer.device import detect_device as detect_device
    from explorer.errors import ExplorerError as ExplorerError
    from explorer.generation import Decoding as Decoding
    from explorer.generation import Generation as Generation
    from explorer.lens import Lens as Lens
    from explorer.loading import load as load
    from explorer.model import Seq2SeqModel as Seq2SeqModel
    from explorer.timeline import AfterSettings as AfterSettings
    from explorer.timeline import Alternative as Alternative
    from explorer.timeline import Piece as Piece
    from explorer.timeline import Timeline as Timeline
    from explorer.timeline import TimelineStep as TimelineStep
    from explorer.tokens import Tokens as Tokens

_MODULES = {
    "Ablation": "ablation",
    "AblationMap": "ablation",
    "AttentionMaps": "attention",
    "ForcedRow": "attention",
    "HeadRef": "attention",
    "HeadSteps": "attention",
    "AgainstGreedy": "beams",
    "BeamHypothesis": "beams",
    "BeamNode": "beams",
    "BeamToken": "beams",
    "BeamTree": "beams",
    "Agreement": "attribution",
    "Attribution": "attribution",
    "DeletionCurve": "attribution",
    "Verdict": "attribution_verdict",
    "Branch": "branches",
    "BranchComparison": "branches",
    "BranchTree": "branches",
    "Brancher": "brancher",
    "ModelCard": "catalog",
    "ModelFacts": "catalog",
    "parameter_count": "catalog",
    "Check": "checks",
    "Device": "device",
    "detect_device": "device",
    "ExplorerError": "errors",
    "Decoding": "generation",
    "Generation": "generation",
    "Lens": "lens",
    "load": "loading",
    "Seq2SeqModel": "model",
    "AfterSettings": "timeline",
    "Alternative": "timeline",
    "Piece": "timeline",
    "Timeline": "timeline",
    "TimelineStep": "timeline",
    "Tokens": "tokens",
}

__all__ = ["catalog", *_MODULES]


def __getattr__(name: str) -> object:
    if name == "catalog":
        return import_module("explorer.catalog")
    if name in _MODULES:
        return getattr(import_module(f"explorer.{_MODULES[name]}"), name)
    raise AttributeError(f"module 'explorer' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
