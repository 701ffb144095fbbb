import { _t } from "@web/core/l10n/translation";
import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

/** MEM-03: have a code sent to a new mobile number or e-mail address. */
export class Rebind extends Interaction {
    static selector = ".o_o2o_rebind";
    dynamicContent = {
        ".o_o2o_send_code": { "t-on-click": this.onSend },
    };

    setup() {
        this.button = this.el.querySelector(".o_o2o_send_code");
        this.message = this.el.querySelector(".o_o2o_send_code_message");
        this.label = this.button.textContent;
        this.registerCleanup(() => clearInterval(this.timer));
    }

    async onSend() {
        const target = this.el.elements.target;
        if (!target.reportValidity()) {
            return;
        }
        this.button.disabled = true;
        let answer;
        try {
            answer = await this.waitFor(
                rpc("/o2o/member/security/code", {
                    channel: this.el.dataset.channel,
                    target: target.value,
                })
            );
        } catch {
            answer = { error: _t("No connection. Please try again."), wait: 0 };
        }
        this.protectSyncAfterAsync(() => this.show(answer))();
    }

    show({ error, wait }) {
        this.message.textContent = error || _t("The code was sent. It is good for 5 minutes.");
        this.message.classList.toggle("text-danger", Boolean(error));
        if (!error) {
            this.el.elements.code.focus();
        }
        this.count(wait);
    }

    count(seconds) {
        const end = Date.now() + seconds * 1000;
        const tick = () => {
            const left = Math.ceil((end - Date.now()) / 1000);
            this.button.disabled = left > 0;
            this.button.textContent = left > 0 ? _t("Again in %s s", left) : this.label;
            if (left <= 0) {
                clearInterval(this.timer);
            }
        };
        clearInterval(this.timer);
        this.timer = setInterval(tick, 1000);
        tick();
    }
}

registry.category("public.interactions").add("o2o_member.rebind", Rebind);
