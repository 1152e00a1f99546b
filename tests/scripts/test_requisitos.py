"""Requirements: read, validated, traced; and this repository's own are whole."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.requisitos import __main__ as requisitos
from scripts.requisitos.model import KINDS, parse, read_all, relations
from scripts.requisitos.pages import pages
from scripts.requisitos.trace import marked, read_tests, trace

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[2]
NEED = "id: N-001\ntipo: necesidad\ntitulo: T\ndominio: d\nowner: o\nestado: implementado\n"
FUNCTION = "id: RF-001\ntipo: funcional\ntitulo: F\ndominio: d\nowner: o\nestado: implementado\n"


def file(front: str, text: str = "# T\n\nBody.\n") -> str:
    return f"---\n{front}---\n{text}"


def tree(root: Path, **files: str) -> Path:
    """A repository whose docs/requisitos has these files (`N_001=...` is N-001.md)."""
    folder = root / "docs" / "requisitos"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name.replace('_', '-')}.md").write_text(text)
    return root


def test_inline_and_block_lists_are_read() -> None:
    inline, problems = parse("docs/requisitos/RF-001.md", file(FUNCTION + "trazabilidad_upward: [RS-001, RN-002]\n"))
    block, more = parse("docs/requisitos/RF-001.md", file(FUNCTION + "trazabilidad_upward:\n  - RS-001\n  - RN-002\n"))
    assert (problems, more) == ([], [])
    assert inline == block
    assert inline is not None
    assert inline.upward == ("RS-001", "RN-002")


@pytest.mark.parametrize(
    ("path", "text", "says"),
    [
        ("N-001.md", "# no front matter\n", "begins without front matter"),
        ("N-001.md", "---\na: [\n---\nx\n", "is not YAML"),
        ("N-001.md", "---\n- a\n---\nx\n", "not a list of"),
        ("N-001.md", file(NEED.replace("owner: o\n", "")), "`owner` is missing"),
        ("N-001.md", file(NEED.replace("titulo: T", "titulo: 5")), "`titulo` is missing or no text"),
        ("N-001.md", file(NEED.replace("necesidad", "deseo")), "`tipo` is 'deseo'; it is one of"),
        ("N-001.md", file(NEED.replace("implementado", "hecho")), "`estado` is 'hecho'"),
        ("N-001.md", file(NEED.replace("N-001", "N1")), "`id` is 'N1'"),
        ("RF-001.md", file(NEED.replace("N-001", "RF-001")), "begin with N-"),
        ("N-002.md", file(NEED), "call it N-001.md"),
        ("N-001.md", file(NEED + "prioridades: alta\n"), "`prioridades` is unknown"),
        ("N-001.md", file(NEED + "codigo: scripts\n"), "`codigo` is not a list"),
        ("N-001.md", file(NEED, "\n"), "has no text"),
    ],
)
def test_what_is_wrong_is_said_with_its_file(path: str, text: str, says: str) -> None:
    requirement, problems = parse(f"docs/requisitos/{path}", text)
    assert requirement is None
    assert any(says in problem for problem in problems), problems
    assert all(problem.startswith(f"docs/requisitos/{path}") for problem in problems)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for sample in (text, file(text), file(NEED + text)):
        requirement, problems = parse("docs/requisitos/N-001.md", sample)
        assert (requirement is None) == bool(problems)


def test_duplicates_dead_links_wrong_kinds_and_missing_code_are_found(tmp_path: Path) -> None:
    upward = "trazabilidad_upward: [RS-009, N-001]\ncodigo: [nowhere.py]\n"
    root = tree(tmp_path, N_001=file(NEED), RF_001=file(FUNCTION + upward))
    other = root / "docs" / "requisitos" / "sub"
    other.mkdir()
    (other / "N-001.md").write_text(file(NEED))
    _, wrong = read_all(root)
    assert len(wrong) == 4
    for says in ("is already that of", "names RS-009, which does not exist", "does not come from", "nowhere.py"):
        assert any(says in problem for problem in wrong), says


def test_folder_that_is_missing_or_empty_is_an_error(tmp_path: Path) -> None:
    assert requisitos.main(["validar", "--root", str(tmp_path)]) == 1
    assert requisitos.main(["validar", "--root", str(tree(tmp_path))]) == 1


def test_markers_are_found_wherever_pytest_takes_them_from() -> None:
    text = """
import pytest
pytestmark = [pytest.mark.unit, pytest.mark.requirement("RF-001")]
@pytest.mark.requirement("RF-002", "RF-003")
async def test_a(): ...
class TestB:
    pytestmark = pytest.mark.requirement("RF-004")
    def test_c(self): ...
@pytest.mark.requirement("RF-009")
def helper(): ...
# @pytest.mark.requirement("RF-010")
"""
    assert set(marked(text)) == {
        ("RF-001", "test_a"),
        ("RF-002", "test_a"),
        ("RF-003", "test_a"),
        ("RF-001", "test_c"),
        ("RF-004", "test_c"),
    }
    assert list(marked("def (")) == []


def built(root: Path, *, tested: int, of: int, upward: bool = True) -> Path:
    """A repository with `of` built functions, the first `tested` of them with a test."""
    (root / "tests").mkdir()
    link = "trazabilidad_upward: [RN-001]\n" if upward else ""
    business = NEED.replace("N-001", "RN-001").replace("necesidad", "negocio") + "trazabilidad_upward: [N-001]\n"
    names = [f"RF-{number:03}" for number in range(1, of + 1)]
    (root / "tests" / "test_x.py").write_text(
        "".join(f"@mark.requirement('{name}')\ndef test_{i}(): ...\n" for i, name in enumerate(names[:tested]))
    )
    functions = {
        name.replace("-", "_"): file(FUNCTION.replace("RF-001", name) + link + "codigo: [tests]\n") for name in names
    }
    return tree(root, N_001=file(NEED), RN_001=file(business), **functions)


@pytest.mark.parametrize(
    ("tested", "upward", "code"),
    [(10, True, 0), (9, True, 0), (8, True, 11), (10, False, 10), (8, False, 12)],
)
def test_thresholds_are_exit_codes(tmp_path: Path, tested: int, upward: bool, code: int) -> None:
    root = built(tmp_path, tested=tested, of=10, upward=upward)
    assert requisitos.main(["trazabilidad", "--root", str(root)]) == code


def test_orphans_and_untested_ones_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = built(tmp_path, tested=1, of=2, upward=False)
    requisitos.main(["trazabilidad", "--json", "--root", str(root)])
    told = json.loads(capsys.readouterr().out)
    assert told["orphans"] == ["RF-001", "RF-002"]
    assert told["untested"] == ["RF-002"]
    assert told["unanswered"] == ["RN-001"]
    assert told["coverage"] == 0.5
    assert told["index"] == 0.6  # of three links upward and two to code, two are missing


def test_a_withdrawn_requirement_counts_for_nothing(tmp_path: Path) -> None:
    root = built(tmp_path, tested=9, of=10)
    last = root / "docs" / "requisitos" / "RF-010.md"
    last.write_text(last.read_text().replace("implementado", "retirado"))
    requirements, wrong = read_all(root)
    assert wrong == []
    assert trace(requirements, read_tests(root)).coverage == 1.0


def test_marker_of_nothing_fails_the_validation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = built(tmp_path, tested=1, of=1)
    assert requisitos.main(["validar", "--root", str(root)]) == 0
    (root / "tests" / "test_y.py").write_text("@mark.requirement('RF-777')\ndef test_z(): ...\n")
    assert requisitos.main(["validar", "--root", str(root)]) == 1
    assert "tests/test_y.py::test_z: RF-777" in capsys.readouterr().err


def test_indices_are_written_once_and_checked_afterwards(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = built(tmp_path, tested=1, of=1)
    assert requisitos.main(["indices", "--check", "--root", str(root)]) == 1
    assert requisitos.main(["indices", "--root", str(root)]) == 0
    assert requisitos.main(["indices", "--check", "--root", str(root)]) == 0
    assert requisitos.main(["listar", "--root", str(root)]) == 0
    assert requisitos.main(["contar", "--json", "--root", str(root)]) == 0
    assert "RF-001   implementado  F" in capsys.readouterr().out
    page = (root / "docs" / "requisitos" / "matriz.md").read_text()
    assert "| [RF-001](RF-001.md) F | RN-001 | `tests` | `tests/test_x.py::test_0` |" in page


def test_our_own_requirements_are_whole() -> None:
    requirements, wrong = read_all(ROOT)
    assert wrong == []
    found = trace(requirements, read_tests(ROOT))
    assert found.unknown == ()
    assert {each.kind for each in requirements} == set(KINDS)
    assert (found.orphans, found.unanswered, found.untested) == ([], [], [])
    assert list(relations(requirements, ROOT)) == []


def test_our_own_pages_are_up_to_date() -> None:
    requirements, _ = read_all(ROOT)
    for path, text in pages(trace(requirements, read_tests(ROOT))).items():
        assert (ROOT / path).read_text(encoding="utf-8") == text, f"{path}: run scripts/requisitos.sh indices"
