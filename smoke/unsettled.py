"""The readings that no probe settles, and why."""

UNSETTLED: dict[str, str] = {
    "looking-at-oneself": "it takes a caller with almost no rights",
    "out-of-scope": "it takes a caller with rights in some data sets only",
    "views-over-containers": "it takes a caller with rights in some spaces only",
    "list-order": "internal ids of a few items may come in the order of time by chance",
    "function-deployment": "a function takes minutes to deploy: cdf deploy shows it",
    "function-log": "a function takes minutes to deploy: cdf deploy shows it",
}
