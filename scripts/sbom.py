"""A CycloneDX list of what a release contains, from the locks: requirements.txt, NUL, package-lock.json on stdin.

Standard library only, and the same bytes for the same locks.
"""

import argparse
import base64
import json
import re
import sys
from collections.abc import Iterator, Sequence
from typing import Any

PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def python_components(text: str) -> Iterator[dict[str, Any]]:
    """One component a pin, with the hashes of its files."""
    pins = list(PIN.finditer(text))
    for pin, following in zip(pins, [*pins[1:], None], strict=True):
        name = re.sub(r"[-_.]+", "-", pin[1]).lower()
        block = text[pin.start() : following.start() if following else None]
        hashes = [{"alg": "SHA-256", "content": digest} for digest in HASH.findall(block)]
        yield component(f"pkg:pypi/{name}@{pin[2]}", name, pin[2], hashes)


def node_components(lock: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """One component for each package that the built page may contain; what only builds it is left out."""
    for path, entry in lock.get("packages", {}).items():
        if path and not entry.get("dev") and not entry.get("link"):
            name = entry.get("name") or path.rpartition("node_modules/")[2]
            method, _, digest = entry.get("integrity", "").partition("-")
            hashes = (
                [{"alg": "SHA-512", "content": base64.b64decode(digest).hex()}] if method == "sha512" and digest else []
            )
            yield component(f"pkg:npm/{name.replace('@', '%40')}@{entry['version']}", name, entry["version"], hashes)


def component(purl: str, name: str, version: str, hashes: list[dict[str, str]]) -> dict[str, Any]:
    """A library as CycloneDX writes it."""
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl, "hashes": hashes}


def sbom(version: str, requirements: str, lock: dict[str, Any]) -> dict[str, Any]:
    """The whole document; components sorted and each once."""
    found = {each["purl"]: each for each in (*python_components(requirements), *node_components(lock))}
    product = {"type": "application", "bom-ref": "iact", "name": "iact", "version": version}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": product},
        "components": [found[purl] for purl in sorted(found)],
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the two locks, write the list."""
    parser = argparse.ArgumentParser(
        prog="sbom.py",
        description="Write a CycloneDX 1.5 list of the locks on stdin (requirements.txt, NUL, package-lock.json).",
        epilog="Exit codes: 0 done, 2 wrong usage. scripts/release.sh calls it.",
        allow_abbrev=False,
    )
    parser.add_argument("version", help="of the release")
    options = parser.parse_args(arguments)
    requirements, _, lock = sys.stdin.read().partition("\0")
    json.dump(sbom(options.version, requirements, json.loads(lock or "{}")), sys.stdout, indent=2)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
