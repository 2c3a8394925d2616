"""Where the tests put the pictures they take: below out/, or by `make pictures` in the docs."""

import os
from pathlib import Path

from deploy.variants import ROOT

PICTURES = Path(os.environ.get("IMAGE360_PICTURES", ROOT / "out" / "pictures"))
