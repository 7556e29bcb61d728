"""What a file is, found by looking inside it; pictures are written anew, without where they were taken."""

import hashlib
import io
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import filetype
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError
from pillow_heif import register_heif_opener

from aftersales.disputes.errors import RuleBroken
from aftersales.disputes.models.record import EvidenceKind

if TYPE_CHECKING:
    from django.core.files.base import File

register_heif_opener()
MOST_PIXELS = 60_000_000  # a picture that unpacks to more is an attack, not a photograph
Image.MAX_IMAGE_PIXELS = 2 * MOST_PIXELS  # of the largest phones' JPEGs, before they are unpacked smaller

MEGABYTE = 1024 * 1024
LIMITS = {EvidenceKind.IMAGE: 10 * MEGABYTE, EvidenceKind.PDF: 10 * MEGABYTE, EvidenceKind.VIDEO: 50 * MEGABYTE}
LONGEST_SIDE, THUMBNAIL_SIDE = 2048, 320
_FORMATS = {"JPEG", "PNG", "WEBP", "GIF", "HEIF", "MPO"}


@dataclass(frozen=True, slots=True)
class Clean:
    """A file as it will be stored."""

    kind: EvidenceKind
    content_type: str
    extension: str
    content: "File[Any]"
    size: int  # bytes
    sha256: str  # of what is stored
    source_sha256: str  # of what was sent
    thumbnail: bytes = b""
    captured_at: datetime | None = None
    width: int | None = None
    height: int | None = None


def inspect(upload: "File[Any]", *, name: str) -> Clean:
    """Look into a file and make it safe to store; a video is never held in memory as a whole.

    Raises RuleBroken naming file and limit for anything but a picture, a PDF or an MP4 video of moderate size.
    """
    kind = _kind(upload.read(8192))
    if kind is None:
        raise RuleBroken("file_type", _("%(name)s is not a picture, a PDF or an MP4 video.") % {"name": name}, "files")
    if upload.size > LIMITS[kind]:
        raise RuleBroken(
            "file_size",
            _("%(name)s is larger than %(limit)s MB.") % {"name": name, "limit": LIMITS[kind] // MEGABYTE},
            "files",
        )
    upload.seek(0)
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    if kind == EvidenceKind.IMAGE:
        return _picture(upload.read(), name, digest.hexdigest())
    extension, content_type = ("pdf", "application/pdf") if kind == EvidenceKind.PDF else ("mp4", "video/mp4")
    return Clean(
        kind=kind,
        content_type=content_type,
        extension=extension,
        content=upload,
        size=upload.size,
        sha256=digest.hexdigest(),
        source_sha256=digest.hexdigest(),
    )


def _kind(head: bytes) -> EvidenceKind | None:
    """Tell by the first bytes; the name and what the browser says prove nothing."""
    guess = filetype.guess(head)
    if guess is None:
        return None
    if guess.mime == "application/pdf":
        return EvidenceKind.PDF
    if guess.mime in {"video/mp4", "video/x-m4v"}:
        return EvidenceKind.VIDEO
    return EvidenceKind.IMAGE if guess.mime.startswith("image/") else None


def _picture(data: bytes, name: str, digest: str) -> Clean:
    try:
        with Image.open(io.BytesIO(data)) as picture:
            if picture.format not in _FORMATS:
                raise UnidentifiedImageError
            captured_at = _captured_at(picture)
            picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG of a good camera is unpacked smaller at once
            if picture.width * picture.height > MOST_PIXELS:
                raise Image.DecompressionBombError
            upright = ImageOps.exif_transpose(picture)
            flat = upright.convert("RGB") if upright.mode not in {"RGB", "L"} else upright
            flat.info = {}  # comments and XMP, which may tell the place, would be written again
            flat.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            small = flat.copy()
            small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
            written = _jpeg(flat, 85)
            return Clean(
                kind=EvidenceKind.IMAGE,
                content_type="image/jpeg",
                extension="jpg",
                content=ContentFile(written),
                size=len(written),
                sha256=hashlib.sha256(written).hexdigest(),
                source_sha256=digest,
                thumbnail=_jpeg(small, 70),
                captured_at=captured_at,
                width=flat.width,
                height=flat.height,
            )
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as problem:
        raise RuleBroken(
            "file_broken", _("%(name)s cannot be opened as a picture. Take or save it anew.") % {"name": name}, "files"
        ) from problem


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    """Write a picture anew: nothing but its pixels survives."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()


def _captured_at(picture: Image.Image) -> datetime | None:
    """When the camera says the picture was taken; cameras know no zone, so it is kept as written."""
    details = picture.getexif().get_ifd(ExifTags.IFD.Exif)
    try:
        return datetime.strptime(str(details.get(ExifTags.Base.DateTimeOriginal)), "%Y:%m:%d %H:%M:%S").replace(
            tzinfo=UTC
        )
    except ValueError:
        return None
