"""Parts of the page that helps to choose a model."""
