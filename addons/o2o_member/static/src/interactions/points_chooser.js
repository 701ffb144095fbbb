import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";
import { rpc } from "@web/core/network/rpc";

/**
 * PTS-05: how many points to use for this cart. The slider only proposes; the server decides
 * and the page is loaded anew, because the payment form depends on the total.
 */
export class PointsChooser extends Interaction {
    static selector = ".o_o2o_points_chooser";
    dynamicContent = {
        "input[type='range']": { "t-on-input": this.onInput },
        ".o_o2o_points_step": { "t-on-click.prevent.withTarget": this.onStep },
        ".o_o2o_points_apply": {
            "t-on-click.prevent.withTarget": this.locked(this.onApply, true),
            "t-att-disabled": () => this.points === this.chosen,
        },
        ".o_o2o_points_now": { "t-on-click.prevent.withTarget": this.locked(this.onNow, true) },
        ".o_o2o_points_number": { "t-out": () => this.format(this.points) },
        ".o_o2o_points_worth": { "t-out": () => this.worth },
        ".o_o2o_points_error": {
            "t-out": () => this.error,
            "t-att-class": () => ({ "d-none": !this.error }),
        },
    };

    setup() {
        const data = this.el.dataset;
        this.min = parseInt(data.min);
        this.max = parseInt(data.max);
        this.step = parseInt(data.step);
        this.perMoney = parseInt(data.perMoney);
        this.chosen = parseInt(data.chosen);
        this.currency = { code: data.currency, digits: parseInt(data.digits) };
        this.points = this.chosen || this.max;
        this.error = "";
    }

    get worth() {
        const amount = this.points / this.perMoney;
        return new Intl.NumberFormat(document.documentElement.lang || undefined, {
            style: "currency",
            currency: this.currency.code,
            currencyDisplay: "narrowSymbol",
            minimumFractionDigits: this.currency.digits,
            maximumFractionDigits: this.currency.digits,
        }).format(amount);
    }

    format(points) {
        return new Intl.NumberFormat(document.documentElement.lang || undefined).format(points);
    }

    propose(points) {
        this.points = Math.min(this.max, Math.max(this.min, points));
        this.el.querySelector("input[type='range']").value = this.points;
        this.error = "";
    }

    onInput(ev) {
        this.propose(parseInt(ev.currentTarget.value));
    }

    onStep(ev, button) {
        this.propose(this.points + this.step * parseInt(button.dataset.direction));
    }

    onApply() {
        return this.send(this.points);
    }

    onNow(ev, button) {
        return this.send(parseInt(button.dataset.points));
    }

    async send(points) {
        const { error } = await this.waitFor(rpc("/o2o/cart/points", { points }));
        if (error) {
            this.error = error;
        } else {
            window.location.reload();
        }
    }
}

registry.category("public.interactions").add("o2o_member.points_chooser", PointsChooser);
