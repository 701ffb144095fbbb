"""Make the sounds of the till: python3 tools/make_sounds.py [name ...]

Standard library only; the README of static/src/sounds has the recipe in words. The
three older sounds were made the same way and are left as they are.
"""

import math
import struct
import sys
import wave
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "static" / "src" / "sounds"
RATE = 16000
#: semitones above C in octave 4, where A4 is 440 Hz
NOTES = {"C": -9, "D": -7, "E": -5, "F": -4, "G": -2, "A": 0, "B": 2}
ATTACK, RELEASE = 0.008, 0.03
PEAK = 0.89

#: name -> (length in seconds, notes: (start, note, length, decay))
SOUNDS = {
    # two rising steps, twice: something has changed, look at it
    "changed": (
        1.5,
        [
            (0.0, "G5", 0.25, 7.0),
            (0.14, "B5", 0.5, 5.0),
            (0.7, "G5", 0.25, 7.0),
            (0.84, "B5", 0.6, 5.0),
        ],
    ),
    # three fast knocks on one note, twice: somebody is waiting
    "urged": (
        1.6,
        [
            (start + offset, "A5", 0.16, 16.0)
            for start in (0.0, 0.75)
            for offset in (0.0, 0.15, 0.3)
        ],
    ),
    # an open fourth, once: an order that any store may take
    "pool": (1.1, [(0.0, "D5", 0.4, 6.0), (0.16, "G5", 0.9, 4.0)]),
}


def frequency(note):
    return 440.0 * 2 ** ((NOTES[note[0]] + 12 * (int(note[1]) - 4)) / 12)


def tone(samples, start, note, length, decay):
    base = frequency(note)
    first = int(start * RATE)
    for index in range(int(length * RATE)):
        moment = index / RATE
        attack = min(1.0, moment / ATTACK)
        release = min(1.0, max(0.0, (length - moment) / RELEASE))
        envelope = attack * release * math.exp(-decay * moment)
        wave_sum = sum(
            weight * math.sin(2 * math.pi * base * overtone * moment)
            for overtone, weight in ((1, 1.0), (2, 0.45), (3, 0.2))
        )
        if first + index < len(samples):
            samples[first + index] += envelope * wave_sum


def render(name):
    length, notes = SOUNDS[name]
    samples = [0.0] * int(length * RATE)
    for start, note, note_length, decay in notes:
        tone(samples, start, note, note_length, decay)
    scale = PEAK * 32767 / max(map(abs, samples))
    return b"".join(struct.pack("<h", round(sample * scale)) for sample in samples)


def main():
    for name in sys.argv[1:] or SOUNDS:
        with wave.open(str(FOLDER / f"{name}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(render(name))


if __name__ == "__main__":
    main()
