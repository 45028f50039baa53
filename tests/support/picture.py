# SPDX-License-Identifier: MIT
"""A screen as pyte keeps it, drawn as a terminal draws it, into a PNG of few colours. Blocks,
lines and braille dots are drawn as shapes, so that they meet; the rest is a font's."""
from PIL import Image, ImageDraw, ImageFont

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono{}.ttf"
NAMED = {"black": "2e3436", "red": "cc2222", "green": "3e9a06", "brown": "b58900", "blue": "3465a4",
         "magenta": "8e5a9e", "cyan": "06989a", "white": "d3d7cf"}
PAPER = {True: ("15181e", "d8dade"), False: ("ffffff", "1f2328")}  # dark: background, text

# which arms a line has from the middle: left right up down
ARMS = {"─": "lr", "│": "ud", "┊": "ud", "┬": "lrd", "┴": "lru", "├": "urd", "┤": "uld", "┼": "lrud", "┌": "rd", "┐": "ld", "└": "ru",
        "┘": "lu"}
# eighths of the cell that are filled: left, top, right, bottom
BLOCKS = {"█": (0, 0, 8, 8), "▀": (0, 0, 8, 4), "▌": (0, 0, 4, 8), "▐": (4, 0, 8, 8)}
BLOCKS.update({chr(0x2580 + n): (0, 8 - n, 8, 8) for n in range(1, 8)})
BLOCKS.update({chr(0x2590 - n): (0, 0, n, 8) for n in range(1, 8)})
SHADES = {"░": 0.25, "▒": 0.5, "▓": 0.75}


def rgb(color, default):
    text = NAMED.get(color.replace("bright", ""), color)
    text = default if color == "default" else text
    return tuple(int(text[i:i + 2], 16) for i in (0, 2, 4))


def mixed(a, b, share):
    return tuple(round(x * share + y * (1 - share)) for x, y in zip(a, b))


class Pen:
    def __init__(self, image, left, top, width, height, color):
        self.draw = ImageDraw.Draw(image)
        self.left, self.top, self.width, self.height, self.color = left, top, width, height, color

    def box(self, left, top, right, bottom, color=None):
        """In eighths of the cell."""
        x0, x1 = (self.left + round(self.width * v / 8) for v in (left, right))
        y0, y1 = (self.top + round(self.height * v / 8) for v in (top, bottom))
        if x1 > x0 and y1 > y0:
            self.draw.rectangle((x0, y0, x1 - 1, y1 - 1), fill=color or self.color)

    def arms(self, arms):
        x, y = self.left + self.width // 2, self.top + self.height // 2
        for arm, line in {"l": (self.left, y, x, y), "r": (x, y, self.left + self.width - 1, y),
                          "u": (x, self.top, x, y), "d": (x, y, x, self.top + self.height - 1)}.items():
            if arm in arms:
                self.draw.line(line, fill=self.color)

    def braille(self, dots):
        for i, (x, y) in enumerate([(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)]):
            if dots >> i & 1:
                cx, cy = self.left + self.width * (1 + 2 * x) / 4, self.top + self.height * (1 + 2 * y) / 8
                self.draw.ellipse((cx - 1, cy - 1, cx + 1, cy + 1), fill=self.color)


def draw(screen, path, dark, px=15):
    fonts = {bold: ImageFont.truetype(FONT.format("-Bold" if bold else ""), px) for bold in (False, True)}
    width = round(fonts[False].getlength("M"))
    height = sum(fonts[False].getmetrics())
    paper, ink = PAPER[dark]
    image = Image.new("RGB", (screen.columns * width + 2 * width, screen.lines * height + height), rgb(paper, paper))
    for y in range(screen.lines):
        for x in range(screen.columns):
            cell = screen.buffer[y][x]
            fg, bg = rgb(cell.fg, ink), rgb(cell.bg, paper)
            if cell.reverse:
                fg, bg = bg, fg
            pen = Pen(image, (x + 1) * width, y * height + height // 2, width, height, fg)
            pen.box(0, 0, 8, 8, bg)
            glyph = cell.data
            if glyph in BLOCKS:
                pen.box(*BLOCKS[glyph])
            elif glyph in SHADES:
                pen.box(0, 0, 8, 8, mixed(fg, bg, SHADES[glyph]))
            elif glyph in ARMS:
                pen.arms(ARMS[glyph])
            elif "\u2800" <= glyph <= "\u28ff":
                pen.braille(ord(glyph) - 0x2800)
            elif glyph.strip():
                pen.draw.text((pen.left, pen.top), glyph, font=fonts[cell.bold], fill=fg)
            if cell.underscore:
                pen.draw.line((pen.left, pen.top + height - 2, pen.left + width, pen.top + height - 2), fill=fg)
    image.quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)
