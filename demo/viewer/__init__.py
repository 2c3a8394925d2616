"""What Cognite's viewer shows of a project: asked with its own requests, decoded as it decodes the answers.

Measured on two versions of the viewer, which ask in different words. Nothing of the product is used here: a
yardstick that shares its errors would not see them.
"""

from typing import Literal

Version = Literal["4.29.0", "4.35.1"]
VERSIONS: tuple[Version, ...] = ("4.29.0", "4.35.1")
