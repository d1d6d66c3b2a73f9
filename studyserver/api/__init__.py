"""The REST interface for researchers."""
