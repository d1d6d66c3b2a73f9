"""The Celery application. ``celery -A studyserver worker -Q gpu`` starts a training and inference worker."""

import os
from importlib.util import find_spec

from celery import Celery
from celery.signals import celeryd_init
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studyserver.settings")

app = Celery("studyserver")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@celeryd_init.connect
def require_broker(**_: object) -> None:
    """Without an address Celery would look for a broker of another kind on this machine, again and again."""
    if not settings.REDIS_URL:
        raise SystemExit(
            "REDIS_URL is not set, so there is nothing to get work from. Set it for the worker and for whoever calls "
            "generate_stimuli, as in REDIS_URL=redis://127.0.0.1:6379/0"
        )


@celeryd_init.connect
def require_engine(**_: object) -> None:
    """Every stage needs the engine; a worker without it would take each from those that have it, and fail it."""
    if find_spec("torch") is None:
        raise SystemExit(
            "torch is not installed here, and a worker needs the engine. "
            "Install it beside the server: pip install -e '.[server,engine]'"
        )
