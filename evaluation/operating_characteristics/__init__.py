"""Whether the analyses keep what they promise, in simulated studies whose truth is known."""
