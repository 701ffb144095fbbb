import * as Chrome from "@point_of_sale/../tests/pos/tours/utils/chrome_util";
import * as Dialog from "@point_of_sale/../tests/generic_helpers/dialog_util";
import { registry } from "@web/core/registry";

/**
 * Expected data: a cashier on the staff of the till's store, and one delivery order of two pieces,
 * offered to that store, for a member with the phone number 13900000001.
 */
function openTheOrder() {
    return [
        {
            content: "the till has loaded; the first one builds the assets",
            trigger: ".screen-login .open-register-btn",
            timeout: 60000,
        },
        ...Chrome.startPoS(),
        Dialog.confirm(),
        {
            content: "the button in the navbar counts the order and rings",
            trigger: ".o_o2o_navbar_button.o_o2o_ringing .o_o2o_counter:contains(1)",
        },
        {
            content: "open the order from the card over the product screen",
            trigger: ".o_o2o_card .o_o2o_card_open",
            run: "click",
        },
        {
            content: "the card makes room for the order",
            trigger: "body:not(:has(.o_o2o_card)) .o_o2o_screen",
        },
        {
            content: "product list",
            trigger: ".o_o2o_line .o_o2o_line_qty:contains(2)",
        },
        {
            content: "delivery information",
            trigger: ".o_o2o_delivery:contains(13900000001) .o_o2o_address",
        },
    ];
}

function bellIsSilent() {
    return {
        content: "nothing waits any more, and the bell is silent",
        trigger: ".o_o2o_navbar_button:not(.o_o2o_ringing)",
        run: () => {
            if (posmodel.env.services.o2o_orders.bellState.isRinging) {
                throw new Error("the bell still rings");
            }
        },
    };
}

// POS-04: unaccepted order -> products -> delivery information -> accept -> ship
registry.category("web_tour.tours").add("o2o_pos_order_tour", {
    steps: () =>
        [
            openTheOrder(),
            {
                content: "accept",
                trigger: ".o_o2o_action_accept:enabled",
                run: "click",
            },
            {
                content: "the next step is offered at the same place",
                trigger: ".o_o2o_action_ship:enabled",
            },
            bellIsSilent(),
            {
                content: "the order has moved to the orders in progress",
                trigger: ".o_o2o_tab_progress .badge:contains(1)",
            },
            {
                content: "ship",
                trigger: ".o_o2o_action_ship:enabled",
                run: "click",
            },
            {
                content: "with a tracking number",
                trigger: ".modal .o_o2o_tracking",
                run: "edit SF1234567890",
            },
            {
                content: "confirm",
                trigger: ".modal .o_o2o_ship_confirm",
                run: "click",
            },
            {
                content: "nothing is left to do for the store",
                trigger: ".o_o2o_detail:not(:has(.o_o2o_actions .btn-primary))",
            },
            {
                content: "on its way",
                trigger: ".o_o2o_tab_underway:has(.badge:contains(1))",
                run: "click",
            },
            {
                content: "the order is there",
                trigger: ".o_o2o_row.o_o2o_row_selected",
            },
            {
                content: "back to the sale",
                trigger: ".o_o2o_back",
                run: "click",
            },
            {
                content: "the product screen is there",
                trigger: ".product-screen",
            },
        ].flat(),
});

// POS-06, ROUT-08, idea 2: unaccepted order -> reject -> choose a reason -> count the shelf
registry.category("web_tour.tours").add("o2o_pos_reject_tour", {
    steps: () =>
        [
            openTheOrder(),
            {
                content: "reject",
                trigger: ".o_o2o_action_reject:enabled",
                run: "click",
            },
            {
                content: "the first reason",
                trigger: ".modal .o_o2o_reason",
                run: "click",
            },
            {
                content: "nothing is on the shelf: zero is proposed",
                trigger: ".modal .o_o2o_count .o_o2o_number:value(0)",
            },
            {
                content: "one is found after all",
                trigger: ".modal .o_o2o_count .o_o2o_plus",
                run: "click",
            },
            {
                content: "confirm the count",
                trigger: ".modal .o_o2o_reject_confirm:enabled",
                run: "click",
            },
            {
                content: "the order has left this till",
                trigger: ".o_o2o_list .o_o2o_empty",
            },
            bellIsSilent(),
        ].flat(),
});

// Idea 9: one of two is there; the customer is asked, then the rest is shipped
registry.category("web_tour.tours").add("o2o_pos_accept_lines_tour", {
    steps: () =>
        [
            openTheOrder(),
            {
                content: "not everything is there",
                trigger: ".o_o2o_action_accept_lines:enabled",
                run: "click",
            },
            {
                content: "one less",
                trigger: ".modal .o_o2o_accept_line .o_o2o_minus",
                run: "click",
            },
            {
                content: "confirm",
                trigger: ".modal .o_o2o_accept_lines_confirm",
                run: "click",
            },
            {
                content: "the customer is asked",
                trigger: ".o_o2o_choice_state",
            },
            bellIsSilent(),
        ].flat(),
});
