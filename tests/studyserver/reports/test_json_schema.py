"""The published schema of the JSON report holds for real reports, and refuses what is not one."""

import copy
import json

import numpy as np
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from studyserver.reports.formats.data import SCHEMA_VERSION, to_json

pytestmark = pytest.mark.django_db  # So that the database is there when this file runs alone.


@pytest.fixture(scope="module")
def schema(pytestconfig):
    return json.loads((pytestconfig.rootpath / "docs" / "reference" / "report.schema.json").read_text())


@pytest.fixture(scope="module")
def wrong(schema):
    """Where a report departs from the schema."""
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    return lambda content: [f"{error.json_path}: {error.message}" for error in validator.iter_errors(content)]


def subschemas(schema):
    yield schema
    for value in schema.values():
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict):
                yield from subschemas(each)


def test_the_schema_is_one_and_allows_no_other_keys(schema):
    Draft202012Validator.check_schema(schema)
    objects = [each for each in subschemas(schema) if each.get("type") == "object" and "properties" in each]
    assert len(objects) > 25
    for each in objects:
        assert each["additionalProperties"] is False
        assert each["required"] == list(each["properties"])
        for name, described in each["properties"].items():
            assert {"description", "$ref"} & set(described), name
    assert schema["properties"]["schema_version"]["const"] == SCHEMA_VERSION


def test_a_report_of_people_with_excluded_ones_holds_it(report_with_excluded, wrong):
    assert wrong(json.loads(to_json(report_with_excluded))) == []


def test_a_rehearsal_holds_it(report_of, wrong):
    chosen = np.random.default_rng(3).random((6, 3)) < 0.7
    assert wrong(json.loads(to_json(report_of(chosen, chosen, ~chosen, simulated=True)))) == []


def test_a_report_of_one_participant_without_times_holds_it(report_of, wrong):
    one = np.array([[1, 0, 1]])
    content = json.loads(to_json(report_of(one, one, one, response_ms=None)))
    assert wrong(content) == []
    [section, *_] = content["sections"]
    assert (section["crossed"], section["sensitivity"], section["agreement"]) == (None, None, None)
    assert section["per_participant"]["sd"] is None
    assert (content["quality"]["order"], content["quality"]["times"]) == (None, None)


def test_a_report_of_equal_votes_and_all_but_one_excluded_holds_it(report_of, wrong):
    ones = np.ones((1, 4), dtype=bool)
    content = json.loads(to_json(report_of(ones, ones, ones, excluded=[np.ones((3, 4))] * 3)))
    assert wrong(content) == []
    assert content["everybody"]["sections"][0]["crossed"]["p_value"] is None


def test_wrong_reports_are_refused_with_the_place(clear_report, wrong):
    content = json.loads(to_json(clear_report))
    assert wrong(content) == []
    for change, place in [
        (lambda report: report.pop("claim"), "$: 'claim' is a required property"),
        (
            lambda report: report["sections"][0].update(share=1.2),
            "$.sections[0].share: 1.2 is greater than the maximum",
        ),
        (lambda report: report["sections"][1].update(new=1), "$.sections[1]: Additional properties are not allowed"),
        (lambda report: report["quality"].update(votes="all"), "$.quality.votes: 'all' is not of type 'integer'"),
        (lambda report: report.update(schema_version=2), "$.schema_version: 3 was expected"),
    ]:
        changed = copy.deepcopy(content)
        change(changed)
        assert [each[: len(place)] for each in wrong(changed)] == [place]
