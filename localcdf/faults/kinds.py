"""The table of faults: what each is called, what the client sees of it, and where it can strike."""

from collections.abc import Callable
from dataclasses import dataclass

from localcdf.faults import effects
from localcdf.faults.answers import Canned, gateway_page, refusal, storage_refusal
from localcdf.faults.hit import Asked, Effect, When

BOTH: tuple[When, ...] = ("before", "after")
BEFORE: tuple[When, ...] = ("before",)
AFTER: tuple[When, ...] = ("after",)


@dataclass(frozen=True)
class Kind:
    """One way in which a request can go wrong.

    ``before``: it is not carried out and nothing is changed. ``after``: it is carried out and committed, and
    then its answer is lost, late or other than it should be.
    """

    name: str
    sees: str  # what the client sees
    effect: Effect
    when: tuple[When, ...] = BOTH  # where it can strike; the first unless another is asked for
    seconds: float | None = None  # how long it takes unless told otherwise; None: that is not asked
    fits: Callable[[Asked], bool] = lambda _: True
    reads_body: bool = False  # to know whether it fits


def _is_call(asked: Asked) -> bool:
    return not asked.is_transfer


def _has_answer(asked: Asked) -> bool:
    return not (asked.is_transfer and asked.method == "PUT")  # whose answer has no body


def _of(status: int, message: str) -> str:
    return f"{status} in CDF's envelope: {message}"


TOO_MANY = "Too many requests: the rate limit of this project is exceeded"
INTERNAL = "Internal server error"
CONFLICT = "A version conflict caused the ingest to fail."
CURSOR = "Invalid cursor"

_KINDS = (
    Kind("400", _of(400, "Bad request"), refusal(400, "Bad request"), BEFORE),
    Kind("400-version-conflict", _of(400, CONFLICT), refusal(400, CONFLICT), BEFORE),
    Kind("401", _of(401, "Unauthorized"), refusal(401, "Unauthorized"), BEFORE),
    Kind("403", _of(403, "Forbidden"), refusal(403, "Forbidden"), BEFORE),
    Kind("408", _of(408, "Request timed out"), refusal(408, "Request timed out")),
    Kind("409", _of(409, CONFLICT), refusal(409, CONFLICT), BEFORE),
    Kind("429", _of(429, TOO_MANY), refusal(429, TOO_MANY), BEFORE),
    Kind(
        "429-retry-after",
        "as 429, with the header Retry-After: seconds, rounded up",
        refusal(429, TOO_MANY, retry_after=True),
        BEFORE,
        seconds=1,
    ),
    Kind("500", _of(500, INTERNAL), refusal(500, INTERNAL)),
    Kind(
        "500-auto-retryable",
        "as 500, with the header cdf-is-auto-retryable: true",
        refusal(500, INTERNAL, headers={"cdf-is-auto-retryable": "true"}),
    ),
    Kind("502", _of(502, "Bad gateway"), refusal(502, "Bad gateway")),
    Kind("502-html", "502 with the HTML page of a load balancer", gateway_page(502, "Bad Gateway")),
    Kind("503", _of(503, "Service unavailable"), refusal(503, "Service unavailable")),
    Kind(
        "503-html",
        "503 with the HTML page of a load balancer",
        gateway_page(503, "Service Temporarily Unavailable"),
    ),
    Kind("504", _of(504, "Gateway timeout"), refusal(504, "Gateway timeout")),
    Kind("504-html", "504 with the HTML page of a load balancer", gateway_page(504, "Gateway Time-out")),
    Kind(
        "refused",
        "a reset connection, and refused connections for some seconds: as if the server were gone",
        effects.refuse,
        BEFORE,
        seconds=1,
    ),
    Kind("reset", "a reset connection (RST) instead of an answer", effects.reset),
    Kind(
        "slow-answer",
        "nothing for some seconds, then the answer; the request counts as in flight meanwhile. Before: "
        "it is carried out after the wait, even if the client has given up",
        effects.slow_answer,
        ("after", "before"),
        seconds=1,
    ),
    Kind(
        "slow-body",
        "the answer in pieces over some seconds",
        effects.slow_body,
        AFTER,
        seconds=1,
        fits=_has_answer,
    ),
    Kind(
        "cut-json",
        "the first half of the JSON, with the Content-Length of that half",
        effects.cut_json,
        AFTER,
        fits=_is_call,
    ),
    Kind(
        "cut-connection",
        "the first half of the answer, then the end of the connection",
        effects.cut_connection,
        AFTER,
        fits=_has_answer,
    ),
    Kind(
        "stale-read",
        "the answer of the time before the last write, for a request that only reads",
        effects.stale_read,
        AFTER,
        fits=lambda asked: asked.reads,
    ),
    Kind(
        "wrong-schema",
        "200 with valid JSON of a shape that no endpoint has",
        Canned(200, b'{"result":{"rows":[["unexpected",1]]},"ok":true}'),
        fits=_is_call,
    ),
    Kind(
        "invalid-cursor",
        _of(400, CURSOR) + ", for a request that carries a cursor",
        refusal(400, CURSOR),
        BEFORE,
        fits=lambda asked: asked.has_cursor,
        reads_body=True,
    ),
    Kind(
        "expired-link",
        "403 with the XML of an object store, for the GET or PUT of a signed link",
        storage_refusal("AccessDenied", "Request has expired"),
        BEFORE,
        fits=lambda asked: asked.is_transfer,
    ),
)
KINDS: dict[str, Kind] = {kind.name: kind for kind in _KINDS}
