/** What `sonic device ring` prints. */
import type { RingStudy } from '../../experiments/devices/ringStudy.js';
import { bitsText, numberText, renderFacts, titledTable } from './deviceText.js';

const airyFact = ({ finesseCoefficient }: RingStudy['constants']): [string, string] => [
  'F = 1 / sin^2(pi FWHM / (2 FSR))',
  numberText(finesseCoefficient),
];

/** The measured response beside the curve fitted to it; nothing where there is none. */
function measuredFacts({ measured, constants }: RingStudy): [string, string][] {
  if (measured === null) return [];
  const { detuning_nm, fit } = measured;
  const { largestDeviation: largest } = fit;
  return [
    [
      'measured response',
      `${detuning_nm.length} rows from ${detuning_nm[0]} to ${detuning_nm.at(-1)} nm; quality factor, linewidth and all ` +
        'else here are of it',
    ],
    [
      'Airy curve fitted to it',
      `Q ${numberText(fit.qualityFactor, 6)}, linewidth ${numberText(fit.linewidth_nm)} nm, extinction ${numberText(fit.extinction_dB, 4)} dB, ` +
        `free spectral range ${numberText(constants.freeSpectralRange_nm)} nm as described`,
    ],
    [
      'measured - fitted',
      `${numberText(fit.rmsDeviation, 3)} RMS, ${numberText(largest.deviation, 3)} at ${numberText(largest.detuning_nm, 4)} nm`,
    ],
  ];
}

function factsOf(study: RingStudy): [string, string][] {
  const { constants, allPass, measured, steepest, levels } = study;
  const { linewidth_nm, fullScaleDetuning_nm, Tmin, Tfs } = constants;
  const shape = allPass.selfCoupling === allPass.roundTripTransmission ? 'critically coupled' : 'overcoupled';
  return [
    ...measuredFacts(study),
    ['quality factor', numberText(constants.qualityFactor, 6)],
    ['linewidth (FWHM)', `${numberText(linewidth_nm)} nm`],
    ['free spectral range', `${numberText(constants.freeSpectralRange_nm)} nm`],
    ['finesse', numberText(constants.finesse)],
    ...(measured ? [] : [airyFact(constants)]),
    ['Tmin, on resonance', numberText(Tmin)],
    ['full-scale detuning', `${numberText(fullScaleDetuning_nm)} nm`],
    ['Tfs, there', `${numberText(Tfs)} (${numberText(constants.fullScaleLoss_dB, 3)} dB)`],
    ['photon-lifetime bandwidth', `${numberText(constants.photonLifetimeBandwidth_GHz, 3)} GHz`],
    [
      measured ? 'all-pass ring of the fitted curve' : 'same all-pass ring',
      `${shape}, r ${numberText(allPass.selfCoupling, 5)}, a ${numberText(allPass.roundTripTransmission, 5)}: ` +
        `${numberText(allPass.roundTripLoss_dB, 3)} dB a round trip, ${numberText(allPass.loss_dB_per_cm, 3)} dB/cm`,
    ],
    [
      'steepest point',
      `detuning ${numberText(steepest.detuning_nm)} nm, T ${numberText(steepest.transmission, 3)}, ` +
        `slope ${numberText(steepest.slope_per_nm)} /nm: a value moves by ${numberText(steepest.valueError_per_pm, 3)} a pm`,
    ],
    [
      `${levels.bits}-bit DAC, pre-distorted`,
      `${levels.value.length} levels ${numberText(1 / (levels.value.length - 1), 3)} apart, ${bitsText(levels.uniformEffectiveBits)} effective bits`,
    ],
    [
      `${levels.bits}-bit DAC, linear in detuning`,
      `${levels.value.length} levels at most ${numberText(levels.largestGap, 3)} apart, ${bitsText(levels.effectiveBits)} effective bits`,
    ],
  ];
}

/** The report, several lines without the last line break. */
export function renderRing(study: RingStudy): string {
  const { residuals, levelShifts, control } = study;
  return [
    `microring of hardware '${study.hardware}'`,
    renderFacts(factsOf(study)),
    titledTable('resonance error that moves the steepest point by one level', levelShifts, [
      { title: 'bits', align: 'right', value: ({ bits }) => String(bits) },
      { title: 'shift (pm)', align: 'right', value: ({ shift_pm }) => numberText(shift_pm, 3) },
      { title: 'temperature (mK)', align: 'right', value: ({ shift_mK }) => numberText(shift_mK, 3) },
    ]),
    titledTable('random resonance errors, averaged over held values', residuals, [
      { title: 'deviation (pm)', align: 'right', value: ({ residual_pm }) => numberText(residual_pm) },
      { title: 'RMS error of a value', align: 'right', value: ({ rms }) => numberText(rms, 3) },
      { title: 'effective bits', align: 'right', value: ({ effectiveBits }) => bitsText(effectiveBits) },
    ]),
    titledTable('deviation of the resonance that published control of weights would take on this ring', control, [
      { title: 'published', value: ({ source }) => source },
      { title: 'control', value: (one) => one.control },
      { title: 'bits', value: ({ bits, what }) => `${bits} ${what}` },
      { title: 'as effective bits (pm)', align: 'right', value: ({ asQuantiser: a }) => numberText(a.residual_pm, 3) },
      { title: '(mK)', align: 'right', value: ({ asQuantiser: a }) => numberText(a.residual_mK, 3) },
      {
        title: 'of linewidth',
        align: 'right',
        value: ({ asQuantiser: a }) => `${numberText(100 * a.ofLinewidth, 3)} %`,
      },
      { title: 'as range / deviation (pm)', align: 'right', value: ({ asRange: a }) => numberText(a.residual_pm, 3) },
      {
        title: 'suppression',
        align: 'right',
        value: ({ suppression, range_K }) =>
          suppression === null ? '-' : `${Math.round(suppression).toLocaleString('en-US')} over ${range_K} K`,
      },
    ]),
  ].join('\n\n');
}
