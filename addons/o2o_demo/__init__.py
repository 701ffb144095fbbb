from . import models
from . import builder, runner
from .hooks import post_init_hook
