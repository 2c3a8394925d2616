"""What a sweep has found: figures in total and by part, and a page that can be printed."""

import html
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sweep.figures import FIGURES, Figures
from sweep.running import Result

SHOWN = 200  # of the cases that failed


@dataclass
class Row:
    """Cases of one sort."""

    cases: int = 0
    figures: Figures = field(default_factory=Figures)
    failed: int = 0
    not_run: int = 0
    cpu_seconds: float = 0.0

    def add(self, result: Result) -> None:
        """Count a case."""
        self.cases += 1
        self.figures += result.figures
        self.failed += not result.is_good
        self.not_run += result.error is not None
        self.cpu_seconds += result.cpu_seconds

    @property
    def told(self) -> dict[str, Any]:
        """The row in numbers."""
        further = {"not_run": self.not_run, "cpu_seconds": round(self.cpu_seconds, 1)}
        return {"cases": self.cases, **vars(self.figures), **further}


@dataclass
class Summary:
    """Counts results as they come."""

    seed: int
    total: Row = field(default_factory=Row)
    parts: dict[str, Row] = field(default_factory=dict[str, Row])
    rows: dict[tuple[str, ...], Row] = field(default_factory=dict[tuple[str, ...], Row])
    failed: list[Result] = field(default_factory=list[Result])

    def add(self, result: Result) -> None:
        """Count a case."""
        part, project_type, kind = result.fields[:3]
        for row in (
            self.total,
            self.parts.setdefault(part, Row()),
            self.rows.setdefault((part, project_type, kind), Row()),
        ):
            row.add(result)
        if not result.is_good:
            self.failed.append(result)

    @property
    def is_good(self) -> bool:
        """Whether every case was run, and every figure is 0."""
        return self.total.cases > 0 and not self.failed

    def write(self, folder: Path, seconds: float) -> None:
        """Write summary.json and report.html."""
        folder.mkdir(parents=True, exist_ok=True)
        told = {
            **self.total.told,
            "seconds": round(seconds, 1),
            "seed": self.seed,
            "parts": {name: row.told for name, row in sorted(self.parts.items())},
            "failed": [
                {"case": each.case, "said": [*each.said, *([each.error] if each.error else [])]}
                for each in self.failed
            ],
        }
        (folder / "summary.json").write_text(json.dumps(told, indent=1) + "\n", "utf-8")
        (folder / "report.html").write_text(self._page(seconds), "utf-8")

    def _page(self, seconds: float) -> str:
        parts = _table(("part",), {(name,): row for name, row in sorted(self.parts.items())}, self.total)
        kinds = _table(
            ("part", "project type", "what goes wrong"), dict(sorted(self.rows.items())), self.total
        )
        verdict = (
            "Every figure is 0." if self.is_good else f"{len(self.failed)} cases are not as they should be."
        )
        return PAGE.format(
            verdict=verdict,
            cases=self.total.cases,
            seconds=round(seconds),
            seed=self.seed,
            parts=parts,
            kinds=kinds,
            failed="\n".join(self._failed()),
        )

    def _failed(self) -> Iterable[str]:
        if not self.failed:
            return
        yield "<h2>Cases that failed</h2>"
        for each in self.failed[:SHOWN]:
            yield f"<h3>{html.escape(each.case)}</h3>"
            yield f"<pre>python -m sweep --seed {self.seed} --case '{html.escape(each.case)}'</pre><ul>"
            yield from (f"<li>{html.escape(said[:1000])}</li>" for said in each.said)
            if each.error:
                yield f"<li><pre>{html.escape(each.error)}</pre></li>"
            yield "</ul>"
        if len(self.failed) > SHOWN:
            yield f"<p>{len(self.failed) - SHOWN} more are in summary.json.</p>"


def _table(heads: Sequence[str], rows: Mapping[tuple[str, ...], Row], total: Row) -> str:
    columns = ("cases", *FIGURES, "not run")
    head = "".join(f"<th>{html.escape(each.replace('_', ' '))}</th>" for each in (*heads, *columns))
    lines = [_line(name, row) for name, row in rows.items()]
    lines.append(_line(("all", *[""] * (len(heads) - 1)), total))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def _line(names: Sequence[str], row: Row) -> str:
    figures = [row.cases, *vars(row.figures).values(), row.not_run]
    cells = [f"<td>{html.escape(name)}</td>" for name in names]
    cells += [f"<td class=n>{figure}</td>" for figure in figures]
    return f"<tr class={'bad' if row.failed else 'good'}>{''.join(cells)}</tr>"


PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>image360 sweep</title><style>
body {{ font: 14px/1.4 system-ui, sans-serif; margin: 2em auto; max-width: 70em; color: #111; }}
table {{ border-collapse: collapse; margin: 1em 0; }}
th, td {{ padding: .2em .6em; border-bottom: 1px solid #ccc; text-align: left; vertical-align: top; }}
td.n {{ text-align: right; font-variant-numeric: tabular-nums; }}
tr.bad td {{ background: #fde2e0; }}
thead {{ display: table-header-group; }}
tr {{ break-inside: avoid; }}
pre {{ white-space: pre-wrap; background: #f4f4f4; padding: .4em; }}
@media print {{ body {{ margin: 0; max-width: none; font-size: 10px; }} }}
</style></head><body>
<h1>The faults that prove it</h1>
<p><strong>{verdict}</strong> {cases} cases in {seconds} s, seed {seed}.
What each figure counts is said in docs/sweep.md.</p>
<h2>By part</h2>{parts}
<h2>By part, project type and what goes wrong</h2>{kinds}
{failed}
</body></html>
"""
