import { patch } from "@web/core/utils/patch";
import { rpc } from "@web/core/network/rpc";
import { PaymentForm } from "@payment/interactions/payment_form";
import { _t } from "@web/core/l10n/translation";

const PROVIDER = "o2o_wallet";

/** Paying from the own wallet on the payment page: the server takes the money, or says why not. */
patch(PaymentForm.prototype, {
    async _prepareInlineForm(providerId, providerCode, paymentOptionId, paymentMethodCode, flow) {
        if (providerCode !== PROVIDER) {
            return super._prepareInlineForm(...arguments);
        }
        if (flow !== "token") {
            this._setPaymentFlow("direct");
        }
    },

    async _processDirectFlow(providerCode, paymentOptionId, paymentMethodCode, processingValues) {
        if (providerCode !== PROVIDER) {
            return super._processDirectFlow(...arguments);
        }
        const input = this.el.querySelector("input[name='o2o_wallet_pin']");
        let answer;
        try {
            answer = await this.waitFor(
                rpc("/o2o/wallet/pay", {
                    reference: processingValues.reference,
                    pin: input?.value || "",
                })
            );
        } catch {
            // the status page knows whether the payment arrived
            window.location = "/payment/status";
            return;
        }
        if (answer.status === "ok") {
            window.location = "/payment/status";
            return;
        }
        if (input) {
            input.value = "";
        }
        this._displayErrorDialog(_t("Nothing was paid"), answer.message);
        this._enableButton();
    },
});
