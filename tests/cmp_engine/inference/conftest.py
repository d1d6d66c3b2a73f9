import pytest

from cmp_engine.cli import main


@pytest.fixture(scope="session")
def smoke_run(small_dataset, tmp_path_factory):
    """A run of the smallest profile with every condition; it has learned nothing. Never write to it."""
    run = tmp_path_factory.mktemp("inference") / "run"
    assert main(["train", str(run), "--dataset", str(small_dataset), "--profile", "smoke", "--device", "cpu"]) == 0
    return run
