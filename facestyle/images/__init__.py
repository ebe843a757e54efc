"""Pictures in and out: the only place where files become pixels and pixels become files.

`decode` turns anything a person uploads into an upright sRGB array or a named error; `encode` and `save` write arrays
without any metadata; `resize_longer_side` scales them.
"""

from __future__ import annotations

from facestyle.images.blending import blend
from facestyle.images.containers import FORMATS
from facestyle.images.decoding import Picture, decode, decode_rgba
from facestyle.images.encoding import Format, check_writable, encode, resize_longer_side, save
from facestyle.images.masks import decode_mask

__all__ = [
    "FORMATS",
    "Format",
    "Picture",
    "blend",
    "check_writable",
    "decode",
    "decode_mask",
    "decode_rgba",
    "encode",
    "resize_longer_side",
    "save",
]
