import { describe, expect, it } from 'vitest';
import { attribute } from '../../src/experiments/attribution/attribution.js';
import { loadExperiment } from '../../src/experiments/run/loadExperiment.js';
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
});
