import { _t } from "@web/core/l10n/translation";
import {
    Component,
    onMounted,
    onWillUnmount,
    onWillUpdateProps,
    useRef,
    useState,
} from "@odoo/owl";
import { judge } from "./board_state";
import { cluster, fit, getScaleBar, hasPosition, pan, placeNames, zoomAt } from "./map_geometry";

/** Marks closer than this many pixels are one. */
const FINGER = 30;
const PADDING = 48;
const DRAG_PIXELS = 5;
const ZOOM = 1.6;

/** The stores where they are, coloured by what happens there. Nothing is loaded from outside. */
export class BoardMap extends Component {
    static template = "o2o_order_board.BoardMap";
    static props = {
        stores: Array,
        now: Number,
        onOpen: Function,
    };

    setup() {
        this.box = useRef("box");
        this.state = useState({ width: 480, height: 320, view: null });
        this.drag = null;
        this.isMoved = false;
        this.observer = new ResizeObserver(() => this.measure());
        this.state.view = fit(this.props.stores, this.frame);
        onMounted(() => {
            this.observer.observe(this.box.el);
            this.measure();
        });
        onWillUnmount(() => this.observer.disconnect());
        onWillUpdateProps((next) => {
            const ids = (stores) =>
                stores
                    .map(({ id }) => id)
                    .sort()
                    .join();
            // another search shows other stores; news about the same ones moves nothing
            if (ids(next.stores) !== ids(this.props.stores)) {
                this.state.view = fit(next.stores, this.frame);
                this.isMoved = false;
            }
        });
    }

    get frame() {
        return { width: this.state.width, height: this.state.height, padding: PADDING };
    }

    get hasPlaces() {
        return this.props.stores.some(hasPosition);
    }

    get unplacedText() {
        return _t("%s without a place on the map", this.unplaced);
    }

    get unplaced() {
        return this.props.stores.filter((store) => !hasPosition(store)).length;
    }

    get marks() {
        const places = this.props.stores.map((store) => ({
            store,
            level: judge(store, this.props.now).level,
        }));
        const marks = cluster(places, this.state.view, this.frame, FINGER).map((mark) => ({
            ...mark,
            name: this.getName(mark.stores),
            waiting: mark.stores.reduce((sum, store) => sum + store.waiting, 0),
        }));
        const named = placeNames(marks);
        return marks.map((mark) => ({ ...mark, isNamed: named.has(mark.key) }));
    }

    get scaleBar() {
        return getScaleBar(this.state.view, 90);
    }

    getName(stores) {
        if (stores.length === 1) {
            return stores[0].name;
        }
        const cities = new Set(stores.map((store) => store.city || ""));
        return cities.size === 1 ? [...cities][0] : "";
    }

    getTitle(mark) {
        if (mark.stores.length === 1) {
            return _t("%(store)s: %(waiting)s waiting", {
                store: mark.name,
                waiting: mark.waiting,
            });
        }
        return _t("%(count)s stores: %(waiting)s waiting", {
            count: mark.stores.length,
            waiting: mark.waiting,
        });
    }

    measure() {
        const box = this.box.el?.getBoundingClientRect();
        if (!box?.width || !box.height) {
            return;
        }
        const isOther = this.state.width !== box.width || this.state.height !== box.height;
        if (isOther) {
            this.state.width = box.width;
            this.state.height = box.height;
            if (!this.isMoved) {
                this.showAll();
            }
        }
    }

    showAll() {
        this.isMoved = false;
        this.state.view = fit(this.props.stores, this.frame);
    }

    zoom(factor, at = { left: this.state.width / 2, top: this.state.height / 2 }) {
        this.isMoved = true;
        this.state.view = zoomAt(this.state.view, factor, at, this.frame);
    }

    onWheel(ev) {
        const box = this.box.el.getBoundingClientRect();
        this.zoom(ev.deltaY < 0 ? 1.25 : 0.8, {
            left: ev.clientX - box.left,
            top: ev.clientY - box.top,
        });
    }

    onPointerDown(ev) {
        this.drag = { x: ev.clientX, y: ev.clientY, isMoving: false };
    }

    onPointerMove(ev) {
        if (!this.drag) {
            return;
        }
        const dx = ev.clientX - this.drag.x;
        const dy = ev.clientY - this.drag.y;
        if (!this.drag.isMoving && Math.hypot(dx, dy) < DRAG_PIXELS) {
            return;
        }
        this.isMoved = true;
        this.state.view = pan(this.state.view, dx, dy);
        this.drag = { x: ev.clientX, y: ev.clientY, isMoving: true };
    }

    onPointerUp() {
        this.wasDragged = Boolean(this.drag?.isMoving);
        this.drag = null;
    }

    /** One store opens its orders; several come closer. */
    onMark(mark) {
        if (this.wasDragged) {
            this.wasDragged = false;
            return;
        }
        if (mark.stores.length === 1) {
            this.props.onOpen(mark.stores[0]);
            return;
        }
        const before = this.state.view.scale;
        this.isMoved = true;
        this.state.view = fit(mark.stores, this.frame);
        if (this.state.view.scale <= before * 1.05) {
            this.zoom(ZOOM, mark);
        }
    }
}
