"""The documents that are made from the code are in step with it."""

from pathlib import Path

from localcdf.app import ENDPOINTS
from localcdf.faults.kinds import KINDS
from localcdf.fidelity import table

DOCS = Path(__file__).parents[2] / "docs"


def test_the_fidelity_table_is_that_of_the_code() -> None:
    """Mend it with ``python -m localcdf.fidelity > docs/fidelity.md``."""
    assert (DOCS / "fidelity.md").read_text("utf-8") == table(ENDPOINTS)


def test_the_docs_list_every_kind_of_fault() -> None:
    text = (DOCS / "localcdf.md").read_text("utf-8")
    assert [name for name in KINDS if f"| `{name}` |" not in text] == []
