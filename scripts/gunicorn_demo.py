"""gunicorn's settings for the demo: says where to go once the server answers, and nothing after that."""

workers = 2
threads = 4
loglevel = "warning"


def when_ready(server):
    """Print the three links a newcomer needs, last."""
    host, port = server.LISTENERS[0].sock.getsockname()
    root = f"http://{host}:{port}"
    lines = (
        "",
        "The demo is running.",
        f"  Take the survey   {root}/s/demo/",
        f"  Watch the study   {root}/studies/demo/                   (as administrator)",
        f"  Read the report   {root}/studies/demo/report/?rehearsal  (as administrator; its votes are simulated)",
        "Ctrl-C ends it.",
        "",
    )
    print("\n".join(lines), flush=True)  # noqa: T201
