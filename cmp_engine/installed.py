"""Imported first by every room that needs more than what `evaluation` needs: says by name what to install."""

from importlib.util import find_spec

NEEDED = ("torch", "tomlkit", "pydantic", "soundfile", "webrtcvad", "trimesh", "PIL")

for _name in NEEDED:
    if find_spec(_name) is None:
        raise ModuleNotFoundError(
            f"{_name} is not installed here, and the engine needs it. Install the engine with its packages: "
            "pip install 'perceptionist[engine]', or in a checkout pip install '.[engine]'",
            name=_name,
        )
