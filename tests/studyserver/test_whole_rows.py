"""Rows that others change are never written whole: what they changed meanwhile would be lost."""

import ast
from pathlib import Path

import pytest
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import User

SERVER = Path(__file__).resolve().parents[2] / "studyserver"
NAMING = {"update_fields", "force_insert", "commit"}
"""Arguments of ``save`` that say which fields are written, or that the row is new or not written yet."""


def whole_rows(source: str) -> list[int]:
    """The lines that call ``save()`` on a row without saying which fields; those that save a file give its place."""
    return [
        call.lineno
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "save"
        and not call.args
        and not {keyword.arg for keyword in call.keywords} & NAMING
    ]


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("study.save()", [1]),
        ("x = 1\nform.save()", [2]),
        ("study.save(using='default')", [1]),
        ("study.save(update_fields=['title'])", []),
        ("study.save(force_insert=True)", []),
        ("picture.save(buffer, format='PNG')", []),
    ],
)
def test_the_search_finds_what_it_should(source, lines):
    assert whole_rows(source) == lines


def test_no_row_is_written_whole():
    found = {
        f"{path.relative_to(SERVER)}:{line}"
        for path in SERVER.rglob("*.py")
        for line in whole_rows(path.read_text(encoding="utf-8"))
    }
    assert found == set()


@pytest.mark.django_db
def test_the_administration_writes_only_by_services(rf):
    request = rf.get("/")
    request.user = User.objects.create_superuser("root")
    for model, registered in admin.site._registry.items():
        if model.__module__.startswith("studyserver."):
            inlines = registered.get_inline_instances(request)
            writable = registered.has_change_permission(request) or registered.has_add_permission(request)
            own = type(registered).save_model is not ModelAdmin.save_model
            assert own or not writable, model
            assert not inlines or type(registered).save_formset is not ModelAdmin.save_formset, model
