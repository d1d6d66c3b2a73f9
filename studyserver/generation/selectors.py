"""What a study's stimuli were made with."""

from studyserver.generation.models import GenerationJob
from studyserver.studies.models import Stimulus, Study

# The engine's profile that only tries the machinery, in seconds.
SMOKE = "smoke"
SMOKE_WARNING = (
    "Trained with the smoke profile. It only tries the machinery and learns nothing, so these faces mean nothing, and "
    "neither do votes on them. For faces that do, run generate_stimuli with --profile demo or paper."
)


def made_with_smoke(study: Study) -> bool:
    """Whether the study shows faces of a run that was trained with the smoke profile."""
    shown = Stimulus.objects.filter(question__section__study=study).values("run")
    return GenerationJob.objects.filter(profile=SMOKE, run__in=shown).exists()
