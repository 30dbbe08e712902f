/** A digit drawn by hand, as MNIST has its digits. */

const SIDE = 28;
/** MNIST scales digits into a box of this side and puts their centre of mass in the middle (LeCun et al., 1998). */
const BOX = 20;

/** Lets the canvas be drawn on. */
export function makeDrawable(canvas: HTMLCanvasElement): { clear(): void } {
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  const clear = () => {
    context.fillStyle = '#000';
    context.fillRect(0, 0, canvas.width, canvas.height);
  };
  const place = (event: PointerEvent) => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    return [((event.clientX - left) / width) * canvas.width, ((event.clientY - top) / height) * canvas.height] as const;
  };
  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    context.beginPath();
    context.moveTo(...place(event));
  });
  canvas.addEventListener('pointermove', (event) => {
    if (event.buttons === 0) return;
    Object.assign(context, { strokeStyle: '#fff', lineWidth: canvas.width / 12, lineCap: 'round', lineJoin: 'round' });
    context.lineTo(...place(event));
    context.stroke();
  });
  clear();
  return { clear };
}

/**
 * The drawing as an image of MNIST: [28, 28, 1], bytes.
 * @throws where nothing was drawn
 */
export function digitOf(canvas: HTMLCanvasElement): Uint8Array {
  const { width, height } = canvas;
  const pixels = canvas.getContext('2d', { willReadFrequently: true })!.getImageData(0, 0, width, height).data;
  const ink = (x: number, y: number) => pixels[4 * (y * width + x)]!;
  let [left, right, top, bottom] = [width, -1, height, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (ink(x, y) === 0) continue;
      [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
    }
  }
  if (right < 0) throw new Error('nothing is drawn; draw a digit on the black square, or look into a test image');
  const scale = BOX / Math.max(right - left + 1, bottom - top + 1);
  const small = new OffscreenCanvas(SIDE, SIDE).getContext('2d')!;
  const draw = (dx: number, dy: number) => {
    Object.assign(small, { fillStyle: '#000', imageSmoothingQuality: 'high' });
    small.fillRect(0, 0, SIDE, SIDE);
    const [w, h] = [right - left + 1, bottom - top + 1];
    small.drawImage(canvas, left, top, w, h, dx, dy, w * scale, h * scale);
    const { data } = small.getImageData(0, 0, SIDE, SIDE);
    return Uint8Array.from({ length: SIDE * SIDE }, (_, p) => data[4 * p]!);
  };
  const [dx, dy] = [(SIDE - (right - left + 1) * scale) / 2, (SIDE - (bottom - top + 1) * scale) / 2];
  const first = draw(dx, dy);
  const mass = first.reduce((sum, value) => sum + value, 0) || 1;
  const centre = (of: (p: number) => number) => first.reduce((sum, value, p) => sum + value * of(p), 0) / mass;
  const middle = (SIDE - 1) / 2;
  return draw(
    dx + Math.round(middle - centre((p) => p % SIDE)),
    dy + Math.round(middle - centre((p) => Math.floor(p / SIDE))),
  );
}
