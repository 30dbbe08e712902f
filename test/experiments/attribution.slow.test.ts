import { describe, expect, it } from 'vitest';
import { type Attribution, attribute, type Variant } from '../../src/experiments/attribution/attribution.js';
import { pairedDifference } from '../../src/experiments/result/paired.js';
import { loadExperiment } from '../../src/experiments/run/loadExperiment.js';
import { EFFECTS } from '../../src/hardware/fields/effects.js';
import { renderAttribution } from '../../src/report/attribution/attributionReport.js';

describe('attribute', () => {
  it('separates effects that matter from those that do not', async () => {
    const set = [
      'tuning.ted=false',
      'effects.shotNoise=false',
      'effects.intensityNoise=false',
      'effects.spectralCrosstalk=false',
    ];
    const experiment = await loadExperiment({ network: 'mnist', hardware: 'sonic', set, images: 60 });
    const attribution = await attribute({ ...experiment, threads: 1 });
    const of = (name: string) => attribution.effects.find(({ effect }) => effect === name)!;
    // Nothing on is the digital network: errors of float32 only.
    expect(attribution.none.accuracy).toBe(attribution.digital);
    for (const layer of attribution.none.layers) expect(layer.effectiveBits).toBeGreaterThan(18);
    // Without decomposition neighbours heat each other out of place: alone it loses everything, left out it wins it back.
    const thermal = of('thermalCrosstalk');
    expect(thermal.alone!.accuracy).toBeLessThan(0.4);
    expect(thermal.alone!.change.interval95[1]).toBeLessThan(0);
    expect(thermal.without!.change.interval95[0]).toBeGreaterThan(0);
    // A 16-bit converter loses nothing, and its step alone bounds the error of one conversion.
    expect(of('adcQuantisation').alone!.change.difference).toBe(0);
    expect(of('adcQuantisation').alone!.layers[0]!.effectiveBits).toBeGreaterThan(12);
    // Switched off, or without anything to do in this description.
    expect(of('shotNoise')).toMatchObject({ inactive: 'off in this hardware', alone: null });
    expect(of('temperatureOffset').inactive).toContain('temperatureOffset_K');
    const text = renderAttribution(attribution);
    expect(text).toContain('Each effect left out');
    expect(text.split('\n').filter((line) => line.startsWith('thermalCrosstalk'))).toHaveLength(2);
  });

  it('over several chips: the mean accuracy and mean square of chips run alone, and an interval that they widen', async () => {
    // On a chip that loses images; few effects, for time.
    const set = ['microring.qualityFactor=40000', 'tuning.trimResidual_nm=0.02', 'calibration.images=2'];
    const off = Object.keys(EFFECTS).filter((effect) => !['adcQuantisation', 'processVariation'].includes(effect));
    const experiment = await loadExperiment({
      network: 'mnist',
      hardware: 'sonic',
      set: [...set, ...off.map((effect) => `effects.${effect}=false`)],
      images: 60,
    });
    const both = await attribute({ ...experiment, chips: 2, chipSeed: 5 });
    const single = [await attribute({ ...experiment, chipSeed: 5 }), await attribute({ ...experiment, chipSeed: 6 })];
    expect(both.chipSeeds).toEqual([5, 6]);
    const mean = (values: number[]) => (values[0]! + values[1]!) / 2;
    const pick = (of: (attribution: Attribution) => Variant) => {
      const [whole, ...parts] = [both, ...single].map(of);
      expect(whole!.accuracy).toBeAllclose(mean(parts.map(({ accuracy }) => accuracy)));
      whole!.layers.forEach(({ rms }, l) => {
        expect(rms ** 2).toBeAllclose(mean(parts.map(({ layers }) => layers[l]!.rms ** 2)));
      });
      return parts;
    };
    pick(({ none }) => none);
    const chips = pick(({ all }) => all);
    expect(chips[0]!.accuracy).not.toBe(chips[1]!.accuracy);
    const alone = ({ effects }: Attribution) => effects.find(({ effect }) => effect === 'processVariation')!.alone!;
    pick(alone);
    const changes = [both, ...single].map((attribution) => alone(attribution).change);
    expect(changes[0]!.lost).toBe(changes[1]!.lost + changes[2]!.lost);
    expect(changes[0]!.difference).toBeAllclose(mean([changes[1]!.difference, changes[2]!.difference]));
    // One chip's interval is that of its images (test/experiments/result/paired.test.ts).
    const { lost, won } = changes[1]!;
    expect(changes[1]!.interval95).toBeAllclose([...pairedDifference(lost, won, 60).interval95], { rtol: 1e-9 });
    expect(renderAttribution(both)).toContain('60 images, chips 5 to 6');
  });

  it('runs images on the backend that is asked for, and says which', async () => {
    const set = Object.keys(EFFECTS).flatMap((effect) =>
      effect === 'processVariation' ? [] : [`effects.${effect}=false`],
    );
    const spoilt = ['microring.qualityFactor=40000', 'tuning.trimResidual_nm=0.02', 'calibration.images=2'];
    const experiment = await loadExperiment({
      network: 'mnist',
      hardware: 'sonic',
      set: [...set, ...spoilt],
      images: 16,
    });
    const [wasm, reference] = [
      await attribute({ ...experiment, chipSeed: 5 }),
      await attribute({ ...experiment, chipSeed: 5, backend: 'reference' }),
    ];
    expect(wasm.all.accuracy).toBeLessThan(1);
    expect(reference).toEqual({ ...wasm, backend: 'reference' });
    // Effects by name are those of the whole, whatever else is run.
    const some = await attribute({ ...experiment, chipSeed: 5, only: ['processVariation', 'drift'] });
    const named = wasm.effects.filter(({ effect }) => ['processVariation', 'drift'].includes(effect));
    expect(some).toEqual({ ...wasm, effects: named });
    expect(renderAttribution(reference)).toContain('16 images, chip 5, backend reference,');
  });
});
