"""The Django platform for blinded preference studies."""

try:
    from studyserver.celery import app as celery_app
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] in ("studyserver", "evaluation", "cmp_engine"):
        raise
    # Of all that the server needs, Celery is what it imports first.
    raise ModuleNotFoundError(
        f"{error.name} is not installed here. Install the server with its packages, in a checkout: "
        "pip install -e '.[server]'",
        name=error.name,
    ) from error

__all__ = ["celery_app"]
