import { Component, useState } from "@odoo/owl";
import { formatCurrency } from "@web/core/currency";
import { Dialog } from "@web/core/dialog/dialog";
import { useService } from "@web/core/utils/hooks";
import { O2oStepper } from "@o2o_order/app/components/o2o_stepper/o2o_stepper";
import { formatQuantity } from "@o2o_order/app/utils/o2o_text";
import { _t } from "@web/core/l10n/translation";

/** The store has five of six: how many of each, and what it could offer instead (idea 9). */
export class O2oAcceptLinesDialog extends Component {
    static template = "o2o_order.O2oAcceptLinesDialog";
    static components = { Dialog, O2oStepper };
    static props = { order: Object, getPayload: Function, close: Function };

    setup() {
        this.onlineOrders = useService("o2o_orders");
        this.state = useState({
            available: Object.fromEntries(
                this.props.order.lines.map(({ id, quantity }) => [id, quantity])
            ),
            substitutes: {},
            waitUntil: "",
            /** The line a substitute is looked for, and what was found. */
            search: { lineId: false, query: "", products: [], isLoading: false, error: "" },
        });
    }

    get order() {
        return this.props.order;
    }

    get title() {
        return _t("What is there of %s?", this.order.order_name);
    }

    get today() {
        return luxon.DateTime.now().toISODate();
    }

    get total() {
        return sum(this.order.lines.map(({ quantity }) => quantity));
    }

    get available() {
        return sum(Object.values(this.state.available).map(Number));
    }

    get shortLines() {
        return this.order.lines.filter((line) => this.isShort(line));
    }

    get canConfirm() {
        return this.available > 0;
    }

    get confirmLabel() {
        return this.shortLines.length
            ? _t("Accept %(available)s of %(total)s", {
                  available: formatQuantity(this.available),
                  total: formatQuantity(this.total),
              })
            : _t("Accept");
    }

    isShort(line) {
        return this.state.available[line.id] < line.quantity;
    }

    setAvailable(line, quantity) {
        this.state.available[line.id] = quantity ?? 0;
        if (!this.isShort(line)) {
            delete this.state.substitutes[line.id];
        }
    }

    formatQuantity(line) {
        return `${formatQuantity(line.quantity)} ${line.uom || ""}`.trim();
    }

    formatDifference(product) {
        const amount = formatCurrency(Math.abs(product.difference), this.order.currency_id);
        if (!product.difference) {
            return _t("same price");
        }
        return product.difference > 0 ? _t("%s dearer", amount) : _t("%s cheaper", amount);
    }

    async openSearch(line) {
        Object.assign(this.state.search, { lineId: line.id, query: "", products: [] });
        await this.find();
    }

    async find() {
        const { search } = this.state;
        const { lineId, query } = search;
        search.isLoading = true;
        const answer = await this.onlineOrders.ask("pos_substitutes", lineId, query);
        if (search.lineId !== lineId || search.query !== query) {
            return;
        }
        Object.assign(search, {
            isLoading: false,
            products: answer.products || [],
            error: answer.products ? "" : _t("No connection: please try again."),
        });
    }

    chooseSubstitute(product) {
        const { search, substitutes } = this.state;
        substitutes[search.lineId] = product;
        search.lineId = false;
    }

    removeSubstitute(line) {
        delete this.state.substitutes[line.id];
    }

    confirm() {
        const substitutes = Object.entries(this.state.substitutes).map(([id, product]) => [
            id,
            product.id,
        ]);
        this.props.getPayload({
            lines: { ...this.state.available },
            substitutes: Object.fromEntries(substitutes),
            wait_until: this.shortLines.length ? this.state.waitUntil : "",
        });
        this.props.close();
    }
}

function sum(numbers) {
    return numbers.reduce((total, number) => total + number, 0);
}
