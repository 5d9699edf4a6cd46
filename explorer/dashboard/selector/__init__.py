"""The views of the model selector."""
