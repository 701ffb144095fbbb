import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";
import { rpc } from "@web/core/network/rpc";

/** Signs in without leaving the page (PTS-02); the form works without it, too. */
export class SignIn extends Interaction {
    static selector = ".o_o2o_sign_in";
    dynamicContent = {
        ".o_o2o_sign_in_form": { "t-on-submit.prevent": this.onSubmit },
        ".o_o2o_sign_in_form button": { "t-att-disabled": () => this.isBusy },
    };

    setup() {
        this.isBusy = false;
    }

    async onSubmit(ev) {
        if (this.isBusy) {
            return;
        }
        this.isBusy = true;
        const form = ev.currentTarget;
        try {
            const { html } = await this.waitFor(rpc("/o2o/member/sign-in/now", {}));
            const panel = new DOMParser().parseFromString(html, "text/html");
            this.el.replaceChildren(...panel.body.childNodes);
        } catch {
            // signed out, or switched off meanwhile: the server's page tells
            form.submit();
        }
    }
}

registry.category("public.interactions").add("o2o_member.sign_in", SignIn);
