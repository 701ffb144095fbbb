import * as Chrome from "@point_of_sale/../tests/pos/tours/utils/chrome_util";
import * as Dialog from "@point_of_sale/../tests/generic_helpers/dialog_util";
import * as Numpad from "@point_of_sale/../tests/generic_helpers/numpad_util";
import * as Order from "@point_of_sale/../tests/generic_helpers/order_widget_util";
import * as PaymentScreen from "@point_of_sale/../tests/pos/tours/utils/payment_screen_util";
import * as ProductScreen from "@point_of_sale/../tests/pos/tours/utils/product_screen_util";
import * as TicketScreen from "@point_of_sale/../tests/pos/tours/utils/ticket_screen_util";
import { inLeftSide } from "@point_of_sale/../tests/pos/tours/utils/common";
import { registry } from "@web/core/registry";

/**
 * Expected: a closed till; one sale of an earlier session, "O2O Bottle" at 200.00, of which a code
 * has paid 150.00 and cash 50.00. The gateway refuses the first refund.
 */
registry.category("web_tour.tours").add("o2o_pos_refund_tour", {
    steps: () =>
        [
            {
                content: "the till has loaded; the first one builds the assets",
                trigger: ".screen-login .open-register-btn",
                timeout: 60000,
            },
            Chrome.startPoS(),
            Dialog.confirm(),
            ProductScreen.clickRefund(),
            {
                content: "the sale of another session",
                trigger: ".ticket-screen .order-row:contains('200.00')",
                run: "click",
            },
            inLeftSide([
                ...Order.hasLine({ productName: "O2O Bottle", run: "click" }),
                ...Order.hasLine({ productName: "O2O Bottle", withClass: ".selected" }),
                Numpad.click("1"),
            ]),
            TicketScreen.toRefundTextContains("To Refund: 1"),
            TicketScreen.confirmRefund(),
            PaymentScreen.isShown(),
            {
                content: "the preview: by the ways it was paid",
                trigger: ".o_o2o_refund_tender:first .o_o2o_refund_amount:contains('150.00')",
            },
            {
                content: "cash first",
                trigger: ".o_o2o_refund_tender:last .o_o2o_refund_first:enabled",
                run: "click",
            },
            {
                content: "which changes nothing: all goes back",
                trigger: ".o_o2o_refund_tender:last .o_o2o_refund_amount:contains('50.00')",
            },
            {
                content: "one click",
                trigger: ".o_o2o_refund_confirm:enabled",
                run: "click",
            },
            {
                content: "the gateway refuses it",
                trigger:
                    ".modal:has(.modal-title:contains('Refund')) .modal-body:contains('gave nothing back')",
            },
            Dialog.confirm(),
            {
                content: "no payment was cancelled: it says what is known",
                trigger: ".electronic_status:contains('Refund not confirmed')",
            },
            {
                content: "the line stays open, and is sent again",
                trigger: ".send_payment_request",
                run: "click",
            },
            {
                content: "given back: the refund is through",
                trigger: ".receipt-screen",
                timeout: 20000,
            },
            Chrome.endTour(),
        ].flat(3),
});
