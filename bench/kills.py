"""What is left of a local CDF that is killed while two clients write to it.

Each round starts the server on the same folder, holds it against what the round before was answered, and
lets two clients write until the server is killed (SIGKILL). Every tenth kill meets it while it starts. A kill
ends a process and is no power cut: what was committed is with the operating system by then.
"""

import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median

import httpx2
from rich.console import Console

from bench.kill_writes import (
    CONTENTS,
    FILES,
    FUNCTIONS,
    KINDS,
    Http,
    WrongError,
    check_content,
    content_of,
    found_content,
    http_of,
    set_up,
)
from demo.localserver import PROJECT, LocalServer, local_cdf

KILLS, SEED = 200, 1
# Two readings that one request always sets together.
PAIRS = tuple({"list-lag": lag, "function-deployment": wait} for lag, wait in (("1000", "180"), ("0", "0")))
DEPLOYED_SECONDS = 200
MAX_FUNCTIONS = 5  # of one client in one round: all fit into one request


@dataclass(frozen=True)
class Write:
    """A write that was sent; ``link`` is a signed one that it was answered."""

    kind: str
    name: str
    link: str | None = None


@dataclass
class Client:
    """One client, and what it was answered in this round."""

    number: int
    dice: random.Random
    names: Iterator[str]
    pair: dict[str, str]  # the readings answered last
    answered: list[Write] = field(default_factory=list)
    in_flight: Write | None = None
    next_pair: dict[str, str] | None = None  # the readings asked for last
    now: int = 0  # the clock answered last
    wrong: Exception | None = None

    def run(self, server: LocalServer) -> None:
        """Write until the server is gone."""
        try:
            with http_of(server) as http:
                while True:
                    self._write(http)
                    if (
                        self.number == 0 and self.dice.random() < 0.3
                    ):  # one alone, so that it knows what is on
                        self._administer(http)
        except httpx2.TransportError:
            return
        except Exception as error:  # noqa: BLE001 for the thread that started this one
            self.wrong = error

    def _write(self, http: Http) -> None:
        kind = self.dice.choice(list(KINDS))
        if kind == FUNCTIONS and sum(each.kind == kind for each in self.answered) >= MAX_FUNCTIONS:
            return
        name = next(self.names)
        self.in_flight = Write(kind, name)
        link = KINDS[kind].write(http, name)
        self.answered.append(Write(kind, name, link))
        self.in_flight = None

    def _administer(self, http: Http) -> None:
        self.now = http.post("/_localcdf/clock", {"advance": 0.05})["now"]
        self.next_pair = self.dice.choice(PAIRS)
        items = [{"name": name, "option": option} for name, option in self.next_pair.items()]
        http.post("/_localcdf/readings", {"items": items})
        self.pair = self.next_pair


@dataclass
class Findings:
    """What was found after the kills."""

    kills: int = 0
    at_start: int = 0  # kills of a server that was not up yet
    answered: Counter[str] = field(default_factory=Counter)
    unanswered: Counter[bool] = field(default_factory=Counter)  # writes in flight: whether they are there
    links: int = 0  # signed links of a killed server that worked on the next
    deployed: int = 0  # functions whose deployment went on after the kill
    seconds: list[float] = field(default_factory=list)  # from the start to the first answer


def kill_again_and_again(folder: Path, kills: int, seed: int) -> Findings:
    """Kill a local CDF on ``folder``; raise ``WrongError`` when anything is lost, halved or refused."""
    dice, findings = random.Random(seed), Findings()  # noqa: S311 no secret
    names = (f"w{number}x" for number in count())  # none is the start of another
    everything: list[Write] = []
    clients: Sequence[Client] = ()
    while findings.kills < kills:
        if findings.kills % 10 == 0:
            _kill_at_start(folder, dice.uniform(0, 0.7))
            findings.kills += 1
            findings.at_start += 1
        start = time.monotonic()
        with local_cdf(folder) as server:
            findings.seconds.append(time.monotonic() - start)
            with http_of(server) as http:
                _check(http, clients, findings) if clients else set_up(http)
                pair = _pair(http)
            clients = [Client(number, dice, names, pair) for number in range(2)]
            _kill_under_load(server, clients, dice.uniform(0.01, 0.2))
            findings.kills += 1
        everything += [write for each in clients for write in each.answered]
    with local_cdf(folder) as server, http_of(server) as http:
        _check(http, clients, findings)
        _check_everything(http, everything)
    return findings


def _kill_under_load(server: LocalServer, clients: Sequence[Client], seconds: float) -> None:
    threads = [threading.Thread(target=each.run, args=(server,)) for each in clients]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    server.process.kill()
    for thread in threads:
        thread.join()


def _kill_at_start(folder: Path, seconds: float) -> None:
    command = [sys.executable, "-m", "localcdf", "--port", "0", "--data", str(folder), "--project", PROJECT]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:  # noqa: S603 ourselves
        time.sleep(seconds)
        process.kill()


def _check(http: Http, clients: Sequence[Client], findings: Findings) -> None:
    """Hold the server against what the clients of the last round were answered."""
    for client in clients:
        if client.wrong:
            raise client.wrong
    _check_admin(http, clients[0])
    there = [write for each in clients for write in each.answered]
    for write in there:
        _expect(http, write, {KINDS[write.kind].whole})
    findings.answered.update(write.kind for write in there)
    findings.links += _check_links(http, there)
    for write in [each.in_flight for each in clients if each.in_flight]:
        is_there = _expect(http, write, {0, KINDS[write.kind].whole})
        findings.unanswered[is_there] += 1
        there += [write] * is_there
    findings.deployed += _check_agenda(http, [each.name for each in there if each.kind == FUNCTIONS])


def _expect(http: Http, write: Write, expected: set[int]) -> bool:
    found = KINDS[write.kind].found(http, write.name)
    if found not in expected:
        raise WrongError(f"{found} parts of {write} are there, not {' or '.join(map(str, expected))}")
    return found > 0


def _check_admin(http: Http, client: Client) -> None:
    """The clock is not behind, and of two readings that are set together both are set."""
    now = http.send("GET", "/_localcdf/clock").json()["now"]
    if now < client.now:
        raise WrongError(f"the clock says {now}, and has said {client.now} before the kill")
    pair = _pair(http)
    if pair not in (client.pair, client.next_pair):
        raise WrongError(f"the readings are {pair}, not {client.pair} or {client.next_pair}")
    if pair not in PAIRS:
        raise WrongError(f"the readings are {pair}: half of what was asked for")


def _pair(http: Http) -> dict[str, str]:
    items = http.send("GET", "/_localcdf/readings").json()["items"]
    options = {each["name"]: each["option"] for each in items}
    return {name: options[name] for name in PAIRS[0]}


def _check_links(http: Http, answered: Sequence[Write]) -> int:
    """Use the links that the killed server signed."""
    for write in answered:
        if write.kind == CONTENTS:
            assert write.link
            check_content(http, write.name, write.link)
    for write in answered:
        if write.kind == FILES:
            assert write.link
            http.send("PUT", write.link, content=content_of(write.name))
            if not found_content(http, write.name):
                raise WrongError(
                    f"{write.name} has no content after an upload by a link from before the kill"
                )
    return sum(write.link is not None for write in answered)


def _check_agenda(http: Http, functions: Sequence[str]) -> int:
    """Functions whose deployment was under way become ready."""
    http.post("/_localcdf/clock", {"advance": DEPLOYED_SECONDS})
    if not functions:
        return 0
    identifiers = [{"externalId": name} for name in functions]
    statuses = {each["status"] for each in http.by_ids("/functions", identifiers)}
    if statuses != {"Ready"}:
        raise WrongError(f"functions are {statuses} long after they should be ready")
    for identifier in identifiers:
        http.post("/functions/delete", {"items": [identifier]})
    return len(functions)


def _check_everything(http: Http, writes: Sequence[Write]) -> None:
    """At the end what all rounds were answered is still there."""
    for write in writes:
        if write.kind != FUNCTIONS:  # which were deleted
            _expect(http, write, {KINDS[write.kind].whole})


def measure(console: Console) -> str:
    """Kill the server again and again; return what was found as Markdown."""
    with tempfile.TemporaryDirectory(prefix="localcdf-bench-") as folder:
        findings = kill_again_and_again(Path(folder) / "data", KILLS, SEED)
    console.print(findings, highlight=False)
    return "\n".join(_table(findings))


def _table(findings: Findings) -> Iterator[str]:
    yield "# The local CDF under SIGKILL"
    yield ""
    yield f"{findings.kills} kills on one data folder (seed {SEED}), {findings.at_start} while it starts, the"
    yield "others while two clients write. The store opened after each, with every answered write in it,"
    yield "whole, and no half of a request; one loss would have ended the run. None of this is a power cut."
    yield ""
    yield "| | |"
    yield "|---|---|"
    for kind, number in sorted(findings.answered.items()):
        yield f"| answered and there: {kind} | {number} |"
    yield f"| in flight at the kill, carried out whole | {findings.unanswered[True]} |"
    yield f"| in flight at the kill, not carried out | {findings.unanswered[False]} |"
    yield f"| signed links from before a kill that worked after it | {findings.links} |"
    yield f"| functions whose deployment went on after a kill | {findings.deployed} |"
    yield f"| seconds from a start after a kill until it listens, median | {median(findings.seconds):.2f} |"
    yield f"| longest | {max(findings.seconds):.2f} |"
    yield ""


if __name__ == "__main__":
    print(measure(Console(file=sys.stderr)))
