import * as Chrome from "@point_of_sale/../tests/pos/tours/utils/chrome_util";
import * as PaymentScreen from "@point_of_sale/../tests/pos/tours/utils/payment_screen_util";
import * as ProductScreen from "@point_of_sale/../tests/pos/tours/utils/product_screen_util";
import * as ReceiptScreen from "@point_of_sale/../tests/pos/tours/utils/receipt_screen_util";
import * as Dialog from "@point_of_sale/../tests/generic_helpers/dialog_util";
import { registry } from "@web/core/registry";

/**
 * Expected data: five bottles of "O2O Held Bottle", four of them held for one online order; a
 * cashier who may override.
 */
registry.category("web_tour.tours").add("o2o_pos_stock_tour", {
    steps: () =>
        [
            {
                content: "the till has loaded; the first one builds the assets",
                trigger: ".screen-login .open-register-btn",
                timeout: 60000,
            },
            Chrome.startPoS(),
            Dialog.confirm(),
            ProductScreen.clickDisplayedProduct("O2O Held Bottle"),
            ProductScreen.clickPayButton(false),
            {
                content: "one bottle is free: nobody is asked",
                trigger: ".payment-screen",
            },
            {
                content: "back to the basket",
                trigger: ".payment-screen .back-button, .back-button",
                run: "click",
            },
            ProductScreen.clickDisplayedProduct("O2O Held Bottle"),
            ProductScreen.clickPayButton(false),
            {
                content: "the second one is held for an online order",
                trigger: ".o_o2o_held_promise:contains(4)",
            },
            {
                content: "sell anyway",
                trigger: ".o_o2o_held_override",
                run: "click",
            },
            {
                content: "a reason",
                trigger: ".o_o2o_held_reason:first",
                run: "click",
            },
            {
                content: "confirm",
                trigger: ".o_o2o_held_confirm:enabled",
                run: "click",
            },
            PaymentScreen.clickPaymentMethod("O2O Cash"),
            PaymentScreen.clickValidate(),
            ReceiptScreen.isShown(),
        ].flat(),
});
