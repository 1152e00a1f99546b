"""Emojis in code, documents and commit messages. Arrows, ticks and mathematical signs are not emojis."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from scripts.restrictions.findings import Finding, Source

# Blocks of pictographs, what turns a sign into one (variation selector 16, keycap), and the signs of the older
# blocks that Unicode lists as emojis. U+2713 (tick), U+2717 (cross) and all arrows stay allowed.
EMOJI = re.compile(
    "["
    "\U0001f000-\U0001faff\U0001fb00-\U0001fbff"
    "\u231a\u231b\u23e9-\u23f3\u23f8-\u23fa\u25fd\u25fe\u2b1b\u2b1c\u2b50\u2b55\u3030\u303d\u3297\u3299"
    "\u2600-\u2604\u260e\u2611\u2614\u2615\u2618\u261d\u2620\u2622\u2623\u2626\u262a\u262e\u262f\u2638-\u263a"
    "\u2640\u2642\u2648-\u2653\u265f\u2660\u2663\u2665\u2666\u2668\u267b\u267e\u267f\u2692-\u2697\u2699\u269b\u269c"
    "\u26a0\u26a1\u26a7\u26aa\u26ab\u26b0\u26b1\u26bd\u26be\u26c4\u26c5\u26c8\u26ce\u26cf\u26d1\u26d3\u26d4\u26e9\u26ea"
    "\u26f0-\u26f5\u26f7-\u26fa\u26fd\u2702\u2705\u2708-\u270d\u270f\u2712\u2714\u2716\u271d\u2721\u2728\u2733\u2734"
    "\u2744\u2747\u274c\u274e\u2753-\u2755\u2757\u2763\u2764\u2795-\u2797\u27a1\u27b0\u27bf"
    "\ufe0f\u20e3"
    "]"
)
WAY_OUT = "Say it in words (or with a plain sign such as U+2713)."


def check_emojis(source: Source) -> Iterator[Finding]:
    """Emojis in any text file."""
    for number, line in enumerate(source.text.splitlines(), start=1):
        if found := EMOJI.search(line):
            yield Finding(source.path, number, "emoji", f"has the emoji U+{ord(found[0]):04X}.", WAY_OUT)


def check_commit_messages(root: Path) -> Iterator[Finding]:
    """Emojis in the messages of the history; nothing to say where there is none."""
    command = ["git", "-C", str(root), "log", "-z", "--format=%H%n%B"]
    log = subprocess.run(command, capture_output=True, check=False)
    if log.returncode:
        return
    for entry in log.stdout.decode("utf-8", errors="replace").split("\0"):
        commit, _, message = entry.partition("\n")
        if found := EMOJI.search(message):
            problem = f"its message has the emoji U+{ord(found[0]):04X}."
            yield Finding(f"commit {commit[:12]}", 0, "emoji", problem, WAY_OUT)
