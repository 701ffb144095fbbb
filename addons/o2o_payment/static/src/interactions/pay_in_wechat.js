import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";
import { redirect } from "@web/core/utils/urls";

/** PAY-02: within WeChat the page asks WeChat to pay; what it answers is not believed. */
export class PayInWechat extends Interaction {
    static selector = ".o_o2o_pay_in_wechat";
    dynamicContent = {
        ".o_o2o_pay_again": {
            "t-on-click": this.pay,
            "t-att-class": () => ({ "d-none": !this.mayPayAgain }),
        },
    };

    setup() {
        this.mayPayAgain = false;
    }

    start() {
        if (window.WeixinJSBridge) {
            this.pay();
        } else {
            this.addListener(document, "WeixinJSBridgeReady", this.pay);
        }
    }

    pay() {
        window.WeixinJSBridge.invoke(
            "getBrandWCPayRequest",
            JSON.parse(this.el.dataset.call),
            (answer) => this.onAnswer(answer?.err_msg)
        );
    }

    onAnswer(message) {
        if (message === "get_brand_wcpay_request:ok") {
            // the server asks the gateway, and shows what it says
            redirect(`/o2o/payment/return/${this.el.dataset.token}`);
            return;
        }
        this.mayPayAgain = true;
        this.updateContent();
    }
}

registry.category("public.interactions").add("o2o_payment.pay_in_wechat", PayInWechat);
