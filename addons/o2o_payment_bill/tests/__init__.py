from . import test_bill
from . import test_match
from . import test_match_random
from . import test_books
from . import test_difference
from . import test_account
from . import test_watch
from . import test_till_books
