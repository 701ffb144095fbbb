from . import test_default_get
