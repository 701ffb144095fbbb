import { Component, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { formatCurrency } from "@web/core/currency";
import { useAutofocus, useService } from "@web/core/utils/hooks";
import { formatSlot } from "@o2o_pickup/app/utils/o2o_slot";
import { formatQuantity } from "@o2o_order/app/utils/o2o_text";
import { _t } from "@web/core/l10n/translation";

/**
 * Two steps at the counter: the code shows the order, then it is handed over (SHOP-11).
 *
 * Opened without an order from the header, or for one order. Whether a code is right, and whether
 * the goods may leave, the server says; here it is only shown.
 */
export class O2oPickupCheckDialog extends Component {
    static template = "o2o_pickup.O2oPickupCheckDialog";
    static components = { Dialog };
    static props = {
        order: { type: Object, optional: true },
        onFound: Function,
        close: Function,
    };

    setup() {
        this.onlineOrders = useService("o2o_orders");
        this.state = useState({
            code: "",
            order: null,
            check: null,
            by: "member",
            note: "",
            isWithoutCode: false,
            isBusy: false,
            error: "",
        });
        this.codeRef = useAutofocus({ refName: "code" });
    }

    get title() {
        const order = this.state.order || this.props.order;
        return order ? _t("Hand over %s", order.order_name) : _t("Pick-up code");
    }

    get isFound() {
        return Boolean(this.state.order);
    }

    get isOtherOrder() {
        return this.isFound && this.props.order && this.props.order.id !== this.state.order.id;
    }

    /** Only for an order the cashier has opened: nobody searches without a code here. */
    get maySkipCode() {
        return Boolean(this.props.order?.may_skip_code);
    }

    get toCollect() {
        const { order, check } = this.state;
        return check.to_collect ? formatCurrency(check.to_collect, order.currency_id) : "";
    }

    get isConfirmable() {
        const { check, isBusy, isWithoutCode, note } = this.state;
        const isChecked = !isWithoutCode || note.trim().length >= 2;
        return this.isFound && !check.obstacle && isChecked && !isBusy;
    }

    get confirmLabel() {
        return this.toCollect ? _t("Collected and handed over") : _t("Handed over");
    }

    get slotText() {
        return formatSlot(this.state.order);
    }

    formatQuantity(line) {
        return `${formatQuantity(line.quantity)} ${line.uom || ""}`.trim();
    }

    /** A scanner ends the code with it. */
    onKeydown(ev) {
        if (ev.key === "Enter") {
            this.find();
        }
    }

    async find() {
        const code = this.state.code.replace(/[\s-]/g, "");
        if (!code || this.state.isBusy) {
            return;
        }
        Object.assign(this.state, { isBusy: true, error: "" });
        const outcome = await this.onlineOrders.ask("pos_pickup_find", code);
        this.state.isBusy = false;
        if (outcome.status !== "ok") {
            this.state.error = outcome.message || _t("There is no connection. Please try again.");
            // the next code takes the place of this one
            this.codeRef.el?.select();
            return;
        }
        Object.assign(this.state, {
            order: outcome.order,
            check: outcome.check,
            by: outcome.check.proxy ? "proxy" : "member",
        });
    }

    /** The telephone is at home: the cashier checks the person and writes down how. */
    skipCode() {
        const { order } = this.props;
        Object.assign(this.state, {
            isWithoutCode: true,
            error: "",
            order,
            check: {
                obstacle: "",
                member: order.partner_name,
                proxy: order.proxy_name || "",
                proxy_phone: order.proxy_phone || "",
                place: order.pickup_place || "",
                payment: order.payment_label,
                to_collect: order.is_cod ? order.amount_total : 0,
            },
            by: order.proxy_name ? "proxy" : "member",
        });
    }

    async confirm() {
        if (!this.isConfirmable) {
            return;
        }
        const { order, isWithoutCode, note, code, by } = this.state;
        const proof = isWithoutCode
            ? { without_code: note.trim() }
            : { code: code.replace(/[\s-]/g, "") };
        this.state.isBusy = true;
        const known = this.onlineOrders.getOrder(order.id) || order;
        const outcome = await this.onlineOrders.act(known, "hand_over", { ...proof, by });
        this.state.isBusy = false;
        if (!["ok", "queued"].includes(outcome.status)) {
            this.state.error = outcome.message || _t("This is not possible now.");
            return;
        }
        this.props.onFound(order.id);
        this.props.close();
    }
}
