import { registry } from "@web/core/registry";

/** Expected data: a cart of 330 of a member with 550 in the wallet and the PIN 258036. */
registry.category("web_tour.tours").add("o2o_wallet_payment_tour", {
    url: "/shop/payment",
    steps: () => [
        {
            content: "choose the wallet; with one way to pay there is nothing to choose",
            trigger: "#o_payment_form",
            run: () =>
                document
                    .querySelector("input[name='o_payment_radio'][data-provider-code='o2o_wallet']")
                    .click(),
        },
        {
            content: "what is in it",
            trigger: ".o_o2o_wallet_form:contains('550')",
        },
        {
            content: "a wrong PIN first",
            trigger: "input[name='o2o_wallet_pin']",
            run: "edit 258037",
        },
        {
            content: "pay",
            trigger: "button[name='o_payment_submit_button']:enabled",
            run: "click",
        },
        {
            content: "it is refused, with the reason",
            trigger: ".o_technical_modal:contains('This PIN is not right')",
        },
        {
            content: "close",
            trigger: ".o_technical_modal .modal-footer .btn-primary",
            run: "click",
        },
        {
            content: "the right one",
            trigger: "body:not(:has(.o_technical_modal)) input[name='o2o_wallet_pin']",
            run: "edit 258036",
        },
        {
            content: "pay",
            trigger: "button[name='o_payment_submit_button']:enabled",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "past the page that waits for the payment; where to, other addons decide",
            trigger:
                "#wrapwrap:not(:has(#o_payment_form)):not(:has([name='o_payment_status'])):not(:has([name='o_payment_status_alert']))",
            timeout: 30000,
        },
    ],
});
