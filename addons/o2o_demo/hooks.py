from .builder import build


def post_init_hook(env):
    """Open the demo shop for business."""
    build(env)
