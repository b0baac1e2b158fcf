"""A drawn figure as a notebook shows it: a picture with alt text on a card of its own.

The card is light in a dark notebook too, so that the picture's dark words stay readable.
"""

from __future__ import annotations

import base64
import io
from html import escape

from matplotlib.figure import Figure

DPI = 200
SHOWN_DPI = 100
"""Twice as many dots are drawn as are shown, for screens that have them."""

_CARD = (
    "margin:0.4em 0;padding:14px 16px 10px;max-width:100%;box-sizing:border-box;"
    "display:inline-block;background:#ffffff;color:#222222;border:1px solid #cccccc;"
    "border-radius:6px"
)
_CAPTION = "margin:8px 0 0;font-size:13px;line-height:1.4;color:#222222;background:#ffffff"


def png_of(figure: Figure) -> bytes:
    """The figure as the bytes of a PNG file."""
    out = io.BytesIO()
    figure.savefig(out, dpi=DPI, format="png")
    return out.getvalue()


def figure_html(png: bytes, alt: str, caption: str) -> str:
    """A `figure` element that carries the picture in itself."""
    data = base64.b64encode(png).decode("ascii")
    width = int.from_bytes(png[16:20], "big") * SHOWN_DPI // DPI
    return (
        f'<figure style="{_CARD}">'
        f'<img alt="{escape(alt)}" width="{width}"'
        ' style="display:block;max-width:100%;height:auto;background:#ffffff"'
        f' src="data:image/png;base64,{data}">'
        f'<figcaption style="{_CAPTION}">{escape(caption)}</figcaption></figure>'
    )
