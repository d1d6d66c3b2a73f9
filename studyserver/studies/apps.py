from django.apps import AppConfig


class StudiesConfig(AppConfig):
    name = "studyserver.studies"

    def ready(self) -> None:
        from studyserver.studies import checks  # noqa: F401  (registers itself)
