"""Bare clones of local repositories, brought up to date step by step. Blocking: call it in a thread.

A repository is fetched by its path through git's own file transport, with every other transport, all hooks and all
configuration of users switched off; it must lie below an allowed root, links resolved, and borrow nothing from
elsewhere. What a rewritten branch or a moved tag leaves behind is kept under a ref of its own: it may have shipped.
"""

import hashlib
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from services.dora.delivery.git import SAFE_CONFIG, GitError

GIT = "git"
FETCH_S_MAX = 600  # the first fetch of a large repository from a slow disk
REFSPECS = (
    *("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"),
    *("+refs/pull/*/head:refs/pull/*/head", "+refs/merge-requests/*/head:refs/merge-requests/*/head"),
)
KEPT = "refs/heads/iact-kept"
PLAIN = ("HEAD", "config", "objects", "refs")
BORROWED = ("objects/info/alternates", "objects/info/http-alternates", "commondir", "gitdir")
REASON_CHARS_MAX = 300


class RefusedError(ValueError):
    """This path is not one that may be looked into; the text says why."""


def allowed(path: Path, roots: Sequence[Path]) -> Path:
    """The real path of a repository below one of the roots; RefusedError otherwise."""
    if not roots:
        raise RefusedError("no folder is allowed: set IACT_DORA_REPOSITORY_ROOTS")
    if not path.is_absolute() or ".." in path.parts:
        raise RefusedError("write the whole path from the root of the file system, without `..`")
    try:
        real = path.resolve()
    except (RuntimeError, OSError) as error:  # Python says the first of links in a circle, as of 3.13 the second
        raise RefusedError("leads nowhere: its links go round in a circle, or cannot be followed") from error
    if not any(real.is_relative_to(root.resolve()) for root in roots):
        raise RefusedError("lies outside the folders of IACT_DORA_REPOSITORY_ROOTS, links resolved")
    return real


def git_folder(repository: Path) -> Path:
    """Where its commits are; RefusedError when it borrows them, is shallow, or leads somewhere else."""
    inner = repository / ".git"
    folder = inner if inner.is_dir() else repository
    if inner.is_symlink() or inner.is_file():
        raise RefusedError("its .git leads somewhere else: a submodule, a work tree of another clone, or a link")
    for name in PLAIN:
        place = folder / name
        if not place.exists():
            raise RefusedError("is not a git repository")
        if place.is_symlink():
            raise RefusedError(f"its {name} is a link")
    for name in BORROWED:
        if (folder / name).exists():
            raise RefusedError(f"borrows commits from another repository ({name})")
    if (folder / "shallow").exists():
        raise RefusedError("is a shallow clone and lacks its past; run `git fetch --unshallow` in it")
    return folder


def sync(source: Path, clone: Path) -> str:
    """Fetch what is new into the clone, making it first where needed; the digest of its refs."""
    clone.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings = clone / "iact-gitconfig"
    settings.write_text("[safe]\n\tdirectory = *\n", encoding="utf-8")
    if not (clone / "HEAD").exists():
        _git(clone, settings, "init", "--quiet", "--bare", "--template=", ".")
    known = _refs(clone, settings)
    _git(
        clone,
        settings,
        *("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--force"),
        *(str(source), *REFSPECS),
    )
    head = _git(clone, settings, "ls-remote", "--symref", str(source), "HEAD").partition("\t")[0]
    branch = head.removeprefix("ref: ")
    if branch.startswith("refs/heads/") and branch in _refs(clone, settings):
        _git(clone, settings, "symbolic-ref", "HEAD", branch)
    _keep(clone, settings, known)
    return _digest(_refs(clone, settings), branch)


def _keep(clone: Path, settings: Path, before: Mapping[str, str]) -> None:
    """A ref for each commit that no branch or tag reaches any more."""
    now = _refs(clone, settings)
    for name, sha in before.items():
        moved = now.get(name) != sha and not name.startswith(f"{KEPT}/")
        if moved and not _git(clone, settings, "for-each-ref", "--count=1", f"--contains={sha}", "--format=x").strip():
            _git(clone, settings, "update-ref", f"{KEPT}/{sha}", f"{sha}^{{commit}}")


def _refs(clone: Path, settings: Path) -> dict[str, str]:
    lines = _git(clone, settings, "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    return {name: sha for name, _, sha in (line.partition(" ") for line in lines)}


def _digest(refs: Mapping[str, str], head: str) -> str:
    return hashlib.sha256(repr((sorted(refs.items()), head)).encode()).hexdigest()


def _git(clone: Path, settings: Path, *words: str) -> str:
    config = [word for setting in (*SAFE_CONFIG, "protocol.file.allow=always") for word in ("-c", setting)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    silent = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": str(settings), "GIT_TERMINAL_PROMPT": "0"}
    closed = {"GIT_ALLOW_PROTOCOL": "file", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program; the only word from outside is an absolute path
            [GIT, "--no-pager", "-C", str(clone), *config, *words],
            capture_output=True,
            check=False,
            env=kept | silent | closed,
            stdin=subprocess.DEVNULL,
            timeout=FETCH_S_MAX,
        )
    except FileNotFoundError as error:
        raise GitError("git is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise GitError(f"git {words[0]} took longer than {FETCH_S_MAX} s") from error
    if done.returncode:
        raise GitError(f"git {words[0]} failed: {done.stderr.decode('utf-8', 'replace').strip()[:REASON_CHARS_MAX]}")
    return done.stdout.decode("utf-8", "replace")
