/** Optimistic end of the published device values. */
export const optimistic = {
  adc: { effectiveBits: 14.7 },
  microring: { extinction_dB: 30, fullScaleDetuning_linewidths: 3.5, gap_um: 10, selfHeating_nm_per_mW: 0.05 },
  tuning: { eoRange_nm: 1.0, trimResidual_nm: 0.0005, tedResidual: 0 },
  vcsel: {
    opticalPower_mW: 0.39,
    extinction_dB: 60,
    relativeIntensityNoise_dB_per_Hz: -155,
    wavelengthResidual_nm: 0.0005,
  },
  calibration: { gainResidual: 0.0005, railResidual: 0.0005 },
  photodetector: { responsivity_A_per_W: 1.1, darkCurrent_nA: 10, maximumCurrent_mA: 3 },
  receiver: { noise_pA_per_rtHz: 2 },
  losses: { coupler_dB: 0, offResonanceRing_dB: 0.01 },
};
