"""The run's absolute ratio errors (ARE), as generation wrote them, beside the paper's Table 1."""

import json
from dataclasses import dataclass
from typing import Any

from evaluation.faces.ratios import PAPER_TABLE_1, RATIO_COLUMNS
from studyserver.generation.stages.places import ratios_file
from studyserver.reports.exceptions import RunFileError
from studyserver.studies.models import Study


@dataclass(frozen=True)
class MethodErrors:
    """ARE of one method (no unit): ear, forehead, midline, cheek ratio and their mean; the paper's where it has one."""

    method: str
    errors: tuple[float, ...]
    paper: tuple[float, ...] | None


@dataclass(frozen=True)
class FaceErrors:
    """ARE of a run: how far the predicted meshes are from the reference ones, in four width ratios."""

    topology: str
    identities: int
    simulated_data: bool
    methods: tuple[MethodErrors, ...]


def read_face_errors(study: Study) -> FaceErrors | None:
    """ARE of the run that made the study's stimuli; None where generation has not written any.

    Raises:
        RunFileError: the file is there but is not of the expected form.
    """
    path = ratios_file(study.slug)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return _parse(content)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise RunFileError(f"Cannot read {path} ({error!r}); delete it and run generate_stimuli again.") from error


def _parse(content: dict[str, Any]) -> FaceErrors:
    methods = tuple(
        MethodErrors(method, tuple(float(errors[ratio]) for ratio in RATIO_COLUMNS), PAPER_TABLE_1.get(method))
        for method, errors in content["conditions"].items()
    )
    return FaceErrors(
        topology=str(content["topology"]),
        identities=int(content["identities"]),
        simulated_data=bool(content["simulated_data"]),
        methods=methods,
    )
