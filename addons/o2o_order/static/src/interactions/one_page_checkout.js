import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";
import { browser } from "@web/core/browser/browser";
import { rpc } from "@web/core/network/rpc";
import { redirect } from "@web/core/utils/urls";
import { _t } from "@web/core/l10n/translation";

/**
 * The one page on which a member buys (SHOP-05).
 *
 * Every choice is kept by the server, which then shows the page anew. Submitting may be
 * repeated: the key of the page makes one order of it.
 */
export class OnePageCheckout extends Interaction {
    static selector = ".o_o2o_one_page";
    dynamicContent = {
        "input[name='method_id']": {
            "t-on-change": (ev) => this.choose({ method_id: Number(ev.target.value) }),
        },
        "input[name='store_id']": {
            "t-on-change": (ev) =>
                this.choose({
                    method_id: Number(this.read("method_id") || this.methodId),
                    store_id: Number(ev.target.value),
                }),
        },
        "input[name='address_id']": {
            "t-on-change": (ev) => this.choose({ address_id: Number(ev.target.value) }),
        },
        "select[name='region_id']": {
            "t-on-change": (ev) => this.choose({ region_id: Number(ev.target.value) }),
        },
        "input[name='option']": { "t-on-change": () => this.showButton() },
        ".o_o2o_addresses > summary": { "t-on-click": this.onAddresses },
        ".o_o2o_step": { "t-on-click": this.onStep },
        ".o_o2o_save_address": { "t-on-click": this.onSaveAddress },
        ".o_o2o_submit": { "t-on-click": this.onSubmit },
    };

    setup() {
        this.isBusy = false;
        this.form = this.el.querySelector(".o_o2o_checkout_form");
    }

    start() {
        this.showButton();
    }

    get methodId() {
        return this.form.querySelector("[data-method-id]")?.dataset.methodId;
    }

    /** The value of a field, of the chosen one among radio buttons. */
    read(name) {
        const fields = [...this.el.querySelectorAll(`[name='${name}']`)];
        const field = fields.find((item) => item.type !== "radio" || item.checked);
        return field ? field.value : "";
    }

    showButton() {
        const chosen = this.form.querySelector("input[name='option']:checked");
        const paysNow = Boolean(chosen) && !chosen.dataset.collecting;
        this.form.querySelector(".o_o2o_submit_now")?.classList.toggle("d-none", paysNow);
        this.form.querySelector(".o_o2o_submit_pay")?.classList.toggle("d-none", !paysNow);
    }

    choose(choices) {
        return this.ask("/o2o/checkout/update", choices);
    }

    /** The address book comes when it is wanted: most orders go where the last one went. */
    async onAddresses(ev) {
        const book = ev.currentTarget.parentElement;
        if (!book.dataset.listed) {
            ev.preventDefault();
            await this.choose({ addresses: true });
        }
    }

    async onStep(ev) {
        const line = ev.currentTarget.closest(".o_o2o_checkout_line");
        const quantity = parseInt(line.querySelector(".o_o2o_quantity").textContent);
        await this.choose({
            line_id: Number(line.dataset.lineId),
            quantity: quantity + Number(ev.currentTarget.dataset.direction),
        });
    }

    async onSaveAddress() {
        await this.ask("/o2o/checkout/address", {
            name: this.read("new_name"),
            phone: this.read("new_phone"),
            region_id: Number(this.read("new_region")) || null,
            street: this.read("new_street"),
        });
    }

    async onSubmit() {
        await this.ask("/o2o/checkout/submit", {
            seen: this.read("seen"),
            note: this.read("note"),
        });
    }

    /** One question at a time; while it is open nothing else can be pressed. */
    async ask(route, values) {
        if (this.isBusy) {
            return;
        }
        this.setBusy(true);
        let answer;
        try {
            answer = await this.waitFor(
                rpc(route, { key: this.read("key"), option: this.read("option"), ...values })
            );
        } catch {
            this.setBusy(false);
            this.showError(
                _t("No answer from the shop. Please try again: nothing is ordered twice.")
            );
            return;
        }
        if (answer.done) {
            this.showDone(answer);
            return;
        }
        if (answer.url) {
            redirect(answer.url);
            return; // busy until the next page is there
        }
        this.setBusy(false);
        if (answer.html) {
            this.show(answer.html);
        }
        if (answer.error) {
            this.showError(answer.error);
        }
    }

    setBusy(isBusy) {
        this.isBusy = isBusy;
        this.el.classList.toggle("o_o2o_busy", isBusy);
        this.el.setAttribute("aria-busy", String(isBusy));
    }

    show(html) {
        const interactions = this.services["public.interactions"];
        interactions.stopInteractions(this.form);
        this.form.innerHTML = html;
        interactions.startInteractions(this.form);
        this.showButton();
    }

    /** The order is made: its thanks take the place of this page, also in the history. */
    showDone({ done, url }) {
        const page = this.el.closest(".o_o2o_checkout_wrap");
        const interactions = this.services["public.interactions"];
        browser.history.replaceState({}, "", url);
        interactions.stopInteractions(page);
        page.innerHTML = done;
        page.scrollIntoView();
        interactions.startInteractions(page);
    }

    showError(text) {
        const box = this.form.querySelector(".o_o2o_checkout_error");
        box.textContent = text;
        box.classList.remove("d-none");
        box.scrollIntoView({ block: "center" });
    }
}

registry.category("public.interactions").add("o2o_order.one_page_checkout", OnePageCheckout);
