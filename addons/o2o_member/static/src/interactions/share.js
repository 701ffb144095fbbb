import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";
import { rpc } from "@web/core/network/rpc";
import { _t } from "@web/core/l10n/translation";

/** A shared page counts when it was looked at for a moment, in milliseconds. */
const LOOK = 3000;

async function copy(text) {
    try {
        await navigator.clipboard.writeText(text);
        return true;
    } catch {
        return false;
    }
}

/** Opens the share sheet of the phone. @returns whether there was one */
async function share(title, url) {
    if (!navigator.share) {
        return false;
    }
    try {
        await navigator.share({ title, url });
    } catch (error) {
        return error.name === "AbortError";
    }
    return true;
}

/** The share button of a product (PTS-04). Its link leads to a page with the link. */
export class ShareButton extends Interaction {
    static selector = ".o_o2o_share";
    dynamicContent = { _root: { "t-on-click.prevent": this.onClick } };

    async onClick() {
        const { url, title } = await this.waitFor(
            rpc("/o2o/share/link", { product_id: parseInt(this.el.dataset.productId) || null })
        );
        if (await this.waitFor(share(title, url))) {
            return;
        }
        if (await this.waitFor(copy(url))) {
            this.el.querySelector(".o_o2o_share_label").textContent = _t("Link copied");
        } else {
            window.location.assign(this.el.href);
        }
    }
}

/** A link to pass on, with buttons for browsers with scripts. */
export class LinkBox extends Interaction {
    static selector = ".o_o2o_link_box";
    dynamicContent = {
        ".o_o2o_link_buttons": { "t-att-class": () => ({ "d-none": false, "d-flex": true }) },
        ".o_o2o_link_copy": { "t-on-click": this.onCopy },
        ".o_o2o_link_share": {
            "t-on-click": this.onShare,
            "t-att-class": () => ({ "d-none": !navigator.share }),
        },
        input: { "t-on-focus": (ev) => ev.currentTarget.select() },
    };

    async onCopy(ev) {
        const button = ev.currentTarget;
        if (await this.waitFor(copy(this.el.dataset.url))) {
            button.textContent = _t("Link copied");
        } else {
            this.el.querySelector("input").select();
        }
    }

    async onShare() {
        await this.waitFor(share(this.el.dataset.title, this.el.dataset.url));
    }
}

/** Tells that a shared page is really looked at: see o2o.member.link.visit. */
export class SharedPage extends Interaction {
    static selector = "#wrapwrap";

    start() {
        if (new URLSearchParams(window.location.search).has("o2o_share")) {
            this.waitForTimeout(() => this.report(), LOOK);
        }
    }

    report() {
        if (document.visibilityState === "visible") {
            rpc("/o2o/share/opened", {}, { silent: true }).catch(() => {});
        } else {
            this.addListener(document, "visibilitychange", () => this.report(), { once: true });
        }
    }
}

const interactions = registry.category("public.interactions");
interactions.add("o2o_member.share_button", ShareButton);
interactions.add("o2o_member.link_box", LinkBox);
interactions.add("o2o_member.shared_page", SharedPage);
