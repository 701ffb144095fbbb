import * as Chrome from "@point_of_sale/../tests/pos/tours/utils/chrome_util";
import * as PaymentScreen from "@point_of_sale/../tests/pos/tours/utils/payment_screen_util";
import * as ProductScreen from "@point_of_sale/../tests/pos/tours/utils/product_screen_util";
import * as ReceiptScreen from "@point_of_sale/../tests/pos/tours/utils/receipt_screen_util";
import { registry } from "@web/core/registry";

function payByCard() {
    return [
        ProductScreen.clickDisplayedProduct("O2O Bottle"),
        ProductScreen.clickPayButton(),
        PaymentScreen.clickPaymentMethod("O2O Bank card"),
    ];
}

/**
 * Expected: an open till with a terminal. It loses its first answer after the charge, declines
 * the second charge, and approves after that.
 */
registry.category("web_tour.tours").add("o2o_pos_terminal_tour", {
    steps: () =>
        [
            {
                content: "the till has loaded; the first one builds the assets",
                trigger: ".screen-login .open-register-btn",
                timeout: 60000,
            },
            Chrome.startPoS(),
            ...payByCard(),
            {
                content: "nobody knows: the cashier reads what to do",
                trigger: ".o_o2o_terminal_unknown:contains(Do not charge again)",
                timeout: 20000,
            },
            {
                content: "the terminal is asked",
                trigger: ".o_o2o_ask_terminal",
                run: "click",
            },
            {
                content: "it had charged: the sale is through",
                trigger: ".receipt-screen",
                timeout: 20000,
            },
            ReceiptScreen.clickNextOrder(),
            ...payByCard(),
            {
                content: "declined: nothing was charged",
                trigger: ".o_notification:contains(Nothing was charged)",
                timeout: 20000,
            },
            {
                content: "once more",
                trigger: ".send_payment_request",
                run: "click",
            },
            {
                content: "approved",
                trigger: ".receipt-screen",
                timeout: 20000,
            },
        ].flat(),
});
