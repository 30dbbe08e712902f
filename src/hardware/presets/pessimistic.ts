/** Pessimistic end of the published device values, milder where the end alone gives chance level. */
export const pessimistic = {
  weightDac: { spacing: 'detuning' },
  adc: { effectiveBits: 8 },
  microring: { qualityFactor: 5000, extinction_dB: 15, fullScaleDetuning_linewidths: 1.5, selfHeating_nm_per_mW: 1 },
  grid: { compensation: 'gain' },
  tuning: {
    eoRange_nm: 0.3,
    trimShift_nm: 7.1,
    trimResidual_nm: 0.002,
    temperatureOffset_K: 0.01,
    thermalShift_nm_per_K: 0.08,
  },
  vcsel: {
    opticalPower_mW: 0.13,
    extinction_dB: 12,
    relativeIntensityNoise_dB_per_Hz: -140,
    wavelengthResidual_nm: 0.005,
    chirp_nm: 0.01,
  },
  calibration: { gainResidual: 0.01, railResidual: 0.01 },
  photodetector: { responsivity_A_per_W: 0.8, darkCurrent_nA: 100, maximumCurrent_mA: 0.5 },
  receiver: { noise_pA_per_rtHz: 18.2 },
  losses: { coupler_dB: 3.7, offResonanceRing_dB: 0.1 },
};
