"""The main job on a laptop: a site folder in, approved annotations and a report out, over a local CDF."""
