from . import o2o_brand
from . import o2o_search_synonym
from . import o2o_search_log
from . import product_template
from . import product_template_publish
from . import product_template_search
from . import website
