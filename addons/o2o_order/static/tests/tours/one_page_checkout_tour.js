import { registry } from "@web/core/registry";

const TAPS = "o2o_test_taps";

/** Counts what a thumb does, over all pages of the tour. */
function countTaps() {
    document.addEventListener(
        "click",
        () => sessionStorage.setItem(TAPS, Number(sessionStorage.getItem(TAPS)) + 1),
        { capture: true }
    );
}

registry.category("web_tour.tours").add("O2oOnePageCheckout", {
    steps: () => [
        {
            content: "the stock of the member's region is shown",
            trigger: ".o_o2o_product_stock [data-level='in']",
            run() {
                sessionStorage.setItem(TAPS, 0);
                countTaps();
            },
        },
        {
            content: "buy now",
            trigger: "a.o_o2o_buy_now",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "everything is filled in",
            trigger: ".o_o2o_one_page .o_o2o_address_line:contains('长岭南路')",
            run: countTaps,
        },
        {
            content: "a way to pay is chosen",
            trigger:
                ".o_o2o_one_page input[name='option']:checked:not(:visible), .o_o2o_one_page input[name='option']:checked",
        },
        {
            content: "submit",
            trigger: ".o_o2o_submit:enabled",
            run: "click",
        },
        {
            content: "the order is placed, and its progress shown, without another page",
            trigger: ".o_o2o_checkout_done .o_o2o_timeline",
        },
        {
            content: "two taps",
            trigger: ".o_o2o_order_name",
            run() {
                const taps = Number(sessionStorage.getItem(TAPS));
                if (taps !== 2) {
                    throw new Error(`${taps} taps from the product page to the order`);
                }
            },
        },
    ],
});

registry.category("web_tour.tours").add("O2oChoosePlace", {
    steps: () => [
        {
            content: "open the picker",
            trigger: ".o_o2o_product_place .o_o2o_place_chip",
            run: "click",
        },
        {
            content: "search",
            trigger: ".o_o2o_place_dialog .o_o2o_place_search",
            run: "edit FAR",
        },
        {
            content: "only what was searched",
            trigger: ".o_o2o_place_list:not(:contains('Store NEAR')):contains('Store FAR')",
        },
        {
            content: "collect there",
            trigger: ".o_o2o_place_option[data-store-id]:contains('Store FAR')",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "it is remembered and its stock is shown",
            trigger: ".o_o2o_place_label:contains('Store FAR')",
        },
        {
            content: "few left there",
            trigger: ".o_o2o_product_stock [data-level='few']:contains('2')",
        },
    ],
});
