/** The commands of `sonic`, each loaded when it is called or help lists it. A command's file imports its work lazily. */
import type { Command } from 'commander';

/** In the order of the help text. */
export const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import('./run.js')).runCommand(),
  check: async () => (await import('./check.js')).checkCommand(),
  attribute: async () => (await import('./attribute.js')).attributeCommand(),
  sensitivity: async () => (await import('./sensitivity.js')).sensitivityCommand(),
  train: async () => (await import('./train.js')).trainCommand(),
  datasets: async () => (await import('./datasets.js')).datasetsCommand(),
  inspect: async () => (await import('./inspect.js')).inspectCommand(),
  convert: async () => (await import('./convert.js')).convertCommand(),
  prune: async () => (await import('./compress.js')).pruneCommand(),
  cluster: async () => (await import('./compress.js')).clusterCommand(),
  cost: async () => (await import('./cost.js')).costCommand(),
  compare: async () => (await import('./compare.js')).compareCommand(),
  explore: async () => (await import('./explore.js')).exploreCommand(),
  worker: async () => (await import('./worker.js')).workerCommand(),
  results: async () => (await import('./results.js')).resultsCommand(),
  sweep: async () => (await import('./sweep.js')).sweepCommand(),
  report: async () => (await import('./report.js')).reportCommand(),
  experiment: async () => (await import('./experiment.js')).experimentCommand(),
  device: async () => (await import('./device.js')).deviceCommand(),
  hardware: async () => (await import('./hardware.js')).hardwareCommand(),
  doctor: async () => (await import('./doctor.js')).doctorCommand(),
  conformance: async () => (await import('./conformance.js')).conformanceCommand(),
};
