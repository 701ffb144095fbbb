import * as Chrome from "@point_of_sale/../tests/pos/tours/utils/chrome_util";
import * as Dialog from "@point_of_sale/../tests/generic_helpers/dialog_util";
import * as NumberPopup from "@point_of_sale/../tests/generic_helpers/number_popup_util";
import * as Numpad from "@point_of_sale/../tests/generic_helpers/numpad_util";
import * as Order from "@point_of_sale/../tests/generic_helpers/order_widget_util";
import * as PartnerList from "@point_of_sale/../tests/pos/tours/utils/partner_list_util";
import * as PaymentScreen from "@point_of_sale/../tests/pos/tours/utils/payment_screen_util";
import * as ProductScreen from "@point_of_sale/../tests/pos/tours/utils/product_screen_util";
import * as ReceiptScreen from "@point_of_sale/../tests/pos/tours/utils/receipt_screen_util";
import * as TicketScreen from "@point_of_sale/../tests/pos/tours/utils/ticket_screen_util";
import { inLeftSide } from "@point_of_sale/../tests/pos/tours/utils/common";
import { registry } from "@web/core/registry";

function enterPin(pin) {
    return [
        { content: "the PIN", trigger: ".modal .o_o2o_wallet_pin", run: `edit ${pin}` },
        { content: "pay", trigger: ".modal .o_o2o_wallet_pay:enabled", run: "click" },
    ];
}

/**
 * Expected data: an open register with "O2O Wallet" and the cash method "O2OC1", "O2O Bottle" at
 * 110, the member "O2O Member" whose card ends in 0100, with 500 and a bonus of 50 and the PIN
 * 258036; 300 give a bonus of 30.
 */
registry.category("web_tour.tours").add("o2o_wallet_till_tour", {
    steps: () =>
        [
            {
                content: "the till has loaded; the first one builds the assets",
                trigger: ".screen-login .open-register-btn",
                timeout: 60000,
            },
            Chrome.startPoS(),
            // pay with the PIN, a wrong one first
            ProductScreen.clickDisplayedProduct("O2O Bottle"),
            ProductScreen.clickPartnerButton(),
            PartnerList.searchCustomerValue("O2O Member", true),
            ProductScreen.clickCustomer("O2O Member"),
            ProductScreen.clickPayButton(),
            PaymentScreen.clickPaymentMethod("O2O Wallet"),
            enterPin("258037"),
            { content: "it is refused", trigger: ".modal .o_o2o_wallet_error" },
            enterPin("258036"),
            { content: "paid", trigger: ".electronic_status:contains('Payment Successful')" },
            PaymentScreen.clickValidate(),
            ReceiptScreen.isShown(),
            ReceiptScreen.clickNextOrder(),
            // the bottle comes back
            ProductScreen.clickRefund(),
            TicketScreen.selectOrder("001"),
            inLeftSide([
                ...Order.hasLine({ productName: "O2O Bottle", run: "click" }),
                ...Order.hasLine({ productName: "O2O Bottle", withClass: ".selected" }),
                Numpad.click("1"),
            ]),
            TicketScreen.toRefundTextContains("To Refund: 1"),
            TicketScreen.confirmRefund(),
            PaymentScreen.isShown(),
            {
                content: "a preview, where payments by code are installed: by hand here",
                isActive: [".o_o2o_refund_preview"],
                trigger: ".modal .o_o2o_refund_by_hand",
                run: "click",
            },
            PaymentScreen.clickPaymentMethod("O2O Wallet"),
            {
                content: "ask whether the wallet had paid",
                trigger: ".send_refund_request",
                run: "click",
            },
            { content: "it had", trigger: ".electronic_status:contains('Refund Successful')" },
            PaymentScreen.clickValidate(),
            ReceiptScreen.isShown(),
            ReceiptScreen.clickNextOrder(),
            // top up 300 in cash
            { content: "the member screen", trigger: ".o_o2o_member_button", run: "click" },
            {
                content: "last four digits",
                trigger: ".o_o2o_member_query",
                run: "edit 0100",
            },
            { content: "look up", trigger: ".o_o2o_member_search", run: "click" },
            {
                content: "what is in the wallet",
                trigger: ".o_o2o_wallet_available:contains('550')",
            },
            { content: "top up", trigger: ".o_o2o_wallet_topup:enabled", run: "click" },
            NumberPopup.enterValue("300"),
            NumberPopup.isShown("300"),
            Dialog.confirm(),
            PaymentScreen.isShown(),
            PaymentScreen.clickPaymentMethod("O2OC1"),
            PaymentScreen.validateButtonIsHighlighted(),
            PaymentScreen.clickValidate(),
            ReceiptScreen.isShown(),
        ].flat(3),
});
