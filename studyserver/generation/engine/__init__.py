"""The only door to the engine. PyTorch is imported inside its functions, so that web processes never load it."""
