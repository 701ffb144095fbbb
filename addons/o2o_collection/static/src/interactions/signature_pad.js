/** Drawing with a finger on a canvas; empty until something was drawn. */
export class SignaturePad {
    isEmpty = true;
    isDrawing = false;

    constructor(canvas) {
        this.canvas = canvas;
        this.context = canvas.getContext("2d");
        this.context.lineWidth = 4;
        this.context.lineCap = "round";
        this.context.lineJoin = "round";
    }

    getPlace(ev) {
        const box = this.canvas.getBoundingClientRect();
        return [
            ((ev.clientX - box.left) * this.canvas.width) / box.width,
            ((ev.clientY - box.top) * this.canvas.height) / box.height,
        ];
    }

    begin(ev) {
        this.isDrawing = true;
        this.context.beginPath();
        this.context.moveTo(...this.getPlace(ev));
    }

    move(ev) {
        if (this.isDrawing) {
            this.isEmpty = false;
            this.context.lineTo(...this.getPlace(ev));
            this.context.stroke();
        }
    }

    end() {
        this.isDrawing = false;
    }

    clear() {
        this.isEmpty = true;
        this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    }

    /** @returns {string} base64 of a picture; "" when nothing was drawn */
    read() {
        return this.isEmpty ? "" : this.canvas.toDataURL("image/png").split(",")[1];
    }
}
