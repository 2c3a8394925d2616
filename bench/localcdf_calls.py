"""What a small call of the local CDF takes: through the real SDK, and beside it through bare httpx2.

The same httpx2 requests to a server that does nothing show what HTTP alone takes.
"""

import gzip
import json
import multiprocessing
import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import httpx2
import uvicorn
from cognite.client import CogniteClient
from cognite.client.data_classes import AnnotationFilter, AnnotationWrite, DataSetWrite
from cognite.client.data_classes.data_modeling import NodeApply, NodeId, SpaceApply
from rich.console import Console

from demo.localserver import PROJECT, local_cdf

ROUNDS, CALLS = 6, 300  # the first round warms up
API = f"/api/v1/projects/{PROJECT}"
TARGET_MS = 2.0


@dataclass(frozen=True)
class SmallCall:
    """One call: through the SDK, and the path and body of the same request."""

    name: str
    call: Callable[[], Any]
    path: str
    body: Callable[[], Any]


@dataclass(frozen=True)
class Times:
    """Of one call, in milliseconds."""

    median: float
    p90: float

    @classmethod
    def of(cls, call: Callable[[], Any]) -> "Times":
        """Measure the calls of several rounds, one after the other; return the quietest round."""
        rounds = []
        for _ in range(ROUNDS):
            taken = []
            for _ in range(CALLS):
                start = time.perf_counter()
                call()
                taken.append(1000 * (time.perf_counter() - start))
            rounds.append(cls(median(taken), quantiles(taken, n=10)[-1]))
        return min(rounds[1:], key=lambda each: each.median)


def measure(console: Console) -> str:
    """Measure each call; return the table as Markdown."""
    rows, slowest, load = [], 0.0, os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="localcdf-bench-") as folder, local_cdf(Path(folder)) as server:
        bare = httpx2.Client(base_url=server.url, headers={"Authorization": f"Bearer {server.token}"})
        with bare, _empty_server() as empty_url, httpx2.Client(base_url=empty_url) as empty:
            for each in _small_calls(server.client("bench")):
                sdk = Times.of(each.call)
                raw = Times.of(lambda each=each: _post(bare, each))
                nothing = Times.of(lambda each=each: _post(empty, each))
                slowest = max(slowest, sdk.median)
                times = [sdk.median, sdk.p90, raw.median, raw.p90, nothing.median]
                ratios = [sdk.median / raw.median, raw.median / nothing.median]
                rows.append(
                    f"| {each.name} | " + " | ".join(f"{value:.2f}" for value in times + ratios) + " |"
                )
                console.print(rows[-1], highlight=False)
    return "\n".join([*_head(slowest, load), *rows, ""])


def _head(slowest: float, load: float) -> Iterator[str]:
    yield "# A small call of the local CDF"
    yield ""
    yield f"Milliseconds of {CALLS} calls one after the other, over HTTP on one machine, harsh readings on;"
    yield f"of {ROUNDS - 1} such rounds the quietest. The load of the machine was {load:.1f} at the start."
    yield "SDK: the real client. httpx2: the same request without the SDK. Empty: the same request to a"
    yield "uvicorn server that does nothing. Medians beside their 90th percentiles, then ratios of medians."
    yield ""
    verdict = "met" if slowest <= TARGET_MS else "missed"
    yield f"Target: a median of at most {TARGET_MS:g} ms through the SDK: {verdict} with {slowest:.2f} ms."
    yield ""
    yield "| call | SDK | p90 | httpx2 | p90 | empty | SDK / httpx2 | httpx2 / empty |"
    yield "|---|---|---|---|---|---|---|---|"


def _small_calls(client: CogniteClient) -> list[SmallCall]:
    client.data_sets.create(DataSetWrite("one"))
    client.data_modeling.spaces.apply(SpaceApply("bench"))
    client.data_modeling.instances.apply(NodeApply("bench", "one"))
    file = client.files.upload_bytes(b"content", name="one").id
    region = {"text": "21-PT-1019", "textRegion": {"xMin": 0.1, "xMax": 0.2, "yMin": 0.1, "yMax": 0.2}}
    kind = "images.TextRegion"
    client.annotations.create(AnnotationWrite(kind, region, "approved", "bench", "1.0.0", None, "file", file))
    time.sleep(2)  # so that no list lags any more
    of_file = AnnotationFilter("file", [{"id": file}])
    numbers = count()
    node = {"instanceType": "node", "space": "bench"}
    return [
        SmallCall(
            "data set by external id",
            lambda: client.data_sets.retrieve(external_id="one"),
            "/datasets/byids",
            lambda: {"items": [{"externalId": "one"}], "ignoreUnknownIds": True},
        ),
        SmallCall(
            "instance by id",
            lambda: client.data_modeling.instances.retrieve_nodes(NodeId("bench", "one")),
            "/models/instances/byids",
            lambda: {"items": [node | {"externalId": "one"}]},
        ),
        SmallCall(
            "annotations of a file",
            lambda: client.annotations.list(of_file),
            "/annotations/list",
            lambda: {"filter": of_file.dump(), "limit": 25},
        ),
        SmallCall(
            "write of an instance",
            lambda: client.data_modeling.instances.apply(NodeApply("bench", f"node{next(numbers)}")),
            "/models/instances",
            lambda: {"items": [node | {"externalId": f"node{next(numbers)}"}]},
        ),
    ]


def _post(client: httpx2.Client, call: SmallCall) -> Any:
    """Send the request as the SDK does, and read the answer."""
    content = gzip.compress(json.dumps(call.body()).encode())
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    return client.post(API + call.path, content=content, headers=headers).raise_for_status().json()


async def _nothing(_scope: Any, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"items": []}'})


def _serve_nothing(listener: socket.socket) -> None:
    config = uvicorn.Config(_nothing, http="h11", ws="none", lifespan="off", log_level="warning")
    uvicorn.Server(config).run(sockets=[listener])


@contextmanager
def _empty_server() -> Iterator[str]:
    # IPPROTO_TCP spelled out, as the local CDF does: asyncio sets TCP_NODELAY only then.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        process = multiprocessing.get_context("spawn").Process(target=_serve_nothing, args=(listener,))
        process.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            process.terminate()
            process.join()


if __name__ == "__main__":
    print(measure(Console(file=sys.stderr)))
