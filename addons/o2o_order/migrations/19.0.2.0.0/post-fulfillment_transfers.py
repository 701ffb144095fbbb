"""Transfers name the fulfillment they bring; before, the warehouse told it."""


def migrate(cr, version):
    if not version:
        return
    cr.execute(
        """
        UPDATE stock_picking AS picking
           SET o2o_fulfillment_id = fulfillment.id
          FROM o2o_fulfillment AS fulfillment
          JOIN o2o_store AS store ON store.id = fulfillment.store_id,
               stock_picking_type AS type
         WHERE type.id = picking.picking_type_id
           AND type.warehouse_id = store.warehouse_id
           AND picking.sale_id = fulfillment.order_id
           AND picking.o2o_fulfillment_id IS NULL
        """
    )
    cr.execute(
        """
        UPDATE stock_move AS move
           SET o2o_fulfillment_id = picking.o2o_fulfillment_id
          FROM stock_picking AS picking
         WHERE picking.id = move.picking_id
           AND picking.o2o_fulfillment_id IS NOT NULL
           AND move.o2o_fulfillment_id IS NULL
        """
    )
    cr.execute(
        """
        UPDATE o2o_fulfillment_event
           SET kind = 'turned_down'
         WHERE kind = 'rejected'
        """
    )
