"""Everything that image360 raises on purpose.

    Image360Error
    ├── ConfigError           the pipeline's config is wrong: the data engineer mends a key
    ├── SetupError            CDF lacks something the config names: create it or mend the config
    │   └── EngineRefusedError    CDF refuses text detection elsewhere: grant what it needs, or use own OCR
    ├── RequestError          the call's ``data`` is wrong: the caller mends it
    ├── BadImageError         the bytes of an image cannot be used: replace the file
    ├── RegionFileError       a region file cannot be read: detect the image again
    ├── ResultFileError       a result file of a 3D job cannot be read: see what it says about its shape
    ├── AssetIndexError       the asset list or a saved index is of the wrong kind (image360.matching)
    ├── AnswerError           an answer of CDF cannot be read: call again, or report it
    └── NothingDoneError      every image of a call failed: see the reasons it lists

Each message says what is wrong, with what, and what to do next.
"""


class Image360Error(Exception):
    """Root of the errors raised on purpose."""


class ConfigError(Image360Error):
    """The config of the extraction pipeline is wrong."""


class SetupError(Image360Error):
    """CDF lacks something that the config names."""


class EngineRefusedError(SetupError):
    """CDF refuses text detection elsewhere; nothing was started."""


class RequestError(Image360Error):
    """The ``data`` of the function call is wrong."""


class BadImageError(Image360Error):
    """The bytes of an image cannot be used."""


class RegionFileError(Image360Error):
    """A region file cannot be read."""


class ResultFileError(Image360Error):
    """A result file of a 3D job cannot be read."""


class AnswerError(Image360Error):
    """An answer of CDF cannot be read."""


class NothingDoneError(Image360Error):
    """Every image of a call failed."""
