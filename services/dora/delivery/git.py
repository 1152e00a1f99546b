"""Reads a repository through the git program: one pass over the log, one over the refs, nothing written, nothing run.

Hooks, user and system configuration, replacement objects and every transport are switched off; a shallow clone is
refused, because a missing past reads as a better present.
"""

import contextlib
import fcntl
import os
import re
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from functools import reduce
from operator import or_
from pathlib import Path

from services.dora.delivery import gitlog
from services.dora.delivery.model import Commit, History, Tag

CHUNK_BYTES = 1 << 18  # some hundred commits: the whole log is never in memory
PIPE_BYTES = 1 << 20  # what Linux gives to anybody
TIPS_MIN = 20  # a history with fewer is seldom long
TIMEOUT_S = 120  # the refs of a large repository take seconds
# A million commits take half a minute, a cold disk several times as long. Nobody else gets a history meanwhile.
LOG_S_MAX = 300
SAFE_CONFIG = (
    *("core.hooksPath=/dev/null", "core.fsmonitor=false", "protocol.allow=never", "log.showSignature=false"),
    *("gc.auto=0", "maintenance.auto=false", "core.useReplaceRefs=false", "core.pager=cat", "safe.directory=*"),
)
REFS = ("refs/heads", "refs/remotes", "refs/tags", "refs/pull/*/head", "refs/merge-requests/*/head")
REF_FORMAT = "%(refname)%00%(objectname)%00%(objecttype)%00%(*objectname)%00%(*objecttype)%00%(creatordate:unix)"
PULL_REF = re.compile(r"^refs/(?:pull|merge-requests)/(\d{1,9})/head$")


class GitError(Exception):
    """git refused; the message is a sentence for a person."""


def read_history(repository: Path, *, since: Sequence[str] = ()) -> History:
    """The whole history below every branch, tag and pull request; with `since`, only what those commits lack.

    GitError when it is no repository, a shallow clone, or git is not installed.
    """
    check(repository)
    tags, pulls, tips = _refs(repository)
    head = _line(repository, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    parts: list[tuple[Sequence[str], Sequence[str]]]
    if since:  # a known tip needs no walk: git would go through the whole past to find that out
        past = set(since)
        parts = [([tip for tip in (*tips, *([head] if head else [])) if tip not in past], since)]
    else:
        parts = _halves(tips, head)
    return History(_read(repository, parts), tuple(tags), pulls, head or None)


class _Gits:
    """The gits that read one log side by side: when one fails, or all take too long, none is waited for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: list[subprocess.Popen[bytes]] = []
        self._ended = False

    def add(self, process: subprocess.Popen[bytes]) -> None:
        with self._lock:
            self._running.append(process)
            if self._ended:
                process.kill()

    def end(self) -> None:
        """End those that run, and every one that is still to come."""
        with self._lock:
            self._ended = True
            for process in self._running:
                process.kill()  # nothing happens to one that has ended


def _read(repository: Path, parts: Sequence[tuple[Sequence[str], Sequence[str]]]) -> dict[str, Commit]:
    """The commits of all parts, a git and a thread for each. GitError by the first that fails, or after LOG_S_MAX."""
    gits = _Gits()

    def commits(tips: Sequence[str], known: Sequence[str]) -> dict[str, Commit]:
        return {commit.sha: commit for commit in read_commits(repository, tips, known, gits)}

    with ThreadPoolExecutor(len(parts)) as readers:
        reading = [readers.submit(commits, *part) for part in parts]
        try:
            done, late = wait(reading, timeout=LOG_S_MAX, return_when=FIRST_EXCEPTION)
            for each in done:
                each.result()
            if late:
                raise GitError(f"git log took longer than {LOG_S_MAX} s")
            return reduce(or_, [each.result() for each in reading])
        finally:
            gits.end()


def _halves(tips: Mapping[str, int], head: str | None) -> list[tuple[Sequence[str], Sequence[str]]]:
    """What to read (below these, not below those) so that two gits share the work of one, each on a core of its own.

    What is below the older half of all branches, tags and pull requests, and what the others have beyond that.
    """
    ordered = [*sorted(tips, key=lambda tip: (tips[tip], tip)), *([head] if head and head not in tips else [])]
    if len(ordered) < TIPS_MIN:
        return [(ordered, ())]
    middle = len(ordered) // 2
    return [(ordered[middle:], ordered[:middle]), (ordered[:middle], ())]


def check(repository: Path) -> None:
    """GitError unless this is a complete repository."""
    if not repository.is_dir():
        raise GitError(f"{repository} is not a folder; give the path of a clone with --repo")
    if (answer := _line(repository, "rev-parse", "--is-shallow-repository")) is None:
        raise GitError(f"{repository} is not a git repository; give the path of a clone with --repo")
    if answer == "true":
        raise GitError(f"{repository} is a shallow clone and lacks its past; run `git fetch --unshallow` first")


def read_commits(repository: Path, tips: Sequence[str], known: Sequence[str], gits: _Gits) -> Iterator[Commit]:
    """Every commit reachable from `tips` and not from `known`, in one pass. `gits` may end it, which is a GitError."""
    if not tips:
        return
    asked = "".join(f"{tip}\n" for tip in dict.fromkeys(tips)) + "".join(f"^{sha}\n" for sha in known)
    words = ["log", "--stdin", "-z", f"--format={gitlog.FORMAT}", "--encoding=UTF-8", "--no-notes"]
    with tempfile.TemporaryFile() as questions, tempfile.TemporaryFile() as complaints:
        questions.write(asked.encode())
        questions.seek(0)
        process = subprocess.Popen(  # noqa: S603 - a fixed program; names go in by standard input or after -C
            _command(repository, words), stdin=questions, stdout=subprocess.PIPE, stderr=complaints, env=_environment()
        )
        gits.add(process)
        _widen(process)
        broken = ""
        try:
            yield from gitlog.commits(_chunks(process))
        except ValueError as error:  # git was ended while it wrote: how, its exit code says
            broken = str(error)
        finally:
            if process.stdout is not None:
                process.stdout.close()
            code = process.wait()
        if code or broken:
            complaints.seek(0)
            said = complaints.read(500).decode("utf-8", "replace").strip()
            raise GitError(f"git log failed: {said or broken or f'it ended with {code}'}")


def touching(repository: Path, folder: str) -> frozenset[str]:
    """The commits below every ref that change something in a folder; merges are none of them."""
    words = ("rev-list", "--all", "--no-merges", "--full-history", "--end-of-options", "--", f":(top,literal){folder}")
    return frozenset(_output(repository, *words).split())


def _widen(process: subprocess.Popen[bytes]) -> None:
    """Let git write on while what it wrote is read: a pipe holds 64 KiB unless asked."""
    if process.stdout is not None:
        with contextlib.suppress(OSError, AttributeError):  # refused, or another system than Linux
            fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def _chunks(process: subprocess.Popen[bytes]) -> Iterator[bytes]:
    stdout = process.stdout
    while stdout is not None and (chunk := stdout.read(CHUNK_BYTES)):
        yield chunk


def _refs(repository: Path) -> tuple[list[Tag], dict[int, str], dict[str, int]]:
    """Tags, heads of pull requests by number, and every commit that a ref names, with when that was made."""
    tags: list[Tag] = []
    pulls: dict[int, str] = {}
    tips: dict[str, int] = {}
    for line in _output(repository, "for-each-ref", f"--format={REF_FORMAT}", *REFS).splitlines():
        name, sha, kind, peeled, peeled_kind, dated = line.split("\0")
        commit = sha if kind == "commit" else peeled if peeled_kind == "commit" else None
        if commit is None:  # a tag on a file or on another tag ships nothing
            continue
        tips[commit] = int(dated or 0)
        if name.startswith("refs/tags/"):
            tags.append(Tag(name.removeprefix("refs/tags/"), commit, int(dated) if dated and kind == "tag" else None))
        elif numbered := PULL_REF.match(name):
            pulls[int(numbered[1])] = commit
    return tags, pulls, tips


def _line(repository: Path, *words: str) -> str | None:
    try:
        return _output(repository, *words).strip()
    except GitError:
        return None


def _output(repository: Path, *words: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program and words of this file
            _command(repository, words),
            capture_output=True,
            check=False,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            timeout=TIMEOUT_S,
        )
    except FileNotFoundError as error:
        raise GitError("git is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise GitError(f"git {words[0]} took longer than {TIMEOUT_S} s") from error
    if done.returncode:
        raise GitError(f"git {words[0]} failed: {done.stderr.decode('utf-8', 'replace').strip()[:500]}")
    return done.stdout.decode("utf-8", "replace")


def _command(repository: Path, words: Sequence[str]) -> list[str]:
    settings = [word for setting in SAFE_CONFIG for word in ("-c", setting)]
    return ["git", "--no-pager", "--no-replace-objects", "-C", str(repository), *settings, *words]


def _environment() -> dict[str, str]:
    """Nothing of the caller's git: no GIT_DIR, no configuration, no prompt, no fetching of what is missing."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    silent = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0"}
    # Into a pipe git writes each commit by itself unless told not to, which doubles the time of both sides.
    return kept | silent | {"GIT_FLUSH": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C.UTF-8"}
