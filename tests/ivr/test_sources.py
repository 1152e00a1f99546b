"""The sources file, CSV files, packets and grants: the pure parts of reading."""

import os
from pathlib import Path

import pytest
from pydantic import SecretStr

from services.ivr.config import ConfigError, parse_dsn, read_sources
from services.ivr.settings import Settings
from services.ivr.sources.errors import SourceDamaged, SourceRefused
from services.ivr.sources.files import CsvFile, Lines, table_name
from services.ivr.sources.protocol import excessive_privileges, translate
from shared.settings import MissingSetting

pytestmark = pytest.mark.unit

GOOD = 'id = "a"\nkind = "legacy"\n'
PBX = 'id = "p"\nkind = "asterisk"\npaths = ["x"]\n'


def write(folder: Path, entry: str) -> Path:
    path = folder / "sources.toml"
    path.write_text(f"[[source]]\n{entry}")
    return path


def test_a_source_names_its_columns(tmp_path: Path) -> None:
    (source,) = read_sources(write(tmp_path, PBX + '[source.columns.cdr]\nstart = "begun"\n'))
    assert source.columns.declared == {"cdr": {"start": "begun"}}


def test_a_source_by_login_by_dsn_and_by_paths(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("p@ss\n")
    (tmp_path / "dsn").write_text("mysql://me:p%40ss@db.example:3307/ivr_data\n")
    path = write(
        tmp_path,
        f"""{GOOD}host = "h"\nname = "n"\nuser = "u"\npassword_file = "{tmp_path}/password"
[[source]]
id = "b"
kind = "asterisk"
zone = "Europe/Madrid"
dsn_file = "{tmp_path}/dsn"
[[source]]
id = "c"
kind = "legacy"
paths = ["{tmp_path}/*.csv"]
""",
    )
    (tmp_path / "one.csv").touch()
    one, two, three = read_sources(path)
    assert one.login is not None
    assert (one.login.host, one.login.port, one.login.password, one.zone) == ("h", 3306, "p@ss", "America/Mexico_City")
    assert two.login is not None
    assert (two.login.host, two.login.port, two.login.user, two.login.password) == ("db.example", 3307, "me", "p@ss")
    assert three.files() == [tmp_path / "one.csv"]
    assert "p@ss" not in repr((one, two))


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ('id = "A"\nkind = "legacy"\npaths = ["x"]', "the id must be lower-case"),
        ('id = "a"\nkind = "cisco"\npaths = ["x"]', "kind must be legacy or asterisk"),
        (GOOD, "host is missing"),
        (GOOD + 'host = "h"\nname = "n"\nuser = "u"', "password_file is missing"),
        (GOOD + 'paths = ["x"]\nzone = "Mars/Olympus"', "'Mars/Olympus' is no time zone"),
        (GOOD + 'paths = ["x"]\npath = "y"', "unknown field 'path'"),
        (GOOD + 'dsn_file = "/nowhere"', "cannot read the secret file /nowhere"),
        (GOOD + 'paths = ["x"]\n[[source]]\n' + GOOD + 'paths = ["x"]', "two sources have the same id"),
        ("id = ", "is not TOML"),
        (GOOD + 'paths = ["x"]\n[source.columns.cdr]\nstart = "x"', "columns is for kind asterisk"),
        (PBX + "columns = 1", "write columns as tables: [source.columns.cdr]"),
        (PBX + '[source.columns.cdr]\nbegin = "x"', "columns.cdr.begin is no column of ours; known are id, start"),
    ],
)
def test_a_wrong_sources_file_is_one_sentence(tmp_path: Path, entry: str, sentence: str) -> None:
    with pytest.raises(MissingSetting) as error:
        read_sources(write(tmp_path, entry))
    assert sentence in str(error.value)


def test_a_missing_sources_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read the sources file .*none\.toml: No such file"):
        read_sources(tmp_path / "none.toml")


@pytest.mark.parametrize("dsn", ["postgres://u:p@h/d", "mysql://u:secret@h", "mysql://u:secret@h:x/d", "secret"])
def test_a_wrong_dsn_is_refused_without_showing_it(dsn: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_dsn(dsn, "here")
    assert "secret" not in str(error.value)


def test_the_customers_names_declare_one_legacy_source() -> None:
    settings = Settings(db_ivr_host="h", db_ivr_port=13306, db_ivr_user="u", db_ivr_password=SecretStr("p"))
    (source,) = settings.sources()
    assert source.login is not None
    assert (source.id, source.kind, source.login.name, source.login.port) == ("legacy", "legacy", "ivr_data", 13306)
    assert Settings().sources() == []
    with pytest.raises(MissingSetting, match="DB_IVR_PASSWORD"):
        Settings(db_ivr_host="h").sources()


def rows(path: Path) -> list[list[str]]:
    with Lines(path) as lines:
        table = CsvFile(lines)
        at = table.positions(("a", "b"))
        return [[row.fields[n] for n in at] for row in table.rows() if len(row.fields) == len(table.columns)]


@pytest.mark.parametrize(
    "content",
    [
        "a,b\n1,2\n",
        "a;b\r\n1;2\r\n",
        "a\tb\n1\t2\n",
        "a|b\n1|2\n",
        "\ufeffA,B\n1,2\n",
        '"a","b"\n"1","2"',
        " b , a \n2,1\n",
        "x,a,b\n0,1,2\n",
        "a,b\n\n1,2\n\n",
    ],
)
def test_every_form_of_csv(tmp_path: Path, content: str) -> None:
    path = tmp_path / "f.csv"
    path.write_text(content, encoding="utf-8")
    assert rows(path) == [["1", "2"]]


def test_quotes_hold_line_ends_and_bad_bytes_survive(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(b'a,b\n"one\ntwo","say ""x"""\n\xff\x00,2\n')
    assert rows(path) == [["one\ntwo", 'say "x"'], ["\udcff\x00", "2"]]


def test_offsets_are_of_the_uncompressed_bytes(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    content = 'a,b\nñ,"x\ny"\n3,4\n'.encode()
    path.write_bytes(content)
    with Lines(path) as lines:
        offsets = [row.offset for row in CsvFile(lines).rows()]
    assert [content[offset:][:1] for offset in offsets] == ["ñ".encode()[:1], b"3"]


@pytest.mark.parametrize("content", ["a,b\n1,2\n1", 'a,b\n1,2\n"1', 'a,b\n1,"2\n3,4\n5,6\n'])
def test_a_file_that_stops_in_the_middle(tmp_path: Path, content: str) -> None:
    path = tmp_path / "f.csv"
    path.write_text(content)
    with Lines(path) as lines, pytest.raises(SourceDamaged, match=r"f\.csv ends in the middle"):
        list(CsvFile(lines).rows())


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match="No such file"), Lines(tmp_path / "none.csv"):
        pass


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.txt", "t.log.gz", "t"])
def test_a_file_stands_for_a_table(name: str) -> None:
    assert table_name(Path("/x") / name) == "t"


@pytest.mark.parametrize(
    ("grants", "excess"),
    [
        (["GRANT USAGE ON *.* TO `r`@`%`", "GRANT SELECT ON `ivr`.* TO `r`@`%`"], []),
        (["GRANT SELECT, SHOW VIEW ON `ivr`.* TO `r`@`%`"], []),
        (["GRANT SELECT (`a`, `b`) ON `ivr`.`t` TO `r`@`%`"], []),
        (["GRANT SELECT, INSERT (`a`) ON `ivr`.`t` TO `r`@`%`"], ["INSERT"]),
        (["GRANT ALL PRIVILEGES ON *.* TO `root`@`%` WITH GRANT OPTION"], ["ALL PRIVILEGES", "GRANT OPTION"]),
        (
            ["GRANT `writers` TO `r`@`%`", "GRANT DELETE, LOCK TABLES ON `ivr`.* TO `writers`"],
            ["DELETE", "LOCK TABLES"],
        ),
    ],
)
def test_grants(grants: list[str], excess: list[str]) -> None:
    assert excessive_privileges(grants) == excess


def test_an_unknown_error_may_be_tried_again() -> None:
    assert "does not answer" in str(translate(ConnectionResetError(), "h:1"))


def test_the_environment_of_the_tests_declares_nothing() -> None:
    assert not [name for name in os.environ if name.startswith("DB_IVR")]


def test_a_file_that_opens_and_cannot_be_read_is_refused_with_its_reason() -> None:
    """A broken disk, a share that went away: told of the file, not taken for an outage of PostgreSQL."""
    with (
        pytest.raises(SourceRefused, match="Cannot read /proc/self/mem: Input/output error"),
        Lines(Path("/proc/self/mem")),
    ):
        pass
