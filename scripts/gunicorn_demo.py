"""gunicorn's settings for the demo: says where to go once the server answers, and nothing after that.

With ``--env DEMO_STUDY=closed`` it says that nobody can take the survey any more.
"""

workers = 2
threads = 4
loglevel = "warning"


def when_ready(server):
    """Print the three links a newcomer needs, last."""
    host, port = server.LISTENERS[0].sock.getsockname()
    root = f"http://{host}:{port}"
    survey = [f"  Take the survey   {root}/s/demo/"]
    if server.cfg.env.get("DEMO_STUDY") == "closed":
        survey = [
            "  Take the survey   no longer: this study was closed, and that is final. To make another one:",
            "                      .venv/bin/python manage.py generate_stimuli demo-2",
            f"                    and take it, while this runs, at {root}/s/demo-2/",
        ]
    lines = (
        "",
        "The demo is running.",
        *survey,
        f"  Watch the study   {root}/studies/demo/                   (as administrator)",
        f"  Read the report   {root}/studies/demo/report/?rehearsal  (as administrator; its votes are simulated)",
        "Ctrl-C ends it.",
        "",
    )
    print("\n".join(lines), flush=True)  # noqa: T201
