"""What a person sees who enters every image, and asks for the images of every asset that is drawn."""

from demo.viewer.drawn import Hidden, ImageSet, Seen, ViewerError


def look_at(images: ImageSet, name: str) -> Seen:
    """Return what is seen of a collection or site of this name; nothing, where the viewer cannot load it."""
    try:
        shown = [images.enter(image) for image in images.images.values()]
    except ViewerError as error:
        return Seen((), (Hidden(name, f"the viewer loads none of its images: {error}"),), {})
    drawn = tuple(each for one in shown for each in one.drawn)
    assets = {each.asset for each in drawn if each.asset is not None}
    return Seen(
        drawn=drawn,
        hidden=tuple(each for one in shown for each in one.hidden),
        images_of={asset: images.images_of(asset) for asset in assets},
    )
