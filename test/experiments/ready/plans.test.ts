/** Every plan that is shipped: read, checked, and with the preset's operating point among its points. */
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findingsOf } from '../../../src/experiments/ready/findings/index.js';
import { findReadyExperiment, readyExperiments } from '../../../src/experiments/ready/ready.js';
import { BUNDLED_NETWORKS } from '../../../src/experiments/run/bundled.js';
import { loadPlan } from '../../../src/experiments/sweep/planFile.js';
import { planPoints } from '../../../src/experiments/sweep/points.js';
import type { AxisValue } from '../../../src/experiments/sweep/types.js';
import { hardwareHash, valueAtPath } from '../../../src/hardware/descriptionFiles.js';
import { nestedSettings } from '../../../src/hardware/descriptionPaths.js';
import { presetHardware } from '../../../src/hardware/presets/index.js';

const RUN = ['network', 'hardware', 'compression.sparsity', 'compression.clusters'];
const sonic = presetHardware('sonic');
/** Experiments that repeat another group's, on its network and without the preset's point. */
const REPEATED: Readonly<Record<string, string>> = {
  'photon-budget': '../../checkpoints/wang-mnist/wang-mnist.safetensors',
};

/** Hardware of a point, and what else it sets. */
function hardwareOf(all: ReadonlyMap<string, AxisValue>) {
  const own = [...all].filter(([path]) => !RUN.includes(path));
  return presetHardware(String(all.get('hardware') ?? 'sonic'), nestedSettings(own));
}

describe.each(readyExperiments())('experiment %s', (name) => {
  const file = findReadyExperiment(name);

  it('is named as its file, says what it shows, and states its images', async () => {
    const { plan } = await loadPlan(file);
    expect(plan.name).toBe(name);
    expect(plan.title?.length).toBeGreaterThan(10);
    expect(plan.description.length).toBeGreaterThan(name.startsWith('cifar10-') ? 30 : 300);
    expect(plan.base.images).toBeGreaterThan(0);
    expect(plan.base.network).toBe(REPEATED[name] ?? (name.startsWith('cifar10-') ? 'cifar10' : 'mnist'));
    expect(findingsOf(name)).toBeDefined();
  });

  it('has points that can be built, preset sonic among them', async () => {
    const source = await loadPlan(file);
    const { points } = planPoints(source.plan, file);
    const settings = points.map((point) => new Map([...Object.entries(source.plan.base.set), ...point.settings]));
    const hashes = settings.map((all) => hardwareHash(hardwareOf(all)));
    if (source.plan.sample) {
      for (const axis of source.plan.axes) {
        if (!('range' in axis)) throw new Error('a sample draws from ranges');
        const here = Number(valueAtPath(sonic, axis.path));
        // The 16-bit ADC of the preset is as good as none from 12 bits on.
        const value = axis.path === 'adc.bits' ? Math.min(here, axis.range.to) : here;
        expect(value).toBeGreaterThanOrEqual(axis.range.from);
        expect(value).toBeLessThanOrEqual(axis.range.to);
      }
    } else if (!REPEATED[name]) expect(hashes).toContain(hardwareHash(sonic));
    for (const all of settings) {
      const network = String(all.get('network') ?? source.plan.base.network);
      const isThere = Object.hasOwn(BUNDLED_NETWORKS, network) || existsSync(resolve(dirname(file), network));
      expect(isThere, network).toBe(true);
    }
  });
});

describe('names of experiments', () => {
  it('are found, MNIST first', () => {
    const names = readyExperiments();
    expect(names).toContain('adc-bits');
    expect(names.findIndex((name) => name.startsWith('cifar10-'))).toBeGreaterThan(
      names.findLastIndex((name) => !name.startsWith('cifar10-')),
    );
  });

  it('unknown ones are told the nearest and all', () => {
    expect(() => findReadyExperiment('adc-bit')).toThrow(
      /no experiment 'adc-bit', did you mean 'adc-bits'\?: there are /,
    );
    expect(() => findReadyExperiment('zzzzzzzzzzzz')).toThrow(/^no experiment 'zzzzzzzzzzzz': there are adc-bits/);
    expect(() => findReadyExperiment('../adc-bits')).toThrow(/no experiment/);
  });
});
