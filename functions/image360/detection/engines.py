"""Which engine reads the text of a project's images."""

from image360.call import Context
from image360.config import DataModelingConfig
from image360.detection.jobs import JobEngine
from image360.detection.jobs_3d import Jobs3d
from image360.detection.vision import Vision


def job_engine_of(context: Context) -> JobEngine | None:
    """Return the engine that works elsewhere; None where own OCR reads the images in the call."""
    config = context.config
    if isinstance(config, DataModelingConfig) and config.engine != "ocr":
        return Jobs3d(context.client, config.state.space, config.images.space, context.secrets, context.log)
    if config.engine == "vision":
        return Vision(context.client, context.log)
    return None
