"""Every restriction with a sample that breaks it and a look-alike that must stay allowed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.restrictions import __main__ as restrictions
from scripts.restrictions.findings import Finding, Source
from scripts.restrictions.forbidden import PRODUCTS
from scripts.restrictions.python_sql import is_write

pytestmark = pytest.mark.unit

READER = "services/ivr/sources/legacy.py"

OFFENDING = [
    # rule, file, text, line of the finding
    ("redis", "pyproject.toml", '[project]\ndependencies = [\n    "redis[hiredis]>=5",\n]\n', 3),
    ("redis", "requirements.txt", "asyncpg==0.32.0\nhiredis==3.0 \\\n    --hash=sha256:00\n", 2),
    ("redis", "pyproject.toml", '[project.optional-dependencies]\nx = ["Django_Redis~=5.4"]\n', 2),
    ("redis", "ui/package.json", '{"dependencies": {"ioredis": "5"}}', 1),
    ("redis", "ui/package-lock.json", '{"packages": {\n"node_modules/a/node_modules/@redis/client": {}}}', 2),
    ("redis", "shared/cache.py", "import os\nimport redis.asyncio as r\n", 2),
    ("redis", "shared/cache.py", "def late():\n    from redis import Redis\n", 2),
    ("redis", ".env.example", "# comment\nREDIS_URL=redis://localhost\n", 2),
    ("redis", "deploy/iact-gateway.service", "[Unit]\nAfter=network.target redis-server.service\n", 2),
    ("redis", "infrastructure/provision.sh", "apt-get install -y postgresql \\\n  redis-server\n", 1),
    ("redis", "compose.yml", "services:\n  a:\n    image: docker.io/library/redis:7\n", 3),
    ("redis", "ui/src/store.ts", 'import { createClient } from "redis";\n', 1),
    ("memcached", "requirements-dev.txt", "pymemcache==4.0\n", 1),
    ("memcached", "Vagrantfile", "  apt-get install -y memcached\n", 1),
    ("rabbitmq", "services/ivr/queue.py", "import aio_pika\n", 1),
    ("rabbitmq", "deploy/x.service", "[Service]\nEnvironment=AMQP_URL=amqp://x\n", 2),
    ("celery", "services/ivr/jobs.py", "from celery import shared_task\n", 1),
    ("celery", "deploy/x.service", "[Service]\nExecStart=/usr/bin/celery worker\n", 2),
    ("celery", "services/ivr/settings.py", "class Settings(ServiceSettings):\n    celery_result_backend: str\n", 2),
    ("mongodb", "services/dora/store.py", "from motor.motor_asyncio import AsyncIOMotorClient\n", 1),
    ("elasticsearch", "requirements.txt", "elasticsearch8==8.1\n", 1),
    ("cloud", "services/dora/export.py", "from google.cloud import storage\n", 1),
    ("cloud", "services/dora/export.py", 'import os\nkey = os.environ["AWS_ACCESS_KEY_ID"]\n', 2),
    ("cloud", "ui/package.json", '{"devDependencies": {"@sentry/react": "8"}}', 1),
    ("cloud", "ui/src/main.tsx", "const s = await import('@aws-sdk/client-s3');\n", 1),
    ("e-mail", "services/sessions/mail.py", "import smtplib\n", 1),
    ("e-mail", "services/sessions/mail.py", "from logging.handlers import SMTPHandler\n", 1),
    ("e-mail", ".env", "EMAIL_HOST=mail.example.com\n", 1),
    ("e-mail", "scripts/provision.sh", "sudo apt install postfix\n", 1),
    ("sms", "requirements.txt", "twilio==9\n", 1),
    ("sms", "services/a.py", "import os\nx = os.getenv('SMS_TOKEN', '')\n", 2),
    ("cached-sessions", "settings.py", 'SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"\n', 1),
    ("cached-sessions", "settings.toml", "\nSESSION_STORE = 'memory'\n", 2),
    ("cached-sessions", "gateway/main.py", "from starlette.middleware.sessions import SessionMiddleware\n", 1),
    ("pickle", "shared/x.py", "import pickle\n", 1),
    ("pickle", "shared/x.py", "from shelve import open as o\n", 1),
    ("pickle", "shared/x.py", "import yaml\nyaml.load(text)\n", 2),
    ("eval", "services/a.py", "x = eval(text)\n", 1),
    ("eval", "services/a.py", "def f(t):\n    exec(t)\n", 2),
    ("eval", "ui/src/a.ts", "const x = 1;\nconst f = new Function ('return 1');\n", 2),
    ("string-built-sql", "services/a/store.py", 'async def f(c, x):\n    await c.fetch(f"SELECT {x}")\n', 2),
    ("string-built-sql", "services/a/store.py", "async def f(c, x):\n    await c.execute('SELECT %s' % x)\n", 2),
    ("string-built-sql", "services/a/store.py", "def f(c, x):\n    s = 'SELECT ' + x\n    c.fetchrow(s)\n", 3),
    ("string-built-sql", "services/a/store.py", "def f(c, x):\n    c.fetchval('SELECT {}'.format(x))\n", 2),
    ("string-built-sql", "services/a/store.py", "def f(c, x):\n    c.execute(load('a').replace('T', x))\n", 2),
    ("string-built-sql", "services/a/store.py", "def f(c, x):\n    s = 'SELECT 1'\n    s += x\n    c.fetch(s)\n", 4),
    ("string-built-sql", "services/a/store.py", "def f(c, parts):\n    c.fetch(' AND '.join(parts))\n", 2),
    ("string-built-sql", "services/a/store.py", "def f(c, n):\n    t = ', '.join(n)\n    c.fetch(f'SELECT {t}')\n", 3),
    ("ivr-access", "services/analytics/store.py", "import aiomysql\n", 1),
    ("ivr-access", "services/ivr/store.py", "from pymysql import connect\n", 1),
    ("ivr-write", READER, 'SQL = "INSERT INTO t VALUES (1)"\n', 1),
    ("ivr-write", READER, 'def f(t):\n    return f"UPDATE {t} SET a = 1"\n', 2),
    ("ivr-write", READER, 'SQL = "SELECT a FROM t; DROP TABLE t"\n', 1),
    ("ivr-write", READER, 'SQL = "SELECT a FROM t WHERE b = 1 FOR UPDATE"\n', 1),
    ("ivr-write", "services/ivr/sources/sql/x.sql", "-- why\nDELETE FROM queue_log\n", 1),
    ("redis", "uv.lock", 'version = 1\n[[package]]\nname = "redis"\n', 3),
    ("redis", "constraints.txt", "redis==5\n", 1),
    ("redis", "Pipfile", '[packages]\n"redis" = "*"\n', 2),
    ("redis", "ui/yarn.lock", 'a@1:\n  version "1"\n"@redis/client@^1", "@redis/client@^2":\n', 3),
    ("redis", "ui/pnpm-lock.yaml", "packages:\n\n  ioredis@5.0.0:\n    x: 1\n", 3),
    ("redis", "ui/npm-shrinkwrap.json", '{"packages": {"node_modules/ioredis": {}}}', 1),
    ("redis", "shared/x.py", 'import importlib\nimportlib.import_module("redis")\n', 2),
    ("redis", "shared/x.py", 'URL = "redis://localhost:6379/0"\n', 1),
    ("redis", "scripts/x.sh", "if true; then redis-cli ping; fi\n", 1),
    ("redis", "deploy/nginx/x.conf", "location / {\n    redis2_pass 127.0.0.1:6379;\n}\n", 2),
    ("memcached", "deploy/nginx/x.conf", "    memcached_pass 127.0.0.1:11211;\n", 1),
    ("memcached", "shared/x.py", '__import__("pymemcache.client")\n', 1),
    ("rabbitmq", "deploy/x.conf", "url = amqp://guest@localhost\n", 1),
    ("rabbitmq", "deploy/compose.yaml", 'services:\n  x:\n    image: "bitnami/rabbitmq:3"\n', 3),
    ("mongodb", "services/ivr/settings.py", "def f():\n    return connect('mongodb+srv://h/db')\n", 2),
    ("e-mail", "scripts/x.sh", "echo done | mail -s done ops@example.org\n", 1),
    ("cloud", "scripts/x.sh", "aws s3 cp a s3://b\n", 1),
    ("push-to-browser", "services/ivr/routes.py", "from fastapi import APIRouter, WebSocket\n", 1),
    ("push-to-browser", "requirements.txt", "sse-starlette==2\n", 1),
    ("push-to-browser", "ui/src/a.ts", 'const s = new WebSocket("ws://h");\n', 1),
    ("push-to-browser", "ui/src/a.ts", "new EventSource(url);\n", 1),
    ("pickle", "shared/x.py", "import numpy\nnumpy.load(f, allow_pickle=True)\n", 2),
    ("pickle", "shared/x.py", "frame = frames.read_pickle(f)\n", 1),
    ("pickle", "shared/x.py", "import joblib\n", 1),
    ("eval", "services/a.py", "import builtins\nbuiltins.eval(t)\n", 2),
    ("eval", "services/a.py", "code = compile(t, 'x', 'exec')\n", 1),
    ("eval", "scripts/x.sh", 'a=1\neval "$a"\n', 2),
    ("eval", "ui/src/a.ts", 'setTimeout("go()", 5);\n', 1),
    ("emoji", "docs/index.md", "Done \U0001f680\n", 1),
    ("emoji", "shared/log.py", "x = 1\n# watch out \u26a0\n", 2),
]

HARMLESS = [
    ("pyproject.toml", '[project]\ndependencies = ["predis-like", "redistribute>=1", "celerity"]\n'),
    ("pyproject.toml", '[project]\ndescription = "no redis, no celery"\n[tool.x]\nbroker = "amqp"\n'),
    ("requirements.txt", "# redis is forbidden\nemail-validator==2.0\nmotorway==1\n"),
    ("ui/package.json", '{"dependencies": {"redis-errors": "1", "smsify": "1"}, "scripts": {"redis": "x"}}'),
    ("ui/package-lock.json", '{"packages": {"": {"name": "nodemailer"}, "node_modules/emailjs-base64": {}}}'),
    ("shared/x.py", "from services.redis_free import x\nfrom . import redis\nimport email.utils, mongoose_free\n"),
    ("shared/x.py", '"""import redis"""\nTEXT = "import smtplib; eval(x)"  # import celery\n'),
    ("shared/x.py", "import re, ast\nre.compile('a')\nmodel.eval()\nast.literal_eval('1')\n"),
    ("shared/x.py", "import yaml, json\nyaml.safe_load(t)\nyaml.load(t, Loader=yaml.SafeLoader)\njson.loads(t)\n"),
    (
        "shared/settings.py",
        "class Settings(ServiceSettings):\n    redistribution_days: int\n    mailbox_rows_max: int\n",
    ),
    ("shared/model.py", "class Person(BaseModel):\n    email: str\n    sms_count: int\n"),
    (".env.example", "DB_ANALYTICS_HOST=127.0.0.1\n# REDIS_URL is not used\nREDISCOVERY_S=5\n"),
    ("deploy/iact-dora.service", "[Unit]\nDescription=not redis\n[Service]\nExecStart=/opt/iact/bin/uvicorn\n"),
    ("infrastructure/provision.sh", 'echo "apt install redis is forbidden"\n# apt-get install redis\nredis=no\n'),
    ("infrastructure/provision.sh", "apt-get install -y postgresql-16 mariadb-server-core\n"),
    ("ui/src/a.ts", '// import x from "redis"\nconst t = "eval(1)"; /* new Function() */ obj.eval(t); retrieval(t);\n'),
    ("ui/src/a.ts", 'import { emails } from "./nodemailer";\nconst from = "redis";\n'),
    ("settings.py", 'SESSION_ENGINE = "django.contrib.sessions.backends.db"\n'),
    (
        "services/a/store.py",
        'LIMIT = 5\ndef f(c, x):\n    c.fetch("SELECT $1", x)\n    c.fetch(f"SELECT 1 LIMIT {LIMIT}")\n',
    ),
    (
        "services/a/store.py",
        'def f(c, t):\n    c.execute(f"TRUNCATE {identifier(t)}")\n    c.fetch(load("calls"), t)\n',
    ),
    (
        "services/a/store.py",
        'def f(c, n):\n    c.execute("SET " + "a")\n    print(f"{n} rows")\n    cache.get(f"k{n}")\n',
    ),
    (
        "services/a/store.py",
        """def f(c, ts):
    names = ", ".join(quoted(t) for t in ts)
    places = ", ".join(["%s"] * len(ts))
    c.executemany(f"INSERT INTO a ({names}) VALUES ({places})", ts)
""",
    ),
    ("tests/test_x.py", 'def f(c, t):\n    c.execute(f"DROP DATABASE {t}")\n'),
    ("services/ivr/sources/legacy.py", 'import aiomysql\n"""INSERT INTO is never sent."""\nS = "SELECT a FROM t"\n'),
    ("services/ivr/sources/legacy.py", 'log.info("update when idle")\nX = "call ended"\nY = "deleted_at"\n'),
    ("services/ivr/sources/legacy.py", 'S = "SET SESSION TRANSACTION READ ONLY"\nT = "SHOW GRANTS"\n'),
    ("services/ivr/store.py", 'S = "INSERT INTO ivr.calls VALUES ($1)"\n'),
    ("uv.lock", '[[package]]\nname = "predis"\ndescription = "redis"\n'),
    ("ui/yarn.lock", 'redis-errors@^1:\n  version "1"\n  dependencies:\n    x "ioredis@5"\n'),
    ("shared/x.py", '"""redis:// is not used."""\nT = "see redis://x"\nimport_module(name)\n'),
    ("shared/x.py", 'import re, numpy\nre.compile("a")\nnumpy.load(f, allow_pickle=False)\nparser.compile(t)\n'),
    ("scripts/x.sh", 'echo "redis-cli; eval x"\nmail=1\nevaluate x\nfoo --mail x  # eval y\n"$retrieval" eval\n'),
    ("deploy/nginx/x.conf", "proxy_pass http://gateway;\n# redis_pass x;\n"),
    ("deploy/x.conf", "# amqp://x\nurl = postgresql://h/db\n"),
    ("ui/src/a.ts", 'setTimeout(() => say("x"), 5); const t = "new WebSocket(1)"; a.WebSocket(1);\n'),
    ("services/a.py", "from fastapi import APIRouter, Request\nfrom services.channels import x\n"),
    ("docs/index.md", "a → b ✓ ✗ ≥ 5 · … ■ ▲ € ñ\n"),
]


def breaches(path: str, text: str) -> list[Finding]:
    source = Source(path, text)
    return [finding for check in restrictions.CHECKS for finding in check(source)]


@pytest.mark.parametrize(("rule", "path", "text", "line"), OFFENDING)
@pytest.mark.requirement("RNF-002", "RNF-003")
def test_offending_sample_is_found(rule: str, path: str, text: str, line: int) -> None:
    found = breaches(path, text)
    assert [(finding.rule, finding.line) for finding in found] == [(rule, line)]
    assert found[0].sentence().startswith(f"{path}:{line}: [{rule}] ")
    assert found[0].way_out.endswith(".")


@pytest.mark.parametrize(("path", "text"), HARMLESS)
@pytest.mark.requirement("RNF-002")
def test_look_alike_is_allowed(path: str, text: str) -> None:
    assert breaches(path, text) == []


@pytest.mark.requirement("RNF-003")
def test_every_listed_rule_has_an_offending_sample() -> None:
    listed = {product.rule for product in PRODUCTS} | set(restrictions.OTHER_RULES)
    assert listed == {rule for rule, *_ in OFFENDING}


def test_source_that_does_not_parse_is_reported_not_skipped() -> None:
    assert [finding.rule for finding in breaches("shared/x.py", "def (")] == ["unreadable"]
    assert [finding.rule for finding in breaches("pyproject.toml", "= 1")] == ["unreadable"]


@given(st.text())
def test_no_text_makes_a_check_fail(text: str) -> None:
    for path in ("a.py", "requirements.txt", "ui/package-lock.json", "a.service", "x.sh", "a.tsx", ".env"):
        breaches(path, text)


@given(st.sampled_from(["select", "show", "explain", "set session"]), st.text(alphabet="abc_,.` \n", max_size=30))
def test_plain_reads_are_never_writes(verb: str, rest: str) -> None:
    assert not is_write(f"{verb} {rest}")


@given(
    st.sampled_from(["INSERT INTO t", "update t set a=1", "Delete From t", "TRUNCATE t"]), st.text(" \n\t", max_size=5)
)
def test_writes_are_found_behind_comments_and_other_statements(write: str, blank: str) -> None:
    assert is_write(f"-- note\nSELECT 1;{blank}/* x */{blank}{write}")


def test_folder_without_breaches_is_clean(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.py").write_text("import json\n")
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "b.py").write_text("import redis\n")
    assert restrictions.main(["--root", str(tmp_path)]) == 0
    assert "hold" in capsys.readouterr().out


def test_breaches_are_printed_with_file_and_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.py").write_text("import json\nimport celery\n")
    assert restrictions.main(["--root", str(tmp_path)]) == 1
    assert capsys.readouterr().out.startswith("a.py:2: [celery] imports celery: ")
