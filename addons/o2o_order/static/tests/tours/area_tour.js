import { registry } from "@web/core/registry";

/** Head office draws the area of a store: a square, one more corner, saved. */
registry.category("web_tour.tours").add("o2o_area_tour", {
    steps: () => [
        {
            content: "The page of the area",
            trigger: ".o_notebook_headers a:contains('Service area')",
            run: "click",
        },
        {
            content: "Nothing is drawn yet: start with a square",
            trigger: ".o_o2o_area button:contains('square')",
            run: "click",
        },
        {
            content: "Four corners; a tap in the picture adds one",
            trigger: ".o_o2o_area:has(.o_o2o_area_corner:nth-of-type(4)) svg",
            run() {
                const box = this.anchor.getBoundingClientRect();
                const at = {
                    bubbles: true,
                    pointerId: 1,
                    clientX: box.left + box.width / 2,
                    clientY: box.top + 12,
                };
                // the browser refuses to capture a pointer that is not there
                this.anchor.setPointerCapture = () => {};
                this.anchor.dispatchEvent(new PointerEvent("pointerdown", at));
                this.anchor.dispatchEvent(new PointerEvent("pointerup", at));
            },
        },
        {
            content: "Five corners",
            trigger: ".o_o2o_area:contains('5 corners')",
        },
        {
            content: "Save",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            trigger: ".o_form_saved",
        },
    ],
});
