"""The forbidden products as data: one entry each, with every name under which it can come in.

Names are compared whole (after normalisation), so `django-redis-free` or `errors` never match by accident.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Product:
    """Something that may not be used, the names it goes by, and what to use instead."""

    rule: str
    title: str
    way_out: str
    # Distributions on the Python index, normalised; a trailing * matches any ending.
    python: frozenset[str] = frozenset()
    # Top-level modules, or dotted prefixes, as the import statement spells them.
    modules: frozenset[str] = frozenset()
    # Packages of the Node registry; a trailing * matches any ending.
    node: frozenset[str] = frozenset()
    # Beginnings of setting names: REDIS matches REDIS and REDIS_URL, not REDISTRIBUTION.
    settings: frozenset[str] = frozenset()
    # Packages, units and programs of an operating system.
    system: frozenset[str] = frozenset()
    # Beginnings of addresses, before the colon.
    schemes: frozenset[str] = frozenset()


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NOTHING_BUT_POSTGRESQL = "PostgreSQL does this here: a table, LISTEN/NOTIFY or an advisory lock (RNF-002)."
_ON_PREMISE = "IACT runs on premise: use files, PostgreSQL and the logs on the machine."
_IN_THE_APPLICATION = "Messages stay in the application: write to the person's tray (analytics messages)."

PRODUCTS: tuple[Product, ...] = (
    Product(
        rule="redis",
        title="Redis",
        way_out=_NOTHING_BUT_POSTGRESQL,
        python=_names("redis aioredis hiredis redis-om rq arq fakeredis django-redis redis-py-cluster coredis valkey"),
        modules=_names("redis aioredis hiredis redis_om rq arq fakeredis django_redis rediscluster coredis valkey"),
        node=_names("redis ioredis connect-redis @redis/* bull bullmq fakeredis ioredis-mock"),
        settings=_names("REDIS VALKEY"),
        system=_names("redis redis-server redis-sentinel redis-tools redis-cli valkey valkey-server valkey-cli keydb"),
        schemes=_names("redis rediss valkey"),
    ),
    Product(
        rule="memcached",
        title="Memcached",
        way_out=_NOTHING_BUT_POSTGRESQL,
        python=_names("pymemcache python-memcached pylibmc aiomcache python-binary-memcached emcache"),
        modules=_names("pymemcache memcache pylibmc aiomcache bmemcached emcache"),
        node=_names("memcached memjs connect-memcached"),
        settings=_names("MEMCACHE MEMCACHED MEMCACHIER"),
        system=_names("memcached libmemcached-tools"),
        schemes=_names("memcached memcache"),
    ),
    Product(
        rule="rabbitmq",
        title="RabbitMQ and other message brokers",
        way_out=_NOTHING_BUT_POSTGRESQL,
        python=_names(
            "pika aio-pika aiormq amqp kombu librabbitmq haigha stomp-py nats-py kafka-python"
            " aiokafka confluent-kafka faststream propan"
        ),
        modules=_names(
            "pika aio_pika aiormq amqp kombu librabbitmq haigha stomp nats kafka aiokafka confluent_kafka"
            " faststream propan"
        ),
        node=_names("amqplib amqp amqp-connection-manager rhea kafkajs nats"),
        settings=_names("RABBITMQ AMQP BROKER_URL KAFKA NATS"),
        system=_names("rabbitmq rabbitmq-server rabbitmqctl kafka nats-server activemq"),
        schemes=_names("amqp amqps pyamqp kafka nats stomp mqtt"),
    ),
    Product(
        rule="celery",
        title="Celery and other task queues",
        way_out="Work in the background is a row in PostgreSQL that the owning service takes (RNF-002).",
        python=_names("celery django-celery-beat django-celery-results flower dramatiq huey taskiq django-q"),
        modules=_names("celery django_celery_beat django_celery_results flower dramatiq huey taskiq"),
        node=_names("celery-node node-celery"),
        settings=_names("CELERY DRAMATIQ FLOWER"),
        system=_names("celery celeryd celerybeat celery-beat"),
    ),
    Product(
        rule="mongodb",
        title="MongoDB and other document stores",
        way_out=_NOTHING_BUT_POSTGRESQL,
        python=_names("pymongo motor mongoengine beanie djongo odmantic couchdb cassandra-driver scylla-driver"),
        modules=_names("pymongo motor mongoengine beanie djongo odmantic couchdb cassandra bson gridfs"),
        node=_names("mongodb mongoose connect-mongo monk cassandra-driver"),
        settings=_names("MONGO MONGODB CASSANDRA"),
        system=_names("mongo mongosh mongodb mongodb-org mongodb-server mongod mongos cassandra"),
        schemes=_names("mongodb mongodb+srv"),
    ),
    Product(
        rule="elasticsearch",
        title="Elasticsearch and other search engines",
        way_out=_NOTHING_BUT_POSTGRESQL,
        python=_names("elasticsearch elasticsearch* opensearch-py meilisearch pysolr typesense"),
        modules=_names("elasticsearch elasticsearch_dsl elasticsearch_async opensearchpy meilisearch pysolr typesense"),
        node=_names("elasticsearch @elastic/* @opensearch-project/* meilisearch typesense"),
        settings=_names("ELASTIC ELASTICSEARCH OPENSEARCH MEILISEARCH"),
        system=_names("elasticsearch opensearch kibana logstash meilisearch"),
        schemes=_names("elasticsearch"),
    ),
    Product(
        rule="cloud",
        title="a cloud service",
        way_out=_ON_PREMISE,
        python=_names(
            "boto3 botocore aiobotocore awscli s3fs gcsfs adlfs google-cloud-* google-api-python-client azure-* oci"
            " firebase-admin sentry-sdk raven datadog ddtrace newrelic rollbar bugsnag honeybadger openai anthropic"
        ),
        modules=_names(
            "boto3 botocore aiobotocore s3fs gcsfs adlfs google.cloud googleapiclient azure oci firebase_admin"
            " sentry_sdk raven datadog ddtrace newrelic rollbar bugsnag honeybadger openai anthropic"
        ),
        node=_names(
            "aws-sdk @aws-sdk/* aws-amplify @aws-amplify/* @google-cloud/* @azure/* firebase firebase-admin @firebase/*"
            " @sentry/* dd-trace @datadog/* newrelic rollbar @bugsnag/* openai @anthropic-ai/* @vercel/*"
        ),
        settings=_names(
            "AWS AZURE GOOGLE_APPLICATION_CREDENTIALS GOOGLE_CLOUD GCP FIREBASE SENTRY DATADOG DD_API_KEY NEW_RELIC"
            " ROLLBAR OPENAI ANTHROPIC"
        ),
        system=_names(
            "aws awscli gsutil gcloud az google-cloud-cli google-cloud-sdk azure-cli datadog-agent newrelic-infra"
        ),
        schemes=_names("s3 gs abfs abfss"),
    ),
    Product(
        rule="e-mail",
        title="sending e-mail",
        way_out=_IN_THE_APPLICATION,
        python=_names(
            "aiosmtplib aiosmtpd sendgrid mailjet-rest mailgun yagmail fastapi-mail flask-mail django-anymail"
            " postmarker emails redmail resend"
        ),
        modules=_names(
            "smtplib aiosmtplib aiosmtpd sendgrid mailjet_rest mailgun yagmail fastapi_mail flask_mail anymail"
            " postmarker emails redmail resend logging.handlers.SMTPHandler django.core.mail"
        ),
        node=_names("nodemailer @sendgrid/* mailgun.js mailgun-js node-mailjet postmark resend emailjs @emailjs/*"),
        settings=_names("EMAIL SMTP MAIL MAILGUN SENDGRID POSTMARK"),
        system=_names("postfix exim4 sendmail msmtp ssmtp mail mailx mailutils nullmailer opensmtpd swaks"),
        schemes=_names("smtp smtps"),
    ),
    Product(
        rule="sms",
        title="sending SMS or push messages",
        way_out=_IN_THE_APPLICATION,
        python=_names(
            "twilio vonage nexmo messagebird plivo clicksend-client smsapi-client pyfcm apns2 aioapns pywebpush"
        ),
        modules=_names("twilio vonage nexmo messagebird plivo clicksend_client smsapi pyfcm apns2 aioapns pywebpush"),
        node=_names("twilio @vonage/* nexmo messagebird plivo web-push @parse/node-apn node-pushnotifications"),
        settings=_names("TWILIO VONAGE NEXMO SMS PLIVO FCM APNS VAPID"),
        system=_names("gammu gammu-smsd smstools kannel"),
    ),
    Product(
        rule="cached-sessions",
        title="sessions kept outside the database",
        way_out="A session is a row of sessions.*: ask services/sessions, keep nothing of it in a cache or cookie.",
        python=_names("starsessions fastapi-sessions flask-session aiocache beaker"),
        modules=_names("starsessions fastapi_sessions flask_session aiocache beaker starlette.middleware.sessions"),
        node=_names("express-session cookie-session iron-session memorystore"),
        settings=_names("SESSION_CACHE SESSION_REDIS CACHE_URL"),
    ),
    Product(
        rule="push-to-browser",
        title="WebSockets and server-sent events towards browsers",
        way_out="The page polls with If-None-Match; an answer that has not changed is a 304.",
        python=_names("sse-starlette channels daphne python-socketio flask-socketio flask-sse"),
        modules=_names(
            "sse_starlette channels daphne socketio flask_socketio flask_sse fastapi.WebSocket fastapi.websockets"
            " starlette.websockets"
        ),
        node=_names("socket.io socket.io-client sockjs-client reconnecting-websocket"),
    ),
)


def product_of_distribution(name: str) -> Product | None:
    """The forbidden product behind a Python distribution, if any; any spelling of the name."""
    normalised = re.sub(r"[-_.]+", "-", name).lower()
    return next((product for product in PRODUCTS if _listed(normalised, product.python)), None)


def product_of_node_package(name: str) -> Product | None:
    """The forbidden product behind a Node package, if any."""
    return next((product for product in PRODUCTS if _listed(name.lower(), product.node)), None)


def product_of_module(dotted: str) -> Product | None:
    """The forbidden product behind `import a.b.c`, by any of the prefixes a, a.b, a.b.c."""
    parts = dotted.split(".")
    prefixes = {".".join(parts[: count + 1]) for count in range(len(parts))}
    return next((product for product in PRODUCTS if prefixes & product.modules), None)


def product_of_setting(name: str) -> Product | None:
    """The forbidden product behind the name of a setting, compared word by word from the start."""
    upper = name.upper().removeprefix("IACT_")
    return next(
        (
            product
            for product in PRODUCTS
            if any(upper == prefix or upper.startswith(f"{prefix}_") for prefix in product.settings)
        ),
        None,
    )


def product_of_system_package(name: str) -> Product | None:
    """The forbidden product behind a package or unit of the operating system."""
    plain = re.sub(r"\.(service|socket|timer)$", "", name.lower()).partition("@")[0]
    return next((product for product in PRODUCTS if plain in product.system), None)


def product_of_address(text: str) -> Product | None:
    """The forbidden product that an address such as redis://host leads to; only the beginning of the text counts."""
    scheme, _, host = text.lower().partition("://")
    return next((product for product in PRODUCTS if host[:1].strip() and scheme in product.schemes), None)


def _listed(name: str, names: frozenset[str]) -> bool:
    return name in names or any(
        name.startswith(pattern[:-1]) for pattern in names if pattern.endswith("*") and len(pattern) > 1
    )
