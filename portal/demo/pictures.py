"""Pictures of the demo, drawn here: what a buyer would photograph."""

import io
import random
from collections.abc import Callable

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw, ImageFilter

SIZE = (960, 720)
Draw = Callable[[ImageDraw.ImageDraw, random.Random], None]


def picture(name: str, seed: int) -> SimpleUploadedFile:
    """Draw a picture by name as an upload; the seed makes each one differ."""
    chance = random.Random(seed)  # noqa: S311 - decoration
    image = Image.new("RGB", SIZE, _shade((214, 206, 192), chance))
    canvas = ImageDraw.Draw(image)
    for _n in range(60):  # a table top
        y = chance.randrange(SIZE[1])
        canvas.line([(0, y), (SIZE[0], y + chance.randrange(-12, 12))], fill=_shade((200, 190, 172), chance), width=2)
    DRAWINGS[name](canvas, chance)
    image = image.filter(ImageFilter.GaussianBlur(0.8)).resize((640, 480))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return SimpleUploadedFile(f"{name}.jpg", out.getvalue(), "image/jpeg")


def _shade(colour: tuple[int, int, int], chance: random.Random) -> tuple[int, int, int]:
    change = chance.randrange(-8, 9)
    red, green, blue = (max(0, min(255, c + change)) for c in colour)
    return red, green, blue


def _box(canvas: ImageDraw.ImageDraw, chance: random.Random) -> None:
    """A parcel with a crushed corner."""
    canvas.polygon([(220, 240), (640, 200), (760, 320), (760, 580), (320, 620), (220, 520)], fill=(176, 132, 84))
    canvas.polygon([(220, 240), (640, 200), (760, 320), (320, 360)], fill=(198, 156, 106))
    canvas.line([(320, 360), (320, 620)], fill=(120, 86, 50), width=4)
    canvas.line([(430, 220), (540, 340), (540, 600)], fill=(222, 200, 160), width=26)
    x = 700 + chance.randrange(-10, 10)
    canvas.polygon([(x, 300), (770, 330), (762, 470), (640, 430), (690, 380)], fill=(96, 66, 40))
    canvas.line([(690, 380), (610, 410), (650, 430), (570, 470)], fill=(70, 46, 28), width=6)


def _seam(canvas: ImageDraw.ImageDraw, chance: random.Random) -> None:
    """Cloth with an open seam."""
    canvas.rectangle([120, 90, 840, 640], fill=(206, 190, 160))
    for x in range(120, 840, 9):
        canvas.line([(x, 90), (x, 640)], fill=(196, 180, 150), width=1)
    for y in range(90, 640, 26):
        canvas.line([(478, y), (482, y + 14)], fill=(150, 134, 104), width=5)
    top = 250 + chance.randrange(-20, 20)
    canvas.polygon([(480, top), (520, top + 90), (500, top + 190), (470, top + 110)], fill=(60, 50, 40))
    for n in range(12):
        y = top + 16 * n
        canvas.line([(470, y), (470 + chance.randrange(30, 70), y + chance.randrange(-18, 18))], fill=(226, 214, 190))


def _label(canvas: ImageDraw.ImageDraw, chance: random.Random) -> None:
    """A label with its lines of print."""
    canvas.rounded_rectangle([280, 150, 680, 570], 18, fill=(246, 244, 238), outline=(190, 184, 172), width=3)
    for n in range(7):
        canvas.rectangle([320, 200 + 44 * n, 320 + chance.randrange(160, 320), 216 + 44 * n], fill=(90, 92, 96))
    for x in range(330, 630, 8):
        canvas.rectangle([x, 510, x + chance.choice([2, 3, 5]), 552], fill=(30, 30, 30))


def _crack(canvas: ImageDraw.ImageDraw, chance: random.Random) -> None:
    """A cup with a crack."""
    canvas.ellipse([300, 190, 660, 300], fill=(150, 182, 168))
    canvas.polygon([(300, 245), (660, 245), (610, 560), (350, 560)], fill=(168, 200, 186))
    canvas.ellipse([320, 205, 640, 285], fill=(120, 152, 138))
    canvas.arc([610, 280, 760, 460], -80, 90, fill=(158, 190, 176), width=26)
    x, y = 470, 250
    for _n in range(7):
        step = (x + chance.randrange(-34, 34), y + 44)
        canvas.line([(x, y), step], fill=(48, 62, 56), width=5)
        x, y = step


def _item(canvas: ImageDraw.ImageDraw, chance: random.Random) -> None:
    """The whole thing, seen from above."""
    canvas.rounded_rectangle([250, 130, 710, 600], 40, fill=_shade((112, 128, 120), chance))
    canvas.rounded_rectangle([300, 180, 660, 550], 24, fill=_shade((140, 156, 146), chance))
    canvas.ellipse([420, 300, 540, 420], fill=_shade((90, 104, 96), chance))


DRAWINGS: dict[str, Draw] = {"box": _box, "seam": _seam, "label": _label, "crack": _crack, "item": _item}
