"""Text on pictures, read by the detector: a program that the local CDF is given at its start.

The program is started once for a job, in a process of its own with an environment of its own. Its standard
input has one line of JSON for each image, ``{"image": id, "faces": {"front": path, ...}}`` for the six faces
of a 360° image or ``{"image": id, "file": path}`` for a flat picture, and ends after the last. On its
standard output it answers one line for each, in order: ``{"image": id, "regions": [...]}``, each region with
``text``, ``confidence`` (0 to 1) and ``polygon``, or ``{"image": id, "error": reason}`` where it could not
read the image. A polygon has unit vectors
``[x, y, z]`` in the image's own frame (front looks along -Y, left along +X, top along +Z), on a flat picture
``[u, v]``, 0 to 1 from the upper left corner. Its standard error is the server's.
"""

from localcdf.detection.detector import Detector, StoppedError
from localcdf.detection.pictures import Answer, Picture, Region
from localcdf.detection.program import JobError, command_of

__all__ = ["Answer", "Detector", "JobError", "Picture", "Region", "StoppedError", "command_of"]
