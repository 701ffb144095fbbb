import * as Chrome from "@point_of_sale/../tests/pos/tours/utils/chrome_util";
import * as Dialog from "@point_of_sale/../tests/generic_helpers/dialog_util";
import * as PaymentScreen from "@point_of_sale/../tests/pos/tours/utils/payment_screen_util";
import * as ProductScreen from "@point_of_sale/../tests/pos/tours/utils/product_screen_util";
import * as ReceiptScreen from "@point_of_sale/../tests/pos/tours/utils/receipt_screen_util";
import { registry } from "@web/core/registry";

function payByCard(bottles) {
    return [
        ...Array.from({ length: bottles }, () => ProductScreen.clickDisplayedProduct("O2O Bottle")),
        ProductScreen.clickPayButton(),
        PaymentScreen.clickPaymentMethod("O2O Bank card"),
    ];
}

function isThrough() {
    return {
        content: "approved: the sale is through",
        trigger: ".receipt-screen",
        timeout: 20000,
    };
}

function fits() {
    return {
        content: "nothing sticks out of the dialog or of the screen",
        trigger: ".o_o2o_terminal_dialog",
        run({ anchor }) {
            const { bottom, right } = anchor.getBoundingClientRect();
            const isInside = bottom <= window.innerHeight && right <= window.innerWidth;
            if (!isInside || anchor.scrollWidth > anchor.clientWidth) {
                throw new Error("the dialog does not fit");
            }
        },
    };
}

function isUnknown() {
    return {
        content: "nobody knows: the cashier reads what to do",
        trigger: ".o_o2o_terminal_unknown:contains(Do not charge again)",
        timeout: 20000,
    };
}

/**
 * Expected: bottles at 200.00; a closed till with a terminal that declines the first charge, approves the second and
 * loses its answer to the third one after it has charged.
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
            Dialog.confirm(),
            {
                content: "POS-10: the terminal has signed in with the till",
                trigger: ".o_notification:contains(The bank card terminal is signed in)",
                timeout: 20000,
            },
            ...payByCard(1),
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
            isThrough(),
            ReceiptScreen.clickNextOrder(),
            ...payByCard(2),
            isUnknown(),
            {
                content: "the till is loaded anew in the middle of it",
                trigger: ".payment-screen",
                run: () => window.location.reload(),
                expectUnloadPage: true,
            },
            isUnknown(),
            {
                content: "the terminal is asked",
                trigger: ".o_o2o_ask_terminal",
                run: "click",
            },
            {
                content: "it had charged",
                trigger: ".electronic_status:contains(Payment Successful)",
                timeout: 20000,
            },
            PaymentScreen.clickValidate(),
            isThrough(),
            ReceiptScreen.clickNextOrder(),
            Chrome.clickMenuOption("Bank card terminal"),
            {
                content: "POS-11: all three charges",
                trigger: ".o_o2o_terminal_row ~ .o_o2o_terminal_row ~ .o_o2o_terminal_row",
            },
            fits(),
            {
                content: "one is looked for by its amount",
                trigger: ".o_o2o_terminal_search",
                run: "edit 400",
            },
            {
                content: "found",
                trigger:
                    ".o_o2o_terminal_dialog:not(:contains(200.00)) .o_o2o_terminal_row:contains(400.00)",
                run: "click",
            },
            {
                content: "with four digits of its card, and no more",
                trigger: ".o_o2o_terminal_details:contains(*****)",
            },
            {
                content: "POS-08: its slip once more",
                trigger: ".o_o2o_terminal_print",
                run: "click",
            },
            {
                content: "it is on its way",
                trigger: ".o_notification:contains(The slip comes out)",
            },
            {
                content: "POS-13: the settings",
                trigger: ".o_o2o_tab_terminal",
                run: "click",
            },
            {
                content: "where the terminal is",
                trigger: ".o_o2o_terminal_details:contains(192.0.2.7)",
            },
            fits(),
            {
                content: "a test",
                trigger: ".o_o2o_terminal_sign_in:enabled",
                run: "click",
            },
            {
                content: "done",
                trigger: ".o_notification:contains(The bank card terminal is signed in)",
                timeout: 20000,
            },
        ].flat(),
});
