"""What the laboratory's cameras and microphones give: a moving picture and recorded speech, made here.

The browser's own invented camera is too easy a picture to load a link, and its microphone only beeps.
"""

import subprocess
from collections.abc import Iterator
from functools import cache
from math import cos, pi, sin
from pathlib import Path
from random import Random

WIDTH, HEIGHT, FRAMES_PER_SECOND, SECONDS = 640, 360, 15, 8
MARGIN = 64
"""How far the view sways over a scene that is larger than it."""

SPEECH = (
    "Chào bác sĩ, em là y tá ở trạm. Bà năm nay bảy mươi bảy tuổi, khó thở khi nằm từ hai hôm nay. "
    "Huyết áp một trăm sáu mươi trên chín mươi, mạch chín mươi tám, nhiệt độ ba mươi bảy độ hai. "
    "Hai chân phù nhẹ, phổi có tiếng ran ở đáy hai bên. Bà có tăng huyết áp đã nhiều năm, "
    "thuốc uống không đều. Em đã cho bà ngồi dậy và thở oxy hai lít. Bác sĩ xem giúp em với ạ."
)


def speak(path: Path, *, words_per_minute: int = 165) -> Path:
    """Write speech as a WAV file, which browsers repeat; return its path."""
    command = ["espeak-ng", "-v", "vi", "-s", str(words_per_minute), "-w", path, SPEECH]
    subprocess.run(command, check=True, capture_output=True)
    return path


def film(path: Path, *, seed: int = 1) -> Path:
    """Write a moving picture as a Y4M file: a textured room that sways, a face that moves across it."""
    with path.open("wb") as file:
        rate = f"F{FRAMES_PER_SECOND}:1"
        file.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} {rate} Ip A1:1 C420jpeg\n".encode())
        for number in range(FRAMES_PER_SECOND * SECONDS):
            file.write(b"FRAME\n")
            file.writelines(_picture(number, seed))
    return path


def _picture(number: int, seed: int) -> Iterator[bytes]:
    """Yield the rows of one picture: brightness, then both colours at half the size."""
    turn = 2 * pi * number / (FRAMES_PER_SECOND * SECONDS)  # the last picture leads to the first
    across, down = MARGIN * (1 + sin(3 * turn)) / 2, MARGIN * (1 + cos(2 * turn)) / 2
    left, top = 220 + 90 * sin(5 * turn), 90 + 40 * sin(7 * turn)
    for plane, scale, contrast in ((0, 1, 130), (1, 2, 24), (2, 2, 24)):
        room = _texture(seed + plane, (WIDTH + MARGIN, HEIGHT + MARGIN), contrast)
        face = _texture(seed + plane + 10, (200, 220), contrast)
        x, y = int(across / scale), int(down / scale)
        face_x, face_y = int(left / scale), int(top / scale)
        for row in range(HEIGHT // scale):
            line = room[row + y][x : x + WIDTH // scale]
            if 0 <= row - face_y < 180 // scale:
                part = face[row - face_y + number % 4][: 160 // scale]
                line = line[:face_x] + part + line[face_x + len(part) :]
            yield line


@cache
def _texture(seed: int, size: tuple[int, int], contrast: int) -> tuple[bytes, ...]:
    """Return rows of soft blotches with grain: about as hard to encode as a room."""
    width, height = size
    chance = Random(seed)
    cell = 16
    dark, grains = 128 - contrast // 2, max(1, contrast // 8)
    columns, lines = width // cell + 2, height // cell + 2
    knots = [[dark + chance.uniform(0, contrast) for _ in range(columns)] for _ in range(lines)]
    rows = []
    for y in range(height):
        above, below, part = knots[y // cell], knots[y // cell + 1], y % cell / cell
        edge = [a + (b - a) * part for a, b in zip(above, below, strict=True)]
        grain = chance.randbytes(width)
        rows.append(
            bytes(
                int(edge[x // cell] + (edge[x // cell + 1] - edge[x // cell]) * (x % cell) / cell)
                + grain[x] % grains
                for x in range(width)
            )
        )
    return tuple(rows)
