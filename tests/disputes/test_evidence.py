"""Evidence: cleaned of where it was taken, stored once, shown to those concerned, refused with the reason."""

import hashlib
import io
import tracemalloc
import zipfile
from contextlib import nullcontext, suppress
from datetime import UTC, datetime

import pytest
from django.core.files.base import ContentFile, File
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image, TiffImagePlugin
from pillow_heif import register_heif_opener

from aftersales.buyers.models import Draft
from aftersales.disputes.errors import NotAllowed, RuleBroken
from aftersales.disputes.evidence import inspection
from aftersales.disputes.evidence.services import FILES_PER_SIDE, add_evidence
from aftersales.disputes.models import Event, Evidence
from aftersales.disputes.services import leaving

register_heif_opener()
PDF = b"%PDF-1.7\n%%EOF"
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + b"\x00" * 100
MARK = "Kitchen, 12 Long Street"


def picture(kind="JPEG", size=(640, 480), rotated=False):
    """A photograph as phones make it: with place, camera, date and the photographer's words."""
    exif = Image.Exif()
    exif[0x0112] = 6 if rotated else 1  # how it was held
    exif[0x010E] = MARK
    exif[0x8769] = {0x9003: "2026:11:20 08:30:00"}
    exif[0x8825] = {1: "N", 2: tuple(TiffImagePlugin.IFDRational(n) for n in (31, 14, 5)), 3: "E", 4: (121, 28, 12)}
    file = io.BytesIO()
    more = {"JPEG": {"comment": MARK.encode(), "xmp": MARK.encode()}, "WEBP": {"xmp": MARK.encode()}}.get(kind, {})
    Image.new("RGB", size, "teal").save(file, kind, exif=exif, **more)
    return file.getvalue()


def zipped():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("photo.jpg", "not a picture")
    return file.getvalue()


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def case(file_case):
    return file_case()


@pytest.fixture
def show(case, cast, now):
    """Add a file as somebody: `show(picture(), who="buyer", name="a.jpg")`."""

    def add(content, who="buyer", name="photo.jpg", **more):
        upload = ContentFile(content, name=name)
        return add_evidence(dispute=case, actor=getattr(cast, who), now=now, upload=upload, **more)

    return add


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_where_a_picture_was_taken_is_in_no_stored_file(kind, show, media):
    sent = picture(kind)
    assert MARK.encode() in sent
    shown = show(sent)
    assert (shown.kind, shown.content_type, shown.width, shown.height) == ("image", "image/jpeg", 640, 480)
    assert shown.source_sha256 == hashlib.sha256(sent).hexdigest()
    assert shown.captured_at == datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
    stored = [file.read_bytes() for file in media.rglob("*") if file.is_file()]
    assert len(stored) == 2  # it and its thumbnail
    for content in stored:
        assert not Image.open(io.BytesIO(content)).getexif()
        assert MARK.encode() not in content
        assert b"Exif" not in content
    with shown.file.open() as kept, shown.thumbnail.open() as small:
        content = kept.read()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (shown.size, shown.sha256)
        assert max(Image.open(small).size) == 320


def test_a_picture_held_sideways_stands_upright(show):
    assert (show(picture(rotated=True)).width, Evidence.objects.get().height) == (480, 640)


def test_a_large_photograph_is_stored_smaller(show):
    shown = show(picture(size=(12_000, 9_000)))  # 108 million pixels, as the largest phones have
    assert max(shown.width, shown.height) == 2048


@pytest.mark.parametrize(("content", "kind"), [(PDF, "pdf"), (MP4, "video")])
def test_documents_and_videos_are_kept_as_they_are(content, kind, show, media):
    shown = show(content, name="../../etc/passwd\u202egpj.exe")
    assert (shown.kind, shown.size, shown.sha256) == (kind, len(content), hashlib.sha256(content).hexdigest())
    with shown.file.open() as kept:
        assert kept.read() == content
    assert media in media.joinpath(shown.file.name).resolve().parents  # nothing of the name reaches the file system
    assert "passwd" not in shown.file.name


def test_a_video_is_never_held_in_memory(case, cast, now, tmp_path):
    with (tmp_path / "film").open("w+b") as film:
        film.write(MP4)
        film.truncate(45 * 1024 * 1024)
        film.seek(0)
        upload = File(film, name="film.mp4")
        tracemalloc.start()
        try:
            shown = add_evidence(dispute=case, actor=cast.buyer, now=now, upload=upload)
            assert tracemalloc.get_traced_memory()[1] < 5 * 1024 * 1024
        finally:
            tracemalloc.stop()
    assert shown.size == 45 * 1024 * 1024


BAD = {
    "a zip named .jpg": (zipped(), "is not a picture, a PDF or an MP4 video."),
    "a page": (b"<html><script>alert(1)</script>", "is not a picture, a PDF or an MP4 video."),
    "a drawing with a script": (
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "is not a picture, a PDF or an MP4 video.",
    ),
    "nothing": (b"", "is not a picture, a PDF or an MP4 video."),
    "NUL bytes": (b"\x00" * 5000, "is not a picture, a PDF or an MP4 video."),
    "a torn picture": (picture()[:3000], "cannot be opened as a picture."),
    "only its first bytes": (b"\xff\xd8\xff\xe0" + b"\x00" * 50, "cannot be opened as a picture."),
    "a bomb": (picture("PNG", size=(9_000, 7_000)), "cannot be opened as a picture."),
    "a picture too large": (picture() + b"\x00" * 10 * 1024 * 1024, "is larger than 10 MB."),
    "a document too large": (PDF + b"\x00" * 10 * 1024 * 1024, "is larger than 10 MB."),
    "a video too large": (MP4 + b"\x00" * 50 * 1024 * 1024, "is larger than 50 MB."),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_evidence_is_told_by_name_and_leaves_nothing(name, case, cast, media):
    content, words = BAD[name]
    before = Event.objects.count()
    for language in ("en", "zh-hans"):
        type(cast.buyer).objects.filter(pk=cast.buyer.pk).update(language=language)
        files = {"files": SimpleUploadedFile("照片😡.jpg", content, "image/jpeg")}
        page = client_of(cast.buyer).post(f"{case.get_absolute_url()}evidence/", files, follow=True).content.decode()
        assert "照片😡.jpg" in page
        assert (words in page) == (language == "en")
    assert Event.objects.count() == before
    assert not Evidence.objects.exists()
    assert not [file for file in media.rglob("*") if file.is_file()]


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow tells of torn tags
def test_pictures_broken_anywhere_are_never_a_fault():
    """Bytes of real pictures turned over, one at a time: taken or refused, nothing else."""
    for kind in ("JPEG", "PNG", "WEBP", "GIF"):
        sent = bytearray(picture(kind, size=(32, 24)) if kind != "GIF" else gif())
        for place in range(8, len(sent), max(1, len(sent) // 150)):
            sent[place] ^= 0xFF
            with suppress(RuleBroken):
                inspection.inspect(ContentFile(bytes(sent)), name="x")
            sent[place] ^= 0xFF


def gif():
    file = io.BytesIO()
    Image.new("P", (32, 24)).save(file, "GIF")
    return file.getvalue()


def test_good_files_are_kept_beside_bad_ones(case, cast):
    files = [SimpleUploadedFile("good.jpg", picture()), SimpleUploadedFile("bad.jpg", zipped())]
    sent = {"files": files, "slot": "\x00x" * 50, "caption": "\x00" + "长" * 5000}
    page = client_of(cast.buyer).post(f"{case.get_absolute_url()}evidence/", sent, follow=True).content.decode()
    assert "good.jpg was added." in page
    assert "bad.jpg is not a picture" in page
    shown = Evidence.objects.get()
    assert (shown.name, len(shown.caption)) == ("good.jpg", 200)


def test_none_chosen_and_one_too_many(case, cast, show):
    client, address = client_of(cast.buyer), f"{case.get_absolute_url()}evidence/"
    assert "Choose a file first." in client.post(address, {}, follow=True).content.decode()
    for number in range(FILES_PER_SIDE):
        show(PDF + str(number).encode())
    page = client.post(address, {"files": SimpleUploadedFile("21.pdf", PDF)}, follow=True).content.decode()
    assert f"At most {FILES_PER_SIDE} files." in page
    assert Evidence.objects.count() == FILES_PER_SIDE
    show(PDF, who="owner")  # the other side has its own


def test_the_same_file_again_is_the_same_exhibit(show):
    assert show(picture()) == show(picture(), name="again.jpg")
    assert Event.objects.filter(action="submit_evidence").count() == 1


def test_a_case_that_is_over_takes_none(case, cast, now):
    leaving.withdraw(dispute=case, actor=cast.buyer, now=now)
    files = {"files": SimpleUploadedFile("late.pdf", PDF)}
    answer = client_of(cast.buyer).post(f"{case.get_absolute_url()}evidence/", files)
    assert answer.status_code == 409
    assert "No evidence is taken any more." in answer.content.decode()
    assert not Evidence.objects.exists()


WHO = {
    **dict.fromkeys(["buyer", "owner", "agent"], (200, True)),
    **dict.fromkeys(["finance", "arbitrator", "senior", "platform"], (200, False)),
    **dict.fromkeys(["rival", "outsider"], (404, False)),
}


@pytest.mark.parametrize("who", WHO)
def test_files_are_seen_by_those_concerned_and_added_by_the_parties(who, case, cast, show, api):
    sees, adds = WHO[who]
    shown, client = show(picture()), client_of(getattr(cast, who))
    for end in ("", "small/"):
        answer = client.get(f"{case.get_absolute_url()}evidence/{shown.pk}/{end}")
        assert answer.status_code == sees
        if sees == 200:
            assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
            assert answer["X-Content-Type-Options"] == "nosniff"
            b"".join(answer.streaming_content)
    assert api(who).get(f"/disputes/{case.number}/evidence/evidence_{shown.pk}/").status_code == sees
    with nullcontext() if adds else pytest.raises(NotAllowed):
        show(PDF, who=who)
    answer = client.post(f"{case.get_absolute_url()}evidence/", {"files": SimpleUploadedFile("a.pdf", PDF + b"2")})
    assert answer.status_code == (302 if adds else 404 if sees == 404 else 403)
    assert Evidence.objects.count() == 1 + 2 * adds


def test_a_file_is_found_only_in_its_own_case(case, cast, show, file_case):
    shown, other = show(picture()), file_case()
    assert client_of(cast.buyer).get(f"{other.get_absolute_url()}evidence/{shown.pk}/").status_code == 404
    assert Client().get(f"{case.get_absolute_url()}evidence/{shown.pk}/").status_code == 302  # to the sign-in


def test_in_the_wizard_bad_files_stop_at_their_page_and_good_ones_reach_the_case(buy, cast, media):
    client, order = client_of(cast.buyer), buy()
    address = f"/orders/{order.number}/dispute"
    client.post(f"{address}/what/", {"what": "quality"})
    client.post(f"{address}/wish/", {"wants": "partial_refund_keep", "amount": "30.00"})
    files = [SimpleUploadedFile("seam.jpg", picture()), SimpleUploadedFile("photo.jpg", zipped())]
    answer = client.post(f"{address}/tell/", {"statement": "Open.", "slot": "\x00", "files": files})
    assert answer.status_code == 422
    assert "photo.jpg is not a picture" in answer.content.decode()
    assert [f["name"] for f in Draft.objects.get().answers["files"]] == ["seam.jpg"]
    client.post(f"{address}/tell/", {"statement": "Open."})
    assert client.post(f"{address}/check/", {}).status_code == 302
    shown = Evidence.objects.get()
    assert (shown.name, shown.dispute.order_id) == ("seam.jpg", order.pk)
