"""Cognite's npm client works on the local CDF, call by call."""

from nodejs import install, needs, node

from demo.localserver import LocalServer

pytestmark = needs("node", "npm")


def test_the_npm_client_works_on_every_api_that_it_shares(fresh_cdf: LocalServer) -> None:
    install()
    assert node("sdk.mjs", fresh_cdf.url, fresh_cdf.token) == {
        "projects": ["local"],
        "groups": ["npm"],
        "dataset": "told",
        "datasets": 1,
        "uploaded": True,
        "files": 1,
        "content": "content",
        "annotations": 2,
        "status": "rejected",
        "spaces": ["npm"],
        "models": 1,
        "nodes": 2,
        "name": "21-PT-1019",
        "searched": ["a"],
        "queried": 1,
        "synced": 1,
        "refusal": 400,
    }
