"""The parts of the attention sandbox."""
