import { patch } from "@web/core/utils/patch";
import { PosStore } from "@point_of_sale/app/services/pos_store";
import { TERMINAL } from "@o2o_pos_device/app/utils/payment/payment_o2o_terminal";

/**
 * News of the bank-card terminal, and the lines that waited before a reload (UPAY-01); sale slips
 * at the box beside the till (POS-04).
 */
patch(PosStore.prototype, {
    async setup() {
        await super.setup(...arguments);
        if (this.o2oTerminals.length) {
            this.data.connectWebSocket("O2O_TERMINAL_TRANSACTION", (message) => {
                this.o2oTerminals.forEach((terminal) => terminal.onMessage(message));
            });
            this.o2oTerminals.forEach((terminal) => terminal.resume());
        }
    },

    async printReceipt({
        basic = false,
        order = this.getOrder(),
        printBillActionTriggered = false,
    } = {}) {
        const isSlip = order?.finalized && !basic && !printBillActionTriggered;
        if (isSlip && (await this.env.services.o2o_local.printSale(order))) {
            return true;
        }
        return super.printReceipt(...arguments);
    },

    get o2oTerminals() {
        return this.models["pos.payment.method"]
            .getAll()
            .filter((method) => method.use_payment_terminal === TERMINAL)
            .map((method) => method.payment_terminal);
    },
});
