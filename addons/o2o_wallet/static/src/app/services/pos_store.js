import { patch } from "@web/core/utils/patch";
import { PosStore } from "@point_of_sale/app/services/pos_store";
import { callWallet } from "@o2o_wallet/app/utils/o2o_wallet_call";
import { isWalletLine } from "@o2o_wallet/app/utils/payment/payment_o2o_wallet";

patch(PosStore.prototype, {
    /** Core does not send orders without goods; a top-up is one. */
    shouldCreatePendingOrder(order) {
        return super.shouldCreatePendingOrder(...arguments) || order.payment_ids.some(isWalletLine);
    },

    /** What was set aside for a sale that is deleted is the member's again at once. */
    async _onBeforeDeleteOrder(order) {
        const isDeleted = await super._onBeforeDeleteOrder(...arguments);
        if (isDeleted && !order.finalized) {
            await Promise.all(order.payment_ids.map((line) => this._o2oReleaseWallet(line)));
        }
        return isDeleted;
    },

    async _o2oReleaseWallet(line) {
        if (!isWalletLine(line) || line.getAmount() <= 0 || !line.payment_status) {
            return;
        }
        try {
            await callWallet(this, "cancel", [line.uuid]);
        } catch {
            // it ends by its time
        }
    },
});
