import * as Chrome from "@point_of_sale/../tests/pos/tours/utils/chrome_util";
import * as Dialog from "@point_of_sale/../tests/generic_helpers/dialog_util";
import { registry } from "@web/core/registry";

/**
 * Expected data: one member whose card ends in 7316, with 1000 points; a limit below 500 points for
 * cashiers; a supervisor with the PIN 294817; a "Tour Coupon" for 300 points.
 */
registry.category("web_tour.tours").add("o2o_pos_member_tour", {
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
                content: "the member screen",
                trigger: ".o_o2o_member_button",
                run: "click",
            },
            {
                content: "last four digits",
                trigger: ".o_o2o_member_query",
                run: "edit 7316",
            },
            {
                content: "look up",
                trigger: ".o_o2o_member_search",
                run: "click",
            },
            {
                content: "one member opens at once",
                trigger: ".o_o2o_points_available:contains(1000)",
            },
            {
                content: "add points",
                trigger: ".o_o2o_points_add",
                run: "click",
            },
            {
                content: "more than a cashier may",
                trigger: ".modal .o_o2o_points_input",
                run: "edit 500",
            },
            {
                content: "why",
                trigger: ".modal .o_o2o_points_reason",
                run: "click",
            },
            {
                content: "a supervisor is needed",
                trigger: ".modal .o_o2o_points_confirm:enabled",
                run: "click",
            },
            {
                content: "a wrong PIN first",
                trigger: ".modal .o_o2o_pin_input",
                run: "edit 111222",
            },
            {
                content: "approve",
                trigger: ".modal .o_o2o_pin_confirm:enabled",
                run: "click",
            },
            {
                content: "it is refused",
                trigger: ".modal .o_o2o_points_error",
            },
            {
                content: "the right one",
                trigger: ".modal .o_o2o_pin_input",
                run: "edit 294817",
            },
            {
                content: "approve",
                trigger: ".modal .o_o2o_pin_confirm:enabled",
                run: "click",
            },
            {
                content: "posted",
                trigger: ".modal .o_o2o_points_done",
            },
            {
                content: "done",
                trigger: ".modal .o_o2o_points_close",
                run: "click",
            },
            {
                content: "the card knows",
                trigger: ".o_o2o_points_available:contains(1500)",
            },
            {
                content: "a coupon for points",
                trigger: ".o_o2o_coupon_exchange:enabled",
                run: "click",
            },
            {
                content: "which one",
                trigger: ".modal .o_o2o_coupon_offer:contains(Tour Coupon):enabled",
                run: "click",
            },
            {
                content: "exchange",
                trigger: ".modal .o_o2o_coupon_confirm:enabled",
                run: "click",
            },
            {
                content: "the code",
                trigger: ".modal .o_o2o_coupon_done .o_o2o_coupon_code:contains(044)",
            },
            {
                content: "done",
                trigger: ".modal .o_o2o_coupon_close",
                run: "click",
            },
            {
                content: "fewer points, one coupon more",
                trigger: ".o_o2o_points_available:contains(1200)",
            },
            {
                content: "the coupon is there",
                trigger: ".o_o2o_tile_coupons:contains(Tour Coupon)",
            },
            {
                content: "set as customer",
                trigger: ".o_o2o_member_set:enabled",
                run: "click",
            },
            {
                content: "the strip of the sale shows the member",
                trigger: ".product-screen .o_o2o_strip_points:contains(1200)",
            },
            {
                content: "and the sale its customer",
                trigger: ".product-screen .set-partner:contains(Tour Member)",
            },
        ].flat(),
});
