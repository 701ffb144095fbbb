import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component, onWillStart, useRef, useState } from "@odoo/owl";
import { fromPlane, insertCorner, KM_PER_DEGREE, parseCorners, toPlane } from "./geometry";

const WIDTH = 720;
const HEIGHT = 420;
const DRAG_PIXELS = 4;
const PLACES = 300;

/** The outline of a store's service area, drawn to scale between stores and regions. */
export class O2oAreaField extends Component {
    static template = "o2o_order.O2oAreaField";
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.svg = useRef("svg");
        this.width = WIDTH;
        this.height = HEIGHT;
        this.state = useState({
            centre: [0, 0],
            reach: 10,
            stores: [],
            regions: [],
            pasted: "",
            isPasting: false,
            moved: null,
        });
        this.drag = null;
        onWillStart(() => this.load());
    }

    get points() {
        return this.state.moved || this.props.record.data[this.props.name] || [];
    }

    get position() {
        const { latitude, longitude } = this.props.record.data;
        return latitude || longitude ? [longitude, latitude] : null;
    }

    get radiusKm() {
        return this.props.record.data.area_radius_km || 0;
    }

    async load() {
        const fields = ["latitude", "longitude"];
        const known = ["|", ["latitude", "!=", 0], ["longitude", "!=", 0]];
        const [stores, regions] = await Promise.all([
            this.orm.searchRead("o2o.store", known, ["name", ...fields], { limit: PLACES }),
            this.orm.searchRead("o2o.region", known, ["name", ...fields], { limit: PLACES }),
        ]);
        const place = (it) => ({ id: it.id, name: it.name, at: [it.longitude, it.latitude] });
        const own = this.props.record.resId;
        this.state.stores = stores.filter((it) => it.id !== own).map(place);
        this.state.regions = regions.map(place);
        this.fit();
    }

    /** Show the whole area, or the neighbourhood of the store. */
    fit() {
        const first = this.position || this.points[0] || this.state.regions[0]?.at;
        this.state.centre = [...(first || [0, 0])];
        const far = this.points.map((it) => Math.hypot(...toPlane(it, this.state.centre)));
        this.state.reach = Math.max(2, 1.2 * Math.max(0, this.radiusKm, ...far)) || 10;
        if (!this.points.length && !this.radiusKm) {
            this.state.reach = 10;
        }
    }

    get pixelsPerKm() {
        return HEIGHT / 2 / this.state.reach;
    }

    toPixels(point) {
        const [x, y] = toPlane(point, this.state.centre);
        return [WIDTH / 2 + x * this.pixelsPerKm, HEIGHT / 2 + y * this.pixelsPerKm];
    }

    toPoint(ev) {
        const box = this.svg.el.getBoundingClientRect();
        const x = ((ev.clientX - box.left) / box.width) * WIDTH - WIDTH / 2;
        const y = ((ev.clientY - box.top) / box.height) * HEIGHT - HEIGHT / 2;
        return fromPlane([x / this.pixelsPerKm, y / this.pixelsPerKm], this.state.centre);
    }

    get outline() {
        return this.points.map((it) => this.toPixels(it).join(",")).join(" ");
    }

    get corners() {
        return this.points.map((it, index) => {
            const [x, y] = this.toPixels(it);
            return { index, x, y };
        });
    }

    /** Places inside the picture, with their pixels. */
    visible(places) {
        return places
            .map((it) => {
                const [x, y] = this.toPixels(it.at);
                return { ...it, x, y };
            })
            .filter((it) => it.x >= 0 && it.x <= WIDTH && it.y >= 0 && it.y <= HEIGHT);
    }

    get own() {
        if (!this.position) {
            return null;
        }
        const [x, y] = this.toPixels(this.position);
        return { x, y, radius: this.radiusKm * this.pixelsPerKm };
    }

    get scaleBar() {
        const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500];
        const km = steps.filter((it) => it * this.pixelsPerKm <= 160).pop() || steps[0];
        return { km, pixels: km * this.pixelsPerKm };
    }

    get areaKm2() {
        const plane = this.points.map((it) => toPlane(it, this.state.centre));
        let twice = 0;
        plane.forEach(([x1, y1], index) => {
            const [x2, y2] = plane[(index + 1) % plane.length];
            twice += x1 * y2 - x2 * y1;
        });
        return Math.abs(twice / 2).toFixed(1);
    }

    async save(points) {
        await this.props.record.update({ [this.props.name]: points.length ? points : false });
    }

    onPointerDown(ev, index = null) {
        if (index !== null && this.props.readonly) {
            return;
        }
        ev.stopPropagation();
        this.svg.el.setPointerCapture(ev.pointerId);
        this.drag = {
            index,
            start: [ev.clientX, ev.clientY],
            centre: [...this.state.centre],
            hasMoved: false,
        };
    }

    onPointerMove(ev) {
        if (!this.drag) {
            return;
        }
        const dx = ev.clientX - this.drag.start[0];
        const dy = ev.clientY - this.drag.start[1];
        this.drag.hasMoved ||= Math.hypot(dx, dy) > DRAG_PIXELS;
        if (!this.drag.hasMoved) {
            return;
        }
        if (this.drag.index !== null) {
            const points = [...this.points];
            points[this.drag.index] = this.toPoint(ev);
            this.state.moved = points;
            return;
        }
        const zoom = WIDTH / this.svg.el.getBoundingClientRect().width / this.pixelsPerKm;
        this.state.centre = fromPlane([-dx * zoom, -dy * zoom], this.drag.centre);
    }

    async onPointerUp(ev) {
        const drag = this.drag;
        this.drag = null;
        if (!drag) {
            return;
        }
        if (drag.index !== null) {
            const points = drag.hasMoved
                ? this.points
                : this.points.filter((_it, index) => index !== drag.index);
            this.state.moved = null;
            await this.save(points);
        } else if (!drag.hasMoved && !this.props.readonly) {
            await this.save(insertCorner(this.points, this.toPoint(ev), this.state.centre));
        }
    }

    zoom(factor) {
        this.state.reach = Math.min(2000, Math.max(0.2, this.state.reach * factor));
    }

    onWheel(ev) {
        this.zoom(ev.deltaY > 0 ? 1.25 : 0.8);
    }

    /** A first outline to pull into shape: a square around the store. */
    async square() {
        const km = this.state.reach / 2;
        const dy = km / KM_PER_DEGREE;
        const [lng, lat] = this.position || this.state.centre;
        const dx = dy / Math.cos((lat * Math.PI) / 180);
        const round = (it) => Number(it.toFixed(5));
        await this.save(
            [
                [lng - dx, lat + dy],
                [lng + dx, lat + dy],
                [lng + dx, lat - dy],
                [lng - dx, lat - dy],
            ].map((it) => it.map(round))
        );
    }

    openPaste() {
        this.state.pasted = this.points.map((it) => it.join(", ")).join("\n");
        this.state.isPasting = !this.state.isPasting;
    }

    async paste() {
        const points = parseCorners(this.state.pasted);
        if (!points) {
            this.notification.add(
                _t("Write at least three lines, each a longitude and a latitude."),
                { type: "warning" }
            );
            return;
        }
        this.state.isPasting = false;
        await this.save(points);
        this.fit();
    }
}

export const o2oAreaField = {
    component: O2oAreaField,
    displayName: _t("Area on a map"),
    supportedTypes: ["json"],
    fieldDependencies: [
        { name: "latitude", type: "float" },
        { name: "longitude", type: "float" },
        { name: "area_radius_km", type: "float" },
    ],
};

registry.category("fields").add("o2o_area", o2oAreaField);
