/** Figures of devices and sweeps, drawn in a worker by the code of `sonic device` and of reports. */
import { renderFigure } from '#sonic/report/kit/figures/frame.js';
import { linePanel } from '#sonic/report/kit/figures/linePanel.js';
import { hardwareFor } from './hardware.js';
import type { PictureReply, PictureRequest, SweepFigureRequest } from './messages.js';

/** As the command's own defaults. */
const [SEED, CHIP, UNIT] = [1, 1, 0];

/** Figure and tables of `sonic device PICTURE --kind UNIT`. */
export async function drawPicture({ picture, unit: kind, preset, settings }: PictureRequest): Promise<PictureReply> {
  const hardware = hardwareFor(preset, settings);
  switch (picture) {
    case 'ring': {
      const [{ ringStudy }, { renderRing }, { ringFigure }] = await Promise.all([
        import('#sonic/experiments/devices/ringStudy.js'),
        import('#sonic/report/devices/ringReport.js'),
        import('#sonic/report/devices/ringFigure.js'),
      ]);
      const study = ringStudy(hardware, undefined);
      return { svg: ringFigure(study), text: renderRing(study) };
    }
    case 'bank': {
      const [{ bankStudy }, { bankSweep }, { renderBank }, { bankFigure }] = await Promise.all([
        import('#sonic/experiments/devices/bankStudy.js'),
        import('#sonic/experiments/devices/bankSweep.js'),
        import('#sonic/report/devices/bankReport.js'),
        import('#sonic/report/devices/bankFigure.js'),
      ]);
      const study = bankStudy(hardware, { kind, seed: SEED, chipSeed: CHIP, unit: UNIT, measured: null });
      const sweep = bankSweep(hardware, { kind, seed: SEED, chipSeed: CHIP });
      return { svg: bankFigure(study, sweep), text: renderBank(study, sweep) };
    }
    case 'thermal': {
      const [{ thermalStudy }, { renderThermal }, { thermalFigure }] = await Promise.all([
        import('#sonic/experiments/devices/thermalStudy.js'),
        import('#sonic/report/devices/thermalReport.js'),
        import('#sonic/report/devices/thermalFigure.js'),
      ]);
      const study = thermalStudy(hardware, { kind, seed: SEED, chipSeed: CHIP, measured: null });
      return { svg: thermalFigure(study), text: renderThermal(study) };
    }
    case 'link': {
      const [{ linkStudy }, { renderLink }, { linkFigure }] = await Promise.all([
        import('#sonic/experiments/devices/linkStudy.js'),
        import('#sonic/report/devices/linkReport.js'),
        import('#sonic/report/devices/linkFigure.js'),
      ]);
      const study = linkStudy(hardware);
      return { svg: linkFigure(study), text: renderLink(study) };
    }
    case 'adc': {
      const [{ adcStudy }, { renderAdc }, { adcFigure }] = await Promise.all([
        import('#sonic/experiments/devices/adcStudy.js'),
        import('#sonic/report/devices/adcReport.js'),
        import('#sonic/report/devices/adcFigure.js'),
      ]);
      const study = adcStudy(hardware, { kind, range: undefined });
      return { svg: adcFigure(study), text: renderAdc(study) };
    }
  }
}

/** Accuracy with its intervals over the first field of a sweep, a line for each value of the second. */
export async function drawSweep({ title, xLabel, series, ticks }: SweepFigureRequest): Promise<string> {
  return renderFigure({
    title,
    subtitle: 'accuracy on the emulated hardware; bars are 95 % intervals (Wilson)',
    columns: 1,
    panels: [
      linePanel({
        title: 'Accuracy',
        xLabel,
        yLabel: 'accuracy (%)',
        lines: series.map((line) => ({ ...line, points: 'also' })),
        ...(ticks ? { xTicks: ticks.map((label, at) => ({ at, label })) } : {}),
        width: 640,
      }),
    ],
  });
}
