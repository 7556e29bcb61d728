"""Drawing on a page from the top down: lines of text that wrap in both scripts, rules, boxes, a QR code. In points."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import segno
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

# Chinese and Latin in one of the fonts that every reader of PDF brings along: none is shipped with us.
FONT = "STSong-Light"
MARGIN = 8 * mm
# What stays on one line: a word with the marks that follow it, a blank, or any single other character.
_PIECES = re.compile(r"[!-~]+|\s|[^\s!-~][，。；：、！？）》”]*")


@dataclass(slots=True)
class Sheet:
    """A page of a width and height, and how far down it has been written."""

    canvas: Canvas
    width: float
    height: float
    y: float = 0.0
    narrow: float = 0.0  # what a picture at the right takes from the lines above `narrow_until`
    narrow_until: float = 0.0

    def __post_init__(self) -> None:
        pdfmetrics.registerFont(UnicodeCIDFont(FONT))
        self.y = self.height - MARGIN

    def room(self, size: float) -> float:
        """How wide a line of a size may be here."""
        beside = self.narrow if self.y - size > self.narrow_until else 0.0
        return float(self.width - 2 * MARGIN - beside)

    def write(self, text: str, size: float, *, bold: bool = False, grey: bool = False, after: float = 0.0) -> None:
        """Write a text below what is there."""
        rest = text
        while rest:
            line, rest = _first_line(rest, size, self.room(size))
            self.y -= size * 1.3
            self._draw(line, size, bold, 0.35 if grey else 0.0)
        self.y -= after

    def _draw(self, line: str, size: float, bold: bool, grey: float) -> None:
        self.canvas.saveState()  # how text is rendered outlives the text
        text = self.canvas.beginText(MARGIN, self.y)
        text.setFont(FONT, size)
        self.canvas.setFillGray(grey)
        self.canvas.setStrokeGray(grey)
        self.canvas.setLineWidth(size / 40)
        text.setTextRenderMode(2 if bold else 0)  # the font has no bold: its outline is drawn as well
        text.textLine(line)
        self.canvas.drawText(text)
        self.canvas.restoreState()

    def rule(self) -> None:
        """Draw a line across."""
        self.y -= 3 * mm
        self.canvas.setLineWidth(0.5)
        self.canvas.setStrokeGray(0.6)
        self.canvas.line(MARGIN, self.y, self.width - MARGIN, self.y)
        self.y -= 0.5 * mm

    def frame(self, top: float) -> None:
        """Draw a frame from `top` down to what was last written."""
        self.y -= 2.5 * mm
        self.canvas.setLineWidth(1.2)
        self.canvas.setStrokeGray(0)
        self.canvas.rect(MARGIN - 2 * mm, self.y, self.width - 2 * MARGIN + 4 * mm, top - self.y)

    def blank(self, label: str) -> None:
        """Leave a line to be filled in by hand."""
        self.y -= 8 * mm
        self._draw(label, 9, bold=False, grey=0.35)
        start = MARGIN + pdfmetrics.stringWidth(label, FONT, 9) + 2 * mm
        self.canvas.setLineWidth(0.5)
        self.canvas.setStrokeGray(0)
        self.canvas.line(start, self.y - 1, self.width - MARGIN, self.y - 1)

    def code(self, content: str, size: float) -> None:
        """Draw a QR code into the upper right corner; the lines beside it keep off."""
        rows = list(segno.make_qr(content, error="q").matrix_iter(border=0))
        dot, left, top = size / len(rows), self.width - MARGIN - size, self.height - MARGIN
        self.canvas.setFillGray(0)
        for y, row in enumerate(rows):
            for x, dark in enumerate(row):
                if dark:
                    self.canvas.rect(left + x * dot, top - (y + 1) * dot, dot, dot, stroke=0, fill=1)
        self.narrow, self.narrow_until = size + 4 * mm, top - size - 2 * mm


def _first_line(text: str, size: float, room: float) -> tuple[str, str]:
    """Cut the longest beginning off that fits; a word longer than a line is cut anywhere."""
    line = ""
    for piece in _pieces(text, size, room):
        if line and pdfmetrics.stringWidth(line + piece, FONT, size) > room:
            break
        line += piece
    return line.rstrip(), text[len(line) :].lstrip()


def _pieces(text: str, size: float, room: float) -> Iterator[str]:
    for piece in _PIECES.findall(text):
        if pdfmetrics.stringWidth(piece, FONT, size) > room:
            yield from piece
        else:
            yield piece
