import * as Chrome from "@point_of_sale/../tests/pos/tours/utils/chrome_util";
import * as Dialog from "@point_of_sale/../tests/generic_helpers/dialog_util";
import * as PaymentScreen from "@point_of_sale/../tests/pos/tours/utils/payment_screen_util";
import * as ProductScreen from "@point_of_sale/../tests/pos/tours/utils/product_screen_util";
import * as ReceiptScreen from "@point_of_sale/../tests/pos/tours/utils/receipt_screen_util";
import { registry } from "@web/core/registry";

function scan(code) {
    return [
        {
            content: "the scanner types the code",
            trigger: ".o_o2o_code_dialog input",
            run: `edit ${code}`,
        },
        {
            content: "and ends it",
            trigger: ".modal-footer .btn-primary",
            run: "click",
        },
    ];
}

function sell() {
    return [
        ProductScreen.clickDisplayedProduct("O2O Bottle"),
        ProductScreen.clickPayButton(),
        PaymentScreen.clickPaymentMethod("O2O Code"),
    ];
}

function isThrough() {
    return {
        content: "paid: the sale is through",
        trigger: ".receipt-screen",
        timeout: 20000,
    };
}

/**
 * Expected: a closed till with bottles at 200.00; the second code is refused as over; the
 * shop's own code is paid a while after it was shown.
 */
registry.category("web_tour.tours").add("o2o_pos_code_tour", {
    steps: () =>
        [
            {
                content: "the till has loaded; the first one builds the assets",
                trigger: ".screen-login .open-register-btn",
                timeout: 60000,
            },
            Chrome.startPoS(),
            Dialog.confirm(),
            ...sell(),
            ...scan("280000000000000001"),
            isThrough(),
            ReceiptScreen.clickNextOrder(),
            ...sell(),
            ...scan("130000000000000002"),
            {
                content: "refused: nothing was charged, the line may be tried again",
                trigger: ".modal .btn-primary",
                run: "click",
            },
            {
                content: "once more",
                trigger: ".send_payment_request",
                run: "click",
            },
            ...scan("280000000000000003"),
            isThrough(),
            ReceiptScreen.clickNextOrder(),
            ...sell(),
            {
                content: "the shop shows its own code instead",
                trigger: ".o_o2o_our_codes button[data-gateway='wechat']",
                run: "click",
            },
            {
                content: "the customer can scan it",
                trigger: ".o_o2o_shop_code img[src^='data:image/svg']",
            },
            isThrough(),
            ReceiptScreen.clickNextOrder(),
            Chrome.endTour(),
        ].flat(),
});
