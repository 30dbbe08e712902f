/** Runs the images one after the other and fills the page; `window.sonicResult` is what a script can read. */
import { loadEmulator } from 'sonic-photonics/browser';

const element = (id) => document.getElementById(id);

async function load(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
}

const indexOfLargest = (values) => values.reduce((best, value, i) => (value > values[best] ? i : best), 0);
const percent = (hits, of) => `${((100 * hits) / of).toFixed(1)} % (${hits} of ${of})`;

function drawImage(bytes, rows, columns) {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [columns, rows];
  const pixels = new ImageData(columns, rows);
  bytes.forEach((byte, i) => pixels.data.set([255 - byte, 255 - byte, 255 - byte, 255], 4 * i));
  canvas.getContext('2d').putImageData(pixels, 0, 0);
  return canvas;
}

function addRow(cells) {
  const row = element('images').insertRow();
  for (const [content, isWrong] of cells) {
    const cell = row.insertCell();
    cell.append(content);
    if (isWrong) cell.className = 'wrong';
  }
}

async function main() {
  const [program, kernels, images] = await Promise.all(['mnist.program', 'wasm.wasm', 'images.bin'].map(load));
  const labels = await (await fetch('labels.json')).json();
  const emulator = await loadEmulator(program, kernels);
  const [rows, columns] = emulator.network.inputShape;
  const size = images.length / labels.length;
  element('adapter').textContent = emulator.adapter;
  element('hardware').textContent = `preset ${emulator.program.hardware.name}, chip ${emulator.program.chipSeed}`;
  const result = { adapter: emulator.adapter, digital: [], emulated: [], seconds: 0 };
  let [right, rightEmulated, sums] = [0, 0, 0];
  for (const [i, label] of labels.entries()) {
    element('progress').textContent = `image ${i + 1} of ${labels.length}`;
    const bytes = images.subarray(i * size, (i + 1) * size);
    const started = performance.now();
    const { digital, emulated, activity } = await emulator.run(bytes, { indices: Int32Array.of(i) });
    result.seconds += (performance.now() - started) / 1000;
    result.digital.push([...digital]);
    result.emulated.push([...emulated]);
    const [own, optical] = [indexOfLargest(digital), indexOfLargest(emulated)];
    if (own === label) right++;
    if (optical === label) rightEmulated++;
    sums += activity.layers.reduce((sum, layer) => sum + layer.partialSums, 0);
    const difference = Math.max(...digital.map((logit, at) => Math.abs(logit - emulated[at])));
    addRow([
      [drawImage(bytes, rows, columns)],
      [String(label)],
      [String(own), own !== label],
      [String(optical), optical !== label],
      [difference.toFixed(4)],
    ]);
    element('digital').textContent = percent(right, i + 1);
    element('emulated').textContent = percent(rightEmulated, i + 1);
    element('speed').textContent = `${((i + 1) / result.seconds).toPrecision(3)} images/s, both networks`;
    element('sums').textContent = `${Math.round(sums / (i + 1)).toLocaleString('en')} an image`;
  }
  element('progress').textContent = 'done';
  window.sonicResult = result;
}

main().catch((error) => {
  element('progress').textContent = 'failed';
  element('error').textContent = error.message;
  window.sonicResult = { error: error.message };
});
