"""One requirement a file: what it says, and what is wrong with it. Pure but for reading the files."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FOLDER = "docs/requisitos"
# Kind in the front matter, letters of the id, title, and the document of ISO/IEC/IEEE 29148 that it belongs to.
KINDS = {
    "necesidad": ("N", "Needs", "BRS 9.3"),
    "negocio": ("RN", "Business requirements", "BRS 9.3"),
    "stakeholder": ("RS", "Stakeholder requirements", "StRS 9.4"),
    "funcional": ("RF", "Functional requirements", "SRS 9.6"),
    "no_funcional": ("RNF", "Non-functional requirements", "SRS 9.6"),
}
# What a requirement may come from: always something nearer to the need.
COMES_FROM = {
    "necesidad": (),
    "negocio": ("necesidad",),
    "stakeholder": ("negocio", "necesidad"),
    "funcional": ("stakeholder", "negocio"),
    "no_funcional": ("stakeholder", "negocio"),
}
BUILT = ("funcional", "no_funcional")  # what code answers for and tests show
STATES = ("propuesto", "aprobado", "implementado", "retirado")
PRIORITIES = ("alta", "media", "baja")
VERIFICATIONS = ("prueba", "inspeccion", "analisis", "demostracion")
REQUIRED = ("id", "tipo", "titulo", "dominio", "owner", "estado")
OPTIONAL = ("prioridad", "trazabilidad_upward", "stakeholders", "iso29148_clause", "verificacion", "codigo")
LISTS = ("trazabilidad_upward", "stakeholders", "codigo")
FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n(.*)\Z", re.DOTALL)
ID = re.compile(r"(N|RN|RS|RF|RNF)-\d{3}")
GENERATED = frozenset({"README.md", "matriz.md"})


@dataclass(frozen=True, slots=True)
class Requirement:
    """A requirement as its file has it. `upward` are ids, `code` paths of this repository."""

    path: str
    id: str
    kind: str
    title: str
    domain: str
    owner: str
    state: str
    upward: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    priority: str = "media"
    verification: str = "prueba"

    @property
    def is_built(self) -> bool:
        """Whether code and tests have to answer for it."""
        return self.kind in BUILT and self.state == "implementado"


def read_all(root: Path) -> tuple[list[Requirement], list[str]]:
    """Every requirement below docs/requisitos, by id, and a sentence for each thing that is wrong."""
    folder = root / FOLDER
    if not folder.is_dir():
        return [], [f"{FOLDER}: there is no such folder; requirements are files NAME.md in it."]
    found: list[Requirement] = []
    wrong: list[str] = []
    for file in sorted(folder.rglob("*.md")):
        if file.name not in GENERATED:
            path = file.relative_to(root).as_posix()
            requirement, problems = parse(path, file.read_text(encoding="utf-8"))
            wrong += problems
            found += [requirement] if requirement else []
    if not found and not wrong:
        wrong.append(f"{FOLDER}: holds no requirement.")
    found.sort(key=order)
    return found, wrong + list(relations(found, root))


def order(requirement: Requirement) -> tuple[int, str]:
    """Needs first, then what comes from them."""
    return list(KINDS).index(requirement.kind), requirement.id


def parse(path: str, text: str) -> tuple[Requirement | None, list[str]]:
    """The requirement of one file; None, and why, when it cannot be read."""
    parts = FRONT_MATTER.match(text.replace("\r\n", "\n"))
    if not parts:
        return None, [f"{path}:1: begins without front matter; put id, tipo, titulo, ... between two lines ---."]
    try:
        fields = yaml.safe_load(parts[1])
    except yaml.YAMLError as error:
        return None, [f"{path}:1: its front matter is not YAML: {' '.join(str(error).split())}."]
    if not isinstance(fields, dict):
        return None, [f"{path}:1: its front matter is not a list of `name: value`."]
    problems = [f"{path}:1: {problem}" for problem in _fields(fields, Path(path).stem)]
    if not parts[2].strip():
        problems.append(f"{path}: has no text below the front matter; say what is required and how one sees it.")
    return (None if problems else _requirement(path, fields)), problems


def _requirement(path: str, fields: Mapping[str, Any]) -> Requirement:
    return Requirement(
        path=path,
        id=fields["id"],
        kind=fields["tipo"],
        title=fields["titulo"],
        domain=fields["dominio"],
        owner=fields["owner"],
        state=fields["estado"],
        upward=tuple(fields.get("trazabilidad_upward") or ()),
        code=tuple(fields.get("codigo") or ()),
        priority=fields.get("prioridad", "media"),
        verification=fields.get("verificacion", "prueba"),
    )


def _fields(fields: Mapping[Any, Any], stem: str) -> Iterator[str]:
    for name in REQUIRED:
        if not isinstance(fields.get(name), str) or not fields[name].strip():
            yield f"`{name}` is missing or no text."
    for name in sorted(map(str, fields.keys() - {*REQUIRED, *OPTIONAL})):
        yield f"`{name}` is unknown; known are {', '.join((*REQUIRED, *OPTIONAL))}."
    for name in LISTS:
        value = fields.get(name) or []
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            yield f"`{name}` is not a list of texts, such as [RN-001, RN-002]."
    yield from _chosen(fields, "tipo", tuple(KINDS))
    yield from _chosen(fields, "estado", STATES)
    yield from _chosen(fields, "prioridad", PRIORITIES)
    yield from _chosen(fields, "verificacion", VERIFICATIONS)
    yield from _identity(fields, stem)


def _chosen(fields: Mapping[Any, Any], name: str, known: Sequence[str]) -> Iterator[str]:
    value = fields.get(name)
    if value is not None and value not in known:
        yield f"`{name}` is {value!r}; it is one of {', '.join(known)}."


def _identity(fields: Mapping[Any, Any], stem: str) -> Iterator[str]:
    name, kind = fields.get("id"), fields.get("tipo")
    if not isinstance(name, str):
        return
    found = ID.fullmatch(name)
    if not found:
        yield f"`id` is {name!r}; it is letters of the kind and three digits, such as RF-001."
    elif isinstance(kind, str) and kind in KINDS and KINDS[kind][0] != found[1]:
        yield f"`id` is {name}, but the ids of `{kind}` begin with {KINDS[kind][0]}-."
    elif stem != name:
        yield f"the file is called {stem}.md; call it {name}.md."


def relations(requirements: Sequence[Requirement], root: Path) -> Iterator[str]:
    """Ids that stand twice, links upward that lead nowhere or to the wrong kind, code that is not there."""
    known: dict[str, Requirement] = {}
    for requirement in requirements:
        if requirement.id in known:
            yield f"{requirement.path}:1: the id {requirement.id} is already that of {known[requirement.id].path}."
        known.setdefault(requirement.id, requirement)
    for requirement in requirements:
        for upward in requirement.upward:
            above = known.get(upward)
            if above is None:
                yield f"{requirement.path}:1: `trazabilidad_upward` names {upward}, which does not exist."
            elif above.kind not in COMES_FROM[requirement.kind]:
                yield f"{requirement.path}:1: a `{requirement.kind}` does not come from the `{above.kind}` {upward}."
        for path in requirement.code:
            if not (root / path).exists():
                yield f"{requirement.path}:1: `codigo` names {path}, which does not exist."
