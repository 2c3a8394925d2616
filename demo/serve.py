"""``python -m demo.serve``: the local CDF with the sample site in it, until it is interrupted."""

import argparse
import tempfile
from pathlib import Path

from rich.console import Console

import samples
from demo.deploy import PIPELINE, deploy
from demo.localserver import PROJECT, READER, LocalServer, local_cdf
from demo.progress import Steps
from demo.projects import PROJECTS, Project
from demo.site import Site, load_site


def main() -> None:
    """Draw the site, load it, and serve."""
    parser = argparse.ArgumentParser(prog="demo.serve", description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="0: any free port (default 8000)")
    parser.add_argument("--seed", type=int, default=1, help="of the plant site that is drawn (default 1)")
    parser.add_argument("--project-type", default="hybrid", choices=PROJECTS, help="(default hybrid)")
    options = parser.parse_args()
    project = PROJECTS[options.project_type]
    console = Console()
    with tempfile.TemporaryDirectory(prefix="image360-serve-") as name:
        folder = Path(name)
        reader = ["--detector", READER]
        with local_cdf(folder / "cdf", options.port, project.status, reader) as server:
            with Steps(console) as steps:
                load(server, project, folder / "site", options.seed, steps)
            console.print(f"Listening on {server.url}, project '{PROJECT}', pipeline '{PIPELINE}'.")
            console.print(f"Token: {server.token}", highlight=False)
            console.print("Press Ctrl+C to end it.")
            try:
                server.wait()
            except KeyboardInterrupt:
                console.print("Ended.")


def load(server: LocalServer, project: Project, folder: Path, seed: int, steps: Steps) -> Site:
    """Draw the site of a seed and put it into a project."""
    steps.begin("drawing the plant site", samples.IMAGES)
    samples.generate(folder, seed, steps.advance)
    site = load_site(folder)
    client = server.client("demo")
    deploy(client, project.config("auto"))
    steps.begin("uploading the asset list", len(site.assets))
    project.upload_assets(client, site, steps.advance)
    steps.begin("uploading 360° images", len(site.images))
    project.upload_images(client, site, steps.advance)
    return site


if __name__ == "__main__":
    main()
