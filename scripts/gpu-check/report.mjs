/** The Markdown of a GPU check. */

const percent = (share) => `${(100 * share).toFixed(2)} %`;
const rate = (value) => (value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3));

function table(header, rows) {
  const lines = [header, header.map(() => '---'), ...rows];
  return `${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`;
}

function speed({ network, rows, failed }) {
  if (failed) return `${network ?? 'speed'}: failed: ${failed}\n`;
  const kinds = [...new Set(rows.map(({ kind }) => kind))];
  const batches = [...new Set(rows.map(({ batch }) => batch))];
  const cell = (batch, kind) => {
    const row = rows.find((own) => own.batch === batch && own.kind === kind);
    return row.failed ? `fails: ${row.failed}` : rate(row.imagesPerSecond);
  };
  return table(
    [`${network}, images a second; batch`, ...kinds],
    batches.map((batch) => [batch, ...kinds.map((kind) => cell(batch, kind))]),
  );
}

function accuracy(entries) {
  const good = entries.filter(({ failed }) => !failed);
  const bad = entries.filter(({ failed }) => failed).map(({ failed }) => `accuracy: failed: ${failed}\n`);
  const rows = good.flatMap(({ network, backend, images, accuracies, different }) =>
    ['exact', 'lumped'].map((kind) => {
      const of = (on) => accuracies[`${on} ${kind}`];
      const interval = of(backend).interval95.map(percent).join(' to ');
      return [
        network,
        kind,
        images,
        percent(of(backend).accuracy),
        interval,
        percent(of('wasm').accuracy),
        different[kind],
      ];
    }),
  );
  const header = [
    'network',
    'fidelity',
    'images',
    'accuracy',
    '95 % interval',
    'on wasm',
    'images of another class than on wasm',
  ];
  return `${table(header, rows)}${bad.join('')}`;
}

function checked(name, { passed, cases, out, worstOfTolerance_u, failed }) {
  if (failed) return `${name}: failed: ${failed}\n`;
  const worst = `u at most ${percent(worstOfTolerance_u)} of its tolerance`;
  return passed
    ? `${name}: ${cases} cases, all within tolerance, ${worst}\n`
    : `${name}: OUT of tolerance: ${out.join('; ')}\n`;
}

function launched({ launch_us, roundTrip_us, failed }) {
  if (failed) return `Launches: failed: ${failed}\n`;
  return `A program that does nothing: ${launch_us.toFixed(1)} us; a round trip: ${roundTrip_us.toFixed(0)} us.\n`;
}

/** Time of each layer on the device, us an image. */
function layerTimes({ network, batch, kinds, absent, failed }) {
  if (failed || absent) return `device times${network ? ` of ${network}` : ''}: ${absent ?? `failed: ${failed}`}\n`;
  const names = Object.keys(kinds).filter((kind) => kinds[kind]);
  if (names.length === 0) return `device times of ${network}: not two programs a layer, the host holds a bank\n`;
  const us = (layer, key) => (layer[key] / (1000 * batch)).toPrecision(3);
  const layers = kinds[names[0]];
  return table(
    [`${network}, batch ${batch}: device us an image`, 'input', ...names.map((kind) => `rows, ${kind}`)],
    layers.map(({ layer }, at) => [
      layer,
      us(layers[at], 'prepare_ns'),
      ...names.map((kind) => us(kinds[kind][at], 'rows_ns')),
    ]),
  );
}

function ofBackend({ adapter, conformance, random, throughput, accuracy: accuracies, launches, layers }) {
  if (!conformance) return `${adapter.backend ?? 'backend'}: not here: ${adapter.absent ?? adapter.failed}\n`;
  const memory = throughput
    .filter(({ failed }) => !failed)
    .map(({ network, memory: { device_MiB, host_MiB } }) => {
      const device = device_MiB === null ? '' : `${device_MiB.toFixed(0)} MiB of tensors on the device, `;
      return `${network}: ${device}${host_MiB.toFixed(0)} MiB on the host at most`;
    });
  return [
    `${adapter.backend}: ${adapter.version} on ${adapter.device}; host ${adapter.host}, node ${adapter.node}\n`,
    `${checked('Conformance', conformance)}\n${checked('Random layers on random hardware', random)}`,
    ...throughput.map(speed),
    `Memory after these: ${memory.join('; ')}.\n`,
    accuracy(accuracies),
    ...(launches ? [launched(launches)] : []),
    ...(layers ?? []).map(layerTimes),
  ].join('\n');
}

export function reportOf({ date, backends }) {
  return `${[`gpu-check of ${date.slice(0, 10)}\n`, ...backends.map(ofBackend)].join('\n')}`;
}
