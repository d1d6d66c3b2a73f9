"""The Django platform for blinded preference studies."""

from studyserver.celery import app as celery_app

__all__ = ["celery_app"]
