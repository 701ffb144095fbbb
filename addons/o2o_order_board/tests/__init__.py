from . import test_board
from . import test_board_attacks
from . import test_board_cost
from . import test_board_live
from . import test_board_queue
from . import test_board_tour
from . import test_hoot
from . import test_store_league
