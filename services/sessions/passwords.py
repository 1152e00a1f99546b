"""Which passwords are refused, and why: length, and a list of what everybody tries. Nothing else (domain.md)."""

import re
import unicodedata
from functools import cache
from pathlib import Path

LENGTH_MIN = 12
LENGTH_MAX = 128
CONTEXT_WORDS = ("iact", "ivr", "analytics", "callcenter", "contactcenter", "centrodeatencion", "asterisk")
DISTINCT_MIN = 5  # "abababababab" is one guess, not twelve characters
NAME_PART_LENGTH_MIN = 4  # shorter parts of a name occur in ordinary words
REMAINDER_LENGTH_MIN = 8  # what must be left of a password once the words that everybody knows are taken out
LEET = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"})
TRAILING_MARKS = "0123456789!.?*#$"  # what is put behind a word to please a rule
KEYBOARD_RUNS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890", "abcdefghijklmnopqrstuvwxyz", "1qaz2wsx3edc4rfv")


def normal(password: str) -> str:
    """The form that is hashed: the same characters typed on different keyboards are the same password."""
    return unicodedata.normalize("NFC", password)


def refusal(password: str, *, username: str) -> str | None:
    """Why this password is refused, as a sentence for the person; None when it is good enough."""
    length = len(normal(password))
    if length < LENGTH_MIN:
        return f"Use at least {LENGTH_MIN} characters; a few words in a row are easy to remember."
    if length > LENGTH_MAX:
        return f"Use at most {LENGTH_MAX} characters."
    plain = simplified(password)
    guessable = {
        "This password repeats too few characters.": len(set(password)) < DISTINCT_MIN,
        "This password is among the first that an attacker tries.": _is_common(password),
        "This password is a run of neighbouring keys or characters.": _is_run(plain),
        "This password is little more than the user name.": _little_but(plain, _names(username)),
        "This password is little more than the name of this product or its trade.": _little_but(plain, CONTEXT_WORDS),
    }
    return next((sentence for sentence, applies in guessable.items() if applies), None)


def simplified(password: str) -> str:
    """Letters and digits alone, without case, accents and the usual disguises (p4ssw0rd)."""
    decomposed = unicodedata.normalize("NFKD", password.casefold()).translate(LEET)
    return "".join(character for character in decomposed if character.isalnum())


@cache
def common() -> frozenset[str]:
    """The list in common_passwords.txt, simplified, each word also twice over."""
    text = Path(__file__).with_name("common_passwords.txt").read_text(encoding="utf-8")
    words = {simplified(line) for line in text.splitlines() if line and not line.startswith("#")}
    return frozenset(words | {word * 2 for word in words})


def _is_common(password: str) -> bool:
    return bool({simplified(password), simplified(password.rstrip(TRAILING_MARKS))} & common())


def _names(username: str) -> tuple[str, ...]:
    wordy = re.sub(r"[\d\W_]", "", username)
    parts = (simplified(part) for part in (username, wordy, *re.split(r"[\W_]", username)))
    return tuple(part for part in parts if len(part) >= NAME_PART_LENGTH_MIN)


def _little_but(plain: str, words: tuple[str, ...]) -> bool:
    remainder = plain
    for word in sorted(words, key=len, reverse=True):
        remainder = remainder.replace(word, "")
    return remainder != plain and len(remainder) < REMAINDER_LENGTH_MIN


def _is_run(plain: str) -> bool:
    runs = [simplified(run) for run in KEYBOARD_RUNS]
    around = [direction * 3 for run in runs for direction in (run, run[::-1])]
    return any(plain in line for line in around)
