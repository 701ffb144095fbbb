import { Component, onWillStart, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError, RPCError } from "@web/core/network/rpc";
import { useService } from "@web/core/utils/hooks";
import { parseFloat } from "@web/views/fields/parsers";
import { usePos } from "@point_of_sale/app/hooks/pos_hook";

/** POS-15: who of the store has money of the door, and taking it into the drawer. */
export class CourierDialog extends Component {
    static template = "o2o_collection.CourierDialog";
    static components = { Dialog };
    static props = { close: Function };

    setup() {
        this.pos = usePos();
        this.notification = useService("notification");
        this.state = useState({
            isLoaded: false,
            couriers: [],
            underway: [],
            staff: [],
            courier: null,
            counted: "",
            slipCount: "",
            slipSum: "",
            code: "",
            reason: "",
            isReasonAsked: false,
            message: "",
            isBusy: false,
        });
        onWillStart(() => this.load());
    }

    async call(method, ...args) {
        this.state.message = "";
        try {
            return await this.pos.data.call("o2o.collection.till", method, [
                this.pos.config.id,
                ...args,
            ]);
        } catch (error) {
            if (error instanceof ConnectionLostError) {
                this.state.message = _t(
                    "No connection: nothing is known to be saved. Open this again and look."
                );
            } else if (error instanceof RPCError) {
                this.state.message = error.data?.message || error.message;
            } else {
                throw error;
            }
            return null;
        }
    }

    async load() {
        const answer = await this.call("pos_list");
        if (answer) {
            Object.assign(this.state, answer, { isLoaded: true });
        }
    }

    formatAmount(amount) {
        return this.env.utils.formatCurrency(amount);
    }

    choose(courier) {
        Object.assign(this.state, {
            courier,
            counted: "",
            slipCount: "",
            slipSum: "",
            code: "",
            reason: "",
            isReasonAsked: false,
            message: "",
        });
    }

    back() {
        this.state.courier = null;
        return this.load();
    }

    /** @returns {number|null} fen; null as long as no amount was entered */
    readFen(text) {
        // the till takes nothing for zero
        if (!text.trim() || !this.env.utils.isValidFloat(text)) {
            return null;
        }
        const fen = Math.round(parseFloat(text) * 100);
        return fen >= 0 ? fen : null;
    }

    get countedFen() {
        return this.readFen(this.state.counted);
    }

    /** @returns {{count: number, fen: number}|null} slips in the hand; null until entered */
    get slips() {
        if (!this.state.courier.slip_count) {
            return { count: 0, fen: 0 };
        }
        const fen = this.readFen(this.state.slipSum);
        const text = String(this.state.slipCount).trim();
        return fen === null || !/^\d{1,4}$/.test(text) ? null : { count: parseInt(text), fen };
    }

    get isOtherSlips() {
        const { slip_count: count, slips } = this.state.courier;
        return (
            this.slips !== null &&
            (this.slips.count !== count || this.slips.fen !== Math.round(slips * 100))
        );
    }

    get needsReason() {
        return Boolean(this.difference) || this.isOtherSlips;
    }

    get difference() {
        return this.countedFen === null ? 0 : this.countedFen - this.state.courier.cash_fen;
    }

    get differenceText() {
        const amount = this.formatAmount(Math.abs(this.difference) / 100);
        return this.difference < 0 ? _t("%s short", amount) : _t("%s over", amount);
    }

    get canTake() {
        const { code, reason, isBusy } = this.state;
        return (
            !isBusy &&
            this.countedFen !== null &&
            this.slips !== null &&
            code.trim() !== "" &&
            (!this.needsReason || reason.trim() !== "")
        );
    }

    async take() {
        if (!this.canTake) {
            return;
        }
        const { courier, code, reason } = this.state;
        this.state.isBusy = true;
        const answer = await this.call("pos_take", courier.id, {
            counted_fen: this.countedFen,
            expected_fen: courier.cash_fen,
            slip_count: this.slips.count,
            slip_fen: this.slips.fen,
            code: code.trim(),
            reason: reason.trim(),
        });
        this.state.isBusy = false;
        if (!answer) {
            return;
        }
        if (answer.status !== "ok") {
            // the courier may have declared another amount, which only the server knows
            Object.assign(this.state, { message: answer.message, isReasonAsked: true });
            return;
        }
        this.notification.add(
            _t("%(courier)s has handed over: %(name)s.", {
                courier: courier.name,
                name: answer.name,
            }),
            { type: "success" }
        );
        await this.back();
    }

    async assign(row, ev) {
        const answer = await this.call("pos_assign", row.id, parseInt(ev.target.value));
        const message = answer && answer.status !== "ok" ? answer.message : this.state.message;
        await this.load();
        this.state.message = message;
    }
}
