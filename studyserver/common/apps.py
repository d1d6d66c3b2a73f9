from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "studyserver.common"

    def ready(self) -> None:
        from studyserver.common import checks  # noqa: F401  (registers itself)
