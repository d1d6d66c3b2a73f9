from django.apps import AppConfig
from django.contrib.admin import apps
from django.db.backends.signals import connection_created


class CommonConfig(AppConfig):
    name = "studyserver.common"

    def ready(self) -> None:
        from studyserver.common import checks  # noqa: F401  (registers itself)
        from studyserver.common.refusals import speak_plainly

        connection_created.connect(speak_plainly)


class AdministrationConfig(apps.AdminConfig):
    """Django's administration with our site in place of its own."""

    default_site = "studyserver.common.admin.Administration"
    default = False  # Of this folder; the settings name it.
