"""``python -m bench.plant``: quick figures of the matcher on one plant, and its wrong approvals."""

import argparse
import time

from bench.plant.figures import Quality, judge, places_of
from bench.plant.lists import grow
from bench.plant.plates import Reader
from bench.plant.texts import ask
from bench.rivals import ours


def main() -> None:
    """Grow a plant, ask the matcher, print the figures."""
    parser = argparse.ArgumentParser(prog="bench.plant", description=__doc__)
    parser.add_argument("--assets", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1, help="the bench holds some back: do not look at those")
    parser.add_argument("--texts", type=int, default=21_000)
    parser.add_argument("--wrong", type=int, default=20, help="how many wrong approvals to print")
    given = parser.parse_args()
    plant = grow(given.seed, given.assets)
    reader = Reader()
    queries = ask(plant, given.seed, given.texts, reader)
    reader.keep()
    started = time.process_time()
    matcher = ours(plant.assets)
    built = time.process_time() - started
    started = time.process_time()
    answers = matcher.ask([q.text for q in queries], [q.confidence for q in queries])
    spent = time.process_time() - started
    quality = judge(queries, answers, places_of(plant.assets))
    print("\n".join(lines_of(quality)))
    print(f"built in {built:.2f} s of CPU, {1000 * spent / len(queries):.4f} ms of CPU per text")
    for kind, text, confidence, place in quality.wrong[: given.wrong]:
        print(f"wrong: {kind}: {text!r} ({confidence:.2f}) approved for {plant.assets[place].name}")


def lines_of(quality: Quality) -> list[str]:
    """The figures as lines of text."""
    lines = [f"{'kind':22}{'texts':>7}{'readable':>9}{'approved':>9}{'shown':>8}{'wrong':>7}"]
    for kind, count in quality.kinds.items():
        found, shown = (
            f"{part / count.readable:.3f}" if count.readable else "" for part in (count.found, count.shown)
        )
        wrong = count.approvals - count.right
        lines.append(f"{kind:22}{count.texts:7}{count.readable:9}{found:>9}{shown:>8}{wrong:7}")
    return [
        *lines,
        f"precision {quality.precision:.4f}, from {quality.precision_from:.4f} of {quality.all.approvals}",
        f"recall {quality.recall:.4f}, at 99.5 % by own score {quality.frontier[0.995]:.4f}",
        f"shown {quality.shown:.4f}",
        f"abstention on traps {quality.abstention:.4f}, approvals on signs {quality.signs}",
        f"set aside: {quality.unsettled} texts that became another listed tag,"
        f" {quality.unsettled_approvals} approved",
    ]


if __name__ == "__main__":
    main()
