import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";
import { _t } from "@web/core/l10n/translation";
import { rpc } from "@web/core/network/rpc";

/** How long to wait after an answer that did not come, in milliseconds. */
const RETRY = 5000;

/**
 * The member's QR (MEM-11): a new picture from the server each minute.
 *
 * The code never leaves the server as text, and an old one is hidden: a member must not
 * hold out a code that the till refuses.
 */
export class MemberCard extends Interaction {
    static selector = ".o_o2o_card_qr";

    setup() {
        this.image = this.el.querySelector("img");
        this.bar = this.el.querySelector(".progress-bar");
        this.message = this.el.querySelector(".o_o2o_card_qr_message");
        this.expiresAt = 0;
        this.isLoading = false;
    }

    start() {
        const timer = setInterval(() => this.tick(), 1000);
        this.registerCleanup(() => clearInterval(timer));
        // a phone that slept shows an old code: look at once when it wakes
        this.addListener(document, "visibilitychange", () => this.tick());
        this.tick();
    }

    tick() {
        if (document.visibilityState !== "visible") {
            return;
        }
        const left = this.expiresAt - Date.now();
        this.bar.style.width = `${Math.max(0, Math.min(100, left / 600))}%`;
        if (left <= 0 && !this.isLoading) {
            this.refresh();
        }
    }

    async refresh() {
        this.isLoading = true;
        let answer;
        try {
            answer = await this.waitFor(rpc("/o2o/member/card/token", {}, { silent: true }));
        } catch {
            answer = { error: "offline" };
        }
        this.isLoading = false;
        this.protectSyncAfterAsync(() => this.show(answer))();
    }

    show({ image, seconds, error }) {
        this.el.classList.toggle("o_o2o_stale", Boolean(error));
        if (error === "no_card") {
            window.location.reload();
            return;
        }
        const wait = error === "offline" ? RETRY : seconds * 1000;
        this.expiresAt = Date.now() + wait;
        if (error) {
            this.message.textContent =
                error === "too_many"
                    ? _t("Too many requests. A new code comes in a minute.")
                    : _t("No connection. Trying again.");
            return;
        }
        this.message.textContent = "";
        this.image.src = image;
        this.image.classList.remove("d-none");
        this.el.querySelector(".o_o2o_card_qr_wait").classList.add("d-none");
    }
}

export class MemberCardPrint extends Interaction {
    static selector = ".o_o2o_card_print";
    dynamicContent = { _root: { "t-on-click": () => window.print() } };
}

registry.category("public.interactions").add("o2o_member.member_card", MemberCard);
registry.category("public.interactions").add("o2o_member.member_card_print", MemberCardPrint);
