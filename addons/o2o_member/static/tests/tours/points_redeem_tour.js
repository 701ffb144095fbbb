import * as Chrome from "@point_of_sale/../tests/pos/tours/utils/chrome_util";
import * as Order from "@point_of_sale/../tests/generic_helpers/order_widget_util";
import * as PartnerList from "@point_of_sale/../tests/pos/tours/utils/partner_list_util";
import * as PaymentScreen from "@point_of_sale/../tests/pos/tours/utils/payment_screen_util";
import * as ProductScreen from "@point_of_sale/../tests/pos/tours/utils/product_screen_util";
import * as ReceiptScreen from "@point_of_sale/../tests/pos/tours/utils/receipt_screen_util";
import * as TicketScreen from "@point_of_sale/../tests/pos/tours/utils/ticket_screen_util";
import { inLeftSide } from "@point_of_sale/../tests/pos/tours/utils/common";
import * as Numpad from "@point_of_sale/../tests/generic_helpers/numpad_util";
import { registry } from "@web/core/registry";

/**
 * Expected data: an open register, "O2O Bottle" at 60 and "O2O Cup" at 40, the member
 * "O2O Member" with 10,000 points, 100 of them worth one; at most half may be points.
 */
registry.category("web_tour.tours").add("o2o_points_redeem_tour", {
    steps: () =>
        [
            {
                content: "the till has loaded; the first one builds the assets",
                trigger: ".screen-login .open-register-btn",
                timeout: 60000,
            },
            Chrome.startPoS(),
            ProductScreen.clickDisplayedProduct("O2O Bottle"),
            ProductScreen.clickDisplayedProduct("O2O Cup"),
            ProductScreen.clickPartnerButton(),
            // a till opens without the members: the server finds them
            PartnerList.searchCustomerValue("O2O Member", true),
            ProductScreen.clickCustomer("O2O Member"),
            {
                content: "choose points",
                trigger: ".o2o-use-points",
                run: "click",
            },
            {
                content: "half of the order at most",
                trigger: ".o2o-points-number:contains('5,000')",
            },
            ...Array.from({ length: 17 }, () => ({
                content: "a hundred fewer",
                trigger: ".o2o-points-less",
                run: "click",
            })),
            {
                content: "3,300 points pay 33.00",
                trigger: ".o2o-points-worth:contains('33.00')",
            },
            {
                content: "use them",
                trigger: ".o2o-points-confirm",
                run: "click",
            },
            ProductScreen.totalAmountIs("67.00"),
            ProductScreen.clickPayButton(),
            PaymentScreen.clickPaymentMethod("O2O Later"),
            PaymentScreen.clickValidate(),
            ReceiptScreen.isShown(),
            ReceiptScreen.clickNextOrder(),
            // one bottle comes back: 60.00, of which points had paid 19.80
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
            PaymentScreen.totalIs("40.20"),
            PaymentScreen.clickPaymentMethod("O2O Later"),
            PaymentScreen.clickValidate(),
            ReceiptScreen.isShown(),
        ].flat(2),
});
