import { registry } from "@web/core/registry";

/** Head office finds a store, looks at the map and gives an order to a store that has the goods. */
registry.category("web_tour.tours").add("o2o_order_board", {
    steps: () => [
        {
            content: "The store with an order that nobody hears is red",
            trigger: ".o_o2o_card[data-code='NEAR'].o_o2o_level_late",
        },
        {
            content: "The map shows stores",
            trigger: ".o_o2o_map .o_o2o_mark",
        },
        {
            content: "Search a store by its code",
            trigger: ".o_o2o_board_search input",
            run: "edit far",
        },
        {
            trigger: ".o_o2o_cards:not(:has([data-code='NEAR'])) [data-code='FAR']",
        },
        {
            content: "A search without a result says so",
            trigger: ".o_o2o_board_search input",
            run: "edit no such store",
        },
        {
            trigger: ".o_o2o_board_nothing button",
            run: "click",
        },
        {
            content: "Only what is late",
            trigger: ".o_o2o_sum_late",
            run: "click",
        },
        {
            trigger: ".o_o2o_cards:not(:has([data-code='FAR'])) [data-code='NEAR']",
        },
        {
            content: "The order that no store can serve",
            trigger: ".o_o2o_queue_row .o_o2o_queue_assign",
            run: "click",
        },
        {
            trigger: ".o_o2o_assign label:contains(Store CD)",
        },
        {
            trigger: ".o_o2o_assign_reason",
            run: "edit Member agreed",
        },
        {
            trigger: ".o_o2o_assign_confirm:enabled",
            run: "click",
        },
        {
            content: "The board has heard of it",
            trigger: ".o_o2o_queue_empty",
        },
        {
            content: "The orders behind the number",
            trigger: ".o_o2o_card[data-code='NEAR'] .o_o2o_card_name",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row",
        },
    ],
});

/** A cashier sees the own store, and the orders behind its number. */
registry.category("web_tour.tours").add("o2o_order_board_store", {
    steps: () => [
        {
            trigger: ".o_o2o_board:not(:has([data-code='FAR'])) [data-code='NEAR']",
        },
        {
            content: "One store needs no map",
            trigger: ".o_o2o_board:not(:has(.o_o2o_map))",
        },
        {
            trigger: ".o_o2o_card[data-code='NEAR'] .o_o2o_card_counts button:first-child",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row",
        },
    ],
});
