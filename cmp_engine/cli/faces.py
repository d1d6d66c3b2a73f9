"""``infer``, ``render`` and ``sheet``: faces of voices, and pictures of them."""

import argparse
from pathlib import Path

from cmp_engine.cli.options import Commands, add_dataset, add_device, add_picture, add_run, command
from cmp_engine.config import STAGES
from cmp_engine.data import Voxceleb3D, read_obj
from cmp_engine.exceptions import EngineError
from cmp_engine.inference.face_files import FaceMaker, write_files
from cmp_engine.inference.sheet import draw_sheet
from cmp_engine.io import folder_names, write_bytes
from cmp_engine.rendering import still
from cmp_engine.rendering.png import png_bytes


def add_to(commands: Commands) -> None:
    """Add the commands of this file."""
    for add in (add_infer, add_render, add_sheet):
        add(commands)


def add_infer(commands: Commands) -> None:
    """Recordings, and which condition gives them a face."""
    infer = command(
        commands,
        "infer",
        infer_command,
        "Give recordings a face: picture (PNG), mesh (GLB in metres, OBJ in millimetres), still, the mesh on the "
        "picture, and a comparison with mean faces, in one folder per recording.",
    )
    add_run(infer)
    infer.add_argument("voices", type=Path, nargs="+", metavar="VOICE", help="Recordings: WAV, FLAC, OGG or MP3.")
    infer.add_argument("--condition", default="cmp-unsupervised", help=f"{', '.join(STAGES)} (default: %(default)s).")
    infer.add_argument("--out", type=Path, required=True, metavar="DIR", help="For the folders; made if missing.")
    infer.add_argument(
        "--dataset",
        type=Path,
        metavar="DIR",
        help="What the run was trained on; its mean faces are what face.json compares with. Read once per run.",
    )
    add_device(infer)


def add_render(commands: Commands) -> None:
    """A mesh, and from where it is seen."""
    render = command(commands, "render", render_command, "Draw a mesh.")
    render.add_argument("mesh", type=Path, metavar="MESH", help="OBJ file, in millimetres.")
    add_picture(render)
    render.add_argument(
        "--azimuth", type=float, default=0.0, metavar="DEG", help="Degrees to turn the head by (default: 0)."
    )


def add_sheet(commands: Commands) -> None:
    """A run, its data set, and how many people are drawn."""
    sheet = command(
        commands, "sheet", sheet_command, "Draw test identities beside what each condition makes of their voices."
    )
    add_run(sheet)
    add_dataset(sheet, "Folder in the Voxceleb-3D layout.")
    add_picture(sheet)
    sheet.add_argument("--rows", type=int, default=8, metavar="N", help="Number of identities (default: 8).")


def infer_command(options: argparse.Namespace) -> None:
    """Write the files of each recording's face; a broken recording stops none of the others."""
    names = folder_names(options.voices)
    maker = FaceMaker.load(options.run, [options.condition], dataset=options.dataset, device=options.device)
    broken = []
    for voice, made in zip(options.voices, maker.files_of(options.voices), strict=True):
        if isinstance(made, EngineError):
            broken.append(str(made))
            continue
        for path in write_files(options.out / names[voice], made[options.condition]):
            print(path)  # noqa: T201 - a command speaks to its terminal
    if broken:
        raise EngineError("\n".join(broken))


def render_command(options: argparse.Namespace) -> None:
    """Draw one mesh."""
    vertices, faces = read_obj(options.mesh)
    write_bytes(options.out, png_bytes(still(vertices, faces, azimuth=options.azimuth)))


def sheet_command(options: argparse.Namespace) -> None:
    """Draw the sheet."""
    picture = draw_sheet(options.run, Voxceleb3D(options.dataset), rows=options.rows)
    write_bytes(options.out, png_bytes(picture))
