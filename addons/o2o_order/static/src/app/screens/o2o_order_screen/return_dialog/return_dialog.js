import { Component, onMounted, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { formatCurrency } from "@web/core/currency";
import { Dialog } from "@web/core/dialog/dialog";
import { useAutofocus, useService } from "@web/core/utils/hooks";
import { O2oStepper } from "@o2o_order/app/components/o2o_stepper/o2o_stepper";
import { O2oQueue } from "@o2o_order/app/utils/o2o_queue";
import { formatQuantity } from "@o2o_order/app/utils/o2o_text";
import { _t } from "@web/core/l10n/translation";

const PREVIEW_MS = 300;

/**
 * Goods come back (POS-07): the number of the order, and everything else is filled in; the
 * cashier confirms or reduces. The server says what is given back and what is taken.
 */
export class O2oReturnDialog extends Component {
    static template = "o2o_order.O2oReturnDialog";
    static components = { Dialog, O2oStepper };
    static props = {
        number: { type: String, optional: true },
        onPrint: Function,
        close: Function,
    };

    setup() {
        this.onlineOrders = useService("o2o_orders");
        this.state = useState({
            number: this.props.number || "",
            isBusy: false,
            error: "",
            returns: [],
            /** The return being made, and what is said about it. */
            current: null,
            quantities: {},
            preview: null,
            reason: "",
            supervisorId: false,
            pin: "",
            needsPin: false,
            refund: null,
        });
        this.key = O2oQueue.makeKey();
        useAutofocus({ refName: "number" });
        onMounted(() => this.props.number && this.find());
    }

    get title() {
        const { current } = this.state;
        return current ? _t("Return of %s", current.order_name) : _t("Return by order number");
    }

    get hasGoods() {
        return Object.values(this.state.quantities).some((quantity) => quantity > 0);
    }

    get canConfirm() {
        const { isBusy, preview, needsPin, supervisorId, pin } = this.state;
        const isApproved = !needsPin || (supervisorId && pin);
        return !isBusy && this.hasGoods && Boolean(preview) && Boolean(isApproved);
    }

    get routeText() {
        return {
            cash: _t("in cash from the drawer"),
            original: _t("the way it was paid, by head office"),
            none: _t("nothing: the order was not paid yet"),
        }[this.state.preview?.route || this.state.current?.route];
    }

    formatPrice(amount) {
        return formatCurrency(amount, this.state.current.currency_id);
    }

    formatQuantity(quantity) {
        return formatQuantity(quantity);
    }

    onNumberKeydown(ev) {
        if (ev.key === "Enter") {
            this.find();
        }
    }

    async find() {
        Object.assign(this.state, { isBusy: true, error: "" });
        const answer = await this.onlineOrders.ask("pos_return_find", this.state.number.trim());
        this.state.isBusy = false;
        if (answer.status !== "ok") {
            this.state.error = this.getError(answer);
            return;
        }
        this.state.returns = answer.returns;
        if (answer.returns.length === 1) {
            this.open(answer.returns[0]);
        }
    }

    getError(answer) {
        return answer.message || _t("No connection: a return needs the server. Try again later.");
    }

    open(found) {
        this.state.current = found;
        this.state.quantities = Object.fromEntries(
            found.lines.map(({ id, returnable }) => [id, returnable])
        );
        this.askPreview();
    }

    setQuantity(line, quantity) {
        this.state.quantities[line.id] = quantity ?? 0;
        this.state.preview = null;
        browser.clearTimeout(this.timer);
        this.timer = browser.setTimeout(() => this.askPreview(), PREVIEW_MS);
    }

    async askPreview() {
        if (!this.hasGoods) {
            return;
        }
        const asked = JSON.stringify(this.state.quantities);
        const answer = await this.onlineOrders.ask(
            "pos_return_preview",
            this.state.current.fulfillment_id,
            JSON.parse(asked)
        );
        if (JSON.stringify(this.state.quantities) !== asked) {
            return;
        }
        const isFine = answer.status === "ok";
        Object.assign(this.state, {
            preview: isFine ? answer : null,
            needsPin: isFine && answer.needs_supervisor,
            error: isFine ? "" : this.getError(answer),
        });
    }

    async confirm() {
        const { state } = this;
        Object.assign(state, { isBusy: true, error: "" });
        const values = { lines: { ...state.quantities }, reason: state.reason.trim() };
        if (state.needsPin) {
            Object.assign(values, { supervisor_id: Number(state.supervisorId), pin: state.pin });
        }
        const answer = await this.onlineOrders.ask(
            "pos_act",
            state.current.fulfillment_id,
            "return_goods",
            values,
            this.key
        );
        state.isBusy = false;
        if (answer.status === "ok") {
            state.refund = answer.refund;
            this.onlineOrders.refresh();
            return;
        }
        // with the same key the server answers the same: only what it did not decide is repeated
        if (["refused", "gone", "taken"].includes(answer.status)) {
            this.key = O2oQueue.makeKey();
        }
        state.pin = "";
        state.needsPin ||= answer.status === "pin_needed";
        state.error = this.getError(answer);
    }

    print() {
        this.props.onPrint(this.state.current.fulfillment_id, this.state.refund);
    }
}
