import pytest
from django.core.management import CommandError, call_command

from cmp_engine.data import Voxceleb3D
from cmp_engine.simulation import people


def test_command_writes_a_data_set_and_says_so(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(people, "FACES", 1)
    out = tmp_path / "data"
    call_command("simulate_dataset", out=out, identities=8, utterances=2, verbosity=0)
    assert len(Voxceleb3D(out).identities) == 8
    assert "8 people with 2 utterances each, coupling default, seed 0" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--coupling", "strong"], "unknown coupling 'strong'; choose one of: default, none"),
        (["--identities", "3"], "3 identities are too few"),
        (["--utterances", "1"], "1 utterances per identity are too few"),
    ],
)
def test_command_refuses_what_cannot_be_and_writes_nothing(tmp_path, options, message):
    with pytest.raises(CommandError, match=message):
        call_command("simulate_dataset", "--out", str(tmp_path / "data"), *options)
    assert not (tmp_path / "data").exists()
