"""The parts of the cross-attention page."""
