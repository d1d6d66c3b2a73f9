"""Reports that many tests look at: made once, from rows that are rolled back."""

import numpy as np
import pytest
from django.db import transaction

from studyserver.reports.services import StudyReport, build_report
from studyserver.studies.models import Study
from tests.reference.d1 import d1_tables
from tests.studyserver.reports.votes import CLEAR, store_votes, study


@pytest.fixture(scope="session")
def report_of(django_db_setup, django_db_blocker):
    """Build the report of given tables of votes, one per section; ``excluded``: such tables of excluded people."""

    def build(*tables, lefts=None, simulated=False, excluded=None, response_ms=3000, **plan) -> StudyReport:
        with django_db_blocker.unblock(), transaction.atomic():
            made = study(state=Study.State.CLOSED, questions=len(tables[0][0]))
            Study.objects.update(**plan)
            made.refresh_from_db()
            store_votes(made, tables, lefts=lefts, simulated=simulated, response_ms=response_ms)
            if excluded is not None:
                store_votes(made, excluded, simulated=simulated, excluded=True, response_ms=400)
            report = build_report(made, simulated=simulated)
            transaction.set_rollback(True)
        return report

    return build


@pytest.fixture(scope="session")
def d1_report(report_of):
    """The published data set D1 in each of three sections."""
    chosen, chose_left = d1_tables()
    return report_of(*[chosen] * 3, lefts=[chose_left] * 3)


@pytest.fixture(scope="session")
def clear_report(report_of):
    """Forty people who clearly prefer the method under test."""
    return report_of(*[CLEAR] * 3)


@pytest.fixture(scope="session")
def report_with_excluded(report_of):
    """Forty people who clearly prefer the method under test, and thirty fast ones who chose the other in part 2."""
    rng = np.random.default_rng(3)
    counted, alike, against = rng.random((40, 10)) < 0.75, rng.random((30, 10)) < 0.75, rng.random((30, 10)) < 0.2
    return report_of(*[counted] * 3, excluded=[alike, against, alike], fastest_median_ms=800)
