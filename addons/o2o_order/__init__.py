from . import controllers, models, wizards
from .hooks import post_init_hook
from .lib import bus_listener

bus_listener.install()
