import { Component, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";

/**
 * How a refund goes back, before anything moves.
 *
 * The server splits the amount; the cashier may let one way come first.
 */
export class RefundDialog extends Component {
    static template = "o2o_payment.RefundDialog";
    static components = { Dialog };
    static props = {
        amount: Number,
        /** What the server said already, for its own split. */
        preview: Object,
        /** Asks the server: `(first) => Promise<preview>`. */
        load: Function,
        formatCurrency: Function,
        hasPoints: Boolean,
        getPayload: Function,
        close: Function,
    };

    setup() {
        this.state = useState({ preview: this.props.preview, first: false, isLoading: false });
    }

    get canConfirm() {
        const { isLoading, preview } = this.state;
        return !isLoading && Boolean(preview.tenders?.some((tender) => tender.amount > 0));
    }

    async choose(first) {
        this.state.isLoading = true;
        this.state.preview = await this.props.load(first);
        this.state.first = first;
        this.state.isLoading = false;
    }

    confirm() {
        if (this.canConfirm) {
            this.props.getPayload(this.state.preview.tenders.filter((it) => it.amount > 0));
            this.props.close();
        }
    }
}
