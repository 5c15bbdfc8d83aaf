"""What every answer tells the browser."""

from starlette.datastructures import MutableHeaders

# Nothing from elsewhere, no inline script or style, in no frame of somebody else.
CONTENT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
ALWAYS = {
    "Content-Security-Policy": CONTENT,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), usb=(), serial=()",
}


def add_headers(headers: MutableHeaders, path: str) -> None:
    """Add them to an answer. A page that needs a policy of its own brings it; data is never kept by the browser."""
    for name, value in ALWAYS.items():
        headers.setdefault(name, value)
    # Of the pages' files the browser keeps a copy, and asks each time whether it is still right.
    headers.setdefault("Cache-Control", "no-cache" if path.startswith("/static/") else "no-store")
