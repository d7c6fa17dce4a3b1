// Paper to draw on, with mouse, pen or finger.

const SIZE = 280; // pixels of the paper

/** A canvas that is drawn on; `changed` is told of every stroke. */
export class Paper {
  #context;
  #last = null;
  #changed;
  /** How wide a stroke is, in pixels of the paper. */
  brush = 22;

  constructor(canvas, changed) {
    canvas.width = canvas.height = SIZE;
    this.#context = canvas.getContext("2d", { willReadFrequently: true });
    this.#changed = changed;
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.#last = null;
      this.#draw(event);
      event.preventDefault();
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!canvas.hasPointerCapture(event.pointerId)) return;
      // Those between two frames too, or a quick stroke has corners.
      const between = event.getCoalescedEvents?.() ?? [];
      for (const each of between.length ? between : [event]) this.#draw(each);
    });
    const ends = () => { this.#last = null; this.#changed(); };
    canvas.addEventListener("pointerup", ends);
    canvas.addEventListener("pointercancel", ends);
  }

  /** All that is drawn; the ink is in the fourth channel. */
  get image() { return this.#context.getImageData(0, 0, SIZE, SIZE); }

  clear() {
    this.#context.clearRect(0, 0, SIZE, SIZE);
    this.#changed();
  }

  #draw(event) {
    const { canvas } = this.#context;
    const shown = canvas.getBoundingClientRect();
    const x = ((event.clientX - shown.left) * SIZE) / shown.width;
    const y = ((event.clientY - shown.top) * SIZE) / shown.height;
    const from = this.#last ?? { x, y };
    this.#context.lineWidth = this.brush;
    this.#context.lineCap = this.#context.lineJoin = "round";
    this.#context.strokeStyle = "#000";
    this.#context.beginPath();
    this.#context.moveTo(from.x, from.y);
    this.#context.lineTo(x, y);
    this.#context.stroke();
    this.#last = { x, y };
    this.#changed();
  }
}
