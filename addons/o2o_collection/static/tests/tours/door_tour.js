import { registry } from "@web/core/registry";

/** A finger that draws a line. */
function sign(canvas) {
    const box = canvas.getBoundingClientRect();
    const touch = (type, x, y) =>
        canvas.dispatchEvent(
            new PointerEvent(type, {
                bubbles: true,
                cancelable: true,
                clientX: box.left + x,
                clientY: box.top + y,
            })
        );
    touch("pointerdown", 20, 20);
    touch("pointermove", 120, 80);
    touch("pointermove", 200, 40);
    touch("pointerup", 200, 40);
}

registry.category("web_tour.tours").add("o2o_door_cash", {
    steps: () => [
        {
            content: "somebody has to go: I do",
            trigger: ".o_o2o_door_take",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "open the delivery",
            trigger: ".o_o2o_door_list a[href^='/o2o/door/']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "100 typed, where 400 are open",
            trigger: "input[name='received']",
            run: "edit 100",
        },
        {
            content: "300 would still be open",
            trigger: ".o_o2o_door_rest_line:not(.d-none):contains(300.00)",
        },
        {
            content: "received",
            trigger: ".o_o2o_door_cash button[type='submit']",
            run: "click",
        },
        {
            content: "a part is asked about, and it was a slip of the finger",
            trigger: ".modal .modal-footer .btn-secondary",
            run: "click",
        },
        {
            content: "the customer gives 500",
            trigger: "input[name='received']",
            run: "edit 500",
        },
        {
            content: "100 go back",
            trigger: ".o_o2o_door_change:contains(100.00)",
        },
        {
            content: "cash received",
            trigger: ".o_o2o_door_cash button[type='submit']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "without a proof it is not finished",
            trigger: ".o_o2o_door_finish button[type='submit']",
            run: "click",
        },
        {
            content: "the page says what is missing",
            trigger: ".o_o2o_door_message:not(.d-none)",
        },
        {
            content: "the customer signs",
            trigger: ".o_o2o_door_signature",
            run: ({ anchor }) => sign(anchor),
        },
        {
            content: "delivered",
            trigger: ".o_o2o_door_finish button[type='submit']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "the courier counts",
            trigger: ".o_o2o_door_declared",
            run: "edit 400",
        },
        {
            content: "at the till: hand over",
            trigger: ".o_o2o_door_handover",
            run: "click",
        },
        {
            content: "the code for the cashier",
            trigger: ".o_o2o_door_code:not(.d-none) .o_o2o_door_code_text:not(:empty)",
        },
    ],
});
