from . import o2o_order_board
from . import o2o_order_board_queue
from . import o2o_order_board_live
from . import o2o_fulfillment
from . import o2o_store
from . import o2o_store_league
from . import ir_websocket
