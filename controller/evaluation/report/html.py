"""One HTML page with everything in it: what reports are written with."""

import base64
from collections.abc import Iterable, Sequence
from html import escape

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; border-bottom: 1px solid #ddd; }
table { border-collapse: collapse; margin: .8rem 0; } th { text-align: right; font-weight: 600; }
th:first-child, td:first-child { text-align: left; } td { text-align: right; font-variant-numeric: tabular-nums; }
th, td { padding: .15rem .8rem .15rem 0; border-bottom: 1px solid #eee; }
.met { color: #00734f; } .missed { color: #b04000; } .note, figcaption { color: #666; font-size: .9rem; }
img { max-width: 100%; } .side { display: grid; grid-template-columns: repeat(auto-fit, minmax(26rem, 1fr)); }
"""


def page(title: str, sections: Iterable[str]) -> str:
    """Return a whole page of sections that are HTML already."""
    return "\n".join(
        (
            "<!doctype html><html lang='en'><head><meta charset='utf-8'>",
            "<meta name='viewport' content='width=device-width, initial-scale=1'>",
            f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>",
            *sections,
            "</body></html>",
        )
    )


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Build a table of cells that are HTML already."""
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def image(png: bytes, alternative: str) -> str:
    """Build a picture that is part of the page."""
    data = base64.b64encode(png).decode()
    return f"<img alt='{escape(alternative)}' src='data:image/png;base64,{data}'>"
