from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class SurveyConfig(AppConfig):
    name = "studyserver.survey"

    def ready(self) -> None:
        from studyserver.survey import checks, evidence  # noqa: F401  (checks registers itself)

        pre_migrate.connect(evidence.take_out, sender=self)
        post_migrate.connect(evidence.put_back, sender=self)
