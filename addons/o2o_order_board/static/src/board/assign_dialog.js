import { Dialog } from "@web/core/dialog/dialog";
import { useService } from "@web/core/utils/hooks";
import { Component, onWillStart, useState } from "@odoo/owl";

/** Head office names the store of an order that nobody has; the server says who can. */
export class AssignDialog extends Component {
    static template = "o2o_order_board.AssignDialog";
    static components = { Dialog };
    static props = { row: Object, onDone: Function, close: Function };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ stores: [], storeId: false, reason: "", isSending: false });
        onWillStart(async () => {
            this.state.stores = await this.orm.call("o2o.order.board", "get_stores_for", [
                this.props.row.id,
            ]);
            this.state.storeId = this.state.stores[0]?.id || false;
        });
    }

    get canConfirm() {
        return Boolean(this.state.storeId && this.state.reason.trim() && !this.state.isSending);
    }

    async confirm() {
        if (!this.canConfirm) {
            return;
        }
        this.state.isSending = true;
        try {
            const result = await this.orm.call("o2o.order.board", "assign", [
                this.props.row.id,
                this.state.storeId,
                this.state.reason,
            ]);
            this.props.onDone(result);
            this.props.close();
        } finally {
            this.state.isSending = false;
        }
    }
}
