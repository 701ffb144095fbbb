import { Component } from "@odoo/owl";
import { formatCurrency } from "@web/core/currency";
import { formatServerTime } from "@o2o_order/app/utils/o2o_board";
import { formatQuantity, getKindLabel } from "@o2o_order/app/utils/o2o_text";
import { getSlipLabel } from "@o2o_order/app/utils/o2o_print";

/**
 * A slip on the till's own printer, or the browser's: without a box, or without network.
 *
 * With `refund` it is the slip of a return.
 */
export class O2oSlip extends Component {
    static template = "o2o_order.O2oSlip";
    static props = {
        order: Object,
        documentType: String,
        storeName: String,
        refund: { type: Object, optional: true },
    };

    get title() {
        return getSlipLabel(this.props.documentType);
    }

    get hasPrices() {
        return this.props.documentType !== "shipping_slip";
    }

    get lines() {
        const { refund, order } = this.props;
        return refund
            ? refund.lines.map((line) => ({ ...line, subtotal: line.amount }))
            : order.lines;
    }

    get kindLabel() {
        return getKindLabel(this.props.order);
    }

    get time() {
        const { refund, order } = this.props;
        return formatServerTime(refund?.at || order.accepted_at) || this.now;
    }

    get now() {
        return luxon.DateTime.now().toFormat("MM-dd HH:mm");
    }

    formatQuantity(line) {
        return `${formatQuantity(line.quantity)} ${line.uom || ""}`.trim();
    }

    formatPrice(amount) {
        return formatCurrency(amount, this.props.order.currency_id);
    }
}
