/** What the errors of chips and sources cost in time: the same run without them, with all but chirp, and with chirp. */

const WITHOUT = ['gainErrors', 'selfHeating', 'sourceWavelength', 'drift', 'chirp'].map(
  (effect) => `effects.${effect}=false`,
);
const DRIFTED = 'tuning.hoursSinceCalibration=24';

/** Against the first of them. */
export const EFFECT_CASES = [
  { name: 'off', what: 'no gain errors, self-heating, source wavelengths, drift or chirp', set: WITHOUT },
  { name: 'on', what: 'all of these but chirp, 24 hours after calibration', set: [DRIFTED] },
  { name: 'chirp', what: 'and sources that chirp by 30 pm', set: [DRIFTED, 'vcsel.chirp_nm=0.03'] },
];

/** Least processor time of `rounds` processes each, in turn: [{ network, cases: [{ name, kinds: [{ kind, msPerImage }] }] }]. */
export async function measureEffects(networks, rounds, runScript, say) {
  const rows = [];
  for (const network of networks) {
    const cases = EFFECT_CASES.map(({ name }) => ({ name, kinds: [] }));
    for (let round = 0; round < rounds; round++) {
      say(`${network}, round ${round + 1} of ${rounds}`);
      for (const [c, { set }] of EFFECT_CASES.entries()) {
        const { kinds } = await runScript('one.mjs', 'wasm', network, 16, 7, ...set);
        cases[c].kinds = kinds.map(({ kind, msPerImage }, k) => ({
          kind,
          msPerImage: Math.min(msPerImage, cases[c].kinds[k]?.msPerImage ?? Number.POSITIVE_INFINITY),
        }));
      }
    }
    rows.push({ network, cases });
  }
  return rows;
}
