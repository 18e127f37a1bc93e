"""What an image file may be: formats and limits, and the sentence of one that is refused."""

from core.corpus import heif
from core.errors import ImageError

# Limits for files from anywhere. Other formats stay closed: EPS would start
# Ghostscript, TIFF and GIF add decoders that photographs do not need.
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "BMP")
SUFFIXES = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".avif", ".bmp"})
MAX_PIXELS = 50_000_000
MAX_SIDE_PX = 20_000
MAX_ASPECT = 50
MAX_BYTES = 64 * 1024 * 1024


def is_image_suffix(suffix: str) -> bool:
    """Return whether files of this ending, in small letters with its dot, are opened."""
    return suffix in SUFFIXES or (suffix in heif.SUFFIXES and heif.is_installed())


def printable(name: str) -> str:
    """Return a name fit for a message: at most 120 characters, none of them invisible."""
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)
    return shown if len(shown) <= 120 else shown[:59] + "…" + shown[-60:]


def check_bytes(data: bytes, name: str) -> None:
    """Refuse no bytes, and more than `MAX_BYTES`; `name` is said in the sentence."""
    if not data:
        raise image_error(name, "is empty (0 bytes)", "replace the file or remove it")
    if len(data) > MAX_BYTES:
        raise too_large(name)


def too_large(name: str) -> ImageError:
    """Return the refusal of a file beyond `MAX_BYTES`."""
    return image_error(
        name, f"is larger than {MAX_BYTES >> 20} MiB", "save a smaller version of it"
    )


def image_error(name: str, what: str, remedy: str) -> ImageError:
    """Return one sentence about an image: what, and what to do."""
    return ImageError(f"Image '{printable(name)}' {what}; {remedy}.")
