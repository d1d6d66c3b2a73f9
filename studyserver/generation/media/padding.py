"""One size for all files of a kind: how long a picture or mesh is would tell the methods apart."""

import hashlib
import struct

WEBP = "image/webp"
DRACO = "application/octet-stream"
RIFF_BYTES = 12  # What a WebP begins with, before its chunks.
PADDING_BYTES = 8  # The least that padding adds to a file: name and length of a WebP's chunk.


def pad(content: bytes, *, media_type: str, size: int) -> bytes:
    """Fill a file up to ``size`` bytes with what decoders skip; its pixels or its geometry stay as they are.

    A picture gets one more chunk of an unknown kind; a mesh gets a tail, as a Draco decoder stops after the last value
    it was promised.

    Raises:
        ValueError: the file and the smallest padding take more than ``size``, or a picture's is odd.
    """
    if size < len(content) + PADDING_BYTES:
        raise ValueError(f"{len(content)} bytes and at least {PADDING_BYTES} of padding do not fit in {size}")
    # No zeros, which a compressing proxy would undo; no random bytes, which would name the same file anew each time.
    filler = hashlib.shake_256(content).digest(size - len(content))
    if media_type == DRACO:
        return content + filler
    if size % 2:
        raise ValueError(f"a WebP has an even number of bytes, got {size}")
    return riff(content[RIFF_BYTES:] + chunk(b"JUNK", filler[PADDING_BYTES:]))


def riff(chunks: bytes) -> bytes:
    """A WebP file of its chunks."""
    return struct.pack("<4sI4s", b"RIFF", 4 + len(chunks), b"WEBP") + chunks


def chunk(name: bytes, content: bytes) -> bytes:
    """One chunk of a WebP file."""
    return struct.pack("<4sI", name, len(content)) + content
