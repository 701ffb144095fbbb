from . import test_product_template
from . import test_publish
from . import test_shop
from . import test_i18n
from . import test_search
