"""Shared by the apps: exceptions and system checks."""
