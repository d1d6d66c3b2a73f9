"""Files: written whole or not at all, and read without trust.

The server writes with `files` too, so nothing here loads PyTorch, and this room's front only what writing takes.
"""

from cmp_engine.exceptions import WriteError
from cmp_engine.io.files import whole_file, whole_folder, write_bytes, write_secret, write_text
from cmp_engine.io.names import folder_names

__all__ = ["WriteError", "folder_names", "whole_file", "whole_folder", "write_bytes", "write_secret", "write_text"]
