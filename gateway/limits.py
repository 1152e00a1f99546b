"""Every limit of the data path, named, with its reason. Nothing in the gateway grows without one of these."""

HEADER_BYTES_MAX = 16 * 1024  # a cookie, a token and a browser's own headers take 2 KiB
HEADERS_MAX = 100  # browsers send about twenty
BODY_BYTES_OF_DOCUMENTS_MAX = 1024 * 1024  # a question, a person, a view: JSON that somebody typed or clicked
URL_BYTES_MAX = 8 * 1024  # filters travel in bodies; the longest address of the page has 300 bytes
BODY_BYTES_MAX = 10 * 1024 * 1024  # the largest upload is a webhook of a big push
HEADER_RECEIVE_S = 5.0  # a header is one packet; who takes longer holds a socket open
BODY_RECEIVE_S = 30.0  # a body that takes longer comes from a broken line or from someone holding sockets open

BODY_AHEAD_BYTES = 64 * 1024  # taken in before a service is asked: nearly every body, so that no slow one holds a place

CONNECT_S = 0.5  # loopback or the same rack: slower is down, and a caller must know within a second
CONNECT_RETRY_AFTER_S = 0.05  # a service that restarts listens again within moments
UPSTREAM_IDLE_S = 4.0  # below the five seconds after which uvicorn closes an idle connection itself
ANSWER_PAUSE_S = 30.0  # longest silence inside an answer that has begun
ANSWER_HEADER_BYTES_MAX = 64 * 1024  # of a service; ours send under 2 KiB
ANSWER_BUFFER_BYTES = 256 * 1024  # read ahead of a slow client, per request; beyond it the service waits
SWEEP_S = 0.2  # how often deadlines are looked at; one look for all costs less than a timer for each request
WHOLE_ANSWER_BYTES_MAX = 64 * 1024  # a longer answer is passed on in pieces as they come; below the socket's buffer
DISCONNECT_WATCH_AFTER_S = 0.05  # most answers are done by then and need no task that watches the client

IDENTITY_REUSE_S = 30.0  # half of a signed identity's life: it still has 30 s when it reaches the service
# One indexed look-up in sessions, for which a caller waits before anything else happens: who cannot be recognised
# must hear so within a second. sessions itself gives up after 0.9 s and says why.
INTROSPECTION_S = 0.95
RENEW_BEFORE_S = 0.25  # asking about a caller again begins this long before its answer dies
INTROSPECTION_BYTES_MAX = 64 * 1024  # an identity with every function has about 3 KiB
CACHED_IDENTITIES_MAX = 10_000  # about 10 MiB; far more than people signed in at once

REVOCATIONS_SILENT_S = 0.75  # three heartbeats of sessions missed: what we remember may be out of date
REVOCATIONS_AGAIN_S = 0.2  # before asking for the stream again; until it is back each request is asked about
REVOCATION_BYTES_MAX = 64 * 1024  # one line of the stream; ours have under 200 bytes

LIVE_EVERY_S = 0.2  # where a service has several processes, each is asked this often whether it lives
LIVE_S = 0.3  # for that answer, which asks nobody; both together twice are the second within which one is left out
LIVE_FAILURES_MAX = 2  # one may be a pause of the machine
LIVE_BYTES_MAX = 4096

BUCKETS_MAX = 50_000  # askers whose rate is remembered: about 10 MiB, an hour of distinct addresses

READY_S = 1.25  # a service gives its own dependencies one second; its answer needs a moment more
READY_REUSE_S = 0.5  # readiness is open to anybody: many askers must not multiply into the services
READY_BYTES_MAX = 64 * 1024

ASSET_CACHE_BYTES = 64 * 1024 * 1024  # the built page has about 3 MiB
ASSET_BYTES_MAX = 16 * 1024 * 1024  # no file of a page is larger
PAGE_RESCAN_S = 1.0  # a page built again shows up without a restart


IN_FLIGHT_MIN = 4  # what a service is asked at once however often it says that it is full
IN_FLIGHT_GROWTH = 1.0  # places tried again for each limit's worth of answers


class InFlight:
    """How many requests an upstream is serving for us. Beyond the limit the answer is an instant 503: a queue would
    only turn every answer late, while refusing keeps about nine tenths of the peak at ten times saturation.

    `limit` is the most there may be; a service that says it is full (503) is asked less at once from then on, and a
    little more with each answer: refusing here costs it nothing.
    """

    __slots__ = ("_allowed", "limit", "now")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.now = 0
        self._allowed = float(limit)

    def has_room(self, share: float = 1.0) -> bool:
        """Whether there is a place; `share` is how full it may be for this kind of request: what can wait is refused
        first.
        """
        return self.now < int(self._allowed) * share

    def enter(self, share: float = 1.0) -> bool:
        """Take a place, if there is one."""
        if not self.has_room(share):
            return False
        self.now += 1
        return True

    def load(self) -> float:
        return float(self.now)

    def allowed(self) -> float:
        """How many may be under way at present; for the metric."""
        return float(int(self._allowed))

    def leave(self) -> None:
        self.now -= 1

    def told(self, *, full: bool) -> None:
        """What an answer says about the service; called after `leave`: `now` were under way beside it."""
        if full:
            self._allowed = max(float(min(IN_FLIGHT_MIN, self.limit)), min(self._allowed, float(self.now)))
        elif self._allowed < self.limit:
            self._allowed = min(float(self.limit), self._allowed + IN_FLIGHT_GROWTH / self._allowed)
