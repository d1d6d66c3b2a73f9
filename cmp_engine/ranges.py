"""What a setting may be: types that check it, each with its range in words.

Numbers are strict: no number stands for a switch, no switch or word for a number.
"""

from typing import Annotated

from pydantic import AfterValidator, Field


def _in_order(sides: tuple[int, ...]) -> tuple[int, ...]:
    if sides[0] > sides[1]:
        raise ValueError("the larger one comes first")
    return sides


Switch = Annotated[bool, Field(strict=True, description="true or false")]
Seed = Annotated[int, Field(strict=True, ge=0, lt=2**63, description="a whole number from 0 to 2^63 - 1")]
Steps = Annotated[int, Field(strict=True, ge=1, le=10**9, description="a whole number from 1 to 1000000000")]
# Batches are normalised by their own mean, which takes two.
Batch = Annotated[int, Field(strict=True, ge=2, le=65_536, description="a whole number from 2 to 65536")]
Pictures = Annotated[int, Field(strict=True, ge=0, le=10**7, description="a whole number from 0 to 10000000")]
# Below, the voice encoder's five halvings leave nothing; above, recordings are cut.
Frames = Annotated[int, Field(strict=True, ge=32, le=1000, description="a whole number of frames from 32 to 1000")]
Width = Annotated[int, Field(strict=True, ge=1, le=8192, description="a whole number from 1 to 8192")]
Pixels = Annotated[int, Field(strict=True, ge=32, le=512, description="a whole number of pixels from 32 to 512")]
# At a thirty-second one of the 32 first channels is left.
Factor = Annotated[float, Field(strict=True, ge=1 / 32, le=8, description="a number from 0.03125 to 8")]
Rate = Annotated[float, Field(strict=True, gt=0, le=10, description="a number above 0, up to 10")]
Momentum = Annotated[float, Field(strict=True, ge=0, lt=1, description="a number from 0 to below 1")]
Share = Annotated[float, Field(strict=True, ge=0, le=1, description="a number from 0 to 1")]
Weight = Annotated[float, Field(strict=True, ge=0, description="a finite number of at least 0")]

Widths = Annotated[
    tuple[Width, ...],
    Field(min_length=1, max_length=8, description="a list of 1 to 8 whole numbers from 1 to 8192"),
]
# One width for 64, 32, 16, 8 and 4 pixels each.
FiveWidths = Annotated[
    tuple[Width, ...],
    Field(min_length=5, max_length=5, description="a list of 5 whole numbers from 1 to 8192"),
]
_Side = Annotated[int, Field(strict=True, ge=1, le=64)]
Sides = Annotated[
    tuple[_Side, ...],
    Field(min_length=2, max_length=2, description="a list of two sides in pixels from 1 to 64, the smaller first"),
    AfterValidator(_in_order),
]
